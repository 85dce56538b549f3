//! Quiet hours: a message that is asked for in them waits for their end, and can be taken back until then (OUT-7).

use jiff::{Timestamp, ToSpan, civil::Time, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    desk::{Desk, twilio},
    server,
    support::Brokerage,
};

fn wall(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

#[tokio::test]
async fn out_7_a_message_in_quiet_hours_is_held_until_they_end_and_goes_when_they_are_lifted() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let client = desk.client(server).await;
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let (from, to) = (now.time().wrapping_sub(1.hours()), now.time().wrapping_add(2.hours()));
    let quiet = json!({"time_zone": "UTC", "quiet_hours": {"from": wall(from), "to": wall(to)}});
    brokerage.change_rules(quiet).await;
    server.settled().await;

    let asked = desk.send(&client, "Good night").await;
    assert_eq!(asked["status"], "pending");
    let not_before: Timestamp = asked["not_before"].as_str().expect("a time").parse().expect("RFC 3339");
    let end = not_before.to_zoned(TimeZone::UTC);
    assert_eq!(wall(end.time()), wall(to), "{not_before}");
    assert!(not_before > Timestamp::now());
    // Taken back, it never goes; the other one waits.
    let undo = json!({"mutation_id": asked["event_id"], "lead_id": client.lead, "kind": "undo"});
    assert_eq!(desk.ana.act(&undo).await["result"], "applied");
    desk.send(&client, "Good morning").await;
    server.settled().await;
    let statuses: Vec<Value> = desk.sent(&client).await.iter().map(|event| event["status"].clone()).collect();
    assert_eq!(statuses, [json!("canceled"), json!("pending")]);
    assert_eq!(
        (twilio.ledger().asked, desk.state(&client).await.as_str()),
        (0, "new"),
        "and is no touch yet"
    );

    brokerage.change_rules(json!({"quiet_hours": null})).await;
    desk.until(&client, "Good morning", &["delivered"]).await;
    let bodies: Vec<String> = twilio.ledger().accepted.iter().map(|accepted| accepted.body.clone()).collect();
    assert_eq!(bodies, ["Good morning"]);
}
