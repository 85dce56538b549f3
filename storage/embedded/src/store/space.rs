//! One key space: a log, a tree behind it, one committer and one keeper.
//!
//! A commit is true when its record is synced in the log. The tree holds it in memory from then on; the keeper writes the
//! tree's memory to tables now and then, and removes the segments whose records are all in tables. Opening applies what
//! the log holds beyond the tables. The tree's marker, the log's bases and its last record must fit together: whatever
//! either of them lost is found at opening.

use hearthline_storage_api::StoreError;
use parking_lot::Mutex;
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
    thread::JoinHandle,
};

use super::{
    StoreConfig, batch,
    committer::Committer,
    group::Request,
    keeper::Keeper,
    tree::{Snapshot, Tree},
};
use crate::{
    disk::Disk,
    log::{Log, LogConfig, LogError, Segments, TornTail},
    queue::{Queue, Refused},
};

/// What the space and its threads share.
pub(super) struct Shared {
    pub config: StoreConfig,
    pub disk: Arc<dyn Disk>,
    pub folder: PathBuf,
    pub tree: Arc<Tree>,
    pub segments: Arc<Segments>,
    pub queue: Queue<Request>,
    /// Why nothing is answered any more.
    pub halted: OnceLock<StoreError>,
}

impl Shared {
    /// Stops everything; the first reason counts.
    pub fn halt(&self, why: StoreError) {
        tracing::error!(folder = %self.folder.display(), error = %why, "the store stopped");
        drop(self.halted.set(why));
        self.queue.close();
    }

    pub fn why_halted(&self) -> StoreError {
        self.halted
            .get()
            .cloned()
            .unwrap_or_else(|| StoreError::Unavailable("the committer ended early".to_owned()))
    }
}

/// One key space, open.
pub(super) struct Space {
    pub shared: Arc<Shared>,
    keeper: Arc<Keeper>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Space {
    pub fn open(
        name: &str,
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        config: StoreConfig,
        cache: &Arc<lsm_tree::Cache>,
    ) -> Result<Self, StoreError> {
        let tree = Arc::new(Tree::open(&folder.join("tree"), cache)?);
        let (log, last_label) = replay(&disk, &folder, &config, &tree)?;
        let shared = Arc::new(Shared {
            queue: Queue::new(config.queue_requests, config.queue_bytes),
            segments: log.segments(),
            config,
            disk,
            folder,
            tree,
            halted: OnceLock::new(),
        });
        let keeper = Arc::new(Keeper::new(last_label));
        let committer = Committer::new(Arc::clone(&shared), Arc::clone(&keeper), log, last_label);
        let commit = spawn(format!("{name}-committer"), move || committer.run());
        let run = |role: &str, run: fn(&Keeper, &Shared)| {
            let (shared, keeper) = (Arc::clone(&shared), Arc::clone(&keeper));
            spawn(format!("{name}-{role}"), move || run(&keeper, &shared))
        };
        let threads = vec![commit, run("flushes", Keeper::run_flushes), run("merges", Keeper::run_merges)];
        Ok(Self { shared, keeper, threads: Mutex::new(threads) })
    }

    /// The present moment, unless the space stopped.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        match self.shared.halted.get() {
            Some(why) => Err(why.clone()),
            None => Ok(self.shared.tree.snapshot()),
        }
    }

    /// Hands a request to the committer.
    pub fn send(&self, request: Request, size_bytes: usize) -> Result<(), StoreError> {
        if let Some(why) = self.shared.halted.get() {
            return Err(why.clone());
        }
        self.shared.queue.push(request, size_bytes).map_err(|refused| match refused {
            Refused::Full => StoreError::Unavailable("the queue in front of the disk is full".to_owned()),
            Refused::Closed => self.shared.why_halted(),
        })
    }

    /// Reads everything on disk and compares it with what was written.
    pub fn verify(&self) -> Result<(), StoreError> {
        self.shared.tree.verify()
    }

    /// Finishes what is queued and stops. Doing it again does nothing.
    pub fn close(&self) {
        drop(self.shared.halted.set(StoreError::Unavailable("the store is closed".to_owned())));
        self.shared.queue.close();
        for (at, thread) in self.threads.lock().drain(..).enumerate() {
            // The committer first: it may still wait for a table.
            if at == 1 {
                self.keeper.finish();
            }
            if thread.join().is_err() {
                tracing::error!("a thread of the store ended by a panic");
            }
        }
    }
}

/// Also when opening goes wrong further on: no thread of ours may outlive the lock on the folder.
impl Drop for Space {
    fn drop(&mut self) {
        self.close();
    }
}

/// Opens the log and applies what the tables don't hold. The label of the last record comes with it.
fn replay(
    disk: &Arc<dyn Disk>,
    folder: &std::path::Path,
    config: &StoreConfig,
    tree: &Arc<Tree>,
) -> Result<(Log, u64), StoreError> {
    let marker = tree.marker()?;
    let log_config = LogConfig {
        disk: Arc::clone(disk),
        folder: folder.join("log"),
        segment_bytes: config.segment_bytes,
        reserve_bytes: config.reserve_bytes,
        may_be_new: marker == 0,
    };
    let mut last_label = 0;
    let mut unreadable = None;
    let (log, torn) = Log::open(log_config, &marker.to_le_bytes(), &mut |found| {
        last_label = found.label;
        if found.label > marker {
            match batch::decode(found.payload) {
                Some(writes) => tree.apply([(found.label, writes)]),
                None => unreadable = unreadable.or(Some(found.place)),
            }
        }
    })
    .map_err(|error| store_error(&error))?;
    if let Some(TornTail { path, offset, size_bytes }) = torn {
        tracing::warn!(path = %path.display(), offset, size_bytes, "cut off a write that a crash left unfinished");
    }
    let segments = log.segments();
    if let Some(place) = unreadable {
        let path = segments.path(place.segment);
        return Err(StoreError::Corrupt(format!("{}, offset {}: not a batch", path.display(), place.offset)));
    }
    let last_label = check_fit(&log, marker, last_label)?;
    tree.skip_to(last_label);
    tree.publish();
    Ok((log, last_label))
}

/// The log must start where the tables end, or before, and must not end before them.
fn check_fit(log: &Log, marker: u64, last_label: u64) -> Result<u64, StoreError> {
    let segments = log.segments();
    let list = segments.list();
    let corrupt =
        |number, what: &str| Err(StoreError::Corrupt(format!("{}: {what}", segments.path(number).display())));
    if let Some(pair) = list.windows(2).find(|pair| pair[0].number + 1 != pair[1].number) {
        return corrupt(pair[0].number + 1, "the segment is missing");
    }
    let (first, last) = (list.first().expect("an open log has a segment"), list.last().expect("it has one"));
    if base_label(&first.base) > marker {
        return corrupt(first.number, "what was before this segment is neither in the log nor in the tables");
    }
    let last_label = last_label.max(base_label(&last.base));
    if last_label < marker {
        return corrupt(last.number, "the tables hold more than the log ever did: segments are missing");
    }
    Ok(last_label)
}

/// The label of the last record before a segment.
pub(super) fn base_label(base: &[u8]) -> u64 {
    base.try_into().map_or(0, u64::from_le_bytes)
}

fn spawn(name: String, run: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    std::thread::Builder::new().name(name).spawn(run).expect("the system starts a thread")
}

/// The log's words in the contract's.
pub(super) fn store_error(error: &LogError) -> StoreError {
    match error {
        LogError::Full(text) => StoreError::Full(text.clone()),
        LogError::Failed { .. } | LogError::Poisoned(_) => StoreError::Poisoned(error.in_full()),
        LogError::Corrupt { .. } => StoreError::Corrupt(error.in_full()),
    }
}
