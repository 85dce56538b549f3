//! Small random choices by seed, the same on every platform (SplitMix64: Steele, Lea, Flood 2014).

use std::ops::Range;

/// A sequence of choices.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of a range, which must not be empty. (The bias of the remainder is far below what a test could notice.)
    pub fn in_range(&mut self, range: Range<usize>) -> usize {
        let width = (range.end - range.start) as u64;
        range.start + usize::try_from(self.number() % width).expect("less than the range's width")
    }

    /// One of a list, which must not be empty.
    pub fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.in_range(0..list.len())]
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.in_range(0..100) < percent
    }

    /// Bytes from a small alphabet, so that keys meet: the lowest and highest byte, and two between.
    pub fn short_key(&mut self, longest: usize) -> Vec<u8> {
        let length = self.in_range(0..longest + 1);
        (0..length).map(|_| *self.one_of(&[0x00, b'a', b'b', 0xff])).collect()
    }
}

/// The seeds to run and the steps of each: a few short ones, or the one that the environment names.
///
/// # Panics
/// When the environment names something that is not a number.
#[must_use]
pub fn seeds_and_steps() -> (Vec<u64>, usize) {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
    };
    let steps =
        number("CONFORMANCE_STEPS").map_or(1500, |steps| usize::try_from(steps).expect("fits memory"));
    (number("CONFORMANCE_SEED").map_or_else(|| vec![1, 2, 3], |seed| vec![seed]), steps)
}

/// Says how to run a seed again. The test harness shows it when the test fails.
#[expect(clippy::print_stdout, reason = "a failure is a panic somewhere below, which does not know the seed")]
pub fn show_seed(seed: u64, steps: usize) {
    println!("to run this again: CONFORMANCE_SEED={seed} CONFORMANCE_STEPS={steps}");
}
