//! Tenants, and what all administration rows share: one row in a partition of its own, sealed as a whole under the
//! tenant's administration key, changed by compare-and-set on the partition's version.
//!
//! Creates that span partitions go in one order (architecture, "The path of a message"): the idempotency claim with the
//! new ids, then unique claims, then rows. Every step adopts what an earlier attempt with the same ids left behind, so
//! that repeating a create finishes it.

use bytes::Bytes;
use hearthline_engine::{
    ids::{TenantId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;

use super::codec::{self, RowError};
use crate::{
    Binding, Commit, DataKey, KeyRange, Keyring, Partition, Purpose, Random, Settled, Store, Table, Write,
    commit_settled, keys::KeyReader, keys::KeyWriter,
};

/// What writing an administration row takes.
#[derive(Clone, Copy)]
pub struct Backing<'a> {
    pub store: &'a dyn Store,
    pub keyring: &'a dyn Keyring,
    pub random: &'a dyn Random,
}

/// A row with the version of its partition, which the next write is conditional on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    pub version: u64,
    pub row: T,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Updated<T, E> {
    /// There is no such row.
    Missing,
    /// The change itself said no; nothing was written.
    Refused(E),
    /// The row as it stands now.
    Written(T),
}

/// How often a compare-and-set is tried again before its row counts as contended.
const ATTEMPTS: u32 = 16;

/// The one row of an administration partition.
pub(super) const ROW: &[u8] = b"a";

/// Where a row stands, and what its seal is bound to.
pub(super) struct Place<'a> {
    pub partition: Partition,
    pub binding: Binding<'a>,
}

/// The key that administration rows of a tenant are sealed with.
pub(super) async fn key_of(
    keyring: &dyn Keyring,
    tenant: TenantId,
) -> Result<std::sync::Arc<dyn DataKey>, RowError> {
    Ok(keyring.tenant_key(tenant, Purpose::Administration).await?)
}

/// The row of a place, if there is one.
pub(super) async fn load<T: DeserializeOwned>(
    store: &dyn Store,
    keyring: &dyn Keyring,
    place: &Place<'_>,
) -> Result<Option<Versioned<T>>, RowError> {
    let slice = store.read(&place.partition, &KeyRange::exactly(ROW)).await?;
    let Some(stored) = slice.rows.first() else { return Ok(None) };
    let key = key_of(keyring, place.binding.tenant).await?;
    let row = codec::open_row(key.as_ref(), place.binding, &stored.value)?;
    Ok(Some(Versioned { version: slice.version, row }))
}

/// Writes the row if its partition is still at `expected`; `false` when it is not.
pub(super) async fn save<T: Serialize>(
    backing: Backing<'_>,
    place: &Place<'_>,
    expected: u64,
    row: &T,
) -> Result<bool, RowError> {
    let key = key_of(backing.keyring, place.binding.tenant).await?;
    let value = codec::seal_row(key.as_ref(), place.binding, row);
    let writes = vec![Write::Put { key: Bytes::from_static(ROW), value }];
    commit(backing, &place.partition, expected, writes).await
}

/// Commits; `false` when the partition is not at `expected`.
pub(super) async fn commit(
    backing: Backing<'_>,
    partition: &Partition,
    expected: u64,
    writes: Vec<Write>,
) -> Result<bool, RowError> {
    let commit = Commit { partition: partition.clone(), expected, token: backing.random.token(), writes };
    match commit_settled(backing.store, commit).await? {
        Settled::Applied => Ok(true),
        Settled::Conflict { .. } => Ok(false),
        Settled::Unresolved(error) => Err(error.into()),
    }
}

/// Writes a new row, or answers with the one that an earlier attempt with the same id has written.
pub(super) async fn create<T: Serialize + DeserializeOwned>(
    backing: Backing<'_>,
    place: &Place<'_>,
    row: T,
) -> Result<T, RowError> {
    for _ in 0..ATTEMPTS {
        if save(backing, place, 0, &row).await? {
            return Ok(row);
        }
        if let Some(found) = load(backing.store, backing.keyring, place).await? {
            return Ok(found.row);
        }
    }
    Err(RowError::Contended(place.partition.table.name()))
}

/// Reads, changes and writes, again when another writer was faster. Writes nothing when nothing changed.
pub(super) async fn update<T, E>(
    backing: Backing<'_>,
    place: &Place<'_>,
    mut change: impl FnMut(&mut T) -> Result<(), E>,
) -> Result<Updated<T, E>, RowError>
where
    T: Serialize + DeserializeOwned + PartialEq + Clone,
{
    for _ in 0..ATTEMPTS {
        let Some(found) = load::<T>(backing.store, backing.keyring, place).await? else {
            return Ok(Updated::Missing);
        };
        let mut row = found.row.clone();
        if let Err(refusal) = change(&mut row) {
            return Ok(Updated::Refused(refusal));
        }
        if row == found.row || save(backing, place, found.version, &row).await? {
            return Ok(Updated::Written(row));
        }
    }
    Err(RowError::Contended(place.partition.table.name()))
}

/// A brokerage.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRow {
    pub id: TenantId,
    pub name: String,
    pub created_at: Timestamp,
    /// Leads made by hand need a phone number (CRM-1).
    #[serde(default)]
    pub phone_required: bool,
    /// What becomes of somebody whom nobody knows (IDN-5).
    #[serde(default)]
    pub unknown_senders: UnknownSenders,
}

/// What becomes of somebody whom nobody knows, when they first write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownSenders {
    /// A lead of whoever the message came to (IDN-1).
    #[default]
    NewLead,
    /// A lead of nobody: it waits until somebody assigns it.
    Unassigned,
}

/// Names are personal or commercial: no log line shows them.
impl fmt::Debug for TenantRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantRow({})", self.id)
    }
}

fn place(tenant: &TenantId) -> Place<'_> {
    let partition = Partition { table: Table::Tenant, key: Bytes::copy_from_slice(tenant.as_bytes()) };
    Place { partition, binding: Binding { tenant: *tenant, subject: tenant.as_bytes(), column: "tenant" } }
}

/// The tenant's row.
///
/// # Errors
/// [`RowError`].
pub async fn load_tenant(
    store: &dyn Store,
    keyring: &dyn Keyring,
    tenant: TenantId,
) -> Result<Option<Versioned<TenantRow>>, RowError> {
    load(store, keyring, &place(&tenant)).await
}

/// Changes a tenant by compare-and-set; `change` may be called again on a newer row.
///
/// # Errors
/// [`RowError`].
pub async fn update_tenant<E>(
    backing: Backing<'_>,
    tenant: TenantId,
    change: impl FnMut(&mut TenantRow) -> Result<(), E>,
) -> Result<Updated<TenantRow, E>, RowError> {
    update(backing, &place(&tenant), change).await
}

/// Writes the tenant's row and then puts it on the list of tenants. Repeating it finishes it.
///
/// # Errors
/// [`RowError`].
pub async fn create_tenant(backing: Backing<'_>, row: TenantRow) -> Result<TenantRow, RowError> {
    let id = row.id;
    let row = create(backing, &place(&id), row).await?;
    let list = tenants_partition();
    for _ in 0..ATTEMPTS {
        let slice = backing.store.read(&list, &KeyRange::exactly(&listed_key(row.id))).await?;
        if !slice.rows.is_empty() {
            return Ok(row);
        }
        let value = codec::encode(&ListedTenant { created_at: row.created_at }).into();
        let writes = vec![Write::Put { key: listed_key(row.id), value }];
        if commit(backing, &list, slice.version, writes).await? {
            return Ok(row);
        }
    }
    Err(RowError::Contended("the list of tenants"))
}

/// All tenants of the deployment, oldest first.
///
/// # Errors
/// [`RowError`].
pub async fn list_tenants(store: &dyn Store) -> Result<Vec<TenantId>, RowError> {
    let slice = store.read(&tenants_partition(), &KeyRange::prefix(b"t")).await?;
    slice.rows.iter().map(|row| read_listed_key(&row.key)).collect()
}

#[derive(Serialize, Deserialize)]
struct ListedTenant {
    created_at: Timestamp,
}

fn tenants_partition() -> Partition {
    Partition { table: Table::Tenant, key: Bytes::new() }
}

fn listed_key(tenant: TenantId) -> Bytes {
    KeyWriter::new().byte(b't').fixed(tenant.as_bytes()).finish()
}

fn read_listed_key(key: &[u8]) -> Result<TenantId, RowError> {
    let mut reader = KeyReader::new(key);
    reader.byte()?;
    Ok(TenantId::from_bytes(reader.fixed()?))
}

/// The ids of the first tenant, claimed before anything of it is written, so that a start that died half-way is
/// finished by the next one with the same ids, and two nodes that start together make one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstTenant {
    pub tenant: TenantId,
    pub admin: UserId,
    /// All of its rows are known to be there.
    pub done: bool,
}

const FIRST_TENANT_ROW: &[u8] = b"b";

/// Claims the making of the first tenant: `None` when this store was begun otherwise, or when it is done.
///
/// # Errors
/// [`RowError`].
pub async fn claim_first_tenant(
    backing: Backing<'_>,
    now: Timestamp,
) -> Result<Option<FirstTenant>, RowError> {
    let fresh = FirstTenant {
        tenant: TenantId(backing.random.uuid_v7(now)),
        admin: UserId(backing.random.uuid_v7(now)),
        done: false,
    };
    for _ in 0..ATTEMPTS {
        let slice = backing.store.read(&tenants_partition(), &KeyRange::all().limit(1)).await?;
        if slice.version == 0 {
            if write_first_tenant(backing, 0, fresh).await? {
                return Ok(Some(fresh));
            }
            continue;
        }
        // `b` sorts before every listed tenant.
        let Some(row) = slice.rows.first().filter(|row| row.key == FIRST_TENANT_ROW) else { return Ok(None) };
        let claimed: FirstTenant = codec::decode("first_tenant", &row.value)?;
        return Ok((!claimed.done).then_some(claimed));
    }
    Err(RowError::Contended("the first tenant"))
}

/// Records that the first tenant stands.
///
/// # Errors
/// [`RowError`].
pub async fn finish_first_tenant(backing: Backing<'_>, first: FirstTenant) -> Result<(), RowError> {
    for _ in 0..ATTEMPTS {
        let slice = backing.store.read(&tenants_partition(), &KeyRange::all().limit(1)).await?;
        if write_first_tenant(backing, slice.version, FirstTenant { done: true, ..first }).await? {
            return Ok(());
        }
    }
    Err(RowError::Contended("the first tenant"))
}

async fn write_first_tenant(
    backing: Backing<'_>,
    expected: u64,
    first: FirstTenant,
) -> Result<bool, RowError> {
    let value = codec::encode(&first).into();
    let writes = vec![Write::Put { key: Bytes::from_static(FIRST_TENANT_ROW), value }];
    commit(backing, &tenants_partition(), expected, writes).await
}
