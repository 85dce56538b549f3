//! The files of a message: what they are, the files themselves, and taking them away.

use axum::{
    Json,
    extract::{Path, RawQuery, State as Shared},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    account::Account,
    answers::{SignedIn, Sim, readable, sid_of},
    list::ListQuery,
    message::{Media, Message},
    refusal::Refusal,
    state::State,
};

fn message<'a>(state: &'a State, account: &Account, sid: &str) -> Result<&'a Message, Refusal> {
    let path = || format!("/2010-04-01/Accounts/{}/Messages/{sid}", account.account_sid);
    state.message(&account.account_sid, sid).ok_or_else(|| Refusal::not_found(&path()))
}

fn file<'a>(message: &'a Message, file: &str) -> Result<&'a Media, Refusal> {
    let found = message.media.iter().find(|media| media.sid == sid_of(file));
    found.ok_or_else(|| Refusal::not_found(&format!("{}/Media/{file}", message.path())))
}

pub(super) async fn list(
    Shared(inner): Shared<Sim>,
    SignedIn(account): SignedIn,
    Path((_, sid)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    let query = ListQuery::read(query.as_deref().unwrap_or_default())?;
    let mut state = inner.state.lock();
    readable(&mut state)?;
    let message = message(&state, &account, &sid)?;
    let media: Vec<_> = message.media.iter().map(|media| (media.sid.clone(), media.json(message))).collect();
    Ok(Json(query.page(&format!("{}/Media.json", message.path()), "media_list", &media)))
}

/// What it is (`….json`), or the file itself. The latter needs no credentials unless a knob says so, as at Twilio.
pub(super) async fn fetch(
    Shared(inner): Shared<Sim>,
    signed_in: Result<SignedIn, Refusal>,
    Path((account_sid, sid, name)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    let mut state = inner.state.lock();
    readable(&mut state)?;
    let described = name.ends_with(".json");
    let account = match signed_in {
        Ok(SignedIn(account)) => account,
        Err(refusal) if described || state.knobs.media_need_auth => return Err(refusal),
        Err(refusal) => state.accounts.get(&account_sid).cloned().ok_or(refusal)?,
    };
    let message = message(&state, &account, &sid)?;
    let media = file(message, &name)?;
    if described {
        return Ok(Json(media.json(message)).into_response());
    }
    Ok(([(header::CONTENT_TYPE, media.content_type.clone())], media.bytes.clone()).into_response())
}

pub(super) async fn delete(
    Shared(inner): Shared<Sim>,
    SignedIn(account): SignedIn,
    Path((_, sid, name)): Path<(String, String, String)>,
) -> Result<StatusCode, Refusal> {
    let mut state = inner.state.lock();
    let media = file(message(&state, &account, &sid)?, &name)?.sid.clone();
    let message = state.messages.get_mut(&sid).expect("found just now");
    message.media.retain(|known| known.sid != media);
    message.num_media = message.media.len();
    Ok(StatusCode::NO_CONTENT)
}
