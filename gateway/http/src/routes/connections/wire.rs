//! Connections between their rows and the wire. Secrets go in and never out.

use hearthline_api::{
    Connection, ConnectionHealth, ConnectionKind, ConnectionSettings, ConnectionStatus, NewSettings,
    PageSettings, SettingsChange, TwilioSettings, WhatsappSettings,
};
use hearthline_storage_api::rows::connection::{self, ConnectionRow, MetaApp, Secret, Settings};

/// New settings as they are stored.
pub(super) fn stored(kind: ConnectionKind, new: NewSettings) -> Settings {
    match new {
        NewSettings::TwilioSms(new) => Settings::TwilioSms(connection::TwilioSettings {
            account_sid: new.account_sid,
            auth_token: Secret(new.auth_token),
            number: new.number,
            messaging_service_sid: new.messaging_service_sid,
            api_base_url: new.api_base_url,
        }),
        NewSettings::Whatsapp(new) => Settings::Whatsapp(connection::WhatsappSettings {
            phone_number_id: new.phone_number_id,
            business_account_id: new.business_account_id,
            app: MetaApp {
                app_secret: Secret(new.app_secret),
                verify_token: Secret(new.verify_token),
                access_token: Secret(new.access_token),
                api_base_url: new.api_base_url,
            },
        }),
        NewSettings::Page(new) => {
            let app = MetaApp {
                app_secret: Secret(new.app_secret),
                verify_token: Secret(new.verify_token),
                access_token: Secret(new.access_token),
                api_base_url: new.api_base_url,
            };
            let settings = connection::PageSettings { page_id: new.page_id, account_id: new.account_id, app };
            if kind == ConnectionKind::Instagram {
                Settings::Instagram(settings)
            } else {
                Settings::Messenger(settings)
            }
        }
    }
}

/// Makes a change that was checked to be of the kind: what is absent stays.
pub(super) fn apply(settings: &mut Settings, change: SettingsChange) {
    match settings {
        Settings::TwilioSms(settings) => {
            set(&mut settings.account_sid, change.account_sid);
            set(&mut settings.auth_token.0, change.auth_token);
            set(&mut settings.number, change.number);
            settings.messaging_service_sid =
                change.messaging_service_sid.of(settings.messaging_service_sid.take());
            settings.api_base_url = change.api_base_url.of(settings.api_base_url.take());
        }
        Settings::Whatsapp(settings) => {
            set(&mut settings.phone_number_id, change.phone_number_id.clone());
            set(&mut settings.business_account_id, change.business_account_id.clone());
            apply_to_app(&mut settings.app, change);
        }
        Settings::Messenger(settings) | Settings::Instagram(settings) => {
            settings.page_id = change.page_id.clone().or(settings.page_id.take());
            settings.account_id = change.account_id.clone().or(settings.account_id.take());
            apply_to_app(&mut settings.app, change);
        }
    }
}

fn apply_to_app(app: &mut MetaApp, change: SettingsChange) {
    set(&mut app.app_secret.0, change.app_secret);
    set(&mut app.verify_token.0, change.verify_token);
    set(&mut app.access_token.0, change.access_token);
    app.api_base_url = change.api_base_url.of(app.api_base_url.take());
}

fn set(field: &mut String, to: Option<String>) {
    if let Some(value) = to {
        *field = value;
    }
}

/// The kind of a row's settings.
pub(in crate::routes) const fn kind_of(settings: &Settings) -> ConnectionKind {
    match settings {
        Settings::TwilioSms(_) => ConnectionKind::TwilioSms,
        Settings::Whatsapp(_) => ConnectionKind::Whatsapp,
        Settings::Messenger(_) => ConnectionKind::Messenger,
        Settings::Instagram(_) => ConnectionKind::Instagram,
    }
}

/// A connection without its secrets.
pub(super) fn shown(row: &ConnectionRow, public_url: &str, health: ConnectionHealth) -> Connection {
    Connection {
        id: row.id.0,
        kind: kind_of(&row.settings),
        status: match row.status {
            connection::ConnectionStatus::Unverified => ConnectionStatus::Unverified,
        },
        owner_id: row.owner.map(|owner| owner.0),
        team_id: row.team.0,
        settings: shown_settings(row.settings.clone()),
        webhook_url: format!("{public_url}/hooks/{}/{}", row.settings.kind(), row.id),
        health,
        created_at: row.created_at.into(),
        version: row.revision,
    }
}

fn shown_settings(settings: Settings) -> ConnectionSettings {
    match settings {
        Settings::TwilioSms(settings) => ConnectionSettings::TwilioSms(TwilioSettings {
            account_sid: settings.account_sid,
            number: settings.number,
            messaging_service_sid: settings.messaging_service_sid,
            api_base_url: settings.api_base_url,
        }),
        Settings::Whatsapp(settings) => ConnectionSettings::Whatsapp(WhatsappSettings {
            phone_number_id: settings.phone_number_id,
            business_account_id: settings.business_account_id,
            api_base_url: settings.app.api_base_url,
        }),
        Settings::Messenger(settings) | Settings::Instagram(settings) => {
            ConnectionSettings::Page(PageSettings {
                page_id: settings.page_id,
                account_id: settings.account_id,
                api_base_url: settings.app.api_base_url,
            })
        }
    }
}
