//! `Idempotency-Key` on any write: sent twice, it acts once, and is answered the same.
//!
//! A layer around write routes. It claims the key with the ids that the write will use, hands them to the handler as an
//! [`Operation`], and stores a success. A write that was begun runs to its end even if its client goes away. Two with
//! the same key in this process wait for each other; on two nodes, or after a crash, they do the same work with the
//! same ids, which is harmless.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hearthline_api::Fault;
use hearthline_storage_api::rows::idempotency::{self, Answer, Begun, OperationIds, Scope, Use};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{gateway::Gateway, input, problem::Problem, uploads, viewer::Viewer};

/// The header.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Says that an answer is the stored one.
pub const REPLAYED: &str = "idempotency-replayed";

/// The ids that this write uses: the same each time it is repeated under its key. An extractor on every write route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation(OperationIds);

impl Operation {
    /// The id of the `n`-th new thing, from 0 to 2.
    #[must_use]
    pub fn new_id(&self, n: usize) -> Uuid {
        assert!(n < idempotency::IDS - 1, "the last id is the operation's own");
        self.0.0[n]
    }
    /// Names the write itself, so that its effect can be recognized when it is repeated.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.0.0[idempotency::IDS - 1]
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Operation {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(operation) = parts.extensions.get::<Self>() else {
            tracing::error!("a write route stands outside the idempotency layer");
            return Err(Fault::Internal.into());
        };
        Ok(*operation)
    }
}

/// The layer. Reading methods pass untouched.
pub(crate) async fn idempotent(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(next.run(request).await);
    }
    let key = key_of(&request)?;
    // To the end, whoever goes away meanwhile.
    let work = tokio::spawn(async move {
        match key {
            None => Ok(run(request, next, gateway.fresh_ids()).await),
            Some(key) => keyed(&gateway, &key, request, next).await,
        }
    });
    work.await.unwrap_or_else(|_| Err(Fault::Internal.into()))
}

async fn run(mut request: Request, next: Next, ids: OperationIds) -> Response {
    request.extensions_mut().insert(Operation(ids));
    next.run(request).await
}

fn key_of(request: &Request) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let bytes = value.as_bytes();
    let right = (1..=255).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    match value.to_str() {
        Ok(key) if right => Ok(Some(key.to_owned())),
        _ => Err(Fault::IdempotencyKeyInvalid.into()),
    }
}

async fn keyed(gateway: &Gateway, key: &str, request: Request, next: Next) -> Result<Response, Problem> {
    let scope = request
        .extensions()
        .get::<Viewer>()
        .map_or(Scope::Operator, |viewer| Scope::User { tenant: viewer.tenant, user: viewer.user });
    let route = format!("{} {}", request.method(), request.uri().path());
    let (parts, body) = request.into_parts();
    let body = input::read_body(Request::new(body), uploads::largest_body(parts.uri.path())).await?;
    let used = Use { scope, route: &route, key, request_hash: Sha256::digest(&body).into() };

    let _turn = gateway.in_flight.turn(lock_key(&used)).await;
    let backing = gateway.ports.backing();
    let ids = match idempotency::begin(backing, &used, gateway.fresh_ids(), gateway.wall()).await? {
        Begun::Answered(answer) => return Ok(replayed(answer)),
        Begun::OtherRequest => return Err(Fault::IdempotencyKeyReused.into()),
        Begun::Work(ids) => ids,
    };
    let response = run(Request::from_parts(parts, Body::from(body)), next, ids).await;
    conclude(gateway, &used, ids, response).await
}

/// Stores a success and frees the key of a refusal. What failed on our side keeps its ids for the next attempt.
async fn conclude(
    gateway: &Gateway,
    used: &Use<'_>,
    ids: OperationIds,
    response: Response,
) -> Result<Response, Problem> {
    let backing = gateway.ports.backing();
    if response.status().is_client_error() {
        // The key stays claimed if this fails; the corrected request then needs a new one.
        let _ = idempotency::release(backing, used, ids).await;
    }
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| Fault::Internal)?;
    let etag = parts.headers.get(header::ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let answer = Answer { status: parts.status.as_u16(), etag, body: body.to_vec() };
    // The work is durable. If its answer is not, repeating the work with the same ids finds it done.
    if let Err(error) = idempotency::finish(backing, used, ids, answer).await {
        tracing::warn!(error = %error, "the answer to an idempotent write was not stored");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replayed(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, Bytes::from(answer.body)).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if status != StatusCode::NO_CONTENT {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Some(etag) = answer.etag.and_then(|etag| HeaderValue::try_from(etag).ok()) {
        headers.insert(header::ETAG, etag);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn lock_key(used: &Use<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    if let Scope::User { tenant, user } = used.scope {
        hash.update(tenant.as_bytes());
        hash.update(user.as_bytes());
    }
    hash.update(used.route.as_bytes());
    hash.update([0]);
    hash.update(used.key.as_bytes());
    hash.finalize().into()
}
