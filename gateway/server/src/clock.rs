//! The clocks of production: the system's, and one that starts elsewhere and runs faster, for the demo.

use async_trait::async_trait;
use hearthline_actors::Clock;
use hearthline_engine::time::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a sleep lasts at most before the clock is looked at again: jumps are noticed within this.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Wall time.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left = at.millis_since(self.now());
            if left <= 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(left.unsigned_abs()).min(LOOK_AGAIN)).await;
        }
    }
}
