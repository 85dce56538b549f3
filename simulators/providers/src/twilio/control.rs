//! The simulator's own routes, under `/_simulator`: the same as the handle's, for whoever runs it as a process of its own.

use axum::{
    Json, Router,
    extract::{Path, State as Shared},
    http::StatusCode,
    routing::{get, post, put},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    account::Account,
    answers::Sim,
    handle::{Inbound, InboundMedia},
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
        .route("/ledger", get(ledger))
        .route("/messages/{sid}/status", post(set_status))
        .route("/settled", get(settled))
}

async fn set_account(Shared(inner): Shared<Sim>, Json(account): Json<Account>) -> StatusCode {
    inner.state.lock().accounts.insert(account.account_sid.clone(), account);
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

/// Answered once nothing is under way.
async fn settled(Shared(inner): Shared<Sim>) -> StatusCode {
    inner.tasks.settled().await;
    StatusCode::NO_CONTENT
}
