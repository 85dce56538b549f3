//! A segmented, checksummed, append-only log with one sync for each block of records.
//!
//! What it is for: one writer appends blocks; each is written at once and synced before [`Log::append`] returns. Opening
//! reads every record back in order. The inbound stream and the store's write-ahead log are both made of it.
//!
//! What it promises: a block is there as a whole or not at all. A torn tail (the last write, cut by a crash, which nobody
//! was answered for) is cut off; every other difference from what was written is found at opening or reading and named by
//! file and offset. A full disk is not fatal: the log goes on when there is room. After a failed sync nothing is taken
//! until the log is opened again, and what was in doubt is then written again before anything is built on it.
//!
//! How a torn tail is told from damage: a block is written only after the block before it was synced. So anything valid
//! behind a bad place proves that the bad place was once synced: damage. After each sync a *mark* is written behind the
//! block, where the next block will overwrite it; it proves the same for the last block. It costs no sync of its own: a
//! killed process leaves it in the page cache, and [`Log::settle`] makes it durable when the writer is idle or closes.
//!
//! What it deliberately does not know: what records, labels and bases mean, and which of them are still needed.

mod active;
mod format;
mod recover;
mod segments;

use std::{path::PathBuf, sync::Arc};

use crate::disk::Disk;
use active::Active;
pub(crate) use format::Reader;
pub use segments::{SegmentInfo, Segments};

/// Bytes that a block takes besides its records, and each record besides its payload.
pub const BLOCK_OVERHEAD_BYTES: usize = format::FRAME_BYTES;
/// See [`BLOCK_OVERHEAD_BYTES`].
pub const RECORD_OVERHEAD_BYTES: usize = format::RECORD_BYTES;

/// Where a log lives and how large it gets.
#[derive(Clone, Debug)]
pub struct LogConfig {
    pub disk: Arc<dyn Disk>,
    pub folder: PathBuf,
    /// The size a segment is made with, in bytes. A block that is larger gets a segment of its own.
    pub segment_bytes: u64,
    /// A new segment is made only if so many bytes stay free beside it.
    pub reserve_bytes: u64,
    /// Whether a folder without segments is a new log. If not, it has lost them.
    pub may_be_new: bool,
}

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub segment: u64,
    pub offset: u32,
    /// Of the payload, in bytes.
    pub length: u32,
    /// Counts the log's records from 1.
    pub sequence: u64,
}

/// A record on its way in.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The owner's word about it.
    pub label: u64,
    pub payload: &'a [u8],
}

/// Why the log did not do something.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// No room. Nothing was written; goes away when there is room.
    #[error("no room: {0}")]
    Full(String),
    /// The disk failed in a way after which nothing is believed until the log is opened again.
    #[error("{doing} {path}")]
    Failed {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// It failed before.
    #[error("stopped after: {0}")]
    Poisoned(String),
    /// The file is not what was written.
    #[error("{path}, offset {offset}: {what}")]
    Corrupt { path: PathBuf, offset: u64, what: &'static str },
}

impl LogError {
    pub(crate) fn failed(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| {
            if crate::disk::means_full(&source) {
                return Self::Full(format!("{doing} {}: {source}", path.display()));
            }
            Self::Failed { doing, path, source }
        }
    }

    /// Never [`LogError::Full`], whatever the system calls it: it is not known what reached the disk.
    fn broken(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Failed { doing, path, source }
    }

    /// The error and its source in one line.
    #[must_use]
    pub fn in_full(&self) -> String {
        match self {
            Self::Failed { source, .. } => format!("{self}: {source}"),
            Self::Full(_) | Self::Poisoned(_) | Self::Corrupt { .. } => self.to_string(),
        }
    }
}

/// What opening found at the end of the last segment and cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    pub path: PathBuf,
    pub offset: u64,
    pub size_bytes: u64,
}

/// One record, as opening shows it.
#[derive(Clone, Copy, Debug)]
pub struct Recovered<'a> {
    pub place: Place,
    pub label: u64,
    pub payload: &'a [u8],
}

/// An open log: the only writer of its folder.
#[derive(Debug)]
pub struct Log {
    config: LogConfig,
    segments: Arc<Segments>,
    active: Active,
    next_sequence: u64,
    poisoned: Option<String>,
}

impl Log {
    /// Opens a folder, making it and a first segment with `base` if it is empty, and shows every record in order.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] for damage, [`LogError::Full`] if there is no room for a first segment.
    pub fn open(
        config: LogConfig,
        base: &[u8],
        visit: &mut dyn FnMut(Recovered<'_>),
    ) -> Result<(Self, Option<TornTail>), LogError> {
        let found = recover::recover(&config, visit)?;
        let segments = Arc::new(Segments::new(&config, found.segments));
        let Some(end) = found.end else {
            if !config.may_be_new {
                return Err(LogError::Corrupt {
                    path: config.folder,
                    offset: 0,
                    what: "all segments are missing",
                });
            }
            let active = Active::create(&config, &segments, 1, base)?;
            return Ok((Self { config, segments, active, next_sequence: 1, poisoned: None }, None));
        };
        let active = Active::resume(&config, &segments, &end)?;
        let log = Self { config, segments, active, next_sequence: end.next_sequence, poisoned: None };
        Ok((log, end.torn))
    }

    /// The segments, for readers and for removing what nobody needs.
    #[must_use]
    pub fn segments(&self) -> Arc<Segments> {
        Arc::clone(&self.segments)
    }

    /// The sequence number that the next record will have.
    #[must_use]
    pub const fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Writes the records as one block and syncs it. `base` is the owner's word about everything before this block: it is
    /// kept with a segment that starts here.
    ///
    /// # Errors
    /// [`LogError::Full`]: nothing was written. After any other error the log is poisoned, and the records may come back
    /// when it is opened again.
    pub fn append(&mut self, base: &[u8], records: &[Record<'_>]) -> Result<Vec<Place>, LogError> {
        if let Some(why) = &self.poisoned {
            return Err(LogError::Poisoned(why.clone()));
        }
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let result = self.try_append(base, records);
        self.poison_on_failure(&result);
        result
    }

    fn try_append(&mut self, base: &[u8], records: &[Record<'_>]) -> Result<Vec<Place>, LogError> {
        let size: usize = BLOCK_OVERHEAD_BYTES
            + records.iter().map(|r| RECORD_OVERHEAD_BYTES + r.payload.len()).sum::<usize>();
        if !self.active.has_room_for(size as u64) {
            self.active =
                Active::follow(&self.config, &self.segments, &self.active, self.next_sequence, base, size)?;
        }
        let places = self.active.write(self.next_sequence, records)?;
        self.next_sequence += records.len() as u64;
        Ok(places)
    }

    /// Makes durable that everything so far was synced. Cheap if nothing was appended since.
    ///
    /// # Errors
    /// As [`Log::append`].
    pub fn settle(&mut self) -> Result<(), LogError> {
        if let Some(why) = &self.poisoned {
            return Err(LogError::Poisoned(why.clone()));
        }
        let result = self.active.settle(self.next_sequence);
        self.poison_on_failure(&result);
        result
    }

    fn poison_on_failure<T>(&mut self, result: &Result<T, LogError>) {
        match result {
            Ok(_) | Err(LogError::Full(_) | LogError::Poisoned(_)) => {}
            Err(error @ (LogError::Failed { .. } | LogError::Corrupt { .. })) => {
                self.poisoned = Some(error.in_full());
            }
        }
    }
}
