//! What a message does to its lead: taken by the provider, it is the touch; failed in the end, it was none (LIF-1, OUT-3).

use hearthline_simulators::twilio::{Fault, Outcome};
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

#[tokio::test]
async fn out_3_whoever_may_write_says_what_became_of_a_message_in_doubt_and_nobody_else_does() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(7).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let (ben, tim) = (brokerage.agent().await, brokerage.team_lead().await);
    let (one, other) = (desk.client(server).await, desk.client(server).await);
    // The call is lost on its way, and the list has nothing.
    twilio.turn(|knobs| knobs.lost_request = Fault::always());
    let mut paths = Vec::new();
    for client in [&one, &other] {
        let event = desk.send(client, "Are you there?").await["event_id"].clone();
        desk.until(client, "Are you there?", &["unknown"]).await;
        let event = event.as_str().expect("an id").to_owned();
        paths.push(format!("/v1/leads/{}/messages/{event}/outcome", client.lead));
    }
    let (sent, not_sent) = (json!({"result": "sent"}), json!({"result": "not_sent"}));
    ben.client.post(&paths[0], &sent).await.not_found();
    tim.client.post(&paths[0], &sent).await.problem(403, "lead_not_stale");
    let wrong = desk.ana.client.post(&paths[0], &json!({"result": "perhaps"})).await.wrong_fields();
    assert_eq!(wrong[0].0, "result");
    let nothing = format!("/v1/leads/{}/messages/{}/outcome", one.lead, other.lead);
    desk.ana.client.post(&nothing, &sent).await.problem(404, "message_not_found");

    let lead = desk.ana.client.post(&paths[0], &sent).await.ok();
    assert_eq!(lead["state"], "active", "it is the touch: {lead}");
    assert_eq!(desk.sent(&one).await[0]["status"], "sent");
    desk.ana.client.post(&paths[0], &not_sent).await.problem(409, "nothing_changes");

    let lead = desk.ana.client.post(&paths[1], &not_sent).await.ok();
    assert_eq!((&lead["state"], &lead["last_touch_at"]), (&json!("new"), &Value::Null));
    assert_eq!(desk.sent(&other).await[0]["status"], "failed");
    let said = |card: &Value| card["reason"].as_str().is_some_and(|reason| reason.ends_with("was not sent"));
    desk.card(&other, "a card that says so", said).await;
    // It can be written again, and goes.
    twilio.turn(|knobs| knobs.lost_request = Fault::default());
    desk.send(&other, "Are you there now?").await;
    desk.until(&other, "Are you there now?", &["sent", "delivered"]).await;
    assert_eq!(twilio.ledger().accepted.len(), 1);
    let resolved = brokerage.admin.client.all("/v1/audit?action=message.resolved").await;
    assert_eq!(resolved.len(), 2, "{resolved:?}");
}
