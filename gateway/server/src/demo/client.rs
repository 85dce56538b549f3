//! The demo speaks to itself as anybody else would: public routes and signed webhooks only.

use anyhow::{Context, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

/// A client of one server, with the token it signed in with.
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// Speaks with an operator's or user's token.
    pub fn new(http: &reqwest::Client, base: &str, token: &str) -> Self {
        Self { http: http.clone(), base: base.to_owned(), token: token.to_owned() }
    }

    /// Signs in.
    ///
    /// # Errors
    /// The server said no.
    pub async fn sign_in(
        http: &reqwest::Client,
        base: &str,
        email: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let anonymous = Self::new(http, base, "");
        let session = anonymous.post("/v1/sessions", &json!({"email": email, "password": password})).await?;
        let token = session["access_token"].as_str().context("a session without a token")?;
        Ok(Self { token: token.to_owned(), ..anonymous })
    }

    /// Posts JSON, and answers with JSON.
    ///
    /// # Errors
    /// The server said no, or nothing.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let mut request = self.http.post(format!("{}{path}", self.base)).json(body);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        let response = request.send().await.with_context(|| format!("POST {path}"))?;
        let status = response.status();
        if !status.is_success() {
            bail!("POST {path}: {status}: {}", response.text().await.unwrap_or_default());
        }
        response.json().await.with_context(|| format!("POST {path}: its answer"))
    }
}

/// A connected number, as Twilio knows it.
pub struct Number {
    pub webhook_url: String,
    pub account_sid: String,
    pub auth_token: String,
    pub number: String,
}

impl Number {
    /// Delivers a client's SMS as Twilio does: form-encoded and signed (Twilio: "Validating Requests").
    ///
    /// # Errors
    /// The webhook did not answer 2xx.
    pub async fn deliver(
        &self,
        http: &reqwest::Client,
        sid: &str,
        from: &str,
        text: &str,
    ) -> anyhow::Result<()> {
        let fields = [
            ("AccountSid", self.account_sid.as_str()),
            ("Body", text),
            ("From", from),
            ("MessageSid", sid),
            ("NumMedia", "0"),
            ("SmsStatus", "received"),
            ("To", &self.number),
        ];
        let signed = fields.iter().fold(self.webhook_url.clone(), |all, (name, value)| all + name + value);
        let mut mac = Hmac::<Sha1>::new_from_slice(self.auth_token.as_bytes()).context("an auth token")?;
        mac.update(signed.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let request = http.post(&self.webhook_url).header("X-Twilio-Signature", signature).form(&fields);
        let status = request.send().await.context("delivering a message")?.status();
        if status.is_success() { Ok(()) } else { bail!("a webhook was answered {status}") }
    }
}
