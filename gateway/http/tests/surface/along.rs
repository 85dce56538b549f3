//! What a session's answer brings along, and that it never costs the session.

use async_trait::async_trait;
use hearthline_api::FirstDeck;
use hearthline_http::{Extra, FirstDecks, Problem, Settings, Viewer, listen, router, serve};
use serde_json::{Value, json};
use std::{num::NonZeroU32, sync::Arc};
use uuid::Uuid;

use crate::{
    client::ask,
    world::{ADMIN, PASSWORD, World, text},
};

/// Decks that are there at once, never, or refused.
enum Decks {
    AtOnce,
    Never,
    Refused,
}

#[async_trait]
impl FirstDecks for Decks {
    async fn first(&self, viewer: &Viewer) -> Result<FirstDeck, Problem> {
        match self {
            Self::AtOnce => Ok(FirstDeck { epoch: viewer.user.0, offset: 7, cards: Vec::new(), more: 3 }),
            Self::Never => std::future::pending().await,
            Self::Refused => Err(hearthline_api::Fault::Unavailable { retry_after_s: 1 }.into()),
        }
    }
}

/// The world's surface, where decks come from there.
async fn with_decks(mut world: World, decks: Decks) -> World {
    let extra = Extra { decks: Some(Arc::new(decks)), ..Extra::default() };
    let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
    world.address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, router(&world.gateway, extra), std::future::pending()));
    world
}

async fn refreshed(world: &World, session: &Value, with: Value) -> Value {
    let body = json!({"refresh_token": text(session, "refresh_token"), "with": with});
    world.send(ask("POST", "/v1/sessions/refresh").json(&body)).await.expect(200)
}

#[tokio::test]
async fn web_1_a_session_brings_along_what_it_is_asked_for_and_nothing_else() {
    let world = with_decks(World::start().await, Decks::AtOnce).await;
    let plain = world.sign_in(ADMIN).await;
    assert_eq!((plain.get("deck"), plain.get("ticket")), (None, None));

    let body = json!({"email": ADMIN, "password": PASSWORD, "with": ["ticket", "deck"]});
    let session = world.send(ask("POST", "/v1/sessions").json(&body)).await.expect(200);
    let user: Uuid = text(&session["user"], "id").parse().unwrap();
    assert_eq!(session["deck"], json!({"epoch": user, "offset": 7, "cards": [], "more": 3}));
    let ticket = world.gateway.tickets().redeem(&text(&session["ticket"], "ticket")).unwrap();
    assert_eq!(ticket.user.0, user);

    let next = refreshed(&world, &session, json!(["deck"])).await;
    assert_eq!((&next["deck"], next.get("ticket")), (&session["deck"], None));
    let bare = refreshed(&world, &next, json!([])).await;
    assert_eq!((bare.get("deck"), bare.get("ticket")), (None, None));
}

#[tokio::test]
async fn lif_2_every_session_says_what_time_it_is_for_the_engine() {
    let world = World::start().await;
    let at = |session: &Value| session["clock"].clone();
    let session = world.sign_in(ADMIN).await;
    assert_eq!(at(&session), json!({"now": "2026-09-21T14:13:20.000Z", "pace": 1}));
    world.ground.wall.pass(60);
    let next = refreshed(&world, &session, json!([])).await;
    assert_eq!(at(&next), json!({"now": "2026-09-21T14:14:20.000Z", "pace": 1}));
}

#[tokio::test]
async fn web_1_a_deck_that_cannot_be_had_at_once_costs_nobody_their_session() {
    for decks in [Decks::Never, Decks::Refused] {
        let world = with_decks(World::start().await, decks).await;
        let session = world.sign_in(ADMIN).await;
        let next = refreshed(&world, &session, json!(["deck", "ticket"])).await;
        assert_eq!(next.get("deck"), None);
        assert!(next["ticket"]["ticket"].is_string());
        world.get(&text(&next, "access_token"), "/v1/teams").await.expect(200);
        refreshed(&world, &next, json!([])).await;
    }
}

#[tokio::test]
async fn prv_6_what_comes_along_counts_against_the_users_limit_as_if_it_were_asked_for() {
    let tight = |settings: &mut Settings| {
        settings.limits.user_per_second = NonZeroU32::MIN;
        settings.limits.user_burst = NonZeroU32::MIN;
    };
    let world = with_decks(World::start_with(tight).await, Decks::AtOnce).await;
    let session = world.sign_in(ADMIN).await;
    let next = refreshed(&world, &session, json!(["deck", "ticket"])).await;
    assert!(next.get("deck").is_some());
    assert_eq!(next.get("ticket"), None, "the second is over a limit of one");
    world.get(&text(&next, "access_token"), "/v1/teams").await.refuses(429, "rate_limited");
}

#[tokio::test]
async fn web_1_what_nobody_can_bring_along_is_refused_by_its_name() {
    let world = World::start().await;
    let session = world.sign_in(ADMIN).await;
    for (with, field) in [(json!(["deck", "leads"]), "with[1]"), (json!("deck"), "with")] {
        let body = json!({"refresh_token": text(&session, "refresh_token"), "with": with});
        let answer = world.send(ask("POST", "/v1/sessions/refresh").json(&body)).await;
        answer.refuses(422, "validation_failed");
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
    // A wrong request turns no token over.
    refreshed(&world, &session, json!([])).await;
}
