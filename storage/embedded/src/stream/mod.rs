//! The inbound stream: 16 groups over one log, so that one sync serves all of them.
//!
//! What it promises: [`InboundStream`], on local disk. An answered append was synced. Memory is bounded: a queue in front of
//! the writer that refuses when it is full, a limit on what is not acknowledged, and a limit on what is kept in memory for
//! delivery (beyond it, entries are read back). Acknowledgements become durable about a second later, and at the close; then
//! segments without waiting entries are removed, also those between others.
//!
//! What it deliberately does not know: what an entry says, and who consumes which group.

mod acked;
mod keeper;
mod pending;
mod writer;

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{Delivery, Group, InboundStream, Position, StreamError};
use parking_lot::Mutex;
use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::oneshot;

use crate::{
    disk::Disk,
    folder::FolderLock,
    log::{LogError, RECORD_OVERHEAD_BYTES, Segments},
    queue::{Queue, Refused},
};
use keeper::Keeper;
use pending::{Found, Pending};

/// Limits and sizes of the stream.
#[derive(Clone, Debug)]
pub struct StreamConfig {
    /// The largest entry, in bytes.
    pub max_entry_bytes: usize,
    /// Entries that may wait for the writer.
    pub queue_entries: usize,
    /// Bytes of entries that may wait for the writer.
    pub queue_bytes: usize,
    /// Bytes of entries that may be taken and not acknowledged.
    pub max_waiting_bytes: u64,
    /// Entries that may be taken and not acknowledged (each costs about 100 bytes of memory).
    pub max_waiting_entries: u64,
    /// Bytes of entries that are kept in memory until they are delivered.
    pub cache_bytes: usize,
    /// The largest block, and so what shares one sync, in bytes.
    pub max_block_bytes: usize,
    /// The size of a segment, in bytes.
    pub segment_bytes: u64,
    /// A new segment is made only if so many bytes stay free beside it.
    pub reserve_bytes: u64,
    /// How far the durable acknowledgements may be behind, in time …
    pub ack_interval: Duration,
    /// … and in number.
    pub ack_batch: u64,
}

impl Default for StreamConfig {
    fn default() -> Self {
        Self {
            // The largest request of a provider (3 MiB), sealed.
            max_entry_bytes: (3 << 20) + (64 << 10),
            queue_entries: 8192,
            queue_bytes: 32 << 20,
            max_waiting_bytes: 1 << 30,
            max_waiting_entries: 2_000_000,
            cache_bytes: 32 << 20,
            max_block_bytes: 4 << 20,
            segment_bytes: 64 << 20,
            reserve_bytes: 64 << 20,
            ack_interval: Duration::from_secs(1),
            ack_batch: 50_000,
        }
    }
}

/// An entry on its way to the writer.
#[derive(Debug)]
struct Append {
    group: Group,
    entry: Bytes,
    answer: oneshot::Sender<Result<Position, StreamError>>,
}

/// What the stream and its threads share.
#[derive(Debug)]
struct Shared {
    config: StreamConfig,
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    queue: Queue<Append>,
    pending: Pending,
    segments: Arc<Segments>,
    /// Taken and not acknowledged, those that wait for the writer included.
    held_bytes: AtomicU64,
    held_entries: AtomicU64,
    /// Why nothing is taken or given any more.
    halted: OnceLock<StreamError>,
}

/// The inbound stream on local disk.
#[derive(Debug)]
pub struct EmbeddedStream {
    shared: Arc<Shared>,
    keeper: Arc<Keeper>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    _lock: Arc<FolderLock>,
}

impl EmbeddedStream {
    /// Opens the stream in `folder`.
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        config: StreamConfig,
        lock: Arc<FolderLock>,
    ) -> Result<Self, LogError> {
        let (shared, writer) = writer::open(disk, folder, config)?;
        let keeper = Arc::new(Keeper::default());
        let keep = {
            let (shared, keeper) = (Arc::clone(&shared), Arc::clone(&keeper));
            spawn("stream-keeper", move || keeper.run(&shared))
        };
        let write = spawn("stream-writer", move || writer.run());
        Ok(Self { shared, keeper, threads: Mutex::new(vec![write, keep]), _lock: lock })
    }

    /// Finishes what is queued, makes acknowledgements durable and stops. Blocks for a few syncs. Doing it again does nothing.
    pub fn close(&self) {
        drop(self.shared.halted.set(StreamError::Unavailable("the stream is closed".to_owned())));
        self.shared.queue.close();
        self.shared.pending.wake_all();
        let mut threads = self.threads.lock();
        for (at, thread) in threads.drain(..).enumerate() {
            if at == 1 {
                self.keeper.finish();
            }
            if thread.join().is_err() {
                tracing::error!("a thread of the inbound stream ended by a panic");
            }
        }
    }

    /// Bytes of entries that are taken and not acknowledged, those on their way to disk included.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.shared.held_bytes.load(Ordering::Acquire)
    }

    /// Why the stream stopped, if it did.
    #[must_use]
    pub fn halted(&self) -> Option<StreamError> {
        self.shared.halted.get().cloned()
    }

    async fn read_back(
        &self,
        group: Group,
        wanted: Vec<(Position, crate::log::Place)>,
    ) -> Result<(), StreamError> {
        let shared = Arc::clone(&self.shared);
        let read = tokio::task::spawn_blocking(move || {
            for (position, place) in wanted {
                // Acknowledged and removed meanwhile is not an error: the next look finds what is left.
                match shared.segments.read(place) {
                    Ok((_, bytes)) => shared.pending.supply(group, position, bytes.into()),
                    Err(_) if !shared.pending.is_live(place.segment) => {}
                    Err(error) => return Err(stream_error(&error)),
                }
            }
            Ok(())
        });
        read.await.unwrap_or_else(|_| Err(StreamError::Unavailable("reading back ended early".to_owned())))
    }
}

impl Drop for EmbeddedStream {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait]
impl InboundStream for EmbeddedStream {
    async fn append(&self, group: Group, entry: Bytes) -> Result<Position, StreamError> {
        let shared = &self.shared;
        if let Some(why) = shared.halted.get() {
            return Err(why.clone());
        }
        let size_bytes = entry.len();
        if size_bytes > shared.config.max_entry_bytes {
            return Err(StreamError::TooLarge { size_bytes, max_bytes: shared.config.max_entry_bytes });
        }
        shared.hold(size_bytes)?;
        let (answer, answered) = oneshot::channel();
        let queued = shared.queue.push(Append { group, entry, answer }, size_bytes + RECORD_OVERHEAD_BYTES);
        if let Err(refused) = queued {
            shared.let_go(size_bytes);
            return Err(match refused {
                Refused::Full => {
                    StreamError::Unavailable("the queue in front of the disk is full".to_owned())
                }
                Refused::Closed => shared.why_halted(),
            });
        }
        answered.await.unwrap_or_else(|_| Err(shared.why_halted()))
    }

    async fn next(&self, group: Group) -> Result<Delivery, StreamError> {
        loop {
            if let Some(why) = self.shared.halted.get() {
                self.shared.pending.wake_all();
                return Err(why.clone());
            }
            match self.shared.pending.next(group) {
                Found::Entry(delivery) => return Ok(delivery),
                Found::InLog(wanted) => self.read_back(group, wanted).await?,
                Found::Nothing => self.shared.pending.arrived(group).await,
            }
        }
    }

    async fn acknowledge(&self, group: Group, position: Position) -> Result<(), StreamError> {
        if let Some(why) = self.shared.halted.get() {
            return Err(why.clone());
        }
        if let Some(size_bytes) = self.shared.pending.acknowledge(group, position) {
            self.shared.let_go(size_bytes);
            if self.shared.pending.unsaved() >= self.shared.config.ack_batch {
                self.keeper.hurry();
            }
        }
        Ok(())
    }

    fn backlog(&self) -> u64 {
        self.shared.pending.backlog()
    }

    fn backlog_of(&self, group: Group) -> u64 {
        self.shared.pending.backlog_of(group)
    }
}

impl Shared {
    /// Counts an entry against the limits.
    fn hold(&self, size_bytes: usize) -> Result<(), StreamError> {
        let bytes = self.held_bytes.fetch_add(size_bytes as u64, Ordering::AcqRel) + size_bytes as u64;
        let entries = self.held_entries.fetch_add(1, Ordering::AcqRel) + 1;
        if bytes <= self.config.max_waiting_bytes && entries <= self.config.max_waiting_entries {
            return Ok(());
        }
        self.let_go(size_bytes);
        Err(StreamError::Full(format!(
            "{} entries of {} bytes are not acknowledged, the limits are {} and {}",
            entries - 1,
            bytes - size_bytes as u64,
            self.config.max_waiting_entries,
            self.config.max_waiting_bytes,
        )))
    }

    fn let_go(&self, size_bytes: usize) {
        self.held_bytes.fetch_sub(size_bytes as u64, Ordering::AcqRel);
        self.held_entries.fetch_sub(1, Ordering::AcqRel);
    }

    fn why_halted(&self) -> StreamError {
        self.halted
            .get()
            .cloned()
            .unwrap_or_else(|| StreamError::Unavailable("the writer ended early".to_owned()))
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).expect("the system starts a thread")
}

/// The log's words in the contract's.
fn stream_error(error: &LogError) -> StreamError {
    match error {
        LogError::Full(text) => StreamError::Full(text.clone()),
        LogError::Failed { .. } | LogError::Poisoned(_) => StreamError::Poisoned(error.in_full()),
        LogError::Corrupt { .. } => StreamError::Corrupt(error.in_full()),
    }
}
