//! The upgrade: a ticket that works once, then the session is the socket's.

use axum::{
    extract::{Query, State, WebSocketUpgrade},
    response::Response,
};
use hearthline_api::{Fault, ProblemDetails};
use serde::Deserialize;

use super::{Leads, person};
use crate::problem::Problem;

/// Bytes that a client may put into one frame.
const LONGEST_FRAME: usize = 64 * 1024;
/// The read buffer of a socket: the default of 128 KiB is what idle sockets would cost (measured.md: 139 KB against 8.5).
const READ_BUFFER: usize = 4 * 1024;
/// What may be queued inside the socket's own buffer before it counts as stuck.
const WRITE_BUFFER_MAX: usize = 1024 * 1024;

#[derive(Deserialize)]
pub(super) struct Ticket {
    #[serde(default)]
    ticket: String,
}

/// The live socket
///
/// Frames are JSON text: see the AsyncAPI document. The ticket works once, within 30 seconds.
#[utoipa::path(
    get, path = "/v1/live", tag = "live",
    params(("ticket" = String, Query, description = "From POST /v1/socket-tickets")),
    responses(
        (status = 101, description = "The socket is open"),
        (status = 401, description = "The ticket is unknown, used or too old", body = ProblemDetails),
    )
)]
pub(super) async fn live(
    State(leads): State<Leads>,
    Query(Ticket { ticket }): Query<Ticket>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|_| Fault::UpgradeRequired)?;
    let viewer = leads.gateway.tickets.redeem(&ticket)?;
    leads.gateway.sessions.still_valid(&viewer).await?;
    let (sessions, person) = (leads.sockets(), person(&viewer));
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_MAX)
        .max_message_size(LONGEST_FRAME)
        .max_frame_size(LONGEST_FRAME)
        .on_upgrade(async move |socket| {
            let still_signed_in = async { leads.gateway.sessions.still_valid(&viewer).await.is_ok() };
            sessions.serve(socket, person, still_signed_in).await;
        }))
}
