//! Files for messages: uploaded, kept sealed, and read by those who may read the lead's messages.

mod support;

use hearthline_simulators::twilio::{self as simulated, Twilio};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use support::{Answer, Brokerage, Number, Options, Server, Sms, User, stranger};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const WORD: &[u8] = b"quillwort-in-a-picture";

fn picture(size_bytes: usize) -> Vec<u8> {
    let mut picture = [PNG, WORD].concat();
    picture.resize(size_bytes, b'.');
    picture
}

struct Office {
    server: Server,
    brokerage: Brokerage,
    ana: User,
    number: Number,
    lead: String,
}

/// An agent with a lead that wrote.
async fn office() -> Office {
    let server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    number.deliver(&ana.client, &Sms::new(&stranger(), "Is the flat still free?")).await;
    server.settled().await;
    let lead = ana.leads().await[0]["id"].as_str().expect("an id").to_owned();
    Office { server, brokerage, ana, number, lead }
}

impl Office {
    fn upload(&self, by: &User, kind: &str, bytes: Vec<u8>) -> RequestBuilder {
        let path = format!("/v1/attachments?lead_id={}&filename=plan%20%22%C3%A9t%C3%A9%22.png", self.lead);
        by.client.request(Method::POST, &path).header("Content-Type", kind).body(bytes)
    }

    async fn uploaded(&self, kind: &str, bytes: Vec<u8>) -> Answer {
        self.ana.client.send(self.upload(&self.ana, kind, bytes)).await
    }
}

async fn download(by: &User, id: &Value) -> Answer {
    by.client.get(&format!("/v1/attachments/{}", id.as_str().expect("an id"))).await
}

#[tokio::test]
async fn out_2_a_picture_is_uploaded_once_and_downloaded_as_it_was() {
    let office = office().await;
    let largest = picture(5_000_000);
    let request = || {
        let upload = office.upload(&office.ana, "image/png", largest.clone());
        office.ana.client.send(upload.header("Idempotency-Key", "one"))
    };
    let first = request().await;
    assert_eq!(first.status, 201, "{}", first.text);
    let first = first.json();
    assert_eq!(
        (&first["filename"], &first["mime_type"], &first["size_bytes"]),
        (&json!("plan \"été\".png"), &json!("image/png"), &json!(5_000_000))
    );
    let again = request().await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.json(), first);

    let path = format!("/v1/attachments/{}", first["id"].as_str().expect("an id"));
    let answer = office.ana.client.request(Method::GET, &path).send().await.expect("answered");
    let headers = answer.headers().clone();
    assert!(answer.bytes().await.expect("a body") == largest);
    assert_eq!(headers["content-type"], "image/png");
    assert_eq!(
        headers["content-disposition"],
        "attachment; filename*=UTF-8''plan%20%22%C3%A9t%C3%A9%22%2Epng"
    );
    assert_eq!(headers["content-security-policy"], "default-src 'none'; sandbox");

    let without_key = office.uploaded("application/pdf", b"%PDF-1.7 a plan".to_vec()).await.ok();
    assert_ne!(without_key["id"], first["id"]);
    assert_eq!(download(&office.ana, &without_key["id"]).await.text, "%PDF-1.7 a plan");
}

#[tokio::test]
async fn prv_2_files_are_for_those_who_may_write_and_read() {
    let office = office().await;
    let id = office.uploaded("image/png", picture(100)).await.ok()["id"].clone();
    let other = office.brokerage.agent().await;
    let lead = office.brokerage.team_lead().await;
    let admin = &office.brokerage.admin;
    let stranger = Brokerage::open(&office.server).await.agent().await;

    for nobody in [&other, &stranger] {
        download(nobody, &id).await.not_found();
        nobody.client.send(office.upload(nobody, "image/png", picture(100))).await.not_found();
    }
    let upload = |by: &User| office.upload(by, "image/png", picture(100));
    download(&lead, &id).await.problem(403, "lead_not_stale");
    lead.client.send(upload(&lead)).await.problem(403, "lead_not_stale");
    download(admin, &id).await.problem(403, "admin_reads_no_content");
    admin.client.send(upload(admin)).await.problem(403, "role_lacks_right");
    let nobody = office.ana.client.nobody();
    nobody
        .get(&format!("/v1/attachments/{}", id.as_str().expect("an id")))
        .await
        .problem(401, "token_missing");
    office.ana.client.get("/v1/attachments/019a0000-0000-7000-8000-000000000000").await.not_found();
}

#[tokio::test]
async fn out_2_what_mms_does_not_carry_is_refused_with_what_it_does() {
    let office = office().await;
    let wrong = |field: &str, code: &str| vec![(field.to_owned(), code.to_owned())];
    let html = office.uploaded("text/html", b"<script>".to_vec()).await;
    assert_eq!(html.wrong_fields(), wrong("Content-Type", "not_allowed"));
    assert!(html.text.contains("image/jpeg"), "{}", html.text);
    let disguised = office.uploaded("image/png", b"<script>".to_vec()).await;
    assert_eq!(disguised.wrong_fields(), wrong("body", "wrong_type"));
    let long = office.uploaded("audio/mpeg", vec![1; 500_001]).await;
    assert_eq!(long.wrong_fields(), wrong("body", "too_long"));
    office.uploaded("image/png", picture(5_000_001)).await.problem(413, "body_too_large");
    let keyed = office.upload(&office.ana, "image/png", picture(5_000_001)).header("Idempotency-Key", "two");
    office.ana.client.send(keyed).await.problem(413, "body_too_large");
    let nobodys = office.ana.client.request(Method::POST, "/v1/attachments").body(picture(100));
    let nobodys = office.ana.client.send(nobodys).await;
    assert_eq!(nobodys.wrong_fields(), wrong("lead_id", "required"));
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[tokio::test]
async fn prv_5_neither_a_file_nor_its_name_stands_on_disk_or_in_the_log_in_clear() {
    let office = office().await;
    let id = office.uploaded("image/png", picture(200_000)).await.ok()["id"].clone();
    let answer = download(&office.ana, &id).await;
    assert!(memchr::memmem::find(answer.text.as_bytes(), WORD).is_some(), "the word was there to be found");
    office.server.settled().await;
    let mut all = Vec::new();
    files(office.server.folder(), &mut all);
    assert!(all.len() > 3);
    for file in all {
        let bytes = std::fs::read(&file).expect("a file");
        for planted in [WORD, "plan \"été\"".as_bytes(), b"plan%20%22"] {
            assert!(memchr::memmem::find(&bytes, planted).is_none(), "{} holds it", file.display());
        }
    }
}

/// Connects the office's number to a Twilio that has it.
async fn twilio_of(office: &Office) -> Twilio {
    let twilio = Twilio::start("127.0.0.1:0".parse().expect("an address"), 1).await.expect("a simulator");
    let number = simulated::Number { number: office.number.number.clone(), webhook_url: None };
    twilio.set_account(simulated::Account {
        account_sid: office.number.account_sid.clone(),
        auth_token: office.number.auth_token.clone(),
        numbers: vec![number],
        services: Vec::new(),
    });
    let connection = office.number.webhook_url.rsplit('/').next().expect("an id");
    let settings = json!({"settings": {"api_base_url": twilio.base_url()}});
    office.brokerage.admin.client.patch(&format!("/v1/connections/{connection}"), &settings).await.ok();
    twilio
}

impl Office {
    async fn send(&self, message: &Value) -> Answer {
        self.ana.client.post(&format!("/v1/leads/{}/messages", self.lead), message).await
    }

    /// The newest event of the lead that was sent, once it has that status.
    async fn sent(&self, status: &str) -> Value {
        let looked = async {
            loop {
                let messages = self.ana.messages(&self.lead).await;
                let sent = messages.into_iter().find(|event| event["direction"] == "out");
                if let Some(sent) = sent.filter(|sent| sent["status"] == status) {
                    return sent;
                }
                tokio::time::sleep(support::POLL).await;
            }
        };
        self.server.log().within(Duration::from_secs(30), status, looked).await
    }
}

#[tokio::test]
async fn out_2_a_picture_reaches_the_client_as_an_mms_and_stands_in_the_timeline() {
    let office = office().await;
    let twilio = twilio_of(&office).await;
    let first = picture(1_000_000);
    let picture_id = office.uploaded("image/png", first.clone()).await.ok()["id"].clone();
    let plan_id = office.uploaded("application/pdf", b"%PDF-1.7 a plan".to_vec()).await.ok()["id"].clone();
    let message =
        json!({"channel": "sms", "body": "The plan, as promised", "attachment_ids": [picture_id, plan_id]});
    assert_eq!(office.send(&message).await.status, 202);
    let sent = office.sent("delivered").await;
    assert_eq!(sent["body"], "The plan, as promised");
    let shown: Vec<_> = sent["attachments"].as_array().expect("a list").iter().collect();
    let ids: Vec<_> = shown.iter().map(|file| file["id"].clone()).collect();
    assert_eq!(ids, [picture_id.clone(), plan_id]);
    assert_eq!((&shown[0]["mime_type"], &shown[0]["size_bytes"]), (&json!("image/png"), &json!(1_000_000)));
    assert!(download(&office.ana, &picture_id).await.headers["content-type"] == "image/png");

    let ledger = twilio.ledger();
    assert_eq!(ledger.accepted.len(), 1);
    assert!(ledger.accepted[0].sid.starts_with("MM"));
    let fetched: Vec<_> =
        ledger.media.iter().map(|file| (file.answered, &*file.content_type, file.size_bytes)).collect();
    assert_eq!(fetched, [(Some(200), "image/png", 1_000_000), (Some(200), "application/pdf", 15)]);
    let again = office.ana.client.nobody();
    let address =
        ledger.media[0].url.strip_prefix(office.server.address().as_str()).expect("an address of ours");
    let fetched = again.request(Method::GET, address).send().await.expect("answered").bytes().await;
    assert!(fetched.expect("a body") == first, "the address is the permission");

    // Pictures need no words.
    let wordless = json!({"channel": "sms", "attachment_ids": [picture_id]});
    assert_eq!(office.send(&wordless).await.status, 202);
    twilio_took(&office, &twilio, 2).await;
    assert_eq!(twilio.ledger().accepted[1].body, "");
}

async fn twilio_took(office: &Office, twilio: &Twilio, count: usize) {
    let took = async {
        while twilio.ledger().accepted.len() < count {
            tokio::time::sleep(support::POLL).await;
        }
    };
    office.server.log().within(Duration::from_secs(30), "a message at Twilio", took).await;
}

#[tokio::test]
async fn out_2_a_message_carries_known_files_of_its_lead_and_no_more_than_mms_can() {
    let office = office().await;
    let _twilio = twilio_of(&office).await;
    let known = office.uploaded("image/png", picture(3_000_000)).await.ok()["id"].clone();
    let other = office.uploaded("image/png", picture(3_000_000)).await.ok()["id"].clone();
    let with = |ids: Value| json!({"channel": "sms", "body": "x", "attachment_ids": ids});
    office.send(&with(json!([known, other]))).await.problem(422, "attachments_too_large");
    let unknown = json!(["019a0000-0000-7000-8000-000000000000"]);
    office.send(&with(unknown)).await.problem(422, "attachment_not_found");
    let wrong = |field: &str, code: &str| vec![(field.to_owned(), code.to_owned())];
    for ids in [json!([known, known]), json!(["x"]), json!([1]), json!(vec![known.clone(); 11])] {
        assert_eq!(office.send(&with(ids)).await.wrong_fields(), wrong("attachment_ids", "invalid_list"));
    }
    assert_eq!(office.send(&with(json!("x"))).await.wrong_fields(), wrong("attachment_ids", "wrong_type"));
    let nothing = json!({"channel": "sms", "attachment_ids": []});
    assert_eq!(office.send(&nothing).await.wrong_fields(), wrong("body", "required"));

    office.number.deliver(&office.ana.client, &Sms::new(&stranger(), "Another client")).await;
    office.server.settled().await;
    let leads = office.ana.leads().await;
    let another = leads.iter().find(|lead| lead["id"] != office.lead.as_str()).expect("another lead");
    let path = format!("/v1/leads/{}/messages", another["id"].as_str().expect("an id"));
    office.ana.client.post(&path, &with(json!([known]))).await.problem(422, "attachment_not_found");
}
