//! Twilio's webhooks: the signature over each address that Twilio may have signed.

use axum::http::{HeaderMap, Uri, header};
use hearthline_engine::providers::twilio_signature::{Body, verify};
use hearthline_storage_api::rows::connection::TwilioSettings;

use super::Signature;

const SIGNATURE: &str = "x-twilio-signature";

/// The addresses under which a provider may have called us.
pub(super) struct Called<'a> {
    pub public_url: &'a str,
    pub trust_proxy: bool,
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
}

/// Checks the signature on the raw bytes.
pub(super) fn check(settings: &TwilioSettings, called: &Called<'_>, body: &[u8]) -> Signature {
    let Some(signature) = called.headers.get(SIGNATURE) else { return Signature::Missing };
    let Ok(signature) = signature.to_str() else { return Signature::Wrong { other_account: false } };
    let token = &settings.auth_token.0;
    let signed = if is_form(called.headers) { Body::Form(body) } else { Body::Other(body) };
    let fits = |url: &str| verify(token, signature, url, signed).is_ok();
    if fits(&called.configured()) || called.forwarded().is_some_and(|url| fits(&url)) {
        return Signature::Right;
    }
    Signature::Wrong { other_account: names_other_account(settings, body) }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
    kind.is_none_or(|kind| {
        let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
        kind.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    })
}

impl Called<'_> {
    fn path(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    /// What the configuration says we are called.
    fn configured(&self) -> String {
        [self.public_url, self.path()].concat()
    }

    /// What the proxy says we were called, if it is trusted and says so.
    fn forwarded(&self) -> Option<String> {
        if !self.trust_proxy {
            return None;
        }
        let first = |name: &str| {
            let value = self.headers.get(name)?.to_str().ok()?;
            value.split(',').next().map(str::trim).filter(|value| !value.is_empty())
        };
        let (scheme, host) = (first("x-forwarded-proto"), first("x-forwarded-host"));
        if scheme.is_none() && host.is_none() {
            return None;
        }
        let (own_scheme, _) = self.public_url.split_once("://")?;
        let host = host.or_else(|| first("host"))?;
        Some([scheme.unwrap_or(own_scheme), "://", host, self.path()].concat())
    }
}

/// Only looked at when the signature is wrong, and only to say so in the connection's health.
fn names_other_account(settings: &TwilioSettings, body: &[u8]) -> bool {
    let named = body.split(|byte| *byte == b'&').find_map(|field| field.strip_prefix(b"AccountSid="));
    named.is_some_and(|account| account != settings.account_sid.as_bytes())
}
