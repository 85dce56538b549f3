//! The knobs: what is lost, doubled, delayed or refused, and what the ledger then says.

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
};
use hearthline_simulators::{
    client::client,
    twilio::{Account, Fault, Inbound, NoSuchNumber, Number, Outcome, Twilio},
};
use reqwest::{Client, Response};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

const SID: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const NUMBER: &str = "+14155550190";
const CLIENT: &str = "+14155550117";

/// A webhook's server: answers with the given statuses one after another, the last one for ever.
struct Webhook {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    signature: String,
    token: String,
    body: String,
}

impl Webhook {
    async fn answering(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
        let calls = Arc::new(Mutex::new(Vec::new()));
        let take = move |State(calls): State<Arc<Mutex<Vec<Call>>>>, request: Request| async move {
            let (head, body) = request.into_parts();
            let header = |name: &str| {
                let value = head.headers.get(name).expect("sent by Twilio");
                value.to_str().expect("ASCII").to_owned()
            };
            let (signature, token) = (header("x-twilio-signature"), header("i-twilio-idempotency-token"));
            let body = axum::body::to_bytes(body, 65_536).await.expect("a body");
            let body = String::from_utf8(body.to_vec()).expect("a form");
            let mut calls = calls.lock().expect("a list");
            calls.push(Call { signature, token, body });
            let n = (calls.len() - 1).min(statuses.len() - 1);
            StatusCode::from_u16(statuses[n]).expect("a status")
        };
        let router = Router::new().fallback(take).with_state(calls.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, calls }
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("a list").clone()
    }

    fn statuses(&self) -> Vec<String> {
        let status = |call: &Call| {
            let (_, after) = call.body.split_once("MessageStatus=").expect("a status callback");
            after.split('&').next().expect("a value").to_owned()
        };
        self.calls().iter().map(status).collect()
    }
}

struct Rig {
    twilio: Twilio,
    http: Client,
}

impl Rig {
    async fn new(seed: u64, webhook_url: Option<String>) -> Self {
        let listen = "127.0.0.1:0".parse().expect("an address");
        let twilio = Twilio::start(listen, seed).await.expect("a simulator");
        let numbers = vec![Number { number: NUMBER.to_owned(), webhook_url }];
        let (account_sid, auth_token) = (SID.to_owned(), TOKEN.to_owned());
        twilio.set_account(Account { account_sid, auth_token, numbers, services: Vec::new() });
        Self { twilio, http: client(Duration::from_secs(5), "test").expect("a client") }
    }

    fn messages(&self) -> String {
        format!("{}/2010-04-01/Accounts/{SID}/Messages.json", self.twilio.base_url())
    }

    async fn send(&self, body: &str, callback: Option<&str>) -> reqwest::Result<Response> {
        let mut form = vec![("To", CLIENT), ("From", NUMBER), ("Body", body)];
        form.extend(callback.map(|url| ("StatusCallback", url)));
        self.http.post(self.messages()).basic_auth(SID, Some(TOKEN)).form(&form).send().await
    }
}

#[tokio::test]
async fn out_3_a_lost_answer_is_a_message_that_was_taken() {
    let rig = Rig::new(1, None).await;
    rig.twilio.turn(|knobs| {
        knobs.lost_answer = Fault::once();
        knobs.lost_request = Fault::once();
    });
    let (first, second) = (rig.send("one", None).await, rig.send("two", None).await);
    assert!(first.is_err() && second.is_err(), "neither is answered, and they look the same from outside");
    assert_eq!(rig.send("three", None).await.expect("answered").status(), 201);

    let ledger = rig.twilio.ledger();
    assert_eq!(ledger.asked, 3);
    let taken: Vec<_> = ledger.accepted.iter().map(|row| (row.body.as_str(), row.answered)).collect();
    assert_eq!(taken, [("two", false), ("three", true)]);
    let list = rig.http.get(rig.messages()).basic_auth(SID, Some(TOKEN)).send().await.expect("answered");
    let list = list.text().await.expect("a body");
    assert!(list.contains("\"two\"") && !list.contains("\"one\""), "{list}");
}

#[tokio::test]
async fn out_3_every_fault_says_in_the_ledger_whether_the_message_was_taken() {
    let rig = Rig::new(1, None).await;
    let mut taken = 0;
    let once = Fault::once();
    for (status, accepted) in [(429, false), (503, false), (500, true), (201, true)] {
        rig.twilio.turn(|knobs| {
            knobs.retry_after_seconds = 3;
            match status {
                429 => knobs.throttled = once,
                503 => knobs.unavailable = once,
                500 => knobs.failed_answer = once,
                _ => knobs.garbled_answer = once,
            }
        });
        let answer = rig.send("x", None).await.expect("answered");
        assert_eq!(answer.status(), status);
        let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().expect("ASCII"));
        assert_eq!(retry_after, (status == 429).then_some("3"));
        taken += usize::from(accepted);
        assert_eq!(rig.twilio.ledger().accepted.len(), taken, "{status}");
    }
    let ledger = rig.twilio.ledger();
    assert_eq!(ledger.refused, [(20429, 1), (20503, 1)].into());
    assert!(ledger.accepted.iter().all(|row| !row.answered));
}

#[tokio::test]
async fn out_3_the_same_seed_strikes_the_same_sends() {
    let mut seen = BTreeSet::new();
    for seed in [7, 7, 8] {
        let rig = Rig::new(seed, None).await;
        rig.twilio.turn(|knobs| {
            knobs.lost_answer = Fault::per_mille(300);
            knobs.lost_request = Fault::per_mille(300);
        });
        let mut struck = Vec::new();
        for n in 0..40 {
            struck.push(rig.send(&format!("number {n}"), None).await.is_err());
        }
        let ledger = rig.twilio.ledger();
        assert!(ledger.times(|row| row.body.clone()).values().all(|times| *times == 1));
        let unanswered = ledger.accepted.iter().filter(|row| !row.answered).count();
        assert!(unanswered > 0 && unanswered < struck.iter().filter(|struck| **struck).count());
        seen.insert(struck);
    }
    assert_eq!(seen.len(), 2, "two runs of one seed are equal, another seed is another run");
}

#[tokio::test]
async fn ing_13_callbacks_come_doubled_out_of_order_or_not_at_all() {
    let all = ["delivered", "queued", "sending", "sent"];
    let rig = Rig::new(3, None).await;
    rig.twilio.turn(|knobs| knobs.duplicated_callback = Fault::always());
    let hook = Webhook::answering(&[204]).await;
    rig.send("x", Some(&hook.url)).await.expect("answered");
    rig.twilio.settled().await;
    assert_eq!(
        hook.statuses(),
        ["queued", "queued", "sending", "sending", "sent", "sent", "delivered", "delivered"]
    );

    rig.twilio.turn(|knobs| {
        knobs.duplicated_callback = Fault::default();
        knobs.reordered_callbacks = Fault::always();
    });
    let mut orders = BTreeSet::new();
    for _ in 0..12 {
        let hook = Webhook::answering(&[204]).await;
        rig.send("x", Some(&hook.url)).await.expect("answered");
        rig.twilio.settled().await;
        let order = hook.statuses();
        assert_eq!(BTreeSet::from_iter(order.iter().map(String::as_str)), BTreeSet::from(all));
        orders.insert(order);
    }
    assert!(orders.len() > 3, "{orders:?}");

    rig.twilio.turn(|knobs| knobs.lost_callback = Fault::always());
    let hook = Webhook::answering(&[204]).await;
    rig.send("x", Some(&hook.url)).await.expect("answered");
    rig.twilio.settled().await;
    assert_eq!(hook.calls(), []);
}

#[tokio::test]
async fn ing_1_a_webhook_is_retried_as_its_url_asks_with_the_same_signature() {
    for (overrides, statuses, attempts) in [
        ("#rc=5&rp=all", &[503, 404, 204][..], 3),
        ("#rc=1&rp=all", &[503][..], 2),
        ("#rc=5&rp=5xx", &[404][..], 1),
        ("#rc=5&rp=5xx", &[500, 204][..], 2),
        ("", &[500][..], 1),
    ] {
        let hook = Webhook::answering(statuses).await;
        let rig = Rig::new(1, Some(format!("{}{overrides}", hook.url))).await;
        let inbound = Inbound {
            to: NUMBER.to_owned(),
            from: CLIENT.to_owned(),
            body: "hi".to_owned(),
            media: Vec::new(),
        };
        let sid = rig.twilio.receive(inbound).await.expect("a number of the account");
        let calls = hook.calls();
        assert_eq!(calls.len(), attempts, "{overrides} {statuses:?}");
        assert!(calls.iter().all(|call| *call == calls[0]), "every attempt is the same request");
        let ledger = rig.twilio.ledger();
        let numbered: Vec<_> = ledger.webhooks.iter().map(|row| row.attempt).collect();
        assert_eq!(numbered, (1..=u32::try_from(attempts).expect("few")).collect::<Vec<_>>());
        assert!(ledger.webhooks.iter().all(|row| row.message_sid == sid && row.url == hook.url));
    }
}

#[tokio::test]
async fn a_number_that_nobody_has_receives_nothing() {
    let rig = Rig::new(1, None).await;
    let inbound = Inbound {
        to: "+14155550100".to_owned(),
        from: CLIENT.to_owned(),
        body: String::new(),
        media: Vec::new(),
    };
    assert_eq!(rig.twilio.receive(inbound).await, Err(NoSuchNumber));
}

#[tokio::test]
async fn out_3_a_final_failure_ends_a_message_with_its_code() {
    let hook = Webhook::answering(&[204]).await;
    let rig = Rig::new(1, None).await;
    let outcome = Outcome { status: "failed".to_owned(), error_code: Some(30007) };
    rig.twilio.turn(|knobs| drop(knobs.outcomes.insert(CLIENT.to_owned(), outcome)));
    rig.send("x", Some(&hook.url)).await.expect("answered");
    rig.twilio.settled().await;
    assert_eq!(hook.statuses(), ["queued", "failed"]);
    assert!(hook.calls()[1].body.contains("ErrorCode=30007"));
}
