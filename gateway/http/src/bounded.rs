//! A map of bounded size that forgets what was not asked for in a while.
//!
//! Two generations: new entries go to the young one; when it is full, it becomes the old one, and what was old is gone.
//! Reading an old entry makes it young again. Nothing is swept, and a hit among the young takes a read lock only.

use parking_lot::RwLock;
use std::{collections::HashMap, hash::Hash};

/// The map.
pub(crate) struct Bounded<K, V> {
    generations: RwLock<Generations<K, V>>,
    /// Of each generation.
    capacity: usize,
}

struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash + Clone, V: Clone> Bounded<K, V> {
    /// Holds the latest `capacity` entries at least, twice as many at most.
    pub(crate) fn new(capacity: usize) -> Self {
        let generations = RwLock::new(Generations { young: HashMap::new(), old: HashMap::new() });
        Self { generations, capacity: capacity.max(1) }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        {
            let generations = self.generations.read();
            if let Some(value) = generations.young.get(key) {
                return Some(value.clone());
            }
            if !generations.old.contains_key(key) {
                return None;
            }
        }
        let mut generations = self.generations.write();
        let value = generations.old.remove(key)?;
        self.put(&mut generations, key.clone(), value.clone());
        Some(value)
    }

    pub(crate) fn insert(&self, key: K, value: V) {
        let mut generations = self.generations.write();
        generations.old.remove(&key);
        self.put(&mut generations, key, value);
    }

    pub(crate) fn remove(&self, key: &K) -> Option<V> {
        let mut generations = self.generations.write();
        let old = generations.old.remove(key);
        generations.young.remove(key).or(old)
    }

    fn put(&self, generations: &mut Generations<K, V>, key: K, value: V) {
        if generations.young.len() >= self.capacity && !generations.young.contains_key(&key) {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_stays_and_what_is_not_goes() {
        let map = Bounded::new(4);
        map.insert(0, "kept");
        for key in 1..100 {
            map.insert(key, "passing");
            assert_eq!(map.get(&0), Some("kept"));
        }
        assert_eq!(map.get(&1), None);
        let generations = map.generations.read();
        assert!(generations.young.len() + generations.old.len() <= 8);
    }

    #[test]
    fn a_removed_entry_is_gone_from_both_generations() {
        let map = Bounded::new(2);
        for key in 0..3 {
            map.insert(key, key);
        }
        for key in 0..3 {
            assert_eq!(map.remove(&key), Some(key));
            assert_eq!(map.get(&key), None);
        }
    }
}
