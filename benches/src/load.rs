//! Closed loops: so many callers, each with one operation in flight.

use hdrhistogram::Histogram;
use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

/// What one contender did in all its turns.
pub struct Measured {
    pub name: String,
    operations: u64,
    time: Duration,
    latency_us: Histogram<u64>,
}

impl Measured {
    pub fn new(name: impl Into<String>) -> Self {
        let latency_us = Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are right");
        Self { name: name.into(), operations: 0, time: Duration::ZERO, latency_us }
    }

    pub fn per_second(&self) -> f64 {
        self.operations as f64 / self.time.as_secs_f64().max(1e-9)
    }

    /// In milliseconds.
    pub fn percentile_ms(&self, percentile: f64) -> f64 {
        self.latency_us.value_at_percentile(percentile) as f64 / 1000.0
    }

    /// `rate`, `ratio to the first`, `p50 / p99 ms`.
    pub fn cells(&self, limit: &Self) -> Vec<String> {
        vec![
            self.name.clone(),
            crate::report::whole(self.per_second()),
            format!("{:.2}", self.per_second() / limit.per_second().max(1e-9)),
            format!("{:.2} / {:.2}", self.percentile_ms(50.0), self.percentile_ms(99.0)),
        ]
    }

    /// Runs `callers` loops for `turn`: each calls `operation` with a number that no other call of this turn has.
    pub async fn run<F, Fut>(&mut self, callers: u64, turn: Duration, operation: F) -> anyhow::Result<()>
    where
        F: Fn(u64, u64) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send,
    {
        let operation = Arc::new(operation);
        let start = Instant::now();
        let tasks: Vec<_> = (0..callers)
            .map(|caller| {
                let operation = Arc::clone(&operation);
                tokio::spawn(async move {
                    let mut latencies = Vec::new();
                    while start.elapsed() < turn {
                        let before = Instant::now();
                        operation(caller, latencies.len() as u64).await?;
                        latencies.push(before.elapsed());
                    }
                    anyhow::Ok(latencies)
                })
            })
            .collect();
        for task in tasks {
            for latency in task.await?? {
                self.operations += 1;
                self.latency_us
                    .saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX).max(1));
            }
        }
        self.time += start.elapsed();
        Ok(())
    }
}
