//! What sets uploads apart from other requests: they are large, they take long, and few of them fit into memory at a time.

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use hearthline_api::{Fault, MAX_PICTURE_BYTES};
use std::time::Duration;

use crate::{gateway::Gateway, input::MAX_JSON_BYTES, problem::Problem};

/// Where files are uploaded.
const PATH: &str = "/v1/attachments";

/// How long a request may take, and an upload: 5 MB over a phone's uplink of half a megabit a second.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);
const LONGEST_UPLOAD: Duration = Duration::from_secs(90);

/// How long a request to that path may take.
pub(crate) fn longest(path: &str) -> Duration {
    if path == PATH { LONGEST_UPLOAD } else { LONGEST_REQUEST }
}

/// The largest body that is read of a request to that path.
pub(crate) fn largest_body(path: &str) -> usize {
    if path == PATH { MAX_PICTURE_BYTES } else { MAX_JSON_BYTES }
}

/// Lets an upload in if there is room for one more, before anything of its body is read. Everything else passes.
pub(crate) async fn room(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if request.method() != Method::POST || request.uri().path() != PATH {
        return Ok(next.run(request).await);
    }
    let _seat = gateway.uploads.try_acquire().map_err(|_| Fault::Unavailable { retry_after_s: 2 })?;
    Ok(next.run(request).await)
}
