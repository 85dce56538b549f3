//! Signatures and the handshake.

use hearthline_engine::providers::meta::{
    handshake::{Refused, answer},
    signature::{BadSignature, Headers, expected, verify},
};
use proptest::prelude::*;

const BODY: &[u8] = br#"{"object":"page","entry":[]}"#;

fn sha256(header: &str) -> Headers<'_> {
    Headers { sha256: Some(header), sha1: None }
}

/// The test cases of RFC 4231 (case 2) and RFC 2202 (case 2).
#[test]
fn ing_6_the_signatures_are_the_hmacs_of_the_rfcs() {
    let (key, data) = ("Jefe", b"what do ya want for nothing?");
    let stated = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(expected(key, data), stated);
    assert_eq!(verify(key, sha256(stated), data), Ok(()));
    let old = Headers { sha256: None, sha1: Some("sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79") };
    assert_eq!(verify(key, old, data), Ok(()));
}

#[test]
fn ing_6_a_signature_of_anything_else_is_refused() {
    let good = expected("secret", BODY);
    let refused =
        |headers: Headers<'_>, body: &[u8]| assert_eq!(verify("secret", headers, body), Err(BadSignature));
    assert_eq!(verify("secret", sha256(&good.to_uppercase().replace("SHA256", "sha256")), BODY), Ok(()));
    assert_eq!(verify("other", sha256(&good), BODY), Err(BadSignature));
    refused(sha256(&good), b"{}");
    refused(sha256(&good[..good.len() - 1]), BODY);
    refused(sha256(&good[..good.len() - 2]), BODY);
    refused(sha256(&format!("{good}00")), BODY);
    refused(sha256(good.trim_start_matches("sha256=")), BODY);
    for header in ["", "sha256=", "sha256=zz", "sha256=é", "sha1="] {
        refused(sha256(header), BODY);
        refused(Headers { sha256: None, sha1: Some(header) }, BODY);
    }
    refused(Headers::default(), BODY);
}

#[test]
fn ing_6_a_good_old_signature_does_not_mend_a_bad_new_one() {
    let (key, data) = ("Jefe", b"what do ya want for nothing?");
    let sha1 = Some("sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_eq!(verify(key, Headers { sha256: Some("sha256=00"), sha1 }, data), Err(BadSignature));
}

#[test]
fn ing_5_a_handshake_answers_with_the_challenge() {
    let query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meaty%20ham";
    assert_eq!(answer("meaty ham", query), Ok("1158201444".to_owned()));
    assert_eq!(answer("meaty", query), Err(Refused::WrongToken));
    assert_eq!(answer("", "hub.mode=subscribe&hub.challenge=1&hub.verify_token="), Err(Refused::WrongToken));
    assert_eq!(answer("", "hub.mode=subscribe&hub.challenge=1"), Err(Refused::WrongToken));
    assert_eq!(
        answer("meaty ham", "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=meaty+ham"),
        Err(Refused::OtherMode)
    );
    assert_eq!(answer("meaty ham", ""), Err(Refused::OtherMode));
    for challenge in ["", "%3Cscript%3E", "a%0d%0ab", &"1".repeat(257)] {
        let query = format!("hub.mode=subscribe&hub.verify_token=t&hub.challenge={challenge}");
        assert_eq!(answer("t", &query), Err(Refused::BadChallenge), "{challenge}");
    }
}

proptest! {
    #[test]
    fn ing_6_what_was_signed_is_taken_and_what_was_changed_is_not(
        secret in "\\PC{0,80}", body in proptest::collection::vec(any::<u8>(), 1..300), at in any::<proptest::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let header = expected(&secret, &body);
        prop_assert_eq!(verify(&secret, sha256(&header), &body), Ok(()));
        let mut changed = body.clone();
        changed[at.index(body.len())] ^= 1 << bit;
        prop_assert_eq!(verify(&secret, sha256(&header), &changed), Err(BadSignature));
    }

    #[test]
    fn ing_6_no_header_and_no_query_makes_the_gate_panic(header in "\\PC{0,90}", query in "\\PC{0,200}") {
        let _ = verify("secret", Headers { sha256: Some(&header), sha1: Some(&header) }, BODY);
        let _ = verify("secret", Headers { sha256: None, sha1: Some(&header) }, BODY);
        prop_assert!(answer("token", &query).is_err());
    }
}
