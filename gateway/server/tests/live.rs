//! The live socket of the started binary: what reaches whom, in which order, and what a client finds when it comes back.

mod support;

use futures::{SinkExt, StreamExt, future::join_all};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{Brokerage, Live, Number, Options, Position, Server, Sms, User, done, stranger, timeless};
use tokio::sync::OnceCell;
use tokio_tungstenite::tungstenite::{Error, Message};

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

/// A brokerage with one agent and their number.
async fn office() -> (&'static Server, Brokerage, User, Number) {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    (server, brokerage, ana, number)
}

/// A stranger writes for the first time.
async fn first_message(user: &User, number: &Number) -> Sms {
    let sms = Sms::new(&stranger(), "Is it still available?");
    number.deliver(&user.client, &sms).await;
    sms
}

/// What a deck shows is what a socket was told.
async fn shows_the_deck(user: &User, live: &Live) {
    let deck = user.deck().await;
    assert_eq!(
        (&deck["epoch"], &deck["offset"]),
        (&json!(live.position.epoch), &json!(live.position.offset))
    );
    let cards = deck["cards"].as_array().expect("cards").clone();
    assert_eq!(timeless(live.cards.values().cloned()), timeless(cards));
}

fn card(live: &Live) -> Value {
    assert_eq!(live.cards.len(), 1);
    live.cards.values().next().expect("one").clone()
}

#[tokio::test]
async fn deck_3_a_card_reaches_every_socket_of_its_owner_and_nobody_elses() {
    let (server, brokerage, ana, number) = office().await;
    let ben = brokerage.agent().await;
    let (mut one, mut two, mut other) = tokio::join!(ana.live(None), ana.live(None), ben.live(None));
    assert_eq!(one.greeting["snapshot"]["cards"], json!([]));
    let sms = first_message(&ana, &number).await;
    for live in [&mut one, &mut two] {
        live.until("the card", |live| live.cards.len() == 1).await;
        let card = card(live);
        assert_eq!((&card["kind"], &card["preview"]), (&json!("contact_now"), &json!(sms.get("Body"))));
        assert_eq!(live.deltas.len(), 1, "a new lead is one change of the deck");
    }
    assert_eq!(one.deltas, two.deltas);
    shows_the_deck(&ana, &one).await;

    // Whatever ben's socket says next is about his own message, and is the first that it says.
    let bens = brokerage.connect(&ben).await;
    first_message(&ben, &bens).await;
    other.until("his own card", |live| live.cards.len() == 1).await;
    server.settled().await;
    assert_eq!(other.deltas.len(), 1);
    shows_the_deck(&ben, &other).await;
}

#[tokio::test]
async fn deck_4_done_on_a_socket_is_applied_once_and_leaves_every_socket() {
    let (server, _brokerage, ana, number) = office().await;
    let (mut one, mut two) = tokio::join!(ana.live(None), ana.live(None));
    first_message(&ana, &number).await;
    one.until("the card", |live| live.cards.len() == 1).await;
    let action = done(&card(&one));

    let acted = one.act(&action).await;
    assert_eq!((&acted["result"], &acted["code"]), (&json!("applied"), &Value::Null));
    let offset = acted["offset"].as_u64().expect("the offset at which it shows");
    for live in [&mut one, &mut two] {
        live.until_offset(offset).await;
        assert_eq!(live.deltas.last().expect("a delta")["ops"], json!([{"del": action["card_id"]}]));
        assert_eq!(live.position.offset, offset);
    }

    // The same action again, from everywhere, is answered the same and does nothing.
    let again = [one.act(&action).await, two.act(&action).await, ana.act(&action).await];
    for acted in again {
        assert_eq!((&acted["result"], &acted["offset"]), (&json!("applied"), &json!(offset)));
    }
    let at_once = join_all((0..20).map(|_| ana.act(&action))).await;
    assert!(at_once.iter().all(|acted| acted["result"] == "applied"));
    server.settled().await;
    shows_the_deck(&ana, &one).await;
    assert_eq!(ana.deck().await["offset"], offset);
    let lead = action["lead_id"].as_str().expect("an id");
    let events = ana.events(lead).await;
    assert_eq!(events.iter().filter(|event| event["kind"] == "task").count(), 1, "done is told once");
}

#[tokio::test]
async fn deck_4_an_action_sent_many_times_at_once_acts_once() {
    let (server, _brokerage, ana, number) = office().await;
    first_message(&ana, &number).await;
    server.settled().await;
    let action = done(&ana.cards().await[0]);
    let answers = join_all((0..30).map(|_| ana.act(&action))).await;
    assert!(answers.iter().all(|acted| acted["result"] == "applied"), "{answers:?}");
    server.settled().await;
    let deck = ana.deck().await;
    assert_eq!((&deck["offset"], &deck["cards"]), (&json!(2), &json!([])));
}

#[tokio::test]
async fn deck_4_an_action_on_what_changed_meanwhile_is_a_conflict_and_changes_nothing() {
    let (server, _brokerage, ana, number) = office().await;
    let mut live = ana.live(None).await;
    let sms = first_message(&ana, &number).await;
    live.until("the card", |live| live.cards.len() == 1).await;
    let seen = card(&live);
    number.deliver(&ana.client, &Sms::new(sms.get("From"), "And is there a garden?")).await;
    live.until("the changed card", |live| live.cards.values().all(|card| card["version"] != seen["version"]))
        .await;
    let now = card(&live);
    assert_eq!((&now["id"], &now["preview"]), (&seen["id"], &json!("And is there a garden?")));

    let stale = done(&seen);
    for acted in [live.act(&stale).await, live.act(&stale).await, ana.act(&stale).await] {
        assert_eq!((&acted["result"], &acted["code"]), (&json!("conflict"), &json!("card_changed")));
    }
    server.settled().await;
    assert_eq!(timeless(ana.cards().await), timeless([now.clone()]));
    assert_eq!(live.act(&done(&now)).await["result"], "applied");
}

#[tokio::test]
async fn ten_4_a_card_of_another_agent_or_another_tenant_cannot_be_acted_on() {
    let (server, brokerage, ana, number) = office().await;
    let elsewhere = Brokerage::open(server).await;
    let (ben, eve, tom) = (brokerage.agent().await, elsewhere.agent().await, brokerage.team_lead().await);
    first_message(&ana, &number).await;
    server.settled().await;
    let before = ana.deck().await;
    let card = before["cards"][0].clone();
    let mut nothing = card.clone();
    nothing["lead_id"] = json!("00000000-0000-7000-8000-000000000000");

    for user in [&ben, &eve, &elsewhere.admin] {
        let mut live = user.live(None).await;
        let acted =
            [live.act(&done(&card)).await, user.act(&done(&card)).await, user.act(&done(&nothing)).await];
        for acted in acted {
            assert_eq!((&acted["result"], &acted["code"]), (&json!("rejected"), &json!("lead_not_found")));
            assert_eq!((&acted["card"], &acted["offset"]), (&Value::Null, &Value::Null));
        }
    }
    // Who may know of the lead is told why not.
    let acted = tom.act(&done(&card)).await;
    assert_eq!((&acted["result"], &acted["code"]), (&json!("rejected"), &json!("lead_not_stale")));
    let acted = brokerage.admin.act(&done(&card)).await;
    assert_eq!((&acted["result"], &acted["code"]), (&json!("rejected"), &json!("role_lacks_right")));
    server.settled().await;
    let after = ana.deck().await;
    assert_eq!(after["offset"], before["offset"]);
    assert_eq!(timeless([after["cards"][0].clone()]), timeless([card]));
}

#[tokio::test]
async fn deck_3_whoever_comes_back_is_resumed_with_exactly_what_was_missed() {
    let (server, _brokerage, ana, number) = office().await;
    let mut live = ana.live(None).await;
    for _ in 0..4 {
        first_message(&ana, &number).await;
    }
    live.until("four cards", |live| live.cards.len() == 4).await;
    let (position, seen) = (live.position.clone(), live.cards.clone());
    drop(live);

    // Nothing missed.
    let back = ana.live(Some(position.clone())).await;
    assert_eq!(back.greeting["resumed"]["ops"], json!([]));
    assert_eq!(back.position, position);
    drop(back);

    // One card done, one changed, one new, one that came and went; two as they were.
    let mut cards = seen.values();
    let (gone, changed) = (cards.next().expect("one").clone(), cards.next().expect("two").clone());
    ana.done(&gone).await;
    let phone = ana.lead(changed["lead_id"].as_str().expect("an id")).await["phones"][0].clone();
    number.deliver(&ana.client, &Sms::new(phone.as_str().expect("a phone"), "One more thing")).await;
    first_message(&ana, &number).await;
    server.settled().await;
    let passing =
        ana.cards().await.into_iter().find(|card| !seen.contains_key(card["id"].as_str().expect("an id")));
    ana.done(&passing.expect("the new card")).await;
    first_message(&ana, &number).await;
    server.settled().await;

    let mut back = Live::reopen(&ana, position, seen).await;
    let ops = back.greeting["resumed"]["ops"].as_array().expect("ops").clone();
    let puts: Vec<&Value> = ops.iter().filter_map(|op| op.get("put")).collect();
    let dels: Vec<&Value> = ops.iter().filter_map(|op| op.get("del")).collect();
    assert_eq!(puts.len(), 2, "{ops:?}");
    assert!(puts.iter().any(|card| card["id"] == changed["id"] && card["preview"] == "One more thing"));
    assert!(dels.contains(&&gone["id"]));
    assert!(dels.len() <= 2, "{ops:?}");
    shows_the_deck(&ana, &back).await;

    // And it goes on from there.
    first_message(&ana, &number).await;
    back.until("one card more", |live| live.cards.len() == 5).await;
    shows_the_deck(&ana, &back).await;
}

#[tokio::test]
async fn deck_3_a_position_that_is_not_of_this_deck_gets_a_snapshot() {
    let (server, _brokerage, ana, number) = office().await;
    first_message(&ana, &number).await;
    server.settled().await;
    let Position { epoch, offset } = ana.live(None).await.position;
    let other = "00000000-0000-4000-8000-000000000000".to_owned();
    for wrong in [
        Position { epoch: other, offset },
        Position { epoch: epoch.clone(), offset: offset + 1 },
        Position { epoch: epoch.clone(), offset: u64::MAX },
    ] {
        let live = ana.live(Some(wrong)).await;
        assert!(live.greeting.get("snapshot").is_some(), "{}", live.greeting);
        assert_eq!(live.position, Position { epoch: epoch.clone(), offset });
        shows_the_deck(&ana, &live).await;
    }
    let start = ana.live(Some(Position { epoch, offset: 0 })).await;
    shows_the_deck(&ana, &start).await;
}

#[tokio::test]
async fn deck_3_hello_again_on_an_open_socket_resumes_too() {
    let (_server, _brokerage, ana, number) = office().await;
    let mut live = ana.live(None).await;
    first_message(&ana, &number).await;
    live.until("the card", |live| live.cards.len() == 1).await;
    let Position { epoch, offset } = live.position.clone();
    live.say(&json!({"hello": {"client_id": "tests", "epoch": epoch, "offset": offset}})).await;
    let resumed = live.next().await["resumed"].clone();
    let told = (&resumed["epoch"], &resumed["offset"], &resumed["ops"]);
    assert_eq!(told, (&json!(epoch), &json!(offset), &json!([])));
    live.say(&json!({"hello": {"client_id": "tests"}})).await;
    assert!(live.next().await.get("snapshot").is_some());
    first_message(&ana, &number).await;
    live.until("the next card", |live| live.cards.len() == 2).await;
}

/// The status that a handshake was refused with.
fn refused<T>(connected: Result<T, Error>) -> u16 {
    match connected {
        Err(Error::Http(answer)) => answer.status().as_u16(),
        Err(error) => panic!("not an HTTP answer: {error}"),
        Ok(_) => panic!("the handshake was not refused"),
    }
}

#[tokio::test]
async fn prv_6_a_ticket_opens_one_socket_and_nothing_else_opens_any() {
    let (_server, _brokerage, ana, _number) = office().await;
    let answer = ana.client.post("/v1/socket-tickets", &json!({})).await.ok();
    assert_eq!(answer["expires_in"], 30);
    let ticket = answer["ticket"].as_str().expect("a ticket");
    let first = Live::connect_with(&ana, ticket).await.expect("it works once");
    assert_eq!(refused(Live::connect_with(&ana, ticket).await), 401);
    drop(first);
    assert_eq!(refused(Live::connect_with(&ana, ticket).await), 401);
    assert_eq!(refused(Live::connect_with(&ana, "").await), 401);
    assert_eq!(refused(Live::connect_with(&ana, "x".repeat(2_000).as_str()).await), 401);

    // Of ten that come at the same moment, one gets in.
    let ticket = ana.client.post("/v1/socket-tickets", &json!({})).await.ok();
    let ticket = ticket["ticket"].as_str().expect("a ticket");
    let at_once = join_all((0..10).map(|_| Live::connect_with(&ana, ticket))).await;
    assert_eq!(at_once.iter().filter(|connected| connected.is_ok()).count(), 1);

    ana.client.get("/v1/live?ticket=none").await.problem(426, "upgrade_required");
    ana.client.nobody().post("/v1/socket-tickets", &json!({})).await.problem(401, "token_missing");
}

#[tokio::test]
async fn ten_1_signing_out_closes_the_sockets_of_that_session_and_everywhere_closes_all() {
    let (_server, _brokerage, ana, number) = office().await;
    let elsewhere = User::sign_in(&ana.client, &ana.email, &ana.password).await;
    let (mut here, mut there) = tokio::join!(ana.live(None), elsewhere.live(None));
    let unused = ana.client.post("/v1/socket-tickets", &json!({})).await.ok();
    assert_eq!(ana.client.delete("/v1/sessions").await.status, 204);
    assert_eq!(here.closed().await, Some(4200));
    ana.client.get("/v1/deck").await.problem(401, "session_ended");
    let unused = unused["ticket"].as_str().expect("a ticket");
    assert_eq!(refused(Live::connect_with(&ana, unused).await), 401);

    // The other session is as it was.
    first_message(&elsewhere, &number).await;
    there.until("the card", |live| live.cards.len() == 1).await;

    let third = User::sign_in(&ana.client, &ana.email, &ana.password).await;
    let mut also = third.live(None).await;
    assert_eq!(third.client.delete("/v1/sessions?everywhere=true").await.status, 204);
    assert_eq!((there.closed().await, also.closed().await), (Some(4200), Some(4200)));
    elsewhere.client.get("/v1/deck").await.problem(401, "session_ended");
}

#[tokio::test]
async fn deck_3_frames_that_break_the_protocol_close_the_socket_or_are_answered() {
    let (_server, _brokerage, ana, number) = office().await;
    // Before hello.
    for frame in [Message::text(json!({"act": done(&json!({}))}).to_string()), Message::binary(vec![1, 2, 3])]
    {
        let mut socket = Live::connect(&ana).await;
        socket.send(frame).await.expect("sent");
        let mut codes = Vec::new();
        while let Some(Ok(message)) = socket.next().await {
            if let Message::Close(Some(frame)) = message {
                codes.push(u16::from(frame.code));
            }
        }
        assert_eq!(codes, [4003]);
    }
    // After hello, what can't be read is answered, and the socket goes on.
    let mut live = ana.live(None).await;
    for (frame, names) in [
        (json!({"nothing": {}}), ""),
        (json!({"act": {"mutation_id": "x"}}), "mutation_id"),
        (json!({"hello": {"client_id": "tests", "offset": -1}}), "offset"),
        (json!([]), ""),
        (json!({"watch": {"lead_id": "1"}}), "lead_id"),
    ] {
        live.say(&frame).await;
        let answer = live.next().await;
        let message = answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{frame}: {answer}"));
        assert!(message.contains(names), "{message} does not name {names}");
    }
    let nowhere = json!({"lead_id": "00000000-0000-7000-8000-000000000000"});
    live.say(&json!({"watch": nowhere})).await;
    assert_eq!(live.next().await["unwatched"]["code"], "lead_not_found");
    first_message(&ana, &number).await;
    live.until("the card", |live| live.cards.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deck_3_twenty_agents_under_load_end_with_exactly_their_decks() {
    const AGENTS: usize = 20;
    const MESSAGES: usize = 500;
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let mut desks = Vec::new();
    for _ in 0..AGENTS {
        let agent = brokerage.agent().await;
        let number = brokerage.connect(&agent).await;
        let live = agent.live(None).await;
        desks.push((agent, number, live));
    }
    // Every third message is a stranger's second; three cards are marked done over the socket as they come. How many deltas
    // tell of them is the store's affair: a slow one is told of many cards in one write.
    let working = desks.iter_mut().map(|(agent, number, live)| async move {
        let deliver = async {
            let mut last = String::new();
            for n in 0..MESSAGES / AGENTS {
                if n % 3 != 2 {
                    last = stranger();
                }
                number.deliver(&agent.client, &Sms::new(&last, &format!("Message {n}"))).await;
            }
        };
        let act = async {
            // The answer may come before the delta that takes the card away, so that it is still here for a moment.
            let mut acted = BTreeSet::new();
            let mut tried = None;
            while acted.len() < 3 {
                let card = live.cards.values().find(|card| !acted.contains(&card["id"].to_string())).cloned();
                // Nothing to do, or the same as was just refused: something new must come first.
                let Some(card) = card.filter(|card| tried.as_ref() != Some(card)) else {
                    live.next().await;
                    continue;
                };
                let answer = live.act(&done(&card)).await;
                match answer["result"].as_str() {
                    Some("applied") => _ = acted.insert(card["id"].to_string()),
                    Some("conflict") => {}
                    _ => panic!("{answer}"),
                }
                tried = Some(card);
            }
        };
        tokio::join!(deliver, act);
    });
    join_all(working).await;
    server.settled().await;
    for (agent, _, live) in &mut desks {
        let offset = agent.deck().await["offset"].as_u64().expect("an offset");
        live.until_offset(offset).await;
        shows_the_deck(agent, live).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deck_7_a_client_that_reads_nothing_delays_nobody_and_catches_up() {
    const SENT: usize = 450;
    let (server, _brokerage, ana, number) = office().await;
    let mut reading = ana.live(None).await;
    let mut stuck = Live::open_narrow(&ana, 4_096).await;
    first_message(&ana, &number).await;
    // It asks again and again and reads nothing, until the server can write no more and so takes nothing more either.
    stuck.ask_until_stuck().await;

    let text = "Une très longue question sur la maison avec jardin. ".repeat(3);
    let sent: Vec<Sms> = (0..SENT).map(|_| Sms::new(&stranger(), &text)).collect();
    let deliver = async {
        for some in sent.chunks(25) {
            join_all(some.iter().map(|sms| number.deliver(&ana.client, sms))).await;
        }
        server.settled().await;
        ana.deck().await["offset"].as_u64().expect("an offset")
    };
    let mut deliver = std::pin::pin!(deliver);
    let offset = loop {
        tokio::select! {
            offset = &mut deliver => break offset,
            _ = reading.next() => {}
        }
    };
    reading.until_offset(offset).await;
    let puts = |live: &Live| live.deltas.iter().flat_map(|delta| delta["ops"].as_array()).flatten().count();
    assert_eq!(puts(&reading), SENT + 1, "the one that reads is told of each lead when it comes");
    shows_the_deck(&ana, &reading).await;

    // The stuck one wakes up: what it missed comes in few changes, or it was cut off and is resumed.
    let mut cut_off = false;
    while stuck.position.offset < offset {
        match stuck.next_or_close().await {
            Ok(_) => {}
            Err(code) => {
                // What it sent and nobody read makes the system reset the connection, and the code may be lost with it.
                assert!(matches!(code, Some(4001) | None) && !cut_off, "too slow, once: {code:?}");
                cut_off = true;
                let cards = std::mem::take(&mut stuck.cards);
                stuck = Live::reopen(&ana, stuck.position.clone(), cards).await;
            }
        }
    }
    shows_the_deck(&ana, &stuck).await;
    // How much fits into the system's buffers decides whether it was conflated: never more changes than the one that reads.
    assert!(stuck.deltas.len() <= reading.deltas.len(), "{} deltas", stuck.deltas.len());
}

/// Signs in once more, and asks for both.
async fn opened(user: &User) -> Value {
    let asked = json!({"email": user.email, "password": user.password, "with": ["deck", "ticket"]});
    user.client.nobody().post("/v1/sessions", &asked).await.ok()
}

#[tokio::test]
async fn web_1_a_session_brings_the_most_urgent_cards_as_the_deck_shows_them_and_a_ticket_that_resumes() {
    let (server, brokerage, ana, number) = office().await;
    first_message(&ana, &number).await;
    server.settled().await;
    let session = opened(&ana).await;
    let (first, deck) = (&session["deck"], ana.deck().await);
    assert_eq!(
        (&first["epoch"], &first["offset"], &first["more"]),
        (&deck["epoch"], &deck["offset"], &json!(0))
    );
    let cards = |deck: &Value| deck["cards"].as_array().expect("cards").clone();
    assert_eq!(timeless(cards(first)), timeless(cards(&deck)));
    assert!(cards(first)[0]["preview"].is_string(), "its owner reads it");

    let ticket = session["ticket"]["ticket"].as_str().expect("a ticket");
    let socket = Live::connect_with(&ana, ticket).await.expect("it opens a socket");
    let (epoch, offset) = (first["epoch"].as_str(), first["offset"].as_u64());
    let position =
        Position { epoch: epoch.expect("an epoch").to_owned(), offset: offset.expect("an offset") };
    let live = Live::greet(socket, &ana, position).await;
    let clock = &live.greeting["resumed"]["clock"];
    assert_eq!(live.greeting["resumed"]["ops"], json!([]));
    assert!(clock["now"].is_string() && clock["pace"] == 1, "{clock}");

    // Of a large deck only the beginning comes along, in the deck's own order.
    join_all((0..24).map(|_| first_message(&ana, &number))).await;
    server.settled().await;
    let (session, deck) = (opened(&ana).await, ana.deck().await);
    let ids = |cards: Vec<Value>| cards.iter().map(|card| card["id"].to_string()).collect::<Vec<_>>();
    assert_eq!(session["deck"]["more"], 5);
    assert_eq!(ids(cards(&session["deck"])), ids(cards(&deck))[..20]);

    // Nobody gets somebody else's.
    let ben = brokerage.agent().await;
    assert_eq!(opened(&ben).await["deck"]["cards"], json!([]));
}
