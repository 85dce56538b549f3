//! What is measured while it runs: how long each kind of waiting took, and what came out how often.

use hdrhistogram::Histogram;
use parking_lot::Mutex;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

/// The longest time that is told apart from longer ones: 100 s, in microseconds.
const LONGEST_US: u64 = 100_000_000;

/// Something that somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// From the moment a message was due to its webhook's 2xx.
    Webhook,
    /// From the moment a message was due until a page of its agent had it.
    Shown,
    /// An action, until its answer on the socket.
    Action,
    /// `GET /v1/deck`
    Deck,
    /// `GET /v1/leads/{id}/events`
    Thread,
}

/// All of them, with what a report calls them.
pub const WAITS: [(Wait, &str); 5] = [
    (Wait::Webhook, "webhook answered"),
    (Wait::Shown, "on the agent's page"),
    (Wait::Action, "action answered"),
    (Wait::Deck, "deck read"),
    (Wait::Thread, "thread read"),
];

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Messages that were due.
    Due,
    /// No client was free to write one of them: the one before was on no page yet.
    NobodyFree,
    /// Answered 2xx.
    Taken,
    /// Answers 429 and 503: told to wait, and sent again.
    ToldToWait,
    /// Any other answer, or none; sent again too.
    Failed,
    /// Given up after as many attempts as a provider makes.
    GivenUp,
    /// Taken, and on a page of the agent.
    Shown,
    /// Actions that were applied.
    Applied,
    /// Actions whose card had moved on.
    Conflicts,
    /// Actions and reads that failed.
    AgentErrors,
    /// Times that a socket was lost and opened again.
    Reconnects,
}

/// How many kinds of counts there are.
const COUNTS: usize = 11;

/// One run's meters, shared by all of its parts.
pub struct Meters {
    waits: [Mutex<Histogram<u64>>; WAITS.len()],
    counts: [AtomicU64; COUNTS],
}

impl Default for Meters {
    fn default() -> Self {
        let histogram = || Histogram::new_with_max(LONGEST_US, 3).expect("bounds that hold");
        Self { waits: std::array::from_fn(|_| Mutex::new(histogram())), counts: Default::default() }
    }
}

impl Meters {
    /// Somebody waited since then, and waits no more.
    pub fn waited(&self, wait: Wait, since: Instant) {
        let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.waits[wait as usize].lock().saturating_record(micros.max(1));
    }

    /// One more.
    pub fn count(&self, count: Count) {
        self.counts[count as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn counted(&self, count: Count) -> u64 {
        self.counts[count as usize].load(Ordering::Relaxed)
    }

    /// All waiting of a kind so far.
    pub fn waits(&self, wait: Wait) -> Histogram<u64> {
        self.waits[wait as usize].lock().clone()
    }
}
