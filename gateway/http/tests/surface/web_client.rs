//! Probes, headers, and the web client beside the API.

use crate::{client::ask, world::World};

#[tokio::test]
async fn readiness_follows_the_process_and_health_does_not() {
    let world = World::start().await;
    assert_eq!(world.send(ask("GET", "/readyz")).await.status, 200);
    world.ground.ready.send_replace(false);
    world.send(ask("GET", "/readyz")).await.refuses(503, "not_ready");
    assert_eq!(world.send(ask("GET", "/healthz")).await.text(), "ok\n");
}

#[tokio::test]
async fn prv_6_every_answer_carries_the_headers_that_protect() {
    let world = World::start().await;
    for path in ["/", "/v1/teams", "/healthz", "/nothing.js"] {
        let answer = world.send(ask("GET", path)).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        for part in ["default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"));
    }
}

#[tokio::test]
async fn what_the_api_does_not_have_is_a_problem_and_never_a_page() {
    let world = World::start().await;
    for path in ["/v1", "/v1/nothing", "/hooks/x", "/v1/teams/"] {
        world.send(ask("GET", path)).await.refuses(404, "not_found");
    }
    let answer = world.send(ask("PUT", "/v1/teams")).await;
    answer.refuses(405, "method_not_allowed");
    let allowed = answer.header("allow").expect("RFC 9110 asks for it");
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    world.send(ask("POST", "/deck")).await.refuses(405, "method_not_allowed");
}

#[tokio::test]
async fn the_page_is_served_or_says_how_to_get_it() {
    let world = World::start().await;
    let page = world.send(ask("GET", "/")).await;
    assert_eq!(page.status, 200);
    if page.header("content-type") == Some("text/plain; charset=utf-8") {
        assert!(page.text().contains("cargo xtask build"));
        return;
    }
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    // Addresses of the client's own lead to its page; files that are not there do not.
    assert_eq!(world.send(ask("GET", "/deck/42")).await.body, page.body);
    world.send(ask("GET", "/assets/missing.js")).await.refuses(404, "not_found");
    let script =
        page.text().split('"').find(|part| part.starts_with("/assets/") && part.ends_with(".js")).unwrap();
    let script_path = script;
    let script = world.send(ask("GET", script)).await;
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(script.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let held = ask("GET", script_path).header("if-none-match", script.header("etag").unwrap());
    let held = world.send(held).await;
    assert_eq!((held.status, held.body.len()), (304, 0));
}
