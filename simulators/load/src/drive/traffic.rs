//! Life goes on: clients write and answer, agents work, for as long as somebody looks.
//!
//! Promises: bounded in memory, and in what it asks of the server in a minute; what goes wrong is logged and not repeated;
//! it falls silent when its [`Valve`] is closed, and ends when it is dropped.

use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    EngineTime,
    client::Failed,
    office::{Kept, Office},
    providers::Seen,
};
use crate::{
    dice::Dice,
    director::{Director, Intent},
    people::{AGENTS, CLIENTS},
    phrase::phrase,
    plan::{Deed, SMALL_TALK},
    voice::Line,
};

/// Of a hundred messages from agents, so many are answered.
const ANSWERED: u64 = 60;
/// Clients who think of an answer at the same time.
const THINKING: usize = 64;
/// How long they think, in milliseconds.
const THINKS_MS: (i64, i64) = (5_000, 40_000);
/// How often it is looked at what is due.
const BEAT: Duration = Duration::from_millis(500);
/// A new client who sends a second message behind the first, of a hundred.
const BURSTS: u64 = 40;
/// And a picture.
const PICTURES: u64 = 8;

/// Stops the traffic for a while, from outside: when there is no more room.
#[derive(Debug, Default)]
pub struct Valve(AtomicBool);

impl Valve {
    /// Nobody writes and nobody works until it is opened.
    pub fn close(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Life goes on.
    pub fn open(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether it is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The life of a brokerage from now on.
pub struct Traffic {
    office: Arc<Office>,
    time: Arc<dyn EngineTime>,
    valve: Arc<Valve>,
    director: Director,
    dice: Mutex<Dice>,
    next_client: Arc<AtomicU32>,
}

/// Somebody who is thinking of an answer.
struct Thinking {
    client: u32,
    until: Instant,
}

impl Traffic {
    /// Begins where `kept` stands. The dice are thrown by `seed`: another one after each restart.
    #[must_use]
    pub fn new(
        office: Arc<Office>,
        time: Arc<dyn EngineTime>,
        valve: Arc<Valve>,
        kept: &Kept,
        (seed, speed): (u64, u32),
    ) -> Self {
        office.providers.take_their_time();
        let next_client = Arc::new(AtomicU32::new(kept.next_client));
        let (director, dice) = (Director::new(seed, speed), Mutex::new(Dice::new(seed, 5_000_000)));
        Self { office, time, valve, director, dice, next_client }
    }

    /// Who writes next for the first time: to be kept for a restart.
    #[must_use]
    pub fn next_client(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.next_client)
    }

    /// Goes on for ever.
    pub async fn run(mut self) {
        let began = Instant::now();
        let (mut seen, mut thinking) = (Seen::default(), VecDeque::new());
        // What was sent in the past is answered by the past.
        self.office.providers.sent_since(&mut seen);
        loop {
            tokio::time::sleep(BEAT).await;
            if self.valve.is_closed() {
                continue;
            }
            self.hear(&mut seen, &mut thinking);
            while thinking.front().is_some_and(|first: &Thinking| first.until <= Instant::now()) {
                if let Some(Thinking { client, .. }) = thinking.pop_front() {
                    let line = *self.dice.lock().pick(&SMALL_TALK);
                    told(self.writes(client, line, false).await);
                }
            }
            let passed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            for intent in self.director.due(passed_ms) {
                told(self.follow(intent).await);
            }
        }
    }

    /// Some of those whom an agent wrote to begin to think of an answer.
    fn hear(&self, seen: &mut Seen, thinking: &mut VecDeque<Thinking>) {
        for sent in self.office.providers.sent_since(seen) {
            let mut dice = self.dice.lock();
            let Some(client) = self.office.clients.get(&sent.to).copied() else { continue };
            if thinking.len() < THINKING && dice.percent(ANSWERED) {
                let wait = dice.between(THINKS_MS.0, THINKS_MS.1).unsigned_abs();
                thinking.push_back(Thinking { client, until: Instant::now() + Duration::from_millis(wait) });
            }
        }
        thinking.make_contiguous().sort_by_key(|one| one.until);
    }

    async fn follow(&self, intent: Intent) -> Result<(), Failed> {
        let mut dice = { Dice::new(self.dice.lock().below(u64::MAX), 0) };
        match intent {
            Intent::NewClient => {
                let n = self.next_client.fetch_add(1, Ordering::Relaxed);
                // The second time round they come back.
                let line = if n < CLIENTS { Line::Inquiry } else { Line::Returns };
                self.writes(n, line, false).await?;
                if dice.percent(BURSTS) {
                    self.writes(n, Line::More, false).await?;
                }
                if dice.percent(PICTURES) { self.writes(n, Line::Picture, true).await } else { Ok(()) }
            }
            Intent::Nudge => {
                let known = self.next_client.load(Ordering::Relaxed).min(CLIENTS);
                let client = u32::try_from(dice.below(known.into())).unwrap_or(0);
                let line = *dice.pick(&[Line::Nudge, Line::Question, Line::Thanks, Line::Offer]);
                self.writes(client, line, false).await
            }
            Intent::Work { agent } => self.office.work(&mut dice, agent, self.time.now_ms()).await,
            Intent::Rescue => match self.office.rescue(&mut dice).await? {
                Some(client) => self.says((client, Line::Agrees), false, true).await,
                None => Ok(()),
            },
            Intent::KeepRoom => {
                for agent in 0..AGENTS {
                    self.office.keep_room(agent).await?;
                }
                Ok(())
            }
        }
    }

    async fn writes(&self, n: u32, line: Line, picture: bool) -> Result<(), Failed> {
        self.says((n, line), picture, false).await
    }

    async fn says(&self, (n, line): (u32, Line), picture: bool, to_team_lead: bool) -> Result<(), Failed> {
        let client = self.office.client(n);
        let text = phrase(&mut self.dice.lock(), &client, line);
        let picture = picture && !client.whatsapp;
        let deed = Deed::Writes { text, picture, to_team_lead };
        self.office.perform(&client, &deed, self.time.now_ms()).await
    }
}

/// A refusal is life: somebody else was quicker. Everything else is told, once.
fn told(result: Result<(), Failed>) {
    match result {
        Ok(()) => {}
        Err(error) if error.is_refusal() => tracing::debug!(%error, "a person of the demo was refused"),
        Err(error) => tracing::warn!(%error, "a person of the demo could not do something"),
    }
}
