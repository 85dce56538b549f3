//! What a message does to its lead: taken by the provider, it is the touch; failed in the end, it was none (LIF-1, OUT-3).

use hearthline_simulators::twilio::Outcome;
use serde_json::{Value, json};

use crate::{
    desk::{Desk, twilio},
    server,
    support::Brokerage,
};

#[tokio::test]
async fn lif_1_a_message_is_the_touch_when_twilio_takes_it_and_none_when_it_is_not_delivered() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let client = desk.client(server).await;
    let mut live = desk.ana.live(None).await;
    assert_eq!(desk.state(&client).await, "new");
    twilio.turn(|knobs| {
        knobs.status_delay_ms = 1_500;
        let undelivered = Outcome { status: "undelivered".to_owned(), error_code: Some(30_003) };
        knobs.outcomes.insert(client.phone.clone(), undelivered);
    });

    desk.send(&client, "It is, come and see it").await;
    live.until("no card, once Twilio has it", |live| live.cards.is_empty()).await;
    let taken = desk.ana.lead(&client.lead).await;
    assert_eq!(taken["state"], "active");
    assert!(taken["last_touch_at"].is_string() && taken["next_action_at"].is_string(), "DECK-8: {taken}");

    live.until("the card, once it failed", |live| !live.cards.is_empty()).await;
    let card = live.cards.values().next().expect("a card").clone();
    assert_eq!((&card["kind"], &card["state"]), (&json!("contact_now"), &json!("new")));
    let reason = card["reason"].as_str().expect("a reason");
    assert!(reason.contains("did not arrive"), "{reason}");
    let lead = desk.ana.lead(&client.lead).await;
    assert_eq!((&lead["state"], &lead["last_touch_at"]), (&json!("new"), &Value::Null));
    assert_eq!(desk.sent(&client).await[0]["status"], "failed");

    // The next one arrives, and is the first contact.
    twilio.turn(|knobs| knobs.outcomes.clear());
    desk.send(&client, "Once more").await;
    desk.until(&client, "Once more", &["delivered"]).await;
    server.settled().await;
    assert_eq!(desk.state(&client).await, "active");
    assert_eq!(desk.ana.cards().await, Vec::<Value>::new());
}

#[tokio::test]
async fn out_3_a_message_that_twilio_refuses_is_no_touch_and_the_card_says_so() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let client = desk.client(server).await;
    // Twilio no longer has the number that we send from: 21606.
    twilio.set_account(hearthline_simulators::twilio::Account {
        account_sid: desk.number.account_sid.clone(),
        auth_token: desk.number.auth_token.clone(),
        numbers: Vec::new(),
        services: Vec::new(),
    });
    desk.send(&client, "Hello").await;
    desk.until(&client, "Hello", &["failed"]).await;
    let failed = |card: &Value| card["reason"].as_str().is_some_and(|reason| reason.contains("was refused"));
    let card = desk.card(&client, "a card that says why", failed).await;
    assert_eq!((&card["kind"], &card["state"]), (&json!("contact_now"), &json!("new")));
    let ledger = twilio.ledger();
    assert_eq!((ledger.asked, ledger.accepted.len()), (1, 0), "a refusal is final");
}
