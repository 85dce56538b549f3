//! Deadlines fire once, late ones at once and in order (LIF-4).

use hearthline_engine::{
    lead::{Event, StateName},
    time::Timestamp,
};
use hearthline_storage_api::Table;
use hearthline_storage_memory::faults::{Failing, Failure, Operation, Script, Site, Target};
use std::{sync::Arc, time::Duration};

use crate::house::{House, OWNER, lead};

const HOUR: Duration = Duration::from_secs(3_600);

/// The changes of state of a lead, with the times that they tell.
async fn changes(house: &House, n: u128) -> Vec<(StateName, Timestamp)> {
    let timeline = house.timeline(lead(n)).await;
    let mut changes: Vec<_> = timeline
        .iter()
        .filter_map(|row| match &row.event {
            Event::StateChanged { to, at, .. } => Some((*at, to.clone())),
            _ => None,
        })
        .collect();
    changes.sort_by_key(|(at, _)| *at);
    let name = |state| match state {
        hearthline_engine::lead::State::New => StateName::New,
        hearthline_engine::lead::State::Active => StateName::Active,
        hearthline_engine::lead::State::AtRisk(_) => StateName::AtRisk,
        hearthline_engine::lead::State::Stale(_) => StateName::Stale,
    };
    changes.into_iter().map(|(at, state)| (name(state), at)).collect()
}

#[tokio::test(start_paused = true)]
async fn lif_4_a_deadline_fires_at_its_time_and_wakes_a_lead_at_rest() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.rested().await;
    let born = house.lead(lead(1)).await.created_at;
    tokio::time::sleep(HOUR).await;
    assert_eq!(changes(&house, 1).await, [(StateName::AtRisk, born.plus_millis(48 * 60_000))]);
    running.rested().await;
    tokio::time::sleep(48 * HOUR).await;
    assert_eq!(house.lead(lead(1)).await.state_name(), StateName::Stale);
    assert_eq!(changes(&house, 1).await.len(), 2, "each of them once");
}

#[tokio::test(start_paused = true)]
async fn lif_4_deadlines_of_a_long_stop_fire_at_once_and_with_their_own_times() {
    let house = House::new();
    let first = house.node().await;
    for n in 0..30 {
        first.receive(lead(n), &format!("SM{n}")).await.unwrap();
        tokio::time::sleep(Duration::from_secs(7)).await;
    }
    first.rested().await;
    first.node.stop();
    tokio::time::sleep(100 * HOUR).await;

    let second = house.node().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    second.drained().await;
    for n in 0..30 {
        let born = house.lead(lead(n)).await.created_at;
        let hours = |hours: i64| born.plus_millis(hours * 3_600_000);
        assert_eq!(
            changes(&house, n).await,
            [(StateName::AtRisk, born.plus_millis(48 * 60_000)), (StateName::Stale, hours(48))]
        );
    }
    let cards = second.cards(OWNER).await;
    assert_eq!(cards.len(), 30);
    // In the order of their deadlines: later ones were shown later.
    let born: Vec<Timestamp> = {
        let mut stale: Vec<_> = cards.values().map(|card| (card.opened_at, card.lead)).collect();
        stale.sort_unstable();
        stale.into_iter().map(|(at, _)| at).collect()
    };
    assert!(born.windows(2).all(|pair| pair[0] <= pair[1]));
}

#[tokio::test(start_paused = true)]
async fn lif_4_a_deadline_that_could_not_be_told_is_told_when_storage_is_back() {
    let house = House::new();
    let core =
        |site: Site| site.operation == Operation::Commit && site.target == Target::Table(Table::LeadCore);
    let failing = Failing::new(move |site| {
        (core(site) && (1..40).contains(&site.number.saturating_sub(1_500))).then_some(Failure::Unavailable)
    });
    let running = house.node_on(failing.store(Arc::new(house.memory.clone()))).await.unwrap();
    running.receive_surely(lead(1), "SM1").await;
    tokio::time::sleep(HOUR).await;
    assert_eq!(house.lead(lead(1)).await.state_name(), StateName::AtRisk);
    tokio::time::sleep(60 * HOUR).await;
    assert_eq!(house.lead(lead(1)).await.state_name(), StateName::Stale);
}

#[tokio::test(start_paused = true)]
async fn lif_4_a_lead_whose_hint_was_never_written_is_told_all_the_same() {
    let house = House::new();
    let hint = |site: Site| site.operation == Operation::Put && site.target == Target::Table(Table::TimerDue);
    let failing = Failing::new(Script::nth_of(0, hint, Failure::Unavailable));
    let running = house.node_on(failing.store(Arc::new(house.memory.clone()))).await.unwrap();
    running.receive(lead(1), "SM1").await.unwrap();
    running.rested().await;
    tokio::time::sleep(HOUR).await;
    assert_eq!(house.lead(lead(1)).await.state_name(), StateName::AtRisk);
}

#[tokio::test(start_paused = true)]
async fn lif_4_buckets_behind_the_watermark_are_dropped() {
    let house = House::new();
    let running = house.node().await;
    for n in 0..10 {
        running.receive(lead(n), &format!("SM{n}")).await.unwrap();
    }
    tokio::time::sleep(30 * HOUR).await;
    running.drained().await;
    let hints = house.rows(Table::TimerDue).len();
    assert!(hints <= 30, "{hints} hints of 10 leads");
    assert_eq!(running.metrics.quarantined_leads.get(), 0);
}
