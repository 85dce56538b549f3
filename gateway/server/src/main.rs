//! The binary `hearthline`: the command line over `hearthline_server`.

use clap::{Parser, Subcommand};
use hearthline_server::{
    admin::{self, AdminCommand, VerifyAuditArgs},
    check,
    config::{Config, ConfigError},
    demo, loadtest, logging,
    serve::Server,
    simulate,
};
use std::{path::PathBuf, process::ExitCode};

/// Follow-ups for real-estate agents: every channel in one timeline, every lead's state kept.
#[derive(Debug, Parser)]
#[command(name = "hearthline", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server.
    Serve {
        /// A TOML file; HEARTHLINE__SECTION__KEY variables go over it. With neither, everything is in ./data.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Looks at configuration, keys, store and stream, and says of each what is wrong and how to mend it.
    Check {
        /// As of `serve`.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Brings the tables of a CQL server to where this binary needs them. Safe while servers run, and to repeat.
    Migrate {
        /// As of `serve`.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// What an operator does on a stopped store.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Runs a small brokerage to look at, in a temporary folder.
    Demo(demo::DemoArgs),
    /// Runs a provider's simulator: its API, its webhooks, and faults to order under /_simulator.
    Simulate(simulate::SimulateArgs),
    /// Puts load on a server: clients who write, agents who look and act; stops by itself, and says how long each waited.
    Loadtest(loadtest::LoadTestArgs),
}

/// What went wrong, for the exit code: 2 for usage and configuration, 1 for anything else.
const USAGE: u8 = 2;
const FAILED: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::anyhow!("starting: {error}")),
    };
    let done = runtime.block_on(async {
        match cli.command {
            Command::Serve { config } => serve(config).await,
            Command::Check { config } => look(config).await,
            Command::Migrate { config } => prepare(config).await,
            Command::Admin { command: AdminCommand::VerifyAudit(args) } => verify_audit(&args).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Simulate(args) => simulate::run(args).await,
            Command::Loadtest(args) => loadtest::run(args).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

#[allow(clippy::print_stdout, reason = "what was found is what the command is for")]
async fn verify_audit(args: &VerifyAuditArgs) -> anyhow::Result<()> {
    let verdicts = admin::verify_audit(args).await?;
    let mut wrong = 0;
    for admin::TenantVerdict { tenant, verified } in &verdicts {
        let found = verified.findings.len();
        let said = if found == 0 { "intact" } else { "WRONG " };
        println!("{said}  tenant {tenant}: {} entries in {} chains", verified.entries, verified.chains);
        for finding in &verified.findings {
            let chain = finding.chain.map(|chain| format!("{}-{:02}", chain.month.0, chain.shard));
            let chain = chain.unwrap_or_else(|| "the register".to_owned());
            println!("        {}: {chain}, entry {}", finding.wrong.name(), finding.seq);
        }
        wrong += found;
    }
    anyhow::ensure!(wrong == 0, "the audit log is not as it was written: {wrong} findings");
    Ok(())
}

async fn serve(file: Option<PathBuf>) -> anyhow::Result<()> {
    let config = Config::load(file.as_ref())?;
    logging::start(&config.log)?;
    let server = Server::start(config).await?;
    announce(server.address());
    server.run_until_stopped().await
}

#[allow(clippy::print_stdout, reason = "what was found is what the command is for")]
async fn look(file: Option<PathBuf>) -> anyhow::Result<()> {
    let config = Config::load(file.as_ref())?;
    let findings = check::check(&config).await;
    for finding in &findings {
        match &finding.said {
            Ok(said) => println!("ok     {}: {said}", finding.what),
            Err(wrong) => println!("wrong  {}: {wrong}", finding.what),
        }
    }
    let wrong = findings.iter().filter(|finding| finding.said.is_err()).count();
    anyhow::ensure!(wrong == 0, "{wrong} of {} are wrong", findings.len());
    Ok(())
}

#[allow(clippy::print_stdout, reason = "what was done is what the command is for")]
async fn prepare(file: Option<PathBuf>) -> anyhow::Result<()> {
    let config = Config::load(file.as_ref())?;
    println!("{}", check::migrate(&config).await?);
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the address on standard output is what scripts wait for")]
fn announce(address: std::net::SocketAddr) {
    println!("http://{address}");
}

#[allow(
    clippy::print_stderr,
    reason = "why a command failed goes to standard error, also before logging starts"
)]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("hearthline: {error:#}");
    let usage = error.is::<ConfigError>() || loadtest::is_usage(error);
    ExitCode::from(if usage { USAGE } else { FAILED })
}
