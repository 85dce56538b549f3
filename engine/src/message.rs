//! The canonical event (ING-9): what every provider's message becomes.

use serde::{Deserialize, Serialize};

use crate::{
    identity::Address,
    ids::{AttachmentId, ConnectionId, EventId},
    raw::{Raw, RawGrant, SealedRaw},
    time::Timestamp,
};

/// Where an event took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// SMS and MMS.
    Sms,
    /// WhatsApp.
    Whatsapp,
    /// Facebook Messenger.
    Messenger,
    /// Instagram messaging.
    Instagram,
    /// E-mail.
    Email,
    /// Telephone.
    Voice,
    /// Written by a colleague; reaches no client.
    Note,
    /// About a task.
    Task,
    /// Made by the life cycle itself.
    System,
}

/// Seen from the business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the client.
    In,
    /// To the client.
    Out,
    /// Among ourselves.
    Internal,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Text, media or both.
    Message,
    /// An emoji put to a message: it is the body. Without a body it was taken away again.
    Reaction,
    /// A message taken back by its sender.
    Unsend,
    /// A message changed by its sender.
    Edit,
    /// A place.
    Location,
    /// Somebody's contact card.
    Contacts,
    /// A telephone call.
    Call,
    /// A note.
    Note,
    /// The life cycle moved.
    StateChange,
    /// A task was planned or done.
    Task,
    /// How a call ended.
    Outcome,
    /// Something the provider does not hand on; it was a message all the same.
    Unsupported,
}

impl EventKind {
    /// Whether a first one of these makes a lead (lifecycle: "the first message of any kind, unsupported ones included;
    /// not a reaction, read receipt, status or echo").
    #[must_use]
    pub const fn opens_a_lead(self) -> bool {
        match self {
            Self::Message | Self::Location | Self::Contacts | Self::Call | Self::Unsupported => true,
            Self::Reaction
            | Self::Unsend
            | Self::Edit
            | Self::Note
            | Self::StateChange
            | Self::Task
            | Self::Outcome => false,
        }
    }
}

/// How far a message got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It came in.
    Received,
    /// Accepted, not yet on its way.
    Pending,
    /// On its way to the provider.
    Sending,
    /// The provider accepted it.
    Sent,
    /// It reached the device.
    Delivered,
    /// It was read.
    Read,
    /// It will not arrive.
    Failed,
    /// Taken back before it went.
    Canceled,
    /// Nobody can say.
    Unknown,
}

/// A word that opens or closes a channel (ING-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptWord {
    /// Write to me no more.
    Stop,
    /// Write to me again.
    Start,
}

/// A provider whose payloads we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Twilio.
    Twilio,
    /// WhatsApp Cloud API, Messenger and Instagram.
    Meta,
    /// Gmail.
    Google,
    /// Outlook through Graph.
    Microsoft,
    /// Ourselves: notes, tasks, states.
    Hearthline,
}

/// The raw part of an event (PRV-1). Never serialized as such: see [`Raw::<Content>::encode`].
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// E-mails have one.
    pub subject: Option<String>,
    /// Verbatim: text, caption, button title, order or system text.
    pub body: Option<String>,
    /// The HTML form of the body.
    pub html: Option<String>,
    /// What it announces.
    pub attachments: Vec<Attachment>,
    /// The conversation that it belongs to, as its provider tells conversations apart: `own account|client`.
    pub thread_key: Option<String>,
    /// The provider's id of the message or story that it speaks of: what is answered, reacted to, changed or taken back.
    pub refers_to: Option<String>,
    /// Provider metadata that has no field of its own, by name.
    pub extra: Vec<(String, String)>,
}

impl Content {
    /// A text and files that we hold: what is sent. No text at all is none.
    #[must_use]
    pub fn to_send(body: Raw<String>, attachments: Vec<Attachment>) -> Raw<Self> {
        let body = Some(body.into_inner()).filter(|body| !body.is_empty());
        Raw::new(Self { body, attachments, ..Self::default() })
    }
}

/// A file that a message announces; its bytes are fetched later.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Attachment {
    /// The provider's word for what it is, such as `sticker` or `story_mention`, where it has one.
    pub kind: Option<String>,
    /// Where the provider serves it. Empty where it tells only a [`Self::media_id`], or serves no file at all (a place, a
    /// template); of a file that we hold, our own name for it.
    pub url: String,
    /// Under which id the provider serves it, to be asked for with the connection's token.
    pub media_id: Option<String>,
    /// SHA-256 of its bytes in base64, as the provider states it.
    pub sha256: Option<String>,
    /// As the sender named it.
    pub filename: Option<String>,
    /// As the provider states it.
    pub mime_type: Option<String>,
    /// As the provider states it.
    pub size_bytes: Option<u64>,
}

/// What stands before the id of a file that we hold, in place of an address of a provider.
const HELD: &str = "attachment:";

impl Attachment {
    /// A file that somebody uploaded: it is served by us.
    #[must_use]
    pub fn held(id: AttachmentId, filename: Option<String>, mime_type: String, size_bytes: u64) -> Self {
        Self {
            url: format!("{HELD}{id}"),
            filename,
            mime_type: Some(mime_type),
            size_bytes: Some(size_bytes),
            ..Self::default()
        }
    }
    /// Its id, if we hold it.
    #[must_use]
    pub fn held_as(&self) -> Option<AttachmentId> {
        self.url.strip_prefix(HELD)?.parse().ok()
    }
}

impl Raw<Content> {
    /// The files that we hold of it, by their ids, which tell nothing of them.
    #[must_use]
    pub fn held(&self) -> Vec<AttachmentId> {
        self.peek().attachments.iter().filter_map(Attachment::held_as).collect()
    }
    /// As bytes, still raw: what is sealed and stored.
    #[must_use]
    pub fn encode(&self) -> Raw<Vec<u8>> {
        Raw::new(rmp_serde::to_vec_named(self.peek()).expect("content has only strings, numbers and lists"))
    }
    /// The body alone, still raw; empty where there is none.
    #[must_use]
    pub fn body(&self) -> Raw<String> {
        Raw::new(self.peek().body.clone().unwrap_or_default())
    }
    /// The first `chars` characters of the body on one line: what an owner's card shows.
    #[must_use]
    pub fn preview(&self, chars: usize) -> Option<Raw<String>> {
        let body = self.peek().body.as_deref()?;
        let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then(|| Raw::new(line.chars().take(chars).collect()))
    }
}

impl Raw<Vec<u8>> {
    /// The content that [`Raw::<Content>::encode`] made.
    ///
    /// # Errors
    /// The bytes are not an encoded content.
    pub fn decode(&self) -> Result<Raw<Content>, UnreadableContent> {
        rmp_serde::from_slice(self.peek()).map(Raw::new).map_err(|_| UnreadableContent)
    }
    /// As text, for previews.
    ///
    /// # Errors
    /// The bytes are not UTF-8.
    pub fn open_text(self, grant: &RawGrant) -> Result<String, UnreadableContent> {
        String::from_utf8(self.open(grant)).map_err(|_| UnreadableContent)
    }
}

/// Stored content that can't be decoded. Says nothing of what was in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the content is not in the stored form")]
pub struct UnreadableContent;

/// One message as a normalizer gives it: facts that may be stored plainly, and the raw content apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Where it took place.
    pub channel: Channel,
    /// What it is.
    pub kind: EventKind,
    /// Who wrote to whom.
    pub direction: Direction,
    /// Who handed it to us.
    pub provider: Provider,
    /// The account at the provider that the message belongs to (Twilio: AccountSid).
    pub account: String,
    /// Exactly the provider's id of the message (Twilio: MessageSid). Opaque.
    pub provider_event_id: String,
    /// What it is claimed under in its account (ING-8): the same for every delivery of this event, and another for any
    /// other event. It is the provider's id, except where several events share one (Messenger names a changed or
    /// unsent message by the id it had) or there is none.
    pub claim_id: String,
    /// Who wrote.
    pub from: Address,
    /// To whom.
    pub to: Vec<Address>,
    /// The sender's name, where the provider tells it.
    pub profile_name: Option<String>,
    /// The provider's own time stamp, where there is one. Clocks never start from it.
    pub occurred_at: Option<Timestamp>,
    /// Whether it opts out or in.
    pub opt_word: Option<OptWord>,
    /// The raw part.
    pub content: Raw<Content>,
}

impl Incoming {
    /// The client's address: the sender of what comes in, the recipient of an echo of what somebody sent elsewhere.
    #[must_use]
    pub fn client(&self) -> &Address {
        match self.direction {
            Direction::In | Direction::Internal => &self.from,
            Direction::Out => self.to.first().unwrap_or(&self.from),
        }
    }
    /// Whether it makes a lead of an unknown client. An echo never does.
    #[must_use]
    pub fn opens_a_lead(&self) -> bool {
        self.direction == Direction::In && self.kind.opens_a_lead()
    }
    /// The conversation that it belongs to, see [`Content::thread_key`].
    #[must_use]
    pub fn thread_key(&self) -> Option<&str> {
        self.content.peek().thread_key.as_deref()
    }
    /// What the sender gave the provider with it, where an echo gives it back ([`crate::providers::our_name`]).
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        let told = self.content.peek().extra.iter().find(|(name, _)| name == "message.metadata");
        told.map(|(_, value)| value.as_str())
    }
    /// The provider's id of the message that it speaks of, see [`Content::refers_to`].
    #[must_use]
    pub fn refers_to(&self) -> Option<&str> {
        self.content.peek().refers_to.as_deref()
    }
}

/// A message as the lead keeps it: everything raw is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id in the timeline.
    pub event: EventId,
    /// Where it took place.
    pub channel: Channel,
    /// What it is.
    pub kind: EventKind,
    /// Who wrote to whom.
    pub direction: Direction,
    /// Who handed it to us.
    pub provider: Provider,
    /// Exactly the provider's id.
    pub provider_event_id: String,
    /// Through which connection it came.
    pub connection: ConnectionId,
    /// Who wrote.
    pub from: Address,
    /// To whom.
    pub to: Vec<Address>,
    /// When we received it: what clocks start from.
    pub received_at: Timestamp,
    /// When it was written, as far as the provider tells; else `received_at`.
    pub occurred_at: Timestamp,
    /// When it was written, where that was long before it was received: what the hours of a provider count from (OUT-2). By
    /// our clock, which may not run as its provider's does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_from: Option<Timestamp>,
    /// How far it got.
    pub status: Delivery,
    /// Whether it opts out or in.
    pub opt_word: Option<OptWord>,
    /// Sealed [`Content`].
    pub content: SealedRaw,
    /// Sealed first 140 characters of the body.
    pub preview: Option<SealedRaw>,
}

impl Raw<String> {
    /// A text that somebody wrote here, as the content of its entry of the timeline.
    #[must_use]
    pub fn into_content(self) -> Raw<Content> {
        Raw::new(Content { body: Some(self.peek().clone()), ..Content::default() })
    }
}
