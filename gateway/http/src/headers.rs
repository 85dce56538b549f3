//! Headers that protect clients (PRV-6).

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;

use crate::{
    gateway::Gateway,
    static_files::{self, Inline},
};

/// The headers, made once.
#[derive(Clone)]
pub(crate) struct SecureHeaders(Arc<[(HeaderName, HeaderValue)]>);

impl SecureHeaders {
    /// For a public address: over https, browsers are told to stay there.
    pub(crate) fn new(public_url: &str) -> Self {
        let fixed = HeaderValue::from_static;
        let mut headers = vec![
            (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
            (header::X_FRAME_OPTIONS, fixed("DENY")),
            (header::REFERRER_POLICY, fixed("no-referrer")),
            (HeaderName::from_static("cross-origin-opener-policy"), fixed("same-origin")),
            (HeaderName::from_static("cross-origin-resource-policy"), fixed("same-origin")),
        ];
        if public_url.starts_with("https://") {
            headers.push((header::STRICT_TRANSPORT_SECURITY, fixed("max-age=31536000")));
        }
        let policy = content_security_policy(public_url, &static_files::inline());
        headers.push((header::CONTENT_SECURITY_POLICY, policy));
        Self(headers.into())
    }
}

/// Everything from here alone; of what is written into a page only the scripts and styles that it was built with. Pictures of a thread are fetched with a token and shown from memory (`blob:`). The socket is named beside 'self', because Safari before 15.4 does not count it in.
fn content_security_policy(public_url: &str, inline: &Inline) -> HeaderValue {
    let socket = public_url
        .strip_prefix("https://")
        .map(|host| format!(" wss://{host}"))
        .or_else(|| public_url.strip_prefix("http://").map(|host| format!(" ws://{host}")))
        .unwrap_or_default();
    let named = |hashes: &[String]| hashes.iter().map(|hash| format!(" {hash}")).collect::<String>();
    let (scripts, styles) = (named(&inline.scripts), named(&inline.styles));
    let policy = format!(
        "default-src 'self'; script-src 'self'{scripts}; connect-src 'self'{socket}; img-src 'self' data: blob:; style-src 'self'{styles}; font-src 'self'; \
         object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    );
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'self'"))
}

/// Adds them to every answer; an API answer is not kept by anyone.
pub(crate) async fn secure(
    State((headers, gateway)): State<(SecureHeaders, Gateway)>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    gateway.ports.metrics.response(response.status().as_u16());
    let all = response.headers_mut();
    for (name, value) in headers.0.iter() {
        all.entry(name).or_insert_with(|| value.clone());
    }
    all.entry(header::CACHE_CONTROL).or_insert_with(|| HeaderValue::from_static("no-store"));
    response
}
