//! Rate limits (PRV-6).

use hearthline_http::Settings;
use serde_json::json;
use std::num::NonZeroU32;

use crate::{
    client::ask,
    world::{ADMIN, World},
};

fn n(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

#[tokio::test]
async fn prv_6_a_user_over_their_limit_is_told_when_to_come_again_and_others_go_on() {
    let tight = |settings: &mut Settings| {
        settings.limits.user_per_second = n(1);
        settings.limits.user_burst = n(5);
    };
    let world = World::start_with(tight).await;
    let admin = world.admin().await;
    let mut limited = None;
    for _ in 0..10 {
        let answer = world.get(&admin, "/v1/teams").await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
    }
    let limited = limited.expect("ten are over five");
    limited.refuses(429, "rate_limited");
    let seconds: u32 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds >= 1);
    world.get(&world.other_tenant().await, "/v1/teams").await.expect(200);
    for path in ["/healthz", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json"] {
        for _ in 0..20 {
            assert_eq!(world.send(ask("GET", path)).await.status, 200, "{path}");
        }
    }
}

#[tokio::test]
async fn prv_6_a_tenant_over_its_limit_is_limited_as_a_whole() {
    let tight = |settings: &mut Settings| {
        settings.limits.tenant_per_second = n(1);
        settings.limits.tenant_burst = n(5);
    };
    let world = World::start_with(tight).await;
    let (one, two) = (world.admin().await, world.admin().await);
    for _ in 0..5 {
        world.get(&one, "/v1/teams").await.expect(200);
    }
    world.get(&two, "/v1/teams").await.refuses(429, "rate_limited");
}

#[tokio::test]
async fn prv_6_wrong_passwords_for_one_address_are_slowed_down_and_right_ones_are_not_counted() {
    let tight = |settings: &mut Settings| settings.limits.wrong_passwords_burst = n(3);
    let world = World::start_with(tight).await;
    for _ in 0..10 {
        world.sign_in(ADMIN).await;
    }
    let attempt = async |email: &str| {
        let body = json!({"email": email, "password": "wrong wrong"});
        world.send(ask("POST", "/v1/sessions").json(&body)).await
    };
    for _ in 0..4 {
        attempt(ADMIN).await.refuses(401, "wrong_credentials");
    }
    let limited = attempt("Admin@example.com").await;
    limited.refuses(429, "rate_limited");
    assert!(limited.header("retry-after").is_some());
    attempt("somebody@else.example").await.refuses(401, "wrong_credentials");
}

#[tokio::test]
async fn prv_6_sign_ins_from_one_address_are_limited_and_a_trusted_proxy_names_the_address() {
    let tight = |settings: &mut Settings| {
        settings.trust_proxy = true;
        settings.limits.address_per_second = n(1);
        settings.limits.address_burst = n(3);
    };
    let world = World::start_with(tight).await;
    let attempt = async |from: &str| {
        let body = json!({"email": "x@example.com", "password": "wrong wrong"});
        let ask = ask("POST", "/v1/sessions").header("x-forwarded-for", format!("203.0.113.9, {from}"));
        world.send(ask.json(&body)).await.status
    };
    // Addresses of one /64 count together.
    for host in 1..=3 {
        assert_eq!(attempt(&format!("2001:db8::{host}")).await, 401);
    }
    assert_eq!(attempt("2001:db8::4").await, 429);
    assert_eq!(attempt("2001:db8:0:1::1").await, 401);
    assert_eq!(attempt("198.51.100.1").await, 401);
}

#[test]
fn limits_have_defaults_and_refuse_what_they_do_not_know() {
    let limits = |text: &str| serde_json::from_str::<hearthline_http::Limits>(text);
    assert_eq!(limits("{}").unwrap(), hearthline_http::Limits::default());
    assert_eq!(limits("{\"user_burst\": 7}").unwrap().user_burst, n(7));
    assert!(limits("{\"user_brust\": 7}").unwrap_err().to_string().contains("user_brust"));
    assert!(limits("{\"user_burst\": 0}").is_err());
    let defaults = hearthline_http::Limits::default();
    for burst in [defaults.user_burst, defaults.tenant_burst, defaults.connection_burst] {
        assert!(burst.get() >= 1_000);
    }
}
