//! A user's deck (DECK-3): cards with the offset of their last change, and tombstones, in one partition with its meta row.

use bytes::Bytes;
use hearthline_engine::{
    deck::DeckCard,
    ids::{LeadId, TaskId, TenantId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KeyRange, Partition, Table,
    keys::{KeyReader, KeyWriter, ShortKey},
};

/// The meta row's key.
pub const META_ROW: &[u8] = b"a";

/// The deck's own counters; they change in the same commit as its cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeckMeta {
    /// Changes when the deck is rebuilt or restored, never on a restart.
    pub epoch: Uuid,
    /// The offset of the next delta; the first is 1.
    pub next_offset: u64,
    /// Tombstones below were purged: who comes from an older offset gets a snapshot.
    pub floor_offset: u64,
}

/// A card, or the mark that it left. Sealed under the lead's key as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeckRow {
    pub lead_version: u64,
    pub changed_offset: u64,
    /// None: a tombstone.
    pub card: Option<DeckCard>,
    /// When it was written: tombstones are kept for three days.
    pub at: Timestamp,
}

/// Where a user's deck stands.
#[must_use]
pub fn partition(tenant: TenantId, user: UserId) -> Partition {
    let key = KeyWriter::new().fixed(tenant.as_bytes()).fixed(user.as_bytes()).finish();
    Partition { table: Table::Deck, key }
}

/// A card row's key.
#[must_use]
pub fn card_key(lead: LeadId, task: TaskId) -> Bytes {
    KeyWriter::new().byte(b'c').fixed(lead.as_bytes()).fixed(task.as_bytes()).finish()
}

/// All card rows.
#[must_use]
pub fn cards() -> KeyRange {
    KeyRange::prefix(b"c")
}

/// Lead and task of a card row's key.
///
/// # Errors
/// [`ShortKey`].
pub fn read_card_key(key: &[u8]) -> Result<(LeadId, TaskId), ShortKey> {
    let mut reader = KeyReader::new(key);
    reader.byte()?;
    Ok((LeadId::from_bytes(reader.fixed()?), TaskId::from_bytes(reader.fixed()?)))
}
