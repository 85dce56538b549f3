//! Echoes of what we sent are no second event, in whatever order the answer and its echo come; what somebody else wrote in
//! the account's name is one (OUT-3, ING-8).

use hearthline_simulators::meta::{Fault, Product};
use serde_json::{Value, json};

use super::desk::{Desk, desks};
use crate::{
    server,
    support::{Brokerage, conversation},
};

/// A text that somebody typed in the page's own inbox.
fn typed(desk: &Desk, client: &str, id: &str, text: &str) -> Value {
    let object = if desk.product == Product::Instagram { "instagram" } else { "page" };
    let mut body = conversation(
        object,
        &[json!({"sender": {"id": desk.account.account}, "recipient": {"id": client},
            "timestamp": 1_700_000_000_000_i64, "message": {"mid": id, "text": text, "is_echo": true}})],
    );
    body["entry"][0]["id"] = json!(desk.account.account);
    body
}

#[tokio::test]
async fn out_3_an_echo_before_or_after_the_answer_or_twice_or_without_any_answer_is_no_second_event() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (meta, desk) in desks(server, &brokerage).await.into_iter().skip(1) {
        let client = desk.client(server, &meta).await;
        meta.turn(|knobs| knobs.duplicated_webhook = Fault::always());

        meta.turn(|knobs| knobs.answer_delay_ms = 400);
        desk.send(&client, "The echo first").await;
        meta.settled().await;
        desk.until(&client, "The echo first", &["sent", "delivered"]).await;
        meta.turn(|knobs| (knobs.answer_delay_ms, knobs.status_delay_ms) = (0, 400));
        desk.send(&client, "The answer first").await;
        desk.until(&client, "The answer first", &["sent", "delivered"]).await;
        meta.settled().await;
        meta.turn(|knobs| knobs.lost_answer = Fault::once());
        desk.send(&client, "No answer at all").await;
        desk.until(&client, "No answer at all", &["sent", "delivered"]).await;
        meta.settled().await;
        server.settled().await;

        let sent = desk.sent(&client).await;
        let texts: Vec<&str> = sent.iter().filter_map(|event| event["body"].as_str()).collect();
        assert_eq!(texts, ["The echo first", "The answer first", "No answer at all"], "{:?}", desk.product);
        let accepted = meta.ledger().accepted;
        assert_eq!(accepted.len(), 3);
        for (event, accepted) in sent.iter().zip(&accepted) {
            assert_eq!(event["provider_event_id"], accepted.id.as_str());
            let named = accepted
                .reference
                .as_ref()
                .is_some_and(|name| name.ends_with(event["id"].as_str().expect("an id")));
            assert_eq!(named, desk.product == Product::Messenger, "only Messenger repeats a reference");
        }
        // Long after, and by hand: Meta tries webhooks again for a day and more.
        let again = typed(&desk, &client.id, &accepted[0].id, "The echo first");
        desk.account.deliver(&desk.ana.client, &again).await;
        server.settled().await;
        assert_eq!(desk.sent(&client).await.len(), 3);
    }
}

#[tokio::test]
async fn ing_8_what_somebody_else_writes_in_our_name_is_an_event_of_its_own_once() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (meta, desk) in desks(server, &brokerage).await.into_iter().skip(1) {
        let client = desk.client(server, &meta).await;
        desk.send(&client, "From here").await;
        desk.until(&client, "From here", &["sent", "delivered"]).await;
        meta.settled().await;
        for (id, text) in [("elsewhere-1", "From the page's inbox"), ("elsewhere-2", "From here")] {
            let echo = typed(&desk, &client.id, id, text);
            desk.account.deliver(&desk.ana.client, &echo).await;
            desk.account.deliver(&desk.ana.client, &echo).await;
        }
        server.settled().await;
        let sent = desk.sent(&client).await;
        let mut ids: Vec<&str> =
            sent.iter().filter_map(|event| event["provider_event_id"].as_str()).collect();
        ids.sort_unstable();
        let own = &meta.ledger().accepted[0].id;
        let mut expected = vec!["elsewhere-1", "elsewhere-2", own.as_str()];
        expected.sort_unstable();
        assert_eq!(
            ids, expected,
            "the same words are no proof once it is known what became of ours: {:?}",
            desk.product
        );
    }
}
