//! Commits and claims, many at once, while every tenth request is lost on its way and every tenth answer on its way back.

use bytes::Bytes;
use futures::future::join_all;
use hearthline_storage_api::{
    Commit, KeyRange, Partition, Settled, Store, Table, Token, Write, commit_settled, keys::KeyWriter,
};
use hearthline_storage_memory::faults::{Lost, Seeded, Unknown};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use crate::{
    cluster::open,
    history::{Learned, Span, check},
};

/// Leads that are written to, by so many at once, so often each. A turn looks and commits.
const LEADS: u64 = 24;
const WRITERS: u64 = 4;
const TURNS: u64 = 75;
/// Messages that are claimed, each by so many at once. A claim looks twice and commits once.
const MESSAGES: u64 = 500;
const CLAIMANTS: u64 = 6;
/// Issue 3: "at least 20,000 concurrent operations".
const OPERATIONS: u64 = 20_000;

/// A store that forgets, and how often it was asked.
#[derive(Clone)]
struct Forgetful {
    store: Arc<dyn Store>,
    asked: Arc<AtomicU64>,
}

static TOKENS: AtomicU64 = AtomicU64::new(1);

fn token() -> Token {
    Token(u128::from(TOKENS.fetch_add(1, Ordering::Relaxed)))
}

fn place(table: Table, number: u64) -> Partition {
    Partition { table, key: KeyWriter::new().fixed(b"linearizable").number(number).finish() }
}

impl Forgetful {
    async fn open(seed: u64) -> Self {
        let plan = Seeded::new(seed).with(0.1, |_| true, Lost::Request).with(0.1, |_| true, Lost::Answer);
        Self { store: Unknown::new(plan).store(open().await), asked: Arc::default() }
    }

    async fn look(&self, at: &Partition) -> (Span, u64) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let called = Instant::now();
        let slice = self.store.read(at, &KeyRange::all().limit(1)).await.expect("the server answers");
        (Span { called, answered: Instant::now() }, slice.version)
    }

    /// Commits a row under the next version's number: whoever is overtaken finds out by it.
    async fn commit(&self, at: &Partition, expected: u64) -> (Span, Option<Learned>) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let (token, row) = (token(), Bytes::copy_from_slice(&(expected + 1).to_be_bytes()));
        let value = Bytes::copy_from_slice(&token.0.to_be_bytes());
        let writes = vec![Write::Put { key: row.clone(), value: value.clone() }];
        let commit = Commit { partition: at.clone(), expected, token, writes };
        let called = Instant::now();
        let settled = commit_settled(&*self.store, commit).await.expect("nothing is refused");
        let made = Learned::Made { version: expected + 1, token };
        let learned = match settled {
            Settled::Applied => Some(made),
            Settled::Conflict { version } => Some(Learned::Saw { version }),
            Settled::Unresolved(_) => {
                let own = self.store.read(at, &KeyRange::exactly(&row)).await.expect("the server answers");
                own.rows.first().is_some_and(|row| row.value == value).then_some(made)
            }
        };
        (Span { called, answered: Instant::now() }, learned)
    }

    /// The tokens of all versions, by the rows that they left.
    async fn tokens(&self, at: &Partition) -> Vec<Token> {
        let slice = self.store.read(at, &KeyRange::all()).await.expect("the server answers");
        assert_eq!(slice.version, slice.rows.len() as u64, "each version left one row");
        let token = |value: &Bytes| Token(u128::from_be_bytes(value.as_ref().try_into().expect("16 bytes")));
        slice.rows.iter().map(|row| token(&row.value)).collect()
    }
}

async fn leads(store: &Forgetful) -> u64 {
    let tasks = (0..LEADS).map(|lead| {
        let store = store.clone();
        tokio::spawn(async move {
            let at = place(Table::LeadCore, lead);
            let history = Mutex::new(Vec::new());
            join_all((0..WRITERS).map(|_| async {
                for _ in 0..TURNS {
                    let (span, version) = store.look(&at).await;
                    let (asked, learned) = store.commit(&at, version).await;
                    let mut history = history.lock().expect("nobody panics with it");
                    history.push((span, Learned::Saw { version }));
                    history.extend(learned.map(|learned| (asked, learned)));
                }
            }))
            .await;
            let history = history.into_inner().expect("nobody panicked with it");
            let tokens = store.tokens(&at).await;
            check(&history, &tokens).unwrap_or_else(|wrong| panic!("lead {lead}: {wrong}"));
            tokens.len() as u64
        })
    });
    join_all(tasks).await.into_iter().map(|versions| versions.expect("no panic")).sum()
}

/// Whoever claims a message first has it, and everybody learns who that is.
async fn claims(store: &Forgetful) {
    for messages in (0..MESSAGES).collect::<Vec<_>>().chunks(10) {
        join_all(messages.iter().copied().map(|message| async move {
            let at = place(Table::InboundClaim, message);
            let history = Mutex::new(Vec::new());
            let winners = join_all((0..CLAIMANTS).map(|_| async {
                let (asked, learned) = store.commit(&at, 0).await;
                let (span, version) = store.look(&at).await;
                let mut history = history.lock().expect("nobody panics with it");
                history.extend(learned.map(|learned| (asked, learned)));
                history.push((span, Learned::Saw { version }));
                matches!(learned, Some(Learned::Made { .. }))
            }));
            let winners = winners.await.into_iter().filter(|won| *won).count();
            let tokens = store.tokens(&at).await;
            check(&history.into_inner().expect("no panic"), &tokens)
                .unwrap_or_else(|wrong| panic!("message {message}: {wrong}"));
            // A commit that was given up as unresolved after four lost requests was never made.
            assert_eq!((winners, tokens.len()), (1, 1), "message {message}");
        }))
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_order_explains_twenty_thousand_commits_claims_and_looks_with_a_fifth_of_the_answers_lost() {
    let store = Forgetful::open(7).await;
    let versions = leads(&store).await;
    claims(&store).await;
    let asked = store.asked.load(Ordering::Relaxed);
    println!("{asked} operations, {versions} versions of {LEADS} leads, {MESSAGES} claims");
    assert!(asked >= OPERATIONS, "{asked} operations");
    assert!(versions > LEADS * TURNS / 2, "most turns made a version");
}
