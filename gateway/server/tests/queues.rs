//! What waits for a person: dead letters (ING-10), leads that nobody has (IDN-5), and whose a new lead becomes (IDN-1).

mod support;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{
    Account, Answer, Brokerage, Client, Number, Options, Server, Sms, User, conversation, event, mutation_id,
    stranger,
};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

const SECRET: &str = "app-secret-of-the-queues";
const PLANTED: &str = "planted-bergamot-4417";

async fn letters(client: &Client) -> Vec<Value> {
    client.all("/v1/dead-letters").await
}

fn id(item: &Value) -> &str {
    item["id"].as_str().expect("an id")
}

async fn post(client: &Client, path: &str) -> Answer {
    client.send(client.request(Method::POST, path)).await
}

async fn replay(client: &Client, letter: &Value) -> Answer {
    post(client, &format!("/v1/dead-letters/{}/replay", id(letter))).await
}

/// A request that nobody can read, and what became of it.
async fn dead(server: &Server, owner: &User, number: &Number, body: &str) -> Value {
    number.deliver(&owner.client, &Sms::new(&stranger(), body).without("MessageSid")).await;
    server.settled().await;
    letters(&owner.client).await.pop().expect("a dead letter")
}

#[tokio::test]
async fn ing_10_a_dead_letter_says_why_and_its_content_is_its_connections_owners_alone() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, ben, tim) = (brokerage.agent().await, brokerage.agent().await, brokerage.team_lead().await);
    let number = brokerage.connect(&ana).await;
    let letter = dead(server, &ana, &number, PLANTED).await;
    assert_eq!((&letter["kind"], &letter["cause"]), (&json!("dead_letter"), &json!("unreadable")));
    assert_eq!(
        (&letter["connection_id"], &letter["connection_kind"]),
        (&json!(number.id), &json!("twilio_sms"))
    );
    assert_eq!(letter["deeds"], json!(["replay", "discard"]));
    assert_eq!((&letter["replays"], &letter["replayed_at"]), (&json!(0), &Value::Null));
    let why = letter["explanation"].as_str().expect("words");
    assert!(why.starts_with("What came in at ") && why.ends_with(" could not be read."), "{why}");
    assert!(letter["reason"].as_str().is_some_and(|reason| reason.contains("MessageSid")), "{letter}");

    let path = format!("/v1/dead-letters/{}", id(&letter));
    for reader in [&tim, &brokerage.admin] {
        let listed = letters(&reader.client).await;
        assert_eq!(listed.len(), 1);
        let one = reader.client.get(&path).await.ok();
        for shown in [&listed[0], &one] {
            assert!(shown.get("body").is_none() && !shown.to_string().contains(PLANTED), "{shown}");
        }
    }
    let own = ana.client.get(&path).await.ok();
    assert!(own["body"].as_str().is_some_and(|body| body.contains(PLANTED)), "{own}");
    let read = brokerage.admin.client.all("/v1/audit?action=raw.read").await;
    assert!(read.iter().any(|entry| entry["subject"]["id"] == json!(number.id)), "{read:?}");

    // Another agent, another team's lead, another brokerage: there is nothing.
    let south = brokerage.new_team("South").await;
    let sue = brokerage.user("team_lead", &south).await;
    let elsewhere = Brokerage::open(server).await;
    for nobody in [&ben, &sue, &elsewhere.admin] {
        assert_eq!(letters(&nobody.client).await, Vec::<Value>::new());
        nobody.client.get(&path).await.not_found();
        replay(&nobody.client, &letter).await.not_found();
        nobody.client.delete(&path).await.not_found();
    }
    assert!(!server.log().text().contains(PLANTED));
}

#[tokio::test]
async fn ing_10_after_a_fix_a_replay_goes_the_normal_way_and_two_replays_make_one_event() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let ana = brokerage.agent().await;
    let own = Account::connect(&brokerage, &ana, "messenger", "page-q1", SECRET).await;
    let batch = conversation(
        "page",
        &[
            event("u1", "page-q1", "q1", "ours"),
            event("u2", "page-q2", "q2", PLANTED),
            event("u3", "page-q3", "q3", "no"),
        ],
    );
    own.deliver(&ana.client, &batch).await;
    server.settled().await;
    let kept = letters(&ana.client).await;
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|letter| letter["cause"] == "other_account"), "{kept:?}");

    // Without a fix, it is the same letter that dies once more.
    for letter in &kept {
        let sent = replay(&brokerage.admin.client, letter).await;
        assert_eq!(sent.status, 202, "{}", sent.text);
        assert!(sent.ok()["replayed_at"].is_string());
    }
    server.settled().await;
    let again = letters(&ana.client).await;
    let ids = |letters: &[Value]| letters.iter().map(|letter| id(letter).to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&kept));
    assert!(
        again.iter().all(|letter| letter["replays"] == 1 && letter["replayed_at"].is_null()),
        "{again:?}"
    );
    assert_eq!(ana.leads().await.len(), 1);

    let _fix = Account::connect(&brokerage, &ana, "messenger", "page-q2", SECRET).await;
    join_all(kept.iter().chain(&kept).map(|letter| replay(&brokerage.admin.client, letter))).await;
    server.settled().await;
    let left = letters(&ana.client).await;
    assert_eq!(left.len(), 1, "{left:?}");
    let leads = ana.leads().await;
    let written = leads.iter().find(|lead| lead["handles"][0]["value"] == "u2").expect("its lead");
    let events = ana.client.all(&format!("/v1/leads/{}/events?channel=messenger", id(written))).await;
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["body"], &events[0]["provider_event_id"]), (&json!(PLANTED), &json!("q2")));

    // The other one is thrown away, for good, with a trace.
    let path = format!("/v1/dead-letters/{}", id(&left[0]));
    assert_eq!(brokerage.admin.client.delete(&path).await.status, 204);
    assert!(letters(&brokerage.admin.client).await.is_empty());
    replay(&brokerage.admin.client, &left[0]).await.not_found();
    for action in ["dead_letter.replayed", "dead_letter.discarded"] {
        let entries = brokerage.admin.client.all(&format!("/v1/audit?action={action}")).await;
        assert!(!entries.is_empty(), "{action}");
    }
}

#[tokio::test]
async fn ing_10_a_large_unreadable_request_is_kept_whole_and_blocks_nothing() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let ana = brokerage.agent().await;
    let account = Account::connect(&brokerage, &ana, "messenger", "page-large", SECRET).await;
    let body = format!("{{\"{PLANTED}\": \"{}", "x".repeat(300_000)).into_bytes();
    account.deliver_bytes(&ana.client, body.clone()).await;
    server.settled().await;
    let letter = letters(&ana.client).await.pop().expect("a dead letter");
    let path = format!("/v1/dead-letters/{}", id(&letter));
    let shown = ana.client.get(&path).await.ok();
    assert_eq!(shown["body"].as_str().map(str::as_bytes), Some(&body[..]));
    replay(&ana.client, &letter).await.ok();
    server.settled().await;
    assert_eq!(ana.client.get(&path).await.ok()["body"], shown["body"]);
    assert_eq!(ana.client.delete(&path).await.status, 204);
}

async fn waiting(user: &User) -> Vec<Value> {
    user.client.all("/v1/unassigned").await
}

#[tokio::test]
async fn idn_5_unknown_senders_wait_where_the_tenant_says_so_until_somebody_assigns_them() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, ben, tim) = (brokerage.agent().await, brokerage.agent().await, brokerage.team_lead().await);
    let number = brokerage.connect(&ana).await;
    let settings = brokerage.admin.client.get("/v1/tenant").await.ok();
    assert_eq!(settings["unknown_senders"], "new_lead");
    let known = stranger();
    number.deliver(&ana.client, &Sms::new(&known, "before")).await;
    server.settled().await;
    let wait = json!({"unknown_senders": "unassigned"});
    assert_eq!(brokerage.admin.client.patch("/v1/tenant", &wait).await.ok()["unknown_senders"], "unassigned");

    let from = stranger();
    number.deliver(&ana.client, &Sms::new(&known, "known")).await;
    number.deliver(&ana.client, &Sms::new(&from, PLANTED)).await;
    server.settled().await;
    assert_eq!(ana.leads().await.len(), 1, "whoever was known stays hers");
    ana.client.get("/v1/unassigned").await.problem(403, "role_lacks_right");
    let item = waiting(&tim).await.pop().expect("a waiting lead");
    assert_eq!(waiting(&brokerage.admin).await, std::slice::from_ref(&item));
    assert_eq!((&item["kind"], &item["deeds"]), (&json!("lead"), &json!(["assign"])));
    assert!(
        item["explanation"].as_str().is_some_and(|why| why.starts_with("Nobody has had this lead since "))
    );
    assert!(item["since"].is_string() && !item.to_string().contains(PLANTED), "{item}");
    let events = tim.events(id(&item)).await;
    assert!(!json!(events).to_string().contains(PLANTED));

    let path = format!("/v1/unassigned/{}/assign", id(&item));
    let to = |user: &User| json!({"owner_id": user.id});
    ana.client.post(&path, &to(&ana)).await.not_found();
    let elsewhere = Brokerage::open(server).await;
    elsewhere.admin.client.post(&path, &to(&ana)).await.not_found();
    let wrong = tim.client.post(&path, &to(&brokerage.admin)).await.wrong_fields();
    assert_eq!(wrong[0].0, "owner_id");
    let key = mutation_id();
    let assign = || tim.client.request(Method::POST, &path).json(&to(&ben)).header("Idempotency-Key", &key);
    let first = tim.client.send(assign()).await.ok();
    assert_eq!(first["owner_id"], json!(ben.id));
    assert_eq!(tim.client.send(assign()).await.ok(), first);
    tim.client.post(&path, &to(&ana)).await.problem(409, "deed_not_possible");
    assert!(waiting(&tim).await.is_empty());
    let body = |events: Vec<Value>| events.iter().any(|event| event["body"] == PLANTED);
    assert!(body(ben.messages(id(&item)).await));
    assert_eq!(ben.cards().await.len(), 1);
    ana.client.get(&format!("/v1/leads/{}", id(&item))).await.not_found();
    assert!(!server.log().text().contains(PLANTED));
}

/// How many leads each of them has.
async fn shares(users: &[&User]) -> Vec<usize> {
    join_all(users.iter().map(|user| async { user.leads().await.len() })).await
}

async fn write(server: &Server, client: &Client, number: &Number, many: usize) {
    let messages: Vec<Sms> = (0..many).map(|_| Sms::new(&stranger(), "Hello")).collect();
    join_all(messages.iter().map(|sms| number.deliver(client, sms))).await;
    server.settled().await;
}

#[tokio::test]
async fn idn_1_new_leads_of_a_teams_connection_go_round_its_active_agents() {
    let mut server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let (ana, ben, cleo) = (brokerage.agent().await, brokerage.agent().await, brokerage.agent().await);
    let _tim = brokerage.team_lead().await;
    let invited = json!({"email": "invited@round.example", "name": "I", "role": "agent", "team_id": brokerage.team, "language": "en"});
    brokerage.admin.client.post("/v1/users", &invited).await.ok();
    let number = brokerage.connect_team(&brokerage.team).await;
    let rules = brokerage.change_rules(json!({"routing": "round_robin"})).await;
    assert_eq!(rules["routing"], "round_robin");
    let client = &brokerage.admin.client;
    write(&server, client, &number, 7).await;
    let mut shared = shares(&[&ana, &ben, &cleo]).await;
    shared.sort_unstable();
    assert_eq!(shared, [2, 2, 3]);
    // Killed and started again, it goes on where it was.
    server.kill9().await;
    server.restart().await;
    write(&server, client, &number, 2).await;
    assert_eq!(shares(&[&ana, &ben, &cleo]).await, [3, 3, 3]);
    // Who leaves gets none.
    client.delete(&format!("/v1/users/{}", cleo.id)).await;
    write(&server, client, &number, 4).await;
    assert_eq!(shares(&[&ana, &ben]).await, [5, 5]);
    assert!(waiting(&brokerage.admin).await.iter().all(|item| item["kind"] == "lead"));
    // Somebody's own number stays theirs.
    let own = brokerage.connect(&ana).await;
    write(&server, client, &own, 2).await;
    assert_eq!(shares(&[&ana, &ben]).await, [7, 5]);
}

#[tokio::test]
async fn idn_1_whoever_has_the_fewest_live_leads_gets_the_next_and_unassigned_gives_them_to_nobody() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, ben) = (brokerage.agent().await, brokerage.agent().await);
    let client = &brokerage.admin.client;
    let own = brokerage.connect(&ana).await;
    write(server, client, &own, 3).await;
    let number = brokerage.connect_team(&brokerage.team).await;
    brokerage.change_rules(json!({"routing": "least_loaded"})).await;
    write(server, client, &number, 3).await;
    assert_eq!(shares(&[&ana, &ben]).await, [3, 3]);
    write(server, client, &number, 4).await;
    assert_eq!(shares(&[&ana, &ben]).await, [5, 5]);
    brokerage.change_rules(json!({"routing": "unassigned"})).await;
    write(server, client, &number, 2).await;
    assert_eq!(shares(&[&ana, &ben]).await, [5, 5]);
    assert_eq!(waiting(&brokerage.admin).await.len(), 2);
    let pages = client.pages("/v1/unassigned", 1).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    let since: BTreeMap<&str, ()> =
        pages.iter().flatten().map(|item| (item["since"].as_str().expect("a time"), ())).collect();
    assert!(!since.is_empty());
    let wrong = client
        .patch(&format!("/v1/teams/{}/rules", brokerage.team), &json!({"routing": "by_name"}))
        .await
        .wrong_fields();
    assert_eq!(wrong[0].0, "routing");
}

/// A message of WhatsApp's that says not who wrote it.
fn of_nobody(account: &Account, text: &str) -> Value {
    let mut body = account.text("1", &format!("wamid.{}", mutation_id()), text);
    let message = &mut body["entry"][0]["changes"][0]["value"]["messages"][0];
    message.as_object_mut().expect("a message").remove("from");
    body
}

#[tokio::test]
async fn idn_5_a_message_of_which_nobody_can_tell_who_wrote_it_waits_until_a_person_says_whose_it_is() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, ben, tim) = (brokerage.agent().await, brokerage.agent().await, brokerage.team_lead().await);
    let number = brokerage.connect(&ana).await;
    let phone = stranger();
    number.deliver(&ana.client, &Sms::new(&phone, "before")).await;
    number.deliver(&ana.client, &Sms::new("", PLANTED)).await;
    server.settled().await;
    let lead = id(&ana.leads().await[0]).to_owned();
    assert_eq!(ana.leads().await.len(), 1, "it makes no lead by itself");
    let letter = letters(&ana.client).await.pop().expect("a dead letter");
    assert_eq!(
        (&letter["cause"], &letter["deeds"]),
        (&json!("sender_unreadable"), &json!(["replay", "assign", "discard"]))
    );

    let listed = waiting(&tim).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    let item = &listed[0];
    assert_eq!(
        (&item["kind"], &item["id"], &item["lead_id"]),
        (&json!("message"), &letter["id"], &Value::Null)
    );
    assert_eq!((&item["connection_id"], &item["source"]), (&json!(number.id), &json!("sms")));
    assert_eq!(item["deeds"], json!(["assign", "discard"]));
    let why = item["explanation"].as_str().expect("words");
    assert!(why.starts_with("Nobody can tell who wrote the message that came in at "), "{why}");
    assert!(!item.to_string().contains(PLANTED));
    assert_eq!(waiting(&brokerage.admin).await, listed);
    let elsewhere = Brokerage::open(server).await;
    assert!(waiting(&elsewhere.admin).await.is_empty());

    let path = format!("/v1/unassigned/{}/assign", id(item));
    let give = |to: &str| json!({"lead_id": to});
    for nobody in [&ben, &elsewhere.admin] {
        nobody.client.post(&path, &give(&lead)).await.not_found();
    }
    let by_mail =
        json!({"first_name": "E", "last_name": "M", "email": format!("{}@clients.example", mutation_id())});
    let mailed = ana.client.post("/v1/leads", &by_mail).await.ok();
    for (wrong, field, code) in [
        (json!({}), "owner_id", "required"),
        (json!({"owner_id": ana.id, "lead_id": lead}), "lead_id", "not_allowed"),
        (give(&brokerage.team), "lead_id", "not_found"),
        (give(id(&mailed)), "lead_id", "no_address"),
    ] {
        let fields = tim.client.post(&path, &wrong).await.wrong_fields();
        assert_eq!(fields, [(field.to_owned(), code.to_owned())]);
    }
    // Sent through again as it is, it is the same that waits.
    assert_eq!(replay(&tim.client, &letter).await.status, 202);
    server.settled().await;
    assert_eq!(waiting(&tim).await.len(), 1);

    // Its connection's owner knows it too, and says whose it is.
    assert_eq!(ana.client.post(&path, &give(&lead)).await.ok()["id"], json!(lead));
    server.settled().await;
    let written = ana.messages(&lead).await;
    assert_eq!((&written[0]["body"], &written[0]["from"]), (&json!(PLANTED), &json!(phone)));
    assert!(waiting(&tim).await.is_empty() && letters(&ana.client).await.is_empty());
    tim.client.post(&path, &give(&lead)).await.not_found();
    let told = brokerage.admin.client.all("/v1/audit?action=message.assigned").await;
    assert_eq!((told.len(), &told[0]["subject"]["id"]), (1, &json!(lead)));

    assert!(!server.log().text().contains(PLANTED) && !server.log().text().contains(&phone));
}

#[tokio::test]
async fn idn_5_messages_of_nobody_stand_behind_leads_that_nobody_has_and_are_assigned_or_thrown_away() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, tim) = (brokerage.agent().await, brokerage.team_lead().await);
    let chat = Account::connect(&brokerage, &ana, "whatsapp", "phone-n1", SECRET).await;
    brokerage.connect(&ana).await.deliver(&ana.client, &Sms::new(&stranger(), "before")).await;
    server.settled().await;
    let lead = id(&ana.leads().await[0]).to_owned();
    for text in ["by chat", "nonsense"] {
        chat.deliver(&ana.client, &of_nobody(&chat, text)).await;
        server.settled().await;
    }
    brokerage.connect_team(&brokerage.team).await.deliver(&ana.client, &Sms::new(&stranger(), "hi")).await;
    server.settled().await;
    let listed = waiting(&tim).await;
    let kinds: Vec<&str> = listed.iter().filter_map(|item| item["kind"].as_str()).collect();
    assert_eq!(kinds, ["lead", "message", "message"]);
    assert_eq!(tim.client.pages("/v1/unassigned", 1).await.concat(), listed);
    assert_eq!(tim.client.pages("/v1/unassigned", 2).await.concat(), listed);
    let of = |item: &Value| format!("/v1/unassigned/{}/assign", id(item));
    tim.client.post(&of(&listed[1]), &json!({"lead_id": lead})).await.ok();
    server.settled().await;
    let by_chat = ana.client.all(&format!("/v1/leads/{lead}/events?channel=whatsapp")).await;
    assert_eq!((by_chat.len(), &by_chat[0]["body"]), (1, &json!("by chat")));
    assert_eq!(tim.client.delete(&format!("/v1/dead-letters/{}", id(&listed[2]))).await.status, 204);
    assert_eq!(waiting(&tim).await, listed[..1]);
}
