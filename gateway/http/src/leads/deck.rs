//! The deck over HTTP: the same cards and the same actions as on the socket.

use async_trait::async_trait;
use axum::{Json, extract::State};
use hearthline_actors::{Attached, DeckPosition, LeadSeal};
use hearthline_api::{Acted, Action, Deck, Fault, FirstDeck, ProblemDetails};
use hearthline_engine::deck::DeckCard;
use hearthline_live::render_first;

use super::{Leads, person};
use crate::{along::FirstDecks, input::JsonInput, problem::Problem, viewer::Viewer};

/// A deck as its actor has it, in no order.
struct Whole {
    position: DeckPosition,
    cards: Vec<(DeckCard, LeadSeal)>,
}

impl Leads {
    async fn deck(&self, viewer: &Viewer) -> Result<Whole, Problem> {
        match self.node.decks.attach(viewer.tenant, viewer.user, None).await? {
            Attached::Snapshot { position, cards } => Ok(Whole { position, cards }),
            // Without a position there is nothing to resume from.
            Attached::Resumed { .. } => Err(Fault::Internal.into()),
        }
    }

    fn shown(&self, viewer: &Viewer, deck: &Whole, most: usize) -> Vec<hearthline_api::Card> {
        let person = person(viewer);
        let now = self.gateway.now();
        render_first(viewer.tenant, &person.viewer, person.words, (&deck.cards, most), now)
    }
}

#[async_trait]
impl FirstDecks for Leads {
    async fn first(&self, viewer: &Viewer) -> Result<FirstDeck, Problem> {
        let deck = self.deck(viewer).await?;
        let cards = self.shown(viewer, &deck, FirstDeck::CARDS);
        let more = u64::try_from(deck.cards.len() - cards.len()).unwrap_or(u64::MAX);
        Ok(FirstDeck { epoch: deck.position.epoch, offset: deck.position.offset, cards, more })
    }
}

/// The deck
///
/// Most urgent first.
#[utoipa::path(get, path = "/v1/deck", tag = "deck", responses((status = 200, description = "The deck", body = Deck)))]
pub(super) async fn get_deck(State(leads): State<Leads>, viewer: Viewer) -> Result<Json<Deck>, Problem> {
    let deck = leads.deck(&viewer).await?;
    let cards = leads.shown(&viewer, &deck, usize::MAX);
    Ok(Json(Deck { epoch: deck.position.epoch, offset: deck.position.offset, cards }))
}

/// One action on a card
///
/// Sent twice with the same `mutation_id`, it acts once.
#[utoipa::path(
    post, path = "/v1/deck/actions", tag = "deck",
    request_body = hearthline_api::ActionSchema,
    responses(
        (status = 200, description = "What became of it", body = Acted),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
        (status = 503, description = "Come back later", body = ProblemDetails),
    )
)]
pub(super) async fn act(
    State(leads): State<Leads>,
    viewer: Viewer,
    JsonInput(action): JsonInput<Action>,
) -> Result<Json<Acted>, Problem> {
    Ok(Json(leads.node.actions.perform(&person(&viewer), action).await?))
}
