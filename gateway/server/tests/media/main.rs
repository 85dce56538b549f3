//! Files that clients send: listed before they are fetched, fetched from their provider alone, kept once, sealed, and read
//! by those who may read the message. Whatever a server that serves them does, it is refused with the reason, and nothing
//! else suffers.

#[path = "../support/mod.rs"]
mod support;

mod hostile;

use hostile::{Hostile, WORD, picture};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::PathBuf};
use support::{Brokerage, LONG_ENOUGH, Number, Options, POLL, Server, Sms, User, stranger};

/// The server's usual patience is for real providers.
fn impatient() -> Options {
    let options = Options::default().set("media.timeout_ms", 1_500).set("media.retry_after_ms", 20);
    options.set("media.attempts", 2).set("media.max_bytes", 200_000).set("media.fetch", true)
}

struct Office {
    server: Server,
    brokerage: Brokerage,
    ana: User,
    number: Number,
    hostile: Hostile,
}

impl Office {
    async fn open(options: Options) -> Self {
        let server = Server::start(options).await;
        let hostile = Hostile::start().await;
        let brokerage = Brokerage::open(&server).await;
        let ana = brokerage.agent().await;
        let number = brokerage.connect(&ana).await;
        let settings = json!({"settings": {"api_base_url": hostile.address()}});
        brokerage.admin.client.patch(&format!("/v1/connections/{}", number.id), &settings).await.ok();
        Self { server, brokerage, ana, number, hostile }
    }

    /// A client sends these files; the lead that it becomes.
    async fn sent(&self, files: &[(&str, &str)]) -> String {
        let from = stranger();
        let mut sms = Sms::new(&from, "Look at this").with("NumMedia", &files.len().to_string());
        for (n, (kind, path)) in files.iter().enumerate() {
            let url = if path.starts_with('/') { self.hostile.url(path) } else { (*path).to_owned() };
            sms = sms.with(&format!("MediaUrl{n}"), &url).with(&format!("MediaContentType{n}"), kind);
        }
        self.number.deliver(&self.ana.client, &sms).await;
        self.server.settled().await;
        let leads = self.ana.leads().await;
        let lead = leads.iter().find(|lead| lead["phones"] == json!([from])).expect("the client's lead");
        lead["id"].as_str().expect("an id").to_owned()
    }

    async fn files(&self, lead: &str) -> Vec<Value> {
        self.ana.messages(lead).await[0]["attachments"].as_array().expect("a list").clone()
    }

    /// The lead's files once none waits.
    async fn fetched(&self, lead: &str) -> Vec<Value> {
        let looked = async {
            loop {
                let files = self.files(lead).await;
                if files.iter().all(|file| file["state"] != "waiting") {
                    return files;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        self.server.log().within(LONG_ENOUGH, "files to be fetched", looked).await
    }

    async fn health(&self) -> Value {
        self.ana.client.get(&format!("/v1/connections/{}", self.number.id)).await.ok()["health"].clone()
    }

    fn blobs(&self) -> Vec<PathBuf> {
        let mut all = Vec::new();
        below(&self.server.data().join("blobs"), &mut all);
        all
    }
}

fn below(folder: &std::path::Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { below(&path, found) } else { found.push(path) }
    }
}

fn path_of(file: &Value) -> String {
    format!("/v1/attachments/{}", file["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn doc_1_a_clients_picture_is_fetched_kept_once_sealed_and_read_as_it_was() {
    let office = Office::open(impatient()).await;
    let lead = office
        .sent(&[("image/png", "/picture"), ("image/png", "/again?2"), ("image/png", "/second-time")])
        .await;
    let files = office.fetched(&lead).await;
    for file in &files {
        assert_eq!(
            (&file["state"], &file["mime_type"], &file["size_bytes"], file.get("reason")),
            (&json!("kept"), &json!("image/png"), &json!(picture().len()), None)
        );
    }
    assert_eq!(office.hostile.asked("/picture"), (1, true), "with the connection's credentials");
    assert_eq!(office.hostile.asked("/second-time"), (2, true), "what fails for now is asked for again");
    let of_another = office.sent(&[("image/png", "/yet-another")]).await;
    assert_eq!(office.fetched(&of_another).await[0]["state"], "kept");
    assert_eq!(office.blobs().len(), 1, "four files of two leads, one content");

    let request = |path: &str| office.ana.client.request(reqwest::Method::GET, path);
    let answer = request(&path_of(&files[0])).send().await.expect("answered");
    let headers = answer.headers().clone();
    assert_eq!(answer.bytes().await.expect("a body"), picture());
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-disposition", "attachment"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cache-control", "no-store"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    let part = request(&path_of(&files[0])).header("Range", "bytes=1-3").send().await.expect("answered");
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 1-3/{}", picture().len()));
    assert_eq!(part.bytes().await.expect("a body").as_ref(), b"PNG");
    let behind =
        request(&path_of(&files[0])).header("Range", "bytes=9999999-").send().await.expect("answered");
    assert_eq!(behind.status(), 416);

    let mut all = Vec::new();
    below(office.server.folder(), &mut all);
    for file in all {
        let bytes = fs::read(&file).expect("a file");
        assert!(memchr::memmem::find(&bytes, WORD).is_none(), "{} holds the picture", file.display());
    }
}

#[tokio::test]
async fn prv_2_a_clients_file_is_for_those_who_may_read_the_message() {
    let office = Office::open(impatient()).await;
    let lead = office.sent(&[("image/png", "/picture")]).await;
    let path = path_of(&office.fetched(&lead).await[0]);
    let other = office.brokerage.agent().await;
    let stranger = Brokerage::open(&office.server).await.agent().await;
    other.client.get(&path).await.not_found();
    stranger.client.get(&path).await.not_found();
    office.brokerage.team_lead().await.client.get(&path).await.problem(403, "lead_not_stale");
    office.brokerage.admin.client.get(&path).await.problem(403, "admin_reads_no_content");
    assert_eq!(office.ana.client.get(&path).await.status, 200);
}

#[tokio::test]
async fn doc_1_whatever_a_hostile_server_does_is_refused_with_the_reason() {
    let office = Office::open(impatient()).await;
    let elsewhere = Hostile::start().await;
    let private = |url: &str| format!("/redirect?{url}");
    let cases = [
        ("image/png", private(&elsewhere.url("/picture")), "private_address"),
        ("image/png", private("http://169.254.169.254/latest/meta-data"), "private_address"),
        ("image/png", private("http://[::1]/picture"), "private_address"),
        ("image/png", private("https://example.com/picture"), "host_not_allowed"),
        ("image/png", elsewhere.url("/picture"), "private_address"),
        (
            "image/png",
            "/redirect?/redirect?/redirect?/redirect?/redirect?/redirect?/redirect?/picture".to_owned(),
            "too_many_redirects",
        ),
        ("image/png", "/large".to_owned(), "too_large"),
        ("image/png", "/endless".to_owned(), "too_large"),
        ("image/png", "/trickle".to_owned(), "too_slow"),
        ("image/png", "/silent".to_owned(), "too_slow"),
        ("image/png", "/page".to_owned(), "wrong_type"),
        ("application/pdf", "/picture".to_owned(), "wrong_type"),
        ("application/octet-stream", "/program".to_owned(), "wrong_type"),
        ("image/png", "/packed".to_owned(), "encoded"),
        ("image/png", "/short".to_owned(), "cut_short"),
        ("image/png", "/nothing".to_owned(), "empty"),
        ("image/png", "/missing".to_owned(), "gone"),
        ("image/png", "/closed".to_owned(), "not_authorized"),
        ("image/png", "file:///etc/passwd".to_owned(), "bad_address"),
    ];
    let files: Vec<(&str, &str)> = cases.iter().map(|(kind, url, _)| (*kind, url.as_str())).collect();
    let lead = office.sent(&files).await;
    let shown = office.fetched(&lead).await;
    assert_eq!(shown.len(), cases.len());
    for (file, (_, url, reason)) in shown.iter().zip(&cases) {
        assert_eq!((&file["state"], &file["reason"]), (&json!("refused"), &json!(reason)), "{url}");
        let problem = office.ana.client.get(&path_of(file)).await.problem(410, "attachment_refused");
        let detail = problem["detail"].as_str().expect("a text");
        assert!(detail.starts_with(reason), "{url}: {detail}");
    }
    assert_eq!(elsewhere.asked("/picture").0, 0, "nobody else was asked");
    assert_eq!(office.hostile.asked("/large").0, 1, "what can't pass is not tried again");
    assert!(office.blobs().is_empty());
    let health = office.health().await;
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    cases.iter().for_each(|(_, _, reason)| *reasons.entry(reason).or_default() += 1);
    let shown = health["media"]["reasons"].as_array().expect("a list").iter();
    let shown =
        shown.map(|of| (of["reason"].as_str().expect("a code"), of["count"].as_u64().expect("a count")));
    assert_eq!(shown.collect::<BTreeMap<_, _>>(), reasons, "the connection's health says why");
    assert_eq!((&health["media"]["refused"], &health["backlog"]["files"]), (&json!(19), &json!(0)));
    let causes: Vec<&Value> = health["causes"].as_array().expect("a list").iter().collect();
    assert!(causes.iter().any(|cause| cause["code"] == "media_refused"), "{causes:?}");
    let by_reason = |reason: &str| format!("hearthline_files_refused_total{{reason=\"{reason}\"}}");
    assert!((office.server.metric(&by_reason("private_address")).await - 4.0).abs() < 0.5);
    assert!((office.server.metric("hearthline_media_refused_total").await - 19.0).abs() < 0.5);
    let log = office.server.log().text();
    assert!(!log.contains("/latest/meta-data") && !log.contains("passwd"), "no address in the log");
}

#[tokio::test]
async fn doc_1_a_file_that_waits_is_listed_and_asked_for_again_later() {
    let office = Office::open(impatient().set("media.timeout_ms", 60_000)).await;
    let lead = office.sent(&[("image/png", "/silent")]).await;
    let file = &office.files(&lead).await[0];
    assert_eq!((&file["state"], &file["size_bytes"]), (&json!("waiting"), &Value::Null));
    let answer = office.ana.client.get(&path_of(file)).await;
    answer.problem(409, "attachment_not_fetched");
    assert_eq!(office.health().await["backlog"]["files"], 1);
    assert!(answer.headers["retry-after"].to_str().is_ok_and(|after| after.parse::<u32>().is_ok()));
}

#[tokio::test]
async fn doc_1_a_process_that_dies_with_a_file_in_hand_fetches_it_again_and_shows_it_once() {
    let mut office = Office::open(impatient().variable("HEARTHLINE_KILL_AT", "media_fetched:1")).await;
    let from = stranger();
    let sms = Sms::new(&from, "Look").with("NumMedia", "1").with("MediaContentType0", "image/png");
    let sms = sms.with("MediaUrl0", &office.hostile.url("/picture"));
    // Durable before the answer, and then it dies with the bytes kept and nobody told.
    office.number.deliver(&office.ana.client, &sms).await;
    office.server.exited().await;
    office.server.change(|options| options.variable("HEARTHLINE_KILL_AT", "nowhere:1"));
    office.server.restart().await;
    office.server.settled().await;
    let lead = office.ana.leads().await[0]["id"].as_str().expect("an id").to_owned();
    let files = office.fetched(&lead).await;
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["state"], "kept");
    assert_eq!(office.hostile.asked("/picture").0, 2);
    assert_eq!(office.blobs().len(), 1);
    assert_eq!(office.ana.client.get(&path_of(&files[0])).await.status, 200);
}

#[tokio::test]
async fn doc_1_where_no_files_are_to_be_fetched_they_wait_for_a_start_that_fetches_them() {
    let mut office = Office::open(impatient().set("media.fetch", false)).await;
    let lead = office.sent(&[("image/png", "/picture")]).await;
    assert_eq!(office.files(&lead).await[0]["state"], "waiting");
    assert_eq!(office.hostile.asked("/picture").0, 0);
    office.server.terminate().await;
    office.server.change(|options| options.set("media.fetch", true));
    office.server.restart().await;
    assert_eq!(office.fetched(&lead).await[0]["state"], "kept");
}
