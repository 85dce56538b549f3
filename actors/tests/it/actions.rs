//! People's actions: once each, on a card as they saw it (DECK-4).

use hearthline_actors::{ActKind, Answer, AskError, Made, OfCall, OnCard, UNDO_MS};
use hearthline_engine::{
    access::{Refusal, Role},
    lead::{CallOutcome, CardKind, Event, Rejected, StateName},
    raw::Raw,
};
use hearthline_storage_api::Table;
use hearthline_storage_memory::faults::{Failing, Failure, Lost, Operation, Script, Site, Target, Unknown};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::house::{House, OWNER, TEAM_LEAD, lead};

#[tokio::test(start_paused = true)]
async fn deck_4_an_action_sent_again_gets_the_first_answer_even_from_the_next_process() {
    let house = House::new();
    let first = house.node().await;
    first.receive(lead(1), "SM1").await.unwrap();
    first.drained().await;
    let card = first.cards(OWNER).await.remove(&lead(1).lead).unwrap();
    let Answer::Applied { version, offset, .. } = first.done(lead(1), 7, &card).await.unwrap() else {
        panic!()
    };
    assert_eq!(offset, Some(first.position(OWNER).await.offset), "the answer says where the deck shows it");
    assert!(first.cards(OWNER).await.is_empty());

    let again = first.done(lead(1), 7, &card).await.unwrap();
    assert!(matches!(again, Answer::Applied { version: same, .. } if same == version));
    first.node.stop();
    let second = house.node().await;
    let again = second.done(lead(1), 7, &card).await.unwrap();
    assert!(matches!(again, Answer::Applied { version: same, .. } if same == version));
    assert!(
        matches!(second.done(lead(1), 8, &card).await, Err(AskError::Rejected(_))),
        "another action is late"
    );
}

#[tokio::test(start_paused = true)]
async fn deck_4_an_action_on_a_card_that_changed_meanwhile_is_refused_with_the_card_as_it_is() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.drained().await;
    let seen = running.cards(OWNER).await.remove(&lead(1).lead).unwrap();
    running.receive_text(lead(1), "SM2", "Are+you+there").await.unwrap();
    running.drained().await;
    let now = running.cards(OWNER).await.remove(&lead(1).lead).unwrap();
    assert!(now.version > seen.version);
    match running.done(lead(1), 7, &seen).await {
        Err(AskError::Conflict { current: Some(current) }) => assert_eq!(current.version, now.version),
        other => panic!("{other:?}"),
    }
    assert!(
        matches!(running.done(lead(1), 7, &now).await, Ok(Answer::Applied { .. })),
        "the id was not used up"
    );
}

#[tokio::test(start_paused = true)]
async fn deck_4_an_action_whose_commit_got_no_answer_acts_once_when_it_is_sent_again() {
    for lost in [Lost::Answer, Lost::Request] {
        let house = House::new();
        let away = Arc::new(AtomicBool::new(false));
        let (flag, reads) = (Arc::clone(&away), Arc::clone(&away));
        let core = |site: Site, operation| {
            site.operation == operation && site.target == Target::Table(Table::LeadCore)
        };
        let unknown = Unknown::new(move |site| {
            (flag.load(Ordering::Relaxed) && core(site, Operation::Commit)).then_some(lost)
        });
        // Reading back fails, too, but the mutation's row before the commit can be read.
        let seen = std::sync::atomic::AtomicU64::new(0);
        let failing = Failing::new(move |site| {
            let read = reads.load(Ordering::Relaxed) && core(site, Operation::Read);
            (read && seen.fetch_add(1, Ordering::Relaxed) > 0).then_some(Failure::Unavailable)
        });
        let store = failing.store(unknown.store(Arc::new(house.memory.clone())));
        let running = house.node_on(store).await.unwrap();
        running.receive(lead(1), "SM1").await.unwrap();
        running.drained().await;
        let card = running.cards(OWNER).await.remove(&lead(1).lead).unwrap();
        away.store(true, Ordering::Relaxed);
        assert!(matches!(running.done(lead(1), 7, &card).await, Err(AskError::Away(_))), "{lost:?}");
        away.store(false, Ordering::Relaxed);
        assert!(matches!(running.done(lead(1), 7, &card).await, Ok(Answer::Applied { .. })), "{lost:?}");
        running.drained().await;
        assert!(running.cards(OWNER).await.is_empty(), "{lost:?}");
        let done = house.timeline(lead(1)).await.len();
        running.rested().await;
        assert_eq!(house.timeline(lead(1)).await.len(), done, "{lost:?}: nothing was done twice");
    }
}

#[tokio::test(start_paused = true)]
async fn deck_4_an_action_is_answered_although_the_deck_cannot_be_written() {
    let house = House::new();
    let failing = Failing::new(Script::nth_of(
        2,
        |site: Site| site.operation == Operation::Commit && site.target == Target::Table(Table::Deck),
        Failure::Unavailable,
    ));
    let running = house.node_on(failing.store(Arc::new(house.memory.clone()))).await.unwrap();
    running.receive(lead(1), "SM1").await.unwrap();
    running.drained().await;
    let card = running.cards(OWNER).await.remove(&lead(1).lead).unwrap();
    let answer = running.done(lead(1), 7, &card).await.unwrap();
    assert!(matches!(answer, Answer::Applied { offset: None, .. }), "{answer:?}: durable, shown later");
    running.drained().await;
    assert!(running.cards(OWNER).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn deck_4_a_refusal_is_an_answer_too_and_the_late_twin_of_a_refused_action_does_nothing() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.drained().await;
    let seen = running.cards(OWNER).await.remove(&lead(1).lead).unwrap();
    running.receive_text(lead(1), "SM2", "Are+you+there").await.unwrap();
    running.drained().await;
    let version = house.lead(lead(1)).await.version;
    let call = ActKind::Outcome {
        of: OfCall::Card(OnCard { task: seen.task, expected_version: seen.version }),
        outcome: CallOutcome::Spoke,
        note: None,
        follow_up_at: None,
    };
    let refused = running.act(lead(1), 7, call.clone()).await;
    assert!(matches!(refused, Err(AskError::Rejected(Rejected::CallNotOpen))), "{refused:?}");
    running.node.stop();
    let next = house.node().await;
    let again = next.act(lead(1), 7, call).await;
    assert!(matches!(&again, Err(AskError::RefusedBefore(code)) if code == "call_not_open"), "{again:?}");
    assert_eq!(house.lead(lead(1)).await.version, version, "nobody who holds the lead in hand is disturbed");
    // Somebody else's id is nobody's answer.
    let other = next.act_as(TEAM_LEAD, Role::TeamLead, lead(1), 7, ActKind::Call).await;
    assert!(matches!(other, Err(AskError::Forbidden(Refusal::LeadNotStale))), "{other:?}");
}

#[tokio::test(start_paused = true)]
async fn deck_2_a_deed_can_be_taken_back_for_ten_seconds_by_the_one_who_did_it_and_once() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.drained().await;
    let card = running.cards(OWNER).await.remove(&lead(1).lead).unwrap();
    running.done(lead(1), 7, &card).await.unwrap();
    assert!(running.cards(OWNER).await.is_empty());
    let nothing = running.act(lead(1), 8, ActKind::Undo).await;
    assert!(matches!(nothing, Err(AskError::Rejected(Rejected::NothingToUndo))), "{nothing:?}");
    tokio::time::sleep(std::time::Duration::from_millis(UNDO_MS as u64)).await;
    running.act(lead(1), 7, ActKind::Undo).await.unwrap();
    let back = running.cards(OWNER).await.remove(&lead(1).lead).unwrap();
    assert_eq!((back.task, back.kind), (card.task, CardKind::ContactNow));
    // Sent again, by the next process too: undone stays undone, and the deed is not done again.
    running.node.stop();
    let next = house.node().await;
    next.act(lead(1), 7, ActKind::Undo).await.unwrap();
    next.done(lead(1), 7, &card).await.unwrap();
    next.drained().await;
    assert_eq!(next.cards(OWNER).await.len(), 1);
    let undone = house.timeline(lead(1)).await;
    let undone = undone.iter().filter(|row| matches!(row.event, Event::DeedUndone { .. })).count();
    assert_eq!(undone, 1);
    // A moment too late.
    next.done(lead(1), 9, &back).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(UNDO_MS as u64 + 1)).await;
    let late = next.act(lead(1), 9, ActKind::Undo).await;
    assert!(matches!(late, Err(AskError::Rejected(Rejected::TooLateToUndo))), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn out_6_a_call_sent_twice_is_one_call_with_one_number_and_its_outcome_closes_it() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    let Ok(Answer::Applied { made: Some(made), .. }) = running.act(lead(1), 7, ActKind::Call).await else {
        panic!("a call is made")
    };
    let Made::Call { call, task: Some(task), phone: Some(phone) } = made.clone() else { panic!("{made:?}") };
    assert!(phone.value.starts_with('+'));
    running.node.stop();
    let next = house.node().await;
    let again = next.act(lead(1), 7, ActKind::Call).await.unwrap();
    assert!(matches!(again, Answer::Applied { made: Some(same), .. } if same == made));
    assert_eq!(house.lead(lead(1)).await.calls.len(), 1);
    let told = ActKind::Outcome {
        of: OfCall::Call(call),
        outcome: CallOutcome::Spoke,
        note: Some(Raw::new("quittengelee".to_owned())),
        follow_up_at: Some(house.lead(lead(1)).await.created_at.plus_millis(3_600_000)),
    };
    let told = next.act(lead(1), 8, told).await.unwrap();
    assert!(matches!(told, Answer::Applied { made: Some(Made::Task(_)), .. }), "{told:?}");
    let now = house.lead(lead(1)).await;
    assert_eq!((now.state_name(), now.calls.len(), now.follow_ups.len()), (StateName::Active, 0, 1));
    assert!(now.card(task).is_none());
}
