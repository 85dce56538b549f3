//! What a simulator does beside its answers: counted while it runs, ended with the simulator.

use parking_lot::Mutex;
use std::sync::Arc;
use tokio::{sync::watch, task::AbortHandle};

/// Everything under way. Dropping it ends what still runs.
pub(crate) struct Tasks {
    under_way: Arc<watch::Sender<usize>>,
    handles: Mutex<Vec<AbortHandle>>,
}

impl Tasks {
    pub(crate) fn new() -> Self {
        Self { under_way: Arc::new(watch::Sender::new(0)), handles: Mutex::new(Vec::new()) }
    }

    /// Runs something beside the requests; [`Self::settled`] waits for it.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.under_way.send_modify(|count| *count += 1);
        let done = UnderWay(Arc::clone(&self.under_way));
        let task = tokio::spawn(async move {
            let _done = done;
            work.await;
        });
        let mut handles = self.handles.lock();
        handles.retain(|task| !task.is_finished());
        handles.push(task.abort_handle());
    }

    /// Returns once nothing is under way.
    pub(crate) async fn settled(&self) {
        let mut under_way = self.under_way.subscribe();
        under_way.wait_for(|count| *count == 0).await.expect("the sender stands here");
    }

    /// Ends everything.
    pub(crate) fn end(&self) {
        self.handles.lock().drain(..).for_each(|task| task.abort());
    }
}

/// Counts something down when it ends, however it ends.
struct UnderWay(Arc<watch::Sender<usize>>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
