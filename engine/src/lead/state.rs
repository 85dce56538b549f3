//! What a lead remembers.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

use super::{Card, CardKind};
use crate::{
    identity::Address,
    ids::{CallId, LeadId, TaskId, TeamId, TenantId, TouchId, UserId},
    message::Channel,
    raw::SealedRaw,
    rules::TeamRules,
    time::Timestamp,
};

/// What stands behind a lead's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Slot {
    /// Claimed, but no command has created it yet.
    Vacant,
    /// A lead.
    Present(Box<Lead>),
    /// Merged into another lead; commands go there.
    Forwarded {
        /// That lead.
        to: LeadId,
    },
}

impl Slot {
    /// The lead that stands here, if one does.
    #[must_use]
    pub fn lead(&self) -> Option<&Lead> {
        match self {
            Self::Present(lead) => Some(lead),
            Self::Vacant | Self::Forwarded { .. } => None,
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

/// A person's name. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(pub String);

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(…)")
    }
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

/// The client record and its follow-up state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// The brokerage.
    pub tenant: TenantId,
    /// Whose rules hold.
    pub team: TeamId,
    /// None: unassigned.
    pub owner: Option<UserId>,
    /// How it came to be.
    pub source: Source,
    /// None: not known.
    pub name: Option<Name>,
    /// How the client can be reached.
    pub identities: Vec<Address>,
    /// BCP 47, where known.
    pub language: Option<String>,
    /// Made by users.
    pub tags: BTreeSet<String>,
    /// The relationship.
    pub status: Status,
    /// What the status goes back to when an archived lead writes.
    pub status_before_archive: Option<Status>,
    /// Softly deleted.
    pub deleted: bool,
    /// The follow-up state.
    pub state: State,
    /// The team's rules as this lead last heard of them.
    pub rules: TeamRules,
    /// When it was created, or its first message received.
    pub created_at: Timestamp,
    /// The latest of creation, hand-back, reassignment out of Stale and return from the archive. With the latest kept
    /// touch it makes the base; see [`Lead::base`].
    pub anchor: Timestamp,
    /// Which deadlines have fired.
    pub fired: Fired,
    /// The first touch ever.
    pub first_contact_at: Option<Timestamp>,
    /// When the first-contact window ended without contact; stays on record.
    pub breached_at: Option<Timestamp>,
    /// The lead became Active by a hand-back, a reassignment or a return: no first-contact window runs any more.
    #[serde(default)]
    pub first_contact_excused: bool,
    /// All touches that can still be revoked, the newest settled one (of the owners', and of the rescuers'), and the
    /// oldest settled one.
    pub touches: Vec<Touch>,
    /// Which of the touches a rescuer made while the lead was Stale: they are touches, but never end the Stale state
    /// (RSC-6), so they are no part of the base.
    #[serde(default)]
    pub rescue_touches: BTreeSet<TouchId>,
    /// The client's latest message (opt-out words aside).
    #[serde(default)]
    pub last_inbound: Option<LastInbound>,
    /// The latest message or touch.
    pub last_interaction_at: Option<Timestamp>,
    /// Open cards.
    pub cards: Vec<Card>,
    /// Calls without an outcome.
    pub calls: Vec<OpenCall>,
    /// Follow-ups that are not due yet.
    pub follow_ups: Vec<FollowUp>,
    /// Channels on which the client asked not to be written to.
    pub opted_out: BTreeSet<Channel>,
    /// Number of commits; the engine counts it with every applied batch of events.
    pub version: u64,
}

impl Lead {
    /// The latest touch that still counts.
    #[must_use]
    pub fn last_touch_at(&self) -> Option<Timestamp> {
        self.touches.iter().map(|touch| touch.at).max()
    }
    /// What the stale window is counted from: never moves back except when a touch is revoked. A rescuer's touch while
    /// Stale is no part of it: it ends nothing (RSC-6), and must not keep a lead from being Stale again when the touch
    /// that did end it is revoked.
    #[must_use]
    pub fn base(&self) -> Timestamp {
        self.own_touches().map(|touch| touch.at).fold(self.anchor, Timestamp::max)
    }
    /// Whether that touch is among the kept ones.
    #[must_use]
    pub fn knows_touch(&self, id: TouchId) -> bool {
        self.touches.iter().any(|touch| touch.id == id)
    }
    /// The kept touches that end waiting: all but the rescuers' while Stale.
    pub fn own_touches(&self) -> impl Iterator<Item = &Touch> {
        self.touches.iter().filter(|touch| !self.rescue_touches.contains(&touch.id))
    }
    /// The client wrote after the last touch and still waits for an answer.
    #[must_use]
    pub fn awaits_reply(&self) -> bool {
        let Some(inbound) = &self.last_inbound else { return false };
        self.last_touch_at().is_none_or(|touched| touched < inbound.at)
    }
    /// No touch counts yet, and none was made unnecessary: the first-contact window runs (unless the lead is Stale).
    #[must_use]
    pub fn awaits_first_contact(&self) -> bool {
        !self.first_contact_excused && self.own_touches().next().is_none()
    }
    /// The rescue, if the lead is Stale and neither archived nor deleted.
    #[must_use]
    pub fn rescue(&self) -> Option<&Rescue> {
        match &self.state {
            State::Stale(rescue) if !self.is_dormant() => Some(rescue),
            State::Stale(_) | State::New | State::Active | State::AtRisk(_) => None,
        }
    }
    /// The state by its name.
    #[must_use]
    pub const fn state_name(&self) -> StateName {
        match self.state {
            State::New => StateName::New,
            State::Active => StateName::Active,
            State::AtRisk(_) => StateName::AtRisk,
            State::Stale(_) => StateName::Stale,
        }
    }
    /// The one automatic card, if one is open.
    #[must_use]
    pub fn automatic_card(&self) -> Option<&Card> {
        self.cards.iter().find(|card| card.kind.is_automatic())
    }
    /// The open card with that task.
    #[must_use]
    pub fn card(&self, task: TaskId) -> Option<&Card> {
        self.cards.iter().find(|card| card.task == task)
    }
    /// Archived and deleted leads run no timers and have no cards (LIF-7).
    #[must_use]
    pub fn is_dormant(&self) -> bool {
        self.deleted || self.status == Status::Archived
    }
    /// Open cards of a kind, for tests and explanations.
    pub fn cards_of(&self, kind: CardKind) -> impl Iterator<Item = &Card> {
        self.cards.iter().filter(move |card| card.kind == kind)
    }
}
