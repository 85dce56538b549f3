//! Meta's Graph API for messages: WhatsApp Cloud API, Messenger and Instagram (Meta documentation: "Cloud API, Messages",
//! "Send API", "Instagram messaging, Send messages").
//!
//! None of the three has an idempotency key or a list that could be asked what became of a message: the same request sent
//! twice is two messages. So [`Meta::send`] sends once, and its error says what is known: [`SendError::Unknown`] is never
//! sent again blindly (OUT-3). WhatsApp repeats our reference in a message's statuses, Messenger in its echo: by that it is
//! resolved, or by a person.

mod account;
mod answer;
mod error;
pub mod instagram;
pub mod messenger;
pub mod whatsapp;

use serde_json::Value;

pub use self::{
    account::{Account, BadAccount, Host},
    error::{ReadError, SendError},
};
use crate::http::{self, NoClient, Settings, body};

/// The version of the API that is spoken. Meta keeps one for two years at least.
pub const VERSION: &str = "v26.0";
/// What Meta says of one message is a few hundred bytes.
const ANSWER_AT_MOST_BYTES: usize = 64 * 1024;

/// Meta took the message, under this id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// `wamid.…` or `mid`: what statuses and echoes carry.
    pub id: String,
}

/// A client of Meta, for any number of accounts. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Meta {
    http: reqwest::Client,
}

/// A message as one of the three products is asked for it. Has no `Debug`: it is text and addresses.
pub struct Request {
    body: Value,
    /// Where the answer has the message's id.
    id_at: &'static str,
}

impl Meta {
    /// Makes a client. The first one of a process reads the machine's root certificates.
    ///
    /// # Errors
    /// [`NoClient`].
    pub fn new(settings: &Settings) -> Result<Self, NoClient> {
        Ok(Self { http: settings.client()? })
    }

    /// Asks Meta to send a message, once.
    ///
    /// # Errors
    /// [`SendError`] says whether Meta can have taken it.
    pub async fn send(&self, account: &Account, request: &Request) -> Result<Accepted, SendError> {
        let asked = account.sign_in(self.http.post(account.messages())).json(&request.body);
        let response = asked.send().await.map_err(|error| SendError::lost(&error))?;
        let (status, retry_after) = (response.status(), http::retry_after(&response));
        let body = body(response, ANSWER_AT_MOST_BYTES).await.ok();
        if status.is_success() {
            let id = body.and_then(|body| answer::id(&body, request.id_at));
            return id.map(|id| Accepted { id }).ok_or(SendError::Unknown { status: Some(status.as_u16()) });
        }
        Err(SendError::answered(status, retry_after, body.and_then(|body| answer::refusal(&body))))
    }

    /// Asks Meta whether it knows the account, and takes its token ("Graph API, Reading").
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn check(&self, account: &Account) -> Result<(), ReadError> {
        let asked = account.sign_in(self.http.get(account.itself()));
        let response = asked.send().await.map_err(|_| ReadError::Unreachable)?;
        let (status, retry_after) = (response.status(), http::retry_after(&response));
        let body = body(response, ANSWER_AT_MOST_BYTES).await.ok();
        if status.is_success() {
            return Ok(());
        }
        Err(SendError::answered(status, retry_after, body.and_then(|body| answer::refusal(&body))).into())
    }
}
