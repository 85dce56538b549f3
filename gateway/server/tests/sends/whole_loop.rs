//! The whole loop of a lead, with messages that are really sent: New, at risk, breached, answered by an SMS that Twilio took,
//! at risk again, Stale, rescued from the rescuer's own number, answered, handed back. At each step: cards, clocks, what a
//! team lead may see; at the end the timeline's causes and the audit log (issue 4's first proof).

use hearthline_simulators::twilio::Twilio;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use crate::{
    desk::{Client, Desk, connect, twilio},
    server,
    support::{Answer, Brokerage, Live, Number, POLL, Server, User, mutation_id},
};

const ASKED: &str = "Is the flat still to let?";
const ANSWERED: &str = "It is: come and see the turquoise kitchen";
const RESCUED: &str = "Ana is ill: shall I show you the balcony?";
const AGREED: &str = "Yes please, on Thursday at the fountain";
const REASON: &str = "Ana is ill and the client waits";

/// Everybody and everything of the loop.
struct Loop {
    server: &'static Server,
    brokerage: Brokerage,
    twilio: Twilio,
    desk: Desk,
    tom: User,
    /// Tom's own: nobody sends from another person's (OUT-10).
    toms: Number,
    client: Client,
}

impl Loop {
    async fn open() -> Self {
        let server = server().await;
        let brokerage = Brokerage::open(server).await;
        let twilio = twilio(3).await;
        let desk = Desk::open(server, &brokerage, &twilio).await;
        let tom = brokerage.team_lead().await;
        let toms = connect(&brokerage, &tom, &twilio).await;
        // Long enough to look at New however busy the machine is; each window is made shorter when it is its turn.
        let rules = json!({"first_contact_s": 300, "stale_after_s": 600, "at_risk_share": 0.5});
        brokerage.change_rules(rules).await;
        let client = desk.client(server).await;
        Self { server, brokerage, twilio, desk, tom, toms, client }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/leads/{}{rest}", self.client.lead)
    }

    /// The lead, with both of its clocks right: counted from this field of it, or from now if it is not there.
    async fn clocked(&self, from: &str, stale_after_s: i64) -> Value {
        let lead = self.desk.ana.lead(&self.client.lead).await;
        let time = |field: &str| lead[field].as_str().map(|at| at.parse::<Timestamp>().expect("RFC 3339"));
        let (base, stale) = (time(from).expect("a base"), time("stale_at").expect("a clock that runs"));
        assert_eq!(stale.duration_since(base).as_millis(), i128::from(stale_after_s) * 1_000, "{lead}");
        lead
    }

    /// Not a word of what anybody wrote is anywhere that a team lead can look without a grant.
    async fn tom_reads_nothing(&self, step: &str) {
        let mut texts = Vec::new();
        for path in [
            self.path(""),
            self.path("/events"),
            "/v1/deck".to_owned(),
            "/v1/rescue".to_owned(),
            "/v1/leads".to_owned(),
        ] {
            let answer = self.tom.client.get(&path).await;
            assert_eq!(answer.status, 200, "{step}: {path}: {}", answer.text);
            texts.push(answer.text);
        }
        for word in [ASKED, ANSWERED, RESCUED, AGREED, "turquoise", "balcony", "fountain"] {
            assert!(texts.iter().all(|text| !text.contains(word)), "{step}: {word}");
        }
    }

    async fn keys(&self) -> Vec<String> {
        let mut events = self.desk.ana.events(&self.client.lead).await;
        events.reverse();
        let key = |event: &Value| event["explanation_key"].as_str().map(str::to_owned);
        events.iter().filter_map(key).collect()
    }

    /// Waits for an entry of the timeline with that cause.
    async fn until_told(&self, key: &str) {
        let told = async {
            while !self.keys().await.iter().any(|known| known == key) {
                tokio::time::sleep(POLL).await;
            }
        };
        self.server.log().within(crate::support::LONG_ENOUGH, key, told).await;
    }

    async fn rescue(&self) -> Value {
        let queue = self.tom.client.all("/v1/rescue").await;
        assert_eq!(queue.len(), 1, "{queue:?}");
        queue[0].clone()
    }

    async fn read(&self, grant: &str) -> Answer {
        let request = self.tom.client.request(Method::GET, &self.path("/events"));
        self.tom.client.send(request.header("Raw-Access-Grant", grant)).await
    }
}

fn bodies(answer: &Answer) -> Vec<String> {
    let page = answer.json();
    let events = page["items"].as_array().expect("a list of events");
    events.iter().filter_map(|event| event["body"].as_str().map(str::to_owned)).collect()
}

async fn frame(live: &mut Live, kinds: &[&str]) -> Value {
    loop {
        let frame = live.next().await;
        if kinds.iter().any(|kind| frame.get(kind).is_some()) {
            return frame;
        }
    }
}

fn one(live: &Live, kind: &str, state: &str) -> bool {
    live.cards.len() == 1 && live.cards.values().all(|card| card["kind"] == kind && card["state"] == state)
}

/// New, at risk, breached, and Active by the first message that Twilio took.
async fn first_contact(all: &Loop, hers: &mut Live) {
    assert!(one(hers, "contact_now", "new"), "{:?}", hers.cards);
    assert_eq!(hers.cards.values().next().expect("a card")["preview"], ASKED);
    all.clocked("created_at", 600).await;
    all.tom_reads_nothing("new").await;

    all.brokerage.change_rules(json!({"first_contact_s": 4})).await;
    hers.until("at risk after half of the window", |live| one(live, "contact_now", "at_risk")).await;
    all.tom_reads_nothing("at risk").await;
    all.until_told("first_contact_breached").await;
    let lead = all.clocked("created_at", 600).await;
    assert_eq!((&lead["state"], &lead["last_touch_at"]), (&json!("at_risk"), &Value::Null));

    let send = json!({"mutation_id": mutation_id(), "lead_id": all.client.lead, "kind": "send", "channel": "sms",
        "body": ANSWERED, "undo_seconds": 1});
    assert_eq!(hers.act(&send).await["result"], "applied");
    assert!(one(hers, "contact_now", "at_risk"), "asked for is not sent: {:?}", hers.cards);
    hers.until("the card going when Twilio took it", |live| live.cards.is_empty()).await;
    all.desk.until(&all.client, ANSWERED, &["delivered"]).await;
    let lead = all.clocked("last_touch_at", 600).await;
    assert_eq!(lead["state"], "active");
    assert!(lead["next_action_at"].is_string(), "DECK-8: the next follow-up is planned");
    all.tom_reads_nothing("active").await;
}

/// At risk and Stale: the team lead is told, and reads nothing without a reason on record.
async fn left_alone(all: &Loop, hers: &mut Live, his: &mut Live) -> String {
    all.brokerage.change_rules(json!({"stale_after_s": 100, "at_risk_share": 0.05})).await;
    hers.until("at risk again", |live| one(live, "at_risk", "at_risk")).await;
    all.clocked("last_touch_at", 100).await;
    all.tom_reads_nothing("at risk again").await;
    all.brokerage.change_rules(json!({"stale_after_s": 6})).await;
    hers.until("Stale", |live| one(live, "rescue", "stale")).await;
    his.until("a rescue card", |live| one(live, "rescue", "stale")).await;
    assert!(his.cards.values().all(|card| card.get("preview").is_none_or(Value::is_null)));
    // From here on nothing is a matter of seconds: longer windows never end the Stale state.
    all.brokerage.change_rules(json!({"first_contact_s": 300, "stale_after_s": 600})).await;
    all.server.settled().await;
    assert_eq!(all.rescue().await["progress"], "waiting");
    all.tom_reads_nothing("stale").await;
    let access = all.tom.client.post(&all.path("/raw-access"), &json!({"reason": REASON})).await.ok();
    access["grant"].as_str().expect("a grant").to_owned()
}

/// The rescuer writes from his own number, and the client answers him there.
async fn rescue(all: &Loop, grant: &str, thread: &mut Live) {
    assert_eq!(bodies(&all.read(grant).await), [ANSWERED, ASKED]);
    thread.say(&json!({"watch": {"lead_id": all.client.lead, "grant": grant}})).await;
    let watched = frame(thread, &["watched", "unwatched"]).await;
    assert_eq!(watched["watched"], json!({"lead_id": all.client.lead, "raw": true}));

    let message = json!({"channel": "sms", "body": RESCUED});
    let sent = all.tom.client.post(&all.path("/messages"), &message).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    all.desk.until(&all.client, RESCUED, &["delivered"]).await;
    all.server.settled().await;
    assert_eq!(all.desk.state(&all.client).await, "stale", "a rescuer's touch ends nothing");
    let rescue = all.rescue().await;
    assert_eq!((&rescue["progress"], &rescue["rescuer_id"]), (&json!("in_progress"), &json!(all.tom.id)));

    all.desk.hears_on(&all.toms, all.server, &all.twilio, &all.client, AGREED).await;
    while frame(thread, &["event"]).await["event"]["body"] != AGREED {}
    assert_eq!(all.rescue().await["progress"], "answered");
    all.tom_reads_nothing("answered").await;
}

/// Given back with a recap: the door closes, the clocks begin anew, and the owner sees all of it.
async fn hand_back(all: &Loop, grant: &str, hers: &mut Live, his: &mut Live, thread: &mut Live) {
    let before = Timestamp::now();
    let back = all.tom.client.post(&all.path("/hand-back"), &json!({})).await.ok();
    assert_eq!(
        (&back["lead"]["state"], &back["recap"]["rescuer_id"]),
        (&json!("active"), &json!(all.tom.id))
    );
    let end = frame(thread, &["unwatched"]).await;
    assert_eq!(end["unwatched"], json!({"lead_id": all.client.lead, "code": "lead_not_stale"}));
    let closed = all.read(grant).await;
    assert_eq!(
        (bodies(&closed), &closed.headers["raw-access-refused"]),
        (Vec::new(), &"lead_not_stale".parse().expect("ASCII"))
    );
    his.until("his card gone", |live| live.cards.is_empty()).await;
    hers.until("an answer to be given", |live| one(live, "reply", "active")).await;
    let stale_at: Timestamp =
        back["lead"]["stale_at"].as_str().expect("a clock that runs").parse().expect("RFC 3339");
    let left = stale_at.duration_since(before).as_secs();
    assert!((599..=630).contains(&left), "{left} s from the hand-back");
    all.tom_reads_nothing("handed back").await;
    assert_eq!(
        bodies(&all.desk.ana.client.get(&all.path("/events")).await),
        [AGREED, RESCUED, ANSWERED, ASKED]
    );
}

#[tokio::test]
async fn rsc_1_a_lead_goes_from_new_to_the_hand_back_by_messages_that_twilio_took() {
    let all = Loop::open().await;
    let (mut hers, mut his) = (all.desk.ana.live(None).await, all.tom.live(None).await);
    first_contact(&all, &mut hers).await;
    let grant = left_alone(&all, &mut hers, &mut his).await;
    let mut thread = all.tom.live(None).await;
    rescue(&all, &grant, &mut thread).await;
    hand_back(&all, &grant, &mut hers, &mut his, &mut thread).await;

    let ledger = all.twilio.ledger();
    let sent: Vec<(&str, &str)> = ledger
        .accepted
        .iter()
        .map(|accepted| (accepted.from.as_deref().unwrap_or_default(), accepted.body.as_str()))
        .collect();
    assert_eq!(sent, [(all.desk.number.number.as_str(), ANSWERED), (all.toms.number.as_str(), RESCUED)]);
    let keys: Vec<String> = all
        .keys()
        .await
        .into_iter()
        .filter(|key| !["rescue_escalated", "rules_changed", "windows_shortened"].contains(&key.as_str()))
        .collect();
    let causes: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    let expected = [
        "first_contact_window_nearly_over",
        "first_contact_breached",
        "first_touch",
        "stale_window_nearly_over",
        "stale_window_over",
        "rescue_began",
        "rescue_answered",
        "handed_back",
    ];
    assert_eq!(causes, BTreeSet::from(expected), "{keys:?}");
    let place = |key: &str| keys.iter().position(|known| known == key);
    assert!(expected.is_sorted_by_key(|key| place(key)), "in that order: {keys:?}");
    audit(&all).await;
}

/// What the log says of all that, by whom.
async fn audit(all: &Loop) {
    let admin = &all.brokerage.admin.client;
    let mut entries = admin.all(&format!("/v1/audit?lead_id={}", all.client.lead)).await;
    entries.reverse();
    let by = |entry: &Value| match entry["actor"]["kind"].as_str() {
        Some("user") if entry["actor"]["id"] == json!(all.desk.ana.id) => "ana",
        Some("user") if entry["actor"]["id"] == json!(all.tom.id) => "tom",
        Some("user") => "somebody else",
        Some("clock") => "clock",
        Some(_) | None => "",
    };
    let told: Vec<(&str, &str)> =
        entries.iter().map(|entry| (entry["action"].as_str().expect("an action"), by(entry))).collect();
    let mut rest = told.iter();
    for step in [
        ("lead.state_changed", "clock"),
        ("lead.first_contact_breached", "clock"),
        ("message.requested", "ana"),
        ("lead.touched", "ana"),
        ("lead.state_changed", "clock"),
        ("lead.state_changed", "clock"),
        ("raw.access_granted", "tom"),
        ("raw.read", "tom"),
        ("message.requested", "tom"),
        ("lead.touched", "tom"),
        ("rescue.handed_back", "tom"),
    ] {
        assert!(rest.any(|told| *told == step), "{step:?}, in its order, in {told:?}");
    }
    let text = admin.get(&format!("/v1/audit?lead_id={}&limit=200", all.client.lead)).await.text;
    for word in [ASKED, ANSWERED, RESCUED, AGREED] {
        assert!(!text.contains(word), "{word} in the audit log");
    }
    let verdict = admin.get("/v1/audit/verification").await.ok();
    assert_eq!((&verdict["intact"], &verdict["findings"]), (&json!(true), &json!([])));
    let readers = all.desk.ana.client.all(&all.path("/readers")).await;
    let opened = readers.iter().find(|reader| reader["action"] == "raw.access_granted").expect("the opening");
    assert_eq!((&opened["reader_id"], &opened["reason"]), (&json!(all.tom.id), &json!(REASON)));
}
