//! Serving: a stop that waits, writes that end, panics that stay inside.

use axum::{Json, extract::State};
use hearthline_http::{Extra, IDEMPOTENCY_KEY, Operation, Viewer, listen, router, serve};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    sync::{Notify, Semaphore, oneshot},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{client::ask, world::World};

/// Lets the test say when a handler goes on, and hear when it has begun and ended.
#[derive(Clone)]
struct Gate {
    begun: Arc<Notify>,
    open: Arc<Semaphore>,
    ended: Arc<Notify>,
}

#[utoipa::path(post, path = "/v1/slow", responses((status = 200, body = Object)))]
async fn slow(State(gate): State<Gate>, viewer: Viewer, operation: Operation) -> Json<Value> {
    gate.begun.notify_one();
    gate.open.acquire().await.unwrap().forget();
    gate.ended.notify_one();
    Json(json!({"user": viewer.user.to_string(), "id": operation.new_id(0)}))
}

#[utoipa::path(post, path = "/v1/broken", responses((status = 200, body = Object)))]
async fn broken(_: Viewer) -> Json<Value> {
    panic!("PLANTED text of a panic")
}

#[utoipa::path(get, path = "/v1/broken", responses((status = 200, body = Object)))]
async fn broken_read(_: Viewer) -> Json<Value> {
    panic!("PLANTED text of a panic")
}

/// The world's own surface with two more routes, and how to stop it.
async fn gated() -> (World, Gate, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let mut world = World::start().await;
    let gate = Gate { begun: Arc::default(), open: Arc::new(Semaphore::new(0)), ended: Arc::default() };
    let api = OpenApiRouter::new().routes(routes!(slow)).routes(routes!(broken, broken_read));
    let extra = Extra { api: api.with_state(gate.clone()), ..Extra::default() };
    let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
    world.address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(serve(listener, router(&world.gateway, extra), async move {
        if stopped.await.is_err() {
            // This test stops nothing.
            std::future::pending::<()>().await;
        }
    }));
    (world, gate, stop, serving)
}

#[tokio::test]
async fn ops_6_a_stop_waits_for_the_requests_under_way_and_takes_no_more() {
    let (world, gate, stop, serving) = gated().await;
    let admin = world.admin().await;
    let under_way = tokio::spawn(ask("POST", "/v1/slow").token(&admin).send(world.address));
    gate.begun.notified().await;
    stop.send(()).unwrap();
    while TcpStream::connect(world.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!serving.is_finished());
    gate.open.add_permits(1);
    under_way.await.unwrap().expect(200);
    serving.await.unwrap();
}

#[tokio::test]
async fn a_stop_does_not_wait_for_connections_that_ask_nothing() {
    let (world, _, stop, serving) = gated().await;
    let idle = TcpStream::connect(world.address).await.unwrap();
    world.admin().await;
    stop.send(()).unwrap();
    serving.await.unwrap();
    drop(idle);
}

#[tokio::test]
async fn a_write_that_was_begun_runs_to_its_end_when_its_client_goes_away() {
    let (world, gate, ..) = gated().await;
    let admin = world.admin().await;
    let mut client = TcpStream::connect(world.address).await.unwrap();
    let request = format!(
        "POST /v1/slow HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {admin}\r\n{IDEMPOTENCY_KEY}: k\r\n\
         content-length: 0\r\n\r\n"
    );
    client.write_all(request.as_bytes()).await.unwrap();
    gate.begun.notified().await;
    drop(client);
    gate.open.add_permits(1);
    gate.ended.notified().await;
    // Its answer was stored: the repetition is not let through the gate again.
    let again = ask("POST", "/v1/slow").token(&admin).header(IDEMPOTENCY_KEY, "k");
    let again = world.send(again).await;
    again.expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn a_panic_is_answered_500_without_its_text_and_the_next_request_is_served() {
    let (world, ..) = gated().await;
    let admin = world.admin().await;
    for method in ["POST", "GET"] {
        let answer = world.send(ask(method, "/v1/broken").token(&admin)).await;
        answer.refuses(500, "internal");
        assert!(!answer.text().contains("PLANTED"));
    }
    world.get(&admin, "/v1/teams").await.expect(200);
}

#[tokio::test]
async fn routes_of_others_stand_behind_token_and_limits_and_are_documented() {
    let (world, ..) = gated().await;
    world.send(ask("POST", "/v1/slow")).await.refuses(401, "token_missing");
    let document = world.send(ask("GET", "/openapi.json")).await.expect(200);
    assert!(document["paths"]["/v1/slow"]["post"].is_object());
}
