//! What a store promises.

pub mod at_once;
pub mod commits;
pub mod misuse;
mod model;
pub mod partitions;
pub mod random;
pub mod reads;
pub mod restart;
pub mod stamped;

use bytes::Bytes;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::StoreSubject;
use crate::{Commit, KeyRange, Outcome, Partition, Row, Slice, Store, StoreError, Table, Token, Write};

/// What a property ends with.
pub type Checked = Result<(), StoreError>;

/// A table of conditional commits.
const CONDITIONAL: Table = Table::LeadCore;
/// A table of stamped puts.
const STAMPED: Table = Table::Timeline;

/// An open store, and tokens that were never used on it.
#[derive(Clone)]
struct Hand {
    store: Arc<dyn Store>,
    tokens: Arc<AtomicU64>,
}

impl Hand {
    async fn on(subject: &dyn StoreSubject) -> Self {
        Self { store: subject.open().await, tokens: Arc::new(AtomicU64::new(1)) }
    }

    /// Drops the store and opens it again.
    async fn restarted(self, subject: &dyn StoreSubject) -> Self {
        let tokens = Arc::clone(&self.tokens);
        drop(self);
        Self { store: subject.open().await, tokens }
    }

    fn token(&self) -> Token {
        Token(u128::from(self.tokens.fetch_add(1, Ordering::Relaxed)))
    }

    async fn commit(&self, to: &Partition, expected: u64, writes: Vec<Write>) -> Result<Outcome, StoreError> {
        self.commit_as(self.token(), to, expected, writes).await
    }

    async fn commit_as(
        &self,
        token: Token,
        to: &Partition,
        expected: u64,
        writes: Vec<Write>,
    ) -> Result<Outcome, StoreError> {
        self.store.commit(Commit { partition: to.clone(), expected, token, writes }).await
    }

    /// A commit that has nothing in its way.
    async fn must_commit(&self, to: &Partition, expected: u64, writes: Vec<Write>) -> Checked {
        let outcome = self.commit(to, expected, writes).await?;
        assert_eq!(outcome, Outcome::Applied, "nothing else was written");
        Ok(())
    }

    async fn put(&self, to: &Partition, stamp: u64, writes: Vec<Write>) -> Checked {
        self.store.put(to, stamp, writes).await
    }

    async fn all(&self, of: &Partition) -> Result<Slice, StoreError> {
        self.store.read(of, &KeyRange::all()).await
    }

    /// The rows of a range.
    async fn rows(&self, of: &Partition, range: KeyRange) -> Result<Vec<Row>, StoreError> {
        Ok(self.store.read(of, &range).await?.rows)
    }

    /// The keys of a range.
    async fn keys(&self, of: &Partition, range: KeyRange) -> Result<Vec<Bytes>, StoreError> {
        Ok(self.rows(of, range).await?.into_iter().map(|row| row.key).collect())
    }
}

fn partition(table: Table, key: &[u8]) -> Partition {
    Partition { table, key: Bytes::copy_from_slice(key) }
}

fn put(key: &[u8], value: &[u8]) -> Write {
    Write::Put { key: Bytes::copy_from_slice(key), value: Bytes::copy_from_slice(value) }
}

fn delete(key: &[u8]) -> Write {
    Write::Delete { key: Bytes::copy_from_slice(key) }
}

fn row(key: &[u8], value: &[u8]) -> Row {
    Row { key: Bytes::copy_from_slice(key), value: Bytes::copy_from_slice(value) }
}

fn range(from: &[u8], to: &[u8]) -> KeyRange {
    KeyRange { from: Bytes::copy_from_slice(from), to: Some(Bytes::copy_from_slice(to)), limit: usize::MAX }
}
