//! The routes of every simulator itself, under `/_simulator`: the same as the handle's, for whoever runs it as a process of
//! its own.

use axum::{
    Json, Router,
    extract::State as Shared,
    http::StatusCode,
    routing::{get, put},
};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::simulator::{Inner, LedgerOf, Provider};

/// What is asked can't be done, in words.
pub(crate) type Refused = (StatusCode, Json<Value>);

pub(crate) fn refused(status: StatusCode, why: &str) -> Refused {
    (status, Json(json!({ "error": why })))
}

/// Those that all have; a provider adds its own.
pub(crate) fn router<P: Provider>() -> Router<Arc<Inner<P>>> {
    Router::new()
        .route("/accounts", put(set_account::<P>))
        .route("/knobs", get(knobs::<P>).put(set_knobs::<P>))
        .route("/ledger", get(ledger::<P>))
        .route("/settled", get(settled::<P>))
}

async fn set_account<P: Provider>(
    Shared(inner): Shared<Arc<Inner<P>>>,
    Json(account): Json<P::Account>,
) -> StatusCode {
    inner.state.lock().set_account(account);
    StatusCode::NO_CONTENT
}

async fn knobs<P: Provider>(Shared(inner): Shared<Arc<Inner<P>>>) -> Json<P::Knobs> {
    Json(inner.state.lock().knobs().clone())
}

/// Sets all of them: what is not named goes back to rest.
async fn set_knobs<P: Provider>(
    Shared(inner): Shared<Arc<Inner<P>>>,
    Json(knobs): Json<P::Knobs>,
) -> StatusCode {
    *inner.state.lock().knobs() = knobs;
    StatusCode::NO_CONTENT
}

async fn ledger<P: Provider>(Shared(inner): Shared<Arc<Inner<P>>>) -> Json<LedgerOf<P>> {
    Json(inner.state.lock().ledger().clone())
}

/// Answered once nothing is under way.
async fn settled<P: Provider>(Shared(inner): Shared<Arc<Inner<P>>>) -> StatusCode {
    inner.tasks.settled().await;
    StatusCode::NO_CONTENT
}
