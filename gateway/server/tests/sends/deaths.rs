//! The process is killed around a send: before the call, while it is out, after Twilio took the message and before that is
//! known. After the restart the message was sent once, or nobody knows and it is shown (OUT-3).

use hearthline_simulators::twilio::Twilio;
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

use crate::{
    desk::{Client, Desk, twilio},
    support::{Brokerage, LONG_ENOUGH, Options, POLL, Server},
};

/// Where the process dies by itself, and the statuses that the message may come to. What was never handed over and can't be
/// known to be so is `unknown`: the next process can't tell it from what was.
const POINTS: &[(&str, u32, &[&str])] = &[
    // Asked for; handed over to nobody yet.
    ("commit", 1, &["delivered", "unknown"]),
    ("project_timeline", 1, &["delivered", "unknown"]),
    // `sending` is durable, and the call was not made.
    ("sending", 1, &["unknown"]),
    // Twilio has it.
    ("handed_over", 1, &["delivered"]),
    ("outbound_ref", 1, &["delivered"]),
    ("commit", 2, &["delivered"]),
    // The entry of what is `sending` is written while the call goes out.
    ("project_message", 1, &["delivered", "unknown"]),
    ("project_message", 2, &["delivered"]),
];

/// The one message that can be taken back for a moment.
const WAITS: &str = "Waits";

/// A server with an agent, to be killed and started again.
struct Office {
    server: Server,
    desk: Desk,
    twilio: Twilio,
    /// Once it is there, visits of the point are counted.
    armed: PathBuf,
}

impl Office {
    async fn open() -> Self {
        let server = Server::start(Options::default()).await;
        let brokerage = Brokerage::open(&server).await;
        let twilio = twilio(7).await;
        let desk = Desk::open(&server, &brokerage, &twilio).await;
        let armed = server.folder().join("armed");
        Self { server, desk, twilio, armed }
    }

    /// Starts the server again, to die at that point once it is armed.
    async fn dying_at(&mut self, point: &str, nth: u32) {
        self.server.terminate().await;
        let armed = self.armed.display().to_string();
        self.server.change(|options| {
            let options = options.variable("HEARTHLINE_KILL_AT", format!("{point}:{nth}"));
            options.variable("HEARTHLINE_KILL_FROM", armed)
        });
        self.server.restart().await;
        self.desk = self.desk.again(&self.server).await;
    }

    async fn restart(&mut self) {
        let _ = fs::remove_file(&self.armed);
        self.server.restart().await;
        self.desk = self.desk.again(&self.server).await;
    }

    /// The person's page asks for the message; it may die with the server, and asks again.
    async fn ask(&self, client: &Client, text: &str) -> Option<Value> {
        let path = format!("/v1/leads/{}/messages", client.lead);
        let undo_seconds = if text == WAITS { 2 } else { 0 };
        let body = json!({"channel": "sms", "body": text, "undo_seconds": undo_seconds});
        let request = self.desk.ana.client.request(Method::POST, &path).json(&body);
        let key = text.replace(' ', "-");
        let answer = self.desk.ana.client.try_send(request.header("Idempotency-Key", key)).await.ok()?;
        assert_eq!(answer.status, 202, "{}", answer.text);
        Some(answer.json())
    }

    fn taken(&self, text: &str) -> usize {
        self.twilio.ledger().accepted.iter().filter(|accepted| accepted.body == text).count()
    }

    async fn until_taken(&self, text: &str) {
        let taken = async {
            while self.taken(text) == 0 {
                tokio::time::sleep(POLL).await;
            }
        };
        self.server.log().within(LONG_ENOUGH, "a message at Twilio", taken).await;
    }

    /// After a death and a restart: the page asks again and gets the same message, which comes to one of these; then a
    /// message of its own goes.
    async fn comes_to(&self, client: &Client, text: &str, before: Option<Value>, ends: &[&str]) -> String {
        let again = self.ask(client, text).await.expect("the server is there");
        if let Some(before) = before {
            assert_eq!(again["event_id"], before["event_id"], "{text}");
        }
        let event = self.desk.until(client, text, ends).await;
        assert_eq!(self.desk.sent(client).await.len(), 1, "{text}: one entry");
        let status = event["status"].as_str().expect("a status").to_owned();
        assert_eq!(self.taken(text), usize::from(status == "delivered"), "{text}: {status}");
        let after = format!("{text}, and after it");
        self.desk.send(client, &after).await;
        self.desk.until(client, &after, &["delivered"]).await;
        status
    }

    /// At the very end, when nobody has anything to do any more.
    async fn nothing_was_sent_twice(&self) {
        self.twilio.settled().await;
        self.server.settled().await;
        let times = self.twilio.ledger().times(|accepted| accepted.status_callback.clone());
        assert!(times.values().all(|times| *times == 1), "{times:?}");
    }
}

#[tokio::test]
async fn row_9_a_server_that_dies_at_any_step_of_a_send_sends_it_once_or_shows_that_nobody_knows() {
    let mut office = Office::open().await;
    let mut delivered = 0;
    for (point, nth, ends) in POINTS {
        office.dying_at(point, *nth).await;
        let client = office.desk.client(&office.server).await;
        // At rest: what dies now dies of the message.
        office.server.settled().await;
        fs::write(&office.armed, "").expect("a file");
        let text = format!("Killed at {point} {nth}");
        let asked = office.ask(&client, &text).await;
        office.server.exited().await;
        office.restart().await;
        let status = office.comes_to(&client, &text, asked, ends).await;
        delivered += usize::from(status == "delivered");
    }
    office.nothing_was_sent_twice().await;
    assert!(delivered >= 4, "{delivered}");
}

#[tokio::test]
async fn row_9_a_server_that_is_killed_while_a_message_waits_or_its_call_is_out_sends_it_once() {
    let mut office = Office::open().await;
    // Before the call: it waits to be taken back.
    let client = office.desk.client(&office.server).await;
    let asked = office.ask(&client, WAITS).await;
    assert_eq!(office.taken(WAITS), 0);
    office.server.kill9().await;
    office.restart().await;
    office.comes_to(&client, WAITS, asked, &["delivered"]).await;

    // While the call is out: Twilio has the message and keeps its answer back.
    office.twilio.turn(|knobs| knobs.answer_delay_ms = 20_000);
    let client = office.desk.client(&office.server).await;
    let asked = office.ask(&client, "Out").await;
    office.until_taken("Out").await;
    office.server.kill9().await;
    office.twilio.turn(|knobs| knobs.answer_delay_ms = 0);
    office.restart().await;
    office.comes_to(&client, "Out", asked, &["delivered"]).await;

    // The same, and no callback ever tells of it: the list does.
    office.twilio.turn(|knobs| {
        knobs.answer_delay_ms = 20_000;
        knobs.lost_callback = hearthline_simulators::twilio::Fault { next: 4, per_mille: 0 };
    });
    let client = office.desk.client(&office.server).await;
    office.ask(&client, "Out and silent").await.expect("taken");
    office.until_taken("Out and silent").await;
    office.twilio.settled().await;
    office.server.kill9().await;
    office.twilio.turn(|knobs| knobs.answer_delay_ms = 0);
    office.restart().await;
    office.desk.until(&client, "Out and silent", &["sent"]).await;
    assert_eq!(office.taken("Out and silent"), 1);
    office.nothing_was_sent_twice().await;
}
