//! The answer to a commit was lost.

use async_trait::async_trait;
use hearthline_storage_api::{Commit, KeyRange, Outcome, Partition, Slice, Store, StoreError, Write};
use std::sync::Arc;

use super::{Operation, Plan, Sites};

/// What is behind an `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The commit never arrived: nothing changed, and nothing will.
    Request,
    /// The commit was decided, applied or in conflict, and the answer went astray.
    Answer,
}

/// Makes commits answer [`Outcome::Unknown`], in both of its meanings. Reads see the truth, as read-back requires.
pub struct Unknown(Arc<dyn Plan<Lost>>);

impl Unknown {
    /// Asks the plan at every commit, and at nothing else.
    pub fn new(plan: impl Plan<Lost>) -> Self {
        Self(Arc::new(plan))
    }

    /// The store that forgets answers.
    #[must_use]
    pub fn store(&self, inner: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(UnknownStore { plan: Arc::clone(&self.0), sites: Sites::default(), inner })
    }
}

struct UnknownStore {
    plan: Arc<dyn Plan<Lost>>,
    sites: Sites,
    inner: Arc<dyn Store>,
}

#[async_trait]
impl Store for UnknownStore {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        self.inner.read(partition, range).await
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        let site = self.sites.of_store(Operation::Commit, &commit.partition);
        match self.plan.pick(site) {
            None => self.inner.commit(commit).await,
            Some(Lost::Request) => commit.check().map(|()| Outcome::Unknown),
            Some(Lost::Answer) => self.inner.commit(commit).await.map(|_| Outcome::Unknown),
        }
    }

    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        self.inner.put(partition, stamp, writes).await
    }

    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        self.inner.clear(partition, range).await
    }
}
