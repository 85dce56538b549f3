//! Erasure: a destroyed key never comes back.

use hearthline_storage_api::{KeyError, Keyring, Purpose, Table};
use hearthline_storage_memory::{
    MemoryStore,
    faults::{
        Cut, CutAt, Failing, Failure, Lost, Operation, Script, Seeded, SeededDelays, Site, Slow, Target,
        Unknown, never,
    },
};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

use crate::{binding, ends_now, lead, open, same, tenant, try_open};

/// Keys in the table that a site is about.
fn of_leads(site: Site) -> bool {
    site.target == Target::Table(Table::LeadKey)
}

#[tokio::test]
async fn prv_5_a_destroyed_lead_key_is_gone_for_good() {
    let memory = MemoryStore::new();
    let keyring = open(&memory, 1).await;
    let key = keyring.lead_key(tenant(1), lead(1)).await.unwrap();
    let sealed = key.seal(binding(), b"words");
    let other = keyring.lead_key(tenant(1), lead(2)).await.unwrap();
    let wrapped = memory.dump();
    keyring.destroy_lead_key(tenant(1), lead(1)).await.unwrap();
    // Nothing of the wrapped key is left in the store, and nobody gets another under its name.
    let rows = memory.dump();
    let gone: Vec<_> = wrapped.iter().filter(|row| !rows.contains(row)).collect();
    assert_eq!(gone.len(), 1);
    assert!(rows.iter().all(|(_, row)| row.value != gone[0].1.value));
    for keyring in [&keyring, &open(&memory, 2).await] {
        assert_eq!(keyring.lead_key(tenant(1), lead(1)).await.err(), Some(KeyError::Gone));
        assert!(same(&other, &keyring.lead_key(tenant(1), lead(2)).await.unwrap()));
        let next = keyring.lead_key(tenant(2), lead(1)).await.unwrap();
        assert!(next.open(binding(), &sealed).is_err());
    }
    assert_eq!(key.open(binding(), &sealed).unwrap().as_slice(), b"words", "who holds it must let go");
}

#[tokio::test]
async fn prv_5_a_destroyed_ingest_key_is_gone_and_other_days_stay() {
    let memory = MemoryStore::new();
    let keyring = open(&memory, 1).await;
    let today = keyring.ingest_key(tenant(1), 20_001).await.unwrap();
    keyring.ingest_key(tenant(1), 20_000).await.unwrap();
    keyring.destroy_ingest_key(tenant(1), 20_000).await.unwrap();
    for keyring in [&keyring, &open(&memory, 2).await] {
        assert_eq!(keyring.ingest_key(tenant(1), 20_000).await.err(), Some(KeyError::Gone));
        assert!(same(&today, &keyring.ingest_key(tenant(1), 20_001).await.unwrap()));
        assert!(keyring.ingest_key(tenant(2), 20_000).await.is_ok());
        assert!(keyring.tenant_key(tenant(1), Purpose::Lookup).await.is_ok());
    }
}

#[tokio::test]
async fn destroying_twice_or_what_never_was_does_no_harm_and_is_final() {
    let memory = MemoryStore::new();
    let keyring = open(&memory, 1).await;
    for _ in 0..3 {
        keyring.destroy_lead_key(tenant(1), lead(1)).await.unwrap();
        assert_eq!(keyring.lead_key(tenant(1), lead(1)).await.err(), Some(KeyError::Gone));
    }
}

#[tokio::test]
async fn prv_5_destroying_is_certain_when_it_answers_whatever_was_lost_or_failed_on_the_way() {
    for seed in 0..50 {
        let memory = MemoryStore::new();
        open(&memory, 1).await.lead_key(tenant(1), lead(1)).await.unwrap();
        let lost = Seeded::new(seed).with(0.3, |_| true, Lost::Answer).with(0.3, |_| true, Lost::Request);
        let failing = Seeded::new(seed).with(0.3, of_leads, Failure::Unavailable);
        let unknown = Unknown::new(lost).store(Arc::new(memory.clone()));
        let keyring = try_open(Failing::new(failing).store(unknown), seed).await.unwrap();
        while let Err(error) = keyring.destroy_lead_key(tenant(1), lead(1)).await {
            assert!(matches!(error, KeyError::Store(_)), "{error}");
        }
        let found = open(&memory, 2).await.lead_key(tenant(1), lead(1)).await.err();
        assert_eq!(found, Some(KeyError::Gone), "seed {seed}");
    }
}

#[tokio::test]
async fn a_crash_while_destroying_leaves_the_key_or_its_mark() {
    for number in 0..2 {
        for side in [CutAt::Before, CutAt::After] {
            let memory = MemoryStore::new();
            let before = open(&memory, 1).await.lead_key(tenant(1), lead(1)).await.unwrap();
            let life = Cut::new(Script::nth_of(number, of_leads, side));
            let keyring = try_open(life.store(Arc::new(memory.clone())), 2).await.unwrap();
            assert!(!ends_now(keyring.destroy_lead_key(tenant(1), lead(1))));
            let after = open(&memory, 3).await.lead_key(tenant(1), lead(1)).await;
            match after {
                Ok(after) => assert!(same(&before, &after), "{side:?} {number}"),
                Err(error) => assert_eq!((error, number, side), (KeyError::Gone, 1, CutAt::After)),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn prv_5_a_load_that_races_with_destroying_does_not_bring_the_key_back() {
    for seed in 0..100 {
        let memory = MemoryStore::new();
        open(&memory, 1).await.lead_key(tenant(1), lead(1)).await.unwrap();
        let slow = Slow::new(SeededDelays::new(seed, Duration::from_millis(10)), sleep);
        let store = Cut::new(never).store(slow.store(Arc::new(memory.clone())));
        let keyring = Arc::new(try_open(store, 2).await.unwrap());
        let loads: Vec<_> = (0..3)
            .map(|n| {
                let keyring = Arc::clone(&keyring);
                tokio::spawn(async move {
                    sleep(Duration::from_millis(n * 10)).await;
                    keyring.lead_key(tenant(1), lead(1)).await.err()
                })
            })
            .collect();
        sleep(Duration::from_millis(seed % 40)).await;
        keyring.destroy_lead_key(tenant(1), lead(1)).await.unwrap();
        let after = keyring.lead_key(tenant(1), lead(1)).await.err();
        assert_eq!(after, Some(KeyError::Gone), "seed {seed}");
        for load in loads {
            let error = load.await.unwrap();
            assert!(matches!(error, None | Some(KeyError::Gone)), "seed {seed}: {error:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn prv_5_making_and_destroying_in_two_processes_at_once_ends_destroyed() {
    for seed in 0..100 {
        let memory = MemoryStore::new();
        let process = |seed| {
            let slow = Slow::new(SeededDelays::new(seed, Duration::from_millis(10)), sleep);
            try_open(slow.store(Arc::new(memory.clone())), seed)
        };
        let (maker, destroyer) = (process(seed * 2).await.unwrap(), process(seed * 2 + 1).await.unwrap());
        let making = tokio::spawn(async move { maker.lead_key(tenant(1), lead(1)).await.err() });
        while destroyer.destroy_lead_key(tenant(1), lead(1)).await.is_err() {}
        let error = making.await.unwrap();
        assert!(matches!(error, None | Some(KeyError::Gone | KeyError::Store(_))), "{error:?}");
        let found = open(&memory, 1000).await.lead_key(tenant(1), lead(1)).await.err();
        assert_eq!(found, Some(KeyError::Gone), "seed {seed}");
    }
}

#[tokio::test]
async fn a_failed_destroying_leaves_nothing_in_memory() {
    let memory = MemoryStore::new();
    let commits = |site: Site| of_leads(site) && site.operation == Operation::Commit;
    let failing = Failing::new(Script::nth_of(1, commits, Failure::Full)).store(Arc::new(memory.clone()));
    let keyring = try_open(failing, 1).await.unwrap();
    keyring.lead_key(tenant(1), lead(1)).await.unwrap();
    assert!(keyring.destroy_lead_key(tenant(1), lead(1)).await.is_err());
    // Destroyed elsewhere meanwhile: this process asks the store and learns.
    open(&memory, 2).await.destroy_lead_key(tenant(1), lead(1)).await.unwrap();
    assert_eq!(keyring.lead_key(tenant(1), lead(1)).await.err(), Some(KeyError::Gone));
}
