//! The simulator's own routes, under `/_simulator`: the same as the handle's, for whoever runs it as a process of its own.

use axum::{
    Json, Router,
    extract::State as Shared,
    http::StatusCode,
    routing::{get, post, put},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    account::{Account, Product},
    answers::Sim,
    inbound::{Inbound, InboundFile},
    knobs::Knobs,
    ledger::Ledger,
};

/// What is asked can't be done, in words.
type Refused = (StatusCode, Json<Value>);

fn refused(status: StatusCode, why: &str) -> Refused {
    (status, Json(json!({ "error": why })))
}

pub(super) fn router() -> Router<Sim> {
    Router::new()
        .route("/accounts", put(set_account))
        .route("/knobs", get(knobs).put(set_knobs))
        .route("/inbound", post(inbound))
        .route("/heard", put(heard))
        .route("/ledger", get(ledger))
        .route("/settled", get(settled))
}

async fn set_account(Shared(inner): Shared<Sim>, Json(account): Json<Account>) -> StatusCode {
    inner.state.lock().accounts.insert((account.product, account.id.clone()), account);
    StatusCode::NO_CONTENT
}

async fn knobs(Shared(inner): Shared<Sim>) -> Json<Knobs> {
    Json(inner.state.lock().knobs.clone())
}

/// Sets all of them: what is not named goes back to rest.
async fn set_knobs(Shared(inner): Shared<Sim>, Json(knobs): Json<Knobs>) -> StatusCode {
    inner.state.lock().knobs = knobs;
    StatusCode::NO_CONTENT
}

async fn ledger(Shared(inner): Shared<Sim>) -> Json<Ledger> {
    Json(inner.state.lock().ledger.clone())
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

/// Answered once nothing is under way.
async fn settled(Shared(inner): Shared<Sim>) -> StatusCode {
    inner.tasks.settled().await;
    StatusCode::NO_CONTENT
}
