//! Team rules (LIF-2): read by whoever knows the team, changed by who may, at once for live leads.

use axum::{extract::State, http::StatusCode, response::Response};
use hearthline_actors::Entry;
use hearthline_api::{Fault, ProblemDetails, Rules, RulesChange};
use hearthline_engine::{
    audit::{Field, Subject},
    ids::TeamId,
    rules::Routing,
};
use hearthline_storage_api::rows::{
    team::{self, TeamRow},
    tenant::Updated,
};

use super::{teams::known_team, versioned};
use crate::{
    gateway::Gateway,
    idempotency::Operation,
    input::{IfMatch, JsonInput, PathId},
    problem::Problem,
    viewer::Viewer,
};

/// Show a team's rules
#[utoipa::path(
    get,
    path = "/v1/teams/{id}/rules",
    tag = "teams",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The rules; their version is the ETag", body = Rules),
        (status = 404, description = "No such team", body = ProblemDetails),
    ),
)]
pub(crate) async fn get_rules(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let row = known_team(&gateway, &viewer, TeamId(id)).await?;
    Ok(answer(&row))
}

/// Change a team's rules
///
/// What is absent stays. Leads follow at once; overdue deadlines fire in their order.
#[utoipa::path(
    patch,
    path = "/v1/teams/{id}/rules",
    tag = "teams",
    params(
        ("id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The version that the change was made from"),
    ),
    request_body = RulesChange,
    responses(
        (status = 200, description = "The rules as they are now", body = Rules),
        (status = 403, description = "This takes RULES_EDIT", body = ProblemDetails),
        (status = 404, description = "No such team", body = ProblemDetails),
        (status = 412, description = "They were changed in the meantime", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    ),
)]
pub(crate) async fn change_rules(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    if_match: IfMatch,
    PathId(id): PathId,
    JsonInput(change): JsonInput<RulesChange>,
) -> Result<Response, Problem> {
    let before = known_team(&gateway, &viewer, TeamId(id)).await?;
    viewer.must_be_admin("RULES_EDIT")?;
    let mut after = before.clone();
    let is_change = changed(&mut after, &change, &if_match, operation)?;
    if is_change {
        let next = before.rules.version + 1;
        gateway.ports.rules_changed.will_change(viewer.tenant, before.id, next).await?;
    }
    let update = async {
        let updated = team::update(gateway.ports.backing(), viewer.tenant, before.id, |row| {
            changed(row, &change, &if_match, operation).map(drop)
        });
        match updated.await? {
            Updated::Missing => Err(Fault::NotFound.into()),
            Updated::Refused(fault) => Err(fault.into()),
            Updated::Written(row) => Ok(row),
        }
    };
    let entry = Entry::new(viewer.actor(), Subject::Team(before.id), "team.rules_changed")
        .fields(differences(&before, &after))
        .once(operation.id());
    let row = if is_change { gateway.recorded(viewer.tenant, entry, update).await? } else { update.await? };
    if row.rules.version != before.rules.version || row.rules_changed_by == Some(operation.id()) {
        gateway.ports.rules_changed.changed(viewer.tenant, row.id, &row.rules).await;
    }
    Ok(answer(&row))
}

/// The windows that are others now, with their new values.
fn differences(before: &TeamRow, after: &TeamRow) -> Vec<Field> {
    let (was, is) = (&before.rules, &after.rules);
    let fields = [
        ("first_contact_s", was.first_contact() != is.first_contact(), is.first_contact().0.to_string()),
        ("stale_after_s", was.stale_after() != is.stale_after(), is.stale_after().0.to_string()),
        (
            "at_risk_share",
            was.at_risk_share() != is.at_risk_share(),
            is.at_risk_share().as_fraction().to_string(),
        ),
        (
            "default_follow_up_s",
            was.default_follow_up != is.default_follow_up,
            is.default_follow_up.0.to_string(),
        ),
        ("routing", was.routing != is.routing, routing_name(is.routing)),
        ("time_zone", before.time_zone != after.time_zone, after.time_zone.clone()),
        ("hours", was.hours() != is.hours(), hours_in_short(after)),
    ];
    fields
        .into_iter()
        .filter(|(_, differs, _)| *differs)
        .map(|(name, _, value)| Field::new(name, value))
        .collect()
}

/// As the API names it.
fn routing_name(routing: Routing) -> String {
    let name = match routing {
        Routing::Owner => "owner",
        Routing::RoundRobin => "round_robin",
        Routing::LeastLoaded => "least_loaded",
        Routing::Unassigned => "unassigned",
    };
    name.to_owned()
}

/// Business hours and quiet hours, as an auditor has to see them.
fn hours_in_short(row: &TeamRow) -> String {
    let shown = Rules::of(&row.rules, &row.time_zone);
    let hours = (&shown.business_hours, shown.pause_stale_window, &shown.quiet_hours);
    serde_json::to_string(&hours).expect("hours are text and a boolean")
}

/// Makes the change, and says whether there was one. A change that this operation has already made is not made again.
fn changed(
    row: &mut TeamRow,
    change: &RulesChange,
    if_match: &IfMatch,
    operation: Operation,
) -> Result<bool, Fault> {
    if row.rules_changed_by == Some(operation.id()) {
        return Ok(false);
    }
    if_match.check(row.rules.version)?;
    let mut rules = change.apply(&row.rules, &row.time_zone).map_err(|error| Fault::Invalid(vec![error]))?;
    let time_zone = change.time_zone.clone().unwrap_or_else(|| row.time_zone.clone());
    if rules == row.rules && time_zone == row.time_zone {
        return Ok(false);
    }
    rules.version += 1;
    row.rules = rules;
    row.time_zone = time_zone;
    row.rules_changed_by = Some(operation.id());
    Ok(true)
}

fn answer(row: &TeamRow) -> Response {
    versioned(StatusCode::OK, row.rules.version, Rules::of(&row.rules, &row.time_zone))
}
