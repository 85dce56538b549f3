//! One node: it takes its partitions over, finishes what was left, and answers when all of that is counted.

use futures::{FutureExt, StreamExt, future::join_all, stream};
use hearthline_engine::ids::{TeamId, TenantId, UserId};
use hearthline_storage_api::{
    StoreError,
    rows::{
        codec::RowError,
        lead::{LeadRef, PARTITIONS},
        merge,
        rollout::unfinished,
        settlement,
    },
};
use ractor::Actor;
use std::{panic::AssertUnwindSafe, sync::Arc};
use tokio::sync::{Semaphore, oneshot};

use crate::{
    audit::{Audit, AuditPorts},
    deck::Decks,
    directory::Directories,
    epoch,
    lead::{Ask, AskError},
    leads::{Handles, Leads, ShardHandle},
    observe::{NodeObservation, ShardObservation},
    ports::Ports,
    rollout, settle,
    shard::{Shard, ShardMsg, ShardStart},
    sweep,
    timers::Timers,
};

/// Why a node could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its partitions could not be taken over.
    #[error("taking over partition {class}")]
    TakeOver {
        class: u8,
        #[source]
        source: RowError,
    },
    /// A lead with unfinished effects could not be read.
    #[error("waking lead {}", lead.lead)]
    Wake {
        lead: LeadRef,
        #[source]
        source: AskError,
    },
    /// The timers' watermark could not be read.
    #[error("reading the timers' watermark")]
    Timers(#[source] RowError),
    /// An actor could not be spawned.
    #[error("starting actors: {0}")]
    Spawn(String),
}

/// A running node.
pub struct Node {
    leads: Leads,
    handles: Handles,
}

/// A partition, its new epoch, and the leads that an earlier owner left with unfinished effects.
type Taken = (u8, u64, Vec<LeadRef>);

/// Partitions that are taken over at the same time.
const TAKEN_AT_ONCE: usize = 32;

impl Node {
    /// Takes all partitions over, wakes the leads that have unfinished effects, and starts the timers. Once it answers,
    /// the outbox gauge counts everything that is due.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(ports: Arc<Ports>) -> Result<Self, StartError> {
        let taken: Vec<Result<Taken, StartError>> = stream::iter(0..PARTITIONS)
            .map(|class| take(Arc::clone(&ports), (class % 256) as u8))
            .buffered(TAKEN_AT_ONCE)
            .collect()
            .await;
        let taken = taken.into_iter().collect::<Result<Vec<_>, _>>()?;
        // Before any actor runs: it may fail.
        let timers = Timers::start(Arc::clone(&ports)).await?;
        let epochs = taken.iter().map(|(_, epoch, _)| *epoch).collect();
        let handles = Handles {
            decks: Decks::start(Arc::clone(&ports)).await.map_err(spawn_error)?,
            directories: Directories::start(Arc::clone(&ports)).await.map_err(spawn_error)?,
            timers,
            audit: Audit::start(Arc::new(AuditPorts::of(&ports)), epochs).await.map_err(spawn_error)?,
            turns: crate::routing::Turns::default(),
        };
        let mut shards = Vec::with_capacity(taken.len());
        for (class, epoch, _) in &taken {
            let start = ShardStart {
                ports: Arc::clone(&ports),
                handles: handles.clone(),
                class: *class,
                epoch: *epoch,
            };
            let (actor, _) = Actor::spawn(None, Shard, start).await.map_err(spawn_error)?;
            shards.push(ShardHandle {
                actor,
                places: Arc::new(Semaphore::new(ports.settings.in_flight_per_shard)),
            });
        }
        let node = Self { leads: Leads { ports, shards: shards.into() }, handles };
        let hot: Vec<LeadRef> = taken.into_iter().flat_map(|(_, _, leads)| leads).collect();
        if let Err(error) = wake_all(&node.leads, hot).await {
            // Leads that did wake would go on writing beside the next attempt.
            node.stop();
            return Err(error);
        }
        node.handles.timers.run(node.leads.clone());
        Ok(node)
    }

    /// Asks leads.
    #[must_use]
    pub fn leads(&self) -> &Leads {
        &self.leads
    }
    /// Reads decks.
    #[must_use]
    pub fn decks(&self) -> &Decks {
        &self.handles.decks
    }
    /// Lists leads.
    #[must_use]
    pub fn directories(&self) -> &Directories {
        &self.handles.directories
    }

    /// Writes the audit log.
    #[must_use]
    pub fn audit(&self) -> &Audit {
        &self.handles.audit
    }

    /// Brings a team's rules to all of its leads. Call it after the change is durable and [`crate::TeamBook`] knows it.
    ///
    /// # Errors
    /// The note stays, and [`Node::finish_rollouts`] takes it up.
    pub async fn roll_out(&self, tenant: TenantId, team: TeamId) -> Result<(), RowError> {
        surviving(rollout::roll_out(&self.leads, &self.handles.directories, tenant, team)).await
    }

    /// Finishes rule changes that an earlier process began.
    ///
    /// # Errors
    /// [`RowError`]; the notes stay.
    pub async fn finish_rollouts(&self) -> Result<(), RowError> {
        for (tenant, team) in unfinished(&*self.leads.ports.store).await? {
            self.roll_out(tenant, team).await?;
        }
        Ok(())
    }

    /// Lets connections, leads and decks follow a user who left or changed places. Call it after the change is durable and
    /// [`crate::TeamBook`] knows it.
    ///
    /// # Errors
    /// The note stays, and [`Node::finish_settlements`] takes it up.
    pub async fn settle(&self, tenant: TenantId, user: UserId) -> Result<(), RowError> {
        surviving(settle::settle(&self.leads, &self.handles, tenant, user)).await
    }

    /// Finishes what an earlier process began for users who left or changed places.
    ///
    /// # Errors
    /// [`RowError`]; the notes stay.
    pub async fn finish_settlements(&self) -> Result<(), RowError> {
        for (tenant, user) in settlement::unfinished(&*self.leads.ports.store).await? {
            self.settle(tenant, user).await?;
        }
        Ok(())
    }

    /// Finishes merges of leads that an earlier process began, and those that were to be taken back.
    ///
    /// # Errors
    /// [`RowError`]; the notes stay.
    pub async fn finish_merges(&self) -> Result<(), RowError> {
        for (lead, note) in merge::unfinished(&*self.leads.ports.store).await? {
            // What is refused is as it was, and what is damaged stays noted for the next start.
            if let Err(error) = self.leads.merge(lead, note).await {
                tracing::warn!(lead = %lead.lead, %error, "a merge that was begun could not be finished");
            }
        }
        Ok(())
    }

    /// Makes a tenant's timer index again from its directory. Answers how many deadlines there are.
    ///
    /// # Errors
    /// [`RowError`]; nothing is lost by repeating it.
    pub async fn sweep_timers(&self, tenant: TenantId) -> Result<usize, RowError> {
        sweep::sweep(&self.handles.directories, &self.handles.timers, tenant).await
    }

    /// What the actors hold. Every actor is asked; one that does not answer is left out.
    pub async fn observe(&self) -> NodeObservation {
        let shards = self.leads.shards.iter().map(|shard| {
            let (reply, answer) = oneshot::channel();
            let _ = shard.actor.cast(ShardMsg::ObserveAll(reply));
            answer
        });
        let shards: Vec<_> = join_all(shards.collect::<Vec<_>>()).await.into_iter().flatten().collect();
        let busy = |shard: &ShardObservation| shard.hot_leads + shard.failing_leads > 0;
        NodeObservation {
            shards: shards.into_iter().filter(busy).collect(),
            decks: self.handles.decks.observe().await,
            directories: self.handles.directories.observe().await,
            timers: self.handles.timers.observe(),
        }
    }

    /// Takes no more work and stops the actors. What is durable stays; what was under way is finished by the next owner.
    pub fn stop(&self) {
        for shard in self.leads.shards.iter() {
            shard.places.close();
            let _ = shard.actor.cast(ShardMsg::Stop);
        }
        self.handles.timers.stop();
        self.handles.decks.stop();
        self.handles.directories.stop();
        self.handles.audit.stop();
    }
}

async fn take(ports: Arc<Ports>, class: u8) -> Result<Taken, StartError> {
    let failed = |source| StartError::TakeOver { class, source };
    let epoch = epoch::raise(&ports, class).await.map_err(failed)?;
    let leads = epoch::take_over(&ports, class, epoch).await.map_err(failed)?;
    Ok((class, epoch, leads))
}

/// Wakes leads with unfinished effects, a bounded number at a time. They drain by themselves.
async fn wake_all(leads: &Leads, hot: Vec<LeadRef>) -> Result<(), StartError> {
    let at_once = leads.ports.settings.wake_at_once;
    let results: Vec<Result<(), StartError>> = stream::iter(hot)
        .map(|lead| async move {
            let shard = &leads.shards[usize::from(lead.class())];
            let _ = shard.actor.cast(ShardMsg::Recover { lead });
            match leads.ask(lead, Ask::Wake).await {
                Ok(_) => Ok(()),
                Err(source) => Err(StartError::Wake { lead, source }),
            }
        })
        .buffer_unordered(at_once)
        .collect()
        .await;
    results.into_iter().collect()
}

fn spawn_error(error: ractor::SpawnErr) -> StartError {
    StartError::Spawn(error.to_string())
}

/// No actor does this, so nobody supervises it: a panic under it is a try that failed, and the note stays.
async fn surviving(work: impl Future<Output = Result<(), RowError>>) -> Result<(), RowError> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.unwrap_or_else(|_| Err(StoreError::Unavailable("it panicked on the way".to_owned()).into()))
}
