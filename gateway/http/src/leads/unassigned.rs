//! Leads that nobody has (IDN-5): those of senders whom the tenant lets wait, of teams whose rules route to nobody, and what
//! somebody left behind. They wait until an administrator or the team's lead gives them to somebody. Behind them wait
//! messages of which nobody can tell who wrote them: [`super::nobodys`].

use axum::{Json, extract::State, http::StatusCode};
use futures::{StreamExt, stream};
use hearthline_actors::{ActKind, LeadFilter};
use hearthline_api::{
    Assignment, Fault, Lead, Page, PageParams, PageQuery, ProblemDetails, QueueDeed, QueueKind, Unassigned,
    words,
};
use hearthline_engine::{
    access::{Action, Refusal},
    ids::{LeadId, MutationId, UserId},
    lead::Slot,
};
use hearthline_storage_api::rows::{
    codec::RowError, directory::DirectoryRow, identity::did, lead::LeadRef, reading, user::Role,
};

use super::{
    Leads,
    ask::Shown,
    deeds::new_owner,
    list::{READ_AT_ONCE, cursor, place},
    listener, nobodys,
    one::visible,
};
use crate::{
    idempotency::Operation,
    input::{IfMatch, JsonInput, PathId, QueryInput},
    problem::Problem,
    viewer::Viewer,
};

/// How often an assignment looks again at a lead that changes under its hands.
const ATTEMPTS: u32 = 8;

/// What waits to be assigned
///
/// Leads without an owner, the oldest first; then messages of which nobody can tell who wrote them. Of your team, of all
/// teams for administrators. Derived facts alone: what they wrote is for whoever will have them.
#[utoipa::path(
    get, path = "/v1/unassigned", tag = "queues",
    params(PageParams),
    responses(
        (status = 200, description = "A page, the oldest first", body = Page<Unassigned>),
        (status = 403, description = "Agents assign nobody", body = ProblemDetails),
    )
)]
pub(super) async fn list_unassigned(
    State(leads): State<Leads>,
    viewer: Viewer,
    QueryInput(page): QueryInput<PageQuery>,
) -> Result<Json<Page<Unassigned>>, Problem> {
    let empty = Page { items: Vec::new(), next_cursor: None };
    let team = match viewer.role {
        Role::Agent => return Err(Fault::Refused(Refusal::RoleLacksRight).into()),
        Role::TeamLead if viewer.team.is_none() => return Ok(Json(empty)),
        Role::TeamLead => viewer.team,
        Role::Admin => None,
    };
    leads.gateway.saw_list(&viewer, "unassigned.listed", None)?;
    if let Some(after) = page.cursor.as_ref().and_then(nobodys::place) {
        return Ok(Json(nobodys::page(&leads, &viewer, after, page.limit, Vec::new()).await?));
    }
    let after = match page.cursor.as_ref().map(place) {
        Some(None) => return Ok(Json(empty)),
        after => after.flatten(),
    };
    let filter = LeadFilter { unassigned: true, team, after, limit: page.limit, ..LeadFilter::default() };
    let found = leads.node.directories.list(viewer.tenant, filter).await?;
    let next_cursor = found.leads.last().filter(|_| found.more).map(|row| cursor(row).encode());
    let read: Vec<Result<Option<Unassigned>, RowError>> =
        stream::iter(found.leads).map(|row| one(&leads, &viewer, row)).buffered(READ_AT_ONCE).collect().await;
    let mut items = Vec::with_capacity(page.limit);
    for item in read {
        items.extend(item?);
    }
    if next_cursor.is_none() {
        return Ok(Json(nobodys::page(&leads, &viewer, nobodys::FIRST, page.limit, items).await?));
    }
    Ok(Json(Page { items, next_cursor }))
}

/// The lead as it stands now; one that somebody has by now is left out.
async fn one(leads: &Leads, viewer: &Viewer, row: DirectoryRow) -> Result<Option<Unassigned>, RowError> {
    let ports = &leads.gateway.ports;
    let place = LeadRef { tenant: viewer.tenant, lead: row.lead };
    let stored = reading::lead(&*ports.store, &*ports.keyring, place).await?;
    let Some(Slot::Present(lead)) = stored.map(|stored| stored.row.slot) else { return Ok(None) };
    if lead.owner.is_some() || lead.is_dormant() {
        return Ok(None);
    }
    let since = lead.owner_since.unwrap_or(lead.created_at);
    Ok(Some(Unassigned {
        id: lead.id.0,
        kind: QueueKind::Lead,
        lead_id: Some(lead.id.0),
        lead_name: row.name,
        team_id: lead.team.0,
        state: Some(lead.state_name().into()),
        source: lead.source.into(),
        connection_id: None,
        language: lead.language.clone(),
        explained: listener(viewer, leads.gateway.now()).explained(&words::unassigned(since)),
        since: since.into(),
        last_interaction_at: lead.last_interaction_at.map(Into::into),
        deeds: vec![QueueDeed::Assign],
    }))
}

/// Give a waiting lead to somebody, or a waiting message to a lead
///
/// A lead, with `owner_id`: its cards are in their deck at once, and what was written is theirs to read. Whoever assigns
/// second is told so. A message, with `lead_id`: it goes the way of everything that comes in, as written by that lead from
/// its address on that channel, which it must have (make a lead first for somebody who is none). For whoever may know of the
/// message, and may change the lead or give it to somebody. To throw it away instead: `DELETE /v1/dead-letters/{id}`.
#[utoipa::path(
    post, path = "/v1/unassigned/{id}/assign", tag = "queues",
    params(("id" = uuid::Uuid, Path)),
    request_body = Assignment,
    responses(
        (status = 200, description = "The lead as it is now", body = Lead),
        (status = 403, description = "Not by you", body = ProblemDetails),
        (status = 404, description = "No such lead, no such message", body = ProblemDetails),
        (status = 409, description = "Somebody has it by now: `deed_not_possible`", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn assign(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    PathId(id): PathId,
    JsonInput(Assignment { owner_id, lead_id }): JsonInput<Assignment>,
) -> Result<Shown, Problem> {
    let owner_id = match (owner_id, lead_id) {
        (None, Some(lead)) => {
            let place = LeadRef { tenant: viewer.tenant, lead: LeadId(lead) };
            nobodys::assign(&leads, &viewer, operation, id, place).await?;
            return leads.show(&viewer, place, StatusCode::OK).await;
        }
        (Some(_), Some(_)) => {
            return Err(Fault::field("lead_id", "not_allowed", "must be absent beside owner_id").into());
        }
        (None, None) => return Err(Fault::field("owner_id", "required", "is required").into()),
        (Some(owner_id), None) => owner_id,
    };
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    let owner = UserId(owner_id);
    for _ in 0..ATTEMPTS {
        let (_, lead) = visible(&leads, &viewer, place, Action::Reassign).await?;
        if lead.owner.is_some() {
            // Perhaps it was this very operation, before its answer was stored.
            let mutation = MutationId(operation.id());
            if did(leads.gateway.ports.backing(), place, mutation).await? {
                return leads.show(&viewer, place, StatusCode::OK).await;
            }
            return Err(Fault::DeedNotPossible.into());
        }
        let team = new_owner(&leads, &viewer, owner).await?;
        let unchanged = IfMatch::Versions(vec![lead.version]);
        let kind = ActKind::Reassign { to: Some(owner), team };
        match leads.act(&viewer, place, operation, &unchanged, kind).await {
            // The client wrote again, or somebody else was faster: to be looked at once more.
            Err(Problem(Fault::VersionMismatch)) => {}
            Err(problem) => return Err(problem),
            Ok(_) => return leads.show(&viewer, place, StatusCode::OK).await,
        }
    }
    Err(Fault::Unavailable { retry_after_s: 1 }.into())
}
