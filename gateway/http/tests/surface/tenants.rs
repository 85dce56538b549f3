//! Making tenants.

use hearthline_http::ensure_first_tenant;
use hearthline_storage_api::rows::tenant::list_tenants;
use serde_json::json;

use crate::{
    client::ask,
    world::{ADMIN, Ground, OPERATOR, PASSWORD, World, first_tenant},
};

#[tokio::test]
async fn to_all_but_the_operator_there_is_no_such_route() {
    let world = World::start().await;
    let body = json!({"name": "Rival", "admin_email": "boss@rival.example", "admin_password": PASSWORD});
    let nothing = world.send(ask("POST", "/v1/nothing").json(&body)).await;
    nothing.refuses(404, "not_found");
    for ask in [
        ask("POST", "/v1/tenants"),
        ask("POST", "/v1/tenants").token("another token"),
        ask("POST", "/v1/tenants").token(&world.admin().await),
    ] {
        let answer = world.send(ask.json(&body)).await;
        assert_eq!((answer.status, answer.body), (nothing.status, nothing.body.clone()));
    }
    world.post(OPERATOR, "/v1/tenants", &body).await.expect(201);
    world.token("boss@rival.example").await;
}

#[tokio::test]
async fn without_an_operators_token_nobody_is_the_operator() {
    let world = World::start_with(|settings| settings.operator_token = None).await;
    let body = json!({"name": "Rival", "admin_email": "boss@rival.example", "admin_password": PASSWORD});
    for token in ["", OPERATOR] {
        world.post(token, "/v1/tenants", &body).await.refuses(404, "not_found");
    }
}

#[tokio::test]
async fn e_mail_addresses_are_unique_in_a_deployment() {
    let world = World::start().await;
    let body = json!({"name": "Rival", "admin_email": "ADMIN@example.com", "admin_password": PASSWORD});
    let problem = world.post(OPERATOR, "/v1/tenants", &body).await.refuses(409, "email_taken");
    assert_eq!(problem["errors"][0]["field"], "admin_email");
}

#[tokio::test]
async fn the_first_tenant_is_made_once() {
    let world = World::start().await;
    assert!(ensure_first_tenant(&world.gateway, first_tenant()).await.unwrap().is_none());
    assert_eq!(list_tenants(&world.ground.store).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_store_that_was_begun_otherwise_gets_no_first_tenant() {
    let world = Ground::new().listen(|_| {}).await;
    world.other_tenant().await;
    assert!(ensure_first_tenant(&world.gateway, first_tenant()).await.unwrap().is_none());
    assert_eq!(list_tenants(&world.ground.store).await.unwrap().len(), 1);
}

/// Cut after every number of writes, the next start finishes what was begun, with nothing doubled.
#[tokio::test]
async fn a_start_that_died_half_way_is_finished_by_the_next() {
    for writes in 0.. {
        let ground = Ground::new();
        let world = ground.listen(|_| {}).await;
        ground.store.allow_writes(writes);
        let begun = ensure_first_tenant(&world.gateway, first_tenant()).await;
        ground.store.allow_writes(u64::MAX);
        let again = ground.listen(|_| {}).await;
        let finished = ensure_first_tenant(&again.gateway, first_tenant()).await.unwrap();
        assert_eq!(list_tenants(&ground.store).await.unwrap().len(), 1, "after {writes} writes");
        let admin = again.token(ADMIN).await;
        let users = again.get(&admin, "/v1/users").await.expect(200);
        assert_eq!(users["items"].as_array().unwrap().len(), 1, "after {writes} writes");
        if begun.is_ok() {
            assert!(finished.is_none());
            assert!(writes > 5, "the cut has to have hit something");
            return;
        }
        assert!(finished.is_some());
    }
}
