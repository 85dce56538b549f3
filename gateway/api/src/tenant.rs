//! What a brokerage sets for itself.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Form, FromForm, form::read};

/// What becomes of somebody whom nobody knows, when they first write (IDN-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownSenders {
    /// A lead of whoever the message came to.
    NewLead,
    /// A lead of nobody: it waits in the unassigned queue.
    Unassigned,
}

impl UnknownSenders {
    /// All of them, by name.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("new_lead", Self::NewLead), ("unassigned", Self::Unassigned)];

    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewLead => "new_lead",
            Self::Unassigned => "unassigned",
        }
    }
}

/// `GET /v1/tenant`: the brokerage of whoever asks.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TenantSettings {
    pub id: Uuid,
    pub name: String,
    /// Leads made by hand need a phone number.
    pub phone_required: bool,
    /// What becomes of those whom nobody knows.
    pub unknown_senders: UnknownSenders,
}

/// `PATCH /v1/tenant`: what is absent stays.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantChange {
    #[schema(max_length = 120)]
    pub name: Option<String>,
    pub phone_required: Option<bool>,
    pub unknown_senders: Option<UnknownSenders>,
}

impl FromForm for TenantChange {
    fn read(form: &mut Form) -> Option<Self> {
        let name = form.optional("name", read::line(120));
        let phone_required = form.optional("phone_required", read::boolean);
        let unknown_senders = form.optional("unknown_senders", read::one_of(UnknownSenders::ALL));
        Some(Self { name: name?, phone_required: phone_required?, unknown_senders: unknown_senders? })
    }
}
