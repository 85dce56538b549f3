//! A tenant's roster: which teams, users and connections there are. A list of ids and nothing else; what is behind them
//! stands in rows of their own.

use bytes::Bytes;
use hearthline_engine::ids::TenantId;
use uuid::Uuid;

use super::codec::RowError;
use crate::{
    KeyRange, Partition, Store, StoreError, Table, Write,
    keys::{KeyReader, KeyWriter},
};

/// What a tenant's roster lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Listed {
    Team = 1,
    User = 2,
    Connection = 3,
}

/// Puts an id on the tenant's roster. Repeating it does no harm, and an id that was taken off stays off.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn enroll(store: &dyn Store, tenant: TenantId, what: Listed, id: Uuid) -> Result<(), StoreError> {
    let write = Write::Put { key: roster_key(what, id), value: Bytes::new() };
    store.put(&roster(tenant), ON_ROSTER, vec![write]).await
}

/// Takes an id off the tenant's roster, for good.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn strike(store: &dyn Store, tenant: TenantId, what: Listed, id: Uuid) -> Result<(), StoreError> {
    store.put(&roster(tenant), OFF_ROSTER, vec![Write::Delete { key: roster_key(what, id) }]).await
}

/// Up to `limit` ids of a kind after `after`, oldest first (ids sort by their time).
///
/// # Errors
/// [`RowError`].
pub async fn enrolled(
    store: &dyn Store,
    tenant: TenantId,
    what: Listed,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Uuid>, RowError> {
    let mut range = KeyRange::prefix(&[what as u8]).limit(limit);
    if let Some(after) = after {
        range.from = KeyWriter::new().fixed(&roster_key(what, after)).byte(0).finish();
    }
    let slice = store.read(&roster(tenant), &range).await?;
    slice.rows.iter().map(|row| read_roster_key(&row.key)).collect()
}

/// The stamps order being on the roster before being off it; no id comes back.
const ON_ROSTER: u64 = 1;
const OFF_ROSTER: u64 = 2;

fn roster(tenant: TenantId) -> Partition {
    Partition { table: Table::Roster, key: Bytes::copy_from_slice(tenant.as_bytes()) }
}

fn roster_key(what: Listed, id: Uuid) -> Bytes {
    KeyWriter::new().byte(what as u8).fixed(id.as_bytes()).finish()
}

fn read_roster_key(key: &[u8]) -> Result<Uuid, RowError> {
    let mut reader = KeyReader::new(key);
    reader.byte()?;
    Ok(Uuid::from_bytes(reader.fixed()?))
}
