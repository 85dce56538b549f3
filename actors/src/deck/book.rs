//! A deck in memory, without I/O: cards by lead and by offset, and what a projection changes. A projection that is not
//! newer than what is held changes nothing, so that a repeated one does no harm.

use bytes::Bytes;
use hearthline_engine::{
    deck::{DeckCard, LeadCards},
    ids::{LeadId, TaskId, TenantId},
    time::Timestamp,
};
use hearthline_storage_api::{
    DataKey, Write,
    rows::{
        codec::{encode, seal_row},
        deck::{DeckMeta, DeckRow, META_ROW, card_key},
        lead::LeadRef,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Attached, DeckOp, DeckPosition, LeadSeal};

/// Tombstones are kept for three days, so that a client that was away less long resumes.
pub(crate) const TOMBSTONE_MS: i64 = 3 * 86_400_000;

#[derive(Clone)]
pub(crate) struct Entry {
    pub row: DeckRow,
    pub key: Arc<dyn DataKey>,
}

/// A user's deck.
#[derive(Clone)]
pub(crate) struct Book {
    pub meta: DeckMeta,
    entries: BTreeMap<(LeadId, TaskId), Entry>,
    by_offset: BTreeMap<u64, Vec<(LeadId, TaskId)>>,
    /// The marks of cards that left, oldest first.
    tombstones: BTreeSet<(Timestamp, (LeadId, TaskId))>,
}

/// What a delta will write and tell.
pub(crate) struct Draft {
    pub rows: BTreeMap<(LeadId, TaskId), Entry>,
    pub purged: Vec<(LeadId, TaskId)>,
}

impl Book {
    pub(crate) fn new(meta: DeckMeta) -> Self {
        Self { meta, entries: BTreeMap::new(), by_offset: BTreeMap::new(), tombstones: BTreeSet::new() }
    }

    pub(crate) fn insert(&mut self, lead: LeadId, task: TaskId, entry: Entry) {
        let offset = entry.row.changed_offset;
        let left_at = entry.row.card.is_none().then_some(entry.row.at);
        if let Some(before) = self.entries.insert((lead, task), entry) {
            self.forget_traces(&before, (lead, task));
        }
        self.tombstones.extend(left_at.map(|at| (at, (lead, task))));
        self.by_offset.entry(offset).or_default().push((lead, task));
    }

    fn remove(&mut self, place: (LeadId, TaskId)) {
        if let Some(before) = self.entries.remove(&place) {
            self.forget_traces(&before, place);
        }
    }

    fn forget_traces(&mut self, before: &Entry, place: (LeadId, TaskId)) {
        self.tombstones.remove(&(before.row.at, place));
        let offset = before.row.changed_offset;
        if let Some(places) = self.by_offset.get_mut(&offset) {
            places.retain(|other| *other != place);
            if places.is_empty() {
                self.by_offset.remove(&offset);
            }
        }
    }

    /// The offset of the latest change.
    pub(crate) const fn offset(&self) -> u64 {
        self.meta.next_offset - 1
    }

    pub(crate) const fn position(&self) -> DeckPosition {
        DeckPosition { epoch: self.meta.epoch, offset: self.offset() }
    }

    /// The newest version of a lead that this deck has seen.
    fn version_of(&self, lead: LeadId) -> Option<u64> {
        self.of_lead(lead).map(|(_, entry)| entry.row.lead_version).max()
    }

    fn of_lead(&self, lead: LeadId) -> impl Iterator<Item = (&(LeadId, TaskId), &Entry)> {
        let first = (lead, TaskId::from_bytes([0; 16]));
        let last = (lead, TaskId::from_bytes([0xff; 16]));
        self.entries.range(first..=last)
    }

    /// Adds what a projection changes to a draft at the next offset.
    pub(crate) fn draft(&self, draft: &mut Draft, cards: &LeadCards, key: &Arc<dyn DataKey>, now: Timestamp) {
        if self.version_of(cards.lead).is_some_and(|held| held > cards.lead_version) {
            return;
        }
        let row = |card: Option<DeckCard>| Entry {
            row: DeckRow {
                lead_version: cards.lead_version,
                changed_offset: self.meta.next_offset,
                card,
                at: now,
            },
            key: Arc::clone(key),
        };
        for card in &cards.cards {
            let place = (cards.lead, card.task);
            let standing = draft.rows.get(&place).or_else(|| self.entries.get(&place));
            if standing.and_then(|entry| entry.row.card.as_ref()) != Some(card) {
                draft.rows.insert(place, row(Some(card.clone())));
            }
        }
        let gone = |place: &(LeadId, TaskId)| !cards.cards.iter().any(|card| card.task == place.1);
        let mut leaving: Vec<(LeadId, TaskId)> = self
            .of_lead(cards.lead)
            .filter(|(place, entry)| entry.row.card.is_some() && gone(place))
            .map(|(place, _)| *place)
            .collect();
        leaving.extend(draft.rows.keys().filter(|place| place.0 == cards.lead && gone(place)));
        for place in leaving {
            draft.rows.insert(place, row(None));
        }
    }

    /// Adds tombstones that are old enough to a draft's purge.
    pub(crate) fn draft_purge(&self, draft: &mut Draft, now: Timestamp, at_most: usize) {
        let old = self.tombstones.iter().take_while(|(at, _)| now.millis_since(*at) > TOMBSTONE_MS);
        let old = old.map(|(_, place)| *place).filter(|place| !draft.rows.contains_key(place));
        draft.purged = old.take(at_most).collect();
    }

    /// The counters as they will be once a draft is durable.
    pub(crate) fn meta_after(&self, draft: &Draft) -> DeckMeta {
        let purged_up_to =
            draft.purged.iter().filter_map(|place| self.entries.get(place)).map(|e| e.row.changed_offset);
        DeckMeta {
            epoch: self.meta.epoch,
            next_offset: self.meta.next_offset + u64::from(!draft.rows.is_empty()),
            floor_offset: purged_up_to.fold(self.meta.floor_offset, u64::max),
        }
    }

    /// What makes a draft durable, together.
    pub(crate) fn writes(&self, tenant: TenantId, draft: &Draft) -> Vec<Write> {
        let meta = encode(&self.meta_after(draft)).into();
        let mut writes = vec![Write::Put { key: Bytes::from_static(META_ROW), value: meta }];
        writes.extend(draft.rows.iter().map(|((lead, task), entry)| {
            let place = LeadRef { tenant, lead: *lead };
            let value = seal_row(&*entry.key, place.binding("deck"), &entry.row);
            Write::Put { key: card_key(*lead, *task), value }
        }));
        writes.extend(draft.purged.iter().map(|(lead, task)| Write::Delete { key: card_key(*lead, *task) }));
        writes
    }

    /// The draft is durable: memory follows, and says what changed.
    pub(crate) fn install(&mut self, draft: Draft) -> Vec<DeckOp> {
        self.meta = self.meta_after(&draft);
        for place in draft.purged {
            self.remove(place);
        }
        let mut ops = Vec::with_capacity(draft.rows.len());
        for ((lead, task), entry) in draft.rows {
            ops.push(op(task, &entry));
            self.insert(lead, task, entry);
        }
        ops
    }

    /// How many cards the deck shows.
    pub(crate) fn open_cards(&self) -> usize {
        self.entries.values().filter(|entry| entry.row.card.is_some()).count()
    }

    /// What changed after an offset, as it is now.
    pub(crate) fn changed_after(&self, offset: u64) -> Vec<DeckOp> {
        let changed = self.by_offset.range(offset + 1..).flat_map(|(_, places)| places);
        changed.map(|place| op(place.1, &self.entries[place])).collect()
    }

    /// What a client gets that stands at a position, or nowhere.
    pub(crate) fn attach(&self, from: Option<DeckPosition>) -> Attached {
        let resumable = from.filter(|from| {
            from.epoch == self.meta.epoch
                && from.offset <= self.offset()
                && from.offset >= self.meta.floor_offset
        });
        match resumable {
            Some(from) => {
                Attached::Resumed { position: self.position(), ops: self.changed_after(from.offset) }
            }
            None => {
                let cards = self.entries.values().filter_map(|entry| {
                    entry.row.card.clone().map(|card| (card, LeadSeal(Arc::clone(&entry.key))))
                });
                Attached::Snapshot { position: self.position(), cards: cards.collect() }
            }
        }
    }
}

fn op(task: TaskId, entry: &Entry) -> DeckOp {
    match &entry.row.card {
        Some(card) => DeckOp::Put(Box::new(card.clone()), LeadSeal(Arc::clone(&entry.key))),
        None => DeckOp::Delete(task),
    }
}

impl Draft {
    pub(crate) const fn new() -> Self {
        Self { rows: BTreeMap::new(), purged: Vec::new() }
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.purged.is_empty()
    }
}
