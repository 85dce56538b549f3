//! A message waits on the server and is taken back until it goes, over HTTP and on the socket (DECK-2).

use serde_json::{Value, json};

use crate::{
    desk::{Client, Desk, twilio},
    server,
    support::{Brokerage, mutation_id},
};

fn undo(client: &Client, of: &Value) -> Value {
    json!({"mutation_id": of, "lead_id": client.lead, "kind": "undo"})
}

fn send(client: &Client, text: &str, undo_seconds: u32) -> Value {
    json!({"mutation_id": mutation_id(), "lead_id": client.lead, "kind": "send", "channel": "sms", "body": text,
        "undo_seconds": undo_seconds})
}

#[tokio::test]
async fn deck_2_a_message_that_is_taken_back_never_reaches_twilio() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let client = desk.client(server).await;
    let mut live = desk.ana.live(None).await;

    // From the lead's page, by the message's own id.
    let asked = desk.ask(&client, "Over HTTP", &json!({"undo_seconds": 60})).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let asked = asked.json();
    assert_eq!(asked["status"], "pending");
    assert_eq!(desk.sent(&client).await[0]["status"], "pending", "shown while it waits");
    for time in ["once", "and again"] {
        let back = desk.ana.act(&undo(&client, &asked["event_id"])).await;
        assert_eq!(back["result"], "applied", "{time}: {back}");
    }

    // From the deck, by the action, on the socket; sent twice, it waits once.
    let action = send(&client, "On the socket", 60);
    for _ in 0..2 {
        assert_eq!(live.act(&action).await["result"], "applied");
    }
    assert_eq!(live.act(&undo(&client, &action["mutation_id"])).await["result"], "applied");
    // The page of another device repeats the action: what was taken back stays so.
    assert_eq!(desk.ana.act(&action).await["result"], "applied");

    // What comes after them goes, and they do not.
    desk.send(&client, "This one").await;
    desk.until(&client, "This one", &["delivered"]).await;
    let statuses: Vec<(Value, Value)> = desk
        .sent(&client)
        .await
        .iter()
        .map(|event| (event["body"].clone(), event["status"].clone()))
        .collect();
    assert_eq!(
        statuses,
        [("Over HTTP", "canceled"), ("On the socket", "canceled"), ("This one", "delivered")]
            .map(|(text, status)| (json!(text), json!(status)))
    );
    let ledger = twilio.ledger();
    assert_eq!((ledger.asked, ledger.accepted[0].body.as_str()), (1, "This one"));
}

#[tokio::test]
async fn deck_2_after_its_time_a_message_is_not_taken_back_and_the_answer_says_why() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let client = desk.client(server).await;
    let mut live = desk.ana.live(None).await;
    let action = send(&client, "Off it goes", 1);
    assert_eq!(live.act(&action).await["result"], "applied");
    desk.until(&client, "Off it goes", &["delivered"]).await;
    let late = undo(&client, &action["mutation_id"]);
    for answer in [live.act(&late).await, desk.ana.act(&late).await] {
        assert_eq!((&answer["result"], &answer["code"]), (&json!("rejected"), &json!("message_under_way")));
    }
    assert_eq!(desk.sent(&client).await[0]["status"], "delivered");
    // While the call is out, too: what the provider may have can't be taken back.
    twilio.turn(|knobs| knobs.answer_delay_ms = 5_000);
    let asked = desk.send(&client, "Slowly").await;
    desk.until(&client, "Slowly", &["sending"]).await;
    let late = desk.ana.act(&undo(&client, &asked["event_id"])).await;
    assert_eq!((&late["result"], &late["code"]), (&json!("rejected"), &json!("message_under_way")));
    // Nobody else's message is anybody's to take back.
    let other = Desk::open(server, &brokerage, &twilio).await;
    let theirs = other.ana.act(&undo(&client, &asked["event_id"])).await;
    assert_eq!(theirs["result"], "rejected", "{theirs}");
    desk.until(&client, "Slowly", &["sent", "delivered"]).await;
    assert_eq!(twilio.ledger().accepted.len(), 2);
}
