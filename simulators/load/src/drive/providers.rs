//! The simulated providers of a brokerage: they carry what clients write, signed, and take what agents send.

use hearthline_simulators::{meta, meta::Meta, meta::Product, twilio, twilio::Twilio};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use super::office::Connection;
use crate::{people::Client, picture::floor_plan};

/// So many messages and rows of their ledgers the simulators keep.
const KEPT: usize = 2_000;
/// Different pictures that clients send: the server keeps equal ones once.
const PICTURES: u64 = 8;
/// Between two statuses of a message, in wall time.
const STATUS_DELAY_MS: u64 = 400;

/// A Twilio and a Meta of one's own. Dropping it ends both.
pub struct Providers {
    twilio: Twilio,
    meta: Meta,
}

/// What the providers took to be sent since the last look, and how far that look got.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    twilio: usize,
    meta: usize,
}

/// A message that an agent sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// E.164.
    pub to: String,
}

impl Providers {
    /// Starts both on loopback addresses.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn start(seed: u64) -> io::Result<Self> {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let twilio = Twilio::start(anywhere, seed).await?;
        let meta = Meta::start(anywhere, seed).await?;
        twilio.keep_at_most(KEPT);
        meta.keep_at_most(KEPT);
        Ok(Self { twilio, meta })
    }

    /// From now on statuses take a moment, as they do; while a past is lived through they come at once.
    pub fn take_their_time(&self) {
        self.twilio.turn(|knobs| knobs.status_delay_ms = STATUS_DELAY_MS);
        self.meta.turn(|knobs| knobs.status_delay_ms = STATUS_DELAY_MS);
    }

    /// Where the provider of that kind of connection is called.
    pub(super) fn base_url(&self, kind: &str) -> &str {
        if kind == "whatsapp" { self.meta.base_url() } else { self.twilio.base_url() }
    }

    /// Sets the accounts up, with webhooks to the server at `base`.
    pub(super) fn set_up(&self, connections: &[Connection], base: &str) {
        let webhook = |connection: &Connection| {
            let id = connection.id.as_deref()?;
            Some(format!("{base}/hooks/{}/{id}", connection.kind))
        };
        let sms: Vec<&Connection> = connections.iter().filter(|one| one.kind == "twilio_sms").collect();
        if let Some(first) = sms.first() {
            let number = |connection: &&Connection| twilio::Number {
                number: connection.number.clone(),
                // As the README tells people to set their numbers up.
                webhook_url: webhook(connection).map(|url| url + "#rc=5&rp=all"),
            };
            self.twilio.set_account(twilio::Account {
                account_sid: first.account.clone(),
                auth_token: first.secret.clone(),
                numbers: sms.iter().map(number).collect(),
                services: Vec::new(),
            });
        }
        for connection in connections.iter().filter(|one| one.kind == "whatsapp") {
            self.meta.set_account(meta::Account {
                product: Product::Whatsapp,
                id: connection.account.clone(),
                page_id: None,
                business_account_id: Some("104200000000000".to_owned()),
                display_number: Some(connection.number.trim_start_matches('+').to_owned()),
                app_secret: connection.secret.clone(),
                app_id: Some(1),
                access_token: connection.access_token.clone(),
                webhook_url: webhook(connection),
            });
        }
    }

    /// A client's message to a number, by the number's provider.
    pub(super) async fn deliver(&self, from: &Client, to: &Connection, text: &str, picture: bool) {
        let delivered = if to.kind == "whatsapp" {
            let id = from.whatsapp_id().to_owned();
            self.meta.call(&id, &format!("{} {}", from.given, from.family));
            let inbound = meta::Inbound {
                product: Product::Whatsapp,
                to: to.account.clone(),
                from: id,
                text: text.to_owned(),
                file: None,
            };
            self.meta.receive(inbound).await.is_ok()
        } else {
            let media = picture.then(|| twilio::InboundMedia {
                content_type: "image/png".to_owned(),
                bytes: floor_plan(u64::from(from.n) % PICTURES),
            });
            let inbound = twilio::Inbound {
                to: to.number.clone(),
                from: from.phone.clone(),
                body: text.to_owned(),
                media: media.into_iter().collect(),
            };
            self.twilio.receive(inbound).await.is_ok()
        };
        if !delivered {
            tracing::warn!(kind = to.kind, "a provider does not know a number of the brokerage");
        }
    }

    /// Messages that were taken since `seen`, which moves on.
    pub(super) fn sent_since(&self, seen: &mut Seen) -> Vec<Sent> {
        let (by_twilio, twilio) = self.twilio.accepted_after(seen.twilio);
        let (by_meta, meta) = self.meta.accepted_after(seen.meta);
        *seen = Seen { twilio, meta };
        let texted = by_twilio.into_iter().map(|taken| Sent { to: taken.to });
        let chatted = by_meta.into_iter().map(|taken| Sent { to: format!("+{}", taken.to) });
        texted.chain(chatted).collect()
    }

    /// Returns once neither has anything under way.
    pub(super) async fn settled(&self) {
        self.twilio.settled().await;
        self.meta.settled().await;
    }
}
