//! The lead itself: everything that is remembered of one client, and what follows from it at once.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::{
    Card, CardKind, Conversation, Details, Fired, FollowUp, LastInbound, MergedLead, Name, OpenCall,
    Outgoing, Recap, Rescue, RescueProgress, Source, State, StateName, Status, Touch, WonBack,
};
use crate::{
    identity::Address,
    ids::{EventId, LeadId, TaskId, TeamId, TenantId, TouchId, UserId},
    message::Channel,
    rules::TeamRules,
    time::Timestamp,
};

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
    /// Since when it is theirs, or waits to be assigned. None in what was written before this was kept.
    #[serde(default)]
    pub owner_since: Option<Timestamp>,
    /// How it came to be.
    pub source: Source,
    /// None: not known.
    pub name: Option<Name>,
    /// What else people wrote down about the person.
    #[serde(default)]
    pub details: Details,
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
    /// What was said where the provider counts the hours since the client wrote, the quietest first.
    #[serde(default)]
    pub conversations: Vec<Conversation>,
    /// The latest message or touch.
    pub last_interaction_at: Option<Timestamp>,
    /// Open cards.
    pub cards: Vec<Card>,
    /// Calls without an outcome.
    pub calls: Vec<OpenCall>,
    /// Follow-ups that are not due yet.
    pub follow_ups: Vec<FollowUp>,
    /// Messages on their way, and the latest that were sent, in the order in which they were asked for.
    #[serde(default)]
    pub sends: Vec<Outgoing>,
    /// Channels on which the client asked not to be written to.
    pub opted_out: BTreeSet<Channel>,
    /// How often it has become Stale.
    #[serde(default)]
    pub stale_episodes: u32,
    /// How it was brought back when it was Stale the last time. None: it never was, it still is, or it ended otherwise.
    #[serde(default)]
    pub won_back: Option<WonBack>,
    /// Messages that were written after it was deleted, and that nobody has decided on yet (LIF-7).
    #[serde(default)]
    pub in_review: BTreeSet<EventId>,
    /// The lead that goes on with this one's person (IDN-3). This one counts as deleted meanwhile: nobody sees it, and
    /// nothing of it runs.
    #[serde(default)]
    pub merged_into: Option<LeadId>,
    /// Leads that were merged into this one, in their order.
    #[serde(default)]
    pub merged: Vec<MergedLead>,
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
    /// What happened since the lead became Stale; nothing if it is not.
    #[must_use]
    pub fn recap(&self) -> Option<Recap> {
        let rescue = self.rescue()?;
        let (rescuer, answered_at) = match rescue.progress {
            RescueProgress::Waiting => (None, None),
            RescueProgress::InProgress { by } => (Some(by), None),
            RescueProgress::Answered { by, at, .. } => (Some(by), Some(at)),
        };
        let contacts = self.touches.iter().filter(|touch| touch.at >= rescue.since);
        Some(Recap {
            stale_since: rescue.since,
            escalations: rescue.escalations,
            rescuer,
            last_contact: contacts.map(|touch| (touch.at, touch.channel)).max(),
            answered_at,
            awaits_reply: self.awaits_reply(),
        })
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
