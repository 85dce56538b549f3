//! Everything that can go wrong, and what is then known (OUT-3).

use hearthline_providers::twilio::{ReadError, SendError};
use std::time::Duration;
use tokio::net::TcpListener;

use super::{
    TEXT, TO, TOKEN, account, message,
    stub::{Stub, answer},
    twilio,
};

/// Sends once to a server that answers so. Whatever happens, it was asked once.
async fn sent_to(raw: String) -> SendError {
    let stub = Stub::answering(vec![raw]).await;
    let error = twilio().send(&account(&stub.base), &message()).await.expect_err("not accepted");
    assert_eq!(stub.asked().len(), 1, "a message is never sent twice by itself");
    error
}

#[tokio::test]
async fn out_3_every_answer_says_whether_the_message_can_be_on_its_way() {
    let refused = |status, code| SendError::Refused { status, code };
    let throttled =
        |seconds: Option<u64>| SendError::Throttled { retry_after: seconds.map(Duration::from_secs) };
    let unknown = |status| SendError::Unknown { status: Some(status) };
    let opted_out =
        r#"{"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}"#;
    let cases = [
        (answer(400, "", opted_out), refused(400, Some(21610))),
        (answer(401, "", r#"{"code": 20003}"#), refused(401, Some(20003))),
        (answer(404, "", "<html>not here</html>"), refused(404, None)),
        (answer(429, "Retry-After: 7\r\n", r#"{"code": 20429}"#), throttled(Some(7))),
        (answer(429, "", ""), throttled(None)),
        (answer(429, "Retry-After: 99999999\r\n", ""), throttled(Some(86_400))),
        (answer(408, "", ""), unknown(408)),
        (answer(499, "", ""), unknown(499)),
        (answer(500, "", ""), unknown(500)),
        (answer(503, "Retry-After: 1\r\n", ""), unknown(503)),
        (answer(200, "", "<html>welcome</html>"), unknown(200)),
        (answer(201, "", r#"{"sid": ""}"#), unknown(201)),
        (answer(201, "", r#"{"status": "queued"}"#), unknown(201)),
        (answer(302, "Location: /elsewhere\r\n", ""), unknown(302)),
    ];
    for (raw, expected) in cases {
        assert_eq!(sent_to(raw.clone()).await, expected, "{raw}");
    }
}

#[tokio::test]
async fn out_3_a_connection_that_was_never_made_sent_nothing() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = taken.local_addr().expect("bound");
    drop(taken);
    let nobody_listens = format!("http://{address}");
    let no_tls_there = Stub::answering(vec![answer(201, "", "{}")]).await.base.replace("http://", "https://");
    for base in [nobody_listens.as_str(), "http://no-such-name.invalid", &no_tls_there] {
        let error = twilio().send(&account(base), &message()).await.expect_err("nobody there");
        assert_eq!(error, SendError::NotSent, "{base}");
        assert!(error.surely_not_sent() && error.is_retryable());
    }
}

#[tokio::test]
async fn out_3_a_lost_answer_is_unknown_and_never_tried_again() {
    let cut_in_the_head = "HTTP/1.1 201 Created\r\nContent-Le".to_owned();
    let cut_in_the_body = "HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{\"sid\": \"SM".to_owned();
    let silence = String::new();
    for raw in [cut_in_the_head, silence] {
        let error = sent_to(raw).await;
        assert_eq!(error, SendError::Unknown { status: None });
        assert!(!error.surely_not_sent() && !error.is_retryable());
    }
    assert_eq!(sent_to(cut_in_the_body).await, SendError::Unknown { status: Some(201) });
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read_to_its_end() {
    let stated = "HTTP/1.1 201 Created\r\nContent-Length: 99999999999\r\n\r\n".to_owned();
    assert_eq!(sent_to(stated).await, SendError::Unknown { status: Some(201) });
    let unstated = format!(
        "HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n{{\"sid\": \"SM1\"{}}}",
        " ".repeat(70_000)
    );
    assert_eq!(sent_to(unstated).await, SendError::Unknown { status: Some(201) });
}

#[tokio::test]
async fn reading_tells_what_is_missing_from_what_can_not_be_asked() {
    let cases = [
        (answer(404, "", r#"{"code": 20404}"#), ReadError::Missing, false),
        (answer(401, "", r#"{"code": 20003}"#), ReadError::Refused { status: 401, code: Some(20003) }, false),
        (
            answer(429, "Retry-After: 2\r\n", ""),
            ReadError::Throttled { retry_after: Some(Duration::from_secs(2)) },
            true,
        ),
        (answer(502, "", ""), ReadError::Unreachable, true),
        (answer(301, "Location: https://elsewhere.example/\r\n", ""), ReadError::Unreadable, false),
        (answer(200, "", "{}"), ReadError::Unreadable, false),
        ("HTTP/1.1 200 OK\r\n".to_owned(), ReadError::Unreachable, true),
    ];
    for (raw, expected, retryable) in cases {
        let stub = Stub::answering(vec![raw.clone()]).await;
        let error = twilio().fetch(&account(&stub.base), "SM1").await.expect_err("not known");
        assert_eq!(error, expected, "{raw}");
        assert_eq!(error.is_retryable(), retryable, "{raw}");
    }
}

#[tokio::test]
async fn prv_1_no_error_repeats_text_numbers_or_the_token() {
    let told =
        format!(r#"{{"code": 21211, "message": "The 'To' number {TO} is not valid: {TEXT} {TOKEN}"}}"#);
    let mut said = String::new();
    for raw in [answer(400, "", &told), answer(500, "", &told), answer(201, "", &told), String::new()] {
        let error = sent_to(raw).await;
        said += &format!("{error} {error:?} ");
    }
    for planted in [TEXT, TO, TOKEN, "nobody", "555"] {
        assert!(!said.contains(planted), "{planted} in {said}");
    }
    assert!(said.contains("code 21211"), "{said}");
}
