//! Randomness by seed.

use hearthline_storage_api::Random;
use parking_lot::Mutex;
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};

/// The same seed gives the same bytes in the same order, on every platform and for all time. For tests and simulations.
pub struct SeededRandom(Mutex<ChaCha20Rng>);

impl SeededRandom {
    /// At the start of the seed's sequence.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_replays_and_another_seed_differs() {
        let drawn = |seed| {
            let random = SeededRandom::new(seed);
            (random.token(), random.token())
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert_ne!(drawn(1).0, drawn(1).1);
    }
}
