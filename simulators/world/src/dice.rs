//! The world's own randomness. Apart from the node's, so that a change of how many random bytes the node draws leaves the
//! plan as it was.

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and good enough for choosing.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Another stream for every purpose of a seed.
    pub(crate) const fn new(seed: u64, purpose: u64) -> Self {
        Self(mix(seed ^ mix(purpose)))
    }
    pub(crate) const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }
    /// 0 to `end - 1`; 0 for an empty range.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = (end as u64).max(1);
        usize::try_from(self.roll() % end).unwrap_or(0)
    }
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.roll() % (to - from + 1)
    }
    /// True so often in a thousand.
    pub(crate) const fn chance(&mut self, permille: u16) -> bool {
        self.roll() % 1_000 < permille as u64
    }
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }
    /// Sixteen bytes for an id.
    pub(crate) fn uuid(&mut self) -> uuid::Uuid {
        uuid::Uuid::from_u64_pair(self.roll(), self.roll())
    }
}

const fn mix(input: u64) -> u64 {
    let z = (input ^ (input >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
