//! Connections. Admins manage them; team leads see those of their team, agents their own. Secrets go in and never out.

mod health;
pub(super) mod test;
pub(super) mod wire;

use axum::{Json, extract::State, http::StatusCode, response::Response};
use hearthline_actors::Entry;
use hearthline_api::{
    Connection, ConnectionChange, Cursor, Fault, NewConnection, Page, PageParams, PageQuery, ProblemDetails,
};
use hearthline_engine::{
    audit::{Field, Subject},
    health::Seen,
    ids::{ConnectionId, TeamId, TenantId, UserId},
};
use hearthline_storage_api::rows::{
    connection::{self, ConnectionRow},
    roster::{self, Listed},
    team,
    tenant::Updated,
    user::{self, Role},
};

use self::{
    health::Infirmary,
    wire::{apply, kind_of, shown, stored},
};
use super::{paging::after, versioned};
use crate::{
    gateway::Gateway,
    idempotency::Operation,
    input::{IfMatch, JsonInput, PathId, QueryInput},
    problem::Problem,
    viewer::Viewer,
};

/// Connect a number, page or account
///
/// The provider is not called before the answer: the connection starts `unverified`.
#[utoipa::path(
    post,
    path = "/v1/connections",
    tag = "connections",
    request_body = NewConnection,
    responses(
        (status = 201, description = "Made; its version is the ETag", body = Connection),
        (status = 403, description = "This takes CONNECTIONS_MANAGE", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    ),
)]
pub(crate) async fn create_connection(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    JsonInput(new): JsonInput<NewConnection>,
) -> Result<Response, Problem> {
    viewer.must_be_admin("CONNECTIONS_MANAGE")?;
    let owner = new.owner_id.map(UserId);
    let team = placed(&gateway, viewer.tenant, owner, new.team_id.map(TeamId)).await?;
    let row = ConnectionRow {
        id: ConnectionId(operation.new_id(0)),
        tenant: viewer.tenant,
        owner,
        team,
        settings: stored(new.kind, new.settings),
        status: connection::ConnectionStatus::Unverified,
        created_at: gateway.now(),
        deleted_at: None,
        revision: 1,
        changed_by: None,
    };
    let entry = Entry::new(viewer.actor(), Subject::Connection(row.id), "connection.created")
        .fields(placed_fields(row.owner, row.team))
        .once(operation.id());
    let create = async { Ok(connection::create(gateway.ports.backing(), row).await?) };
    let row = gateway.recorded(viewer.tenant, entry, create).await?;
    gateway.hooks.learn(&row);
    answer(&gateway, &viewer, StatusCode::CREATED, &row).await
}

/// List the connections that you know of
#[utoipa::path(
    get,
    path = "/v1/connections",
    tag = "connections",
    params(PageParams),
    responses((status = 200, description = "A page, oldest first", body = Page<Connection>)),
)]
pub(crate) async fn list_connections(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    QueryInput(page): QueryInput<PageQuery>,
) -> Result<Json<Page<Connection>>, Problem> {
    let ports = &gateway.ports;
    let after = after(&page)?;
    let rows = connection::list(&*ports.store, &*ports.keyring, viewer.tenant, after, page.limit + 1).await?;
    let rows = Page::cut(rows, page.limit, |row| Cursor(row.id.as_bytes().to_vec()));
    let infirmary = Infirmary::open(&gateway, &viewer).await?;
    let mut items = Vec::new();
    for row in rows.items.iter().filter(|row| knows(&viewer, row)) {
        items.push(shown(row, &ports.settings.public_url, infirmary.of(row).await?));
    }
    Ok(Json(Page { items, next_cursor: rows.next_cursor }))
}

/// Show a connection
#[utoipa::path(
    get,
    path = "/v1/connections/{id}",
    tag = "connections",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The connection; its version is the ETag", body = Connection),
        (status = 404, description = "No such connection", body = ProblemDetails),
    ),
)]
pub(crate) async fn get_connection(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let row = known_connection(&gateway, &viewer, ConnectionId(id), None).await?;
    answer(&gateway, &viewer, StatusCode::OK, &row).await
}

/// Change a connection
///
/// What is absent stays. A changed secret counts from the next request of the provider.
#[utoipa::path(
    patch,
    path = "/v1/connections/{id}",
    tag = "connections",
    params(
        ("id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The version that the change was made from"),
    ),
    request_body = ConnectionChange,
    responses(
        (status = 200, description = "The connection as it is now", body = Connection),
        (status = 403, description = "This takes CONNECTIONS_MANAGE", body = ProblemDetails),
        (status = 404, description = "No such connection", body = ProblemDetails),
        (status = 412, description = "It was changed in the meantime", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    ),
)]
pub(crate) async fn change_connection(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    if_match: IfMatch,
    PathId(id): PathId,
    JsonInput(change): JsonInput<ConnectionChange>,
) -> Result<Response, Problem> {
    let before = known_connection(&gateway, &viewer, ConnectionId(id), None).await?;
    viewer.must_be_admin("CONNECTIONS_MANAGE")?;
    if let Some(settings) = &change.settings {
        settings.check(kind_of(&before.settings))?;
    }
    let owner = change.owner_id.map(UserId).of(before.owner);
    let moved = change.team_id.is_some() || owner != before.owner;
    // An owner brings their team; without one, the connection stays where it is unless it is moved.
    let wanted = change.team_id.map(TeamId).or(if owner.is_none() { Some(before.team) } else { None });
    let team = if moved { placed(&gateway, viewer.tenant, owner, wanted).await? } else { before.team };
    let updated = edit(&gateway, &viewer, before.id, operation, &if_match, |row| {
        (row.owner, row.team) = (owner, team);
        if let Some(change) = &change.settings {
            apply(&mut row.settings, change.clone());
        }
    });
    let mut fields = placed_fields(owner, team);
    // A secret is no value to be kept: that it changed is.
    fields.extend(change.settings.is_some().then(|| Field::new("settings", "changed")));
    let entry = Entry::new(viewer.actor(), Subject::Connection(before.id), "connection.changed")
        .fields(fields)
        .once(operation.id());
    let row = gateway.recorded(viewer.tenant, entry, updated).await?;
    if change.settings.is_some() {
        gateway.ports.health.note(row.tenant, row.id, Seen::SettingsChanged);
    }
    answer(&gateway, &viewer, StatusCode::OK, &row).await
}

/// Disconnect
///
/// From now on its webhooks answer 404. Its secrets are gone; what was received stays.
#[utoipa::path(
    delete,
    path = "/v1/connections/{id}",
    tag = "connections",
    params(
        ("id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The version that was seen"),
    ),
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "This takes CONNECTIONS_MANAGE", body = ProblemDetails),
        (status = 404, description = "No such connection", body = ProblemDetails),
        (status = 412, description = "It was changed in the meantime", body = ProblemDetails),
    ),
)]
pub(crate) async fn delete_connection(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    if_match: IfMatch,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    let id = ConnectionId(id);
    known_connection(&gateway, &viewer, id, Some(operation)).await?;
    viewer.must_be_admin("CONNECTIONS_MANAGE")?;
    let now = gateway.now();
    let deleted = edit(&gateway, &viewer, id, operation, &if_match, |row| {
        row.deleted_at = Some(now);
        row.settings.forget_secrets();
    });
    let entry =
        Entry::new(viewer.actor(), Subject::Connection(id), "connection.deleted").once(operation.id());
    gateway.recorded(viewer.tenant, entry, deleted).await?;
    roster::strike(&*gateway.ports.store, viewer.tenant, Listed::Connection, id.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn placed_fields(owner: Option<UserId>, team: TeamId) -> Vec<Field> {
    let owner = owner.map_or_else(String::new, |owner| owner.to_string());
    vec![Field::new("owner_id", owner), Field::new("team_id", team)]
}

/// Changes a connection once for this operation, and lets hooks know before it answers.
async fn edit(
    gateway: &Gateway,
    viewer: &Viewer,
    id: ConnectionId,
    operation: Operation,
    if_match: &IfMatch,
    change: impl Fn(&mut ConnectionRow),
) -> Result<ConnectionRow, Problem> {
    let updated = connection::update(gateway.ports.backing(), viewer.tenant, id, |row| {
        if row.changed_by == Some(operation.id()) {
            return Ok(());
        }
        if row.deleted_at.is_some() {
            return Err(Fault::NotFound);
        }
        if_match.check(row.revision)?;
        let before = row.clone();
        change(row);
        if *row != before {
            row.revision += 1;
            row.changed_by = Some(operation.id());
        }
        Ok(())
    });
    match updated.await? {
        Updated::Missing => Err(Fault::NotFound.into()),
        Updated::Refused(fault) => Err(fault.into()),
        Updated::Written(row) => {
            gateway.hooks.learn(&row);
            Ok(row)
        }
    }
}

/// The team a connection belongs to: its owner's, or the one that is named. References to what this tenant does not
/// have are wrong fields, whether or not another tenant has it.
async fn placed(
    gateway: &Gateway,
    tenant: TenantId,
    owner: Option<UserId>,
    team: Option<TeamId>,
) -> Result<TeamId, Problem> {
    let ports = &gateway.ports;
    let wrong = |field: &str, code: &str, message: &str| Problem(Fault::field(field, code, message));
    if let Some(team) = team
        && team::load(&*ports.store, &*ports.keyring, tenant, team).await?.is_none()
    {
        return Err(wrong("team_id", "not_found", "must be a team of this tenant"));
    }
    let Some(owner) = owner else {
        return team.ok_or_else(|| wrong("team_id", "required", "is required without an owner"));
    };
    let found = user::load(&*ports.store, &*ports.keyring, tenant, owner).await?;
    let found = found.filter(|found| found.row.moves.left_at.is_none());
    let owner = found.ok_or_else(|| wrong("owner_id", "not_found", "must be a user of this tenant"))?.row;
    match (owner.team, team) {
        (None, _) => Err(wrong("owner_id", "not_allowed", "must be a user who is in a team")),
        (Some(own), Some(named)) if own != named => {
            Err(wrong("team_id", "not_allowed", "must be the owner's team, or absent"))
        }
        (Some(own), _) => Ok(own),
    }
}

/// The connection, if this user may know of it. A deleted one is known to the operation that deleted it.
async fn known_connection(
    gateway: &Gateway,
    viewer: &Viewer,
    id: ConnectionId,
    operation: Option<Operation>,
) -> Result<ConnectionRow, Problem> {
    let ports = &gateway.ports;
    let found = connection::load(&*ports.store, &*ports.keyring, id).await?.map(|found| found.row);
    let stands = |row: &ConnectionRow| match row.deleted_at {
        None => true,
        Some(_) => operation.is_some_and(|operation| row.changed_by == Some(operation.id())),
    };
    let known = |row: &ConnectionRow| row.tenant == viewer.tenant && stands(row) && knows(viewer, row);
    Ok(found.filter(known).ok_or(Fault::NotFound)?)
}

pub(super) fn knows(viewer: &Viewer, row: &ConnectionRow) -> bool {
    match viewer.role {
        Role::Admin => true,
        Role::TeamLead => viewer.team == Some(row.team),
        Role::Agent => row.owner == Some(viewer.user),
    }
}

async fn answer(
    gateway: &Gateway,
    viewer: &Viewer,
    status: StatusCode,
    row: &ConnectionRow,
) -> Result<Response, Problem> {
    let health = Infirmary::open(gateway, viewer).await?.of(row).await?;
    Ok(versioned(status, row.revision, shown(row, &gateway.ports.settings.public_url, health)))
}
