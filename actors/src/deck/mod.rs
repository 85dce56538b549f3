//! The deck's actor: the one that assigns offsets to a user's deck, wherever its leads live (DECK-3).

mod actor;
mod book;
mod root;

use hearthline_engine::{
    deck::DeckCard,
    ids::{TaskId, TenantId, UserId},
    lead::Slot,
};
use hearthline_storage_api::{
    DataKey,
    rows::lead::{JournalRow, LeadRef},
};
use std::{fmt, sync::Arc};
use uuid::Uuid;

pub use root::Decks;

/// Where a client stands in a deck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeckPosition {
    pub epoch: Uuid,
    pub offset: u64,
}

/// What a client gets when it attaches.
#[derive(Clone, Debug)]
pub enum Attached {
    /// Everything that changed after its offset.
    Resumed { position: DeckPosition, ops: Vec<DeckOp> },
    /// Everything.
    Snapshot { position: DeckPosition, cards: Vec<(DeckCard, LeadSeal)> },
}

/// One change of a deck.
#[derive(Clone, Debug)]
pub enum DeckOp {
    Put(Box<DeckCard>, LeadSeal),
    Delete(TaskId),
}

/// The key that opens a card's preview, for those whom the policy lets.
#[derive(Clone)]
pub struct LeadSeal(pub Arc<dyn DataKey>);

impl fmt::Debug for LeadSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeadSeal")
    }
}

/// What one durable write changed: from `prev` to `offset`.
#[derive(Clone, Debug)]
pub struct DeckDelta {
    pub position: DeckPosition,
    pub prev: u64,
    pub ops: Vec<DeckOp>,
}

/// Told of every delta and every commit, in order, once it is durable. Must not wait.
pub trait DeckFeed: Send + Sync + 'static {
    /// A user's deck changed.
    fn changed(&self, tenant: TenantId, user: UserId, delta: DeckDelta);

    /// A lead was committed: as it stands now, with its new entries of the timeline. Who shows no threads needs none of it.
    fn committed(&self, _lead: LeadRef, _slot: &Slot, _entries: &[JournalRow]) {}
}
