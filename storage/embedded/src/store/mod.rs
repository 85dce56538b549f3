//! The store: rows in an LSM tree behind our own log, one committer for data and one for keys.
//!
//! What it promises: [`Store`], on local disk. `Applied` was synced. Reads are of one moment, don't wait for writes, and go
//! to a thread of their own when they are long. A full disk is answered with `Full` before anything breaks, and goes away
//! with its cause. Damage on disk is named. Data and keys stand in two folders, so that a backup of data holds no key.
//!
//! What it deliberately does not know: what rows mean, and who may write them. Why this library and this shape:
//! `docs/adr/0002-embedded-store.md`.

mod batch;
mod committer;
mod group;
mod keeper;
mod keys;
mod space;
mod tree;

use async_trait::async_trait;
use hearthline_storage_api::{
    Commit, Discipline, KeyRange, KeySpace, Outcome, Partition, Row, Slice, Store, StoreError, Token, Write,
    check_clear, check_put,
};
use std::{path::Path, sync::Arc};
use tokio::sync::oneshot;

use crate::{disk::Disk, folder::FolderLock};
use bytes::Bytes;
use group::Request;
use keys::{Own, RowKeys, Stamped, own_key};
use space::Space;
use tree::Snapshot;

/// Rows that a read takes on the caller's thread; what is beyond them is read on another.
const INLINE_ROWS: usize = 512;

/// Keys are few and small: their log segments and memory need no more, in bytes.
const KEYS_BYTES: u64 = 4 << 20;

/// Limits and sizes of the store. Data and keys have them each, keys at most 4 MiB of memory and of a segment.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// Requests that may wait for the committer.
    pub queue_requests: usize,
    /// Bytes of requests that may wait for the committer.
    pub queue_bytes: usize,
    /// Bytes of requests that share one sync.
    pub max_group_bytes: usize,
    /// Bytes of rows in memory before they are written to a table.
    pub memory_bytes: u64,
    /// Bytes of table blocks kept in memory, for data and keys together.
    pub cache_bytes: u64,
    /// The size of a log segment, in bytes.
    pub segment_bytes: u64,
    /// With less room than this, in bytes, writes are refused: tables and merges need it.
    pub reserve_bytes: u64,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            queue_requests: 8192,
            queue_bytes: 32 << 20,
            max_group_bytes: 2 << 20,
            memory_bytes: 32 << 20,
            cache_bytes: 64 << 20,
            segment_bytes: 32 << 20,
            reserve_bytes: 64 << 20,
        }
    }
}

/// The store on local disk.
pub struct EmbeddedStore {
    data: Space,
    keys: Space,
    _lock: Arc<FolderLock>,
}

impl std::fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedStore").field("data", &self.data.shared.folder).finish_non_exhaustive()
    }
}

impl EmbeddedStore {
    /// Opens `folder/data` and `folder/keys`.
    pub(crate) fn open(
        disk: &Arc<dyn Disk>,
        folder: &Path,
        config: &StoreConfig,
        lock: Arc<FolderLock>,
    ) -> Result<Self, StoreError> {
        let cache = Arc::new(lsm_tree::Cache::with_capacity_bytes(config.cache_bytes));
        let open =
            |name: &str, config| Space::open(name, Arc::clone(disk), folder.join(name), config, &cache);
        let for_keys = StoreConfig {
            segment_bytes: config.segment_bytes.min(KEYS_BYTES),
            memory_bytes: config.memory_bytes.min(KEYS_BYTES),
            ..config.clone()
        };
        Ok(Self { data: open("data", config.clone())?, keys: open("keys", for_keys)?, _lock: lock })
    }

    fn space(&self, partition: &Partition) -> &Space {
        match partition.table.key_space() {
            KeySpace::Data => &self.data,
            KeySpace::Keys => &self.keys,
        }
    }

    /// Reads every table and compares it with what was written. Blocks; takes as long as reading the disk.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], naming the file.
    pub fn verify(&self) -> Result<(), StoreError> {
        self.data.verify()?;
        self.keys.verify()
    }

    /// Bytes of tables on disk, the log not counted.
    #[must_use]
    pub fn table_bytes(&self) -> u64 {
        self.data.shared.tree.disk_bytes() + self.keys.shared.tree.disk_bytes()
    }

    /// Why the store stopped, if it did.
    #[must_use]
    pub fn halted(&self) -> Option<StoreError> {
        self.data.shared.halted.get().or_else(|| self.keys.shared.halted.get()).cloned()
    }

    /// Finishes what is queued and stops. Blocks for a few syncs. Doing it again does nothing.
    pub fn close(&self) {
        self.data.close();
        self.keys.close();
    }

    async fn done(
        &self,
        partition: &Partition,
        request: Request,
        size_bytes: usize,
        answered: oneshot::Receiver<Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        let space = self.space(partition);
        space.send(request, size_bytes)?;
        answered.await.unwrap_or_else(|_| Err(space.shared.why_halted()))
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        let snapshot = self.space(partition).snapshot()?;
        let mut reading = Reading::start(snapshot, partition, range)?;
        if !reading.go_on(INLINE_ROWS)? {
            let read = tokio::task::spawn_blocking(move || reading.go_on(usize::MAX).map(|_| reading));
            reading = read
                .await
                .unwrap_or_else(|_| Err(StoreError::Unavailable("a read ended early".to_owned())))?;
        }
        Ok(reading.slice)
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        commit.check()?;
        let space = self.space(&commit.partition);
        let size_bytes = size_of(&commit.writes);
        let (answer, answered) = oneshot::channel();
        space.send(Request::Commit { commit, answer }, size_bytes)?;
        // Taken and not answered: the committer ended in between.
        answered.await.unwrap_or(Ok(Outcome::Unknown))
    }

    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        check_put(partition, stamp, &writes)?;
        let size_bytes = size_of(&writes);
        let (answer, answered) = oneshot::channel();
        let request = Request::Put { partition: partition.clone(), stamp, writes, answer };
        self.done(partition, request, size_bytes, answered).await
    }

    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        check_clear(partition)?;
        let (answer, answered) = oneshot::channel();
        let request = Request::Clear { partition: partition.clone(), range: range.clone(), answer };
        self.done(partition, request, 0, answered).await
    }
}

fn size_of(writes: &[Write]) -> usize {
    writes.iter().map(Write::size_bytes).sum()
}

/// A read that can be interrupted: all of it is of one moment.
struct Reading {
    snapshot: Snapshot,
    rows: RowKeys,
    /// What is left of the range.
    left: Option<(Bytes, Bytes)>,
    limit: usize,
    discipline: Discipline,
    slice: Slice,
}

impl Reading {
    fn start(snapshot: Snapshot, partition: &Partition, range: &KeyRange) -> Result<Self, StoreError> {
        let discipline = partition.table.discipline();
        let own = match discipline {
            Discipline::Conditional => {
                snapshot.get(&own_key(partition)?)?.map_or(Ok(Own::NONE), |bytes| Own::decode(&bytes))?
            }
            Discipline::Stamped => Own { version: 0, token: Token::NONE },
        };
        let rows = RowKeys::of(partition)?;
        let slice = Slice { version: own.version, token: own.token, rows: Vec::new() };
        Ok(Self { left: rows.range(range), snapshot, rows, limit: range.limit, discipline, slice })
    }

    /// Looks at up to `budget` more rows. True: it is complete.
    fn go_on(&mut self, budget: usize) -> Result<bool, StoreError> {
        let Some((from, to)) = self.left.take() else { return Ok(true) };
        for (seen, row) in self.snapshot.rows(&from, &to).enumerate() {
            if self.slice.rows.len() >= self.limit {
                return Ok(true);
            }
            let (key, value) = row?;
            if seen >= budget {
                self.left = Some((key, to));
                return Ok(false);
            }
            let value = match self.discipline {
                Discipline::Conditional => Some(value),
                Discipline::Stamped => Stamped::decode(&value)?.value,
            };
            if let Some(value) = value {
                self.slice.rows.push(Row { key: self.rows.row_key(&key), value });
            }
        }
        Ok(true)
    }
}
