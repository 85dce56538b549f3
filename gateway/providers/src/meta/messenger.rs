//! A message through Messenger ("Send API").

use serde_json::{Value, json};

use super::Request;

/// What a person approved (OUT-4). Has no `Debug`: it is text and addresses.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The client's page-scoped id.
    pub to: &'a str,
    pub content: Content<'a>,
    pub answers: Answers,
    /// Comes back with the message's echo, by which an unknown send is resolved (OUT-3). 1,000 characters at most.
    pub reference: &'a str,
}

/// What it says: a text or a file, never both.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// At most 2,000 characters.
    Text(&'a str),
    /// A file that is fetched from a public URL: `image`, `audio`, `video` or `file`.
    File { kind: &'a str, link: &'a str },
}

/// How long after the client's last message it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Within the standard messaging window.
    Standard,
    /// After it, by a person who writes by hand ("Message tags": `HUMAN_AGENT`).
    HumanAgent,
}

impl Answers {
    /// Writes it into a request of Messenger's or Instagram's.
    pub(super) fn tell(self, body: &mut Value) {
        match self {
            Self::Standard => body["messaging_type"] = json!("RESPONSE"),
            Self::HumanAgent => {
                body["messaging_type"] = json!("MESSAGE_TAG");
                body["tag"] = json!("HUMAN_AGENT");
            }
        }
    }
}

impl Content<'_> {
    /// The `message` of a request of Messenger's or Instagram's.
    pub(super) fn told(&self) -> Value {
        match *self {
            Self::Text(text) => json!({ "text": text }),
            Self::File { kind, link } => json!({
                "attachment": { "type": kind, "payload": { "url": link, "is_reusable": false } },
            }),
        }
    }
}

/// What the two call a file of that type.
#[must_use]
pub fn file_kind(mime_type: &str) -> &'static str {
    match mime_type.split('/').next().unwrap_or_default() {
        "image" => "image",
        "audio" => "audio",
        "video" => "video",
        _ => "file",
    }
}

impl Message<'_> {
    /// As Messenger is asked for it.
    #[must_use]
    pub fn request(&self) -> Request {
        let mut message = self.content.told();
        message["metadata"] = json!(self.reference);
        let mut body = json!({ "recipient": { "id": self.to }, "message": message });
        self.answers.tell(&mut body);
        Request { body, id_at: "/message_id" }
    }
}
