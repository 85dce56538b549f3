//! One at a time for each key, without a lock for every key that ever was.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Weak},
};

/// Locks by key; those that nobody holds or waits for are forgotten.
pub(crate) struct Turns<K>(Mutex<HashMap<K, Weak<tokio::sync::Mutex<()>>>>);

/// How many locks stand before the idle ones are looked for.
const SWEEP_AT: usize = 1_024;

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Turns<K> {
    /// Waits for the key's turn, which lasts as long as the guard.
    pub(crate) async fn turn(&self, key: K) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = self.lock_of(key);
        lock.lock_owned().await
    }

    fn lock_of(&self, key: K) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock();
        if let Some(lock) = locks.get(&key).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() >= SWEEP_AT {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::new(tokio::sync::Mutex::new(()));
        locks.insert(key, Arc::downgrade(&lock));
        lock
    }
}
