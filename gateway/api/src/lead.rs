//! A lead as lists and its own page show it.

use hearthline_engine::{
    identity::{Address, IdentityKind},
    lead::{ChannelStanding, Lead as Aggregate, MergedLead as Merged, Rejected},
    message::Channel as EngineChannel,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{At, Channel, Explained, HandleKind, LeadSource, LeadState, LeadStatus};

/// The client record and its follow-up state. Not printable: names and addresses stay out of logs.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Lead {
    pub id: Uuid,
    pub team_id: Uuid,
    pub owner_id: Option<Uuid>,
    pub state: LeadState,
    pub status: LeadStatus,
    pub name: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// `YYYY-MM-DD`.
    #[schema(format = "date")]
    pub birthday: Option<String>,
    pub address: Option<String>,
    pub emails: Vec<String>,
    /// E.164.
    pub phones: Vec<String>,
    /// Identities that are neither e-mail address nor phone number.
    pub handles: Vec<Handle>,
    /// Where messages can be sent to the client, as it is now.
    pub channels: Vec<ChannelState>,
    pub tags: Vec<String>,
    pub source: LeadSource,
    /// BCP 47, where known.
    pub language: Option<String>,
    #[schema(inline)]
    pub created_at: At,
    #[schema(inline)]
    pub last_touch_at: Option<At>,
    #[schema(inline)]
    pub last_interaction_at: Option<At>,
    /// When the next card is due.
    #[schema(inline)]
    pub next_action_at: Option<At>,
    #[schema(inline)]
    pub at_risk_at: Option<At>,
    #[schema(inline)]
    pub stale_at: Option<At>,
    /// Where it stands and what happens next, in the language of the user who asks.
    #[schema(example = "New since 09:41; first reply due by 10:41.")]
    pub explanation: String,
    /// Which explanation it is. Stable.
    #[schema(example = "new")]
    pub explanation_key: &'static str,
    /// What it speaks of: moments in RFC 3339.
    #[schema(value_type = Object, example = json!({"due_by": "2026-03-01T10:41:00.000Z"}))]
    pub explanation_params: serde_json::Map<String, serde_json::Value>,
    /// Leads that were merged into this one, in their order (IDN-3).
    pub merged: Vec<MergedLead>,
    /// The number of its commits; the ETag.
    pub version: u64,
}

/// A lead that was merged into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MergedLead {
    pub lead_id: Uuid,
    /// Who merged it.
    pub by: Uuid,
    #[schema(inline)]
    pub at: At,
}

/// Whether the client can be written to on a channel (OUT-2, OUT-7).
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct ChannelState {
    pub channel: Channel,
    pub open: bool,
    /// When its reply window closes, where its provider has windows.
    #[schema(inline)]
    pub open_until: Option<At>,
    /// Why it is closed: the code with which a message there would be refused.
    #[schema(example = "window_closed")]
    pub closed_by: Option<&'static str>,
    #[serde(flatten)]
    pub explained: Explained,
}

/// An identity that is neither an e-mail address nor a phone number.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Handle {
    pub kind: HandleKind,
    pub value: String,
}

/// What the engine's clocks say of a lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeadClocks {
    pub at_risk_at: Option<Timestamp>,
    pub stale_at: Option<Timestamp>,
}

impl Lead {
    /// A lead as it is shown to one who may know of it.
    #[must_use]
    pub fn of(
        lead: &Aggregate,
        clocks: LeadClocks,
        explained: Explained,
        channels: Vec<ChannelState>,
    ) -> Self {
        let next = lead.cards.iter().map(|card| card.snoozed_until.unwrap_or(card.due_at));
        let next = next.chain(lead.follow_ups.iter().map(|follow_up| follow_up.due_at)).min();
        Self {
            id: lead.id.0,
            team_id: lead.team.0,
            owner_id: lead.owner.map(|owner| owner.0),
            state: lead.state_name().into(),
            status: lead.status.into(),
            name: lead.name.as_ref().map(|name| name.0.clone()),
            first_name: lead.details.first_name.as_ref().map(|name| name.0.clone()),
            last_name: lead.details.last_name.as_ref().map(|name| name.0.clone()),
            birthday: lead.details.birthday.map(|day| day.to_string()),
            address: lead.details.address.as_ref().map(|address| address.0.clone()),
            emails: values(&lead.identities, IdentityKind::Email),
            phones: values(&lead.identities, IdentityKind::Phone),
            handles: handles(&lead.identities),
            channels,
            tags: lead.tags.iter().cloned().collect(),
            source: lead.source.into(),
            language: lead.language.clone(),
            created_at: lead.created_at.into(),
            last_touch_at: lead.last_touch_at().map(Into::into),
            last_interaction_at: lead.last_interaction_at.map(Into::into),
            next_action_at: next.map(Into::into),
            at_risk_at: clocks.at_risk_at.map(Into::into),
            stale_at: clocks.stale_at.map(Into::into),
            explanation: explained.explanation,
            explanation_key: explained.explanation_key,
            explanation_params: explained.explanation_params,
            merged: lead.merged.iter().map(MergedLead::from).collect(),
            version: lead.version,
        }
    }
}

impl From<&Merged> for MergedLead {
    fn from(merged: &Merged) -> Self {
        Self { lead_id: merged.lead.0, by: merged.by.0, at: merged.at.into() }
    }
}

impl ChannelState {
    /// As the engine tells it, in somebody's words.
    #[must_use]
    pub fn of(channel: EngineChannel, standing: ChannelStanding, explained: Explained) -> Self {
        let (open, open_until, closed_by) = match standing {
            ChannelStanding::Open { until } => (true, until, None),
            ChannelStanding::WindowClosed => (false, None, Some(Rejected::WindowClosed.code())),
            ChannelStanding::OptedOut => (false, None, Some(Rejected::ChannelOptedOut.code())),
        };
        let open_until = open_until.map(Into::into);
        Self { channel: channel.into(), open, open_until, closed_by, explained }
    }
}

fn values(identities: &[Address], kind: IdentityKind) -> Vec<String> {
    identities.iter().filter(|address| address.kind == kind).map(|address| address.value.clone()).collect()
}

fn handles(identities: &[Address]) -> Vec<Handle> {
    let others = identities
        .iter()
        .filter(|address| !matches!(address.kind, IdentityKind::Email | IdentityKind::Phone));
    others.map(|address| Handle { kind: address.kind.into(), value: address.value.clone() }).collect()
}
