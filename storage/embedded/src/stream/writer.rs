//! The one thread that writes the log.

use hearthline_storage_api::{GROUPS, Group, Position};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    Append, Shared, StreamConfig, StreamError,
    acked::{AckFile, Acked},
    pending::Pending,
    stream_error,
};
use crate::{
    disk::Disk,
    log::{BLOCK_OVERHEAD_BYTES, Log, LogConfig, LogError, Reader, Record, SegmentInfo, TornTail},
    queue::{Queue, Reading, Taken},
};

/// After so long without work, what was written is made provable.
const IDLE: Duration = Duration::from_millis(100);

/// A position takes the lower 56 bits of a record's label, the group the upper 8.
const POSITION_BITS: u32 = 56;

fn label(group: Group, position: Position) -> u64 {
    (u64::from(group.index()) << POSITION_BITS) | position.0
}

fn unlabel(label: u64) -> (Group, Position) {
    (Group::of(label >> POSITION_BITS), Position(label & ((1 << POSITION_BITS) - 1)))
}

/// The next position of each group.
#[derive(Clone, Debug)]
struct Next([u64; GROUPS as usize]);

impl Next {
    fn take(&mut self, group: Group) -> Position {
        let next = &mut self.0[usize::from(group.index())];
        *next += 1;
        Position(*next - 1)
    }

    fn is_behind(&mut self, group: Group, position: u64) {
        let next = &mut self.0[usize::from(group.index())];
        *next = (*next).max(position + 1);
    }

    fn encode(&self) -> Vec<u8> {
        self.0.iter().flat_map(|next| next.to_le_bytes()).collect()
    }

    /// Counts on from what a segment says about everything before it.
    fn include(&mut self, base: &[u8]) {
        let mut reader = Reader(base);
        for group in Group::all() {
            if let Some(next) = reader.u64() {
                self.is_behind(group, next.saturating_sub(1));
            }
        }
    }
}

/// Owns the log.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    log: Log,
    next: Next,
}

/// Reads the log back.
pub(super) fn open(
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    config: StreamConfig,
) -> Result<(Arc<Shared>, Writer), LogError> {
    disk.create_folder(&folder).map_err(LogError::failed("making", &folder))?;
    let saved = saved_acknowledgements(&*disk, &folder)?;
    let acked = match &saved {
        Some(file) => file.groups.clone(),
        None => vec![Acked::default(); usize::from(GROUPS)],
    };
    let mut next = Next([1; GROUPS as usize]);
    for (group, acked) in Group::all().zip(&acked) {
        next.is_behind(group, acked.highest());
    }
    let pending = Pending::new(acked, config.cache_bytes);
    let (mut held_bytes, mut held_entries) = (0, 0);
    let log_config = LogConfig {
        disk: Arc::clone(&disk),
        folder: folder.clone(),
        segment_bytes: config.segment_bytes,
        reserve_bytes: config.reserve_bytes,
        may_be_new: saved.is_none(),
    };
    let first_base = next.encode();
    let (log, torn) = Log::open(log_config, &first_base, &mut |found| {
        let (group, position) = unlabel(found.label);
        next.is_behind(group, position.0);
        if pending.restore(group, position, found.place) {
            held_bytes += u64::from(found.place.length);
            held_entries += 1;
        }
    })?;
    let segments = log.segments();
    let list = segments.list();
    list.iter().for_each(|segment| next.include(&segment.base));
    if let Some(number) = missing_segment(saved.as_ref(), &list) {
        return Err(LogError::Corrupt {
            path: segments.path(number),
            offset: 0,
            what: "the segment is missing",
        });
    }
    if let Some(TornTail { path, offset, size_bytes }) = torn {
        tracing::warn!(path = %path.display(), offset, size_bytes, "cut off a write that a crash left unfinished");
    }
    let shared = Arc::new(Shared {
        queue: Queue::new(config.queue_entries, config.queue_bytes),
        config,
        disk,
        folder,
        pending,
        segments,
        held_bytes: AtomicU64::new(held_bytes),
        held_entries: AtomicU64::new(held_entries),
        halted: OnceLock::new(),
    });
    Ok((Arc::clone(&shared), Writer { shared, log, next }))
}

/// A damaged list of acknowledgements costs deliveries that are repeated, nothing else: it is named and given up.
fn saved_acknowledgements(disk: &dyn Disk, folder: &std::path::Path) -> Result<Option<AckFile>, LogError> {
    match AckFile::read(disk, folder) {
        Ok(file) => Ok(file),
        Err(error @ LogError::Corrupt { .. }) => {
            tracing::error!(
                error = error.in_full(),
                "damaged: entries that were acknowledged will come again"
            );
            Ok(Some(AckFile::forgotten()))
        }
        Err(error) => Err(error),
    }
}

/// A segment that must be there and is not: one that the file lists, or one between those made since.
fn missing_segment(saved: Option<&AckFile>, found: &[SegmentInfo]) -> Option<u64> {
    let there: BTreeSet<u64> = found.iter().map(|segment| segment.number).collect();
    let highest = *there.last()?;
    let (listed, since) = match saved {
        None => (&[][..], 1),
        Some(file) if file.segments.is_empty() => (&[][..], *there.first()?),
        Some(file) => (file.segments.as_slice(), *file.segments.last()?),
    };
    listed.iter().copied().chain(since..=highest).find(|number| !there.contains(number))
}

impl Writer {
    pub fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let _reading = Reading(&shared.queue);
        let mut batch = Vec::new();
        let room = self.shared.config.max_block_bytes.saturating_sub(BLOCK_OVERHEAD_BYTES);
        loop {
            match self.shared.queue.take(&mut batch, room, IDLE) {
                Taken::Items => self.write(&mut batch),
                Taken::Idle => self.settle(),
                Taken::Closed => break,
            }
        }
        self.settle();
    }

    /// One block, one sync, then every answer.
    fn write(&mut self, batch: &mut Vec<Append>) {
        let mut next = self.next.clone();
        let positions: Vec<Position> = batch.iter().map(|append| next.take(append.group)).collect();
        let records: Vec<Record<'_>> = batch
            .iter()
            .zip(&positions)
            .map(|(append, position)| Record {
                label: label(append.group, *position),
                payload: &append.entry,
            })
            .collect();
        match self.log.append(&self.next.encode(), &records) {
            Ok(places) => {
                drop(records);
                self.next = next;
                for ((append, position), place) in batch.drain(..).zip(positions).zip(places) {
                    self.shared.pending.add(append.group, position, place, append.entry);
                    // Whoever asked may be gone; the entry stays.
                    drop(append.answer.send(Ok(position)));
                }
            }
            Err(error) => {
                drop(records);
                let error = stream_error(&error);
                self.refuse(batch, &error);
                if !matches!(error, StreamError::Full(_)) {
                    self.halt(error);
                }
            }
        }
    }

    fn refuse(&self, batch: &mut Vec<Append>, error: &StreamError) {
        for append in batch.drain(..) {
            self.shared.let_go(append.entry.len());
            drop(append.answer.send(Err(error.clone())));
        }
    }

    fn settle(&mut self) {
        match self.log.settle() {
            Ok(()) | Err(LogError::Poisoned(_)) => {}
            Err(LogError::Full(text)) => tracing::warn!(text, "the last mark waits for room"),
            Err(error) => self.halt(stream_error(&error)),
        }
    }

    /// After a failed sync nothing is taken, given or acknowledged until the stream is opened again.
    fn halt(&self, error: StreamError) {
        tracing::error!(%error, "the inbound stream stopped");
        drop(self.shared.halted.set(error));
        self.shared.queue.close();
        self.shared.pending.wake_all();
        debug_assert!(self.shared.held_entries.load(Ordering::Acquire) >= self.shared.pending.backlog());
    }
}
