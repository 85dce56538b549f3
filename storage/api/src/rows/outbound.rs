//! Which message of ours a provider's id names (architecture: `outbound_ref`), so that a status finds its message, and so
//! that a message found at the provider is taken for one of ours only once.

use bytes::Bytes;
use hearthline_engine::{
    ids::{EventId, LeadId, TenantId},
    message::Provider,
};
use serde::{Deserialize, Serialize};

use super::codec::{RowError, decode, encode};
use crate::{
    Commit, DataKey, KeyRange, Partition, Random, Settled, Store, Table, Write, commit_settled,
    keys::KeyWriter,
};

/// The message that a provider's id names. The first one to claim the id keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundRef {
    pub lead: LeadId,
    pub event: EventId,
}

/// The one row of a reference's partition.
pub const OUTBOUND_ROW: &[u8] = b"o";

/// Where the reference of a provider's id stands: by keyed hash, for the id is opaque and may be long.
#[must_use]
pub fn outbound_partition(
    lookup: &dyn DataKey,
    tenant: TenantId,
    provider: Provider,
    account: &str,
    provider_event_id: &str,
) -> Partition {
    let value = KeyWriter::new()
        .number(account.len() as u64)
        .fixed(account.as_bytes())
        .fixed(provider_event_id.as_bytes());
    let hash = lookup.keyed_hash("outbound_ref", &value.finish());
    let key = KeyWriter::new().fixed(tenant.as_bytes()).byte(provider as u8).fixed(&hash).finish();
    Partition { table: Table::OutboundRef, key }
}

/// The message that the id names, if one has claimed it.
///
/// # Errors
/// [`RowError`].
pub async fn outbound_ref(store: &dyn Store, partition: &Partition) -> Result<Option<OutboundRef>, RowError> {
    let slice = store.read(partition, &KeyRange::exactly(OUTBOUND_ROW)).await?;
    slice.rows.first().map(|row| decode("outbound_ref", &row.value)).transpose()
}

/// Claims the id for a message, and answers with the one that has it: the first.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn claim_outbound_ref(
    store: &dyn Store,
    random: &dyn Random,
    partition: Partition,
    message: OutboundRef,
) -> Result<OutboundRef, RowError> {
    if let Some(standing) = outbound_ref(store, &partition).await? {
        return Ok(standing);
    }
    let write = Write::Put { key: Bytes::from_static(OUTBOUND_ROW), value: encode(&message).into() };
    let commit =
        Commit { partition: partition.clone(), expected: 0, token: random.token(), writes: vec![write] };
    match commit_settled(store, commit).await? {
        Settled::Applied => Ok(message),
        Settled::Conflict { .. } => {
            outbound_ref(store, &partition).await?.ok_or(RowError::Form { column: "outbound_ref" })
        }
        Settled::Unresolved(error) => Err(error.into()),
    }
}
