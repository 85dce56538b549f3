//! What the actors hold, as tests and admins see it: counts, ids and offsets; no name, no text.

use hearthline_engine::{
    ids::{TenantId, UserId},
    time::Timestamp,
};
use serde::Serialize;

/// A node, part by part. Each part is of its own moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeObservation {
    /// Only those that hold something.
    pub shards: Vec<ShardObservation>,
    pub decks: Vec<DeckObservation>,
    pub directories: Vec<DirectoryObservation>,
    pub timers: Vec<TimerObservation>,
}

/// A partition's supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShardObservation {
    pub class: u8,
    pub epoch: u64,
    pub hot_leads: usize,
    /// Leads that failed lately, quarantined ones included.
    pub failing_leads: usize,
    pub quarantined_leads: usize,
}

/// A user's deck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeckObservation {
    pub tenant: TenantId,
    pub user: UserId,
    /// None until it is read.
    pub offset: Option<u64>,
    pub cards: usize,
    /// Projections that wait for the write under way.
    pub waiting: usize,
}

/// A tenant's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DirectoryObservation {
    pub tenant: TenantId,
    /// None until it is read.
    pub leads: Option<usize>,
}

/// A group's timers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimerObservation {
    pub group: u8,
    pub armed: usize,
    /// Deadlines that could not be told yet.
    pub missed: usize,
    pub next_at: Option<Timestamp>,
    pub read_until: Timestamp,
}
