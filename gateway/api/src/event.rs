//! An event of a lead's timeline.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{At, Channel, Delivery, Direction, EventDetail, EventKind, Explained, Provider};

/// One immutable entry of a timeline. Not printable: parts of it are raw.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Event {
    pub id: Uuid,
    pub lead_id: Uuid,
    pub channel: Channel,
    pub kind: EventKind,
    pub direction: Direction,
    #[schema(inline)]
    pub received_at: At,
    #[schema(inline)]
    pub occurred_at: At,
    pub status: Delivery,
    pub provider: Provider,
    /// Who of us did it, where somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Uuid>,
    /// What happened, for entries that are no messages: derived facts, and no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<EventDetail>,
    /// What changed of the lead's state and why, where something did (LIF-1).
    #[serde(flatten)]
    pub explained: Option<Explained>,
    /// Present for those who may read raw content; otherwise its fields are absent.
    #[serde(flatten)]
    pub raw: Option<RawFields>,
}

/// What only those see who may read raw content (PRV-1).
#[derive(Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct RawFields {
    /// Exactly the provider's id: `MessageSid`, `wamid`, `mid` …
    pub provider_event_id: Option<String>,
    pub from: Option<String>,
    pub to: Vec<String>,
    pub subject: Option<String>,
    /// Verbatim: text, caption, button title, order or system text.
    pub body: Option<String>,
    pub html: Option<String>,
    /// The conversation, as its provider tells conversations apart: `own account|client`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_key: Option<String>,
    /// The provider's id of the message or story that this is about: what is answered, reacted to, changed or taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refers_to: Option<String>,
    /// Listed before they are fetched; `state` says how far each is.
    pub attachments: Vec<Attachment>,
}

/// A file that came with a message.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Attachment {
    pub id: String,
    pub filename: Option<String>,
    /// Of a file that is kept, what it is by its bytes; before, what the provider says.
    pub mime_type: Option<String>,
    pub size_bytes: Option<u64>,
    pub state: AttachmentState,
    /// Why it is refused, or why the last attempt to fetch it failed: `too_large`, `wrong_type`, `private_address` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentState {
    /// It is still to be fetched from the provider.
    Waiting,
    /// `GET /v1/attachments/{id}` has it.
    Kept,
    /// It is not taken.
    Refused,
    /// There is no file behind it: a place, a template, a page somebody shared.
    NoFile,
}
