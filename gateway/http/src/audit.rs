//! Changes of tenants, teams, users, connections and rules stand in the audit log (PRV-4). The entry is durable before the
//! change is made, so that no change is ever without one; a change that was then refused is recorded as refused.

use hearthline_actors::{Entry, Reading, TooManyReadings};
use hearthline_api::Fault;
use hearthline_engine::{
    audit::{Actor, Field, Subject},
    ids::TenantId,
};
use hearthline_storage_api::rows::{codec::RowError, user::Role};

use crate::{gateway::Gateway, problem::Problem, viewer::Viewer};

impl Viewer {
    /// As the audit log names them.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::User(self.user)
    }
}

impl Gateway {
    /// Records a change, then makes it. With [`Entry::once`] a repeated operation is recorded once.
    pub(crate) async fn recorded<T>(
        &self,
        tenant: TenantId,
        entry: Entry,
        change: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let (actor, subject) = (entry.actor, entry.subject);
        let recorded = self.record(tenant, entry).await?;
        let made = change.await;
        if let Err(Problem(fault)) = &made
            && fault.status() < 500
        {
            let fields = [Field::new("entry_id", recorded.id), Field::new("code", fault.code())];
            self.record(tenant, Entry::new(actor, subject, "change.refused").fields(fields)).await?;
        }
        made
    }

    /// Notes that a list was read, or something looked for. An agent's own lists are their own.
    pub(crate) fn saw_list(
        &self,
        viewer: &Viewer,
        action: &'static str,
        query: Option<String>,
    ) -> Result<(), TooManyReadings> {
        if viewer.role == Role::Agent {
            return Ok(());
        }
        let (tenant, reader, subject) = (viewer.tenant, viewer.user, Subject::Tenant);
        self.ports.audit.saw(Reading { tenant, reader, subject, action, query })
    }

    /// Records an entry; durable when it answers.
    pub(crate) async fn record(
        &self,
        tenant: TenantId,
        entry: Entry,
    ) -> Result<hearthline_actors::Recorded, RowError> {
        self.ports.audit.record(tenant, entry).await
    }
}

impl From<TooManyReadings> for Problem {
    fn from(_: TooManyReadings) -> Self {
        Self(Fault::Unavailable { retry_after_s: crate::problem::AWAY_RETRY_S })
    }
}
