//! Leads that leave memory and come back, in one process and in the next.

use hearthline_actors::Answer;
use hearthline_engine::lead::StateName;
use hearthline_storage_api::{Store, Table};
use hearthline_storage_memory::faults::{Cut, CutAt, Failing, Failure, Operation, Script, Site, Target};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::house::{House, OWNER, lead};

fn is(site: Site, operation: Operation, table: Table) -> bool {
    site.operation == operation && site.target == Target::Table(table)
}

#[tokio::test(start_paused = true)]
async fn row_11_a_lead_without_work_leaves_memory_and_comes_back_as_it_was() {
    let house = House::new();
    let running = house.node().await;
    assert_eq!(
        running.receive(lead(1), "SM1").await.unwrap(),
        Answer::Applied { version: 1, offset: None, made: None }
    );
    running.drained().await;
    assert_eq!(house.rows(Table::HotLead).len(), 1, "a lead in memory has its hot row");
    assert_eq!(running.metrics.hot_leads.get(), 1);

    running.rested().await;
    assert!(house.rows(Table::HotLead).is_empty(), "a lead at rest has none");
    assert!(running.node.leads().observe(lead(1)).await.is_none());
    let stored = house.stored(lead(1)).await;
    assert!(stored.journal.is_empty() && stored.row.pending.is_empty() && stored.row.recent.is_empty());

    assert_eq!(running.receive(lead(1), "SM1").await.unwrap(), Answer::Duplicate, "ING-8");
    assert!(matches!(running.receive(lead(1), "SM2").await.unwrap(), Answer::Applied { .. }));
    assert_eq!(house.messages(lead(1)).await, 2);
    assert_eq!(running.cards(OWNER).await.len(), 1);
    assert_eq!(running.node.leads().observe(lead(1)).await.unwrap().state, Some(StateName::New));
}

#[tokio::test(start_paused = true)]
async fn row_8_effects_of_a_process_that_died_are_finished_by_the_next_without_being_asked() {
    for table in [Table::Timeline, Table::Deck, Table::TimerDue, Table::Directory, Table::InboundClaim] {
        let house = House::new();
        let operation = match table {
            Table::Deck | Table::InboundClaim => Operation::Commit,
            _ => Operation::Put,
        };
        // The claim is committed first by whoever brings the message.
        let nth = u64::from(table == Table::InboundClaim);
        let cut = Cut::new(Script::nth_of(nth, move |site| is(site, operation, table), CutAt::Before));
        let first = house.node_on(cut.store(Arc::new(house.memory.clone()))).await.unwrap();
        assert!(first.receive(lead(1), "SM1").await.is_ok(), "{table:?}");
        cut.happened().await;

        let second = house.node().await;
        second.drained().await;
        assert_eq!(second.cards(OWNER).await.len(), 1, "{table:?}");
        assert_eq!(house.messages(lead(1)).await, 1, "{table:?}");
        second.rested().await;
        assert!(house.rows(Table::HotLead).is_empty(), "{table:?}");
        let stored = house.stored(lead(1)).await;
        assert!(stored.journal.is_empty() && stored.row.pending.is_empty(), "{table:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn row_11_a_hot_row_whose_deletion_was_done_and_refused_stands_again_before_the_next_commit() {
    let house = House::new();
    let refused =
        Failing::new(Script::nth_of(1, |site| is(site, Operation::Put, Table::HotLead), Failure::Late));
    let cut = Cut::new(|_: Site| None::<CutAt>);
    let store = cut.store(refused.store(Arc::new(house.memory.clone())));
    let first = house.node_on(store).await.unwrap();
    first.receive(lead(1), "SM1").await.unwrap();
    first.drained().await;
    while !house.rows(Table::HotLead).is_empty() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    first.receive(lead(1), "SM2").await.unwrap();
    cut.now();
    assert_eq!(house.rows(Table::HotLead).len(), 1, "whoever comes next must find the lead");
    let second = house.node().await;
    second.drained().await;
    assert!(house.stored(lead(1)).await.row.recent.len() <= 1);
    second.rested().await;
    assert!(house.stored(lead(1)).await.journal.is_empty());
}

#[tokio::test(start_paused = true)]
async fn row_11_a_hot_row_that_no_commit_followed_goes_with_its_lead() {
    let house = House::new();
    let away = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&away);
    let failing = Failing::new(move |site: Site| {
        (flag.load(Ordering::Relaxed) && is(site, Operation::Commit, Table::LeadCore))
            .then_some(Failure::Unavailable)
    });
    let running = house.node_on(failing.store(Arc::new(house.memory.clone()))).await.unwrap();
    running.receive(lead(1), "SM1").await.unwrap();
    running.rested().await;
    away.store(true, Ordering::Relaxed);
    assert!(running.receive(lead(1), "SM2").await.is_err());
    assert_eq!(house.rows(Table::HotLead).len(), 1);
    away.store(false, Ordering::Relaxed);
    running.rested().await;
    assert!(house.rows(Table::HotLead).is_empty());
}

#[tokio::test(start_paused = true)]
async fn row_8_a_lead_that_lost_its_memory_stays_until_its_effects_are_carried_out() {
    let house = House::new();
    let away = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&away);
    // From the commit's lost answer on, nothing of the lead can be read for a while.
    let lost = hearthline_storage_memory::faults::Unknown::new(move |site: Site| {
        let hit = is(site, Operation::Commit, Table::LeadCore) && !flag.swap(true, Ordering::Relaxed);
        hit.then_some(hearthline_storage_memory::faults::Lost::Answer)
    });
    let flag = Arc::clone(&away);
    let failing = Failing::new(move |site: Site| {
        (flag.load(Ordering::Relaxed) && is(site, Operation::Read, Table::LeadCore))
            .then_some(Failure::Unavailable)
    });
    let store: Arc<dyn Store> = failing.store(lost.store(Arc::new(house.memory.clone())));
    let running = house.node_on(store).await.unwrap();
    assert!(running.receive(lead(1), "SM1").await.is_err(), "nobody can say whether it was committed");
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(running.metrics.hot_leads.get(), 1, "its effects are its own to finish");
    away.store(false, Ordering::Relaxed);
    // The script has fired: reads work again, and nobody asks the lead for anything.
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(running.cards(OWNER).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn lif_4_a_start_counts_every_effect_that_hundreds_of_hot_leads_left() {
    const LEADS: u128 = 400;
    let house = House::new();
    let failing =
        Failing::new(|site: Site| is(site, Operation::Put, Table::Timeline).then_some(Failure::Unavailable));
    let first = house.node_on(failing.store(Arc::new(house.memory.clone()))).await.unwrap();
    for n in 0..LEADS {
        first.receive(lead(n), &format!("SM{n}")).await.unwrap();
    }
    assert!(first.metrics.outbox_backlog.get() >= 400);
    first.node.stop();

    // A store on which every read takes half a second: a start takes a while, and is right when it answers.
    let slow = hearthline_storage_memory::faults::Slow::new(
        |site: Site| {
            is(site, Operation::Read, Table::LeadCore).then_some(hearthline_storage_memory::faults::Delay {
                before: Duration::from_millis(500),
                after: Duration::ZERO,
            })
        },
        tokio::time::sleep,
    );
    let second = house.node_on(slow.store(Arc::new(house.memory.clone()))).await.unwrap();
    assert!(second.metrics.hot_leads.get() >= 400);
    second.drained().await;
    second.rested().await;
    assert!(house.rows(Table::HotLead).is_empty());
    for n in [0, 17, 399] {
        assert!(house.stored(lead(n)).await.journal.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_failed_leaves_no_actor_behind() {
    let house = House::new();
    let before = house.node().await;
    for n in 0..20 {
        before.receive(lead(n), &format!("SM{n}")).await.unwrap();
    }
    before.node.stop();
    let reads = AtomicU64::new(0);
    let failing = Failing::new(move |site: Site| {
        let read = is(site, Operation::Read, Table::LeadCore);
        (read && reads.fetch_add(1, Ordering::Relaxed) >= 5).then_some(Failure::Unavailable)
    });
    let metrics = Arc::new(hearthline_actors::Metrics::default());
    let started = house.node_with(failing.store(Arc::new(house.memory.clone())), Arc::clone(&metrics)).await;
    assert!(started.is_err());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(metrics.hot_leads.get(), 0, "leads of a node that does not run must not write");
}
