//! What Twilio answers about a message.

use hearthline_engine::{raw::Raw, time::Timestamp};
use jiff::fmt::rfc2822;
use serde::Deserialize;
use std::fmt;

/// Twilio took the message and gave it an id. `failed` is a status it can have at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Twilio's id of the message, `SM…` or `MM…`: the one its callbacks carry.
    pub sid: String,
    /// Twilio's word: `queued`, `accepted`, `sending`, …
    pub status: String,
    /// Why it failed, if it did at once.
    pub error_code: Option<u32>,
    /// By Twilio's clock.
    pub created_at: Option<Timestamp>,
}

/// A message as Twilio knows it.
///
/// Its text is raw: it can be compared with the text that was to be sent, and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Known {
    pub sid: String,
    /// Twilio's word.
    pub status: String,
    /// `inbound`, `outbound-api`, `outbound-call` or `outbound-reply`.
    pub direction: String,
    /// Empty while a Messaging Service has not picked a number.
    pub from: String,
    pub to: String,
    pub body: Raw<String>,
    pub messaging_service_sid: Option<String>,
    /// Why it was not delivered.
    pub error_code: Option<u32>,
    pub media: u32,
    /// By Twilio's clock, to the second.
    pub created_at: Option<Timestamp>,
    /// Nothing until it was sent.
    pub sent_at: Option<Timestamp>,
}

/// Ids and statuses only: the rest is people's.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Known");
        shown.field("sid", &self.sid).field("status", &self.status).field("error_code", &self.error_code);
        shown.finish_non_exhaustive()
    }
}

/// The fields of Twilio's JSON that are read. All but the sid may be null in its description.
#[derive(Deserialize)]
pub(super) struct Resource {
    sid: String,
    status: Option<String>,
    direction: Option<String>,
    from: Option<String>,
    to: Option<String>,
    body: Option<String>,
    messaging_service_sid: Option<String>,
    error_code: Option<u32>,
    num_media: Option<String>,
    date_created: Option<String>,
    date_sent: Option<String>,
}

impl Accepted {
    /// Nothing if it is not what Twilio answers: then nobody knows whether the message was taken.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let Resource { sid, status, error_code, date_created, .. } = read(body)?;
        Some(Self {
            sid,
            status: status.unwrap_or_default(),
            error_code,
            created_at: date_created.as_deref().and_then(date),
        })
    }
}

impl Known {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        read(body).map(Self::from)
    }
}

fn read(body: &[u8]) -> Option<Resource> {
    serde_json::from_slice(body).ok().filter(|resource: &Resource| !resource.sid.is_empty())
}

impl From<Resource> for Known {
    fn from(read: Resource) -> Self {
        Self {
            sid: read.sid,
            status: read.status.unwrap_or_default(),
            direction: read.direction.unwrap_or_default(),
            from: read.from.unwrap_or_default(),
            to: read.to.unwrap_or_default(),
            body: Raw::new(read.body.unwrap_or_default()),
            messaging_service_sid: read.messaging_service_sid,
            error_code: read.error_code,
            media: read.num_media.and_then(|number| number.parse().ok()).unwrap_or_default(),
            created_at: read.date_created.as_deref().and_then(date),
            sent_at: read.date_sent.as_deref().and_then(date),
        }
    }
}

/// `Thu, 24 Aug 2023 05:01:45 +0000` (RFC 2822).
fn date(text: &str) -> Option<Timestamp> {
    let parsed = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp::from_millis(parsed.as_millisecond()))
}

/// Twilio's number for why it refused, by which its documentation is ordered. The message beside it repeats what was asked,
/// numbers included, and is left where it is.
pub(super) fn code(body: &[u8]) -> Option<u32> {
    #[derive(Deserialize)]
    struct Refusal {
        code: u32,
    }
    serde_json::from_slice(body).ok().map(|Refusal { code }| code)
}
