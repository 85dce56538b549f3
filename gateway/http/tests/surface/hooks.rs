//! Webhooks: rows 1 to 3 of the path of a message (ING-6, ING-7).

use hearthline_engine::providers::twilio_signature;
use hearthline_http::{MAX_HOOK_BYTES, Settings};
use hearthline_storage_api::{InboundStream, rows::inbound::InboundEntry};
use hearthline_storage_memory::{Limits as StreamLimits, MemoryStream};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Ask, ask},
    connections::{AUTH_TOKEN, connected},
    world::{Ground, World, first_tenant, text},
};

const BODY: &str = "MessageSid=SM1&AccountSid=AC42&From=%2B14155550177&To=%2B14155550100&Body=PLANTED+hello";

/// A connected world, and its connection's id.
async fn hooked(ground: &Ground, set: impl FnOnce(&mut Settings)) -> (World, String, String) {
    let world = ground.listen(set).await;
    hearthline_http::ensure_first_tenant(&world.gateway, first_tenant()).await.unwrap();
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let id = text(&connected(&world, &admin, &json!({"team_id": team})).await, "id");
    (world, admin, id)
}

async fn plain() -> (World, String, String) {
    hooked(&Ground::new(), |_| {}).await
}

fn hook(id: &str) -> Ask {
    ask("POST", format!("/hooks/twilio_sms/{id}")).header("content-type", "application/x-www-form-urlencoded")
}

fn signature(token: &str, url: &str, body: &str) -> String {
    twilio_signature::expected(token, url, body.as_bytes())
}

/// Signed as Twilio would for that address.
fn signed(id: &str, origin: &str) -> Ask {
    let url = format!("{origin}/hooks/twilio_sms/{id}");
    hook(id).header("x-twilio-signature", signature(AUTH_TOKEN, &url, BODY)).body(BODY)
}

#[track_caller]
fn accepted(answer: &Answer) {
    assert_eq!((answer.status, answer.text()), (200, "<Response/>"));
    assert_eq!(answer.header("content-type"), Some("text/xml"));
}

async fn health(world: &World, admin: &str, id: &str) -> Value {
    world.get(admin, &format!("/v1/connections/{id}")).await.expect(200)["health"].clone()
}

#[tokio::test]
async fn ing_7_a_signed_webhook_is_durable_and_sealed_when_it_is_answered() {
    let (world, admin, id) = plain().await;
    accepted(&world.send(signed(&id, "https://crm.example")).await);
    assert_eq!(world.ground.stream.backlog(), 1);
    let group = {
        let tenant = text(&world.sign_in("admin@example.com").await["user"], "tenant_id");
        InboundEntry::group(tenant.parse().unwrap(), id.parse().unwrap())
    };
    let stored = world.ground.stream.next(group).await.unwrap().entry;
    assert!(!stored.windows(7).any(|window| window == b"PLANTED"));
    let entry = InboundEntry::decode(&stored).unwrap();
    assert_eq!(entry.connection.to_string(), id);
    assert_eq!(entry.received_at.as_millis(), 1_790_000_000_000);
    let health = health(&world, &admin, &id).await;
    let backlog = json!({"waiting": 1, "oldest_received_at": null, "exact": true, "files": 0});
    assert_eq!((&health["received"], &health["backlog"]), (&json!(1), &backlog));
}

#[tokio::test]
async fn ing_6_a_forged_missing_or_replayed_elsewhere_signature_changes_nothing_and_is_counted() {
    let (world, admin, id) = plain().await;
    let url = format!("https://crm.example/hooks/twilio_sms/{id}");
    world.send(hook(&id).body(BODY)).await.refuses(401, "signature_missing");
    let wrong = [
        signature("another token", &url, BODY),
        signature(AUTH_TOKEN, "https://other.example/hooks", BODY),
        signature(AUTH_TOKEN, &url, &BODY.replace("hello", "hullo")),
        "nonsense".to_owned(),
        String::new(),
    ];
    for signature in wrong {
        let ask = hook(&id).header("x-twilio-signature", signature).body(BODY);
        world.send(ask).await.refuses(403, "signature_wrong");
    }
    let elsewhere = BODY.replace("AC42", "AC43");
    let ask = hook(&id).header("x-twilio-signature", signature("another token", &url, &elsewhere));
    world.send(ask.body(elsewhere)).await.refuses(403, "signature_wrong");
    assert_eq!(world.ground.stream.backlog(), 0);
    let health = health(&world, &admin, &id).await;
    assert_eq!(health["signature_failures"], 7);
    assert_eq!(health["signed_for_other_account"], 1);
    assert_eq!(health["last_signature_failure_at"], "2026-09-21T14:13:20.000Z");
    let metrics = world.get(&admin, "/metrics").await;
    assert!(metrics.text().contains("hearthline_hook_requests_total{outcome=\"signature_wrong\"} 6"));
}

#[tokio::test]
async fn a_right_signature_passes_with_and_without_port() {
    let (world, _, id) = plain().await;
    for origin in ["https://crm.example", "https://crm.example:443"] {
        accepted(&world.send(signed(&id, origin)).await);
    }
    let with_port = |settings: &mut Settings| settings.public_url = "http://crm.example:8080".to_owned();
    let (world, _, id) = hooked(&Ground::new(), with_port).await;
    for origin in ["http://crm.example", "http://crm.example:8080"] {
        accepted(&world.send(signed(&id, origin)).await);
    }
}

#[tokio::test]
async fn the_query_is_part_of_what_is_signed() {
    let (world, _, id) = plain().await;
    let path = format!("/hooks/twilio_sms/{id}?tag=a%20b");
    let signature = signature(AUTH_TOKEN, &format!("https://crm.example{path}"), BODY);
    let ask = ask("POST", &path).header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    accepted(&world.send(ask.clone().header("x-twilio-signature", &signature).body(BODY)).await);
    world
        .send(hook(&id).header("x-twilio-signature", signature).body(BODY))
        .await
        .refuses(403, "signature_wrong");
}

#[tokio::test]
async fn behind_a_proxy_that_is_trusted_its_word_counts_and_otherwise_it_does_not() {
    let forwarded = |id: &str| {
        let ask = signed(id, "https://hooks.brokerage.example");
        ask.header("x-forwarded-proto", "https").header("x-forwarded-host", "hooks.brokerage.example")
    };
    let (world, _, id) = plain().await;
    world.send(forwarded(&id)).await.refuses(403, "signature_wrong");

    let (world, _, id) = hooked(&Ground::new(), |settings| settings.trust_proxy = true).await;
    accepted(&world.send(forwarded(&id)).await);
    accepted(&world.send(signed(&id, "https://crm.example")).await);
    let by_host = signed(&id, "https://edge.example")
        .header("x-forwarded-proto", "https")
        .header("host", "edge.example");
    accepted(&world.send(by_host).await);
}

#[tokio::test]
async fn an_unknown_connection_or_another_kind_answers_404() {
    let (world, _, id) = plain().await;
    let unknown = "01890000-0000-7000-8000-000000000000";
    for path in [
        format!("/hooks/twilio_sms/{unknown}"),
        format!("/hooks/twilio_voice/{id}"),
        "/hooks/twilio_sms/nonsense".to_owned(),
    ] {
        let url = format!("https://crm.example{path}");
        let ask =
            ask("POST", path).header("x-twilio-signature", signature(AUTH_TOKEN, &url, BODY)).body(BODY);
        world.send(ask).await.refuses(404, "not_found");
    }
    assert_eq!(world.send(ask("GET", format!("/hooks/twilio_sms/{id}"))).await.status, 405);
}

#[tokio::test]
async fn a_request_over_64_kib_answers_413() {
    let (world, _, id) = plain().await;
    let large = "x".repeat(MAX_HOOK_BYTES + 1);
    world.send(hook(&id).body(large)).await.refuses(413, "body_too_large");
    let fits = format!("Body={}", "x".repeat(MAX_HOOK_BYTES - 5));
    let url = format!("https://crm.example/hooks/twilio_sms/{id}");
    let ask = hook(&id).header("x-twilio-signature", signature(AUTH_TOKEN, &url, &fits)).body(fits);
    accepted(&world.send(ask).await);
}

#[tokio::test]
async fn ing_7_hooks_of_known_connections_go_on_while_the_store_is_away() {
    let (world, _, id) = plain().await;
    accepted(&world.send(signed(&id, "https://crm.example")).await);
    world.ground.store.go_away(true);
    accepted(&world.send(signed(&id, "https://crm.example")).await);
    let answer = world.send(signed("01890000-0000-7000-8000-000000000000", "https://crm.example")).await;
    answer.refuses(503, "unavailable");
    assert!(answer.header("retry-after").is_some(), "an unknown one may exist: the provider comes again");
    assert_eq!(world.ground.stream.backlog(), 2);
}

#[tokio::test]
async fn ing_7_what_can_not_be_made_durable_is_answered_so_that_the_provider_repeats_it() {
    let mut ground = Ground::new();
    ground.stream = MemoryStream::new(StreamLimits { total_bytes: 600, ..StreamLimits::default() });
    let (world, admin, id) = hooked(&ground, |_| {}).await;
    let mut refused = None;
    for _ in 0..10 {
        let answer = world.send(signed(&id, "https://crm.example")).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("600 bytes do not hold ten requests");
    refused.refuses(503, "unavailable");
    assert_eq!(refused.header("retry-after"), Some("10"));
    assert_eq!(health(&world, &admin, &id).await["not_durable"], 1);
}

#[tokio::test]
async fn a_changed_secret_counts_from_the_next_request() {
    let (world, admin, id) = plain().await;
    accepted(&world.send(signed(&id, "https://crm.example")).await);
    let change = ask("PATCH", format!("/v1/connections/{id}")).token(&admin);
    world.send(change.json(&json!({"settings": {"auth_token": "the-next-token"}}))).await.expect(200);
    world.send(signed(&id, "https://crm.example")).await.refuses(403, "signature_wrong");
    let url = format!("https://crm.example/hooks/twilio_sms/{id}");
    let next = hook(&id).header("x-twilio-signature", signature("the-next-token", &url, BODY)).body(BODY);
    accepted(&world.send(next).await);
}

#[tokio::test]
async fn a_burst_of_a_thousand_webhooks_is_taken() {
    let (world, admin, id) = plain().await;
    let mut asks = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        asks.spawn(signed(&id, "https://crm.example").send(world.address));
    }
    for answer in asks.join_all().await {
        accepted(&answer);
    }
    let health = health(&world, &admin, &id).await;
    assert_eq!((&health["received"], &health["backlog"]["waiting"]), (&json!(1_000), &json!(1_000)));
}

#[tokio::test]
async fn prv_6_signed_webhooks_over_the_connections_limit_are_told_when_to_come_again() {
    let tight = |settings: &mut Settings| {
        settings.limits.connection_per_second = std::num::NonZeroU32::MIN;
        settings.limits.connection_burst = std::num::NonZeroU32::MIN;
    };
    let (world, admin, id) = hooked(&Ground::new(), tight).await;
    accepted(&world.send(signed(&id, "https://crm.example")).await);
    let limited = world.send(signed(&id, "https://crm.example")).await;
    limited.refuses(429, "rate_limited");
    assert!(limited.header("retry-after").is_some());
    // Forged ones do not use up what is left for the provider's own.
    world.send(hook(&id).body(BODY)).await.refuses(401, "signature_missing");
    let team = world.team(&admin).await;
    let other = text(&connected(&world, &admin, &json!({"team_id": team})).await, "id");
    accepted(&world.send(signed(&other, "https://crm.example")).await);
}
