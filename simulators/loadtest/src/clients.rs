//! Clients who write, at random moments, whether or not anything is answered (an open loop): a server that is slow is
//! not spared, and what waits is measured from the moment that it was due.

use futures::FutureExt;
use hearthline_load::{dice::Dice, people, phrase::phrase, voice::Line};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    Options,
    brokerage::Agent,
    meters::{Count, Meters, Wait},
    webhook::{self, Letter, retry_after, told_to_wait},
};

/// Messages that are on their way at once, at most: what comes beyond is due and not sent, and counted.
const AT_ONCE: usize = 4096;
/// How often a provider tries (Twilio: `#rc=5`).
const ATTEMPTS: u32 = 6;
/// After this a message that no page has is taken for lost, and its client may write again.
pub const SHOWN_WITHIN: Duration = Duration::from_secs(30);

/// A client of one agent.
struct Client {
    agent: usize,
    /// In E.164.
    number: String,
    /// Who they are, and how they talk.
    person: people::Client,
    dice: Dice,
    /// Since when a message of theirs is on no page.
    waiting: Option<Instant>,
    /// Messages that were answered 2xx.
    taken: u32,
}

/// What clients say once they have asked.
const LINES: [Line; 6] = [Line::More, Line::Question, Line::Agrees, Line::Offer, Line::Thanks, Line::Nudge];

impl Client {
    fn says(&mut self) -> String {
        let line = if self.taken == 0 { Line::Inquiry } else { *self.dice.pick(&LINES) };
        phrase(&mut self.dice, &self.person, line)
    }
}

/// What was written, by everyone.
pub struct Clients {
    all: Mutex<Vec<Client>>,
    /// Who wrote what is on no page yet, by the reference in its text.
    on_the_way: Mutex<HashMap<String, (usize, Instant)>>,
}

impl Clients {
    /// Those of all agents, in all languages.
    pub fn new(options: &Options, agents: &[Arc<Agent>]) -> Self {
        let mut all = Vec::new();
        for (agent, _) in agents.iter().enumerate() {
            for n in 0..options.leads {
                let person = people::Client::of(options.seed, options.leads * agent as u32 + n);
                let dice = Dice::new(options.seed, all.len() as u64);
                // No two clients of an agent share one: the agent's number makes the area, the client's the rest.
                let number = format!("+1{}{:07}", 310 + agent % 400, 2_000_000 + n);
                all.push(Client { agent, number, person, dice, waiting: None, taken: 0 });
            }
        }
        Self { all: Mutex::new(all), on_the_way: Mutex::default() }
    }

    /// A page shows this text. Whether it is the first to show that message, it says since when it was due.
    pub fn shown(&self, text: &str) -> Option<Instant> {
        let (client, due) = self.on_the_way.lock().remove(reference_of(text)?)?;
        self.all.lock()[client].waiting = None;
        Some(due)
    }

    /// How many messages were taken from each number, of those who wrote to this agent.
    pub fn taken_of(&self, agent: usize) -> HashMap<String, u32> {
        let all = self.all.lock();
        let theirs = all.iter().filter(|client| client.agent == agent && client.taken > 0);
        theirs.map(|client| (client.number.clone(), client.taken)).collect()
    }

    /// How many messages are on no page.
    pub fn on_no_page(&self) -> usize {
        self.on_the_way.lock().len()
    }

    /// Somebody who is free writes.
    fn write(&self, dice: &mut Dice, due: Instant) -> Option<(usize, usize, Letter)> {
        let mut all = self.all.lock();
        let count = all.len() as u64;
        for _ in 0..16 {
            let id = usize::try_from(dice.below(count)).expect("fewer than that");
            let client = &mut all[id];
            if client.waiting.is_some_and(|since| since.elapsed() < SHOWN_WITHIN) {
                continue;
            }
            client.waiting = Some(due);
            let reference = format!("{:016x}", dice.below(u64::MAX));
            let text = format!("#{reference} {}", client.says());
            let letter = Letter { from: client.number.clone(), text };
            self.on_the_way.lock().insert(reference, (id, due));
            return Some((id, client.agent, letter));
        }
        None
    }

    /// No page will show it.
    fn forget(&self, letter: &Letter) {
        let _ = self.shown(&letter.text);
    }

    fn taken(&self, client: usize) {
        self.all.lock()[client].taken += 1;
    }
}

/// What a text begins with, as clients begin with the number of a listing: cards show the beginning of a message.
fn reference_of(text: &str) -> Option<&str> {
    text.strip_prefix('#')?.split_whitespace().next()
}

/// Lets clients write until the time is over, and sees each message through.
pub async fn run(
    http: &reqwest::Client,
    options: &Options,
    agents: &[Arc<Agent>],
    clients: &Arc<Clients>,
    meters: &Arc<Meters>,
) {
    let mut dice = Dice::new(options.seed, u64::MAX);
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut sending = JoinSet::new();
    let started = Instant::now();
    let mut due = started;
    loop {
        due += until_next(&mut dice, options.rate);
        if due.duration_since(started) >= options.duration {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        meters.count(Count::Due);
        let place = Arc::clone(&places).try_acquire_owned().ok();
        let Some((place, (client, agent, letter))) = place.zip(clients.write(&mut dice, due)) else {
            meters.count(Count::NobodyFree);
            continue;
        };
        let http = http.clone();
        let (agent, clients, meters) = (Arc::clone(&agents[agent]), Arc::clone(clients), Arc::clone(meters));
        sending.spawn(async move {
            if see_through(&http, &agent, &letter, &meters).await {
                meters.waited(Wait::Webhook, due);
                clients.taken(client);
            } else {
                clients.forget(&letter);
            }
            drop(place);
        });
        while sending.join_next().now_or_never().flatten().is_some() {}
    }
    while sending.join_next().await.is_some() {}
}

/// How long until somebody writes: exponentially distributed, so that moments are as random as in life.
fn until_next(dice: &mut Dice, rate: u32) -> Duration {
    // From 0 (excluded) to 1, in 2^53 steps.
    #[allow(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let chance = (dice.below(1 << 53) + 1) as f64 / (1_u64 << 53) as f64;
    Duration::from_secs_f64(-chance.ln() / f64::from(rate))
}

/// Sends a message as its provider does: until it is answered 2xx, or too often. Whether it was taken.
async fn see_through(http: &reqwest::Client, agent: &Agent, letter: &Letter, meters: &Meters) -> bool {
    let sid = webhook::message_sid();
    for attempt in 1..=ATTEMPTS {
        let wait = match webhook::deliver(http, &agent.number, &sid, letter).await {
            Ok(answer) if answer.status().is_success() => {
                meters.count(Count::Taken);
                return true;
            }
            Ok(answer) if told_to_wait(answer.status()) => {
                meters.count(Count::ToldToWait);
                retry_after(&answer)
            }
            Ok(_) | Err(_) => {
                meters.count(Count::Failed);
                Duration::from_secs(1)
            }
        };
        if attempt < ATTEMPTS {
            tokio::time::sleep(wait).await;
        }
    }
    meters.count(Count::GivenUp);
    false
}
