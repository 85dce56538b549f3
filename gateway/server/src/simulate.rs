//! `hearthline simulate twilio` and `hearthline simulate meta`: a provider's simulator as a process of its own, for those
//! who try things out and for load. It keeps what it is told in memory, and asks nobody who they are under `/_simulator`.

use anyhow::{Context, bail};
use hearthline_simulators::{
    meta::Meta,
    twilio::{Account, Number, Service, Twilio},
};
use std::net::SocketAddr;

use crate::signals::told_to_stop;

/// Which simulator, and how it is set up.
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {
    #[command(subcommand)]
    provider: Provider,
}

#[derive(Debug, clap::Subcommand)]
enum Provider {
    /// Messages: SMS, MMS, status callbacks, inbound webhooks.
    Twilio(TwilioArgs),
    /// WhatsApp, Messenger and Instagram: messages, files, statuses, echoes, reply windows.
    Meta(MetaArgs),
}

#[derive(Debug, clap::Args)]
struct MetaArgs {
    /// Where to listen. Its control routes are open to whoever reaches it: accounts by PUT /_simulator/accounts.
    #[arg(long, default_value = "127.0.0.1:8091")]
    listen: SocketAddr,
    /// What chance and ids come from: the same seed, the same faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, clap::Args)]
struct TwilioArgs {
    /// Where to listen. Its control routes are open to whoever reaches it.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// What chance and ids come from: the same seed, the same faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The account that is there from the start; more by PUT /_simulator/accounts.
    #[arg(long, default_value = "AC00000000000000000000000000000001")]
    account_sid: String,
    /// Its token: of this simulator, not of a real account.
    #[arg(long, default_value = "simulated")]
    auth_token: String,
    /// A number of the account, in E.164, with the webhook for what comes in behind an equals sign. Repeatable.
    #[arg(long = "number", value_name = "NUMBER[=WEBHOOK_URL]", default_value = "+14155550190")]
    numbers: Vec<String>,
    /// A Messaging Service with all of the account's numbers.
    #[arg(long)]
    messaging_service_sid: Option<String>,
}

/// Runs it until it is stopped.
///
/// # Errors
/// It can't listen there.
pub async fn run(args: SimulateArgs) -> anyhow::Result<()> {
    match args.provider {
        Provider::Twilio(args) => twilio(args).await,
        Provider::Meta(args) => meta(args).await,
    }
}

async fn meta(args: MetaArgs) -> anyhow::Result<()> {
    let meta = Meta::start(args.listen, args.seed).await;
    let meta = meta.with_context(|| format!("listening on {}", args.listen))?;
    announce(meta.base_url());
    tokio::select! {
        () = meta.run() => bail!("the simulator ended by itself"),
        () = told_to_stop() => Ok(()),
    }
}

async fn twilio(args: TwilioArgs) -> anyhow::Result<()> {
    let account = account(&args)?;
    let twilio = Twilio::start(args.listen, args.seed).await;
    let twilio = twilio.with_context(|| format!("listening on {}", args.listen))?;
    twilio.set_account(account);
    announce(twilio.base_url());
    tokio::select! {
        () = twilio.run() => bail!("the simulator ended by itself"),
        () = told_to_stop() => Ok(()),
    }
}

fn account(args: &TwilioArgs) -> anyhow::Result<Account> {
    let mut numbers = Vec::new();
    for given in &args.numbers {
        let (number, webhook_url) = match given.split_once('=') {
            Some((number, url)) => (number, Some(url.to_owned())),
            None => (given.as_str(), None),
        };
        if !number.starts_with('+') {
            bail!("--number {given}: a number in E.164 begins with +");
        }
        numbers.push(Number { number: number.to_owned(), webhook_url });
    }
    let pool: Vec<String> = numbers.iter().map(|number| number.number.clone()).collect();
    let service = |sid: &String| Service { sid: sid.clone(), numbers: pool.clone(), status_callback: None };
    Ok(Account {
        account_sid: args.account_sid.clone(),
        auth_token: args.auth_token.clone(),
        services: args.messaging_service_sid.iter().map(service).collect(),
        numbers,
    })
}

#[allow(clippy::print_stdout, reason = "the address on standard output is what scripts wait for")]
fn announce(base_url: &str) {
    println!("{base_url}");
}
