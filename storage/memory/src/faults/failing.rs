//! Storage that answers with errors.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Delivery, Group, InboundStream, KeyRange, Outcome, Partition, Position, Slice, Store, StoreError,
    StreamError, Write,
};
use std::sync::Arc;

use super::{Operation, Plan, Sites};

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `Unavailable`, and nothing happened.
    Unavailable,
    /// `Unavailable`, though it happened: puts, clears, appends and acknowledgements may do that. Where the contract says
    /// that an error means nothing happened (reads, commits, the next entry), nothing does.
    Late,
    /// `Full`, and nothing happened. Only commits, puts and appends need room; the others pass.
    Full,
}

/// Makes operations fail. One plan for the store and the stream, which are one wrapper with one count.
#[derive(Clone)]
pub struct Failing(Arc<Failures>);

struct Failures {
    plan: Box<dyn Plan<Failure>>,
    sites: Sites,
}

const AWAY: &str = "a planned failure";

impl Failing {
    /// Fails where the plan says.
    pub fn new(plan: impl Plan<Failure>) -> Self {
        Self(Arc::new(Failures { plan: Box::new(plan), sites: Sites::default() }))
    }

    /// The store that fails.
    #[must_use]
    pub fn store(&self, inner: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(FailingStore { failures: Arc::clone(&self.0), inner })
    }

    /// The stream that fails.
    #[must_use]
    pub fn stream(&self, inner: Arc<dyn InboundStream>) -> Arc<dyn InboundStream> {
        Arc::new(FailingStream { failures: Arc::clone(&self.0), inner })
    }
}

fn store_away() -> StoreError {
    StoreError::Unavailable(AWAY.to_owned())
}

fn stream_away() -> StreamError {
    StreamError::Unavailable(AWAY.to_owned())
}

struct FailingStore {
    failures: Arc<Failures>,
    inner: Arc<dyn Store>,
}

impl FailingStore {
    fn pick(&self, operation: Operation, partition: &Partition) -> Option<Failure> {
        self.failures.plan.pick(self.failures.sites.of_store(operation, partition))
    }
}

#[async_trait]
impl Store for FailingStore {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        match self.pick(Operation::Read, partition) {
            None | Some(Failure::Full) => self.inner.read(partition, range).await,
            Some(Failure::Unavailable | Failure::Late) => Err(store_away()),
        }
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        match self.pick(Operation::Commit, &commit.partition) {
            None => self.inner.commit(commit).await,
            Some(Failure::Unavailable | Failure::Late) => Err(store_away()),
            Some(Failure::Full) => Err(StoreError::Full(AWAY.to_owned())),
        }
    }

    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        match self.pick(Operation::Put, partition) {
            None => self.inner.put(partition, stamp, writes).await,
            Some(Failure::Unavailable) => Err(store_away()),
            Some(Failure::Late) => {
                self.inner.put(partition, stamp, writes).await?;
                Err(store_away())
            }
            Some(Failure::Full) => Err(StoreError::Full(AWAY.to_owned())),
        }
    }

    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        match self.pick(Operation::Clear, partition) {
            None | Some(Failure::Full) => self.inner.clear(partition, range).await,
            Some(Failure::Unavailable) => Err(store_away()),
            Some(Failure::Late) => {
                self.inner.clear(partition, range).await?;
                Err(store_away())
            }
        }
    }
}

struct FailingStream {
    failures: Arc<Failures>,
    inner: Arc<dyn InboundStream>,
}

impl FailingStream {
    fn pick(&self, operation: Operation, group: Group) -> Option<Failure> {
        self.failures.plan.pick(self.failures.sites.of_stream(operation, group))
    }
}

#[async_trait]
impl InboundStream for FailingStream {
    async fn append(&self, group: Group, entry: Bytes) -> Result<Position, StreamError> {
        match self.pick(Operation::Append, group) {
            None => self.inner.append(group, entry).await,
            Some(Failure::Unavailable) => Err(stream_away()),
            Some(Failure::Late) => {
                self.inner.append(group, entry).await?;
                Err(stream_away())
            }
            Some(Failure::Full) => Err(StreamError::Full(AWAY.to_owned())),
        }
    }

    async fn next(&self, group: Group) -> Result<Delivery, StreamError> {
        match self.pick(Operation::Next, group) {
            None | Some(Failure::Full) => self.inner.next(group).await,
            Some(Failure::Unavailable | Failure::Late) => Err(stream_away()),
        }
    }

    async fn acknowledge(&self, group: Group, position: Position) -> Result<(), StreamError> {
        match self.pick(Operation::Acknowledge, group) {
            None | Some(Failure::Full) => self.inner.acknowledge(group, position).await,
            Some(Failure::Unavailable) => Err(stream_away()),
            Some(Failure::Late) => {
                self.inner.acknowledge(group, position).await?;
                Err(stream_away())
            }
        }
    }

    fn backlog(&self) -> u64 {
        self.inner.backlog()
    }

    fn backlog_of(&self, group: Group) -> u64 {
        self.inner.backlog_of(group)
    }
}
