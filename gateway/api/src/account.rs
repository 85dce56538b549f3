//! Tenants and users.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    At, Form, FromForm,
    form::{
        Change,
        read::{self, one_of},
    },
};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Agent,
    TeamLead,
    Admin,
}

impl Role {
    /// All of them, by name.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("agent", Self::Agent), ("team_lead", Self::TeamLead), ("admin", Self::Admin)];
}

/// `POST /v1/tenants`
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    #[schema(max_length = 120, example = "Example Realty")]
    pub name: String,
    #[schema(format = "email", max_length = 254)]
    pub admin_email: String,
    #[schema(format = "password", min_length = 8, max_length = 256)]
    pub admin_password: String,
}

impl FromForm for NewTenant {
    fn read(form: &mut Form) -> Option<Self> {
        let name = form.required("name", read::line(120));
        let admin_email = form.required("admin_email", read::email);
        let admin_password = form.required("admin_password", read::new_password);
        Some(Self { name: name?, admin_email: admin_email?, admin_password: admin_password? })
    }
}

/// A brokerage and its first user.
#[derive(Clone, Serialize, ToSchema)]
pub struct Tenant {
    pub id: Uuid,
    pub name: String,
    pub admin_id: Uuid,
    #[schema(inline)]
    pub created_at: At,
}

/// `POST /v1/users`
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Unique in a deployment.
    #[schema(format = "email", max_length = 254)]
    pub email: String,
    #[schema(max_length = 120)]
    pub name: String,
    pub role: Role,
    /// Admins may have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<Uuid>,
    /// BCP 47.
    #[schema(example = "en")]
    pub language: String,
    /// IANA; the team's if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Paris")]
    pub time_zone: Option<String>,
    /// Active with one, invited without.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "password", min_length = 8, max_length = 256)]
    pub password: Option<String>,
}

impl FromForm for NewUser {
    fn read(form: &mut Form) -> Option<Self> {
        let email = form.required("email", read::email);
        let name = form.required("name", read::line(120));
        let role = form.required("role", one_of(Role::ALL));
        let team_id = form.optional("team_id", read::uuid);
        let language = form.required("language", read::language);
        let time_zone = form.optional("time_zone", read::time_zone);
        let password = form.optional("password", read::new_password);
        if team_id == Some(None) && role.is_some_and(|role| role != Role::Admin) {
            form.error("team_id", "required", "is required for agents and team leads");
            return None;
        }
        Some(Self {
            email: email?,
            name: name?,
            role: role?,
            team_id: team_id?,
            language: language?,
            time_zone: time_zone?,
            password: password?,
        })
    }
}

/// `PATCH /v1/users/{id}`: what is absent stays.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    #[schema(max_length = 120)]
    pub name: Option<String>,
    pub language: Option<String>,
    /// IANA; null: the team's.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<String>, example = "Europe/Paris")]
    pub time_zone: Change<String>,
    /// Takes USERS_MANAGE. The leads of one who becomes an administrator go to the team lead.
    pub role: Option<Role>,
    /// Takes USERS_MANAGE. Leads and connections go with the user.
    pub team_id: Option<Uuid>,
}

impl FromForm for UserChange {
    fn read(form: &mut Form) -> Option<Self> {
        let name = form.optional("name", read::line(120));
        let language = form.optional("language", read::language);
        let time_zone = form.change("time_zone", read::time_zone);
        let role = form.optional("role", one_of(Role::ALL));
        let team_id = form.optional("team_id", read::uuid);
        Some(Self { name: name?, language: language?, time_zone: time_zone?, role: role?, team_id: team_id? })
    }
}

/// Whether a user can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    Active,
    Invited,
    /// Can't sign in any more, and what was theirs is still being handed on.
    Leaving,
    Left,
}

/// A person who signs in.
#[derive(Clone, Serialize, ToSchema)]
pub struct User {
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub team_id: Option<Uuid>,
    pub language: String,
    pub time_zone: Option<String>,
    pub status: UserStatus,
    /// Who has the leads of one who left or became an administrator; null: nobody, or nobody had to.
    pub successor_id: Option<Uuid>,
    #[schema(inline)]
    pub created_at: At,
}
