//! A card of the Task Deck.

use hearthline_engine::{
    deck::DeckCard,
    time::{Timestamp, Zone},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    At, CardKind, Channel, LeadState,
    words::{self, Listener, Words},
};

/// One entry of a user's deck. Not printable: a preview is raw.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Card {
    /// The same as `task_id`.
    pub id: Uuid,
    pub task_id: Uuid,
    pub lead_id: Uuid,
    pub kind: CardKind,
    #[schema(inline)]
    pub opened_at: At,
    #[schema(inline)]
    pub due_at: At,
    /// 0 to 1; the higher one comes first.
    #[schema(minimum = 0, maximum = 1)]
    pub urgency: f64,
    /// Why it is there, in words.
    #[schema(example = "First reply due in 12 min")]
    pub reason: String,
    /// The same as data: which reason it is …
    #[schema(example = "first_reply_due")]
    pub reason_key: &'static str,
    /// … and what it speaks of: moments in RFC 3339, channels by their names.
    #[schema(value_type = Object, example = json!({"due_at": "2026-03-01T09:30:00.000Z"}))]
    pub reason_params: serde_json::Map<String, serde_json::Value>,
    pub lead_name: String,
    /// BCP 47, where known.
    pub language: Option<String>,
    pub channel: Option<Channel>,
    /// The first 140 characters of what the client wrote; only in the owner's deck.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 140)]
    pub preview: Option<String>,
    pub state: LeadState,
    /// What an action's `expected_version` is held against.
    pub version: u64,
}

/// What a card shows beside what the deck holds.
pub struct CardView {
    /// 0 to 1.
    pub urgency: f64,
    /// Opened under a grant; none for whoever may not read it.
    pub preview: Option<String>,
    /// What "in 12 min" is counted from.
    pub now: Timestamp,
    pub words: &'static dyn Words,
}

impl Card {
    /// A deck's card as it is shown.
    #[must_use]
    pub fn of(card: &DeckCard, view: CardView) -> Self {
        let reason = words::reason(&card.reason, card.due_at);
        // Reasons tell how long, and never when: they need no zone.
        let listener = Listener { words: view.words, zone: Zone::UTC, now: view.now };
        Self {
            id: card.task.0,
            task_id: card.task.0,
            lead_id: card.lead.0,
            kind: card.kind.into(),
            opened_at: card.opened_at.into(),
            due_at: card.due_at.into(),
            urgency: view.urgency,
            reason: listener.hears(&reason),
            reason_key: reason.key,
            reason_params: reason.params(),
            lead_name: card.lead_name.clone(),
            language: card.language.clone(),
            channel: card.channel.map(Into::into),
            preview: view.preview,
            state: card.state.into(),
            version: card.version,
        }
    }
}

/// `GET /v1/deck`
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Deck {
    /// Changes only when the deck is rebuilt.
    pub epoch: Uuid,
    /// What these cards are as of.
    pub offset: u64,
    /// Most urgent first.
    pub cards: Vec<Card>,
}
