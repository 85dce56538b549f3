//! What was answered is there after a restart.

use super::{CONDITIONAL, Checked, Hand, STAMPED, delete, partition, put, range, row};
use crate::{Outcome, Table, Token, conformance::StoreSubject};

pub async fn a_restart_keeps_versions_tokens_and_rows(subject: &dyn StoreSubject) -> Checked {
    let mut hand = Hand::on(subject).await;
    // One table in the key space, too: keys live apart.
    let places = [partition(CONDITIONAL, b"p"), partition(CONDITIONAL, b""), partition(Table::LeadKey, b"p")];
    for at in &places {
        hand.must_commit(at, 0, vec![put(b"", b""), put(b"a", b"1"), put(b"b", b"2")]).await?;
        let outcome =
            hand.commit_as(Token(u128::MAX - 1), at, 1, vec![delete(b"a"), put(b"b", b"3")]).await?;
        assert_eq!(outcome, Outcome::Applied);
    }
    hand = hand.restarted(subject).await;
    for at in &places {
        let slice = hand.all(at).await?;
        assert_eq!((slice.version, slice.token), (2, Token(u128::MAX - 1)), "{at:?}");
        assert_eq!(slice.rows, [row(b"", b""), row(b"b", b"3")], "{at:?}");
        assert_eq!(hand.commit(at, 1, vec![]).await?, Outcome::Conflict { version: 2 });
        hand.must_commit(at, 2, vec![]).await?;
    }
    Ok(())
}

pub async fn a_restart_keeps_stamps_and_deletions(subject: &dyn StoreSubject) -> Checked {
    let (mut hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    hand.put(&at, 5, vec![put(b"a", b"5"), put(b"b", b"5")]).await?;
    hand.put(&at, 6, vec![delete(b"b"), delete(b"c")]).await?;
    hand = hand.restarted(subject).await;
    assert_eq!(hand.all(&at).await?.rows, [row(b"a", b"5")]);
    hand.put(&at, 4, vec![put(b"a", b"4"), put(b"b", b"4"), put(b"c", b"4")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"a", b"5")]);
    hand.put(&at, 7, vec![put(b"a", b"7"), put(b"b", b"7")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"a", b"7"), row(b"b", b"7")]);
    Ok(())
}

pub async fn a_restart_keeps_what_was_cleared_away(subject: &dyn StoreSubject) -> Checked {
    let (mut hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    hand.put(&at, 5, vec![put(b"a", b"5"), put(b"b", b"5"), delete(b"c"), put(b"d", b"5")]).await?;
    hand.store.clear(&at, &range(b"b", b"d")).await?;
    hand = hand.restarted(subject).await;
    assert_eq!(hand.all(&at).await?.rows, [row(b"a", b"5"), row(b"d", b"5")]);
    hand.put(&at, 1, vec![put(b"d", b"1"), put(b"e", b"1")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"a", b"5"), row(b"d", b"5"), row(b"e", b"1")]);
    Ok(())
}

pub async fn many_restarts_lose_nothing(subject: &dyn StoreSubject) -> Checked {
    let mut hand = Hand::on(subject).await;
    let (conditional, stamped) = (partition(CONDITIONAL, b"p"), partition(STAMPED, b"p"));
    for round in 0..10_u8 {
        let writes = vec![put(&[round], &[round; 300])];
        hand.must_commit(&conditional, u64::from(round), writes.clone()).await?;
        hand.put(&stamped, 1, writes).await?;
        hand = hand.restarted(subject).await;
        let rows: Vec<_> = (0..=round).map(|n| row(&[n], &[n; 300])).collect();
        assert_eq!(hand.all(&conditional).await?.rows, rows);
        assert_eq!(hand.all(&stamped).await?.rows, rows);
    }
    // A restart in which nothing was written.
    hand = hand.restarted(subject).await.restarted(subject).await;
    assert_eq!(hand.all(&conditional).await?.version, 10);
    assert_eq!(hand.all(&stamped).await?.rows.len(), 10);
    Ok(())
}
