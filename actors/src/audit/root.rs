//! Finds a chain's writer, or starts it; lets those of past months go.

use hearthline_engine::ids::TenantId;
use hearthline_storage_api::rows::audit::{ChainId, Mark};
use parking_lot::Mutex;
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use std::{collections::BTreeMap, sync::Arc};

use super::{
    AuditPorts,
    chain::{Append, ChainActor, ChainMsg, ChainStart},
    register::{Register, RegisterMsg},
};

pub(crate) enum RootMsg {
    Append { chain: ChainId, append: Append },
}

/// The chain of each tenant that was written last: the next one written vouches for it.
pub(crate) type Latest = Arc<Mutex<BTreeMap<TenantId, (ChainId, Mark)>>>;

pub(crate) struct Root;

pub(crate) struct RootState {
    ports: Arc<AuditPorts>,
    epochs: Vec<u64>,
    latest: Latest,
    chains: BTreeMap<ChainId, ActorRef<ChainMsg>>,
    registers: BTreeMap<TenantId, ActorRef<RegisterMsg>>,
}

impl Actor for Root {
    type Msg = RootMsg;
    type State = RootState;
    type Arguments = (Arc<AuditPorts>, Vec<u64>);

    async fn pre_start(
        &self,
        _: ActorRef<RootMsg>,
        (ports, epochs): (Arc<AuditPorts>, Vec<u64>),
    ) -> Result<RootState, ActorProcessingErr> {
        let latest = Latest::default();
        Ok(RootState { ports, epochs, latest, chains: BTreeMap::new(), registers: BTreeMap::new() })
    }

    async fn handle(
        &self,
        myself: ActorRef<RootMsg>,
        RootMsg::Append { chain, append }: RootMsg,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        if !state.chains.contains_key(&chain) {
            state.begin(&myself, chain).await?;
        }
        let _ = state.chains[&chain].cast(ChainMsg::Append(append));
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<RootMsg>,
        event: SupervisionEvent,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(cell, _) = event {
            tracing::error!("a writer of the audit log failed; it reads again when it is next needed");
            state.chains.retain(|_, actor| actor.get_id() != cell.get_id());
            if state.registers.values().any(|actor| actor.get_id() == cell.get_id()) {
                // The chains hold on to their register: with it they go, and come back with a new one.
                state.chains.values().for_each(|chain| chain.stop(None));
                state.chains.clear();
                state.registers.retain(|_, actor| actor.get_id() != cell.get_id());
            }
        }
        Ok(())
    }
}

impl RootState {
    async fn begin(&mut self, myself: &ActorRef<RootMsg>, chain: ChainId) -> Result<(), ActorProcessingErr> {
        self.let_past_months_go(&chain);
        if !self.registers.contains_key(&chain.tenant) {
            let start = (Arc::clone(&self.ports), chain.tenant);
            let (register, _) = Actor::spawn_linked(None, Register, start, myself.get_cell()).await?;
            self.registers.insert(chain.tenant, register);
        }
        let start = ChainStart {
            ports: Arc::clone(&self.ports),
            chain,
            epoch: self.epochs.get(usize::from(chain.class())).copied().unwrap_or(0),
            register: self.registers[&chain.tenant].clone(),
            latest: Arc::clone(&self.latest),
        };
        let (actor, _) = Actor::spawn_linked(None, ChainActor, start, myself.get_cell()).await?;
        self.chains.insert(chain, actor);
        Ok(())
    }

    /// Of a tenant's months only those next to the newest one are still written to. Whoever still waits there is told to
    /// come again.
    fn let_past_months_go(&mut self, newest: &ChainId) {
        let past = |chain: &ChainId| chain.tenant == newest.tenant && chain.month.0 + 1 < newest.month.0;
        self.chains.retain(|chain, actor| {
            if past(chain) {
                actor.stop(None);
            }
            !past(chain)
        });
    }
}
