//! Meta as it calls us: JSON, signed over its bytes (Meta: "Webhooks, validating payloads"). Written from Meta's
//! documentation alone, so that it can't share a mistake with what checks it.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;
use std::fmt::Write;

use super::{Answer, Brokerage, Client, User};

/// A connected WhatsApp number, page or Instagram account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Of the connection.
    pub id: String,
    pub kind: String,
    pub webhook_url: String,
    /// The account at Meta.
    pub account: String,
    pub app_secret: String,
}

/// With which of Meta's two signatures.
#[derive(Clone, Copy, Debug)]
pub enum Signed {
    Sha256,
    /// The older one alone.
    Sha1,
}

impl Account {
    /// Connects an account for somebody.
    pub async fn connect(
        brokerage: &Brokerage,
        owner: &User,
        kind: &str,
        account: &str,
        app_secret: &str,
    ) -> Self {
        let mut settings =
            json!({"app_secret": app_secret, "verify_token": "verify", "access_token": "access"});
        match kind {
            "whatsapp" => {
                settings["phone_number_id"] = json!(account);
                settings["business_account_id"] = json!("WABA");
            }
            "messenger" => settings["page_id"] = json!(account),
            _ => settings["account_id"] = json!(account),
        }
        let new = json!({"kind": kind, "owner_id": owner.id, "settings": settings});
        let made = brokerage.admin.client.post("/v1/connections", &new).await.ok();
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        Self {
            id: text("id"),
            kind: kind.to_owned(),
            webhook_url: text("webhook_url"),
            account: account.to_owned(),
            app_secret: app_secret.to_owned(),
        }
    }

    /// The webhook with these bytes.
    pub fn request(&self, client: &Client, body: Vec<u8>, signed: Signed) -> RequestBuilder {
        let key = self.app_secret.as_bytes();
        let (name, algorithm, mac) = match signed {
            Signed::Sha256 => {
                let mac = Hmac::<Sha256>::new_from_slice(key).expect("any length").chain_update(&body);
                ("X-Hub-Signature-256", "sha256", mac.finalize().into_bytes().to_vec())
            }
            Signed::Sha1 => {
                let mac = Hmac::<Sha1>::new_from_slice(key).expect("any length").chain_update(&body);
                ("X-Hub-Signature", "sha1", mac.finalize().into_bytes().to_vec())
            }
        };
        let signature = mac.iter().fold(format!("{algorithm}="), |mut header, byte| {
            write!(header, "{byte:02x}").expect("a String takes everything");
            header
        });
        let request = client.raw(Method::POST, &self.webhook_url).header(name, signature);
        request.header("Content-Type", "application/json").body(body)
    }

    /// Calls the webhook.
    pub async fn call(&self, client: &Client, body: Vec<u8>) -> Answer {
        client.send(self.request(client, body, Signed::Sha256)).await
    }

    /// Calls the webhook, which must take it.
    pub async fn deliver(&self, client: &Client, body: &Value) {
        self.deliver_bytes(client, body.to_string().into_bytes()).await;
    }

    /// Calls the webhook with these bytes, which it must take.
    pub async fn deliver_bytes(&self, client: &Client, body: Vec<u8>) {
        let answer = self.call(client, body).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{}", self.kind);
    }

    /// A text of somebody's to this account, as its kind writes it.
    pub fn text(&self, from: &str, id: &str, text: &str) -> Value {
        match self.kind.as_str() {
            "whatsapp" => whatsapp(&[(&self.account, message(from, id, text))]),
            "messenger" => conversation("page", &[event(from, &self.account, id, text)]),
            _ => conversation("instagram", &[event(from, &self.account, id, text)]),
        }
    }
}

/// A request of WhatsApp's with messages to numbers.
pub fn whatsapp(messages: &[(&str, Value)]) -> Value {
    let change = |(account, message): &(&str, Value)| {
        json!({"field": "messages", "value": {"messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550001111", "phone_number_id": account},
            "messages": [message]}})
    };
    let changes: Vec<Value> = messages.iter().map(change).collect();
    json!({"object": "whatsapp_business_account", "entry": [{"id": "WABA", "changes": changes}]})
}

/// A text as WhatsApp tells it.
pub fn message(from: &str, id: &str, text: &str) -> Value {
    json!({"from": from, "id": id, "timestamp": "1700000000", "type": "text", "text": {"body": text}})
}

/// A request of Messenger's or Instagram's, each event in an entry of its recipient's.
pub fn conversation(object: &str, events: &[Value]) -> Value {
    let entry = |event: &Value| json!({"id": event["recipient"]["id"], "time": 1_700_000_000_000_i64, "messaging": [event]});
    let entries: Vec<Value> = events.iter().map(entry).collect();
    json!({"object": object, "entry": entries})
}

/// A text as Messenger and Instagram tell it.
pub fn event(from: &str, to: &str, id: &str, text: &str) -> Value {
    json!({"sender": {"id": from}, "recipient": {"id": to}, "timestamp": 1_700_000_000_000_i64,
        "message": {"mid": id, "text": text}})
}
