//! Users. Admins know all of their tenant's, team leads those of their team, agents themselves.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use hearthline_actors::Entry;
use hearthline_api::{Cursor, Fault, NewUser, Page, PageParams, PageQuery, ProblemDetails, User, UserStatus};
use hearthline_engine::{
    audit::{Field, Subject},
    ids::{TeamId, UserId},
};
use hearthline_storage_api::rows::{
    team,
    user::{self, Created, Moves, Role, UserRow},
};

use super::{paging::after, places::is_leaving, versioned};
use crate::{
    gateway::Gateway,
    idempotency::Operation,
    input::{JsonInput, PathId, QueryInput},
    problem::Problem,
    viewer::Viewer,
};

/// Make a user
///
/// Active with a password, invited without.
#[utoipa::path(
    post,
    path = "/v1/users",
    tag = "users",
    request_body = NewUser,
    responses(
        (status = 201, description = "Made", body = User),
        (status = 403, description = "Not an admin", body = ProblemDetails),
        (status = 409, description = "The e-mail address is taken", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    ),
)]
pub(crate) async fn create_user(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    JsonInput(new): JsonInput<NewUser>,
) -> Result<(StatusCode, Json<User>), Problem> {
    viewer.must_be_admin("USERS_MANAGE")?;
    let ports = &gateway.ports;
    let team = new.team_id.map(TeamId);
    if let Some(team) = team
        && team::load(&*ports.store, &*ports.keyring, viewer.tenant, team).await?.is_none()
    {
        return Err(Fault::field("team_id", "not_found", "must be a team of this tenant").into());
    }
    let password_hash = match new.password {
        Some(password) => Some(gateway.passwords.hash(password, &*ports.random).await?),
        None => None,
    };
    let mut fields = vec![
        Field::new("email", &new.email),
        Field::new("name", &new.name),
        Field::new("role", role_name(new.role)),
    ];
    fields.extend(team.map(|team| Field::new("team_id", team)));
    let subject = Subject::User(UserId(operation.new_id(0)));
    let entry = Entry::new(viewer.actor(), subject, "user.created").fields(fields).once(operation.id());
    let row = UserRow {
        id: UserId(operation.new_id(0)),
        tenant: viewer.tenant,
        email: new.email,
        name: new.name,
        role: role_of(new.role),
        team,
        language: new.language,
        time_zone: new.time_zone,
        password_hash,
        session_epoch: 0,
        created_at: gateway.now(),
        moves: Moves::default(),
    };
    let create = async {
        match user::create(ports.backing(), row, gateway.wall()).await? {
            Created::User(row) => Ok((StatusCode::CREATED, Json(shown(&row)))),
            Created::EmailTaken => Err(Fault::EmailTaken { field: "email" }.into()),
        }
    };
    gateway.recorded(viewer.tenant, entry, create).await
}

/// List the users that you know of
#[utoipa::path(
    get,
    path = "/v1/users",
    tag = "users",
    params(PageParams),
    responses((status = 200, description = "A page, oldest first", body = Page<User>)),
)]
pub(crate) async fn list_users(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    QueryInput(page): QueryInput<PageQuery>,
) -> Result<Json<Page<User>>, Problem> {
    let ports = &gateway.ports;
    let after = after(&page)?;
    let rows = user::list(&*ports.store, &*ports.keyring, viewer.tenant, after, page.limit + 1).await?;
    let rows = Page::cut(rows, page.limit, |row| Cursor(row.id.as_bytes().to_vec()));
    let known = rows.items.iter().filter(|row| knows(&viewer, row)).map(shown).collect();
    Ok(Json(Page { items: known, next_cursor: rows.next_cursor }))
}

/// Show a user
#[utoipa::path(
    get,
    path = "/v1/users/{id}",
    tag = "users",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The user; their version is the ETag", body = User),
        (status = 404, description = "No such user", body = ProblemDetails),
    ),
)]
pub(crate) async fn get_user(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let ports = &gateway.ports;
    let found = user::load(&*ports.store, &*ports.keyring, viewer.tenant, UserId(id)).await?;
    let found = found.filter(|found| knows(&viewer, &found.row)).ok_or(Fault::NotFound)?;
    let leaving = is_leaving(&gateway, &found.row).await?;
    let user = shown(&found.row);
    let status = if leaving { UserStatus::Leaving } else { user.status };
    Ok(versioned(StatusCode::OK, found.version, User { status, ..user }))
}

pub(super) fn knows(viewer: &Viewer, user: &UserRow) -> bool {
    match viewer.role {
        Role::Admin => true,
        Role::TeamLead => user.id == viewer.user || (viewer.team.is_some() && user.team == viewer.team),
        Role::Agent => user.id == viewer.user,
    }
}

/// A user as they are shown.
pub(super) fn shown(row: &UserRow) -> User {
    User {
        id: row.id.0,
        tenant_id: row.tenant.0,
        email: row.email.clone(),
        name: row.name.clone(),
        role: match row.role {
            Role::Agent => hearthline_api::Role::Agent,
            Role::TeamLead => hearthline_api::Role::TeamLead,
            Role::Admin => hearthline_api::Role::Admin,
        },
        team_id: row.team.map(|team| team.0),
        language: row.language.clone(),
        time_zone: row.time_zone.clone(),
        status: match (row.moves.left_at, &row.password_hash) {
            (Some(_), _) => UserStatus::Left,
            (None, Some(_)) => UserStatus::Active,
            (None, None) => UserStatus::Invited,
        },
        successor_id: row.moves.heir.map(|heir| heir.0),
        created_at: row.created_at.into(),
    }
}

pub(super) const fn role_name(role: hearthline_api::Role) -> &'static str {
    match role {
        hearthline_api::Role::Agent => "agent",
        hearthline_api::Role::TeamLead => "team_lead",
        hearthline_api::Role::Admin => "admin",
    }
}

pub(super) const fn role_of(role: hearthline_api::Role) -> Role {
    match role {
        hearthline_api::Role::Agent => Role::Agent,
        hearthline_api::Role::TeamLead => Role::TeamLead,
        hearthline_api::Role::Admin => Role::Admin,
    }
}
