//! The table itself: who may do what, as functions of role, relation, state and action.

use super::{Access, Action, Refusal, Relation, Role, Viewer};
use crate::{
    ids::{LeadId, TeamId, UserId},
    lead::{Lead, StateName},
};

/// The policy.
#[must_use]
pub const fn decide(role: Role, relation: Relation, state: StateName, action: Action) -> Access {
    if action.is_administrative() {
        return administrative(role, action);
    }
    match (role, relation) {
        (Role::Agent | Role::TeamLead, Relation::Owner) => owner(role, action),
        (Role::TeamLead, Relation::Team) => team_lead(state, action),
        (Role::Admin, Relation::Owner | Relation::Team | Relation::Tenant) => admin(action),
        (Role::Agent, Relation::Team | Relation::Tenant) | (Role::TeamLead, Relation::Tenant) => {
            Access::NotFound
        }
    }
}

/// The policy for a lead as it stands. A deleted lead is not found; an archived one counts as not Stale, whatever its
/// state was: the door for team leads closes when a lead is put away (lifecycle: "Stale | archived, deleted").
#[must_use]
pub fn on_lead(viewer: &Viewer, lead: &Lead, action: Action) -> Access {
    Subject::of(lead).access(viewer, action)
}

/// A lead as the policy sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which lead.
    pub lead: LeadId,
    /// Whose it is.
    pub owner: Option<UserId>,
    /// Its team.
    pub team: TeamId,
    /// Its follow-up state; [`StateName::Active`] stands for Stale when it is archived.
    pub state: StateName,
    /// Softly deleted: known to nobody.
    pub deleted: bool,
    /// How often it has become Stale: a reason given the last time opens nothing this time.
    pub episode: u32,
}

impl Subject {
    /// What the policy needs of a lead.
    #[must_use]
    pub fn of(lead: &Lead) -> Self {
        let state = match lead.state_name() {
            StateName::Stale if lead.is_dormant() => StateName::Active,
            name @ (StateName::New | StateName::Active | StateName::AtRisk | StateName::Stale) => name,
        };
        Self {
            lead: lead.id,
            owner: lead.owner,
            team: lead.team,
            state,
            deleted: lead.deleted,
            episode: lead.stale_episodes,
        }
    }

    /// The policy for this lead.
    #[must_use]
    pub fn access(&self, viewer: &Viewer, action: Action) -> Access {
        if self.deleted && !action.is_administrative() {
            return Access::NotFound;
        }
        decide(viewer.role, Relation::of(viewer, self.owner, self.team), self.state, action)
    }
}

const fn administrative(role: Role, action: Action) -> Access {
    match (role, action) {
        (Role::Admin, _) => Access::Allowed,
        (Role::TeamLead, Action::SeeQueues) => Access::Allowed,
        (Role::Agent | Role::TeamLead, _) => Access::Forbidden(Refusal::RoleLacksRight),
    }
}

/// Everything but what takes the lead away from its owner without anybody else knowing.
const fn owner(role: Role, action: Action) -> Access {
    match action {
        Action::RequestRawAccess => Access::Forbidden(Refusal::OwnerNeedsNoGrant),
        // A hand-back is for the one who rescued: the owner ends Stale by a touch.
        Action::HandBack => Access::Forbidden(Refusal::RoleLacksRight),
        Action::Reassign => match role {
            Role::TeamLead | Role::Admin => Access::Allowed,
            Role::Agent => Access::Forbidden(Refusal::RoleLacksRight),
        },
        Action::SeeLead
        | Action::SeeTimeline
        | Action::ReadRaw
        | Action::ActOnCard
        | Action::EditLead
        | Action::Send
        | Action::Call
        | Action::Schedule
        | Action::WriteNote
        | Action::ChangeStatus
        | Action::Delete => Access::Allowed,
        Action::EditRules
        | Action::ManageUsers
        | Action::ManageConnections
        | Action::ReadAudit
        | Action::SeeQueues => administrative(role, action),
    }
}

/// RSC-1: a team lead's send and call exist only while the lead is Stale, reassigning always.
const fn team_lead(state: StateName, action: Action) -> Access {
    match action {
        Action::SeeLead | Action::SeeTimeline | Action::Reassign => Access::Allowed,
        Action::ReadRaw
        | Action::RequestRawAccess
        | Action::ActOnCard
        | Action::Send
        | Action::Call
        | Action::Schedule
        | Action::WriteNote
        | Action::HandBack
        | Action::ChangeStatus => match state {
            StateName::Stale => Access::Allowed,
            StateName::New | StateName::Active | StateName::AtRisk => {
                Access::Forbidden(Refusal::LeadNotStale)
            }
        },
        Action::EditLead | Action::Delete => Access::Forbidden(Refusal::RoleLacksRight),
        Action::EditRules
        | Action::ManageUsers
        | Action::ManageConnections
        | Action::ReadAudit
        | Action::SeeQueues => administrative(Role::TeamLead, action),
    }
}

const fn admin(action: Action) -> Access {
    match action {
        Action::SeeLead
        | Action::SeeTimeline
        | Action::EditLead
        | Action::Reassign
        | Action::ChangeStatus
        | Action::Delete => Access::Allowed,
        Action::ReadRaw | Action::RequestRawAccess => Access::Forbidden(Refusal::AdminReadsNoContent),
        Action::ActOnCard
        | Action::Send
        | Action::Call
        | Action::Schedule
        | Action::WriteNote
        | Action::HandBack => Access::Forbidden(Refusal::RoleLacksRight),
        Action::EditRules
        | Action::ManageUsers
        | Action::ManageConnections
        | Action::ReadAudit
        | Action::SeeQueues => administrative(Role::Admin, action),
    }
}
