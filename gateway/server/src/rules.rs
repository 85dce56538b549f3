//! Brings changed team rules to live leads: noted before the change, carried out after it, finished by the next start.

use async_trait::async_trait;
use hearthline_actors::Node;
use hearthline_engine::{
    ids::{TeamId, TenantId},
    rules::TeamRules,
};
use hearthline_http::RulesChanged;
use hearthline_storage_api::{
    Store,
    rows::{codec::RowError, rollout},
};
use std::{sync::Arc, time::Duration};

const RETRY: Duration = Duration::from_secs(1);

/// Rolls rules out on this node.
pub struct Rollouts {
    pub store: Arc<dyn Store>,
    pub node: Arc<Node>,
}

impl Rollouts {
    /// Takes up what an earlier process noted, in the background.
    pub fn finish_earlier(&self) {
        let node = Arc::clone(&self.node);
        tokio::spawn(async move {
            while let Err(error) = node.finish_rollouts().await {
                tracing::warn!(%error, "changed rules have not reached every lead yet");
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
