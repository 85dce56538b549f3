//! What really happened, for tests to count.

use serde::Serialize;
use std::collections::BTreeMap;

use crate::newest::keep_newest;

/// A message that was taken, whether or not the sender was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    pub account_sid: String,
    pub sid: String,
    pub from: Option<String>,
    pub messaging_service_sid: Option<String>,
    pub to: String,
    pub body: String,
    pub media_urls: Vec<String>,
    /// As it was asked for, with its query: the sender's own id stands in there.
    pub status_callback: Option<String>,
    /// Whether the answer that says so went out (a fault can keep it back).
    pub answered: bool,
}

/// One attempt to call a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WebhookAttempt {
    pub message_sid: String,
    pub url: String,
    /// `MessageStatus` of a status callback, `received` of an inbound message.
    pub status: String,
    /// From 1.
    pub attempt: u32,
    /// What was answered; nothing if nothing was.
    pub answered: Option<u16>,
}

/// A file that was fetched for an MMS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FetchedMedia {
    pub message_sid: String,
    pub url: String,
    /// What was answered; nothing if nothing was.
    pub answered: Option<u16>,
    pub content_type: String,
    pub size_bytes: usize,
    /// Hexadecimal.
    pub sha256: String,
}

/// Everything, in the order in which it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Requests to send, whatever came of them.
    pub asked: u64,
    /// Those that were refused, by Twilio's code.
    pub refused: BTreeMap<u32, u64>,
    pub accepted: Vec<Accepted>,
    pub webhooks: Vec<WebhookAttempt>,
    pub media: Vec<FetchedMedia>,
    /// Rows of `accepted` that a bound took away.
    pub forgotten: usize,
}

impl Ledger {
    /// Forgets the oldest rows beyond so many of each kind; `asked` and `refused` count on.
    pub(super) fn keep_at_most(&mut self, bound: usize) {
        self.forgotten += keep_newest(&mut self.accepted, bound);
        keep_newest(&mut self.webhooks, bound);
        keep_newest(&mut self.media, bound);
    }

    /// What was taken after the first `seen` messages, as far as it is still known, and how many were taken in all.
    pub(super) fn accepted_after(&self, seen: usize) -> (Vec<Accepted>, usize) {
        let known = seen.saturating_sub(self.forgotten).min(self.accepted.len());
        (self.accepted[known..].to_vec(), self.forgotten + self.accepted.len())
    }

    /// What a message that was taken is to carry.
    pub(super) fn media_urls(&self, sid: &str) -> Vec<String> {
        let found = self.accepted.iter().rev().find(|accepted| accepted.sid == sid);
        found.map(|accepted| accepted.media_urls.clone()).unwrap_or_default()
    }

    /// How often something was taken, by whatever tells one sending from another: recipient and text, or the callback's
    /// address with the sender's own id in it.
    pub fn times<K: Ord>(&self, key: impl Fn(&Accepted) -> K) -> BTreeMap<K, u64> {
        self.accepted.iter().fold(BTreeMap::new(), |mut times, accepted| {
            *times.entry(key(accepted)).or_default() += 1;
            times
        })
    }
}
