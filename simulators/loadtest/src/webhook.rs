//! A client's SMS as Twilio delivers it: form-encoded, with the signature over URL and sorted fields (Twilio: "Validating
//! Requests are coming from Twilio").

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Response, StatusCode, header::RETRY_AFTER};
use sha1::Sha1;
use std::time::Duration;
use uuid::Uuid;

use crate::brokerage::Number;

/// How long Twilio waits for an answer (Twilio: "Webhooks (HTTP callbacks): Connection overrides").
const PATIENCE: Duration = Duration::from_secs(15);

/// What a client writes.
pub struct Letter {
    /// In E.164.
    pub from: String,
    pub text: String,
}

/// An id as Twilio makes them: `SM` and 32 hexadecimal digits.
pub fn message_sid() -> String {
    format!("SM{}", Uuid::new_v4().simple())
}

/// 429 and 503: later is better.
pub fn told_to_wait(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}

/// For how long, by the answer's header; a second where it has none (RFC 9110, section 10.2.3; whole seconds).
pub fn retry_after(answer: &Response) -> Duration {
    let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(1))
}

/// Delivers it once.
pub async fn deliver(
    http: &reqwest::Client,
    to: &Number,
    sid: &str,
    letter: &Letter,
) -> Result<Response, reqwest::Error> {
    // In the order of their names, as they are signed.
    let fields = [
        ("AccountSid", to.account_sid.as_str()),
        ("Body", &letter.text),
        ("From", &letter.from),
        ("MessageSid", sid),
        ("NumMedia", "0"),
        ("SmsStatus", "received"),
        ("To", &to.number),
    ];
    let signed = fields.iter().fold(to.webhook_url.clone(), |all, (name, value)| all + name + value);
    let mut mac = Hmac::<Sha1>::new_from_slice(to.auth_token.as_bytes()).expect("any length will do");
    mac.update(signed.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let request = http.post(&to.webhook_url).header("X-Twilio-Signature", signature).form(&fields);
    request.timeout(PATIENCE).send().await
}
