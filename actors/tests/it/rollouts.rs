//! Changed rules reach every lead (LIF-2), whoever dies meanwhile.

use hearthline_engine::{
    lead::StateName,
    rules::{Share, TeamRules},
    time::Seconds,
};
use hearthline_storage_api::{Table, rows::rollout};
use hearthline_storage_memory::faults::{Cut, CutAt, Operation, Script, Site, Target};
use std::{sync::Arc, time::Duration};

use crate::house::{House, TEAM, TENANT, lead};

fn rules(version: u64, first_contact: u32, stale_after: u32) -> TeamRules {
    let share = Share::from_permille(500).unwrap();
    let mut rules = TeamRules::new(Seconds(first_contact), Seconds(stale_after), share).unwrap();
    rules.version = version;
    rules
}

/// As the API does it: noted, then made durable.
async fn change(house: &House, rules: TeamRules) {
    rollout::begin(&house.memory, TENANT, TEAM, rules.version).await.unwrap();
    house.team.facts.lock().rules = rules;
}

#[tokio::test(start_paused = true)]
async fn lif_2_shorter_windows_make_leads_at_rest_overdue_at_once() {
    let house = House::new();
    let running = house.node().await;
    for n in 0..70 {
        running.receive(lead(n), &format!("SM{n}")).await.unwrap();
    }
    running.rested().await;
    change(&house, rules(2, 10, 20)).await;
    running.node.roll_out(TENANT, TEAM).await.unwrap();
    for n in 0..70 {
        let lead = house.lead(lead(n)).await;
        assert_eq!((lead.rules.version, lead.state_name()), (2, StateName::Stale));
    }
    assert!(house.rows(Table::Rollout).is_empty());
}

#[tokio::test(start_paused = true)]
async fn lif_2_a_rollout_that_died_half_way_is_finished_by_the_next_process() {
    for nth in [0, 1, 7, 30, 49] {
        let house = House::new();
        let before = house.node().await;
        for n in 0..50 {
            before.receive(lead(n), &format!("SM{n}")).await.unwrap();
        }
        before.rested().await;
        before.node.stop();
        let core =
            |site: Site| site.operation == Operation::Commit && site.target == Target::Table(Table::LeadCore);
        let cut = Cut::new(Script::nth_of(nth, core, CutAt::Before));
        let first = house.node_on(cut.store(Arc::new(house.memory.clone()))).await.unwrap();
        change(&house, rules(2, 600, 100_000)).await;
        tokio::select! {
            biased;
            () = cut.happened() => {}
            done = first.node.roll_out(TENANT, TEAM) => panic!("{done:?}"),
        }
        assert_eq!(house.rows(Table::Rollout).len(), 1, "{nth}: the note stays");

        let second = house.node().await;
        second.node.finish_rollouts().await.unwrap();
        for n in 0..50 {
            assert_eq!(house.lead(lead(n)).await.rules.version, 2, "{nth}: lead {n}");
        }
        assert!(house.rows(Table::Rollout).is_empty(), "{nth}");
    }
}

#[tokio::test(start_paused = true)]
async fn lif_2_a_lead_that_comes_in_during_a_rollout_follows_the_new_rules() {
    let house = House::new();
    let running = house.node().await;
    // It was placed under the old rules, and the rules change before it is listed.
    let placed = running.receive(lead(1), "SM1");
    change(&house, rules(2, 600, 100_000)).await;
    placed.await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(house.lead(lead(1)).await.rules.version, 2);
}

#[tokio::test(start_paused = true)]
async fn lif_2_an_older_rollout_that_ends_late_does_not_take_off_the_note_of_a_newer_one() {
    let house = House::new();
    let running = house.node().await;
    change(&house, rules(2, 600, 100_000)).await;
    change(&house, rules(3, 700, 100_000)).await;
    rollout::finish(&house.memory, TENANT, TEAM, 2).await.unwrap();
    assert_eq!(house.rows(Table::Rollout).len(), 1);
    running.node.finish_rollouts().await.unwrap();
    assert!(house.rows(Table::Rollout).is_empty());
}
