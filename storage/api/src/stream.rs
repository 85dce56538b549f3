//! The inbound stream: what a provider was answered 2xx for.

use async_trait::async_trait;
use bytes::Bytes;

/// How many groups share the work of reading the stream.
pub const GROUPS: u8 = 16;

/// One of the 16 groups; a connection's entries all go to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(u8);

impl Group {
    /// The group of a hash.
    #[must_use]
    pub const fn of(hash: u64) -> Self {
        Self((hash % GROUPS as u64) as u8)
    }
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..GROUPS).map(Self)
    }
    /// 0 to 15.
    #[must_use]
    pub const fn index(self) -> u8 {
        self.0
    }
}

/// The place of an entry in its group; grows with every append, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// An entry on its way to the consumer of its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub position: Position,
    pub entry: Bytes,
}

/// Why an entry was not taken, or not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The stream holds as much as it may, or the disk has no room. Goes away when consumers catch up.
    #[error("the stream is full: {0}")]
    Full(String),
    /// No answer. The entry may have been taken: answer the provider with a 5xx, a duplicate does no harm.
    #[error("the stream is away: {0}")]
    Unavailable(String),
    /// After a failed sync nothing more is believed until a restart.
    #[error("the stream stopped after a failed sync: {0}")]
    Poisoned(String),
    /// Stored bytes are not what was written; names where.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// The entry is larger than a stream takes.
    #[error("an entry of {size_bytes} bytes is over {max_bytes}")]
    TooLarge { size_bytes: usize, max_bytes: usize },
}

impl StreamError {
    /// Whether the same call may succeed later without anybody doing anything.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Full(_) | Self::Unavailable(_) => true,
            Self::Poisoned(_) | Self::Corrupt(_) | Self::TooLarge { .. } => false,
        }
    }
}

/// A durable queue in 16 groups. Delivers at least once, in order of position within a group.
#[async_trait]
pub trait InboundStream: Send + Sync + 'static {
    /// Durable when it answers.
    ///
    /// # Errors
    /// See [`StreamError`]; the entry is not acknowledged to anyone.
    async fn append(&self, group: Group, entry: Bytes) -> Result<Position, StreamError>;

    /// The next entry of the group that this process has not been given yet; waits for one. After a restart, every entry
    /// that was not acknowledged durably comes again, in order. One consumer per group.
    ///
    /// # Errors
    /// When nothing can be read.
    async fn next(&self, group: Group) -> Result<Delivery, StreamError>;

    /// The entry is dealt with. May be forgotten in a crash, so that the entry comes again.
    ///
    /// # Errors
    /// When the stream is away; the entry will come again.
    async fn acknowledge(&self, group: Group, position: Position) -> Result<(), StreamError>;

    /// How many entries were taken and not acknowledged: exact, from the moment the stream is open.
    fn backlog(&self) -> u64;

    /// Of these, the entries of one group. Those that this process has not been given yet are delivered in order, before
    /// whatever is appended from now on.
    fn backlog_of(&self, group: Group) -> u64;
}
