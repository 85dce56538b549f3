//! Twilio's signature of a webhook: `X-Twilio-Signature` (Twilio documentation, "Webhooks security").
//!
//! The signature is the base64 of an HMAC-SHA1, keyed with the account's auth token, over the exact public URL followed
//! by every form parameter, name and value, sorted by name in byte order. As in Twilio's own helper libraries the values
//! of a repeated name are sorted and counted once, and the URL is tried as it is, without its port, and with the
//! standard port of its scheme: what a proxy shows us and what Twilio signed differ in exactly that. A body that is no
//! form is bound by its SHA-256 in the query parameter `bodySHA256`.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::form;

pub use super::BadSignature;

/// The body of a request, as its `Content-Type` names it.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// `application/x-www-form-urlencoded`: its parameters are part of what is signed.
    Form(&'a [u8]),
    /// Anything else: signed by its hash in the URL.
    Other(&'a [u8]),
}

/// Checks the `X-Twilio-Signature` header of a request to `url`, its public URL with its query, in constant time.
///
/// # Errors
/// It does not fit.
pub fn verify(auth_token: &str, signature: &str, url: &str, body: Body<'_>) -> Result<(), BadSignature> {
    let signature = STANDARD.decode(signature.trim()).map_err(|_| BadSignature)?;
    let form = match body {
        Body::Form(form) => form,
        Body::Other(bytes) => {
            let stated = body_sha256(url).ok_or(BadSignature)?;
            if !stated.eq_ignore_ascii_case(&hex_sha256(bytes)) {
                return Err(BadSignature);
            }
            &[]
        }
    };
    let parameters = signed_parameters(form);
    let fits = |url: &str| mac(auth_token, url, &parameters).verify_slice(&signature).is_ok();
    if spellings(url).iter().any(|url| fits(url)) { Ok(()) } else { Err(BadSignature) }
}

/// The signature that Twilio would send with a form to exactly this URL.
#[must_use]
pub fn expected(auth_token: &str, url: &str, form: &[u8]) -> String {
    STANDARD.encode(mac(auth_token, url, &signed_parameters(form)).finalize().into_bytes())
}

fn mac(auth_token: &str, url: &str, parameters: &[u8]) -> Hmac<Sha1> {
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(url.as_bytes());
    mac.update(parameters);
    mac
}

/// Names and values one after another, sorted, each pair once.
fn signed_parameters(form: &[u8]) -> Vec<u8> {
    let mut fields = form::fields(form);
    fields.sort_unstable();
    fields.dedup();
    let mut signed = Vec::with_capacity(form.len());
    for (name, value) in &fields {
        signed.extend_from_slice(name);
        signed.extend_from_slice(value);
    }
    signed
}

/// The URL as it is, without a port, and with the standard port of its scheme.
fn spellings(url: &str) -> Vec<String> {
    let mut spellings = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return spellings };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host_at = authority.rfind('@').map_or(0, |at| at + 1);
    let (user, host_port) = authority.split_at(host_at);
    let host = match host_port.rfind(':') {
        // The colons of an IPv6 address stand inside its brackets.
        Some(at) if !host_port[at..].contains(']') => &host_port[..at],
        Some(_) | None => host_port,
    };
    spellings.push(format!("{scheme}://{user}{host}{tail}"));
    if host.len() == host_port.len() {
        let port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
        spellings.push(format!("{scheme}://{user}{host}:{port}{tail}"));
    }
    spellings.dedup();
    spellings
}

fn body_sha256(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next().unwrap_or(query);
    let (_, value) = form::fields(query.as_bytes()).into_iter().find(|(name, _)| **name == *b"bodySHA256")?;
    String::from_utf8(value.into_owned()).ok()
}

fn hex_sha256(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes everything that is written to it");
        hex
    })
}
