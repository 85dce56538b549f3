//! Partitions with a commit whose answer was lost. Their next read is a serial one, which finishes or discards the undecided
//! round, so that what it answers stays true.

use hearthline_storage_api::Partition;
use parking_lot::Mutex;
use std::collections::HashSet;

/// More than can be under way at once. Beyond it, everything counts as undecided, which is slow and right.
const LIMIT: usize = 65_536;

#[derive(Default)]
pub(crate) struct Undecided(Mutex<Held>);

#[derive(Default)]
struct Held {
    partitions: HashSet<Partition>,
    overflowed: bool,
}

impl Undecided {
    /// A commit to it may or may not become true.
    pub fn note(&self, partition: &Partition) {
        let mut held = self.0.lock();
        if held.partitions.len() < LIMIT {
            held.partitions.insert(partition.clone());
        } else {
            held.overflowed = true;
        }
    }

    /// Whether the next read must be a serial one.
    pub fn holds(&self, partition: &Partition) -> bool {
        let held = self.0.lock();
        held.overflowed || held.partitions.contains(partition)
    }

    /// It was read at serial consistency.
    pub fn settle(&self, partition: &Partition) {
        self.0.lock().partitions.remove(partition);
    }
}
