//! Bodies that are too large for a row: sealed, in chunks, in a partition of their own, written before the commit that
//! speaks of them. Orphans of a crash in between hold nothing that anyone can reach.

use bytes::Bytes;
use hearthline_engine::{ids::EventId, raw::SealedRaw};

use super::{codec::RowError, lead::LeadRef};
use crate::{KeyRange, Partition, Store, Table, keys::KeyWriter};

/// Bytes in a chunk: a batch of one chunk fits every backend.
pub const CHUNK_BYTES: usize = 32 * 1024;

/// Where an event's content stands.
#[must_use]
pub fn partition(lead: LeadRef, event: EventId) -> Partition {
    let key = KeyWriter::new()
        .fixed(lead.tenant.as_bytes())
        .fixed(lead.lead.as_bytes())
        .fixed(event.as_bytes())
        .finish();
    Partition { table: Table::Blob, key }
}

/// A chunk's key.
#[must_use]
pub fn key(n: u32) -> Bytes {
    Bytes::copy_from_slice(&n.to_be_bytes())
}

/// What stands in the row of an event whose content is a blob.
#[must_use]
pub const fn elsewhere() -> SealedRaw {
    SealedRaw(Vec::new())
}

/// The sealed content of an event, from its row or from its blob.
///
/// # Errors
/// [`RowError`]; a blob that is not there is damage.
pub async fn content(
    store: &dyn Store,
    lead: LeadRef,
    event: EventId,
    inline: SealedRaw,
) -> Result<SealedRaw, RowError> {
    if !inline.0.is_empty() {
        return Ok(inline);
    }
    let slice = store.read(&partition(lead, event), &KeyRange::all()).await?;
    let whole: Vec<u8> = slice.rows.iter().flat_map(|row| row.value.iter().copied()).collect();
    if whole.is_empty() { Err(RowError::Form { column: "blob" }) } else { Ok(SealedRaw(whole)) }
}
