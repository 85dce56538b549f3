//! The thread that makes acknowledgements durable, a little late, and removes segments that nobody needs.

use parking_lot::{Condvar, Mutex};

use super::{Shared, acked::AckFile};
use crate::log::LogError;

#[derive(Debug, Default)]
struct Wishes {
    hurry: bool,
    finish: bool,
}

/// Wakes the thread.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    wishes: Mutex<Wishes>,
    changed: Condvar,
}

impl Keeper {
    /// Many acknowledgements wait: don't let the interval pass.
    pub fn hurry(&self) {
        self.wishes.lock().hurry = true;
        self.changed.notify_one();
    }

    /// Save once more and end.
    pub fn finish(&self) {
        self.wishes.lock().finish = true;
        self.changed.notify_one();
    }

    pub fn run(&self, shared: &Shared) {
        loop {
            let finishing = self.wait(shared);
            if let Err(error) = save(shared) {
                tracing::warn!(error = error.in_full(), "acknowledgements are not durable yet");
            }
            if finishing {
                return;
            }
        }
    }

    /// Waits for the interval, or for a wish. True: it is the last time.
    fn wait(&self, shared: &Shared) -> bool {
        let mut wishes = self.wishes.lock();
        if !wishes.hurry && !wishes.finish {
            self.changed.wait_for(&mut wishes, shared.config.ack_interval);
        }
        wishes.hurry = false;
        wishes.finish
    }
}

/// Writes the file if anything changed, then removes what the file no longer lists. In this order: a segment may go only
/// after it is durable that all of its entries are acknowledged.
fn save(shared: &Shared) -> Result<(), LogError> {
    let count = shared.pending.take_unsaved();
    let (idle, needed) = split_segments(shared);
    if count == 0 && idle.is_empty() {
        return Ok(());
    }
    let file = AckFile { groups: shared.pending.acked(), segments: needed };
    file.write(&*shared.disk, &shared.folder).inspect_err(|_| shared.pending.still_unsaved(count))?;
    for number in &idle {
        shared.segments.remove(*number)?;
        shared.pending.forget(*number);
    }
    if idle.is_empty() { Ok(()) } else { shared.segments.sync_removals() }
}

/// Segments that can go, and those that stay. The one being written stays, and is looked up first: while it is, the writer
/// may finish it and start another, which then stays too.
fn split_segments(shared: &Shared) -> (Vec<u64>, Vec<u64>) {
    let active = shared.segments.active();
    shared
        .segments
        .list()
        .into_iter()
        .map(|segment| segment.number)
        .partition(|number| *number < active && !shared.pending.is_live(*number))
}
