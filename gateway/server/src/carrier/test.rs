//! Asks a provider whether it takes a connection's credentials and knows its account (ING-12).

use async_trait::async_trait;
use hearthline_engine::health::Seen;
use hearthline_http::{ConnectionTester, Tested};
use hearthline_providers::{
    meta::{Account, Host, ReadError as NotTold},
    twilio::{Query, ReadError},
};
use hearthline_storage_api::rows::connection::{ConnectionRow, MetaApp, Settings, TwilioSettings};
use std::time::Instant;

use super::{Providers, meta::with_subcode, names_credentials, twilio};

#[async_trait]
impl ConnectionTester for Providers {
    async fn test(&self, row: &ConnectionRow) -> Tested {
        // A test is a request as any other, and somebody may press the button all day.
        if self.pace.take(row.id, Instant::now()).is_err() {
            return Tested::Throttled;
        }
        let said = match &row.settings {
            Settings::TwilioSms(settings) => self.ask_twilio(settings).await,
            Settings::Whatsapp(settings) => {
                self.ask_meta(&settings.app, Host::Facebook, Some(&settings.phone_number_id)).await
            }
            Settings::Messenger(settings) => {
                let id = settings.page_id.as_deref().or(settings.account_id.as_deref());
                self.ask_meta(&settings.app, Host::Facebook, id).await
            }
            Settings::Instagram(settings) => {
                let host = if settings.page_id.is_some() { Host::Facebook } else { Host::Instagram };
                let id = settings.page_id.as_deref().or(settings.account_id.as_deref());
                self.ask_meta(&settings.app, host, id).await
            }
        };
        let seen = match &said {
            Tested::Taken => Some(Seen::CredentialsTaken),
            Tested::Rejected { code } => {
                Some(Seen::CredentialsRejected { code: code.clone().unwrap_or_default() })
            }
            Tested::Refused { .. } | Tested::Throttled | Tested::Unreachable => None,
        };
        if let Some(seen) = seen {
            self.health.note(row.tenant, row.id, seen);
        }
        said
    }
}

impl Providers {
    /// The newest message of the account: who may list them may send.
    async fn ask_twilio(&self, settings: &TwilioSettings) -> Tested {
        let Ok(account) = twilio::account(settings) else { return Tested::Refused { code: None } };
        let query = Query { to: None, from: None, sent_after: None, page_size: 1, pages: 1 };
        match self.twilio.list(&account, &query).await {
            Ok(_) => Tested::Taken,
            Err(ReadError::Refused { status, code }) => refused(twilio::code(status, code)),
            Err(ReadError::Missing) => refused("http_404".to_owned()),
            Err(ReadError::Throttled { .. }) => Tested::Throttled,
            Err(ReadError::Unreachable | ReadError::Unreadable) => Tested::Unreachable,
        }
    }

    async fn ask_meta(&self, app: &MetaApp, host: Host, id: Option<&str>) -> Tested {
        let account = Account::new(
            app.api_base_url.as_deref(),
            host,
            id.unwrap_or_default(),
            app.access_token.0.clone(),
        );
        let Ok(account) = account else { return Tested::Refused { code: None } };
        match self.meta.check(&account).await {
            Ok(()) => Tested::Taken,
            Err(NotTold::Refused { status, code, subcode }) => {
                let code = code.map_or_else(|| format!("http_{status}"), |code| with_subcode(code, subcode));
                refused(code)
            }
            Err(NotTold::Throttled { .. }) => Tested::Throttled,
            Err(NotTold::Unreachable) => Tested::Unreachable,
        }
    }
}

fn refused(code: String) -> Tested {
    let code = Some(code);
    if code.as_deref().is_some_and(names_credentials) {
        Tested::Rejected { code }
    } else {
        Tested::Refused { code }
    }
}
