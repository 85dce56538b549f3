//! Digests for comparing two runs. Not for security, and not stored.

use hearthline_storage_api::{KeyRange, Write};

/// A digest that takes in values one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    pub const START: Self = Self(0x6865_6172_7468_6c69);

    pub const fn number(self, number: u64) -> Self {
        // SplitMix64's finalizer (Steele, Lea, Flood 2014) spreads every bit over all.
        let mut z = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(z ^ (z >> 31))
    }

    /// Bytes, behind their length: eight at a time.
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let (words, tail) = bytes.as_chunks::<8>();
        let mut last = [0; 8];
        last[..tail.len()].copy_from_slice(tail);
        let start = self.number(bytes.len() as u64);
        let whole = words.iter().fold(start, |digest, word| digest.number(u64::from_le_bytes(*word)));
        whole.number(u64::from_le_bytes(last))
    }

    pub fn range(self, range: &KeyRange) -> Self {
        let ends = self.bytes(&range.from).bytes(range.to.as_deref().unwrap_or_default());
        ends.number(u64::from(range.to.is_some())).number(range.limit as u64)
    }

    pub fn writes(self, writes: &[Write]) -> Self {
        writes.iter().fold(self.number(writes.len() as u64), |digest, write| match write {
            Write::Put { key, value } => digest.number(1).bytes(key).bytes(value),
            Write::Delete { key } => digest.number(2).bytes(key),
        })
    }

    pub const fn value(self) -> u64 {
        self.0
    }
}
