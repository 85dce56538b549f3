//! The deck over HTTP: the same cards and the same actions as on the socket.

use axum::{Json, extract::State};
use hearthline_actors::Attached;
use hearthline_api::{Acted, Action, Deck, Fault, ProblemDetails};
use hearthline_live::render_snapshot;

use super::{Leads, person};
use crate::{input::JsonInput, problem::Problem, viewer::Viewer};

/// The deck
///
/// Most urgent first.
#[utoipa::path(get, path = "/v1/deck", tag = "deck", responses((status = 200, description = "The deck", body = Deck)))]
pub(super) async fn get_deck(State(leads): State<Leads>, viewer: Viewer) -> Result<Json<Deck>, Problem> {
    let person = person(&viewer);
    match leads.node.decks.attach(viewer.tenant, viewer.user, None).await? {
        Attached::Snapshot { position, cards } => {
            let cards =
                render_snapshot(viewer.tenant, &person.viewer, person.words, &cards, leads.gateway.now());
            Ok(Json(Deck { epoch: position.epoch, offset: position.offset, cards }))
        }
        // Without a position there is nothing to resume from.
        Attached::Resumed { .. } => Err(Fault::Internal.into()),
    }
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
