//! Meta's handshake: nothing panics, only the right token is answered, and only with what cannot harm a browser.

use hearthline_engine::providers::meta::handshake;

/// Token and query, apart by a zero.
pub fn meta(bytes: &[u8]) {
    let mut fields = bytes.splitn(2, |byte| *byte == 0).map(String::from_utf8_lossy);
    let token = fields.next().unwrap_or_default();
    let query = fields.next().unwrap_or_default();
    if let Ok(challenge) = handshake::answer(&token, &query) {
        assert!(!token.is_empty(), "an empty token opens");
        let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        assert!(!challenge.is_empty() && challenge.bytes().all(harmless), "sent back: {challenge}");
        let other = handshake::answer(&format!("{token}x"), &query);
        assert!(other.is_err(), "another token opens too");
    }
}
