//! Accounts as somebody would set them up in Meta's business tools, each with the app that it is connected through.

use serde::{Deserialize, Serialize};

/// Which of Meta's products an account belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Product {
    Whatsapp,
    Messenger,
    Instagram,
}

impl Product {
    /// What webhooks call it.
    pub(super) const fn object(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp_business_account",
            Self::Messenger => "page",
            Self::Instagram => "instagram",
        }
    }
}

/// A phone number of WhatsApp's, a page, or an Instagram account. Has no `Debug`: it holds secrets.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub product: Product,
    /// The id of the phone number, of the page, or of the Instagram account.
    pub id: String,
    /// Of an Instagram account: the page that it is linked to, whose paths and token serve it too.
    #[serde(default)]
    pub page_id: Option<String>,
    /// Of a phone number: the WhatsApp business account, and the number as people read it.
    #[serde(default)]
    pub business_account_id: Option<String>,
    #[serde(default)]
    pub display_number: Option<String>,
    /// Signs webhooks.
    pub app_secret: String,
    /// Whose messages they are: stands in echoes.
    #[serde(default)]
    pub app_id: Option<u64>,
    /// Authenticates calls.
    pub access_token: String,
    /// Nothing is called if there is none.
    #[serde(default)]
    pub webhook_url: Option<String>,
}

impl Account {
    /// Whether a path's id names it.
    pub(super) fn answers_to(&self, id: &str) -> bool {
        self.id == id || self.page_id.as_deref() == Some(id)
    }
}
