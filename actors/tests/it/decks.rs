//! Decks and the pages that follow them (DECK-3).

use hearthline_actors::{Attached, DeckOp, DeckPosition};
use hearthline_engine::time::Timestamp;
use hearthline_storage_api::Table;
use hearthline_storage_memory::faults::{Failing, Failure, Lost, Operation, Site, Target, Unknown};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

use crate::house::{House, OWNER, Running, TEAM_LEAD, lead};

async fn with_cards(running: &Running, cards: u128) {
    for n in 0..cards {
        running.receive(lead(n), &format!("SM{n}")).await.unwrap();
        running.drained().await;
    }
}

#[tokio::test(start_paused = true)]
async fn deck_3_a_page_resumes_from_its_offset_across_a_restart_and_the_epoch_stays() {
    let house = House::new();
    let first = house.node().await;
    with_cards(&first, 3).await;
    let position = first.position(OWNER).await;
    assert_eq!(position.offset, 3);
    with_cards(&first, 5).await;
    first.node.stop();

    let second = house.node().await;
    let Attached::Resumed { position: now, ops } = second.attach(OWNER, Some(position)).await else {
        panic!()
    };
    assert_eq!((now.epoch, now.offset), (position.epoch, 5));
    assert_eq!(ops.len(), 2, "what changed after the offset, and nothing else");
    let Attached::Resumed { ops, .. } = second.attach(OWNER, Some(now)).await else { panic!() };
    assert!(ops.is_empty());
    house.feed.assert_contiguous(OWNER);
}

#[tokio::test(start_paused = true)]
async fn deck_3_an_offset_from_the_future_or_of_another_epoch_gets_a_snapshot() {
    let house = House::new();
    let running = house.node().await;
    with_cards(&running, 2).await;
    let position = running.position(OWNER).await;
    let future = DeckPosition { offset: position.offset + 1, ..position };
    let elsewhere = DeckPosition { epoch: Uuid::from_u128(1), ..position };
    for from in [None, Some(future), Some(elsewhere)] {
        let Attached::Snapshot { position: now, cards } = running.attach(OWNER, from).await else { panic!() };
        assert_eq!((now, cards.len()), (position, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn deck_3_a_page_that_was_away_longer_than_tombstones_are_kept_gets_a_snapshot() {
    let house = House::new();
    let running = house.node().await;
    with_cards(&running, 2).await;
    let before = running.position(OWNER).await;
    let card = running.cards(OWNER).await.remove(&lead(0).lead).unwrap();
    running.done(lead(0), 1, &card).await.unwrap();
    let after = running.position(OWNER).await;
    let Attached::Resumed { ops, .. } = running.attach(OWNER, Some(before)).await else { panic!() };
    assert!(matches!(ops[..], [DeckOp::Delete(task)] if task == card.task));

    tokio::time::sleep(Duration::from_secs(4 * 86_400)).await;
    // The next write purges what is old enough, and raises the floor with it.
    running.receive(lead(9), "SM9").await.unwrap();
    running.drained().await;
    assert!(matches!(running.attach(OWNER, Some(before)).await, Attached::Snapshot { .. }));
    assert!(matches!(running.attach(OWNER, Some(after)).await, Attached::Resumed { .. }));
}

#[tokio::test(start_paused = true)]
async fn deck_3_a_write_that_stands_although_its_answer_was_never_found_out_reaches_the_page() {
    let house = House::new();
    let wild = Arc::new(AtomicBool::new(false));
    let deck =
        |site: Site, operation| site.operation == operation && site.target == Target::Table(Table::Deck);
    let flag = Arc::clone(&wild);
    let unknown = Unknown::new(move |site| {
        (flag.load(Ordering::Relaxed) && deck(site, Operation::Commit)).then_some(Lost::Answer)
    });
    let (flag, reads) = (Arc::clone(&wild), AtomicU64::new(0));
    let failing = Failing::new(move |site| {
        let read = flag.load(Ordering::Relaxed) && deck(site, Operation::Read);
        (read && reads.fetch_add(1, Ordering::Relaxed) < 20).then_some(Failure::Unavailable)
    });
    let running = house.node_on(failing.store(unknown.store(Arc::new(house.memory.clone())))).await.unwrap();
    with_cards(&running, 1).await;
    wild.store(true, Ordering::Relaxed);
    running.receive(lead(5), "SM5").await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    wild.store(false, Ordering::Relaxed);
    running.drained().await;
    let stands = running.position(OWNER).await.offset;
    assert_eq!(house.feed.steps(OWNER).last().map(|step| step.1), Some(stands));
    house.feed.assert_contiguous(OWNER);
}

#[tokio::test(start_paused = true)]
async fn rsc_1_a_stale_lead_shows_in_its_team_leads_deck_without_preview_and_leaves_it_again() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.drained().await;
    assert!(running.cards(OWNER).await[&lead(1).lead].preview.is_some());
    assert!(running.cards(TEAM_LEAD).await.is_empty());
    tokio::time::sleep(Duration::from_secs(49 * 3_600)).await;
    assert!(running.cards(TEAM_LEAD).await[&lead(1).lead].preview.is_none());
    assert!(running.cards(OWNER).await[&lead(1).lead].preview.is_some());

    let card = running.cards(OWNER).await.remove(&lead(1).lead).unwrap();
    running.done(lead(1), 1, &card).await.unwrap();
    running.drained().await;
    assert!(running.cards(TEAM_LEAD).await.is_empty());
    assert!(house.lead(lead(1)).await.created_at > Timestamp::default());
}
