//! What providers send, read: one file per provider, pure.
//!
//! What it promises: no input makes it panic; what is there is kept verbatim as raw content, and what is missing is
//! named. A signature is checked on the raw bytes, before anything is parsed (ING-6).
//!
//! What it deliberately does not know: connections, leads and how anything arrived.

mod form;
pub mod opt_words;
pub mod twilio_signature;
pub mod twilio_sms;

use crate::{
    identity::UnreadableAddress,
    message::{Delivery, Incoming},
    time::Timestamp,
};

/// What one request of a provider says: messages, and how far earlier ones got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Normalized {
    /// In the order in which the request has them.
    pub messages: Vec<Incoming>,
    /// In the order in which the request has them.
    pub statuses: Vec<StatusUpdate>,
}

/// How far a message got that was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusUpdate {
    /// The account at the provider.
    pub account: String,
    /// The provider's id of the message it speaks of.
    pub provider_event_id: String,
    /// How far it got.
    pub status: Delivery,
    /// The provider's own word for it, in lower case.
    pub provider_status: String,
    /// The provider's code for a failure.
    pub error_code: Option<String>,
    /// The provider's own time stamp, where there is one.
    pub occurred_at: Option<Timestamp>,
}

/// Why a request could not be read (ING-10: it goes to the dead letters with this reason). Names fields, never values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A field that must be there is not, or is empty.
    #[error("the field {field} is missing")]
    MissingField {
        /// Its name at the provider.
        field: &'static str,
    },
    /// An address that can't be read.
    #[error("the field {field} can't be read: {why}")]
    BadAddress {
        /// Its name at the provider.
        field: &'static str,
        /// What is wrong with it.
        why: UnreadableAddress,
    },
    /// A request of another kind than this one reads.
    #[error("the request is of a kind that is not read here: it has the field {field}")]
    NotAMessage {
        /// The field that tells.
        field: &'static str,
    },
}
