//! The thread that moves the tree's memory to tables, merges tables, and removes log segments that the tables replaced.

use hearthline_storage_api::StoreError;
use parking_lot::{Condvar, Mutex};
use std::time::Duration;

use super::space::{Shared, base_label, store_error};

/// How long after a full disk it is tried again.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
struct State {
    /// The label up to which sealed memory holds everything.
    sealed: u64,
    work: bool,
    finish: bool,
    /// Why the last flush did not happen.
    trouble: Option<StoreError>,
}

/// Shared by the committer, which seals, and the thread, which flushes.
#[derive(Debug)]
pub(super) struct Keeper {
    state: Mutex<State>,
    changed: Condvar,
}

impl Keeper {
    pub const fn new(sealed: u64) -> Self {
        let state = State { sealed, work: true, finish: false, trouble: None };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Seals the tree's memory, which holds everything up to `label`. Only for the committer.
    pub fn seal(&self, shared: &Shared, label: u64) {
        let mut state = self.state.lock();
        shared.tree.seal(label);
        state.sealed = label;
        state.work = true;
        drop(state);
        self.changed.notify_all();
    }

    /// Waits while too much memory is sealed. A flush that can't happen is answered with its reason.
    pub fn wait_for_room(&self, shared: &Shared, max_sealed: usize) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        while shared.tree.sealed_count() >= max_sealed {
            if let Some(trouble) = &state.trouble {
                return Err(trouble.clone());
            }
            self.changed.wait(&mut state);
        }
        Ok(())
    }

    /// No more work; ends after what it is at.
    pub fn finish(&self) {
        self.state.lock().finish = true;
        self.changed.notify_all();
    }

    pub fn run(&self, shared: &Shared) {
        while self.wait() {
            let trouble = keep(self, shared).err();
            if let Some(trouble) = &trouble {
                tracing::warn!(folder = %shared.folder.display(), error = %trouble, "tables were not written");
            }
            let stops = match &trouble {
                None | Some(StoreError::Full(_)) => None,
                Some(StoreError::Unavailable(text)) => Some(StoreError::Poisoned(text.clone())),
                Some(other) => Some(other.clone()),
            };
            self.state.lock().trouble = trouble;
            self.changed.notify_all();
            if let Some(why) = stops {
                shared.halt(why);
                return;
            }
        }
    }

    /// Waits for work. False: there will be none.
    fn wait(&self) -> bool {
        let mut state = self.state.lock();
        while !state.work && !state.finish {
            if state.trouble.is_some() {
                state.work = self.changed.wait_for(&mut state, PATIENCE).timed_out();
            } else {
                self.changed.wait(&mut state);
            }
        }
        let goes_on = !state.finish;
        state.work = false;
        goes_on
    }

    fn sealed(&self) -> u64 {
        self.state.lock().sealed
    }
}

/// Flush, then trim, then compact.
fn keep(keeper: &Keeper, shared: &Shared) -> Result<(), StoreError> {
    if shared.tree.sealed_count() > 0 {
        // Looked up before the flush, which takes at least everything sealed by now.
        let sealed = keeper.sealed();
        shared.tree.flush()?;
        trim(shared, sealed)?;
        keeper.changed.notify_all();
    }
    // Merging needs room for what it replaces. Without it, what is free belongs to the log.
    let free = shared.disk.free_bytes(&shared.folder).unwrap_or(0);
    if free > shared.config.reserve_bytes { shared.tree.compact() } else { Ok(()) }
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
