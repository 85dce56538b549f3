//! What one WhatsApp message says, by its `type` (Meta documentation, "Cloud API webhooks, messages"). A type that is not
//! told is the member that is there.

use serde_json::Value;

use super::{Said, json, json::Object};
use crate::message::{Attachment, EventKind};

/// The types, in the order in which an untold one is looked for.
const TYPES: [&str; 17] = [
    "text",
    "image",
    "audio",
    "voice",
    "video",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "button",
    "order",
    "reaction",
    "system",
    "edit",
    "revoke",
    "request_welcome",
];

pub(super) fn said(message: &Object) -> Said {
    let told = json::text(message.get("type"));
    let kind = told.as_deref().or_else(|| TYPES.into_iter().find(|kind| message.contains_key(*kind)));
    let said = kind.and_then(|kind| of_type(kind, message));
    let mut said = said.unwrap_or_else(|| Said::of(EventKind::Unsupported));
    if said.refers_to.is_none() {
        said.refers_to = message.get("context").and_then(|context| json::id(context.get("id")));
    }
    said
}

/// Nothing if it is of a type that we don't know, or not in the shape of its type.
fn of_type(kind: &str, message: &Object) -> Option<Said> {
    let member = message.get(kind).and_then(Value::as_object);
    let body = |name: &str| json::text(member?.get(name));
    match kind {
        "text" => {
            let body = Some(body("body")?);
            Some(Said { typed: true, ..Said::with_body(EventKind::Message, body) })
        }
        "image" | "audio" | "voice" | "video" | "document" | "sticker" => {
            let attachments = vec![attachment(kind, member?)];
            Some(Said { attachments, ..Said::with_body(EventKind::Message, body("caption")) })
        }
        "location" => member.map(|_| Said::of(EventKind::Location)),
        "contacts" => message.get(kind)?.is_array().then(|| Said::of(EventKind::Contacts)),
        // What was chosen is not always told, but that something was.
        "interactive" => Some(Said::with_body(EventKind::Message, member.and_then(chosen))),
        "button" => member.map(|_| Said::with_body(EventKind::Message, body("text"))),
        "order" => member.map(|_| Said::with_body(EventKind::Message, body("text"))),
        "system" => member.map(|_| Said::with_body(EventKind::Message, body("body"))),
        "request_welcome" => Some(Said::of(EventKind::Message)),
        "reaction" => {
            let refers_to = json::id(member?.get("message_id"));
            Some(Said { refers_to, ..Said::with_body(EventKind::Reaction, body("emoji")) })
        }
        "revoke" => {
            let refers_to = json::id(member?.get("original_message_id"));
            Some(Said { refers_to, ..Said::of(EventKind::Unsend) })
        }
        "edit" => member.map(edit),
        _unknown => None,
    }
}

/// The new words. A file cannot be changed: the one that is told is the one that came with the message.
fn edit(edit: &Object) -> Said {
    let message = edit.get("message").and_then(Value::as_object);
    let kind = message.and_then(|message| json::text(message.get("type"))).filter(|kind| kind != "edit");
    let said = message.zip(kind).and_then(|(message, kind)| of_type(&kind, message));
    let refers_to = json::id(edit.get("original_message_id"));
    Said { refers_to, ..Said::with_body(EventKind::Edit, said.and_then(|said| said.body)) }
}

/// The title of the button or row that was chosen, or what a form shows as its answer.
fn chosen(interactive: &Object) -> Option<String> {
    let title = |name: &str| json::text(interactive.get(name)?.get("title"));
    let form = || json::text(interactive.get("nfm_reply")?.get("body"));
    title("button_reply").or_else(|| title("list_reply")).or_else(form)
}

/// Files are fetched by their id; an address in the webhook itself is short-lived.
fn attachment(kind: &str, media: &Object) -> Attachment {
    Attachment {
        kind: Some(kind.to_owned()),
        url: json::text(media.get("url")).or_else(|| json::text(media.get("link"))).unwrap_or_default(),
        media_id: json::id(media.get("id")),
        sha256: json::text(media.get("sha256")),
        filename: json::text(media.get("filename")),
        mime_type: json::text(media.get("mime_type")),
        size_bytes: media.get("file_size").and_then(Value::as_u64),
    }
}
