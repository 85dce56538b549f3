//! Stamped puts: the higher stamp wins, row by row.

use super::{Checked, Hand, STAMPED, delete, partition, put, range, row};
use crate::{KeyRange, MAX_STAMP, Token, conformance::StoreSubject};

pub async fn a_higher_stamp_wins_and_a_lower_one_is_ignored(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    for (stamp, value, stays) in
        [(5, b"five", b"five"), (4, b"four", b"five"), (9, b"nine", b"nine"), (8, b"ate.", b"nine")]
    {
        hand.put(&at, stamp, vec![put(b"k", value)]).await?;
        assert_eq!(hand.all(&at).await?.rows, [row(b"k", stays)], "after stamp {stamp}");
    }
    Ok(())
}

pub async fn under_one_stamp_a_deletion_stays_or_else_the_greater_value(
    subject: &dyn StoreSubject,
) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    let first = vec![put(b"a", b"1"), put(b"b", b"1")];
    hand.put(&at, 3, first.clone()).await?;
    hand.put(&at, 3, first).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"a", b"1"), row(b"b", b"1")]);
    // The greater bytes, not the longer ones and not the later ones.
    for (value, stays) in
        [(&b"2"[..], &b"2"[..]), (b"10", b"2"), (b"", b"2"), (b"\xff", b"\xff"), (b"2", b"\xff")]
    {
        hand.put(&at, 3, vec![put(b"a", value)]).await?;
        assert_eq!(hand.rows(&at, KeyRange::exactly(b"a")).await?, [row(b"a", stays)], "after {value:?}");
    }
    hand.put(&at, 3, vec![delete(b"b")]).await?;
    hand.put(&at, 3, vec![put(b"b", b"9")]).await?;
    assert_eq!(hand.rows(&at, KeyRange::exactly(b"b")).await?, []);
    hand.put(&at, 4, vec![put(b"b", b"0")]).await?;
    assert_eq!(hand.rows(&at, KeyRange::exactly(b"b")).await?, [row(b"b", b"0")]);
    Ok(())
}

pub async fn a_late_put_does_not_undo_a_deletion(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    hand.put(&at, 1, vec![put(b"k", b"v"), put(b"l", b"v")]).await?;
    hand.put(&at, 5, vec![delete(b"k")]).await?;
    hand.put(&at, 4, vec![put(b"k", b"late"), put(b"l", b"newer")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"l", b"newer")]);
    // Also when the row was never there.
    hand.put(&at, 5, vec![delete(b"m")]).await?;
    hand.put(&at, 4, vec![put(b"m", b"late")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"l", b"newer")]);
    hand.put(&at, 6, vec![put(b"k", b"again")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"k", b"again"), row(b"l", b"newer")]);
    Ok(())
}

pub async fn a_deletion_is_stamped_like_any_other_change(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    hand.put(&at, 5, vec![put(b"k", b"v")]).await?;
    hand.put(&at, 4, vec![delete(b"k")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"k", b"v")]);
    hand.put(&at, 5, vec![delete(b"k")]).await?;
    assert_eq!(hand.all(&at).await?.rows, []);
    Ok(())
}

pub async fn each_row_of_a_put_has_its_own_history(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    hand.put(&at, 2, vec![put(b"a", b"2")]).await?;
    hand.put(&at, 4, vec![put(b"b", b"4")]).await?;
    hand.put(&at, 3, vec![put(b"a", b"3"), put(b"b", b"3"), put(b"c", b"3")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"a", b"3"), row(b"b", b"4"), row(b"c", b"3")]);
    // A put in which every row is too late, and one without rows.
    hand.put(&at, 1, vec![put(b"a", b"1"), delete(b"b")]).await?;
    hand.put(&at, 9, vec![]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"a", b"3"), row(b"b", b"4"), row(b"c", b"3")]);
    Ok(())
}

pub async fn stamps_reach_from_zero_to_the_end(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    hand.put(&at, 0, vec![put(b"k", b"zero")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"k", b"zero")]);
    // Where an encoding by sign or by width would turn over.
    for stamp in [1, 255, 256, u64::from(u32::MAX), u64::from(u32::MAX) + 1, MAX_STAMP] {
        hand.put(&at, stamp, vec![put(b"k", &stamp.to_be_bytes())]).await?;
        hand.put(&at, stamp - 1, vec![put(b"k", b"lower")]).await?;
        assert_eq!(hand.all(&at).await?.rows, [row(b"k", &stamp.to_be_bytes())], "stamp {stamp}");
    }
    Ok(())
}

pub async fn a_stamped_partition_has_no_version(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    hand.put(&at, 7, vec![put(b"k", b"v")]).await?;
    let slice = hand.all(&at).await?;
    assert_eq!((slice.version, slice.token), (0, Token::NONE));
    Ok(())
}

pub async fn clearing_removes_the_range_and_nothing_else(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    let keys: [&[u8]; 6] = [b"", b"a", b"b", b"b\x00", b"c", b"\xff"];
    hand.put(&at, 5, keys.map(|key| put(key, b"v")).to_vec()).await?;
    hand.store.clear(&at, &range(b"a", b"b\x00")).await?;
    assert_eq!(hand.keys(&at, KeyRange::all()).await?, [&b""[..], b"b\x00", b"c", b"\xff"]);
    hand.store.clear(&at, &range(b"c", b"a")).await?;
    assert_eq!(hand.all(&at).await?.rows.len(), 4, "a range that ends before it starts holds nothing");
    hand.store.clear(&at, &KeyRange::prefix(b"c").limit(1)).await?;
    assert_eq!(hand.keys(&at, KeyRange::all()).await?, [&b""[..], b"b\x00", b"\xff"]);
    hand.store.clear(&at, &KeyRange::all().limit(1)).await?;
    assert_eq!(hand.all(&at).await?.rows, [], "a limit is for reading");
    Ok(())
}

pub async fn clearing_removes_whatever_its_stamp(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    hand.put(&at, 0, vec![put(b"a", b"v")]).await?;
    hand.put(&at, MAX_STAMP, vec![put(b"b", b"v"), put(b"c", b"v")]).await?;
    hand.store.clear(&at, &range(b"a", b"c")).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"c", b"v")]);
    // Beside the range, stamps go on as before.
    hand.put(&at, 1, vec![put(b"c", b"1"), put(b"d", b"1")]).await?;
    assert_eq!(hand.all(&at).await?.rows, [row(b"c", b"v"), row(b"d", b"1")]);
    Ok(())
}

pub async fn clearing_what_is_not_there_does_no_harm(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"p"));
    hand.store.clear(&at, &KeyRange::all()).await?;
    hand.put(&at, 1, vec![put(b"k", b"v")]).await?;
    hand.store.clear(&at, &KeyRange::prefix(b"l")).await?;
    hand.store.clear(&at, &KeyRange::exactly(b"k")).await?;
    hand.store.clear(&at, &KeyRange::exactly(b"k")).await?;
    assert_eq!(hand.all(&at).await?.rows, []);
    Ok(())
}
