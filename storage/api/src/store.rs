//! The store: rows in partitions.

use async_trait::async_trait;
use bytes::Bytes;
use std::{cmp::Ordering, fmt};

use crate::table::{Discipline, Table};

/// The largest batch a commit or put may carry, in bytes of keys and values (CQL servers refuse more than 50 KiB).
pub const MAX_BATCH_BYTES: usize = 40 * 1024;

/// The highest stamp a put may carry. Below it there is room for what a clear is stamped with, and on a CQL server, where
/// stamps are write timestamps, every stamp lies in the past (ScyllaDB refuses the future).
pub const MAX_STAMP: u64 = (1 << 48) - 1;

/// A partition key of one table: the unit of atomicity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    pub table: Table,
    pub key: Bytes,
}

/// Shows the table and the key's length: keys hold ids and keyed hashes, but logs need neither.
impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{} bytes]", self.table.name(), self.key.len())
    }
}

/// A row: ordered by `key` within its partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: Bytes,
    pub value: Bytes,
}

/// Which rows of a partition to read: `from` included, `to` excluded (`None`: to the end), in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    pub from: Bytes,
    pub to: Option<Bytes>,
    /// At most so many rows; the caller goes on from the last one.
    pub limit: usize,
}

impl KeyRange {
    /// Every row.
    #[must_use]
    pub const fn all() -> Self {
        Self { from: Bytes::new(), to: None, limit: usize::MAX }
    }
    /// The rows whose keys start with `prefix`.
    #[must_use]
    pub fn prefix(prefix: &[u8]) -> Self {
        Self { from: Bytes::copy_from_slice(prefix), to: end_of_prefix(prefix), limit: usize::MAX }
    }
    /// The one row with exactly that key.
    #[must_use]
    pub fn exactly(key: &[u8]) -> Self {
        let mut to = key.to_vec();
        to.push(0);
        Self { from: Bytes::copy_from_slice(key), to: Some(to.into()), limit: 1 }
    }
    /// The same range with at most `limit` rows.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }
    /// Whether the range holds a key.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= self.from.as_ref() && self.to.as_deref().is_none_or(|to| key < to)
    }
}

/// The first key after all that start with `prefix`.
fn end_of_prefix(prefix: &[u8]) -> Option<Bytes> {
    let last = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end.into())
}

/// Names one attempt to commit, so that an `Unknown` answer can be read back. Random, never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token(pub u128);

impl Token {
    /// The token of a partition that was never committed to.
    pub const NONE: Self = Self(0);
}

/// What was read, at one moment: version, token and rows belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// How many commits the partition has seen; 0 for none. Always 0 in stamped tables.
    pub version: u64,
    /// Of the latest commit.
    pub token: Token,
    pub rows: Vec<Row>,
}

/// One change of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    Put { key: Bytes, value: Bytes },
    Delete { key: Bytes },
}

impl Write {
    /// The row it is about.
    #[must_use]
    pub const fn key(&self) -> &Bytes {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key,
        }
    }
    /// Bytes of key and value.
    #[must_use]
    pub const fn size_bytes(&self) -> usize {
        match self {
            Self::Put { key, value } => key.len() + value.len(),
            Self::Delete { key } => key.len(),
        }
    }
}

/// A conditional batch in one partition: all of it becomes true together, if the partition's version is `expected`; the
/// version is `expected + 1` afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub partition: Partition,
    pub expected: u64,
    pub token: Token,
    /// No two for the same key.
    pub writes: Vec<Write>,
}

/// What became of a commit. `Unknown` is real on every backend: it may or may not have become true. Read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Durable, and visible to every later read.
    Applied,
    /// Nothing changed: the partition's version is this one.
    Conflict { version: u64 },
    /// The answer was lost.
    Unknown,
}

/// Why nothing was done. For `commit`: nothing was and nothing will be. For `put` and `clear`, which can be repeated: it
/// may have been done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No answer, or refused for now.
    #[error("the store is away: {0}")]
    Unavailable(String),
    /// No room on the disk, or the reserve is reached.
    #[error("the store is full: {0}")]
    Full(String),
    /// A write to disk failed in a way after which nothing more is believed until a restart.
    #[error("the store stopped after a failed sync: {0}")]
    Poisoned(String),
    /// Stored bytes are not what was written; names where.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// The caller broke the contract: too large a batch, or the wrong kind of write for the table.
    #[error("not a valid request to the store: {0}")]
    Misuse(String),
}

impl StoreError {
    /// Whether trying again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Full(_) => true,
            Self::Poisoned(_) | Self::Corrupt(_) | Self::Misuse(_) => false,
        }
    }
}

/// Rows in partitions. Atomic within one partition of one table, and no more.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The rows of a range, with the partition's version, as of one moment not earlier than the call. Every commit and
    /// put that was answered before is seen.
    ///
    /// # Errors
    /// When nothing could be read.
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError>;

    /// Applies a conditional batch. Durable before it answers `Applied`.
    ///
    /// # Errors
    /// When nothing was written and nothing will be.
    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError>;

    /// Writes rows of a stamped table together. A row changes if [`supersedes`] says so: the higher stamp wins, deletions
    /// included; under one stamp a deletion wins, then the greater value. So it doesn't matter in what order puts arrive
    /// and how often. Durable before it answers.
    ///
    /// # Errors
    /// When it may not have happened. Repeat it.
    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError>;

    /// Removes all rows of a range of a stamped table. Only for ranges that nobody writes to any more (buckets behind a
    /// watermark, rows of an epoch that has ended): whether a row that is put there later is ever seen is not promised.
    ///
    /// # Errors
    /// When it may not have happened. Repeat it.
    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError>;
}

impl Commit {
    /// What every backend checks before anything else.
    ///
    /// # Errors
    /// [`StoreError::Misuse`], with the rule that was broken.
    pub fn check(&self) -> Result<(), StoreError> {
        check_discipline(self.partition.table, Discipline::Conditional)?;
        if self.token == Token::NONE {
            return Err(StoreError::Misuse("a commit needs a token".to_owned()));
        }
        check_writes(&self.writes)
    }
}

/// What every backend checks of a put.
///
/// # Errors
/// [`StoreError::Misuse`], with the rule that was broken.
pub fn check_put(partition: &Partition, stamp: u64, writes: &[Write]) -> Result<(), StoreError> {
    check_discipline(partition.table, Discipline::Stamped)?;
    if stamp > MAX_STAMP {
        return Err(StoreError::Misuse(format!("the stamp {stamp} is over {MAX_STAMP}")));
    }
    check_writes(writes)
}

/// Whether a change of a stamped row takes the place of the one that stands there: both as stamp and value, `None` for a
/// deletion. The rule of CQL servers, so that puts commute on every backend.
#[must_use]
pub fn supersedes(change: (u64, Option<&[u8]>), standing: (u64, Option<&[u8]>)) -> bool {
    let rank = |(stamp, value): (u64, Option<&[u8]>)| (stamp, value.is_none());
    match rank(change).cmp(&rank(standing)) {
        Ordering::Greater => true,
        Ordering::Equal => change.1 > standing.1,
        Ordering::Less => false,
    }
}

/// What every backend checks of a clear.
///
/// # Errors
/// [`StoreError::Misuse`], with the rule that was broken.
pub fn check_clear(partition: &Partition) -> Result<(), StoreError> {
    check_discipline(partition.table, Discipline::Stamped)
}

fn check_discipline(table: Table, wanted: Discipline) -> Result<(), StoreError> {
    if table.discipline() == wanted {
        return Ok(());
    }
    Err(StoreError::Misuse(format!("{} is written by {:?} writes only", table.name(), table.discipline())))
}

fn check_writes(writes: &[Write]) -> Result<(), StoreError> {
    let size: usize = writes.iter().map(Write::size_bytes).sum();
    if size > MAX_BATCH_BYTES {
        return Err(StoreError::Misuse(format!("a batch of {size} bytes is over {MAX_BATCH_BYTES}")));
    }
    let mut keys: Vec<&[u8]> = writes.iter().map(|write| write.key().as_ref()).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(StoreError::Misuse("a batch writes a row twice".to_owned()));
    }
    Ok(())
}
