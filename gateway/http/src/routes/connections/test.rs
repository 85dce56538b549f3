//! The button that tests a connection (ING-12).

use axum::{Json, extract::State};
use hearthline_api::{ConnectionTest, ConnectionTestResult, ProblemDetails};
use hearthline_engine::ids::ConnectionId;

use super::{health::Infirmary, known_connection, wire::shown};
use crate::{gateway::Gateway, input::PathId, ports::Tested, problem::Problem, viewer::Viewer};

/// Test a connection
///
/// Asks the provider whether it takes the credentials and knows the account; nothing is sent, and nothing is changed there.
/// What it says shows in the connection's health.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/test",
    tag = "connections",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "What the provider said", body = ConnectionTest),
        (status = 404, description = "No such connection", body = ProblemDetails),
    ),
)]
pub(crate) async fn test_connection(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Json<ConnectionTest>, Problem> {
    let row = known_connection(&gateway, &viewer, ConnectionId(id), None).await?;
    let (result, code) = match gateway.ports.tester.test(&row).await {
        Tested::Taken => (ConnectionTestResult::Ok, None),
        Tested::Rejected { code } => (ConnectionTestResult::Rejected, code),
        Tested::Refused { code } => (ConnectionTestResult::Refused, code),
        Tested::Throttled => (ConnectionTestResult::Throttled, None),
        Tested::Unreachable => (ConnectionTestResult::Unreachable, None),
    };
    let tested_at = gateway.now().into();
    let health = Infirmary::open(&gateway, &viewer).await?.of(&row).await?;
    let connection = shown(&row, &gateway.ports.settings.public_url, health);
    Ok(Json(ConnectionTest { result, code, tested_at, connection }))
}
