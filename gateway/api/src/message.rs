//! A message to a client, as the deck and a lead's page send it.

use hearthline_engine::{
    ids::{AttachmentId, ConnectionId, EventId},
    message::Delivery as Status,
    raw::Raw,
    time::Timestamp,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    At, Channel, Delivery, Form, FromForm,
    attachment::MAX_FILES,
    form::{
        Given,
        read::{self, one_of},
    },
};

/// What a person wrote and approved (OUT-4).
#[derive(Debug)]
pub struct NewMessage {
    pub channel: Channel,
    /// Empty only with files.
    pub body: Raw<String>,
    /// Files that were uploaded for this lead, in the order in which they are shown.
    pub attachments: Vec<AttachmentId>,
    pub connection: Option<ConnectionId>,
    /// How long it can be taken back.
    pub undo_seconds: Option<u32>,
    /// When the sender wants to be reminded, in place of the team's default (DECK-8).
    pub follow_up_at: Option<Timestamp>,
}

/// How long the deck lets a person take a message back, if they say nothing else (DECK-2).
pub const DECK_UNDO_SECONDS: u32 = 5;
/// The longest that a message can be held back for that.
const LONGEST_UNDO_SECONDS: u64 = 600;
/// Twilio takes no longer text (error 21617).
const LONGEST_SMS: usize = 1_600;
/// What Meta takes ("Cloud API, Messages", "Send API", "Instagram messaging"): characters, and of Instagram bytes.
const LONGEST_WHATSAPP: usize = 4_096;
/// Under a file, WhatsApp takes less.
const LONGEST_CAPTION: usize = 1_024;
const LONGEST_MESSENGER: usize = 2_000;
const LONGEST_INSTAGRAM_BYTES: usize = 1_000;
const LONGEST_TEXT: usize = 10_000;

impl FromForm for NewMessage {
    fn read(form: &mut Form) -> Option<Self> {
        let channel = form.required("channel", one_of(Channel::SENDABLE));
        let attachments = form.optional("attachment_ids", attachments);
        let files = attachments.as_ref().and_then(Option::as_ref).map_or(0, Vec::len);
        let has_files = files > 0;
        let longest = longest(channel, has_files);
        let body = if has_files {
            form.optional("body", read::body(longest))
                .map(|body| body.unwrap_or_else(|| Raw::new(String::new())))
        } else {
            form.required("body", read::body(longest))
        };
        if let Some((field, message)) = channel.and_then(|channel| not_carried(channel, files, body.as_ref()))
        {
            form.error(field, "not_allowed", message);
        }
        if form.has("subject") && channel != Some(Channel::Email) {
            form.error("subject", "not_allowed", "only e-mails have one");
        }
        let _ = form.optional("subject", read::body(LONGEST_TEXT));
        let connection = form.optional("connection_id", read::uuid);
        let undo_seconds = form.optional("undo_seconds", read::integer(0..=LONGEST_UNDO_SECONDS));
        let follow_up_at = form.optional("follow_up_at", read::moment);
        Some(Self {
            channel: channel?,
            body: body?,
            attachments: attachments?.unwrap_or_default(),
            connection: connection?.map(ConnectionId),
            undo_seconds: undo_seconds?.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX)),
            follow_up_at: follow_up_at?,
        })
    }
}

/// The longest text that a channel's provider takes.
const fn longest(channel: Option<Channel>, has_files: bool) -> usize {
    match (channel, has_files) {
        (Some(Channel::Sms), _) => LONGEST_SMS,
        (Some(Channel::Whatsapp), false) => LONGEST_WHATSAPP,
        (Some(Channel::Whatsapp), true) => LONGEST_CAPTION,
        (Some(Channel::Messenger), _) => LONGEST_MESSENGER,
        (Some(Channel::Instagram), _) => LONGEST_INSTAGRAM_BYTES,
        (_, _) => LONGEST_TEXT,
    }
}

/// What one message of a channel can't carry: the field, and what is allowed there.
fn not_carried(
    channel: Channel,
    files: usize,
    body: Option<&Raw<String>>,
) -> Option<(&'static str, &'static str)> {
    let has_text = body.is_some_and(|body| !body.is_empty());
    match channel {
        Channel::Sms => None,
        Channel::Whatsapp if files > 1 => {
            Some(("attachment_ids", "must be one file: a message by WhatsApp carries no more"))
        }
        Channel::Messenger | Channel::Instagram if files > 1 => {
            Some(("attachment_ids", "must be one file: a message there carries no more"))
        }
        Channel::Messenger | Channel::Instagram if files > 0 && has_text => {
            Some(("body", "must be left out: a message there is a text or a file"))
        }
        Channel::Instagram if body.is_some_and(|body| body.len() > LONGEST_INSTAGRAM_BYTES) => {
            Some(("body", "must be at most 1000 bytes in UTF-8"))
        }
        Channel::Whatsapp | Channel::Messenger | Channel::Instagram => None,
        _ if files > 0 => Some((
            "attachment_ids",
            "must be empty: only messages by SMS, WhatsApp, Messenger and Instagram carry files",
        )),
        _ => None,
    }
}

/// Ids of uploaded files, each once.
fn attachments(given: Given<'_>) -> Result<Vec<AttachmentId>, read::Wrong> {
    let allowed =
        || format!("must be up to {MAX_FILES} ids of files that were uploaded for this lead, each once");
    let Value::Array(items) = given.value else { return read::wrong("wrong_type", allowed()) };
    let mut ids: Vec<AttachmentId> = Vec::with_capacity(items.len().min(MAX_FILES));
    for item in items {
        let id = item.as_str().and_then(|id| id.parse().ok());
        match id.filter(|id| !ids.contains(id) && ids.len() < MAX_FILES) {
            Some(id) => ids.push(id),
            None => return read::wrong("invalid_list", allowed()),
        }
    }
    Ok(ids)
}

/// [`NewMessage`] as OpenAPI shows it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage)]
pub struct NewMessageSchema {
    pub channel: Channel,
    /// Verbatim. At most 1,600 characters by SMS. May be left out beside files.
    #[schema(max_length = 10_000)]
    pub body: Option<String>,
    /// Files that were uploaded for this lead, by SMS only: then it is an MMS.
    #[schema(max_items = 10)]
    pub attachment_ids: Option<Vec<Uuid>>,
    /// E-mails only.
    pub subject: Option<String>,
    /// By default the connection that the client wrote to last, the sender's own, or their team's.
    pub connection_id: Option<Uuid>,
    /// How long it can be taken back with the action `undo`: 0 by default, 5 in the deck.
    #[schema(maximum = 600)]
    pub undo_seconds: Option<u32>,
    /// When to be reminded after the first message to a new lead, in place of the team's default.
    #[schema(format = "date-time")]
    pub follow_up_at: Option<String>,
}

/// What became of it so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageTaken {
    /// Its event in the lead's timeline.
    pub event_id: Uuid,
    pub status: Delivery,
    /// It is not sent before: the time to take it back, and quiet hours.
    #[schema(inline)]
    pub not_before: Option<At>,
}

impl MessageTaken {
    /// As the lead has it.
    #[must_use]
    pub fn of(event: EventId, status: Status, not_before: Option<Timestamp>) -> Self {
        Self { event_id: event.0, status: status.into(), not_before: not_before.map(Into::into) }
    }
}
