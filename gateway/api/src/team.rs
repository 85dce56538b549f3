//! Teams.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{At, Form, FromForm, form::read};

/// `POST /v1/teams`
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeam {
    #[schema(max_length = 120)]
    pub name: String,
    /// IANA; UTC if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Paris")]
    pub time_zone: Option<String>,
}

impl FromForm for NewTeam {
    fn read(form: &mut Form) -> Option<Self> {
        let name = form.required("name", read::line(120));
        let time_zone = form.optional("time_zone", read::time_zone);
        Some(Self { name: name?, time_zone: time_zone? })
    }
}

/// Agents and their team leads.
#[derive(Clone, Serialize, ToSchema)]
pub struct Team {
    pub id: Uuid,
    pub name: String,
    pub time_zone: String,
    /// Users who lead it.
    pub team_lead_ids: Vec<Uuid>,
    #[schema(inline)]
    pub created_at: At,
}
