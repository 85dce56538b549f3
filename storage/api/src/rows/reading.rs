//! Reading a lead and its timeline from the store, which is the truth, without waking its actor. The journal that is not
//! trimmed and the projected rows are merged: an event is in at least one of them from its commit on.

use bytes::Bytes;
use hearthline_engine::{
    ids::EventId,
    lead::{Event, SendEvent},
    time::Timestamp,
};
use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use super::{
    codec::{RowError, open_row},
    lead::{AUDIT_NOTES, AuditNote, JournalRow, LeadRef, STATE_ROW, StateRow, core_range},
    timeline::{self, Month},
};
use crate::{DataKey, KeyRange, Keyring, Store};

/// A lead as it is stored.
pub struct StoredLead {
    /// How many commits it has seen.
    pub version: u64,
    /// State, unfinished effects, recent ids.
    pub row: StateRow,
    /// Events on their way to the timeline, with their row keys and sealed bytes.
    pub journal: BTreeMap<Bytes, (JournalRow, Bytes)>,
    /// What the audit log has not heard of yet, by row key.
    pub audit: BTreeMap<Bytes, AuditNote>,
    /// Opens everything of this lead.
    pub key: Arc<dyn DataKey>,
}

/// Reads a lead; none if it was never committed. No key is made for a lead that does not exist.
///
/// # Errors
/// [`RowError`].
pub async fn lead(
    store: &dyn Store,
    keyring: &dyn Keyring,
    lead: LeadRef,
) -> Result<Option<StoredLead>, RowError> {
    let slice = store.read(&lead.partition(), &core_range()).await?;
    if slice.rows.is_empty() {
        return Ok(None);
    }
    let key = keyring.lead_key(lead.tenant, lead.lead).await?;
    let mut row = None;
    let (mut journal, mut audit) = (BTreeMap::new(), BTreeMap::new());
    for stored in slice.rows {
        if stored.key == STATE_ROW {
            row = Some(open_row::<StateRow>(&*key, lead.binding("state"), &stored.value)?);
        } else if stored.key.starts_with(AUDIT_NOTES) {
            let note = open_row::<AuditNote>(&*key, lead.binding("audit_note"), &stored.value)?;
            audit.insert(stored.key, note);
        } else {
            let entry = open_row::<JournalRow>(&*key, lead.binding("journal"), &stored.value)?;
            journal.insert(stored.key, (entry, stored.value));
        }
    }
    let row = row.ok_or(RowError::Form { column: "state" })?;
    Ok(Some(StoredLead { version: slice.version, row, journal, audit, key }))
}

impl StoredLead {
    /// Whether an entry is of this state or of one before it. That of a message to the client is written anew as the message
    /// goes on: it is of this state if the message is.
    fn has(&self, entry: &JournalRow) -> bool {
        let known = |id: EventId| self.row.slot.lead().is_some_and(|lead| lead.outgoing(id).is_some());
        entry.version <= self.version
            || matches!(&entry.event, Event::Send(SendEvent::Requested { outgoing }) if known(outgoing.id()))
    }
}

/// Which part of a timeline is asked for.
pub struct TimelineQuery<'a> {
    /// Behind this entry (older); none: from the newest.
    pub before: Option<(Timestamp, EventId)>,
    /// Now: nothing is newer.
    pub now: Timestamp,
    /// Nothing is older: the lead's creation or its first event.
    pub oldest: Timestamp,
    /// At most so many entries.
    pub limit: usize,
    /// Which entries count.
    pub wanted: &'a (dyn Fn(&JournalRow) -> bool + Send + Sync),
}

/// Rows of a month read at once.
const PAGE: usize = 256;

/// A page of a lead's timeline, newest first. Holds fewer than `limit` entries only when there are no more. What the lead
/// did not have yet as it was read into `stored` is not in it: whoever was let in by that state sees nothing that came
/// when the lead may have been somebody else's (PRV-3).
///
/// # Errors
/// [`RowError`].
pub async fn timeline(
    store: &dyn Store,
    lead: LeadRef,
    stored: &StoredLead,
    query: &TimelineQuery<'_>,
) -> Result<Vec<JournalRow>, RowError> {
    let older = |row: &JournalRow| query.before.is_none_or(|before| order(row) > Reverse(before));
    let mut fresh: BTreeMap<_, JournalRow> = BTreeMap::new();
    for (row, _) in stored.journal.values() {
        if older(row) && (query.wanted)(row) {
            fresh.insert(order(row), row.clone());
        }
    }
    let mut found = Vec::new();
    let newest = query.before.map_or(query.now, |(at, _)| at);
    let mut month = Month::of(newest.max(query.oldest));
    // One month of grace: a message may have been received a moment before its lead was made.
    let last = Month::of(query.oldest).before();
    while month >= last && found.len() < query.limit {
        read_month(store, lead, stored, query, month, &mut found).await?;
        month = month.before();
    }
    // What stands in both is taken once; what is only in the journal takes its place.
    for row in found {
        fresh.insert(order(&row), row);
    }
    Ok(fresh.into_values().take(query.limit).collect())
}

async fn read_month(
    store: &dyn Store,
    lead: LeadRef,
    stored: &StoredLead,
    query: &TimelineQuery<'_>,
    month: Month,
    found: &mut Vec<JournalRow>,
) -> Result<(), RowError> {
    let partition = timeline::partition(lead, month);
    let mut range = KeyRange::all().limit(PAGE);
    if let Some((at, event)) = query.before {
        range.from = after(&timeline::key(at, event));
    }
    while found.len() < query.limit {
        let slice = store.read(&partition, &range).await?;
        for row in &slice.rows {
            let entry: JournalRow = open_row(&*stored.key, lead.binding("journal"), &row.value)?;
            if stored.has(&entry) && (query.wanted)(&entry) {
                found.push(entry);
            }
        }
        let Some(last) = slice.rows.last().filter(|_| slice.rows.len() == PAGE) else { return Ok(()) };
        range.from = after(&last.key);
    }
    Ok(())
}

/// Newest first, the younger id first within a millisecond: the order of the rows.
const fn order(row: &JournalRow) -> Reverse<(Timestamp, EventId)> {
    Reverse((row.at, row.event_id))
}

fn after(key: &[u8]) -> Bytes {
    let mut next = key.to_vec();
    next.push(0);
    next.into()
}
