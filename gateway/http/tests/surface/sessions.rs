//! Signing in and out (TEN-1).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use crate::{
    client::ask,
    world::{ADMIN, PASSWORD, World, text},
};

#[tokio::test]
async fn ten_1_signing_in_gives_two_tokens_and_the_user() {
    let world = World::start().await;
    let session = world.sign_in("  Admin@Example.COM ").await;
    assert_eq!(session["expires_in"], 900);
    assert_eq!(session["user"]["email"], ADMIN);
    assert_eq!(session["user"]["role"], "admin");
    assert!(session["user"].get("password_hash").is_none());
    world.get(&text(&session, "access_token"), "/v1/teams").await.expect(200);
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_are_answered_alike() {
    let world = World::start().await;
    let attempt = async |email: &str| {
        let body = json!({"email": email, "password": "not the password"});
        world.send(ask("POST", "/v1/sessions").json(&body)).await
    };
    let (known, unknown) = (attempt(ADMIN).await, attempt("nobody@example.com").await);
    known.refuses(401, "wrong_credentials");
    assert_eq!(known.body, unknown.body);
    assert_eq!(known.header("www-authenticate"), Some("Bearer"));
}

#[tokio::test]
async fn ten_1_an_access_token_lasts_15_minutes_and_survives_a_restart() {
    let world = World::start().await;
    let token = world.admin().await;
    world.ground.wall.pass(899);
    let restarted = world.ground.listen(|_| {}).await;
    restarted.get(&token, "/v1/teams").await.expect(200);
    world.ground.wall.pass(1);
    restarted.get(&token, "/v1/teams").await.refuses(401, "token_expired");
}

#[tokio::test]
async fn a_token_that_was_changed_or_made_elsewhere_is_refused() {
    let world = World::start().await;
    let token = world.admin().await;
    let mut bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix("hla_").unwrap()).unwrap();
    // The role, the expiry, the signature.
    for at in [49, 57, 80] {
        bytes[at] ^= 1;
        let forged = format!("hla_{}", URL_SAFE_NO_PAD.encode(&bytes));
        world.get(&forged, "/v1/teams").await.refuses(401, "token_invalid");
        bytes[at] ^= 1;
    }
    for nonsense in ["hla_", "hlr_AAAA", "x", "hla_%%%", ""] {
        let answer = world.get(nonsense, "/v1/teams").await;
        assert_eq!(answer.status, 401, "{nonsense}");
    }
    world.send(ask("GET", "/v1/teams")).await.refuses(401, "token_missing");
    world.get(&token, "/v1/teams").await.expect(200);
}

async fn refreshed(world: &World, token: &str) -> crate::client::Answer {
    world.send(ask("POST", "/v1/sessions/refresh").json(&json!({"refresh_token": token}))).await
}

#[tokio::test]
async fn ten_1_a_refresh_token_works_once_and_its_reuse_ends_the_session() {
    let world = World::start().await;
    let first = world.sign_in(ADMIN).await;
    let second = refreshed(&world, &text(&first, "refresh_token")).await.expect(200);
    let access = text(&second, "access_token");
    assert_eq!(second["user"]["email"], ADMIN);
    world.get(&access, "/v1/teams").await.expect(200);

    world.ground.wall.pass(11);
    refreshed(&world, &text(&first, "refresh_token")).await.refuses(401, "refresh_token_reused");
    world.get(&access, "/v1/teams").await.refuses(401, "session_ended");
    refreshed(&world, &text(&second, "refresh_token")).await.refuses(401, "session_ended");
}

#[tokio::test]
async fn ten_1_a_refresh_whose_answer_was_lost_is_asked_for_again_and_signs_nobody_out() {
    let world = World::start().await;
    let first = text(&world.sign_in(ADMIN).await, "refresh_token");
    let lost = refreshed(&world, &first).await.expect(200);
    // A day later: the page was closed before the answer came.
    world.ground.wall.pass(86_400);
    let again = refreshed(&world, &first).await.expect(200);
    assert_eq!(text(&again, "refresh_token"), text(&lost, "refresh_token"), "it is turned into the same one");
    world.get(&text(&again, "access_token"), "/v1/teams").await.expect(200);
    world.ground.wall.pass(11);
    refreshed(&world, &first).await.refuses(401, "refresh_token_reused");
}

#[tokio::test]
async fn ten_1_a_token_that_was_turned_over_twice_is_reused_whatever_was_used() {
    let world = World::start().await;
    let first = text(&world.sign_in(ADMIN).await, "refresh_token");
    let second = text(&refreshed(&world, &first).await.expect(200), "refresh_token");
    let third = text(&refreshed(&world, &second).await.expect(200), "refresh_token");
    refreshed(&world, &first).await.refuses(401, "refresh_token_reused");
    refreshed(&world, &third).await.refuses(401, "session_ended");
}

#[tokio::test]
async fn ten_1_pages_of_one_device_that_refresh_at_once_get_the_same_token() {
    let world = World::start().await;
    let token = text(&world.sign_in(ADMIN).await, "refresh_token");
    let (one, two) = tokio::join!(refreshed(&world, &token), refreshed(&world, &token));
    let (one, two) = (one.expect(200), two.expect(200));
    assert_eq!(text(&one, "refresh_token"), text(&two, "refresh_token"));
    // One of them is used before the third one asks.
    world.get(&text(&two, "access_token"), "/v1/teams").await.expect(200);
    world.ground.wall.pass(9);
    let three = refreshed(&world, &token).await.expect(200);
    assert_eq!(text(&one, "refresh_token"), text(&three, "refresh_token"));
}

#[tokio::test]
async fn ten_1_a_socket_opened_with_a_ticket_that_came_along_takes_the_token_up() {
    let world = World::start().await;
    let token = text(&world.sign_in(ADMIN).await, "refresh_token");
    let body = json!({"refresh_token": token, "with": ["ticket"]});
    let along = world.send(ask("POST", "/v1/sessions/refresh").json(&body)).await.expect(200);
    let viewer = world.gateway.tickets().redeem(&text(&along["ticket"], "ticket")).unwrap();
    world.gateway.sessions().still_valid(&viewer).await.unwrap();
    world.ground.wall.pass(11);
    refreshed(&world, &token).await.refuses(401, "refresh_token_reused");
}

#[tokio::test]
async fn a_made_up_refresh_token_ends_nobodys_session() {
    let world = World::start().await;
    let session = world.sign_in(ADMIN).await;
    let token = text(&session, "refresh_token");
    let mut bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix("hlr_").unwrap()).unwrap();
    bytes[40] ^= 1;
    let forged = format!("hlr_{}", URL_SAFE_NO_PAD.encode(bytes));
    refreshed(&world, &forged).await.refuses(401, "refresh_token_invalid");
    refreshed(&world, &text(&session, "access_token")).await.refuses(401, "refresh_token_invalid");
    refreshed(&world, &token).await.expect(200);
}

#[tokio::test]
async fn ten_1_signing_out_ends_this_session_or_all_of_them_at_once() {
    let world = World::start().await;
    let (one, two, three) = (world.admin().await, world.admin().await, world.sign_in(ADMIN).await);
    let ended = world.send(ask("DELETE", "/v1/sessions").token(&one)).await;
    ended.expect(204);
    world.get(&one, "/v1/teams").await.refuses(401, "session_ended");
    world.get(&two, "/v1/teams").await.expect(200);

    let mut told = world.gateway.sessions().ended();
    world.send(ask("DELETE", "/v1/sessions?everywhere=true").token(&two)).await.expect(204);
    world.get(&two, "/v1/teams").await.refuses(401, "session_ended");
    world.get(&text(&three, "access_token"), "/v1/teams").await.refuses(401, "session_ended");
    refreshed(&world, &text(&three, "refresh_token")).await.refuses(401, "session_ended");
    assert!(matches!(told.try_recv(), Ok(hearthline_http::Ended::User(_))));
    world.get(&world.admin().await, "/v1/teams").await.expect(200);
}

#[tokio::test]
async fn a_session_that_ended_in_another_process_is_noticed_within_seconds() {
    let world = World::start().await;
    let other = world.ground.listen(|_| {}).await;
    let token = world.admin().await;
    other.get(&token, "/v1/teams").await.expect(200);
    world.send(ask("DELETE", "/v1/sessions").token(&token)).await.expect(204);
    world.ground.wall.pass(5);
    other.get(&token, "/v1/teams").await.refuses(401, "session_ended");
}

#[tokio::test]
async fn a_session_that_was_left_alone_for_30_days_is_over() {
    let world = World::start().await;
    let session = world.sign_in(ADMIN).await;
    world.ground.wall.pass(30 * 86_400);
    refreshed(&world, &text(&session, "refresh_token")).await.refuses(401, "session_ended");
}

#[tokio::test]
async fn an_invited_user_has_no_password_that_works() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let body = json!({"email": "new@example.com", "name": "New", "role": "agent", "team_id": team, "language": "en"});
    let user = world.post(&admin, "/v1/users", &body).await.expect(201);
    assert_eq!(user["status"], "invited");
    let attempt = json!({"email": "new@example.com", "password": "nobody's password"});
    world.send(ask("POST", "/v1/sessions").json(&attempt)).await.refuses(401, "wrong_credentials");
}

#[tokio::test]
async fn nobody_is_let_in_on_old_knowledge_while_the_store_is_away() {
    let world = World::start().await;
    let token = world.admin().await;
    world.ground.store.go_away(true);
    world.ground.wall.pass(6);
    let answer = world.get(&token, "/v1/teams").await;
    answer.refuses(503, "unavailable");
    assert!(answer.header("retry-after").is_some());
    world.ground.store.go_away(false);
    world.get(&token, "/v1/teams").await.expect(200);
}

#[tokio::test]
async fn a_socket_ticket_opens_once_within_30_seconds() {
    let world = World::start().await;
    let token = world.admin().await;
    let issue = async || {
        let given = world.send(ask("POST", "/v1/socket-tickets").token(&token)).await.expect(200);
        assert_eq!(given["expires_in"], 30);
        text(&given, "ticket")
    };
    let ticket = issue().await;
    assert!(world.gateway.tickets().redeem(&ticket).is_ok());
    assert!(world.gateway.tickets().redeem(&ticket).is_err());
    let late = issue().await;
    world.ground.wall.pass(30);
    assert!(world.gateway.tickets().redeem(&late).is_err());
    assert!(world.gateway.tickets().redeem(PASSWORD).is_err());
}

#[tokio::test]
async fn unused_socket_tickets_of_a_user_are_bounded() {
    let world = World::start().await;
    let token = world.admin().await;
    let mut tickets = Vec::new();
    for _ in 0..17 {
        let given = world.send(ask("POST", "/v1/socket-tickets").token(&token)).await.expect(200);
        tickets.push(text(&given, "ticket"));
    }
    assert!(world.gateway.tickets().redeem(&tickets[0]).is_err());
    assert!(world.gateway.tickets().redeem(&tickets[16]).is_ok());
}
