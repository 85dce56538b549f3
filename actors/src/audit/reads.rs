//! Readings of derived data, recorded in batches (PRV-4): one entry for each reader, subject and kind of reading in a
//! batch, with how often and from when to when. A process that is killed loses the batch that it was gathering, which is
//! some seconds of derived readings; readings of raw content are never gathered here.

use hearthline_engine::{
    audit::{Actor, Field, Subject},
    ids::{TenantId, UserId},
    time::Timestamp,
};
use hearthline_storage_api::rows::codec::RowError;
use parking_lot::Mutex;
use std::{collections::BTreeMap, time::Duration};

use super::{Audit, Entry};

/// How long readings are gathered.
pub(super) const BATCH: Duration = Duration::from_secs(5);
/// Different readings that may wait.
const WAITING: usize = 65_536;

/// That somebody read something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    pub tenant: TenantId,
    pub reader: UserId,
    pub subject: Subject,
    /// `noun.verb`, such as `lead.read`.
    pub action: &'static str,
    /// What was looked for, if anything; sealed.
    pub query: Option<String>,
}

/// Too many readings wait to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many readings wait to be recorded")]
pub struct TooManyReadings;

#[derive(Clone, Copy, Debug)]
struct Times {
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

/// The readings that wait.
#[derive(Default)]
pub(super) struct Readings(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    readings: BTreeMap<Reading, Times>,
    /// Somebody will record them.
    gathered: bool,
}

impl Readings {
    /// Notes one. `true`: nobody gathers yet, and the caller has to.
    pub(super) fn note(&self, reading: Reading, now: Timestamp) -> Result<bool, TooManyReadings> {
        let mut waiting = self.0.lock();
        if waiting.readings.len() >= WAITING && !waiting.readings.contains_key(&reading) {
            return Err(TooManyReadings);
        }
        let once = Times { count: 0, first: now, last: now };
        let times = waiting.readings.entry(reading).or_insert(once);
        (times.count, times.last) = (times.count + 1, now);
        Ok(!std::mem::replace(&mut waiting.gathered, true))
    }

    /// Whether whoever gathers may go: nothing waits.
    pub(super) fn rest(&self) -> bool {
        let mut waiting = self.0.lock();
        waiting.gathered = !waiting.readings.is_empty();
        !waiting.gathered
    }

    fn take(&self) -> Option<(Reading, Times)> {
        self.0.lock().readings.pop_first()
    }

    fn put_back(&self, reading: Reading, times: Times) {
        let mut waiting = self.0.lock();
        let standing = waiting.readings.entry(reading).or_insert(Times { count: 0, ..times });
        standing.count += times.count;
        standing.first = standing.first.min(times.first);
    }
}

/// Records everything that waits.
pub(super) async fn flush(audit: &Audit, readings: &Readings) -> Result<(), RowError> {
    let (mut taken, mut failed) = (Vec::new(), Ok(()));
    while let Some(reading) = readings.take() {
        taken.push(reading);
    }
    let recorded = futures::future::join_all(taken.into_iter().map(|(reading, times)| async move {
        let recorded = audit.record(reading.tenant, entry(&reading, times)).await;
        (reading, times, recorded)
    }));
    for (reading, times, recorded) in recorded.await {
        if let Err(error) = recorded {
            readings.put_back(reading, times);
            failed = Err(error);
        }
    }
    failed
}

fn entry(reading: &Reading, times: Times) -> Entry {
    let Times { count, first, last } = times;
    let counted = [Field::new("count", count), Field::new("first_at", first), Field::new("last_at", last)];
    let query = reading.query.iter().map(|query| Field::new("query", query));
    Entry::new(Actor::User(reading.reader), reading.subject, reading.action)
        .fields(counted.into_iter().chain(query))
}
