//! Twilio as it calls us: form-encoded, signed over the address and the sorted fields (Twilio: "Validating Requests").
//! Written from Twilio's documentation alone, so that it can't share a mistake with what checks it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use sha1::Sha1;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{Answer, Client};

/// A connected number.
#[derive(Clone, Debug)]
pub struct Number {
    /// Of the connection.
    pub id: String,
    pub webhook_url: String,
    pub account_sid: String,
    pub auth_token: String,
    pub number: String,
}

/// A message on its way to a number of ours.
#[derive(Clone, Debug)]
pub struct Sms {
    pub fields: Vec<(String, String)>,
}

impl Sms {
    /// A new message of that text; its id is `MessageSid` and its own.
    pub fn new(from: &str, body: &str) -> Self {
        let sms = Self { fields: Vec::new() };
        sms.with("MessageSid", &message_sid()).with("From", from).with("Body", body).with("NumMedia", "0")
    }

    /// The same with a field set.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a field.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    /// A field's value.
    pub fn get(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(known, _)| known == name);
        &field.expect("a field that was set").1
    }

    /// `MessageSid`
    pub fn sid(&self) -> &str {
        self.get("MessageSid")
    }
}

impl Number {
    /// From the answer to `POST /v1/connections`, and the secret that it does not repeat.
    pub fn of(connection: &Value, auth_token: &str) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self {
            id: text(&connection["id"]),
            webhook_url: text(&connection["webhook_url"]),
            account_sid: text(&connection["settings"]["account_sid"]),
            auth_token: auth_token.to_owned(),
            number: text(&connection["settings"]["number"]),
        }
    }

    /// All fields of the webhook.
    pub fn fields(&self, sms: &Sms) -> Vec<(String, String)> {
        let ours = [("AccountSid", &self.account_sid), ("To", &self.number)];
        let mut fields = sms.fields.clone();
        for (name, value) in ours {
            if fields.iter().all(|(known, _)| known != name) {
                fields.push((name.to_owned(), value.clone()));
            }
        }
        if fields.iter().all(|(known, _)| known != "MessageStatus" && known != "SmsStatus") {
            fields.push(("SmsStatus".to_owned(), "received".to_owned()));
        }
        fields
    }

    /// The webhook, signed as for `signed_url`, to wherever `webhook_url` is.
    pub fn request_signed_for(&self, client: &Client, sms: &Sms, signed_url: &str) -> RequestBuilder {
        let fields = self.fields(sms);
        let signature = sign(&self.auth_token, signed_url, &fields);
        client.raw(Method::POST, &self.webhook_url).header("X-Twilio-Signature", signature).form(&fields)
    }

    /// The webhook as it should be.
    pub fn request(&self, client: &Client, sms: &Sms) -> RequestBuilder {
        self.request_signed_for(client, sms, &self.webhook_url)
    }

    /// Calls the webhook.
    pub async fn call(&self, client: &Client, sms: &Sms) -> Answer {
        client.send(self.request(client, sms)).await
    }

    /// Calls the webhook, which must take it.
    pub async fn deliver(&self, client: &Client, sms: &Sms) {
        self.call(client, sms).await.accepted();
    }

    /// Calls the webhook of a server that may be gone: whether it answered 2xx.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn try_deliver(&self, client: &Client, sms: &Sms) -> reqwest::Result<bool> {
        Ok((200..300).contains(&client.try_send(self.request(client, sms)).await?.status))
    }
}

impl Answer {
    /// Checks that a webhook was taken, with nothing said back to the client.
    #[track_caller]
    pub fn accepted(&self) {
        assert_eq!((self.status, self.text.as_str()), (200, "<Response/>"));
    }
}

/// `X-Twilio-Signature`: base64 of HMAC-SHA1 over the address and every field, sorted by name.
pub fn sign(auth_token: &str, url: &str, fields: &[(String, String)]) -> String {
    sign_bytes(auth_token, url, fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())))
}

/// [`sign`] for values that are no text.
pub fn sign_bytes<'a>(
    auth_token: &str,
    url: &str,
    fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> String {
    let mut sorted: Vec<_> = fields.into_iter().collect();
    sorted.sort_unstable();
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("any length");
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(name);
        mac.update(value);
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Different in every test process, so that two on one server never share ids.
fn process_mark() -> u64 {
    static MARK: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *MARK.get_or_init(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_nanos()).unwrap_or_default() ^ (u64::from(std::process::id()) << 40)
    })
}

fn message_sid() -> String {
    format!("SM{:016x}{:016x}", process_mark(), next())
}

/// A phone number that no other call has got.
pub fn stranger() -> String {
    format!("+1415{}", 2_000_000 + next() % 7_000_000)
}

/// A fresh id for an action.
pub fn mutation_id() -> String {
    let (mark, n) = (process_mark(), next());
    let low = mark & 0xffff_ffff_ffff;
    format!("{:08x}-{:04x}-4{:03x}-8{:03x}-{low:012x}", n >> 16, n & 0xffff, mark >> 60, (mark >> 48) & 0xfff)
}
