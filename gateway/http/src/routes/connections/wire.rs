//! Connections between their rows and the wire. Secrets go in and never out.

use hearthline_api::{
    Connection, ConnectionHealth, ConnectionKind, ConnectionStatus, NewTwilioSettings, TwilioSettings,
    TwilioSettingsChange,
};
use hearthline_storage_api::rows::connection::{self, ConnectionRow, Secret, Settings};

/// New settings as they are stored.
pub(super) fn stored(new: NewTwilioSettings) -> connection::TwilioSettings {
    connection::TwilioSettings {
        account_sid: new.account_sid,
        auth_token: Secret(new.auth_token),
        number: new.number,
        messaging_service_sid: new.messaging_service_sid,
        api_base_url: new.api_base_url,
    }
}

/// Makes a change: what is absent stays.
pub(super) fn apply(settings: &mut connection::TwilioSettings, change: TwilioSettingsChange) {
    if let Some(account_sid) = change.account_sid {
        settings.account_sid = account_sid;
    }
    if let Some(auth_token) = change.auth_token {
        settings.auth_token = Secret(auth_token);
    }
    if let Some(number) = change.number {
        settings.number = number;
    }
    settings.messaging_service_sid = change.messaging_service_sid.of(settings.messaging_service_sid.take());
    settings.api_base_url = change.api_base_url.of(settings.api_base_url.take());
}

/// A connection without its secrets.
pub(super) fn shown(row: &ConnectionRow, public_url: &str, health: ConnectionHealth) -> Connection {
    let Settings::TwilioSms(settings) = &row.settings;
    Connection {
        id: row.id.0,
        kind: ConnectionKind::TwilioSms,
        status: match row.status {
            connection::ConnectionStatus::Unverified => ConnectionStatus::Unverified,
        },
        owner_id: row.owner.map(|owner| owner.0),
        team_id: row.team.0,
        settings: TwilioSettings {
            account_sid: settings.account_sid.clone(),
            number: settings.number.clone(),
            messaging_service_sid: settings.messaging_service_sid.clone(),
            api_base_url: settings.api_base_url.clone(),
        },
        webhook_url: format!("{public_url}/hooks/{}/{}", row.settings.kind(), row.id),
        health,
        created_at: row.created_at.into(),
        version: row.revision,
    }
}
