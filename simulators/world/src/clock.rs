//! Simulated time: it stands still while anything can run, goes on at once when nothing can, and outlives the process.

use async_trait::async_trait;
use hearthline_actors::Clock;
use hearthline_engine::time::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// The time of one incarnation: that at which it started, and what its paused runtime counted since.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SimClock {
    base: Timestamp,
    started: Instant,
}

impl SimClock {
    /// Starts counting. Must be called within the incarnation's runtime.
    pub(crate) fn starting_at(base: Timestamp) -> Self {
        Self { base, started: Instant::now() }
    }
}

#[async_trait]
impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.base.plus_millis(i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep_until(&self, at: Timestamp) {
        let left = at.millis_since(self.now());
        if left > 0 {
            tokio::time::sleep(Duration::from_millis(left.unsigned_abs())).await;
        }
    }
}
