//! Accounts, their numbers and their messaging services, as somebody would set them up in Twilio's console.

use serde::{Deserialize, Serialize};

/// An account.
#[derive(Clone, Deserialize, Serialize)]
pub struct Account {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    pub auth_token: String,
    #[serde(default)]
    pub numbers: Vec<Number>,
    #[serde(default)]
    pub services: Vec<Service>,
}

/// A number that the account bought.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Number {
    /// E.164, or `whatsapp:` and E.164.
    pub number: String,
    /// "A message comes in": with connection overrides behind `#`, if there are any.
    #[serde(default)]
    pub webhook_url: Option<String>,
}

/// A Messaging Service.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Service {
    /// `MG` and 32 hexadecimal digits.
    pub sid: String,
    /// Its sender pool: the first one sends.
    pub numbers: Vec<String>,
    /// Told of the statuses of messages that name no callback themselves.
    #[serde(default)]
    pub status_callback: Option<String>,
}

impl Account {
    pub(super) fn number(&self, number: &str) -> Option<&Number> {
        self.numbers.iter().find(|known| known.number == number)
    }

    pub(super) fn service(&self, sid: &str) -> Option<&Service> {
        self.services.iter().find(|known| known.sid == sid)
    }
}
