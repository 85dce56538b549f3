//! Randomness of the operating system.

use hearthline_storage_api::Random;

/// What production uses for keys, nonces, tokens and ids.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    /// # Panics
    /// When the operating system has no randomness: nothing that follows could be sealed.
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}
