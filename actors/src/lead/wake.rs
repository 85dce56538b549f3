//! Waking: state and journal from the store, the key that opens them.

use bytes::Bytes;
use hearthline_engine::{lead::Slot, message::Delivery};
use hearthline_storage_api::{
    DataKey,
    rows::{
        codec::RowError,
        lead::{AuditNote, JournalRow, LeadRef, StateRow},
        reading,
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
    /// What the audit log is not known to hold, by row key.
    pub audit: BTreeMap<Bytes, AuditNote>,
    /// Journal rows that stand in the timeline, and audit notes that the log holds; the next commit deletes them.
    pub trim: Vec<Bytes>,
    /// None until the first commit of a lead that has no row yet.
    pub key: Option<Arc<dyn DataKey>>,
    /// Memory is ahead of the row: effects were carried out that the row still lists.
    pub ahead: bool,
}

impl Awake {
    /// How many effects are due.
    pub(crate) fn due(&self) -> usize {
        self.row.pending.count() + self.journal.len() + self.audit.len() + self.row.recent.len()
    }

    /// The same, and the messages that are being handed to a provider: what the outbox gauge counts.
    pub(crate) fn runnable(&self) -> usize {
        let sends = self.row.slot.lead().map_or(&[][..], |lead| &lead.sends);
        let sending = sends.iter().filter(|outgoing| outgoing.message.status == Delivery::Sending);
        self.due() + sending.count()
    }
}

/// Reads a lead. A lead without a row is vacant.
pub(crate) async fn wake(ports: &Ports, lead: LeadRef) -> Result<Awake, RowError> {
    let stored = reading::lead(&*ports.store, &*ports.keyring, lead).await?;
    let (row, version, journal, audit, key) = match stored {
        Some(stored) => (stored.row, stored.version, stored.journal, stored.audit, Some(stored.key)),
        None => (vacant(), 0, BTreeMap::new(), BTreeMap::new(), None),
    };
    Ok(Awake { row, version, journal, audit, trim: Vec::new(), key, ahead: false })
}

fn vacant() -> StateRow {
    StateRow {
        slot: Slot::Vacant,
        pending: hearthline_storage_api::rows::lead::Pending::default(),
        recent: Vec::new(),
        mutations: VecDeque::new(),
    }
}
