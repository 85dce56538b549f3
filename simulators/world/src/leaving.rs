//! Users who leave (TEN-5), as the API lets them: noted, made durable, and then everything of theirs follows.

use hearthline_engine::{
    ids::{TeamId, TenantId, UserId},
    time::Timestamp,
};
use hearthline_storage_api::rows::settlement::{self, Settlement};
use std::time::Duration;

use crate::{office::Gone, people::People};

/// A user on their way out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaving {
    pub tenant: TenantId,
    pub user: UserId,
    pub team: TeamId,
    pub gone: Gone,
    /// When the books said so.
    pub made_at: Option<Timestamp>,
    /// When every lead was told.
    pub settled_at: Option<Timestamp>,
}

impl People {
    /// Somebody leaves, and it is seen to that nothing of theirs is forgotten.
    pub(crate) fn leave(&self, n: usize) {
        let people = self.clone();
        tokio::spawn(async move {
            let Leaving { tenant, user, team, gone, made_at, .. } = people.ledger.lock().leavings[n];
            let note = Settlement { count: 1, by: gone.by, teams: vec![team] };
            while settlement::begin(&*people.running.store, tenant, user, &note).await.is_err() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            if made_at.is_none() {
                people.office.leave(user, gone);
                people.ledger.lock().leavings[n].made_at = Some(people.running.clock.now());
            }
            while people.running.node.settle(tenant, user).await.is_err() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            people.ledger.lock().leavings[n].settled_at = Some(people.running.clock.now());
            people.trace.note("left", &[user.as_bytes()]);
        });
    }
}
