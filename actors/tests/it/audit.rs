//! The audit log: every change of a lead stands in it once, whatever dies or lies in between.

use hearthline_actors::{Entry, Reading};
use hearthline_engine::{
    audit::{Actor, Field, Subject},
    ids::TeamId,
};
use hearthline_storage_api::{
    Keyring, Store, Table,
    rows::audit::{AuditFilter, EntryRow, list, open_detail, verify},
};
use hearthline_storage_memory::faults::{Cut, CutAt, Lost, Operation, Script, Site, Target, Unknown};
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

use crate::house::{House, OWNER, TEAM, TENANT, lead};

/// All entries that fit, the oldest first.
pub async fn entries(house: &House, filter: &AuditFilter) -> Vec<EntryRow> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = list(&house.memory, TENANT, filter, after, 7).await.unwrap();
        found.extend(page.entries.into_iter().map(|(_, row)| row));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    found.reverse();
    found
}

pub async fn assert_whole(house: &House, keyring: &dyn Keyring) {
    let verified = verify(&house.memory, keyring, TENANT, None).await.unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
}

fn of_lead(n: u128) -> AuditFilter {
    AuditFilter { subject: Some(Subject::Lead(lead(n).lead)), ..AuditFilter::default() }
}

#[tokio::test(start_paused = true)]
async fn prv_4_every_commit_of_a_lead_is_recorded_once_with_who_did_what() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    let card = running.cards(OWNER).await.remove(&lead(1).lead).unwrap();
    running.done(lead(1), 1, &card).await.unwrap();
    running.drained().await;

    let found = entries(&house, &of_lead(1)).await;
    let said: Vec<(&str, Actor)> = found.iter().map(|row| (row.action.as_ref(), row.actor)).collect();
    let expected = [
        ("lead.created", Actor::Client),
        ("message.received", Actor::Client),
        ("card.done", Actor::User(OWNER)),
    ];
    assert_eq!(said, expected);
    let keyring = running.keyring();
    let created = open_detail(&*keyring, TENANT, &found[0]).await.unwrap().unwrap();
    let identity = found[0].fields.iter().position(|name| name == "identity").unwrap();
    assert_eq!(created.values[identity], "+16465550101");
    assert_whole(&house, &*keyring).await;
    let clear: Vec<u8> = house.rows(Table::Audit).into_iter().flat_map(|row| row.value.to_vec()).collect();
    assert!(!String::from_utf8_lossy(&clear).contains("6465550101"), "values are sealed");
}

#[tokio::test(start_paused = true)]
async fn prv_4_a_deadline_is_the_clocks_deed_whoever_comes_next() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(3_000)).await;
    running.drained().await;
    let found = entries(&house, &of_lead(1)).await;
    let last = found.last().unwrap();
    assert_eq!((last.action.as_ref(), last.actor), ("lead.state_changed", Actor::Clock));
}

fn is_audit(site: Site) -> bool {
    site.operation == Operation::Commit && site.target == Target::Table(Table::Audit)
}

#[tokio::test(start_paused = true)]
async fn prv_4_a_process_that_dies_at_any_write_of_the_log_leaves_each_change_recorded_once() {
    // Writes 0 and 2 are the chain's, 1 and 3 the register's.
    for nth in 0..4 {
        for at in [CutAt::Before, CutAt::After] {
            let house = House::new();
            let cut = Cut::new(Script::nth_of(nth, is_audit, at));
            let first = house.node_on(cut.store(Arc::new(house.memory.clone()))).await.unwrap();
            first.receive(lead(1), "SM1").await.unwrap();
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            if nth >= 2 {
                let _ =
                    tokio::time::timeout(std::time::Duration::from_secs(1), first.receive(lead(1), "SM2"))
                        .await;
            }
            cut.happened().await;

            let second = house.node().await;
            second.drained().await;
            let found = entries(&house, &of_lead(1)).await;
            let origins: BTreeSet<_> = found.iter().map(|row| row.origin).collect();
            assert_eq!(origins.len(), found.len(), "cut {at:?} write {nth}: something is recorded twice");
            assert_eq!(found.len(), if nth < 2 { 2 } else { 3 }, "cut {at:?} write {nth}");
            assert_whole(&house, &*second.keyring()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn prv_4_lost_answers_double_nothing_and_fork_no_chain() {
    let house = House::new();
    let both_ways = |site: Site| match site.number % 3 {
        _ if !is_audit(site) => None,
        0 => Some(Lost::Answer),
        1 => Some(Lost::Request),
        _ => None,
    };
    let unknown = Unknown::new(both_ways);
    let store: Arc<dyn Store> = unknown.store(Arc::new(house.memory.clone()));
    let running = house.node_on(store).await.unwrap();
    for n in 0..20 {
        running.receive(lead(n), &format!("SM{n}")).await.unwrap();
    }
    running.drained().await;
    let found = entries(&house, &AuditFilter::default()).await;
    assert_eq!(found.len(), 40);
    assert_whole(&house, &*running.keyring()).await;
}

#[tokio::test(start_paused = true)]
async fn prv_4_two_processes_that_both_write_make_one_chain() {
    let house = House::new();
    let (old, new) = (house.node().await, house.node().await);
    for n in 0..40_u32 {
        let field = Field::new("n", n);
        let entry = Entry::new(Actor::User(OWNER), Subject::Team(TEAM), "team.test").fields([field]);
        // Whoever meets the other one too often says so; then its callers go to the other one.
        if n % 2 == 0 || old.node.audit().record(TENANT, entry.clone()).await.is_err() {
            new.node.audit().record(TENANT, entry).await.unwrap();
        }
    }
    let found = entries(&house, &AuditFilter::default()).await;
    assert_eq!(found.len(), 40);
    assert!(found.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq));
    assert_whole(&house, &*new.keyring()).await;
}

#[tokio::test(start_paused = true)]
async fn prv_4_an_operation_that_is_repeated_is_recorded_once() {
    let house = House::new();
    let running = house.node().await;
    let team = Subject::Team(TeamId(Uuid::from_u128(9)));
    let operation = Uuid::parse_str("0199e0b0-0000-7000-8000-000000000001").unwrap();
    for _ in 0..3 {
        let entry = Entry::new(Actor::System, team, "team.created").once(operation);
        running.node.audit().record(TENANT, entry).await.unwrap();
    }
    assert_eq!(entries(&house, &AuditFilter::default()).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn prv_4_derived_readings_are_recorded_in_batches_with_their_count() {
    let house = House::new();
    let running = house.node().await;
    let reading = Reading {
        tenant: TENANT,
        reader: OWNER,
        subject: Subject::Lead(lead(1).lead),
        action: "lead.read",
        query: None,
    };
    for _ in 0..1_000 {
        running.node.audit().saw(reading.clone()).unwrap();
    }
    assert!(entries(&house, &of_lead(1)).await.is_empty(), "nothing is written for each of them");
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let found = entries(&house, &of_lead(1)).await;
    assert_eq!(found.len(), 1);
    let detail = open_detail(&*running.keyring(), TENANT, &found[0]).await.unwrap().unwrap();
    assert_eq!(detail.values[0], "1000");
    running.node.audit().saw(reading).unwrap();
    running.node.audit().flush().await.unwrap();
    assert_eq!(entries(&house, &of_lead(1)).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn prv_4_the_log_is_listed_newest_first_through_pages_of_any_size() {
    let house = House::new();
    let running = house.node().await;
    for n in 0..30 {
        running.receive(lead(n), &format!("SM{n}")).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    running.drained().await;
    let whole = list(&house.memory, TENANT, &AuditFilter::default(), None, 1_000).await.unwrap();
    assert_eq!((whole.entries.len(), whole.next), (60, None));
    assert!(whole.entries.windows(2).all(|pair| pair[0].0 > pair[1].0), "newest first");
    let pieces = entries(&house, &AuditFilter::default()).await;
    let whole: Vec<EntryRow> = whole.entries.into_iter().map(|(_, row)| row).rev().collect();
    assert_eq!(pieces, whole);
    let received = AuditFilter { actions: vec!["message.".to_owned()], ..AuditFilter::default() };
    assert_eq!(entries(&house, &received).await.len(), 30);
    let to = AuditFilter { to: Some(whole[20].at), ..AuditFilter::default() };
    assert!(entries(&house, &to).await.iter().all(|row| row.at < whole[20].at));
}
