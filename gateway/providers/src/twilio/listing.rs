//! Twilio's list of messages: what is asked, and its pages.

use hearthline_engine::time::Timestamp;
use reqwest::Url;
use serde::Deserialize;

use super::{
    account::Account,
    answer::{Known, Resource},
};

/// Which messages to list. Has no `Debug`: it holds addresses.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// E.164.
    pub to: Option<&'a str>,
    /// E.164. A Messaging Service picks the number itself: leave it out for what went through one.
    pub from: Option<&'a str>,
    /// Sent at that time or later. **Leaves out what Twilio has not sent yet**, which has no such time: to find out what
    /// became of an unknown send, ask without it and look at `created_at`.
    pub sent_after: Option<Timestamp>,
    /// Messages per page, from 1 to 1,000 (others count as the nearest of them).
    pub page_size: u16,
    /// Pages asked for, one after another, while there are more.
    pub pages: u16,
}

/// What was found, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub messages: Vec<Known>,
    /// Whether these are all: only then does absence say anything.
    pub complete: bool,
}

impl Query<'_> {
    pub(super) fn page_size(&self) -> u16 {
        self.page_size.clamp(1, 1000)
    }

    pub(super) fn first_page(&self, account: &Account) -> Url {
        let mut url = account.messages();
        let mut query = url.query_pairs_mut();
        if let Some(to) = self.to {
            query.append_pair("To", to);
        }
        if let Some(from) = self.from {
            query.append_pair("From", from);
        }
        // `DateSent>=…` in Twilio's documentation: the parameter's name ends with the sign.
        if let Some(after) = self.sent_after {
            query.append_pair("DateSent>", &to_the_second(after));
        }
        query.append_pair("PageSize", &self.page_size().to_string());
        drop(query);
        url
    }
}

/// As Twilio's own libraries write it: `2026-01-02T03:04:05Z`.
fn to_the_second(at: Timestamp) -> String {
    // Rounded down: a message of the same second is not left out.
    let seconds = at.as_millis().div_euclid(1000);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MIN).to_string()
}

/// One page.
pub(super) struct Page {
    pub messages: Vec<Known>,
    pub next: Option<Url>,
}

impl Page {
    pub(super) fn read(body: &[u8], account: &Account) -> Option<Self> {
        #[derive(Deserialize)]
        struct Wire {
            messages: Vec<Resource>,
            next_page_uri: Option<String>,
        }
        let page: Wire = serde_json::from_slice(body).ok()?;
        let next = match page.next_page_uri.filter(|uri| !uri.is_empty()) {
            Some(uri) => Some(account.resolve(&uri)?),
            None => None,
        };
        Some(Self { messages: page.messages.into_iter().map(Known::from).collect(), next })
    }
}
