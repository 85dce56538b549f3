//! A log line for what may happen thousands of times a second: one a second, with the number of those held back.

use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// One place in the code that would be too loud.
#[derive(Default)]
pub(crate) struct Noise(Mutex<State>);

#[derive(Default)]
struct State {
    last: Option<Instant>,
    held_back: u64,
}

impl Noise {
    /// How many were held back since the last line, if it is time for one.
    pub(crate) fn due(&self) -> Option<u64> {
        let mut state = self.0.lock();
        if state.last.is_some_and(|last| last.elapsed() < Duration::from_secs(1)) {
            state.held_back += 1;
            return None;
        }
        state.last = Some(Instant::now());
        Some(std::mem::take(&mut state.held_back))
    }
}
