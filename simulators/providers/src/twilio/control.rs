//! The simulator's own routes that are of this provider alone, beside [`crate::control`]'s.

use axum::{
    Json, Router,
    extract::{Path, State as Shared},
    http::StatusCode,
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answers::Sim,
    handle::{Inbound, InboundMedia},
};
use crate::control::{self, Refused, refused};

pub(super) fn router() -> Router<Sim> {
    control::router().route("/inbound", post(inbound)).route("/messages/{sid}/status", post(set_status))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInbound {
    to: String,
    from: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    media: Vec<NewMedia>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMedia {
    content_type: String,
    base64: String,
}

/// A client writes. Answered once the webhook is called.
async fn inbound(Shared(inner): Shared<Sim>, Json(new): Json<NewInbound>) -> Result<Json<Value>, Refused> {
    let media = new.media.into_iter().map(|media| {
        let bytes = STANDARD
            .decode(&media.base64)
            .map_err(|_| refused(StatusCode::UNPROCESSABLE_ENTITY, "media[].base64 is not base64"))?;
        Ok(InboundMedia { content_type: media.content_type, bytes })
    });
    let media = media.collect::<Result<Vec<_>, Refused>>()?;
    let inbound = Inbound { to: new.to, from: new.from, body: new.body, media };
    let sid = inner.receive(inbound).await;
    let sid = sid.map_err(|error| refused(StatusCode::NOT_FOUND, &error.to_string()))?;
    Ok(Json(json!({ "sid": sid })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    status: String,
    #[serde(default)]
    error_code: Option<u32>,
}

/// Takes a message to a status by hand, with its callback. One that is at its end stays there.
async fn set_status(
    Shared(inner): Shared<Sim>,
    Path(sid): Path<String>,
    Json(new): Json<NewStatus>,
) -> Result<StatusCode, Refused> {
    const STATUSES: [&str; 7] = ["queued", "sending", "sent", "delivered", "undelivered", "failed", "read"];
    if !STATUSES.contains(&new.status.as_str()) {
        let why = format!("status is one of {}", STATUSES.join(", "));
        return Err(refused(StatusCode::UNPROCESSABLE_ENTITY, &why));
    }
    let callbacks = {
        let mut state = inner.state.lock();
        if !state.messages.contains_key(&sid) {
            return Err(refused(StatusCode::NOT_FOUND, "no such message"));
        }
        state.step(&sid, &new.status, new.error_code)
    };
    for callback in &callbacks {
        inner.call(callback).await;
    }
    Ok(StatusCode::NO_CONTENT)
}
