//! Health of connections (ING-12): one row each, to which whoever saw something adds what they saw. Sealed, though nothing in
//! it is a client's.

use bytes::Bytes;
use hearthline_engine::{
    health::Health,
    ids::{ConnectionId, TenantId},
    time::Timestamp,
};

use super::{
    codec::{self, RowError},
    tenant::{self, Backing, Versioned},
};
use crate::{Binding, KeyRange, Keyring, Partition, Store, Table, Write};

const ROW: &[u8] = b"h";
/// Another node adds to the same row every few seconds: few of them meet.
const ATTEMPTS: u32 = 16;

fn partition(connection: ConnectionId) -> Partition {
    Partition { table: Table::ConnectionHealth, key: Bytes::copy_from_slice(connection.as_bytes()) }
}

fn binding(tenant: TenantId, connection: &ConnectionId) -> Binding<'_> {
    Binding { tenant, subject: connection.as_bytes(), column: "connection_health" }
}

/// What is known of a tenant's connection; nothing yet: all of it is 0.
///
/// # Errors
/// [`RowError`].
pub async fn load(
    store: &dyn Store,
    keyring: &dyn Keyring,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<Versioned<Health>, RowError> {
    let slice = store.read(&partition(connection), &KeyRange::exactly(ROW)).await?;
    let row = match slice.rows.first() {
        None => Health::default(),
        Some(stored) => {
            let key = tenant::key_of(keyring, tenant).await?;
            codec::open_row(key.as_ref(), binding(tenant, &connection), &stored.value)?
        }
    };
    Ok(Versioned { version: slice.version, row })
}

/// Adds what was seen, and lets go of hours that are over by `now`. Durable when it answers.
///
/// # Errors
/// [`RowError`]. Where the store's answer was lost for good, what was seen may be in the row: added again, it counts twice.
pub async fn add(
    backing: Backing<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    seen: &Health,
    now: Timestamp,
) -> Result<(), RowError> {
    let key = tenant::key_of(backing.keyring, tenant).await?;
    for _ in 0..ATTEMPTS {
        let Versioned { version, mut row } = load(backing.store, backing.keyring, tenant, connection).await?;
        row.add(seen);
        row.forget_before(now);
        let value = codec::seal_row(key.as_ref(), binding(tenant, &connection), &row);
        let write = Write::Put { key: Bytes::from_static(ROW), value };
        if tenant::commit(backing, &partition(connection), version, vec![write]).await? {
            return Ok(());
        }
    }
    Err(RowError::Contended("connection_health"))
}
