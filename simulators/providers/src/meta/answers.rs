//! The paths of the Graph API, and who may use them.

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State as Shared},
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};

use super::{
    account::{Account, Product},
    cdn, control, media, messaging, objects,
    refusal::Refusal,
    state::State,
    whatsapp,
};
use crate::{chance::Answer, serve::vanishing, simulator::Inner};

pub(super) type Sim = Arc<Inner<State>>;

/// The largest file that WhatsApp takes, and what stands around it.
const BODY_AT_MOST_BYTES: usize = 101 * 1024 * 1024;

pub(super) fn router(inner: Sim) -> Router {
    Router::new()
        .route(cdn::WHATSAPP, get(cdn::of_whatsapp))
        .route(cdn::CONVERSATIONS, get(cdn::of_conversations))
        .nest("/_simulator", control::router())
        .fallback(graph)
        .with_state(inner)
}

/// A request to the API, read.
pub(super) struct Asked {
    pub parts: Parts,
    pub body: Bytes,
    /// Of the address.
    pub query: Vec<(String, String)>,
}

impl Asked {
    async fn read(request: Request<Body>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let too_large = |_| Refusal::parameter("(#100) The request is too large");
        let body = to_bytes(body, BODY_AT_MOST_BYTES).await.map_err(too_large)?;
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let query = form_urlencoded::parse(query).into_owned().collect();
        Ok(Self { parts, body, query })
    }

    pub fn content_type(&self) -> &str {
        self.parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default()
    }

    /// Its parameters: of a JSON object, or of a form or the address, whose values may be JSON themselves.
    fn parameters(&self) -> Result<Map<String, Value>, Refusal> {
        let mut found: Map<String, Value> = self.query.iter().map(of_form).collect();
        if self.content_type().starts_with("application/x-www-form-urlencoded") {
            found.extend(form_urlencoded::parse(&self.body).into_owned().map(|field| of_form(&field)));
        } else if !self.body.is_empty() {
            let not_json = |_| Refusal::parameter("(#100) The request's body is not a JSON object");
            found.extend(serde_json::from_slice::<Map<String, Value>>(&self.body).map_err(not_json)?);
        }
        Ok(found)
    }

    fn token(&self) -> Option<String> {
        let header = self.parts.headers.get(header::AUTHORIZATION).and_then(|header| header.to_str().ok());
        let bearer = header.and_then(|header| {
            let (scheme, token) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        let in_query = || self.query.iter().find(|(name, _)| name == "access_token");
        bearer.or_else(|| in_query().map(|(_, token)| token.clone()))
    }
}

fn of_form((name, value): &(String, String)) -> (String, Value) {
    let read = serde_json::from_str(value).ok().filter(|read: &Value| read.is_object());
    (name.clone(), read.unwrap_or_else(|| Value::String(value.clone())))
}

async fn graph(Shared(inner): Shared<Sim>, request: Request) -> Response {
    let asked = match Asked::read(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.into_response(),
    };
    let path = asked.parts.uri.path().to_owned();
    let segments: Vec<String> = path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
    let mut segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if segments.first().is_some_and(|first| is_version(first)) {
        segments.remove(0);
    }
    match (&asked.parts.method, segments.as_slice()) {
        (&Method::POST, [id, "messages"]) => send(&inner, id, &asked).await,
        (&Method::POST, [id, "media"]) => media::upload(&inner, id, &asked).into_response(),
        (&Method::GET, [id]) => objects::show(&inner, id, &asked).into_response(),
        (&Method::DELETE, [id]) => media::delete(&inner, id, &asked).into_response(),
        _ => Refusal::unknown_path().into_response(),
    }
}

/// A segment of a path without its percent signs. (In a path, a plus is one.)
fn decoded(segment: &str) -> String {
    let form = segment.replace('+', "%2B").replace('=', "%3D").replace('&', "%26");
    form_urlencoded::parse(form.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

/// `v23.0`
fn is_version(segment: &str) -> bool {
    let number = segment.strip_prefix('v').unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

impl State {
    /// Those whose token it is: there may be a page and an Instagram account.
    pub(super) fn signed_in(&self, asked: &Asked) -> Result<Vec<Account>, Refusal> {
        let message = "An access token is required to request this resource.";
        let token = asked.token().ok_or_else(|| Refusal::bad_token(message))?;
        let theirs: Vec<Account> =
            self.accounts.values().filter(|account| account.access_token == token).cloned().collect();
        if theirs.is_empty() {
            return Err(Refusal::bad_token("Invalid OAuth access token - Cannot parse access token"));
        }
        Ok(theirs)
    }

    /// The account that a path names by its id or as `me`, for this client where two share an id.
    fn sender(&self, id: &str, client: &str, asked: &Asked) -> Result<Account, Refusal> {
        let mut theirs = self.signed_in(asked)?;
        theirs
            .retain(|account| account.answers_to(id) || (id == "me" && account.product != Product::Whatsapp));
        let knows = |account: &&Account| {
            self.heard.contains_key(&(account.product, account.id.clone(), client.to_owned()))
        };
        let found = theirs.iter().find(knows).or(theirs.first());
        found.cloned().ok_or_else(|| Refusal::no_object(id))
    }
}

/// A message that was taken.
pub(super) struct Taken {
    pub answer: Value,
    /// Nothing goes to a client if there is none: a message was marked as read, somebody is shown to be typing.
    pub id: Option<String>,
    /// How it will end before it begins, if it will fail: WhatsApp's code.
    pub fails: Option<u32>,
}

async fn send(inner: &Sim, id: &str, asked: &Asked) -> Response {
    let taken = {
        let mut state = inner.state.lock();
        state.ledger.asked += 1;
        if let Some(broken) = before(&mut state, id) {
            return broken;
        }
        take(&mut state, id, asked).map(|(account, taken)| {
            let answer = if taken.id.is_some() { answer_of(&mut state) } else { Answer::Whole };
            (account, taken, answer, state.knobs.answer_delay_ms)
        })
    };
    let (account, taken, answer, delay_ms) = match taken {
        Ok(taken) => taken,
        Err(refusal) => {
            inner.state.lock().ledger.count_refused(refusal.code);
            return refusal.into_response();
        }
    };
    if let Some(message) = taken.id {
        inner.tasks.spawn(Arc::clone(inner).deliver(account, message, taken.fails));
    }
    tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    match answer {
        Answer::Whole => Json(taken.answer).into_response(),
        Answer::Lost => vanishing(),
        Answer::Failed => Refusal::internal().into_response(),
        Answer::Garbled => (StatusCode::OK, "<html>taken</html>").into_response(),
    }
}

fn take(state: &mut State, id: &str, asked: &Asked) -> Result<(Account, Taken), Refusal> {
    let parameters = asked.parameters()?;
    let client = parameters.get("recipient").and_then(|recipient| recipient.get("id")).map(plain);
    let account = state.sender(id, client.as_deref().unwrap_or_default(), asked)?;
    let taken = match account.product {
        Product::Whatsapp => whatsapp::take(state, &account, &parameters)?,
        Product::Messenger | Product::Instagram => messaging::take(state, &account, &parameters)?,
    };
    Ok((account, taken))
}

/// A text or a number, as text.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Faults that strike before anything is taken.
fn before(state: &mut State, id: &str) -> Option<Response> {
    let whatsapp = state.accounts.contains_key(&(Product::Whatsapp, id.to_owned()));
    let State { knobs, dice, ledger, .. } = state;
    if knobs.lost_request.strikes(dice) {
        return Some(vanishing());
    }
    let refusal = if knobs.throttled.strikes(dice) {
        let usual = if whatsapp { 130_429 } else { 613 };
        let code = if knobs.throttled_code == 0 { usual } else { knobs.throttled_code };
        Refusal::throttled(code, knobs.retry_after_seconds)
    } else if knobs.unavailable.strikes(dice) {
        Refusal::unavailable()
    } else if knobs.expired_token.strikes(dice) {
        Refusal::expired_token()
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
