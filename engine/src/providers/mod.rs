//! What providers send, read: one file per provider, pure.
//!
//! What it promises: no input makes it panic; what is there is kept verbatim as raw content, and what is missing is
//! named. A signature is checked on the raw bytes, before anything is parsed (ING-6).
//!
//! What it deliberately does not know: connections, leads and how anything arrived.

mod form;
pub mod given;
pub mod meta;
pub mod opt_words;
pub mod our_name;
pub mod twilio_signature;
pub mod twilio_sms;

use crate::{
    identity::{Address, UnreadableAddress},
    message::{Delivery, Incoming},
    raw::Raw,
    time::Timestamp,
};

/// What one request of a provider says. Each list is in the order in which the request has its parts; every part has an
/// account and a fate of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Normalized {
    /// What clients wrote, and what was written to them elsewhere.
    pub messages: Vec<Incoming>,
    /// How far earlier messages got.
    pub statuses: Vec<StatusUpdate>,
    /// How far whole conversations got.
    pub watermarks: Vec<Watermark>,
    /// What is about an account and about no message.
    pub notices: Vec<Notice>,
    /// What nobody can read (ING-10), while the rest of the request can be.
    pub unreadable: Vec<UnreadablePart>,
}

/// Every message to a client up to a moment got so far (Messenger: `delivery`, `read`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// The account at the provider.
    pub account: String,
    /// To whom the messages were.
    pub client: Address,
    /// How far they got.
    pub status: Delivery,
    /// The latest of them, by the provider's clock.
    pub until: Timestamp,
    /// When they got so far, where the provider tells it.
    pub occurred_at: Option<Timestamp>,
}

/// What a provider tells of an account: its limits, its templates, which app answers. Opens no lead and makes no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The account at the provider; empty where it is not told.
    pub account: String,
    /// The provider's name for it, such as `account_update`.
    pub name: String,
    /// All of it, as JSON.
    pub payload: Raw<Vec<u8>>,
}

/// One part of a request that nobody can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadablePart {
    /// The account at the provider; empty where it is not told.
    pub account: String,
    /// Why.
    pub reason: Unreadable,
    /// A request with this part alone: reading it again, after a mend, reads nothing twice.
    pub request: Raw<Vec<u8>>,
}

/// The request was not signed with this secret, or not as it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit the request")]
pub struct BadSignature;

/// How far a message got that was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusUpdate {
    /// The account at the provider.
    pub account: String,
    /// The provider's id of the message it speaks of.
    pub provider_event_id: String,
    /// To whom the message was, where the provider tells it.
    pub recipient: Option<Address>,
    /// How far it got.
    pub status: Delivery,
    /// The provider's own word for it, in lower case.
    pub provider_status: String,
    /// The provider's code for a failure.
    pub error_code: Option<String>,
    /// What we gave the provider with the message, where it gives it back ([`our_name`]).
    pub reference: Option<String>,
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
    /// A body that is no JSON.
    #[error("the request is not JSON, or ends early")]
    NotJson,
    /// A field that holds something else than it always does.
    #[error("the field {field} is not {expected}")]
    WrongShape {
        /// Its name at the provider.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A request of another of the provider's products than the connection is for.
    #[error("the request is of another product: its field object is not {expected}")]
    OtherProduct {
        /// What it should be.
        expected: &'static str,
    },
    /// A request of another kind than this one reads.
    #[error("the request is of a kind that is not read here: it has the field {field}")]
    NotAMessage {
        /// The field that tells.
        field: &'static str,
    },
}
