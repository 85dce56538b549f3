//! The life of a message after it was taken: a file of it is fetched, it gets further, and somebody is told.

use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

use super::{
    account::{Account, Product},
    ledger::{Accepted, FetchedMedia},
    media, payloads,
    state::State,
    webhook::Webhook,
};
use crate::simulator::Inner;

/// How long a file may take to come.
const MEDIA_TIMEOUT: Duration = Duration::from_secs(15);
/// WhatsApp's code for a file that it could not have.
const MEDIA_UPLOAD_ERROR: u32 = 131_053;

impl Inner<State> {
    /// Everything that happens to a message between being taken and its last status.
    pub(super) async fn deliver(self: Arc<Self>, account: Account, id: String, fails: Option<u32>) {
        let found = {
            let state = self.state.lock();
            state.ledger.accepted.iter().rev().find(|accepted| accepted.id == id).cloned()
        };
        let Some(message) = found else { return };
        let fails = match &message.media {
            Some(link) if fails.is_none() && link.starts_with("http") => {
                self.fetch(link, account.product).await.err()
            }
            _ => fails,
        };
        let at = Timestamp::now();
        let (steps, pause, kept_back) = {
            let mut state = self.state.lock();
            let steps = state.steps(account.product, &message, fails);
            let State { knobs, dice, .. } = &mut *state;
            (steps, Duration::from_millis(knobs.status_delay_ms), knobs.reordered_webhooks.strikes(dice))
        };
        let mut kept = Vec::new();
        for (about, error) in steps {
            tokio::time::sleep(pause).await;
            let webhooks = self.state.lock().webhooks(&account, &message, (about, error), at);
            if kept_back {
                kept.extend(webhooks);
            } else {
                self.call_all(&webhooks).await;
            }
        }
        self.state.lock().dice.shuffle(&mut kept);
        self.call_all(&kept).await;
    }

    async fn call_all(self: &Arc<Self>, webhooks: &[Webhook]) {
        for webhook in webhooks {
            self.call(webhook).await;
        }
    }

    /// Fetches the file of a message as Meta does, without credentials. The code of the failure if it can't be sent.
    async fn fetch(&self, url: &str, product: Product) -> Result<(), u32> {
        let answer = self.http.get(url).timeout(MEDIA_TIMEOUT).send().await;
        let mut row = FetchedMedia {
            media: url.to_owned(),
            how: "fetched".to_owned(),
            answered: answer.as_ref().ok().map(|answer| answer.status().as_u16()),
            size_bytes: 0,
        };
        let fetched = match answer {
            Ok(answer) if answer.status().is_success() => {
                let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
                let kind = kind.unwrap_or_default().to_owned();
                answer.bytes().await.ok().map(|bytes| (kind, bytes))
            }
            _ => None,
        };
        row.size_bytes = fetched.as_ref().map_or(0, |(_, bytes)| bytes.len());
        let fits = fetched.is_some_and(|(kind, bytes)| {
            product != Product::Whatsapp || media::check(&kind, bytes.len()).is_ok()
        });
        self.state.lock().ledger.media.push(row);
        if fits { Ok(()) } else { Err(MEDIA_UPLOAD_ERROR) }
    }
}

impl State {
    /// What is told of a message, in its order.
    fn steps(
        &mut self,
        product: Product,
        message: &Accepted,
        fails: Option<u32>,
    ) -> Vec<(&'static str, Option<u32>)> {
        let read = {
            let Self { knobs, dice, .. } = self;
            knobs.read.strikes(dice)
        };
        let outcome = self.knobs.outcomes.get(&message.to);
        let end = outcome.map_or(if read { "read" } else { "delivered" }, |outcome| &outcome.status);
        let failure =
            fails.or_else(|| outcome.filter(|_| end == "failed").and_then(|outcome| outcome.error_code));
        if product == Product::Whatsapp && (fails.is_some() || end == "failed") {
            return vec![("failed", Some(failure.unwrap_or(131_026)))];
        }
        let told: &[&'static str] = match (product, end) {
            (Product::Whatsapp, "sent") => &["sent"],
            (Product::Whatsapp, "read") => &["sent", "delivered", "read"],
            (Product::Whatsapp, _) => &["sent", "delivered"],
            (Product::Messenger, "sent") => &["echo"],
            (Product::Messenger, "read") => &["echo", "delivered", "read"],
            (Product::Messenger, _) => &["echo", "delivered"],
            (Product::Instagram, "read") => &["echo", "read"],
            (Product::Instagram, _) => &["echo"],
        };
        let silent = |about: &&&str| !(self.knobs.no_echoes && **about == "echo");
        told.iter().filter(silent).map(|about| (*about, None)).collect()
    }

    /// The webhooks that tell one thing of a message: none, one, or two.
    fn webhooks(
        &mut self,
        account: &Account,
        message: &Accepted,
        (about, error): (&'static str, Option<u32>),
        taken_at: Timestamp,
    ) -> Vec<Webhook> {
        let now = Timestamp::now();
        let body = match (account.product, about) {
            (Product::Whatsapp, _) => payloads::status(account, message, about, error),
            (_, "echo") => payloads::echo(account, message, taken_at),
            (_, "read") => payloads::read(account, message, now),
            (_, _) => payloads::delivered(account, message, now),
        };
        let id = message.id.clone();
        let webhook = Webhook { account: (account.product, account.id.clone()), id, about, body };
        let Self { knobs, dice, .. } = self;
        if knobs.lost_webhook.strikes(dice) {
            return Vec::new();
        }
        let times = if knobs.duplicated_webhook.strikes(dice) { 2 } else { 1 };
        vec![webhook; times]
    }
}
