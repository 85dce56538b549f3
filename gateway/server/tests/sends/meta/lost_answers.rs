//! Three hundred messages whose answer never comes: what Meta took it took once; what it then told of names the message;
//! and what nobody can know is shown as unknown (OUT-3).

use futures::{StreamExt, stream};
use hearthline_simulators::meta::{Fault, Knobs, Meta, Product};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::desk::{Client, Desk, PRODUCTS, meta};
use crate::support::{Brokerage, Options, POLL, Server};

const CLIENTS: usize = 20;
const TEXTS_TO_EACH: usize = 5;
const ALL: usize = PRODUCTS.len() * CLIENTS * TEXTS_TO_EACH;
const BOUND: Duration = Duration::from_secs(60);
const AT_ONCE: usize = 8;

/// No answer to a send is a good one, and webhooks come in any order, twice, or never.
fn nothing_works(knobs: &mut Knobs) {
    *knobs = Knobs {
        lost_request: Fault::per_mille(100),
        lost_answer: Fault::per_mille(500),
        failed_answer: Fault::per_mille(500),
        garbled_answer: Fault::always(),
        lost_webhook: Fault::per_mille(250),
        duplicated_webhook: Fault::per_mille(200),
        reordered_webhooks: Fault::per_mille(300),
        read: Fault::per_mille(300),
        ..Knobs::default()
    };
}

/// The texts that Meta took, and those of them of which it told something that names the message: any status of WhatsApp's,
/// the echo of the others.
fn known(meta: &Meta) -> (BTreeMap<String, u64>, BTreeSet<String>) {
    let ledger = meta.ledger();
    let names = |product: Product, about: &str| product == Product::Whatsapp || about == "echo";
    let told = ledger.accepted.iter().filter(|accepted| {
        ledger.webhooks.iter().any(|call| {
            call.id == accepted.id && call.answered == Some(200) && names(accepted.product, &call.about)
        })
    });
    let told = told.map(|accepted| accepted.text.clone()).collect();
    (ledger.times(|accepted| accepted.text.clone()), told)
}

async fn shown(desks: &[(Desk, Vec<Client>)]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (desk, clients) in desks {
        let sent = stream::iter(clients).map(|client| desk.sent(client)).buffered(AT_ONCE).concat().await;
        let word = |value: &Value| value.as_str().expect("a text").to_owned();
        all.extend(sent.iter().map(|event| (word(&event["body"]), word(&event["status"]))));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_3_of_hundreds_of_messages_by_meta_whose_answer_is_lost_none_goes_twice_and_each_is_resolved_or_unknown()
 {
    let server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let meta = meta(20_261_121).await;
    let mut desks = Vec::new();
    for product in PRODUCTS {
        let desk = Desk::open(&server, &brokerage, &meta, product).await;
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(desk.client(&server, &meta).await);
        }
        desks.push((desk, clients));
    }
    meta.turn(nothing_works);
    let started = Instant::now();
    for (desk, clients) in &desks {
        let asked = (0..TEXTS_TO_EACH).flat_map(|n| clients.iter().map(move |client| (n, client)));
        stream::iter(asked)
            .for_each_concurrent(AT_ONCE, |(n, client)| async move {
                desk.send(client, &format!("Message {n} by {} to {}", desk.account.kind, client.id)).await;
            })
            .await;
    }
    let all = loop {
        meta.settled().await;
        let (all, (_, told)) = (shown(&desks).await, known(&meta));
        let fits = |text: &String, status: &String| match told.contains(text) {
            true => matches!(status.as_str(), "sent" | "delivered" | "read"),
            false => status == "unknown",
        };
        let open: Vec<_> = all.iter().filter(|(text, status)| !fits(text, status)).collect();
        if open.is_empty() && meta.ledger().asked == ALL as u64 {
            break all;
        }
        if started.elapsed() > BOUND {
            server.log().fail(&format!("{} are neither: {:?}", open.len(), &open[..open.len().min(20)]));
        }
        tokio::time::sleep(POLL).await;
    };
    server.settled().await;
    let (taken, told) = known(&meta);
    assert_eq!(all.len(), ALL, "each stands in its timeline once, and no echo beside it");
    assert_eq!(all.iter().map(|(text, _)| text).collect::<BTreeSet<_>>().len(), ALL);
    assert_eq!(taken.values().filter(|times| **times > 1).count(), 0, "sent twice: {taken:?}");
    let ledger = meta.ledger();
    assert_eq!(ledger.asked, ALL as u64, "each was handed over once, whatever came of it");
    assert_eq!(ledger.accepted.iter().filter(|accepted| accepted.answered).count(), 0);
    let unknown = all.iter().filter(|(_, status)| status == "unknown").count();
    assert_eq!(unknown, ALL - told.len());
    let (silent, never) = (taken.len() - told.len(), ALL - taken.len());
    println!(
        "{ALL} faulted sends in {:.1} s: {} taken, {} resolved by what Meta told, {unknown} unknown ({never} never taken, {silent} never told of)",
        started.elapsed().as_secs_f64(),
        taken.len(),
        told.len()
    );
    assert!((10..80).contains(&never) && silent > 0 && told.len() > ALL / 2);
}
