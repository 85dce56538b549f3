//! What a store refuses, and what it must just take.

use super::{CONDITIONAL, Checked, Hand, STAMPED, delete, partition, put, row};
use crate::{
    Discipline, KeyRange, MAX_BATCH_BYTES, MAX_STAMP, StoreError, Table, Token, Write,
    conformance::StoreSubject,
};
use std::fmt::Debug;

fn assert_misuse<T: Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Misuse(_))), "{answer:?}");
}

/// A batch of so many bytes, in writes of at most `largest`.
fn batch(size_bytes: usize, largest: usize) -> Vec<Write> {
    let mut left = size_bytes;
    let mut writes = Vec::new();
    while left > 0 {
        let size = left.min(largest).max(2);
        let key = u16::try_from(writes.len()).expect("few writes").to_be_bytes();
        writes.push(put(&key, &vec![0xa5; size - 2]));
        left = left.saturating_sub(size);
    }
    writes
}

pub async fn the_wrong_kind_of_write_is_refused_and_changes_nothing(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    for table in Table::ALL {
        let at = partition(*table, b"p");
        match table.discipline() {
            Discipline::Conditional => {
                assert_misuse(hand.put(&at, 1, vec![put(b"k", b"v")]).await);
                assert_misuse(hand.store.clear(&at, &KeyRange::all()).await);
            }
            Discipline::Stamped => assert_misuse(hand.commit(&at, 0, vec![put(b"k", b"v")]).await),
        }
        let slice = hand.all(&at).await?;
        assert_eq!((slice.version, slice.token, slice.rows), (0, Token::NONE, vec![]), "{}", table.name());
    }
    Ok(())
}

pub async fn a_commit_without_a_token_is_refused(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    assert_misuse(hand.commit_as(Token::NONE, &at, 0, vec![put(b"k", b"v")]).await);
    assert_eq!(hand.all(&at).await?.version, 0);
    // Misuse is told before a conflict is.
    assert_misuse(hand.commit_as(Token::NONE, &at, 7, vec![]).await);
    Ok(())
}

pub async fn a_batch_that_writes_a_row_twice_is_refused_whole(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let (conditional, stamped) = (partition(CONDITIONAL, b"p"), partition(STAMPED, b"p"));
    for twice in [put(b"a", b"2"), delete(b"a")] {
        let writes = vec![put(b"a", b"1"), put(b"b", b"1"), twice];
        assert_misuse(hand.commit(&conditional, 0, writes.clone()).await);
        assert_misuse(hand.put(&stamped, 1, writes).await);
    }
    assert_eq!(hand.all(&conditional).await?.version, 0);
    assert_eq!(hand.all(&stamped).await?.rows, []);
    Ok(())
}

pub async fn a_stamp_over_the_limit_is_refused(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    for stamp in [MAX_STAMP + 1, u64::MAX] {
        assert_misuse(hand.put(&at, stamp, vec![put(b"k", b"v")]).await);
    }
    assert_eq!(hand.all(&at).await?.rows, []);
    Ok(())
}

pub async fn a_batch_of_exactly_the_limit_passes(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    for (key, largest) in [(b"one", MAX_BATCH_BYTES), (b"ten", MAX_BATCH_BYTES / 10), (b"few", 100)] {
        let writes = batch(MAX_BATCH_BYTES, largest);
        assert_eq!(writes.iter().map(Write::size_bytes).sum::<usize>(), MAX_BATCH_BYTES);
        let rows: Vec<_> = writes
            .iter()
            .filter_map(|write| match write {
                Write::Put { key, value } => Some(row(key, value)),
                Write::Delete { .. } => None,
            })
            .collect();
        let (conditional, stamped) = (partition(CONDITIONAL, key), partition(STAMPED, key));
        hand.must_commit(&conditional, 0, writes.clone()).await?;
        hand.put(&stamped, 1, writes).await?;
        assert_eq!(hand.all(&conditional).await?.rows, rows);
        assert_eq!(hand.all(&stamped).await?.rows, rows);
    }
    Ok(())
}

pub async fn a_batch_of_one_byte_more_is_refused_whole(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let (conditional, stamped) = (partition(CONDITIONAL, b"p"), partition(STAMPED, b"p"));
    for largest in [MAX_BATCH_BYTES + 1, 1000] {
        let writes = batch(MAX_BATCH_BYTES + 1, largest);
        assert_misuse(hand.commit(&conditional, 0, writes.clone()).await);
        assert_misuse(hand.put(&stamped, 1, writes).await);
    }
    // Keys count, those of deletions too.
    let mut writes = batch(MAX_BATCH_BYTES - 1, MAX_BATCH_BYTES);
    writes.push(delete(b"zz"));
    assert_misuse(hand.commit(&conditional, 0, writes.clone()).await);
    assert_misuse(hand.put(&stamped, 1, writes).await);
    assert_eq!(hand.all(&conditional).await?.version, 0);
    assert_eq!(hand.all(&stamped).await?.rows, []);
    Ok(())
}

pub async fn large_values_add_up_in_one_partition(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let (conditional, stamped) = (partition(CONDITIONAL, b"p"), partition(STAMPED, b"p"));
    let value = |n: u8| vec![n; MAX_BATCH_BYTES - 1];
    for n in 0..50_u8 {
        hand.must_commit(&conditional, u64::from(n), vec![put(&[n], &value(n))]).await?;
        hand.put(&stamped, 1, vec![put(&[n], &value(n))]).await?;
    }
    for at in [conditional, stamped] {
        let rows = hand.all(&at).await?.rows;
        assert_eq!(rows.len(), 50);
        assert!((0..).zip(&rows).all(|(n, found)| *found == row(&[n], &value(n))), "{at:?}");
    }
    Ok(())
}

pub async fn large_keys_are_kept(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let key = |last: u8| [vec![0x5a; 8 * 1024], vec![last]].concat();
    for table in [CONDITIONAL, STAMPED] {
        for n in 0..2 {
            let (at, writes) = (partition(table, &key(n)), vec![put(&key(0), &[n]), put(&key(1), &[n])]);
            match table.discipline() {
                Discipline::Conditional => hand.must_commit(&at, 0, writes).await?,
                Discipline::Stamped => hand.put(&at, 1, writes).await?,
            }
        }
        for n in 0..2 {
            let rows = hand.all(&partition(table, &key(n))).await?.rows;
            assert_eq!(rows, [row(&key(0), &[n]), row(&key(1), &[n])]);
        }
    }
    Ok(())
}
