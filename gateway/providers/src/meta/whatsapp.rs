//! A message through WhatsApp ("Cloud API, Messages").

use serde_json::{Value, json};

use super::Request;

/// To whom.
#[derive(Clone, Copy)]
pub enum Recipient<'a> {
    /// A phone in E.164.
    Phone(&'a str),
    /// The business-scoped id of somebody who shows no phone.
    UserId(&'a str),
}

/// What a person approved (OUT-4). Has no `Debug`: it is text and addresses.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    pub to: Recipient<'a>,
    pub content: Content<'a>,
    /// Comes back with every status of the message, by which an unknown send is resolved (OUT-3). 512 characters at most.
    pub reference: &'a str,
}

/// What it says.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// At most 4,096 characters.
    Text(&'a str),
    /// A file that WhatsApp fetches from a public URL.
    File { kind: FileKind, link: &'a str, caption: Option<&'a str>, filename: Option<&'a str> },
}

/// How WhatsApp shows a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// JPEG or PNG.
    Image,
    /// MP4 or 3GPP.
    Video,
    /// AAC, AMR, MP3, M4A, OGG. Has no caption.
    Audio,
    /// Anything else.
    Document,
}

impl FileKind {
    /// By the file's type ("Supported media types").
    #[must_use]
    pub fn of(mime_type: &str) -> Self {
        match mime_type.split(';').next().unwrap_or_default().trim() {
            "image/jpeg" | "image/png" => Self::Image,
            "video/mp4" | "video/3gpp" => Self::Video,
            "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" => Self::Audio,
            _ => Self::Document,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
        }
    }
}

impl Message<'_> {
    /// As WhatsApp is asked for it.
    #[must_use]
    pub fn request(&self) -> Request {
        let mut body = json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "biz_opaque_callback_data": self.reference,
        });
        match self.to {
            Recipient::Phone(phone) => body["to"] = json!(phone),
            Recipient::UserId(id) => body["recipient"] = json!(id),
        }
        let (kind, content) = self.content.told();
        body["type"] = json!(kind);
        body[kind] = content;
        Request { body, id_at: "/messages/0/id" }
    }
}

impl Content<'_> {
    fn told(&self) -> (&'static str, Value) {
        match *self {
            Self::Text(text) => ("text", json!({ "preview_url": false, "body": text })),
            Self::File { kind, link, caption, filename } => {
                let mut file = json!({ "link": link });
                if let Some(caption) = caption {
                    file["caption"] = json!(caption);
                }
                if let Some(filename) = filename.filter(|_| kind == FileKind::Document) {
                    file["filename"] = json!(filename);
                }
                (kind.name(), file)
            }
        }
    }
}
