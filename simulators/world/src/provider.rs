//! The provider, and the hook that answers it: path rows 1 to 3. A request is signed, checked on its raw bytes, sealed
//! with the tenant's ingest key of the day, appended, and only then answered. Whoever gets no answer sends again.

use hearthline_actors::{Clock, FailPoints, Point};
use hearthline_engine::{
    ids::ConnectionId,
    providers::{twilio_signature, twilio_signature::Body},
};
use hearthline_storage_api::{
    InboundStream, Keyring,
    rows::{inbound::InboundEntry, outbound::OutboundRef},
};
use std::sync::Arc;

use crate::{life::Life, office::Connection};

/// A request as the provider sends it: the same bytes and signature every time.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub connection: ConnectionId,
    pub body: Vec<u8>,
    pub signature: String,
    /// The message of ours that the called address names.
    pub about: Option<OutboundRef>,
}

const URL: &str = "https://hearthline.example/hooks/twilio-sms";

/// The address that the provider calls. It names the message of ours that it is about, if it is about one.
fn url(about: Option<OutboundRef>) -> String {
    about.map_or_else(|| URL.to_owned(), |about| format!("{URL}?lead={}&event={}", about.lead, about.event))
}

impl Request {
    /// Signs a form as Twilio does.
    pub(crate) fn signed(
        id: ConnectionId,
        connection: &Connection,
        form: &[(&str, &str)],
        about: Option<OutboundRef>,
    ) -> Self {
        let body = encode(form);
        let signature = twilio_signature::expected(&connection.auth_token, &url(about), &body);
        Self { connection: id, body, signature, about }
    }
}

/// `application/x-www-form-urlencoded`: everything but letters and digits is escaped.
fn encode(form: &[(&str, &str)]) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in form {
        if !body.is_empty() {
            body.push('&');
        }
        body.push_str(name);
        body.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() {
                body.push(char::from(byte));
            } else {
                body.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    body.into_bytes()
}

/// The text of a client's message, as the provider's form has it.
pub(crate) fn words_of(form: &[u8]) -> Option<String> {
    let form = std::str::from_utf8(form).ok()?;
    let escaped = form.split('&').find_map(|field| field.strip_prefix("Body="))?;
    let mut words = Vec::new();
    let mut bytes = escaped.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            words.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            words.push(byte);
        }
    }
    String::from_utf8(words).ok()
}

/// The hook of one incarnation.
pub(crate) struct Hook {
    pub life: Arc<Life>,
    pub clock: Arc<dyn Clock>,
    pub keyring: Arc<dyn Keyring>,
    pub stream: Arc<dyn InboundStream>,
}

impl Hook {
    /// Answers whether the provider got its 2xx.
    pub(crate) async fn post(&self, connection: &Connection, request: &Request) -> bool {
        let checked = twilio_signature::verify(
            &connection.auth_token,
            &request.signature,
            &url(request.about),
            Body::Form(&request.body),
        );
        if checked.is_err() {
            return false;
        }
        let received_at = self.clock.now();
        self.life.reach(Point::Verified).await;
        let tenant = connection.facts.tenant;
        let Ok(key) = self.keyring.ingest_key(tenant, InboundEntry::day_of(received_at)).await else {
            return false;
        };
        let entry = InboundEntry::seal(&*key, tenant, request.connection, received_at, &request.body)
            .about(request.about);
        let group = InboundEntry::group(tenant, request.connection);
        if self.stream.append(group, entry.encode()).await.is_err() {
            return false;
        }
        self.life.reach(Point::Appended).await;
        true
    }
}
