//! `X-Hub-Signature-256` and the older `X-Hub-Signature` (Meta documentation, "Webhooks, validating payloads"): the HMAC of
//! the body's bytes, keyed with the app's secret, in hexadecimal.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use std::fmt::Write;

/// `sha256=…` and `sha1=…`, as Meta sends both.
pub(super) fn sign(app_secret: &str, body: &[u8]) -> (String, String) {
    let key = app_secret.as_bytes();
    let mut sha256 = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    sha256.update(body);
    let mut sha1 = Hmac::<Sha1>::new_from_slice(key).expect("a key of any length");
    sha1.update(body);
    (
        format!("sha256={}", hex(&sha256.finalize().into_bytes())),
        format!("sha1={}", hex(&sha1.finalize().into_bytes())),
    )
}

/// Small letters.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes everything");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::sign;

    /// The example that Wikipedia and most libraries of HMAC use.
    #[test]
    fn a_published_example_of_hmac_is_signed_as_published() {
        let (sha256, sha1) = sign("key", b"The quick brown fox jumps over the lazy dog");
        assert_eq!(sha256, "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
        assert_eq!(sha1, "sha1=de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9");
    }
}
