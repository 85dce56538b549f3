//! A lead's share of the outbox gauge. It is taken back when the actor dies; its shard holds one in its place until the
//! lead runs again.

use prometheus_client::metrics::gauge::Gauge;

/// How many effects of one lead are counted in the gauge.
#[derive(Debug)]
pub(crate) struct Backlog {
    gauge: Gauge,
    counted: i64,
}

impl Backlog {
    /// Counts nothing yet.
    pub(crate) fn new(gauge: &Gauge) -> Self {
        Self { gauge: gauge.clone(), counted: 0 }
    }
    /// The lead has so many effects due.
    pub(crate) fn set(&mut self, due: usize) {
        let due = i64::try_from(due).unwrap_or(i64::MAX);
        self.gauge.inc_by(due - self.counted);
        self.counted = due;
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        self.set(0)
    }
}
