//! Benchmarks beside peers and physical limits.
//!
//! What it is for: `cargo run --release -p hearthline-benches -- [names] --markdown FILE` runs the benches of
//! [`BENCHES`] and prints one table for each. The machine is shared and noisy, so every bench measures us and a peer or a
//! physical limit in the same run, in turns, and the ratio is the figure that counts.
//!
//! One file for each bench; a bench is a function from [`Setup`] to [`report::Table`]s.

mod cql_commits;
mod damage;
mod durable_commits;
mod load;
mod log_append;
mod office;
mod raw_log;
mod report;
mod servers;
mod store_libraries;
mod webhook_durable;
mod webhook_to_delta;
mod wire;

use anyhow::Context as _;
use clap::Parser;
use std::{path::PathBuf, time::Duration};

use report::Table;

/// Name, what it shows, how it runs.
struct Bench {
    name: &'static str,
    shows: &'static str,
    run: fn(&Setup) -> anyhow::Result<Vec<Table>>,
}

/// Every bench there is.
const BENCHES: &[Bench] = &[
    Bench {
        name: "store_libraries",
        shows: "key-value libraries with and without our log in front, beside a raw append and fdatasync",
        run: store_libraries::run,
    },
    Bench {
        name: "durable_commits",
        shows: "commits through the store's contract, beside the bare library doing the same batches in groups",
        run: durable_commits::run,
    },
    Bench {
        name: "cql_commits",
        shows: "commits through the store's contract on a CQL server, beside the bare driver and the embedded store",
        run: cql_commits::run,
    },
    Bench {
        name: "log_append",
        shows: "appends to the inbound stream, beside a raw append and fdatasync of the same bytes in groups",
        run: log_append::run,
    },
    Bench {
        name: "webhook_durable",
        shows: "a signed webhook to its durable 2xx, beside a loop with the same HMAC, parse and group sync",
        run: webhook_durable::run,
    },
    Bench {
        name: "webhook_to_delta",
        shows: "a webhook to the delta on an open socket, durable first, beside one sync and two loopback hops",
        run: webhook_to_delta::run,
    },
];

/// What every bench is given.
#[derive(Clone, Debug, Parser)]
#[command(about = "Benchmarks beside peers and physical limits")]
pub struct Setup {
    /// Names of the benches to run; all if none is given.
    names: Vec<String>,
    /// Writes the tables to this file too.
    #[arg(long)]
    markdown: Option<PathBuf>,
    /// Lists the benches.
    #[arg(long)]
    list: bool,
    /// The folder under which disks are measured. The default is the system's for temporary files.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Seconds that each contender gets in each round.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Rounds; contenders take turns in each.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

impl Setup {
    /// A fresh folder on the disk that is measured.
    pub fn folder(&self) -> anyhow::Result<tempfile::TempDir> {
        let made = match &self.dir {
            Some(dir) => tempfile::tempdir_in(dir),
            None => tempfile::tempdir(),
        };
        made.context("making a folder to measure in")
    }

    /// How long a contender runs in one round.
    pub fn turn(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

fn main() -> anyhow::Result<()> {
    let setup = Setup::parse();
    if setup.list {
        let list =
            BENCHES.iter().map(|bench| format!("{}: {}\n", bench.name, bench.shows)).collect::<String>();
        return report::print(&list);
    }
    if let Some(unknown) = setup.names.iter().find(|name| BENCHES.iter().all(|bench| bench.name != **name)) {
        anyhow::bail!("there is no bench {unknown}; see --list");
    }
    let mut document = report::preamble(&setup)?;
    report::print(&document)?;
    for bench in
        BENCHES.iter().filter(|bench| setup.names.is_empty() || setup.names.iter().any(|n| n == bench.name))
    {
        let tables = (bench.run)(&setup).with_context(|| format!("running {}", bench.name))?;
        let mut section = format!("\n## {}\n\n{}.\n", bench.name, bench.shows);
        tables.iter().for_each(|table| section.push_str(&table.markdown()));
        report::print(&section)?;
        document.push_str(&section);
    }
    match &setup.markdown {
        Some(path) => std::fs::write(path, document).with_context(|| format!("writing {}", path.display())),
        None => Ok(()),
    }
}
