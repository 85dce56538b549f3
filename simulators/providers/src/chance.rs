//! What goes wrong by chance, and the dice by which it does: the same seed, the same strikes.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use serde::{Deserialize, Serialize};

/// When something strikes: the next so many times, and after that by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Strikes that are certain; counted down.
    pub next: u32,
    /// How many of a thousand, by the simulator's seed.
    pub per_mille: u16,
}

impl Fault {
    /// The next time, and never again.
    #[must_use]
    pub const fn once() -> Self {
        Self { next: 1, per_mille: 0 }
    }

    /// Every time.
    #[must_use]
    pub const fn always() -> Self {
        Self { next: 0, per_mille: 1000 }
    }

    /// So many of a thousand.
    #[must_use]
    pub const fn per_mille(per_mille: u16) -> Self {
        Self { next: 0, per_mille }
    }

    pub(crate) fn strikes(&mut self, dice: &mut Dice) -> bool {
        if self.next > 0 {
            self.next -= 1;
            return true;
        }
        self.per_mille > 0 && dice.below(1000) < u64::from(self.per_mille)
    }
}

/// What happens to the answer of a message that was taken.
pub(crate) enum Answer {
    Whole,
    Lost,
    Failed,
    Garbled,
}

impl Answer {
    /// The first of these faults that strikes.
    pub(crate) fn by(dice: &mut Dice, lost: &mut Fault, failed: &mut Fault, garbled: &mut Fault) -> Self {
        if lost.strikes(dice) {
            Self::Lost
        } else if failed.strikes(dice) {
            Self::Failed
        } else if garbled.strikes(dice) {
            Self::Garbled
        } else {
            Self::Whole
        }
    }

    /// Whether the sender will know.
    pub(crate) const fn tells(&self) -> bool {
        matches!(self, Self::Whole)
    }
}

/// Chance and ids, by seed.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From 0 to `bound - 1`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound
    }

    /// `SM` and 32 hexadecimal digits.
    pub(crate) fn sid(&mut self, prefix: &str) -> String {
        let [high, low] = [self.0.next_u64(), self.0.next_u64()];
        format!("{prefix}{high:016x}{low:016x}")
    }

    /// A token that stays the same over the attempts of one webhook: a random UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let [high, low] = [self.0.next_u64(), self.0.next_u64()];
        let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xfff);
        format!("{a:08x}-{b:04x}-4{c:03x}-{:04x}-{:012x}", 0x8000 | (low >> 50), low & 0xffff_ffff_ffff)
    }

    /// Any order, each as likely as the others.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}
