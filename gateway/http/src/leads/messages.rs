//! Messages to a lead from its page. (From the deck: an action.)

use axum::{Json, extract::State, http::StatusCode};
use hearthline_actors::{Answer, Ask};
use hearthline_api::{
    Lead, MessageOutcome, MessageResult, MessageTaken, NewMessage, NewMessageSchema, ProblemDetails,
};
use hearthline_engine::{
    access::Action,
    ids::{EventId, LeadId, MutationId},
    lead::{Command, SendCommand},
    message::Delivery,
    time::Seconds,
};
use hearthline_live::send_message;
use hearthline_storage_api::rows::lead::LeadRef;

use super::{
    Leads,
    ask::{Shown, made, problem},
    one::visible,
    person,
};
use crate::{
    idempotency::Operation,
    input::{JsonInput, PathId, PathIds},
    problem::Problem,
    viewer::Viewer,
};

/// Send a message
///
/// Durable when it is answered; sent once the time to take it back (`undo_seconds`) is over, and outside of quiet hours.
/// Its event says how far it got. It can be taken back with the action `undo`, whose `mutation_id` is then the event's id.
#[utoipa::path(
    post, path = "/v1/leads/{id}/messages", tag = "leads",
    params(("id" = uuid::Uuid, Path)),
    request_body = NewMessageSchema,
    responses(
        (status = 202, description = "Taken", body = MessageTaken),
        (status = 403, description = "A team lead writes only while the lead is Stale", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 409, description = "Opted out, no address, no connection, too many under way", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
        (status = 503, description = "Come back later", body = ProblemDetails),
    )
)]
pub(super) async fn send(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathId(id): PathId,
    operation: Operation,
    JsonInput(message): JsonInput<NewMessage>,
) -> Result<(StatusCode, Json<MessageTaken>), Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    let event = EventId(operation.new_id(0));
    let names = (MutationId(operation.id()), Some(event));
    let sent = send_message(&leads.node.leads, &person(&viewer), place, names, message, Seconds(0)).await;
    let taken = match sent {
        Ok(Answer::Requested { event, status, not_before, .. }) => {
            MessageTaken::of(event, status, Some(not_before))
        }
        Ok(_) => MessageTaken::of(event, Delivery::Pending, None),
        Err(error) => return Err(problem(place, error)),
    };
    Ok((StatusCode::ACCEPTED, Json(taken)))
}

/// Say what became of a message in doubt
///
/// For those who may write to the client: of a message that is `unknown`. Sent, it counts as a touch of the time when it was
/// tried; not sent, it has failed, and can be written again. The provider's word, if it comes after all, goes before it.
#[utoipa::path(
    post, path = "/v1/leads/{id}/messages/{event_id}/outcome", tag = "leads",
    params(("id" = uuid::Uuid, Path), ("event_id" = uuid::Uuid, Path)),
    request_body = MessageOutcome,
    responses(
        (status = 200, description = "The lead as it is now", body = Lead),
        (status = 403, description = "A team lead writes only while the lead is Stale", body = ProblemDetails),
        (status = 404, description = "No such lead, or no such message", body = ProblemDetails),
        (status = 409, description = "It is on its way, or known: `message_under_way`, `nothing_changes`", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn tell_message_outcome(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathIds(id, event): PathIds,
    JsonInput(MessageOutcome { result }): JsonInput<MessageOutcome>,
) -> Result<Shown, Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    visible(&leads, &viewer, place, Action::Send).await?;
    let (send, went) = (EventId(event), result == MessageResult::Sent);
    let command = Command::Send(SendCommand::Resolve { send, went, by: viewer.user });
    made(place, leads.node.leads.ask(place, Ask::Do(Box::new(command))).await)?;
    leads.show(&viewer, place, StatusCode::OK).await
}
