//! What really happened, for tests to count.

use serde::Serialize;
use std::collections::BTreeMap;

/// Everything, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ledger<Accepted, Webhook, Media> {
    /// Requests to send, whatever came of them.
    pub asked: u64,
    /// Those that were refused, by the provider's code.
    pub refused: BTreeMap<u32, u64>,
    pub accepted: Vec<Accepted>,
    pub webhooks: Vec<Webhook>,
    pub media: Vec<Media>,
    /// Rows of `accepted` that a bound took away.
    pub forgotten: usize,
    /// So many rows of each kind are kept, the newest; all of them if there is no bound.
    #[serde(skip)]
    pub(crate) bound: Option<usize>,
}

impl<Accepted, Webhook, Media> Default for Ledger<Accepted, Webhook, Media> {
    fn default() -> Self {
        Self {
            asked: 0,
            refused: BTreeMap::new(),
            accepted: Vec::new(),
            webhooks: Vec::new(),
            media: Vec::new(),
            forgotten: 0,
            bound: None,
        }
    }
}

impl<Accepted: Clone, Webhook, Media> Ledger<Accepted, Webhook, Media> {
    /// Forgets the oldest rows beyond the bound; `asked` and `refused` count on.
    pub(crate) fn keep_within_bounds(&mut self) {
        let Some(bound) = self.bound else { return };
        self.forgotten += keep_newest(&mut self.accepted, bound);
        keep_newest(&mut self.webhooks, bound);
        keep_newest(&mut self.media, bound);
    }

    /// What was taken after the first `seen` messages, as far as it is still known, and how many were taken in all.
    pub(crate) fn accepted_after(&self, seen: usize) -> (Vec<Accepted>, usize) {
        let known = seen.saturating_sub(self.forgotten).min(self.accepted.len());
        (self.accepted[known..].to_vec(), self.forgotten + self.accepted.len())
    }

    /// Counts a request that was refused.
    pub(crate) fn count_refused(&mut self, code: u32) {
        *self.refused.entry(code).or_default() += 1;
    }

    /// How often something was taken, by whatever tells one sending from another: recipient and text, or the sender's
    /// own reference (of Twilio's, the callback's address with the sender's id in it).
    pub fn times<K: Ord>(&self, key: impl Fn(&Accepted) -> K) -> BTreeMap<K, u64> {
        self.accepted.iter().fold(BTreeMap::new(), |mut times, accepted| {
            *times.entry(key(accepted)).or_default() += 1;
            times
        })
    }
}

/// Forgets all but the newest so many. How many went.
fn keep_newest<T>(rows: &mut Vec<T>, bound: usize) -> usize {
    let beyond = rows.len().saturating_sub(bound);
    drop(rows.drain(..beyond));
    beyond
}
