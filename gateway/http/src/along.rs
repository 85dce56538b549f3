//! What a session's answer brings along: the first cards of the deck, a ticket for the socket.
//!
//! A page on a phone's line waits longer for a way to the server and back than for anything else. Who asks for a session
//! may therefore ask for what they would ask next. Promises: what comes along went through the same checks and limits as
//! the route of its own, and never costs the session, whose tokens are turned over by then: what cannot be had at once
//! stays away.

use async_trait::async_trait;
use hearthline_api::{Along, FirstDeck, SocketTicket};
use std::{sync::Arc, time::Duration};

use crate::{gateway::Gateway, problem::Problem, tickets::TICKET_LASTS, viewer::Viewer};

/// How long a session's answer waits for the deck: one that must be rebuilt first comes by another way.
const DECK_WITHIN: Duration = Duration::from_millis(500);

/// Shows the beginning of a deck.
#[async_trait]
pub trait FirstDecks: Send + Sync + 'static {
    /// The most urgent cards of the viewer's deck, [`FirstDeck::CARDS`] at most, as `GET /v1/deck` shows them.
    ///
    /// # Errors
    /// [`Problem`], as that route's.
    async fn first(&self, viewer: &Viewer) -> Result<FirstDeck, Problem>;
}

/// Where decks come from; nowhere in a process that runs no node.
#[derive(Clone)]
pub(crate) struct DeckSource(pub Option<Arc<dyn FirstDecks>>);

/// What came along.
#[derive(Default)]
pub(crate) struct Brought {
    pub deck: Option<FirstDeck>,
    pub ticket: Option<SocketTicket>,
}

/// Brings what was asked for, each within the user's limits.
pub(crate) async fn bring(gateway: &Gateway, decks: &DeckSource, viewer: &Viewer, with: &[Along]) -> Brought {
    let mut brought = Brought::default();
    for along in with {
        if gateway.limits.viewer(viewer.tenant, viewer.user).is_err() {
            break;
        }
        match along {
            Along::Deck => brought.deck = deck(decks, viewer).await,
            Along::Ticket => brought.ticket = ticket(gateway, viewer),
        }
    }
    brought
}

async fn deck(decks: &DeckSource, viewer: &Viewer) -> Option<FirstDeck> {
    let shown = tokio::time::timeout(DECK_WITHIN, decks.0.as_ref()?.first(viewer)).await;
    shown.ok()?.ok()
}

fn ticket(gateway: &Gateway, viewer: &Viewer) -> Option<SocketTicket> {
    let ticket = gateway.tickets.issue(viewer.clone()).ok()?;
    Some(SocketTicket { ticket, expires_in: TICKET_LASTS.0 })
}
