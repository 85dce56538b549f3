//! What the provider's side knows: what it sent from whom, and what it was answered for. And how often what was tried.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A message that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub from: String,
    /// Of the agent's number.
    pub to: String,
    /// Answered 2xx, at least once.
    pub acknowledged: bool,
}

/// What was sent, by `MessageSid`, and what was done.
#[derive(Default)]
pub struct Ledger {
    messages: Mutex<BTreeMap<String, Sent>>,
    /// Cards that were marked done with the answer `applied`, by lead.
    done: Mutex<BTreeMap<String, BTreeSet<String>>>,
    pub counts: Counts,
}

/// How often.
#[derive(Default)]
pub struct Counts {
    pub deliveries: AtomicU64,
    pub unanswered: AtomicU64,
    pub refused: AtomicU64,
    pub repeated: AtomicU64,
    pub at_one_instant: AtomicU64,
    pub resumed: AtomicU64,
    pub deltas: AtomicU64,
    pub acts: AtomicU64,
    pub acts_repeated: AtomicU64,
    pub acts_in_doubt: AtomicU64,
    pub conflicts: AtomicU64,
    pub checks: AtomicU64,
}

/// Counts one.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// A part that panicked ends the test anyway.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ledger {
    /// Before it is sent for the first time.
    pub fn sends(&self, sid: &str, from: &str, to: &str) {
        let sent = Sent { from: from.to_owned(), to: to.to_owned(), acknowledged: false };
        held(&self.messages).insert(sid.to_owned(), sent);
    }

    /// It was answered 2xx.
    pub fn acknowledged(&self, sid: &str) {
        held(&self.messages).get_mut(sid).expect("it was sent").acknowledged = true;
    }

    /// The answer to this card's `done` was `applied`.
    pub fn done(&self, lead: &str, card: &str) {
        held(&self.done).entry(lead.to_owned()).or_default().insert(card.to_owned());
    }

    /// All messages.
    pub fn messages(&self) -> BTreeMap<String, Sent> {
        held(&self.messages).clone()
    }

    /// Cards that are done, by lead.
    pub fn all_done(&self) -> BTreeMap<String, BTreeSet<String>> {
        held(&self.done).clone()
    }

    /// Everything that the test is about has happened.
    pub fn assert_worked(&self) {
        let counts = &self.counts;
        for (what, counter) in [
            ("a delivery without an answer", &counts.unanswered),
            ("a repeated delivery", &counts.repeated),
            ("two first messages at one instant", &counts.at_one_instant),
            ("a resumed socket", &counts.resumed),
            ("an action", &counts.acts),
            ("a repeated action", &counts.acts_repeated),
            ("an action in doubt", &counts.acts_in_doubt),
        ] {
            assert!(counter.load(Ordering::Relaxed) > 0, "not once: {what}");
        }
    }
}
