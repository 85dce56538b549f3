//! One partition's supervisor: it wakes leads, hands them their work, lets them rest, and holds apart those that keep
//! failing. A failing lead is nobody else's business.

use hearthline_storage_api::rows::lead::LeadRef;
use ractor::{Actor, ActorCell, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Semaphore, oneshot},
    time::Instant,
};

use crate::{
    lead::{AskError, LeadActor, LeadMsg, LeadObservation, LeadStart, Work},
    leads::Handles,
    observe::ShardObservation,
    ports::Ports,
};

/// What a shard is told.
pub(crate) enum ShardMsg {
    /// Work for a lead. The second place in its queue is taken here.
    Work {
        lead: LeadRef,
        request: Box<Request>,
    },
    /// Wake a lead whose hot row may stand already, and drain it.
    Recover {
        lead: LeadRef,
    },
    /// A lead answers whether it left memory.
    Rested {
        lead: LeadRef,
        gone: bool,
    },
    /// Look for leads that may rest.
    Sweep,
    /// What the shard itself holds.
    ObserveAll(oneshot::Sender<ShardObservation>),
    Observe {
        lead: LeadRef,
        reply: oneshot::Sender<Option<LeadObservation>>,
    },
    /// Stop all leads, then yourself.
    Stop,
}

/// Work on its way: the place in the shard's queue is held already.
pub(crate) struct Request {
    pub ask: crate::lead::Ask,
    pub reply: oneshot::Sender<Result<crate::lead::Answer, AskError>>,
    pub place: tokio::sync::OwnedSemaphorePermit,
}

/// What a failure leads to: the one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    /// Start again after a wait, and drain.
    Restart { after: Duration },
    /// Hold apart until this much time has passed.
    Quarantine { lasting: Duration },
}

/// How long a quarantine lasts before the lead gets another chance.
const QUARANTINE: Duration = Duration::from_secs(600);
/// How often a shard looks for leads that may rest.
const SWEEP: Duration = Duration::from_secs(5);

fn remedy(failures: u32, settings: &crate::ports::Settings) -> Remedy {
    if failures >= settings.failures_before_quarantine {
        return Remedy::Quarantine { lasting: QUARANTINE };
    }
    Remedy::Restart { after: settings.retry_after.saturating_mul(1 << failures.min(6)) }
}

struct Hot {
    actor: ActorRef<LeadMsg>,
    queue: Arc<Semaphore>,
    last_used: Instant,
    /// It was asked to rest: what comes now waits for its answer.
    resting: Option<VecDeque<Box<Work>>>,
}

struct Failing {
    failures: u32,
    last: Instant,
    /// Held apart until then.
    until: Option<Instant>,
}

pub(crate) struct Shard;

pub(crate) struct ShardStart {
    pub ports: Arc<Ports>,
    pub handles: Handles,
    pub class: u8,
    pub epoch: u64,
}

pub(crate) struct ShardState {
    start: ShardStart,
    hot: BTreeMap<LeadRef, Hot>,
    by_actor: BTreeMap<ActorId, LeadRef>,
    failing: BTreeMap<LeadRef, Failing>,
    /// A sweep is on its way. A shard without leads in memory has none: 256 of them would never let a machine rest.
    sweeping: bool,
}

impl Actor for Shard {
    type Msg = ShardMsg;
    type State = ShardState;
    type Arguments = ShardStart;

    async fn pre_start(
        &self,
        _: ActorRef<ShardMsg>,
        start: ShardStart,
    ) -> Result<ShardState, ActorProcessingErr> {
        Ok(ShardState {
            start,
            hot: BTreeMap::new(),
            by_actor: BTreeMap::new(),
            failing: BTreeMap::new(),
            sweeping: false,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<ShardMsg>,
        message: ShardMsg,
        state: &mut ShardState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ShardMsg::Work { lead, request } => state.work(&myself, lead, *request).await,
            ShardMsg::Recover { lead } => state.recover(&myself, lead).await,
            ShardMsg::Rested { lead, gone } => state.rested(&myself, lead, gone).await,
            ShardMsg::Sweep => state.sweep(),
            ShardMsg::ObserveAll(reply) => drop(reply.send(state.observe())),
            ShardMsg::Observe { lead, reply } => match state.hot.get(&lead) {
                Some(hot) => drop(forward_observation(&hot.actor, reply)),
                None => drop(reply.send(None)),
            },
            ShardMsg::Stop => {
                state.hot.values().for_each(|hot| hot.actor.stop(None));
                myself.stop(None);
            }
        }
        state.sweep_later(&myself);
        Ok(())
    }

    /// The default would stop the shard with its first failing lead.
    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<ShardMsg>,
        event: SupervisionEvent,
        state: &mut ShardState,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(cell, error) => state.failed(&myself, &cell, &error),
            SupervisionEvent::ActorTerminated(cell, _, _) => drop(state.by_actor.remove(&cell.get_id())),
            SupervisionEvent::ActorStarted(_) | SupervisionEvent::ProcessGroupChanged(_) => {}
        }
        Ok(())
    }
}

impl ShardState {
    async fn work(&mut self, myself: &ActorRef<ShardMsg>, lead: LeadRef, request: Request) {
        if self.in_quarantine(lead) {
            let _ = request.reply.send(Err(AskError::Quarantined));
            return;
        }
        let Some(hot) = self.hot(myself, lead, false).await else {
            let _ = request.reply.send(Err(AskError::Crashed));
            return;
        };
        hot.last_used = Instant::now();
        let Ok(place) = Arc::clone(&hot.queue).try_acquire_owned() else {
            let _ = request.reply.send(Err(AskError::Busy));
            return;
        };
        let work = Box::new(Work { ask: request.ask, reply: request.reply, _places: [request.place, place] });
        match &mut hot.resting {
            Some(waiting) => waiting.push_back(work),
            None => drop(hot.actor.cast(LeadMsg::Work(work))),
        }
    }

    async fn recover(&mut self, myself: &ActorRef<ShardMsg>, lead: LeadRef) {
        if let Some(hot) = self.hot(myself, lead, true).await {
            let _ = hot.actor.cast(LeadMsg::Drain);
        }
        self.release_failure_mark(lead);
    }

    /// The lead's actor, started if it is not in memory.
    async fn hot(&mut self, myself: &ActorRef<ShardMsg>, lead: LeadRef, hot_row: bool) -> Option<&mut Hot> {
        if !self.hot.contains_key(&lead) {
            let start = LeadStart {
                me: lead,
                ports: Arc::clone(&self.start.ports),
                handles: self.start.handles.clone(),
                shard: myself.clone(),
                epoch: self.start.epoch,
                hot: hot_row,
            };
            let spawned = Actor::spawn_linked(None, LeadActor, start, myself.get_cell()).await;
            let (actor, _) = match spawned {
                Ok(spawned) => spawned,
                Err(error) => {
                    tracing::error!(lead = %lead.lead, %error, "a lead's actor could not start");
                    return None;
                }
            };
            self.by_actor.insert(actor.get_id(), lead);
            let queue = Arc::new(Semaphore::new(self.start.ports.settings.queue_per_lead));
            self.hot.insert(lead, Hot { actor, queue, last_used: Instant::now(), resting: None });
        }
        self.hot.get_mut(&lead)
    }

    async fn rested(&mut self, myself: &ActorRef<ShardMsg>, lead: LeadRef, gone: bool) {
        let Some(hot) = self.hot.get_mut(&lead) else { return };
        let waiting = hot.resting.take().unwrap_or_default();
        hot.last_used = Instant::now();
        if gone {
            self.hot.remove(&lead);
            if waiting.is_empty() {
                return;
            }
        }
        let Some(hot) = self.hot(myself, lead, false).await else { return };
        for work in waiting {
            let _ = hot.actor.cast(LeadMsg::Work(work));
        }
    }

    /// The next sweep, if there is anything to look for and none is on its way.
    fn sweep_later(&mut self, myself: &ActorRef<ShardMsg>) {
        if !self.sweeping && (!self.hot.is_empty() || !self.failing.is_empty()) {
            self.sweeping = true;
            drop(myself.send_after(SWEEP, || ShardMsg::Sweep));
        }
    }

    fn sweep(&mut self) {
        self.sweeping = false;
        let settings = self.start.ports.settings;
        for hot in self.hot.values_mut() {
            let unused = hot.last_used.elapsed() >= settings.hibernate_after;
            let idle = hot.queue.available_permits() == settings.queue_per_lead;
            if unused && idle && hot.resting.is_none() {
                hot.resting = Some(VecDeque::new());
                let _ = hot.actor.cast(LeadMsg::Hibernate);
            }
        }
        // What is held apart is let go by its own message, which takes the marks off the gauges.
        self.failing.retain(|_, failing| failing.until.is_some() || failing.last.elapsed() < QUARANTINE);
        let quarantined = self.failing.values().filter(|failing| failing.until.is_some()).count();
        tracing::trace!(quarantined, hot = self.hot.len(), "swept");
    }

    fn failed(&mut self, myself: &ActorRef<ShardMsg>, cell: &ActorCell, error: &ActorProcessingErr) {
        let Some(lead) = self.by_actor.remove(&cell.get_id()) else { return };
        self.hot.remove(&lead);
        let metrics = &self.start.ports.metrics;
        metrics.lead_failures.inc();
        let failing =
            self.failing.entry(lead).or_insert(Failing { failures: 0, last: Instant::now(), until: None });
        failing.failures += 1;
        failing.last = Instant::now();
        let remedy = remedy(failing.failures, &self.start.ports.settings);
        // The panic's text may quote data; only its place in the life of the lead is logged.
        tracing::error!(lead = %lead.lead, failures = failing.failures, ?remedy, "a lead's actor failed");
        let _ = error;
        // Until it has run again, the lead counts as one effect that is due.
        metrics.outbox_backlog.inc();
        match remedy {
            Remedy::Restart { after } => drop(myself.send_after(after, move || ShardMsg::Recover { lead })),
            Remedy::Quarantine { lasting } => {
                failing.until = Some(Instant::now() + lasting);
                metrics.quarantined_leads.inc();
                drop(myself.send_after(lasting, move || ShardMsg::Recover { lead }));
            }
        }
    }

    /// The lead runs again: its own count replaces the one that stood for it.
    fn release_failure_mark(&mut self, lead: LeadRef) {
        if let Some(failing) = self.failing.get_mut(&lead) {
            self.start.ports.metrics.outbox_backlog.dec();
            if failing.until.take().is_some() {
                self.start.ports.metrics.quarantined_leads.dec();
                failing.failures = 0;
            }
        }
    }

    fn observe(&self) -> ShardObservation {
        ShardObservation {
            class: self.start.class,
            epoch: self.start.epoch,
            hot_leads: self.hot.len(),
            failing_leads: self.failing.len(),
            quarantined_leads: self.failing.values().filter(|failing| failing.until.is_some()).count(),
        }
    }

    fn in_quarantine(&self, lead: LeadRef) -> bool {
        self.failing
            .get(&lead)
            .is_some_and(|failing| failing.until.is_some_and(|until| until > Instant::now()))
    }
}

fn forward_observation(
    actor: &ActorRef<LeadMsg>,
    reply: oneshot::Sender<Option<LeadObservation>>,
) -> tokio::task::JoinHandle<()> {
    let (send, receive) = oneshot::channel();
    let _ = actor.cast(LeadMsg::Observe(send));
    tokio::spawn(async move {
        let _ = reply.send(receive.await.ok());
    })
}
