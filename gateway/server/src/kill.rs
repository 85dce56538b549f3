//! Kills the process at a named point, for tests of the started binary: `HEARTHLINE_KILL_AT=commit:137` ends it with
//! SIGKILL at the 137th time it passes that point; with `HEARTHLINE_KILL_FROM=FILE`, counted from when that file is
//! there, so that a test chooses between dying while it starts and dying while it serves. Compiled with debug assertions only, as every `cargo test` has them
//! and no release build does: there, the variable means nothing.

use async_trait::async_trait;
use hearthline_actors::{FailPoints, Point};
use rustix::process::{Signal, getpid, kill_process};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

/// Dies at one point.
pub struct KillAt {
    point: String,
    nth: u64,
    from: Option<PathBuf>,
    passed: AtomicU64,
}

impl KillAt {
    /// As the environment asks, if it does.
    pub fn from_env() -> Option<Self> {
        let wanted = std::env::var("HEARTHLINE_KILL_AT").ok()?;
        let (point, nth) = wanted.split_once(':')?;
        let from = std::env::var_os("HEARTHLINE_KILL_FROM").map(PathBuf::from);
        Some(Self { point: point.to_owned(), nth: nth.parse().ok()?, from, passed: AtomicU64::new(0) })
    }

    async fn pass(&self, place: &str) {
        if self.counts(place) && self.passed.fetch_add(1, Ordering::Relaxed) + 1 == self.nth {
            let _ = kill_process(getpid(), Signal::KILL);
            // The signal is on its way: nothing after this point happens.
            std::future::pending::<()>().await;
        }
    }

    fn counts(&self, place: &str) -> bool {
        place == self.point && self.from.as_ref().is_none_or(|file| file.exists())
    }
}

#[async_trait]
impl FailPoints for KillAt {
    async fn reach(&self, point: Point) {
        self.pass(point.name()).await;
    }

    async fn reach_aside(&self, place: &'static str) {
        self.pass(place).await;
    }
}
