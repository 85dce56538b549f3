//! Two threads: one moves the tree's memory to tables and removes log segments that the tables replaced, the other merges
//! tables. Writing tables never waits for merging.

use hearthline_storage_api::StoreError;
use parking_lot::{Condvar, Mutex};
use std::time::Duration;

use super::space::{Shared, base_label, store_error};

/// How long after a full disk it is tried again.
const PATIENCE: Duration = Duration::from_secs(1);

/// Merging replaces at most about this much at once, in bytes.
const LARGEST_MERGE: u64 = 512 << 20;

#[derive(Debug)]
struct State {
    /// The label up to which sealed memory holds everything.
    sealed: u64,
    to_flush: bool,
    to_merge: bool,
    finish: bool,
    /// Flushes that were tried.
    tried: u64,
    /// Why the last one did not happen.
    trouble: Option<StoreError>,
}

/// Shared by the committer, which seals, and the threads.
#[derive(Debug)]
pub(super) struct Keeper {
    state: Mutex<State>,
    changed: Condvar,
}

impl Keeper {
    pub const fn new(sealed: u64) -> Self {
        let state = State { sealed, to_flush: false, to_merge: true, finish: false, tried: 0, trouble: None };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Seals the tree's memory, which holds everything up to `label`. Only for the committer.
    pub fn seal(&self, shared: &Shared, label: u64) {
        let mut state = self.state.lock();
        shared.tree.seal(label);
        state.sealed = label;
        state.to_flush = true;
        drop(state);
        self.changed.notify_all();
    }

    /// Waits while too much memory is sealed. After a full disk a flush is tried now, and its reason answered if it fails.
    pub fn wait_for_room(&self, shared: &Shared, max_sealed: usize) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        let tried = state.tried;
        while shared.tree.sealed_count() >= max_sealed {
            if state.trouble.is_some() && state.tried == tried && shared.halted.get().is_none() {
                state.to_flush = true;
                self.changed.notify_all();
            } else if let Some(trouble) = &state.trouble {
                return Err(trouble.clone());
            }
            self.changed.wait(&mut state);
        }
        Ok(())
    }

    /// No more work; the threads end after what they are at.
    pub fn finish(&self) {
        self.state.lock().finish = true;
        self.changed.notify_all();
    }

    /// The thread that writes tables.
    pub fn run_flushes(&self, shared: &Shared) {
        let _ending = Ending { keeper: self, shared };
        while self.wait_for_flush() {
            let flushed = flush(self, shared);
            let goes_on = self.note(shared, flushed.as_ref().err());
            if !goes_on {
                return;
            }
        }
    }

    /// The thread that merges tables.
    pub fn run_merges(&self, shared: &Shared) {
        let _ending = Ending { keeper: self, shared };
        while self.wait_for_merge() {
            match merge(shared) {
                Ok(()) => {}
                // Merging is for speed; the next flush tries again.
                Err(StoreError::Full(text)) => tracing::warn!(text, "tables were not merged"),
                Err(error) => {
                    shared.halt(lasting(&error));
                    return;
                }
            }
        }
    }

    /// Waits for sealed memory, or for time after trouble. False: there will be no more work.
    fn wait_for_flush(&self) -> bool {
        let mut state = self.state.lock();
        while !state.to_flush && !state.finish {
            if state.trouble.is_none() {
                self.changed.wait(&mut state);
            } else if self.changed.wait_for(&mut state, PATIENCE).timed_out() {
                state.to_flush = true;
            }
        }
        state.to_flush = false;
        !state.finish
    }

    fn wait_for_merge(&self) -> bool {
        let mut state = self.state.lock();
        while !state.to_merge && !state.finish {
            self.changed.wait(&mut state);
        }
        state.to_merge = false;
        !state.finish
    }

    /// Tells those who wait how a flush went. False: the store stopped.
    fn note(&self, shared: &Shared, trouble: Option<&StoreError>) -> bool {
        let lasts = trouble.is_some_and(|trouble| !matches!(trouble, StoreError::Full(_)));
        if let Some(trouble) = trouble {
            tracing::warn!(folder = %shared.folder.display(), error = %trouble, "tables were not written");
            if lasts {
                shared.halt(lasting(trouble));
            }
        }
        let mut state = self.state.lock();
        state.trouble = trouble.cloned();
        state.tried += 1;
        state.to_merge = trouble.is_none();
        drop(state);
        self.changed.notify_all();
        !lasts
    }
}

/// A thread that ends by a panic stops the store instead of leaving it to wait for tables for ever.
struct Ending<'a> {
    keeper: &'a Keeper,
    shared: &'a Shared,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let why = StoreError::Poisoned("a thread that keeps tables panicked".to_owned());
            self.shared.halt(why.clone());
            self.keeper.state.lock().trouble = Some(why);
            self.keeper.changed.notify_all();
        }
    }
}

/// What the store stops with.
fn lasting(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(text) | StoreError::Full(text) => StoreError::Poisoned(text.clone()),
        StoreError::Poisoned(_) | StoreError::Corrupt(_) | StoreError::Misuse(_) => error.clone(),
    }
}

fn flush(keeper: &Keeper, shared: &Shared) -> Result<(), StoreError> {
    // Looked up before the flush, which takes at least everything sealed by now.
    let sealed = keeper.state.lock().sealed;
    // A table that is cut short by a full disk would keep its room until the next opening: don't begin one.
    let (needed, free) = (shared.tree.sealed_bytes(), free_bytes(shared)?);
    if free < needed {
        return Err(StoreError::Full(format!(
            "{free} bytes are free, a table of up to {needed} waits to be written"
        )));
    }
    shared.tree.flush()?;
    trim(shared, sealed)
}

fn merge(shared: &Shared) -> Result<(), StoreError> {
    let needed = shared.tree.disk_bytes().min(LARGEST_MERGE) + shared.config.reserve_bytes;
    let free = free_bytes(shared)?;
    if free < needed {
        return Err(StoreError::Full(format!(
            "{free} bytes are free, merging may need {needed} for a while"
        )));
    }
    shared.tree.compact()
}

fn free_bytes(shared: &Shared) -> Result<u64, StoreError> {
    let asked = shared.disk.free_bytes(&shared.folder);
    asked.map_err(|error| {
        StoreError::Unavailable(format!("asking for room in {}: {error}", shared.folder.display()))
    })
}

/// Removes segments whose records the tables hold: those before one that starts at or before that point.
fn trim(shared: &Shared, held: u64) -> Result<(), StoreError> {
    let list = shared.segments.list();
    let mut removed = false;
    for pair in list.windows(2) {
        if base_label(&pair[1].base) > held {
            break;
        }
        shared.segments.remove(pair[0].number).map_err(|error| store_error(&error))?;
        removed = true;
    }
    if removed { shared.segments.sync_removals().map_err(|error| store_error(&error)) } else { Ok(()) }
}
