//! What is taken and not acknowledged: in memory, by group, while the entries themselves are in the log.

use bytes::Bytes;
use hearthline_storage_api::{Delivery, Group, Position};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};
use tokio::sync::Notify;

use super::acked::Acked;
use crate::log::Place;

/// How much one answer of the log may bring back at once.
const READ_AHEAD_ENTRIES: usize = 64;
const READ_AHEAD_BYTES: usize = 256 * 1024;

/// An entry that waits for its delivery or its acknowledgement.
#[derive(Debug)]
struct Waiting {
    place: Place,
    /// Kept for a delivery without reading back.
    entry: Option<Bytes>,
}

#[derive(Debug)]
struct State {
    waiting: BTreeMap<u64, Waiting>,
    /// Everything below was given to the consumer.
    cursor: u64,
    acked: Acked,
}

/// One group.
#[derive(Debug)]
struct Lane {
    state: Mutex<State>,
    arrived: Notify,
}

/// What the consumer of a group finds.
#[derive(Debug)]
pub(super) enum Found {
    Entry(Delivery),
    /// Entries whose bytes have to be read first.
    InLog(Vec<(Position, Place)>),
    Nothing,
}

/// All groups.
#[derive(Debug)]
pub(super) struct Pending {
    lanes: Vec<Lane>,
    /// By segment: how many of its entries wait.
    live: Mutex<BTreeMap<u64, u64>>,
    /// Entries that wait in all groups.
    backlog: AtomicU64,
    cached_bytes: AtomicUsize,
    max_cached_bytes: usize,
    /// Acknowledgements since the file of them was last written.
    unsaved: AtomicU64,
}

impl Pending {
    pub fn new(acked: Vec<Acked>, max_cached_bytes: usize) -> Self {
        let lane = |acked| Lane {
            state: Mutex::new(State { waiting: BTreeMap::new(), cursor: 0, acked }),
            arrived: Notify::new(),
        };
        Self {
            lanes: acked.into_iter().map(lane).collect(),
            live: Mutex::default(),
            backlog: AtomicU64::new(0),
            cached_bytes: AtomicUsize::new(0),
            max_cached_bytes,
            unsaved: AtomicU64::new(0),
        }
    }

    fn lane(&self, group: Group) -> &Lane {
        &self.lanes[usize::from(group.index())]
    }

    /// An entry became durable.
    pub fn add(&self, group: Group, position: Position, place: Place, entry: Bytes) {
        let kept = self.keep(entry);
        self.insert(group, position, place, kept);
        self.lane(group).arrived.notify_one();
    }

    /// An entry was found when the log was opened. False: it was acknowledged before.
    pub fn restore(&self, group: Group, position: Position, place: Place) -> bool {
        if self.lane(group).state.lock().acked.contains(position.0) {
            return false;
        }
        self.insert(group, position, place, None)
    }

    fn insert(&self, group: Group, position: Position, place: Place, entry: Option<Bytes>) -> bool {
        *self.live.lock().entry(place.segment).or_default() += 1;
        self.backlog.fetch_add(1, Ordering::AcqRel);
        self.lane(group).state.lock().waiting.insert(position.0, Waiting { place, entry });
        true
    }

    /// Keeps an entry in memory if there is room for it.
    fn keep(&self, entry: Bytes) -> Option<Bytes> {
        let before = self.cached_bytes.fetch_add(entry.len(), Ordering::AcqRel);
        if before + entry.len() <= self.max_cached_bytes {
            return Some(entry);
        }
        self.cached_bytes.fetch_sub(entry.len(), Ordering::AcqRel);
        None
    }

    /// The next entry of a group, if there is one.
    pub fn next(&self, group: Group) -> Found {
        let mut state = self.lane(group).state.lock();
        let cursor = state.cursor;
        let Some((position, waiting)) = state.waiting.range_mut(cursor..).next() else {
            return Found::Nothing;
        };
        let position = *position;
        if let Some(entry) = waiting.entry.take() {
            state.cursor = position + 1;
            self.cached_bytes.fetch_sub(entry.len(), Ordering::AcqRel);
            return Found::Entry(Delivery { position: Position(position), entry });
        }
        let mut bytes = 0;
        let ahead = state.waiting.range(cursor..).take_while(|(_, waiting)| {
            bytes += waiting.place.length as usize;
            waiting.entry.is_none() && (bytes <= READ_AHEAD_BYTES || bytes == waiting.place.length as usize)
        });
        Found::InLog(
            ahead.take(READ_AHEAD_ENTRIES).map(|(at, waiting)| (Position(*at), waiting.place)).collect(),
        )
    }

    /// An entry was read back. It is kept whatever the cache holds: it is delivered next.
    pub fn supply(&self, group: Group, position: Position, entry: Bytes) {
        let mut state = self.lane(group).state.lock();
        if let Some(waiting) = state.waiting.get_mut(&position.0)
            && waiting.entry.is_none()
        {
            self.cached_bytes.fetch_add(entry.len(), Ordering::AcqRel);
            waiting.entry = Some(entry);
        }
    }

    /// Waits until something may have come for the group since the last wait.
    pub async fn arrived(&self, group: Group) {
        self.lane(group).arrived.notified().await;
    }

    /// Wakes every consumer.
    pub fn wake_all(&self) {
        for lane in &self.lanes {
            lane.arrived.notify_one();
        }
    }

    /// The entry is dealt with: its size in bytes if it was waiting.
    pub fn acknowledge(&self, group: Group, position: Position) -> Option<usize> {
        let mut state = self.lane(group).state.lock();
        let waiting = state.waiting.remove(&position.0)?;
        state.acked.insert(position.0);
        drop(state);
        if let Some(entry) = waiting.entry {
            self.cached_bytes.fetch_sub(entry.len(), Ordering::AcqRel);
        }
        // After the set: whoever finds a segment without live entries finds all of them in the set.
        if let Some(live) = self.live.lock().get_mut(&waiting.place.segment) {
            *live -= 1;
        }
        self.backlog.fetch_sub(1, Ordering::AcqRel);
        self.unsaved.fetch_add(1, Ordering::AcqRel);
        Some(waiting.place.length as usize)
    }

    pub fn backlog(&self) -> u64 {
        self.backlog.load(Ordering::Acquire)
    }

    pub fn backlog_of(&self, group: Group) -> u64 {
        self.lane(group).state.lock().waiting.len() as u64
    }

    /// How many acknowledgements the file does not know; counting starts again.
    pub fn take_unsaved(&self) -> u64 {
        self.unsaved.swap(0, Ordering::AcqRel)
    }

    /// See [`Pending::take_unsaved`]; looks only.
    pub fn unsaved(&self) -> u64 {
        self.unsaved.load(Ordering::Acquire)
    }

    /// What could not be saved counts again.
    pub fn still_unsaved(&self, count: u64) {
        self.unsaved.fetch_add(count, Ordering::AcqRel);
    }

    pub fn acked(&self) -> Vec<Acked> {
        self.lanes.iter().map(|lane| lane.state.lock().acked.clone()).collect()
    }

    /// Whether entries of a segment wait.
    pub fn is_live(&self, segment: u64) -> bool {
        self.live.lock().get(&segment).is_some_and(|live| *live > 0)
    }

    /// The segment is gone.
    pub fn forget(&self, segment: u64) {
        self.live.lock().remove(&segment);
    }
}
