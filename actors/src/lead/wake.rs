//! Waking: state and journal from the store, the key that opens them.

use bytes::Bytes;
use hearthline_engine::lead::Slot;
use hearthline_storage_api::{
    DataKey,
    rows::{
        codec::{RowError, open_row},
        lead::{JournalRow, LeadRef, STATE_ROW, StateRow, core_range},
    },
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use crate::ports::Ports;

/// A lead in memory.
pub(crate) struct Awake {
    pub row: StateRow,
    /// Of the partition: how many commits it has seen.
    pub version: u64,
    /// Events that are committed and not known to stand in the timeline, with their sealed bytes.
    pub journal: BTreeMap<Bytes, (JournalRow, Bytes)>,
    /// Journal rows that stand in the timeline; the next commit deletes them.
    pub trim: Vec<Bytes>,
    /// None until the first commit of a lead that has no row yet.
    pub key: Option<Arc<dyn DataKey>>,
    /// Memory is ahead of the row: effects were carried out that the row still lists.
    pub ahead: bool,
}

impl Awake {
    /// How many effects are due.
    pub(crate) fn due(&self) -> usize {
        self.row.pending.count() + self.journal.len() + self.row.recent.len()
    }
}

/// Reads a lead. A lead without a row is vacant.
pub(crate) async fn wake(ports: &Ports, lead: LeadRef) -> Result<Awake, RowError> {
    let slice = ports.store.read(&lead.partition(), &core_range()).await?;
    if slice.rows.is_empty() {
        return Ok(Awake {
            row: vacant(),
            version: slice.version,
            journal: BTreeMap::new(),
            trim: Vec::new(),
            key: None,
            ahead: false,
        });
    }
    let key = ports.keyring.lead_key(lead.tenant, lead.lead).await?;
    let mut row = None;
    let mut journal = BTreeMap::new();
    for stored in slice.rows {
        if stored.key == STATE_ROW {
            row = Some(open_row::<StateRow>(&*key, lead.binding("state"), &stored.value)?);
        } else {
            let entry = open_row::<JournalRow>(&*key, lead.binding("journal"), &stored.value)?;
            journal.insert(stored.key, (entry, stored.value));
        }
    }
    let row = row.ok_or(RowError::Form { column: "state" })?;
    Ok(Awake { row, version: slice.version, journal, trim: Vec::new(), key: Some(key), ahead: false })
}

fn vacant() -> StateRow {
    StateRow {
        slot: Slot::Vacant,
        pending: hearthline_storage_api::rows::lead::Pending::default(),
        recent: Vec::new(),
        mutations: VecDeque::new(),
    }
}
