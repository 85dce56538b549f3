//! Published payloads of Twilio, WhatsApp, Messenger and Instagram through the started binary: each signed anew, each file
//! in a tenant of its own, and every fact that their INDEX states held against what the API shows (ING-1, ING-5, ING-8).
//!
//! `HEARTHLINE_FIXTURES` names the folder; without it these tests say so and pass: the material is not ours to copy into
//! this repository.
#![allow(clippy::print_stdout, reason = "a test that did not run says so, and one that did says of what")]

mod damage;
mod facts;
mod file;
mod index;
mod office;
mod statuses;
#[path = "../support/mod.rs"]
mod support;

use futures::{StreamExt, stream};
use serde_json::Value;
use std::collections::BTreeMap;
use support::{Account, Brokerage, Options, Server};
use tokio::sync::OnceCell;

use facts::Part;
use file::File;
use office::Office;

/// Tenants that are made at the same time: passwords are slow to hash on purpose.
const AT_ONCE: usize = 6;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

/// The folder, or a word on why there is none.
fn corpus() -> Option<std::path::PathBuf> {
    let root = std::env::var_os("HEARTHLINE_FIXTURES");
    if root.is_none() {
        println!("not run: HEARTHLINE_FIXTURES does not name a folder with published payloads");
    }
    root.map(Into::into)
}

#[tokio::test(flavor = "multi_thread")]
async fn ing_5_every_published_payload_shows_every_fact_that_its_index_states() {
    let Some(root) = corpus() else { return };
    // Its own, for its count of dead letters.
    let server = &Server::start(Options::default()).await;
    let files = index::files(&root);
    let delivered: Vec<(File, Office)> = stream::iter(files)
        .map(|file| async move {
            let office = Office::open(server, &file).await;
            office.introduce(&file).await;
            office.deliver(&file.body).await;
            (file, office)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    server.settled().await;

    let (mut counts, mut faults) = (BTreeMap::<(String, String), usize>::new(), Vec::new());
    for (file, office) in &delivered {
        let events = office.events().await;
        faults.extend(
            facts::faults_of_file(file, events).into_iter().map(|fault| format!("{} {fault}", file.name)),
        );
        for row in &file.rows {
            *counts.entry((file.folder.clone(), row["kind"].clone())).or_default() += 1;
        }
    }
    assert!(faults.is_empty(), "{} of {} files:\n{}", faults.len(), delivered.len(), faults.join("\n"));
    let all: usize = counts.values().sum();
    assert!(all >= 300, "only {all} rows found");
    println!("{} files, {all} rows", delivered.len());
    counts.iter().for_each(|((folder, kind), count)| println!("  {count:4} {folder} {kind}"));
    let letters: usize = delivered.iter().map(|(file, _)| facts::letters(file)).sum();
    assert_eq!(server.metric("hearthline_inbound_dead_letters_total").await, letters as f64);
    assert!(!server.log().text().contains("panicked"), "something panicked");
}

#[tokio::test(flavor = "multi_thread")]
async fn ing_6_every_published_signature_of_meta_is_answered_as_stated() {
    let Some(root) = corpus() else { return };
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let agent = brokerage.agent().await;
    let mut checked = 0;
    for kind in ["whatsapp", "messenger", "instagram"] {
        for (name, case) in index::signatures(&root.join(kind)) {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let secret = text(&case["app_secret"]).expect("a secret");
            let account = Account::connect(&brokerage, &agent, kind, "1", &secret).await;
            let file = text(&case["body_file"]).expect("a body");
            let body = std::fs::read(root.join(kind).join(file)).expect("the body can be read");
            let mut request = agent.client.raw(reqwest::Method::POST, &account.webhook_url).body(body);
            for header in ["X-Hub-Signature-256", "X-Hub-Signature"] {
                if let Some(value) = text(&case["headers"][header]) {
                    request = request.header(header, value);
                }
            }
            let answer = agent.client.send(request).await;
            let valid = case["expected_valid"] == true;
            let fits = if valid { answer.status == 200 } else { matches!(answer.status, 401 | 403) };
            assert!(fits, "{kind}/{name} is answered {}", answer.status);
            checked += 1;
        }
    }
    assert!(checked >= 5, "only {checked} signatures found");
    println!("{checked} signatures of Meta checked");
}

#[tokio::test(flavor = "multi_thread")]
async fn ing_8_damaged_and_repeated_payloads_make_no_failure_and_no_second_event() {
    let Some(root) = corpus() else { return };
    let server = server().await;
    let mut kinds = BTreeMap::new();
    for file in index::files(&root) {
        kinds.entry((file.folder.clone(), file.rows[0]["kind"].clone())).or_insert(file);
    }
    let delivered: Vec<(File, Office, usize)> = stream::iter(kinds.into_values())
        .map(|file| async move {
            let office = Office::open(server, &file).await;
            office.introduce(&file).await;
            let bodies = damage::bodies(&file);
            office.deliver(&file.body).await;
            for body in &bodies {
                office.deliver(body).await;
            }
            office.deliver(&file.body).await;
            (file, office, bodies.len() + 2)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    server.settled().await;
    for (file, office, _) in &delivered {
        let twice = facts::told_twice(file, &office.events().await);
        assert!(twice.is_empty(), "{} made more than one event of {twice:?}", file.name);
    }
    let requests: usize = delivered.iter().map(|(.., requests)| requests).sum();
    println!("{requests} requests made of {} payloads", delivered.len());
    assert!(requests >= 500, "only {requests} requests made");
    assert!(!server.log().text().contains("panicked"), "something panicked");
}

/// Which rows of the INDEX make events, as the counts of a run show them.
#[test]
fn rows_are_told_apart_by_what_they_become() {
    let row = |event_type: &str, from: &str| {
        BTreeMap::from([("event_type", event_type), ("from", from), ("kind", ""), ("folder", "messenger")])
            .into_iter()
            .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
            .collect()
    };
    assert_eq!(Part::of(&row("message:text", "1")), Part::Message);
    assert_eq!(Part::of(&row("status:read", "1")), Part::NoEvent);
    assert_eq!(Part::of(&row("delivery", "1")), Part::NoEvent);
    assert_eq!(Part::of(&row("app_roles", "1")), Part::NoEvent);
    assert_eq!(Part::of(&row("unknown", "")), Part::NoEvent);
    assert_eq!(Part::of(&row("unknown", "1")), Part::Message);
}
