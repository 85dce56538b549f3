//! From a provider's webhook to a lead, its timeline and a card, through HTTP alone.

mod support;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::{Brokerage, Number, Options, Server, Sms, User, sign, sign_bytes, stranger, timeless};
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

fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id is a text")
}

fn texts<'a>(of: &'a [Value], field: &str) -> Vec<&'a str> {
    of.iter().map(|item| item[field].as_str().unwrap_or_default()).collect()
}

/// The one lead of this user whose phone that is.
async fn lead_of(user: &User, phone: &str) -> Value {
    let leads = user.client.all(&format!("/v1/leads?q={}", phone.trim_start_matches('+'))).await;
    assert_eq!(leads.len(), 1, "leads with {phone}");
    assert_eq!(leads[0]["phones"], json!([phone]));
    leads[0].clone()
}

#[tokio::test]
async fn ing_8_one_message_delivered_50_times_at_once_makes_one_lead_one_event_and_one_card() {
    let (server, _brokerage, ana, number) = office().await;
    let sms = Sms::new(&stranger(), "Is the house on Elm Street still for sale?");
    join_all((0..50).map(|_| number.deliver(&ana.client, &sms))).await;
    server.settled().await;

    let leads = ana.leads().await;
    assert_eq!(leads.len(), 1);
    assert_eq!(leads[0]["phones"], json!([sms.get("From")]));
    let messages = ana.messages(id(&leads[0])).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["provider_event_id"], sms.sid());
    let cards = ana.cards().await;
    assert_eq!(cards.len(), 1);
    assert_eq!((&cards[0]["kind"], &cards[0]["lead_id"]), (&json!("contact_now"), &leads[0]["id"]));

    // And once more, long after.
    number.deliver(&ana.client, &sms).await;
    server.settled().await;
    assert_eq!(ana.messages(id(&leads[0])).await.len(), 1);
    assert_eq!(timeless(ana.cards().await), timeless(cards));
}

#[tokio::test]
async fn idn_2_messages_at_the_same_instant_make_one_lead_for_each_stranger() {
    const ROUNDS: usize = 40;
    let (server, brokerage, ana, number) = office().await;
    // Another number is another group of the stream, and so another consumer.
    let other = brokerage.connect(&ana).await;
    let mut expected = BTreeMap::new();
    for _ in 0..ROUNDS {
        let [once, again, twice, both] = [stranger(), stranger(), stranger(), stranger()];
        let sms = |from: &str| Sms::new(from, "Hello, is it still available?");
        let at_once = [
            (&number, sms(&once)),
            (&number, sms(&again)),
            (&number, sms(&twice)),
            (&number, sms(&twice)),
            (&number, sms(&both)),
            (&other, sms(&both)),
        ];
        join_all(at_once.iter().map(|(number, sms)| number.deliver(&ana.client, sms))).await;
        expected.extend([(once, 1), (again, 1), (twice, 2), (both, 2)]);
    }
    server.settled().await;

    let mut found = BTreeMap::new();
    for lead in ana.leads().await {
        let phone = lead["phones"][0].as_str().expect("a phone").to_owned();
        let messages = ana.messages(id(&lead)).await;
        let ids: BTreeSet<_> = texts(&messages, "provider_event_id").into_iter().collect();
        assert_eq!(ids.len(), messages.len(), "{phone} has a message twice");
        assert_eq!(found.insert(phone.clone(), messages.len()), None, "{phone} has two leads");
    }
    assert_eq!(found, expected);
    let cards = ana.cards().await;
    assert_eq!(cards.len(), 4 * ROUNDS, "one card for each lead");
    assert!(cards.iter().all(|card| card["kind"] == "contact_now"));
}

#[tokio::test]
async fn ing_6_a_forged_signature_is_refused_and_changes_nothing() {
    let (server, brokerage, ana, number) = office().await;
    let sms = Sms::new(&stranger(), "Forged");
    let right = number.fields(&sms);
    let signature = sign(&number.auth_token, &number.webhook_url, &right);
    let send = |fields: Vec<(String, String)>, signature: Option<String>| {
        let request = ana.client.raw(Method::POST, &number.webhook_url).form(&fields);
        ana.client.send(match signature {
            Some(signature) => request.header("X-Twilio-Signature", signature),
            None => request,
        })
    };
    let mut altered = right.clone();
    altered.iter_mut().for_each(|(name, value)| {
        if name == "Body" {
            "Something else".clone_into(value);
        }
    });
    let mut added = right.clone();
    added.push(("MediaUrl0".to_owned(), "https://elsewhere.example/picture".to_owned()));
    let elsewhere = number.webhook_url.replace("/hooks/", "/hook/");

    send(right.clone(), None).await.problem(401, "signature_missing");
    for (fields, signature) in [
        (right.clone(), sign("another token", &number.webhook_url, &right)),
        (right.clone(), sign(&number.auth_token, &elsewhere, &right)),
        (right.clone(), "not base64!".to_owned()),
        (right.clone(), String::new()),
        (altered, signature.clone()),
        (added, signature.clone()),
    ] {
        send(fields, Some(signature)).await.problem(403, "signature_wrong");
    }
    server.settled().await;
    assert_eq!(ana.leads().await, Vec::<Value>::new());
    assert_eq!(ana.cards().await, Vec::<Value>::new());
    let connection = format!("/v1/connections/{}", number.id);
    let health = brokerage.admin.client.get(&connection).await.ok()["health"].clone();
    assert_eq!((&health["signature_failures"], &health["received"]), (&json!(7), &json!(0)));

    // The same request, as it was signed, is taken.
    send(right, Some(signature)).await.accepted();
    server.settled().await;
    assert_eq!(ana.leads().await.len(), 1);
}

#[tokio::test]
async fn ing_6_a_right_signature_passes_with_and_without_the_port() {
    let (server, _brokerage, ana, number) = office().await;
    let without = number.webhook_url.replace(&format!(":{}", server.port()), "");
    assert_ne!(without, number.webhook_url);
    for signed_for in [&number.webhook_url, &without] {
        let sms = Sms::new(&stranger(), "Signed");
        ana.client.send(number.request_signed_for(&ana.client, &sms, signed_for)).await.accepted();
    }
    server.settled().await;
    assert_eq!(ana.leads().await.len(), 2);
}

#[tokio::test]
async fn ing_6_right_signatures_pass_behind_a_proxy_and_a_proxy_is_believed_only_if_trusted() {
    let public = "https://hearthline.example.com";
    let options = Options::default().public_url(public);
    let (trusting, wary) = tokio::join!(
        Server::start(options.clone().set("http.trust_proxy", true)),
        Server::start(options.clone())
    );
    for (server, trusts) in [(&trusting, true), (&wary, false)] {
        let brokerage = Brokerage::open(server).await;
        let ana = brokerage.agent().await;
        let number = brokerage.connect(&ana).await;
        assert!(number.webhook_url.starts_with(public), "{}", number.webhook_url);
        let path = number.webhook_url.strip_prefix(public).expect("its start").to_owned();
        // What the proxy passes on to where we listen.
        let inside = Number { webhook_url: format!("{}{path}", server.address()), ..number };
        let call = |signed_for: String, headers: &[(&str, &str)]| {
            let sms = Sms::new(&stranger(), "Through a proxy");
            let mut request = inside.request_signed_for(&ana.client, &sms, &signed_for);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            ana.client.send(request)
        };

        call(format!("{public}{path}"), &[]).await.accepted();
        call(format!("{public}:443{path}"), &[]).await.accepted();
        let other = "https://crm.other.example";
        let forwarded = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "crm.other.example")];
        for signed_for in [format!("{other}{path}"), format!("{other}:443{path}")] {
            let answer = call(signed_for, &forwarded).await;
            if trusts { answer.accepted() } else { drop(answer.problem(403, "signature_wrong")) }
        }
        call(format!("{other}{path}"), &[]).await.problem(403, "signature_wrong");
        server.settled().await;
        assert_eq!(ana.leads().await.len(), if trusts { 4 } else { 2 });
    }
}

#[tokio::test]
async fn ing_9_bodies_arrive_verbatim_whatever_their_length_and_characters() {
    let (server, _brokerage, ana, number) = office().await;
    let long = "Une très longue lettre, ligne après ligne.\r\n".repeat(500);
    assert!(long.len() > 20_000);
    let bodies = [
        "",
        " ",
        "\u{1f3e0}\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} ¿Está libre? 家はまだありますか",
        "\u{202b}مرحبا، هل الشقة متاحة؟\u{202c}",
        "one\0two\0",
        "\u{feff}a\u{0301} e\u{301} \u{fffd} \u{10ffff}",
        "100% + 1 & 2 = 3; a=b&c=d#e?f %20 %zz",
        "line one\nline two\r\nline three\ttab",
        "{\"json\": [\"<script>alert('1')</script>\", \\u0041]}",
        "' OR 1=1; DROP TABLE leads; --",
        &long,
    ];
    let sent: Vec<Sms> = bodies.iter().map(|body| Sms::new(&stranger(), body)).collect();
    for sms in &sent {
        number.deliver(&ana.client, sms).await;
    }
    server.settled().await;
    let cards = ana.cards().await;
    for sms in &sent {
        let lead = lead_of(&ana, sms.get("From")).await;
        let messages = ana.messages(id(&lead)).await;
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0]["body"], sms.get("Body"));
        let card = cards.iter().find(|card| card["lead_id"] == lead["id"]).expect("a card");
        let preview = card["preview"].as_str().unwrap_or_default();
        assert!(preview.chars().count() <= 140, "a preview of {}", preview.chars().count());
    }
}

#[tokio::test]
async fn ing_9_what_is_not_utf_8_is_taken_and_read_with_replacement_characters() {
    let (server, _brokerage, ana, number) = office().await;
    let from = stranger();
    let sms = Sms::new(&from, "");
    let fields = number.fields(&sms).into_iter().filter(|(name, _)| name != "Body");
    let cafe = &b"caf\xe9\xff"[..];
    let fields: Vec<(String, String)> = fields.collect();
    let signed = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let signed = signed.chain([(&b"Body"[..], cafe)]);
    let signature = sign_bytes(&number.auth_token, &number.webhook_url, signed);
    let encoded = fields.iter().map(|(name, value)| format!("{name}={}", value.replace('+', "%2B")));
    let body = format!("Body=caf%E9%FF&{}", encoded.collect::<Vec<_>>().join("&"));
    let request = ana.client.raw(Method::POST, &number.webhook_url);
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("X-Twilio-Signature", signature)
        .body(body);
    ana.client.send(request).await.accepted();
    server.settled().await;
    let lead = lead_of(&ana, &from).await;
    assert_eq!(ana.messages(id(&lead)).await[0]["body"], "caf\u{fffd}\u{fffd}");
}

#[tokio::test]
async fn ing_1_an_opt_out_word_of_a_stranger_makes_no_lead_and_a_message_after_it_does() {
    let (server, _brokerage, ana, number) = office().await;
    let words = ["STOP", "stop.", "Unsubscribe", "توقف", "arrêt"].map(|word| Sms::new(&stranger(), word));
    for word in &words {
        number.deliver(&ana.client, word).await;
    }
    server.settled().await;
    assert_eq!(ana.leads().await, Vec::<Value>::new());
    assert_eq!(ana.cards().await, Vec::<Value>::new());

    for word in &words {
        let message = Sms::new(word.get("From"), "Actually, can we visit on Saturday?");
        number.deliver(&ana.client, &message).await;
        server.settled().await;
        let lead = lead_of(&ana, word.get("From")).await;
        assert_eq!(texts(&ana.messages(id(&lead)).await, "provider_event_id"), [message.sid()]);
    }
    assert_eq!(ana.cards().await.len(), words.len());
}

#[tokio::test]
async fn ing_1_an_opt_out_word_of_a_lead_opens_no_reply_card() {
    let (server, _brokerage, ana, number) = office().await;
    let from = stranger();
    number.deliver(&ana.client, &Sms::new(&from, "Is it still free?")).await;
    server.settled().await;
    let before = ana.cards().await;
    number.deliver(&ana.client, &Sms::new(&from, "STOP")).await;
    server.settled().await;
    let lead = lead_of(&ana, &from).await;
    assert_eq!(texts(&ana.messages(id(&lead)).await, "body"), ["STOP", "Is it still free?"]);
    let kinds = texts(&ana.cards().await, "kind").join(" ");
    assert_eq!((kinds.as_str(), before.len()), ("contact_now", 1));
}

#[tokio::test]
async fn ing_10_a_signed_request_that_nobody_can_read_is_counted_and_blocks_nothing() {
    let (server, _brokerage, ana, number) = office().await;
    let dead = || server.metric("hearthline_inbound_dead_letters_total");
    let before = dead().await;
    let from = stranger();
    let good = Sms::new(&from, "Right behind");
    let unreadable = [
        Sms::new(&from, "No sender").without("From"),
        Sms::new(&from, "No id").without("MessageSid"),
        Sms::new("", "An empty sender"),
    ];
    for sms in &unreadable {
        number.deliver(&ana.client, sms).await;
    }
    // Not a form of messages at all.
    let call = Sms::new(&from, "").without("MessageSid").with("CallSid", "CA123");
    number.deliver(&ana.client, &call).await;
    number.deliver(&ana.client, &good).await;
    server.settled().await;

    let lead = lead_of(&ana, &from).await;
    assert_eq!(texts(&ana.messages(id(&lead)).await, "provider_event_id"), [good.sid()]);
    assert_eq!(ana.leads().await.len(), 1);
    assert_eq!(dead().await - before, 4.0);
}

#[tokio::test]
async fn deck_1_a_new_lead_that_writes_three_times_has_one_contact_now() {
    let (server, _brokerage, ana, number) = office().await;
    let from = stranger();
    let sent: Vec<Sms> = (1..=3).map(|n| Sms::new(&from, &format!("Message {n}"))).collect();
    for sms in &sent {
        number.deliver(&ana.client, sms).await;
    }
    server.settled().await;
    let lead = lead_of(&ana, &from).await;
    let messages = ana.messages(id(&lead)).await;
    assert_eq!(texts(&messages, "body"), ["Message 3", "Message 2", "Message 1"]);
    let cards = ana.cards().await;
    assert_eq!(cards.len(), 1);
    assert_eq!((&cards[0]["kind"], &cards[0]["preview"]), (&json!("contact_now"), &json!("Message 3")));
    assert_eq!((&cards[0]["state"], &cards[0]["channel"]), (&json!("new"), &json!("sms")));
    assert_eq!((&lead["state"], &lead["status"]), (&json!("new"), &json!("lead")));
    assert_eq!((&lead["owner_id"], &lead["source"]), (&json!(ana.id), &json!("sms")));
    assert_eq!(lead["last_touch_at"], Value::Null);
    assert_eq!(lead["last_interaction_at"], messages[0]["received_at"]);
}

#[tokio::test]
async fn idn_1_a_number_of_a_team_makes_leads_without_an_owner() {
    let (server, brokerage, ana, _number) = office().await;
    let tom = brokerage.team_lead().await;
    let shared = brokerage.connect_team(&brokerage.team).await;
    let from = stranger();
    shared.deliver(&ana.client, &Sms::new(&from, "Anybody there?")).await;
    server.settled().await;
    let lead = lead_of(&tom, &from).await;
    assert_eq!((&lead["owner_id"], &lead["team_id"]), (&Value::Null, &json!(brokerage.team)));
    assert_eq!(lead["state"], "new");
    assert_eq!(ana.leads().await, Vec::<Value>::new(), "nobody's lead is not an agent's");
    ana.client.get(&format!("/v1/leads/{}", id(&lead))).await.not_found();
    assert_eq!(ana.cards().await, Vec::<Value>::new());
    assert_eq!(lead_of(&brokerage.admin, &from).await["id"], lead["id"]);
}

#[tokio::test]
async fn ing_7_what_a_connection_took_before_it_was_deleted_is_still_applied() {
    const SENT: usize = 100;
    let (server, brokerage, ana, number) = office().await;
    let sent: Vec<Sms> = (0..SENT).map(|_| Sms::new(&stranger(), "Just in time")).collect();
    join_all(sent.iter().map(|sms| number.deliver(&ana.client, sms))).await;
    let path = format!("/v1/connections/{}", number.id);
    assert_eq!(brokerage.admin.client.delete(&path).await.status, 204);

    let late = Sms::new(&stranger(), "Too late");
    number.call(&ana.client, &late).await.not_found();
    brokerage.admin.client.get(&path).await.not_found();
    server.settled().await;
    assert_eq!(ana.leads().await.len(), SENT);
    assert_eq!(ana.cards().await.len(), SENT);
}

#[tokio::test]
async fn ing_6_a_hook_of_another_kind_or_no_connection_is_not_there() {
    let (_server, _brokerage, ana, number) = office().await;
    let sms = Sms::new(&stranger(), "Lost");
    let nowhere = "00000000-0000-7000-8000-000000000000";
    for url in [
        number.webhook_url.replace("twilio_sms", "twilio_voice"),
        number.webhook_url.replace(&number.id, nowhere),
        number.webhook_url.replace(&number.id, "nothing"),
    ] {
        let elsewhere = Number { webhook_url: url, ..number.clone() };
        elsewhere.call(&ana.client, &sms).await.not_found();
    }
}

#[tokio::test]
async fn tml_1_a_timeline_is_paged_by_cursor_and_filtered_by_channel_and_date() {
    const SENT: usize = 23;
    let (server, _brokerage, ana, number) = office().await;
    let from = stranger();
    for n in 0..SENT {
        number.deliver(&ana.client, &Sms::new(&from, &format!("Message {n}"))).await;
    }
    server.settled().await;
    let lead = lead_of(&ana, &from).await;
    let path = format!("/v1/leads/{}/events", id(&lead));
    ana.done(&ana.cards().await[0]).await;
    server.settled().await;

    let all = ana.client.all(&path).await;
    let pages = ana.client.pages(&path, 5).await;
    assert!(pages.iter().all(|page| page.len() <= 5));
    assert_eq!(pages.concat(), all, "pages neither lose nor repeat an event");
    let ids: BTreeSet<_> = all.iter().map(id).collect();
    assert_eq!(ids.len(), all.len());
    let times = texts(&all, "received_at");
    assert!(times.is_sorted_by(|newer, older| newer >= older), "newest first");
    let directions: BTreeSet<_> = texts(&all, "direction").into_iter().collect();
    assert_eq!(directions, ["in", "internal"].into());

    let sms = ana.client.pages(&format!("{path}?channel=sms"), 5).await.concat();
    let expected: Vec<String> = (0..SENT).rev().map(|n| format!("Message {n}")).collect();
    assert_eq!(texts(&sms, "body"), expected);
    assert!(sms.iter().all(|event| event["provider"] == "twilio" && event["status"] == "received"));
    let count = |query: String| {
        let path = format!("{path}?{query}");
        let client = ana.client.clone();
        async move { client.all(&path).await.len() }
    };
    assert_eq!(count("channel=email".to_owned()).await, 0);
    let middle = sms[10]["received_at"].as_str().expect("a time");
    let (from_then, before_then) =
        (count(format!("channel=sms&from={middle}")).await, count(format!("channel=sms&to={middle}")).await);
    assert_eq!(from_then + before_then, SENT, "from includes its moment, to does not");
    assert!(from_then >= 11);
    for (query, field) in [
        ("channel=pigeon", "channel"),
        ("from=yesterday", "from"),
        ("to=1", "to"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=%21", "cursor"),
        ("sort=up", "sort"),
    ] {
        let wrong = ana.client.get(&format!("{path}?{query}")).await.wrong_fields();
        assert_eq!(wrong.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), [field], "{query}");
    }
}

#[tokio::test]
async fn crm_3_leads_are_listed_filtered_searched_and_paged() {
    const LEADS: usize = 12;
    let (server, brokerage, ana, number) = office().await;
    let (ben, tom) = (brokerage.agent().await, brokerage.team_lead().await);
    let bens = brokerage.connect(&ben).await;
    let phones: Vec<String> = (0..LEADS).map(|_| stranger()).collect();
    for phone in &phones {
        number.deliver(&ana.client, &Sms::new(phone, "Hello")).await;
    }
    let of_ben = stranger();
    bens.deliver(&ana.client, &Sms::new(&of_ben, "Hello")).await;
    server.settled().await;

    let phones_of = |leads: &[Value]| -> BTreeSet<String> {
        leads.iter().map(|lead| lead["phones"][0].as_str().expect("a phone").to_owned()).collect()
    };
    let all: BTreeSet<String> = phones.iter().cloned().collect();
    let pages = ana.client.pages("/v1/leads", 5).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5, 2]);
    assert_eq!(phones_of(&pages.concat()), all);
    let mut with_bens = all.clone();
    with_bens.insert(of_ben.clone());
    assert_eq!(phones_of(&tom.leads().await), with_bens);
    assert_eq!(phones_of(&brokerage.admin.leads().await), with_bens);

    for (user, query, expected) in [
        (&ana, "state=new".to_owned(), LEADS),
        (&ana, "state=stale".to_owned(), 0),
        (&ana, "status=lead".to_owned(), LEADS),
        (&ana, "status=archived".to_owned(), 0),
        (&ana, "source=sms".to_owned(), LEADS),
        (&ana, "source=email".to_owned(), 0),
        (&ana, "tag=vip".to_owned(), 0),
        (&ana, "sort=newest".to_owned(), LEADS),
        (&ana, format!("owner_id={}", ana.id), LEADS),
        (&ana, format!("owner_id={}", ben.id), 0),
        (&tom, format!("owner_id={}", ben.id), 1),
        (&tom, format!("owner_id={}&state=new&source=sms", ana.id), LEADS),
        (&ana, format!("q={}", &phones[3][1..]), 1),
        (&ana, format!("q={}", &phones[3][5..]), 1),
        (&ana, format!("q=%2B{}", &phones[3][1..]), 1),
        (&ana, "q=%2B1415".to_owned(), LEADS),
        (&ana, format!("q={}", &of_ben[1..]), 0),
        (&ana, "q=nobody%20of%20that%20name".to_owned(), 0),
    ] {
        let found = user.client.pages(&format!("/v1/leads?{query}"), 7).await.concat();
        assert_eq!(found.len(), expected, "{query}");
    }
    for field in ["state", "status", "source", "owner_id", "sort", "limit", "cursor", "colour"] {
        let wrong = ana.client.get(&format!("/v1/leads?{field}=!")).await.wrong_fields();
        assert_eq!(wrong.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), [field]);
    }
}

#[tokio::test]
async fn crm_3_a_lead_is_found_by_the_name_its_profile_tells() {
    let (server, _brokerage, ana, number) = office().await;
    let named = Sms::new(&stranger(), "Olá!").with("ProfileName", "Maria Oliveira");
    number.deliver(&ana.client, &named).await;
    number.deliver(&ana.client, &Sms::new(&stranger(), "Hello")).await;
    server.settled().await;
    for q in ["maria", "OLIVEIRA", "ria%20Oli"] {
        let found = ana.client.all(&format!("/v1/leads?q={q}")).await;
        assert_eq!(texts(&found, "name"), ["Maria Oliveira"], "{q}");
    }
}

#[tokio::test]
async fn ing_9_the_provider_event_id_is_exactly_the_message_sid() {
    let (server, _brokerage, ana, number) = office().await;
    let from = stranger();
    let sids =
        ["SM0123456789abcdef0123456789abcdef", "MMFFFFffff00000000000000000000AbCd", "not/a sid+at=all&"];
    for sid in sids {
        number.deliver(&ana.client, &Sms::new(&from, "Hello").with("MessageSid", sid)).await;
    }
    server.settled().await;
    let lead = lead_of(&ana, &from).await;
    let messages = ana.messages(id(&lead)).await;
    let found: BTreeSet<_> = texts(&messages, "provider_event_id").into_iter().collect();
    assert_eq!(found, sids.into());
}

#[tokio::test]
async fn ing_13_a_status_callback_adds_no_event_and_no_lead() {
    let (server, _brokerage, ana, number) = office().await;
    let from = stranger();
    let sms = Sms::new(&from, "Hello");
    number.deliver(&ana.client, &sms).await;
    server.settled().await;
    let before = ana.leads().await;
    for (sid, status) in [(sms.sid(), "delivered"), ("SMffffffffffffffffffffffffffffffff", "failed")] {
        let callback = Sms::new(&number.number, "").without("Body").with("MessageSid", sid);
        let callback = callback.with("To", &stranger()).with("MessageStatus", status);
        number.deliver(&ana.client, &callback).await;
    }
    server.settled().await;
    assert_eq!(ana.leads().await, before);
    assert_eq!(ana.messages(id(&before[0])).await.len(), 1);
}

#[tokio::test]
async fn ing_1_attachments_are_listed_before_they_are_fetched() {
    let (server, _brokerage, ana, number) = office().await;
    let from = stranger();
    let mms = Sms::new(&from, "The plan")
        .with("NumMedia", "2")
        .with("MediaUrl0", "https://api.twilio.example/media/0")
        .with("MediaContentType0", "image/jpeg")
        .with("MediaUrl1", "https://api.twilio.example/media/1")
        .with("MediaContentType1", "application/pdf");
    number.deliver(&ana.client, &mms).await;
    server.settled().await;
    let lead = lead_of(&ana, &from).await;
    let messages = ana.messages(id(&lead)).await;
    let attachments = messages[0]["attachments"].as_array().expect("a list");
    assert_eq!(texts(attachments, "mime_type"), ["image/jpeg", "application/pdf"]);
    assert!(attachments.iter().all(|attachment| attachment["size_bytes"].is_null()));
}
