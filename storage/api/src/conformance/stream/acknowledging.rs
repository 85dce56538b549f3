//! Acknowledgements and the backlog.

use super::{Checked, append_all, delivered, entry, group, rest};
use crate::{Position, conformance::StreamSubject};

pub async fn the_backlog_is_what_was_taken_and_not_acknowledged(subject: &dyn StreamSubject) -> Checked {
    let stream = subject.open().await;
    assert_eq!(stream.backlog(), 0);
    let first = append_all(&stream, group(1), 0..5).await?;
    let second = append_all(&stream, group(2), 0..5).await?;
    assert_eq!(stream.backlog(), 10);
    let of_groups =
        |stream: &std::sync::Arc<dyn crate::InboundStream>| [1, 2, 3].map(|n| stream.backlog_of(group(n)));
    assert_eq!(of_groups(&stream), [5, 5, 0]);
    for _ in 0..5 {
        stream.next(group(1)).await?;
    }
    assert_eq!(stream.backlog(), 10, "given is not acknowledged");
    assert_eq!(of_groups(&stream), [5, 5, 0]);
    for (left, position) in (0..10).rev().zip(first.iter().chain(&second)) {
        let of = if left >= 5 { group(1) } else { group(2) };
        stream.acknowledge(of, *position).await?;
        assert_eq!(stream.backlog(), left);
        assert_eq!(of_groups(&stream), [left.saturating_sub(5), left.min(5), 0]);
    }
    Ok(())
}

pub async fn acknowledging_out_of_order_keeps_the_others(subject: &dyn StreamSubject) -> Checked {
    let mut stream = subject.open().await;
    let positions = append_all(&stream, group(7), 0..6).await?;
    assert_eq!(rest(&stream, group(7)).await?.len(), 6);
    for of in [4, 1, 5] {
        stream.acknowledge(group(7), positions[of]).await?;
    }
    assert_eq!(stream.backlog(), 3);
    stream = super::restarted(stream, subject).await;
    assert_eq!((stream.backlog_of(group(7)), stream.backlog_of(group(6))), (3, 0));
    let kept = [positions[0], positions[2], positions[3]];
    assert_eq!(rest(&stream, group(7)).await?, delivered(&kept, [0, 2, 3]));
    Ok(())
}

pub async fn acknowledging_twice_counts_once(subject: &dyn StreamSubject) -> Checked {
    let stream = subject.open().await;
    let positions = append_all(&stream, group(7), 0..3).await?;
    for _ in 0..3 {
        stream.acknowledge(group(7), positions[1]).await?;
    }
    assert_eq!(stream.backlog(), 2);
    // An entry that was acknowledged before it was given is not given any more.
    assert_eq!(rest(&stream, group(7)).await?, delivered(&[positions[0], positions[2]], [0, 2]));
    Ok(())
}

pub async fn acknowledging_what_never_was_does_no_harm(subject: &dyn StreamSubject) -> Checked {
    let mut stream = subject.open().await;
    let position = stream.append(group(7), entry(0)).await?;
    for never in [Position(position.0 + 1), Position(position.0 + 1000), Position(u64::MAX)] {
        stream.acknowledge(group(7), never).await?;
    }
    // Another group's entry at a position of this group's.
    stream.acknowledge(group(8), position).await?;
    assert_eq!(stream.backlog(), 1);
    let next = stream.append(group(7), entry(1)).await?;
    let wanted = delivered(&[position, next], 0..2);
    assert_eq!(rest(&stream, group(7)).await?, wanted);
    stream = super::restarted(stream, subject).await;
    assert_eq!(rest(&stream, group(7)).await?, wanted);
    Ok(())
}
