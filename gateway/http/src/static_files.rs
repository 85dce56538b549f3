//! The web client inside the binary, if it was built.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hearthline_api::Fault;
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest as _, Sha256};
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
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if is_api(path) {
        return Problem(Fault::NotFound).into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return Problem(Fault::MethodNotAllowed).into_response();
    }
    if let Some(file) = WebClient::get(path) {
        return answer(path, file, &headers);
    }
    // A missing file is missing; an address without a file's ending is the client's own.
    let names_a_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if names_a_file || path.starts_with(HASHED) {
        return Problem(Fault::NotFound).into_response();
    }
    WebClient::get(INDEX).map_or_else(|| not_built(path), |file| answer(INDEX, file, &headers))
}

/// What stands in the page itself, as a content policy names it: `'sha256-…'` each.
pub(crate) struct Inline {
    pub(crate) scripts: Vec<String>,
    pub(crate) styles: Vec<String>,
}

pub(crate) fn inline() -> Inline {
    let page = WebClient::get(INDEX).map(|file| file.data).unwrap_or_default();
    let page = String::from_utf8_lossy(&page);
    Inline { scripts: hashes_of(&page, "script"), styles: hashes_of(&page, "style") }
}

/// Only elements without attributes have their text between the tags in this page: a script with a `src` has none.
fn hashes_of(page: &str, element: &str) -> Vec<String> {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    let texts = page.split(&start).skip(1).filter_map(|rest| Some(rest.split_once(&end)?.0));
    texts.map(|text| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))).collect()
}

fn is_api(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    matches!(first, "v1" | "hooks" | "healthz" | "readyz" | "metrics")
}

/// A file, unless the browser has it already; compressed, if the build left a compressed form beside it.
fn answer(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = etag_of(&file);
    let mut response = if holds(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let (encoding, file) = compressed(path, asked).unwrap_or(("identity", file));
        let mut response = Response::new(Body::from(match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        }));
        if encoding != "identity" {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response.headers_mut().insert(header::CONTENT_TYPE, kind_of(path));
        response
    };
    let kept = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::ETAG, tag);
    response
}

/// Weak: the compressed forms of a file share it.
fn etag_of(file: &EmbeddedFile) -> HeaderValue {
    let tag = format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash()));
    HeaderValue::try_from(tag).expect("base64 in quotes is a header value")
}

fn holds(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let tags = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    tags.split(',').any(|held| held.trim().as_bytes() == tag.as_bytes())
}

fn compressed(path: &str, asked: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    let accepted = asked.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let accepts = |name: &str| {
        accepted.split(',').any(|part| part.split(';').next().unwrap_or_default().trim() == name)
    };
    [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(encoding, ending)| {
        if !accepts(encoding) {
            return None;
        }
        Some((encoding, WebClient::get(&format!("{path}.{ending}"))?))
    })
}

fn kind_of(path: &str) -> HeaderValue {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = match (kind.type_(), kind.subtype()) {
        (mime_guess::mime::TEXT, _) | (_, mime_guess::mime::JAVASCRIPT) => format!("{kind}; charset=utf-8"),
        _ => kind.to_string(),
    };
    HeaderValue::try_from(kind).unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
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

#[cfg(test)]
mod tests {
    use super::hashes_of;

    /// The hash is the one that browsers compute: of `openssl dgst -sha256 -binary | base64`.
    #[test]
    fn prv_6_the_content_policy_names_exactly_the_scripts_and_styles_that_stand_in_the_page() {
        let page = "<head><script>go()</script><script type=\"module\" src=\"/a.js\"></script>\
            <style>p{margin:0}</style></head>";
        assert_eq!(hashes_of(page, "script"), ["'sha256-5KYv+PUboo5h+0+YAtGRPbwv5d/QxzHslP4YGnUaxRw='"]);
        assert_eq!(hashes_of(page, "style"), ["'sha256-QRQPRLGyxt3RJiKpYNjpkgHcmHU2PywsfL2e8oI0LQA='"]);
        assert!(hashes_of("<p>no script</p>", "script").is_empty());
    }
}
