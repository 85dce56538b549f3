//! Living through a past: the engine's clock jumps from deed to deed, and what has nothing to do with each other is done
//! at once.
//!
//! Promises: the deeds of one client come in their order, each after the one before is done; no deed is done while the
//! clock shows more than [`LAG_MS`] after its time. If the machine is too slow for `within`, colour is left out, and the
//! leads still end as the plan says.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

use super::{EngineTime, client::Failed, office::Office};
use crate::plan::{Deed, HOUR, Plan, Step};

/// Deeds under way at the same time.
const AT_ONCE: usize = 16;
/// How far the clock may run ahead of a deed that is not done.
const LAG_MS: i64 = 3 * HOUR / 4;
/// What lies further back than that happens a little early, so that the clock jumps in steps: each jump is work for every
/// timer of the server.
const EXACT_MS: i64 = 2 * HOUR;
const COARSE_MS: i64 = HOUR / 3;
/// Colour is left out when what is done is so far behind of where it should be.
const SLACK: f64 = 0.15;
/// How long everything may take to come to rest afterwards.
const REST: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(15);

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeded {
    pub done: usize,
    /// Colour that there was no time for.
    pub left_out: usize,
    /// What the server said no to.
    pub refused: usize,
}

/// A past, and where it stands.
pub struct Past<'a> {
    pub plan: &'a Plan,
    /// Steps that an earlier attempt took.
    pub done: usize,
    /// Of the engine's time.
    pub ends_ms: i64,
    /// About so much wall time there is for it.
    pub within: Duration,
}

/// Lives through a past. `told` is called with the number of steps that are done; what was under way when it was cut off
/// comes again, so that an old friend may say the same thing twice.
///
/// # Errors
/// The server does not answer.
pub async fn seed(
    office: &Arc<Office>,
    past: Past<'_>,
    time: &Arc<dyn EngineTime>,
    mut told: impl FnMut(usize),
) -> Result<Seeded, Failed> {
    let Past { plan, done, ends_ms, within } = past;
    let began = Instant::now();
    let mut living = Living { running: JoinSet::new(), busy: BTreeMap::new(), refused: 0 };
    let mut seeded = Seeded { done: 0, left_out: 0, refused: 0 };
    let left = plan.steps.len().saturating_sub(done).max(1);
    for (n, step) in plan.steps.iter().enumerate().skip(done) {
        let due = within.mul_f64(SLACK + (1.0 - SLACK) * (n + 1 - done) as f64 / left as f64);
        let late = began.elapsed();
        // Who somebody is can be learned later.
        if (step.colour && late > due) || (step.deed == Deed::Names && late > within) {
            seeded.left_out += 1;
            continue;
        }
        let at_ms = ends_ms - step.ago_ms;
        living.make_room(step.client, at_ms).await?;
        if step.ago_ms < EXACT_MS || at_ms - time.now_ms() > COARSE_MS {
            time.jump_to(at_ms);
        }
        living.begin(office, step, n, at_ms);
        told(living.busy.values().map(|(begun, _)| *begun).min().unwrap_or(n));
        seeded.done += 1;
    }
    while !living.running.is_empty() {
        living.one_done().await?;
    }
    match tokio::time::timeout(REST, at_rest(office)).await {
        Ok(rested) => rested?,
        // Nothing is lost: what is under way goes on under the clock of the present.
        Err(_) => tracing::warn!("the past has not come to rest yet"),
    }
    time.jump_to(ends_ms);
    Ok(Seeded { refused: living.refused, ..seeded })
}

/// The deeds under way.
struct Living {
    running: JoinSet<(u32, Result<(), Failed>)>,
    /// Whose: which step, and of when.
    busy: BTreeMap<u32, (usize, i64)>,
    refused: usize,
}

impl Living {
    /// Waits until this deed may begin.
    async fn make_room(&mut self, client: u32, at_ms: i64) -> Result<(), Failed> {
        let oldest = at_ms - LAG_MS;
        while self.busy.len() >= AT_ONCE
            || self.busy.contains_key(&client)
            || self.busy.values().any(|(_, at)| *at < oldest)
        {
            self.one_done().await?;
        }
        Ok(())
    }

    fn begin(&mut self, office: &Arc<Office>, step: &Step, n: usize, at_ms: i64) {
        self.busy.insert(step.client, (n, at_ms));
        let (office, step) = (Arc::clone(office), step.clone());
        self.running.spawn(async move {
            let client = office.client(step.client);
            (step.client, office.perform(&client, &step.deed, at_ms).await)
        });
    }

    async fn one_done(&mut self) -> Result<(), Failed> {
        let Some(done) = self.running.join_next().await else { return Ok(()) };
        let (client, result) = done.expect("nothing panics there, and nobody ends it");
        self.busy.remove(&client);
        match result {
            Err(error) if error.is_refusal() || matches!(error, Failed::Late(_)) => {
                tracing::debug!(%error, "a deed of the past was refused");
                self.refused += 1;
                Ok(())
            }
            result => result,
        }
    }
}

/// Both backlogs are empty, and the providers have told all that they had to tell (surface: `/metrics`).
async fn at_rest(office: &Office) -> Result<(), Failed> {
    office.providers.settled().await;
    while !office.person(0).is_settled().await? {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}
