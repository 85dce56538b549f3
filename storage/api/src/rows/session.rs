//! Sessions (TEN-1): who is signed in, with a refresh token that works once. Nothing here is personal: ids, times and a
//! keyed hash, so the rows stand in clear.
//!
//! A token whose answer was lost may be shown again, until something of that answer is used: it is turned into the same one
//! as before. From then on it is a token that somebody copied.

use bytes::Bytes;
use hearthline_engine::{
    ids::{TenantId, UserId},
    time::{Seconds, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, fmt};
use uuid::Uuid;

use super::{
    codec::{self, RowError},
    expiry::{self, Expiring, Removed},
    tenant::{self, Backing, Updated},
};
use crate::{KeyRange, Partition, Store, Table, Write};

/// One sign-in, from its password to its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub Uuid);

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A session. All times are wall time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    pub tenant: TenantId,
    pub user: UserId,
    /// The user's `session_epoch` at sign-in.
    pub epoch: u64,
    /// How often the refresh token was turned over.
    pub generation: u32,
    /// Keyed hash of the one refresh token that works.
    #[serde(with = "serde_bytes")]
    pub token_hash: [u8; 32],
    pub created_at: Timestamp,
    /// Not refreshed by then, it is over.
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    /// When the refresh token was turned over last.
    #[serde(default)]
    pub turned_at: Option<Timestamp>,
    /// Whether anything that came with the token of this generation was used: its answer arrived.
    #[serde(default)]
    pub taken_up: bool,
}

/// For so long after a token was turned over it may be shown again by another page of the same device, which asked at the
/// same moment, whatever was used meanwhile.
pub const AT_ONCE: Seconds = Seconds(10);

const ROW: &[u8] = b"a";

fn partition(session: SessionId) -> Partition {
    Partition { table: Table::Session, key: Bytes::copy_from_slice(session.0.as_bytes()) }
}

/// The session.
///
/// # Errors
/// [`RowError`].
pub async fn load(store: &dyn Store, session: SessionId) -> Result<Option<SessionRow>, RowError> {
    Ok(read(store, session).await?.map(|(_, row)| row))
}

async fn read(store: &dyn Store, session: SessionId) -> Result<Option<(u64, SessionRow)>, RowError> {
    let slice = store.read(&partition(session), &KeyRange::exactly(ROW)).await?;
    let Some(stored) = slice.rows.first() else { return Ok(None) };
    Ok(Some((slice.version, codec::decode("session", &stored.value)?)))
}

async fn save(
    backing: Backing<'_>,
    session: SessionId,
    expected: u64,
    row: &SessionRow,
) -> Result<bool, RowError> {
    let write = Write::Put { key: Bytes::from_static(ROW), value: codec::encode(row).into() };
    tenant::commit(backing, &partition(session), expected, vec![write]).await
}

/// Writes a new session.
///
/// # Errors
/// [`RowError`]; an id that is taken is [`RowError::Contended`].
pub async fn create(backing: Backing<'_>, session: SessionId, row: &SessionRow) -> Result<(), RowError> {
    expiry::enter(backing.store, &Expiring::Session(session), row.expires_at).await?;
    if save(backing, session, 0, row).await? { Ok(()) } else { Err(RowError::Contended("session")) }
}

/// Removes a session whose time is over, or that was ended by then.
pub(super) async fn remove(
    backing: Backing<'_>,
    session: SessionId,
    over: Timestamp,
) -> Result<Removed, RowError> {
    let Some((version, row)) = read(backing.store, session).await? else { return Ok(Removed::Nothing) };
    let until = row.revoked_at.map_or(row.expires_at, |revoked| revoked.min(row.expires_at));
    if until > over {
        return Ok(Removed::Until(until));
    }
    expiry::delete(backing, &partition(session), version, ROW).await
}

async fn update<E>(
    backing: Backing<'_>,
    session: SessionId,
    mut change: impl FnMut(&mut SessionRow) -> Result<(), E>,
) -> Result<Updated<SessionRow, E>, RowError> {
    for _ in 0..8 {
        let Some((version, found)) = read(backing.store, session).await? else { return Ok(Updated::Missing) };
        let mut row = found;
        if let Err(refusal) = change(&mut row) {
            return Ok(Updated::Refused(refusal));
        }
        if row == found || save(backing, session, version, &row).await? {
            return Ok(Updated::Written(row));
        }
    }
    Err(RowError::Contended("session"))
}

/// A refresh token that was shown, and the one that takes its place: always the same one.
#[derive(Clone, Copy)]
pub struct Turn {
    pub generation: u32,
    pub hash: [u8; 32],
    pub next_hash: [u8; 32],
    pub expires_at: Timestamp,
}

/// Why a refresh token did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such session, or not the token of this generation.
    Unknown,
    /// The session has ended.
    Over,
    /// An old token was shown again, after what it was turned into had been used: somebody copied it. The caller revokes the
    /// session.
    Reused,
}

/// Turns the refresh token over. Shown again before its successor, or anything that came with that, is used, or at about the
/// same time, it is turned into the same one; later, it is reused.
///
/// # Errors
/// [`RowError`].
pub async fn turn(
    backing: Backing<'_>,
    session: SessionId,
    turn: Turn,
    now: Timestamp,
) -> Result<Result<SessionRow, Refusal>, RowError> {
    let turned = update(backing, session, |row| {
        if row.revoked_at.is_some() || row.expires_at <= now {
            return Err(Refusal::Over);
        }
        if turn.generation < row.generation {
            return if may_be_shown_again(row, &turn, now) { Ok(()) } else { Err(Refusal::Reused) };
        }
        if turn.generation != row.generation || turn.hash != row.token_hash {
            return Err(Refusal::Unknown);
        }
        row.generation += 1;
        row.token_hash = turn.next_hash;
        row.expires_at = turn.expires_at;
        row.turned_at = Some(now);
        row.taken_up = false;
        Ok(())
    });
    Ok(match turned.await? {
        Updated::Missing => Err(Refusal::Unknown),
        Updated::Refused(refusal) => Err(refusal),
        Updated::Written(row) => Ok(row),
    })
}

/// Whether its answer may have been lost, or another page asked at the same moment.
fn may_be_shown_again(row: &SessionRow, turn: &Turn, now: Timestamp) -> bool {
    let is_the_one_before =
        turn.generation.checked_add(1) == Some(row.generation) && turn.next_hash == row.token_hash;
    let at_once = row.turned_at.is_some_and(|turned| now < turned.plus(AT_ONCE));
    is_the_one_before && (!row.taken_up || at_once)
}

/// Keeps that something that came with the token of a generation was used: the one before it works no more.
///
/// # Errors
/// [`RowError`].
pub async fn take_up(
    backing: Backing<'_>,
    session: SessionId,
    generation: u32,
) -> Result<Option<SessionRow>, RowError> {
    let taken = update(backing, session, |row| {
        row.taken_up |= row.generation == generation;
        Ok::<(), Infallible>(())
    });
    match taken.await? {
        Updated::Missing => Ok(None),
        Updated::Written(row) => Ok(Some(row)),
    }
}

/// Ends a session. One that is over or unknown stays so.
///
/// # Errors
/// [`RowError`].
pub async fn revoke(backing: Backing<'_>, session: SessionId, now: Timestamp) -> Result<(), RowError> {
    let revoked = update(backing, session, |row| {
        row.revoked_at.get_or_insert(now);
        Ok::<(), Infallible>(())
    });
    match revoked.await? {
        Updated::Missing | Updated::Written(_) => Ok(()),
    }
}
