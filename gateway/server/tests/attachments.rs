//! Files for messages: uploaded, kept sealed, and read by those who may read the lead's messages.

mod support;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
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
    _number: Number,
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
    Office { server, brokerage, ana, _number: number, lead }
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
