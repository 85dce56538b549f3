//! `hearthline loadtest`: puts load on a server, which may be one that it starts itself, and says how long everybody waited.

use anyhow::Context;
use hearthline_loadtest::{LoadError, Options, Report, Server};
use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    time::Duration,
};

use crate::{
    config::{Config, LogFormat},
    serve,
    signals::told_to_stop,
};

/// How much load, on what.
#[derive(Debug, clap::Args)]
pub struct LoadTestArgs {
    /// The server. Without it one is started, in this process and on a temporary folder: its work counts as the test's.
    #[arg(long, requires = "operator_token_file")]
    server: Option<String>,
    /// Holds the token of the server's `[http] operator_token_file`: the test makes tenants of its own, and leaves them.
    #[arg(long, requires = "server")]
    operator_token_file: Option<PathBuf>,
    /// Brokerages: 1 to 100.
    #[arg(long, default_value_t = Options::default().tenants)]
    tenants: u32,
    /// Agents of each: 1 to 100.
    #[arg(long, default_value_t = Options::default().agents)]
    agents: u32,
    /// Clients of each agent, a lead each: 1 to 10000.
    #[arg(long, default_value_t = Options::default().leads)]
    leads: u32,
    /// Open pages of each agent: 1 to 20.
    #[arg(long, default_value_t = Options::default().sockets)]
    sockets: u32,
    /// Messages a second, of all clients together: 1 to 10000.
    #[arg(long, default_value_t = Options::default().rate)]
    rate: u32,
    /// Actions a minute of each agent: 0 to 600.
    #[arg(long, default_value_t = Options::default().actions)]
    actions: u32,
    /// Seconds that clients write for: 1 to 3600.
    #[arg(long, default_value_t = Options::default().duration.as_secs())]
    seconds: u64,
    /// The same seed, the same clients and words.
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// Writes the figures here too, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

impl LoadTestArgs {
    const fn options(&self) -> Options {
        Options {
            tenants: self.tenants,
            agents: self.agents,
            leads: self.leads,
            sockets: self.sockets,
            rate: self.rate,
            actions: self.actions,
            duration: Duration::from_secs(self.seconds),
            seed: self.seed,
        }
    }
}

/// Runs it, and prints the report.
///
/// # Errors
/// Options out of bounds; no server; something was lost.
#[allow(clippy::print_stdout, reason = "the report is what the command is for")]
pub async fn run(args: LoadTestArgs) -> anyhow::Result<()> {
    let options = args.options();
    options.check()?;
    let report = match (&args.server, &args.operator_token_file) {
        (Some(url), Some(file)) => {
            let token =
                std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
            test(url, token.trim(), &options).await?
        }
        _ => on_a_server_of_its_own(&options).await?,
    };
    println!("{report}");
    if let Some(file) = &args.json {
        let json = serde_json::to_vec_pretty(&report).context("writing the report")?;
        std::fs::write(file, json).with_context(|| format!("writing {}", file.display()))?;
    }
    anyhow::ensure!(report.is_whole(), "the server did not keep what it took: see the report");
    Ok(())
}

/// Whether it is the arguments that were wrong.
#[must_use]
pub fn is_usage(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(LoadError::OutOfBounds { .. }))
}

async fn test(url: &str, operator_token: &str, options: &Options) -> anyhow::Result<Report> {
    let http = hearthline_providers::http::plain().build().context("an HTTP client")?;
    Ok(hearthline_loadtest::run(Server { url, operator_token, http }, options, told_to_stop()).await?)
}

async fn on_a_server_of_its_own(options: &Options) -> anyhow::Result<Report> {
    let folder =
        tempfile::Builder::new().prefix("hearthline-loadtest-").tempdir().context("a temporary folder")?;
    let (token, token_file) = (uuid::Uuid::new_v4().to_string(), folder.path().join("operator-token"));
    std::fs::write(&token_file, &token).context("keeping the operator's token")?;
    let mut config = Config::default();
    config.http.listen = free_address()?;
    // Webhook URLs are made of it.
    config.http.public_url = format!("http://{}", config.http.listen);
    config.http.operator_token_file = Some(token_file);
    config.store.path = folder.path().join("data");
    config.keys.master_file = folder.path().join("master.key");
    config.log.format = LogFormat::Text;
    "warn".clone_into(&mut config.log.filter);
    crate::logging::start(&config.log)?;
    let server = serve::Server::start(config).await?;
    let report = test(&format!("http://{}", server.address()), &token, options).await;
    server.stop().await?;
    report
}

/// A port that nobody listens at.
fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("a port")?;
    listener.local_addr().context("a port")
}
