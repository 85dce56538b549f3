//! The way in: finds the shard of a lead, and bounds what waits there.

use hearthline_storage_api::rows::lead::LeadRef;
use ractor::ActorRef;
use std::sync::Arc;
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

use crate::{
    audit::Audit,
    deck::Decks,
    directory::Directories,
    lead::{Answer, Ask, AskError, LeadObservation},
    ports::Ports,
    routing::Turns,
    shard::{Request, ShardMsg},
    timers::Timers,
};

/// What a lead's actor uses of the other actors.
#[derive(Clone)]
pub(crate) struct Handles {
    pub decks: Decks,
    pub directories: Directories,
    pub timers: Timers,
    pub audit: Audit,
    pub turns: Turns,
}

/// Asks leads. Cheap to clone.
#[derive(Clone)]
pub struct Leads {
    pub(crate) ports: Arc<Ports>,
    pub(crate) shards: Arc<[ShardHandle]>,
}

/// A shard and the places in its queue.
pub(crate) struct ShardHandle {
    pub actor: ActorRef<ShardMsg>,
    pub places: Arc<Semaphore>,
}

impl Leads {
    /// Asks a lead, waking it if need be. Answered once what it did is durable.
    ///
    /// # Errors
    /// [`AskError`]. `Busy` when no place came free within [`crate::Settings::queue_wait`], or the lead's own queue is full.
    pub async fn ask(&self, lead: LeadRef, ask: Ask) -> Result<Answer, AskError> {
        let shard = &self.shards[usize::from(lead.class())];
        let wait = self.ports.settings.queue_wait;
        let place = match timeout(wait, Arc::clone(&shard.places).acquire_owned()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => return Err(AskError::Away("the node is stopping".to_owned())),
            Err(_) => return Err(AskError::Busy),
        };
        let (reply, answer) = oneshot::channel();
        let request = Box::new(Request { ask, reply, place });
        if shard.actor.cast(ShardMsg::Work { lead, request }).is_err() {
            return Err(AskError::Away("the node is stopping".to_owned()));
        }
        answer.await.unwrap_or(Err(AskError::Crashed))
    }

    /// What a lead's actor holds, if it is in memory.
    pub async fn observe(&self, lead: LeadRef) -> Option<LeadObservation> {
        let (reply, answer) = oneshot::channel();
        self.shards[usize::from(lead.class())].actor.cast(ShardMsg::Observe { lead, reply }).ok()?;
        answer.await.ok().flatten()
    }
}
