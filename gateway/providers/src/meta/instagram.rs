//! A message through Instagram ("Instagram messaging, Send messages"): Messenger's grammar, without a reference that would
//! come back.

use serde_json::json;

use super::{
    Request,
    messenger::{Answers, Content},
};

/// What a person approved (OUT-4). Has no `Debug`: it is text and addresses. A text has at most 1,000 bytes.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The client's Instagram-scoped id.
    pub to: &'a str,
    pub content: Content<'a>,
    pub answers: Answers,
}

impl Message<'_> {
    /// As Instagram is asked for it.
    #[must_use]
    pub fn request(&self) -> Request {
        let mut body = json!({ "recipient": { "id": self.to }, "message": self.content.told() });
        self.answers.tell(&mut body);
        Request { body, id_at: "/message_id" }
    }
}
