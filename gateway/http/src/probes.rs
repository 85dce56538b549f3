//! Health, readiness, metrics and OpenAPI: no token, no limit.

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use hearthline_api::{Fault, ProblemDetails};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{gateway::Gateway, problem::Problem};

pub(crate) fn probes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(healthz))
        .routes(routes!(readyz))
        .routes(routes!(metrics))
        .routes(routes!(openapi))
        .routes(routes!(asyncapi))
}

/// Whether the process answers
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operation",
    responses((status = 200, description = "It does", body = String, content_type = "text/plain")),
    security(()),
)]
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether requests are served
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses(
        (status = 200, description = "They are", body = String, content_type = "text/plain"),
        (status = 503, description = "Starting or stopping", body = ProblemDetails),
    ),
    security(()),
)]
async fn readyz(State(gateway): State<Gateway>) -> Result<&'static str, Problem> {
    if *gateway.ports.ready.borrow() { Ok("ready\n") } else { Err(Fault::NotReady.into()) }
}

/// Metrics in the OpenMetrics text format
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operation",
    responses((status = 200, description = "All metrics", body = String, content_type = "application/openmetrics-text")),
    security(()),
)]
async fn metrics(State(gateway): State<Gateway>) -> Result<Response, Problem> {
    let mut text = String::new();
    if prometheus_client::encoding::text::encode(&mut text, &gateway.ports.registry).is_err() {
        tracing::error!("the metrics could not be written down");
        return Err(Fault::Internal.into());
    }
    Ok(typed("application/openmetrics-text; version=1.0.0; charset=utf-8", text.into()))
}

/// The documents of the surface, written once.
#[derive(Clone)]
pub(crate) struct Documents {
    pub openapi: Bytes,
    pub asyncapi: Bytes,
}

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "operation",
    responses((status = 200, description = "OpenAPI, made from the routes as they are mounted", body = Object)),
    security(()),
)]
async fn openapi(Extension(documents): Extension<Documents>) -> Response {
    typed("application/json", documents.openapi)
}

/// The socket's document
#[utoipa::path(
    get,
    path = "/asyncapi.json",
    tag = "operation",
    responses((status = 200, description = "AsyncAPI, made from the frames' own types", body = Object)),
    security(()),
)]
async fn asyncapi(Extension(documents): Extension<Documents>) -> Response {
    typed("application/json", documents.asyncapi)
}

fn typed(kind: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
