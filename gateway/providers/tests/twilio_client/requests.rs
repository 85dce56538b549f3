//! What is asked, byte for byte, and what a good answer says.

use hearthline_engine::{raw::Raw, time::Timestamp};
use hearthline_providers::twilio::{Account, BadAccount, Message, Sender};

use super::{
    SID, TEXT, TO, account, message,
    stub::{Stub, answer},
    twilio,
};

const CREATED: &str = r#"{"sid": "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "status": "queued", "direction": "outbound-api",
    "from": "+14155550190", "to": "+14155550117", "body": "the text nobody may see & more = 1+1 ☂",
    "num_media": "0", "error_code": null, "date_created": "Thu, 24 Aug 2023 05:01:45 +0000", "date_sent": null}"#;

#[tokio::test]
async fn out_2_a_message_is_asked_for_as_twilios_own_libraries_ask() {
    let stub = Stub::answering(vec![answer(201, "", CREATED)]).await;
    let accepted = twilio().send(&account(&stub.base), &message()).await.expect("accepted");
    assert_eq!(
        (accepted.sid.as_str(), accepted.status.as_str()),
        ("SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "queued")
    );
    assert_eq!(accepted.created_at, Some(Timestamp::from_millis(1_692_853_305_000)));

    let asked = stub.asked().remove(0);
    assert!(
        asked.head.starts_with(&format!("POST /2010-04-01/Accounts/{SID}/Messages.json HTTP/1.1")),
        "{}",
        asked.head
    );
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    // base64 of `AC0123456789abcdef0123456789abcdef:a-token-nobody-may-see`.
    let basic = "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjphLXRva2VuLW5vYm9keS1tYXktc2Vl";
    assert_eq!(asked.header("authorization"), Some(basic));
    assert_eq!(
        asked.body,
        "To=%2B14155550117&From=%2B14155550190\
         &Body=the+text+nobody+may+see+%26+more+%3D+1%2B1+%E2%98%82\
         &StatusCallback=https%3A%2F%2Fcrm.example%2Fhooks%2Ftwilio_sms%2F1%3Foutbox%3D7%23rc%3D5%26rp%3Dall"
    );
}

#[tokio::test]
async fn out_2_media_go_as_repeated_fields_and_a_service_stands_in_for_the_number() {
    let stub = Stub::answering(vec![answer(201, "", CREATED)]).await;
    let media = ["https://crm.example/m/1", "https://crm.example/m/2"];
    let sender = Sender::MessagingService("MG0123456789abcdef0123456789abcdef");
    let mms = Message { sender, to: TO, body: "", media_urls: &media, status_callback: None };
    twilio().send(&account(&stub.base), &mms).await.expect("accepted");
    assert_eq!(
        stub.asked()[0].body,
        "To=%2B14155550117&MessagingServiceSid=MG0123456789abcdef0123456789abcdef\
         &MediaUrl=https%3A%2F%2Fcrm.example%2Fm%2F1&MediaUrl=https%3A%2F%2Fcrm.example%2Fm%2F2"
    );
}

#[tokio::test]
async fn out_3_one_message_is_fetched_by_its_sid_and_compared_without_being_read() {
    let stub = Stub::answering(vec![answer(200, "", CREATED)]).await;
    let known = twilio().fetch(&account(&stub.base), "SMaa").await.expect("known");
    assert_eq!(
        (known.from.as_str(), known.to.as_str(), known.direction.as_str()),
        ("+14155550190", TO, "outbound-api")
    );
    assert_eq!((known.media, known.error_code, known.sent_at), (0, None, None));
    assert!(known.body == Raw::new(TEXT.to_owned()));
    assert!(known.body != Raw::new("something else".to_owned()));
    assert!(
        stub.asked()[0]
            .head
            .starts_with(&format!("GET /2010-04-01/Accounts/{SID}/Messages/SMaa.json HTTP/1.1"))
    );
}

#[tokio::test]
async fn a_sid_from_outside_stays_one_segment_of_the_path() {
    let stub = Stub::answering(vec![answer(404, "", r#"{"code": 20404}"#)]).await;
    let _ = twilio().fetch(&account(&stub.base), "../../Calls?x=1#y").await.expect_err("unknown");
    let asked = stub.asked().remove(0);
    let expected = format!("GET /2010-04-01/Accounts/{SID}/Messages/..%2F..%2FCalls%3Fx=1%23y.json HTTP/1.1");
    assert_eq!(asked.head.lines().next(), Some(expected.as_str()));
}

#[tokio::test]
async fn a_base_url_keeps_its_path() {
    let stub = Stub::answering(vec![answer(201, "", CREATED)]).await;
    let base = format!("{}/simulators/twilio/", stub.base);
    twilio().send(&account(&base), &message()).await.expect("accepted");
    let head = &stub.asked()[0].head;
    assert!(
        head.starts_with(&format!("POST /simulators/twilio/2010-04-01/Accounts/{SID}/Messages.json")),
        "{head}"
    );
}

#[test]
fn an_account_that_can_not_be_used_is_refused_before_anything_is_asked() {
    let refused = |base: Option<&str>, sid: &str| Account::new(base, sid, "token").err();
    for base in [
        "api.twilio.com",
        "ftp://api.twilio.com",
        "https://",
        "https://me@x.example",
        "https://x.example?y=1",
    ] {
        assert_eq!(refused(Some(base), SID), Some(BadAccount::BaseUrl), "{base}");
    }
    for sid in ["", "AC/..", "AC 1"] {
        assert_eq!(refused(None, sid), Some(BadAccount::AccountSid), "{sid}");
    }
    assert_eq!(refused(None, SID), None);
}
