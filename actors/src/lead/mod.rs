//! The lead's actor: one writer per lead. It wakes from the store, decides, commits, drains, and hibernates.

mod act;
mod actor;
mod backlog;
mod commit;
mod drain;
mod hibernate;
mod hot;
mod receive;
mod wake;

pub(crate) use actor::{LeadActor, LeadMsg, LeadStart, Work};

use hearthline_engine::lead::Placement;
use hearthline_engine::{
    access::Viewer,
    ids::{ConnectionId, EventId, MutationId, TaskId},
    lead::{Card, Command, Rejected},
    message::Incoming,
    time::Timestamp,
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
    /// A command of the engine.
    Do(Box<Command>),
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
    pub incoming: Incoming,
    /// Where the lead belongs if this message creates it.
    pub place: Placement,
}

/// A person's action on a card.
#[derive(Debug)]
pub struct Act {
    pub mutation: MutationId,
    pub viewer: Viewer,
    pub card: TaskId,
    pub expected_version: u64,
    pub kind: ActKind,
}

/// What the person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActKind {
    /// The task is done.
    Done,
    /// Out of the deck until then.
    Snooze { until: Timestamp },
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is durable at this version of the lead. `offset`: of the viewer's deck, once it shows it.
    Applied { version: u64, offset: Option<u64> },
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
    /// Who asks may not know of this lead.
    #[error("no such lead")]
    NotFound,
    /// Who asks may not do this.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
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
