//! The durable index of deadlines (LIF-4): a hint, in five-minute buckets per group of partitions. The truth is in the
//! lead; a hint whose lead has moved on wakes it for nothing and does no harm.

use bytes::Bytes;
use hearthline_engine::{
    ids::{LeadId, TenantId},
    time::Timestamp,
};

use super::lead::LeadRef;
use crate::{
    Partition, Table,
    keys::{KeyReader, KeyWriter, ShortKey},
};

/// How many groups the 256 partitions form for timers.
pub const TIMER_GROUPS: u8 = 16;

/// Five minutes, numbered from the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(pub u64);

impl Bucket {
    /// Milliseconds in a bucket.
    pub const MILLIS: i64 = 300_000;
    /// The bucket of a moment.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        Self(at.as_millis().div_euclid(Self::MILLIS).unsigned_abs())
    }
    /// Its first moment.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0 as i64 * Self::MILLIS)
    }
    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The group of a lead's partition.
#[must_use]
pub const fn group_of(class: u8) -> u8 {
    class % TIMER_GROUPS
}

/// Where the hints of a bucket stand.
#[must_use]
pub fn partition(bucket: Bucket, group: u8) -> Partition {
    Partition { table: Table::TimerDue, key: KeyWriter::new().number(bucket.0).byte(group).finish() }
}

/// A hint's key: by due time, then by lead. The value is empty.
#[must_use]
pub fn key(due: Timestamp, lead: LeadRef) -> Bytes {
    KeyWriter::new()
        .number(due.as_millis().unsigned_abs())
        .fixed(lead.tenant.as_bytes())
        .fixed(lead.lead.as_bytes())
        .finish()
}

/// Due time and lead of a hint's key.
///
/// # Errors
/// [`ShortKey`].
pub fn read_key(key: &[u8]) -> Result<(Timestamp, LeadRef), ShortKey> {
    let mut reader = KeyReader::new(key);
    let due = Timestamp::from_millis(i64::try_from(reader.number()?).unwrap_or(i64::MAX));
    let tenant = TenantId::from_bytes(reader.fixed()?);
    Ok((due, LeadRef { tenant, lead: LeadId::from_bytes(reader.fixed()?) }))
}

/// Where a group's watermark stands: one row `w`, the number of the first bucket that was not dealt with yet.
#[must_use]
pub fn watermark_partition(group: u8) -> Partition {
    Partition { table: Table::TimerWatermark, key: Bytes::copy_from_slice(&[group]) }
}

/// The watermark's row key.
pub const WATERMARK_ROW: &[u8] = b"w";
