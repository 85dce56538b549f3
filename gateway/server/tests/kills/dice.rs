//! Numbers by chance, from one seed that a failing test prints.

use std::{
    ops::RangeInclusive,
    time::{SystemTime, UNIX_EPOCH},
};

/// SplitMix64: enough for choosing what to do next.
#[derive(Clone, Debug)]
pub struct Dice {
    pub seed: u64,
    state: u64,
}

impl Dice {
    /// Of this moment.
    pub fn thrown() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::from_seed(u64::try_from(since.as_micros()).unwrap_or_default())
    }

    fn from_seed(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// Others, of which these say nothing more.
    pub fn another(&mut self) -> Self {
        Self::from_seed(self.next())
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of these.
    pub fn roll(&mut self, range: RangeInclusive<u64>) -> u64 {
        range.start() + self.next() % (range.end() - range.start() + 1)
    }

    /// True in so many of a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.roll(1..=100) <= percent
    }

    /// One of them, if there is one.
    pub fn choose<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let last = u64::try_from(from.len()).expect("a length").checked_sub(1)?;
        from.get(usize::try_from(self.roll(0..=last)).expect("an index"))
    }

    /// In another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.roll(0..=u64::try_from(at).expect("an index"));
            items.swap(at, usize::try_from(other).expect("an index"));
        }
    }
}
