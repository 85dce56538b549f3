//! What it takes to speak to a provider for a tenant: the settings of a connection, by kind, with its secrets.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A secret in memory: its `Debug` shows nothing, and no API type carries it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is connected, with what it takes to speak to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    TwilioSms(TwilioSettings),
    Whatsapp(WhatsappSettings),
    Messenger(PageSettings),
    Instagram(PageSettings),
}

impl Settings {
    /// The kind's name in paths and JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TwilioSms(_) => "twilio_sms",
            Self::Whatsapp(_) => "whatsapp",
            Self::Messenger(_) => "messenger",
            Self::Instagram(_) => "instagram",
        }
    }

    /// The app at Meta that calls us for it, if it is one of Meta's.
    #[must_use]
    pub const fn app(&self) -> Option<&MetaApp> {
        match self {
            Self::TwilioSms(_) => None,
            Self::Whatsapp(settings) => Some(&settings.app),
            Self::Messenger(settings) | Self::Instagram(settings) => Some(&settings.app),
        }
    }

    /// The accounts at the provider that it speaks for: the one that its requests usually name stands first.
    #[must_use]
    pub fn accounts(&self) -> Vec<&str> {
        match self {
            Self::TwilioSms(settings) => vec![&settings.account_sid],
            Self::Whatsapp(settings) => vec![&settings.phone_number_id],
            Self::Messenger(settings) => named([&settings.page_id, &settings.account_id]),
            Self::Instagram(settings) => named([&settings.account_id, &settings.page_id]),
        }
    }

    /// The same without its secrets: what stays of a connection that was deleted.
    pub fn forget_secrets(&mut self) {
        match self {
            Self::TwilioSms(settings) => settings.auth_token = Secret(String::new()),
            Self::Whatsapp(settings) => settings.app.forget_secrets(),
            Self::Messenger(settings) | Self::Instagram(settings) => settings.app.forget_secrets(),
        }
    }
}

fn named<const N: usize>(ids: [&Option<String>; N]) -> Vec<&str> {
    ids.into_iter().flatten().map(String::as_str).collect()
}

/// A Twilio number. Account and service ids are opaque.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwilioSettings {
    pub account_sid: String,
    /// Signs webhooks and authenticates calls to Twilio.
    pub auth_token: Secret,
    /// E.164.
    pub number: String,
    pub messaging_service_sid: Option<String>,
    /// Where Twilio's API is instead of its usual place, for simulators.
    pub api_base_url: Option<String>,
}

/// A number of the WhatsApp Cloud API.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatsappSettings {
    pub phone_number_id: String,
    pub business_account_id: String,
    pub app: MetaApp,
}

/// A Facebook page or an Instagram account: at least one of the two ids is there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSettings {
    pub page_id: Option<String>,
    pub account_id: Option<String>,
    pub app: MetaApp,
}

/// The app at Meta through which an account is connected.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaApp {
    /// Signs webhooks.
    pub app_secret: Secret,
    /// What Meta shows in its handshake.
    pub verify_token: Secret,
    /// Authenticates calls to Meta.
    pub access_token: Secret,
    /// Where Meta's API is instead of its usual place, for simulators.
    pub api_base_url: Option<String>,
}

impl MetaApp {
    fn forget_secrets(&mut self) {
        for secret in [&mut self.app_secret, &mut self.verify_token, &mut self.access_token] {
            *secret = Secret(String::new());
        }
    }
}

macro_rules! shows_nothing {
    ($($settings:ident),+) => {$(
        /// Shows nothing: numbers and accounts stay out of logs.
        impl fmt::Debug for $settings {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($settings), "(…)"))
            }
        }
    )+};
}

shows_nothing!(TwilioSettings, WhatsappSettings, PageSettings, MetaApp);
