//! Meta's signatures of a webhook: `X-Hub-Signature-256`, and the older `X-Hub-Signature` (Meta documentation, "Webhooks,
//! validating payloads").
//!
//! Each is the HMAC of the body's bytes as they came over the wire, keyed with the app's secret, in hexadecimal. Meta
//! writes characters beyond ASCII as escapes and signs the escapes: a body that was parsed and written again has another
//! signature.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use std::fmt::Write;

pub use crate::providers::BadSignature;

/// The signature headers of a request, as they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// `X-Hub-Signature-256`.
    pub sha256: Option<&'a str>,
    /// `X-Hub-Signature`: SHA-1.
    pub sha1: Option<&'a str>,
}

/// Checks the signature of a body, in constant time. Where the stronger header is there it decides alone: a good old one
/// beside a bad new one is no good.
///
/// # Errors
/// It does not fit, or there is none.
pub fn verify(app_secret: &str, headers: Headers<'_>, body: &[u8]) -> Result<(), BadSignature> {
    let key = app_secret.as_bytes();
    let fits = match (headers.sha256, headers.sha1) {
        (Some(header), _) => {
            let mac = Hmac::<Sha256>::new_from_slice(key).expect(ANY_LENGTH).chain_update(body);
            stated(header, "sha256=").is_some_and(|stated| mac.verify_slice(&stated).is_ok())
        }
        (None, Some(header)) => {
            let mac = Hmac::<Sha1>::new_from_slice(key).expect(ANY_LENGTH).chain_update(body);
            stated(header, "sha1=").is_some_and(|stated| mac.verify_slice(&stated).is_ok())
        }
        (None, None) => false,
    };
    if fits { Ok(()) } else { Err(BadSignature) }
}

/// The `X-Hub-Signature-256` that Meta would send with this body.
#[must_use]
pub fn expected(app_secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect(ANY_LENGTH).chain_update(body);
    mac.finalize().into_bytes().iter().fold("sha256=".to_owned(), |mut header, byte| {
        write!(header, "{byte:02x}").expect("a String takes everything that is written to it");
        header
    })
}

const ANY_LENGTH: &str = "HMAC takes keys of any length";

/// The bytes that a header states.
fn stated(header: &str, algorithm: &str) -> Option<Vec<u8>> {
    let digits = header.trim().strip_prefix(algorithm)?.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?)).collect()
}
