//! People who left or changed places, whose leads and connections have not all followed yet (TEN-5): noted before the user's
//! row changes, taken off when everything has followed. A process that dies in between leaves the note to the next.

use bytes::Bytes;
use hearthline_engine::ids::{TeamId, TenantId, UserId};
use serde::{Deserialize, Serialize};

use super::codec::{RowError, decode, encode};
use crate::{
    KeyRange, Partition, Store, Table, Write,
    keys::{KeyReader, KeyWriter},
};

/// What has to be done after a user's place changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The how-manieth change of their place it is.
    pub count: u64,
    /// Who changed it.
    pub by: UserId,
    /// The teams that they came from and went to.
    pub teams: Vec<TeamId>,
}

fn partition() -> Partition {
    Partition { table: Table::Rollout, key: Bytes::from_static(b"settlements") }
}

fn key(tenant: TenantId, user: UserId) -> Bytes {
    KeyWriter::new().fixed(tenant.as_bytes()).fixed(user.as_bytes()).finish()
}

/// Notes that a user's place is about to change.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn begin(
    store: &dyn Store,
    tenant: TenantId,
    user: UserId,
    settlement: &Settlement,
) -> Result<(), RowError> {
    let write = Write::Put { key: key(tenant, user), value: encode(settlement).into() };
    Ok(store.put(&partition(), 2 * settlement.count, vec![write]).await?)
}

/// Everything has followed that change. A later one that began meanwhile stays noted.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn finish(store: &dyn Store, tenant: TenantId, user: UserId, count: u64) -> Result<(), RowError> {
    Ok(store.put(&partition(), 2 * count + 1, vec![Write::Delete { key: key(tenant, user) }]).await?)
}

/// What still has to follow this user.
///
/// # Errors
/// [`RowError`].
pub async fn of(store: &dyn Store, tenant: TenantId, user: UserId) -> Result<Option<Settlement>, RowError> {
    let slice = store.read(&partition(), &KeyRange::exactly(&key(tenant, user))).await?;
    slice.rows.first().map(|row| decode("settlement", &row.value)).transpose()
}

/// Whom something still has to follow.
///
/// # Errors
/// [`RowError`].
pub async fn unfinished(store: &dyn Store) -> Result<Vec<(TenantId, UserId)>, RowError> {
    let slice = store.read(&partition(), &KeyRange::all()).await?;
    let read = |row: &crate::Row| {
        let mut reader = KeyReader::new(&row.key);
        let tenant = TenantId::from_bytes(reader.fixed()?);
        Ok((tenant, UserId::from_bytes(reader.fixed()?)))
    };
    slice.rows.iter().map(read).collect()
}
