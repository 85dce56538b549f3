//! Deadlines of the started binary, with windows of seconds: each fires once, with its own time, whatever happens to the
//! process meanwhile. Where a test sleeps, it is the time itself that it waits for.

mod support;

use futures::future::join_all;
use jiff::Timestamp;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::{
    Brokerage, Client, LONG_ENOUGH, Live, Number, Options, POLL, Server, Sms, User, done, stranger,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A brokerage with a team lead, an agent and their number.
struct Office {
    brokerage: Brokerage,
    ana: User,
    tom: User,
    number: Number,
}

impl Office {
    async fn open(server: &Server) -> Self {
        let brokerage = Brokerage::open(server).await;
        let (ana, tom) = (brokerage.agent().await, brokerage.team_lead().await);
        let number = brokerage.connect(&ana).await;
        Self { brokerage, ana, tom, number }
    }

    /// W1 and W2 in seconds, and the share of a window at which a lead is at risk.
    async fn rules(&self, first_contact_s: u32, stale_after_s: u32, at_risk_share: f64) {
        let rules = json!({
            "first_contact_s": first_contact_s, "stale_after_s": stale_after_s, "at_risk_share": at_risk_share,
        });
        self.brokerage.change_rules(rules).await;
    }

    /// So many strangers write; their leads, once they are there.
    async fn leads(&self, server: &Server, count: usize) -> Vec<Value> {
        let sent: Vec<Sms> = (0..count).map(|_| Sms::new(&stranger(), "Is it still available?")).collect();
        join_all(sent.iter().map(|sms| self.number.deliver(&self.ana.client, sms))).await;
        server.settled().await;
        let leads = self.ana.leads().await;
        assert_eq!(leads.len(), count);
        leads
    }

    /// One stranger more; their lead.
    async fn one_more(&self, server: &Server) -> Value {
        self.number.deliver(&self.ana.client, &Sms::new(&stranger(), "And I am new")).await;
        server.settled().await;
        self.ana.leads().await.remove(0)
    }

    /// When the state of a lead moved or a deadline told of itself, oldest first, counted from its creation.
    async fn moves_ms(&self, lead: &Value) -> Vec<i64> {
        let events = self.ana.events(id(lead)).await;
        // That the owner has less time now is told, too, and moves nothing by itself.
        let told = |event: &&Value| event["explanation_key"] == "windows_shortened";
        let moves = events.iter().rev().filter(|event| event["kind"] == "state_change" && !told(event));
        moves.map(|event| millis(&event["received_at"]) - millis(&lead["created_at"])).collect()
    }

    /// Waits until every card of the agent's deck is a rescue card.
    async fn all_to_rescue(&self, count: usize) {
        let mut live = self.ana.live(None).await;
        let rescued = |live: &Live| live.cards.values().filter(|card| card["kind"] == "rescue").count();
        live.until("a rescue card for every lead", |live| rescued(live) == count).await;
    }
}

fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id is a text")
}

/// Milliseconds since 1970 of a time as the API tells it.
fn millis(at: &Value) -> i64 {
    let at: Timestamp = at.as_str().expect("a time is a text").parse().expect("RFC 3339");
    at.as_millisecond()
}

/// Waits for a moment, which is the thing waited for.
async fn until_time(at_ms: i64) {
    let left = at_ms - Timestamp::now().as_millisecond();
    tokio::time::sleep(Duration::from_millis(left.max(0).unsigned_abs())).await;
}

#[tokio::test]
async fn lif_1_a_lead_that_nobody_contacts_is_at_risk_breached_and_stale_in_everyones_deck_who_must_know() {
    let server = Server::start(Options::default()).await;
    let office = Office::open(&server).await;
    office.rules(2, 4, 0.5).await;
    let (mut ana, mut tom) = tokio::join!(office.ana.live(None), office.tom.live(None));
    let lead = office.leads(&server, 1).await.remove(0);
    assert_eq!(millis(&lead["at_risk_at"]) - millis(&lead["created_at"]), 1_000);
    assert_eq!(millis(&lead["stale_at"]) - millis(&lead["created_at"]), 4_000);

    // What the owner's open screen shows, one after another.
    let mut shown: Vec<(String, String)> = Vec::new();
    while shown.last().is_none_or(|(kind, _)| kind != "rescue") {
        ana.next().await;
        let card = ana.cards.values().next().expect("the lead always has a card");
        assert_eq!(ana.cards.len(), 1, "one automatic card at a time");
        assert_eq!(card["preview"], "Is it still available?");
        let now = (card["kind"].as_str().expect("a kind"), card["state"].as_str().expect("a state"));
        let now = (now.0.to_owned(), now.1.to_owned());
        if shown.last() != Some(&now) {
            shown.push(now);
        }
    }
    let expected = [("contact_now", "new"), ("contact_now", "at_risk"), ("rescue", "stale")];
    assert_eq!(shown, expected.map(|(kind, state)| (kind.to_owned(), state.to_owned())));

    // The team lead hears of it only now, and without a word of the client.
    tom.until("the rescue card", |live| live.cards.len() == 1).await;
    assert_eq!(tom.deltas.len(), 1);
    let card = tom.cards.values().next().expect("one");
    assert_eq!((&card["kind"], &card["lead_id"]), (&json!("rescue"), &lead["id"]));
    assert!(card.get("preview").is_none(), "{card}");

    let moves = office.moves_ms(&lead).await;
    assert_eq!(moves[..3], [1_000, 2_000, 4_000], "at their own times, in their order");
    assert_eq!(office.ana.lead(id(&lead)).await["state"], "stale");
    let events = office.tom.events(id(&lead)).await;
    assert!(events.iter().all(|event| event.get("body").is_none() && event.get("from").is_none()));
}

#[tokio::test]
async fn lif_4_deadlines_that_fell_due_while_the_process_was_down_fire_once_in_order_at_once() {
    const LEADS: usize = 40;
    let mut server = Server::start(Options::default()).await;
    let office = Office::open(&server).await;
    office.rules(10, 12, 0.6).await;
    let leads = office.leads(&server, LEADS).await;
    let position = office.ana.live(None).await.position;
    for lead in &leads {
        assert_eq!(office.moves_ms(lead).await, Vec::<i64>::new(), "nothing is due yet");
    }
    server.kill9().await;
    let newest = leads.iter().map(|lead| millis(&lead["created_at"])).max().expect("some leads");
    until_time(newest + 12_100).await;
    let started = Instant::now();
    server.restart().await;
    office.all_to_rescue(LEADS).await;
    let late = started.elapsed();
    assert!(late < Duration::from_secs(10), "overdue deadlines took {late:?} from the start");
    let back = office.ana.live(Some(position)).await;
    assert!(back.greeting.get("resumed").is_some(), "a restart does not rebuild the deck");

    // Once more down and up, to see that nothing fires again.
    server.settled().await;
    server.kill9().await;
    server.restart().await;
    server.settled().await;
    for moves in join_all(leads.iter().map(|lead| office.moves_ms(lead))).await {
        assert_eq!(moves[..3], [6_000, 10_000, 12_000], "each once, at its own time");
        // Nobody rescues: told again after each W2.
        assert!(moves[3..].iter().zip(2..).all(|(at, n)| *at == n * 12_000), "{moves:?}");
    }
    assert_eq!(office.ana.cards().await.len(), LEADS);
}

#[tokio::test]
async fn lif_2_rules_changed_just_before_a_crash_reach_every_lead_after_it() {
    const LEADS: usize = 40;
    let mut server = Server::start(Options::default()).await;
    let office = Office::open(&server).await;
    let leads = office.leads(&server, LEADS).await;
    office.rules(1, 3_600, 0.1).await;
    server.kill9().await;
    server.restart().await;
    let mut ana = office.ana.live(None).await;
    let at_risk = |live: &Live| live.cards.values().filter(|card| card["state"] == "at_risk").count();
    ana.until("all at risk", |live| at_risk(live) == LEADS).await;
    let moved = async {
        for lead in &leads {
            while office.moves_ms(lead).await != [100, 1_000] {
                tokio::time::sleep(POLL).await;
            }
        }
    };
    server.log().within(LONG_ENOUGH, "both deadlines of every lead, once, at their own times", moved).await;
}

#[tokio::test]
async fn lif_4_a_deadline_fires_on_time_after_a_restart_before_it() {
    let mut server = Server::start(Options::default()).await;
    let office = Office::open(&server).await;
    office.rules(10, 60, 0.5).await;
    let lead = office.leads(&server, 1).await.remove(0);
    server.kill9().await;
    server.restart().await;
    let mut ana = office.ana.live(None).await;
    ana.until("at risk", |live| live.cards.values().any(|card| card["state"] == "at_risk")).await;
    let late_ms = Timestamp::now().as_millisecond() - (millis(&lead["created_at"]) + 5_000);
    assert!(late_ms < 2_000, "{late_ms} ms late");
    assert_eq!(office.moves_ms(&lead).await, [5_000]);
}

#[tokio::test]
async fn lif_2_shorter_windows_fire_what_is_overdue_on_live_leads_at_once() {
    const LEADS: usize = 20;
    let server = Server::start(Options::default()).await;
    let office = Office::open(&server).await;
    let leads = office.leads(&server, LEADS).await;
    assert!(leads.iter().all(|lead| lead["state"] == "new"));
    let newest = leads.iter().map(|lead| millis(&lead["created_at"])).max().expect("some leads");
    until_time(newest + 1_100).await;
    // A tenth of a second and a second ago.
    office.rules(1, 3_600, 0.1).await;
    let mut ana = office.ana.live(None).await;
    let at_risk = |live: &Live| live.cards.values().filter(|card| card["state"] == "at_risk").count();
    ana.until("all at risk", |live| at_risk(live) == LEADS).await;
    server.settled().await;
    for lead in &leads {
        assert_eq!(office.moves_ms(lead).await, [100, 1_000], "the deadlines' own times");
        let now = office.ana.lead(id(lead)).await;
        assert_eq!(millis(&now["stale_at"]) - millis(&lead["created_at"]), 3_600_000);
    }
}

#[tokio::test]
async fn lif_2_longer_windows_take_at_risk_leads_back_and_never_stale_ones() {
    let server = Server::start(Options::default()).await;
    let office = Office::open(&server).await;
    office.rules(1, 60, 0.05).await;
    let lead = office.leads(&server, 1).await.remove(0);
    let mut ana = office.ana.live(None).await;
    let shows = |live: &Live, state: &str| live.cards.values().all(|card| card["state"] == state);
    ana.until("at risk", |live| shows(live, "at_risk")).await;
    office.rules(3_600, 7_200, 0.5).await;
    ana.until("new again", |live| shows(live, "new")).await;
    server.settled().await;
    let now = office.ana.lead(id(&lead)).await;
    assert_eq!(now["state"], "new");
    assert_eq!(millis(&now["at_risk_at"]) - millis(&lead["created_at"]), 1_800_000);

    office.rules(1, 2, 0.05).await;
    ana.until("stale", |live| shows(live, "stale")).await;
    office.rules(3_600, 7_200, 0.5).await;
    server.settled().await;
    // A change that did nothing leaves nothing to wait for: one that does something comes after it.
    let next = office.one_more(&server).await;
    assert_eq!(next["state"], "new");
    assert_eq!(office.ana.lead(id(&lead)).await["state"], "stale", "only people end Stale");
}

#[tokio::test]
async fn lif_1_a_card_that_was_done_comes_back_with_the_next_deadline() {
    let server = Server::start(Options::default()).await;
    let office = Office::open(&server).await;
    office.rules(4, 60, 0.5).await;
    let lead = office.leads(&server, 1).await.remove(0);
    let mut ana = office.ana.live(None).await;
    for state in ["at_risk", "at_risk"] {
        let card = ana.cards.values().next().expect("a card").clone();
        assert_eq!(ana.act(&done(&card)).await["result"], "applied");
        ana.until("the card gone", |live| !live.cards.contains_key(id(&card))).await;
        ana.until("a card again", |live| !live.cards.is_empty()).await;
        let back = ana.cards.values().next().expect("a card");
        assert_eq!((&back["kind"], &back["state"]), (&json!("contact_now"), &json!(state)));
    }
    assert_eq!(office.moves_ms(&lead).await, [2_000, 4_000]);
    assert_eq!(office.ana.lead(id(&lead)).await["last_touch_at"], Value::Null, "done is no touch");
}

#[tokio::test]
async fn ops_4_a_server_that_is_told_to_stop_finishes_what_is_under_way_and_goes_on_after_a_restart() {
    let mut server = Server::start(Options::default()).await;
    let office = Office::open(&server).await;
    let mut live = office.ana.live(None).await;
    let sms = Sms::new(&stranger(), "Half of this is sent before the server is told to stop");
    let mut slow = half_a_request(&server, &office, &sms).await;
    let deliver = async {
        let client = Client::new(&server, None);
        let mut taken = Vec::new();
        loop {
            let sms = Sms::new(&stranger(), "Under load");
            match office.number.try_deliver(&client, &sms).await {
                Ok(true) => taken.push(sms.get("From").to_owned()),
                // Stopping.
                Ok(false) | Err(_) => return taken,
            }
            if taken.len() == 20 {
                server.signal(Signal::TERM);
            }
        }
    };
    let finish = async {
        assert_eq!(live.closed().await, Some(4000), "going away: come back at once");
        // The listener is closed; the request that was begun is not.
        while TcpStream::connect(("127.0.0.1", server.port())).await.is_ok() {
            tokio::time::sleep(POLL).await;
        }
        slow.0.write_all(slow.1.as_bytes()).await.expect("the connection is open");
        let mut answer = String::new();
        slow.0.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    };
    let (mut taken, ()) = tokio::join!(deliver, finish);
    let status = server.exited().await;
    assert_eq!(status.code(), Some(0), "{}", server.log().tail());
    taken.push(sms.get("From").to_owned());

    server.restart().await;
    server.settled().await;
    let leads = office.ana.leads().await;
    let mut phones: Vec<&str> =
        leads.iter().map(|lead| lead["phones"][0].as_str().expect("a phone")).collect();
    phones.sort_unstable();
    taken.sort();
    // A request that was cut off before its answer may be there too: the provider would repeat it.
    assert!(taken.iter().all(|phone| phones.contains(&phone.as_str())), "lost");
    assert!(phones.len() <= taken.len() + 1);
    assert_eq!(office.ana.cards().await.len(), phones.len());
    office.one_more(&server).await;
}

/// A webhook whose last bytes have not left yet, and these bytes.
async fn half_a_request(server: &Server, office: &Office, sms: &Sms) -> (TcpStream, String) {
    let request = office.number.request(&office.ana.client, sms).build().expect("a request");
    let body = String::from_utf8(request.body().expect("a body").as_bytes().expect("bytes").to_vec())
        .expect("ASCII");
    let (now, later) = body.split_at(body.len() - 10);
    let header = |name: &str| request.headers()[name].to_str().expect("ASCII").to_owned();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {}\r\nx-twilio-signature: {}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        request.url().path(),
        header("content-type"),
        header("x-twilio-signature"),
        body.len(),
    );
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.write_all(now.as_bytes()).await.expect("sent");
    (stream, later.to_owned())
}

/// A day of the week, and the minutes of a span, as rules tell them.
fn every_day(from: &str, to: &str) -> Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    Value::Object(days.map(|day| (day.to_owned(), json!([{"from": from, "to": to}]))).into_iter().collect())
}

/// A zone in which it is about that hour now.
fn zone_at(hour: i64) -> String {
    let now = i64::from(Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).hour());
    match (hour - now + 11).rem_euclid(24) - 11 {
        0 => "Etc/GMT".to_owned(),
        // `Etc/GMT-3` is three hours ahead.
        ahead if ahead > 0 => format!("Etc/GMT-{ahead}"),
        behind => format!("Etc/GMT+{}", -behind),
    }
}

#[tokio::test]
async fn lif_5_no_clock_runs_out_in_closed_hours_and_all_go_on_when_the_hours_change() {
    let server = Server::start(Options::default()).await;
    let office = Office::open(&server).await;
    let change = async |change: Value| office.brokerage.change_rules(change).await;
    let windows = json!({"first_contact_s": 2, "stale_after_s": 3_600, "at_risk_share": 0.5,
        "time_zone": zone_at(12), "business_hours": every_day("02:00", "03:00")});
    change(windows).await;
    let lead = office.leads(&server, 1).await.remove(0);
    let created = millis(&lead["created_at"]);
    let opens = millis(&lead["at_risk_at"]) - 1_000;
    assert!((12..15).contains(&((opens - created) / 3_600_000)), "from noon to two at night: {lead}");
    assert_eq!(millis(&lead["stale_at"]) - created, 3_600_000, "the stale window runs around the clock");
    until_time(created + 3_000).await;
    assert_eq!(office.moves_ms(&lead).await, Vec::<i64>::new(), "closed: nothing runs out");

    // The hours open: what has been business time all along is over now, each deadline at its own time.
    change(json!({"business_hours": every_day("09:00", "18:00")})).await;
    let mut ana = office.ana.live(None).await;
    ana.until("at risk", |live| live.cards.values().any(|card| card["state"] == "at_risk")).await;
    let told = async {
        while office.moves_ms(&lead).await != [1_000, 2_000] {
            tokio::time::sleep(POLL).await;
        }
    };
    server.log().within(LONG_ENOUGH, "both deadlines, once, at their own times", told).await;

    // They close again, by the zone alone: what is not over any more has not happened, but the breach stays on record.
    change(json!({"time_zone": zone_at(0)})).await;
    ana.until("new again", |live| live.cards.values().any(|card| card["state"] == "new")).await;
    let later = office.ana.lead(id(&lead)).await;
    assert_eq!(later["state"], "new");
    assert!(millis(&later["at_risk_at"]) > created + 60_000, "{later}");

    // The stale window is paused too only if the team says so.
    let paused = change(json!({"pause_stale_window": true, "first_contact_s": 1, "stale_after_s": 2})).await;
    assert_eq!(paused["pause_stale_window"], true);
    let paused_until = async {
        while millis(&office.ana.lead(id(&lead)).await["stale_at"]) <= created + 60_000 {
            tokio::time::sleep(POLL).await;
        }
    };
    server.log().within(LONG_ENOUGH, "the stale window to wait for the morning", paused_until).await;
    assert_eq!(
        office.ana.lead(id(&lead)).await["state"],
        "new",
        "two seconds are long over, and do not count"
    );
    change(json!({"pause_stale_window": false})).await;
    office.all_to_rescue(1).await;
}
