//! SMS by Twilio. The address for statuses carries the lead and the message, so that any status names its message even if
//! the answer to the send was lost (OUT-3).

use hearthline_actors::{Found, Handed, Order, Unasked};
use hearthline_engine::{
    ids::AttachmentId,
    time::{Seconds, Timestamp},
};
use hearthline_http::media;
use hearthline_providers::twilio::{Account, Known, Message, Query, ReadError, SendError, Sender};
use hearthline_storage_api::rows::connection::TwilioSettings;

use super::Providers;

/// Twilio's code for a number that wrote STOP to it.
const OPTED_OUT: u32 = 21_610;
/// Asks Twilio to repeat a status that was not answered well; by itself it repeats only what never connected.
const RETRIED: &str = "#rc=5&rp=all";
/// Twilio's clock and ours may differ by so much.
const SKEW_MS: i64 = 60_000;
/// Of the newest messages between the two numbers, so many are looked at.
const PAGE_SIZE: u16 = 100;
const PAGES: u16 = 3;

impl Providers {
    pub(super) async fn send_by_twilio(&self, settings: &TwilioSettings, order: Order) -> Handed {
        let Ok(account) = account(settings) else {
            return Handed::Refused { code: None, opted_out: false };
        };
        let callback = format!(
            "{}/hooks/twilio_sms/{}?lead={}&message={}{RETRIED}",
            self.public_url, order.connection, order.lead, order.event
        );
        let body = order.text.into_request();
        let now = self.wall.now();
        let link = |id: &AttachmentId| media::link(&*self.keyring, &self.public_url, order.tenant, *id, now);
        let links: Vec<String> = order.attachments.iter().map(link).collect();
        let links: Vec<&str> = links.iter().map(String::as_str).collect();
        let message = Message {
            sender: Sender::From(&order.from.value),
            to: &order.to.value,
            body: &body,
            media_urls: &links,
            status_callback: Some(&callback),
        };
        match self.twilio.send(&account, &message).await {
            Ok(accepted) => Handed::Accepted {
                provider_event_id: accepted.sid,
                account: account.account_sid().to_owned(),
            },
            Err(error) => handed(error),
        }
    }

    pub(super) async fn find_at_twilio(
        &self,
        settings: &TwilioSettings,
        order: Order,
    ) -> Result<Vec<Found>, Unasked> {
        let account = account(settings).map_err(|_| Unasked)?;
        let query = Query {
            to: Some(&order.to.value),
            from: Some(&order.from.value),
            sent_after: None,
            page_size: PAGE_SIZE,
            pages: PAGES,
        };
        let listing = self.twilio.list(&account, &query).await.map_err(|error: ReadError| {
            tracing::warn!(event = %order.event, %error, "Twilio could not be asked what became of a message");
            Unasked
        })?;
        let since = self.in_wall_time(order.tried_at).plus_millis(-SKEW_MS);
        let may_be = |known: &&Known| {
            known.direction.starts_with("outbound")
                && known.created_at.is_none_or(|at| at >= since)
                && (!order.attachments.is_empty() || known.media == 0)
                && order.text.is(&known.body)
        };
        let mut found: Vec<&Known> = listing.messages.iter().filter(may_be).collect();
        found.sort_by_key(|known| known.created_at);
        let named = |known: &Known| Found {
            provider_event_id: known.sid.clone(),
            account: account.account_sid().to_owned(),
        };
        Ok(found.into_iter().map(named).collect())
    }

    /// When that was by the provider's clock, or earlier: the engine's never runs slower.
    fn in_wall_time(&self, engine: Timestamp) -> Timestamp {
        let ago_ms = self.clock.now().millis_since(engine);
        self.wall.now().plus_millis(-ago_ms)
    }
}

pub(super) fn account(
    settings: &TwilioSettings,
) -> Result<Account, hearthline_providers::twilio::BadAccount> {
    let (base, token) = (settings.api_base_url.as_deref(), settings.auth_token.0.clone());
    Account::new(base, settings.account_sid.clone(), token)
}

/// Twilio's code, or the status where it gave none.
pub(super) fn code(status: u16, code: Option<u32>) -> String {
    code.map_or_else(|| format!("http_{status}"), |code| code.to_string())
}

fn handed(error: SendError) -> Handed {
    match error {
        SendError::Refused { status, code } => {
            let opted_out = code == Some(OPTED_OUT);
            Handed::Refused { code: Some(self::code(status, code)), opted_out }
        }
        SendError::Throttled { retry_after } => Handed::Throttled {
            retry_after: retry_after.map(|after| Seconds(u32::try_from(after.as_secs()).unwrap_or(u32::MAX))),
        },
        SendError::NotSent => Handed::NotSent,
        SendError::Unknown { .. } => Handed::Unknown,
    }
}
