//! The settings of connections, by kind. Secrets go in and never come out.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    ConnectionKind, Fault, FieldError, Form, FromForm,
    form::{Change, read},
};

/// No id of an account is longer. They are opaque: any text on one line may be one.
const LONGEST_ID: usize = 128;
/// No token of a provider is longer.
const LONGEST_TOKEN: usize = 1_024;

/// The settings of a new connection; the kind says which.
#[derive(Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum NewSettings {
    TwilioSms(NewTwilioSettings),
    Whatsapp(NewWhatsappSettings),
    /// Of `messenger` and `instagram`.
    Page(NewPageSettings),
}

impl NewSettings {
    /// Reads those of a kind.
    pub fn read(kind: ConnectionKind, form: &mut Form) -> Option<Self> {
        match kind {
            ConnectionKind::TwilioSms => NewTwilioSettings::read(form).map(Self::TwilioSms),
            ConnectionKind::Whatsapp => NewWhatsappSettings::read(form).map(Self::Whatsapp),
            ConnectionKind::Messenger | ConnectionKind::Instagram => {
                NewPageSettings::read(form).map(Self::Page)
            }
        }
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

/// What it takes to use a number of the WhatsApp Cloud API.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWhatsappSettings {
    /// Meta's id of the number, which its webhooks name.
    #[schema(max_length = 128)]
    pub phone_number_id: String,
    #[schema(max_length = 128)]
    pub business_account_id: String,
    /// Signs webhooks. Write-only.
    #[schema(max_length = 256, write_only)]
    pub app_secret: String,
    /// What Meta shows when it verifies the webhook's address. Write-only.
    #[schema(max_length = 256, write_only)]
    pub verify_token: String,
    /// Write-only.
    #[schema(max_length = 1024, write_only)]
    pub access_token: String,
    /// Where Meta's API is instead of its usual place, for simulators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_base_url: Option<String>,
}

impl FromForm for NewWhatsappSettings {
    fn read(form: &mut Form) -> Option<Self> {
        let phone_number_id = form.required("phone_number_id", read::line(LONGEST_ID));
        let business_account_id = form.required("business_account_id", read::line(LONGEST_ID));
        let NewMetaApp { app_secret, verify_token, access_token, api_base_url } = NewMetaApp::read(form)?;
        Some(Self {
            phone_number_id: phone_number_id?,
            business_account_id: business_account_id?,
            app_secret,
            verify_token,
            access_token,
            api_base_url,
        })
    }
}

/// What it takes to use a Facebook page or an Instagram account: `page_id` or `account_id`, whichever its webhooks name.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPageSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    pub page_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    pub account_id: Option<String>,
    /// Signs webhooks. Write-only.
    #[schema(max_length = 256, write_only)]
    pub app_secret: String,
    /// What Meta shows when it verifies the webhook's address. Write-only.
    #[schema(max_length = 256, write_only)]
    pub verify_token: String,
    /// Write-only.
    #[schema(max_length = 1024, write_only)]
    pub access_token: String,
    /// Where Meta's API is instead of its usual place, for simulators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_base_url: Option<String>,
}

impl FromForm for NewPageSettings {
    fn read(form: &mut Form) -> Option<Self> {
        let page_id = form.optional("page_id", read::line(LONGEST_ID));
        let account_id = form.optional("account_id", read::line(LONGEST_ID));
        let app = NewMetaApp::read(form);
        if (&page_id, &account_id) == (&Some(None), &Some(None)) {
            form.error("page_id", "required", "is required, or account_id is");
            return None;
        }
        let NewMetaApp { app_secret, verify_token, access_token, api_base_url } = app?;
        Some(Self {
            page_id: page_id?,
            account_id: account_id?,
            app_secret,
            verify_token,
            access_token,
            api_base_url,
        })
    }
}

/// The app at Meta through which an account is connected.
struct NewMetaApp {
    app_secret: String,
    verify_token: String,
    access_token: String,
    api_base_url: Option<String>,
}

impl NewMetaApp {
    fn read(form: &mut Form) -> Option<Self> {
        let app_secret = form.required("app_secret", read::opaque(256));
        let verify_token = form.required("verify_token", read::opaque(256));
        let access_token = form.required("access_token", read::opaque(LONGEST_TOKEN));
        let api_base_url = form.optional("api_base_url", read::base_url);
        Some(Self {
            app_secret: app_secret?,
            verify_token: verify_token?,
            access_token: access_token?,
            api_base_url: api_base_url?,
        })
    }
}

/// What changes of a connection's settings: what is absent stays. Only fields of its kind are taken.
#[derive(Clone, Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
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
    #[schema(max_length = 128)]
    pub phone_number_id: Option<String>,
    #[schema(max_length = 128)]
    pub business_account_id: Option<String>,
    #[schema(max_length = 128)]
    pub page_id: Option<String>,
    #[schema(max_length = 128)]
    pub account_id: Option<String>,
    /// Write-only.
    #[schema(max_length = 256, write_only)]
    pub app_secret: Option<String>,
    /// Write-only.
    #[schema(max_length = 256, write_only)]
    pub verify_token: Option<String>,
    /// Write-only.
    #[schema(max_length = 1024, write_only)]
    pub access_token: Option<String>,
    /// Null takes it away.
    #[serde(skip_serializing_if = "Change::is_keep")]
    #[schema(value_type = Option<String>)]
    pub api_base_url: Change<String>,
}

impl FromForm for SettingsChange {
    fn read(form: &mut Form) -> Option<Self> {
        let account_sid = form.optional("account_sid", read::opaque(64));
        let auth_token = form.optional("auth_token", read::opaque(256));
        let number = form.optional("number", read::phone);
        let messaging_service_sid = form.change("messaging_service_sid", read::opaque(64));
        let phone_number_id = form.optional("phone_number_id", read::line(LONGEST_ID));
        let business_account_id = form.optional("business_account_id", read::line(LONGEST_ID));
        let page_id = form.optional("page_id", read::line(LONGEST_ID));
        let account_id = form.optional("account_id", read::line(LONGEST_ID));
        let app_secret = form.optional("app_secret", read::opaque(256));
        let verify_token = form.optional("verify_token", read::opaque(256));
        let access_token = form.optional("access_token", read::opaque(LONGEST_TOKEN));
        let api_base_url = form.change("api_base_url", read::base_url);
        Some(Self {
            account_sid: account_sid?,
            auth_token: auth_token?,
            number: number?,
            messaging_service_sid: messaging_service_sid?,
            phone_number_id: phone_number_id?,
            business_account_id: business_account_id?,
            page_id: page_id?,
            account_id: account_id?,
            app_secret: app_secret?,
            verify_token: verify_token?,
            access_token: access_token?,
            api_base_url: api_base_url?,
        })
    }
}

impl SettingsChange {
    /// Checks that a connection of this kind has every field that is given.
    ///
    /// # Errors
    /// [`Fault::Invalid`] with those that it has not.
    pub fn check(&self, kind: ConnectionKind) -> Result<(), Fault> {
        let allowed: &[&str] = match kind {
            ConnectionKind::TwilioSms => {
                &["account_sid", "auth_token", "number", "messaging_service_sid", "api_base_url"]
            }
            ConnectionKind::Whatsapp => &[
                "phone_number_id",
                "business_account_id",
                "app_secret",
                "verify_token",
                "access_token",
                "api_base_url",
            ],
            ConnectionKind::Messenger | ConnectionKind::Instagram => {
                &["page_id", "account_id", "app_secret", "verify_token", "access_token", "api_base_url"]
            }
        };
        let message = format!("is not known here; allowed: {}", allowed.join(", "));
        let foreign = self.given().into_iter().filter(|name| !allowed.contains(name));
        let errors: Vec<FieldError> = foreign
            .map(|name| FieldError::new(format!("settings.{name}"), "unknown_field", message.clone()))
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(Fault::Invalid(errors)) }
    }

    /// The names of the fields that change something.
    fn given(&self) -> Vec<&'static str> {
        let fields = [
            ("account_sid", self.account_sid.is_some()),
            ("auth_token", self.auth_token.is_some()),
            ("number", self.number.is_some()),
            ("messaging_service_sid", !self.messaging_service_sid.is_keep()),
            ("phone_number_id", self.phone_number_id.is_some()),
            ("business_account_id", self.business_account_id.is_some()),
            ("page_id", self.page_id.is_some()),
            ("account_id", self.account_id.is_some()),
            ("app_secret", self.app_secret.is_some()),
            ("verify_token", self.verify_token.is_some()),
            ("access_token", self.access_token.is_some()),
            ("api_base_url", !self.api_base_url.is_keep()),
        ];
        fields.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }
}

/// A connection's settings without their secrets; the kind says which.
#[derive(Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ConnectionSettings {
    TwilioSms(TwilioSettings),
    Whatsapp(WhatsappSettings),
    /// Of `messenger` and `instagram`.
    Page(PageSettings),
}

/// A Twilio number's settings without its secret.
#[derive(Clone, Serialize, ToSchema)]
pub struct TwilioSettings {
    pub account_sid: String,
    pub number: String,
    pub messaging_service_sid: Option<String>,
    pub api_base_url: Option<String>,
}

/// A WhatsApp number's settings without their secrets.
#[derive(Clone, Serialize, ToSchema)]
pub struct WhatsappSettings {
    pub phone_number_id: String,
    pub business_account_id: String,
    pub api_base_url: Option<String>,
}

/// A page's or account's settings without their secrets.
#[derive(Clone, Serialize, ToSchema)]
pub struct PageSettings {
    pub page_id: Option<String>,
    pub account_id: Option<String>,
    pub api_base_url: Option<String>,
}
