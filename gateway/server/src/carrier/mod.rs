//! Carries messages to clients: which connection they go through, how fast, and by which provider's client.
//!
//! What it promises: nothing is called "not sent" that a provider may have taken; a connection is asked for no more than
//! its pace, and left alone for as long as its provider asks for.

mod lines;
mod meta;
mod pace;
mod test;
mod twilio;

use async_trait::async_trait;
use hearthline_actors::{Carrier, Clock, Found, Handed, HealthBook, Line, LineWanted, Order, Unasked};
use hearthline_engine::{
    health::{Seen, Sent},
    ids::{ConnectionId, TenantId},
    time::Seconds,
};
use hearthline_providers::{http, meta::Meta, twilio::Twilio};
use hearthline_storage_api::{
    Keyring, Store,
    rows::{
        codec::RowError,
        connection::{self, Settings},
    },
};
use std::{sync::Arc, time::Instant};

use pace::Pace;

/// Every provider that messages can be sent through.
pub struct Providers {
    store: Arc<dyn Store>,
    keyring: Arc<dyn Keyring>,
    /// The engine's time, which the demo lets run faster than its provider's.
    clock: Arc<dyn Clock>,
    wall: Arc<dyn Clock>,
    public_url: String,
    twilio: Twilio,
    meta: Meta,
    pace: Pace,
    health: Arc<HealthBook>,
}

impl Providers {
    /// Clients of all providers. `public_url` is where they tell us of statuses.
    ///
    /// # Errors
    /// An HTTP client could not be made.
    pub fn new(
        store: Arc<dyn Store>,
        keyring: Arc<dyn Keyring>,
        (clock, wall): (Arc<dyn Clock>, Arc<dyn Clock>),
        public_url: &str,
        health: Arc<HealthBook>,
    ) -> Result<Self, http::NoClient> {
        let twilio = Twilio::new(&http::Settings::default())?;
        let meta = Meta::new(&http::Settings::default())?;
        let public_url = public_url.trim_end_matches('/').to_owned();
        Ok(Self { store, keyring, clock, wall, public_url, twilio, meta, pace: Pace::default(), health })
    }

    /// What an answer tells of the connection (ING-12).
    fn note(&self, tenant: TenantId, connection: ConnectionId, handed: &Handed) {
        let sent = match handed {
            Handed::Accepted { .. } => Sent::Accepted,
            Handed::Refused { opted_out: true, .. } => Sent::OptedOut,
            Handed::Refused { code, opted_out: false } => {
                let refused = code.as_deref().filter(|code| names_credentials(code));
                if let Some(code) = refused {
                    let code = code.to_owned();
                    self.health.note(tenant, connection, Seen::CredentialsRejected { code });
                }
                Sent::Refused { code: code.clone() }
            }
            Handed::WindowClosed { .. } => Sent::WindowClosed,
            Handed::Throttled { .. } => Sent::Throttled,
            Handed::NotSent => Sent::Unreachable,
            Handed::Unknown => Sent::Unknown,
        };
        self.health.note(tenant, connection, Seen::Sent(sent));
    }

    /// What it takes to speak for a connection; none if it is gone.
    async fn settings(&self, order: &Order) -> Result<Option<Settings>, RowError> {
        let found = connection::load(&*self.store, &*self.keyring, order.connection).await?;
        let row = found.map(|found| found.row);
        Ok(row.filter(|row| row.tenant == order.tenant && row.deleted_at.is_none()).map(|row| row.settings))
    }
}

#[async_trait]
impl Carrier for Providers {
    async fn line(&self, wanted: &LineWanted) -> Result<Option<Line>, RowError> {
        lines::choose(&*self.store, &*self.keyring, wanted).await
    }

    async fn send(&self, order: Order) -> Handed {
        let settings = match self.settings(&order).await {
            Ok(Some(settings)) => settings,
            // Disconnected since the person wrote: nobody else's number is used in its place (OUT-10).
            Ok(None) => return Handed::Refused { code: None, opted_out: false },
            Err(_) => return Handed::NotSent,
        };
        let (tenant, connection) = (order.tenant, order.connection);
        if let Err(wait) = self.pace.take(connection, Instant::now()) {
            return Handed::Throttled { retry_after: Some(rounded_up(wait)) };
        }
        let handed = match settings {
            Settings::TwilioSms(settings) => self.send_by_twilio(&settings, order).await,
            Settings::Whatsapp(settings) => self.send_by_whatsapp(&settings, order).await,
            Settings::Messenger(settings) => self.send_by_messenger(&settings, order).await,
            Settings::Instagram(settings) => self.send_by_instagram(&settings, order).await,
        };
        self.note(tenant, connection, &handed);
        if let Handed::Throttled { retry_after } = &handed {
            self.pace.rest(connection, Instant::now(), *retry_after);
        }
        handed
    }

    async fn find(&self, order: Order) -> Result<Vec<Found>, Unasked> {
        let settings = self.settings(&order).await.ok().flatten().ok_or(Unasked)?;
        match settings {
            Settings::TwilioSms(settings) => self.find_at_twilio(&settings, order).await,
            // Meta has no list of what was sent: statuses and echoes name the message, or a person looks.
            Settings::Whatsapp(_) | Settings::Messenger(_) | Settings::Instagram(_) => Err(Unasked),
        }
    }
}

/// Whether a code says that the credentials are not good: Twilio's 20003 ("Authenticate"), Meta's 190 and 102 (an access token
/// or a session that is over), or a plain 401.
fn names_credentials(code: &str) -> bool {
    let main = code.split_once('/').map_or(code, |(main, _)| main);
    matches!(main, "20003" | "190" | "102" | "http_401")
}

fn rounded_up(wait: std::time::Duration) -> Seconds {
    let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Seconds(u32::try_from(whole).unwrap_or(u32::MAX))
}
