//! What expires, by the day it does, so that somebody can sweep it: sessions and idempotency keys stand in partitions of their
//! own, which nobody can list. An entry is a hint: the row itself says whether its time is over.
//!
//! Days are days of wall time since 1970-01-01 UTC. An entry is written before its row, so that no row is without one; a row
//! whose time was extended is entered again under its new day when the old one is swept.

use bytes::Bytes;
use hearthline_engine::time::Timestamp;
use uuid::Uuid;

use super::{
    codec::{RowError, decode, encode},
    idempotency,
    session::{self, SessionId},
    tenant::{self, Backing},
};
use crate::{KeyRange, Partition, Store, Table, Write, keys::KeyWriter};

/// What an entry names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expiring {
    Session(SessionId),
    /// The key of its partition.
    Idempotency(Bytes),
}

const SESSION: u8 = b's';
const IDEMPOTENCY: u8 = b'i';
const DAY_MS: i64 = 86_400_000;
/// Entries read at once.
const PAGE: usize = 256;
/// How far back the first sweep of a deployment looks: longer than anything lasts.
const FIRST_LOOK_DAYS: u32 = 60;
/// Rows are left alone for so long after their time, for clocks that differ.
const GRACE_MS: i64 = 3_600_000;

impl Expiring {
    fn key(&self) -> Bytes {
        match self {
            Self::Session(session) => KeyWriter::new().byte(SESSION).fixed(session.0.as_bytes()).finish(),
            Self::Idempotency(partition) => KeyWriter::new().byte(IDEMPOTENCY).fixed(partition).finish(),
        }
    }
    fn read(key: &Bytes) -> Result<Self, RowError> {
        match key.split_first() {
            Some((&SESSION, id)) => {
                let id = Uuid::from_slice(id).map_err(|_| RowError::Form { column: "expiry" })?;
                Ok(Self::Session(SessionId(id)))
            }
            Some((&IDEMPOTENCY, _)) => Ok(Self::Idempotency(key.slice(1..))),
            Some(_) | None => Err(RowError::Form { column: "expiry" }),
        }
    }
}

fn day_of(at: Timestamp) -> u32 {
    u32::try_from(at.as_millis().div_euclid(DAY_MS)).unwrap_or(0)
}

fn bucket(day: u32) -> Partition {
    Partition { table: Table::Expiry, key: Bytes::copy_from_slice(&day.to_be_bytes()) }
}

fn watermark() -> Partition {
    Partition { table: Table::Expiry, key: Bytes::from_static(b"watermark") }
}

const WATERMARK_ROW: &[u8] = b"w";

/// Enters what expires at that moment.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn enter(store: &dyn Store, what: &Expiring, at: Timestamp) -> Result<(), RowError> {
    let write = Write::Put { key: what.key(), value: Bytes::new() };
    Ok(store.put(&bucket(day_of(at)), 1, vec![write]).await?)
}

/// Removes every row whose time was over by `now` (wall time), day by day, and the days behind. Answers how many rows went.
///
/// # Errors
/// [`RowError`]; what is left is swept the next time.
pub async fn sweep(backing: Backing<'_>, now: Timestamp) -> Result<usize, RowError> {
    let store = backing.store;
    let slice = store.read(&watermark(), &KeyRange::exactly(WATERMARK_ROW)).await?;
    let swept = slice.rows.first().map(|row| decode::<u32>("expiry", &row.value)).transpose()?;
    let over = now.plus_millis(-GRACE_MS);
    let today = day_of(over);
    let from = swept.map_or_else(|| today.saturating_sub(FIRST_LOOK_DAYS), |day| day + 1);
    let mut removed = 0;
    for day in from..today {
        removed += sweep_day(backing, day, over).await?;
        // Nobody enters anything under a day that is over.
        store.clear(&bucket(day), &KeyRange::all()).await?;
        let write = Write::Put { key: Bytes::from_static(WATERMARK_ROW), value: encode(&day).into() };
        store.put(&watermark(), u64::from(day), vec![write]).await?;
    }
    Ok(removed)
}

async fn sweep_day(backing: Backing<'_>, day: u32, over: Timestamp) -> Result<usize, RowError> {
    let mut removed = 0;
    let mut range = KeyRange::all().limit(PAGE);
    loop {
        let slice = backing.store.read(&bucket(day), &range).await?;
        for row in &slice.rows {
            let what = Expiring::read(&row.key)?;
            match remove(backing, &what, over).await? {
                Removed::Gone => removed += 1,
                Removed::Nothing => {}
                // Its time was extended: it is looked at again then.
                Removed::Until(at) => enter(backing.store, &what, at).await?,
            }
        }
        let Some(last) = slice.rows.last().filter(|_| slice.rows.len() == PAGE) else { return Ok(removed) };
        let mut next = last.key.to_vec();
        next.push(0);
        range.from = next.into();
    }
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removed {
    Gone,
    /// There was none.
    Nothing,
    /// It stands until then.
    Until(Timestamp),
}

async fn remove(backing: Backing<'_>, what: &Expiring, over: Timestamp) -> Result<Removed, RowError> {
    match what {
        Expiring::Session(session) => session::remove(backing, *session, over).await,
        Expiring::Idempotency(partition) => idempotency::remove(backing, partition, over).await,
    }
}

/// Deletes the one row of a partition, if nobody has written it since it was read.
pub(super) async fn delete(
    backing: Backing<'_>,
    partition: &Partition,
    version: u64,
    row: &'static [u8],
) -> Result<Removed, RowError> {
    let delete = Write::Delete { key: Bytes::from_static(row) };
    if tenant::commit(backing, partition, version, vec![delete]).await? {
        return Ok(Removed::Gone);
    }
    Err(RowError::Contended(partition.table.name()))
}
