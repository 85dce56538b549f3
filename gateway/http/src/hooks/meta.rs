//! Meta's webhooks: the signature over the body as it came over the wire.

use axum::http::HeaderMap;
use hearthline_engine::providers::meta::signature::{Headers, verify};
use hearthline_storage_api::rows::connection::MetaApp;

use super::Signature;

const SHA256: &str = "x-hub-signature-256";
/// The older one, where only that is sent.
const SHA1: &str = "x-hub-signature";

/// Checks the signature on the raw bytes.
pub(super) fn check(app: &MetaApp, headers: &HeaderMap, body: &[u8]) -> Signature {
    // What is no text is no signature either, but it is there, and decides.
    let stated = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let headers = Headers { sha256: stated(SHA256), sha1: stated(SHA1) };
    if headers.sha256.is_none() && headers.sha1.is_none() {
        return Signature::Missing;
    }
    match verify(&app.app_secret.0, headers, body) {
        Ok(()) => Signature::Right,
        // Whose secret it was, a request does not tell: one app calls for all of its accounts.
        Err(_) => Signature::Wrong { other_account: false },
    }
}
