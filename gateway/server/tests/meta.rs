//! WhatsApp, Messenger and Instagram from the webhook to leads and timelines, through HTTP alone (ING-5, ING-8, ING-10).

mod support;

use futures::future::join_all;
use serde_json::{Value, json};
use support::{
    Account, Brokerage, Number, Options, Server, Signed, Sms, User, conversation, event, message, stranger,
    whatsapp,
};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();
const SECRET: &str = "app-secret";

async fn office() -> (&'static Server, Brokerage, User) {
    let server = SERVER.get_or_init(|| Server::start(Options::default())).await;
    let brokerage = Brokerage::open(server).await;
    let ana = brokerage.agent().await;
    (server, brokerage, ana)
}

/// Every message of every lead of a user, oldest first within its lead.
async fn heard(user: &User, channel: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for lead in user.leads().await {
        let id = lead["id"].as_str().expect("an id");
        let mut events = user.client.all(&format!("/v1/leads/{id}/events?channel={channel}")).await;
        events.reverse();
        all.extend(events);
    }
    all
}

fn field<'a>(events: &'a [Value], name: &str) -> Vec<&'a str> {
    events.iter().map(|event| event[name].as_str().unwrap_or_default()).collect()
}

fn sorted(mut texts: Vec<&str>) -> Vec<&str> {
    texts.sort_unstable();
    texts
}

/// The signs that a server gives of what it could not place.
async fn unplaced(server: &Server) -> f64 {
    server.metric("hearthline_inbound_dead_letters_total").await
}

#[tokio::test]
async fn ing_8_a_message_of_each_kind_delivered_20_times_at_once_makes_one_lead_and_one_event() {
    let (server, brokerage, ana) = office().await;
    for kind in ["whatsapp", "messenger", "instagram"] {
        let account = Account::connect(&brokerage, &ana, kind, &format!("of-{kind}"), SECRET).await;
        let body =
            account.text(&format!("user-of-{kind}"), &format!("id-of-{kind}"), "Is it still for sale?");
        join_all((0..20).map(|_| account.deliver(&ana.client, &body))).await;
        let old = account.request(&ana.client, body.to_string().into_bytes(), Signed::Sha1);
        assert_eq!(ana.client.send(old).await.status, 200, "SHA-1 where only that is sent");
        server.settled().await;
        let events = heard(&ana, kind).await;
        assert_eq!(field(&events, "provider_event_id"), [format!("id-of-{kind}")], "{kind}");
        assert_eq!(field(&events, "body"), ["Is it still for sale?"]);
        assert_eq!((&events[0]["direction"], &events[0]["kind"]), (&json!("in"), &json!("message")));
        assert_eq!(events[0]["occurred_at"], "2023-11-14T22:13:20.000Z");
    }
    let leads = ana.leads().await;
    assert_eq!(leads.len(), 3);
    for lead in leads {
        let handle = json!({"kind": lead["source"], "value": format!("user-of-{}", lead["source"].as_str().unwrap_or_default())});
        assert_eq!((&lead["handles"], &lead["phones"]), (&json!([handle]), &json!([])));
    }
    assert_eq!(ana.cards().await.len(), 3);
}

#[tokio::test]
async fn idn_2_a_whatsapp_id_that_is_a_phone_is_the_person_who_texts_from_it() {
    let (server, brokerage, ana) = office().await;
    let number: Number = brokerage.connect(&ana).await;
    let account = Account::connect(&brokerage, &ana, "whatsapp", "5551", SECRET).await;
    let phone = stranger();
    number.deliver(&ana.client, &Sms::new(&phone, "by SMS")).await;
    account
        .deliver(&ana.client, &account.text(phone.trim_start_matches('+'), "wamid.1", "by WhatsApp"))
        .await;
    server.settled().await;
    let leads = ana.leads().await;
    assert_eq!(leads.len(), 1);
    assert_eq!((&leads[0]["phones"], &leads[0]["handles"]), (&json!([phone]), &json!([])));
    assert_eq!(field(&heard(&ana, "sms").await, "body"), ["by SMS"]);
    assert_eq!(field(&heard(&ana, "whatsapp").await, "body"), ["by WhatsApp"]);
}

#[tokio::test]
async fn ing_10_each_part_of_a_batch_goes_to_its_own_account_and_what_is_nobodys_goes_alone() {
    let (server, brokerage, ana) = office().await;
    let bo = brokerage.agent().await;
    let own = Account::connect(&brokerage, &ana, "messenger", "page-1", SECRET).await;
    let _other = Account::connect(&brokerage, &bo, "messenger", "page-2", SECRET).await;
    // The same account, connected through another app: whoever signs for one app does not speak for the other.
    let _foreign = Account::connect(&brokerage, &bo, "messenger", "page-3", "another-secret").await;
    let before = unplaced(server).await;
    let mut batch = conversation(
        "page",
        &[
            event("u1", "page-1", "m1", "first to one"),
            event("u9", "page-2", "m2", "to two"),
            event("u2", "page-3", "m3", "to another app's"),
            event("u3", "page-4", "m4", "to nobody's"),
            event("u2", "page-1", "m5", "second to one"),
        ],
    );
    let entries = batch["entry"].as_array_mut().expect("entries");
    entries.insert(1, json!("not an entry"));
    entries.push(json!({"id": "page-1", "messaging": [{"recipient": {"id": "page-1"}, "message": {"mid": "m6", "text": "of whom?"}}]}));
    entries.push(json!({"id": "page-1", "messaging": [event("u4", "page-1", "m7", "last to one")]}));
    own.deliver(&ana.client, &batch).await;
    own.deliver(&ana.client, &batch).await;
    server.settled().await;

    assert_eq!(sorted(field(&heard(&ana, "messenger").await, "provider_event_id")), ["m1", "m5", "m7"]);
    assert_eq!(field(&heard(&bo, "messenger").await, "provider_event_id"), ["m2"]);
    // Of each delivery: two for accounts that are nobody's, one that is no entry, one of nobody.
    assert_eq!(unplaced(server).await - before, 8.0);
}

#[tokio::test]
async fn ing_10_a_product_that_calls_the_address_of_another_finds_its_own_connection() {
    let (server, brokerage, ana) = office().await;
    let page = Account::connect(&brokerage, &ana, "messenger", "page-7", SECRET).await;
    let _instagram = Account::connect(&brokerage, &ana, "instagram", "ig-7", SECRET).await;
    page.deliver(&ana.client, &conversation("instagram", &[event("someone", "ig-7", "ig-mid", "hello")]))
        .await;
    server.settled().await;
    let events = heard(&ana, "instagram").await;
    assert_eq!(field(&events, "provider_event_id"), ["ig-mid"]);
    assert_eq!(heard(&ana, "messenger").await.len(), 0);
}

#[tokio::test]
async fn ing_5_what_follows_a_message_stands_beside_it_and_opens_no_lead_of_its_own() {
    let (server, brokerage, ana) = office().await;
    let account = Account::connect(&brokerage, &ana, "whatsapp", "777", SECRET).await;
    let numbered = |value: Value| whatsapp(&[("777", value)]);
    let from = "16505551234";
    let at = |id: &str, kind: &str, more: Value| {
        let mut message = json!({"from": from, "id": id, "timestamp": "1700000001", "type": kind});
        message[kind] = more;
        message
    };
    let follow = [
        at("w2", "reaction", json!({"message_id": "w1", "emoji": "👍"})),
        at("w3", "reaction", json!({"message_id": "w1", "emoji": ""})),
        at(
            "w4",
            "edit",
            json!({"original_message_id": "w1",
            "message": {"type": "text", "text": {"body": "corrected"}}}),
        ),
        at("w5", "revoke", json!({"original_message_id": "w1"})),
    ];
    // From somebody nobody knows, none of these makes a lead.
    for message in &follow {
        account.deliver(&ana.client, &numbered(message.clone())).await;
    }
    server.settled().await;
    assert_eq!(ana.leads().await.len(), 0);

    account.deliver(&ana.client, &numbered(message(from, "w1", "first"))).await;
    for message in &follow {
        account.deliver(&ana.client, &numbered(message.clone())).await;
    }
    account.deliver(&ana.client, &numbered(at("w6", "brand_new", json!({"secret": "shape"})))).await;
    let echo = json!({"object": "whatsapp_business_account", "entry": [{"id": "WABA", "changes": [
        {"field": "smb_message_echoes", "value": {"metadata": {"display_phone_number": "15550001111",
            "phone_number_id": "777"}, "message_echoes": [{"from": "15550001111", "to": from, "id": "w7",
            "timestamp": "1700000002", "type": "text", "text": {"body": "from the phone"}}]}}]}]});
    account.deliver(&ana.client, &echo).await;
    server.settled().await;
    let events = heard(&ana, "whatsapp").await;
    let told: Vec<(&str, &str, Option<&str>)> = events
        .iter()
        .map(|event| {
            let text = |name: &str| event[name].as_str();
            (text("provider_event_id").unwrap_or_default(), text("kind").unwrap_or_default(), text("body"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("w1", "message", Some("first")),
            ("w2", "reaction", Some("👍")),
            ("w3", "reaction", None),
            ("w4", "edit", Some("corrected")),
            ("w5", "unsend", None),
            ("w6", "unsupported", None),
            ("w7", "message", Some("from the phone")),
        ]
    );
    assert_eq!((&events[6]["direction"], &events[6]["status"]), (&json!("out"), &json!("sent")));
    assert_eq!(ana.leads().await.len(), 1);
    assert_eq!(ana.cards().await.len(), 1, "one card for the person, whatever they send");
}

#[tokio::test]
async fn ing_1_an_unknown_senders_stop_makes_no_lead_and_their_yes_is_an_answer_like_any_other() {
    let (server, brokerage, ana) = office().await;
    let number = brokerage.connect(&ana).await;
    let account = Account::connect(&brokerage, &ana, "whatsapp", "5552", SECRET).await;
    let (stops, answers) = (stranger(), stranger());
    account.deliver(&ana.client, &account.text(stops.trim_start_matches('+'), "wamid.stop", "STOP")).await;
    number.deliver(&ana.client, &Sms::new(&answers, "Yes")).await;
    server.settled().await;
    let leads = ana.leads().await;
    assert_eq!(leads.len(), 1);
    assert_eq!(leads[0]["phones"], json!([answers]));
    assert_eq!(field(&heard(&ana, "sms").await, "body"), ["Yes"]);
    assert_eq!(ana.cards().await.len(), 1);
}

#[tokio::test]
async fn ing_8_a_batch_that_is_cut_by_a_kill_becomes_each_of_its_messages_once() {
    const SENDERS: usize = 30;
    const MESSAGES: usize = 300;
    let mut server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let ana = brokerage.agent().await;
    let account = Account::connect(&brokerage, &ana, "instagram", "ig", SECRET).await;
    let told = |n: usize| {
        event(&format!("igsid-{}", n % SENDERS), "ig", &format!("mid-{n:03}"), &format!("text {n}"))
    };
    let batch = conversation("instagram", &(0..MESSAGES).map(told).collect::<Vec<_>>());
    // Some of it is applied when the process ends: how much, the machine says.
    account.deliver(&ana.client, &batch).await;
    server.kill9().await;
    server.restart().await;
    server.settled().await;
    account.deliver(&ana.client, &batch).await;
    server.settled().await;

    let leads = ana.leads().await;
    assert_eq!(leads.len(), SENDERS);
    let events = heard(&ana, "instagram").await;
    let expected: Vec<String> = (0..MESSAGES).map(|n| format!("mid-{n:03}")).collect();
    assert_eq!(sorted(field(&events, "provider_event_id")), expected);
    // What one person wrote stands in the order in which they wrote it.
    for of_lead in events.chunk_by(|one, next| one["lead_id"] == next["lead_id"]) {
        assert!(field(of_lead, "provider_event_id").is_sorted(), "{of_lead:?}");
    }
    assert_eq!(unplaced(&server).await, 0.0);
}
