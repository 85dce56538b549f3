//! The process died between two operations.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Delivery, Group, InboundStream, KeyRange, Outcome, Partition, Position, Slice, Store, StoreError,
    StreamError, Write,
};
use std::{
    future::{Future, pending, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};
use tokio::sync::watch;

use super::{Operation, Plan, Site, Sites};

/// On which side of an operation the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutAt {
    /// It was asked and did not happen.
    Before,
    /// It happened and nobody learned.
    After,
}

/// The life of one incarnation of a process. Once it is cut, nothing that goes through its store or its stream happens or
/// answers any more: every call waits for ever, those under way included. Clones are the same life.
#[derive(Clone)]
pub struct Cut(Arc<Life>);

struct Life {
    plan: Box<dyn Plan<CutAt>>,
    sites: Sites,
    ended: watch::Sender<bool>,
}

impl Cut {
    /// A life that ends where the plan says; or by [`Cut::now`].
    pub fn new(plan: impl Plan<CutAt>) -> Self {
        let ended = watch::Sender::new(false);
        Self(Arc::new(Life { plan: Box::new(plan), sites: Sites::default(), ended }))
    }

    /// The store as this life sees it.
    #[must_use]
    pub fn store(&self, inner: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(CutStore { life: Arc::clone(&self.0), inner })
    }

    /// The stream as this life sees it.
    #[must_use]
    pub fn stream(&self, inner: Arc<dyn InboundStream>) -> Arc<dyn InboundStream> {
        Arc::new(CutStream { life: Arc::clone(&self.0), inner })
    }

    /// Ends the life here and now.
    pub fn now(&self) {
        self.0.end();
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.0.has_ended()
    }

    /// Waits until it has ended: time for the next incarnation.
    pub async fn happened(&self) {
        self.0.ended().await;
    }
}

impl Life {
    fn end(&self) {
        self.ended.send_replace(true);
    }

    fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    async fn ended(&self) {
        let mut ended = self.ended.subscribe();
        // The sender lives as long as we do, so waiting ends only by what it waits for.
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// What becomes of an operation in this life.
    async fn through<T>(&self, site: Site, operation: impl Future<Output = T>) -> T {
        if self.has_ended() {
            return pending().await;
        }
        match self.plan.pick(site) {
            None => match self.while_alive(operation).await {
                Some(answer) => answer,
                None => pending().await,
            },
            Some(CutAt::Before) => {
                self.end();
                pending().await
            }
            Some(CutAt::After) => {
                drop(self.while_alive(operation).await);
                self.end();
                pending().await
            }
        }
    }

    /// The operation's answer, unless the life ends first; then the operation goes no further.
    async fn while_alive<T>(&self, operation: impl Future<Output = T>) -> Option<T> {
        let (mut ended, mut operation) = (pin!(self.ended()), pin!(operation));
        poll_fn(|context| {
            // Asked directly, too: tokio lets a task that has used up its turn wait even for what has happened.
            if ended.as_mut().poll(context).is_ready() || self.has_ended() {
                return Poll::Ready(None);
            }
            operation.as_mut().poll(context).map(Some)
        })
        .await
    }
}

struct CutStore {
    life: Arc<Life>,
    inner: Arc<dyn Store>,
}

#[async_trait]
impl Store for CutStore {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        let site = self.life.sites.of_store(Operation::Read, partition);
        self.life.through(site, self.inner.read(partition, range)).await
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        let site = self.life.sites.of_store(Operation::Commit, &commit.partition);
        self.life.through(site, self.inner.commit(commit)).await
    }

    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        let site = self.life.sites.of_store(Operation::Put, partition);
        self.life.through(site, self.inner.put(partition, stamp, writes)).await
    }

    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        let site = self.life.sites.of_store(Operation::Clear, partition);
        self.life.through(site, self.inner.clear(partition, range)).await
    }
}

struct CutStream {
    life: Arc<Life>,
    inner: Arc<dyn InboundStream>,
}

#[async_trait]
impl InboundStream for CutStream {
    async fn append(&self, group: Group, entry: Bytes) -> Result<Position, StreamError> {
        let site = self.life.sites.of_stream(Operation::Append, group);
        self.life.through(site, self.inner.append(group, entry)).await
    }

    async fn next(&self, group: Group) -> Result<Delivery, StreamError> {
        let site = self.life.sites.of_stream(Operation::Next, group);
        self.life.through(site, self.inner.next(group)).await
    }

    async fn acknowledge(&self, group: Group, position: Position) -> Result<(), StreamError> {
        let site = self.life.sites.of_stream(Operation::Acknowledge, group);
        self.life.through(site, self.inner.acknowledge(group, position)).await
    }

    fn backlog(&self) -> u64 {
        self.inner.backlog()
    }

    fn backlog_of(&self, group: Group) -> u64 {
        self.inner.backlog_of(group)
    }
}
