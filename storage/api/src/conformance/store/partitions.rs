//! Partitions keep to themselves.

use super::{CONDITIONAL, Checked, Hand, STAMPED, partition, put, row};
use crate::{Discipline, KeyRange, Table, conformance::StoreSubject};

/// Keys that begin with each other, and such as an encoding with end marks or lengths could take for another.
const PARTITIONS: [&[u8]; 10] =
    [b"", b"\x00", b"\x00\x00", b"\x00\x01", b"a", b"a\x00", b"a\x00a", b"aa", b"\xff", b"\xff\xff"];

pub async fn partitions_whose_keys_are_prefixes_of_each_other_do_not_mix(
    subject: &dyn StoreSubject,
) -> Checked {
    let hand = Hand::on(subject).await;
    for key in PARTITIONS {
        hand.must_commit(&partition(CONDITIONAL, key), 0, vec![put(b"", key), put(b"a", key)]).await?;
        hand.put(&partition(STAMPED, key), 1, vec![put(b"", key), put(b"a", key)]).await?;
    }
    for key in PARTITIONS {
        for table in [CONDITIONAL, STAMPED] {
            let slice = hand.all(&partition(table, key)).await?;
            assert_eq!(slice.rows, [row(b"", key), row(b"a", key)], "{} {key:?}", table.name());
        }
    }
    // Clearing one leaves the others.
    hand.store.clear(&partition(STAMPED, b"a"), &KeyRange::all()).await?;
    for key in PARTITIONS {
        let left = if key == b"a" { 0 } else { 2 };
        assert_eq!(hand.all(&partition(STAMPED, key)).await?.rows.len(), left, "{key:?}");
    }
    Ok(())
}

pub async fn equal_keys_in_different_tables_do_not_mix(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    for table in Table::ALL {
        let (at, name) = (partition(*table, b"p"), table.name().as_bytes());
        match table.discipline() {
            Discipline::Conditional => hand.must_commit(&at, 0, vec![put(b"k", name)]).await?,
            Discipline::Stamped => hand.put(&at, 1, vec![put(b"k", name)]).await?,
        }
    }
    for table in Table::ALL {
        let slice = hand.all(&partition(*table, b"p")).await?;
        let version = u64::from(table.discipline() == Discipline::Conditional);
        assert_eq!((slice.version, slice.rows), (version, vec![row(b"k", table.name().as_bytes())]));
    }
    Ok(())
}

pub async fn where_a_partitions_key_ends_and_a_rows_begins_is_kept(subject: &dyn StoreSubject) -> Checked {
    let hand = Hand::on(subject).await;
    let whole = b"a\x00b\xffc";
    for end in 0..=whole.len() {
        let (first, second) = whole.split_at(end);
        hand.must_commit(&partition(CONDITIONAL, first), 0, vec![put(second, first)]).await?;
    }
    for end in 0..=whole.len() {
        let (first, second) = whole.split_at(end);
        assert_eq!(hand.all(&partition(CONDITIONAL, first)).await?.rows, [row(second, first)]);
    }
    Ok(())
}
