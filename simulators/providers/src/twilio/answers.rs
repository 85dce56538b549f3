//! The routes of Twilio's API, and who may use them.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequestParts, Path, RawQuery, State as Shared},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::Value;
use std::{sync::Arc, time::Duration};

use super::{
    account::Account, control, create::Asked, list::ListQuery, media, message::Message, refusal::Refusal,
    state::State,
};
use crate::{chance::Answer, serve::vanishing, simulator::Inner};

pub(super) type Sim = Arc<Inner<State>>;

/// More than any form of a message can be.
const FORM_AT_MOST_BYTES: usize = 256 * 1024;

pub(super) fn router(inner: Sim) -> Router {
    const ACCOUNT: &str = "/2010-04-01/Accounts/{account}";
    let at = |path: &str| format!("{ACCOUNT}{path}");
    Router::new()
        .route(&at("/Messages.json"), post(create).get(list))
        .route(&at("/Messages/{file}"), get(fetch).post(update).delete(delete))
        .route(&at("/Messages/{message}/Media.json"), get(media::list))
        .route(&at("/Messages/{message}/Media/{file}"), get(media::fetch).delete(media::delete))
        .layer(DefaultBodyLimit::max(FORM_AT_MOST_BYTES))
        .nest("/_simulator", control::router())
        .fallback(|uri: axum::http::Uri| async move { Refusal::not_found(uri.path()) })
        .with_state(inner)
}

/// Whoever gave the right token for the account in the path.
pub(super) struct SignedIn(pub Account);

impl FromRequestParts<Sim> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, inner: &Sim) -> Result<Self, Refusal> {
        let asked = parts.uri.path().split('/').nth(3).unwrap_or_default();
        let (sid, token) = credentials(parts).ok_or_else(Refusal::unauthenticated)?;
        let state = inner.state.lock();
        let account = state.accounts.get(&sid).filter(|account| account.auth_token == token && sid == asked);
        account.cloned().map(Self).ok_or_else(Refusal::unauthenticated)
    }
}

/// What stands in `Authorization: Basic …`.
fn credentials(parts: &Parts) -> Option<(String, String)> {
    let header = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let decoded = String::from_utf8(decoded).ok()?;
    decoded.split_once(':').map(|(sid, token)| (sid.to_owned(), token.to_owned()))
}

async fn create(Shared(inner): Shared<Sim>, signed_in: Result<SignedIn, Refusal>, form: Bytes) -> Response {
    let asked = Asked::read(&form);
    let taken = {
        let mut state = inner.state.lock();
        state.ledger.asked += 1;
        if let Some(broken) = before(&mut state) {
            return broken;
        }
        let taken = signed_in.and_then(|SignedIn(account)| state.create(&account, &asked, Timestamp::now()));
        taken.map(|message| (answer_of(&mut state), state.knobs.answer_delay_ms, message))
    };
    let (answer, delay_ms, message) = match taken {
        Ok(taken) => taken,
        Err(refusal) => {
            inner.state.lock().ledger.count_refused(refusal.code);
            return refusal.into_response();
        }
    };
    let media_urls = inner.state.lock().ledger.media_urls(&message.sid);
    let shown = message.json();
    inner.tasks.spawn(Arc::clone(&inner).deliver(message.sid, media_urls));
    tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    match answer {
        Answer::Whole => (StatusCode::CREATED, Json(shown)).into_response(),
        Answer::Lost => vanishing(),
        Answer::Failed => Refusal::internal().into_response(),
        Answer::Garbled => (StatusCode::CREATED, "<html>created</html>").into_response(),
    }
}

/// Faults that strike before anything is taken.
fn before(state: &mut State) -> Option<Response> {
    let State { knobs, dice, ledger, .. } = state;
    if knobs.lost_request.strikes(dice) {
        return Some(vanishing());
    }
    let refusal = if knobs.throttled.strikes(dice) {
        Refusal::throttled(knobs.retry_after_seconds)
    } else if knobs.unavailable.strikes(dice) {
        Refusal::unavailable()
    } else {
        return None;
    };
    ledger.count_refused(refusal.code);
    Some(refusal.into_response())
}

/// Faults that strike after a message was taken: the ledger's last row.
fn answer_of(state: &mut State) -> Answer {
    let State { knobs, dice, ledger, .. } = state;
    let (lost, failed, garbled) =
        (&mut knobs.lost_answer, &mut knobs.failed_answer, &mut knobs.garbled_answer);
    let answer = Answer::by(dice, lost, failed, garbled);
    if let Some(row) = ledger.accepted.last_mut() {
        row.answered = answer.tells();
    }
    answer
}

/// Reading can fail too.
pub(super) fn readable(state: &mut State) -> Result<(), Refusal> {
    let State { knobs, dice, .. } = state;
    if knobs.unreadable.strikes(dice) { Err(Refusal::unavailable()) } else { Ok(()) }
}

async fn list(
    Shared(inner): Shared<Sim>,
    SignedIn(account): SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    let query = ListQuery::read(query.as_deref().unwrap_or_default())?;
    let mut state = inner.state.lock();
    readable(&mut state)?;
    let order = state.order.get(&account.account_sid).map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    for sid in order.iter().rev() {
        let message = &state.messages[sid];
        if query.lets_through(message)? {
            found.push((sid.clone(), message.json()));
        }
    }
    let path = format!("/2010-04-01/Accounts/{}/Messages.json", account.account_sid);
    Ok(Json(query.page(&path, "messages", &found)))
}

/// `SM….json` in a path.
pub(super) fn sid_of(file: &str) -> &str {
    file.strip_suffix(".json").unwrap_or(file)
}

/// The message that a path names.
fn named<'a>(state: &'a State, account: &Account, file: &str) -> Result<&'a Message, Refusal> {
    let path = || format!("/2010-04-01/Accounts/{}/Messages/{file}", account.account_sid);
    state.message(&account.account_sid, sid_of(file)).ok_or_else(|| Refusal::not_found(&path()))
}

async fn fetch(
    Shared(inner): Shared<Sim>,
    SignedIn(account): SignedIn,
    Path((_, file)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let mut state = inner.state.lock();
    readable(&mut state)?;
    named(&state, &account, &file).map(|message| Json(message.json()))
}

/// Takes the text away (`Body=`). Canceling is for scheduled messages, which there are none of.
async fn update(
    Shared(inner): Shared<Sim>,
    SignedIn(account): SignedIn,
    Path((_, file)): Path<(String, String)>,
    form: Bytes,
) -> Result<Json<Value>, Refusal> {
    let asked = Asked::read(&form);
    let mut state = inner.state.lock();
    let message = named(&state, &account, &file)?;
    if asked.has("Status") {
        return Err(Refusal::bad(30409, "Message is not in a cancelable state"));
    }
    if !asked.has("Body") || asked.get("Body").is_some() {
        return Err(Refusal::bad(20001, "Body may only be made empty"));
    }
    if !message.is_final() {
        return Err(Refusal::in_progress());
    }
    let sid = message.sid.clone();
    let message = state.messages.get_mut(&sid).expect("found just now");
    message.body.clear();
    message.updated = Timestamp::now();
    Ok(Json(message.json()))
}

async fn delete(
    Shared(inner): Shared<Sim>,
    SignedIn(account): SignedIn,
    Path((_, file)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let mut state = inner.state.lock();
    let message = named(&state, &account, &file)?;
    if !message.is_final() {
        return Err(Refusal::in_progress());
    }
    let sid = message.sid.clone();
    state.forget(&account.account_sid, &sid);
    Ok(StatusCode::NO_CONTENT)
}
