//! Lists, their pages and their bounds.

use hearthline_engine::time::Timestamp;
use hearthline_providers::twilio::{Query, ReadError};

use super::{
    SID, TEXT, TO, account,
    stub::{Stub, answer},
    twilio,
};

fn page(sids: &[&str], next: Option<&str>) -> String {
    let message =
        |sid: &&str| format!(r#"{{"sid": "{sid}", "status": "sent", "to": "{TO}", "body": "{TEXT}"}}"#);
    let messages: Vec<String> = sids.iter().map(message).collect();
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    answer(200, "", &format!(r#"{{"messages": [{}], "next_page_uri": {next}}}"#, messages.join(",")))
}

const ALL: Query<'static> =
    Query { to: Some(TO), from: Some("+14155550190"), sent_after: None, page_size: 2, pages: 10 };

#[tokio::test]
async fn out_3_a_list_is_asked_for_page_by_page_until_there_are_no_more() {
    let next = format!("/2010-04-01/Accounts/{SID}/Messages.json?PageSize=2&Page=1&PageToken=PASM2");
    let stub = Stub::answering(vec![page(&["SM1", "SM2"], Some(&next)), page(&["SM3"], None)]).await;
    let sent_after = Some(Timestamp::from_millis(1_767_323_045_999));
    let listing = twilio().list(&account(&stub.base), &Query { sent_after, ..ALL }).await.expect("a list");
    let sids: Vec<&str> = listing.messages.iter().map(|known| known.sid.as_str()).collect();
    assert_eq!((sids, listing.complete), (vec!["SM1", "SM2", "SM3"], true));

    let lines: Vec<String> =
        stub.asked().iter().map(|asked| asked.head.lines().next().expect("a line").to_owned()).collect();
    let first = format!(
        "GET /2010-04-01/Accounts/{SID}/Messages.json?To=%2B14155550117&From=%2B14155550190\
         &DateSent%3E=2026-01-02T03%3A04%3A05Z&PageSize=2 HTTP/1.1"
    );
    assert_eq!(lines, [first, format!("GET {next} HTTP/1.1")]);
    assert!(stub.asked().iter().all(|asked| asked.header("authorization").is_some()));
}

#[tokio::test]
async fn out_3_a_list_that_reached_its_bound_does_not_call_itself_complete() {
    let stub = Stub::answering(vec![page(&["SM1"], Some("/next"))]).await;
    let listing = twilio().list(&account(&stub.base), &Query { pages: 3, ..ALL }).await.expect("a list");
    assert_eq!((listing.messages.len(), listing.complete, stub.asked().len()), (3, false, 3));
    let shown = format!("{listing:?}");
    assert!(shown.contains("SM1") && !shown.contains(TO) && !shown.contains("nobody"), "{shown}");
}

#[tokio::test]
async fn the_token_is_not_sent_where_an_answer_points() {
    for next in ["https://elsewhere.example/next", "next", "@elsewhere.example/next"] {
        let stub = Stub::answering(vec![page(&["SM1"], Some(next))]).await;
        let listed = twilio().list(&account(&stub.base), &ALL).await;
        assert_eq!(listed, Err(ReadError::Unreadable), "{next}");
    }
}
