//! The rows of the ledger.

use serde::Serialize;

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
pub type Ledger = crate::ledger::Ledger<Accepted, WebhookAttempt, FetchedMedia>;

impl Ledger {
    /// What a message that was taken is to carry.
    pub(super) fn media_urls(&self, sid: &str) -> Vec<String> {
        let found = self.accepted.iter().rev().find(|accepted| accepted.sid == sid);
        found.map(|accepted| accepted.media_urls.clone()).unwrap_or_default()
    }
}
