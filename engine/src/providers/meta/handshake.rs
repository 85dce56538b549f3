//! The handshake by which Meta learns that a webhook's address is ours (Meta documentation, "Webhooks, verification
//! requests"): a GET with `hub.mode`, `hub.verify_token` and `hub.challenge`, answered with the challenge.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::providers::form;

/// Longer challenges are none of Meta's, whose are numbers.
const LONGEST_CHALLENGE: usize = 256;

/// Why a handshake is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a request to subscribe.
    #[error("the parameter hub.mode is not subscribe")]
    OtherMode,
    /// The token is not the connection's.
    #[error("the parameter hub.verify_token is not the connection's")]
    WrongToken,
    /// Nothing to answer with, or something that must not be sent back to a browser.
    #[error(
        "the parameter hub.challenge is missing, too long, or has other characters than letters, digits and -._~"
    )]
    BadChallenge,
}

/// What to answer to a GET with this query: the challenge. The token is compared in constant time; an empty one opens
/// nothing.
///
/// # Errors
/// Why it is refused.
pub fn answer(verify_token: &str, query: &str) -> Result<String, Refused> {
    let fields = form::fields(query.as_bytes());
    let parameter = |name: &str| {
        let mut values =
            fields.iter().filter(|(known, _)| **known == *name.as_bytes()).map(|(_, value)| value);
        values.next().map(|value| value.as_ref())
    };
    if parameter("hub.mode") != Some(b"subscribe") {
        return Err(Refused::OtherMode);
    }
    let token = parameter("hub.verify_token").unwrap_or_default();
    if verify_token.is_empty() || !same(verify_token.as_bytes(), token) {
        return Err(Refused::WrongToken);
    }
    let challenge = parameter("hub.challenge").unwrap_or_default();
    let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let fits =
        !challenge.is_empty() && challenge.len() <= LONGEST_CHALLENGE && challenge.iter().all(harmless);
    let text = String::from_utf8(challenge.to_vec()).ok().filter(|_| fits);
    text.ok_or(Refused::BadChallenge)
}

/// Whether two secrets are the same, in a time that tells nothing of how far they are: their hashes are compared.
fn same(one: &[u8], other: &[u8]) -> bool {
    let hash = |secret: &[u8]| {
        let mac = Hmac::<Sha256>::new_from_slice(b"verify_token").expect("HMAC takes keys of any length");
        mac.chain_update(secret)
    };
    hash(one).verify_slice(&hash(other).finalize().into_bytes()).is_ok()
}
