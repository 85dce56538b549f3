//! `Idempotency-Key`: sent twice, it acts once.

use hearthline_http::{IDEMPOTENCY_KEY, REPLAYED};
use serde_json::{Value, json};

use crate::{
    client::{Answer, ask},
    world::{PASSWORD, World, text},
};

async fn make(world: &World, token: &str, key: &str, body: &Value) -> Answer {
    world.send(ask("POST", "/v1/teams").token(token).header(IDEMPOTENCY_KEY, key).json(body)).await
}

async fn teams(world: &World, token: &str) -> usize {
    world.get(token, "/v1/teams").await.expect(200)["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_write_sent_twice_with_one_key_acts_once_and_is_answered_the_same() {
    let world = World::start().await;
    let admin = world.admin().await;
    let body = json!({"name": "North"});
    let first = make(&world, &admin, "k-1", &body).await;
    let restarted = world.ground.listen(|_| {}).await;
    let again = make(&restarted, &admin, "k-1", &body).await;
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!((first.header(REPLAYED), again.header(REPLAYED)), (None, Some("true")));
    assert_eq!(again.header("content-type"), Some("application/json"));
    assert_eq!(teams(&world, &admin).await, 1);
}

#[tokio::test]
async fn a_key_with_another_body_is_refused_and_with_another_user_or_route_is_another_key() {
    let world = World::start().await;
    let admin = world.admin().await;
    make(&world, &admin, "k", &json!({"name": "North"})).await.expect(201);
    make(&world, &admin, "k", &json!({"name": "South"})).await.refuses(422, "idempotency_key_reused");
    let rival = world.other_tenant().await;
    make(&world, &rival, "k", &json!({"name": "South"})).await.expect(201);
    let user = json!({"email": "x@example.com", "name": "X", "role": "admin", "language": "en"});
    let other_route = ask("POST", "/v1/users").token(&admin).header(IDEMPOTENCY_KEY, "k").json(&user);
    world.send(other_route).await.expect(201);
}

#[tokio::test]
async fn of_fifty_at_once_with_one_key_one_acts() {
    let world = World::start().await;
    let admin = world.admin().await;
    let body = json!({"name": "North"});
    let mut asks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let ask = ask("POST", "/v1/teams").token(&admin).header(IDEMPOTENCY_KEY, "k").json(&body);
        asks.spawn(ask.send(world.address));
    }
    let answers = asks.join_all().await;
    let ids: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| text(&answer.expect(201), "id")).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.header(REPLAYED).is_none()).count(), 1);
    assert_eq!(teams(&world, &admin).await, 1);
}

#[tokio::test]
async fn a_refused_write_frees_its_key_for_the_corrected_one() {
    let world = World::start().await;
    let admin = world.admin().await;
    make(&world, &admin, "k", &json!({"nam": "North"})).await.refuses(422, "validation_failed");
    make(&world, &admin, "k", &json!({"name": "North"})).await.expect(201);
}

#[tokio::test]
async fn a_key_is_1_to_255_visible_ascii_characters() {
    let world = World::start().await;
    let admin = world.admin().await;
    let body = json!({"name": "North"});
    for wrong in ["", "a b", "é", &"k".repeat(256)] {
        make(&world, &admin, wrong, &body).await.refuses(400, "idempotency_key_invalid");
    }
    make(&world, &admin, &"k".repeat(255), &body).await.expect(201);
    assert_eq!(teams(&world, &admin).await, 1);
}

#[tokio::test]
async fn on_sessions_and_tickets_a_key_is_taken_and_means_nothing() {
    let world = World::start().await;
    let body = json!({"email": "admin@example.com", "password": PASSWORD});
    let sign_in = || ask("POST", "/v1/sessions").header(IDEMPOTENCY_KEY, "k").json(&body);
    let (one, two) = (world.send(sign_in()).await.expect(200), world.send(sign_in()).await.expect(200));
    assert_ne!(one["refresh_token"], two["refresh_token"]);
    let token = text(&one, "access_token");
    let ticket = || ask("POST", "/v1/socket-tickets").token(&token).header(IDEMPOTENCY_KEY, "k");
    let (one, two) = (world.send(ticket()).await.expect(200), world.send(ticket()).await.expect(200));
    assert_ne!(one["ticket"], two["ticket"]);
}

/// Cut after every number of writes and repeated with its key, a create is finished with nothing doubled.
#[tokio::test]
async fn a_create_that_died_half_way_is_finished_under_its_key() {
    for writes in 0.. {
        let world = World::start().await;
        let admin = world.admin().await;
        let team = world.team(&admin).await;
        let body = json!({"email": "leo@example.com", "name": "Leo", "role": "team_lead", "team_id": team,
            "language": "en", "password": PASSWORD});
        let create = || ask("POST", "/v1/users").token(&admin).header(IDEMPOTENCY_KEY, "k").json(&body);
        world.ground.store.allow_writes(writes);
        let begun = world.send(create()).await;
        world.ground.store.allow_writes(u64::MAX);
        let leo = text(&world.send(create()).await.expect(201), "id");
        world.token("leo@example.com").await;
        let users = world.get(&admin, "/v1/users").await.expect(200);
        assert_eq!(users["items"].as_array().unwrap().len(), 2, "after {writes} writes");
        let team = world.get(&admin, &format!("/v1/teams/{team}")).await.expect(200);
        assert_eq!(team["team_lead_ids"], json!([leo]), "after {writes} writes");
        if begun.status == 201 {
            assert!(
                writes >= 7,
                "claim, audit, e-mail, user, team, roster: the cuts have to have hit them all"
            );
            return;
        }
        begun.refuses(503, "unavailable");
    }
}

/// A change that is repeated under its key after a crash between the change and its answer is not a conflict with itself.
#[tokio::test]
async fn a_change_that_died_before_its_answer_was_stored_is_found_done() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let path = format!("/v1/teams/{team}/rules");
    let change = || {
        let ask = ask("PATCH", &path).token(&admin).header(IDEMPOTENCY_KEY, "k").header("if-match", "\"1\"");
        ask.json(&json!({"stale_after_s": 9_000}))
    };
    // Expiry, claim, audit entry with its register, and change, but not the answer.
    world.ground.store.allow_writes(5);
    let first = world.send(change()).await;
    world.ground.store.allow_writes(u64::MAX);
    assert_eq!(first.expect(200)["version"], 2);
    let again = world.send(change()).await;
    assert_eq!(again.expect(200)["version"], 2);
    assert_eq!(again.header(REPLAYED), None);
}

#[tokio::test]
async fn a_deletion_that_died_before_its_answer_was_stored_is_found_done() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let made = crate::connections::connected(&world, &admin, &json!({"team_id": team})).await;
    let path = format!("/v1/connections/{}", text(&made, "id"));
    let delete = |key: &str| ask("DELETE", &path).token(&admin).header(IDEMPOTENCY_KEY, key);
    // Expiry, claim, audit entry with its register, and row, but not the roster.
    world.ground.store.allow_writes(5);
    world.send(delete("k")).await.refuses(503, "unavailable");
    world.ground.store.allow_writes(u64::MAX);
    world.send(delete("k")).await.expect(204);
    world.send(delete("k")).await.expect(204);
    world.send(delete("another")).await.refuses(404, "not_found");
}
