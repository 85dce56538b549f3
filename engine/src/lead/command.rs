//! What can be asked of a lead.

use serde::{Deserialize, Serialize};

use super::{Brought, Name, ProfileChange, SendCommand, Source, Status, Touch, Undoable, Written};
use crate::{
    identity::Address,
    ids::{CallId, EventId, LeadId, TaskId, TeamId, TenantId, TouchId, UserId},
    message::Message,
    raw::SealedRaw,
    rules::TeamRules,
    time::{Pace, Seconds, Timestamp},
};

/// What comes in from outside the engine with every decision.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The lead's own id: a vacant slot does not know it.
    pub lead: LeadId,
    /// The engine's time.
    pub now: Timestamp,
    /// How fast that runs. What people and providers wait for (undo, back-off) is wall time at any pace.
    pub pace: Pace,
}

/// Where a lead belongs if this command has to create it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The brokerage.
    pub tenant: TenantId,
    /// The team whose rules hold.
    pub team: TeamId,
    /// None: the unassigned queue of the team.
    pub owner: Option<UserId>,
    /// Those rules.
    pub rules: TeamRules,
}

/// A command to one lead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the comment of each variant speaks of those fields that their names leave open"
)]
pub enum Command {
    /// A client's message, status-free. Creates the lead when its slot is vacant.
    Receive { message: Message, place: Placement, name: Option<Name> },
    /// By hand or by import. `with_card`: import only if asked.
    Create {
        place: Placement,
        source: Source,
        name: Option<Name>,
        identities: Vec<Address>,
        profile: ProfileChange,
        by: Option<UserId>,
        with_card: bool,
    },
    /// Contact was made. The first one ever plans the next follow-up by the team's default (DECK-8).
    Touch { touch: Touch },
    /// A final failure or a bounce takes a touch back.
    RevokeTouch { touch: TouchId },
    /// A touch can no longer be revoked.
    SettleTouch { touch: TouchId },
    /// A call was placed (OUT-6); its card stays until the outcome is told.
    StartCall { call: CallId, by: UserId, at: Timestamp },
    /// A call's outcome was told, with what was said and when to follow up (OUT-6). `seen`: the version of its card that
    /// the person saw, where they acted on the card.
    RecordOutcome {
        call: CallId,
        by: UserId,
        outcome: CallOutcome,
        note: Option<Written>,
        follow_up_at: Option<Timestamp>,
        seen: Option<u64>,
    },
    /// A note was written; as an interaction with the client it is a touch.
    WriteNote { text: Written, by: UserId, client_interaction: bool },
    /// A follow-up was planned; it takes the place of one that only the default planned.
    Schedule { by: UserId, due_at: Timestamp, title: Option<SealedRaw> },
    /// The task is done (not a touch). `expected_version`: the card's, as the person saw it.
    Done { task: TaskId, by: UserId, expected_version: u64 },
    /// Out of the deck until then.
    Snooze { task: TaskId, by: UserId, until: Timestamp, expected_version: u64 },
    /// A deed of a moment ago is taken back (DECK-2). Whether it is not too late the shell knows: it keeps wall time.
    Undo { deed: Undoable, by: UserId },
    /// The team's rules changed.
    ChangeRules { rules: TeamRules },
    /// The lead changes hands.
    Reassign { to: Option<UserId>, team: TeamId, by: UserId },
    /// The rescuer gives the lead back to its owner (RSC-2).
    HandBack { by: UserId },
    /// The relationship changes: `Archived` archives, the others bring back or convert.
    ChangeStatus { to: Status, by: UserId },
    /// What is known of the person, and the relationship, are changed together.
    Edit { change: ProfileChange, status: Option<Status>, by: UserId },
    /// A person says that this address is this client's too (IDN-3). It points to the lead by now.
    LinkIdentity { address: Address, by: UserId },
    /// A person says that it is not.
    UnlinkIdentity { address: Address, by: UserId },
    /// A person decided what becomes of a message to the deleted lead (LIF-7). `restored`: that message; the lead comes
    /// back with it.
    Review { event: EventId, restored: Option<Box<Message>>, by: UserId },
    /// This lead is the same person as another one, which goes on with both (IDN-3).
    MergeInto { into: LeadId, by: UserId },
    /// That lead was merged into this one, and brings what is needed to go on.
    Absorb { lead: LeadId, brought: Box<Brought>, by: UserId },
    /// They were two after all.
    LetGo { lead: LeadId, by: UserId },
    /// As above, to the one that was merged away. `lost`: its addresses that are somebody else's by now.
    ComeBack { from: LeadId, lost: Vec<Address>, by: UserId },
    /// Soft deletion, of a lead with which nobody had to do for so long (CRM-2).
    Delete { by: UserId, quiet_for: Seconds },
    /// About messages to the client.
    Send(SendCommand),
    /// Whatever fell due by now.
    Tick,
}

impl Command {
    /// The person who gives it; none for what comes from a client, a clock, a provider or a rule.
    #[must_use]
    pub const fn by(&self) -> Option<UserId> {
        match self {
            Self::Touch { touch } => Some(touch.by),
            Self::StartCall { by, .. }
            | Self::RecordOutcome { by, .. }
            | Self::Schedule { by, .. }
            | Self::Done { by, .. }
            | Self::Snooze { by, .. }
            | Self::Reassign { by, .. }
            | Self::WriteNote { by, .. }
            | Self::Undo { by, .. }
            | Self::HandBack { by }
            | Self::ChangeStatus { by, .. }
            | Self::Edit { by, .. }
            | Self::LinkIdentity { by, .. }
            | Self::UnlinkIdentity { by, .. }
            | Self::Review { by, .. }
            | Self::MergeInto { by, .. }
            | Self::Absorb { by, .. }
            | Self::LetGo { by, .. }
            | Self::ComeBack { by, .. }
            | Self::Delete { by, .. } => Some(*by),
            Self::Create { by, .. } => *by,
            Self::Send(command) => command.by(),
            Self::Receive { .. }
            | Self::RevokeTouch { .. }
            | Self::SettleTouch { .. }
            | Self::ChangeRules { .. }
            | Self::Tick => None,
        }
    }
}

/// How a call ended (ledger: "touch").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// A conversation.
    Spoke,
    /// A message was left.
    LeftMessage,
    /// Nobody answered; a touch only if the team says so.
    NoAnswer,
    /// Somebody else.
    WrongNumber,
}
