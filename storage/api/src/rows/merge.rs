//! Merges of two leads that are under way (IDN-3): noted before the first of the two changes, taken off when both did and the
//! addresses point where they belong. A process that dies in between leaves the note to the next.

use bytes::Bytes;
use hearthline_engine::{
    ids::{LeadId, TenantId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{
    codec::{RowError, decode, encode},
    lead::LeadRef,
};
use crate::{
    KeyRange, Partition, Store, Table, Write,
    keys::{KeyReader, KeyWriter},
};

/// What is to be done with a lead and the one that it is merged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merging {
    /// They become one.
    Merge,
    /// They become two again.
    TakeBack,
}

/// A merge, or its undoing, that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeNote {
    /// The lead that goes on with both.
    pub into: LeadId,
    pub by: UserId,
    pub what: Merging,
    /// When it was asked for: what orders the notes of one lead.
    pub at: Timestamp,
}

fn partition() -> Partition {
    Partition { table: Table::Rollout, key: Bytes::from_static(b"merges") }
}

fn key(lead: LeadRef) -> Bytes {
    KeyWriter::new().fixed(lead.tenant.as_bytes()).fixed(lead.lead.as_bytes()).finish()
}

/// Notes what is about to be done with a lead.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn begin(store: &dyn Store, lead: LeadRef, note: &MergeNote) -> Result<(), RowError> {
    let write = Write::Put { key: key(lead), value: encode(note).into() };
    Ok(store.put(&partition(), 2 * note.at.as_millis().unsigned_abs(), vec![write]).await?)
}

/// It is done, or cannot be.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn finish(store: &dyn Store, lead: LeadRef, note: &MergeNote) -> Result<(), RowError> {
    let stamp = 2 * note.at.as_millis().unsigned_abs() + 1;
    Ok(store.put(&partition(), stamp, vec![Write::Delete { key: key(lead) }]).await?)
}

/// What is under way.
///
/// # Errors
/// [`RowError`].
pub async fn unfinished(store: &dyn Store) -> Result<Vec<(LeadRef, MergeNote)>, RowError> {
    let slice = store.read(&partition(), &KeyRange::all()).await?;
    let read = |row: &crate::Row| {
        let mut reader = KeyReader::new(&row.key);
        let tenant = TenantId::from_bytes(reader.fixed()?);
        let lead = LeadId::from_bytes(reader.fixed()?);
        Ok((LeadRef { tenant, lead }, decode("merge", &row.value)?))
    };
    slice.rows.iter().map(read).collect()
}
