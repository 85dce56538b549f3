//! What a brokerage sets for itself.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Form, FromForm, form::read};

/// `GET /v1/tenant`: the brokerage of whoever asks.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TenantSettings {
    pub id: Uuid,
    pub name: String,
    /// Leads made by hand need a phone number.
    pub phone_required: bool,
}

/// `PATCH /v1/tenant`: what is absent stays.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantChange {
    #[schema(max_length = 120)]
    pub name: Option<String>,
    pub phone_required: Option<bool>,
}

impl FromForm for TenantChange {
    fn read(form: &mut Form) -> Option<Self> {
        let name = form.optional("name", read::line(120));
        let phone_required = form.optional("phone_required", read::boolean);
        Some(Self { name: name?, phone_required: phone_required? })
    }
}
