//! Teams. Admins know all of their tenant's; others know their own.

use axum::{Json, extract::State, http::StatusCode};
use hearthline_actors::Entry;
use hearthline_api::{Cursor, Fault, NewTeam, Page, PageParams, PageQuery, ProblemDetails, Team};
use hearthline_engine::{
    audit::{Field, Subject},
    ids::TeamId,
    rules::TeamRules,
};
use hearthline_storage_api::rows::team::{self, TeamRow};

use super::paging::after;
use crate::{
    gateway::Gateway,
    idempotency::Operation,
    input::{JsonInput, PathId, QueryInput},
    problem::Problem,
    viewer::Viewer,
};

/// Make a team
#[utoipa::path(
    post,
    path = "/v1/teams",
    tag = "teams",
    request_body = NewTeam,
    responses(
        (status = 201, description = "Made", body = Team),
        (status = 403, description = "Not an admin", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    ),
)]
pub(crate) async fn create_team(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    JsonInput(new): JsonInput<NewTeam>,
) -> Result<(StatusCode, Json<Team>), Problem> {
    viewer.must_be_admin("TEAMS_MANAGE")?;
    let entry = Entry::new(viewer.actor(), Subject::Team(TeamId(operation.new_id(0))), "team.created")
        .fields([Field::new("name", &new.name)])
        .once(operation.id());
    let row = TeamRow {
        id: TeamId(operation.new_id(0)),
        tenant: viewer.tenant,
        name: new.name,
        rules: TeamRules::default(),
        time_zone: new.time_zone.unwrap_or_else(|| "UTC".to_owned()),
        team_leads: Vec::new(),
        created_at: gateway.now(),
        rules_changed_by: None,
    };
    let create = async { Ok(team::create(gateway.ports.backing(), row).await?) };
    let row = gateway.recorded(viewer.tenant, entry, create).await?;
    Ok((StatusCode::CREATED, Json(shown(&row))))
}

/// List the teams that you know of
#[utoipa::path(
    get,
    path = "/v1/teams",
    tag = "teams",
    params(PageParams),
    responses((status = 200, description = "A page, oldest first", body = Page<Team>)),
)]
pub(crate) async fn list_teams(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    QueryInput(page): QueryInput<PageQuery>,
) -> Result<Json<Page<Team>>, Problem> {
    let ports = &gateway.ports;
    let after = after(&page)?;
    let rows = team::list(&*ports.store, &*ports.keyring, viewer.tenant, after, page.limit + 1).await?;
    let rows = Page::cut(rows, page.limit, |row| Cursor(row.id.as_bytes().to_vec()));
    let known = rows.items.iter().filter(|row| viewer.knows_team(row.id)).map(shown).collect();
    Ok(Json(Page { items: known, next_cursor: rows.next_cursor }))
}

/// Show a team
#[utoipa::path(
    get,
    path = "/v1/teams/{id}",
    tag = "teams",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The team", body = Team),
        (status = 404, description = "No such team", body = ProblemDetails),
    ),
)]
pub(crate) async fn get_team(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Json<Team>, Problem> {
    let row = known_team(&gateway, &viewer, TeamId(id)).await?;
    Ok(Json(shown(&row)))
}

/// The team, if this user may know of it.
pub(crate) async fn known_team(gateway: &Gateway, viewer: &Viewer, id: TeamId) -> Result<TeamRow, Problem> {
    let ports = &gateway.ports;
    let found = team::load(&*ports.store, &*ports.keyring, viewer.tenant, id).await?;
    let found = found.filter(|_| viewer.knows_team(id)).ok_or(Fault::NotFound)?;
    Ok(found.row)
}

fn shown(row: &TeamRow) -> Team {
    Team {
        id: row.id.0,
        name: row.name.clone(),
        time_zone: row.time_zone.clone(),
        team_lead_ids: row.team_leads.iter().map(|user| user.0).collect(),
        created_at: row.created_at.into(),
    }
}
