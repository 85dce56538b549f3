//! The segment that is being written.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    LogConfig, LogError, Place, Record, Segments,
    format::{FRAME_BYTES, Frame, SegmentHeader, encode_record},
    recover::End,
    segments::{SegmentInfo, segment_name},
};
use crate::disk::{DiskFile, means_full};

/// Where the next block goes, and what is in doubt behind it.
#[derive(Debug)]
pub(super) struct Active {
    number: u64,
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    salt: u32,
    /// Behind the last synced block.
    end: u64,
    /// The size the file was made with; blocks stay below it.
    capacity: u64,
    /// A write failed half way: cut back to `end` before anything else is written.
    tail_is_dirty: bool,
    /// Something was appended since the last [`Active::settle`].
    unsettled: bool,
    buffer: Vec<u8>,
}

impl Active {
    /// The first segment of an empty folder.
    pub fn create(
        config: &LogConfig,
        segments: &Segments,
        first: u64,
        base: &[u8],
    ) -> Result<Self, LogError> {
        let header = SegmentHeader {
            salt: salt(),
            number: 1,
            capacity: 0,
            first,
            previous: 0,
            previous_end: 0,
            base: base.to_vec(),
        };
        Self::make(config, segments, header, 0)
    }

    /// The segment after `before`, with room for a block of `block_bytes`.
    pub fn follow(
        config: &LogConfig,
        segments: &Segments,
        before: &Self,
        first: u64,
        base: &[u8],
        block_bytes: usize,
    ) -> Result<Self, LogError> {
        let header = SegmentHeader {
            salt: salt(),
            number: before.number + 1,
            capacity: 0,
            first,
            previous: before.number,
            previous_end: before.end,
            base: base.to_vec(),
        };
        let next = Self::make(config, segments, header, block_bytes as u64)?;
        before.finish(first)?;
        Ok(next)
    }

    /// A finished segment ends with its last block and says so: damage there can't look like a torn tail, and the loss of
    /// the segment behind it is noticed. Gives back the room that it did not use.
    fn finish(&self, next: u64) -> Result<(), LogError> {
        let fail = |doing| LogError::broken(doing, &self.path);
        self.file.write_at(&Frame::Finish { next }.encode(self.salt), self.end).map_err(fail("finishing"))?;
        self.file.set_size(self.end + FRAME_BYTES as u64).map_err(fail("cutting"))?;
        self.file.sync().map_err(fail("syncing"))
    }

    /// Goes on where recovery ended. Whatever was not proven to be synced is written again and synced: after a failed sync
    /// the system may hold pages that it believes clean and that never reached the disk.
    pub fn resume(config: &LogConfig, segments: &Segments, end: &End) -> Result<Self, LogError> {
        let (path, file) = segments.file(end.segment)?;
        let fail = |doing| LogError::failed(doing, &path);
        config.disk.sync_folder(&config.folder).map_err(LogError::broken("syncing", &config.folder))?;
        if end.torn.is_some() {
            file.set_size(end.offset).map_err(fail("cutting the torn tail of"))?;
        }
        extend(&*file, &path, end.capacity)?;
        if let Some((offset, block)) = &end.doubtful {
            file.write_at(block, *offset).map_err(fail("writing again the last block of"))?;
        }
        file.sync().map_err(LogError::broken("syncing", &path))?;
        let mut active = Self {
            number: end.segment,
            file,
            path,
            salt: end.salt,
            end: end.offset,
            capacity: end.capacity,
            tail_is_dirty: false,
            unsettled: true,
            buffer: Vec::new(),
        };
        active.settle(end.next_sequence)?;
        Ok(active)
    }

    fn make(
        config: &LogConfig,
        segments: &Segments,
        mut header: SegmentHeader,
        block_bytes: u64,
    ) -> Result<Self, LogError> {
        let capacity =
            config.segment_bytes.max(header.encode().len() as u64 + block_bytes + FRAME_BYTES as u64);
        header.capacity = capacity;
        let bytes = header.encode();
        let path = config.folder.join(segment_name(header.number));
        let new = path.with_extension("new");
        let free = config
            .disk
            .free_bytes(&config.folder)
            .map_err(LogError::failed("asking for room", &config.folder))?;
        if free < capacity.saturating_add(config.reserve_bytes) {
            return Err(LogError::Full(format!(
                "a segment of {capacity} bytes beside a reserve of {} does not fit into {free}",
                config.reserve_bytes
            )));
        }
        let file = Self::make_file(config, &new, &bytes, capacity).inspect_err(|_| {
            // What is left of it would take the room that is missing; a leftover is removed when the log is opened.
            drop(config.disk.remove(&new));
        })?;
        config.disk.rename(&new, &path).map_err(LogError::broken("naming", &path))?;
        config.disk.sync_folder(&config.folder).map_err(LogError::broken("syncing", &config.folder))?;
        let end = bytes.len() as u64;
        let info = SegmentInfo { number: header.number, first: header.first, base: header.base };
        segments.add(info, header.salt, &file);
        Ok(Self {
            number: header.number,
            file,
            path,
            salt: header.salt,
            end,
            capacity,
            tail_is_dirty: false,
            unsettled: true,
            buffer: Vec::new(),
        })
    }

    fn make_file(
        config: &LogConfig,
        new: &Path,
        header: &[u8],
        capacity: u64,
    ) -> Result<Arc<dyn DiskFile>, LogError> {
        let fail = |doing| LogError::failed(doing, new);
        let file = config.disk.create(new).map_err(fail("making"))?;
        extend(&*file, new, capacity)?;
        file.write_at(header, 0).map_err(fail("writing the header of"))?;
        file.sync().map_err(fail("syncing"))?;
        Ok(file)
    }

    pub const fn has_room_for(&self, block_bytes: u64) -> bool {
        self.end + block_bytes + FRAME_BYTES as u64 <= self.capacity
    }

    /// Writes and syncs one block.
    pub fn write(&mut self, first: u64, records: &[Record<'_>]) -> Result<Vec<Place>, LogError> {
        self.cut_dirty_tail(first)?;
        let places = self.encode(first, records);
        let written = self.file.write_at(&self.buffer, self.end);
        if let Err(error) = written {
            self.tail_is_dirty = true;
            let error = LogError::failed("writing", &self.path)(error);
            // Now rather than later, so that a full disk gets its room back. If it fails it is tried before the next write.
            if let Err(error) = self.cut_dirty_tail(first) {
                tracing::warn!(path = %self.path.display(), error = error.in_full(), "a half-written block stays for now");
            }
            return Err(error);
        }
        self.file.sync().map_err(LogError::broken("syncing", &self.path))?;
        self.end += self.buffer.len() as u64;
        self.unsettled = true;
        self.mark(first + records.len() as u64);
        Ok(places)
    }

    fn encode(&mut self, first: u64, records: &[Record<'_>]) -> Vec<Place> {
        let mut places = Vec::with_capacity(records.len());
        self.buffer.clear();
        self.buffer.resize(FRAME_BYTES, 0);
        for (sequence, record) in (first..).zip(records) {
            let offset = self.end + self.buffer.len() as u64;
            encode_record(&mut self.buffer, self.salt, sequence, record.label, record.payload);
            places.push(Place {
                segment: self.number,
                offset: u32::try_from(offset).expect("a segment is smaller than 4 GiB"),
                length: u32::try_from(record.payload.len()).expect("a record fits a segment"),
                sequence,
            });
        }
        let frame = Frame::Block {
            count: u32::try_from(records.len()).expect("a block fits a segment"),
            body_length: u32::try_from(self.buffer.len() - FRAME_BYTES).expect("a block fits a segment"),
            first,
        };
        self.buffer[..FRAME_BYTES].copy_from_slice(&frame.encode(self.salt));
        places
    }

    /// Notes behind the last block that it was synced. Not durable yet, and not needed for anything else than telling
    /// damage from a torn tail: a failure makes it be tried again.
    fn mark(&mut self, next: u64) {
        if let Err(error) = self.file.write_at(&Frame::Mark { next }.encode(self.salt), self.end) {
            self.tail_is_dirty = true;
            tracing::warn!(path = %self.path.display(), %error, "the mark behind a block could not be written");
        }
    }

    fn cut_dirty_tail(&mut self, next: u64) -> Result<(), LogError> {
        if !self.tail_is_dirty {
            return Ok(());
        }
        self.file.set_size(self.end).map_err(LogError::failed("cutting", &self.path))?;
        // The room behind the end was given back with the cut.
        extend(&*self.file, &self.path, self.capacity)?;
        self.tail_is_dirty = false;
        self.mark(next);
        Ok(())
    }

    /// Makes the mark durable.
    pub fn settle(&mut self, next: u64) -> Result<(), LogError> {
        if !self.unsettled {
            return Ok(());
        }
        self.cut_dirty_tail(next)?;
        self.mark(next);
        self.file.sync().map_err(LogError::broken("syncing", &self.path))?;
        self.unsettled = self.tail_is_dirty;
        Ok(())
    }
}

/// Gives a file its full size. Not every file system can take the room at once; then a write may meet a full disk, which
/// is handled too.
fn extend(file: &dyn DiskFile, path: &Path, capacity: u64) -> Result<(), LogError> {
    match file.allocate(capacity) {
        Ok(()) => Ok(()),
        Err(error) if means_full(&error) => Err(LogError::failed("taking room for", path)(error)),
        Err(_) => file.set_size(capacity).map_err(LogError::failed("extending", path)),
    }
}

fn salt() -> u32 {
    getrandom::u32().expect("the system has randomness")
}
