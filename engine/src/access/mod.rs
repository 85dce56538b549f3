//! The access policy (TEN-2, TEN-3, TEN-4, PRV-2, PRV-3, RSC-1): one pure function over role, relation to the lead,
//! lead state and action, and the only maker of [`RawGrant`].
//!
//! What it promises: an agent knows only of the leads they own; a team lead knows their team's leads and reads raw
//! content only while a lead is Stale and after the reason was audited; an admin administers and reads no raw content.
//! No permission code can widen that (TEN-3): it is a floor.
//!
//! What it deliberately does not know: sessions, permission codes that a tenant edits, and how anything is fetched.

mod policy;
mod raw_access;

pub use policy::*;
pub use raw_access::*;

use crate::ids::{TeamId, UserId};
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
