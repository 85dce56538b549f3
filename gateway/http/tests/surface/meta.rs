//! Connections of WhatsApp, Messenger and Instagram, and their hooks (ING-5, ING-6, ING-7).

use hearthline_engine::providers::meta::signature::expected;
use hearthline_http::MAX_BATCH_BYTES;
use hearthline_storage_api::{InboundStream, rows::inbound::InboundEntry};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use std::fmt::Write;

use crate::{
    client::{Ask, ask},
    world::{World, text},
};

const KINDS: [&str; 3] = ["whatsapp", "messenger", "instagram"];
const APP_SECRET: &str = "planted-app-secret-9c1e";
const VERIFY_TOKEN: &str = "planted-verify-token-77b2";
const ACCESS_TOKEN: &str = "planted-access-token-d04a";
const BODY: &str = r#"{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"7"},"recipient":{"id":"1"},"message":{"mid":"m","text":"PLANTED \u00e9"}}]}]}"#;

fn settings(kind: &str) -> Value {
    let mut settings =
        json!({"app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN, "access_token": ACCESS_TOKEN});
    match kind {
        "whatsapp" => {
            settings["phone_number_id"] = json!("1001");
            settings["business_account_id"] = json!("2002");
        }
        "messenger" => settings["page_id"] = json!("1001"),
        _ => settings["account_id"] = json!("1001"),
    }
    settings
}

async fn connected(world: &World, admin: &str, kind: &str) -> Value {
    let team = world.team(admin).await;
    let new = json!({"kind": kind, "team_id": team, "settings": settings(kind)});
    world.post(admin, "/v1/connections", &new).await.expect(201)
}

fn hook(made: &Value) -> Ask {
    ask("POST", text(made, "webhook_url").replace("https://crm.example", ""))
        .header("content-type", "application/json")
}

fn sha1(secret: &str, body: &str) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body.as_bytes());
    mac.finalize().into_bytes().iter().fold("sha1=".to_owned(), |mut header, byte| {
        write!(header, "{byte:02x}").unwrap();
        header
    })
}

fn signed(made: &Value, body: &str) -> Ask {
    hook(made).header("x-hub-signature-256", expected(APP_SECRET, body.as_bytes())).body(body)
}

async fn health(world: &World, admin: &str, made: &Value) -> Value {
    let path = format!("/v1/connections/{}", text(made, "id"));
    world.get(admin, &path).await.expect(200)["health"].clone()
}

#[tokio::test]
async fn ing_5_each_kind_is_connected_with_its_own_settings_and_shows_no_secret() {
    let world = World::start().await;
    let admin = world.admin().await;
    for kind in KINDS {
        let made = connected(&world, &admin, kind).await;
        assert_eq!((&made["kind"], &made["status"]), (&json!(kind), &json!("unverified")));
        let address = format!("https://crm.example/hooks/{kind}/{}", text(&made, "id"));
        assert_eq!(made["webhook_url"], address);
        let mut shown = settings(kind);
        for (name, value) in shown.as_object_mut().unwrap() {
            let secret = value.as_str().unwrap().starts_with("planted");
            assert_eq!(made["settings"].get(name).is_none(), secret, "{kind} {name}");
            assert!(secret || made["settings"][name] == *value, "{kind} {name}");
        }
        let path = format!("/v1/connections/{}", text(&made, "id"));
        let change = json!({"settings": {"access_token": "another", "api_base_url": "http://127.0.0.1:9/"}});
        let changed = world.send(ask("PATCH", &path).token(&admin).json(&change)).await;
        assert!(!changed.text().contains("another"));
        assert_eq!(changed.expect(200)["settings"]["api_base_url"], "http://127.0.0.1:9");
    }
    let listed = world.get(&admin, "/v1/connections").await;
    assert_eq!(listed.expect(200)["items"].as_array().unwrap().len(), 3);
    assert!(!listed.text().contains("planted"));
    for (_, row) in world.ground.store.dump() {
        let needle = b"planted";
        assert!(!row.value.windows(needle.len()).any(|window| window == needle));
    }
}

#[tokio::test]
async fn every_wrong_setting_names_its_field_and_what_is_allowed() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    for kind in KINDS {
        let wrong = json!({"kind": kind, "team_id": team, "settings": {"number": "+14155550100",
            "app_secret": "two words", "verify_token": ""}});
        let problem = world.post(&admin, "/v1/connections", &wrong).await.refuses(422, "validation_failed");
        let errors = problem["errors"].as_array().unwrap();
        let fields: Vec<&str> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
        let mut expected =
            vec!["settings.access_token", "settings.app_secret", "settings.number", "settings.verify_token"];
        match kind {
            "whatsapp" => expected.extend(["settings.business_account_id", "settings.phone_number_id"]),
            _ => expected.push("settings.page_id"),
        }
        let mut sorted = fields.clone();
        sorted.sort_unstable();
        expected.sort_unstable();
        assert_eq!(sorted, expected, "{kind}");
        assert!(errors.iter().all(|error| !error["message"].as_str().unwrap().is_empty()));

        let made = connected(&world, &admin, kind).await;
        let path = format!("/v1/connections/{}", text(&made, "id"));
        let foreign = json!({"settings": {"auth_token": "x", "app_secret": "y"}});
        let answer = world.send(ask("PATCH", &path).token(&admin).json(&foreign)).await;
        let problem = answer.refuses(422, "validation_failed");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1);
        assert_eq!(problem["errors"][0]["field"], "settings.auth_token");
        assert!(problem["errors"][0]["message"].as_str().unwrap().contains("verify_token"), "{problem}");
    }
}

#[tokio::test]
async fn ing_5_a_handshake_is_answered_with_its_challenge_and_only_for_the_right_token() {
    let world = World::start().await;
    let admin = world.admin().await;
    for kind in KINDS {
        let made = connected(&world, &admin, kind).await;
        let path = text(&made, "webhook_url").replace("https://crm.example", "");
        let ask_with = |query: String| world.send(ask("GET", format!("{path}?{query}")));
        let query = |mode: &str, token: &str, challenge: &str| {
            format!("hub.mode={mode}&hub.verify_token={token}&hub.challenge={challenge}")
        };
        let answered = ask_with(query("subscribe", VERIFY_TOKEN, "1158201444")).await;
        assert_eq!((answered.status, answered.text()), (200, "1158201444"));
        assert!(answered.header("content-type").unwrap().starts_with("text/plain"));
        for refused in [
            query("subscribe", "another", "1158201444"),
            query("subscribe", "", "1158201444"),
            query("unsubscribe", VERIFY_TOKEN, "1158201444"),
            String::new(),
        ] {
            ask_with(refused).await.refuses(403, "verify_token_wrong");
        }
        let script = query("subscribe", VERIFY_TOKEN, "%3Cscript%3E");
        ask_with(script).await.refuses(400, "challenge_invalid");
        assert_eq!(health(&world, &admin, &made).await["signature_failures"], 4, "{kind}");
    }
    let other = connected(&world, &admin, "messenger").await;
    let path = format!("/hooks/whatsapp/{}", text(&other, "id"));
    world.send(ask("GET", path)).await.refuses(404, "not_found");
}

#[tokio::test]
async fn ing_6_meta_signs_the_bytes_and_the_stronger_signature_decides() {
    let world = World::start().await;
    let admin = world.admin().await;
    for kind in KINDS {
        let made = connected(&world, &admin, kind).await;
        let before = world.ground.stream.backlog();
        let right = expected(APP_SECRET, BODY.as_bytes());
        for ask in [
            signed(&made, BODY),
            hook(&made).header("x-hub-signature", sha1(APP_SECRET, BODY)).body(BODY),
            signed(&made, BODY).header("x-hub-signature", "sha1=00"),
        ] {
            let answer = world.send(ask).await;
            assert_eq!((answer.status, answer.text()), (200, ""));
        }
        world.send(hook(&made).body(BODY)).await.refuses(401, "signature_missing");
        // The same JSON written otherwise is not what was signed.
        let rewritten = BODY.replace("\\u00e9", "é");
        assert_ne!(rewritten, BODY);
        for ask in [
            hook(&made).header("x-hub-signature-256", &right).body(rewritten),
            hook(&made).header("x-hub-signature-256", expected("another", BODY.as_bytes())).body(BODY),
            hook(&made).header("x-hub-signature-256", "sha256=").body(BODY),
            hook(&made).header("x-hub-signature", sha1("another", BODY)).body(BODY),
            // A right old signature does not stand in for a wrong new one.
            hook(&made)
                .header("x-hub-signature-256", "sha256=00")
                .header("x-hub-signature", sha1(APP_SECRET, BODY))
                .body(BODY),
        ] {
            world.send(ask).await.refuses(403, "signature_wrong");
        }
        assert_eq!(world.ground.stream.backlog() - before, 3, "{kind}");
        let health = health(&world, &admin, &made).await;
        assert_eq!((&health["received"], &health["signature_failures"]), (&json!(3), &json!(6)), "{kind}");
    }
}

#[tokio::test]
async fn ing_7_a_batch_is_durable_sealed_and_names_no_message_by_an_address_that_nobody_signed() {
    let world = World::start().await;
    let admin = world.admin().await;
    let made = connected(&world, &admin, "messenger").await;
    let path = text(&made, "webhook_url").replace("https://crm.example", "");
    let event = text(&made, "id");
    let forged = ask("POST", format!("{path}?lead={event}&message={event}"))
        .header("x-hub-signature-256", expected(APP_SECRET, BODY.as_bytes()))
        .body(BODY);
    assert_eq!(world.send(forged).await.status, 200);
    let tenant = text(&world.sign_in("admin@example.com").await["user"], "tenant_id");
    let group = InboundEntry::group(tenant.parse().unwrap(), event.parse().unwrap());
    let stored = world.ground.stream.next(group).await.unwrap().entry;
    assert!(!stored.windows(7).any(|window| window == b"PLANTED"));
    assert_eq!(InboundEntry::decode(&stored).unwrap().about, None);

    let large = format!("{BODY}{}", " ".repeat(100 * 1024));
    assert_eq!(world.send(signed(&made, &large)).await.status, 200, "a batch");
    let too_large = " ".repeat(MAX_BATCH_BYTES + 1);
    world.send(signed(&made, &too_large)).await.refuses(413, "body_too_large");
}
