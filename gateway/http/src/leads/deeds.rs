//! Notes, follow-ups, calls, and giving a lead to somebody else. What is written is raw: it is sealed before it is kept, and
//! comes back on the timeline for those who may read it.

use axum::{Json, extract::State, http::StatusCode};
use hearthline_actors::{ActKind, Made, OfCall};
use hearthline_api::{
    Call, Fault, FollowUpPlanned, Lead, NewCall, NewFollowUp, NewNote, NewOutcome, NoteWritten,
    ProblemDetails, Reassignment,
};
use hearthline_engine::{
    access::Action,
    ids::{CallId, LeadId, TeamId, UserId},
};
use hearthline_storage_api::rows::{
    lead::LeadRef,
    user::{self, Role, UserRow},
};
use uuid::Uuid;

use super::{Leads, ask::Shown, one::visible};
use crate::{
    idempotency::Operation,
    input::{IfMatch, JsonInput, OptionalJsonInput, PathId, PathIds},
    problem::Problem,
    viewer::Viewer,
};

const fn place(viewer: &Viewer, lead: Uuid) -> LeadRef {
    LeadRef { tenant: viewer.tenant, lead: LeadId(lead) }
}

/// Write a note
///
/// As an interaction with the client it counts as a touch.
#[utoipa::path(
    post, path = "/v1/leads/{id}/notes", tag = "leads",
    params(("id" = Uuid, Path)),
    request_body = hearthline_api::NewNoteSchema,
    responses(
        (status = 201, description = "Written", body = NoteWritten),
        (status = 403, description = "Not now, or not by you", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn write_note(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    PathId(id): PathId,
    JsonInput(note): JsonInput<NewNote>,
) -> Result<(StatusCode, Json<NoteWritten>), Problem> {
    let kind = ActKind::Note { body: note.body, client_interaction: note.client_interaction };
    match leads.act(&viewer, place(&viewer, id), operation, &IfMatch::Any, kind).await? {
        Some(Made::Entry(event)) => Ok((StatusCode::CREATED, Json(NoteWritten { event_id: event.0 }))),
        _ => Err(Fault::Internal.into()),
    }
}

/// Plan a follow-up
///
/// It takes the place of the one that the team's default planned.
#[utoipa::path(
    post, path = "/v1/leads/{id}/follow-ups", tag = "leads",
    params(("id" = Uuid, Path)),
    request_body = hearthline_api::NewFollowUpSchema,
    responses(
        (status = 201, description = "Planned", body = FollowUpPlanned),
        (status = 403, description = "Not now, or not by you", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 409, description = "The lead takes no more plans", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn plan_follow_up(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    PathId(id): PathId,
    JsonInput(new): JsonInput<NewFollowUp>,
) -> Result<(StatusCode, Json<FollowUpPlanned>), Problem> {
    let due_at = new.due_at;
    let kind = ActKind::Schedule { due_at, title: new.title };
    match leads.act(&viewer, place(&viewer, id), operation, &IfMatch::Any, kind).await? {
        Some(Made::Task(task)) => {
            Ok((StatusCode::CREATED, Json(FollowUpPlanned { id: task.0, due_at: due_at.into() })))
        }
        _ => Err(Fault::Internal.into()),
    }
}

/// Place a call
///
/// Logs the intent and answers with the number to call; a card waits for the outcome.
#[utoipa::path(
    post, path = "/v1/leads/{id}/calls", tag = "leads",
    params(("id" = Uuid, Path)),
    request_body(content = NewCall, description = "Nothing, or an empty object"),
    responses(
        (status = 201, description = "Logged", body = Call),
        (status = 403, description = "Not now, or not by you", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 409, description = "There is no number to call", body = ProblemDetails),
    )
)]
pub(super) async fn place_call(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    PathId(id): PathId,
    OptionalJsonInput(NewCall {}): OptionalJsonInput<NewCall>,
) -> Result<(StatusCode, Json<Call>), Problem> {
    match leads.act(&viewer, place(&viewer, id), operation, &IfMatch::Any, ActKind::Call).await? {
        Some(Made::Call { call, task, phone }) => {
            let tel = phone.map(|phone| format!("tel:{}", phone.value));
            let call = Call { id: call.0, task_id: task.map(|task| task.0), tel };
            Ok((StatusCode::CREATED, Json(call)))
        }
        _ => Err(Fault::Internal.into()),
    }
}

/// Tell how a call went
///
/// A conversation or a left message is a touch; `follow_up_at` plans what comes next.
#[utoipa::path(
    post, path = "/v1/leads/{id}/calls/{call_id}/outcome", tag = "leads",
    params(("id" = Uuid, Path), ("call_id" = Uuid, Path)),
    request_body = hearthline_api::NewOutcomeSchema,
    responses(
        (status = 200, description = "The lead as it is now", body = Lead),
        (status = 403, description = "Not now, or not by you", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 409, description = "The call has its outcome", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn tell_outcome(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    PathIds(id, call): PathIds,
    JsonInput(new): JsonInput<NewOutcome>,
) -> Result<Shown, Problem> {
    let kind = ActKind::Outcome {
        of: OfCall::Call(CallId(call)),
        outcome: new.result.into(),
        note: new.note,
        follow_up_at: new.follow_up_at,
    };
    let place = place(&viewer, id);
    leads.act(&viewer, place, operation, &IfMatch::Any, kind).await?;
    leads.show(&viewer, place, StatusCode::OK).await
}

/// Give a lead to somebody else
///
/// A new owner of another team takes the lead into it. Cards move at once.
#[utoipa::path(
    post, path = "/v1/leads/{id}/reassign", tag = "leads",
    params(
        ("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The version that was seen"),
    ),
    request_body = Reassignment,
    responses(
        (status = 200, description = "The lead as it is now", body = Lead),
        (status = 403, description = "This takes LEADS_REASSIGN", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 409, description = "It is theirs already", body = ProblemDetails),
        (status = 412, description = "It was changed in the meantime", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn reassign(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    if_match: IfMatch,
    PathId(id): PathId,
    JsonInput(new): JsonInput<Reassignment>,
) -> Result<Shown, Problem> {
    let place = place(&viewer, id);
    let (_, lead) = visible(&leads, &viewer, place, Action::Reassign).await?;
    let team = match new.owner() {
        None => lead.team,
        Some(owner) => new_owner(&leads, &viewer, owner).await?,
    };
    let kind = ActKind::Reassign { to: new.owner(), team };
    leads.act(&viewer, place, operation, &if_match, kind).await?;
    leads.show(&viewer, place, StatusCode::OK).await
}

/// The team of somebody who can own leads and whom the viewer may know of.
pub(super) async fn new_owner(leads: &Leads, viewer: &Viewer, owner: UserId) -> Result<TeamId, Problem> {
    let ports = &leads.gateway.ports;
    let wrong = |code, message| Problem(Fault::field("owner_id", code, message));
    let found =
        user::load(&*ports.store, &*ports.keyring, viewer.tenant, owner).await?.map(|found| found.row);
    let knows =
        |team: Option<TeamId>| viewer.role == Role::Admin || team.is_some_and(|team| viewer.knows_team(team));
    let stands = |row: &UserRow| row.moves.left_at.is_none();
    let Some(row) = found.filter(|row| stands(row) && knows(row.team)) else {
        return Err(wrong("not_found", "must be an agent or team lead whom you know of"));
    };
    match (row.role, row.team) {
        (Role::Agent | Role::TeamLead, Some(team)) => Ok(team),
        (Role::Admin, _) | (_, None) => Err(wrong("not_allowed", "must be an agent or a team lead")),
    }
}
