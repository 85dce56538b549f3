//! Connections and their settings. Secrets go in and never come out.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    At, Form, FromForm,
    form::{Change, read},
};

/// The kinds of connection that can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionKind {
    TwilioSms,
}

impl ConnectionKind {
    /// All of them, by name.
    pub const ALL: &'static [(&'static str, Self)] = &[("twilio_sms", Self::TwilioSms)];

    /// The name in paths and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TwilioSms => "twilio_sms",
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
    pub settings: NewTwilioSettings,
}

impl FromForm for NewConnection {
    fn read(form: &mut Form) -> Option<Self> {
        let kind = form.required("kind", read::one_of(ConnectionKind::ALL));
        let owner_id = form.optional("owner_id", read::uuid);
        let team_id = form.optional("team_id", read::uuid);
        let settings = if kind.is_some() {
            form.object("settings", true, NewTwilioSettings::read)
        } else {
            // What belongs in them hangs on the kind.
            form.skip("settings", true);
            None
        };
        if (&owner_id, &team_id) == (&Some(None), &Some(None)) {
            form.error("owner_id", "required", "is required, or team_id is");
            return None;
        }
        Some(Self { kind: kind?, owner_id: owner_id?, team_id: team_id?, settings: settings? })
    }
}

/// What it takes to use a Twilio number.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTwilioSettings {
    #[schema(max_length = 64)]
    pub account_sid: String,
    /// Write-only.
    #[schema(max_length = 256, write_only)]
    pub auth_token: String,
    /// E.164.
    #[schema(example = "+14155550100")]
    pub number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub messaging_service_sid: Option<String>,
    /// Where Twilio's API is instead of its usual place, for simulators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_base_url: Option<String>,
}

impl FromForm for NewTwilioSettings {
    fn read(form: &mut Form) -> Option<Self> {
        let account_sid = form.required("account_sid", read::opaque(64));
        let auth_token = form.required("auth_token", read::opaque(256));
        let number = form.required("number", read::phone);
        let messaging_service_sid = form.optional("messaging_service_sid", read::opaque(64));
        let api_base_url = form.optional("api_base_url", read::base_url);
        Some(Self {
            account_sid: account_sid?,
            auth_token: auth_token?,
            number: number?,
            messaging_service_sid: messaging_service_sid?,
            api_base_url: api_base_url?,
        })
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
    pub settings: Option<TwilioSettingsChange>,
}

impl FromForm for ConnectionChange {
    fn read(form: &mut Form) -> Option<Self> {
        let owner_id = form.change("owner_id", read::uuid);
        let team_id = form.optional("team_id", read::uuid);
        let sent = form.has("settings");
        let settings = form.object("settings", false, TwilioSettingsChange::read);
        Some(Self { owner_id: owner_id?, team_id: team_id?, settings: if sent { settings } else { None } })
    }
}

/// What changes of a Twilio number's settings.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TwilioSettingsChange {
    #[schema(max_length = 64)]
    pub account_sid: Option<String>,
    /// Write-only.
    #[schema(max_length = 256, write_only)]
    pub auth_token: Option<String>,
    /// E.164.
    pub number: Option<String>,
    /// Null takes it away.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<String>, max_length = 64)]
    pub messaging_service_sid: Change<String>,
    /// Null takes it away.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<String>)]
    pub api_base_url: Change<String>,
}

impl FromForm for TwilioSettingsChange {
    fn read(form: &mut Form) -> Option<Self> {
        let account_sid = form.optional("account_sid", read::opaque(64));
        let auth_token = form.optional("auth_token", read::opaque(256));
        let number = form.optional("number", read::phone);
        let messaging_service_sid = form.change("messaging_service_sid", read::opaque(64));
        let api_base_url = form.change("api_base_url", read::base_url);
        Some(Self {
            account_sid: account_sid?,
            auth_token: auth_token?,
            number: number?,
            messaging_service_sid: messaging_service_sid?,
            api_base_url: api_base_url?,
        })
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
    pub settings: TwilioSettings,
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

/// A Twilio number's settings without its secret.
#[derive(Clone, Serialize, ToSchema)]
pub struct TwilioSettings {
    pub account_sid: String,
    pub number: String,
    pub messaging_service_sid: Option<String>,
    pub api_base_url: Option<String>,
}

/// What this process has seen of a connection's webhooks since it started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConnectionHealth {
    /// Requests that were made durable.
    pub received: u64,
    #[schema(inline)]
    pub last_received_at: Option<At>,
    /// Requests with a missing or wrong signature (ING-6).
    pub signature_failures: u64,
    #[schema(inline)]
    pub last_signature_failure_at: Option<At>,
    /// Of these, requests that name another account than the settings do.
    pub signed_for_other_account: u64,
    /// Requests that could not be made durable, and were answered so that the provider repeats them.
    pub not_durable: u64,
}
