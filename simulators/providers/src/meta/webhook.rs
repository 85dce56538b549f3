//! Calling webhooks: JSON, signed over its bytes, tried again where it is not answered 200.
//!
//! Meta tries again at once and then less and less often, for a day and a half at most ("Webhooks, getting started"); here it
//! is tried for some seconds.

use serde_json::Value;
use std::{sync::Arc, time::Duration};

use super::{account::Product, ledger::WebhookAttempt, signature::sign, state::State};
use crate::simulator::Inner;

/// Before the first repetition; each further one is waited for twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const ATTEMPTS: u32 = 8;
const TIMEOUT: Duration = Duration::from_secs(15);

/// A webhook to be called.
#[derive(Clone)]
pub(super) struct Webhook {
    pub account: (Product, String),
    /// The message that it is about.
    pub id: String,
    /// What it tells of it.
    pub about: &'static str,
    pub body: Value,
}

impl Inner<State> {
    /// Calls it until it is answered well or given up. The last answer, if there was one.
    pub(super) async fn call(self: &Arc<Self>, webhook: &Webhook) -> Option<u16> {
        let body = webhook.body.to_string().into_bytes();
        let (url, sha256, sha1) = {
            let state = self.state.lock();
            let account = state.accounts.get(&webhook.account)?;
            let (sha256, sha1) = sign(&account.app_secret, &body);
            (account.webhook_url.clone()?, sha256, sha1)
        };
        let mut attempt = 1;
        loop {
            let request = self.http.post(&url).timeout(TIMEOUT).body(body.clone());
            let request = request
                .header("Content-Type", "application/json")
                .header("X-Hub-Signature-256", &sha256)
                .header("X-Hub-Signature", &sha1);
            let answered = request.send().await.ok().map(|response| response.status().as_u16());
            self.state.lock().ledger.webhooks.push(WebhookAttempt {
                account: webhook.account.1.clone(),
                id: webhook.id.clone(),
                url: url.clone(),
                about: webhook.about.to_owned(),
                attempt,
                answered,
            });
            if answered == Some(200) || attempt == ATTEMPTS {
                return answered;
            }
            tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(attempt - 1)).await;
            attempt += 1;
        }
    }
}
