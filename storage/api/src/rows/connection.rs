//! Connections: the phone numbers, mailboxes and accounts that a tenant connected. Addressed by id alone, because a
//! webhook knows nothing else; the tenant stands in clear beside the sealed row.

use bytes::Bytes;
use hearthline_engine::{
    ids::{ConnectionId, TeamId, TenantId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    codec::{self, RowError},
    roster::{self, Listed},
    tenant::{self, Backing, Updated, Versioned},
};
use crate::{Binding, KeyRange, Keyring, Partition, Store, Table, Write};

pub use super::settings::{MetaApp, PageSettings, Secret, Settings, TwilioSettings, WhatsappSettings};

/// How far a connection is known to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// Nobody has asked the provider yet.
    Unverified,
}

/// A connected number, mailbox or account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRow {
    pub id: ConnectionId,
    pub tenant: TenantId,
    /// Who owns the leads that come through it; none: it is the team's, and they start without an owner.
    pub owner: Option<UserId>,
    pub team: TeamId,
    /// Of a deleted one, without its secrets: what is still in the stream is read with the rest.
    pub settings: Settings,
    pub status: ConnectionStatus,
    pub created_at: Timestamp,
    /// What was received before is still read; nothing new is taken.
    pub deleted_at: Option<Timestamp>,
    /// How often it was changed, from 1: what `If-Match` is held against.
    pub revision: u64,
    /// The operation that changed it last: repeated under its idempotency key, it finds itself done.
    pub changed_by: Option<Uuid>,
}

/// The stored form: whose key opens the rest must be known before it is opened.
#[derive(Serialize, Deserialize)]
struct Envelope {
    tenant: TenantId,
    #[serde(with = "serde_bytes")]
    sealed: Vec<u8>,
}

const ROW: &[u8] = b"a";

fn partition(connection: ConnectionId) -> Partition {
    Partition { table: Table::Connection, key: Bytes::copy_from_slice(connection.as_bytes()) }
}

fn binding(tenant: TenantId, connection: &ConnectionId) -> Binding<'_> {
    Binding { tenant, subject: connection.as_bytes(), column: "connection" }
}

/// The connection with that id, of whichever tenant, deleted ones included: the caller holds the tenant against its own.
///
/// # Errors
/// [`RowError`].
pub async fn load(
    store: &dyn Store,
    keyring: &dyn Keyring,
    connection: ConnectionId,
) -> Result<Option<Versioned<ConnectionRow>>, RowError> {
    let slice = store.read(&partition(connection), &KeyRange::exactly(ROW)).await?;
    let Some(stored) = slice.rows.first() else { return Ok(None) };
    let envelope: Envelope = codec::decode("connection", &stored.value)?;
    let key = tenant::key_of(keyring, envelope.tenant).await?;
    let row = codec::open_row(key.as_ref(), binding(envelope.tenant, &connection), &envelope.sealed)?;
    Ok(Some(Versioned { version: slice.version, row }))
}

/// Writes a new connection and puts it on the roster. Repeated with the same id, it answers with the one that stands.
///
/// # Errors
/// [`RowError`]; repeat it with the same id.
pub async fn create(backing: Backing<'_>, row: ConnectionRow) -> Result<ConnectionRow, RowError> {
    let id = row.id;
    if !save(backing, 0, &row).await? {
        let found = load(backing.store, backing.keyring, id).await?;
        let found = found.ok_or(RowError::Contended("connection"))?.row;
        return enrolled(backing, found).await;
    }
    enrolled(backing, row).await
}

async fn enrolled(backing: Backing<'_>, row: ConnectionRow) -> Result<ConnectionRow, RowError> {
    roster::enroll(backing.store, row.tenant, Listed::Connection, row.id.0).await?;
    Ok(row)
}

async fn save(backing: Backing<'_>, expected: u64, row: &ConnectionRow) -> Result<bool, RowError> {
    let key = tenant::key_of(backing.keyring, row.tenant).await?;
    let sealed = key.seal(binding(row.tenant, &row.id), &codec::encode(row));
    let value = codec::encode(&Envelope { tenant: row.tenant, sealed }).into();
    let write = Write::Put { key: Bytes::from_static(ROW), value };
    tenant::commit(backing, &partition(row.id), expected, vec![write]).await
}

/// Changes a connection of this tenant by compare-and-set; `change` may be called again on a newer row. Another
/// tenant's connection is missing, as one that does not exist; a deleted one is found.
///
/// # Errors
/// [`RowError`].
pub async fn update<E>(
    backing: Backing<'_>,
    tenant: TenantId,
    connection: ConnectionId,
    mut change: impl FnMut(&mut ConnectionRow) -> Result<(), E>,
) -> Result<Updated<ConnectionRow, E>, RowError> {
    for _ in 0..16 {
        let found = load(backing.store, backing.keyring, connection).await?;
        let Some(found) = found.filter(|found| found.row.tenant == tenant) else {
            return Ok(Updated::Missing);
        };
        let mut row = found.row.clone();
        if let Err(refusal) = change(&mut row) {
            return Ok(Updated::Refused(refusal));
        }
        if row == found.row || save(backing, found.version, &row).await? {
            return Ok(Updated::Written(row));
        }
    }
    Err(RowError::Contended("connection"))
}

/// A page of the tenant's connections, oldest first, after `after`. Deleted ones are not on the roster.
///
/// # Errors
/// [`RowError`].
pub async fn list(
    store: &dyn Store,
    keyring: &dyn Keyring,
    tenant: TenantId,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<ConnectionRow>, RowError> {
    let mut connections = Vec::new();
    for id in roster::enrolled(store, tenant, Listed::Connection, after, limit).await? {
        let found = load(store, keyring, ConnectionId(id)).await?;
        connections.extend(found.map(|found| found.row).filter(|row| row.deleted_at.is_none()));
    }
    Ok(connections)
}

/// The tenant's connection of that kind that speaks for an account at the provider, with the same app secret as `app`
/// has (surface: "entries of another account"). Reads every connection of the tenant until it is found.
///
/// # Errors
/// [`RowError`].
pub async fn of_account(
    store: &dyn Store,
    keyring: &dyn Keyring,
    tenant: TenantId,
    (kind, account): (&str, &str),
    app: &MetaApp,
) -> Result<Option<ConnectionRow>, RowError> {
    const PAGE: usize = 100;
    let fits = |row: &ConnectionRow| {
        let settings = &row.settings;
        let same_app = settings.app().is_some_and(|own| own.app_secret == app.app_secret);
        settings.kind() == kind && same_app && settings.accounts().contains(&account)
    };
    let mut after = None;
    loop {
        let page = list(store, keyring, tenant, after, PAGE).await?;
        after = page.last().map(|row| row.id.0);
        let full = page.len() == PAGE;
        if let Some(found) = page.into_iter().find(fits) {
            return Ok(Some(found));
        }
        if !full {
            return Ok(None);
        }
    }
}
