//! Rescue and the door to raw content: what is asked and answered (RSC-1, RSC-2, PRV-2).

use hearthline_engine::lead::{Recap as Facts, RescueProgress as Progress};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{At, Channel, Form, FromForm, Lead, LeadSource, PageQuery, form::read};

/// The longest reason, in characters.
pub const MAX_REASON: usize = 500;

/// `POST /v1/leads/{id}/raw-access`. Not printable: a reason may quote a client.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRawAccess {
    /// Why you have to read it: the owner and the administrators will see this.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

impl FromForm for NewRawAccess {
    fn read(form: &mut Form) -> Option<Self> {
        let reason = form.required("reason", read::line(MAX_REASON));
        Some(Self { reason: reason? })
    }
}

/// Leave to read a Stale lead. Not printable: it is a token.
#[derive(Clone, Serialize, ToSchema)]
pub struct RawAccess {
    /// To be sent as `Raw-Access-Grant`; works for you, for this lead and in this session.
    pub grant: String,
    /// It ends earlier if the lead leaves the Stale state.
    #[schema(inline)]
    pub expires_at: At,
}

/// Where a rescue stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RescueProgress {
    /// Nobody has done anything.
    Waiting,
    /// Somebody got in touch.
    InProgress,
    /// The client answered.
    Answered,
}

impl From<&Progress> for RescueProgress {
    fn from(progress: &Progress) -> Self {
        match progress {
            Progress::Waiting => Self::Waiting,
            Progress::InProgress { .. } => Self::InProgress,
            Progress::Answered { .. } => Self::Answered,
        }
    }
}

/// A lead of the rescue queue: derived facts alone. Not printable: names stay out of logs.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct RescueItem {
    pub lead_id: Uuid,
    pub lead_name: String,
    pub team_id: Uuid,
    pub owner_id: Option<Uuid>,
    /// When the stale window ended.
    #[schema(inline)]
    pub stale_since: At,
    pub progress: RescueProgress,
    /// Who got in touch.
    pub rescuer_id: Option<Uuid>,
    /// When the client answered.
    #[schema(inline)]
    pub answered_at: Option<At>,
    /// How often the team was told that nothing happens.
    pub escalations: u32,
    #[schema(inline)]
    pub last_touch_at: Option<At>,
    #[schema(inline)]
    pub last_interaction_at: Option<At>,
    pub source: LeadSource,
    pub language: Option<String>,
}

/// Which part of the rescue queue is asked for.
#[derive(Clone, Debug)]
pub struct RescueQuery {
    pub page: PageQuery,
    /// For administrators: one team's.
    pub team: Option<Uuid>,
}

impl FromForm for RescueQuery {
    fn read(form: &mut Form) -> Option<Self> {
        let page = PageQuery::read(form);
        let team = form.optional("team_id", read::uuid);
        Some(Self { page: page?, team: team? })
    }
}

/// `POST /v1/leads/{id}/hand-back` has nothing to say: `{}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHandBack {}

impl FromForm for NewHandBack {
    fn read(_: &mut Form) -> Option<Self> {
        Some(Self {})
    }
}

/// What happened while a lead was Stale. Derived: no word of anybody is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recap {
    #[schema(inline)]
    pub stale_since: At,
    pub escalations: u32,
    /// Who rescued it, if anybody did.
    pub rescuer_id: Option<Uuid>,
    /// The latest contact that was made, and how.
    #[schema(inline)]
    pub last_contact_at: Option<At>,
    pub last_contact_channel: Option<Channel>,
    /// When the client answered.
    #[schema(inline)]
    pub answered_at: Option<At>,
    /// The client wrote and nobody has answered that yet.
    pub awaits_reply: bool,
}

impl From<&Facts> for Recap {
    fn from(facts: &Facts) -> Self {
        Self {
            stale_since: facts.stale_since.into(),
            escalations: facts.escalations,
            rescuer_id: facts.rescuer.map(|user| user.0),
            last_contact_at: facts.last_contact.map(|(at, _)| at.into()),
            last_contact_channel: facts.last_contact.map(|(_, channel)| channel.into()),
            answered_at: facts.answered_at.map(Into::into),
            awaits_reply: facts.awaits_reply,
        }
    }
}

/// A lead that was given back to its owner.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct HandedBack {
    pub lead: Lead,
    pub recap: Recap,
}
