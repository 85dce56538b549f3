//! Storage that takes its time.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Delivery, Group, InboundStream, KeyRange, Outcome, Partition, Position, Slice, Store, StoreError,
    StreamError, Write,
};
use parking_lot::Mutex;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use super::{Operation, Plan, Site, Sites, plan::drawn_share};

/// How long an operation takes: on the way there, and on the way back. What happens, happens between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    pub before: Duration,
    pub after: Duration,
}

/// Any delay up to a longest one, each way on its own, for every operation. Operations overtake each other by it.
pub struct SeededDelays {
    dice: Mutex<ChaCha8Rng>,
    longest: Duration,
}

impl SeededDelays {
    /// Delays of 0 to `longest`, evenly.
    #[must_use]
    pub fn new(seed: u64, longest: Duration) -> Self {
        Self { dice: Mutex::new(ChaCha8Rng::seed_from_u64(seed)), longest }
    }
}

impl Plan<Delay> for SeededDelays {
    fn pick(&self, _site: Site) -> Option<Delay> {
        let mut dice = self.dice.lock();
        let mut any = || self.longest.mul_f64(drawn_share(&mut dice));
        Some(Delay { before: any(), after: any() })
    }
}

type Sleep = dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Makes operations slow. The next entry is slow to be asked for only: given, it is there.
#[derive(Clone)]
pub struct Slow(Arc<Pace>);

struct Pace {
    plan: Box<dyn Plan<Delay>>,
    sites: Sites,
    sleep: Box<Sleep>,
}

impl Slow {
    /// Delays by the plan, with the sleep that is given: `tokio::time::sleep`, whose time the world pauses.
    pub fn new<S>(plan: impl Plan<Delay>, sleep: impl Fn(Duration) -> S + Send + Sync + 'static) -> Self
    where
        S: Future<Output = ()> + Send + 'static,
    {
        let sleep = Box::new(move |time| Box::pin(sleep(time)) as Pin<Box<dyn Future<Output = ()> + Send>>);
        Self(Arc::new(Pace { plan: Box::new(plan), sites: Sites::default(), sleep }))
    }

    /// The slow store.
    #[must_use]
    pub fn store(&self, inner: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(SlowStore { pace: Arc::clone(&self.0), inner })
    }

    /// The slow stream.
    #[must_use]
    pub fn stream(&self, inner: Arc<dyn InboundStream>) -> Arc<dyn InboundStream> {
        Arc::new(SlowStream { pace: Arc::clone(&self.0), inner })
    }
}

impl Pace {
    async fn around<T>(&self, site: Site, operation: impl Future<Output = T>) -> T {
        let Some(delay) = self.plan.pick(site) else { return operation.await };
        (self.sleep)(delay.before).await;
        let answer = operation.await;
        (self.sleep)(delay.after).await;
        answer
    }
}

struct SlowStore {
    pace: Arc<Pace>,
    inner: Arc<dyn Store>,
}

#[async_trait]
impl Store for SlowStore {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        let site = self.pace.sites.of_store(Operation::Read, partition);
        self.pace.around(site, self.inner.read(partition, range)).await
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        let site = self.pace.sites.of_store(Operation::Commit, &commit.partition);
        self.pace.around(site, self.inner.commit(commit)).await
    }

    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        let site = self.pace.sites.of_store(Operation::Put, partition);
        self.pace.around(site, self.inner.put(partition, stamp, writes)).await
    }

    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        let site = self.pace.sites.of_store(Operation::Clear, partition);
        self.pace.around(site, self.inner.clear(partition, range)).await
    }
}

struct SlowStream {
    pace: Arc<Pace>,
    inner: Arc<dyn InboundStream>,
}

#[async_trait]
impl InboundStream for SlowStream {
    async fn append(&self, group: Group, entry: Bytes) -> Result<Position, StreamError> {
        let site = self.pace.sites.of_stream(Operation::Append, group);
        self.pace.around(site, self.inner.append(group, entry)).await
    }

    async fn next(&self, group: Group) -> Result<Delivery, StreamError> {
        let site = self.pace.sites.of_stream(Operation::Next, group);
        // Only before: an entry that was given must not be lost with a wait that is given up.
        if let Some(delay) = self.pace.plan.pick(site) {
            (self.pace.sleep)(delay.before).await;
        }
        self.inner.next(group).await
    }

    async fn acknowledge(&self, group: Group, position: Position) -> Result<(), StreamError> {
        let site = self.pace.sites.of_stream(Operation::Acknowledge, group);
        self.pace.around(site, self.inner.acknowledge(group, position)).await
    }

    fn backlog(&self) -> u64 {
        self.inner.backlog()
    }

    fn backlog_of(&self, group: Group) -> u64 {
        self.inner.backlog_of(group)
    }
}
