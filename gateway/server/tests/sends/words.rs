//! Words by which clients close a channel and open it again: kept for the whole brokerage, by address (ING-1, OUT-7).

use serde_json::{Value, json};

use crate::{
    desk::{Client, Desk, connect, twilio},
    server,
    support::{Answer, Brokerage, Sms, mutation_id, stranger},
};

/// The refusal names the field that could be another.
#[track_caller]
fn refused(answer: &Answer) {
    let problem = answer.problem(409, "opted_out");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("opted out")), "{problem}");
    let wrong: Vec<(&Value, &Value)> =
        problem["errors"].as_array().expect("fields").iter().map(|e| (&e["field"], &e["code"])).collect();
    assert_eq!(wrong, [(&json!("channel"), &json!("opted_out"))], "{problem}");
}

#[tokio::test]
async fn ing_1_stop_closes_the_channel_for_the_whole_brokerage_and_start_opens_it() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let other = connect(&brokerage, &desk.ana, &twilio).await;
    let client = desk.client(server).await;
    desk.send(&client, "Welcome").await;
    desk.until(&client, "Welcome", &["delivered"]).await;
    let waits = desk.ask(&client, "Waiting", &json!({"undo_seconds": 60})).await;
    assert_eq!(waits.status, 202, "{}", waits.text);

    desk.hears(server, &twilio, &client, "Stop").await;
    refused(&desk.ask(&client, "Are you sure?", &json!({})).await);
    refused(&desk.ask(&client, "By the other number?", &json!({"connection_id": other.id})).await);
    let action = json!({"mutation_id": mutation_id(), "lead_id": client.lead, "kind": "send", "channel": "sms",
        "body": "From the deck?"});
    let acted = desk.ana.act(&action).await;
    assert_eq!((&acted["result"], &acted["code"]), (&json!("rejected"), &json!("opted_out")));
    assert_eq!(
        desk.until(&client, "Waiting", &["failed"]).await["body"],
        "Waiting",
        "what waited does not go"
    );

    // Another brokerage was not told to stop.
    let elsewhere = Brokerage::open(server).await;
    let their = Desk::open(server, &elsewhere, &twilio).await;
    their.number.deliver(&their.ana.client, &Sms::new(&client.phone, "And what do you have?")).await;
    server.settled().await;
    let known = their.known(&client.phone).await;
    their.send(&known, "This and that").await;
    their.until(&known, "This and that", &["delivered"]).await;

    // Another word opens nothing.
    desk.hears(server, &twilio, &client, "I still have a question").await;
    refused(&desk.ask(&client, "Yes?", &json!({})).await);
    desk.hears(server, &twilio, &client, "START").await;
    desk.send(&client, "Welcome back").await;
    desk.until(&client, "Welcome back", &["delivered"]).await;
    let bodies: Vec<String> = twilio.ledger().accepted.iter().map(|accepted| accepted.body.clone()).collect();
    assert_eq!(bodies, ["Welcome", "This and that", "Welcome back"]);
}

#[tokio::test]
async fn ing_1_the_words_of_many_languages_are_understood_in_any_case() {
    const OUT: &[(&str, &str)] = &[
        ("en", "Unsubscribe"),
        ("en", "STOP ALL"),
        ("fr", "ARRÊT"),
        ("es", "Baja"),
        ("pt", "SAIR"),
        ("de", "Abmelden!"),
        ("vi", "Hủy"),
        ("ar", "إلغاء الاشتراك"),
        ("it", "Cancellami"),
        ("nl", "AFMELDEN"),
        ("pl", "Wypisz"),
        ("ru", "СТОП"),
        ("tr", "İPTAL"),
        ("zh", "退订"),
        ("ja", "配信停止"),
        ("ko", "수신거부"),
    ];
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let mut clients: Vec<(Client, &str, &str)> = Vec::new();
    for (language, word) in OUT {
        let phone = stranger();
        desk.number.deliver(&desk.ana.client, &Sms::new(&phone, "Hello")).await;
        desk.number.deliver(&desk.ana.client, &Sms::new(&phone, word)).await;
        server.settled().await;
        clients.push((desk.known(&phone).await, language, word));
    }
    for (client, language, word) in &clients {
        let answer = desk.ask(client, "Still there?", &json!({})).await;
        assert_eq!(answer.status, 409, "{language}: {word}: {}", answer.text);
        refused(&answer);
    }
    assert_eq!(twilio.ledger().asked, 0);
}

#[tokio::test]
async fn ing_1_twilios_own_refusal_closes_the_channel_of_who_told_only_twilio() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let client = desk.client(server).await;
    // The word never reaches us: Twilio's webhook for it is lost.
    twilio.set_account(hearthline_simulators::twilio::Account {
        account_sid: desk.number.account_sid.clone(),
        auth_token: desk.number.auth_token.clone(),
        numbers: vec![hearthline_simulators::twilio::Number {
            number: desk.number.number.clone(),
            webhook_url: None,
        }],
        services: Vec::new(),
    });
    desk.hears(server, &twilio, &client, "STOP").await;
    desk.send(&client, "Hello").await;
    desk.until(&client, "Hello", &["failed"]).await;
    server.settled().await;
    refused(&desk.ask(&client, "Hello?", &json!({})).await);
    let ledger = twilio.ledger();
    assert_eq!((ledger.asked, ledger.accepted.len(), ledger.refused.get(&21_610)), (1, 0, Some(&1)));
}
