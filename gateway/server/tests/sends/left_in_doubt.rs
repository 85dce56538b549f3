//! A message of which the provider could not be made to say whether it took it, asked for long enough, waits for a person
//! among the reviews (OUT-3). The server is the whole one, over HTTP; the minutes for which the provider is asked pass on a
//! clock that is moved.

use hearthline_actors::Clock;
use hearthline_server::{clock::DemoClock, config::Config, serve::Server};
use hearthline_simulators::twilio::{Fault, Twilio};
use serde_json::{Value, json};
use std::{fs, sync::Arc, time::SystemTime};
use tempfile::TempDir;

use crate::{
    desk::{Desk, twilio},
    support::{
        Brokerage, Client as Caller, LONG_ENOUGH, Log, OPERATOR_TOKEN, POLL, Sms, User, free_port, stranger,
    },
};

const PLANTED: &str = "planted-bergamot-3306";

/// A server in this process, and its clock.
struct Moved {
    server: Server,
    clock: Arc<DemoClock>,
    nobody: Caller,
    log: Log,
    _folder: TempDir,
}

impl Moved {
    async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("hearthline-test-").tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("operator-token"), OPERATOR_TOKEN).expect("the token can be written");
        let address = format!("127.0.0.1:{}", free_port());
        let mut config = Config::default();
        config.http.listen = address.parse().expect("an address");
        config.http.public_url = format!("http://{address}");
        config.http.operator_token_file = Some(path("operator-token"));
        config.store.path = path("data");
        config.keys.master_file = path("master.key");
        config.media.fetch = false;
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let now = i64::try_from(since.as_millis()).expect("a moment");
        let clock = DemoClock::starting_at(hearthline_engine::time::Timestamp::from_millis(now));
        let clock = Arc::new(clock);
        let server = Server::start_by(config, Arc::<DemoClock>::clone(&clock)).await.expect("it starts");
        let log = Log(path("server.log"));
        let nobody = Caller::at(&format!("http://{address}"), log.clone());
        Self { server, clock, nobody, log, _folder: folder }
    }

    /// Waits for something to be true, with the clock going so many seconds ahead between two looks.
    async fn until<F: Future<Output = bool>>(&self, what: &str, ahead_s: i64, look: impl Fn() -> F) {
        let waiting = async {
            while !look().await {
                self.clock.jump_to(self.clock.now().plus_millis(1_000 * ahead_s));
                tokio::time::sleep(POLL).await;
            }
        };
        self.log.within(LONG_ENOUGH, what, waiting).await;
    }
}

async fn reviews(user: &User) -> Vec<Value> {
    user.client.all("/v1/reviews").await
}

/// A text to a new client that is lost on its way, and of which nothing is known.
async fn lost(moved: &Moved, desk: &Desk) -> (String, String) {
    let phone = stranger();
    desk.number.deliver(&desk.ana.client, &Sms::new(&phone, "Is the flat still to let?")).await;
    let path = format!("/v1/leads?q={}", phone.trim_start_matches('+'));
    moved.until("the lead", 0, || async { !desk.ana.client.all(&path).await.is_empty() }).await;
    let client = desk.known(&phone).await;
    let event = desk.send(&client, PLANTED).await["event_id"].as_str().expect("an id").to_owned();
    let in_doubt = || async { desk.sent(&client).await.iter().any(|sent| sent["status"] == "unknown") };
    moved.until("nobody knows", 1, in_doubt).await;
    (client.lead, event)
}

async fn status(desk: &Desk, lead: &str) -> Value {
    let sent = desk.ana.messages(lead).await;
    let out = sent.iter().find(|event| event["direction"] == "out").expect("what was sent");
    out["status"].clone()
}

async fn office(moved: &Moved, twilio: &Twilio) -> (Brokerage, Desk) {
    let brokerage = Brokerage::open_for(&moved.nobody).await;
    let desk = Desk::at(&brokerage, twilio, moved.log.clone()).await;
    (brokerage, desk)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_3_a_message_that_nobody_can_speak_of_waits_among_the_reviews_until_a_person_does() {
    let moved = Moved::start().await;
    let twilio = twilio(31).await;
    let (brokerage, desk) = office(&moved, &twilio).await;
    let tim = brokerage.team_lead().await;
    twilio.turn(|knobs| knobs.lost_request = Fault::always());
    let mut messages = Vec::new();
    for _ in 0..2 {
        messages.push(lost(&moved, &desk).await);
    }
    assert!(reviews(&tim).await.is_empty(), "the provider is still asked");
    moved.until("both wait for a person", 60, || async { reviews(&tim).await.len() == 2 }).await;
    let waiting = reviews(&tim).await;
    assert_eq!(reviews(&brokerage.admin).await, waiting);
    for item in &waiting {
        assert_eq!((&item["kind"], &item["channel"]), (&json!("send_in_doubt"), &json!("sms")));
        assert_eq!((&item["deeds"], &item["leads"]), (&json!(["sent", "not_sent"]), &json!([])));
        assert_eq!(item["owner_id"], json!(desk.ana.id));
        let why = item["explanation"].as_str().expect("words");
        assert!(why.starts_with("Nobody can say whether the message by SMS of "), "{why}");
        assert!(!item.to_string().contains(PLANTED), "{item}");
    }
    // The owner says it at the message; here they decide nothing, and elsewhere nobody knows.
    let elsewhere = Brokerage::open_for(&moved.nobody).await;
    assert!(reviews(&desk.ana).await.is_empty() && reviews(&elsewhere.admin).await.is_empty());
    let path = |event: &str| format!("/v1/reviews/{event}/decide");
    let (sent, not_sent) = (json!({"decision": "sent"}), json!({"decision": "not_sent"}));
    let [(one, first), (other, second)] = &messages[..] else { panic!("two messages") };
    desk.ana.client.post(&path(first), &sent).await.problem(403, "role_lacks_right");
    elsewhere.admin.client.post(&path(first), &sent).await.not_found();
    for wrong in ["restore", "dismiss", "same", "not_same"] {
        let wrong = tim.client.post(&path(first), &json!({"decision": wrong})).await;
        wrong.problem(409, "deed_not_possible");
    }

    assert_eq!(tim.client.post(&path(first), &sent).await.status, 204);
    assert_eq!(brokerage.admin.client.post(&path(second), &not_sent).await.status, 204);
    moved.until("both are off the list", 0, || async { reviews(&tim).await.is_empty() }).await;
    tim.client.post(&path(first), &not_sent).await.not_found();
    moved
        .until("the threads say so", 0, || async {
            status(&desk, one).await == "sent" && status(&desk, other).await == "failed"
        })
        .await;
    let ledger = twilio.ledger();
    assert_eq!((ledger.asked, ledger.accepted.len()), (2, 0), "nothing was sent again");
    moved.server.stop().await.expect("it stops");
}
