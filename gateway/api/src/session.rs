//! Sessions: signing in, the next access token, and what an answer brings along, so that a page on a slow line asks once.

use hearthline_engine::time::{Pace, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    At, Card, Form, FromForm, User,
    form::read::{self, one_of},
};

/// `POST /v1/sessions`
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    #[schema(format = "email", max_length = 254)]
    pub email: String,
    #[schema(format = "password", max_length = 256)]
    pub password: String,
    /// What the answer brings along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 2)]
    pub with: Vec<Along>,
}

impl FromForm for SignIn {
    fn read(form: &mut Form) -> Option<Self> {
        let email = form.required("email", read::line(254));
        let password = form.required("password", read::password);
        let with = form.values("with", Along::ALL.len(), one_of(Along::ALL));
        Some(Self { email: email?, password: password?, with: with? })
    }
}

/// `POST /v1/sessions/refresh`
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    pub refresh_token: String,
    /// What the answer brings along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 2)]
    pub with: Vec<Along>,
}

impl FromForm for Refresh {
    fn read(form: &mut Form) -> Option<Self> {
        let refresh_token = form.required("refresh_token", read::opaque(512));
        let with = form.values("with", Along::ALL.len(), one_of(Along::ALL));
        Some(Self { refresh_token: refresh_token?, with: with? })
    }
}

/// What a session's answer brings along if it is asked to: each spares a page one way to the server and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Along {
    /// The first cards of the deck.
    Deck,
    /// A ticket for the socket.
    Ticket,
}

impl Along {
    /// All of them, by name.
    pub const ALL: &'static [(&'static str, Self)] = &[("deck", Self::Deck), ("ticket", Self::Ticket)];
}

/// A session: an access token for 15 minutes and the refresh token that gets the next one, once. Not printable: cards
/// hold raw parts.
#[derive(Clone, Serialize, ToSchema)]
pub struct Session {
    pub access_token: String,
    pub refresh_token: String,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    pub expires_in: u32,
    pub user: User,
    pub clock: EngineClock,
    /// Asked for with `"with": ["deck"]`. Absent when it could not be had at once: ask `GET /v1/deck`, or the socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deck: Option<FirstDeck>,
    /// Asked for with `"with": ["ticket"]`. Absent when it could not be had at once: ask `POST /v1/socket-tickets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<SocketTicket>,
}

/// The clock that all times of the API are told by, as it stood when this was answered: a device's own may be wrong, and a
/// demo's runs fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EngineClock {
    #[schema(inline)]
    pub now: At,
    /// How many of its seconds pass in one second: 1, but in a demo.
    #[schema(minimum = 1, example = 1)]
    pub pace: u32,
}

impl EngineClock {
    /// What a clock shows.
    #[must_use]
    pub fn showing(now: Timestamp, pace: Pace) -> Self {
        let pace = u32::try_from(pace.in_wall_millis(1)).unwrap_or(u32::MAX);
        Self { now: now.into(), pace }
    }
}

/// The most urgent cards of a deck: as many as fit into the first flight of an answer (about 14 KB), or all of them.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct FirstDeck {
    /// Changes only when the deck is rebuilt.
    pub epoch: Uuid,
    /// What these cards are as of. The socket resumes from there only if `more` is 0.
    pub offset: u64,
    /// Most urgent first.
    #[schema(max_items = 20)]
    pub cards: Vec<Card>,
    /// How many less urgent cards there are.
    pub more: u64,
}

impl FirstDeck {
    /// How many cards come along at most: with the tokens beside them they fit into ten segments of TCP, which a server
    /// may send before anything is acknowledged (RFC 6928). More would take a way to the client and back of its own.
    pub const CARDS: usize = 20;
}

/// `POST /v1/socket-tickets`
#[derive(Clone, Serialize, ToSchema)]
pub struct SocketTicket {
    /// For `GET /v1/live?ticket=…`, once.
    pub ticket: String,
    /// Seconds.
    #[schema(example = 30)]
    pub expires_in: u32,
}
