//! Finds a user's deck actor, or starts it.

use futures::future::join_all;
use hearthline_engine::{
    deck::LeadCards,
    ids::{TenantId, UserId},
};
use hearthline_storage_api::{DataKey, rows::codec::RowError};
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr, SupervisionEvent};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::oneshot;

use super::{
    Attached, DeckPosition,
    actor::{DeckActor, DeckMsg, Projection},
};
use crate::{observe::DeckObservation, ports::Ports};

/// Reads and projects decks. Cheap to clone.
#[derive(Clone)]
pub struct Decks(ActorRef<RootMsg>);

impl Decks {
    pub(crate) async fn start(ports: Arc<Ports>) -> Result<Self, SpawnErr> {
        Ok(Self(Actor::spawn(None, Root, ports).await?.0))
    }

    /// What a client gets that stands at a position, or nowhere. Deltas from this moment on reach the feed.
    ///
    /// # Errors
    /// The deck can't be read just now.
    pub async fn attach(
        &self,
        tenant: TenantId,
        user: UserId,
        from: Option<DeckPosition>,
    ) -> Result<Attached, RowError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.cast(RootMsg::To { tenant, user, message: DeckMsg::Attach(from, reply) });
        answer.await.unwrap_or(Err(RowError::Contended("deck")))
    }

    /// Shows a lead's cards in a user's deck. Answers with the deck's offset once that is durable.
    pub(crate) async fn project(
        &self,
        tenant: TenantId,
        cards: LeadCards,
        lead_version: u64,
        key: Arc<dyn DataKey>,
    ) -> Result<u64, RowError> {
        let (reply, answer) = oneshot::channel();
        let user = cards.user;
        let cards = LeadCards { lead_version, ..cards };
        let message = DeckMsg::Project(Box::new(Projection { cards, key, reply }));
        let _ = self.0.cast(RootMsg::To { tenant, user, message });
        answer.await.unwrap_or(Err(RowError::Contended("deck")))
    }

    /// What each deck in memory holds.
    pub(crate) async fn observe(&self) -> Vec<DeckObservation> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.cast(RootMsg::Observe(reply));
        join_all(answer.await.unwrap_or_default()).await.into_iter().flatten().collect()
    }

    pub(crate) fn stop(&self) {
        self.0.stop(None);
    }
}

enum RootMsg {
    To { tenant: TenantId, user: UserId, message: DeckMsg },
    Observe(oneshot::Sender<Vec<oneshot::Receiver<DeckObservation>>>),
}

struct Root;

struct RootState {
    ports: Arc<Ports>,
    decks: BTreeMap<(TenantId, UserId), ActorRef<DeckMsg>>,
}

impl Actor for Root {
    type Msg = RootMsg;
    type State = RootState;
    type Arguments = Arc<Ports>;

    async fn pre_start(
        &self,
        _: ActorRef<RootMsg>,
        ports: Arc<Ports>,
    ) -> Result<RootState, ActorProcessingErr> {
        Ok(RootState { ports, decks: BTreeMap::new() })
    }

    async fn handle(
        &self,
        myself: ActorRef<RootMsg>,
        message: RootMsg,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        let (tenant, user, message) = match message {
            RootMsg::To { tenant, user, message } => (tenant, user, message),
            RootMsg::Observe(reply) => {
                let _ = reply.send(state.decks.values().map(ask_to_observe).collect());
                return Ok(());
            }
        };
        if !state.decks.contains_key(&(tenant, user)) {
            let start = (Arc::clone(&state.ports), tenant, user);
            let (actor, _) = Actor::spawn_linked(None, DeckActor, start, myself.get_cell()).await?;
            state.decks.insert((tenant, user), actor);
        }
        let _ = state.decks[&(tenant, user)].cast(message);
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<RootMsg>,
        event: SupervisionEvent,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(cell, _) = event {
            tracing::error!("a deck failed; it is read again when it is next needed");
            state.decks.retain(|_, actor| actor.get_id() != cell.get_id());
        }
        Ok(())
    }
}

fn ask_to_observe(actor: &ActorRef<DeckMsg>) -> oneshot::Receiver<DeckObservation> {
    let (reply, answer) = oneshot::channel();
    let _ = actor.cast(DeckMsg::Observe(reply));
    answer
}
