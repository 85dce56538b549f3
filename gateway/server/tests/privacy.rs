//! Who sees what, and what stands nowhere: through HTTP, the socket, the log, the metrics and the bytes on disk.

mod support;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use support::{
    Answer, Brokerage, Client, Live, Number, OPERATOR_TOKEN, Options, Server, Sms, User, done, mutation_id,
    stranger,
};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

/// A brokerage with one agent and their number.
async fn office() -> (&'static Server, Brokerage, User, Number) {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    (server, brokerage, ana, number)
}

/// One stranger's message, and the lead that it made.
async fn lead(server: &Server, user: &User, number: &Number) -> Value {
    number.deliver(&user.client, &Sms::new(&stranger(), "Only for my agent")).await;
    server.settled().await;
    user.leads().await.remove(0)
}

fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id is a text")
}

fn keys(of: &Value) -> BTreeSet<&str> {
    of.as_object().expect("an object").keys().map(String::as_str).collect()
}

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";
/// What every event shows to whoever knows of it.
const PLAIN: [&str; 9] =
    ["id", "lead_id", "channel", "kind", "direction", "received_at", "occurred_at", "status", "provider"];
/// What it shows to those who may read.
const RAW: [&str; 8] =
    ["provider_event_id", "from", "to", "subject", "body", "html", "attachments", "thread_key"];

#[tokio::test]
async fn ten_2_what_another_agent_or_another_tenant_has_is_as_if_it_were_not_there() {
    let (server, brokerage, ana, number) = office().await;
    let elsewhere = Brokerage::open(server).await;
    let (ben, eve) = (brokerage.agent().await, elsewhere.agent().await);
    let other_team = brokerage.new_team("South").await;
    let tina = brokerage.user("team_lead", &other_team).await;
    let lead = lead(server, &ana, &number).await;
    let card = ana.cards().await.remove(0);
    let mut no_card = card.clone();
    no_card["lead_id"] = json!(NOBODY);

    for user in [&ben, &tina, &eve, &elsewhere.admin] {
        for path in ["/v1/leads/{}", "/v1/leads/{}/events", "/v1/leads/{}/events?channel=sms"] {
            let hidden = user.client.get(&path.replace("{}", id(&lead))).await;
            let missing = user.client.get(&path.replace("{}", NOBODY)).await;
            hidden.not_found();
            assert_eq!(hidden.text, missing.text, "the same words for both");
        }
        assert_eq!(user.leads().await, Vec::<Value>::new());
        let phone = lead["phones"][0].as_str().expect("a phone");
        assert_eq!(user.client.all(&format!("/v1/leads?q={}", &phone[1..])).await, Vec::<Value>::new());
        assert_eq!(user.cards().await, Vec::<Value>::new());
        let (hidden, missing) = (user.act(&done(&card)).await, user.act(&done(&no_card)).await);
        for answer in [hidden, missing] {
            assert_eq!((&answer["result"], &answer["code"]), (&json!("rejected"), &json!("lead_not_found")));
        }
        let owned = user.client.all(&format!("/v1/leads?owner_id={}", ana.id)).await;
        assert_eq!(owned, Vec::<Value>::new());
    }

    // What administration shows and changes.
    let connection = format!("/v1/connections/{}", number.id);
    let rules = format!("/v1/teams/{}/rules", brokerage.team);
    let change = json!({"settings": {"auth_token": "mine-now"}});
    for admin in [&elsewhere.admin, &eve] {
        for path in [
            connection.clone(),
            rules.clone(),
            format!("/v1/teams/{}", brokerage.team),
            format!("/v1/users/{}", ana.id),
        ] {
            admin.client.get(&path).await.not_found();
        }
        admin.client.patch(&connection, &change).await.not_found();
        admin.client.delete(&connection).await.not_found();
        admin.client.patch(&rules, &json!({"first_contact_s": 1})).await.not_found();
        for list in ["/v1/users", "/v1/teams", "/v1/connections"] {
            let text = admin.client.get(list).await.text;
            assert!(!text.contains(&ana.id) && !text.contains(&brokerage.team) && !text.contains(&number.id));
        }
    }
    // References to what another tenant has are wrong in the words for what nobody has.
    for (field, theirs, valid) in [
        ("team_id", &brokerage.team, json!({"kind": "twilio_sms", "settings": settings()})),
        ("owner_id", &ana.id, json!({"kind": "twilio_sms", "settings": settings()})),
    ] {
        let ask = |id: &str| {
            let mut body = valid.clone();
            body[field] = json!(id);
            let client = elsewhere.admin.client.clone();
            async move { client.post("/v1/connections", &body).await }
        };
        let (hidden, missing) = (ask(theirs).await, ask(NOBODY).await);
        assert_eq!(hidden.wrong_fields(), [(field.to_owned(), "not_found".to_owned())]);
        assert_eq!(hidden.text, missing.text);
    }
    assert_eq!(ana.cards().await.len(), 1);
}

#[tokio::test]
async fn prv_2_a_team_lead_and_an_admin_see_types_and_times_and_no_raw_field_at_all() {
    let (server, brokerage, ana, number) = office().await;
    let tom = brokerage.team_lead().await;
    let lead = lead(server, &ana, &number).await;
    ana.done(&ana.cards().await[0]).await;
    server.settled().await;
    let path = format!("/v1/leads/{}/events", id(&lead));

    let own = ana.client.all(&path).await;
    assert_eq!(own.len(), 2, "the message and what was done");
    let message = own.iter().find(|event| event["kind"] == "message").expect("the message");
    assert_eq!(keys(message), PLAIN.into_iter().chain(RAW).collect());
    for user in [&tom, &brokerage.admin] {
        let events = user.client.all(&path).await;
        assert_eq!(events.len(), own.len());
        for (event, own) in events.iter().zip(&own) {
            // Who of us did what is told of deeds, and derived; of a message there is nothing but types and times.
            let told: &[&str] = if event["kind"] == "message" { &[] } else { &["by", "detail"] };
            let plain: Vec<&str> = PLAIN.iter().chain(told).copied().collect();
            assert_eq!(keys(event), plain.iter().copied().collect(), "absent, not null and not masked");
            assert!(plain.iter().all(|field| event[field] == own[field]));
        }
        let seen = user.lead(id(&lead)).await;
        assert_eq!(seen["state"], "new");
        assert_eq!(user.cards().await, Vec::<Value>::new());
    }
    // A grant that nobody gave opens nothing.
    let request = tom.client.request(Method::GET, &path).header("Raw-Access-Grant", mutation_id());
    assert!(!tom.client.send(request).await.text.contains("Only for my agent"));
}

#[tokio::test]
async fn ten_3_what_a_role_may_not_do_with_what_it_knows_is_forbidden_and_says_what_it_takes() {
    let (_server, brokerage, ana, number) = office().await;
    let tom = brokerage.team_lead().await;
    let rules = format!("/v1/teams/{}/rules", brokerage.team);
    let connection = format!("/v1/connections/{}", number.id);
    let user = json!({
        "email": "new@tests.example", "name": "New", "role": "agent", "team_id": brokerage.team, "language": "en",
    });
    let new_connection = json!({"kind": "twilio_sms", "team_id": brokerage.team, "settings": settings()});
    for client in [&ana.client, &tom.client] {
        for (answer, needs) in [
            (client.post("/v1/teams", &json!({"name": "Mine"})).await, "TEAMS_MANAGE"),
            (client.post("/v1/users", &user).await, "USERS_MANAGE"),
            (client.post("/v1/connections", &new_connection).await, "CONNECTIONS_MANAGE"),
            (client.patch(&connection, &json!({"owner_id": null})).await, "CONNECTIONS_MANAGE"),
            (client.delete(&connection).await, "CONNECTIONS_MANAGE"),
            (client.patch(&rules, &json!({"first_contact_s": 1})).await, "RULES_EDIT"),
        ] {
            let problem = answer.problem(403, "forbidden");
            assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(needs)), "{problem}");
        }
        client.post("/v1/tenants", &json!({"name": "Mine"})).await.not_found();
    }
    let nobody = ana.client.nobody();
    for path in ["/v1/leads", "/v1/deck", "/v1/users", "/v1/teams", "/v1/connections"] {
        nobody.get(path).await.problem(401, "token_missing");
        nobody.with("hla_made_up").get(path).await.problem(401, "token_invalid");
    }
}

fn settings() -> Value {
    json!({"account_sid": "AC1", "auth_token": "secret", "number": "+14155550100"})
}

/// A write, a body that is right, and which fields it must have.
struct Write {
    method: Method,
    path: String,
    client: Client,
    body: Value,
    required: &'static [&'static str],
}

impl Write {
    async fn send(&self, body: &Value) -> Answer {
        self.client.send(self.client.request(self.method.clone(), &self.path).json(body)).await
    }

    /// All fields, those of objects inside with a dot.
    fn fields(&self) -> Vec<String> {
        let mut fields = Vec::new();
        for (name, value) in self.body.as_object().expect("an object") {
            fields.push(name.clone());
            if let Some(inner) = value.as_object() {
                fields.extend(inner.keys().map(|key| format!("{name}.{key}")));
            }
        }
        fields
    }

    fn with(&self, field: &str, value: Option<Value>) -> Value {
        let mut body = self.body.clone();
        let (outer, last) = match field.split_once('.') {
            Some((outer, last)) => (&mut body[outer], last),
            None => (&mut body, field),
        };
        let object = outer.as_object_mut().expect("an object");
        match value {
            Some(value) => drop(object.insert(last.to_owned(), value)),
            None => drop(object.remove(last)),
        }
        body
    }
}

/// Every write route there is, with every kind of action.
#[allow(clippy::too_many_lines, reason = "a table: one entry for every write")]
fn writes(brokerage: &Brokerage, agent: &User, number: &Number) -> Vec<Write> {
    let admin = &brokerage.admin.client;
    let write = |method: Method, path: &str, client: &Client, body: Value, required| Write {
        method,
        path: path.to_owned(),
        client: client.clone(),
        body,
        required,
    };
    let post = |path, client: &Client, body, required| write(Method::POST, path, client, body, required);
    let action = |kind: &str, more: Value, required| {
        let mut body = json!({
            "mutation_id": mutation_id(), "lead_id": NOBODY, "card_id": NOBODY, "expected_version": 1, "kind": kind,
        });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        write(Method::POST, "/v1/deck/actions", &agent.client, body, required)
    };
    let tenant = json!({"name": "T", "admin_email": "t@tests.example", "admin_password": "long enough"});
    let user = json!({
        "email": "u@tests.example", "name": "U", "role": "agent", "team_id": brokerage.team, "language": "en",
        "time_zone": "Europe/Paris", "password": "long enough",
    });
    let mut full = settings();
    (full["messaging_service_sid"], full["api_base_url"]) = (json!("MG1"), json!("https://api.example"));
    let connection = json!({
        "kind": "twilio_sms", "owner_id": agent.id, "team_id": brokerage.team, "settings": full,
    });
    let rules = json!({
        "first_contact_s": 60, "stale_after_s": 120, "at_risk_share": 0.5, "time_zone": "Europe/Paris",
        "default_follow_up_s": 60, "routing": "owner", "no_answer_counts": true,
        "owner_change_restarts_clock": false,
    });
    let change = json!({"owner_id": agent.id, "team_id": brokerage.team, "settings": full});
    let operator = admin.with(OPERATOR_TOKEN);
    let card = &["mutation_id", "lead_id", "kind", "card_id", "expected_version"];
    vec![
        post("/v1/tenants", &operator, tenant, &["name", "admin_email", "admin_password"]),
        post(
            "/v1/sessions",
            &admin.nobody(),
            json!({"email": "x@tests.example", "password": "p"}),
            &["email", "password"],
        ),
        post("/v1/sessions/refresh", &admin.nobody(), json!({"refresh_token": "r"}), &["refresh_token"]),
        post("/v1/teams", admin, json!({"name": "T", "time_zone": "Europe/Paris"}), &["name"]),
        post("/v1/users", admin, user, &["email", "name", "role", "team_id", "language"]),
        post(
            "/v1/connections",
            admin,
            connection,
            &["kind", "settings", "settings.account_sid", "settings.auth_token", "settings.number"],
        ),
        write(Method::PATCH, &format!("/v1/connections/{}", number.id), admin, change, &[]),
        write(Method::PATCH, &format!("/v1/teams/{}/rules", brokerage.team), admin, rules, &[]),
        action("done", json!({}), card),
        action("snooze", json!({"until": "2030-01-01T00:00:00Z"}), card),
        action(
            "send",
            json!({"channel": "sms", "body": "Hello"}),
            &["mutation_id", "lead_id", "kind", "channel", "body"],
        ),
        action("call", json!({}), &["mutation_id", "lead_id", "kind"]),
        action(
            "outcome",
            json!({"result": "spoke", "note": "Fine", "follow_up_at": "2030-01-01T00:00:00Z"}),
            &["mutation_id", "lead_id", "kind", "card_id", "expected_version", "result"],
        ),
        action(
            "schedule",
            json!({"due_at": "2030-01-01T00:00:00Z", "title": "Call back"}),
            &["mutation_id", "lead_id", "kind", "due_at", "title"],
        ),
        action("undo", json!({}), &["mutation_id", "lead_id", "kind"]),
    ]
}

#[tokio::test]
async fn every_wrong_missing_or_unknown_field_of_every_write_is_named_and_never_repeated() {
    const PLANTED: &str = "zyxwvut-planted";
    let (_server, brokerage, ana, number) = office().await;
    for write in writes(&brokerage, &ana, &number) {
        let at = format!("{} {} {}", write.method, write.path, write.body);
        let names = |answer: &Answer| -> Vec<String> {
            assert!(!answer.text.contains(PLANTED), "{at} repeats what was sent: {}", answer.text);
            answer.wrong_fields().into_iter().map(|(field, _)| field).collect()
        };
        for field in write.fields() {
            // No field takes a list with an object in it.
            let wrong = write.send(&write.with(&field, Some(json!([{"x": PLANTED}])))).await;
            assert_eq!(names(&wrong), std::slice::from_ref(&field), "{at}: {field} of a wrong type");
            if write.required.contains(&field.as_str()) {
                for absent in [None, Some(Value::Null)] {
                    let missing = write.send(&write.with(&field, absent)).await;
                    assert_eq!(names(&missing), std::slice::from_ref(&field), "{at}: without {field}");
                    assert_eq!(missing.wrong_fields()[0].1, "required", "{at}: without {field}");
                }
            }
        }
        let unknown = write.send(&write.with("colour", Some(json!(PLANTED)))).await;
        assert_eq!(unknown.wrong_fields(), [("colour".to_owned(), "unknown_field".to_owned())], "{at}");
        if write.body.get("settings").is_some() {
            let unknown = write.send(&write.with("settings.colour", Some(json!(PLANTED)))).await;
            assert_eq!(names(&unknown), ["settings.colour"], "{at}");
        }
        if !write.required.is_empty() {
            let all = write.send(&json!({})).await;
            let mut expected: Vec<&str> =
                write.required.iter().filter(|name| !name.contains('.')).copied().collect();
            if write.path == "/v1/deck/actions" {
                // Which others it takes hangs on the kind.
                expected = vec!["mutation_id", "lead_id", "kind"];
            }
            if write.path == "/v1/users" {
                // Whether it takes a team hangs on the role.
                expected.retain(|name| *name != "team_id");
            }
            if write.path == "/v1/connections" {
                expected = vec!["kind", "owner_id", "settings"];
            }
            expected.sort_unstable();
            assert_eq!(names(&all), expected, "{at}");
        }
        for (body, code) in [("", "malformed_json"), ("{\"a\":", "malformed_json"), ("[]", "malformed_json")]
        {
            let request = write.client.request(write.method.clone(), &write.path);
            let request = request.header("content-type", "application/json").body(body);
            write.client.send(request).await.problem(400, code);
        }
        let request = write.client.request(write.method.clone(), &write.path);
        let request = request.header("content-type", "text/plain").body("{}");
        write.client.send(request).await.problem(415, "unsupported_media_type");
        let request =
            write.client.request(write.method.clone(), &write.path).json(&json!("x".repeat(300_000)));
        write.client.send(request).await.problem(413, "body_too_large");
    }
}

#[tokio::test]
async fn values_that_are_out_of_bounds_are_named_with_what_is_allowed() {
    let (_server, brokerage, ana, number) = office().await;
    let writes = writes(&brokerage, &ana, &number);
    let write = |path: &str, kind: &str| {
        let fits =
            |write: &&Write| write.path.contains(path) && (kind.is_empty() || write.body["kind"] == kind);
        writes.iter().find(fits).expect("a write")
    };
    for (path, kind, field, value, allowed) in [
        ("/rules", "", "first_contact_s", json!(0), "1"),
        ("/rules", "", "first_contact_s", json!(1.5), "whole number"),
        ("/rules", "", "stale_after_s", json!(60), "greater than first_contact_s"),
        ("/rules", "", "at_risk_share", json!(0.04), "0.05"),
        ("/rules", "", "at_risk_share", json!(0.96), "0.95"),
        ("/rules", "", "time_zone", json!("Mars/Base"), "Europe/Paris"),
        ("/rules", "", "routing", json!("random"), "owner"),
        ("/rules", "", "business_hours", json!({}), "at least one day"),
        ("/v1/users", "", "email", json!("no address"), "ana@example.com"),
        ("/v1/users", "", "password", json!("short"), "8"),
        ("/v1/users", "", "role", json!("queen"), "team_lead"),
        ("/v1/users", "", "language", json!("e"), "BCP 47"),
        ("/v1/users", "", "name", json!("two\nlines"), "one line"),
        ("/v1/users", "", "name", json!("x".repeat(121)), "120"),
        ("/v1/users", "", "team_id", json!(NOBODY), "team of this tenant"),
        ("/v1/connections", "twilio_sms", "settings.number", json!("4155550100"), "E.164"),
        ("/v1/connections", "twilio_sms", "settings.api_base_url", json!("ftp://x"), "https"),
        ("/v1/connections", "twilio_sms", "kind", json!("fax"), "twilio_sms"),
        ("/v1/connections", "twilio_sms", "owner_id", json!(NOBODY), "user of this tenant"),
        ("/v1/deck/actions", "done", "expected_version", json!(-1), "whole number"),
        ("/v1/deck/actions", "done", "mutation_id", json!("1"), "UUID"),
        ("/v1/deck/actions", "snooze", "until", json!("tomorrow"), "RFC 3339"),
        ("/v1/deck/actions", "snooze", "preset", json!("tomorrow"), "absent"),
        ("/v1/deck/actions", "send", "channel", json!("pigeon"), "sms"),
        ("/v1/deck/actions", "send", "body", json!(" "), "1600"),
        ("/v1/deck/actions", "schedule", "title", json!("x".repeat(201)), "200"),
    ] {
        let write = write(path, kind);
        let answer = write.send(&write.with(field, Some(value.clone()))).await;
        let wrong = answer.wrong_fields();
        assert_eq!(wrong.len(), 1, "{path} {field} {value}: {wrong:?}");
        assert_eq!(wrong[0].0, field, "{path} {value}");
        let message = answer.json()["errors"][0]["message"].as_str().expect("a message").to_owned();
        assert!(message.contains(allowed), "{path} {field} {value}: {message:?} does not say {allowed:?}");
    }
    // Taken addresses name their field too.
    let again = json!({
        "email": ana.email.to_uppercase(), "name": "Again", "role": "agent", "team_id": brokerage.team, "language": "en",
    });
    let taken = brokerage.admin.client.post("/v1/users", &again).await.problem(409, "email_taken");
    assert_eq!(taken["errors"][0]["field"], "email");
}

#[tokio::test]
async fn prv_6_secrets_of_connections_and_people_never_come_back() {
    let (_server, brokerage, ana, number) = office().await;
    let admin = &brokerage.admin.client;
    let path = format!("/v1/connections/{}", number.id);
    let changed = admin.patch(&path, &json!({"settings": {"auth_token": "another-secret"}})).await;
    let new = json!({"kind": "twilio_sms", "team_id": brokerage.team, "settings": settings()});
    let request =
        || admin.request(Method::POST, "/v1/connections").header("Idempotency-Key", "once").json(&new);
    let (made, again) = (admin.send(request()).await, admin.send(request()).await);
    assert_eq!(made.text, again.text, "sent twice, made once");
    for answer in [
        changed,
        made,
        again,
        admin.get(&path).await,
        admin.get("/v1/connections").await,
        ana.client.get(&path).await,
        admin.get("/v1/users").await,
        admin.get(&format!("/v1/users/{}", ana.id)).await,
    ] {
        for secret in [&number.auth_token, "another-secret", "\"secret\"", "auth_token", "password"] {
            assert!(!answer.text.contains(secret), "{secret} in {}", answer.text);
        }
    }
    // The new secret counts from the next request on.
    let sms = Sms::new(&stranger(), "Signed with the old one");
    number.call(&ana.client, &sms).await.problem(403, "signature_wrong");
    let renewed = Number { auth_token: "another-secret".to_owned(), ..number };
    renewed.deliver(&ana.client, &sms).await;
}

/// A text in every form that careless code might leave it in.
struct Planted {
    name: &'static str,
    forms: Vec<Vec<u8>>,
}

impl Planted {
    fn new(name: &'static str, text: &str) -> Self {
        let utf_16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let hex = text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut forms = vec![
            text.as_bytes().to_vec(),
            utf_16(u16::to_le_bytes),
            utf_16(u16::to_be_bytes),
            hex.to_uppercase().into_bytes(),
            hex.into_bytes(),
            text.bytes().rev().collect(),
        ];
        forms.extend((0..3).map(|before| base64_within(text, before)));
        Self { name, forms }
    }

    fn stands_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| memchr::memmem::find(bytes, form).is_some())
    }
}

/// What base64 shows of a text that stands so many bytes after a multiple of three, whatever is around it.
fn base64_within(text: &str, before: usize) -> Vec<u8> {
    let all = STANDARD.encode([vec![0; before], text.as_bytes().to_vec()].concat());
    let whole = (before + text.len()) * 8 / 6;
    all.as_bytes()[(before * 8).div_ceil(6)..whole].to_vec()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// Which planted texts stand where in a folder's files.
fn found_in(folder: &Path, planted: &[Planted]) -> Vec<String> {
    let mut found = Vec::new();
    let files = files_below(folder);
    assert!(files.len() > 3, "a server keeps files: {files:?}");
    for file in files {
        // A file may go while the server runs: it is then in another one.
        let Ok(bytes) = fs::read(&file) else { continue };
        let here = planted.iter().filter(|planted| planted.stands_in(&bytes));
        found.extend(here.map(|planted| format!("{} in {}", planted.name, file.display())));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prv_5_what_a_client_wrote_stands_in_no_file_no_log_line_no_metric_and_no_error() {
    // Everything that can be logged is logged.
    let mut server = Server::start(Options::default().set("log.filter", "trace")).await;
    let brokerage = Brokerage::open(&server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    let phone = stranger();
    let shown = format!("+1-{}-{}-{}", &phone[2..5], &phone[5..8], &phone[8..]);
    let planted = [
        Planted::new("a word of a message", "quillwort-of-the-body"),
        Planted::new("a word of a long message", "quillwort-of-the-blob"),
        Planted::new("a word of an opt-out", "quillwort-of-the-stop"),
        Planted::new("a word of an unreadable message", "quillwort-of-the-dead"),
        Planted::new("a word of a forged message", "quillwort-of-the-forger"),
        Planted::new("a word of an action", "quillwort-of-the-action"),
        Planted::new("a word that was searched", "quillwort-of-the-search"),
        Planted::new("a name", "Quillwort Profilename"),
        Planted::new("a media address", "quillwort-of-the-media"),
        Planted::new("a phone number", &phone[1..]),
        Planted::new("a phone number as it is shown", &shown),
        Planted::new("the secret of a connection", &number.auth_token),
        Planted::new("a password", &ana.password),
    ];
    let check = async |server: &Server, when: &str| {
        let folder = server.folder().to_owned();
        let metrics = if server.is_running() { server.metrics().await } else { String::new() };
        for planted in &planted {
            assert!(!planted.stands_in(metrics.as_bytes()), "{when}: {} in /metrics", planted.name);
        }
        assert_eq!(found_in(&folder, &planted), Vec::<String>::new(), "{when}");
    };

    speak(&server, &ana, &number, &phone).await;
    check(&server, "while it runs").await;
    server.kill9().await;
    check(&server, "after kill -9").await;
    server.restart().await;
    number.deliver(&ana.client, &Sms::new(&phone, "quillwort-of-the-body again")).await;
    server.settled().await;
    assert_eq!(ana.leads().await.len(), 41);
    check(&server, "after a restart").await;
    assert_eq!(server.terminate().await.code(), Some(0));
    check(&server, "after a clean stop").await;

    // The search itself can find.
    for (n, form) in planted[0].forms.iter().enumerate() {
        let file = server.data().join("control");
        fs::write(&file, [b"before ", form.as_slice(), b" after"].concat()).expect("written");
        assert_eq!(found_in(server.folder(), &planted).len(), 1, "form {n}");
        fs::remove_file(file).expect("removed");
    }
}

/// All that clients, agents and forgers say in that test.
async fn speak(server: &Server, ana: &User, number: &Number, phone: &str) {
    let client = &ana.client;
    let mut live = ana.live(None).await;
    let strangers: Vec<Sms> =
        (0..40).map(|_| Sms::new(&stranger(), "quillwort-of-the-body: hello")).collect();
    join_all(strangers.iter().map(|sms| number.deliver(client, sms))).await;
    let long = "quillwort-of-the-blob ".repeat(1_000);
    let stop = Sms::new(&stranger(), "STOP").with("Unplaced", "quillwort-of-the-stop");
    for sms in [
        Sms::new(phone, "quillwort-of-the-body: hello").with("ProfileName", "Quillwort Profilename"),
        Sms::new(phone, &long),
        Sms::new(phone, "quillwort-of-the-body")
            .with("MediaUrl0", "https://media.example/quillwort-of-the-media"),
        stop,
        Sms::new(phone, "quillwort-of-the-dead").without("MessageSid"),
        Sms::new("", "quillwort-of-the-dead"),
    ] {
        number.deliver(client, &sms).await;
    }
    let forged = Sms::new(phone, "quillwort-of-the-forger");
    let answer = client.send(number.request_signed_for(client, &forged, "https://elsewhere.example")).await;
    answer.problem(403, "signature_wrong");
    server.settled().await;

    let mut errors = vec![answer.text];
    let action = |kind: &str, more: Value| {
        let mut body = json!({"mutation_id": mutation_id(), "lead_id": NOBODY, "kind": kind});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    for body in [
        action("send", json!({"channel": "sms", "body": "quillwort-of-the-action"})),
        action("send", json!({"channel": "quillwort-of-the-action", "body": ["quillwort-of-the-action"]})),
        action("schedule", json!({"due_at": "quillwort-of-the-action", "title": "quillwort-of-the-action"})),
    ] {
        let request =
            client.request(Method::POST, "/v1/deck/actions").header("Idempotency-Key", mutation_id());
        errors.push(client.send(request.json(&body)).await.text);
        live.say(&json!({"act": body})).await;
        errors.push(answered(&mut live).await.to_string());
    }
    let broken = client.request(Method::POST, "/v1/deck/actions").header("content-type", "application/json");
    errors.push(client.send(broken.body("{\"body\": \"quillwort-of-the-action")).await.text);
    errors.push(client.get("/v1/leads?q=quillwort-of-the-search").await.text);
    errors.push(client.get("/v1/leads?state=quillwort-of-the-search").await.text);
    errors.push(client.get("/v1/leads/quillwort-of-the-search").await.text);
    assert!(errors.iter().all(|text| !text.contains("quillwort")), "{errors:?}");

    let card = ana.cards().await.into_iter().find(|card| card["lead_name"] == "Quillwort Profilename");
    ana.done(&card.expect("a card with that name")).await;
    server.settled().await;
}

/// The socket's next answer to an action.
async fn answered(live: &mut Live) -> Value {
    loop {
        let frame = live.next().await;
        if frame.get("acted").is_some() || frame.get("error").is_some() {
            return frame;
        }
    }
}
