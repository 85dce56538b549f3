//! The lead's actor: one writer per lead. It wakes from the store, decides, commits, drains, and hibernates.

mod act;
mod actor;
mod backlog;
mod carry;
mod commit;
mod drain;
mod echo;
mod hibernate;
mod hot;
mod receive;
mod send;
mod texts;
mod wake;

pub use act::UNDO_MS;
pub(crate) use actor::{LeadActor, LeadMsg, LeadStart, Work};
pub use echo::{EchoReport, ReachReport};
pub use send::{SendRequest, StatusReport, TakeBack};

use hearthline_engine::{
    access::{Refusal, Viewer},
    identity::Address,
    ids::{CallId, ConnectionId, EventId, MutationId, TaskId, TeamId, UserId},
    lead::{CallOutcome, Card, Command, Placement, ProfileChange, Rejected, Source, Status},
    message::{Delivery, Incoming},
    raw::Raw,
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::rows::{codec::RowError, inbound::ClaimKey};
use serde::Serialize;

/// What can be asked of a lead.
#[derive(Debug)]
pub enum Ask {
    /// A message whose claim names this lead.
    Receive(Box<Receipt>),
    /// A person's action, at most once by its mutation id.
    Act(Box<Act>),
    /// A lead is made by hand.
    Create(Box<Create>),
    /// The decks of the owner, of the team's leads and of this user are made again from the lead as it stands.
    Show { user: UserId },
    /// A text that a person approved for the client.
    Send(Box<SendRequest>),
    /// A message is taken back before it goes.
    TakeBack(TakeBack),
    /// A provider tells of a message to the client.
    Status(Box<StatusReport>),
    /// A provider tells of a message that was written in our name: is it one of those that went from here?
    Echo(Box<EchoReport>),
    /// A provider tells how far a whole conversation got.
    Reached(Box<ReachReport>),
    /// A command of the engine.
    Do(Box<Command>),
    /// The rules of its team changed.
    FollowRules,
    /// This user left or changed teams, by that one's doing.
    FollowOwner { owner: UserId, by: UserId },
    /// Something fell due.
    Tick,
    /// Finish what an earlier owner left.
    Wake,
}

/// A message on its way into a lead.
#[derive(Debug)]
pub struct Receipt {
    pub claim: ClaimKey,
    pub event: EventId,
    pub connection: ConnectionId,
    pub received_at: Timestamp,
    /// See [`hearthline_engine::message::Message::late_from`].
    pub late_from: Option<Timestamp>,
    pub incoming: Incoming,
    /// Where the lead belongs if this message creates it.
    pub place: Placement,
}

/// A person's action on a lead.
#[derive(Clone, Debug)]
pub struct Act {
    /// Sent twice, it acts once.
    pub mutation: MutationId,
    pub viewer: Viewer,
    pub kind: ActKind,
    /// The id is the client's own: a refusal is kept under it as an answer is. (An id of ours is never seen again after one.)
    pub keep_refusal: bool,
    /// The versions of the lead that the change was made from; none: any.
    pub seen: Option<Vec<u64>>,
}

/// The card an action is about, as the person saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnCard {
    pub task: TaskId,
    pub expected_version: u64,
}

/// Which call an outcome is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfCall {
    Card(OnCard),
    Call(CallId),
}

/// What the person does.
#[derive(Clone, Debug)]
pub enum ActKind {
    /// The task is done.
    Done(OnCard),
    /// Out of the deck until then.
    Snooze { card: OnCard, until: Timestamp },
    /// A call is placed now (OUT-6).
    Call,
    /// How it went.
    Outcome { of: OfCall, outcome: CallOutcome, note: Option<Raw<String>>, follow_up_at: Option<Timestamp> },
    /// A follow-up is planned.
    Schedule { due_at: Timestamp, title: Raw<String> },
    /// A note is written.
    Note { body: Raw<String>, client_interaction: bool },
    /// The deed of the action's own mutation id is taken back.
    Undo,
    /// The lead changes hands.
    Reassign { to: Option<UserId>, team: TeamId },
    /// What is known of the person changes, and the relationship.
    Edit { change: Box<ProfileChange>, status: Option<Status> },
    /// This address, which points to the lead by now, is the client's too (IDN-3).
    Link { address: Address },
    /// It is not.
    Unlink { address: Address },
    /// The lead is deleted, if it has been quiet for so long.
    Delete { quiet_for: Seconds },
}

/// A lead made by hand (CRM-1). Its identities point to it by now.
#[derive(Clone, Debug)]
pub struct Create {
    /// Sent twice, it makes one lead.
    pub mutation: MutationId,
    pub by: UserId,
    pub place: Placement,
    pub source: Source,
    pub identities: Vec<Address>,
    pub profile: ProfileChange,
}

/// What an action made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// A call, the task that waits for its outcome, and the number to call.
    Call { call: CallId, task: Option<TaskId>, phone: Option<Address> },
    /// A follow-up.
    Task(TaskId),
    /// An entry of the timeline.
    Entry(EventId),
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is durable at this version of the lead. `offset`: of the viewer's deck, once it shows it.
    Applied { version: u64, offset: Option<u64>, made: Option<Made> },
    /// The message is durable, and will go not before that time unless it is taken back.
    Requested { version: u64, event: EventId, status: Delivery, not_before: Timestamp },
    /// It had been taken before; nothing changed.
    Duplicate,
    /// There was nothing to do.
    Nothing,
}

/// Why not.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AskError {
    /// A rule, with its reason for people.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// The card changed since the client saw it.
    #[error("the card changed in the meantime")]
    Conflict { current: Option<Box<Card>> },
    /// The action was refused when it first came, with this code.
    #[error("refused before: {0}")]
    RefusedBefore(String),
    /// The lead changed since the client saw it (`If-Match`).
    #[error("the lead changed in the meantime")]
    VersionMismatch,
    /// Who asks may not know of this lead.
    #[error("no such lead")]
    NotFound,
    /// Who asks may not do this.
    #[error("not allowed: {0}")]
    Forbidden(Refusal),
    /// Too much is waiting here; come back.
    #[error("too much is waiting for this lead")]
    Busy,
    /// Storage is away, or somebody else wrote; come back.
    #[error("not possible just now: {0}")]
    Away(String),
    /// The lead's actor died over it.
    #[error("the lead's actor failed")]
    Crashed,
    /// The lead keeps failing and is held apart.
    #[error("this lead is in quarantine")]
    Quarantined,
    /// Stored data can't be used.
    #[error("stored data can't be used: {0}")]
    Damaged(String),
}

impl AskError {
    /// Whether asking again later can help. Such errors never count towards poison.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Busy | Self::Away(_) => true,
            Self::Rejected(_)
            | Self::Conflict { .. }
            | Self::RefusedBefore(_)
            | Self::VersionMismatch
            | Self::NotFound
            | Self::Forbidden(_)
            | Self::Crashed
            | Self::Quarantined
            | Self::Damaged(_) => false,
        }
    }
}

impl From<RowError> for AskError {
    fn from(error: RowError) -> Self {
        if error.is_retryable() { Self::Away(error.to_string()) } else { Self::Damaged(error.to_string()) }
    }
}

impl From<hearthline_storage_api::StoreError> for AskError {
    fn from(error: hearthline_storage_api::StoreError) -> Self {
        RowError::from(error).into()
    }
}

/// A lead's actor as tests and admins see it: no name, no text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeadObservation {
    pub lead: hearthline_engine::ids::LeadId,
    pub version: u64,
    pub state: Option<hearthline_engine::lead::StateName>,
    pub open_cards: usize,
    pub pending_effects: usize,
    pub recent_messages: usize,
    pub hot_row: bool,
}
