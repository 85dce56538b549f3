//! The rows of the ledger.

use serde::Serialize;

use super::account::Product;

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
pub type Ledger = crate::ledger::Ledger<Accepted, WebhookAttempt, FetchedMedia>;
