//! What is told of how far a message got, in every order and twice: the final status is the same (ING-13).

use hearthline_simulators::meta::{Accepted, Fault, Product};
use serde_json::{Value, json};

use super::desk::{Client, Desk, PRODUCTS, desks, meta};
use crate::{
    server,
    support::{Brokerage, conversation},
};

/// What a product may tell of one message, and what it comes to.
fn histories(product: Product) -> &'static [(&'static [&'static str], &'static str)] {
    match product {
        Product::Whatsapp => &[
            (&["sent", "delivered", "read"], "read"),
            (&["sent", "delivered"], "delivered"),
            (&["sent", "failed"], "failed"),
            (&["delivered", "failed"], "delivered"),
        ],
        // By id and by watermark.
        Product::Messenger => {
            &[(&["mids", "delivered until", "read until"], "read"), (&["mids"], "delivered")]
        }
        Product::Instagram => &[(&["read"], "read")],
    }
}

fn permutations<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let starting_with = |n: usize| {
        let mut rest = items.to_vec();
        let first = rest.remove(n);
        permutations(&rest).into_iter().map(move |tail| [vec![first], tail].concat())
    };
    (0..items.len()).flat_map(starting_with).collect()
}

/// The webhook as Meta makes it. `named`: with what we gave it for the message.
fn webhook(desk: &Desk, client: &Client, accepted: &Accepted, status: &str, named: bool) -> Value {
    let account = &desk.account.account;
    if desk.product == Product::Whatsapp {
        let mut told = json!({"id": accepted.id, "status": status, "timestamp": "1700000000", "recipient_id": client.id});
        if named {
            told["biz_opaque_callback_data"] = json!(accepted.reference);
        }
        if status == "failed" {
            told["errors"] = json!([{"code": 131_026, "title": "Message undeliverable"}]);
        }
        let value = json!({"messaging_product": "whatsapp", "statuses": [told],
            "metadata": {"display_phone_number": "15550001111", "phone_number_id": account}});
        let change = json!({"field": "messages", "value": value});
        return json!({"object": "whatsapp_business_account", "entry": [{"id": "WABA", "changes": [change]}]});
    }
    let now = jiff::Timestamp::now().as_millisecond();
    let (name, told) = match status {
        "mids" => ("delivery", json!({"mids": [accepted.id], "watermark": 0})),
        "delivered until" => ("delivery", json!({"watermark": now})),
        "read until" => ("read", json!({"watermark": now})),
        _ => ("read", json!({"mid": accepted.id})),
    };
    let object = if desk.product == Product::Instagram { "instagram" } else { "page" };
    let event =
        json!({"sender": {"id": client.id}, "recipient": {"id": account}, "timestamp": now, name: told});
    conversation(object, &[event])
}

#[tokio::test]
async fn ing_13_statuses_in_every_order_and_twice_give_the_same_final_status() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (meta, desk) in desks(server, &brokerage).await {
        // Meta says nothing by itself: the test tells in its place.
        let mut told: Vec<(Client, String, &str)> = Vec::new();
        for (history, last) in histories(desk.product) {
            for (n, order) in permutations(history).into_iter().enumerate() {
                let client = desk.client(server, &meta).await;
                meta.turn(|knobs| knobs.lost_webhook = Fault::always());
                let text = format!("Told in the order {}", order.join(", "));
                desk.send(&client, &text).await;
                desk.until(&client, &text, &["sent"]).await;
                let ledger = meta.ledger();
                let accepted =
                    ledger.accepted.iter().rfind(|accepted| accepted.text == text).expect("it was taken");
                for status in order {
                    // Half of them by the id alone.
                    let webhook = webhook(&desk, &client, accepted, status, n % 2 == 0);
                    desk.account.deliver(&desk.ana.client, &webhook).await;
                    desk.account.deliver(&desk.ana.client, &webhook).await;
                }
                told.push((client, text, last));
            }
        }
        server.settled().await;
        for (client, text, last) in &told {
            let sent = desk.sent(client).await;
            assert_eq!(sent.len(), 1, "a status adds no entry: {text}");
            assert_eq!(
                (&sent[0]["body"], &sent[0]["status"]),
                (&json!(text), &json!(last)),
                "{:?}",
                desk.product
            );
            let state = if *last == "failed" { "new" } else { "active" };
            assert_eq!(desk.ana.lead(&client.lead).await["state"], state, "{text}");
        }
    }
}

#[tokio::test]
async fn ing_13_a_watermark_before_the_answer_counts_once_the_answer_is_there() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let meta = meta(1).await;
    let desk = Desk::open(server, &brokerage, &meta, PRODUCTS[1]).await;
    let client = desk.client(server, &meta).await;
    meta.turn(|knobs| {
        (knobs.lost_webhook, knobs.answer_delay_ms) = (Fault::always(), 1_000);
    });
    desk.send(&client, "Read at once").await;
    desk.until(&client, "Read at once", &["sending"]).await;
    while meta.ledger().accepted.is_empty() {
        tokio::time::sleep(crate::support::POLL).await;
    }
    let accepted = meta.ledger().accepted[0].clone();
    let read = webhook(&desk, &client, &accepted, "read until", false);
    desk.account.deliver(&desk.ana.client, &read).await;
    desk.until(&client, "Read at once", &["read"]).await;
    assert_eq!(desk.sent(&client).await.len(), 1);
}
