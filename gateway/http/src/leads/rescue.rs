//! Rescue (RSC-1, RSC-2, PRV-2): the queue of Stale leads, the door to what was written with them, and giving them back.

use axum::{Json, body::Bytes, extract::State, http::StatusCode};
use hearthline_actors::{Ask, Entry, RescuePlace, rescue_place};
use hearthline_api::{
    Cursor, Fault, HandedBack, NewHandBack, NewRawAccess, Page, PageParams, ProblemDetails, RawAccess, Recap,
    RescueItem, RescueQuery, form,
};
use hearthline_engine::{
    access::{Action, Refusal, Subject},
    audit::Subject as Of,
    ids::{LeadId, TeamId},
    lead::{Command, Rejected, RescueProgress},
    time::Timestamp,
};
use hearthline_storage_api::{
    keys::{KeyReader, KeyWriter},
    rows::{directory::DirectoryRow, lead::LeadRef, user::Role},
};

use super::{
    Leads,
    ask::made,
    one::{shown, visible},
};
use crate::{
    grants::GrantClaims,
    idempotency::Operation,
    input::{JsonInput, PathId, QueryInput},
    problem::Problem,
    viewer::Viewer,
};

/// The rescue queue
///
/// Stale leads of your team, of all teams for administrators: first those whose client has answered, then those that
/// nobody has touched, then those that are being rescued; each longest Stale first. Derived facts alone. A touch claims a
/// lead; a queue that moves while it is paged through can show a lead twice, or on no page.
#[utoipa::path(
    get, path = "/v1/rescue", tag = "rescue",
    params(PageParams, ("team_id" = Option<uuid::Uuid>, Query, description = "For administrators: one team's")),
    responses(
        (status = 200, description = "A page, the most pressing first", body = Page<RescueItem>),
        (status = 403, description = "Agents have no rescue queue", body = ProblemDetails),
    )
)]
pub(super) async fn list_rescues(
    State(leads): State<Leads>,
    viewer: Viewer,
    QueryInput(query): QueryInput<RescueQuery>,
) -> Result<Json<Page<RescueItem>>, Problem> {
    let empty = Page { items: Vec::new(), next_cursor: None };
    let team = match viewer.role {
        Role::Agent => return Err(Fault::Refused(Refusal::RoleLacksRight).into()),
        Role::TeamLead => match (viewer.team, query.team) {
            (Some(own), asked) if asked.is_none_or(|asked| asked == own.0) => Some(own),
            (Some(_) | None, _) => return Ok(Json(empty)),
        },
        Role::Admin => query.team.map(TeamId),
    };
    let after = match query.page.cursor.as_ref().map(place) {
        Some(Some(after)) => Some(after),
        Some(None) => return Ok(Json(empty)),
        None => None,
    };
    leads.gateway.saw_list(&viewer, "rescue.listed", None)?;
    let page = leads.node.directories.rescues(viewer.tenant, team, after, query.page.limit).await?;
    let last = page.leads.last().filter(|_| page.more).and_then(rescue_place);
    let items = page.leads.iter().filter_map(item).collect();
    Ok(Json(Page { items, next_cursor: last.map(|last| cursor(last).encode()) }))
}

fn item(row: &DirectoryRow) -> Option<RescueItem> {
    let rescue = row.rescue.as_ref()?;
    let (rescuer, answered_at) = match rescue.progress {
        RescueProgress::Waiting => (None, None),
        RescueProgress::InProgress { by } => (Some(by), None),
        RescueProgress::Answered { by, at, .. } => (Some(by), Some(at)),
    };
    Some(RescueItem {
        lead_id: row.lead.0,
        lead_name: row.name.clone(),
        team_id: row.team.0,
        owner_id: row.owner.map(|owner| owner.0),
        stale_since: rescue.since.into(),
        progress: (&rescue.progress).into(),
        rescuer_id: rescuer.map(|rescuer| rescuer.0),
        answered_at: answered_at.map(Into::into),
        escalations: rescue.escalations,
        last_touch_at: row.last_touch_at.map(Into::into),
        last_interaction_at: row.last_interaction_at.map(Into::into),
        source: row.source.into(),
        language: row.language.clone(),
    })
}

fn cursor((rank, since, lead): RescuePlace) -> Cursor {
    let key = KeyWriter::new().byte(rank).number(since.as_millis().unsigned_abs()).fixed(lead.as_bytes());
    Cursor(key.finish().to_vec())
}

fn place(cursor: &Cursor) -> Option<RescuePlace> {
    let mut reader = KeyReader::new(&cursor.0);
    let rank = reader.byte().ok()?;
    let since = Timestamp::from_millis(i64::try_from(reader.number().ok()?).ok()?);
    Some((rank, since, LeadId::from_bytes(reader.fixed().ok()?)))
}

/// Ask to read a Stale lead
///
/// The reason stands in the audit log before this answers; the owner and the administrators see it. The grant works for
/// you and this session, for 15 minutes or what the operator sets below that, and not a moment longer than the lead is Stale.
#[utoipa::path(
    post, path = "/v1/leads/{id}/raw-access", tag = "rescue",
    params(("id" = uuid::Uuid, Path)),
    request_body = NewRawAccess,
    responses(
        (status = 201, description = "Send it as `Raw-Access-Grant` on readings", body = RawAccess),
        (status = 403, description = "`lead_not_stale`, `owner_needs_no_grant`, `admin_reads_no_content`", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn open_raw_access(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    PathId(id): PathId,
    JsonInput(new): JsonInput<NewRawAccess>,
) -> Result<(StatusCode, Json<RawAccess>), Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    let (_, lead) = visible(&leads, &viewer, place, Action::RequestRawAccess).await?;
    let episode = Subject::of(&lead).episode;
    let audited_at = leads.gateway.wall();
    let entry = Entry::new(viewer.actor(), Of::Lead(lead.id), "raw.access_granted")
        .reason(new.reason)
        .once(operation.id());
    let recorded = leads.gateway.record(viewer.tenant, entry).await?;
    let claims = GrantClaims {
        session: viewer.session,
        tenant: viewer.tenant,
        user: viewer.user,
        lead: lead.id,
        episode,
        audited_at,
        entry: recorded.id,
        lasts: leads.gateway.grants.lasts(),
    };
    let grant = leads.gateway.grants.issue(&claims);
    let expires_at = claims.reason().expires_at().into();
    Ok((StatusCode::CREATED, Json(RawAccess { grant, expires_at })))
}

/// Give a rescued lead back to its owner
///
/// Its clocks start anew, the door to its content closes for the team at once, and its timeline keeps the recap. The body is
/// empty, or `{}`.
#[utoipa::path(
    post, path = "/v1/leads/{id}/hand-back", tag = "rescue",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The lead as it is now, and what happened meanwhile", body = HandedBack),
        (status = 403, description = "`lead_not_stale`, `role_lacks_right`", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 409, description = "It has no owner", body = ProblemDetails),
    )
)]
pub(super) async fn hand_back(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathId(id): PathId,
    body: Bytes,
) -> Result<Json<HandedBack>, Problem> {
    if !body.is_empty() {
        form::from_json::<NewHandBack>(&body)?;
    }
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    let (_, lead) = visible(&leads, &viewer, place, Action::HandBack).await?;
    let recap = lead.recap().ok_or(Fault::from(Rejected::NotStale))?;
    let command = Command::HandBack { by: viewer.user };
    made(place, leads.node.leads.ask(place, Ask::Do(Box::new(command))).await)?;
    let (_, lead) = visible(&leads, &viewer, place, Action::SeeLead).await?;
    let lead = shown(&lead, &viewer, leads.gateway.now());
    Ok(Json(HandedBack { lead, recap: Recap::from(&recap) }))
}
