//! What happened to a lead. Events are facts: [`super::apply`] makes them true without asking.

use serde::{Deserialize, Serialize};

use super::{
    AtRiskReason, Brought, CallOutcome, Card, DeedKind, Fired, FollowUp, Name, OpenCall, Placement, Profile,
    ProfileField, Recap, RescueProgress, SendEvent, Source, State, Status, Touch, Written,
};
use crate::{
    identity::Address,
    ids::{CallId, ConnectionId, EventId, LeadId, TaskId, TeamId, TouchId, UserId},
    message::{Channel, Delivery, Message},
    raw::SealedRaw,
    rules::TeamRules,
    time::{Seconds, Timestamp},
};

/// One fact in the life of a lead. `at` is when it happened: a deadline's own time, a deed's, a message's receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the comment of each variant speaks of those fields that their names leave open"
)]
pub enum Event {
    /// The lead begins, as New.
    Created {
        id: LeadId,
        place: Placement,
        source: Source,
        name: Option<Name>,
        identities: Vec<Address>,
        at: Timestamp,
    },
    /// A message, reaction, edit or echo entered the timeline.
    MessageReceived { message: Message },
    /// A message told the name of a lead that had none.
    NameLearned { name: Name },
    /// The state moved; `at` is the deadline's or the deed's time, which may lie before the commit.
    StateChanged { to: State, cause: Cause, at: Timestamp },
    /// A deadline was passed without a change of state.
    DeadlinePassed { deadline: DeadlineKind, at: Timestamp },
    /// The first touch ever was at this time; told again when an earlier one comes to light.
    FirstContactMade { at: Timestamp },
    /// The only touch was revoked: nobody has reached the client yet.
    FirstContactUndone,
    /// W1 ended without contact. Recorded once, and for good.
    FirstContactBreached { at: Timestamp },
    /// Contact was made. `rescue`: by a rescuer while the lead is Stale.
    Touched { touch: Touch, rescue: bool },
    /// It never reached the client.
    TouchRevoked { touch: TouchId },
    /// The deed that made it was taken back. `kept`: the touches that it had pushed out of memory; `rescues`: those of
    /// them that rescuers made.
    TouchUndone { touch: TouchId, kept: Vec<Touch>, rescues: Vec<TouchId> },
    /// It can no longer be revoked.
    TouchSettled { touch: TouchId },
    /// The stale window starts again from here (hand-back, reassignment, return).
    ClockRestarted { at: Timestamp },
    /// A rescue began, was answered, or went on.
    RescueMoved { progress: RescueProgress, at: Timestamp },
    /// A rescuer gave the lead back to its owner (RSC-2).
    HandedBack {
        by: UserId,
        at: Timestamp,
        /// None in what was written before there were recaps.
        #[serde(default)]
        recap: Option<Recap>,
    },
    /// Nobody does anything about a Stale lead, or about a client's answer to its rescuer, for the `count`-th time.
    /// `next_from`: what the next escalation is counted from.
    RescueEscalated { at: Timestamp, count: u32, next_from: Timestamp },
    /// A card is open.
    CardOpened { card: Card },
    /// Another message, reason or due time on the same task.
    CardChanged { card: Card },
    /// A card left.
    CardClosed { task: TaskId, how: CardClosed, at: Timestamp },
    /// A card is out of the deck for a while.
    CardSnoozed { task: TaskId, until: Timestamp, by: UserId },
    /// Its snooze ended.
    CardReturned { task: TaskId, at: Timestamp },
    /// `by`: none when the team's default planned it.
    FollowUpScheduled { follow_up: FollowUp, by: Option<UserId> },
    /// It became a card, or was replaced.
    FollowUpRemoved { task: TaskId },
    /// `card`: the task that waits for the outcome.
    CallStarted { call: CallId, by: UserId, at: Timestamp, card: TaskId },
    /// Its outcome was told at this time.
    CallEnded {
        call: CallId,
        by: UserId,
        outcome: CallOutcome,
        #[serde(default)]
        note: Option<Written>,
        at: Timestamp,
    },
    /// Its outcome was taken back: it waits for one again.
    CallReopened { call: OpenCall, at: Timestamp },
    /// A note entered the timeline.
    NoteWritten { text: Written, by: UserId, client_interaction: bool, at: Timestamp },
    /// What is known of the person changed, in these fields. `by`: none for an import.
    ProfileChanged { profile: Box<Profile>, fields: Vec<ProfileField>, by: Option<UserId>, at: Timestamp },
    /// A deed was taken back by the one who did it; what follows from that, the events around it say.
    DeedUndone { deed: DeedKind, by: UserId, at: Timestamp },
    /// `address` wrote an opt-out word.
    OptedOut { channel: Channel, address: Address, at: Timestamp },
    /// `address` wrote an opt-in word; said even when nothing was closed.
    OptedIn { channel: Channel, address: Address, at: Timestamp },
    /// The lead changed hands, or teams.
    OwnerChanged {
        from: Option<UserId>,
        to: Option<UserId>,
        from_team: TeamId,
        team: TeamId,
        by: UserId,
        at: Timestamp,
    },
    /// The windows changed. `fired`: the marks as they stand under these rules; what a longer window moves into the
    /// future can fire again. `shortened`: its owner has less time now, and is told so.
    RulesChanged {
        rules: TeamRules,
        fired: Fired,
        #[serde(default)]
        shortened: Option<Shortened>,
    },
    /// `by`: none when a message brought the lead back.
    StatusChanged { from: Status, to: Status, by: Option<UserId>, at: Timestamp },
    /// Softly.
    Deleted { by: UserId, at: Timestamp },
    /// Somebody wrote to a deleted lead: the review queue has it. `message`: what was written, with `content` in its
    /// place; none in what was written before this was kept.
    SentToReview {
        content: SealedRaw,
        at: Timestamp,
        #[serde(default)]
        message: Option<Box<Message>>,
    },
    /// The client wrote to somebody else's own connection (IDN-6): `to` is told that the lead belongs to another, and may
    /// read that one message, which came at `at`.
    WroteToAnother { message: EventId, to: UserId, channel: Channel, connection: ConnectionId, at: Timestamp },
    /// It was decided what becomes of such a message: `restored`, or it stays where it is.
    Reviewed { event: EventId, restored: bool, by: UserId, at: Timestamp },
    /// A deleted lead came back.
    Restored { by: UserId, at: Timestamp },
    /// An address became this client's too.
    IdentityLinked { address: Address, by: UserId, at: Timestamp },
    /// An address is this client's no more.
    IdentityUnlinked { address: Address, by: UserId, at: Timestamp },
    /// It was the same person as that lead, which goes on with both. Everything that it has stays and rests.
    MergedInto { into: LeadId, by: UserId, at: Timestamp },
    /// That lead was merged into this one.
    Absorbed { lead: LeadId, brought: Box<Brought>, by: UserId, at: Timestamp },
    /// That lead is one of its own again.
    LetGo { lead: LeadId, by: UserId, at: Timestamp },
    /// It is a lead of its own again. `lost`: addresses that are somebody else's by now.
    CameBack { from: LeadId, lost: Vec<Address>, by: UserId, at: Timestamp },
    /// A message to the client got further.
    Send(SendEvent),
    /// All that was sent in a conversation up to a moment got so far, by the provider's clock.
    Reached { connection: ConnectionId, client: Address, status: Delivery, until: Timestamp },
}

/// Why the state moved (LIF-1: every transition is recorded with its cause).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// That one passed.
    Deadline(DeadlineKind),
    /// The first touch ever.
    FirstTouch,
    /// A touch.
    Touch,
    /// A touch was taken back.
    TouchRevoked,
    /// Longer windows.
    RulesChanged,
    /// The rescuer gave the lead back.
    HandedBack,
    /// A new owner begins anew.
    Reassigned,
    /// The client wrote, or somebody brought the lead back.
    ReturnedFromArchive,
    /// A new owner, and the team says that the clock starts again.
    ClockRestarted,
}

/// The clocks of a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineKind {
    /// `r`·W1 after the base of a lead without a first contact.
    FirstContactAtRisk,
    /// W1.
    FirstContactBreach,
    /// `r`·W2 after the base.
    StaleAtRisk,
    /// W2 after the base.
    Stale,
    /// W2 without rescue, again and again; or W1 without an answer to an answered rescue.
    RescueEscalation,
    /// A snoozed card comes back.
    SnoozeEnds,
    /// A follow-up falls due.
    FollowUpDue,
    /// A message to the client is to go.
    SendDue,
    /// The provider is to be asked what became of a message.
    SendInDoubt,
}

/// What a lead's windows were before they became shorter, at least one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortened {
    /// `W1`.
    pub first_contact_was: Seconds,
    /// `W2`.
    pub stale_after_was: Seconds,
}

/// Why a card left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "a field says by its name who did it")]
pub enum CardClosed {
    /// A person did it.
    Done { by: UserId },
    /// The plan that it came from was taken back.
    Undone { by: UserId },
    /// A higher automatic card took its place.
    Replaced,
    /// The deed it asked for was done.
    Touched,
    /// Its lead left the state it was about.
    StateLeft,
    /// Its outcome was told.
    OutcomeRecorded,
    /// The lead was archived or deleted.
    LeadGone,
}

/// What an event asks of the world outside the lead. State-shaped projections (decks, timer, directory) are made from
/// the lead as it stands, so that several of them collapse into the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// This event is an entry of the timeline.
    Timeline,
    /// The cards in the decks of owner and team leads changed.
    Decks {
        /// One who lost the lead.
        also: Option<UserId>,
    },
    /// The next deadline changed.
    Timer,
    /// What lists and filters show changed.
    Directory,
    /// Sending on a channel opened or closed. The address that wrote the word is in the event.
    OptOut {
        /// Which one.
        channel: Channel,
        /// Whether it closed.
        out: bool,
    },
    /// Something waits for review, or does so no more: a deleted lead's message, a message in doubt.
    Review,
    /// Somebody else than the owner is told of a message.
    Notice,
    /// The entry of a message to the client changed: its status, or the provider's id. The message is in the event.
    Message,
}

impl DeadlineKind {
    /// The at-risk reason that this deadline brings, if it is one of those.
    #[must_use]
    pub const fn at_risk_reason(self) -> Option<AtRiskReason> {
        match self {
            Self::FirstContactAtRisk => Some(AtRiskReason::FirstContact),
            Self::StaleAtRisk => Some(AtRiskReason::NoTouch),
            Self::FirstContactBreach
            | Self::Stale
            | Self::RescueEscalation
            | Self::SnoozeEnds
            | Self::FollowUpDue
            | Self::SendDue
            | Self::SendInDoubt => None,
        }
    }
}
