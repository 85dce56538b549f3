//! A thousand messages whose answer never comes: what Twilio took it took once, and what became of each is known or shown
//! as unknown (OUT-3).

use futures::{StreamExt, future::join_all, stream};
use hearthline_simulators::twilio::{Fault, Knobs, Twilio};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use crate::{
    desk::{Client, Desk, twilio},
    support::{Brokerage, Options, POLL, Server, Sms, stranger},
};

const DESKS: usize = 10;
const CLIENTS_OF_EACH: usize = 20;
const TEXTS_TO_EACH: usize = 5;
const ALL: usize = DESKS * CLIENTS_OF_EACH * TEXTS_TO_EACH;
/// From the first message to the last answer about one.
const BOUND: Duration = Duration::from_secs(60);
/// Calls of one desk under way at the same time.
const AT_ONCE: usize = 8;

/// No answer to a send is a good one, and nothing else can be relied on either.
fn nothing_works(knobs: &mut Knobs) {
    *knobs = Knobs {
        lost_request: Fault::per_mille(100),
        lost_answer: Fault::per_mille(500),
        failed_answer: Fault::per_mille(500),
        garbled_answer: Fault::always(),
        unreadable: Fault::per_mille(100),
        lost_callback: Fault::per_mille(450),
        duplicated_callback: Fault::per_mille(200),
        reordered_callbacks: Fault::per_mille(300),
        ..Knobs::default()
    };
}

/// So many strangers write at once, and become leads.
async fn clients(server: &Server, desk: &Desk) -> Vec<Client> {
    let phones: Vec<String> = (0..CLIENTS_OF_EACH).map(|_| stranger()).collect();
    let words = phones.iter().map(|phone| Sms::new(phone, "Is the flat still to let?"));
    stream::iter(words)
        .for_each_concurrent(AT_ONCE, |sms| async move { desk.number.deliver(&desk.ana.client, &sms).await })
        .await;
    server.settled().await;
    let leads = desk.ana.leads().await;
    let lead_of = |phone: &String| {
        let lead = leads.iter().find(|lead| lead["phones"][0] == phone.as_str()).expect("a lead for each");
        Client { phone: phone.clone(), lead: lead["id"].as_str().expect("an id").to_owned() }
    };
    phones.iter().map(lead_of).collect()
}

fn text(desk: usize, client: usize, n: usize) -> String {
    format!("Message {n} from desk {desk} to client {client}")
}

/// Asks for every message of a desk; each is taken.
async fn send_all(desk: &Desk, at: usize, clients: &[Client]) {
    let asked =
        (0..TEXTS_TO_EACH).flat_map(|n| clients.iter().enumerate().map(move |(c, client)| (n, c, client)));
    stream::iter(asked)
        .for_each_concurrent(AT_ONCE, |(n, c, client)| async move {
            desk.send(client, &text(at, c, n)).await;
        })
        .await;
}

/// What each message to these clients came to, by its text.
async fn shown(desk: &Desk, clients: &[Client]) -> BTreeMap<String, String> {
    let sent = stream::iter(clients).map(|client| desk.sent(client)).buffered(AT_ONCE).concat().await;
    let word = |value: &Value| value.as_str().expect("a text").to_owned();
    sent.iter().map(|event| (word(&event["body"]), word(&event["status"]))).collect()
}

/// What Twilio took, by text, and how often.
fn taken(twilio: &Twilio) -> BTreeMap<String, u64> {
    twilio.ledger().times(|accepted| accepted.body.clone())
}

/// Those that are not what they must come to: what Twilio has is known to be sent, what it never had is unknown.
fn unsettled(shown: &BTreeMap<String, String>, taken: &BTreeMap<String, u64>) -> Vec<(String, String)> {
    let fits = |text: &String, status: &String| match taken.contains_key(text) {
        true => matches!(status.as_str(), "sent" | "delivered"),
        false => status == "unknown",
    };
    let rest = shown.iter().filter(|(text, status)| !fits(text, status));
    rest.map(|(text, status)| (text.clone(), status.clone())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_3_of_a_thousand_messages_whose_answer_is_lost_none_goes_twice_and_each_is_resolved_or_unknown() {
    let server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let twilio = twilio(20_251_121).await;
    let mut desks = Vec::new();
    for _ in 0..DESKS {
        let desk = Desk::open(&server, &brokerage, &twilio).await;
        let clients = clients(&server, &desk).await;
        desks.push((desk, clients));
    }

    twilio.turn(nothing_works);
    let started = Instant::now();
    join_all(desks.iter().enumerate().map(|(at, (desk, clients))| send_all(desk, at, clients))).await;
    let resolved = async {
        loop {
            let mut all = BTreeMap::new();
            for (desk, clients) in &desks {
                all.extend(shown(desk, clients).await);
            }
            let open = unsettled(&all, &taken(&twilio));
            if open.is_empty() {
                return all;
            }
            if started.elapsed() > BOUND {
                server.log().fail(&format!(
                    "{} are neither, after {BOUND:?}: {:?}",
                    open.len(),
                    &open[..open.len().min(20)]
                ));
            }
            tokio::time::sleep(POLL).await;
        }
    };
    let all = resolved.await;
    let seconds = started.elapsed().as_secs_f64();

    let (taken, ledger) = (taken(&twilio), twilio.ledger());
    assert_eq!(all.len(), ALL, "each stands in its timeline once");
    assert_eq!(taken.values().filter(|times| **times > 1).count(), 0, "sent twice: {taken:?}");
    let answered = ledger.accepted.iter().filter(|accepted| accepted.answered).count();
    assert_eq!(answered, 0, "every answer was kept back");
    assert_eq!(ledger.asked, ALL as u64, "each was handed over once, whatever came of it");
    let unknown = all.values().filter(|status| *status == "unknown").count();
    assert_eq!(unknown, ALL - taken.len());
    assert!((20..300).contains(&unknown), "{unknown} never reached Twilio");
    let told: BTreeSet<&str> = ledger.webhooks.iter().map(|call| call.message_sid.as_str()).collect();
    let by_list = ledger.accepted.iter().filter(|accepted| !told.contains(accepted.sid.as_str())).count();
    assert!(by_list > 0, "some had no callback at all, and were found in the list");
    let worst = by_list as f64 / taken.len() as f64;
    assert!(worst < 0.1, "the others by their callbacks");
    println!(
        "{ALL} faulted sends in {seconds:.1} s: {} taken, {unknown} unknown, {by_list} found by the list",
        taken.len()
    );

    // Who is asked to look is told so, and what they may do is theirs: nothing is sent again by itself.
    let (desk, clients) = &desks[0];
    let after = desk.ask(&clients[0], "One more", &json!({})).await;
    assert_eq!(after.status, 202, "what is unknown holds nothing back: {}", after.text);
}
