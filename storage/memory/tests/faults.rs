//! Every wrapper does what it was ordered to, and nothing else.

use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Group, InboundStream, KeyRange, Outcome, Partition, Position, Random, Settled, Store, StoreError,
    StreamError, Table, Token, Write, commit_settled,
};
use hearthline_storage_memory::{
    Limits, MemoryStore, MemoryStream, SeededRandom,
    faults::{
        Answered, Cut, CutAt, Delay, Failing, Failure, Lost, Operation, Recorder, Script, Seeded,
        SeededDelays, Slow, Target, Unknown, never,
    },
};
use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::time::{Instant, sleep};

const CONDITIONAL: Table = Table::LeadCore;
const STAMPED: Table = Table::Timeline;

fn at(table: Table) -> Partition {
    Partition { table, key: Bytes::from_static(b"p") }
}

fn put(value: u8) -> Vec<Write> {
    vec![Write::Put { key: Bytes::from_static(b"k"), value: vec![value].into() }]
}

fn commit(expected: u64) -> Commit {
    Commit {
        partition: at(CONDITIONAL),
        expected,
        token: Token(u128::from(expected) + 1),
        writes: put(expected as u8),
    }
}

fn entry(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn group() -> Group {
    Group::of(3)
}

async fn version(store: &MemoryStore) -> u64 {
    store.read(&at(CONDITIONAL), &KeyRange::all()).await.expect("memory answers").version
}

async fn has_row(store: &MemoryStore) -> bool {
    !store.read(&at(STAMPED), &KeyRange::all()).await.expect("memory answers").rows.is_empty()
}

/// Whether it has an answer now. With nothing that sleeps in between, what has none now never will.
fn answers_now<T>(future: impl Future<Output = T>) -> Option<T> {
    // Without a limit to how much is done in one turn, which would look like waiting.
    match pin!(tokio::task::unconstrained(future)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn a_cut_before_an_operation_leaves_nothing_of_it_and_nothing_after_it_answers() {
    let memory = MemoryStore::new();
    let life = Cut::new(Script::nth(1, CutAt::Before));
    let store = life.store(Arc::new(memory.clone()));
    assert_eq!(store.commit(commit(0)).await, Ok(Outcome::Applied));
    assert!(!life.is_cut());
    assert_eq!(answers_now(store.commit(commit(1))), None);
    assert!(life.is_cut());
    assert_eq!(answers_now(store.read(&at(CONDITIONAL), &KeyRange::all())), None);
    assert_eq!(answers_now(store.put(&at(STAMPED), 1, put(1))), None);
    assert_eq!(answers_now(store.clear(&at(STAMPED), &KeyRange::all())), None);
    assert_eq!(version(&memory).await, 1);
    assert!(!has_row(&memory).await);
}

#[tokio::test]
async fn a_cut_after_an_operation_leaves_it_done_and_nobody_knows() {
    let memory = MemoryStore::new();
    let life = Cut::new(Script::nth_of(0, |site| site.operation == Operation::Commit, CutAt::After));
    let store = life.store(Arc::new(memory.clone()));
    assert!(store.read(&at(CONDITIONAL), &KeyRange::all()).await.is_ok());
    assert_eq!(answers_now(store.commit(commit(0))), None);
    assert_eq!(version(&memory).await, 1);
    // The next incarnation on the same store.
    let next = Cut::new(never).store(Arc::new(memory));
    assert_eq!(next.commit(commit(1)).await, Ok(Outcome::Applied));
}

#[tokio::test]
async fn a_life_ends_for_its_store_and_its_stream_together_and_tells() {
    let (memory, stream) = (MemoryStore::new(), MemoryStream::default());
    let life = Cut::new(Script::nth_of(0, |site| site.operation == Operation::Append, CutAt::After));
    let (store, inbound) = (life.store(Arc::new(memory.clone())), life.stream(Arc::new(stream.clone())));
    let mut waiting = inbound.next(Group::of(9));
    assert!(answers_now(waiting.as_mut()).is_none());
    let mut told = pin!(life.happened());
    assert_eq!(answers_now(told.as_mut()), None);
    assert_eq!(answers_now(inbound.append(group(), entry("one"))), None);
    told.await;
    assert_eq!(answers_now(store.commit(commit(0))), None);
    // Also what waited since before the end.
    stream.append(Group::of(9), entry("nobody hears it")).await.unwrap();
    assert_eq!(answers_now(waiting), None);
    assert_eq!(stream.reopen().next(group()).await.unwrap().entry, "one");
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_at_a_cut_goes_no_further() {
    let memory = MemoryStore::new();
    let pace = |_| Some(Delay { before: Duration::from_secs(2), after: Duration::from_secs(2) });
    let life = Cut::new(never);
    let store = life.store(Slow::new(pace, sleep).store(Arc::new(memory.clone())));
    let (on_its_way, done) = (Arc::clone(&store), store);
    let done = tokio::spawn(async move { done.commit(commit(0)).await });
    sleep(Duration::from_secs(1)).await;
    let on_its_way = tokio::spawn(async move { on_its_way.put(&at(STAMPED), 1, put(1)).await });
    sleep(Duration::from_millis(1500)).await;
    life.now();
    sleep(Duration::from_secs(60)).await;
    assert_eq!((version(&memory).await, done.is_finished()), (1, false), "it was done and not answered");
    assert_eq!((has_row(&memory).await, on_its_way.is_finished()), (false, false), "it had not arrived");
}

#[tokio::test]
async fn an_operation_does_not_slip_past_a_cut_when_its_task_has_used_up_its_turn() {
    let memory = MemoryStore::new();
    let pace = |_| Some(Delay { before: Duration::ZERO, after: Duration::ZERO });
    let slow = Slow::new(pace, |_| tokio::task::yield_now()).store(Arc::new(memory.clone()));
    let life = Cut::new(never);
    let store = life.store(slow);
    let mut under_way = store.commit(commit(0));
    assert_eq!(answers_now(under_way.as_mut()), None);
    life.now();
    let context = &mut Context::from_waker(Waker::noop());
    while tokio::task::coop::has_budget_remaining() {
        assert!(pin!(tokio::task::consume_budget()).poll(context).is_ready());
    }
    assert!(under_way.as_mut().poll(context).is_pending());
    assert_eq!(version(&memory).await, 0);
}

/// What a process does with its storage, one thing after the other.
async fn work(store: Arc<dyn Store>, stream: Arc<dyn InboundStream>) {
    for n in 0..4 {
        let position = stream.append(group(), entry("work")).await.expect("no failure is planned");
        assert_eq!(stream.next(group()).await.expect("no failure is planned").position, position);
        assert_eq!(store.commit(commit(n)).await, Ok(Outcome::Applied));
        store.put(&at(STAMPED), n, put(n as u8)).await.expect("no failure is planned");
        stream.acknowledge(group(), position).await.expect("no failure is planned");
    }
}

#[tokio::test]
async fn a_process_can_be_cut_on_both_sides_of_every_operation() {
    let mut found = Vec::new();
    for number in 0..20 {
        for side in [CutAt::Before, CutAt::After] {
            let (memory, stream) = (MemoryStore::new(), MemoryStream::default());
            let life = Cut::new(Script::nth(number, side));
            let work = work(life.store(Arc::new(memory.clone())), life.stream(Arc::new(stream.clone())));
            assert_eq!(answers_now(work), None, "{side:?} operation {number}");
            found.push((version(&memory).await, memory.dump().len(), stream.backlog()));
        }
    }
    // Each round appends, is given, commits, puts and acknowledges: nothing is skipped, nothing comes twice.
    let round = |n: u64| {
        let rows = |n: u64| (n.min(1) * 2) as usize;
        let (start, appended) = ((n, rows(n), 0), (n, rows(n), 1));
        let (committed, put) = ((n + 1, rows(n).max(1), 1), (n + 1, 2, 1));
        let done = (n + 1, 2, 0);
        [start, appended, appended, appended, appended, committed, committed, put, put, done]
    };
    assert_eq!(found, (0..4).flat_map(round).collect::<Vec<_>>());
    let (memory, stream) = (MemoryStore::new(), MemoryStream::default());
    let life = Cut::new(Script::nth(20, CutAt::Before));
    work(life.store(Arc::new(memory.clone())), life.stream(Arc::new(stream))).await;
    assert_eq!(version(&memory).await, 4);
}

#[tokio::test]
async fn an_unknown_commit_was_applied_or_was_not_and_reading_back_tells() {
    for (lost, version_after) in [(Lost::Answer, 1), (Lost::Request, 0)] {
        let memory = MemoryStore::new();
        let store = Unknown::new(Script::nth(0, lost)).store(Arc::new(memory.clone()));
        assert_eq!(store.commit(commit(0)).await, Ok(Outcome::Unknown));
        assert_eq!(version(&memory).await, version_after, "{lost:?}");
        let again = MemoryStore::new();
        let store = Unknown::new(Script::nth(0, lost)).store(Arc::new(again.clone()));
        assert_eq!(commit_settled(store.as_ref(), commit(0)).await, Ok(Settled::Applied), "{lost:?}");
        assert_eq!(version(&again).await, 1);
    }
}

#[tokio::test]
async fn an_unknown_commit_that_somebody_else_overtook_is_a_conflict() {
    let memory = MemoryStore::new();
    assert_eq!(memory.commit(Commit { token: Token(77), ..commit(0) }).await, Ok(Outcome::Applied));
    let store = Unknown::new(Script::nth(0, Lost::Answer)).store(Arc::new(memory));
    assert_eq!(commit_settled(store.as_ref(), commit(0)).await, Ok(Settled::Conflict { version: 1 }));
}

#[tokio::test]
async fn misuse_is_told_even_when_the_request_is_lost() {
    let store = Unknown::new(|_| Some(Lost::Request)).store(Arc::new(MemoryStore::new()));
    let answer = store.commit(Commit { token: Token::NONE, ..commit(0) }).await;
    assert!(matches!(answer, Err(StoreError::Misuse(_))), "{answer:?}");
}

#[tokio::test]
async fn a_failed_commit_did_not_happen_and_a_failed_put_may_have() {
    for (failure, put_happens) in
        [(Failure::Unavailable, false), (Failure::Late, true), (Failure::Full, false)]
    {
        let memory = MemoryStore::new();
        let store = Failing::new(move |_| Some(failure)).store(Arc::new(memory.clone()));
        let error = store.commit(commit(0)).await.unwrap_err();
        assert_eq!(matches!(error, StoreError::Full(_)), failure == Failure::Full);
        assert!(error.is_retryable());
        assert_eq!(version(&memory).await, 0);
        assert!(store.put(&at(STAMPED), 1, put(1)).await.is_err());
        assert_eq!(has_row(&memory).await, put_happens, "{failure:?}");
        let read = store.read(&at(CONDITIONAL), &KeyRange::all()).await;
        assert_eq!(read.is_ok(), failure == Failure::Full, "a full store can be read");
    }
}

#[tokio::test]
async fn a_failed_append_may_have_been_taken_and_a_failed_next_loses_nothing() {
    for (failure, taken) in [(Failure::Unavailable, 0), (Failure::Late, 1), (Failure::Full, 0)] {
        let memory = MemoryStream::default();
        let stream = Failing::new(Script::nth(0, failure)).stream(Arc::new(memory.clone()));
        let error = stream.append(group(), entry("one")).await.unwrap_err();
        assert_eq!(matches!(error, StreamError::Full(_)), failure == Failure::Full);
        assert_eq!(memory.backlog(), taken, "{failure:?}");
    }
    let stream = Failing::new(Script::nth_of(0, |site| site.operation == Operation::Next, Failure::Late))
        .stream(Arc::new(MemoryStream::default()));
    stream.append(group(), entry("one")).await.unwrap();
    assert!(stream.next(group()).await.is_err());
    assert_eq!(stream.next(group()).await.unwrap().entry, "one");
}

#[tokio::test]
async fn an_acknowledgement_that_failed_or_was_forgotten_brings_the_entry_again() {
    let memory = MemoryStream::default();
    let stream = Failing::new(Script::nth_of(
        0,
        |site| site.operation == Operation::Acknowledge,
        Failure::Unavailable,
    ))
    .stream(Arc::new(memory.clone()));
    for text in ["one", "two", "three"] {
        let position = stream.append(group(), entry(text)).await.unwrap();
        stream.next(group()).await.unwrap();
        assert_eq!(stream.acknowledge(group(), position).await.is_err(), text == "one");
    }
    assert_eq!(memory.backlog(), 1);
    let again = memory.reopen_forgetting(|_, position| position == Position(2));
    assert_eq!(again.backlog(), 2);
    assert_eq!(again.next(group()).await.unwrap().entry, "one");
    assert_eq!(again.next(group()).await.unwrap().entry, "three");
    assert_eq!(answers_now(again.next(group())), None);
    // A crash forgets only what is not durable yet: the second restart remembers.
    assert_eq!(again.reopen_forgetting(|_, _| true).backlog(), 2);
}

#[tokio::test]
async fn an_arrival_wakes_the_new_session_though_one_of_a_dead_process_still_waits() {
    let memory = MemoryStream::default();
    let mut of_the_dead = memory.next(group());
    assert!(answers_now(of_the_dead.as_mut()).is_none());
    let alive = memory.reopen();
    let waiting = tokio::spawn(async move { alive.next(group()).await });
    tokio::task::yield_now().await;
    memory.append(group(), entry("one")).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().entry, "one");
    drop(of_the_dead);
}

#[tokio::test]
async fn a_dump_shows_what_waits_and_what_could_come_again() {
    let memory = MemoryStream::default();
    for text in ["one", "two"] {
        memory.append(group(), entry(text)).await.unwrap();
    }
    memory.append(Group::of(0), entry("zero")).await.unwrap();
    memory.acknowledge(group(), Position(0)).await.unwrap();
    let texts =
        |stream: &MemoryStream| -> Vec<_> { stream.dump().into_iter().map(|(.., entry)| entry).collect() };
    assert_eq!(texts(&memory), ["zero", "one", "two"]);
    assert_eq!(texts(&memory.reopen()), ["zero", "two"]);
}

#[tokio::test]
async fn forgotten_acknowledgements_take_their_room_again() {
    let memory = MemoryStream::new(Limits { total_bytes: 10, entry_bytes: 10 });
    let position = memory.append(group(), entry("0123456789")).await.unwrap();
    assert!(matches!(memory.append(group(), entry("x")).await, Err(StreamError::Full(_))));
    memory.acknowledge(group(), position).await.unwrap();
    let again = memory.reopen_forgetting(|_, _| true);
    assert!(matches!(again.append(group(), entry("x")).await, Err(StreamError::Full(_))));
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_takes_its_time_on_both_ways() {
    let memory = MemoryStore::new();
    let pace = |_| Some(Delay { before: Duration::from_secs(2), after: Duration::from_secs(3) });
    let store = Slow::new(pace, sleep).store(Arc::new(memory.clone()));
    let start = Instant::now();
    let asked = tokio::spawn(async move { store.commit(commit(0)).await });
    sleep(Duration::from_millis(1999)).await;
    assert_eq!(version(&memory).await, 0);
    sleep(Duration::from_millis(2)).await;
    assert_eq!((version(&memory).await, asked.is_finished()), (1, false));
    assert_eq!(asked.await.unwrap(), Ok(Outcome::Applied));
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn seeded_delays_let_operations_overtake_each_other_and_replay() {
    async fn order(seed: u64) -> Vec<u64> {
        let delays = SeededDelays::new(seed, Duration::from_secs(1));
        let store = Slow::new(delays, sleep).store(Arc::new(MemoryStore::new()));
        let order = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let puts = (0..20).map(|n| {
            let (store, order) = (Arc::clone(&store), Arc::clone(&order));
            tokio::spawn(async move {
                store.put(&at(STAMPED), n, put(1)).await.unwrap();
                order.lock().push(n);
            })
        });
        for put in puts.collect::<Vec<_>>() {
            put.await.unwrap();
        }
        order.lock().clone()
    }
    let first = order(1).await;
    assert!(!first.is_sorted());
    assert_eq!(first, order(1).await);
    assert_ne!(first, order(2).await);
}

#[tokio::test]
async fn a_trace_differs_by_everything_that_was_asked_or_answered() {
    async fn trace(change: usize) -> u64 {
        let (recorder, memory) = (Recorder::new(0), MemoryStore::new());
        if change == 1 {
            assert_eq!(memory.commit(commit(0)).await, Ok(Outcome::Applied));
        }
        let elsewhere = at(Table::InboundClaim);
        if change == 11 {
            let commit = Commit { partition: elsewhere.clone(), ..commit(0) };
            assert_eq!(memory.commit(commit).await, Ok(Outcome::Applied));
        }
        let (store, stream) =
            (recorder.store(Arc::new(memory)), recorder.stream(Arc::new(MemoryStream::default())));
        let token = Token(if change == 2 { 9 } else { 1 });
        let writes = put(u8::from(change == 3));
        let _ = store.commit(Commit { token, writes, ..commit(0) }).await.unwrap();
        store.put(&at(STAMPED), u64::from(change == 4), put(1)).await.unwrap();
        store.read(&elsewhere, &KeyRange::all()).await.unwrap();
        let limit = if change == 5 { 1 } else { 2 };
        store.read(&at(STAMPED), &KeyRange::all().limit(limit)).await.unwrap();
        let table = if change == 6 { STAMPED } else { Table::Directory };
        let key = entry(if change == 10 { "q" } else { "p" });
        store.clear(&Partition { table, key }, &KeyRange::all()).await.unwrap();
        let text = if change == 7 { "two" } else { "one" };
        let to = Group::of(u64::from(change == 8));
        let position = stream.append(to, entry(text)).await.unwrap();
        stream.next(to).await.unwrap();
        if change != 9 {
            stream.acknowledge(to, position).await.unwrap();
        }
        recorder.trace()
    }
    let mut traces = Vec::new();
    for change in 0..12 {
        assert_eq!(trace(change).await, trace(change).await);
        traces.push(trace(change).await);
    }
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), 12, "every change shows");
}

#[tokio::test]
async fn a_recorder_counts_what_was_answered_and_shows_no_content() {
    const PLANTED: &str = "zanzibar";
    let recorder = Recorder::new(3);
    let life = Cut::new(Script::nth(4, CutAt::After));
    let unknown = Unknown::new(Script::nth(1, Lost::Answer)).store(Arc::new(MemoryStore::new()));
    let store = recorder.store(life.store(unknown));
    let writes = vec![Write::Put { key: entry(PLANTED), value: entry(PLANTED) }];
    let planted = |expected| Commit { writes: writes.clone(), ..commit(expected) };
    assert_eq!(store.commit(planted(0)).await, Ok(Outcome::Applied));
    assert_eq!(store.commit(planted(1)).await, Ok(Outcome::Unknown));
    assert_eq!(store.commit(planted(1)).await, Ok(Outcome::Conflict { version: 2 }));
    assert!(store.put(&at(CONDITIONAL), 1, put(1)).await.is_err());
    assert_eq!(answers_now(store.commit(planted(2))), None);
    let target = Target::Table(CONDITIONAL);
    let counted = recorder.tally().into_iter().collect::<Vec<_>>();
    let wanted = [
        ((Operation::Commit, target, Answered::Done), 1),
        ((Operation::Commit, target, Answered::Conflict), 1),
        ((Operation::Commit, target, Answered::Unknown), 1),
        ((Operation::Put, target, Answered::Failed), 1),
    ];
    assert_eq!(counted, wanted);
    assert_eq!(recorder.count(), 4);
    let latest = recorder.latest();
    assert_eq!(latest.iter().map(|record| record.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(!format!("{latest:?}").contains(PLANTED));
}

/// A small world: incarnations of a process that counts to 30 on storage with every fault, until one of them is done.
async fn count_to_30(seed: u64) -> (u64, usize) {
    let (memory, mut session) = (MemoryStore::new(), MemoryStream::default());
    let (recorder, random) = (Recorder::new(0), Arc::new(SeededRandom::new(seed)));
    let mut lives = 0;
    while version(&memory).await < 30 {
        lives += 1;
        let plan_seed = seed.wrapping_mul(1_000_003).wrapping_add(lives as u64);
        let slow = Slow::new(SeededDelays::new(plan_seed, Duration::from_millis(50)), sleep);
        let lost =
            Seeded::new(plan_seed).with(0.2, |_| true, Lost::Answer).with(0.2, |_| true, Lost::Request);
        let failing = Failing::new(
            Seeded::new(plan_seed)
                .with(0.1, |_| true, Failure::Unavailable)
                .with(0.1, |_| true, Failure::Late)
                .with(0.1, |_| true, Failure::Full),
        );
        let cuts = Seeded::new(plan_seed).with(0.02, |_| true, CutAt::Before).with(
            0.02,
            |site| site.operation.is_write(),
            CutAt::After,
        );
        let life = Cut::new(cuts);
        let inner = Unknown::new(lost).store(slow.store(Arc::new(memory.clone())));
        let store = recorder.store(life.store(failing.store(inner)));
        let stream = recorder.stream(life.stream(failing.stream(slow.stream(Arc::new(session.clone())))));
        let process = tokio::spawn(count(store, stream, Arc::clone(&random)));
        let mut process = pin!(process);
        let mut cut = pin!(life.happened());
        std::future::poll_fn(|context| match cut.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => process.as_mut().poll(context).map(|ended| ended.expect("it counted right")),
        })
        .await;
        session = session.reopen_forgetting(|_, position| position.0 % 3 == 0);
    }
    assert_eq!(version(&memory).await, 30);
    (recorder.trace(), lives)
}

/// Counts on from what is stored: each number is one commit, whatever becomes of the answers.
async fn count(store: Arc<dyn Store>, stream: Arc<dyn InboundStream>, random: Arc<SeededRandom>) {
    loop {
        let Ok(slice) = store.read(&at(CONDITIONAL), &KeyRange::all()).await else { continue };
        let counted = slice.rows.first().map_or(0, |row| u64::from(row.value[0]));
        assert_eq!(counted, slice.version, "nothing is lost and nothing happens twice");
        if counted == 30 {
            return;
        }
        let _ = stream.append(group(), entry("count")).await;
        let writes = put(counted as u8 + 1);
        let commit = Commit { partition: at(CONDITIONAL), expected: counted, token: random.token(), writes };
        let _ = commit_settled(store.as_ref(), commit).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_seed_replays_a_world_of_crashes_and_lost_answers() {
    let (mut traces, mut all_lives) = (Vec::new(), 0);
    for seed in 0..20 {
        let (trace, lives) = count_to_30(seed).await;
        assert_eq!((trace, lives), count_to_30(seed).await, "seed {seed}");
        traces.push(trace);
        all_lives += lives;
    }
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), 20, "seeds differ");
    assert!(all_lives > 40, "{all_lives} lives in 20 worlds: processes died");
}
