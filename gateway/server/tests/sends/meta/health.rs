//! Health of a connection (ING-12), at Meta: the reply window, refused credentials, and what is told of the account alone.

use hearthline_simulators::{Fault, meta::Outcome};
use serde_json::{Value, json};

use super::desk::{Desk, PRODUCTS, desks, meta};
use crate::{
    server,
    support::{Brokerage, Options, Server},
};

const PLANTED: &str = "16505557713";

fn seconds(moment: &Value) -> i64 {
    let text = moment.as_str().expect("a moment");
    text.parse::<jiff::Timestamp>().expect("RFC 3339").as_second()
}

#[tokio::test]
async fn ing_12_the_reply_window_of_a_connection_is_that_of_the_client_who_wrote_last() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (meta, desk) in desks(server, &brokerage).await {
        let by_whatsapp = desk.account.kind == "whatsapp";
        let never = desk.health().await["reply_window"].clone();
        assert_eq!((&never["state"], &never["until"]), (&json!("never_written"), &Value::Null));
        assert_eq!(never["standard_s"], 24 * 3_600);
        assert_eq!(never["by_hand_s"], if by_whatsapp { Value::Null } else { json!(7 * 24 * 3_600) });

        // After an outage of ours: Meta tells late what was written more than a day ago.
        meta.turn(|knobs| knobs.late_hours = 25);
        desk.hears(server, &meta, "14155557001", "Yesterday").await;
        let late = desk.health().await["reply_window"].clone();
        if by_whatsapp {
            assert_eq!((&late["state"], &late["until"]), (&json!("closed"), &Value::Null));
        } else {
            assert_eq!(late["state"], "by_hand");
            assert_eq!(seconds(&late["until"]) - seconds(&late["last_heard_at"]), 7 * 24 * 3_600);
        }
        meta.turn(|knobs| knobs.late_hours = 0);
        let client = desk.client(server, &meta).await;
        let open = desk.health().await["reply_window"].clone();
        assert_eq!((&open["state"], &open["refused"]), (&json!("open"), &json!(0)), "{:?}", desk.product);
        assert_eq!(seconds(&open["until"]) - seconds(&open["last_heard_at"]), 24 * 3_600);

        // Meta counts otherwise, and has the last word: no fault of the connection's.
        meta.turn(|knobs| {
            knobs.closed_windows.insert(client.id.clone());
        });
        desk.send(&client, "Too late, it seems").await;
        desk.until(&client, "Too late, it seems", &["failed"]).await;
        server.settled().await;
        let told = desk.health().await;
        assert_eq!((&told["reply_window"]["refused"], &told["state"]), (&json!(1), &json!("ok")), "{told}");
        assert!(told["reply_window"]["last_refused_at"].is_string());
    }
}

#[tokio::test]
async fn ing_12_an_expired_token_fails_the_connection_and_what_is_not_delivered_degrades_it() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (meta, desk) in desks(server, &brokerage).await {
        let client = desk.client(server, &meta).await;
        meta.turn(|knobs| knobs.expired_token = Fault::once());
        desk.send(&client, "With an old token").await;
        desk.until(&client, "With an old token", &["failed"]).await;
        let failing = desk.health().await;
        assert_eq!(
            (&failing["state"], &failing["causes"][0]["code"]),
            (&json!("failing"), &json!("credentials_rejected"))
        );
        assert_eq!(failing["credentials"]["code"], "190/463", "{:?}", desk.product);
        desk.send(&client, "With the same, which is good").await;
        desk.until(&client, "With the same, which is good", &["sent", "delivered"]).await;
        let well = desk.health().await;
        assert_eq!(well["credentials"]["rejected"], false, "{well}");
    }

    let meta = meta(1).await;
    let desk = Desk::open(server, &brokerage, &meta, PRODUCTS[0]).await;
    for _ in 0..2 {
        let client = desk.client(server, &meta).await;
        let outcome = Outcome { status: "failed".to_owned(), error_code: Some(131_026) };
        meta.turn(|knobs| drop(knobs.outcomes.insert(format!("+{}", client.id), outcome)));
        desk.send(&client, "To nobody").await;
        desk.until(&client, "To nobody", &["failed"]).await;
    }
    server.settled().await;
    let told = desk.health().await;
    assert_eq!((&told["state"], &told["causes"][0]["code"]), (&json!("degraded"), &json!("sends_fail")));
    assert_eq!((&told["sends"]["accepted"], &told["sends"]["undelivered"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&told["sends"]["codes"][0]["code"], &told["causes"][0]["detail"]),
        (&json!("131026"), &json!("131026"))
    );
}

#[tokio::test]
async fn ing_12_what_is_told_of_an_account_alone_is_shown_with_it_and_nobodys_number() {
    let mut server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let meta = meta(1).await;
    let desk = Desk::open(&server, &brokerage, &meta, PRODUCTS[0]).await;
    let told = |field: &str, value: Value| {
        let change = json!({"field": field, "value": value});
        json!({"object": "whatsapp_business_account", "entry": [{"id": "WABA", "changes": [change]}]})
    };
    let quality =
        |limit: &str| json!({"display_phone_number": PLANTED, "event": "FLAGGED", "current_limit": limit});
    let template = json!({"event": "REJECTED", "message_template_id": 1_234_567_890_i64, "message_template_name": "visit_reminder",
        "message_template_language": "pt_BR", "reason": "INVALID_FORMAT"});
    for request in [
        told("phone_number_quality_update", quality("TIER_1K")),
        told("phone_number_quality_update", quality("TIER_10K")),
        told("message_template_status_update", template),
    ] {
        desk.account.deliver(&desk.ana.client, &request).await;
        server.settled().await;
    }
    let shown = desk.health().await;
    let notices = shown["notices"].as_array().expect("a list").clone();
    let facts = |pairs: &[(&str, &str)]| {
        Value::from_iter(pairs.iter().map(|(name, value)| json!({"name": name, "value": value})))
    };
    assert_eq!(notices[0]["name"], "message_template_status_update");
    assert_eq!(
        notices[0]["facts"],
        facts(&[
            ("event", "REJECTED"),
            ("message_template_language", "pt_BR"),
            ("message_template_name", "visit_reminder"),
            ("reason", "INVALID_FORMAT"),
        ])
    );
    assert_eq!(
        (&notices[1]["name"], &notices[1]["count"]),
        (&json!("phone_number_quality_update"), &json!(2))
    );
    assert_eq!(notices[1]["facts"], facts(&[("current_limit", "TIER_10K"), ("event", "FLAGGED")]));
    assert_eq!((&shown["events"], &shown["received"], &shown["state"]), (&json!(0), &json!(3), &json!("ok")));
    assert!(!shown.to_string().contains(PLANTED));

    assert!(server.terminate().await.success());
    server.restart().await;
    let nobody = crate::support::Client::new(&server, None);
    let ana = crate::support::User::sign_in(&nobody, &desk.ana.email, &desk.ana.password).await;
    let path = format!("/v1/connections/{}", desk.account.id);
    assert_eq!(ana.client.get(&path).await.ok()["health"]["notices"], Value::from(notices));
    assert!(!server.log().text().contains(PLANTED));
}

#[tokio::test]
async fn ing_12_the_button_asks_meta_whether_it_takes_the_token_and_knows_the_account() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (meta, desk) in desks(server, &brokerage).await {
        let path = format!("/v1/connections/{}", desk.account.id);
        let tested = async || desk.ana.client.post(&format!("{path}/test"), &json!({})).await.ok();
        let change = async |settings: Value| {
            brokerage.admin.client.patch(&path, &json!({"settings": settings})).await.ok();
        };
        let well = tested().await;
        assert_eq!((&well["result"], &well["code"]), (&json!("ok"), &Value::Null), "{:?}", desk.product);
        assert_eq!(meta.ledger().asked, 0, "nothing is sent");

        change(json!({"access_token": "of-another-time"})).await;
        let rejected = tested().await;
        assert_eq!(
            (&rejected["result"], &rejected["code"]),
            (&json!("rejected"), &json!("190")),
            "{rejected}"
        );
        assert_eq!(rejected["connection"]["health"]["state"], "failing");
        change(json!({"access_token": "access"})).await;
        assert_eq!(tested().await["connection"]["health"]["credentials"]["rejected"], false);

        let field = match desk.account.kind.as_str() {
            "whatsapp" => "phone_number_id",
            "messenger" => "page_id",
            _ => "account_id",
        };
        change(json!({field: "999999999999999"})).await;
        let refused = tested().await;
        assert_eq!(refused["result"], "refused", "a token that is good, and no account of it: {refused}");
        change(json!({"api_base_url": "http://127.0.0.1:9"})).await;
        assert_eq!(tested().await["result"], "unreachable");
    }
}
