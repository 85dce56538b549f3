//! A message as Twilio keeps and shows it.

use jiff::Timestamp;
use serde_json::{Value, json};

/// One message, inbound or outbound.
#[derive(Clone)]
pub(super) struct Message {
    pub sid: String,
    pub account_sid: String,
    /// `inbound` or `outbound-api`.
    pub direction: &'static str,
    /// Nothing until a Messaging Service has picked a number.
    pub from: Option<String>,
    pub to: String,
    pub body: String,
    pub service: Option<String>,
    pub status: String,
    pub error_code: Option<u32>,
    pub segments: u32,
    pub media: Vec<Media>,
    /// How many media were asked for; they are there once they are fetched.
    pub num_media: usize,
    pub status_callback: Option<String>,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub sent: Option<Timestamp>,
}

/// A file of a message.
#[derive(Clone)]
pub(super) struct Media {
    pub sid: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
    pub created: Timestamp,
}

/// `Thu, 24 Aug 2023 05:01:45 +0000`.
fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

impl Message {
    /// Where the message is, below the API's address.
    pub fn path(&self) -> String {
        format!("/2010-04-01/Accounts/{}/Messages/{}", self.account_sid, self.sid)
    }

    /// Nothing happens to it any more.
    pub fn is_final(&self) -> bool {
        matches!(
            self.status.as_str(),
            "delivered" | "undelivered" | "failed" | "received" | "read" | "canceled"
        )
    }

    /// The resource. A service's message has no segments before it has a number.
    pub fn json(&self) -> Value {
        let waits = self.service.is_some() && self.from.is_none();
        json!({
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": date(self.created),
            "date_sent": self.sent.map(date),
            "date_updated": date(self.updated),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": self.error_code.map(error_message),
            "from": self.from,
            "messaging_service_sid": self.service,
            "num_media": self.num_media.to_string(),
            "num_segments": if waits { "0".to_owned() } else { self.segments.to_string() },
            "price": null,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": { "media": format!("{}/Media.json", self.path()) },
            "to": self.to,
            "uri": format!("{}.json", self.path()),
        })
    }
}

impl Media {
    pub fn json(&self, message: &Message) -> Value {
        json!({
            "account_sid": message.account_sid,
            "content_type": self.content_type,
            "date_created": date(self.created),
            "date_updated": date(self.created),
            "parent_sid": message.sid,
            "sid": self.sid,
            "uri": format!("{}/Media/{}.json", message.path(), self.sid),
        })
    }
}

/// Twilio's words for why a message was not delivered.
fn error_message(code: u32) -> &'static str {
    const WORDS: [(u32, &str); 8] = [
        (11200, "HTTP retrieval failure"),
        (11751, "MMS -> Media exceeds messaging provider size limit"),
        (12300, "Invalid Content-Type"),
        (30003, "Unreachable destination handset"),
        (30005, "Unknown destination handset"),
        (30006, "Landline or unreachable carrier"),
        (30007, "Message filtered"),
        (30008, "Unknown error"),
    ];
    WORDS.iter().find(|(known, _)| *known == code).map_or("Unknown error", |(_, words)| words)
}
