//! Conditional commits, one after the other.

use super::{CONDITIONAL, Checked, Hand, delete, partition, put, row};
use crate::{KeyRange, Outcome, Slice, Table, Token, conformance::StoreSubject};

const UNTOUCHED: Slice = Slice { version: 0, token: Token::NONE, rows: Vec::new() };

pub async fn a_partition_nobody_wrote_to_has_no_version_no_token_and_no_rows(
    subject: &dyn StoreSubject,
) -> Checked {
    let hand = Hand::on(subject).await;
    for table in Table::ALL {
        assert_eq!(hand.all(&partition(*table, b"p")).await?, UNTOUCHED, "{}", table.name());
    }
    Ok(())
}

pub async fn a_commit_that_expects_nothing_makes_the_partition(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    hand.must_commit(&at, 0, vec![put(b"k", b"v")]).await?;
    let slice = hand.all(&at).await?;
    assert_eq!((slice.version, slice.rows), (1, vec![row(b"k", b"v")]));
    Ok(())
}

pub async fn every_commit_counts_the_version_up_by_one(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    for version in 0..20_u64 {
        hand.must_commit(&at, version, vec![put(b"k", &version.to_be_bytes())]).await?;
        let slice = hand.all(&at).await?;
        assert_eq!((slice.version, slice.rows), (version + 1, vec![row(b"k", &version.to_be_bytes())]));
    }
    Ok(())
}

pub async fn a_commit_that_expects_another_version_conflicts_with_the_real_one(
    subject: &dyn StoreSubject,
) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    assert_eq!(hand.commit(&at, 1, vec![]).await?, Outcome::Conflict { version: 0 });
    for version in 0..3 {
        hand.must_commit(&at, version, vec![put(b"k", b"v")]).await?;
    }
    for expected in [0, 1, 2, 4, u64::MAX] {
        let outcome = hand.commit(&at, expected, vec![put(b"k", b"other")]).await?;
        assert_eq!(outcome, Outcome::Conflict { version: 3 }, "expected {expected}");
    }
    Ok(())
}

pub async fn a_conflict_changes_nothing(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    hand.must_commit(&at, 0, vec![put(b"a", b"1"), put(b"b", b"2")]).await?;
    let before = hand.all(&at).await?;
    let outcome = hand.commit(&at, 0, vec![put(b"a", b"9"), delete(b"b"), put(b"c", b"9")]).await?;
    assert_eq!(outcome, Outcome::Conflict { version: 1 });
    assert_eq!(hand.all(&at).await?, before);
    // Nor does it make a partition that was not there.
    let elsewhere = partition(CONDITIONAL, b"q");
    assert_eq!(hand.commit(&elsewhere, 7, vec![put(b"a", b"9")]).await?, Outcome::Conflict { version: 0 });
    assert_eq!(hand.all(&elsewhere).await?, UNTOUCHED);
    Ok(())
}

pub async fn the_latest_commits_token_is_read_back(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    let tokens = [Token(1), Token(u128::MAX), Token(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef)];
    for (expected, token) in (0..).zip(tokens) {
        assert_eq!(hand.commit_as(token, &at, expected, vec![]).await?, Outcome::Applied);
        assert_eq!(hand.all(&at).await?.token, token);
        let conflict = hand.commit_as(Token(77), &at, expected, vec![]).await?;
        assert_eq!(conflict, Outcome::Conflict { version: expected + 1 });
        assert_eq!(hand.all(&at).await?.token, token, "a conflict leaves no token");
    }
    Ok(())
}

pub async fn a_batch_puts_and_deletes_together(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    hand.must_commit(&at, 0, vec![put(b"a", b"1"), put(b"b", b"2"), put(b"c", b"3")]).await?;
    hand.must_commit(&at, 1, vec![delete(b"b"), put(b"d", b"4"), put(b"a", b"5")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"a", b"5"), row(b"c", b"3"), row(b"d", b"4")]);
    Ok(())
}

pub async fn a_commit_without_writes_counts(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    hand.must_commit(&at, 0, vec![]).await?;
    let slice = hand.all(&at).await?;
    assert_eq!((slice.version, slice.rows), (1, vec![]));
    assert_eq!(hand.commit(&at, 0, vec![]).await?, Outcome::Conflict { version: 1 });
    Ok(())
}

pub async fn deleting_every_row_keeps_the_version(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    hand.must_commit(&at, 0, vec![put(b"k", b"v")]).await?;
    hand.must_commit(&at, 1, vec![delete(b"k")]).await?;
    let slice = hand.all(&at).await?;
    assert_eq!((slice.version, slice.rows), (2, vec![]));
    assert_eq!(hand.commit(&at, 0, vec![put(b"k", b"v")]).await?, Outcome::Conflict { version: 2 });
    Ok(())
}

pub async fn deleting_what_is_not_there_does_no_harm(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    hand.must_commit(&at, 0, vec![delete(b"k"), put(b"l", b"v")]).await?;
    hand.must_commit(&at, 1, vec![delete(b"k")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"l", b"v")]);
    Ok(())
}

pub async fn an_empty_value_is_a_value(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(CONDITIONAL, b"p"));
    hand.must_commit(&at, 0, vec![put(b"k", b"")]).await?;
    assert_eq!(hand.rows(&at, KeyRange::exactly(b"k")).await?, [row(b"k", b"")]);
    let stamped = partition(super::STAMPED, b"p");
    hand.put(&stamped, 1, vec![put(b"k", b"")]).await?;
    assert_eq!(hand.rows(&stamped, KeyRange::exactly(b"k")).await?, [row(b"k", b"")]);
    Ok(())
}
