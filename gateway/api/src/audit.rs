//! The audit log as it is shown (PRV-4).

use hearthline_engine::{
    audit::{Actor as By, Subject as Of},
    ids::{LeadId, UserId},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{At, Form, FromForm, PageQuery, form::read};

/// Which entries are asked for; everything that is set must fit. Newest first.
#[derive(Clone, Debug)]
pub struct AuditQuery {
    pub page: PageQuery,
    pub actor: Option<UserId>,
    pub lead: Option<LeadId>,
    pub action: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

/// [`AuditQuery`] as OpenAPI shows it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditParams {
    /// The person who did it.
    pub actor_id: Option<Uuid>,
    /// The lead it was done to.
    pub lead_id: Option<Uuid>,
    /// Such as `lead.owner_changed`; with a dot at its end, all that begin so: `raw.`
    #[param(max_length = 64)]
    pub action: Option<String>,
    /// RFC 3339: happened at this moment or later.
    pub from: Option<String>,
    /// RFC 3339: happened before this moment.
    pub to: Option<String>,
}

impl FromForm for AuditQuery {
    fn read(form: &mut Form) -> Option<Self> {
        let page = PageQuery::read(form);
        let actor = form.optional("actor_id", read::uuid);
        let lead = form.optional("lead_id", read::uuid);
        let action = form.optional("action", read::line(64));
        let from = form.optional("from", read::moment);
        let to = form.optional("to", read::moment);
        Some(Self {
            page: page?,
            actor: actor?.map(UserId),
            lead: lead?.map(LeadId),
            action: action?,
            from: from?,
            to: to?,
        })
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditActorKind {
    User,
    Client,
    Clock,
    System,
}

/// Of whom or what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditSubjectKind {
    Lead,
    User,
    Team,
    Connection,
    Tenant,
}

/// An actor or a subject: its kind, and its id where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditActor {
    pub kind: AuditActorKind,
    pub id: Option<Uuid>,
}

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditSubject {
    pub kind: AuditSubjectKind,
    pub id: Option<Uuid>,
}

impl From<By> for AuditActor {
    fn from(by: By) -> Self {
        let (kind, id) = match by {
            By::User(user) => (AuditActorKind::User, Some(user.0)),
            By::Client => (AuditActorKind::Client, None),
            By::Clock => (AuditActorKind::Clock, None),
            By::System => (AuditActorKind::System, None),
        };
        Self { kind, id }
    }
}

impl From<Of> for AuditSubject {
    fn from(of: Of) -> Self {
        let (kind, id) = match of {
            Of::Lead(id) => (AuditSubjectKind::Lead, Some(id.0)),
            Of::User(id) => (AuditSubjectKind::User, Some(id.0)),
            Of::Team(id) => (AuditSubjectKind::Team, Some(id.0)),
            Of::Connection(id) => (AuditSubjectKind::Connection, Some(id.0)),
            Of::Tenant => (AuditSubjectKind::Tenant, None),
        };
        Self { kind, id }
    }
}

/// A field and its new value; absent, when the lead's key was destroyed.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditField {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// An entry of the log. Not printable: values may be personal.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its place in the chain of its month and shard.
    #[schema(example = "24313-07-000000000042")]
    pub id: String,
    /// When it happened.
    #[schema(inline)]
    pub at: At,
    /// When it was recorded.
    #[schema(inline)]
    pub recorded_at: At,
    pub actor: AuditActor,
    pub subject: AuditSubject,
    /// The subject, if it is a lead.
    pub lead_id: Option<Uuid>,
    pub action: String,
    /// In the actor's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub fields: Vec<AuditField>,
    /// SHA-256 over this entry and the one before, in hexadecimal.
    pub hash: String,
}

/// Somebody who read a lead.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Reader {
    pub reader_id: Uuid,
    /// Whoever has the lead learns who reads it, also of people whom they know nothing else of.
    pub reader_name: Option<String>,
    /// Whether it was the content that was read, or only what is derived from it.
    pub raw: bool,
    /// `raw.access_granted`, `raw.read`, `lead.read` or `timeline.read`.
    pub action: String,
    /// Why, in the reader's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When, or until when of a batch.
    #[schema(inline)]
    pub at: At,
    /// How often, in a batch of readings.
    pub count: u64,
}

/// What the verifier found of a tenant's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditVerdict {
    /// Everything is as it was written.
    pub intact: bool,
    pub chains: u64,
    pub entries: u64,
    /// What is not, at most a hundred.
    pub findings: Vec<AuditFinding>,
    /// How far each chain has got: keep it elsewhere, and `hearthline admin verify-audit --anchor` finds a log that was set
    /// back as a whole.
    pub anchor: Vec<AuditMark>,
}

/// One thing that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditFinding {
    /// Absent for the register of chains.
    pub chain: Option<String>,
    /// The entry at which it shows; 0 for the chain as a whole.
    pub seq: u64,
    #[schema(example = "entry_changed")]
    pub wrong: String,
}

/// How far a chain has got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditMark {
    pub chain: String,
    pub count: u64,
    pub hash: String,
}
