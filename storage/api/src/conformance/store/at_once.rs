//! What holds when many write and read at the same moment.

use super::{CONDITIONAL, Checked, Hand, STAMPED, delete, partition, put, row};
use crate::{
    Commit, KeyRange, Outcome, Partition, Settled, StoreError, Token, Write, commit_settled,
    conformance::StoreSubject,
};
use std::future::Future;
use tokio::task::JoinHandle;

/// Everything that tasks found, in the order of the tasks.
async fn all_of<T>(tasks: Vec<JoinHandle<Result<T, StoreError>>>) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    for task in tasks {
        found.push(task.await.expect("a task does not panic")?);
    }
    Ok(found)
}

fn at_once<T: Send + 'static, F>(count: u64, task: impl Fn(u64) -> F) -> Vec<JoinHandle<F::Output>>
where
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    (0..count).map(|n| tokio::spawn(task(n))).collect()
}

pub async fn of_many_inserts_at_once_exactly_one_wins(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    for round in 0..20_u64 {
        let at = partition(CONDITIONAL, &round.to_be_bytes());
        let tasks = at_once(16, |n| {
            let (hand, at) = (hand.clone(), at.clone());
            async move { insert(&hand, &at, n).await }
        });
        let won = all_of(tasks).await?;
        let winners: Vec<_> = (0_u64..).zip(won).filter_map(|(n, won)| won.then_some(n)).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let slice = hand.all(&at).await?;
        let rows = vec![row(b"who", &winners[0].to_be_bytes())];
        assert_eq!((slice.version, slice.rows), (1, rows), "round {round}");
    }
    Ok(())
}

async fn insert(hand: &Hand, at: &Partition, who: u64) -> Result<bool, StoreError> {
    let writes = vec![put(b"who", &who.to_be_bytes())];
    let commit = Commit { partition: at.clone(), expected: 0, token: hand.token(), writes };
    match commit_settled(hand.store.as_ref(), commit).await? {
        Settled::Applied => Ok(true),
        Settled::Conflict { version } => {
            assert_eq!(version, 1, "nobody commits twice");
            Ok(false)
        }
        Settled::Unresolved(error) => Err(error),
    }
}

pub async fn increments_at_once_lose_nothing(subject: &dyn StoreSubject) -> Checked {
    const TASKS: u64 = 8;
    const EACH: u64 = 40;
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"counter"));
    let tasks = at_once(TASKS, |_| {
        let (hand, at) = (hand.clone(), at.clone());
        async move {
            let mut reached = Vec::new();
            for _ in 0..EACH {
                reached.push(increment(&hand, &at).await?);
            }
            assert!(reached.is_sorted(), "who counts on sees a higher number");
            Ok(reached)
        }
    });
    let mut reached = all_of(tasks).await?.concat();
    reached.sort_unstable();
    assert!(reached.into_iter().eq(1..=TASKS * EACH), "every number was reached by one increment");
    let slice = hand.all(&at).await?;
    let last = slice.rows.last().map(|row| (row.key.as_ref(), number(&row.value)));
    assert_eq!((slice.version, last), (TASKS * EACH, Some((COUNT, TASKS * EACH))));
    assert_eq!(slice.rows.len() as u64, TASKS * EACH + 1, "each increment left its own row");
    Ok(())
}

/// Behind the rows that increments leave, which are named by their numbers.
const COUNT: &[u8] = b"\xffcount";

/// Counts up by one and tells the number that it reached.
async fn increment(hand: &Hand, at: &Partition) -> Result<u64, StoreError> {
    loop {
        let slice = hand.store.read(at, &KeyRange::exactly(COUNT)).await?;
        let count = slice.rows.first().map_or(0, |row| number(&row.value));
        assert_eq!(count, slice.version, "version and row are of one moment");
        let (token, next) = (hand.token(), (count + 1).to_be_bytes());
        let writes = vec![put(COUNT, &next), put(&next, &token.0.to_be_bytes())];
        let commit = Commit { partition: at.clone(), expected: count, token, writes };
        match commit_settled(hand.store.as_ref(), commit).await? {
            Settled::Applied => return Ok(count + 1),
            Settled::Conflict { version } => assert!(version > count, "somebody else was faster"),
            // The answer was lost and others went on: its own row tells.
            Settled::Unresolved(_) => {
                let own = hand.rows(at, KeyRange::exactly(&next)).await?;
                if own == [row(&next, &token.0.to_be_bytes())] {
                    return Ok(count + 1);
                }
            }
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().expect("a number was written"))
}

/// Rows that are all written anew with each version, so that a torn read shows.
const ROWS: u8 = 20;
const LAST: u64 = 100;

pub async fn version_token_and_rows_are_of_one_moment(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    let mut tasks = at_once(3, |_| {
        let (hand, at) = (hand.clone(), at.clone());
        async move {
            while read_whole(&hand, &at).await? < LAST {}
            Ok(())
        }
    });
    tasks.push(tokio::spawn(async move { write_whole(&hand, &at).await }));
    all_of(tasks).await?;
    Ok(())
}

async fn write_whole(hand: &Hand, at: &Partition) -> Checked {
    for version in 1..=LAST {
        let mut writes: Vec<Write> = (0..ROWS).map(|n| put(&[n], &version.to_be_bytes())).collect();
        // A row that comes and goes.
        writes.push(if version % 2 == 0 { delete(b"odd") } else { put(b"odd", &version.to_be_bytes()) });
        let outcome = hand.commit_as(Token(u128::from(version)), at, version - 1, writes).await?;
        assert_eq!(outcome, Outcome::Applied);
    }
    Ok(())
}

async fn read_whole(hand: &Hand, at: &Partition) -> Result<u64, StoreError> {
    let slice = hand.all(at).await?;
    let version = slice.version;
    assert_eq!(slice.token, Token(u128::from(version)));
    let count = usize::from(version > 0) * usize::from(ROWS) + usize::from(version % 2 == 1);
    assert_eq!(slice.rows.len(), count, "at version {version}");
    assert!(slice.rows.iter().all(|row| number(&row.value) == version), "at version {version}");
    tokio::task::yield_now().await;
    Ok(version)
}

pub async fn what_was_answered_is_seen_by_everyone(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let (conditional, stamped) = (partition(CONDITIONAL, b"p"), partition(STAMPED, b"p"));
    for n in 0..40_u64 {
        let writes = vec![put(b"n", &n.to_be_bytes())];
        let (writer, at, puts) = (hand.clone(), (conditional.clone(), stamped.clone()), writes.clone());
        let write = tokio::spawn(async move {
            writer.must_commit(&at.0, n, writes).await?;
            writer.put(&at.1, n, puts).await
        });
        write.await.expect("a task does not panic")?;
        let readers = at_once(4, |_| {
            let (hand, conditional, stamped) = (hand.clone(), conditional.clone(), stamped.clone());
            async move {
                let slice = hand.all(&conditional).await?;
                assert_eq!((slice.version, number(&slice.rows[0].value)), (n + 1, n));
                let rows = hand.rows(&stamped, KeyRange::exactly(b"n")).await?;
                assert_eq!(number(&rows[0].value), n);
                Ok(())
            }
        });
        all_of(readers).await?;
    }
    Ok(())
}

pub async fn of_puts_at_once_the_highest_stamp_stays(subject: &dyn StoreSubject) -> Checked {
    const PUTS: u64 = 32;
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    let tasks = at_once(PUTS, |n| {
        // An order that is not the order of stamps; 13 has no factor in common with 32.
        let stamp = n * 13 % PUTS;
        let (hand, at, value) = (hand.clone(), at.clone(), stamp.to_be_bytes());
        async move {
            // Every put writes a row that all write, and deletes one that all but the last leave alone or write.
            let gone = if stamp == PUTS - 1 { delete(b"b") } else { put(b"b", &value) };
            hand.put(&at, stamp, vec![put(b"a", &value), gone, put(&value, &value)]).await
        }
    });
    all_of(tasks).await?;
    let rows = hand.all(&at).await?.rows;
    assert_eq!(rows.len(), PUTS as usize + 1);
    assert_eq!(hand.rows(&at, KeyRange::exactly(b"a")).await?, [row(b"a", &(PUTS - 1).to_be_bytes())]);
    assert_eq!(hand.rows(&at, KeyRange::exactly(b"b")).await?, []);
    Ok(())
}

pub async fn what_was_answered_at_once_is_there_after_a_restart(subject: &dyn StoreSubject) -> Checked {
    const PLACES: u64 = 16;
    const EACH: u64 = 20;
    let mut hand = Hand::on(subject).await;
    let place = |n: u64| (partition(CONDITIONAL, &n.to_be_bytes()), partition(STAMPED, &n.to_be_bytes()));
    let tasks = at_once(PLACES, |n| {
        let (hand, (conditional, stamped)) = (hand.clone(), place(n));
        async move {
            for version in 0..EACH {
                let writes = vec![put(b"n", &version.to_be_bytes()), put(&version.to_be_bytes(), &[0; 100])];
                hand.must_commit(&conditional, version, writes.clone()).await?;
                hand.put(&stamped, version, writes).await?;
            }
            Ok(())
        }
    });
    all_of(tasks).await?;
    hand = hand.restarted(subject).await;
    for n in 0..PLACES {
        let (conditional, stamped) = place(n);
        let slice = hand.all(&conditional).await?;
        assert_eq!((slice.version, slice.rows.len() as u64), (EACH, EACH + 1), "partition {n}");
        assert_eq!(slice.rows, hand.all(&stamped).await?.rows, "partition {n}");
        assert_eq!(
            hand.rows(&stamped, KeyRange::exactly(b"n")).await?,
            [row(b"n", &(EACH - 1).to_be_bytes())]
        );
    }
    Ok(())
}
