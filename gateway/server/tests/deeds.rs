//! What people do with cards and leads (DECK-2, DECK-4, DECK-5, LIF-6), on the socket and over HTTP.

mod support;

use serde_json::{Value, json};
use support::{Brokerage, Number, Options, Server, Sms, User, done, mutation_id, stranger};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

/// A brokerage with one agent, their number, and the card of a lead who just wrote.
async fn office() -> (&'static Server, Brokerage, User, Number, Value) {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    number.deliver(&ana.client, &Sms::new(&stranger(), "Is the flat still to let?")).await;
    server.settled().await;
    let card = ana.cards().await.remove(0);
    (server, brokerage, ana, number, card)
}

/// An action on a lead that hangs on no card.
fn about(card: &Value, kind: &str) -> Value {
    json!({"mutation_id": mutation_id(), "lead_id": card["lead_id"], "kind": kind})
}

/// An action on that card as it was seen.
fn on(card: &Value, kind: &str) -> Value {
    let mut action = done(card);
    action["kind"] = json!(kind);
    action
}

fn with(mut action: Value, field: &str, value: Value) -> Value {
    action[field] = value;
    action
}

fn undo(of: &Value) -> Value {
    json!({"mutation_id": of["mutation_id"], "lead_id": of["lead_id"], "kind": "undo"})
}

#[track_caller]
fn applied(acted: &Value) -> &Value {
    assert_eq!(acted["result"], "applied", "{acted}");
    acted
}

#[track_caller]
fn refused(acted: &Value, code: &str) {
    assert_eq!((&acted["result"], &acted["code"]), (&json!("rejected"), &json!(code)), "{acted}");
}

async fn kinds(user: &User) -> Vec<String> {
    let mut kinds: Vec<String> =
        user.cards().await.iter().map(|card| card["kind"].as_str().expect("a kind").to_owned()).collect();
    kinds.sort();
    kinds
}

#[tokio::test]
async fn deck_5_a_call_is_placed_waits_for_its_outcome_and_is_a_touch_when_it_is_told() {
    let (server, _brokerage, ana, _number, card) = office().await;
    let mut live = ana.live(None).await;
    let lead = card["lead_id"].as_str().expect("an id");
    let call = about(&card, "call");
    let acted = live.act(&call).await;
    let placed = applied(&acted)["call"].clone();
    let phone = ana.lead(lead).await["phones"][0].as_str().expect("a phone").to_owned();
    assert_eq!(placed["tel"], format!("tel:{phone}"));
    live.until_offset(acted["offset"].as_u64().expect("an offset")).await;
    let waiting = live.cards[placed["task_id"].as_str().expect("a task")].clone();
    assert_eq!(waiting["kind"], "call_outcome");
    refused(&live.act(&done(&waiting)).await, "outcome_missing");
    // Sent again, over HTTP this time: the same call.
    let again = ana.act(&call).await;
    assert_eq!(applied(&again)["call"], placed);
    assert_eq!(kinds(&ana).await, ["call_outcome", "contact_now"]);

    let outcome = with(on(&waiting, "outcome"), "result", json!("spoke"));
    let outcome = with(outcome, "note", json!("zinnoberrot: wants two rooms"));
    let outcome = with(outcome, "follow_up_at", json!("2099-01-01T09:00:00Z"));
    let told = live.act(&outcome).await;
    assert!(applied(&told)["task_id"].is_string(), "{told}");
    server.settled().await;
    assert_eq!(kinds(&ana).await, Vec::<String>::new());
    let now = ana.lead(lead).await;
    assert_eq!(
        (&now["state"], &now["next_action_at"]),
        (&json!("active"), &json!("2099-01-01T09:00:00.000Z"))
    );
    let events = ana.events(lead).await;
    let outcome = events.iter().find(|event| event["kind"] == "outcome").expect("an outcome");
    assert_eq!(outcome["channel"], "voice");
    assert!(!server.log().text().contains("zinnoberrot"), "a note in the log");
}

#[tokio::test]
async fn deck_2_what_was_done_can_be_taken_back_for_a_moment_and_pages_see_it() {
    let (_server, _brokerage, ana, _number, card) = office().await;
    let mut live = ana.live(None).await;
    let id = card["id"].as_str().expect("an id");
    let first = done(&card);
    let gone = live.act(&first).await;
    live.until_offset(applied(&gone)["offset"].as_u64().expect("an offset")).await;
    assert!(live.cards.is_empty());
    let back = live.act(&undo(&first)).await;
    live.until_offset(applied(&back)["offset"].as_u64().expect("an offset")).await;
    let card = live.cards[id].clone();
    assert_eq!(card["kind"], "contact_now");
    // Both sent again: the deed is not done again, and undone stays undone.
    applied(&ana.act(&first).await);
    applied(&ana.act(&undo(&first)).await);
    assert_eq!(kinds(&ana).await, ["contact_now"]);

    let snooze = with(on(&card, "snooze"), "preset", json!("tomorrow"));
    applied(&ana.act(&snooze).await);
    assert!(ana.cards().await.is_empty());
    applied(&ana.act(&undo(&snooze)).await);
    let card = ana.cards().await.remove(0);

    let plan = with(about(&card, "schedule"), "due_at", json!("2099-01-01T09:00:00Z"));
    let plan = with(plan, "title", json!("Send the floor plan"));
    applied(&ana.act(&plan).await);
    applied(&ana.act(&undo(&plan)).await);
    refused(&ana.act(&undo(&about(&card, "schedule"))).await, "nothing_to_undo");

    let placed = ana.act(&about(&card, "call")).await;
    let task = applied(&placed)["call"]["task_id"].clone();
    let waiting = ana.cards().await.into_iter().find(|card| card["id"] == task).expect("its card");
    let told = with(on(&waiting, "outcome"), "result", json!("left_message"));
    applied(&ana.act(&told).await);
    assert_eq!(kinds(&ana).await, Vec::<String>::new());
    applied(&ana.act(&undo(&told)).await);
    assert_eq!(kinds(&ana).await, ["call_outcome", "contact_now"]);
    let lead = ana.lead(card["lead_id"].as_str().expect("an id")).await;
    assert_eq!((&lead["state"], &lead["last_touch_at"]), (&json!("new"), &Value::Null));
}

#[tokio::test]
async fn deck_4_answers_outlive_the_process_refusals_and_conflicts_among_them() {
    let server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    let from = stranger();
    number.deliver(&ana.client, &Sms::new(&from, "Hello")).await;
    server.settled().await;
    let seen = ana.cards().await.remove(0);
    number.deliver(&ana.client, &Sms::new(&from, "Hello?")).await;
    server.settled().await;
    let stale = done(&seen);
    let conflict = ana.act(&stale).await;
    let now = ana.cards().await.remove(0);
    assert_eq!((&conflict["result"], &conflict["code"]), (&json!("conflict"), &json!("card_changed")));
    assert_eq!(conflict["card"]["version"], now["version"], "with the card as it is");
    let past = with(on(&now, "snooze"), "until", json!("2020-01-01T00:00:00Z"));
    refused(&ana.act(&past).await, "snooze_in_the_past");
    let call = about(&now, "call");
    let placed = applied(&ana.act(&call).await)["call"].clone();

    let mut server = server;
    server.kill9().await;
    server.restart().await;
    let ana = User::sign_in(&support::Client::new(&server, None), &ana.email, &ana.password).await;
    let again = ana.act(&stale).await;
    assert_eq!((&again["result"], &again["card"]["id"]), (&json!("conflict"), &now["id"]), "{again}");
    refused(&ana.act(&past).await, "snooze_in_the_past");
    assert_eq!(applied(&ana.act(&call).await)["call"], placed);
    // Under an id that did nothing something else can be asked for.
    let mut corrected = done(&now);
    corrected["mutation_id"] = stale["mutation_id"].clone();
    applied(&ana.act(&corrected).await);
}

#[tokio::test]
async fn lif_6_a_preset_is_meant_in_the_persons_own_time_zone_else_in_their_teams() {
    let (server, brokerage, _ana, _number, _card) = office().await;
    for (own, teams) in [(Some("Pacific/Auckland"), "UTC"), (None, "America/St_Johns")] {
        let team = json!({"name": "Far", "time_zone": teams});
        let team = brokerage.admin.client.post("/v1/teams", &team).await.ok()["id"].clone();
        let email = format!("{}@tests.example", mutation_id());
        let new = json!({"email": email, "name": "Far", "role": "agent", "team_id": team, "language": "en",
            "time_zone": own, "password": "a long password"});
        brokerage.admin.client.post("/v1/users", &new).await.ok();
        let far = User::sign_in(&brokerage.admin.client, &email, "a long password").await;
        let number = brokerage.connect(&far).await;
        number.deliver(&far.client, &Sms::new(&stranger(), "Hello")).await;
        server.settled().await;
        for preset in ["later_today", "tomorrow", "next_week"] {
            let card = far.cards().await.remove(0);
            let snooze = with(on(&card, "snooze"), "preset", json!(preset));
            applied(&far.act(&snooze).await);
            let lead = far.lead(card["lead_id"].as_str().expect("an id")).await;
            let until: jiff::Timestamp =
                lead["next_action_at"].as_str().expect("a time").parse().expect("RFC 3339");
            let there = until.in_tz(own.unwrap_or(teams)).expect("a zone");
            let now = jiff::Timestamp::now().in_tz(own.unwrap_or(teams)).expect("a zone");
            assert!(there > now, "{preset} lies ahead");
            match preset {
                "later_today" => assert!(there.date() <= now.date().tomorrow().expect("a day")),
                "tomorrow" => {
                    assert_eq!((there.hour(), there.date()), (9, now.date().tomorrow().expect("a day")))
                }
                _ => assert_eq!((there.hour(), there.weekday()), (9, jiff::civil::Weekday::Monday)),
            }
            applied(&far.act(&undo(&snooze)).await);
        }
    }
}
