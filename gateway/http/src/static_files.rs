//! The web client inside the binary, if it was built.

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use hearthline_api::Fault;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct WebClient;

const INDEX: &str = "index.html";
/// Names below it carry a hash of their content.
const HASHED: &str = "assets/";

/// Whatever no route took: a file of the client, its page for addresses that the client itself knows, or 404.
pub(crate) async fn serve(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if is_api(path) {
        return Problem(Fault::NotFound).into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return Problem(Fault::MethodNotAllowed).into_response();
    }
    if let Some(file) = WebClient::get(path) {
        return answer(path, file);
    }
    // A missing file is missing; an address without a file's ending is the client's own.
    let names_a_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if names_a_file || path.starts_with(HASHED) {
        return Problem(Fault::NotFound).into_response();
    }
    WebClient::get(INDEX).map_or_else(|| not_built(path), |file| answer(INDEX, file))
}

fn is_api(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    matches!(first, "v1" | "hooks" | "healthz" | "readyz" | "metrics")
}

fn answer(path: &str, file: EmbeddedFile) -> Response {
    let body = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = match (kind.type_(), kind.subtype()) {
        (mime_guess::mime::TEXT, _) | (_, mime_guess::mime::JAVASCRIPT) => format!("{kind}; charset=utf-8"),
        _ => kind.to_string(),
    };
    let kept = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    let kind = HeaderValue::try_from(kind);
    headers.insert(
        header::CONTENT_TYPE,
        kind.unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream")),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}

/// Without the client, its page says how to get it.
fn not_built(path: &str) -> Response {
    const HOW: &str = "Hearthline is running. The web client is not inside this binary.\n\n\
        Build it and the binary in one go:\n\n    cargo xtask build\n\n\
        The API is described at /openapi.json.\n";
    if !path.is_empty() {
        return Problem(Fault::NotFound).into_response();
    }
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], HOW).into_response()
}
