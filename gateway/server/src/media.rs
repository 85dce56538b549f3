//! Fetches files from providers with a connection's credentials.

use async_trait::async_trait;
use hearthline_engine::{
    ids::{ConnectionId, TenantId},
    media::{Announced, MediaRefusal},
    time::Seconds,
};
use hearthline_http::FilesDue;
use hearthline_ingest::{FetchedFile, MediaQueue, MediaSource, NotFetched};
use hearthline_providers::media::{self, Account, Credentials, Failed, Limits};
use hearthline_storage_api::{
    Keyring, Store,
    rows::connection::{self, Settings},
};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Every provider whose files we fetch.
pub struct ProvidersMedia {
    pub store: Arc<dyn Store>,
    pub keyring: Arc<dyn Keyring>,
    pub limits: Limits,
}

/// The files that stand in line, as the surface asks for them.
pub struct Due(pub Arc<MediaQueue>);

impl FilesDue for Due {
    fn of_connection(&self, connection: ConnectionId) -> u64 {
        self.0.of_connection(connection) as u64
    }
}

const fn later(reason: MediaRefusal) -> NotFetched {
    NotFetched { reason, retry_after: None }
}

impl ProvidersMedia {
    /// Who asks, and whether nobody else is given a file: WhatsApp's are for the token alone. Twilio serves to anybody unless
    /// the account says otherwise; addresses of Messenger's and Instagram's carry their own permission.
    async fn account(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
    ) -> Result<(Account, bool), NotFetched> {
        let found = connection::load(&*self.store, &*self.keyring, connection).await;
        // The store is away: so is what it takes to ask.
        let found = found.map_err(|_| later(MediaRefusal::Unreachable))?;
        let row = found.map(|found| found.row).filter(|row| row.tenant == tenant && row.deleted_at.is_none());
        let row = row.ok_or(later(MediaRefusal::Disconnected))?;
        let by_credentials = matches!(row.settings, Settings::Whatsapp(_));
        let (credentials, base) = match row.settings {
            Settings::TwilioSms(settings) => {
                let auth_token = Zeroizing::new(settings.auth_token.0);
                let credentials = Credentials::Twilio { account_sid: settings.account_sid, auth_token };
                (credentials, settings.api_base_url)
            }
            Settings::Whatsapp(connection::WhatsappSettings { app, .. })
            | Settings::Messenger(connection::PageSettings { app, .. })
            | Settings::Instagram(connection::PageSettings { app, .. }) => {
                (Credentials::Meta { access_token: Zeroizing::new(app.access_token.0) }, app.api_base_url)
            }
        };
        let account = Account::new(credentials, base.as_deref()).map_err(later)?;
        Ok((account, by_credentials))
    }
}

#[async_trait]
impl MediaSource for ProvidersMedia {
    async fn fetch(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        file: &Announced,
    ) -> Result<FetchedFile, NotFetched> {
        let (account, by_credentials) = self.account(tenant, connection).await?;
        let fetched = media::fetch(&account, file, self.limits).await;
        let fetched = fetched.map_err(|Failed { reason, retry_after }| NotFetched {
            reason,
            retry_after: retry_after.map(|after| Seconds(u32::try_from(after.as_secs()).unwrap_or(u32::MAX))),
        })?;
        Ok(FetchedFile { bytes: fetched.bytes, mime_type: fetched.mime_type, by_credentials })
    }
}
