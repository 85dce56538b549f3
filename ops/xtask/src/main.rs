//! Tasks of the project: set up, build, check, test, bench. `cargo xtask --help` lists them.
//!
//! Promises: one command per job, the same here, on a laptop and in CI; standard output of `demo` is the
//! product's alone, all else a task says about its own progress goes to standard error; nothing is installed
//! unless `--install` asks for it; exit codes are 0 fine, 2 usage or something missing on this machine,
//! 1 anything else.
//!
//! Deliberately does not know: what the product does. It starts other programs and reads manifests.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks through both")]

mod checks;
mod fuzz;
mod official;
mod process;
mod product;
mod setup;
mod suite;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::workspace::Workspace;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Tasks of the project",
    disable_version_flag = true
)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Say what this machine lacks, and how to get it
    Setup {
        /// Install what can be installed from here (as root, on Debian)
        #[arg(long)]
        install: bool,
    },
    /// Build the web client, if its sources are newer than what was built
    Web,
    /// Build the web client, then the release binary with the client inside
    Build,
    /// Build everything that is needed and run the demo
    Demo(ProductArgs),
    /// Run the demo from a debug build, rebuilding the web client at every change of its sources
    Dev(ProductArgs),
    /// Everything CI runs: format, lints, licences, edges, tests, web checks
    Test(suite::Choice),
    /// Check which crate depends on which against the table of the architecture
    Edges,
    /// Run the benchmarks and write docs/benchmarks.md
    Bench,
    /// Look for bytes that break a reader or a signature check, and write docs/fuzzing.md
    Fuzz(fuzz::Choice),
}

#[derive(Args)]
struct ProductArgs {
    /// Handed on to `hearthline demo`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<setup::Missing>() => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let workspace = Workspace::find()?;
    match task {
        Task::Setup { install } => setup::report(&workspace, install),
        Task::Web => web::build(&workspace),
        Task::Build => product::build(&workspace),
        Task::Demo(product) => product::demo(&workspace, &product.args),
        Task::Dev(product) => product::dev(&workspace, &product.args),
        Task::Test(choice) => suite::run(&workspace, &choice),
        Task::Edges => checks::edges::check(&workspace),
        Task::Bench => product::bench(&workspace),
        Task::Fuzz(choice) => fuzz::run_targets(&workspace, &choice),
    }
}
