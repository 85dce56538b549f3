//! Dead letters (ING-10): what nobody could read or take, kept for 30 days, and sent through again after a fix.
//!
//! The order of what happens to a letter is in the stamps of its row, so that it doesn't matter in which order, and how
//! often, it is written.

use bytes::Bytes;
use hearthline_engine::{
    ids::{ConnectionId, EventId, LeadId, TenantId},
    raw::SealedRaw,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    blob,
    codec::{RowError, open_row, seal_row},
    lead::LeadRef,
};
use crate::{Binding, DataKey, KeyRange, MAX_STAMP, Partition, Row, Store, Table, Write};

/// Larger sealed bodies stand apart: a batch takes 40 KiB, and lists need none of them.
const INLINE_BYTES: usize = 8 * 1024;

/// Where a tenant's dead letters stand.
#[must_use]
pub fn dead_letters(tenant: TenantId) -> Partition {
    Partition { table: Table::DeadLetter, key: Bytes::copy_from_slice(tenant.as_bytes()) }
}

/// What a dead letter is bound to.
#[must_use]
pub fn dead_letter_binding(tenant: TenantId, id: &Uuid) -> Binding<'_> {
    Binding { tenant, subject: id.as_bytes(), column: "dead_letter" }
}

/// What the body inside a dead letter is bound to.
#[must_use]
pub fn dead_letter_body_binding(tenant: TenantId, id: &Uuid) -> Binding<'_> {
    Binding { tenant, subject: id.as_bytes(), column: "dead_letter_body" }
}

/// What kind of failure made a dead letter: what people are told of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterCause {
    /// Nobody can read it.
    #[default]
    Unreadable,
    /// It is a message, and all that can't be read of it is who wrote it (IDN-5).
    SenderUnreadable,
    /// It names an account that no connection here speaks for.
    OtherAccount,
    /// The connection is not there any more.
    ConnectionGone,
    /// It was read, and its lead could not take it.
    NotApplied,
    /// Its seal could not be opened.
    Unopened,
}

impl DeadLetterCause {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Unreadable,
        Self::SenderUnreadable,
        Self::OtherAccount,
        Self::ConnectionGone,
        Self::NotApplied,
        Self::Unopened,
    ];

    /// Its stable name, by which it is counted.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::SenderUnreadable => "sender_unreadable",
            Self::OtherAccount => "other_account",
            Self::ConnectionGone => "connection_gone",
            Self::NotApplied => "not_applied",
            Self::Unopened => "unopened",
        }
    }

    /// The cause of that name.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }
}

/// A request, or one message of it, that could not be read. Sealed as a whole under the tenant's dead-letter key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeadLetterRow {
    pub id: Uuid,
    pub connection: ConnectionId,
    pub received_at: Timestamp,
    pub dead_at: Timestamp,
    #[serde(default)]
    pub cause: DeadLetterCause,
    /// Names the field or the failure, never its content.
    pub reason: String,
    /// The request's body as it came, or a request with that message alone; raw, and sealed once more on its own. Empty
    /// in what was read, if it is large: see [`dead_letter_body`].
    pub body: SealedRaw,
    /// Which large body it is.
    #[serde(default)]
    pub large: Option<Uuid>,
    /// One message of a request, and not the whole of it.
    #[serde(default)]
    pub alone: bool,
    /// How often it was sent through again.
    #[serde(default)]
    pub replays: u32,
    /// When it was sent through again, until it is known what became of that.
    #[serde(default)]
    pub replayed_at: Option<Timestamp>,
}

/// A dead letter that is sent through again: what its entry of the stream says of it (ING-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    pub letter: Uuid,
    /// The how-manieth time, from 1.
    pub attempt: u32,
    /// It is one message of a request, so that whatever is said of it is said of this letter.
    pub alone: bool,
}

/// Stamps of a letter's row order what happens to it, whatever order it is written in: kept (2); and for its `n`-th
/// replay asked for (4n), taken (4n + 1), or dead once more (4n + 2). What is thrown away stays away.
const fn kept_stamp(replays: u32) -> u64 {
    4 * replays as u64 + 2
}

/// Keeps a letter that has died, or once more.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn keep_dead_letter(
    store: &dyn Store,
    key: &dyn DataKey,
    tenant: TenantId,
    row: &DeadLetterRow,
) -> Result<(), RowError> {
    put_dead_letter(store, key, tenant, row, kept_stamp(row.replays)).await
}

/// Notes that a letter is sent through again, for the `row.replays`-th time.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn note_replay(
    store: &dyn Store,
    key: &dyn DataKey,
    tenant: TenantId,
    row: &DeadLetterRow,
) -> Result<(), RowError> {
    put_dead_letter(store, key, tenant, row, 4 * u64::from(row.replays)).await
}

async fn put_dead_letter(
    store: &dyn Store,
    key: &dyn DataKey,
    tenant: TenantId,
    row: &DeadLetterRow,
    stamp: u64,
) -> Result<(), RowError> {
    let mut row = row.clone();
    if row.body.0.len() > INLINE_BYTES {
        let body = std::mem::replace(&mut row.body, blob::elsewhere());
        row.large = Some(put_large(store, key, tenant, (row.id, stamp), &body).await?);
    }
    let value = seal_row(key, dead_letter_binding(tenant, &row.id), &row);
    let write = Write::Put { key: Bytes::copy_from_slice(row.id.as_bytes()), value };
    Ok(store.put(&dead_letters(tenant), stamp, vec![write]).await?)
}

/// Takes away a letter whose replay was taken. One that died once more in the same replay stays.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn finish_replay(store: &dyn Store, tenant: TenantId, replay: Replay) -> Result<(), RowError> {
    let stamp = 4 * u64::from(replay.attempt) + 1;
    delete_dead_letters(store, tenant, stamp, [replay.letter]).await
}

/// Throws letters away, for good.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn discard_dead_letters(
    store: &dyn Store,
    tenant: TenantId,
    letters: impl IntoIterator<Item = Uuid>,
) -> Result<(), RowError> {
    delete_dead_letters(store, tenant, MAX_STAMP, letters).await
}

/// The letter goes first: a body without its letter is nothing that anyone can reach.
async fn delete_dead_letters(
    store: &dyn Store,
    tenant: TenantId,
    stamp: u64,
    letters: impl IntoIterator<Item = Uuid>,
) -> Result<(), RowError> {
    for letter in letters {
        let write = Write::Delete { key: Bytes::copy_from_slice(letter.as_bytes()) };
        store.put(&dead_letters(tenant), stamp, vec![write]).await?;
        let partition = large_bodies(tenant, letter);
        let chunks = store.read(&partition, &KeyRange::all()).await?.rows;
        let gone: Vec<Write> = chunks.into_iter().map(|row| Write::Delete { key: row.key }).collect();
        if !gone.is_empty() {
            store.put(&partition, stamp, gone).await?;
        }
    }
    Ok(())
}

/// Large bodies stand where large contents of leads stand, under the letter's own id.
fn large_bodies(tenant: TenantId, letter: Uuid) -> Partition {
    blob::partition(LeadRef { tenant, lead: LeadId(letter) }, EventId(letter))
}

/// Writes a large body in chunks, and names it. A letter that is kept twice is sealed twice: the chunks of each sealing have
/// a name of their own, so that they never mix.
async fn put_large(
    store: &dyn Store,
    key: &dyn DataKey,
    tenant: TenantId,
    (letter, stamp): (Uuid, u64),
    body: &SealedRaw,
) -> Result<Uuid, RowError> {
    let hash = key.keyed_hash("large_dead_letter", &body.0);
    let name = Uuid::from_bytes(*hash.first_chunk().expect("a hash has 32 bytes"));
    for (n, chunk) in (0_u32..).zip(body.0.chunks(blob::CHUNK_BYTES)) {
        let key = [name.as_bytes(), &n.to_be_bytes()[..]].concat().into();
        let write = Write::Put { key, value: chunk.to_vec().into() };
        store.put(&large_bodies(tenant, letter), stamp, vec![write]).await?;
    }
    Ok(name)
}

/// A letter's body, sealed: from its row, or from where large ones stand.
///
/// # Errors
/// [`RowError`].
pub async fn dead_letter_body(
    store: &dyn Store,
    tenant: TenantId,
    row: &DeadLetterRow,
) -> Result<SealedRaw, RowError> {
    let Some(name) = row.large else { return Ok(row.body.clone()) };
    let chunks = store.read(&large_bodies(tenant, row.id), &KeyRange::prefix(name.as_bytes())).await?.rows;
    let whole: Vec<u8> = chunks.iter().flat_map(|row| row.value.iter().copied()).collect();
    if whole.is_empty() { Err(RowError::Form { column: "dead_letter_body" }) } else { Ok(SealedRaw(whole)) }
}

/// Up to `limit` dead letters of a tenant after `after`, the longest kept first.
///
/// # Errors
/// [`RowError`].
pub async fn list_dead_letters(
    store: &dyn Store,
    key: &dyn DataKey,
    tenant: TenantId,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<DeadLetterRow>, RowError> {
    let mut range = KeyRange::all().limit(limit);
    if let Some(after) = after {
        range.from = [after.as_bytes(), &[0][..]].concat().into();
    }
    let slice = store.read(&dead_letters(tenant), &range).await?;
    slice.rows.iter().map(|row| open_dead_letter(key, tenant, row)).collect()
}

/// One dead letter of a tenant.
///
/// # Errors
/// [`RowError`].
pub async fn load_dead_letter(
    store: &dyn Store,
    key: &dyn DataKey,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<DeadLetterRow>, RowError> {
    let slice = store.read(&dead_letters(tenant), &KeyRange::exactly(id.as_bytes())).await?;
    slice.rows.first().map(|row| open_dead_letter(key, tenant, row)).transpose()
}

fn open_dead_letter(key: &dyn DataKey, tenant: TenantId, row: &Row) -> Result<DeadLetterRow, RowError> {
    let id = Uuid::from_slice(&row.key).map_err(|_| RowError::Form { column: "dead_letter" })?;
    open_row(key, dead_letter_binding(tenant, &id), &row.value)
}
