//! Frames of `/v1/live`, both ways, as JSON text (architecture: "The deck").
//!
//! | from | frame |
//! | --- | --- |
//! | client | `{"hello": {client_id, epoch?, offset?}}`, `{"act": {…}}`, `{"watch": {lead_id, grant?}}` |
//! | server | `{"resumed": {epoch, offset, ops, clock}}`, `{"snapshot": {epoch, offset, cards, clock}}`, `{"delta": {offset, prev, ops}}`, `{"acted": {…}}`, `{"watched": {lead_id, raw}}`, `{"event": {…}}`, `{"unwatched": {lead_id, code}}`, `{"error": {code, message}}` |

use hearthline_engine::ids::LeadId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Acted, Action, Card, EngineClock, Event, Fault, Form, FromForm,
    form::{self, read},
};

/// What a client says.
#[derive(Debug)]
pub enum ClientFrame {
    Hello(Hello),
    Act(Action),
    Watch(Watch),
}

/// The first frame of a client, and the one after a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Of this window: named in traces only.
    pub client_id: String,
    /// Where it was, if it was there before.
    pub position: Option<Position>,
}

/// A place in a deck's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub epoch: Uuid,
    pub offset: u64,
}

/// Asks for a thread's new events as they come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    pub lead: LeadId,
    /// A raw-access grant, for a team lead.
    pub grant: Option<String>,
}

impl ClientFrame {
    /// Reads a frame.
    ///
    /// # Errors
    /// [`Fault`], to be answered as an `error` frame.
    pub fn read(text: &str) -> Result<Self, Fault> {
        form::from_json(text.as_bytes())
    }
}

impl FromForm for ClientFrame {
    fn read(form: &mut Form) -> Option<Self> {
        let sent = ["hello", "act", "watch"].into_iter().filter(|name| form.has(name)).count();
        let hello = form.object("hello", false, Hello::read);
        let act = form.object("act", false, Action::read);
        let watch = form.object("watch", false, Watch::read);
        if sent != 1 {
            form.error("", "required", "a frame is one of: hello, act, watch");
            return None;
        }
        hello.map(Self::Hello).or(act.map(Self::Act)).or(watch.map(Self::Watch))
    }
}

impl FromForm for Hello {
    fn read(form: &mut Form) -> Option<Self> {
        let client_id = form.required("client_id", read::opaque(64));
        let epoch = form.optional("epoch", read::uuid);
        let offset = form.optional("offset", read::integer(0..=u64::MAX));
        let position = match (epoch?, offset?) {
            (Some(epoch), Some(offset)) => Some(Position { epoch, offset }),
            // Half a position is none: the answer is a snapshot.
            _ => None,
        };
        Some(Self { client_id: client_id?, position })
    }
}

impl FromForm for Watch {
    fn read(form: &mut Form) -> Option<Self> {
        let lead = form.required("lead_id", read::uuid).map(LeadId);
        let grant = form.optional("grant", read::opaque(512));
        Some(Self { lead: lead?, grant: grant? })
    }
}

/// [`Hello`] as AsyncAPI shows it.
#[derive(ToSchema)]
#[schema(as = Hello)]
pub struct HelloSchema {
    /// Of this window, chosen by the client; at most 64 visible ASCII characters.
    #[schema(max_length = 64)]
    pub client_id: String,
    /// Of the deck the client holds, if it holds one.
    pub epoch: Option<Uuid>,
    /// The offset of the last change it has.
    pub offset: Option<u64>,
}

/// [`Watch`] as AsyncAPI shows it.
#[derive(ToSchema)]
#[schema(as = Watch)]
pub struct WatchSchema {
    pub lead_id: Uuid,
    /// A raw-access grant, for a team lead.
    #[schema(max_length = 512)]
    pub grant: Option<String>,
}

/// What the server says. Not printable: cards and events hold raw parts.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServerFrame {
    /// Everything after the client's position.
    Resumed { epoch: Uuid, offset: u64, ops: Vec<Op>, clock: EngineClock },
    /// Everything.
    Snapshot { epoch: Uuid, offset: u64, cards: Vec<Card>, clock: EngineClock },
    /// One change. A `prev` that is not where the client is means that it missed something: it says hello again.
    Delta { offset: u64, prev: u64, ops: Vec<Op> },
    /// The answer to an action.
    Acted(Box<Acted>),
    /// From now on the thread's new events come. `raw`: with their content.
    Watched { lead_id: Uuid, raw: bool },
    /// A new event of a watched thread.
    Event(Box<Event>),
    /// The thread is watched no more: at once when the right to it ends. `lead_not_found`, `lead_not_stale` and the other
    /// codes of 403, `grant_expired`, `too_slow`, `replaced` (by a newer one; a socket watches 16), `unavailable`.
    Unwatched { lead_id: Uuid, code: String },
    /// A frame could not be taken.
    Error { code: String, message: String },
}

/// A change of one card.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// It is there, as this.
    Put(Box<Card>),
    /// It is gone.
    Del(Uuid),
}

impl ServerFrame {
    /// As text: what every socket of a user shares.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("frames hold only what JSON can hold")
    }
    /// Says what was wrong with a frame.
    #[must_use]
    pub fn error(fault: Fault) -> Self {
        let details = fault.details();
        let fields = details.errors.iter().map(|error| format!("{}: {}", error.field, error.message));
        let message = fields.collect::<Vec<_>>().join("; ");
        let message = if message.is_empty() { details.detail.unwrap_or(details.title) } else { message };
        Self::Error { code: details.code, message }
    }
}
