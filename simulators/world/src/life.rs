//! The life of one incarnation, and where it ends. Points and store writes are counted in one place, so that a cut at
//! any of them stops everything at once: whatever is asked of storage after the cut never answers, as after `kill -9`.

use async_trait::async_trait;
use hearthline_actors::{FailPoints, Point};
use hearthline_storage_api::Table;
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};
use tokio::sync::Notify;

/// Where a process can die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// At a named point of the path.
    Point(Point),
    /// Just before a write to a table: between it and whatever was written before.
    Write(Table),
    /// Just before any write.
    AnyWrite,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Point(point) => f.write_str(point.name()),
            Self::Write(table) => write!(f, "write_{}", table.name()),
            Self::AnyWrite => f.write_str("write"),
        }
    }
}

/// The place and the visit at which an incarnation dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub place: Place,
    /// 1 is the first visit.
    pub visit: u64,
}

/// One incarnation.
#[derive(Debug, Default)]
pub(crate) struct Life {
    ended: AtomicBool,
    end: Notify,
    cut: Mutex<Option<Cut>>,
    visits: Mutex<BTreeMap<Place, u64>>,
    /// The place of the cut that ended it.
    died_at: Mutex<Option<Place>>,
}

impl Life {
    /// Dies there.
    pub(crate) fn cut_at(&self, cut: Option<Cut>) {
        *self.cut.lock() = cut;
        self.visits.lock().clear();
    }

    pub(crate) fn died_at(&self) -> Option<Place> {
        *self.died_at.lock()
    }

    /// Ends now.
    pub(crate) fn kill(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.end.notify_waiters();
        self.end.notify_one();
    }

    /// Returns once it has ended.
    pub(crate) async fn ended(&self) {
        if !self.ended.load(Ordering::Relaxed) {
            self.end.notified().await;
        }
    }

    /// Goes on only while alive.
    pub(crate) async fn alive(&self) {
        if self.ended.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    /// Counts a visit, and dies if it is the one.
    pub(crate) async fn pass(&self, place: Place) {
        self.alive().await;
        if self.is_cut(place) {
            *self.died_at.lock() = Some(place);
            self.kill();
            std::future::pending::<()>().await;
        }
    }

    fn is_cut(&self, place: Place) -> bool {
        let mut visits = self.visits.lock();
        let visit = visits.entry(place).or_default();
        *visit += 1;
        *self.cut.lock() == Some(Cut { place, visit: *visit })
    }
}

#[async_trait]
impl FailPoints for Life {
    async fn reach(&self, point: Point) {
        self.pass(Place::Point(point)).await;
    }
}
