//! Kills the process at a named point, for tests of the started binary: `HEARTHLINE_KILL_AT=commit:137` ends it with
//! SIGKILL at the 137th time it passes that point. Not in a release build's features.

use async_trait::async_trait;
use hearthline_actors::{FailPoints, Point};
use std::{
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
};

/// Dies at one point.
pub struct KillAt {
    point: String,
    nth: u64,
    passed: AtomicU64,
}

impl KillAt {
    /// As the environment asks, if it does.
    pub fn from_env() -> Option<Self> {
        let wanted = std::env::var("HEARTHLINE_KILL_AT").ok()?;
        let (point, nth) = wanted.split_once(':')?;
        Some(Self { point: point.to_owned(), nth: nth.parse().ok()?, passed: AtomicU64::new(0) })
    }
}

#[async_trait]
impl FailPoints for KillAt {
    async fn reach(&self, point: Point) {
        if point.name() == self.point && self.passed.fetch_add(1, Ordering::Relaxed) + 1 == self.nth {
            let me = std::process::id().to_string();
            let _ = Command::new("kill").args(["-9", &me]).status();
            // The signal is on its way: nothing after this point happens.
            std::future::pending::<()>().await;
        }
    }
}
