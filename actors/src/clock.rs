//! Time comes from outside: production gives the system's, the demo a faster one, the world a simulated one.

use async_trait::async_trait;
use hearthline_engine::time::{Pace, Timestamp};

/// Tells the time, and waits for it.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
    /// How fast it runs, beside wall time.
    fn pace(&self) -> Pace {
        Pace::WALL
    }
    /// Returns at that moment or a little later; at once if it has passed. Must notice jumps of the clock within a second.
    async fn sleep_until(&self, at: Timestamp);
}
