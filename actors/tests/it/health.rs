//! Health of connections (ING-12): what was seen is asked for at once, written every few seconds, added up over nodes, and
//! kept while the store is away; and whose entries wait in the stream.

use hearthline_actors::{Clock, HealthBook, HealthPorts, Metrics};
use hearthline_engine::{
    health::{Health, Seen, Sent},
    ids::ConnectionId,
    time::Timestamp,
};
use hearthline_sealing::{MasterKey, StoredKeyring};
use hearthline_storage_api::{
    Group, KeyRange, Keyring, Partition, Random, Store, Table, rows::inbound::InboundEntry,
};
use hearthline_storage_memory::{
    MemoryStore, MemoryStream, SeededRandom,
    faults::{Failing, Failure, Operation, Site},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use uuid::Uuid;

use crate::house::{House, TENANT};

const ONE: ConnectionId = ConnectionId(Uuid::from_u128(0x41));
const TWO: ConnectionId = ConnectionId(Uuid::from_u128(0x42));

/// What a node has, on a store that a test chose.
async fn book_on(house: &House, store: Arc<dyn Store>, stream: MemoryStream, seed: u64) -> HealthBook {
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(seed));
    let memory: Arc<dyn Store> = Arc::new(house.memory.clone());
    let keyring = StoredKeyring::open(memory, MasterKey::from_bytes([7; 32]), Arc::clone(&random)).await;
    HealthBook::new(HealthPorts {
        store,
        keyring: Arc::new(keyring.unwrap()),
        random,
        clock: Arc::clone(&house.clock) as Arc<dyn Clock>,
        stream: Arc::new(stream),
        metrics: Arc::new(Metrics::default()),
    })
}

async fn book(house: &House, seed: u64) -> HealthBook {
    book_on(house, Arc::new(house.memory.clone()), MemoryStream::default(), seed).await
}

fn refused() -> Seen {
    Seen::Sent(Sent::Refused { code: Some("planted-131026".to_owned()) })
}

async fn row(memory: &MemoryStore, connection: ConnectionId) -> Option<Vec<u8>> {
    let key = connection.as_bytes().to_vec().into();
    let partition = Partition { table: Table::ConnectionHealth, key };
    let slice = memory.read(&partition, &KeyRange::all()).await.unwrap();
    slice.rows.first().map(|row| row.value.to_vec())
}

#[tokio::test(start_paused = true)]
async fn ing_12_what_was_seen_is_told_at_once_and_durable_sealed_after_a_few_seconds() {
    let house = House::new();
    let seen = Arc::new(book(&house, 1).await);
    seen.note(TENANT, ONE, Seen::Received);
    seen.note(TENANT, ONE, refused());
    assert_eq!(seen.of(TENANT, ONE).await.unwrap().received.count, 1);
    assert_eq!(seen.of(TENANT, TWO).await.unwrap(), Health::default());
    assert_eq!(row(&house.memory, ONE).await, None, "nobody writes for every request");

    let writing = seen.start();
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let stored = row(&house.memory, ONE).await.expect("a row");
    assert!(memchr(&stored, b"planted-131026").is_none(), "it is sealed");
    let after = book(&house, 2).await.of(TENANT, ONE).await.unwrap();
    assert_eq!((after.received.count, after.failed.count), (1, 1));
    assert_eq!(seen.of(TENANT, ONE).await.unwrap(), after, "in the row now, and counted once");
    writing.abort();
}

fn memchr(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|part| part == word)
}

#[tokio::test(start_paused = true)]
async fn ing_12_what_two_nodes_see_adds_up_and_nothing_is_lost_between_them() {
    let house = House::new();
    let (one, two) = (book(&house, 1).await, book(&house, 2).await);
    for round in 0..20_u64 {
        one.note(TENANT, ONE, Seen::Received);
        two.note(TENANT, ONE, Seen::Received);
        two.note(TENANT, TWO, Seen::Sent(Sent::Accepted));
        let (first, second) = tokio::join!(one.flush(), two.flush());
        first.and(second).unwrap();
        let known = one.of(TENANT, ONE).await.unwrap();
        assert_eq!(known.received.count, 2 * (round + 1));
    }
    assert_eq!(one.of(TENANT, TWO).await.unwrap().accepted.count, 20);
}

#[tokio::test(start_paused = true)]
async fn ing_12_while_the_store_is_away_it_is_gathered_and_nobody_waits() {
    let house = House::new();
    let away = Arc::new(AtomicBool::new(true));
    let gone = Arc::clone(&away);
    let failing = Failing::new(move |site: Site| {
        (site.operation == Operation::Commit && gone.load(Ordering::SeqCst)).then_some(Failure::Unavailable)
    });
    let store = failing.store(Arc::new(house.memory.clone()));
    let book = book_on(&house, store, MemoryStream::default(), 1).await;
    for n in 0..3_u64 {
        book.note(TENANT, ONE, refused());
        assert!(book.flush().await.is_err());
        assert_eq!(book.of(TENANT, ONE).await.unwrap().failed.count, n + 1, "still told");
    }
    away.store(false, Ordering::SeqCst);
    book.flush().await.unwrap();
    assert_eq!(book.of(TENANT, ONE).await.unwrap().failed.count, 3);
    assert!(row(&house.memory, ONE).await.is_some());
}

/// An entry of a connection, as a hook would append it.
async fn entry(house: &House, connection: ConnectionId, at: Timestamp) -> (Group, bytes::Bytes) {
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(9));
    let store: Arc<dyn Store> = Arc::new(house.memory.clone());
    let keyring = StoredKeyring::open(store, MasterKey::from_bytes([7; 32]), random).await.unwrap();
    let key = keyring.ingest_key(TENANT, InboundEntry::day_of(at)).await.unwrap();
    let entry = InboundEntry::seal(&*key, TENANT, connection, at, b"From=%2B14155550100");
    (InboundEntry::group(TENANT, connection), entry.encode())
}

fn waiting(book: &HealthBook, connection: ConnectionId) -> (u64, Option<Timestamp>, bool) {
    let backlog = book.backlog(TENANT, connection);
    (backlog.waiting, backlog.since, backlog.exact)
}

#[tokio::test(start_paused = true)]
async fn ing_12_whose_entries_wait_in_the_stream_is_known_over_a_restart() {
    let house = House::new();
    let (memory, at) = (MemoryStream::default(), house.clock.now());
    let store: Arc<dyn Store> = Arc::new(house.memory.clone());
    let before = book_on(&house, Arc::clone(&store), memory.clone(), 1).await;
    let stream = before.stream();
    let (group, bytes) = entry(&house, ONE, at).await;
    let (other_group, other) = entry(&house, TWO, at.plus_millis(5)).await;
    for _ in 0..3 {
        stream.append(group, bytes.clone()).await.unwrap();
    }
    stream.append(other_group, other).await.unwrap();
    assert_eq!(waiting(&before, ONE), (3, None, true), "nobody has looked at one yet");
    let first = stream.next(group).await.unwrap();
    assert_eq!(waiting(&before, ONE), (3, Some(at), true));
    stream.acknowledge(group, first.position).await.unwrap();
    assert_eq!((waiting(&before, ONE).0, waiting(&before, TWO).0), (2, 1));

    // Another process: what is left is known to be somebody's as it is delivered.
    let after = book_on(&house, store, memory.reopen(), 2).await;
    let stream = after.stream();
    assert_eq!(waiting(&after, ONE), (0, None, false));
    stream.append(group, bytes).await.unwrap();
    assert_eq!(waiting(&after, ONE), (1, None, false), "of at least");
    let mut given = Vec::new();
    for _ in 0..3 {
        given.push(stream.next(group).await.unwrap().position);
    }
    assert_eq!(waiting(&after, ONE), (3, Some(at), true), "two that were left, and the new one");
    for position in given {
        stream.acknowledge(group, position).await.unwrap();
    }
    assert_eq!(waiting(&after, ONE), (0, None, true));
    assert_eq!(stream.backlog(), 1);
}
