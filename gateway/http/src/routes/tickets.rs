//! Socket tickets.

use axum::{Json, extract::State};
use hearthline_api::SocketTicket;

use crate::{gateway::Gateway, problem::Problem, tickets::TICKET_LASTS, viewer::Viewer};

/// Get a ticket for the socket
///
/// It opens `/v1/live` once, within 30 s.
#[utoipa::path(
    post,
    path = "/v1/socket-tickets",
    tag = "live",
    responses((status = 200, description = "A ticket", body = SocketTicket)),
)]
pub(crate) async fn issue_ticket(
    State(gateway): State<Gateway>,
    viewer: Viewer,
) -> Result<Json<SocketTicket>, Problem> {
    let ticket = gateway.tickets.issue(viewer)?;
    Ok(Json(SocketTicket { ticket, expires_in: TICKET_LASTS.0 }))
}
