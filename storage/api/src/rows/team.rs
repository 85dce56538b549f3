//! Teams: their rules (LIF-2) and who leads them.

use hearthline_engine::{
    ids::{TeamId, TenantId, UserId},
    rules::TeamRules,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

use super::{
    codec::RowError,
    roster::{self, Listed},
    tenant::{self, Backing, Place, Updated, Versioned},
};
use crate::{Binding, Keyring, Partition, Store, Table, keys::KeyWriter};

/// Agents and their team leads in a tenant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRow {
    pub id: TeamId,
    pub tenant: TenantId,
    pub name: String,
    /// `rules.version` grows with every change of rules: what `If-Match` is held against.
    pub rules: TeamRules,
    /// IANA name, for business hours and words.
    pub time_zone: String,
    /// Whose decks show the cards of stale leads; in order of appointment.
    pub team_leads: Vec<UserId>,
    pub created_at: Timestamp,
    /// The operation that changed the rules last: repeated under its idempotency key, it finds itself done.
    pub rules_changed_by: Option<Uuid>,
}

/// Names stay out of logs.
impl fmt::Debug for TeamRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TeamRow").field("id", &self.id).field("rules", &self.rules).finish_non_exhaustive()
    }
}

fn place<'a>(tenant: TenantId, team: &'a TeamId) -> Place<'a> {
    let key = KeyWriter::new().fixed(tenant.as_bytes()).fixed(team.as_bytes()).finish();
    let binding = Binding { tenant, subject: team.as_bytes(), column: "team" };
    Place { partition: Partition { table: Table::Team, key }, binding }
}

/// The team, if this tenant has it.
///
/// # Errors
/// [`RowError`].
pub async fn load(
    store: &dyn Store,
    keyring: &dyn Keyring,
    tenant: TenantId,
    team: TeamId,
) -> Result<Option<Versioned<TeamRow>>, RowError> {
    tenant::load(store, keyring, &place(tenant, &team)).await
}

/// Writes a new team and puts it on the roster. Repeated with the same id, it answers with the team that stands.
///
/// # Errors
/// [`RowError`]; repeat it with the same id.
pub async fn create(backing: Backing<'_>, row: TeamRow) -> Result<TeamRow, RowError> {
    let (tenant, id) = (row.tenant, row.id);
    let row = tenant::create(backing, &place(tenant, &id), row).await?;
    roster::enroll(backing.store, tenant, Listed::Team, id.0).await?;
    Ok(row)
}

/// Changes a team by compare-and-set; `change` may be called again on a newer row.
///
/// # Errors
/// [`RowError`].
pub async fn update<E>(
    backing: Backing<'_>,
    tenant: TenantId,
    team: TeamId,
    change: impl FnMut(&mut TeamRow) -> Result<(), E>,
) -> Result<Updated<TeamRow, E>, RowError> {
    tenant::update(backing, &place(tenant, &team), change).await
}

/// A page of the tenant's teams, oldest first, after `after`.
///
/// # Errors
/// [`RowError`].
pub async fn list(
    store: &dyn Store,
    keyring: &dyn Keyring,
    tenant: TenantId,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<TeamRow>, RowError> {
    let mut teams = Vec::new();
    for id in roster::enrolled(store, tenant, Listed::Team, after, limit).await? {
        if let Some(team) = load(store, keyring, tenant, TeamId(id)).await? {
            teams.push(team.row);
        }
    }
    Ok(teams)
}
