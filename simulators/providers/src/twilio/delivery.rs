//! The life of a message after it was taken: its media are fetched, it passes from status to status, and somebody is told.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::{fmt::Write, sync::Arc, time::Duration};

use super::{
    ledger::FetchedMedia,
    message::{Media, Message},
    state::State,
    webhook::Webhook,
};
use crate::simulator::Inner;

/// How long a file may take to come.
const MEDIA_TIMEOUT: Duration = Duration::from_secs(15);
/// What Twilio takes of pictures, in bytes.
const PICTURE_AT_MOST_BYTES: usize = 5 * 1024 * 1024;
/// And of other files.
const FILE_AT_MOST_BYTES: usize = 500 * 1024;

impl Inner<State> {
    /// Everything that happens to a message between being taken and its last status.
    pub(super) async fn deliver(self: Arc<Self>, sid: String, media_urls: Vec<String>) {
        let mut end = self.state.lock().end_of(&sid);
        for url in &media_urls {
            if let Err(code) = self.fetch_media(&sid, url).await {
                end = ("failed".to_owned(), Some(code));
                break;
            }
        }
        let pause = Duration::from_millis(self.state.lock().knobs.status_delay_ms);
        let kept_back = {
            let State { knobs, dice, .. } = &mut *self.state.lock();
            knobs.reordered_callbacks.strikes(dice)
        };
        let mut kept = Vec::new();
        for (status, error_code) in statuses(end) {
            tokio::time::sleep(pause).await;
            let callbacks = self.state.lock().step(&sid, &status, error_code);
            if kept_back {
                kept.extend(callbacks);
            } else {
                self.call_all(&callbacks).await;
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

    /// Fetches one file as Twilio does, without credentials. The code of Twilio's error dictionary if it can't be sent.
    async fn fetch_media(&self, message_sid: &str, url: &str) -> Result<(), u32> {
        let mut row = FetchedMedia {
            message_sid: message_sid.to_owned(),
            url: url.to_owned(),
            answered: None,
            content_type: String::new(),
            size_bytes: 0,
            sha256: String::new(),
        };
        let fetched = self.fetch(url, &mut row).await;
        let mut state = self.state.lock();
        state.ledger.media.push(row.clone());
        let bytes = fetched?;
        let media = Media {
            sid: state.dice.sid("ME"),
            content_type: row.content_type,
            bytes,
            created: Timestamp::now(),
        };
        if let Some(message) = state.messages.get_mut(message_sid) {
            message.media.push(media);
        }
        Ok(())
    }

    async fn fetch(&self, url: &str, row: &mut FetchedMedia) -> Result<Vec<u8>, u32> {
        let response = self.http.get(url).timeout(MEDIA_TIMEOUT).send().await.map_err(|_| 11200_u32)?;
        row.answered = Some(response.status().as_u16());
        let content_type = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        let content_type = content_type.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        content_type.to_ascii_lowercase().clone_into(&mut row.content_type);
        if !response.status().is_success() {
            return Err(11200);
        }
        let bytes = response.bytes().await.map_err(|_| 11200_u32)?.to_vec();
        row.size_bytes = bytes.len();
        row.sha256 = Sha256::digest(&bytes).iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a String takes everything");
            hex
        });
        let kind = row.content_type.as_str();
        let picture = matches!(kind, "image/jpeg" | "image/jpg" | "image/gif" | "image/png");
        let accepted = ["image/", "audio/", "video/", "text/", "application/pdf", "application/vcard"];
        if !accepted.iter().any(|accepted| kind.starts_with(accepted)) {
            return Err(12300);
        }
        let at_most = if picture { PICTURE_AT_MOST_BYTES } else { FILE_AT_MOST_BYTES };
        if bytes.len() > at_most { Err(11751) } else { Ok(bytes) }
    }
}

/// What a message passes through on its way to its end.
fn statuses((end, error_code): (String, Option<u32>)) -> Vec<(String, Option<u32>)> {
    let before: &[&str] = match end.as_str() {
        "failed" => &["queued"],
        "sent" => &["queued", "sending"],
        _ => &["queued", "sending", "sent"],
    };
    let mut statuses: Vec<_> = before.iter().map(|status| ((*status).to_owned(), None)).collect();
    statuses.push((end, error_code));
    statuses
}

impl State {
    fn end_of(&mut self, sid: &str) -> (String, Option<u32>) {
        let outcome = self.messages.get(sid).and_then(|message| self.knobs.outcomes.get(&message.to));
        if let Some(outcome) = outcome {
            return (outcome.status.clone(), outcome.error_code);
        }
        if self.knobs.undelivered.strikes(&mut self.dice) {
            return ("undelivered".to_owned(), Some(30003));
        }
        ("delivered".to_owned(), None)
    }

    /// Takes the message one step further, unless it was deleted or canceled. The callbacks that tell of it: none, one, or
    /// two.
    pub(super) fn step(&mut self, sid: &str, status: &str, error_code: Option<u32>) -> Vec<Webhook> {
        let pool = self.messages.get(sid).and_then(|message| {
            let account = self.accounts.get(&message.account_sid)?;
            account.service(message.service.as_deref()?)?.numbers.first().cloned()
        });
        let Some(message) = self.messages.get_mut(sid).filter(|message| !message.is_final()) else {
            return Vec::new();
        };
        let now = Timestamp::now();
        message.from = message.from.take().or(pool);
        status.clone_into(&mut message.status);
        message.error_code = error_code;
        message.updated = now;
        if matches!(status, "sent" | "delivered" | "undelivered") {
            message.sent = message.sent.or(Some(now));
        }
        let Some(webhook) = callback(message) else { return Vec::new() };
        if self.knobs.lost_callback.strikes(&mut self.dice) {
            return Vec::new();
        }
        if self.knobs.duplicated_callback.strikes(&mut self.dice) {
            return vec![callback(message).expect("there was one just now"), webhook];
        }
        vec![webhook]
    }
}

/// What Twilio posts to a status callback.
fn callback(message: &Message) -> Option<Webhook> {
    let url = message.status_callback.clone()?;
    let mut fields: Vec<(String, String)> = [
        ("SmsSid", message.sid.as_str()),
        ("SmsStatus", &message.status),
        ("MessageStatus", &message.status),
        ("To", &message.to),
        ("MessageSid", &message.sid),
        ("AccountSid", &message.account_sid),
        ("From", message.from.as_deref().unwrap_or_default()),
        ("ApiVersion", "2010-04-01"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    fields.extend(message.service.iter().map(|sid| ("MessagingServiceSid".to_owned(), sid.clone())));
    fields.extend(message.error_code.map(|code| ("ErrorCode".to_owned(), code.to_string())));
    if matches!(message.status.as_str(), "delivered" | "undelivered") {
        // The time of the receipt, as carriers write it.
        fields.push(("RawDlrDate".to_owned(), message.updated.strftime("%y%m%d%H%M").to_string()));
    }
    Some(Webhook {
        account_sid: message.account_sid.clone(),
        message_sid: message.sid.clone(),
        url,
        status: message.status.clone(),
        fields,
    })
}
