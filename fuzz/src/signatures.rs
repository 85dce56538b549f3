//! The signature checks: nothing panics, what was signed passes, and what was changed afterwards does not (ING-6).

use hearthline_engine::providers::{
    meta::signature::{self, Headers},
    twilio_signature::{self, Body},
};

/// The bytes up to a zero, and those behind it: several fields out of one input.
fn field(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Token, forged header, URL and body.
pub fn twilio(bytes: &[u8]) {
    let (token, rest) = field(bytes);
    let (forged, rest) = field(rest);
    let (url, body) = field(rest);
    let (token, forged, url) = (text(token), text(forged), text(url));
    let signed = twilio_signature::expected(&token, &url, body);
    let takes = |signature: &str| twilio_signature::verify(&token, signature, &url, Body::Form(body)).is_ok();
    assert!(takes(&signed), "what Twilio signed is refused: {url}");
    let _ = twilio_signature::verify(&token, &forged, &url, Body::Other(body));
    let _ = takes(&forged);
    let other = twilio_signature::expected(&format!("{token}x"), &url, body);
    assert!(!takes(&other), "the signature of another secret passes: {url}");
    // A name that is longer than the form stands nowhere in it.
    let longer = [body, b"&", "n".repeat(body.len() + 1).as_bytes()].concat();
    let more = twilio_signature::verify(&token, &signed, &url, Body::Form(&longer));
    assert!(more.is_err(), "a parameter more passes: {url}");
}

/// Secret, forged header and body.
pub fn meta(bytes: &[u8]) {
    let (secret, rest) = field(bytes);
    let (forged, body) = field(rest);
    let (secret, forged) = (text(secret), text(forged));
    let signed = signature::expected(&secret, body);
    let takes = |header: &str, body: &[u8]| {
        signature::verify(&secret, Headers { sha256: Some(header), sha1: None }, body).is_ok()
    };
    assert!(takes(&signed, body), "what Meta signed is refused");
    if takes(&forged, body) {
        assert_eq!(forged.trim().to_ascii_lowercase(), signed, "another signature than the right one passes");
    }
    let old = signature::verify(&secret, Headers { sha256: None, sha1: Some(&forged) }, body);
    assert!(old.is_err() || forged.trim().len() == "sha1=".len() + 40, "a short SHA-1 passes");
    let both = signature::verify(&secret, Headers { sha256: Some(&forged), sha1: Some(&forged) }, body);
    assert_eq!(both.is_ok(), takes(&forged, body), "the older header has a say beside the newer");
    assert!(!takes(&signed, &[body, b" "].concat()), "a byte more passes");
    if let Some((last, before)) = body.split_last() {
        assert!(!takes(&signed, &[before, &[last ^ 1]].concat()), "a flipped bit passes");
    }
}
