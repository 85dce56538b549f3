//! What the store says and does not say.

use hearthline_actors::Answer;
use hearthline_storage_api::Table;
use hearthline_storage_memory::faults::{
    Delay, Failing, Failure, Lost, Operation, Script, Site, Slow, Target, Unknown,
};
use std::{sync::Arc, time::Duration};

use crate::house::{House, OWNER, lead};

fn commits_of_leads(site: Site) -> bool {
    site.operation == Operation::Commit && site.target == Target::Table(Table::LeadCore)
}

#[tokio::test(start_paused = true)]
async fn ing_8_a_commit_whose_answer_or_request_is_lost_is_one_event_all_the_same() {
    for lost in [Lost::Answer, Lost::Request] {
        let house = House::new();
        let unknown = Unknown::new(Script::nth_of(0, commits_of_leads, lost));
        let running = house.node_on(unknown.store(Arc::new(house.memory.clone()))).await.unwrap();
        let answer = running.receive(lead(1), "SM1").await;
        assert_eq!(answer.unwrap(), Answer::Applied { version: 1, offset: None, made: None }, "{lost:?}");
        running.rested().await;
        assert_eq!(house.messages(lead(1)).await, 1, "{lost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn ing_8_a_commit_that_nobody_can_read_back_is_found_again_when_the_message_comes_again() {
    for lost in [Lost::Answer, Lost::Request] {
        let house = House::new();
        // Lost at every attempt, and the store can't be read in between: unresolved.
        let unknown =
            Unknown::new(move |site| commits_of_leads(site).then_some(lost).filter(|_| site.number < 800));
        let failing = Failing::new(Script::nth_of(
            1,
            |site| site.operation == Operation::Read && site.target == Target::Table(Table::LeadCore),
            Failure::Unavailable,
        ));
        let store = failing.store(unknown.store(Arc::new(house.memory.clone())));
        let running = house.node_on(store).await.unwrap();
        let first = running.receive_surely(lead(1), "SM1").await;
        assert!(matches!(first, Answer::Applied { .. } | Answer::Duplicate), "{lost:?}: {first:?}");
        assert_eq!(running.receive_surely(lead(1), "SM1").await, Answer::Duplicate, "{lost:?}");
        running.rested().await;
        assert_eq!(house.messages(lead(1)).await, 1, "{lost:?}");
        assert_eq!(running.cards(OWNER).await.len(), 1, "{lost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_queue_of_a_lead_is_bounded_and_says_so() {
    let mut house = House::new();
    house.settings.queue_per_lead = 8;
    let running = house.node_on(stuck(&house)).await.unwrap();
    let asked = (0..20).map(|n| {
        let running = &running;
        async move { running.receive(lead(1), &format!("SM{n}")).await }
    });
    let answers = futures::future::join_all(asked).await;
    let busy = answers.iter().filter(|answer| matches!(answer, Err(error) if error.is_retryable())).count();
    assert_eq!(busy, 12, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 8);
}

#[tokio::test(start_paused = true)]
async fn the_queue_of_a_partition_is_bounded_and_says_so_after_a_while() {
    let mut house = House::new();
    house.settings.in_flight_per_shard = 4;
    let running = house.node_on(stuck(&house)).await.unwrap();
    let same: Vec<_> =
        (0..4_000).map(lead).filter(|place| place.class() == lead(0).class()).take(7).collect();
    let started = tokio::time::Instant::now();
    let asked = same.iter().map(|place| running.receive(*place, "SM"));
    let answers = futures::future::join_all(asked).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 3, "{answers:?}");
    assert!(started.elapsed() >= house.settings.queue_wait);
}

/// A store on which a commit of a lead takes ten seconds.
fn stuck(house: &House) -> Arc<dyn hearthline_storage_api::Store> {
    let slow = Slow::new(
        |site| {
            commits_of_leads(site).then_some(Delay { before: Duration::from_secs(10), after: Duration::ZERO })
        },
        tokio::time::sleep,
    );
    slow.store(Arc::new(house.memory.clone()))
}
