//! Rule changes that have not reached every lead yet: noted before the rules change, taken off when all leads follow.

use bytes::Bytes;
use hearthline_engine::ids::{TeamId, TenantId};

use super::codec::RowError;
use crate::{
    KeyRange, Partition, Store, Table, Write,
    keys::{KeyReader, KeyWriter},
};

fn partition() -> Partition {
    Partition { table: Table::Rollout, key: Bytes::from_static(b"rollouts") }
}

fn key(tenant: TenantId, team: TeamId) -> Bytes {
    KeyWriter::new().fixed(tenant.as_bytes()).fixed(team.as_bytes()).finish()
}

/// Notes that the rules of a team are about to change to this version.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn begin(store: &dyn Store, tenant: TenantId, team: TeamId, version: u64) -> Result<(), RowError> {
    let write = Write::Put { key: key(tenant, team), value: Bytes::new() };
    Ok(store.put(&partition(), 2 * version, vec![write]).await?)
}

/// Every lead of the team follows this version. A later change that began meanwhile stays noted.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn finish(store: &dyn Store, tenant: TenantId, team: TeamId, version: u64) -> Result<(), RowError> {
    Ok(store.put(&partition(), 2 * version + 1, vec![Write::Delete { key: key(tenant, team) }]).await?)
}

/// The teams whose leads may not follow yet.
///
/// # Errors
/// [`RowError`].
pub async fn unfinished(store: &dyn Store) -> Result<Vec<(TenantId, TeamId)>, RowError> {
    let slice = store.read(&partition(), &KeyRange::all()).await?;
    let read = |row: &crate::Row| {
        let mut reader = KeyReader::new(&row.key);
        let tenant = TenantId::from_bytes(reader.fixed()?);
        Ok((tenant, TeamId::from_bytes(reader.fixed()?)))
    };
    slice.rows.iter().map(read).collect()
}
