//! Messages to clients: what became of each is told once and true, whatever the provider, the store and the process do
//! (OUT-3).

use hearthline_actors::{Answer, Ask, AskError, NoFailPoints, Point, SendRequest, StatusReport, TakeBack};
use hearthline_engine::{
    access::{Role, Viewer},
    ids::{EventId, MutationId},
    lead::{
        Command, Event, Lead, Reason, Rejected, SendCommand, SendEvent, SendName, StateName, enters_timeline,
    },
    message::{Channel, Delivery, Message},
    raw::Raw,
    time::Seconds,
};
use hearthline_storage_api::{
    Table,
    rows::lead::{JournalRow, LeadRef},
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

use crate::{
    exchange::{EndsAt, Exchange, Move},
    house::{House, OWNER, Running, TEAM, TEAM_LEAD, lead},
};

const OWNER_VIEW: Viewer = Viewer { user: OWNER, team: Some(TEAM), role: Role::Agent };

fn request(mutation: u128, text: &str, undo_s: u32) -> SendRequest {
    SendRequest {
        viewer: OWNER_VIEW,
        event: None,
        mutation: MutationId(Uuid::from_u128(mutation)),
        channel: Channel::Sms,
        text: Raw::new(text.to_owned()),
        attachments: Vec::new(),
        connection: None,
        undo: Seconds(undo_s),
        follow_up_at: None,
    }
}

async fn send(running: &Running, mutation: u128, text: &str, undo_s: u32) -> EventId {
    let asked = Ask::Send(Box::new(request(mutation, text, undo_s)));
    match running.node.leads().ask(lead(1), asked).await {
        Ok(Answer::Requested { event, .. }) => event,
        other => panic!("{other:?}"),
    }
}

fn house(exchange: &Arc<Exchange>) -> House {
    let mut house = House::new();
    house.carrier = Arc::clone(exchange) as _;
    house
}

/// A running node with a lead who wrote.
async fn with_client(house: &House) -> Running {
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.drained().await;
    running
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// What comes within so many seconds. Paused time passes whenever everybody waits: a wait without a bound would never end.
async fn within<T>(seconds: u64, what: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(Duration::from_secs(seconds), what).await.ok()
}

fn status(lead: &Lead, event: EventId) -> Delivery {
    lead.outgoing(event).unwrap().message.status
}

/// The messages to the client in the timeline, as it stands in storage.
async fn entries(house: &House, place: LeadRef) -> Vec<Message> {
    let rows = house.timeline(place).await;
    let sent = rows.into_iter().filter_map(|row| match row.event {
        Event::Send(SendEvent::Requested { outgoing }) => Some(outgoing.message),
        _ => None,
    });
    sent.collect()
}

#[tokio::test(start_paused = true)]
async fn out_3_a_message_is_sent_once_is_a_touch_and_one_entry_of_the_timeline() {
    let exchange = Exchange::playing([]);
    let house = house(&exchange);
    let running = with_client(&house).await;
    let event = send(&running, 1, "The flat is free", 0).await;
    running.drained().await;
    let known = house.lead(lead(1)).await;
    assert_eq!((status(&known, event), known.state_name()), (Delivery::Sent, StateName::Active));
    assert!(running.cards(OWNER).await.is_empty(), "the card went when the provider took it");
    assert_eq!(exchange.taken.lock()[0].text, "The flat is free");
    assert_eq!(house.rows(Table::OutboundRef).len(), 1);
    running.rested().await;
    let entries = entries(&house, lead(1)).await;
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].status, entries[0].provider_event_id.as_str()), (Delivery::Sent, "SMout0"));

    // Asked again, by this process and the next: the same message.
    assert_eq!(send(&running, 1, "The flat is free", 0).await, event);
    running.node.stop();
    let next = house.node().await;
    assert_eq!(send(&next, 1, "The flat is free", 0).await, event);
    next.drained().await;
    assert_eq!(exchange.taken.lock().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn deck_4_a_message_asked_for_again_by_one_who_lost_the_lead_gets_its_first_answer() {
    let exchange = Exchange::playing([]);
    let house = house(&exchange);
    let running = with_client(&house).await;
    let event = send(&running, 1, "Hello", 0).await;
    let reassign = Command::Reassign { to: Some(TEAM_LEAD), team: TEAM, by: TEAM_LEAD };
    running.node.leads().ask(lead(1), Ask::Do(Box::new(reassign))).await.unwrap();
    assert_eq!(send(&running, 1, "Hello", 0).await, event);
    let another = running.node.leads().ask(lead(1), Ask::Send(Box::new(request(2, "Hello", 0)))).await;
    assert!(matches!(another, Err(AskError::NotFound)), "{another:?}");
}

#[tokio::test(start_paused = true)]
async fn out_3_a_lost_answer_is_found_at_the_provider_and_never_sent_twice() {
    let exchange = Exchange::playing([Move::TakeSilently]);
    let house = house(&exchange);
    let running = with_client(&house).await;
    let event = send(&running, 1, "Hello", 0).await;
    running.drained().await;
    assert_eq!(status(&house.lead(lead(1)).await, event), Delivery::Unknown);
    running.rested().await;
    pass(5).await;
    let known = house.lead(lead(1)).await;
    assert_eq!(status(&known, event), Delivery::Sent);
    assert_eq!(known.outgoing(event).unwrap().message.provider_event_id, exchange.sids(event)[0]);
    assert_eq!(exchange.calls.lock()[&event], 1);
}

#[tokio::test(start_paused = true)]
async fn out_3_what_nobody_can_say_is_shown_for_review_and_not_sent_again() {
    for mute in [false, true] {
        let exchange = Exchange::playing([Move::Lose]);
        *exchange.mute.lock() = mute;
        let house = house(&exchange);
        let running = with_client(&house).await;
        let event = send(&running, 1, "Hello", 0).await;
        pass(1_200).await;
        running.rested().await;
        let known = house.lead(lead(1)).await;
        assert_eq!(status(&known, event), Delivery::Unknown);
        assert!(matches!(known.automatic_card().unwrap().reason, Reason::SendInDoubt { .. }));
        assert_eq!(exchange.calls.lock()[&event], 1);
        let cards = running.cards(OWNER).await;
        assert!(matches!(cards[&lead(1).lead].reason, Reason::SendInDoubt { .. }));
    }
}

#[tokio::test(start_paused = true)]
async fn out_3_what_is_left_to_a_person_waits_in_the_review_queue_until_somebody_knows() {
    for (mute_word, went) in [(None, Some(true)), (None, Some(false)), (Some("SMlate"), None)] {
        let exchange = Exchange::playing([Move::Lose]);
        *exchange.mute.lock() = true;
        let house = house(&exchange);
        let running = with_client(&house).await;
        let event = send(&running, 1, "Hello", 0).await;
        pass(300).await;
        assert!(house.rows(Table::ReviewQueue).is_empty(), "the provider is still asked");
        pass(900).await;
        running.drained().await;
        assert_eq!(house.rows(Table::ReviewQueue).len(), 1);
        match (mute_word, went) {
            (Some(sid), _) => {
                running.node.leads().ask(lead(1), report(event, sid, Delivery::Delivered)).await.unwrap();
            }
            (None, went) => {
                let went = went.unwrap();
                let resolve = SendCommand::Resolve { send: event, went, by: TEAM_LEAD };
                running.node.leads().ask(lead(1), Ask::Do(Box::new(Command::Send(resolve)))).await.unwrap();
            }
        }
        running.drained().await;
        assert!(house.rows(Table::ReviewQueue).is_empty(), "{went:?}");
        let expected = match went {
            Some(true) => Delivery::Sent,
            Some(false) => Delivery::Failed,
            None => Delivery::Delivered,
        };
        running.rested().await;
        assert_eq!(status(&house.lead(lead(1)).await, event), expected);
        // The one entry of the timeline says so too, and nothing else came into it.
        let entries = entries(&house, lead(1)).await;
        assert_eq!(entries.iter().map(|entry| entry.status).collect::<Vec<_>>(), [expected]);
        let stray = |row: &JournalRow| !enters_timeline(&row.event);
        assert!(!house.timeline(lead(1)).await.iter().any(stray));
        // What the provider tells of it from now on finds it by its name.
        running.node.leads().ask(lead(1), report(event, "SMlater", Delivery::Read)).await.unwrap();
        let known = house.lead(lead(1)).await;
        assert_eq!(status(&known, event), Delivery::Read);
        assert!(!known.outgoing(event).unwrap().message.provider_event_id.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn out_3_an_adapter_that_panics_leaves_the_message_in_doubt() {
    let exchange = Exchange::playing([Move::Panic]);
    let house = house(&exchange);
    let running = with_client(&house).await;
    let event = send(&running, 1, "Hello", 0).await;
    pass(10).await;
    running.drained().await;
    assert_eq!(status(&house.lead(lead(1)).await, event), Delivery::Sent, "the list told");
    assert_eq!(exchange.calls.lock()[&event], 1);
}

#[tokio::test(start_paused = true)]
async fn out_3_a_provider_that_never_answers_is_given_up_and_asked() {
    let exchange = Exchange::playing([Move::TakeSlowly(50_000)]);
    let house = house(&exchange);
    let running = with_client(&house).await;
    let event = send(&running, 1, "Hello", 0).await;
    pass(59).await;
    assert_eq!(status(&house.lead(lead(1)).await, event), Delivery::Sending);
    // The lead goes on with its work meanwhile.
    running.receive(lead(1), "SM2").await.unwrap();
    pass(2).await;
    assert_eq!(status(&house.lead(lead(1)).await, event), Delivery::Unknown);
}

#[tokio::test(start_paused = true)]
async fn out_3_what_surely_was_not_sent_is_tried_again_and_a_refusal_is_final() {
    let moves = [Move::Unreachable, Move::Throttle, Move::Unreachable];
    let exchange = Exchange::playing(moves);
    let house = house(&exchange);
    let running = with_client(&house).await;
    let event = send(&running, 1, "Hello", 0).await;
    running.drained().await;
    // Waiting takes no memory: the timer brings the lead back.
    running.rested().await;
    pass(60).await;
    assert_eq!(status(&house.lead(lead(1)).await, event), Delivery::Sent);
    assert_eq!(exchange.calls.lock()[&event], 4);
    assert_eq!(exchange.sids(event).len(), 1);

    exchange.script.lock().push(Move::Refuse);
    let refused = send(&running, 2, "Again", 0).await;
    pass(60).await;
    assert_eq!(status(&house.lead(lead(1)).await, refused), Delivery::Failed);
    assert_eq!(exchange.calls.lock()[&refused], 1);
    assert!(matches!(running.cards(OWNER).await[&lead(1).lead].reason, Reason::SendFailed { .. }));
}

#[tokio::test(start_paused = true)]
async fn deck_2_a_message_waits_on_the_server_and_can_be_taken_back_until_it_goes() {
    let exchange = Exchange::playing([]);
    let house = house(&exchange);
    let running = with_client(&house).await;
    let event = send(&running, 1, "Hello", 60).await;
    running.drained().await;
    running.rested().await;
    assert_eq!(running.metrics.outbox_backlog.get(), 0, "what waits for its time is not due");
    let back = |n: u128| {
        let asked =
            TakeBack { viewer: OWNER_VIEW, which: SendName::Mutation(MutationId(Uuid::from_u128(n))) };
        running.node.leads().ask(lead(1), Ask::TakeBack(asked))
    };
    assert!(matches!(back(1).await, Ok(Answer::Applied { .. })));
    assert!(matches!(back(1).await, Ok(Answer::Nothing)), "twice is as good as once");
    let other = send(&running, 2, "Hello again", 60).await;
    pass(120).await;
    running.drained().await;
    assert!(matches!(back(2).await, Err(AskError::Rejected(Rejected::SendUnderWay))));
    let known = house.lead(lead(1)).await;
    assert_eq!((status(&known, event), status(&known, other)), (Delivery::Canceled, Delivery::Sent));
    assert_eq!(exchange.calls.lock().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn ing_1_a_word_by_another_way_stops_a_message_at_the_last_step() {
    let exchange = Exchange::playing([]);
    let house = house(&exchange);
    let running = with_client(&house).await;
    let event = send(&running, 1, "Hello", 30).await;
    running.opt_out_elsewhere("+16465550101").await;
    let again = running.node.leads().ask(lead(1), Ask::Send(Box::new(request(2, "More", 0)))).await;
    assert!(matches!(again, Err(AskError::Rejected(Rejected::ChannelOptedOut))), "{again:?}");
    pass(60).await;
    running.drained().await;
    assert_eq!(status(&house.lead(lead(1)).await, event), Delivery::Failed);
    assert!(exchange.calls.lock().is_empty());
}

#[tokio::test(start_paused = true)]
async fn ing_1_a_carrier_that_knows_of_an_opt_out_is_believed_tenant_wide() {
    let exchange = Exchange::playing([Move::OptedOut]);
    let house = house(&exchange);
    let running = with_client(&house).await;
    send(&running, 1, "Hello", 0).await;
    running.drained().await;
    assert_eq!(house.rows(Table::OptOut).len(), 1);
    let again = running.node.leads().ask(lead(1), Ask::Send(Box::new(request(2, "More", 0)))).await;
    assert!(matches!(again, Err(AskError::Rejected(Rejected::ChannelOptedOut))), "{again:?}");
}

fn report(event: EventId, sid: &str, status: Delivery) -> Ask {
    let (account, provider_event_id) = ("AC1".to_owned(), sid.to_owned());
    Ask::Status(Box::new(StatusReport { event, account, provider_event_id, status, code: None }))
}

#[tokio::test(start_paused = true)]
async fn prv_3_a_page_has_the_messages_that_its_lead_had_however_far_they_got_since() {
    let exchange = Exchange::playing([]);
    let house = house(&exchange);
    let running = with_client(&house).await;
    let event = send(&running, 1, "Hello", 0).await;
    running.rested().await;
    let then = house.stored(lead(1)).await;
    running.node.leads().ask(lead(1), report(event, "SMout0", Delivery::Delivered)).await.unwrap();
    send(&running, 2, "And goodbye", 0).await;
    running.rested().await;
    let rows = house.timeline_of(lead(1), &then).await;
    let sent = rows.iter().filter_map(|row| match &row.event {
        Event::Send(SendEvent::Requested { outgoing }) => Some((outgoing.id(), outgoing.message.status)),
        _ => None,
    });
    assert_eq!(sent.collect::<Vec<_>>(), [(event, Delivery::Delivered)]);
    assert_eq!(entries(&house, lead(1)).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn ing_13_a_status_resolves_a_message_in_doubt_and_changes_its_one_entry() {
    let exchange = Exchange::playing([Move::TakeSilently]);
    *exchange.mute.lock() = true;
    let house = house(&exchange);
    let running = with_client(&house).await;
    let event = send(&running, 1, "Hello", 0).await;
    pass(5).await;
    for status in [Delivery::Delivered, Delivery::Sent, Delivery::Delivered, Delivery::Pending] {
        running.node.leads().ask(lead(1), report(event, "SMout0", status)).await.unwrap();
    }
    running.drained().await;
    running.rested().await;
    let entries = entries(&house, lead(1)).await;
    assert_eq!(entries.iter().map(|entry| entry.status).collect::<Vec<_>>(), [Delivery::Delivered]);
    assert_eq!(house.lead(lead(1)).await.state_name(), StateName::Active);
}

#[tokio::test(start_paused = true)]
async fn out_3_two_equal_texts_in_doubt_are_not_taken_for_one_another() {
    let exchange = Exchange::playing([Move::Lose, Move::TakeSilently]);
    let house = house(&exchange);
    let running = with_client(&house).await;
    let (one, other) = (send(&running, 1, "OK", 0).await, send(&running, 2, "OK", 0).await);
    pass(3_600).await;
    running.rested().await;
    let known = house.lead(lead(1)).await;
    // One of them is there, and nobody can say which.
    assert_eq!([status(&known, one), status(&known, other)], [Delivery::Unknown; 2]);
    assert!(house.rows(Table::OutboundRef).is_empty());
    // Its callback names it.
    running.node.leads().ask(lead(1), report(other, "SMout0", Delivery::Delivered)).await.unwrap();
    let known = house.lead(lead(1)).await;
    assert_eq!([status(&known, one), status(&known, other)], [Delivery::Unknown, Delivery::Delivered]);

    let exchange = Exchange::playing([Move::TakeSilently, Move::TakeSilently]);
    let house = self::house(&exchange);
    let running = with_client(&house).await;
    let (one, other) = (send(&running, 1, "OK", 0).await, send(&running, 2, "OK", 0).await);
    pass(60).await;
    running.rested().await;
    let known = house.lead(lead(1)).await;
    assert_eq!([status(&known, one), status(&known, other)], [Delivery::Sent; 2]);
    let ids = [one, other].map(|event| known.outgoing(event).unwrap().message.provider_event_id.clone());
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test(start_paused = true)]
async fn row_9_a_process_that_dies_between_any_two_steps_of_a_send_neither_loses_nor_repeats_it() {
    let points = [
        (Point::Committed, 1..=3),
        (Point::Sending, 1..=1),
        (Point::HandedOver, 1..=1),
        (Point::OutboundReferred, 1..=1),
        // The first visit is while the call to the provider is out, later ones once its answer is known.
        (Point::TimelineProjected, 1..=2),
        (Point::DecksProjected, 1..=2),
        (Point::TimerProjected, 1..=2),
        (Point::DirectoryProjected, 1..=2),
        (Point::AuditAppended, 1..=2),
        (Point::AuditProjected, 1..=2),
        (Point::MessageProjected, 1..=2),
    ];
    let mut sent = 0;
    for (point, visits) in points {
        for nth in visits {
            let exchange = Exchange::playing([]);
            let mut house = house(&exchange);
            // At rest, nothing is left to be projected: otherwise the next process would die of that, in its start.
            let before = with_client(&house).await;
            before.rested().await;
            before.node.stop();
            let ends = EndsAt::new(point, nth);
            house.points = Arc::clone(&ends) as _;
            let first =
                within(60, house.node()).await.expect("a node starts before the message is asked for");
            let asked = Ask::Send(Box::new(request(1, "Hello", 0)));
            let ended = async {
                tokio::select! {
                    _ = first.node.leads().ask(lead(1), asked) => ends.ended.notified().await,
                    () = ends.ended.notified() => {}
                }
            };
            let visited = within(60, ended).await;
            first.node.stop();
            if visited.is_none() {
                assert!(nth > 1, "{point:?} is not on the path");
                continue;
            }
            house.points = Arc::new(NoFailPoints);
            let second = within(60, house.node()).await.expect("a node starts on what the dead one left");
            // The person's page asks again, because it heard nothing.
            let event = send(&second, 1, "Hello", 0).await;
            pass(1_200).await;
            second.rested().await;
            let known = house.lead(lead(1)).await;
            let (status, sids) = (status(&known, event), exchange.sids(event));
            assert!(sids.len() <= 1, "{point:?} {nth}: sent twice");
            match status {
                Delivery::Sent => sent += 1,
                // It was `sending` and nobody had called: nobody can know that, so a person looks.
                Delivery::Unknown if sids.is_empty() => {
                    let reason = &known.automatic_card().unwrap().reason;
                    assert!(matches!(reason, Reason::SendInDoubt { .. }), "{point:?} {nth}: {reason:?}");
                    assert!(!matches!(point, Point::HandedOver | Point::OutboundReferred), "{point:?}");
                }
                other => panic!("{point:?} {nth}: {other:?}"),
            }
            assert_eq!(entries(&house, lead(1)).await.len(), 1, "{point:?} {nth}");
        }
    }
    assert!(sent >= 4, "{sent}");
}
