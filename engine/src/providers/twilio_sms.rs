//! Twilio's webhooks for messages: inbound SMS and MMS, and status callbacks (Twilio documentation, "Twilio's request to
//! your incoming message webhook URL" and "Track the message status of outbound messages").
//!
//! WhatsApp through Twilio comes by the same webhook, with `whatsapp:` before the addresses. Voice webhooks are refused:
//! they are read elsewhere. Every field that has no place of its own is kept verbatim in the raw content.

use super::{Normalized, StatusUpdate, Unreadable, form, opt_words::opt_word};
use crate::{
    identity::{Address, HomeRegion},
    message::{Attachment, Channel, Content, Delivery, Direction, EventKind, Incoming, OptWord, Provider},
    raw::Raw,
};

/// Reads the form of one webhook. `home` is the region of the connection's own number: what a national number means.
///
/// The account of a result is empty if the request does not tell it; then it is the connection's.
///
/// # Errors
/// The field that is missing or can't be read.
pub fn normalize(form: &Raw<Vec<u8>>, home: Option<HomeRegion>) -> Result<Normalized, Unreadable> {
    let form = Form::read(form.peek());
    if form.get("MessageSid").is_none() && form.get("CallSid").is_some() {
        return Err(Unreadable::NotAMessage { field: "CallSid" });
    }
    match form.outbound_status() {
        Some(status) => {
            Ok(Normalized { statuses: vec![form.status_update(&status, home)?], ..Normalized::default() })
        }
        None => Ok(Normalized { messages: vec![form.message(home)?], ..Normalized::default() }),
    }
}

/// Fields that have a place of their own in the canonical event. All others are kept as they came.
const PLACED: [&str; 13] = [
    "AccountSid",
    "Body",
    "From",
    "MessageSid",
    "MessageStatus",
    "NumMedia",
    "OptOutType",
    "ProfileName",
    "SmsMessageSid",
    "SmsSid",
    "SmsStatus",
    "To",
    "ApiVersion",
];

/// The fields of a request; text that is not UTF-8 is read with replacement characters.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(body: &[u8]) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self(form::fields(body).iter().map(|(name, value)| (text(name), text(value))).collect())
    }

    /// The first value of that name, whatever it is: Twilio repeats no field.
    fn verbatim(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A value that says something.
    fn get(&self, name: &str) -> Option<&str> {
        self.verbatim(name).map(str::trim).filter(|value| !value.is_empty())
    }

    fn required(&self, field: &'static str) -> Result<&str, Unreadable> {
        self.get(field).ok_or(Unreadable::MissingField { field })
    }

    /// Twilio's id of the message: the newest name for it wins.
    fn message_sid(&self) -> Result<&str, Unreadable> {
        let names = ["MessageSid", "SmsMessageSid", "SmsSid"];
        names.iter().find_map(|name| self.get(name)).ok_or(Unreadable::MissingField { field: "MessageSid" })
    }

    /// The status that a callback tells of an outbound message; nothing for an inbound one. `MessageStatus` is the newer
    /// field and right where the two differ.
    fn outbound_status(&self) -> Option<String> {
        let status = self.get("MessageStatus").or_else(|| self.get("SmsStatus"))?.to_ascii_lowercase();
        match status.as_str() {
            "received" | "receiving" => None,
            _told if self.get("MessageStatus").is_none() && self.verbatim("Body").is_some() => None,
            _told => Some(status),
        }
    }

    fn status_update(&self, status: &str, home: Option<HomeRegion>) -> Result<StatusUpdate, Unreadable> {
        Ok(StatusUpdate {
            recipient: self.get("To").and_then(|to| Address::sms_sender(to, home).ok()),
            account: self.get("AccountSid").unwrap_or_default().to_owned(),
            provider_event_id: self.message_sid()?.to_owned(),
            status: delivery(status),
            provider_status: status.to_owned(),
            error_code: self.get("ErrorCode").filter(|code| *code != "0").map(str::to_owned),
            // Twilio calls an address of the message's own instead.
            reference: None,
            occurred_at: None,
        })
    }

    fn message(&self, home: Option<HomeRegion>) -> Result<Incoming, Unreadable> {
        let provider_event_id = self.message_sid()?.to_owned();
        let from = self.required("From")?;
        let content = self.content();
        let whatsapp = from.get(..9).is_some_and(|prefix| prefix.eq_ignore_ascii_case("whatsapp:"));
        Ok(Incoming {
            channel: if whatsapp { Channel::Whatsapp } else { Channel::Sms },
            kind: self.kind(),
            direction: Direction::In,
            provider: Provider::Twilio,
            account: self.get("AccountSid").unwrap_or_default().to_owned(),
            claim_id: provider_event_id.clone(),
            provider_event_id,
            from: Address::sms_sender(from, home)
                .map_err(|why| Unreadable::BadAddress { field: "From", why })?,
            to: self.recipients(home)?,
            profile_name: self.get("ProfileName").map(str::to_owned),
            occurred_at: None,
            opt_word: self.opt_word(&content),
            content: Raw::new(content),
        })
    }

    fn recipients(&self, home: Option<HomeRegion>) -> Result<Vec<Address>, Unreadable> {
        let to = self.get("To").map(|to| Address::sms_sender(to, home)).transpose();
        Ok(to.map_err(|why| Unreadable::BadAddress { field: "To", why })?.into_iter().collect())
    }

    fn kind(&self) -> EventKind {
        if self.get("Latitude").is_some() && self.get("Longitude").is_some() {
            EventKind::Location
        } else {
            EventKind::Message
        }
    }

    /// Advanced Opt-Out tells what it took the message for; without it the words decide.
    fn opt_word(&self, content: &Content) -> Option<OptWord> {
        match self.get("OptOutType").map(str::to_ascii_uppercase).as_deref() {
            Some("STOP") => Some(OptWord::Stop),
            Some("START") => Some(OptWord::Start),
            Some("HELP") => None,
            Some(_) | None => {
                content.body.as_deref().filter(|_| content.attachments.is_empty()).and_then(opt_word)
            }
        }
    }

    fn content(&self) -> Content {
        let extra =
            self.0.iter().filter(|(name, _)| !PLACED.contains(&name.as_str()) && media_index(name).is_none());
        Content {
            subject: None,
            body: self.verbatim("Body").map(str::to_owned),
            html: None,
            attachments: self.attachments(),
            thread_key: self.thread_key(),
            refers_to: self.get("OriginalRepliedMessageSid").map(str::to_owned),
            extra: extra.cloned().collect(),
        }
    }

    /// The own number, then the other one.
    fn thread_key(&self) -> Option<String> {
        Some(format!("{}|{}", self.get("To")?, self.get("From")?))
    }

    /// `MediaUrl{N}` in the order of N, each with its `MediaContentType{N}`. What is there counts, not what `NumMedia` says.
    fn attachments(&self) -> Vec<Attachment> {
        let mut urls: Vec<(u32, &str)> = Vec::new();
        for (name, url) in &self.0 {
            let index = name.strip_prefix("MediaUrl").and_then(|n| n.parse().ok());
            match index {
                Some(n) if !url.is_empty() && urls.iter().all(|(known, _)| *known != n) => {
                    urls.push((n, url))
                }
                Some(_) | None => {}
            }
        }
        urls.sort_unstable();
        let attachment = |(n, url): (u32, &str)| Attachment {
            url: url.to_owned(),
            mime_type: self.get(&format!("MediaContentType{n}")).map(str::to_owned),
            ..Attachment::default()
        };
        urls.into_iter().map(attachment).collect()
    }
}

/// The N of `MediaUrl{N}` and `MediaContentType{N}`.
fn media_index(name: &str) -> Option<u32> {
    ["MediaUrl", "MediaContentType"].iter().find_map(|prefix| name.strip_prefix(prefix)?.parse().ok())
}

/// Twilio's words for how far a message got. A word that Twilio adds later is not known, and says so.
fn delivery(status: &str) -> Delivery {
    const WORDS: [(&str, Delivery); 12] = [
        ("accepted", Delivery::Pending),
        ("scheduled", Delivery::Pending),
        ("queued", Delivery::Pending),
        ("sending", Delivery::Sending),
        ("sent", Delivery::Sent),
        ("delivered", Delivery::Delivered),
        ("partially_delivered", Delivery::Delivered),
        ("read", Delivery::Read),
        ("undelivered", Delivery::Failed),
        ("failed", Delivery::Failed),
        ("canceled", Delivery::Failed),
        ("received", Delivery::Received),
    ];
    WORDS.iter().find(|(word, _)| *word == status).map_or(Delivery::Unknown, |(_, delivery)| *delivery)
}
