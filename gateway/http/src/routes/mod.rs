//! The routes of administration, a file each.

pub(crate) mod audit;
mod connections;
pub(crate) mod dead_letters;
mod paging;
mod people;
mod places;
mod rules;
mod sessions;
pub(crate) mod teams;
mod tenant_settings;
pub(crate) mod tenants;
mod tickets;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{gateway::Gateway, input::etag};

/// Routes with a token, limits and idempotency around them.
pub(crate) fn administration() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(tenant_settings::get_tenant, tenant_settings::change_tenant))
        .routes(routes!(teams::create_team, teams::list_teams))
        .routes(routes!(teams::get_team))
        .routes(routes!(rules::get_rules, rules::change_rules))
        .routes(routes!(people::create_user, people::list_users))
        .routes(routes!(people::get_user, places::change_user, places::remove_user))
        .routes(routes!(audit::list_audit))
        .routes(routes!(audit::verify_audit))
        .routes(routes!(dead_letters::list_dead_letters))
        .routes(routes!(dead_letters::get_dead_letter, dead_letters::discard))
        .routes(routes!(dead_letters::replay))
        .routes(routes!(connections::create_connection, connections::list_connections))
        .routes(routes!(
            connections::get_connection,
            connections::change_connection,
            connections::delete_connection
        ))
}

/// Routes with a token and limits; an `Idempotency-Key` is taken and means nothing.
pub(crate) fn momentary() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(sessions::sign_out))
        .routes(routes!(tickets::issue_ticket))
        .routes(routes!(connections::test::test_connection))
}

/// Routes for those who are not signed in, limited by address.
pub(crate) fn entrance() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new().routes(routes!(sessions::sign_in)).routes(routes!(sessions::refresh))
}

/// Routes of the operator.
pub(crate) fn operation() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new().routes(routes!(tenants::create_tenant))
}

/// A JSON answer with its version as ETag.
fn versioned<T: Serialize>(status: StatusCode, version: u64, body: T) -> Response {
    let etag = HeaderValue::try_from(etag(version)).expect("a number in quotes is a header value");
    (status, [(header::ETAG, etag)], Json(body)).into_response()
}
