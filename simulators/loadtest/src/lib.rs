//! `hearthline loadtest`: load on a running server from outside, through its public surface alone (SIM-2).
//!
//! Clients write through signed webhooks at random moments, whether or not anything is answered; agents keep pages open
//! and work through their decks. Measured is what somebody waits for, from the moment that it was due. Afterwards threads
//! are compared with what was answered 2xx. It makes tenants of its own, is bounded in everything, and stops by itself.
//!
//! It knows none of the server's code: two sides of one protocol that share code share its bugs.

mod brokerage;
mod check;
mod clients;
mod desk;
mod meters;
mod options;
mod report;
mod webhook;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

pub use options::Options;
pub use report::{AgentsDid, Checked, Messages, Report, Waited};

use brokerage::Agent;
use clients::Clients;
use desk::Desk;
use hearthline_load::drive::{Client, Failed};
use meters::Meters;

/// How long the pages may take to open, all together.
const OPEN_WITHIN: Duration = Duration::from_secs(60);

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("{field} = {given}: from {least} to {most} is allowed")]
    OutOfBounds { field: &'static str, given: u64, least: u64, most: u64 },
    #[error(transparent)]
    Failed(#[from] Failed),
    #[error("not every agent's page was open within {} s", OPEN_WITHIN.as_secs())]
    PagesNotOpen,
}

/// The server that is tested.
pub struct Server<'a> {
    /// `http://127.0.0.1:8080`
    pub url: &'a str,
    /// Of `[http] operator_token_file`: tenants are made with it.
    pub operator_token: &'a str,
    /// What webhooks go through.
    pub http: reqwest::Client,
}

/// Runs a test until its time is over, or `stopped` says so.
///
/// # Errors
/// Options out of bounds; the server could not be reached, or refused what a test begins or ends with.
pub async fn run(
    server: Server<'_>,
    options: &Options,
    stopped: impl Future<Output = ()>,
) -> Result<Report, LoadError> {
    options.check()?;
    let nobody = Client::new(server.url.trim_end_matches('/'))?;
    let agents = brokerage::open(&nobody, server.operator_token, options).await?;
    let (meters, clients) = (Arc::new(Meters::default()), Arc::new(Clients::new(options, &agents)));
    let (stop, pages) = open_pages(server.url, options, &agents, &clients, &meters).await?;

    let started = Instant::now();
    tokio::select! {
        () = clients::run(&server.http, options, &agents, &clients, &meters) => {}
        () = stopped => {}
    }
    let wrote = started.elapsed().min(options.duration);
    let settled = check::settled(&nobody).await?;
    all_shown(&clients).await;
    let _ = stop.send(true);
    pages.join_all().await;
    let checked = check::threads(&agents, &clients).await?;
    Ok(Report::new(server.url, options, wrote, &meters, settled, checked))
}

/// Opens every page, and waits until each has its deck.
async fn open_pages(
    url: &str,
    options: &Options,
    agents: &[Arc<Agent>],
    clients: &Arc<Clients>,
    meters: &Arc<Meters>,
) -> Result<(watch::Sender<bool>, JoinSet<()>), LoadError> {
    let sockets: Arc<str> = url.trim_end_matches('/').replacen("http", "ws", 1).into();
    let (stop, stopped) = watch::channel(false);
    let (opened, mut opens) = mpsc::channel(64);
    let mut pages = JoinSet::new();
    for (n, agent) in agents.iter().enumerate() {
        for page in 0..options.sockets {
            let desk = Desk {
                agent: Arc::clone(agent),
                clients: Arc::clone(clients),
                meters: Arc::clone(meters),
                stop: stopped.clone(),
                // One page acts; the others show that they follow.
                actions: if page == 0 { options.actions } else { 0 },
                seed: options.seed,
                stream: (1 << 40) + n as u64 * 100 + u64::from(page),
                sockets: Arc::clone(&sockets),
            };
            pages.spawn(desk.run(opened.clone()));
        }
    }
    drop(opened);
    let all_open = async {
        for _ in 0..pages.len() {
            opens.recv().await;
        }
    };
    tokio::time::timeout(OPEN_WITHIN, all_open).await.map_err(|_| LoadError::PagesNotOpen)?;
    Ok((stop, pages))
}

/// The last messages are on their way to the pages when the server has nothing left to do.
async fn all_shown(clients: &Clients) {
    let since = Instant::now();
    while clients.on_no_page() > 0 && since.elapsed() < clients::SHOWN_WITHIN {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
