//! The tables on disk: an LSM tree (the one inside fjall) without a journal of its own. Our log stands in front of it.
//!
//! What it promises: snapshots (everything read under one is of one moment), and that a table, block or list of tables
//! that is not as it was written is found when it is opened or read, and named. Nothing is written to disk but by
//! [`Tree::flush`] and [`Tree::compact`], which make whole new files, sync them, and only then replace the list of tables.

use bytes::Bytes;
use hearthline_storage_api::StoreError;
use lsm_tree::{
    AbstractTree as _, AnyTree, Guard as _, InternalValue, SeqNo, SequenceNumberCounter, ValueType,
    compaction::Leveled,
};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{batch::RowWrite, keys::MARKER};
use crate::disk::{Disk as _, RealDisk, means_full};

/// How many compactions one call runs at most, so that a flush never waits long.
const COMPACTIONS_AT_ONCE: usize = 8;

/// The tree of one key space.
pub(super) struct Tree {
    tree: AnyTree,
    folder: PathBuf,
    counter: SequenceNumberCounter,
    /// Everything below is visible to new snapshots.
    visible: AtomicU64,
    /// Open snapshots, counted.
    snapshots: Mutex<BTreeMap<SeqNo, usize>>,
    strategy: Arc<Leveled>,
    makers: Makers,
}

/// Tells whether somebody who made tables was the only one: then all new files are theirs.
#[derive(Debug, Default)]
struct Makers {
    started: AtomicU64,
    running: AtomicU64,
}

impl Makers {
    fn run<T>(&self, make: impl FnOnce() -> T) -> (T, bool) {
        let first = self.running.fetch_add(1, Ordering::AcqRel) == 0;
        let mine = self.started.fetch_add(1, Ordering::AcqRel) + 1;
        let made = make();
        let alone = first && self.started.load(Ordering::Acquire) == mine;
        self.running.fetch_sub(1, Ordering::AcqRel);
        (made, alone)
    }
}

/// A moment of the tree. What it shows is kept until it is dropped.
pub(super) struct Snapshot {
    tree: Arc<Tree>,
    at: SeqNo,
}

impl Tree {
    /// Opens the folder, or makes it.
    pub fn open(folder: &Path, cache: &Arc<lsm_tree::Cache>) -> Result<Self, StoreError> {
        RealDisk
            .create_folder(folder)
            .map_err(|error| StoreError::Unavailable(format!("making {}: {error}", folder.display())))?;
        check_list_of_tables(folder)?;
        let counter = SequenceNumberCounter::new(1);
        let tree = lsm_tree::Config::new(folder, counter.clone(), SequenceNumberCounter::default())
            .use_cache(Arc::clone(cache))
            .open()
            .map_err(|error| opening_error(folder, &error))?;
        counter.fetch_max(tree.get_highest_seqno().unwrap_or(0) + 1);
        Ok(Self {
            tree,
            folder: folder.to_owned(),
            visible: AtomicU64::new(counter.get()),
            counter,
            snapshots: Mutex::default(),
            strategy: Arc::new(Leveled::default()),
            makers: Makers::default(),
        })
    }

    /// A number above all before it, for the next writes.
    pub fn next_number(&self) -> SeqNo {
        self.counter.next()
    }

    /// Goes on above a number that was used before.
    pub fn skip_to(&self, number: SeqNo) {
        self.counter.fetch_max(number + 1);
    }

    /// Puts writes into memory, each under its number, not yet visible. Applying them again changes nothing.
    pub fn apply(&self, records: impl IntoIterator<Item = (SeqNo, Vec<RowWrite>)>) {
        // Looked up once: only [`Tree::seal`] replaces it, which is called by the one who applies.
        let memory = self.tree.active_memtable();
        for (number, writes) in records {
            for (key, value) in writes {
                memory.insert(match value {
                    Some(value) => InternalValue::from_components(key, value, number, ValueType::Value),
                    None => InternalValue::new_tombstone(key, number),
                });
            }
        }
    }

    /// Shows everything that was applied. Only for the one who applies, with nothing half-applied.
    pub fn publish(&self) {
        self.visible.store(self.counter.get(), Ordering::Release);
    }

    /// The present moment.
    pub fn snapshot(self: &Arc<Self>) -> Snapshot {
        let mut snapshots = self.snapshots.lock();
        let at = self.visible.load(Ordering::Acquire);
        *snapshots.entry(at).or_default() += 1;
        Snapshot { tree: Arc::clone(self), at }
    }

    /// Bytes in the memory table that takes writes.
    pub fn memory_bytes(&self) -> u64 {
        self.tree.active_memtable().size()
    }

    /// Memory tables that wait for [`Tree::flush`].
    pub fn sealed_count(&self) -> usize {
        self.tree.sealed_memtable_count()
    }

    /// Bytes of the memory tables that wait, about as much as their table will have.
    pub fn sealed_bytes(&self) -> u64 {
        self.tree.version_memtable_size_sum().saturating_sub(self.memory_bytes())
    }

    /// Seals the memory table, noting inside it that it completes everything up to `label`. Only for the one who applies.
    pub fn seal(&self, label: u64) {
        let marker = (Bytes::from_static(MARKER), Some(label.to_be_bytes().to_vec().into()));
        self.apply([(self.next_number(), vec![marker])]);
        self.publish();
        self.tree.rotate_memtable();
    }

    /// Up to which label the tables hold everything.
    pub fn marker(self: &Arc<Self>) -> Result<u64, StoreError> {
        let Some(value) = self.snapshot().get(MARKER)? else { return Ok(0) };
        let bytes =
            value.as_ref().try_into().map_err(|_| self.corrupt("the marker has another length than ours"))?;
        Ok(u64::from_be_bytes(bytes))
    }

    /// Bytes of all tables on disk.
    pub fn disk_bytes(&self) -> u64 {
        self.tree.disk_space()
    }

    /// Writes sealed memory tables to disk; they are synced and listed when it returns.
    ///
    /// # Errors
    /// [`StoreError::Full`]: nothing changed, and it can be tried again. Any other one: the store has to stop.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.make_tables(|| {
            let lock = self.tree.get_flush_lock();
            self.tree.flush(&lock, self.oldest_needed()).map(drop)
        })
    }

    /// Merges tables as far as it is worth it.
    ///
    /// # Errors
    /// As [`Tree::flush`].
    pub fn compact(&self) -> Result<(), StoreError> {
        self.make_tables(|| {
            for _ in 0..COMPACTIONS_AT_ONCE {
                let before = self.shape();
                let strategy = Arc::clone(&self.strategy);
                self.tree.compact(strategy, self.oldest_needed())?;
                if self.shape() == before {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Runs what makes tables. If that fails for want of room, what it left behind is removed.
    fn make_tables(&self, make: impl FnOnce() -> lsm_tree::Result<()>) -> Result<(), StoreError> {
        let first = self.tree.next_table_id();
        let made = self.makers.run(make);
        let (Err(error), alone) = made else { return Ok(()) };
        let error = self.error(&error);
        if !matches!(error, StoreError::Full(_)) {
            return Err(error);
        }
        if !self.list_on_disk_is_ours() {
            // The next change would write over a list that the disk already relies on.
            return Err(StoreError::Poisoned(format!("{error}, while the list of tables was replaced")));
        }
        if alone {
            for id in first..self.tree.next_table_id() {
                // It may not have been begun.
                drop(std::fs::remove_file(self.folder.join("tables").join(id.to_string())));
            }
        }
        Err(error)
    }

    fn list_on_disk_is_ours(&self) -> bool {
        let current = std::fs::read(self.folder.join("current")).unwrap_or_default();
        current.first_chunk().is_some_and(|id| u64::from_le_bytes(*id) == self.tree.current_version().id())
    }

    /// What tells whether a compaction did something.
    fn shape(&self) -> (u64, Vec<Option<usize>>) {
        (self.tree.disk_space(), (0..7).map(|level| self.tree.level_table_count(level)).collect())
    }

    /// Below this number, only the latest of each row is needed.
    fn oldest_needed(&self) -> SeqNo {
        let snapshots = self.snapshots.lock();
        let visible = self.visible.load(Ordering::Acquire);
        snapshots.first_key_value().map_or(visible, |(oldest, _)| (*oldest).min(visible))
    }

    /// Reads every table in full and compares it with what was written.
    pub fn verify(&self) -> Result<(), StoreError> {
        check_list_of_tables(&self.folder)?;
        match self.damaged_table() {
            Some(path) => Err(StoreError::Corrupt(format!("{}: the table is damaged", path.display()))),
            None => Ok(()),
        }
    }

    fn damaged_table(&self) -> Option<PathBuf> {
        let version = self.tree.current_version();
        let tables: Vec<_> = version.iter_tables().map(|table| (table.id(), table.checksum())).collect();
        tables.into_iter().find_map(|(id, checksum)| {
            let path = self.folder.join("tables").join(id.to_string());
            let is_whole = checksum_of(&path).is_ok_and(|found| found == checksum.into_u128());
            (!is_whole).then_some(path)
        })
    }

    fn corrupt(&self, what: &str) -> StoreError {
        StoreError::Corrupt(format!("{}: {what}", self.folder.display()))
    }

    /// The library's error in the contract's words; damage is looked for, so that the file can be named.
    fn error(&self, error: &lsm_tree::Error) -> StoreError {
        if let lsm_tree::Error::Io(source) = error
            && source.kind() != io::ErrorKind::UnexpectedEof
        {
            let text = format!("{}: {source}", self.folder.display());
            return if means_full(source) { StoreError::Full(text) } else { StoreError::Unavailable(text) };
        }
        match self.damaged_table() {
            Some(path) => StoreError::Corrupt(format!("{}: the table is damaged", path.display())),
            None => self.corrupt(&error.to_string()),
        }
    }
}

impl Snapshot {
    pub fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let found = self.tree.tree.get(key, self.at).map_err(|error| self.tree.error(&error))?;
        Ok(found.map(Bytes::from))
    }

    /// Keys and values from `from`, included, to `to`, excluded, in order.
    pub fn rows(
        &self,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = Result<(Bytes, Bytes), StoreError>> + '_ {
        self.tree.tree.range(from..to, self.at, None).map(|row| {
            let (key, value) = row.into_inner().map_err(|error| self.tree.error(&error))?;
            Ok((Bytes::from(key), Bytes::from(value)))
        })
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        let mut snapshots = self.tree.snapshots.lock();
        if let Some(count) = snapshots.get_mut(&self.at) {
            *count -= 1;
            if *count == 0 {
                snapshots.remove(&self.at);
            }
        }
    }
}

/// The library reads its list of tables without looking at the checksum that it wrote: this looks.
fn check_list_of_tables(folder: &Path) -> Result<(), StoreError> {
    let current = folder.join("current");
    let bytes = match std::fs::read(&current) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let has_tables =
                std::fs::read_dir(folder.join("tables")).is_ok_and(|mut tables| tables.next().is_some());
            let missing =
                || StoreError::Corrupt(format!("{}: the list of tables is missing", current.display()));
            return if has_tables { Err(missing()) } else { Ok(()) };
        }
        Err(error) => return Err(StoreError::Unavailable(format!("reading {}: {error}", current.display()))),
    };
    let damaged =
        |path: &Path| StoreError::Corrupt(format!("{}: the list of tables is damaged", path.display()));
    let (id, rest) = bytes.split_first_chunk::<8>().ok_or_else(|| damaged(&current))?;
    let (checksum, kind) = rest.split_first_chunk::<16>().ok_or_else(|| damaged(&current))?;
    let list = folder.join(format!("v{}", u64::from_le_bytes(*id)));
    if *kind != [0] || !list.exists() {
        return Err(damaged(&current));
    }
    let found = checksum_of(&list)
        .map_err(|error| StoreError::Unavailable(format!("reading {}: {error}", list.display())))?;
    if found == u128::from_le_bytes(*checksum) {
        return Ok(());
    }
    let (current, list) = (current.display(), list.display());
    Err(StoreError::Corrupt(format!(
        "{list}: the list of tables is damaged, or its checksum in {current} is"
    )))
}

fn checksum_of(path: &Path) -> io::Result<u128> {
    let mut file = File::open(path)?;
    let mut hasher = xxhash_rust::xxh3::Xxh3Default::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.digest128()),
            read => hasher.update(&buffer[..read]),
        }
    }
}

fn opening_error(folder: &Path, error: &lsm_tree::Error) -> StoreError {
    match error {
        lsm_tree::Error::Io(source) if means_full(source) => {
            StoreError::Full(format!("{}: {source}", folder.display()))
        }
        lsm_tree::Error::Io(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
            StoreError::Unavailable(format!("opening {}: {source}", folder.display()))
        }
        other => match unreadable_table(folder) {
            Some(path) => StoreError::Corrupt(format!("{}: the table is damaged", path.display())),
            None => {
                StoreError::Corrupt(format!("{}: a table is missing, or damaged: {other}", folder.display()))
            }
        },
    }
}

/// The table that can't be opened, so that it can be named: the library names none.
fn unreadable_table(folder: &Path) -> Option<PathBuf> {
    let cache = Arc::new(lsm_tree::Cache::with_capacity_bytes(0));
    let tables = std::fs::read_dir(folder.join("tables")).ok()?;
    tables.filter_map(|entry| Some(entry.ok()?.path())).find(|path| {
        let no_checksum = lsm_tree::Checksum::from_raw(0);
        lsm_tree::Table::recover(path.clone(), no_checksum, 0, 0, Arc::clone(&cache), None, true, true)
            .is_err()
    })
}
