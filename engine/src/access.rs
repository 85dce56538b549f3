//! The access policy (TEN-2, TEN-3, TEN-4, PRV-2, PRV-3, RSC-1): one pure function over role, relation to the lead,
//! lead state and action, and the only maker of [`RawGrant`].
//!
//! What it promises: an agent knows only of the leads they own; a team lead knows their team's leads and reads raw
//! content only while a lead is Stale and after the reason was audited; an admin administers and reads no raw content.
//! No permission code can widen that (TEN-3): it is a floor.
//!
//! What it deliberately does not know: sessions, permission codes that a tenant edits, and how anything is fetched.

use crate::{
    ids::{LeadId, TeamId, UserId},
    lead::{Lead, StateName},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What a person is in their tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works the leads they own.
    Agent,
    /// Looks after a team's leads and rescues the Stale ones.
    TeamLead,
    /// Administers the tenant; reads no raw content.
    Admin,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The person.
    pub user: UserId,
    /// Their team, if they are in one.
    pub team: Option<TeamId>,
    /// Their role.
    pub role: Role,
}

/// How a person stands to a lead of their tenant. (Of another tenant's lead nobody knows: TEN-2.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// It is theirs.
    Owner,
    /// It is of their team.
    Team,
    /// It is of another team of their tenant.
    Tenant,
}

impl Relation {
    /// How `viewer` stands to a lead with that owner and team.
    #[must_use]
    pub fn of(viewer: &Viewer, owner: Option<UserId>, team: TeamId) -> Self {
        if owner == Some(viewer.user) {
            Self::Owner
        } else if viewer.team == Some(team) {
            Self::Team
        } else {
            Self::Tenant
        }
    }
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// See that the lead exists: names, state, times.
    SeeLead,
    /// See the types and times of its events.
    SeeTimeline,
    /// Read subjects, bodies, attachments, notes (PRV-1).
    ReadRaw,
    /// Open the door to raw content of a Stale lead, with a reason (PRV-2).
    RequestRawAccess,
    /// Done or Snooze on a card.
    ActOnCard,
    /// Change what is known of the person: name, tags, language.
    EditLead,
    /// Write to the client.
    Send,
    /// Call the client, and tell the outcome.
    Call,
    /// Plan a follow-up.
    Schedule,
    /// Write a note.
    WriteNote,
    /// Give the lead to another owner.
    Reassign,
    /// Give a rescued lead back to its owner.
    HandBack,
    /// Archive, convert, bring back.
    ChangeStatus,
    /// Delete softly.
    Delete,
    /// Change a team's rules.
    EditRules,
    /// Invite and change users and teams.
    ManageUsers,
    /// Connect mailboxes and numbers.
    ManageConnections,
    /// Read the audit log.
    ReadAudit,
    /// See metadata of dead letters, reviews and the unassigned queue (PRV-8).
    SeeQueues,
}

impl Action {
    /// Every action, for tables.
    pub const ALL: [Self; 19] = [
        Self::SeeLead,
        Self::SeeTimeline,
        Self::ReadRaw,
        Self::RequestRawAccess,
        Self::ActOnCard,
        Self::EditLead,
        Self::Send,
        Self::Call,
        Self::Schedule,
        Self::WriteNote,
        Self::Reassign,
        Self::HandBack,
        Self::ChangeStatus,
        Self::Delete,
        Self::EditRules,
        Self::ManageUsers,
        Self::ManageConnections,
        Self::ReadAudit,
        Self::SeeQueues,
    ];

    /// Whether it is about the tenant or a team and not about one lead: then relation and state say nothing.
    #[must_use]
    pub const fn is_administrative(self) -> bool {
        match self {
            Self::EditRules
            | Self::ManageUsers
            | Self::ManageConnections
            | Self::ReadAudit
            | Self::SeeQueues => true,
            Self::SeeLead
            | Self::SeeTimeline
            | Self::ReadRaw
            | Self::RequestRawAccess
            | Self::ActOnCard
            | Self::EditLead
            | Self::Send
            | Self::Call
            | Self::Schedule
            | Self::WriteNote
            | Self::Reassign
            | Self::HandBack
            | Self::ChangeStatus
            | Self::Delete => false,
        }
    }
}

/// The answer of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Go on.
    Allowed,
    /// Answer exactly as for what does not exist (TEN-2).
    NotFound,
    /// They may know of the lead, but not do this: 403 with the refusal's code.
    Forbidden(Refusal),
}

/// Why somebody who may know of a lead may not do that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// They may not even know of it.
    #[error("there is no such lead")]
    NotVisible,
    /// A team lead's right that exists only while the lead is Stale.
    #[error("this is possible only while the lead is Stale")]
    LeadNotStale,
    /// The door to raw content needs a reason, and the reason needs its audit row.
    #[error("reading this lead's content needs a reason")]
    ReasonMissing,
    /// The role does not include this.
    #[error("this role does not include that")]
    RoleLacksRight,
    /// Admins read no raw content.
    #[error("administrators read no content")]
    AdminReadsNoContent,
    /// The owner reads without asking.
    #[error("the owner needs no leave to read")]
    OwnerNeedsNoGrant,
}

impl Refusal {
    /// The stable code that APIs carry.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotVisible => "lead_not_found",
            Self::LeadNotStale => "lead_not_stale",
            Self::ReasonMissing => "raw_access_reason_required",
            Self::RoleLacksRight => "role_lacks_right",
            Self::AdminReadsNoContent => "admin_reads_no_content",
            Self::OwnerNeedsNoGrant => "owner_needs_no_grant",
        }
    }
}

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
}

impl Subject {
    /// What the policy needs of a lead.
    #[must_use]
    pub fn of(lead: &Lead) -> Self {
        let state = match lead.state_name() {
            StateName::Stale if lead.is_dormant() => StateName::Active,
            name @ (StateName::New | StateName::Active | StateName::AtRisk | StateName::Stale) => name,
        };
        Self { lead: lead.id, owner: lead.owner, team: lead.team, state, deleted: lead.deleted }
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

/// How long an audited reason opens the door (surface: 15 minutes).
pub const RAW_ACCESS_MS: i64 = 15 * 60_000;

/// That somebody's reason for reading a lead stands durably in the audit log. The shell makes one only after that row
/// is durable (PRV-2); it holds for that person, that lead and a quarter of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedReason {
    lead: LeadId,
    reader: UserId,
    expires_at: Timestamp,
}

impl AuditedReason {
    /// To be called after the audit row with the reason is durable, with the time of that row.
    #[must_use]
    pub const fn durable(lead: LeadId, reader: UserId, audited_at: Timestamp) -> Self {
        Self { lead, reader, expires_at: audited_at.plus_millis(RAW_ACCESS_MS) }
    }
    /// When it ends, if the Stale state does not end before.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

/// Leave to open raw values ([`crate::raw::Raw::open`]). It has no constructor: [`raw_grant`] is the only way to one.
#[derive(Debug)]
pub struct RawGrant(());

/// Leave to open a lead's raw content. This is the only maker of [`RawGrant`]; there is none for the system itself.
///
/// # Errors
/// Why not. To one who may not know of the lead that is [`Refusal::NotVisible`].
pub fn raw_grant(
    viewer: &Viewer,
    subject: &Subject,
    reason: Option<&AuditedReason>,
    now: Timestamp,
) -> Result<RawGrant, Refusal> {
    match subject.access(viewer, Action::ReadRaw) {
        Access::NotFound => return Err(Refusal::NotVisible),
        Access::Forbidden(refusal) => return Err(refusal),
        Access::Allowed => {}
    }
    match Relation::of(viewer, subject.owner, subject.team) {
        Relation::Owner => Ok(RawGrant(())),
        Relation::Team | Relation::Tenant => match reason {
            Some(reason)
                if reason.lead == subject.lead && reason.reader == viewer.user && now < reason.expires_at =>
            {
                Ok(RawGrant(()))
            }
            Some(_) | None => Err(Refusal::ReasonMissing),
        },
    }
}
