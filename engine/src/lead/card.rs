//! Cards: what a lead asks of people (DECK-1). At most one automatic card is open at a time.

use serde::{Deserialize, Serialize};

use super::SendFailure;
use crate::{
    ids::{TaskId, UserId},
    message::Channel,
    raw::SealedRaw,
    time::Timestamp,
};

/// What a card asks for. The automatic ones rank `Rescue > AtRisk > ContactNow > Reply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// The client wrote and waits.
    Reply,
    /// A new lead waits for the first contact.
    ContactNow,
    /// The stale window is nearly over.
    AtRisk,
    /// The lead is Stale.
    Rescue,
    /// Somebody planned it.
    FollowUp,
    /// A call without its outcome.
    CallOutcome,
}

impl CardKind {
    /// Whether the life cycle opens and closes it by itself.
    #[must_use]
    pub const fn is_automatic(self) -> bool {
        match self {
            Self::Reply | Self::ContactNow | Self::AtRisk | Self::Rescue => true,
            Self::FollowUp | Self::CallOutcome => false,
        }
    }
}

/// Why a card is there, as data: the words are made where the language is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Reason {
    /// A new lead: first reply due at the card's `due_at`.
    FirstReplyDue,
    /// The first-contact window is nearly over, or over since `due_at`.
    FirstReplyAtRisk,
    /// No touch since then.
    NoTouch {
        /// The base.
        since: Timestamp,
    },
    /// Stale since then.
    Stale {
        /// The end of the stale window.
        since: Timestamp,
    },
    /// The client wrote at that time.
    Wrote {
        /// When we received it.
        at: Timestamp,
    },
    /// A follow-up that somebody planned.
    FollowUp,
    /// A call without its outcome.
    CallWithoutOutcome {
        /// When the call was placed.
        at: Timestamp,
    },
    /// A touch was revoked: the message of that time never arrived.
    TouchRevoked {
        /// The time of that touch.
        sent_at: Timestamp,
    },
    /// The client opted out of a channel.
    OptedOut {
        /// That one.
        closed: Channel,
        /// Those that are left.
        open: Vec<Channel>,
    },
    /// A message that was asked for then will not be sent, or did not arrive.
    SendFailed {
        /// When it was asked for.
        asked_at: Timestamp,
        /// Why.
        failure: SendFailure,
    },
    /// Nobody can say whether the message that was tried then was sent: a person has to look.
    SendInDoubt {
        /// When it was tried.
        tried_at: Timestamp,
    },
}

impl Reason {
    /// It tells that a message to the client did not go, did not arrive, or that nobody knows (OUT-3).
    #[must_use]
    pub const fn speaks_of_a_send(&self) -> bool {
        match self {
            Self::TouchRevoked { .. } | Self::SendFailed { .. } | Self::SendInDoubt { .. } => true,
            Self::FirstReplyDue
            | Self::FirstReplyAtRisk
            | Self::NoTouch { .. }
            | Self::Stale { .. }
            | Self::Wrote { .. }
            | Self::FollowUp
            | Self::CallWithoutOutcome { .. }
            | Self::OptedOut { .. } => false,
        }
    }
}

/// An open card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The task behind it.
    pub task: TaskId,
    /// What it asks for.
    pub kind: CardKind,
    /// Since when it is open.
    pub opened_at: Timestamp,
    /// By when it asks for it.
    pub due_at: Timestamp,
    /// Why it is there.
    pub reason: Reason,
    /// Out of the deck until then; it counts as open all the same (LIF-6).
    pub snoozed_until: Option<Timestamp>,
    /// Whose snooze that is: a rescue card leaves only their deck.
    #[serde(default)]
    pub snoozed_by: Option<UserId>,
    /// The channel of the message it is about.
    pub channel: Option<Channel>,
    /// Sealed preview of that message, or title of a follow-up.
    pub preview: Option<SealedRaw>,
    /// The lead's version when this task or its preview last changed: what a client's `expected_version` is held against.
    pub version: u64,
}
