//! Users who change, change places, or leave (TEN-5). What was theirs follows in the background, and survives the process:
//! it is noted before the row changes.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use hearthline_actors::Entry;
use hearthline_api::{Fault, ProblemDetails, User, UserChange, UserStatus};
use hearthline_engine::{
    audit::{Field, Subject},
    ids::{TeamId, UserId},
};
use hearthline_storage_api::rows::{
    settlement::{self, Settlement},
    team,
    tenant::Updated,
    user::{self, Role, UserRow},
};

use super::{
    people::{knows, role_of, shown},
    versioned,
};
use crate::{
    gateway::Gateway,
    idempotency::Operation,
    input::{IfMatch, JsonInput, PathId},
    problem::Problem,
    viewer::Viewer,
};

const MANAGE: &str = "USERS_MANAGE";

/// Change a user
///
/// What is absent stays. People change their own name, language and time zone; role and team take USERS_MANAGE. With a team
/// go leads and connections; an administrator owns none, so theirs go to the team lead.
#[utoipa::path(
    patch,
    path = "/v1/users/{id}",
    tag = "users",
    params(
        ("id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The version that the change was made from"),
    ),
    request_body = UserChange,
    responses(
        (status = 200, description = "The user as they are now; their version is the ETag", body = User),
        (status = 403, description = "This takes USERS_MANAGE", body = ProblemDetails),
        (status = 404, description = "No such user", body = ProblemDetails),
        (status = 412, description = "They were changed in the meantime", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    ),
)]
pub(crate) async fn change_user(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    if_match: IfMatch,
    PathId(id): PathId,
    JsonInput(change): JsonInput<UserChange>,
) -> Result<Response, Problem> {
    let (version, before) = standing(&gateway, &viewer, UserId(id)).await?;
    let of_place = change.role.is_some() || change.team_id.is_some();
    if of_place || before.id != viewer.user {
        viewer.must_be_admin(MANAGE)?;
    }
    let done = before.moves.changed_by == Some(operation.id());
    if !done {
        if_match.check(version)?;
    }
    let after = changed(&gateway, &before, &change).await?;
    let moves = (after.role, after.team) != (before.role, before.team);
    let heir = match moves && after.role == Role::Admin {
        true => heir(&gateway, &before).await?,
        false => None,
    };
    let entry = Entry::new(viewer.actor(), Subject::User(before.id), "user.changed")
        .fields(fields(&change))
        .once(operation.id());
    let write = write(&gateway, &viewer, operation, &before, moves, move |row| {
        (row.name, row.language) = (after.name.clone(), after.language.clone());
        row.time_zone = after.time_zone.clone();
        (row.role, row.team) = (after.role, after.team);
        if moves {
            row.moves.heir = heir;
        }
    });
    let row = gateway.recorded(viewer.tenant, entry, write).await?;
    gateway.sessions.changed(row.id, moves || done);
    let (version, row) = standing(&gateway, &viewer, row.id).await?;
    Ok(versioned(StatusCode::OK, version, shown(&row)))
}

/// A user leaves
///
/// They can't sign in from now on, and their sessions end at once. Their leads, with all tasks, and their connections go to
/// the team lead, or wait to be assigned: `status` is `leaving` until all of it has. Everything they did stays.
#[utoipa::path(
    delete,
    path = "/v1/users/{id}",
    tag = "users",
    params(
        ("id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The version that was seen"),
    ),
    responses(
        (status = 202, description = "They have left; what was theirs is being handed on", body = User),
        (status = 403, description = "This takes USERS_MANAGE", body = ProblemDetails),
        (status = 404, description = "No such user", body = ProblemDetails),
        (status = 409, description = "Nobody removes themselves", body = ProblemDetails),
        (status = 412, description = "They were changed in the meantime", body = ProblemDetails),
    ),
)]
pub(crate) async fn remove_user(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    if_match: IfMatch,
    PathId(id): PathId,
) -> Result<(StatusCode, Json<User>), Problem> {
    let (version, before) = standing(&gateway, &viewer, UserId(id)).await?;
    viewer.must_be_admin(MANAGE)?;
    let done = before.moves.changed_by == Some(operation.id());
    if before.moves.left_at.is_some() && !done {
        return Err(Fault::NotFound.into());
    }
    if before.id == viewer.user {
        return Err(Fault::OwnUser.into());
    }
    if !done {
        if_match.check(version)?;
    }
    let heir = if done { before.moves.heir } else { heir(&gateway, &before).await? };
    let now = gateway.now();
    let entry = Entry::new(viewer.actor(), Subject::User(before.id), "user.left")
        .fields(heir.map(|heir| Field::new("successor_id", heir)))
        .once(operation.id());
    let write = write(&gateway, &viewer, operation, &before, true, move |row| {
        row.moves.left_at = Some(now);
        row.moves.heir = heir;
        row.session_epoch += 1;
        row.password_hash = None;
    });
    let row = gateway.recorded(viewer.tenant, entry, write).await?;
    gateway.sessions.end_all(viewer.tenant, row.id).await?;
    let user = User { status: UserStatus::Leaving, ..shown(&row) };
    Ok((StatusCode::ACCEPTED, Json(user)))
}

/// Whether everything of one who left has been handed on.
pub(super) async fn is_leaving(gateway: &Gateway, row: &UserRow) -> Result<bool, Problem> {
    if row.moves.left_at.is_none() {
        return Ok(false);
    }
    Ok(settlement::of(&*gateway.ports.store, row.tenant, row.id).await?.is_some())
}

async fn standing(gateway: &Gateway, viewer: &Viewer, id: UserId) -> Result<(u64, UserRow), Problem> {
    let ports = &gateway.ports;
    let found = user::load(&*ports.store, &*ports.keyring, viewer.tenant, id).await?;
    let found = found.filter(|found| knows(viewer, &found.row)).ok_or(Fault::NotFound)?;
    Ok((found.version, found.row))
}

/// The user as the change makes them.
async fn changed(gateway: &Gateway, before: &UserRow, change: &UserChange) -> Result<UserRow, Problem> {
    let ports = &gateway.ports;
    let mut after = before.clone();
    after.name = change.name.clone().unwrap_or(after.name);
    after.language = change.language.clone().unwrap_or(after.language);
    after.time_zone = change.time_zone.clone().of(after.time_zone);
    after.role = change.role.map_or(after.role, role_of);
    after.team = change.team_id.map(TeamId).or(after.team);
    let wrong = |code, message| Problem(Fault::field("team_id", code, message));
    match after.team {
        None if after.role != Role::Admin => Err(wrong("required", "is required for agents and team leads")),
        Some(team) if change.team_id.is_some() => {
            let found = team::load(&*ports.store, &*ports.keyring, before.tenant, team).await?;
            found.map(|_| after).ok_or_else(|| wrong("not_found", "must be a team of this tenant"))
        }
        Some(_) | None => Ok(after),
    }
}

/// Who gets the leads of one who can own none any more: the first team lead of their team who is there, else nobody.
async fn heir(gateway: &Gateway, leaver: &UserRow) -> Result<Option<UserId>, Problem> {
    let ports = &gateway.ports;
    let Some(id) = leaver.team else { return Ok(None) };
    let team = team::load(&*ports.store, &*ports.keyring, leaver.tenant, id).await?;
    for lead in team.into_iter().flat_map(|team| team.row.team_leads).filter(|lead| *lead != leaver.id) {
        let found = user::load(&*ports.store, &*ports.keyring, leaver.tenant, lead).await?;
        if found.is_some_and(|found| found.row.can_own_leads() && found.row.team == Some(id)) {
            return Ok(Some(lead));
        }
    }
    Ok(None)
}

/// Changes the row once for this operation. One who moves is noted before, and followed afterwards.
async fn write(
    gateway: &Gateway,
    viewer: &Viewer,
    operation: Operation,
    before: &UserRow,
    moves: bool,
    change: impl Fn(&mut UserRow),
) -> Result<UserRow, Problem> {
    let (tenant, id) = (before.tenant, before.id);
    if moves {
        let settlement =
            Settlement { count: before.moves.count + 1, by: viewer.user, teams: teams_of(before, &change) };
        gateway.ports.people_moved.will_move(tenant, id, &settlement).await?;
    }
    let updated = user::update(gateway.ports.backing(), tenant, id, |row| {
        if row.moves.changed_by == Some(operation.id()) {
            return Ok(());
        }
        if row.moves.count != before.moves.count {
            return Err(Fault::VersionMismatch);
        }
        change(row);
        row.moves.changed_by = Some(operation.id());
        if moves {
            row.moves.count += 1;
            row.moves.by = Some(viewer.user);
        }
        Ok(())
    });
    let row = match updated.await? {
        Updated::Missing => return Err(Fault::NotFound.into()),
        Updated::Refused(fault) => return Err(fault.into()),
        Updated::Written(row) => row,
    };
    let teams: Vec<TeamId> = [before.team, row.team].into_iter().flatten().collect();
    user::lead_as_they_stand(gateway.ports.backing(), &row, &teams).await?;
    // Also where an earlier attempt made the change and died: whatever is noted is followed.
    gateway.ports.people_moved.moved(tenant, id).await;
    Ok(row)
}

/// The teams that somebody came from and goes to.
fn teams_of(before: &UserRow, change: impl Fn(&mut UserRow)) -> Vec<TeamId> {
    let mut after = before.clone();
    change(&mut after);
    let mut teams: Vec<TeamId> = [before.team, after.team].into_iter().flatten().collect();
    teams.dedup();
    teams
}

/// What changes, for the audit log.
fn fields(change: &UserChange) -> Vec<Field> {
    let zone = match &change.time_zone {
        hearthline_api::form::Change::Keep => None,
        hearthline_api::form::Change::Remove => Some(String::new()),
        hearthline_api::form::Change::Set(zone) => Some(zone.clone()),
    };
    [
        change.name.as_ref().map(|name| Field::new("name", name)),
        change.language.as_ref().map(|language| Field::new("language", language)),
        zone.map(|zone| Field::new("time_zone", zone)),
        change.role.map(|role| Field::new("role", super::people::role_name(role))),
        change.team_id.map(|team| Field::new("team_id", team)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
