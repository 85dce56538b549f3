//! The whole loop of a lead that was left alone (RSC-1, RSC-2, RSC-6, PRV-2 to PRV-4), through HTTP and the socket of the
//! started binary with windows of seconds: who sees what at each step, and what stands in the audit log afterwards.

mod support;

use hearthline_storage_api::{
    Commit, KeyRange, Outcome, Store, Token, Write,
    rows::{
        audit::{read_register_key, register_partition},
        tenant::list_tenants,
    },
};
use hearthline_storage_embedded::{Config as EmbeddedConfig, Embedded};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};
use support::{Answer, Brokerage, Live, Number, Options, Server, Sms, User, run_to_end, stranger};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

/// An agent, their team lead, another one of the same team, a number, and a lead who has just written.
struct Office {
    server: &'static Server,
    brokerage: Brokerage,
    ana: User,
    tom: User,
    tina: User,
    number: Number,
    phone: String,
    lead: String,
}

const WORDS: &str = "My offer is four hundred thousand";
const ANSWER: &str = "Yes please, on Tuesday";
const REASON: &str = "Ana is ill and the client waits";

impl Office {
    async fn open(first_contact_s: u32, stale_after_s: u32) -> Self {
        Self::open_at(server().await, first_contact_s, stale_after_s).await
    }

    async fn open_at(server: &'static Server, first_contact_s: u32, stale_after_s: u32) -> Self {
        let brokerage = Brokerage::open(server).await;
        let (ana, tom, tina) =
            (brokerage.agent().await, brokerage.team_lead().await, brokerage.team_lead().await);
        let number = brokerage.connect(&ana).await;
        brokerage.change_rules(windows(first_contact_s, stale_after_s, 0.5)).await;
        let phone = stranger();
        number.deliver(&ana.client, &Sms::new(&phone, WORDS)).await;
        server.settled().await;
        let lead = ana.leads().await.remove(0)["id"].as_str().expect("an id").to_owned();
        Self { server, brokerage, ana, tom, tina, number, phone, lead }
    }

    /// One whose lead is Stale. From then on its windows are long: what comes after is never a matter of seconds.
    async fn stale() -> Self {
        Self::stale_at(server().await).await
    }

    async fn stale_at(server: &'static Server) -> Self {
        let office = Self::open_at(server, 1, 2).await;
        office.until(&office.ana, "rescue").await;
        office.take_time().await;
        office
    }

    /// Lets every lead of the office go Stale, of which there are so many.
    async fn stale_too(&self, leads: usize) {
        self.brokerage.change_rules(windows(1, 2, 0.5)).await;
        let mut live = self.tom.live(None).await;
        live.until("all in his deck", |live| {
            live.cards.values().filter(|card| card["kind"] == "rescue").count() == leads
        })
        .await;
        self.take_time().await;
    }

    /// Windows so long that nothing happens by itself. They end no Stale state.
    async fn take_time(&self) {
        self.brokerage.change_rules(windows(3_600, 7_200, 0.5)).await;
        self.server.settled().await;
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/leads/{}{rest}", self.lead)
    }

    /// Waits for a card of that kind in somebody's open deck.
    async fn until(&self, user: &User, kind: &str) {
        let mut live = user.live(None).await;
        live.until(kind, |live| live.cards.values().any(|card| card["kind"] == kind)).await;
    }

    async fn state(&self) -> Value {
        self.ana.lead(&self.lead).await["state"].clone()
    }

    /// Contact as somebody noted it.
    async fn touch(&self, by: &User) {
        let note = json!({"body": "Spoke on the phone", "client_interaction": true});
        by.client.post(&self.path("/notes"), &note).await.ok();
        self.server.settled().await;
    }

    async fn ask_for_access(&self, by: &User) -> Answer {
        by.client.post(&self.path("/raw-access"), &json!({"reason": REASON})).await
    }

    async fn grant(&self, by: &User) -> String {
        self.ask_for_access(by).await.ok()["grant"].as_str().expect("a grant").to_owned()
    }

    async fn read(&self, by: &User, grant: &str) -> Answer {
        self.read_lead(by, &self.lead, grant).await
    }

    async fn read_lead(&self, by: &User, lead: &str, grant: &str) -> Answer {
        let request = by.client.request(Method::GET, &format!("/v1/leads/{lead}/events"));
        by.client.send(request.header("Raw-Access-Grant", grant)).await
    }

    async fn rescues(&self, by: &User) -> Vec<Value> {
        by.client.all("/v1/rescue").await
    }

    /// Somebody watches the thread; the frame that answers.
    async fn watch(&self, by: &User, grant: Option<&str>) -> (Live, Value) {
        let mut live = by.live(None).await;
        live.say(&json!({"watch": {"lead_id": self.lead, "grant": grant}})).await;
        let answer = frame(&mut live, &["watched", "unwatched"]).await;
        (live, answer)
    }
}

fn windows(first_contact_s: u32, stale_after_s: u32, at_risk_share: f64) -> Value {
    json!({"first_contact_s": first_contact_s, "stale_after_s": stale_after_s, "at_risk_share": at_risk_share})
}

/// The next frame of one of these kinds.
async fn frame(live: &mut Live, kinds: &[&str]) -> Value {
    loop {
        let frame = live.next().await;
        if kinds.iter().any(|kind| frame.get(kind).is_some()) {
            return frame;
        }
    }
}

/// The next message of a watched thread, or its end: a Stale lead escalates meanwhile.
async fn message_or_end(live: &mut Live) -> Value {
    loop {
        let frame = frame(live, &["unwatched", "event"]).await;
        if frame.get("unwatched").is_some() || frame["event"]["kind"] == "message" {
            return frame;
        }
    }
}

/// Bodies of the events of an answer, newest first.
fn bodies(answer: &Answer) -> Vec<String> {
    let page = answer.json();
    let items = page["items"].as_array().expect("a list of events").clone();
    items.iter().filter_map(|event| event["body"].as_str().map(str::to_owned)).collect()
}

/// Types and times, and no raw field at all.
#[track_caller]
fn shows_no_word(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    for event in answer.json()["items"].as_array().expect("a list of events") {
        for field in ["provider_event_id", "from", "to", "subject", "body", "html", "attachments"] {
            assert!(event.get(field).is_none(), "{field} in {event}");
        }
    }
    for word in [WORDS, ANSWER, "Spoke on the phone"] {
        assert!(!answer.text.contains(word), "{}", answer.text);
    }
}

#[track_caller]
fn opened_nothing(answer: &Answer, code: &str) {
    shows_no_word(answer);
    assert_eq!(answer.headers["raw-access-refused"], code);
}

#[tokio::test]
async fn rsc_1_a_lead_goes_the_whole_way_from_its_first_word_to_the_hand_back() {
    let office = Office::open(3_600, 7_200).await;
    let Office { ana, tom, brokerage, .. } = &office;
    let mut hers = ana.live(None).await;

    // New: the owner reads, the team lead knows that there is a lead, and no reason opens it.
    assert_eq!(office.state().await, "new");
    assert_eq!(hers.cards.values().next().expect("a card")["preview"], WORDS);
    shows_no_word(&tom.client.get(&office.path("/events")).await);
    office.ask_for_access(tom).await.problem(403, "lead_not_stale");
    office.ask_for_access(ana).await.problem(403, "owner_needs_no_grant");
    assert_eq!((office.rescues(tom).await.len(), tom.cards().await.len()), (0, 0));

    // At risk after its share of the window. Windows are shortened for each step, so that no step has to be in time.
    brokerage.change_rules(windows(20, 7_200, 0.05)).await;
    hers.until("at risk", |live| live.cards.values().any(|card| card["state"] == "at_risk")).await;
    office.touch(ana).await;
    assert_eq!(office.state().await, "active");

    // Left alone: at risk again, then Stale.
    brokerage.change_rules(windows(20, 40, 0.05)).await;
    office.until(ana, "at_risk").await;
    let mut his = tom.live(None).await;
    brokerage.change_rules(windows(1, 2, 0.5)).await;
    his.until("a rescue card", |live| live.cards.values().any(|card| card["kind"] == "rescue")).await;
    assert!(his.cards.values().all(|card| card.get("preview").is_none_or(Value::is_null)));
    office.take_time().await;
    assert_eq!(office.state().await, "stale");
    let queue = office.rescues(tom).await;
    assert_eq!(
        (queue.len(), &queue[0]["progress"], &queue[0]["owner_id"]),
        (1, &json!("waiting"), &json!(ana.id))
    );

    // Without a grant, not a word; with one, every word, on record.
    shows_no_word(&tom.client.get(&office.path("/events")).await);
    let grant = office.grant(tom).await;
    let read = office.read(tom, &grant).await;
    assert_eq!(bodies(&read), ["Spoke on the phone", WORDS]);
    let (mut thread, watched) = office.watch(tom, Some(&grant)).await;
    assert_eq!(watched["watched"], json!({"lead_id": office.lead, "raw": true}));

    // A rescuer's touch ends nothing; the client's answer comes to the rescuer.
    office.touch(tom).await;
    assert_eq!(office.state().await, "stale");
    let queue = office.rescues(tom).await;
    assert_eq!((&queue[0]["progress"], &queue[0]["rescuer_id"]), (&json!("in_progress"), &json!(tom.id)));
    office.number.deliver(&ana.client, &Sms::new(&office.phone, ANSWER)).await;
    loop {
        let event = frame(&mut thread, &["event", "unwatched"]).await;
        if event["event"]["kind"] == "message" {
            assert_eq!(event["event"]["body"], ANSWER);
            break;
        }
    }
    office.server.settled().await;
    assert_eq!(office.rescues(tom).await[0]["progress"], "answered");

    // Given back: the door closes at once, on the open socket too.
    let back = tom.client.post(&office.path("/hand-back"), &json!({})).await.ok();
    assert_eq!((&back["lead"]["state"], &back["recap"]["rescuer_id"]), (&json!("active"), &json!(tom.id)));
    assert!(back["recap"]["answered_at"].is_string() && back["recap"]["awaits_reply"] == true);
    let end = frame(&mut thread, &["unwatched"]).await;
    assert_eq!(end["unwatched"], json!({"lead_id": office.lead, "code": "lead_not_stale"}));
    opened_nothing(&office.read(tom, &grant).await, "lead_not_stale");
    assert_eq!(office.rescues(tom).await.len(), 0);
    let told = ana.events(&office.lead).await;
    let recap = told.iter().find(|event| event["detail"]["what"] == "handed_back").expect("in her timeline");
    assert_eq!(recap["detail"]["recap"]["rescuer_id"], json!(tom.id));
    assert_eq!(bodies(&ana.client.get(&office.path("/events")).await)[0], ANSWER);

    // Stale once more: the old reason opens nothing.
    brokerage.change_rules(windows(1, 2, 0.5)).await;
    office.until(tom, "rescue").await;
    office.take_time().await;
    opened_nothing(&office.read(tom, &grant).await, "raw_access_reason_required");
    audit_of_the_loop(&office).await;
}

/// What the log says of all that.
async fn audit_of_the_loop(office: &Office) {
    let Office { ana, tom, brokerage, .. } = office;
    let readers = ana.client.all(&office.path("/readers")).await;
    let raw: Vec<(&Value, &Value)> = readers
        .iter()
        .filter(|reader| reader["raw"] == true)
        .map(|reader| (&reader["action"], &reader["reader_id"]))
        .collect();
    let by_tom = json!(tom.id);
    assert!(raw.iter().all(|(_, reader)| **reader == by_tom), "{readers:?}");
    let opened = readers.iter().find(|reader| reader["action"] == "raw.access_granted").expect("the opening");
    assert_eq!(opened["reason"], REASON);
    assert!(
        raw.iter().filter(|(action, _)| **action == "raw.read").count() >= 2,
        "over HTTP, and on the socket"
    );
    assert!(readers.iter().any(|reader| reader["action"] == "timeline.read"), "derived readings too");
    tom.client.get(&office.path("/readers")).await.problem(403, "role_lacks_right");
    tom.client.get("/v1/audit").await.problem(403, "forbidden");

    let admin = &brokerage.admin.client;
    let entries = admin.all(&format!("/v1/audit?lead_id={}", office.lead)).await;
    let actions: BTreeSet<&str> =
        entries.iter().map(|entry| entry["action"].as_str().expect("an action")).collect();
    for action in [
        "lead.created",
        "message.received",
        "lead.state_changed",
        "note.written",
        "lead.touched",
        "rescue.moved",
        "rescue.handed_back",
        "raw.access_granted",
        "raw.read",
    ] {
        assert!(actions.contains(action), "{action} in {actions:?}");
    }
    let granted =
        admin.all(&format!("/v1/audit?lead_id={}&action=raw.&actor_id={}", office.lead, tom.id)).await;
    assert_eq!(granted.len(), raw.len());
    let stale: Vec<&Value> = entries
        .iter()
        .filter(|entry| {
            entry["fields"]
                .as_array()
                .is_some_and(|fields| fields.contains(&json!({"name": "state", "value": "stale"})))
        })
        .collect();
    assert!(stale.len() == 2 && stale.iter().all(|entry| entry["actor"]["kind"] == "clock"), "{stale:?}");
    let rules = admin.all("/v1/audit?action=team.rules_changed").await;
    let to = |seconds: &str| json!({"name": "stale_after_s", "value": seconds});
    let changes: Vec<&Vec<Value>> = rules.iter().filter_map(|entry| entry["fields"].as_array()).collect();
    for seconds in ["7200", "40", "2"] {
        assert!(changes.iter().any(|fields| fields.contains(&to(seconds))), "{seconds} in {changes:?}");
    }
    let verdict = admin.get("/v1/audit/verification").await.ok();
    assert_eq!((&verdict["intact"], &verdict["findings"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn prv_2_a_grant_opens_one_lead_for_one_person_in_one_session_and_nothing_when_it_is_tampered_with() {
    let office = Office::stale().await;
    let Office { ana, tom, tina, .. } = &office;
    office.number.deliver(&ana.client, &Sms::new(&stranger(), WORDS)).await;
    office.server.settled().await;
    let other = ana.leads().await.into_iter().map(|lead| lead["id"].as_str().expect("an id").to_owned());
    let other = other.into_iter().find(|id| *id != office.lead).expect("another lead");
    office.stale_too(2).await;
    let grant = office.grant(tom).await;
    assert_eq!(bodies(&office.read(tom, &grant).await), [WORDS]);

    opened_nothing(&office.read(tina, &grant).await, "raw_access_reason_required");
    let elsewhere = office.read_lead(tom, &other, &grant).await;
    shows_no_word(&elsewhere);
    opened_nothing(&office.read(&office.brokerage.admin, &grant).await, "admin_reads_no_content");
    for place in [5, grant.len() / 2, grant.len() - 2] {
        let mut forged = grant.clone().into_bytes();
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).expect("ASCII");
        opened_nothing(&office.read(tom, &forged).await, "raw_access_reason_required");
    }
    for nonsense in ["", "hlg_", "Bearer x", &"x".repeat(600)] {
        opened_nothing(&office.read(tom, nonsense).await, "raw_access_reason_required");
    }
    let again = User::sign_in(&tom.client, &tom.email, &tom.password).await;
    opened_nothing(&office.read(&again, &grant).await, "raw_access_reason_required");
    assert_eq!(bodies(&office.read(tom, &grant).await), [WORDS], "in its own session it still works");

    for body in [json!({}), json!({"reason": ""}), json!({"reason": "x".repeat(501)}), json!({"reason": 1})] {
        let wrong = tom.client.post(&office.path("/raw-access"), &body).await.wrong_fields();
        assert_eq!(wrong[0].0, "reason");
    }
    office.ask_for_access(&office.brokerage.admin).await.problem(403, "admin_reads_no_content");
    let stranger_to_it = office.brokerage.agent().await;
    office.ask_for_access(&stranger_to_it).await.not_found();
}

#[tokio::test]
async fn prv_3_the_door_closes_on_open_sockets_when_the_lead_leaves_stale_changes_hands_or_is_put_away() {
    for end in ["touch", "reassign", "archive", "delete_of_session"] {
        let office = Office::stale().await;
        let Office { ana, tom, .. } = &office;
        let grant = office.grant(tom).await;
        let (mut thread, watched) = office.watch(tom, Some(&grant)).await;
        assert_eq!(watched["watched"]["raw"], true);
        let code = match end {
            "touch" => {
                office.touch(ana).await;
                "lead_not_stale"
            }
            "reassign" => {
                let ben = office.brokerage.agent().await;
                tom.client.post(&office.path("/reassign"), &json!({"owner_id": ben.id})).await.ok();
                "lead_not_stale"
            }
            "archive" => {
                ana.client.patch(&office.path(""), &json!({"status": "archived"})).await.ok();
                "lead_not_stale"
            }
            _ => {
                tom.client.delete("/v1/sessions").await.ok();
                assert_eq!(thread.closed().await, Some(4200));
                continue;
            }
        };
        office.number.deliver(&ana.client, &Sms::new(&office.phone, ANSWER)).await;
        let told = frame(&mut thread, &["unwatched", "event"]).await;
        let told = if told.get("event").is_some() { frame(&mut thread, &["unwatched"]).await } else { told };
        assert_eq!(told["unwatched"], json!({"lead_id": office.lead, "code": code}), "{end}");
        let after = thread.listen(Duration::from_millis(700)).await;
        assert!(after.iter().all(|frame| frame.get("event").is_none()), "{end}: {after:?}");
        opened_nothing(&office.read(tom, &grant).await, code);
    }
}

#[tokio::test]
async fn prv_3_the_door_closes_on_an_open_socket_when_the_grant_ends_though_the_lead_is_stale() {
    static BRIEF: OnceCell<Server> = OnceCell::const_new();
    let brief = Options::default().set("http.raw_access_s", 4);
    let office = Office::stale_at(BRIEF.get_or_init(|| Server::start(brief)).await).await;
    let Office { ana, tom, number, phone, .. } = &office;
    let (grant, asked) = (office.grant(tom).await, Instant::now());
    let (mut thread, watched) = office.watch(tom, Some(&grant)).await;
    assert_eq!(watched["watched"]["raw"], true);
    number.deliver(&ana.client, &Sms::new(phone, "While the grant lasts")).await;
    let event = message_or_end(&mut thread).await;
    assert_eq!(event["event"]["body"], "While the grant lasts");

    // Nobody does anything: the grant ends by itself.
    let told = message_or_end(&mut thread).await;
    assert_eq!(told["unwatched"], json!({"lead_id": office.lead, "code": "grant_expired"}));
    let lasted = asked.elapsed();
    assert!((Duration::from_millis(3_900)..Duration::from_secs(15)).contains(&lasted), "{lasted:?}");
    assert_eq!(office.state().await, "stale");
    number.deliver(&ana.client, &Sms::new(phone, ANSWER)).await;
    let after = thread.listen(Duration::from_millis(700)).await;
    assert!(after.iter().all(|frame| frame.get("event").is_none()), "{after:?}");
    opened_nothing(&office.read(tom, &grant).await, "raw_access_reason_required");
    assert_eq!(
        bodies(&office.read(tom, &office.grant(tom).await).await)[0],
        ANSWER,
        "a new reason opens it again"
    );
}

#[tokio::test]
async fn prv_4_what_was_read_right_before_a_stop_stands_in_the_audit_log() {
    let mut server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let (ana, tom) = (brokerage.agent().await, brokerage.team_lead().await);
    brokerage.connect(&ana).await.deliver(&ana.client, &Sms::new(&stranger(), WORDS)).await;
    server.settled().await;
    let lead = ana.leads().await.remove(0)["id"].as_str().expect("an id").to_owned();
    tom.lead(&lead).await;
    assert!(server.terminate().await.success());
    server.restart().await;
    let read = format!("/v1/audit?lead_id={lead}&action=lead.read&actor_id={}", tom.id);
    let entries = brokerage.admin.client.all(&read).await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(brokerage.admin.client.get("/v1/audit/verification").await.ok()["intact"], true);
}

#[tokio::test]
async fn tml_1_a_thread_is_watched_by_whoever_may_see_it_with_what_they_may_read() {
    let office = Office::open(60, 120).await;
    let Office { ana, tom, .. } = &office;
    let ben = office.brokerage.agent().await;
    let (mut hers, watched) = office.watch(ana, None).await;
    assert_eq!(watched["watched"]["raw"], true);
    let (mut his, watched) = office.watch(tom, None).await;
    assert_eq!(watched["watched"]["raw"], false);
    let (_, refused) = office.watch(&ben, None).await;
    assert_eq!(refused["unwatched"]["code"], "lead_not_found");
    let (_, refused) = office.watch(tom, Some("hlg_made-up")).await;
    assert_eq!(refused["unwatched"]["code"], "lead_not_stale");

    office.number.deliver(&ana.client, &Sms::new(&office.phone, ANSWER)).await;
    let event = frame(&mut hers, &["event"]).await;
    assert_eq!(event["event"]["body"], ANSWER);
    let event = frame(&mut his, &["event"]).await;
    assert!(event["event"].get("body").is_none() && !event.to_string().contains("Tuesday"), "{event}");
    assert_eq!(event["event"]["kind"], "message");

    // Who loses the lead hears nothing more of it.
    tom.client.post(&office.path("/reassign"), &json!({"owner_id": ben.id})).await.ok();
    let told = frame(&mut hers, &["unwatched"]).await;
    assert_eq!(told["unwatched"]["code"], "lead_not_found");
}

#[tokio::test]
async fn rsc_1_the_queue_shows_the_most_pressing_first_in_pages_and_to_its_team_alone() {
    let office = Office::stale().await;
    let Office { ana, tom, .. } = &office;
    for _ in 0..3 {
        office.number.deliver(&ana.client, &Sms::new(&stranger(), WORDS)).await;
    }
    office.stale_too(4).await;
    office.touch(tom).await;
    let all = office.rescues(tom).await;
    assert_eq!(all.len(), 4);
    assert_eq!(all[3]["lead_id"], json!(office.lead), "who is being rescued presses least");
    let since: Vec<&str> =
        all[..3].iter().map(|item| item["stale_since"].as_str().expect("a time")).collect();
    assert!(since.is_sorted());
    assert_eq!(tom.client.pages("/v1/rescue", 1).await.concat(), all);
    office.number.deliver(&ana.client, &Sms::new(&office.phone, ANSWER)).await;
    office.server.settled().await;
    assert_eq!(office.rescues(tom).await[0]["lead_id"], json!(office.lead), "who has answered presses most");

    let south = office.brokerage.new_team("South").await;
    let far = office.brokerage.user("team_lead", &south).await;
    assert_eq!(office.rescues(&far).await, Vec::<Value>::new());
    ana.client.get("/v1/rescue").await.problem(403, "role_lacks_right");
    let admin = &office.brokerage.admin;
    assert_eq!(office.rescues(admin).await.len(), 4);
    assert_eq!(admin.client.all(&format!("/v1/rescue?team_id={south}")).await.len(), 0);
    for (user, code) in [(ana, "role_lacks_right"), (admin, "role_lacks_right")] {
        user.client.post(&office.path("/hand-back"), &json!({})).await.problem(403, code);
    }
    far.client.post(&office.path("/hand-back"), &json!({})).await.not_found();
    let wrong = tom.client.post(&office.path("/hand-back"), &json!({"note": "x"})).await.wrong_fields();
    assert_eq!(wrong, [("note".to_owned(), "unknown_field".to_owned())]);
}

#[tokio::test]
async fn prv_2_a_planted_word_is_on_no_new_route_and_in_no_file_or_log_line() {
    const PLANTED: &str = "zanzibarquokka";
    let server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let (ana, tom) = (brokerage.agent().await, brokerage.team_lead().await);
    let number = brokerage.connect(&ana).await;
    brokerage.change_rules(json!({"first_contact_s": 1, "stale_after_s": 2, "at_risk_share": 0.5})).await;
    let phone = stranger();
    number.deliver(&ana.client, &Sms::new(&phone, PLANTED)).await;
    let mut live = tom.live(None).await;
    live.until("a rescue card", |live| live.cards.values().any(|card| card["kind"] == "rescue")).await;
    server.settled().await;
    let lead = ana.leads().await.remove(0)["id"].as_str().expect("an id").to_owned();
    let path = |rest: &str| format!("/v1/leads/{lead}{rest}");
    let access = tom.client.post(&path("/raw-access"), &json!({"reason": format!("{PLANTED} reason")})).await;
    assert!(!access.text.contains(PLANTED), "a grant says nothing");
    let grant = access.ok()["grant"].as_str().expect("a grant").to_owned();
    let request = tom.client.request(Method::GET, &path("/events")).header("Raw-Access-Grant", &grant);
    assert_eq!(bodies(&tom.client.send(request).await), [PLANTED]);
    live.say(&json!({"watch": {"lead_id": lead, "grant": grant}})).await;
    frame(&mut live, &["watched"]).await;
    number.deliver(&ana.client, &Sms::new(&phone, PLANTED)).await;
    while frame(&mut live, &["event"]).await["event"]["body"] != PLANTED {}

    for (user, path) in [
        (&tom, "/v1/rescue".to_owned()),
        (&tom, path("/events")),
        (&tom, path("/readers")),
        (&tom, path("")),
        (&brokerage.admin, "/v1/rescue".to_owned()),
        (&brokerage.admin, path("/events")),
        (&brokerage.admin, "/v1/audit/verification".to_owned()),
        (&brokerage.admin, "/v1/audit?action=message.".to_owned()),
        (&brokerage.admin, "/metrics".to_owned()),
    ] {
        let answer = user.client.get(&path).await;
        assert!(!answer.text.contains(PLANTED), "{path}: {}", answer.text);
    }
    let handed = tom.client.post(&path("/hand-back"), &json!({})).await;
    assert!(handed.status == 200 && !handed.text.contains(PLANTED), "{}", handed.text);
    server.settled().await;
    // The reason is for the owner and the administrators, in their answers alone.
    let readers = ana.client.get(&path("/readers")).await;
    assert!(readers.text.contains(PLANTED));
    let (folder, log) = (server.folder().to_owned(), server.log().text());
    server.terminate().await;
    assert!(!log.contains(PLANTED) && !log.contains(&grant), "in the log");
    assert_eq!(files_with(&folder, PLANTED), Vec::<String>::new());
}

/// One row more in a store that nobody serves: what somebody does who can write to the disk.
async fn tamper(data: &Path) {
    let data = data.to_owned();
    let open = move || Embedded::open(EmbeddedConfig::new(data)).expect("the store opens");
    let (store, stream) = tokio::task::spawn_blocking(open).await.expect("it opens");
    let tenant = list_tenants(&*store).await.expect("tenants")[0];
    let register =
        store.read(&register_partition(tenant), &KeyRange::prefix(b"r")).await.expect("a register");
    let chain = read_register_key(tenant, &register.rows[0].key).expect("a chain").partition();
    let slice = store.read(&chain, &KeyRange::prefix(b"e").limit(1)).await.expect("a chain");
    let mut value = slice.rows[0].value.to_vec();
    let place = value.len() - 1;
    value[place] ^= 1;
    let writes = vec![Write::Put { key: slice.rows[0].key.clone(), value: value.into() }];
    let commit = Commit { partition: chain, expected: slice.version, token: Token(7), writes };
    assert_eq!(store.commit(commit).await.expect("a commit"), Outcome::Applied);
    let close = move || {
        stream.close();
        store.close();
    };
    tokio::task::spawn_blocking(close).await.expect("it closes");
}

#[tokio::test]
async fn prv_4_the_command_verifies_a_stopped_store_notes_an_anchor_and_finds_one_changed_bit() {
    let server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    number.deliver(&ana.client, &Sms::new(&stranger(), WORDS)).await;
    server.settled().await;
    let folder = server.folder().to_owned();
    let verify: &[&str] = &["admin", "verify-audit"];
    let running = run_to_end(verify, &[], &folder).await;
    assert!(running.code == Some(1) && running.err.contains("/v1/audit/verification"), "{running:?}");
    server.terminate().await;

    let noted = run_to_end(&["admin", "verify-audit", "--write-anchor", "anchor.json"], &[], &folder).await;
    assert!(noted.code == Some(0) && noted.out.starts_with("intact  tenant "), "{noted:?}");
    let held = run_to_end(&["admin", "verify-audit", "--anchor", "anchor.json"], &[], &folder).await;
    assert_eq!(held.code, Some(0), "{held:?}");
    tamper(&server.data()).await;
    let found = run_to_end(verify, &[], &folder).await;
    assert!(found.code == Some(1) && found.out.contains("entry_changed"), "{found:?}");
}

/// The files below a folder that hold a text in clear.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found.extend(files_with(&entry, text));
        } else {
            let bytes = std::fs::read(&entry).expect("a file");
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(entry.display().to_string());
            }
        }
    }
    found
}
