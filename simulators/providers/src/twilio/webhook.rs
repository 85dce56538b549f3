//! Calling webhooks: signed forms, with the retries that the URL's connection overrides ask for.
//!
//! `#rc=5&rp=all` behind a URL: up to five retries, after anything but a success; without it, one retry, and only if no
//! connection could be made. `ct` and `rt` bound connecting and reading (milliseconds), `tt` everything together.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{ledger::WebhookAttempt, signature::sign, state::State};
use crate::simulator::Inner;

/// Before the first retry; each further one is waited for twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// A webhook to be called.
pub(super) struct Webhook {
    pub account_sid: String,
    pub message_sid: String,
    /// With its overrides.
    pub url: String,
    pub status: String,
    pub fields: Vec<(String, String)>,
}

/// What stands behind the `#`.
struct Overrides {
    retries: u32,
    after: Vec<String>,
    read_timeout: Duration,
    total: Duration,
}

impl Overrides {
    fn read(fragment: Option<&str>) -> Self {
        let mut read = Self {
            retries: 1,
            after: vec!["ct".to_owned()],
            read_timeout: Duration::from_secs(15),
            total: Duration::from_secs(15),
        };
        for (name, value) in form_urlencoded::parse(fragment.unwrap_or_default().as_bytes()) {
            let millis = |most: u64| value.parse().map(|ms: u64| Duration::from_millis(ms.clamp(100, most)));
            match &*name {
                "rc" => read.retries = value.parse::<u32>().map_or(read.retries, |retries| retries.min(5)),
                "rp" => read.after = value.split(',').map(str::to_owned).collect(),
                "rt" => read.read_timeout = millis(15_000).unwrap_or(read.read_timeout),
                "tt" => read.total = millis(15_000).unwrap_or(read.total),
                _ => {}
            }
        }
        read
    }

    fn again_after(&self, failure: &str) -> bool {
        self.after.iter().any(|policy| policy == failure || policy == "all")
    }
}

/// A success, or the policy that may ask for another attempt.
enum Called {
    Well(u16),
    Badly { answered: Option<u16>, policy: &'static str },
}

impl Inner<State> {
    /// Calls it until it is answered well or the overrides say no more. The last answer, if there was one.
    pub(super) async fn call(self: &Arc<Self>, webhook: &Webhook) -> Option<u16> {
        let (url, fragment) =
            webhook.url.split_once('#').map_or((webhook.url.as_str(), None), |(u, f)| (u, Some(f)));
        let overrides = Overrides::read(fragment);
        let (token, signature) = {
            let mut state = self.state.lock();
            let token = state.dice.uuid();
            let auth_token = &state.accounts.get(&webhook.account_sid)?.auth_token;
            (token, sign(auth_token, url, &webhook.fields))
        };
        let started = Instant::now();
        let mut attempt = 1;
        loop {
            let left = overrides.total.saturating_sub(started.elapsed());
            let request = self.http.post(url).form(&webhook.fields);
            let request =
                request.header("X-Twilio-Signature", &signature).header("I-Twilio-Idempotency-Token", &token);
            let called = once(request.timeout(left.min(overrides.read_timeout))).await;
            let answered = match called {
                Called::Well(status) => Some(status),
                Called::Badly { answered, .. } => answered,
            };
            self.state.lock().ledger.webhooks.push(WebhookAttempt {
                message_sid: webhook.message_sid.clone(),
                url: url.to_owned(),
                status: webhook.status.clone(),
                attempt,
                answered,
            });
            match called {
                Called::Badly { policy, .. }
                    if attempt <= overrides.retries
                        && overrides.again_after(policy)
                        && started.elapsed() < overrides.total =>
                {
                    // How long Twilio waits is not written anywhere; growing, as a sender of many webhooks would.
                    tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(attempt - 1)).await;
                    attempt += 1;
                }
                Called::Badly { .. } | Called::Well(_) => return answered,
            }
        }
    }
}

async fn once(request: reqwest::RequestBuilder) -> Called {
    match request.send().await {
        Ok(response) => {
            let answered = response.status().as_u16();
            match answered {
                200..=299 => Called::Well(answered),
                500..=599 => Called::Badly { answered: Some(answered), policy: "5xx" },
                _ => Called::Badly { answered: Some(answered), policy: "4xx" },
            }
        }
        Err(error) if error.is_connect() => Called::Badly { answered: None, policy: "ct" },
        Err(_) => Called::Badly { answered: None, policy: "rt" },
    }
}
