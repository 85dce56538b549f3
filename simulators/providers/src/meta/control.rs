//! The simulator's own routes that are of this provider alone, beside [`crate::control`]'s.

use axum::{
    Json, Router,
    extract::State as Shared,
    http::StatusCode,
    routing::{post, put},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    account::Product,
    answers::Sim,
    inbound::{Inbound, InboundFile},
};
use crate::control::{self, Refused, refused};

pub(super) fn router() -> Router<Sim> {
    control::router().route("/inbound", post(inbound)).route("/heard", put(heard))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInbound {
    product: Product,
    to: String,
    from: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    file: Option<NewFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFile {
    kind: String,
    mime_type: String,
    #[serde(default)]
    filename: Option<String>,
    base64: String,
}

/// A client writes. Answered once the webhook is called.
async fn inbound(Shared(inner): Shared<Sim>, Json(new): Json<NewInbound>) -> Result<Json<Value>, Refused> {
    let file = new.file.map(|file| {
        let bytes = STANDARD
            .decode(&file.base64)
            .map_err(|_| refused(StatusCode::UNPROCESSABLE_ENTITY, "file.base64 is not base64"))?;
        let NewFile { kind, mime_type, filename, base64: _ } = file;
        Ok(InboundFile { kind, mime_type, filename, bytes })
    });
    let NewInbound { product, to, from, text, file: _ } = new;
    let inbound = Inbound { product, to, from, text, file: file.transpose()? };
    let id = inner.receive(inbound).await;
    let id = id.map_err(|error| refused(StatusCode::NOT_FOUND, &error.to_string()))?;
    Ok(Json(json!({ "id": id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heard {
    product: Product,
    account: String,
    client: String,
    hours_ago: i64,
}

/// Says how long ago a client last wrote: windows are counted from it.
async fn heard(Shared(inner): Shared<Sim>, Json(told): Json<Heard>) -> StatusCode {
    let at = Timestamp::now() - jiff::SignedDuration::from_hours(told.hours_ago);
    inner.state.lock().heard.insert((told.product, told.account, told.client), at);
    StatusCode::NO_CONTENT
}
