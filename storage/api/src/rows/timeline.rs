//! The timeline of a lead (TML-1): a projection of its journal, newest first, in month buckets.

use bytes::Bytes;
use hearthline_engine::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::lead::LeadRef;
use crate::{
    Partition, Table,
    keys::{KeyReader, KeyWriter, ShortKey},
};
use hearthline_engine::ids::EventId;

/// A bucket: whole months since year 0, so that it grows with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(pub u32);

impl Month {
    /// The month of a moment, in UTC. Civil-from-days after Howard Hinnant's `chrono`-compatible date algorithms.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        let days = at.as_millis().div_euclid(86_400_000) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        Self((year * 12 + month - 1) as u32)
    }
    /// The month before.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// Where a month of a lead's timeline stands.
#[must_use]
pub fn partition(lead: LeadRef, month: Month) -> Partition {
    let key = KeyWriter::new()
        .fixed(lead.tenant.as_bytes())
        .fixed(lead.lead.as_bytes())
        .fixed(&month.0.to_be_bytes())
        .finish();
    Partition { table: Table::Timeline, key }
}

/// A row's key: newest first, within a millisecond too as far as ids are in the order they were made in.
#[must_use]
pub fn key(at: Timestamp, event: EventId) -> Bytes {
    let id = event.as_bytes().map(|byte| !byte);
    KeyWriter::new().number_descending(at.as_millis().unsigned_abs()).fixed(&id).finish()
}

/// Time and event of a row's key.
///
/// # Errors
/// [`ShortKey`].
pub fn read_key(key: &[u8]) -> Result<(Timestamp, EventId), ShortKey> {
    let mut reader = KeyReader::new(key);
    let at = Timestamp::from_millis(i64::try_from(reader.number_descending()?).unwrap_or(i64::MAX));
    let id: [u8; 16] = reader.fixed()?;
    Ok((at, EventId::from_bytes(id.map(|byte| !byte))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_the_calendar_in_utc() {
        let month = |text_millis: i64| Month::of(Timestamp::from_millis(text_millis)).0;
        assert_eq!(month(0), 1970 * 12);
        assert_eq!(month(-1), 1969 * 12 + 11);
        assert_eq!(month(951_782_399_999), 2000 * 12 + 1, "2000-02-28T23:59:59.999Z");
        assert_eq!(month(951_868_800_000), 2000 * 12 + 2, "2000-03-01T00:00:00Z");
        assert_eq!(month(1_767_225_599_999), 2025 * 12 + 11, "2025-12-31T23:59:59.999Z");
        assert_eq!(month(1_767_225_600_000), 2026 * 12, "2026-01-01T00:00:00Z");
    }

    #[test]
    fn keys_sort_newest_first() {
        let event = EventId::from_bytes([1; 16]);
        let newer = key(Timestamp::from_millis(2_000), event);
        let older = key(Timestamp::from_millis(1_000), event);
        assert!(newer < older);
        let later = key(Timestamp::from_millis(1_000), EventId::from_bytes([2; 16]));
        assert!(later < older, "the younger id of a millisecond is first");
        assert_eq!(read_key(&newer), Ok((Timestamp::from_millis(2_000), event)));
    }
}
