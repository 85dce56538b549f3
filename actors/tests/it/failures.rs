//! Leads that fail, and everybody else who does not notice.

use hearthline_actors::{Answer, Ask, AskError};
use hearthline_storage_api::Table;
use std::time::Duration;

use crate::house::{House, OWNER, Running, TEAM, lead};

/// Fails a lead so often; its book panics over its team whenever it drains.
async fn fail(running: &Running, times: usize) {
    for n in 0..times {
        let before = running.metrics.lead_failures.get();
        let _ = running.receive(lead(1), &format!("SM-failing-{n}")).await;
        while running.metrics.lead_failures.get() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lead_that_keeps_failing_is_held_apart_and_nobody_else_notices() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.receive(lead(2), "SM1").await.unwrap();
    running.drained().await;
    house.team.panics.lock().insert(TEAM);
    fail(&running, 5).await;
    house.team.panics.lock().clear();

    assert_eq!(running.metrics.quarantined_leads.get(), 1);
    assert!(matches!(running.receive(lead(1), "SM2").await, Err(AskError::Quarantined)));
    assert!(matches!(running.receive(lead(2), "SM2").await, Ok(Answer::Applied { .. })));

    // It gets another chance, by itself, and finishes what it had begun.
    tokio::time::sleep(Duration::from_secs(660)).await;
    assert_eq!(running.metrics.quarantined_leads.get(), 0);
    running.drained().await;
    assert!(matches!(running.receive(lead(1), "SM3").await, Ok(Answer::Applied { .. })));
    assert_eq!(running.cards(OWNER).await.len(), 2);
    running.rested().await;
    assert_eq!(running.metrics.outbox_backlog.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_gauges_come_back_to_nothing_whenever_a_quarantine_ends() {
    for offset_ms in (0..5_000).step_by(250) {
        let house = House::new();
        let running = house.node().await;
        running.receive(lead(1), "SM1").await.unwrap();
        running.drained().await;
        tokio::time::sleep(Duration::from_millis(offset_ms)).await;
        house.team.panics.lock().insert(TEAM);
        fail(&running, 5).await;
        house.team.panics.lock().clear();
        tokio::time::sleep(Duration::from_secs(1_500)).await;
        assert_eq!(running.metrics.quarantined_leads.get(), 0, "{offset_ms} ms");
        assert_eq!(running.metrics.outbox_backlog.get(), 0, "{offset_ms} ms");
        assert_eq!(running.metrics.hot_leads.get(), 0, "{offset_ms} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lead_that_failed_once_starts_again_and_finishes_its_effects() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.drained().await;
    house.team.panics.lock().insert(TEAM);
    fail(&running, 1).await;
    house.team.panics.lock().clear();
    running.drained().await;
    assert_eq!(running.metrics.quarantined_leads.get(), 0);
    assert!(matches!(running.receive(lead(1), "SM2").await, Ok(Answer::Applied { .. })));
    running.rested().await;
    assert!(house.stored(lead(1)).await.journal.is_empty());
}

#[tokio::test(start_paused = true)]
async fn row_6_what_a_lead_commits_after_it_failed_in_rest_is_found_by_the_next_start() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.rested().await;
    // It fails over a question that changes nothing: its hot row is away, and nobody can know.
    house.team.panics.lock().insert(TEAM);
    let before = running.metrics.lead_failures.get();
    let _ = running.node.leads().ask(lead(1), Ask::FollowRules).await;
    while running.metrics.lead_failures.get() == before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    house.team.panics.lock().clear();
    tokio::time::sleep(Duration::from_secs(5)).await;
    running.receive(lead(1), "SM2").await.unwrap();
    assert_eq!(house.rows(Table::HotLead).len(), 1, "a start finds what was committed");
}
