//! One queue per sender: a sender's messages keep their order, and a sender that is held back holds back nobody else. A
//! lane lives while it has work; how much may wait in all is bounded by the permits that the work carries.

use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// Whose queue.
pub(crate) type Lane = [u8; 32];

type Job = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// The lanes of one group.
#[derive(Clone, Default)]
pub(crate) struct Lanes(Arc<Mutex<BTreeMap<Lane, VecDeque<Job>>>>);

impl Lanes {
    /// Runs a job behind all that were given before for the same lane.
    pub(crate) fn run(&self, lane: Lane, job: Job) {
        let mut lanes = self.0.lock();
        if let Some(queue) = lanes.get_mut(&lane) {
            queue.push_back(job);
            return;
        }
        lanes.insert(lane, VecDeque::new());
        drop(lanes);
        tokio::spawn(self.clone().work(lane, job));
    }

    async fn work(self, lane: Lane, first: Job) {
        let mut job = Some(first);
        while let Some(work) = job {
            work.await;
            job = self.next(lane);
        }
    }

    /// The next job of a lane; an empty lane ends.
    fn next(&self, lane: Lane) -> Option<Job> {
        let mut lanes = self.0.lock();
        let next = lanes.get_mut(&lane).and_then(VecDeque::pop_front);
        if next.is_none() {
            lanes.remove(&lane);
        }
        next
    }
}
