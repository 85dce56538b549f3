//! The binary on a CQL server of its own: told why it can't start; and kept going while the server is gone for twenty
//! seconds, once silent and once dead.

mod support;

use futures::future::join_all;
use hearthline_test_cql::CqlServer;
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use support::{
    Answer, Brokerage, Client, Cql, LONG_ENOUGH, Number, Options, POLL, Server, Sms, User, free_port,
    run_to_end, stranger,
};
use tokio::task::JoinHandle;

/// Issue 3: "the server stopped for 20 s under load".
const AWAY: Duration = Duration::from_secs(20);
/// A machine with two cores also runs the server that comes back.
const CATCHING_UP: Duration = Duration::from_secs(180);
const SENDERS: usize = 4;
/// Some thirty messages a second: more than one node on a shared machine applies, so that there is a backlog to catch up with.
const BETWEEN: Duration = Duration::from_millis(130);

async fn start() -> CqlServer {
    tokio::task::spawn_blocking(CqlServer::start_to_be_killed)
        .await
        .expect("no panic")
        .expect("a CQL server for tests")
}

/// Runs the binary with a store there: code, standard output and the last line of standard error.
async fn hearthline(command: &str, cql: &Cql) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = cql.options().set("http.listen", format!("127.0.0.1:{}", free_port()));
    let ended = run_to_end(&[command], &options.pairs(), folder.path()).await;
    let last = ended.err.lines().last().unwrap_or_default().to_owned();
    (ended.code, ended.out, last)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ops_4_a_cql_server_that_cannot_be_used_is_told_in_one_line_with_the_fix() {
    let nowhere = Cql::on(format!("127.0.0.1:{}", free_port()));
    for command in ["serve", "migrate"] {
        let (code, _, line) = hearthline(command, &nowhere).await;
        assert_eq!(code, Some(1), "{line}");
        assert!(
            line.contains(&nowhere.nodes) && line.contains("start the server, or correct store.nodes"),
            "{line}"
        );
    }
    let (code, out, _) = hearthline("check", &nowhere).await;
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("wrong  store: no node of") && out.contains("correct store.nodes"), "{out}");
    assert!(out.contains("ok     stream: "), "what is right is said too: {out}");

    let server = start().await;
    let cql = Cql::on(server.address());
    let (code, _, line) = hearthline("serve", &cql).await;
    assert!(
        code == Some(1) && line.contains("is not migrated") && line.contains("`hearthline migrate`"),
        "{line}"
    );
    let (code, out, _) = hearthline("check", &cql).await;
    assert!(
        code == Some(1) && out.contains("wrong  store: ") && out.contains("`hearthline migrate`"),
        "{out}"
    );
    let (code, out, line) = hearthline("migrate", &cql).await;
    assert!(code == Some(0) && out.contains("went from migration 0 to"), "{out}{line}");
    let (code, out, line) = hearthline("migrate", &cql).await;
    assert!(code == Some(0) && out.contains("nothing to do"), "{out}{line}");
    let (code, out, line) = hearthline("check", &cql).await;
    assert!(code == Some(0) && out.lines().all(|line| line.starts_with("ok     ")), "{out}{line}");
    assert!(out.contains("the first start will make"), "{out}");

    say_that_it_is_older(&server).await;
    for command in ["serve", "migrate"] {
        let (code, _, line) = hearthline(command, &cql).await;
        assert!(
            code == Some(1) && line.contains("4.1.7 is too old") && line.contains("5.0 or newer"),
            "{line}"
        );
    }
}

/// The running server says what stands in this row.
async fn say_that_it_is_older(server: &CqlServer) {
    let session = scylla::client::session_builder::SessionBuilder::new().known_node(server.address());
    let session = session.build().await.expect("it answers");
    let text = "UPDATE system.local SET release_version = '4.1.7' WHERE key = 'local'";
    session.query_unpaged(text, ()).await.expect("the row can be written");
}

/// Messages that go on being sent, whatever is answered.
struct Load {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    acknowledged: BTreeSet<String>,
    refused: Vec<Sms>,
}

impl Load {
    fn start(client: &Client, number: &Number) -> Self {
        let (stop, told) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Told>>::default());
        let tasks = (0..SENDERS).map(|_| {
            let (stop, told) = (Arc::clone(&stop), Arc::clone(&told));
            let (client, number, from) = (Client::clone(client), number.clone(), stranger());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    send(&client, &number, Sms::new(&from, "Is it still free?"), &told).await;
                    tokio::time::sleep(BETWEEN).await;
                }
            })
        });
        Self { tasks: tasks.collect(), stop, told }
    }

    async fn stop(self) -> Arc<Mutex<Told>> {
        self.stop.store(true, Ordering::Relaxed);
        join_all(self.tasks).await.into_iter().for_each(|ended| ended.expect("a sender does not panic"));
        self.told
    }

    fn acknowledged(&self) -> usize {
        self.told.lock().expect("nobody panics with it").acknowledged.len()
    }
}

async fn send(client: &Client, number: &Number, sms: Sms, told: &Mutex<Told>) -> Answer {
    let answer = number.call(client, &sms).await;
    let mut told = told.lock().expect("nobody panics with it");
    match answer.status {
        200 => drop(told.acknowledged.insert(sms.sid().to_owned())),
        503 => told.refused.push(sms),
        status => panic!("a webhook was answered {status}: {}", answer.text),
    }
    answer
}

/// Changes something until it is refused for now, which must be soon; nothing else may be answered.
async fn until_refused(server: &Server, admin: &User) {
    let refused = async {
        loop {
            let answer = admin.client.post("/v1/teams", &json!({"name": "South"})).await;
            match answer.status {
                201 => tokio::time::sleep(POLL).await,
                _ => return answer,
            }
        }
    };
    let answer = server.log().within(Duration::from_secs(15), "an answer without the store", refused).await;
    answer.problem(503, "unavailable");
    let retry = answer.headers.get("retry-after").and_then(|after| after.to_str().ok()?.parse::<u32>().ok());
    assert!(retry.is_some_and(|seconds| (1..=60).contains(&seconds)), "Retry-After: {retry:?}");
}

/// Large messages until the stream has its stated size.
async fn until_full(client: &Client, number: &Number, told: &Mutex<Told>) {
    let body = "A long text. ".repeat(1_000);
    for _ in 0..20 {
        let answers =
            join_all((0..16).map(|_| send(client, number, Sms::new(&stranger(), &body), told))).await;
        if answers.iter().any(|answer| answer.status == 503) {
            return;
        }
    }
    panic!("320 messages of 13 KB were taken by a stream of 1 MiB");
}

/// Waits until changes work again and everything received is applied.
async fn goes_on(server: &Server, admin: &User) {
    let works = async {
        while admin.client.post("/v1/teams", &json!({"name": "South"})).await.status != 201 {
            tokio::time::sleep(POLL).await;
        }
    };
    server.log().within(CATCHING_UP, "changes working again", works).await;
    let applied = async {
        while server.metric("hearthline_inbound_backlog").await
            + server.metric("hearthline_outbox_backlog").await
            > 0.0
        {
            tokio::time::sleep(POLL).await;
        }
    };
    server.log().within(CATCHING_UP, "both backlogs at 0", applied).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ing_7_a_cql_server_that_is_away_for_twenty_seconds_loses_nothing_and_kills_no_message() {
    let mut cql = start().await;
    let options = Options::default().set("stream.max_bytes", 1 << 20);
    let server = Server::start_on(Some(Cql::on(cql.address())), options).await;
    let brokerage = Brokerage::open(&server).await;
    let agent = brokerage.agent().await;
    let number = brokerage.connect(&agent).await;
    let load = Load::start(&agent.client, &number);
    let some = async {
        while load.acknowledged() < 20 {
            tokio::time::sleep(POLL).await;
        }
    };
    server.log().within(LONG_ENOUGH, "twenty messages", some).await;

    // Silent: connections stay open, and nobody answers.
    let (began, before) = (Instant::now(), load.acknowledged());
    cql.pause();
    until_refused(&server, &brokerage.admin).await;
    tokio::time::sleep_until((began + AWAY).into()).await;
    assert!(load.acknowledged() > before, "hooks go on into the stream");
    cql.resume();
    let told = load.stop().await;
    goes_on(&server, &brokerage.admin).await;

    // Dead, and back on the same data; meanwhile the stream is filled up to its size.
    let load = Load::start(&agent.client, &number);
    let began = Instant::now();
    cql.kill();
    until_refused(&server, &brokerage.admin).await;
    until_full(&agent.client, &number, &told).await;
    let size = 1 << 20;
    let log = server.log().text();
    assert!(
        log.contains("does not fit") || log.contains("full"),
        "no line says that the stream has its {size} bytes"
    );
    tokio::time::sleep_until((began + AWAY).into()).await;
    let mut cql = tokio::task::spawn_blocking(move || cql.restart().map(|()| cql))
        .await
        .expect("no panic")
        .expect("back");
    let more = load.stop().await;
    goes_on(&server, &brokerage.admin).await;

    // Providers deliver what was refused again, until it is taken.
    let mut refused = std::mem::take(&mut told.lock().expect("nobody panicked with it").refused);
    refused.append(&mut more.lock().expect("nobody panicked with it").refused);
    assert!(!refused.is_empty(), "the stream was full");
    while let Some(sms) = refused.pop() {
        send(&agent.client, &number, sms, &told).await;
        refused.append(&mut told.lock().expect("nobody panicked with it").refused);
    }
    goes_on(&server, &brokerage.admin).await;

    let mut acknowledged = std::mem::take(&mut told.lock().expect("nobody panicked with it").acknowledged);
    acknowledged.append(&mut more.lock().expect("nobody panicked with it").acknowledged);
    let mut found = Vec::new();
    for lead in agent.leads().await {
        let events = agent.messages(lead["id"].as_str().expect("an id")).await;
        found.extend(
            events.iter().map(|event| event["provider_event_id"].as_str().expect("an id").to_owned()),
        );
    }
    assert_eq!(found.len(), acknowledged.len(), "nothing is there twice, and nothing is lost");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), acknowledged);
    assert!(server.metric("hearthline_inbound_dead_letters_total").await == 0.0, "no message was given up");
    assert!(!server.log().text().contains("panicked"), "{}", server.log().text());
    cql.kill();
}
