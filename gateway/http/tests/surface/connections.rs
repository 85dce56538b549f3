//! Connections and their secrets.

use serde_json::{Value, json};

use crate::{
    client::ask,
    world::{World, text},
};

pub const AUTH_TOKEN: &str = "planted-auth-token-3f9a";

/// A request for a connection of that owner or team.
pub fn new_connection(of: &Value) -> Value {
    let mut body = json!({"kind": "twilio_sms", "settings": {"account_sid": "AC42", "auth_token": AUTH_TOKEN,
        "number": "+14155550100"}});
    for (name, value) in of.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub async fn connected(world: &World, admin: &str, of: &Value) -> Value {
    world.post(admin, "/v1/connections", &new_connection(of)).await.expect(201)
}

#[tokio::test]
async fn a_connection_starts_unverified_with_the_address_that_the_provider_is_to_call() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let ana = world.user(&admin, "ana@example.com", "agent", &team).await;
    let made = connected(&world, &admin, &json!({"owner_id": ana})).await;
    assert_eq!(made["kind"], "twilio_sms");
    assert_eq!(made["status"], "unverified");
    assert_eq!(made["team_id"], team.as_str(), "the owner's");
    let address = format!("https://crm.example/hooks/twilio_sms/{}", text(&made, "id"));
    assert_eq!(made["webhook_url"], address);
}

#[tokio::test]
async fn no_secret_ever_comes_back() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let made = world.post(&admin, "/v1/connections", &new_connection(&json!({"team_id": team}))).await;
    let path = format!("/v1/connections/{}", text(&made.expect(201), "id"));
    let changed = ask("PATCH", &path).token(&admin).json(&json!({"settings": {"auth_token": AUTH_TOKEN}}));
    for answer in [
        made,
        world.get(&admin, &path).await,
        world.get(&admin, "/v1/connections").await,
        world.send(changed).await,
        world.get(&admin, "/metrics").await,
        world.get(&admin, "/openapi.json").await,
    ] {
        assert!(!answer.text().contains(AUTH_TOKEN));
        assert!(!answer.text().contains("password_hash"));
    }
    let stored = world.ground.store.dump();
    assert!(!stored.is_empty());
    for (_, row) in stored {
        let holds = |needle: &[u8]| row.value.windows(needle.len()).any(|window| window == needle);
        assert!(!holds(AUTH_TOKEN.as_bytes()) && !holds(b"admin@example.com") && !holds(b"Example Realty"));
    }
}

#[tokio::test]
async fn a_kind_that_can_not_be_connected_yet_is_refused_with_those_that_can() {
    let world = World::start().await;
    let admin = world.admin().await;
    let body =
        json!({"kind": "gmail", "team_id": "01890000-0000-7000-8000-000000000000", "settings": {"x": 1}});
    let problem = world.post(&admin, "/v1/connections", &body).await.refuses(422, "validation_failed");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 1);
    assert_eq!(problem["errors"][0]["field"], "kind");
    assert_eq!(problem["errors"][0]["message"], "must be one of: twilio_sms, whatsapp, messenger, instagram");
}

#[tokio::test]
async fn a_change_keeps_what_is_absent_and_null_takes_away() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let made = connected(&world, &admin, &json!({"team_id": team})).await;
    let path = format!("/v1/connections/{}", text(&made, "id"));
    let patch = async |body: Value, if_match: &str| {
        world.send(ask("PATCH", &path).token(&admin).header("if-match", if_match).json(&body)).await
    };
    let body = json!({"settings": {"messaging_service_sid": "MG1", "api_base_url": "http://127.0.0.1:9/"}});
    let changed = patch(body, "\"1\"").await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let changed = changed.expect(200);
    assert_eq!(changed["settings"]["messaging_service_sid"], "MG1");
    assert_eq!(changed["settings"]["api_base_url"], "http://127.0.0.1:9");
    assert_eq!(changed["settings"]["number"], "+14155550100");
    patch(json!({"settings": {"number": "+14155550101"}}), "\"1\"").await.refuses(412, "version_mismatch");
    let changed = patch(json!({"settings": {"messaging_service_sid": null}}), "\"2\"").await.expect(200);
    assert_eq!(changed["settings"]["messaging_service_sid"], Value::Null);
    let same = patch(json!({}), "\"3\"").await;
    assert_eq!(same.header("etag"), Some("\"3\""), "nothing changed");
}

#[tokio::test]
async fn an_owner_brings_their_team_along() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (north, south) = (world.team(&admin).await, world.team(&admin).await);
    let bob = world.user(&admin, "bob@example.com", "agent", &south).await;
    let made = connected(&world, &admin, &json!({"team_id": north})).await;
    let path = format!("/v1/connections/{}", text(&made, "id"));
    let patch = async |body: Value| world.send(ask("PATCH", &path).token(&admin).json(&body)).await;
    let owned = patch(json!({"owner_id": bob})).await.expect(200);
    assert_eq!((&owned["owner_id"], &owned["team_id"]), (&json!(bob), &json!(south)));
    let problem = patch(json!({"team_id": north})).await.refuses(422, "validation_failed");
    assert_eq!(problem["errors"][0]["field"], "team_id");
    let shared = patch(json!({"owner_id": null})).await.expect(200);
    assert_eq!((&shared["owner_id"], &shared["team_id"]), (&Value::Null, &json!(south)));
}

#[tokio::test]
async fn a_deleted_connection_is_gone_from_everywhere() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let made = connected(&world, &admin, &json!({"team_id": team})).await;
    let path = format!("/v1/connections/{}", text(&made, "id"));
    world.send(ask("DELETE", &path).token(&admin)).await.expect(204);
    world.get(&admin, &path).await.refuses(404, "not_found");
    world.send(ask("DELETE", &path).token(&admin)).await.refuses(404, "not_found");
    let listed = world.get(&admin, "/v1/connections").await.expect(200);
    assert_eq!(listed, json!({"items": [], "next_cursor": null}));
    let hook = format!("/hooks/twilio_sms/{}", text(&made, "id"));
    world.send(ask("POST", hook).body("Body=x")).await.refuses(404, "not_found");
}

#[tokio::test]
async fn lists_come_in_pages_without_a_gap_or_a_double() {
    let world = World::start().await;
    let admin = world.admin().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(world.team(&admin).await);
        world.ground.wall.pass(1);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&admin, &format!("/v1/teams?limit=2{cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|team| text(team, "id")));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, made);
}
