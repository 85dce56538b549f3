//! The simulator in the hand of a test: started, set up, disturbed and counted.

use jiff::Timestamp;
use std::sync::Arc;

use super::{
    message::{Media, Message},
    segments::segments,
    state::State,
    webhook::Webhook,
};
use crate::simulator::{Inner, Simulator};

/// A running Twilio. Dropping it ends its server and everything it still meant to call.
pub type Twilio = Simulator<State>;

/// A message from a client's phone.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// One of an account's numbers.
    pub to: String,
    pub from: String,
    pub body: String,
    pub media: Vec<InboundMedia>,
}

/// A picture from a client's phone.
#[derive(Clone, Debug)]
pub struct InboundMedia {
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// No account has that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no account has that number")]
pub struct NoSuchNumber;

impl Twilio {
    /// Delivers a client's message to the number's webhook. The message's sid; what the webhook answered is in the ledger.
    ///
    /// # Errors
    /// [`NoSuchNumber`].
    pub async fn receive(&self, inbound: Inbound) -> Result<String, NoSuchNumber> {
        self.inner.receive(inbound).await
    }
}

impl Inner<State> {
    pub(super) async fn receive(self: &Arc<Self>, inbound: Inbound) -> Result<String, NoSuchNumber> {
        let (sid, webhook) = self.take_in(inbound)?;
        if let Some(webhook) = webhook {
            self.call(&webhook).await;
        }
        Ok(sid)
    }

    fn take_in(&self, inbound: Inbound) -> Result<(String, Option<Webhook>), NoSuchNumber> {
        let mut state = self.state.lock();
        let known = state.accounts.values().find_map(|account| {
            let number = account.number(&inbound.to)?;
            let service = account.services.iter().find(|service| service.numbers.contains(&inbound.to));
            let service = service.map(|service| service.sid.clone());
            Some((account.account_sid.clone(), number.webhook_url.clone(), service))
        });
        let (account_sid, url, service) = known.ok_or(NoSuchNumber)?;
        state.note_opt_word(&inbound, service.as_deref());
        let now = Timestamp::now();
        let media: Vec<Media> = inbound
            .media
            .into_iter()
            .map(|InboundMedia { content_type, bytes }| Media {
                sid: state.dice.sid("ME"),
                content_type,
                bytes,
                created: now,
            })
            .collect();
        let message = Message {
            sid: state.dice.sid(if media.is_empty() { "SM" } else { "MM" }),
            account_sid: account_sid.clone(),
            direction: "inbound",
            from: Some(inbound.from),
            to: inbound.to,
            segments: segments(&inbound.body),
            body: inbound.body,
            service,
            status: "received".to_owned(),
            error_code: None,
            num_media: media.len(),
            media,
            status_callback: None,
            created: now,
            updated: now,
            sent: Some(now),
        };
        let webhook = url.map(|url| Webhook {
            account_sid,
            message_sid: message.sid.clone(),
            url,
            status: message.status.clone(),
            fields: self.inbound_fields(&message),
        });
        let sid = message.sid.clone();
        state.keep(message);
        Ok((sid, webhook))
    }

    /// What Twilio posts of a message that came in. Where a number is from is not known here, and the fields stay empty,
    /// as Twilio's do for most of the world.
    fn inbound_fields(&self, message: &Message) -> Vec<(String, String)> {
        let from = message.from.as_deref().unwrap_or_default();
        let (segments, media) = (message.segments.to_string(), message.num_media.to_string());
        let mut fields: Vec<(String, String)> = [
            ("ToCountry", ""),
            ("ToState", ""),
            ("SmsMessageSid", &message.sid),
            ("NumMedia", &media),
            ("ToCity", ""),
            ("FromZip", ""),
            ("SmsSid", &message.sid),
            ("FromState", ""),
            ("SmsStatus", "received"),
            ("FromCity", ""),
            ("Body", &message.body),
            ("FromCountry", ""),
            ("To", &message.to),
            ("ToZip", ""),
            ("NumSegments", &segments),
            ("MessageSid", &message.sid),
            ("AccountSid", &message.account_sid),
            ("From", from),
            ("ApiVersion", "2010-04-01"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        fields.extend(message.service.iter().map(|sid| ("MessagingServiceSid".to_owned(), sid.clone())));
        for (n, media) in message.media.iter().enumerate() {
            let url = format!("{}{}/Media/{}", self.base_url, message.path(), media.sid);
            fields.push((format!("MediaContentType{n}"), media.content_type.clone()));
            fields.push((format!("MediaUrl{n}"), url));
        }
        fields
    }
}

impl State {
    /// Twilio's own handling of the words by which somebody opts out of a number's messages, and in again.
    fn note_opt_word(&mut self, inbound: &Inbound, service: Option<&str>) {
        const OUT: [&str; 9] =
            ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "STOP ALL", "OPTOUT", "REVOKE"];
        const IN: [&str; 3] = ["START", "YES", "UNSTOP"];
        let word = inbound.body.trim().to_ascii_uppercase();
        for sender in std::iter::once(inbound.to.as_str()).chain(service) {
            let pair = (sender.to_owned(), inbound.from.clone());
            if OUT.contains(&word.as_str()) {
                self.opted_out.insert(pair);
            } else if IN.contains(&word.as_str()) {
                self.opted_out.remove(&pair);
            }
        }
    }
}
