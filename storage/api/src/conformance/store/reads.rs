//! Reading rows by range.

use super::{CONDITIONAL, Checked, Hand, STAMPED, delete, partition, put, range, row};
use crate::{KeyRange, Partition, StoreError, conformance::StoreSubject};
use bytes::Bytes;

/// Awkward keys, in the order in which they must come.
const KEYS: [&[u8]; 14] = [
    b"",
    b"\x00",
    b"\x00\x00",
    b"\x00\xff",
    b"\x01",
    b"a",
    b"a\x00",
    b"aa",
    b"a\xff",
    b"b",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\xff\xff",
];

/// A partition with all of them, written in another order; each row's value is its key.
async fn awkward(hand: &Hand) -> Result<Partition, StoreError> {
    let at = partition(CONDITIONAL, b"awkward");
    let mut keys = KEYS;
    keys.reverse();
    keys.rotate_left(5);
    hand.must_commit(&at, 0, keys.map(|key| put(key, key)).to_vec()).await?;
    Ok(at)
}

fn bytes(keys: &[&'static [u8]]) -> Vec<Bytes> {
    keys.iter().map(|key| Bytes::from_static(key)).collect()
}

pub async fn rows_come_in_the_order_of_their_bytes(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let at = awkward(&hand).await?;
    assert_eq!(hand.rows(&at, KeyRange::all()).await?, KEYS.map(|key| row(key, key)));
    Ok(())
}

pub async fn a_range_holds_its_start_and_not_its_end(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let at = awkward(&hand).await?;
    for (first, from) in KEYS.iter().enumerate() {
        for (end, to) in KEYS.iter().enumerate().skip(first) {
            assert_eq!(
                hand.keys(&at, range(from, to)).await?,
                bytes(&KEYS[first..end]),
                "{from:?} to {to:?}"
            );
        }
        let open = KeyRange { from: Bytes::from_static(from), ..KeyRange::all() };
        assert_eq!(hand.keys(&at, open).await?, bytes(&KEYS[first..]), "{from:?} to the end");
    }
    // Ends that no row has.
    assert_eq!(hand.keys(&at, range(b"a\x01", b"az")).await?, bytes(&[b"aa"]));
    assert_eq!(hand.keys(&at, range(b"\xfe", b"\xff\x00")).await?, bytes(&[b"\xff"]));
    Ok(())
}

pub async fn a_range_that_ends_before_it_starts_is_empty(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let at = awkward(&hand).await?;
    for backwards in [range(b"b", b"a"), range(b"\xff", b""), range(b"a\x00", b"a"), range(b"c", b"c")] {
        let slice = hand.store.read(&at, &backwards).await?;
        assert_eq!((slice.version, slice.rows), (1, vec![]));
    }
    Ok(())
}

pub async fn a_limit_stops_the_rows_and_keeps_the_version(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let at = awkward(&hand).await?;
    for limit in 0..=KEYS.len() + 1 {
        let slice = hand.store.read(&at, &KeyRange::all().limit(limit)).await?;
        assert_eq!((slice.version, slice.rows.len()), (1, limit.min(KEYS.len())));
        assert!(slice.rows.iter().zip(KEYS).all(|(row, key)| row.key == key));
    }
    Ok(())
}

pub async fn reading_goes_on_from_the_last_row(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let at = awkward(&hand).await?;
    let (mut read, mut next) = (Vec::new(), KeyRange::all().limit(3));
    loop {
        let keys = hand.keys(&at, next.clone()).await?;
        let Some(last) = keys.last() else { break };
        next.from = [last.as_ref(), b"\x00"].concat().into();
        read.extend(keys);
    }
    assert_eq!(read, bytes(&KEYS));
    Ok(())
}

pub async fn a_prefix_gives_the_rows_that_start_with_it(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let at = awkward(&hand).await?;
    for prefix in KEYS {
        let wanted: Vec<_> = KEYS.into_iter().filter(|key| key.starts_with(prefix)).collect();
        assert_eq!(hand.keys(&at, KeyRange::prefix(prefix)).await?, bytes(&wanted), "{prefix:?}");
    }
    Ok(())
}

pub async fn exactly_one_key_is_not_its_longer_neighbours(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let at = awkward(&hand).await?;
    for key in KEYS {
        assert_eq!(hand.rows(&at, KeyRange::exactly(key)).await?, [row(key, key)]);
    }
    assert_eq!(hand.rows(&at, KeyRange::exactly(b"a\x00\x00")).await?, []);
    Ok(())
}

pub async fn empty_keys_are_keys(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let (conditional, stamped) = (partition(CONDITIONAL, b""), partition(STAMPED, b""));
    hand.must_commit(&conditional, 0, vec![put(b"", b"1")]).await?;
    hand.put(&stamped, 1, vec![put(b"", b"2")]).await?;
    assert_eq!(hand.all(&conditional).await?.rows, [row(b"", b"1")]);
    assert_eq!(hand.all(&stamped).await?.rows, [row(b"", b"2")]);
    hand.must_commit(&conditional, 1, vec![delete(b"")]).await?;
    assert_eq!(hand.all(&conditional).await?.rows, []);
    Ok(())
}

pub async fn stamped_rows_are_read_by_range_too(subject: &dyn StoreSubject) -> Checked {
    let (hand, at) = (Hand::on(subject).await, partition(STAMPED, b"awkward"));
    hand.put(&at, 1, KEYS.map(|key| put(key, key)).to_vec()).await?;
    assert_eq!(hand.rows(&at, KeyRange::all()).await?, KEYS.map(|key| row(key, key)));
    assert_eq!(hand.keys(&at, range(b"\x00\x00", b"a")).await?, bytes(&KEYS[2..5]));
    assert_eq!(hand.keys(&at, KeyRange::prefix(b"\xff")).await?, bytes(&KEYS[12..]));
    assert_eq!(hand.keys(&at, range(b"b", b"a")).await?, bytes(&[]));
    Ok(())
}

pub async fn deleted_rows_do_not_count_towards_a_limit(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let conditional = awkward(&hand).await?;
    let stamped = partition(STAMPED, b"awkward");
    hand.put(&stamped, 1, KEYS.map(|key| put(key, key)).to_vec()).await?;
    let deletes: Vec<_> = KEYS[1..10].iter().map(|key| delete(key)).collect();
    hand.must_commit(&conditional, 1, deletes.clone()).await?;
    hand.put(&stamped, 2, deletes).await?;
    for at in [conditional, stamped] {
        let keys = hand.keys(&at, KeyRange::all().limit(3)).await?;
        assert_eq!(keys, bytes(&[KEYS[0], KEYS[10], KEYS[11]]), "{at:?}");
    }
    Ok(())
}
