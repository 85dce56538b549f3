//! Health of a connection (ING-12), at Twilio: what is counted, what is made of it, and that a restart and a kill keep it.

use serde_json::{Value, json};

use crate::{
    desk::{Desk, twilio},
    server,
    support::{Brokerage, LONG_ENOUGH, Number, Options, POLL, Server, Sms, User, stranger},
};

async fn connection(user: &User, number: &Number) -> Value {
    user.client.get(&format!("/v1/connections/{}", number.id)).await.ok()
}

async fn health(user: &User, number: &Number) -> Value {
    connection(user, number).await["health"].clone()
}

/// The codes of what is wrong, each with what it makes of the connection.
fn causes(health: &Value) -> Vec<(String, String)> {
    let causes = health["causes"].as_array().expect("a list");
    let text = |cause: &Value, name: &str| cause[name].as_str().expect("a text").to_owned();
    causes.iter().map(|cause| (text(cause, "code"), text(cause, "state"))).collect()
}

fn cause(code: &str, state: &str) -> (String, String) {
    (code.to_owned(), state.to_owned())
}

/// A request with somebody else's signature.
async fn forged(user: &User, number: &Number) {
    let sms = Sms::new(&stranger(), "Not from Twilio");
    let elsewhere = "https://elsewhere.example/hook";
    let answer = user.client.send(number.request_signed_for(&user.client, &sms, elsewhere)).await;
    answer.problem(403, "signature_wrong");
}

/// Waits until all that was seen is durable.
async fn written(server: &Server) {
    let looking = async {
        while server.metric("hearthline_health_unwritten").await > 0.0 {
            tokio::time::sleep(POLL).await;
        }
    };
    server.log().within(LONG_ENOUGH, "what was seen of connections to be written", looking).await;
}

#[tokio::test]
async fn ing_12_health_counts_what_comes_and_goes_and_survives_a_stop_and_a_kill() {
    let mut server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(&server, &brokerage, &twilio).await;
    let (ana, number) = (&desk.ana, &desk.number);
    let new = health(ana, number).await;
    assert_eq!((&new["state"], causes(&new)), (&json!("silent"), vec![cause("never_called", "silent")]));
    assert_eq!((&new["received"], &new["last_event_at"]), (&json!(0), &Value::Null));
    assert_eq!((&new["sends"]["error_rate"], &new["reply_window"]), (&Value::Null, &Value::Null));

    let client = desk.client(&server).await;
    let heard = health(ana, number).await;
    assert_eq!((&heard["state"], causes(&heard)), (&json!("ok"), vec![]));
    assert_eq!((&heard["received"], &heard["events"]), (&json!(1), &json!(1)));
    assert_eq!(heard["last_event_at"], heard["last_received_at"]);
    let backlog = json!({"waiting": 0, "oldest_received_at": null, "exact": true, "files": 0});
    assert_eq!(heard["backlog"], backlog);

    desk.send(&client, "Yes, it is").await;
    desk.until(&client, "Yes, it is", &["delivered"]).await;
    forged(ana, number).await;
    number.deliver(&ana.client, &Sms::new(&stranger(), "Nobody can read this").without("MessageSid")).await;
    server.settled().await;
    let before = health(ana, number).await;
    let wrong = vec![cause("signatures_refused", "degraded"), cause("dead_letters", "degraded")];
    assert_eq!((&before["state"], causes(&before)), (&json!("degraded"), wrong));
    assert_eq!((&before["signature_failures"], &before["signed_for_other_account"]), (&json!(1), &json!(0)));
    let dead = &before["dead_letters"];
    assert_eq!((&dead["waiting"], &dead["ever"]), (&json!(1), &json!(1)));
    assert_eq!((&dead["more"], &dead["last_cause"]), (&json!(false), &json!("unreadable")));
    let sends = &before["sends"];
    assert_eq!(
        (&sends["attempts"], &sends["accepted"], &sends["error_rate"]),
        (&json!(1), &json!(1), &json!(0.0))
    );
    assert!(sends["last_accepted_at"].is_string() && sends["last_failed_at"].is_null(), "{sends}");
    let listed = brokerage.admin.client.all("/v1/connections").await;
    assert_eq!(listed[0]["health"], before, "the list shows the same");

    // Nothing had to wait for the next write: a stop writes.
    assert!(server.terminate().await.success());
    server.restart().await;
    let desk = desk.again(&server).await;
    assert_eq!(health(&desk.ana, number).await, before, "after a stop");

    forged(&desk.ana, number).await;
    written(&server).await;
    server.kill9().await;
    server.restart().await;
    let desk = desk.again(&server).await;
    let after = health(&desk.ana, number).await;
    assert_eq!(
        (&after["signature_failures"], &after["received"]),
        (&json!(2), &before["received"]),
        "after a kill"
    );
    assert_eq!(after["sends"], before["sends"]);

    // The dead letter is thrown away: it waits for nobody, and was there.
    let letter = desk.ana.client.all("/v1/dead-letters").await.remove(0);
    let path = format!("/v1/dead-letters/{}", letter["id"].as_str().expect("an id"));
    assert_eq!(desk.ana.client.delete(&path).await.status, 204);
    let dead = health(&desk.ana, number).await["dead_letters"].clone();
    assert_eq!((&dead["waiting"], &dead["ever"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn ing_12_refused_credentials_make_a_connection_fail_until_they_are_renewed() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let (ana, number) = (&desk.ana, &desk.number);
    let client = desk.client(server).await;
    let path = format!("/v1/connections/{}", number.id);
    let settings = |token: &str| json!({"settings": {"auth_token": token}});
    brokerage.admin.client.patch(&path, &settings("of-another-time")).await.ok();

    desk.send(&client, "Does this go?").await;
    desk.until(&client, "Does this go?", &["failed"]).await;
    let failing = health(ana, number).await;
    assert_eq!(
        (&failing["state"], &causes(&failing)[0]),
        (&json!("failing"), &cause("credentials_rejected", "failing"))
    );
    assert_eq!(failing["credentials"]["rejected"], true);
    assert_eq!(
        (&failing["credentials"]["code"], &failing["causes"][0]["detail"]),
        (&json!("20003"), &json!("20003"))
    );
    assert_eq!(failing["sends"]["codes"], json!([{"code": "20003", "count": 1}]));
    assert_eq!(failing["sends"]["error_rate"], 1.0);
    let worst = &failing["causes"][0];
    assert_eq!(worst["explanation_key"], "health_credentials_rejected");
    assert_eq!(worst["explanation_params"]["since"], failing["credentials"]["rejected_at"]);
    assert_eq!(worst["fix"], "Renew the token at the provider and save it here.");
    assert!(server.metric("hearthline_credentials_rejected_total").await >= 1.0);

    // The button says so too; once the token is right, it says that.
    let test = format!("{path}/test");
    let told = ana.client.post(&test, &json!({})).await.ok();
    assert_eq!((&told["result"], &told["code"]), (&json!("rejected"), &json!("20003")));
    assert_eq!(told["connection"]["health"]["state"], "failing");

    // Renewed: nothing is known against the new ones, before they are tried and after.
    brokerage.admin.client.patch(&path, &settings(&number.auth_token)).await.ok();
    let renewed = health(ana, number).await;
    assert_eq!((&renewed["credentials"]["rejected"], causes(&renewed)), (&json!(false), vec![]));
    let told = ana.client.post(&test, &json!({})).await.ok();
    assert_eq!((&told["result"], &told["code"]), (&json!("ok"), &Value::Null));
    assert!(told["connection"]["health"]["credentials"]["taken_at"].is_string(), "{told}");
    brokerage.agent().await.client.post(&test, &json!({})).await.not_found();
    desk.send(&client, "And this?").await;
    desk.until(&client, "And this?", &["delivered"]).await;
    let well = health(ana, number).await;
    assert_eq!(
        (&well["state"], &well["sends"]["accepted"], &well["sends"]["refused"]),
        (&json!("ok"), &json!(1), &json!(1))
    );
}

#[tokio::test]
async fn ing_12_health_is_for_those_who_may_know_of_the_connection_and_in_their_language() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    forged(&desk.ana, &desk.number).await;
    let path = format!("/v1/connections/{}", desk.number.id);
    let tim = brokerage.team_lead().await;
    assert_eq!(health(&tim, &desk.number).await, health(&desk.ana, &desk.number).await);
    let failing = health(&brokerage.admin, &desk.number).await;
    assert_eq!(
        (&failing["state"], &failing["causes"][0]["code"]),
        (&json!("failing"), &json!("signatures_refused"))
    );
    brokerage.agent().await.client.get(&path).await.not_found();
    Brokerage::open(server).await.admin.client.get(&path).await.not_found();

    let french = json!({"language": "fr"});
    let ana = format!("/v1/users/{}", desk.ana.id);
    brokerage.admin.client.patch(&ana, &french).await.ok();
    let told = health(&desk.ana, &desk.number).await["causes"][0].clone();
    assert_eq!(
        told["explanation"],
        "Des requêtes sont arrivées avec une mauvaise signature ; en 24 heures : 1."
    );
    assert!(told["fix"].as_str().is_some_and(|fix| fix.starts_with("Comparez le secret")), "{told}");
}

#[tokio::test]
async fn ing_12_what_a_provider_refuses_and_does_not_deliver_is_counted_by_its_code() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let (lost, found) = (desk.client(server).await, desk.client(server).await);
    twilio.turn(|knobs| {
        let outcome = hearthline_simulators::twilio::Outcome {
            status: "undelivered".to_owned(),
            error_code: Some(30_005),
        };
        knobs.outcomes.insert(lost.phone.clone(), outcome);
    });
    desk.send(&lost, "Into the void").await;
    desk.until(&lost, "Into the void", &["failed"]).await;
    for n in 0..3 {
        let text = format!("To somebody, {n}");
        desk.send(&found, &text).await;
        desk.until(&found, &text, &["delivered"]).await;
    }
    server.settled().await;
    let sends = health(&desk.ana, &desk.number).await["sends"].clone();
    assert_eq!(
        (&sends["accepted"], &sends["undelivered"], &sends["error_rate"]),
        (&json!(4), &json!(1), &json!(0.25))
    );
    assert_eq!(sends["codes"], json!([{"code": "30005", "count": 1}]));
}
