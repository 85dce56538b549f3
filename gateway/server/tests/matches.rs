//! Leads that may be one person (IDN-3): found by their names, decided by a person, and never merged by anybody else.

mod support;

use hearthline_engine::namesake::MOST_NAMESAKES;
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, path::Path};
use support::{Account, Answer, Brokerage, Client, Options, Server, Signed, Sms, User, stranger};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

const SECRET: &str = "app-secret-of-matches";
const PLANTED: &str = "planted-tansy-7741";

fn id(item: &Value) -> &str {
    item["id"].as_str().expect("an id")
}

async fn reviews(user: &User) -> Vec<Value> {
    user.client.all("/v1/reviews").await
}

async fn decide(client: &Client, item: &Value, decision: &str) -> Answer {
    client.post(&format!("/v1/reviews/{}/decide", id(item)), &json!({"decision": decision})).await
}

/// A text of somebody of that name on WhatsApp.
fn named(account: &Account, from: &str, name: &str, text: &str) -> Value {
    let wa_id = from.trim_start_matches('+');
    let mut body = account.text(wa_id, &format!("wamid.{wa_id}.{text}"), text);
    body["entry"][0]["changes"][0]["value"]["contacts"] =
        json!([{"wa_id": wa_id, "profile": {"name": name}}]);
    body
}

/// The lead that has this phone.
async fn with_phone(user: &User, phone: &str) -> String {
    let leads = user.leads().await;
    let found =
        leads.iter().find(|lead| lead["phones"].as_array().is_some_and(|all| all.contains(&json!(phone))));
    id(found.expect("a lead with that phone")).to_owned()
}

async fn call(user: &User, lead: &str, name: [&str; 2]) {
    let [first, last] = name;
    let change = json!({"first_name": first, "last_name": last});
    user.client.patch(&format!("/v1/leads/{lead}"), &change).await.ok();
}

/// A lead made by hand.
async fn by_hand(user: &User, name: [&str; 2]) -> String {
    let [first, last] = name;
    let phone = stranger();
    let email = format!("c{}@clients.example", phone.trim_start_matches('+'));
    let new = json!({"first_name": first, "last_name": last, "email": email, "phone": phone});
    id(&user.client.post("/v1/leads", &new).await.ok()).to_owned()
}

fn ids_of(item: &Value) -> [&str; 2] {
    [0, 1].map(|n| item["leads"][n]["lead_id"].as_str().expect("a lead"))
}

/// Whether any file below holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).expect("a folder").flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holds(&path, bytes);
        }
        let found = fs::read(&path).expect("a file");
        memchr::memmem::find(&found, bytes).is_some()
    })
}

/// A person who wrote by SMS and on WhatsApp, and is two leads of one name.
struct Two {
    ana: User,
    chat: Account,
    phone: String,
    other_phone: String,
    one: String,
    other: String,
}

impl Two {
    async fn open(server: &Server, brokerage: &Brokerage) -> Self {
        let ana = brokerage.agent().await;
        let number = brokerage.connect(&ana).await;
        let chat = Account::connect(brokerage, &ana, "whatsapp", "phone-x1", SECRET).await;
        let (phone, other_phone) = (stranger(), stranger());
        number.deliver(&ana.client, &Sms::new(&phone, PLANTED)).await;
        server.settled().await;
        let one = with_phone(&ana, &phone).await;
        call(&ana, &one, ["Quitéria", "Souza-Zanetti"]).await;
        chat.deliver(&ana.client, &named(&chat, &other_phone, "QUITÉRIA  souza-zanetti 🌸", PLANTED)).await;
        server.settled().await;
        let other = with_phone(&ana, &other_phone).await;
        assert_ne!(one, other, "never merged silently");
        Self { ana, chat, phone, other_phone, one, other }
    }
}

#[tokio::test]
async fn idn_3_the_same_name_on_another_channel_waits_for_a_person_who_merges_them() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ben, tim) = (brokerage.agent().await, brokerage.team_lead().await);
    let Two { ana, phone, one, other, .. } = Two::open(server, &brokerage).await;
    let listed = reviews(&ana).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    let item = &listed[0];
    assert_eq!((&item["kind"], &item["channel"]), (&json!("ambiguous_match"), &json!("whatsapp")));
    assert_eq!(ids_of(item), [one.as_str(), other.as_str()], "the first to come goes on");
    assert_eq!((&item["lead_id"], &item["owner_id"]), (&json!(one), &json!(ana.id)));
    let sources = [0, 1].map(|n| &item["leads"][n]["source"]);
    assert_eq!(
        (sources, &item["deeds"]),
        ([&json!("sms"), &json!("whatsapp")], &json!(["same", "not_same"]))
    );
    let why = item["explanation"].as_str().expect("words");
    assert!(why.starts_with("Two leads have had the same name since "), "{why}");
    assert!(!item.to_string().contains(PLANTED) && !item.to_string().contains(&phone), "{item}");
    // Administrators see the same, the team's lead looks only, and nobody else knows.
    assert_eq!(reviews(&brokerage.admin).await, listed);
    let looked = reviews(&tim).await;
    assert_eq!((looked.len(), id(&looked[0]), &looked[0]["deeds"]), (1, id(item), &json!([])));
    let elsewhere = Brokerage::open(server).await;
    for nobody in [&ben, &elsewhere.admin] {
        assert!(reviews(nobody).await.is_empty());
    }
    decide(&elsewhere.admin.client, item, "same").await.not_found();
    for forbidden in [&ben, &tim] {
        decide(&forbidden.client, item, "same").await.problem(403, "role_lacks_right");
    }
    decide(&ana.client, item, "restore").await.problem(409, "deed_not_possible");
    assert_eq!(decide(&ana.client, item, "perhaps").await.wrong_fields()[0].0, "decision");

    // By the way of every merge, which is undone as every merge is: then it is asked again.
    assert_eq!(decide(&ana.client, item, "same").await.status, 204);
    server.settled().await;
    let lead = ana.lead(&one).await;
    assert_eq!((ana.leads().await.len(), &lead["merged"][0]["lead_id"]), (1, &json!(other)));
    assert!(reviews(&ana).await.is_empty());
    ana.client.delete(&format!("/v1/leads/{one}/merges/{other}")).await.ok();
    server.settled().await;
    let again = reviews(&ana).await;
    assert_eq!((ana.leads().await.len(), again.len()), (2, 1));
    assert_eq!((id(&again[0]), ids_of(&again[0])), (id(item), ids_of(item)));
}

#[tokio::test]
async fn idn_3_two_who_are_told_apart_are_never_asked_about_again() {
    let mut server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let Two { mut ana, chat, other_phone, one, other, .. } = Two::open(&server, &brokerage).await;
    let item = reviews(&ana).await.pop().expect("a match");
    let before = brokerage.admin.client.all("/v1/audit?action=lead.told_apart").await;
    assert_eq!((before.len(), decide(&brokerage.admin.client, &item, "not_same").await.status), (0, 204));
    decide(&ana.client, &item, "not_same").await.problem(403, "role_lacks_right");
    decide(&brokerage.admin.client, &item, "not_same").await.not_found();
    let told = brokerage.admin.client.all("/v1/audit?action=lead.told_apart").await;
    assert_eq!((told.len(), &told[0]["subject"]["id"]), (1, &json!(one)));
    server.kill9().await;
    server.restart().await;
    ana = User::sign_in(&Client::new(&server, None), &ana.email, &ana.password).await;
    chat.deliver(&ana.client, &named(&chat, &other_phone, "Quitéria Souza-Zanetti", "again")).await;
    server.settled().await;
    assert!(reviews(&ana).await.is_empty());
    // A third of that name is asked about, until it goes on with one of them: the other is told apart from it by that.
    let third = by_hand(&ana, ["Quitéria", "Souza-Zanetti"]).await;
    server.settled().await;
    let asked = reviews(&ana).await;
    assert_eq!(asked.len(), 2, "{asked:?}");
    let with_other = asked.iter().find(|item| ids_of(item) == [other.as_str(), third.as_str()]);
    assert_eq!(decide(&ana.client, with_other.expect("both"), "same").await.status, 204);
    server.settled().await;
    assert!(reviews(&ana).await.is_empty());
    assert_eq!(ana.leads().await.len(), 2);

    server.terminate().await;
    for name in ["Souza-Zanetti", "souza-zanetti", "souzazanetti"] {
        assert!(!server.log().text().contains(name), "{name} in the log");
        assert!(!holds(&server.data(), name.as_bytes()), "{name} on disk");
    }
}

#[tokio::test]
async fn idn_3_a_match_is_asked_about_wherever_the_process_dies_after_the_lead_is_made() {
    for point in ["commit", "project_timeline", "claim_done"] {
        let mut server = Server::start(Options::default()).await;
        let brokerage = Brokerage::open(&server).await;
        let mut ana = brokerage.agent().await;
        let chat = Account::connect(&brokerage, &ana, "whatsapp", "phone-x2", SECRET).await;
        let one = by_hand(&ana, ["Rui", "Tavares"]).await;
        server.terminate().await;
        let from = server.folder().join("now");
        server.change(|options| {
            options
                .variable("HEARTHLINE_KILL_AT", format!("{point}:1"))
                .variable("HEARTHLINE_KILL_FROM", from.display())
        });
        server.restart().await;
        ana = User::sign_in(&Client::new(&server, None), &ana.email, &ana.password).await;
        fs::write(&from, "").expect("the mark can be written");
        let phone = stranger();
        let body = serde_json::to_vec(&named(&chat, &phone, "Rui Tavares", "hello")).expect("JSON");
        // It may die before its answer is out: then it is as if it had never answered.
        let request = chat.request(&ana.client, body, Signed::Sha256);
        let _ = ana.client.try_send(request).await;
        server.exited().await;
        server.change(|options| options.variable("HEARTHLINE_KILL_AT", ""));
        server.restart().await;
        ana = User::sign_in(&Client::new(&server, None), &ana.email, &ana.password).await;
        server.settled().await;
        let other = with_phone(&ana, &phone).await;
        let waiting = reviews(&ana).await;
        assert_eq!(waiting.len(), 1, "{point}: {waiting:?}");
        assert_eq!(ids_of(&waiting[0]), [one.as_str(), other.as_str()], "{point}");
    }
}

#[tokio::test]
async fn idn_3_whoever_may_change_both_decides_and_a_name_that_many_have_asks_nobody() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, ben, tim) = (brokerage.agent().await, brokerage.agent().await, brokerage.team_lead().await);
    let chat = Account::connect(&brokerage, &ben, "whatsapp", "phone-x3", SECRET).await;
    let hers = by_hand(&ana, ["Lia", "Prado"]).await;
    let phone = stranger();
    chat.deliver(&ben.client, &named(&chat, &phone, "lia prado", PLANTED)).await;
    server.settled().await;
    let his = with_phone(&ben, &phone).await;
    // Of two owners: neither learns of the other's lead.
    for owner in [&ana, &ben] {
        assert!(reviews(owner).await.is_empty());
    }
    let looked = reviews(&tim).await;
    assert_eq!((looked.len(), &looked[0]["deeds"]), (1, &json!([])));
    let item = &reviews(&brokerage.admin).await[0];
    assert_eq!(ids_of(item), [hers.as_str(), his.as_str()]);
    // Put away, the first one goes on with nobody: the other does.
    ana.client.patch(&format!("/v1/leads/{hers}"), &json!({"status": "archived"})).await.ok();
    let item = &reviews(&brokerage.admin).await[0];
    assert_eq!(ids_of(item), [his.as_str(), hers.as_str()]);
    // What keeps two leads from being merged keeps them here too.
    let call = ana.client.patch(&format!("/v1/leads/{hers}"), &json!({"status": "lead"})).await;
    assert_eq!(call.status, 200);
    let call = ben.client.request(Method::POST, &format!("/v1/leads/{his}/calls"));
    let call = ben.client.send(call).await.ok();
    let item = &reviews(&brokerage.admin).await[0];
    decide(&brokerage.admin.client, item, "same").await.problem(409, "outcome_missing");
    let outcome = format!("/v1/leads/{his}/calls/{}/outcome", id(&call));
    ben.client.post(&outcome, &json!({"result": "no_answer"})).await.ok();
    assert_eq!(decide(&brokerage.admin.client, item, "same").await.status, 204);
    ben.client.get(&format!("/v1/leads/{his}")).await.not_found();
    assert_eq!(ana.lead(&hers).await["merged"][0]["lead_id"], json!(his));

    // As many of one name as may be told by it, and one more.
    for n in 0..MOST_NAMESAKES {
        if n % 2 == 0 {
            by_hand(&ben, ["Maria", "Silva"]).await;
        } else {
            chat.deliver(&ben.client, &named(&chat, &stranger(), "Maria Silva", "hi")).await;
        }
    }
    server.settled().await;
    let many = reviews(&ben).await;
    assert_eq!(many.len(), MOST_NAMESAKES * MOST_NAMESAKES / 4);
    assert_eq!(ben.client.pages("/v1/reviews", 3).await.concat(), many);
    chat.deliver(&ben.client, &named(&chat, &stranger(), "MARIA SILVA", "hi")).await;
    server.settled().await;
    assert!(reviews(&ben).await.is_empty());
    assert!(reviews(&brokerage.admin).await.is_empty());
    assert!(!server.log().text().contains("Silva") && !server.log().text().contains(PLANTED));
}
