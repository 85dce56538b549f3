//! Twilio's REST API for messages, version 2010-04-01 (Twilio documentation, "Messages resource"; its published OpenAPI
//! description `twilio_api_v2010`).
//!
//! Twilio has no idempotency key for messages: the same request sent twice is two messages. So [`Twilio::send`] sends
//! once, and its error says what is known: [`SendError::Unknown`] is never sent again blindly (OUT-3), but resolved by the
//! status callback, by [`Twilio::fetch`], or by [`Twilio::list`].

mod account;
mod answer;
mod error;
mod listing;
mod message;

use reqwest::{RequestBuilder, Response, StatusCode, Url};

pub use self::{
    account::{Account, BadAccount},
    answer::{Accepted, Known},
    error::{ReadError, SendError},
    listing::{Listing, Query},
    message::{Message, Sender},
};
use crate::http::{self, NoClient, Settings, body};

/// What Twilio says of one message is a few kilobytes: 1,600 characters of text and some forty fields.
const MESSAGE_AT_MOST_BYTES: usize = 64 * 1024;
/// Per message on a page of a listing.
const LISTED_AT_MOST_BYTES: usize = 16 * 1024;

/// A client of Twilio, for any number of accounts. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Twilio {
    http: reqwest::Client,
}

impl Twilio {
    /// Makes a client. The first one of a process reads the machine's root certificates.
    ///
    /// # Errors
    /// [`NoClient`].
    pub fn new(settings: &Settings) -> Result<Self, NoClient> {
        Ok(Self { http: settings.client()? })
    }

    /// Asks Twilio to send a message, once.
    ///
    /// # Errors
    /// [`SendError`] says whether Twilio can have taken it.
    pub async fn send(&self, account: &Account, message: &Message<'_>) -> Result<Accepted, SendError> {
        let url = account.messages();
        let request = self.http.post(url).form(&message.fields());
        let response = account.sign_in(request).send().await.map_err(|error| SendError::lost(&error))?;
        let (status, retry_after) = (response.status(), http::retry_after(&response));
        let body = body(response, MESSAGE_AT_MOST_BYTES).await;
        if status.is_success() {
            let accepted = body.ok().and_then(|body| Accepted::read(&body));
            return accepted.ok_or(SendError::Unknown { status: Some(status.as_u16()) });
        }
        Err(SendError::answered(status, retry_after, body.ok().and_then(|body| answer::code(&body))))
    }

    /// What Twilio knows of the message with that sid.
    ///
    /// # Errors
    /// [`ReadError`]; an unknown sid is [`ReadError::Missing`].
    pub async fn fetch(&self, account: &Account, sid: &str) -> Result<Known, ReadError> {
        let response = self.read(account, self.http.get(account.message(sid))).await?;
        let body = body(response, MESSAGE_AT_MOST_BYTES).await.map_err(|_| ReadError::Unreadable)?;
        Known::read(&body).ok_or(ReadError::Unreadable)
    }

    /// Messages that Twilio knows of, newest first, as many as the query's bounds let through.
    ///
    /// # Errors
    /// [`ReadError`]: of whichever page it was; nothing half-read is answered.
    pub async fn list(&self, account: &Account, query: &Query<'_>) -> Result<Listing, ReadError> {
        let mut listing = Listing { messages: Vec::new(), complete: false };
        let mut next = Some(query.first_page(account));
        for _ in 0..query.pages {
            let Some(url) = next.take() else { break };
            let page = self.page(account, url, query).await?;
            listing.messages.extend(page.messages);
            next = page.next;
        }
        listing.complete = next.is_none();
        Ok(listing)
    }

    async fn page(&self, account: &Account, url: Url, query: &Query<'_>) -> Result<listing::Page, ReadError> {
        let response = self.read(account, self.http.get(url)).await?;
        let at_most = LISTED_AT_MOST_BYTES * usize::from(query.page_size()) + MESSAGE_AT_MOST_BYTES;
        let body = body(response, at_most).await.map_err(|_| ReadError::Unreadable)?;
        listing::Page::read(&body, account).ok_or(ReadError::Unreadable)
    }

    /// A request that changes nothing, answered 200.
    async fn read(&self, account: &Account, request: RequestBuilder) -> Result<Response, ReadError> {
        let response = account.sign_in(request).send().await.map_err(|_| ReadError::Unreachable)?;
        let (status, retry_after) = (response.status(), http::retry_after(&response));
        if status == StatusCode::OK {
            return Ok(response);
        }
        let code = body(response, MESSAGE_AT_MOST_BYTES).await.ok().and_then(|body| answer::code(&body));
        Err(ReadError::answered(status, retry_after, code))
    }
}
