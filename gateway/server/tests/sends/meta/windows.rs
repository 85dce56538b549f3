//! Reply windows (OUT-2): refused with a reason before Meta is asked, and Meta's own refusal with that reason after.

use reqwest::Method;
use serde_json::json;

use super::desk::{Client, Desk, PRODUCTS, desks, meta};
use crate::{server, support::Brokerage};

#[tokio::test]
async fn out_2_metas_own_word_for_a_closed_window_ends_the_message_with_that_reason_on_the_card() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for product in PRODUCTS {
        // WhatsApp says so at once, or after it took the message.
        for at_once in [true, false] {
            let meta = meta(1).await;
            let desk = Desk::open(server, &brokerage, &meta, product).await;
            let client = desk.client(server, &meta).await;
            meta.turn(|knobs| {
                knobs.closed_windows.insert(client.id.clone());
                knobs.window_at_once = at_once;
            });
            desk.send(&client, "Too late, it seems").await;
            desk.until(&client, "Too late, it seems", &["failed"]).await;
            let card = desk.card_saying(&client, "too long ago").await;
            assert_eq!(
                (&card["kind"], &card["state"]),
                (&json!("contact_now"), &json!("new")),
                "{product:?}"
            );
            assert_eq!(card["reason_key"], "send_failed");
            let ledger = meta.ledger();
            assert_eq!(ledger.asked, 1, "it is not tried again: {product:?}");
            server.settled().await;
            assert_eq!(desk.sent(&client).await.len(), 1);
        }
    }
}

#[tokio::test]
async fn out_2_the_lead_says_until_when_a_channel_is_open_and_a_closed_one_refuses_before_meta_is_asked() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let desks = desks(server, &brokerage).await;
    for ((meta, desk), hours) in desks.into_iter().zip([24, 7 * 24, 7 * 24]) {
        let client = desk.client(server, &meta).await;
        let channel = desk.channel(&client).await;
        assert_eq!((&channel["open"], &channel["closed_by"]), (&json!(true), &json!(null)), "{channel}");
        let moment = |value: &serde_json::Value| {
            let text = value.as_str().expect("a moment");
            text.parse::<jiff::Timestamp>().expect("RFC 3339").as_second()
        };
        let events = desk.ana.events(&client.lead).await;
        let heard = events.iter().find(|event| event["direction"] == "in").expect("it came in");
        let heard = heard["received_at"].clone();
        assert_eq!(moment(&channel["open_until"]) - moment(&heard), hours * 3_600);
        assert!(channel["explanation"].as_str().is_some_and(|words| words.contains("until")), "{channel}");
    }

    // A lead by hand: they never wrote on WhatsApp.
    let meta = meta(1).await;
    let desk = Desk::open(server, &brokerage, &meta, PRODUCTS[0]).await;
    let new = json!({"first_name": "Vera", "last_name": "Lima", "email": "vera@example.com", "phone": "+14155550177"});
    let made = desk.ana.client.post("/v1/leads", &new).await.ok();
    let client = Client { id: String::new(), lead: made["id"].as_str().expect("an id").to_owned() };
    let refused = desk.ask(&client, "Hello", &json!({})).await.problem(409, "window_closed");
    assert_eq!(refused["errors"][0]["field"], "channel");
    assert_eq!(meta.ledger().asked, 0);

    // Another number of ours is no way around it.
    let other = Desk::open(server, &brokerage, &meta, PRODUCTS[0]).await;
    let theirs = other.client(server, &meta).await;
    let wished = json!({"connection_id": desk.account.id});
    let refused = other.ask(&theirs, "Hello", &wished).await;
    refused.problem(409, "no_connection");
    let missing = other.ana.client.request(Method::GET, "/v1/leads/0199aaaa-0000-7000-8000-000000000000");
    other.ana.client.send(missing).await.not_found();
}

#[tokio::test]
async fn out_2_an_answer_after_a_day_carries_the_tag_of_a_person_and_where_there_is_none_it_is_refused() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (meta, desk) in desks(server, &brokerage).await {
        // Written a day and an hour ago, and told now: as after an outage.
        meta.turn(|knobs| knobs.late_hours = 25);
        let late = desk.client(server, &meta).await;
        if desk.account.kind == "whatsapp" {
            desk.ask(&late, "By hand", &json!({})).await.problem(409, "window_closed");
            assert_eq!(meta.ledger().asked, 0, "Meta is not asked");
        } else {
            desk.send(&late, "By hand").await;
            desk.until(&late, "By hand", &["sent", "delivered"]).await;
            let taken = &meta.ledger().accepted[0];
            assert_eq!(taken.tag.as_deref(), Some("HUMAN_AGENT"), "{:?}", desk.product);
        }
        let channel = desk.channel(&late).await;
        assert_eq!(channel["open"], desk.account.kind != "whatsapp", "{channel}");

        meta.turn(|knobs| knobs.late_hours = 7 * 24 + 1);
        let later = desk.client(server, &meta).await;
        desk.ask(&later, "A week", &json!({})).await.problem(409, "window_closed");

        // Whoever writes again opens it anew, and a late one after that does not close it.
        meta.turn(|knobs| knobs.late_hours = 0);
        desk.hears(server, &meta, &late.id, "Are you there?").await;
        meta.turn(|knobs| knobs.late_hours = 30);
        desk.hears(server, &meta, &late.id, "This came late").await;
        meta.turn(|knobs| knobs.late_hours = 0);
        meta.heard(desk.product, &desk.account.account, &late.id, jiff::Timestamp::now());
        desk.send(&late, "We are").await;
        desk.until(&late, "We are", &["sent", "delivered"]).await;
        let answered = meta.ledger().accepted.iter().find(|taken| taken.text == "We are").cloned();
        assert_eq!(answered.expect("it was taken").tag, None, "{:?}", desk.product);
    }
}

#[tokio::test]
async fn out_2_texts_that_a_product_does_not_take_are_refused_by_their_fields() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (product, fits, too_long) in [
        (PRODUCTS[0], "é".repeat(4_096), "é".repeat(4_097)),
        (PRODUCTS[1], "é".repeat(2_000), "é".repeat(2_001)),
        (PRODUCTS[2], "é".repeat(500), "é".repeat(501)),
    ] {
        let meta = meta(1).await;
        let desk = Desk::open(server, &brokerage, &meta, product).await;
        let client = desk.client(server, &meta).await;
        let wrong = desk.ask(&client, &too_long, &json!({})).await;
        assert_eq!((wrong.status, wrong.wrong_fields()[0].0.as_str()), (422, "body"), "{product:?}");
        desk.send(&client, &fits).await;
        desk.until(&client, &fits, &["sent", "delivered"]).await;
        assert_eq!(meta.ledger().accepted[0].text, fits);
    }
}
