//! What waits for a person: dead letters (ING-10), messages to deleted leads; and opt-outs. Sealed under keys of their own.

use bytes::Bytes;
use hearthline_engine::{
    identity::Address,
    ids::{EventId, TenantId},
    message::Channel,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{
    codec::{RowError, decode, encode},
    lead::LeadRef,
};
use crate::{
    Commit, DataKey, KeyRange, Partition, Random, Settled, Store, Table, Write, commit_settled,
    keys::KeyWriter,
};

pub use super::dead_letter::*;

/// Where a tenant's review queue stands.
#[must_use]
pub fn reviews(tenant: TenantId) -> Partition {
    Partition { table: Table::ReviewQueue, key: Bytes::copy_from_slice(tenant.as_bytes()) }
}

/// A review row's key: the lead whose key opens it, then the event.
#[must_use]
pub fn review_key(lead: LeadRef, event: EventId) -> Bytes {
    KeyWriter::new().fixed(lead.lead.as_bytes()).fixed(event.as_bytes()).finish()
}

/// Whether an address asked not to be written to on a channel (ING-1); outlives the lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptOutRow {
    pub out: bool,
    /// When the word was received: a late older word changes nothing.
    pub at: Timestamp,
}

/// The one row of an opt-out's partition.
pub const OPT_OUT_ROW: &[u8] = b"o";

/// Where an address's opt-out on a channel stands.
#[must_use]
pub fn opt_out_partition(
    lookup: &dyn DataKey,
    tenant: TenantId,
    channel: Channel,
    address: &Address,
) -> Partition {
    let hash = lookup.keyed_hash("opt_out", address.value.as_bytes());
    let key = KeyWriter::new().fixed(tenant.as_bytes()).byte(channel as u8).fixed(&hash).finish();
    Partition { table: Table::OptOut, key }
}

/// Writes an opt-out or opt-in unless a later word stands there.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn record_opt_out(
    store: &dyn Store,
    random: &dyn Random,
    partition: Partition,
    word: OptOutRow,
) -> Result<(), RowError> {
    for _ in 0..8 {
        let slice = store.read(&partition, &KeyRange::all()).await?;
        let standing =
            slice.rows.first().map(|row| decode::<OptOutRow>("opt_out", &row.value)).transpose()?;
        if standing.is_some_and(|standing| standing.at >= word.at) {
            return Ok(());
        }
        let commit = Commit {
            partition: partition.clone(),
            expected: slice.version,
            token: random.token(),
            writes: vec![Write::Put { key: Bytes::from_static(OPT_OUT_ROW), value: encode(&word).into() }],
        };
        match commit_settled(store, commit).await? {
            Settled::Applied => return Ok(()),
            Settled::Conflict { .. } => {}
            Settled::Unresolved(error) => return Err(error.into()),
        }
    }
    Err(RowError::Contended("opt_out"))
}
