//! Making, finding and sharing keys.

use hearthline_sealing::{MasterKey, StoredKeyring};
use hearthline_storage_api::{
    Commit, DataKey, KeyError, KeyRange, KeySpace, Keyring, Outcome, Partition, Purpose, Store, Table, Token,
    Write,
};
use hearthline_storage_memory::{
    MemoryStore, SeededRandom,
    faults::{
        Answered, Cut, CutAt, Delay, Failing, Failure, Lost, Operation, Recorder, Script, SeededDelays, Site,
        Slow, Target, Unknown,
    },
};
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;

use crate::{ends_now, lead, open, same, tenant, try_open};

/// One of each kind.
async fn all_keys(keyring: &StoredKeyring) -> Result<Vec<Arc<dyn DataKey>>, KeyError> {
    Ok(vec![
        keyring.tenant_key(tenant(1), Purpose::Administration).await?,
        keyring.tenant_key(tenant(1), Purpose::Lookup).await?,
        keyring.tenant_key(tenant(1), Purpose::DeadLetter).await?,
        keyring.tenant_key(tenant(2), Purpose::Lookup).await?,
        keyring.ingest_key(tenant(1), 20_000).await?,
        keyring.ingest_key(tenant(1), 20_001).await?,
        keyring.lead_key(tenant(1), lead(1)).await?,
        keyring.lead_key(tenant(1), lead(2)).await?,
        keyring.lead_key(tenant(2), lead(1)).await?,
        keyring.deployment_key("users"),
    ])
}

#[tokio::test]
async fn prv_5_every_tenant_purpose_day_and_lead_has_a_key_of_its_own() {
    let keys = all_keys(&open(&MemoryStore::new(), 1).await).await.unwrap();
    for (n, one) in keys.iter().enumerate() {
        for (m, other) in keys.iter().enumerate() {
            assert_eq!(same(one, other), n == m, "{n} and {m}");
        }
    }
}

#[tokio::test]
async fn keys_are_found_again_by_another_process() {
    let memory = MemoryStore::new();
    let before = all_keys(&open(&memory, 1).await).await.unwrap();
    let after = all_keys(&open(&memory, 2).await).await.unwrap();
    assert!(before.iter().zip(&after).all(|(before, after)| same(before, after)));
    assert!(memory.dump().iter().all(|(partition, _)| partition.table.key_space() == KeySpace::Keys));
}

#[tokio::test]
async fn a_key_in_memory_asks_the_store_for_nothing() {
    let recorder = Recorder::new(0);
    let keyring = try_open(recorder.store(Arc::new(MemoryStore::new())), 1).await.unwrap();
    let first = keyring.lead_key(tenant(1), lead(1)).await.unwrap();
    let asked = recorder.count();
    let second = keyring.lead_key(tenant(1), lead(1)).await.unwrap();
    assert!(same(&first, &second));
    assert_eq!(recorder.count(), asked);
    // Another lead of the tenant needs its own key and not the tenant's again.
    keyring.lead_key(tenant(1), lead(2)).await.unwrap();
    assert_eq!(recorder.count(), asked + 2, "a read and a commit");
}

#[tokio::test(start_paused = true)]
async fn many_requests_for_one_key_share_one_load() {
    let recorder = Recorder::new(0);
    let pace = |_| Some(Delay { before: Duration::from_millis(5), after: Duration::from_millis(5) });
    let slow = Slow::new(pace, sleep).store(Arc::new(MemoryStore::new()));
    let keyring = Arc::new(try_open(recorder.store(slow), 1).await.unwrap());
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let keyring = Arc::clone(&keyring);
            tokio::spawn(async move { keyring.lead_key(tenant(1), lead(1)).await.unwrap() })
        })
        .collect();
    let mut keys = Vec::new();
    for request in requests {
        keys.push(request.await.unwrap());
    }
    assert!(keys.iter().all(|key| same(key, &keys[0])));
    let tally = recorder.tally();
    let asked = |operation| tally[&(operation, Target::Table(Table::LeadKey), Answered::Done)];
    assert_eq!((asked(Operation::Read), asked(Operation::Commit)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_given_up_holds_nobody_up() {
    let pace = |_| Some(Delay { before: Duration::from_millis(5), after: Duration::from_millis(5) });
    let keyring = try_open(Slow::new(pace, sleep).store(Arc::new(MemoryStore::new())), 1).await.unwrap();
    {
        let mut given_up = pin!(keyring.lead_key(tenant(1), lead(1)));
        assert!(!ends_now(given_up.as_mut()));
        sleep(Duration::from_millis(1)).await;
    }
    assert!(keyring.lead_key(tenant(1), lead(1)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn of_two_makers_the_first_wins_and_the_other_adopts() {
    for seed in 0..50 {
        let memory = MemoryStore::new();
        let slow = |seed| {
            let delays = SeededDelays::new(seed, Duration::from_millis(10));
            Slow::new(delays, sleep).store(Arc::new(memory.clone()))
        };
        let race = |seed| {
            let store = slow(seed);
            tokio::spawn(async move { all_keys(&try_open(store, seed).await?).await })
        };
        let racers = [race(seed * 3), race(seed * 3 + 1), race(seed * 3 + 2)];
        let mut found = Vec::new();
        for racer in racers {
            found.push(racer.await.unwrap().unwrap());
        }
        found.push(all_keys(&open(&memory, 1000).await).await.unwrap());
        for keys in &found[1..] {
            assert!(keys.iter().zip(&found[0]).all(|(one, other)| same(one, other)), "seed {seed}");
        }
    }
}

#[tokio::test]
async fn a_wrong_master_key_is_told_at_the_start_and_writes_nothing() {
    let memory = MemoryStore::new();
    open(&memory, 1).await.lead_key(tenant(1), lead(1)).await.unwrap();
    let before = memory.dump();
    let wrong = MasterKey::from_bytes([0x12; 32]);
    let random = Arc::new(SeededRandom::new(2));
    let error = StoredKeyring::open(Arc::new(memory.clone()), wrong, random).await.unwrap_err();
    assert_eq!(error, KeyError::Wrapped);
    assert!(error.to_string().contains("is this the right master key?"), "{error}");
    assert_eq!(memory.dump(), before);
}

#[tokio::test]
async fn prv_5_a_wrapped_key_that_was_changed_or_moved_does_not_open() {
    let memory = MemoryStore::new();
    let keyring = open(&memory, 1).await;
    keyring.lead_key(tenant(1), lead(1)).await.unwrap();
    let at = |n: u8| Partition {
        table: Table::LeadKey,
        key: [*tenant(1).as_bytes(), *lead(n).as_bytes()].concat().into(),
    };
    let row = memory.read(&at(1), &KeyRange::all()).await.unwrap().rows.remove(0);
    let write = |to: Partition, expected, value: Vec<u8>| {
        let writes = vec![Write::Put { key: row.key.clone(), value: value.into() }];
        let memory = memory.clone();
        async move { memory.commit(Commit { partition: to, expected, token: Token(1), writes }).await }
    };
    // Another lead's place.
    assert_eq!(write(at(2), 0, row.value.to_vec()).await, Ok(Outcome::Applied));
    assert_eq!(keyring.lead_key(tenant(1), lead(2)).await.err(), Some(KeyError::Wrapped));
    // One bit.
    let mut changed = row.value.to_vec();
    changed[20] ^= 1;
    assert_eq!(write(at(1), 1, changed).await, Ok(Outcome::Applied));
    let restarted = open(&memory, 2).await;
    assert_eq!(restarted.lead_key(tenant(1), lead(1)).await.err(), Some(KeyError::Wrapped));
    // A partition that was written and holds nothing.
    let nothing = Commit { partition: at(3), expected: 0, token: Token(1), writes: vec![] };
    assert_eq!(memory.commit(nothing).await, Ok(Outcome::Applied));
    let error = restarted.lead_key(tenant(1), lead(3)).await.err().unwrap();
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[tokio::test]
async fn an_unknown_answer_is_read_back_whichever_way_it_went() {
    for lost in [Lost::Answer, Lost::Request] {
        let memory = MemoryStore::new();
        // Every other commit: if the request was lost, the next attempt arrives.
        let every_other = move |site: Site| site.number.is_multiple_of(2).then_some(lost);
        let unknown = Unknown::new(every_other).store(Arc::new(memory.clone()));
        let keys = all_keys(&try_open(unknown, 1).await.unwrap()).await.unwrap();
        let again = all_keys(&open(&memory, 2).await).await.unwrap();
        assert!(keys.iter().zip(&again).all(|(one, other)| same(one, other)), "{lost:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_not_durable_is_not_handed_out() {
    let memory = MemoryStore::new();
    let away = Arc::new(AtomicBool::new(false));
    let plan = {
        let away = Arc::clone(&away);
        move |_| away.load(Ordering::Relaxed).then_some(Failure::Unavailable)
    };
    let keyring = try_open(Failing::new(plan).store(Arc::new(memory.clone())), 1).await.unwrap();
    let before = keyring.lead_key(tenant(1), lead(1)).await.unwrap();
    away.store(true, Ordering::Relaxed);
    let error = keyring.lead_key(tenant(1), lead(2)).await.err().unwrap();
    assert!(matches!(&error, KeyError::Store(away) if away.is_retryable()), "{error}");
    assert!(
        same(&before, &keyring.lead_key(tenant(1), lead(1)).await.unwrap()),
        "what is in memory is there"
    );
    away.store(false, Ordering::Relaxed);
    let key = keyring.lead_key(tenant(1), lead(2)).await.unwrap();
    let found = open(&memory, 2).await.lead_key(tenant(1), lead(2)).await.unwrap();
    assert!(same(&key, &found));
}

#[tokio::test]
async fn a_key_of_which_nobody_knows_whether_it_is_durable_is_not_handed_out() {
    let memory = MemoryStore::new();
    let lossy = Arc::new(AtomicBool::new(false));
    let plan = {
        let lossy = Arc::clone(&lossy);
        move |_| lossy.load(Ordering::Relaxed).then_some(Lost::Request)
    };
    let keyring = try_open(Unknown::new(plan).store(Arc::new(memory.clone())), 1).await.unwrap();
    lossy.store(true, Ordering::Relaxed);
    let error = keyring.tenant_key(tenant(1), Purpose::Lookup).await.err().unwrap();
    assert!(matches!(&error, KeyError::Store(error) if error.is_retryable()), "{error}");
    lossy.store(false, Ordering::Relaxed);
    let key = keyring.tenant_key(tenant(1), Purpose::Lookup).await.unwrap();
    assert!(same(&key, &open(&memory, 2).await.tenant_key(tenant(1), Purpose::Lookup).await.unwrap()));
}

#[tokio::test]
async fn a_crash_on_either_side_of_every_operation_leaves_one_key_for_all_who_come_after() {
    let mut cuts = 0;
    for number in 0.. {
        let mut over = false;
        for side in [CutAt::Before, CutAt::After] {
            let memory = MemoryStore::new();
            let life = Cut::new(Script::nth(number, side));
            let store = life.store(Arc::new(memory.clone()));
            let work = async { all_keys(&try_open(store, 1).await.unwrap()).await.unwrap() };
            over = ends_now(work);
            cuts += u32::from(life.is_cut());
            let first = all_keys(&open(&memory, 2).await).await.unwrap();
            let second = all_keys(&open(&memory, 3).await).await.unwrap();
            assert!(first.iter().zip(&second).all(|(one, other)| same(one, other)), "{side:?} {number}");
        }
        if over {
            break;
        }
    }
    // The check, two wrapping keys and nine more, each read and committed, on both sides.
    assert_eq!(cuts, 12 * 2 * 2);
}

#[tokio::test]
async fn the_same_seed_makes_the_same_keys() {
    let dump = |seed| async move {
        let memory = MemoryStore::new();
        all_keys(&open(&memory, seed).await).await.unwrap();
        memory.dump()
    };
    assert_eq!(dump(1).await, dump(1).await);
    assert_ne!(dump(1).await, dump(2).await);
}
