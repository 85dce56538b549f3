//! The inbound stream in ordered maps behind one lock.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{Delivery, GROUPS, Group, InboundStream, Position, StreamError};
use parking_lot::Mutex;
use std::{
    array,
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};
use tokio::sync::Notify;

/// So many of the latest acknowledgements of a group can be forgotten in a crash.
const ACKNOWLEDGED_KEPT: usize = 1024;

/// What a stream takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of entries that are not acknowledged, all groups together; one more is refused with `Full`.
    pub total_bytes: u64,
    /// Bytes of one entry; a larger one is refused with `TooLarge`.
    pub entry_bytes: usize,
}

impl Default for Limits {
    /// 1 MiB an entry, and no end of them.
    fn default() -> Self {
        Self { total_bytes: u64::MAX, entry_bytes: 1024 * 1024 }
    }
}

/// One consumer's session on a stream in memory. Entries outlive sessions: [`MemoryStream::reopen`] begins the next one.
/// Clones share the session.
#[derive(Clone)]
pub struct MemoryStream {
    durable: Arc<Durable>,
    /// Per group: every entry below was given to this session.
    given: Arc<Mutex<[u64; GROUPS as usize]>>,
}

/// What a restart finds again.
struct Durable {
    limits: Limits,
    groups: Mutex<Groups>,
    /// Per group: an entry came.
    arrivals: [Notify; GROUPS as usize],
}

struct Groups {
    queues: [Queue; GROUPS as usize],
    held_bytes: u64,
    backlog: u64,
}

#[derive(Default)]
struct Queue {
    next_position: u64,
    open: BTreeMap<u64, Bytes>,
    /// The latest ones, oldest first, in the order in which they were acknowledged.
    acknowledged: VecDeque<(u64, Bytes)>,
}

impl Default for MemoryStream {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl MemoryStream {
    /// An empty stream, and the first session on it.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let queues = array::from_fn(|_| Queue::default());
        let groups = Mutex::new(Groups { queues, held_bytes: 0, backlog: 0 });
        Self::session(Arc::new(Durable { limits, groups, arrivals: array::from_fn(|_| Notify::new()) }))
    }

    /// A new session, as after a restart: every entry that was not acknowledged comes again. The old session must not be
    /// used any more; a cut process cannot.
    #[must_use]
    pub fn reopen(&self) -> Self {
        self.reopen_forgetting(|_, _| false)
    }

    /// A new session, as after a crash that lost the acknowledgements that `forgotten` names: those entries come again too.
    /// It is asked about the latest 1,024 of each group since the last restart.
    #[must_use]
    pub fn reopen_forgetting(&self, mut forgotten: impl FnMut(Group, Position) -> bool) -> Self {
        let mut groups = self.durable.groups.lock();
        for group in Group::all() {
            groups.forget(group, &mut forgotten);
        }
        drop(groups);
        Self::session(Arc::clone(&self.durable))
    }

    /// Every entry there is, ordered, those included whose acknowledgement could be forgotten: for tests that look for what
    /// must not be stored.
    #[must_use]
    pub fn dump(&self) -> Vec<(Group, Position, Bytes)> {
        let groups = self.durable.groups.lock();
        let mut entries = Vec::new();
        for group in Group::all() {
            let queue = &groups.queues[index(group)];
            let acknowledged = queue.acknowledged.iter().map(|(position, entry)| (position, entry));
            let held = queue.open.iter().chain(acknowledged);
            entries.extend(held.map(|(position, entry)| (group, Position(*position), entry.clone())));
        }
        entries.sort_by_key(|(group, position, _)| (*group, *position));
        entries
    }

    fn session(durable: Arc<Durable>) -> Self {
        Self { durable, given: Arc::new(Mutex::new([0; GROUPS as usize])) }
    }

    /// The next entry that this session was not given, if there is one.
    fn take(&self, group: Group) -> Option<Delivery> {
        let groups = self.durable.groups.lock();
        let given = &mut self.given.lock()[index(group)];
        let (&position, entry) = groups.queues[index(group)].open.range(*given..).next()?;
        *given = position + 1;
        Some(Delivery { position: Position(position), entry: entry.clone() })
    }
}

#[async_trait]
impl InboundStream for MemoryStream {
    async fn append(&self, group: Group, entry: Bytes) -> Result<Position, StreamError> {
        let position = self.durable.groups.lock().append(group, entry, self.durable.limits)?;
        self.durable.arrivals[index(group)].notify_waiters();
        Ok(position)
    }

    async fn next(&self, group: Group) -> Result<Delivery, StreamError> {
        loop {
            // Made before looking: it hears of every arrival from now on.
            let arrival = self.durable.arrivals[index(group)].notified();
            if let Some(delivery) = self.take(group) {
                return Ok(delivery);
            }
            arrival.await;
        }
    }

    async fn acknowledge(&self, group: Group, position: Position) -> Result<(), StreamError> {
        self.durable.groups.lock().acknowledge(group, position);
        Ok(())
    }

    fn backlog(&self) -> u64 {
        self.durable.groups.lock().backlog
    }

    fn backlog_of(&self, group: Group) -> u64 {
        self.durable.groups.lock().queues[index(group)].open.len() as u64
    }
}

impl Groups {
    fn append(&mut self, group: Group, entry: Bytes, limits: Limits) -> Result<Position, StreamError> {
        if entry.len() > limits.entry_bytes {
            return Err(StreamError::TooLarge { size_bytes: entry.len(), max_bytes: limits.entry_bytes });
        }
        let held_bytes = self.held_bytes + entry.len() as u64;
        if held_bytes > limits.total_bytes {
            let text = format!("{held_bytes} bytes would be over {}", limits.total_bytes);
            return Err(StreamError::Full(text));
        }
        let queue = &mut self.queues[index(group)];
        let position = queue.next_position;
        queue.next_position += 1;
        queue.open.insert(position, entry);
        self.held_bytes = held_bytes;
        self.backlog += 1;
        Ok(Position(position))
    }

    /// A second acknowledgement of the same entry changes nothing.
    fn acknowledge(&mut self, group: Group, position: Position) {
        let queue = &mut self.queues[index(group)];
        let Some(entry) = queue.open.remove(&position.0) else { return };
        self.held_bytes -= entry.len() as u64;
        self.backlog -= 1;
        queue.acknowledged.push_back((position.0, entry));
        if queue.acknowledged.len() > ACKNOWLEDGED_KEPT {
            queue.acknowledged.pop_front();
        }
    }

    fn forget(&mut self, group: Group, forgotten: &mut impl FnMut(Group, Position) -> bool) {
        let queue = &mut self.queues[index(group)];
        for (position, entry) in queue.acknowledged.drain(..) {
            if forgotten(group, Position(position)) {
                self.held_bytes += entry.len() as u64;
                self.backlog += 1;
                queue.open.insert(position, entry);
            }
        }
    }
}

fn index(group: Group) -> usize {
    usize::from(group.index())
}
