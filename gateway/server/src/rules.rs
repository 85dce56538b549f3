//! Brings changed team rules to live leads, and lets leads and connections follow people who left or moved: noted before the
//! change, carried out after it, finished by the next start.

use async_trait::async_trait;
use hearthline_actors::Node;
use hearthline_engine::{
    ids::{TeamId, TenantId, UserId},
    rules::TeamRules,
};
use hearthline_http::{PeopleMoved, RulesChanged};
use hearthline_storage_api::{
    Store,
    rows::{
        codec::RowError,
        rollout,
        settlement::{self, Settlement},
    },
};
use std::{sync::Arc, time::Duration};

const RETRY: Duration = Duration::from_secs(1);

/// Rolls rules out, and settles moves, on this node.
#[derive(Clone)]
pub struct Rollouts {
    pub store: Arc<dyn Store>,
    pub node: Arc<Node>,
}

impl Rollouts {
    /// Takes up what an earlier process noted, in the background.
    pub fn finish_earlier(&self) {
        let node = Arc::clone(&self.node);
        tokio::spawn(async move {
            while let Err(error) = node.finish_merges().await {
                tracing::warn!(%error, "merges that were begun are not finished yet");
                tokio::time::sleep(RETRY).await;
            }
            while let Err(error) = node.finish_rollouts().await {
                tracing::warn!(%error, "changed rules have not reached every lead yet");
                tokio::time::sleep(RETRY).await;
            }
            while let Err(error) = node.finish_settlements().await {
                tracing::warn!(%error, "what people had who left or moved has not followed yet");
                tokio::time::sleep(RETRY).await;
            }
        });
    }
}

#[async_trait]
impl PeopleMoved for Rollouts {
    async fn will_move(
        &self,
        tenant: TenantId,
        user: UserId,
        settlement: &Settlement,
    ) -> Result<(), RowError> {
        settlement::begin(&*self.store, tenant, user, settlement).await
    }

    async fn moved(&self, tenant: TenantId, user: UserId) {
        let node = Arc::clone(&self.node);
        tokio::spawn(async move {
            while let Err(error) = node.settle(tenant, user).await {
                tracing::warn!(%user, %error, "what somebody had who left or moved has not followed yet");
                tokio::time::sleep(RETRY).await;
            }
        });
    }
}

#[async_trait]
impl RulesChanged for Rollouts {
    async fn will_change(&self, tenant: TenantId, team: TeamId, version: u64) -> Result<(), RowError> {
        rollout::begin(&*self.store, tenant, team, version).await
    }

    async fn changed(&self, tenant: TenantId, team: TeamId, _rules: &TeamRules) {
        let node = Arc::clone(&self.node);
        tokio::spawn(async move {
            while let Err(error) = node.roll_out(tenant, team).await {
                tracing::warn!(%team, %error, "changed rules have not reached every lead yet");
                tokio::time::sleep(RETRY).await;
            }
        });
    }
}
