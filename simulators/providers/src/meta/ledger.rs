//! What really happened, for tests to count.

use serde::Serialize;
use std::collections::BTreeMap;

use super::account::Product;
use crate::newest::keep_newest;

/// A message that was taken, whether or not the sender was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    pub product: Product,
    /// The account's id.
    pub account: String,
    /// `wamid.…`, or the `mid`.
    pub id: String,
    /// As it was asked for.
    pub to: String,
    /// The text, or a file's caption; empty if there is none.
    pub text: String,
    /// `text`, `image`, `template`, …
    pub kind: String,
    /// Of a file: its id here, or the link that it was to be fetched from.
    pub media: Option<String>,
    /// What the sender wants to hear again: WhatsApp's `biz_opaque_callback_data`, Messenger's `metadata`.
    pub reference: Option<String>,
    /// `RESPONSE`, `UPDATE`, `MESSAGE_TAG`; nothing for WhatsApp.
    pub messaging_type: Option<String>,
    pub tag: Option<String>,
    /// Whether the answer that says so went out (a fault can keep it back).
    pub answered: bool,
}

/// One attempt to call a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WebhookAttempt {
    pub account: String,
    /// The message that it is about.
    pub id: String,
    pub url: String,
    /// `sent`, `delivered`, `read`, `failed`, `echo`; `received` of an inbound message.
    pub about: String,
    /// From 1.
    pub attempt: u32,
    /// What was answered; nothing if nothing was.
    pub answered: Option<u16>,
}

/// A file that was served, or that was fetched to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FetchedMedia {
    /// Of a file that was served: its id. Of one that was fetched: the link.
    pub media: String,
    /// `served` or `fetched`.
    pub how: String,
    /// What was answered; nothing if nothing was.
    pub answered: Option<u16>,
    pub size_bytes: usize,
}

/// Everything, in the order in which it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Requests to send, whatever came of them.
    pub asked: u64,
    /// Those that were refused, by Meta's code.
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

    /// How often something was taken, by whatever tells one sending from another: recipient and text, or the sender's
    /// own reference.
    pub fn times<K: Ord>(&self, key: impl Fn(&Accepted) -> K) -> BTreeMap<K, u64> {
        self.accepted.iter().fold(BTreeMap::new(), |mut times, accepted| {
            *times.entry(key(accepted)).or_default() += 1;
            times
        })
    }
}
