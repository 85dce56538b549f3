//! A disk in memory that knows what was synced, fails when it is told to, and loses power.
//!
//! Power loss keeps what was synced and, of what was written since, any choice of sectors; of creations, renames and
//! removals since the folder was last synced, any number of the first ones. After a failed sync the written pages count as
//! clean, as on Linux: a later sync does not write them, unless they are written again.

use hearthline_storage_embedded::disk::{Disk, DiskFile};
use std::{
    collections::BTreeMap,
    io::{Error, ErrorKind, Result},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard},
};

use crate::rng::Rng;

const SECTOR: usize = 512;

#[derive(Clone, Debug, Default)]
struct Content {
    live: Vec<u8>,
    synced: Vec<u8>,
    /// Written since, in order: where, and what; or a new size.
    unsynced: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Size(usize),
}

#[derive(Clone, Debug)]
enum NameChange {
    Create(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

#[derive(Clone, Debug, Default)]
struct State {
    contents: Vec<Content>,
    names: BTreeMap<PathBuf, usize>,
    synced_names: BTreeMap<PathBuf, usize>,
    unsynced_names: Vec<NameChange>,
    /// Bytes that fit.
    capacity: Option<usize>,
    /// Calls that change something, so far.
    calls: u64,
    /// From this call on the power is gone.
    power_until: Option<u64>,
    /// So many syncs work before one fails.
    syncs_until_failure: Option<u64>,
    /// So many writes work before one is cut short for want of room. Then there is room again.
    writes_until_full: Option<u64>,
    /// Syncs wait while this is set.
    held: bool,
}

/// Cheap to clone; clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct SimDisk(Arc<Mutex<State>>, Arc<Condvar>);

#[derive(Debug)]
struct SimFile(SimDisk, usize);

impl SimDisk {
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub fn set_capacity(&self, bytes: Option<usize>) {
        self.state().capacity = bytes;
    }
    pub fn cut_power_after(&self, calls: u64) {
        let mut state = self.state();
        state.power_until = Some(state.calls + calls);
    }
    pub fn fail_sync_after(&self, syncs: u64) {
        self.state().syncs_until_failure = Some(syncs);
    }
    pub fn cut_write_after(&self, writes: u64) {
        self.state().writes_until_full = Some(writes);
    }

    /// Makes syncs wait, or lets them go on.
    pub fn hold_syncs(&self, held: bool) {
        self.state().held = held;
        self.1.notify_all();
    }

    fn wait_while_held(&self) {
        drop(self.1.wait_while(self.state(), |state| state.held).unwrap());
    }

    /// What a killed process leaves: everything that was written.
    pub fn after_kill(&self) -> Self {
        let mut state = self.state().clone();
        (state.power_until, state.syncs_until_failure, state.writes_until_full) = (None, None, None);
        Self(Arc::new(Mutex::new(state)), Arc::default())
    }

    /// What a power loss leaves.
    pub fn after_power_loss(&self, rng: &mut Rng) -> Self {
        let state = self.state();
        let mut names = state.synced_names.clone();
        let kept = rng.size(state.unsynced_names.len() + 1);
        for change in &state.unsynced_names[..kept] {
            change.apply(&mut names);
        }
        let contents: Vec<Content> = state.contents.iter().map(|content| content.survivor(rng)).collect();
        let after = State { contents, synced_names: names.clone(), names, ..State::default() };
        Self(Arc::new(Mutex::new(after)), Arc::default())
    }

    /// Every file and its bytes.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let state = self.state();
        state.names.iter().map(|(path, id)| (path.clone(), state.contents[*id].live.clone())).collect()
    }

    pub fn flip(&self, path: &Path, bit: usize) {
        let mut state = self.state();
        let id = state.names[path];
        let content = &mut state.contents[id];
        for bytes in [&mut content.live, &mut content.synced] {
            if let Some(byte) = bytes.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
        }
    }

    pub fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.state().clone())), Arc::default())
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Create(path, id) => drop(names.insert(path.clone(), *id)),
            Self::Rename(from, to) => {
                let id = names.remove(from).unwrap();
                names.insert(to.clone(), id);
            }
            Self::Remove(path) => drop(names.remove(path)),
        }
    }
}

impl Content {
    fn survivor(&self, rng: &mut Rng) -> Self {
        let mut bytes = self.synced.clone();
        // Sizes are metadata, in order: none after the first lost one is kept. Sectors of data: any of them.
        let sizes = self.unsynced.iter().filter(|change| matches!(change, Change::Size(_))).count();
        let mut sizes_kept = rng.size(sizes + 1);
        for change in &self.unsynced {
            match change {
                Change::Size(size) if sizes_kept > 0 => {
                    sizes_kept -= 1;
                    bytes.resize(*size, 0);
                }
                Change::Size(_) => {}
                Change::Write(offset, written) => {
                    let mut at = 0;
                    while at < written.len() {
                        let until = (SECTOR - (offset + at) % SECTOR + at).min(written.len());
                        let place = offset + at..offset + until;
                        if rng.chance(2) && place.end <= bytes.len() {
                            bytes[place].copy_from_slice(&written[at..until]);
                        }
                        at = until;
                    }
                }
            }
        }
        Self { live: bytes.clone(), synced: bytes, unsynced: Vec::new() }
    }
}

impl State {
    /// Counts a call that changes something.
    fn power(&mut self) -> Result<()> {
        self.calls += 1;
        match self.power_until {
            Some(until) if self.calls > until => Err(Error::other("no power")),
            _ => Ok(()),
        }
    }

    /// How much of a write is taken: a full disk, or the end of the power, takes a part of it.
    fn take(&mut self, length: usize, new: usize) -> (usize, Result<()>) {
        if let Err(error) = self.power() {
            let is_the_last = Some(self.calls) == self.power_until.map(|until| until + 1);
            return (if is_the_last { length / 2 } else { 0 }, Err(error));
        }
        let full = || Err(ErrorKind::StorageFull.into());
        match &mut self.writes_until_full {
            Some(0) => {
                self.writes_until_full = None;
                return (length / 2, full());
            }
            Some(left) => *left -= 1,
            None => {}
        }
        let missing = new.saturating_sub(self.room());
        if missing > 0 { (length - missing.min(length), full()) } else { (length, Ok(())) }
    }

    fn sync(&mut self) -> Result<()> {
        self.power()?;
        match &mut self.syncs_until_failure {
            None => Ok(()),
            Some(0) => Err(Error::other("the disk failed")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    fn used(&self) -> usize {
        self.names.values().map(|id| self.contents[*id].live.len()).sum()
    }

    fn room(&self) -> usize {
        self.capacity.map_or(usize::MAX, |capacity| capacity.saturating_sub(self.used()))
    }

    fn id(&self, path: &Path) -> Result<usize> {
        self.names.get(path).copied().ok_or(ErrorKind::NotFound.into())
    }

    fn rename_or(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.unsynced_names.push(change);
    }
}

impl Disk for SimDisk {
    fn create_folder(&self, _: &Path) -> Result<()> {
        Ok(())
    }

    fn list(&self, folder: &Path) -> Result<Vec<String>> {
        let in_folder = |path: &&PathBuf| path.parent() == Some(folder);
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        Ok(self.state().names.keys().filter(in_folder).map(name).collect())
    }

    fn create(&self, path: &Path) -> Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.power()?;
        state.contents.push(Content::default());
        let id = state.contents.len() - 1;
        state.rename_or(NameChange::Create(path.to_owned(), id));
        Ok(Arc::new(SimFile(self.clone(), id)))
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(SimFile(self.clone(), self.state().id(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let mut state = self.state();
        state.power()?;
        state.id(from)?;
        state.rename_or(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<()> {
        let mut state = self.state();
        state.power()?;
        state.id(path)?;
        state.rename_or(NameChange::Remove(path.to_owned()));
        Ok(())
    }

    fn sync_folder(&self, _: &Path) -> Result<()> {
        let mut state = self.state();
        state.sync()?;
        state.synced_names = state.names.clone();
        state.unsynced_names.clear();
        Ok(())
    }

    fn free_bytes(&self, _: &Path) -> Result<u64> {
        Ok(self.state().room() as u64)
    }
}

impl SimFile {
    fn with<T>(&self, run: impl FnOnce(&mut State, usize) -> Result<T>) -> Result<T> {
        run(&mut self.0.state(), self.1)
    }
}

impl DiskFile for SimFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> Result<()> {
        self.with(|state, id| {
            let offset = usize::try_from(offset).unwrap();
            let new = (offset + bytes.len()).saturating_sub(state.contents[id].live.len());
            let (taken, result) = state.take(bytes.len(), new);
            let content = &mut state.contents[id];
            let end = offset + taken;
            if taken > 0 && content.live.len() < end {
                content.live.resize(end, 0);
                content.unsynced.push(Change::Size(end));
            }
            if taken > 0 {
                content.live[offset..end].copy_from_slice(&bytes[..taken]);
                content.unsynced.push(Change::Write(offset, bytes[..taken].to_vec()));
            }
            result
        })
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> Result<()> {
        self.with(|state, id| {
            let offset = usize::try_from(offset).unwrap();
            let bytes =
                state.contents[id].live.get(offset..offset + into.len()).ok_or(ErrorKind::UnexpectedEof)?;
            into.copy_from_slice(bytes);
            Ok(())
        })
    }

    fn size_bytes(&self) -> Result<u64> {
        self.with(|state, id| Ok(state.contents[id].live.len() as u64))
    }

    fn set_size(&self, size_bytes: u64) -> Result<()> {
        self.with(|state, id| {
            state.power()?;
            let size = usize::try_from(size_bytes).unwrap();
            let content = &mut state.contents[id];
            content.live.resize(size, 0);
            content.unsynced.push(Change::Size(size));
            Ok(())
        })
    }

    fn allocate(&self, size_bytes: u64) -> Result<()> {
        self.with(|state, id| {
            state.power()?;
            let size = usize::try_from(size_bytes).unwrap();
            let missing = size.saturating_sub(state.contents[id].live.len());
            if missing > state.room() {
                return Err(ErrorKind::StorageFull.into());
            }
            let content = &mut state.contents[id];
            if missing > 0 {
                content.live.resize(size, 0);
                content.unsynced.push(Change::Size(size));
            }
            Ok(())
        })
    }

    fn sync(&self) -> Result<()> {
        self.0.wait_while_held();
        self.with(|state, id| {
            let synced = state.sync();
            let content = &mut state.contents[id];
            if synced.is_ok() {
                for change in std::mem::take(&mut content.unsynced) {
                    match change {
                        Change::Size(size) => content.synced.resize(size, 0),
                        Change::Write(at, bytes) => {
                            content.synced[at..at + bytes.len()].copy_from_slice(&bytes)
                        }
                    }
                }
            } else if state.power_until.is_none() {
                // The pages count as clean from now on.
                content.unsynced.retain(|change| matches!(change, Change::Size(_)));
            }
            synced
        })
    }
}
