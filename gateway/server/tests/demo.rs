//! `hearthline demo` as somebody starts it who wants to see the product: what it prints and when, who is there, what its
//! fast clock hurries and what it does not, and how it ends and goes on.

mod support;

use rustix::process::Signal;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::TcpListener,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use support::{Client, LONG_ENOUGH, Log, Process, User, free_port, mutation_id};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// The address has to be there within so long (surface: "hearthline demo").
const READY: Duration = Duration::from_secs(10);

/// Between two looks: the demo's own people share the limits of those who look.
const LOOK: Duration = Duration::from_millis(50);
/// Held by whoever runs one: three at a time would be too slow for what is asked of one.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A running demo.
struct Demo {
    /// First: it ends before its folder goes.
    process: Process,
    log: Log,
    port: u16,
    sign_ins: Vec<[String; 3]>,
}

impl Demo {
    fn launch(folder: &Path, args: &[&str]) -> Self {
        let (port, log) = (free_port(), Log(folder.join("demo.log")));
        let mut command = Command::new(env!("CARGO_BIN_EXE_hearthline"));
        command.args(["demo", "--listen", &format!("127.0.0.1:{port}")]).args(args).current_dir(folder);
        let file = fs::OpenOptions::new().create(true).append(true).open(&log.0).expect("a log");
        command.stderr(file);
        Self { process: Process::start(command, Path::new("")), log, port, sign_ins: Vec::new() }
    }

    async fn start(folder: &Path, args: &[&str]) -> Self {
        let mut demo = Self::launch(folder, args);
        let first = demo.log.within(LONG_ENOUGH, "the first line", demo.process.first_line()).await;
        assert_eq!(first, Some(demo.address()), "{}", demo.log.tail());
        let lines = demo.log.within(Duration::from_secs(2), "sign-ins", demo.process.lines(6)).await;
        demo.sign_ins = lines[1..].iter().map(|line| words(line)).collect();
        demo
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    async fn user(&self, n: usize) -> User {
        let [_, email, password] = &self.sign_ins[n];
        User::sign_in(&Client::at(&self.address(), self.log.clone()), email, password).await
    }

    async fn team_lead(&self) -> User {
        let n = self.sign_ins.iter().position(|[role, ..]| role == "team_lead");
        self.user(n.expect("a team lead")).await
    }

    /// Ctrl-C. Its exit code.
    async fn interrupt(&self) -> Option<i32> {
        self.process.signal(Signal::INT);
        self.log.within(LONG_ENOUGH, "its end", self.process.ended()).await.code()
    }
}

fn words(line: &str) -> [String; 3] {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    words.try_into().unwrap_or_else(|words| panic!("role, address and password: {words:?}"))
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("hearthline-test-").tempdir().expect("a temporary folder")
}

fn states(leads: &[Value]) -> BTreeMap<String, usize> {
    let mut states = BTreeMap::new();
    for lead in leads.iter().filter(|lead| lead["status"] != "archived") {
        *states.entry(lead["state"].as_str().expect("a state").to_owned()).or_default() += 1;
    }
    states
}

const ALL_STATES: [&str; 4] = ["active", "at_risk", "new", "stale"];

fn has_all(states: &BTreeMap<String, usize>) -> bool {
    ALL_STATES.iter().all(|state| states.get(*state).is_some_and(|count| *count > 0))
}

/// Leads of an agent's that can be texted.
async fn texted(agent: &User) -> Vec<String> {
    let leads = agent.client.all("/v1/leads?state=active&status=lead&source=sms").await;
    let open = |lead: &&Value| {
        let channels = lead["channels"].as_array().expect("channels");
        channels.iter().any(|channel| channel["channel"] == "sms" && channel["open"] == true)
    };
    leads.iter().filter(open).map(|lead| lead["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn wow_1_a_demo_has_a_past_with_leads_in_all_states_in_six_languages_and_ends_at_ctrl_c() {
    let _alone = ALONE.lock().await;
    let (folder, began) = (folder(), Instant::now());
    let demo = Demo::start(folder.path(), &[]).await;
    assert!(began.elapsed() < READY, "{:?}", began.elapsed());
    let roles: Vec<&str> = demo.sign_ins.iter().map(|[role, ..]| role.as_str()).collect();
    assert_eq!(roles, ["agent", "agent", "agent", "team_lead", "admin"]);
    let ana = demo.user(0).await;
    assert!(!ana.cards().await.is_empty(), "the first agent has cards");
    let mut live = ana.live(None).await;
    live.until("a card", |live| !live.cards.is_empty()).await;

    let tom = demo.team_lead().await;
    let looked = async {
        loop {
            let leads = tom.leads().await;
            let counted = states(&leads);
            if leads.len() >= 200 && has_all(&counted) && counted["stale"] >= 10 && counted["at_risk"] >= 20 {
                return leads;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let leads = demo.log.within(LONG_ENOUGH, "200 leads in all four states", looked).await;
    let languages: BTreeSet<&str> = leads.iter().filter_map(|lead| lead["language"].as_str()).collect();
    assert_eq!(languages, BTreeSet::from(["ar", "en", "es", "fr", "pt", "vi"]));
    assert!(leads.iter().any(|lead| lead["source"] == "whatsapp"), "not all of them text");
    assert!(leads.iter().any(|lead| lead["status"] == "archived"));
    let queue = tom.client.get("/v1/rescue?limit=100").await.ok();
    let progress: BTreeSet<&str> = queue["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["progress"].as_str())
        .collect();
    assert!(progress.contains("waiting") && progress.contains("answered"), "{progress:?}");

    // What their clients really wrote: Arabic letters in Arabic, an accent of Vietnam's in Vietnamese.
    let ana_leads = ana.leads().await;
    for (language, letters) in [("ar", 'ء'..='ي'), ("vi", '\u{1ea0}'..='\u{1ef9}')] {
        let mut heard = String::new();
        for lead in ana_leads.iter().filter(|lead| lead["language"] == language).take(4) {
            for event in ana.messages(lead["id"].as_str().expect("an id")).await {
                heard += event["body"].as_str().unwrap_or_default();
            }
        }
        assert!(heard.chars().any(|letter| letters.contains(&letter)), "{language}: {heard}");
    }
    assert_eq!(demo.interrupt().await, Some(0), "{}", demo.log.tail());
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "nothing but our log is left: {left:?}");
    assert!(TcpListener::bind(("127.0.0.1", demo.port)).is_ok(), "the port is free again");
}

#[tokio::test]
async fn wow_1_at_speed_60_deadlines_hurry_and_undo_does_not() {
    let _alone = ALONE.lock().await;
    let folder = folder();
    let demo = Demo::start(folder.path(), &["--speed", "60"]).await;
    let ana = demo.user(0).await;
    let leads = texted(&ana).await;
    let message = async |lead: &str, undo_seconds: u32| {
        let message = json!({"channel": "sms", "body": "About the viewing", "undo_seconds": undo_seconds});
        let asked = ana.client.post(&format!("/v1/leads/{lead}/messages"), &message).await.ok();
        assert_eq!(asked["status"], "pending");
        asked["event_id"].clone()
    };
    let status = async |lead: &str, event: &Value| {
        let messages = ana.messages(lead).await;
        let sent = messages.iter().find(|known| known["id"] == *event).expect("the message");
        sent["status"].as_str().expect("a status").to_owned()
    };

    // A minute of people's time is an hour of the engine's. Messages of one lead go in their order: these are two.
    let (slow, quick) = (&leads[0], &leads[1]);
    let (stays, goes) = (message(slow, 60).await, message(quick, 2).await);
    let asked = Instant::now();
    let left = async {
        while status(quick, &goes).await == "pending" {
            tokio::time::sleep(LOOK).await;
        }
    };
    demo.log.within(LONG_ENOUGH, "the message with two seconds", left).await;
    assert!(asked.elapsed() >= Duration::from_millis(1_900), "{:?}", asked.elapsed());
    assert_eq!(status(slow, &stays).await, "pending", "minutes of the engine's later");
    let undo = json!({"mutation_id": stays, "lead_id": slow, "kind": "undo"});
    assert_eq!(ana.act(&undo).await["result"], "applied");
    assert_eq!(status(slow, &stays).await, "canceled");

    // A plan for ten minutes of the engine's time is due after ten seconds of people's.
    let lead = quick;
    let now: jiff::Timestamp = leaves_at(&ana, lead).await;
    let due_at = now.checked_add(jiff::SignedDuration::from_mins(10)).expect("a moment").to_string();
    let planned = Instant::now();
    let schedule = json!({
        "mutation_id": mutation_id(), "lead_id": lead, "kind": "schedule", "due_at": due_at, "title": "Soon",
    });
    let task = ana.act(&schedule).await["task_id"].clone();
    let mut live = ana.live(None).await;
    // Whoever looks on tells "ago" and "tomorrow" by this.
    let clock = &live.greeting["snapshot"]["clock"];
    let shown: jiff::Timestamp = clock["now"].as_str().expect("a moment").parse().expect("RFC 3339");
    assert!(clock["pace"] == 60 && shown > now, "{clock} after {now}");
    let task = task.as_str().expect("a task").to_owned();
    live.until("the follow-up's card", |live| live.cards.contains_key(&task)).await;
    assert!(planned.elapsed() < Duration::from_secs(20), "{:?}", planned.elapsed());

    // And life goes on: at any moment there are leads in all four states.
    let tom = demo.team_lead().await;
    for _ in 0..10 {
        let counted = states(&tom.leads().await);
        assert!(has_all(&counted), "{counted:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(demo.interrupt().await, Some(0), "{}", demo.log.tail());
}

/// The engine's time, by what happened to a lead a moment ago.
async fn leaves_at(agent: &User, lead: &str) -> jiff::Timestamp {
    let events = agent.events(lead).await;
    let newest = events.iter().filter_map(|event| event["received_at"].as_str()?.parse().ok()).max();
    newest.expect("something happened")
}

#[tokio::test]
async fn wow_1_a_demo_that_was_stopped_goes_on_in_its_folder_and_its_clock_does_not_go_back() {
    let _alone = ALONE.lock().await;
    let folder = folder();
    let data = folder.path().join("kept");
    let args = ["--data-dir", data.to_str().expect("a path"), "--speed", "600"];

    // Stopped in the middle of its past, it ends well and can be started again.
    let cut = Demo::launch(folder.path(), &args);
    let made = async {
        while !data.join("demo.json").exists() {
            tokio::time::sleep(LOOK).await;
        }
    };
    cut.log.within(LONG_ENOUGH, "the folder", made).await;
    let up = async {
        let http = support::bare_client();
        while !http
            .get(format!("{}/readyz", cut.address()))
            .send()
            .await
            .is_ok_and(|answer| answer.status() == 200)
        {
            tokio::time::sleep(LOOK).await;
        }
    };
    cut.log.within(LONG_ENOUGH, "200 from /readyz", up).await;
    assert_eq!(cut.interrupt().await, Some(0), "{}", cut.log.tail());
    assert_eq!(cut.process.out(), "", "it was not ready");

    let demo = Demo::start(folder.path(), &args).await;
    let ana = demo.user(0).await;
    let lead = texted(&ana).await[0].clone();
    let note = json!({"body": "Kept over a restart", "client_interaction": true});
    ana.client.post(&format!("/v1/leads/{lead}/notes"), &note).await.ok();
    let (noted_at, leads) = (leaves_at(&ana, &lead).await, ana.leads().await.len());
    assert_eq!(demo.interrupt().await, Some(0), "{}", demo.log.tail());

    let again = Demo::start(folder.path(), &args).await;
    assert_eq!(again.sign_ins, demo.sign_ins, "people sign in as before");
    let ana = again.user(0).await;
    assert!(ana.leads().await.len() >= leads);
    let note = json!({"body": "After it", "client_interaction": true});
    ana.client.post(&format!("/v1/leads/{lead}/notes"), &note).await.ok();
    let notes = ana.client.all(&format!("/v1/leads/{lead}/events?channel=note")).await;
    let bodies: Vec<&Value> = notes.iter().map(|note| &note["body"]).take(2).collect();
    assert_eq!(bodies, [&json!("After it"), &json!("Kept over a restart")]);
    assert!(leaves_at(&ana, &lead).await >= noted_at);
    // Its numbers still carry messages, although the providers are somewhere else by now.
    let sent = json!({"channel": "sms", "body": "Still there?"});
    let sent = ana.client.post(&format!("/v1/leads/{lead}/messages"), &sent).await.ok();
    let delivered = async {
        loop {
            let messages = ana.messages(&lead).await;
            let known = messages.iter().find(|event| event["id"] == sent["event_id"]);
            if known.is_some_and(|event| event["status"] == "delivered") {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    again.log.within(LONG_ENOUGH, "the message's delivery", delivered).await;
    again.process.signal(Signal::TERM);
    let status = again.log.within(LONG_ENOUGH, "its end", again.process.ended()).await;
    assert_eq!(status.code(), Some(0), "{}", again.log.tail());
}
