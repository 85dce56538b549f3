//! Which segments there are, and their open files: shared by the writer, readers and whoever removes segments.

use parking_lot::Mutex;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use super::{
    LogConfig, LogError, Place,
    format::{RECORD_BYTES, decode_record},
    recover::Found,
};
use crate::disk::{Disk, DiskFile};

/// What the log tells about a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    pub number: u64,
    /// The sequence number of its first record.
    pub first: u64,
    /// The owner's word about everything before it.
    pub base: Vec<u8>,
}

#[derive(Debug)]
struct Known {
    info: SegmentInfo,
    salt: u32,
    file: Arc<dyn DiskFile>,
}

/// The segments of a log.
#[derive(Debug)]
pub struct Segments {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    known: Mutex<BTreeMap<u64, Known>>,
}

impl Segments {
    pub(super) fn new(config: &LogConfig, found: Vec<Found>) -> Self {
        let known = found.into_iter().map(|found| {
            let header = found.header;
            let info = SegmentInfo { number: header.number, first: header.first, base: header.base };
            (info.number, Known { info, salt: header.salt, file: found.file })
        });
        Self {
            disk: Arc::clone(&config.disk),
            folder: config.folder.clone(),
            known: Mutex::new(known.collect()),
        }
    }

    pub(super) fn add(&self, info: SegmentInfo, salt: u32, file: &Arc<dyn DiskFile>) {
        self.known.lock().insert(info.number, Known { info, salt, file: Arc::clone(file) });
    }

    pub(super) fn file(&self, number: u64) -> Result<(PathBuf, Arc<dyn DiskFile>), LogError> {
        let path = self.path(number);
        match self.known.lock().get(&number) {
            Some(known) => Ok((path, Arc::clone(&known.file))),
            None => Err(LogError::Corrupt { path, offset: 0, what: "the segment is missing" }),
        }
    }

    /// The file of a segment.
    #[must_use]
    pub fn path(&self, number: u64) -> PathBuf {
        self.folder.join(segment_name(number))
    }

    /// All of them, oldest first. The last one is being written.
    #[must_use]
    pub fn list(&self) -> Vec<SegmentInfo> {
        self.known.lock().values().map(|known| known.info.clone()).collect()
    }

    /// The number of the one being written.
    #[must_use]
    pub fn active(&self) -> u64 {
        *self.known.lock().last_key_value().expect("an open log has a segment").0
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.known.lock().len()
    }

    /// A record's label and payload.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if the bytes are not those that were written.
    pub fn read(&self, place: Place) -> Result<(u64, Vec<u8>), LogError> {
        let path = self.path(place.segment);
        let known = self.known.lock().get(&place.segment).map(|known| (known.salt, Arc::clone(&known.file)));
        let corrupt = |what| LogError::Corrupt { path: path.clone(), offset: u64::from(place.offset), what };
        let (salt, file) = known.ok_or_else(|| corrupt("the segment is missing"))?;
        let mut bytes = vec![0; RECORD_BYTES + place.length as usize];
        file.read_at(&mut bytes, u64::from(place.offset)).map_err(LogError::failed("reading", &path))?;
        let (label, payload) = decode_record(&bytes, salt, place.sequence)
            .ok_or_else(|| corrupt("a record's checksum is wrong"))?;
        if payload.len() != place.length as usize {
            return Err(corrupt("a record's length is wrong"));
        }
        bytes.drain(..RECORD_BYTES);
        Ok((label, bytes))
    }

    /// Removes a segment that nobody needs any more; never the one being written. Removing one again is fine.
    ///
    /// # Errors
    /// The file could not be removed; it is still known.
    pub fn remove(&self, number: u64) -> Result<(), LogError> {
        debug_assert_ne!(number, self.active(), "the active segment stays");
        let path = self.path(number);
        if self.known.lock().contains_key(&number) {
            self.disk.remove(&path).map_err(LogError::failed("removing", &path))?;
            self.known.lock().remove(&number);
        }
        Ok(())
    }

    /// Makes removals durable.
    ///
    /// # Errors
    /// The folder could not be synced: removed segments may come back.
    pub fn sync_removals(&self) -> Result<(), LogError> {
        self.disk.sync_folder(&self.folder).map_err(LogError::failed("syncing", &self.folder))
    }
}

pub(super) fn segment_name(number: u64) -> String {
    format!("{number:016}.segment")
}

/// The number in a segment's name.
pub(super) fn number_in(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".segment")?;
    (digits.len() == 16).then(|| digits.parse().ok()).flatten()
}
