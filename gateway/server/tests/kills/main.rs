//! The started binary under load, ended with SIGKILL again and again, and started again on the same folder.
//!
//! Most of the kills are at a named point of a message's path (architecture: "The path of a message, with every gap"):
//! the process kills itself the n-th time it passes there. The others come from outside, at any moment. All the while a
//! provider delivers messages of many strangers until each is answered 2xx, some twice; agents keep a socket open, come
//! back to it with their position, and mark cards done. Checked along the way and at the end, through HTTP and the
//! socket: nothing acknowledged is lost, nothing is there twice, whoever was away is resumed. At the very end also on
//! the disk, with the server gone. A failing test prints its seed with the plan of kills; what the load does meanwhile
//! is the machine's.
//!
//! Debug builds alone have the points (`gateway/server/src/kill.rs`).

mod at_rest;
mod dice;
mod ledger;
mod plan;
mod screen;
mod senders;
#[path = "../support/mod.rs"]
mod support;
mod verdict;

use rustix::process::Signal;
use std::{
    os::unix::process::ExitStatusExt,
    sync::Arc,
    time::{Duration, Instant},
};
use support::{Brokerage, Client, LONG_ENOUGH, Log, Number, Options, POLL, Server, User, bare_client};
use tokio::{
    sync::{RwLock, watch},
    task::JoinSet,
};

use dice::Dice;
use ledger::Ledger;
use plan::{Kill, Round, Table};
use screen::{Screen, Seen};
use senders::Sender;

/// Senders of each agent's number.
const SENDERS: usize = 4;
/// Rounds between two checks of everything.
const ROUNDS_BETWEEN_CHECKS: usize = 30;

/// What all parts of the load share.
#[derive(Clone)]
pub struct Load {
    /// Held for reading while something is under way; a check takes it for itself.
    pub traffic: Arc<RwLock<()>>,
    pub stop: watch::Receiver<bool>,
    pub ledger: Arc<Ledger>,
}

/// An agent, and what their screen shows.
pub struct Desk {
    pub agent: User,
    pub number: Number,
    pub seen: watch::Receiver<Seen>,
    pub log: Log,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ing_7_after_a_hundred_kills_under_load_nothing_acknowledged_is_lost_and_nothing_is_there_twice() {
    let mut dice = Dice::thrown();
    let rounds = plan::rounds(&mut dice);
    println!("seed {}: {rounds:#?}", dice.seed);
    let mut server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let (stop, stopped) = watch::channel(false);
    let load = Load { traffic: Arc::default(), stop: stopped, ledger: Arc::default() };
    let mut work = JoinSet::new();
    let desks = [
        open_desk(&server, &brokerage, &load, &mut work, &mut dice).await,
        open_desk(&server, &brokerage, &load, &mut work, &mut dice).await,
    ];

    let mut table = Table::default();
    server.kill9().await;
    for (done, round) in rounds.iter().enumerate() {
        if done % ROUNDS_BETWEEN_CHECKS == ROUNDS_BETWEEN_CHECKS - 1 {
            check(&mut server, &load, &desks).await;
            server.kill9().await;
        }
        play(&mut server, round, &mut table).await;
        fail_with_the_load(&mut work);
    }
    check(&mut server, &load, &desks).await;
    let _ = stop.send(true);
    while let Some(ended) = work.join_next().await {
        raise(ended);
    }
    // A stop leaves what it can't finish in time in the stream; here nothing is to be left.
    server.settled().await;
    let sent = load.ledger.messages();
    let agents = desks.each_ref().map(|Desk { agent, number, .. }| {
        let answered = sent.values().filter(|sent| sent.acknowledged && sent.to == number.number);
        at_rest::Agent { id: agent.id.clone(), answered: answered.map(|sent| sent.from.clone()).collect() }
    });
    assert_eq!(server.terminate().await.code(), Some(0), "a clean stop");
    let master = server.folder().join("master.key");
    at_rest::check(&server.data(), server.cql(), &master, &brokerage.id, &agents).await;
    assert!(!server.log().text().contains("panicked"), "the server panicked: {}", server.folder().display());

    table.print(&dice, &load.ledger);
    table.assert_complete();
    load.ledger.assert_worked();
}

async fn open_desk(
    server: &Server,
    brokerage: &Brokerage,
    load: &Load,
    work: &mut JoinSet<()>,
    dice: &mut Dice,
) -> Desk {
    let agent = brokerage.agent().await;
    let number = brokerage.connect(&agent).await;
    let (screen, seen) = Screen::new(agent.clone(), load.clone(), dice.another());
    work.spawn(screen.run());
    for _ in 0..SENDERS {
        let client = Client::clone(&agent.client);
        work.spawn(Sender::new(client, number.clone(), load.clone(), dice.another()).run());
    }
    Desk { agent, number, seen, log: server.log().clone() }
}

/// Starts the server so that it dies as the round says, and waits until it has.
async fn play(server: &mut Server, round: &Round, table: &mut Table) {
    let serving = server.folder().join("serving");
    let _ = std::fs::remove_file(&serving);
    server.change(|options| {
        round.variables(&serving).into_iter().fold(options, |all, (k, v)| all.variable(k, v))
    });
    let launched = Instant::now();
    server.launch();
    let ready_after = match round.kill {
        Kill::FromOutside { after, from_launch: true } => {
            tokio::time::sleep(after).await;
            server.signal(Signal::KILL);
            None
        }
        Kill::FromOutside { after, from_launch: false } => {
            let ready_after = until_ready(server, launched).await;
            tokio::time::sleep(after).await;
            server.signal(Signal::KILL);
            ready_after
        }
        Kill::AtPoint { .. } => {
            let ready_after = until_ready(server, launched).await;
            std::fs::write(&serving, "").expect("the folder can be written");
            ready_after
        }
    };
    let status = server.exited().await;
    if status.signal() != Some(9) {
        server.log().fail(&format!("{round:?} ended with {status}"));
    }
    table.note(round, ready_after);
}

/// How long it took until it was ready; none if it died before.
async fn until_ready(server: &Server, launched: Instant) -> Option<Duration> {
    let http = bare_client();
    let url = format!("{}/readyz", server.address());
    let ready = async {
        while !http.get(&url).send().await.is_ok_and(|answer| answer.status() == 200) {
            tokio::time::sleep(POLL).await;
        }
        launched.elapsed()
    };
    tokio::select! {
        ready_after = ready => Some(ready_after),
        _ = server.exited() => None,
    }
}

/// Starts the server without a kill, holds the load back until all is settled, and checks everything that can be seen.
async fn check(server: &mut Server, load: &Load, desks: &[Desk]) {
    server.change(|options| options.variable("HEARTHLINE_KILL_AT", ""));
    server.restart().await;
    let quiet = server.log().within(LONG_ENOUGH, "the load to hold still", load.traffic.write()).await;
    server.settled().await;
    verdict::check(&load.ledger, desks).await;
    drop(quiet);
}

/// A part of the load that found something wrong ends the test at once.
fn fail_with_the_load(work: &mut JoinSet<()>) {
    if let Some(ended) = work.try_join_next() {
        raise(ended);
        panic!("a part of the load ended by itself");
    }
}

fn raise(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        std::panic::resume_unwind(error.into_panic());
    }
}
