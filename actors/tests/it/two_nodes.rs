//! Two processes that both think that they are the one: the version serializes them.

use futures::future::join_all;
use hearthline_actors::Answer;
use hearthline_storage_memory::faults::{SeededDelays, Slow};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::house::{House, OWNER, Running, lead};

#[tokio::test(start_paused = true)]
async fn ing_8_two_nodes_on_one_store_make_one_event_of_each_message() {
    let house = House::new();
    let (one, other) = (slow_node(&house, 1).await, slow_node(&house, 2).await);
    for round in 0..20 {
        let sids: Vec<String> = (0..3).map(|n| format!("SM{round}-{n}")).collect();
        let answers = join_all(
            sids.iter()
                .flat_map(|sid| [one.receive_surely(lead(1), sid), other.receive_surely(lead(1), sid)]),
        )
        .await;
        let applied = answers.iter().filter(|answer| matches!(answer, Answer::Applied { .. })).count();
        assert_eq!(applied, 3, "round {round}: {answers:?}");
    }
    one.drained().await;
    other.drained().await;
    assert_eq!(house.messages(lead(1)).await, 60);
    let versions: BTreeSet<u64> = house.timeline(lead(1)).await.iter().map(|row| row.version).collect();
    assert!(versions.len() >= 60);
    let met = |node: &Running| (node.metrics.commits.get(), node.metrics.commit_conflicts.get());
    let (mine, theirs) = (met(&one), met(&other));
    assert!(mine.0 > 0 && theirs.0 > 0 && mine.1 + theirs.1 > 0, "they never met: {mine:?} {theirs:?}");
}

#[tokio::test(start_paused = true)]
async fn deck_3_two_nodes_that_write_one_deck_leave_it_whole_and_pages_without_a_gap() {
    let house = House::new();
    let (one, other) = (slow_node(&house, 1).await, slow_node(&house, 2).await);
    let before = one.position(OWNER).await;
    assert_eq!(before, other.position(OWNER).await);
    join_all((0..30).map(|n| {
        let (one, other) = (&one, &other);
        async move {
            let node = if n % 2 == 0 { one } else { other };
            node.receive_surely(lead(n), &format!("SM{n}")).await
        }
    }))
    .await;
    one.drained().await;
    other.drained().await;
    let (mine, theirs) = (one.cards(OWNER).await, other.cards(OWNER).await);
    assert_eq!(mine.len().max(theirs.len()), 30);
    let third = house.node().await;
    assert_eq!(third.cards(OWNER).await.len(), 30);
    assert_eq!(third.position(OWNER).await.epoch, before.epoch);
}

/// A node whose operations overtake each other's and the other node's.
async fn slow_node(house: &House, seed: u64) -> Running {
    let slow = Slow::new(SeededDelays::new(seed, Duration::from_millis(4)), tokio::time::sleep);
    house.node_on(slow.store(Arc::new(house.memory.clone()))).await.unwrap()
}
