//! Connections and their settings. Secrets go in and never come out.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    At, ConnectionHealth, ConnectionSettings, Form, FromForm, NewSettings, SettingsChange,
    form::{Change, read},
};

/// The kinds of connection that can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionKind {
    TwilioSms,
    Whatsapp,
    Messenger,
    Instagram,
}

impl ConnectionKind {
    /// All of them, by name.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("twilio_sms", Self::TwilioSms),
        ("whatsapp", Self::Whatsapp),
        ("messenger", Self::Messenger),
        ("instagram", Self::Instagram),
    ];

    /// The name in paths and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TwilioSms => "twilio_sms",
            Self::Whatsapp => "whatsapp",
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
        }
    }
}

/// `POST /v1/connections`. Owned by a user, or by a team.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    pub kind: ConnectionKind,
    /// Whose leads come through it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<Uuid>,
    /// Whose it is when it has no owner; leads start without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<Uuid>,
    /// Those of the kind.
    pub settings: NewSettings,
}

impl FromForm for NewConnection {
    fn read(form: &mut Form) -> Option<Self> {
        let kind = form.required("kind", read::one_of(ConnectionKind::ALL));
        let owner_id = form.optional("owner_id", read::uuid);
        let team_id = form.optional("team_id", read::uuid);
        let settings = match kind {
            Some(kind) => form.object("settings", true, |form| NewSettings::read(kind, form)),
            None => {
                // What belongs in them hangs on the kind.
                form.skip("settings", true);
                None
            }
        };
        if (&owner_id, &team_id) == (&Some(None), &Some(None)) {
            form.error("owner_id", "required", "is required, or team_id is");
            return None;
        }
        Some(Self { kind: kind?, owner_id: owner_id?, team_id: team_id?, settings: settings? })
    }
}

/// `PATCH /v1/connections/{id}`: what is absent stays as it is.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionChange {
    /// Null: the team's from now on.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<Uuid>)]
    pub owner_id: Change<Uuid>,
    pub team_id: Option<Uuid>,
    pub settings: Option<SettingsChange>,
}

impl FromForm for ConnectionChange {
    fn read(form: &mut Form) -> Option<Self> {
        let owner_id = form.change("owner_id", read::uuid);
        let team_id = form.optional("team_id", read::uuid);
        let sent = form.has("settings");
        let settings = form.object("settings", false, SettingsChange::read);
        Some(Self { owner_id: owner_id?, team_id: team_id?, settings: if sent { settings } else { None } })
    }
}

/// A connected number, mailbox or account.
#[derive(Clone, Serialize, ToSchema)]
pub struct Connection {
    pub id: Uuid,
    pub kind: ConnectionKind,
    #[schema(example = "unverified")]
    pub status: ConnectionStatus,
    pub owner_id: Option<Uuid>,
    pub team_id: Uuid,
    /// Those of the kind, without secrets.
    pub settings: ConnectionSettings,
    /// What the provider is to call.
    pub webhook_url: String,
    pub health: ConnectionHealth,
    #[schema(inline)]
    pub created_at: At,
    /// How often it was changed; the ETag.
    pub version: u64,
}

/// How far a connection is known to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// Nobody has asked the provider yet.
    Unverified,
}

/// What a provider says when it is asked whether it knows a connection (ING-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionTestResult {
    /// It takes the credentials, and knows the account.
    Ok,
    /// It does not take the credentials.
    Rejected,
    /// It takes them, or does not say, and does not show the account.
    Refused,
    /// It asks to come later.
    Throttled,
    /// It could not be reached, or fails.
    Unreachable,
}

/// A connection that was tested.
#[derive(Clone, Serialize, ToSchema)]
pub struct ConnectionTest {
    pub result: ConnectionTestResult,
    /// The provider's, or `http_` and a status.
    #[schema(example = "190")]
    pub code: Option<String>,
    #[schema(inline)]
    pub tested_at: At,
    /// As it is now, with what the test tells of its health.
    pub connection: Connection,
}
