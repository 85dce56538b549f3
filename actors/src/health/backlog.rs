//! What waits in the stream, by connection: counted as it goes in and out, so that nobody has to read it.
//!
//! Of what an earlier process left, an entry is known to be a connection's once it is delivered; until then the stream says
//! how many of its group there still are, and the count is one of at least.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_engine::{
    ids::{ConnectionId, TenantId},
    time::Timestamp,
};
use hearthline_storage_api::{
    Delivery, GROUPS, Group, InboundStream, Position, StreamError,
    rows::inbound::{InboundEntry, Label},
};
use parking_lot::Mutex;
use std::{array, collections::BTreeMap, sync::Arc};

/// What waits for one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Requests that were received and not yet applied.
    pub waiting: u64,
    /// When the longest waiting of them was received.
    pub since: Option<Timestamp>,
    /// Whether that is all: after a restart, more may be known later.
    pub exact: bool,
}

/// A stream that knows whose entries wait in it.
pub struct CountedStream {
    inner: Arc<dyn InboundStream>,
    counts: Mutex<Counts>,
}

struct Counts {
    /// Per group: entries of an earlier process that were not delivered yet. They come first.
    left: [u64; GROUPS as usize],
    /// Below 0 for a moment, where an entry is dealt with before its append is answered.
    waiting: BTreeMap<ConnectionId, i64>,
    /// Delivered and not acknowledged: no more than consumers have in hand.
    in_hand: BTreeMap<(Group, Position), Label>,
}

impl Counts {
    fn count(&mut self, connection: ConnectionId, by: i64) {
        let waiting = self.waiting.entry(connection).or_default();
        *waiting += by;
        if *waiting == 0 {
            self.waiting.remove(&connection);
        }
    }
}

impl CountedStream {
    /// Counts from now on. Before anything is appended to it or taken from it.
    #[must_use]
    pub fn new(inner: Arc<dyn InboundStream>) -> Self {
        let mut left = array::from_fn(|_| 0);
        for group in Group::all() {
            left[usize::from(group.index())] = inner.backlog_of(group);
        }
        let counts = Counts { left, waiting: BTreeMap::new(), in_hand: BTreeMap::new() };
        Self { inner, counts: Mutex::new(counts) }
    }

    /// What waits for a tenant's connection.
    #[must_use]
    pub fn of(&self, tenant: TenantId, connection: ConnectionId) -> Backlog {
        let group = InboundEntry::group(tenant, connection);
        let mut counts = self.counts.lock();
        if self.inner.backlog() == 0 {
            // An append whose answer was lost may have left a trace.
            counts.waiting.clear();
        }
        let waiting = counts.waiting.get(&connection).copied().unwrap_or_default();
        let in_hand = counts.in_hand.range((group, Position(0))..=(group, Position(u64::MAX)));
        let theirs = in_hand.filter(|(_, label)| label.connection == connection);
        let since = theirs.filter_map(|(_, label)| label.waits_since()).min();
        let exact = counts.left[usize::from(group.index())] == 0;
        Backlog { waiting: u64::try_from(waiting).unwrap_or(0), since, exact }
    }
}

#[async_trait]
impl InboundStream for CountedStream {
    async fn append(&self, group: Group, entry: Bytes) -> Result<Position, StreamError> {
        let label = InboundEntry::label(&entry).ok();
        let position = self.inner.append(group, entry).await?;
        if let Some(label) = label {
            self.counts.lock().count(label.connection, 1);
        }
        Ok(position)
    }

    async fn next(&self, group: Group) -> Result<Delivery, StreamError> {
        let delivery = self.inner.next(group).await?;
        let label = InboundEntry::label(&delivery.entry).ok();
        let mut counts = self.counts.lock();
        let left = &mut counts.left[usize::from(group.index())];
        let of_before = *left > 0;
        *left = left.saturating_sub(1);
        if let Some(label) = label {
            counts.count(label.connection, i64::from(of_before));
            counts.in_hand.insert((group, delivery.position), label);
        }
        drop(counts);
        Ok(delivery)
    }

    async fn acknowledge(&self, group: Group, position: Position) -> Result<(), StreamError> {
        self.inner.acknowledge(group, position).await?;
        let mut counts = self.counts.lock();
        if let Some(label) = counts.in_hand.remove(&(group, position)) {
            counts.count(label.connection, -1);
        }
        drop(counts);
        Ok(())
    }

    fn backlog(&self) -> u64 {
        self.inner.backlog()
    }

    fn backlog_of(&self, group: Group) -> u64 {
        self.inner.backlog_of(group)
    }
}
