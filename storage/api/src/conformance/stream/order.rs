//! Order within a group, and none between groups.

use super::{Checked, append_all, delivered, entry, group, rest};
use crate::{Group, Position, conformance::StreamSubject};
use bytes::Bytes;
use std::{collections::BTreeMap, sync::Arc};

pub async fn a_groups_entries_come_in_the_order_of_their_positions(subject: &dyn StreamSubject) -> Checked {
    let stream = subject.open().await;
    let positions = append_all(&stream, group(3), 0..50).await?;
    assert!(positions.is_sorted_by(|a, b| a < b), "positions grow");
    let mut given = Vec::new();
    for _ in 0..50 {
        given.push(stream.next(group(3)).await?);
    }
    assert_eq!(given, delivered(&positions, 0..50));
    Ok(())
}

pub async fn groups_do_not_wait_for_each_other(subject: &dyn StreamSubject) -> Checked {
    let stream = subject.open().await;
    // All groups get entries in turns; they are read group by group, the last one first.
    for number in 0..48 {
        stream.append(group(number), entry(number)).await?;
    }
    let mut groups: Vec<Group> = Group::all().collect();
    groups.reverse();
    for of in groups {
        for turn in 0..3 {
            let wanted = u64::from(of.index()) + 16 * turn;
            assert_eq!(stream.next(of).await?.entry, entry(wanted));
        }
    }
    Ok(())
}

pub async fn entries_come_as_they_went(subject: &dyn StreamSubject) -> Checked {
    let stream = subject.open().await;
    let largest = subject.limits().entry_bytes;
    let mut entries = vec![Bytes::new(), Bytes::from_static(b"\x00"), Bytes::from_static(b"\r\n\x00\xff")];
    entries.push((0..=255_u8).cycle().take(largest).collect());
    for entry in &entries {
        stream.append(group(1), entry.clone()).await?;
    }
    for entry in &entries {
        assert_eq!(stream.next(group(1)).await?.entry, entry);
    }
    Ok(())
}

pub async fn appends_at_once_all_come_and_positions_follow_the_order_of_answers(
    subject: &dyn StreamSubject,
) -> Checked {
    const TASKS: u64 = 8;
    const EACH: u64 = 40;
    let stream = subject.open().await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let stream = Arc::clone(&stream);
            tokio::spawn(async move { append_all(&stream, group(0), task * EACH..(task + 1) * EACH).await })
        })
        .collect();
    let mut went: BTreeMap<Position, Bytes> = BTreeMap::new();
    for (task, positions) in (0..).zip(tasks) {
        let positions = positions.await.expect("a task does not panic")?;
        assert!(positions.is_sorted_by(|a, b| a < b), "an entry appended after an answer stands behind it");
        went.extend(positions.into_iter().zip((task * EACH..).map(entry)));
    }
    assert_eq!(went.len() as u64, TASKS * EACH, "no position is used twice");
    let came = rest(&stream, group(0)).await?;
    assert!(came.into_iter().map(|delivery| (delivery.position, delivery.entry)).eq(went));
    Ok(())
}

pub async fn consumers_keep_up_with_appends_at_once(subject: &dyn StreamSubject) -> Checked {
    const GROUPS: u64 = 4;
    const EACH: u64 = 150;
    let stream = subject.open().await;
    let mut tasks = Vec::new();
    for of in 0..GROUPS {
        let (producer, consumer) = (Arc::clone(&stream), Arc::clone(&stream));
        tasks.push(tokio::spawn(async move { append_all(&producer, group(of), 0..EACH).await.map(drop) }));
        tasks.push(tokio::spawn(async move {
            for number in 0..EACH {
                let delivery = consumer.next(group(of)).await?;
                assert_eq!(delivery.entry, entry(number), "group {of}");
                consumer.acknowledge(group(of), delivery.position).await?;
            }
            Ok(())
        }));
    }
    for task in tasks {
        task.await.expect("a task does not panic")?;
    }
    assert_eq!(stream.backlog(), 0);
    Ok(())
}
