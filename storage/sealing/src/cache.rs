//! Keys that are hot, bounded in number.

use std::{collections::HashMap, sync::Arc};

use crate::{name::Name, sealing_key::SealingKey};

/// A cache with a second chance (the clock algorithm): a key that was used since the hand last passed stays one round
/// longer. Costs one bit a use, where exact order of use would cost a list.
pub struct Cache {
    capacity: usize,
    /// Where in the ring a key stands.
    places: HashMap<Name, usize>,
    ring: Vec<Entry>,
    hand: usize,
}

struct Entry {
    name: Name,
    key: Arc<SealingKey>,
    used: bool,
}

impl Cache {
    /// For at most `capacity` keys, at least one.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), places: HashMap::new(), ring: Vec::new(), hand: 0 }
    }

    pub fn get(&mut self, name: Name) -> Option<Arc<SealingKey>> {
        let entry = &mut self.ring[*self.places.get(&name)?];
        entry.used = true;
        Some(Arc::clone(&entry.key))
    }

    pub fn insert(&mut self, name: Name, key: Arc<SealingKey>) {
        self.remove(name);
        let entry = Entry { name, key, used: false };
        if self.ring.len() < self.capacity {
            self.places.insert(name, self.ring.len());
            self.ring.push(entry);
            return;
        }
        let place = self.next_unused();
        self.places.remove(&self.ring[place].name);
        self.places.insert(name, place);
        self.ring[place] = entry;
    }

    pub fn remove(&mut self, name: Name) {
        let Some(place) = self.places.remove(&name) else { return };
        self.ring.swap_remove(place);
        if let Some(moved) = self.ring.get(place) {
            self.places.insert(moved.name, place);
        }
    }

    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Moves the hand past used keys, which then count as unused, to the first one that was not used. Ends within two
    /// rounds.
    fn next_unused(&mut self) -> usize {
        loop {
            let place = self.hand % self.ring.len();
            self.hand = place + 1;
            if !std::mem::take(&mut self.ring[place].used) {
                return place;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearthline_engine::ids::TenantId;
    use hearthline_storage_memory::SeededRandom;
    use zeroize::Zeroizing;

    fn name(day: u32) -> Name {
        Name::Ingest(TenantId::from_bytes([7; 16]), day)
    }

    fn key() -> Arc<SealingKey> {
        let root = Zeroizing::new([7; 32]);
        Arc::new(SealingKey::derive(&root, "test", Arc::new(SeededRandom::new(7))))
    }

    #[test]
    fn a_key_that_was_used_outlives_those_that_were_not() {
        let mut cache = Cache::new(3);
        (0..3).for_each(|day| cache.insert(name(day), key()));
        assert!(cache.get(name(0)).is_some());
        (3..5).for_each(|day| cache.insert(name(day), key()));
        let kept: Vec<u32> = (0..5).filter(|day| cache.places.contains_key(&name(*day))).collect();
        assert_eq!(kept, [0, 3, 4]);
    }

    #[test]
    fn a_full_cache_in_which_every_key_was_used_still_takes_another() {
        let mut cache = Cache::new(2);
        (0..2).for_each(|day| cache.insert(name(day), key()));
        (0..2).for_each(|day| assert!(cache.get(name(day)).is_some()));
        cache.insert(name(2), key());
        assert_eq!(cache.len(), 2);
        assert!(cache.get(name(2)).is_some());
    }

    #[test]
    fn removing_a_key_leaves_the_others_where_they_are_found() {
        let mut cache = Cache::new(4);
        (0..4).for_each(|day| cache.insert(name(day), key()));
        cache.remove(name(1));
        cache.remove(name(1));
        assert!(cache.get(name(1)).is_none());
        assert!([0, 2, 3].into_iter().all(|day| cache.get(name(day)).is_some()));
        cache.insert(name(2), key());
        assert_eq!(cache.len(), 3);
    }
}
