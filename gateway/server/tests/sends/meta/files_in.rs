//! Files that clients send through Meta's channels (DOC-1): fetched from where Meta serves them, WhatsApp's by their ids and
//! with the token, and only as they were announced; whatever is wrong with one is its reason, and shows in the connection's
//! health.

use hearthline_simulators::{
    Fault,
    meta::{Inbound, InboundFile, Meta, Product},
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::desk::{Client, Desk, PRODUCTS, desks, meta};
use crate::support::{Brokerage, LONG_ENOUGH, Options, POLL, Server};

static SERVER: OnceCell<Server> = OnceCell::const_new();

/// One that fetches, and has little patience.
async fn server() -> &'static Server {
    let options = Options::default().set("media.fetch", true).set("media.timeout_ms", 1_500);
    let options =
        options.set("media.retry_after_ms", 20).set("media.attempts", 2).set("media.max_bytes", 200_000);
    SERVER.get_or_init(|| Server::start(options)).await
}

fn picture() -> Vec<u8> {
    [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &[7; 3_000]].concat()
}

/// What a product calls a file, and what it is told of it.
fn files(product: Product) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let plan = b"%PDF-1.7 the plan of the flat".to_vec();
    let sound = [&b"OggS\0\x02"[..], &[0; 22], &b"\x01\x13OpusHead"[..], &[1; 200]].concat();
    let document = if product == Product::Whatsapp { "document" } else { "file" };
    vec![
        ("image", "image/png", picture()),
        (document, "application/pdf", plan),
        ("audio", "audio/ogg", sound),
    ]
}

/// A client sends a file; its lead.
async fn sends(desk: &Desk, meta: &Meta, client: &Client, file: (&str, &str, Vec<u8>)) {
    let (kind, mime_type, bytes) = file;
    let file = InboundFile {
        kind: kind.to_owned(),
        mime_type: mime_type.to_owned(),
        filename: (kind == "document").then(|| "plan.pdf".to_owned()),
        bytes,
    };
    let (to, from) = (desk.account.account.clone(), client.id.clone());
    let inbound = Inbound { product: desk.product, to, from, text: String::new(), file: Some(file) };
    meta.receive(inbound).await.expect("an account of that Meta's");
    server().await.settled().await;
}

/// The files of the lead's newest message, once none waits.
async fn dealt_with(desk: &Desk, client: &Client) -> Vec<Value> {
    let looking = async {
        loop {
            let events = desk.ana.events(&client.lead).await;
            let newest = events.into_iter().find(|event| event["direction"] == "in").expect("it came in");
            let files = newest["attachments"].as_array().expect("a list").clone();
            if !files.is_empty() && files.iter().all(|file| file["state"] != "waiting") {
                return files;
            }
            tokio::time::sleep(POLL).await;
        }
    };
    server().await.log().within(LONG_ENOUGH, "the file to be dealt with", looking).await
}

#[tokio::test]
async fn doc_1_a_clients_file_is_fetched_from_each_product_and_read_as_it_was() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (meta, desk) in desks(server, &brokerage).await {
        let client = desk.client(server, &meta).await;
        for file in files(desk.product) {
            let (kind, mime_type, bytes) = file.clone();
            sends(&desk, &meta, &client, file).await;
            let kept = dealt_with(&desk, &client).await.remove(0);
            assert_eq!(
                (&kept["state"], &kept["mime_type"]),
                (&json!("kept"), &json!(mime_type)),
                "{:?}",
                desk.product
            );
            assert_eq!(kept["size_bytes"], bytes.len());
            if kind == "document" {
                assert_eq!(kept["filename"], "plan.pdf");
            }
            let path = format!("/v1/attachments/{}", kept["id"].as_str().expect("an id"));
            let answer = desk.ana.client.request(reqwest::Method::GET, &path).send().await.expect("answered");
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.bytes().await.expect("a body"), bytes, "{kind} of {:?}", desk.product);
        }
        let served: Vec<_> = meta.ledger().media.into_iter().filter(|row| row.how == "served").collect();
        assert_eq!(served.len(), 3, "each once");
        assert!(
            served.iter().all(|row| row.answered == Some(200)),
            "with the token where it takes one: {served:?}"
        );
        let media = desk.health().await["media"].clone();
        assert_eq!((&media["kept"], &media["refused"]), (&json!(3), &json!(0)));
    }
}

#[tokio::test]
async fn doc_1_a_file_that_is_not_the_one_that_was_announced_is_refused_and_health_says_why() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let meta = meta(1).await;
    let desk = Desk::open(server, &brokerage, &meta, PRODUCTS[0]).await;
    let client = desk.client(server, &meta).await;

    // Once is an accident on the way; it is fetched again.
    meta.turn(|knobs| knobs.altered_file = Fault::once());
    sends(&desk, &meta, &client, ("image", "image/png", picture())).await;
    assert_eq!(dealt_with(&desk, &client).await[0]["state"], "kept");

    meta.turn(|knobs| knobs.altered_file = Fault::always());
    sends(&desk, &meta, &client, ("image", "image/png", picture())).await;
    let refused = dealt_with(&desk, &client).await.remove(0);
    assert_eq!((&refused["state"], &refused["reason"]), (&json!("refused"), &json!("not_as_announced")));
    let path = format!("/v1/attachments/{}", refused["id"].as_str().expect("an id"));
    desk.ana.client.get(&path).await.problem(410, "attachment_refused");
    let told = desk.health().await;
    assert_eq!(told["media"]["reasons"], json!([{"reason": "not_as_announced", "count": 1}]));
    assert_eq!(
        (&told["media"]["kept"], &told["media"]["last_refused_reason"]),
        (&json!(1), &json!("not_as_announced"))
    );
    assert_eq!((&told["state"], &told["causes"][0]["code"]), (&json!("degraded"), &json!("media_refused")));
    assert_eq!(told["causes"][0]["detail"], "not_as_announced");
}

#[tokio::test]
async fn doc_1_what_meta_does_not_serve_is_refused_with_the_reason_and_shows_in_the_health() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (meta, desk) in desks(server, &brokerage).await {
        let client = desk.client(server, &meta).await;
        let mut refused = Vec::new();
        meta.turn(|knobs| knobs.stalled_file = Fault::always());
        sends(&desk, &meta, &client, ("image", "image/png", picture())).await;
        refused.push(dealt_with(&desk, &client).await[0]["reason"].clone());
        meta.turn(|knobs| (knobs.stalled_file, knobs.expired_link) = (Fault::default(), Fault::always()));
        sends(&desk, &meta, &client, ("image", "image/png", picture())).await;
        refused.push(dealt_with(&desk, &client).await[0]["reason"].clone());
        meta.turn(|knobs| (knobs.expired_link, knobs.unreadable) = (Fault::default(), Fault::always()));
        sends(&desk, &meta, &client, ("image", "image/png", picture())).await;
        refused.push(dealt_with(&desk, &client).await[0]["reason"].clone());
        meta.turn(|knobs| knobs.unreadable = Fault::default());
        sends(&desk, &meta, &client, ("image", "image/png", vec![9; 300_000])).await;
        refused.push(dealt_with(&desk, &client).await[0]["reason"].clone());
        sends(&desk, &meta, &client, ("image", "image/png", b"<!DOCTYPE html><html>".to_vec())).await;
        refused.push(dealt_with(&desk, &client).await[0]["reason"].clone());
        let reasons = ["too_slow", "gone", "provider_failed", "too_large", "wrong_type"];
        assert_eq!(refused, reasons.map(|reason| json!(reason)), "{:?}", desk.product);
        let media = desk.health().await["media"].clone();
        let mut counted = reasons.map(|reason| json!({"reason": reason, "count": 1}));
        counted.sort_by_key(ToString::to_string);
        let mut shown = media["reasons"].as_array().expect("a list").clone();
        shown.sort_by_key(ToString::to_string);
        assert_eq!((shown, &media["refused"]), (counted.to_vec(), &json!(5)));
    }
}

#[tokio::test]
async fn doc_1_a_file_that_the_token_does_not_open_says_that_the_credentials_are_refused() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let meta = meta(1).await;
    let desk = Desk::open(server, &brokerage, &meta, PRODUCTS[0]).await;
    let client = desk.client(server, &meta).await;
    let path = format!("/v1/connections/{}", desk.account.id);
    let token = |token: &str| json!({"settings": {"access_token": token}});
    brokerage.admin.client.patch(&path, &token("of-another-time")).await.ok();
    sends(&desk, &meta, &client, ("image", "image/png", picture())).await;
    assert_eq!(dealt_with(&desk, &client).await[0]["reason"], "not_authorized");
    let told = desk.health().await;
    assert_eq!((&told["state"], &told["credentials"]["code"]), (&json!("failing"), &json!("not_authorized")));
    brokerage.admin.client.patch(&path, &token("access")).await.ok();
    sends(&desk, &meta, &client, ("image", "image/png", picture())).await;
    assert_eq!(dealt_with(&desk, &client).await[0]["state"], "kept");
    assert_eq!(desk.health().await["credentials"]["rejected"], false);
}
