//! The clocks of production: the system's, and one that starts elsewhere and runs faster, for the demo.

use async_trait::async_trait;
use hearthline_actors::Clock;
use hearthline_engine::time::{Pace, Timestamp};
use parking_lot::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

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

/// The demo's: starts where it is told, jumps forward, runs so many times as fast as the system's. Never goes back, and
/// whoever sleeps notices a jump at once.
#[derive(Debug)]
pub struct DemoClock {
    running: Mutex<Running>,
    changed: watch::Sender<()>,
}

/// Since when it runs like this, and what it showed then.
#[derive(Clone, Copy, Debug)]
struct Running {
    since: Instant,
    shown: Timestamp,
    speed: u32,
}

impl Running {
    fn shows(&self) -> Timestamp {
        let passed_ms = self.since.elapsed().as_millis().saturating_mul(self.speed.into());
        self.shown.plus_millis(i64::try_from(passed_ms).unwrap_or(i64::MAX))
    }
}

impl DemoClock {
    /// Starts there, at the pace of wall time.
    #[must_use]
    pub fn starting_at(at: Timestamp) -> Self {
        let running = Running { since: Instant::now(), shown: at, speed: 1 };
        Self { running: Mutex::new(running), changed: watch::Sender::new(()) }
    }

    /// Shows that moment from now on, if it has not passed.
    pub fn jump_to(&self, at: Timestamp) {
        self.change(|running| running.shown = running.shown.max(at));
    }

    /// Runs so many times as fast from now on; 0 counts as 1.
    pub fn run(&self, speed: u32) {
        self.change(|running| running.speed = speed.max(1));
    }

    fn change(&self, change: impl FnOnce(&mut Running)) {
        {
            let mut running = self.running.lock();
            let shown = running.shows();
            *running = Running { since: Instant::now(), shown, ..*running };
            change(&mut running);
        }
        self.changed.send_replace(());
    }
}

#[async_trait]
impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        self.running.lock().shows()
    }

    fn pace(&self) -> Pace {
        Pace::times(self.running.lock().speed)
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut changed = self.changed.subscribe();
        loop {
            let left = at.millis_since(self.now());
            if left <= 0 {
                return;
            }
            let speed = u64::from(self.running.lock().speed);
            let left = Duration::from_millis(left.unsigned_abs().div_ceil(speed));
            tokio::select! {
                () = tokio::time::sleep(left.min(LOOK_AGAIN)) => {}
                _ = changed.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_777_885_200_000);

    #[tokio::test]
    async fn a_jump_wakes_whoever_sleeps_until_then_and_never_goes_back() {
        let clock = std::sync::Arc::new(DemoClock::starting_at(START));
        let later = START.plus_millis(3_600_000);
        let sleeper = tokio::spawn({
            let clock = std::sync::Arc::clone(&clock);
            async move { clock.sleep_until(later).await }
        });
        clock.jump_to(later);
        tokio::time::timeout(Duration::from_secs(5), sleeper).await.expect("woken").expect("no panic");
        clock.jump_to(START);
        assert!(clock.now() >= later);
    }

    #[tokio::test]
    async fn it_runs_as_many_times_as_fast_as_it_is_told_and_says_so() {
        let clock = DemoClock::starting_at(START);
        assert_eq!(clock.pace(), Pace::WALL);
        clock.run(10_000);
        let before = (Instant::now(), clock.now());
        clock.sleep_until(before.1.plus_millis(500_000)).await;
        let (wall, engine) = (before.0.elapsed(), clock.now().millis_since(before.1));
        assert!(engine >= 500_000 && wall >= Duration::from_millis(49), "{engine} ms in {wall:?}");
        assert_eq!(clock.pace(), Pace::times(10_000));
    }
}
