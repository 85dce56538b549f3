//! Changed team rules reach every live lead of the team (LIF-2). The change is noted before it is made, so that a crash in
//! between is finished by the next start; leads that come in meanwhile look at the rules themselves after they are listed.

use futures::{StreamExt, stream};
use hearthline_engine::ids::{TeamId, TenantId};
use hearthline_storage_api::rows::{codec::RowError, lead::LeadRef, rollout};
use std::time::Duration;

use crate::{
    directory::{Directories, LeadFilter},
    lead::{Ask, AskError},
    leads::Leads,
};

/// Leads told at the same time.
const TOLD_AT_ONCE: usize = 64;
/// Leads read from the directory at once.
const PAGE: usize = 1_000;
/// Waits of a lead that could not be told.
const RETRY: Duration = Duration::from_millis(200);

/// Tells every lead of a team its rules as they are now, then takes the note off.
pub(crate) async fn roll_out(
    leads: &Leads,
    directories: &Directories,
    tenant: TenantId,
    team: TeamId,
) -> Result<(), RowError> {
    let ports = &leads.ports;
    let Some(facts) = ports.teams.team(tenant, team).await? else { return Ok(()) };
    let mut filter = LeadFilter { team: Some(team), limit: PAGE, ..LeadFilter::default() };
    loop {
        let page = directories.list(tenant, filter.clone()).await?;
        filter.after = page.leads.last().map(|last| (last.created_at, last.lead));
        let places: Vec<LeadRef> = page.leads.iter().map(|row| LeadRef { tenant, lead: row.lead }).collect();
        stream::iter(places)
            .map(|lead| tell(leads.clone(), lead))
            .buffer_unordered(TOLD_AT_ONCE)
            .collect::<Vec<()>>()
            .await;
        if !page.more {
            break;
        }
    }
    rollout::finish(&*ports.store, tenant, team, facts.rules.version).await
}

/// One lead. It is asked until it answers; what a rule refuses needs no telling. It looks its team up itself: it may have
/// come to another one since it was listed, and the rules of two teams can't be told apart by their versions.
async fn tell(leads: Leads, lead: LeadRef) {
    loop {
        match leads.ask(lead, Ask::FollowRules).await {
            Err(error) if error.is_retryable() => tokio::time::sleep(RETRY).await,
            Err(error @ (AskError::Crashed | AskError::Damaged(_) | AskError::Quarantined)) => {
                tracing::error!(lead = %lead.lead, %error, "a lead could not be told its team's rules");
                return;
            }
            Ok(_) | Err(_) => return,
        }
    }
}
