//! Meta's simulator over HTTP: what it takes, refuses, serves and tells, and that it is counted.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use hearthline_simulators::{
    client::client,
    meta::{Account, Fault, Inbound, InboundFile, Meta, NoSuchAccount, Outcome, Product},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use sha2::Sha256;
use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

const SECRET: &str = "app-secret";
const TOKEN: &str = "access-token";
const NUMBER: &str = "106540352242922";
const PAGE: &str = "100000000000001";
const IG: &str = "17841400000000000";
const PHONE: &str = "14155550117";
const PSID: &str = "200000000000001";

type Calls = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A simulator with an account of each product, and what its webhooks heard.
struct Rig {
    meta: Meta,
    http: Client,
    calls: Calls,
}

impl Rig {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
        let calls = Calls::default();
        let take = |State(calls): State<Calls>, headers: HeaderMap, body: Bytes| async move {
            calls.lock().expect("a list").push((headers, body));
            StatusCode::OK
        };
        let router = Router::new().fallback(take).with_state(Arc::clone(&calls));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let meta = Meta::start("127.0.0.1:0".parse().expect("an address"), 1).await.expect("a simulator");
        for (product, id) in
            [(Product::Whatsapp, NUMBER), (Product::Messenger, PAGE), (Product::Instagram, IG)]
        {
            meta.set_account(Account {
                product,
                id: id.to_owned(),
                page_id: (product == Product::Instagram).then(|| PAGE.to_owned()),
                business_account_id: Some("102290129340398".to_owned()),
                display_number: Some("15550783881".to_owned()),
                app_secret: SECRET.to_owned(),
                app_id: Some(1_517_776_481_860_111),
                access_token: TOKEN.to_owned(),
                webhook_url: Some(url.clone()),
            });
        }
        Self { meta, http: client(Duration::from_secs(5), "test").expect("a client"), calls }
    }

    /// The client wrote so long ago.
    fn heard(&self, product: Product, account: &str, client: &str, hours_ago: i64) {
        let at = Timestamp::now() - SignedDuration::from_hours(hours_ago);
        self.meta.heard(product, account, client, at);
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        let url = format!("{}{path}", self.meta.base_url());
        self.http.post(url).bearer_auth(TOKEN).json(body).send().await.expect("an answer")
    }

    async fn whatsapp(&self, more: &Value) -> (u16, Value) {
        let mut body = json!({"messaging_product": "whatsapp", "to": format!("+{PHONE}")});
        for (name, value) in more.as_object().expect("fields") {
            body[name] = value.clone();
        }
        answered(self.post(&format!("/v23.0/{NUMBER}/messages"), &body).await).await
    }

    async fn page(&self, path: &str, to: &str, more: &Value) -> (u16, Value) {
        let mut body = json!({"recipient": {"id": to}, "message": {"text": "hello"}});
        for (name, value) in more.as_object().expect("fields") {
            body[name] = value.clone();
        }
        answered(self.post(path, &body).await).await
    }

    /// What webhooks heard, each rightly signed.
    async fn told(&self) -> Vec<Value> {
        self.meta.settled().await;
        let calls = self.calls.lock().expect("a list").clone();
        let read = |(headers, body): &(HeaderMap, Bytes)| {
            let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
            let mac = mac.chain_update(body).finalize().into_bytes();
            let hex = mac.iter().fold("sha256=".to_owned(), |mut hex, byte| {
                write!(hex, "{byte:02x}").expect("a String takes everything");
                hex
            });
            assert_eq!(headers["x-hub-signature-256"], hex.as_str());
            serde_json::from_slice(body).expect("JSON")
        };
        calls.iter().map(read).collect()
    }

    async fn get(&self, url: &str, token: Option<&str>) -> Response {
        let request = self.http.get(url);
        let request = token.map_or(request.try_clone().expect("no body"), |token| request.bearer_auth(token));
        request.send().await.expect("an answer")
    }

    async fn api(&self, path: &str) -> (u16, Value) {
        answered(self.get(&format!("{}{path}", self.meta.base_url()), Some(TOKEN)).await).await
    }
}

async fn answered(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

fn text(body: &str) -> Value {
    json!({"type": "text", "text": {"body": body}, "biz_opaque_callback_data": "ours"})
}

fn inbound(product: Product, to: &str, from: &str, file: Option<InboundFile>) -> Inbound {
    Inbound { product, to: to.to_owned(), from: from.to_owned(), text: "hello".to_owned(), file }
}

#[tokio::test]
async fn out_2_a_text_by_whatsapp_is_taken_and_its_statuses_repeat_the_senders_reference() {
    let rig = Rig::new().await;
    rig.heard(Product::Whatsapp, NUMBER, PHONE, 1);
    rig.meta.turn(|knobs| knobs.read = Fault::always());
    let (status, answer) = rig.whatsapp(&text("hi")).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["contacts"][0], json!({"input": format!("+{PHONE}"), "wa_id": PHONE}));
    let id = answer["messages"][0]["id"].as_str().expect("an id");
    assert!(id.starts_with("wamid."));
    let told = rig.told().await;
    let statuses: Vec<&Value> =
        told.iter().map(|body| &body["entry"][0]["changes"][0]["value"]["statuses"][0]).collect();
    assert!(statuses.iter().all(|status| status["id"] == id && status["biz_opaque_callback_data"] == "ours"));
    let words: Vec<&str> = statuses.iter().filter_map(|status| status["status"].as_str()).collect();
    assert_eq!(words, ["sent", "delivered", "read"]);
    let accepted = &rig.meta.ledger().accepted;
    assert_eq!((accepted.len(), accepted[0].text.as_str(), accepted[0].answered), (1, "hi", true));
}

#[tokio::test]
async fn out_2_what_is_outside_a_window_is_refused_as_meta_refuses_it() {
    let rig = Rig::new().await;
    rig.heard(Product::Whatsapp, NUMBER, PHONE, 25);
    rig.heard(Product::Messenger, PAGE, PSID, 25);
    rig.heard(Product::Instagram, IG, "300", 25);
    // WhatsApp tells later, unless a knob says otherwise; a template goes at any time.
    assert_eq!(rig.whatsapp(&text("late")).await.0, 200);
    let told = rig.told().await;
    let failed = &told[0]["entry"][0]["changes"][0]["value"]["statuses"][0];
    assert_eq!((&failed["status"], &failed["errors"][0]["code"]), (&json!("failed"), &json!(131_047)));
    rig.meta.turn(|knobs| knobs.window_at_once = true);
    let (status, refusal) = rig.whatsapp(&text("late")).await;
    assert_eq!((status, &refusal["error"]["code"]), (400, &json!(131_047)));
    let template = json!({"type": "template", "template": {"name": "hello", "language": {"code": "en"}}});
    assert_eq!(rig.whatsapp(&template).await.0, 200);

    let page = format!("/v23.0/{PAGE}/messages");
    let (status, refusal) = rig.page(&page, PSID, &json!({"messaging_type": "RESPONSE"})).await;
    let error = &refusal["error"];
    assert_eq!((status, &error["code"], &error["error_subcode"]), (400, &json!(10), &json!(2_018_278)));
    let by_hand = json!({"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"});
    assert_eq!(rig.page("/me/messages", PSID, &by_hand).await.0, 200);
    rig.heard(Product::Messenger, PAGE, PSID, 7 * 24);
    assert_eq!(rig.page(&page, PSID, &by_hand).await.0, 400);

    let (status, refusal) = rig.page(&format!("/v23.0/{IG}/messages"), "300", &json!({})).await;
    let error = &refusal["error"];
    assert_eq!(
        (status, &error["type"], &error["error_subcode"]),
        (403, &json!("IGApiException"), &json!(2_534_022))
    );
    assert_eq!(rig.page(&page, "300", &by_hand).await.0, 200, "by the page that it is linked to");
}

#[tokio::test]
async fn out_3_echo_delivery_and_reading_are_told_as_each_product_tells_them() {
    let rig = Rig::new().await;
    rig.heard(Product::Messenger, PAGE, PSID, 1);
    rig.heard(Product::Instagram, IG, "300", 1);
    rig.meta.turn(|knobs| knobs.read = Fault::always());
    let message = json!({"message": {"text": "hello", "metadata": "ours"}});
    let (_, answer) = rig.page(&format!("/v23.0/{PAGE}/messages"), PSID, &message).await;
    let told = rig.told().await;
    let event = |n: usize| &told[n]["entry"][0]["messaging"][0];
    assert_eq!(event(0)["message"]["mid"], answer["message_id"]);
    assert_eq!(event(0)["message"]["metadata"], "ours");
    assert_eq!((&event(0)["sender"]["id"], &event(0)["recipient"]["id"]), (&json!(PAGE), &json!(PSID)));
    assert_eq!(event(1)["delivery"]["mids"][0], answer["message_id"]);
    assert!(event(2)["read"]["watermark"].is_i64());

    let (_, answer) = rig.page(&format!("/v23.0/{IG}/messages"), "300", &message).await;
    let told = rig.told().await;
    let event = |n: usize| &told[n]["entry"][0]["messaging"][0];
    assert_eq!(told[3]["object"], "instagram");
    assert_eq!(
        (&event(3)["message"]["mid"], event(3)["message"].get("metadata")),
        (&answer["message_id"], None)
    );
    assert_eq!(event(4)["read"]["mid"], answer["message_id"]);
}

#[tokio::test]
async fn out_3_faults_strike_as_ordered_and_the_ledger_says_what_was_taken() {
    let rig = Rig::new().await;
    rig.heard(Product::Whatsapp, NUMBER, PHONE, 1);
    let turn = |fault: fn(&mut hearthline_simulators::meta::Knobs)| rig.meta.turn(fault);
    turn(|knobs| knobs.throttled = Fault::once());
    let (status, refusal) = rig.whatsapp(&text("1")).await;
    assert_eq!((status, &refusal["error"]["code"]), (429, &json!(130_429)));
    turn(|knobs| (knobs.throttled, knobs.throttled_code) = (Fault::once(), 80_007));
    assert_eq!(rig.whatsapp(&text("2")).await.1["error"]["code"], 80_007);
    turn(|knobs| knobs.expired_token = Fault::once());
    let (status, refusal) = rig.whatsapp(&text("3")).await;
    assert_eq!(
        (status, &refusal["error"]["code"], &refusal["error"]["error_subcode"]),
        (401, &json!(190), &json!(463))
    );
    turn(|knobs| knobs.unavailable = Fault::once());
    assert_eq!(rig.whatsapp(&text("4")).await.0, 503);
    assert!(rig.meta.ledger().accepted.is_empty());

    turn(|knobs| knobs.failed_answer = Fault::once());
    assert_eq!(rig.whatsapp(&text("5")).await.0, 500);
    turn(|knobs| knobs.lost_answer = Fault::once());
    let url = format!("{}/v23.0/{NUMBER}/messages", rig.meta.base_url());
    let mut body = text("6");
    (body["messaging_product"], body["to"]) = (json!("whatsapp"), json!(PHONE));
    assert!(rig.http.post(&url).bearer_auth(TOKEN).json(&body).send().await.is_err());
    let ledger = rig.meta.ledger();
    let taken: Vec<(&str, bool)> =
        ledger.accepted.iter().map(|taken| (taken.text.as_str(), taken.answered)).collect();
    assert_eq!(taken, [("5", false), ("6", false)]);
    assert_eq!((ledger.asked, ledger.refused[&190]), (6, 1));

    let (status, refusal) = answered(rig.http.post(&url).json(&body).send().await.expect("an answer")).await;
    assert_eq!((status, &refusal["error"]["code"]), (401, &json!(190)), "without a token");
    let other = rig.http.post(&url).bearer_auth("other").json(&body).send().await.expect("an answer");
    assert_eq!(other.status(), 401);
    assert_eq!(
        rig.meta.ledger().times(|taken| taken.text.clone()),
        BTreeMap::from([("5".to_owned(), 1), ("6".to_owned(), 1)])
    );
}

#[tokio::test]
async fn ing_13_webhooks_are_doubled_reordered_and_lost_as_ordered() {
    let rig = Rig::new().await;
    rig.heard(Product::Whatsapp, NUMBER, PHONE, 1);
    rig.meta.turn(|knobs| knobs.duplicated_webhook = Fault::always());
    rig.whatsapp(&text("twice")).await;
    assert_eq!(rig.told().await.len(), 4);
    rig.meta.turn(|knobs| {
        (knobs.duplicated_webhook, knobs.lost_webhook) = (Fault::default(), Fault::always());
    });
    rig.whatsapp(&text("never")).await;
    assert_eq!(rig.told().await.len(), 4);
    rig.meta.turn(|knobs| {
        (knobs.lost_webhook, knobs.reordered_webhooks, knobs.read) =
            (Fault::default(), Fault::always(), Fault::always());
    });
    for _ in 0..8 {
        rig.whatsapp(&text("anyhow")).await;
    }
    let told = rig.told().await;
    let words: Vec<&str> = told[4..]
        .iter()
        .filter_map(|body| body["entry"][0]["changes"][0]["value"]["statuses"][0]["status"].as_str())
        .collect();
    assert_eq!(words.len(), 24);
    assert!(words.chunks(3).any(|chunk| chunk != ["sent", "delivered", "read"]), "{words:?}");

    let outcome = Outcome { status: "failed".to_owned(), error_code: Some(131_026) };
    rig.meta.turn(|knobs| drop(knobs.outcomes.insert(format!("+{PHONE}"), outcome)));
    rig.whatsapp(&text("undeliverable")).await;
    let told = rig.told().await;
    let last = &told.last().expect("a call")["entry"][0]["changes"][0]["value"]["statuses"][0];
    assert_eq!((&last["status"], &last["errors"][0]["code"]), (&json!("failed"), &json!(131_026)));
}

#[tokio::test]
async fn doc_1_a_clients_file_by_whatsapp_is_described_and_served_to_whoever_shows_the_token() {
    let rig = Rig::new().await;
    let bytes = b"\x89PNG and more".to_vec();
    let file = InboundFile {
        kind: "image".to_owned(),
        mime_type: "image/png".to_owned(),
        filename: None,
        bytes: bytes.clone(),
    };
    rig.meta.receive(inbound(Product::Whatsapp, NUMBER, PHONE, Some(file))).await.expect("an account");
    let told = rig.told().await;
    let image = &told[0]["entry"][0]["changes"][0]["value"]["messages"][0]["image"];
    assert_eq!((&image["mime_type"], &image["caption"]), (&json!("image/png"), &json!("hello")));
    let id = image["id"].as_str().expect("an id");
    let (status, described) = rig.api(&format!("/v23.0/{id}")).await;
    assert_eq!(status, 200);
    assert_eq!((&described["id"], &described["file_size"]), (&json!(id), &json!(bytes.len())));
    assert_eq!(described["sha256"].as_str().map(str::len), Some(64));
    let url = described["url"].as_str().expect("a URL");
    assert_eq!(url, rig.meta.file_url(Product::Whatsapp, id));
    let served = rig.get(url, Some(TOKEN)).await;
    assert_eq!(
        (served.status().as_u16(), served.headers()["content-type"].to_str().expect("ASCII")),
        (200, "image/png")
    );
    assert_eq!(served.bytes().await.expect("bytes"), bytes);
    assert_eq!(rig.get(url, None).await.status(), 401);
    assert_eq!(rig.get(url, Some("other")).await.status(), 401);
    assert_eq!(rig.get(&url.replace("hash=", "hash=0"), Some(TOKEN)).await.status(), 404);
    rig.meta.turn(|knobs| knobs.expired_link = Fault::once());
    assert_eq!(rig.get(url, Some(TOKEN)).await.status(), 404);
    rig.meta.turn(|knobs| knobs.unreadable = Fault::once());
    assert_eq!(rig.api(&format!("/{id}")).await.0, 503);
    rig.meta.turn(|knobs| knobs.stalled_file = Fault::once());
    let mut stalled = rig.get(url, Some(TOKEN)).await;
    assert_eq!(stalled.chunk().await.expect("a beginning").as_deref(), Some(&bytes[..]));
    let more = tokio::time::timeout(Duration::from_millis(200), stalled.chunk()).await;
    assert!(more.is_err(), "it never ends");
    assert_eq!(rig.meta.ledger().media.iter().filter(|row| row.answered == Some(200)).count(), 1);

    let (status, missing) = rig.api("/v23.0/123").await;
    assert_eq!((status, &missing["error"]["error_subcode"]), (400, &json!(33)));
    let url = format!("{}/v23.0/{id}", rig.meta.base_url());
    let deleted = rig.http.delete(&url).bearer_auth(TOKEN).send().await.expect("an answer");
    assert_eq!(answered(deleted).await, (200, json!({"success": true})));
    assert_eq!(rig.api(&format!("/{id}")).await.0, 400);
}

#[tokio::test]
async fn doc_1_files_of_conversations_are_served_to_whoever_has_the_address() {
    let rig = Rig::new().await;
    for (product, account) in [(Product::Messenger, PAGE), (Product::Instagram, IG)] {
        let file = InboundFile {
            kind: "image".to_owned(),
            mime_type: "image/jpeg".to_owned(),
            filename: None,
            bytes: vec![1, 2, 3],
        };
        rig.meta.receive(inbound(product, account, PSID, Some(file))).await.expect("an account");
        let told = rig.told().await;
        let message = &told.last().expect("a call")["entry"][0]["messaging"][0]["message"];
        let url = message["attachments"][0]["payload"]["url"].as_str().expect("a URL");
        let served = rig.get(url, None).await;
        assert_eq!(served.headers()["content-type"], "image/jpeg");
        assert_eq!(served.bytes().await.expect("bytes"), vec![1, 2, 3]);
        assert_eq!(rig.get(&format!("{url}0"), None).await.status(), 404);
    }
    let nobody = rig.meta.receive(inbound(Product::Messenger, "nobody", PSID, None)).await;
    assert_eq!(nobody, Err(NoSuchAccount));
}

#[tokio::test]
async fn out_2_a_file_is_uploaded_and_sent_by_its_id_or_fetched_from_a_link() {
    let rig = Rig::new().await;
    rig.heard(Product::Whatsapp, NUMBER, PHONE, 1);
    let body = "--x\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--x--\r\n";
    let url = format!("{}/v23.0/{NUMBER}/media", rig.meta.base_url());
    let upload =
        rig.http.post(&url).bearer_auth(TOKEN).header("Content-Type", "multipart/form-data; boundary=x");
    let (status, uploaded) = answered(upload.body(body).send().await.expect("an answer")).await;
    assert_eq!(status, 200, "{uploaded}");
    let document = json!({"type": "document", "document": {"id": uploaded["id"], "caption": "plan", "filename": "a.pdf"}});
    assert_eq!(rig.whatsapp(&document).await.0, 200);
    let link = rig.meta.keep(Product::Messenger, PAGE, "image/png", vec![7; 9]).expect("an account");
    let link = rig.meta.file_url(Product::Messenger, &link);
    assert_eq!(rig.whatsapp(&json!({"type": "image", "image": {"link": link}})).await.0, 200);
    rig.meta.settled().await;
    let ledger = rig.meta.ledger();
    let fetched: Vec<_> = ledger.media.iter().filter(|row| row.how == "fetched").collect();
    assert_eq!((fetched.len(), fetched[0].size_bytes), (1, 9));
    assert_eq!(
        ledger.accepted.iter().map(|taken| taken.kind.as_str()).collect::<Vec<_>>(),
        ["document", "image"]
    );
    let unknown = json!({"type": "image", "image": {"id": "1"}});
    assert_eq!(rig.whatsapp(&unknown).await.0, 400);
    let broken = json!({"type": "image", "image": {"link": format!("{}/nothing", rig.meta.base_url())}});
    assert_eq!(rig.whatsapp(&broken).await.0, 200, "whether it can be had is found out later");
    let told = rig.told().await;
    let last = &told.last().expect("a call")["entry"][0]["changes"][0]["value"]["statuses"][0];
    assert_eq!(last["errors"][0]["code"], 131_053);
}
