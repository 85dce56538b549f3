//! The parts of what a lead remembers.

use serde::{Deserialize, Serialize};
use std::fmt;

use super::Lead;
use crate::{
    identity::Address,
    ids::{CallId, ConnectionId, EventId, TaskId, TouchId, UserId},
    message::Channel,
    raw::SealedRaw,
    time::Timestamp,
};

/// What stands behind a lead's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Slot {
    /// Claimed, but no command has created it yet.
    Vacant,
    /// A lead; perhaps one that was merged into another, which then has its commands.
    Present(Box<Lead>),
}

impl Slot {
    /// The lead that stands here, if one does.
    #[must_use]
    pub fn lead(&self) -> Option<&Lead> {
        match self {
            Self::Present(lead) => Some(lead),
            Self::Vacant => None,
        }
    }
}

/// The follow-up state, by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// Not contacted yet.
    New,
    /// Contacted, and not long ago.
    Active,
    /// A window is nearly over.
    AtRisk,
    /// The stale window is over.
    Stale,
}

/// The follow-up state (LIF-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not contacted yet.
    New,
    /// Contacted, and not long ago.
    Active,
    /// A window is nearly over.
    AtRisk(AtRiskReason),
    /// The stale window is over.
    Stale(Rescue),
}

/// Which window is running out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtRiskReason {
    /// The first-contact window.
    FirstContact,
    /// The stale window.
    NoTouch,
}

/// How far a rescue got (RSC-1, RSC-6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescue {
    /// When the stale window ended.
    pub since: Timestamp,
    /// Where it stands.
    pub progress: RescueProgress,
    /// How often the team was told that nothing happens.
    pub escalations: u32,
    /// From when the next escalation is counted.
    pub clock: Timestamp,
}

/// Where a rescue stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RescueProgress {
    /// Nobody has done anything.
    Waiting,
    /// Somebody other than the owner got in touch.
    InProgress {
        /// The rescuer.
        by: UserId,
    },
    /// The client answered that rescuer.
    Answered {
        /// The rescuer.
        by: UserId,
        /// When the answer was received.
        at: Timestamp,
        /// The team was told that nobody took the answer up within W1.
        escalated: bool,
    },
}

/// That a Stale lead was brought back, for the team's figures (RSC-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WonBack {
    /// When it left the Stale state.
    pub at: Timestamp,
    /// By what.
    pub by: WonBackBy,
}

/// What brings a Stale lead back: see the life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WonBackBy {
    /// A rescuer gave it back to its owner.
    HandBack,
    /// It got another owner.
    Reassignment,
    /// Its owner got in touch after all.
    OwnersTouch,
}

/// What happened while a lead was Stale, for the owner who gets it back (RSC-2). Derived: no word of anybody is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recap {
    /// When the stale window ended.
    pub stale_since: Timestamp,
    /// How often the team was told that nothing happens.
    pub escalations: u32,
    /// Who rescued it, if anybody did.
    pub rescuer: Option<UserId>,
    /// The latest contact that a rescuer made, and how.
    pub last_contact: Option<(Timestamp, Channel)>,
    /// When the client answered the rescuer.
    pub answered_at: Option<Timestamp>,
    /// The client wrote and nobody has answered that yet.
    pub awaits_reply: bool,
}

/// Relationship status (LIF-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not a client yet.
    Lead,
    /// A client.
    ActiveClient,
    /// Put away: no timers, no cards.
    Archived,
}

/// How a lead came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// By SMS.
    Sms,
    /// By WhatsApp.
    Whatsapp,
    /// By Messenger.
    Messenger,
    /// By Instagram.
    Instagram,
    /// By e-mail.
    Email,
    /// By a call.
    Call,
    /// By hand.
    Manual,
    /// By an import.
    Import,
}

impl Source {
    /// The channel by which it came; [`Channel::System`] if people made it.
    #[must_use]
    pub const fn channel(self) -> Channel {
        match self {
            Self::Sms => Channel::Sms,
            Self::Whatsapp => Channel::Whatsapp,
            Self::Messenger => Channel::Messenger,
            Self::Instagram => Channel::Instagram,
            Self::Email => Channel::Email,
            Self::Call => Channel::Voice,
            Self::Manual | Self::Import => Channel::System,
        }
    }
}

/// A person's name. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(pub String);

impl Name {
    /// What a provider tells of somebody's name: on one line, and at most 120 characters of it, because anybody can call
    /// themselves anything and a name stands in every row and card of the lead. None if nothing is left.
    #[must_use]
    pub fn told(text: &str) -> Option<Self> {
        const LONGEST: usize = 120;
        let words = text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
        let mut name = String::new();
        for (n, word) in words.enumerate() {
            let room = LONGEST.saturating_sub(name.chars().count() + usize::from(n > 0));
            if room == 0 {
                break;
            }
            if n > 0 {
                name.push(' ');
            }
            name.extend(word.chars().take(room));
        }
        (!name.is_empty()).then_some(Self(name))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(…)")
    }
}

/// A text that somebody wrote: sealed [`crate::message::Content`] under the id that its entry of the timeline has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its entry's.
    pub event: EventId,
    /// Empty when it is a blob.
    pub content: SealedRaw,
}

/// Something that counts as contact with the client (ledger: "touch").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// Which message, call, visit or note.
    pub id: TouchId,
    /// Who got in touch.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// Can no longer be revoked by a final failure or a bounce.
    pub settled: bool,
}

/// A call whose outcome is still to be told (DECK-5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCall {
    /// The call.
    pub id: CallId,
    /// Who called.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// The task that asks for the outcome.
    pub card: TaskId,
}

/// A follow-up that is not due yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Its card's task, once it is due.
    pub task: TaskId,
    /// When it becomes a card.
    pub due_at: Timestamp,
    /// Sealed title.
    pub title: Option<SealedRaw>,
    /// Planned by the team's default and not by a person (DECK-8); a person's plan replaces it.
    #[serde(default)]
    pub by_default: bool,
}

/// The latest message that awaits an answer: what cards show a line of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastInbound {
    /// When we received it.
    pub at: Timestamp,
    /// Where they wrote.
    pub channel: Channel,
    /// Sealed preview.
    pub preview: Option<SealedRaw>,
    /// Through which connection: an answer goes the same way.
    #[serde(default)]
    pub connection: Option<ConnectionId>,
    /// From which address.
    #[serde(default)]
    pub from: Option<Address>,
}

/// Which deadlines have already fired since the base last moved; a deadline fires once (LIF-4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// `r`·W1.
    pub first_contact_share: bool,
    /// W1: the breach, which stays on record.
    pub first_contact: bool,
    /// `r`·W2.
    pub stale_share: bool,
    /// W2.
    pub stale: bool,
}
