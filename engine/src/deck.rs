//! The Task Deck: which cards a user has, in what order, and what changed (DECK-1, DECK-3).

use serde::{Deserialize, Serialize};

use crate::{
    ids::{LeadId, TaskId, UserId},
    lead::{CardKind, Reason, StateName},
    message::Channel,
    raw::SealedRaw,
    time::Timestamp,
};

/// A card as it stands in one user's deck: a projection of a lead's open card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeckCard {
    /// The card's id is its task's.
    pub task: TaskId,
    pub lead: LeadId,
    pub kind: CardKind,
    pub opened_at: Timestamp,
    pub due_at: Timestamp,
    pub reason: Reason,
    pub lead_name: String,
    /// BCP 47, where known.
    pub language: Option<String>,
    pub channel: Option<Channel>,
    /// Only in the owner's deck.
    pub preview: Option<SealedRaw>,
    pub state: StateName,
    /// The lead's version when this task or its preview last changed.
    pub version: u64,
}

/// All cards of one lead for one user: what the lead's projection hands to the deck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadCards {
    pub lead: LeadId,
    /// The lead's version that this was made from; a deck ignores what is not newer than it holds.
    pub lead_version: u64,
    pub user: UserId,
    pub cards: Vec<DeckCard>,
}
