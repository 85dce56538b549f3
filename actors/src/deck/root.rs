//! Finds a user's deck actor, or starts it.

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
use crate::ports::Ports;

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
        let _ = self.0.cast(RootMsg { tenant, user, message: DeckMsg::Attach(from, reply) });
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
        let _ = self.0.cast(RootMsg { tenant, user, message });
        answer.await.unwrap_or(Err(RowError::Contended("deck")))
    }

    pub(crate) fn stop(&self) {
        self.0.stop(None);
    }
}

struct RootMsg {
    tenant: TenantId,
    user: UserId,
    message: DeckMsg,
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
        RootMsg { tenant, user, message }: RootMsg,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
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
