//! The router: which layers stand around which routes, outermost first.
//!
//! | routes | layers |
//! | --- | --- |
//! | probes | headers |
//! | hooks | none: they are in a hurry, and limits and time-outs stand inside |
//! | sign-in, refresh | headers, panics, time-out; limits by address inside |
//! | tenants | headers, panics, time-out, operator's token, idempotency |
//! | session's end, socket tickets | headers, panics, time-out, token, limits |
//! | administration and the [`Extra::api`] routes | headers, panics, time-out, token, limits, idempotency |
//! | uploads | as administration, with room taken beforehand, and longer time |
//! | [`Extra::open`] routes (the socket), files for providers | headers |
//! | everything else | headers; the web client, or 404 |

use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{self, Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use hearthline_api::{Fault, asyncapi};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    along::{DeckSource, FirstDecks},
    gateway::Gateway,
    headers::{SecureHeaders, secure},
    hooks::{self, MAX_BATCH_BYTES},
    idempotency::idempotent,
    input::MAX_JSON_BYTES,
    media, openapi,
    probes::{self, Documents},
    problem::Problem,
    routes, static_files, uploads,
    viewer::authenticate,
};

/// Routes of others, documented as they are mounted.
#[derive(Default)]
pub struct Extra {
    /// Behind a token, limits, idempotency and a time-out: [`crate::Viewer`] and [`crate::Operation`] can be extracted.
    pub api: OpenApiRouter<Gateway>,
    /// With nothing around them but headers: the socket, which checks its ticket itself and may last.
    pub open: OpenApiRouter<Gateway>,
    /// Where the cards come from that a session's answer brings along.
    pub decks: Option<Arc<dyn FirstDecks>>,
}

/// The whole surface as one service, for [`crate::serve`], or another server that adds `ConnectInfo<SocketAddr>`.
pub fn router(gateway: &Gateway, extra: Extra) -> Router {
    let with = |gateway: &Gateway| gateway.clone();
    let idempotency = || from_fn_with_state(with(gateway), idempotent);
    let token = || from_fn_with_state(with(gateway), authenticate);

    let room = || from_fn_with_state(with(gateway), uploads::room);
    let writes = routes::administration()
        .merge(extra.api)
        .route_layer(idempotency())
        .route_layer(room())
        .route_layer(token());
    let momentary = routes::momentary().route_layer(token());
    let operator = from_fn_with_state(with(gateway), routes::tenants::operator_only);
    let operation = routes::operation().route_layer(idempotency()).route_layer(operator);
    let api = OpenApiRouter::new()
        .merge(writes)
        .merge(momentary)
        .merge(operation)
        .merge(routes::entrance().layer(Extension(DeckSource(extra.decks))))
        .route_layer(from_fn(in_time))
        .route_layer(CatchPanicLayer::custom(panicked));

    let documented = OpenApiRouter::with_openapi(openapi::document())
        .merge(probes::probes())
        .merge(api)
        .merge(extra.open)
        .merge(OpenApiRouter::new().routes(routes!(media::fetch)))
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES));
    let hooks = OpenApiRouter::new()
        .routes(routes!(hooks::receive, hooks::handshake))
        .layer(DefaultBodyLimit::max(MAX_BATCH_BYTES));
    let (hooks, hooks_document) = hooks.split_for_parts();
    let (router, mut document) = documented.split_for_parts();
    document.merge(hooks_document);
    openapi::finish(&mut document);
    let documents = Documents {
        openapi: Bytes::from(document.to_json().expect("the document is made of text and numbers")),
        asyncapi: Bytes::from(asyncapi::document().to_string()),
    };

    let headers = SecureHeaders::new(&gateway.ports.settings.public_url);
    let secured = router
        .layer(Extension(documents))
        .fallback(static_files::serve)
        .method_not_allowed_fallback(async || Problem(Fault::MethodNotAllowed))
        .layer(middleware::from_fn_with_state((headers, with(gateway)), secure));
    secured.merge(hooks).with_state(with(gateway))
}

/// Gives up on what takes too long. What a write has begun goes on to its end (see `idempotency`).
async fn in_time(request: Request, next: Next) -> Response {
    let longest = uploads::longest(request.uri().path());
    let answered = tokio::time::timeout(longest, next.run(request)).await;
    answered.unwrap_or_else(|_| Problem(Fault::TimedOut).into_response())
}

/// The panic's text may hold anything: it stays out of the answer and out of the log.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem(Fault::Internal).into_response()
}
