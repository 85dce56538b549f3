//! What was answered is there after a restart, and what was acknowledged is not.

use super::{Checked, append_all, delivered, entry, group, limits::fill, rest, restarted};
use crate::{Position, StreamError, conformance::StreamSubject};

pub async fn a_restart_brings_exactly_what_was_not_acknowledged(subject: &dyn StreamSubject) -> Checked {
    let mut stream = subject.open().await;
    let mut kept: Vec<(u64, Vec<Position>)> = Vec::new();
    for number in 0..16 {
        let positions = append_all(&stream, group(number), 0..8).await?;
        // Group 0 acknowledges nothing, group 1 everything, the others the first few, given or not.
        let done = if number == 1 { 8 } else { number as usize / 2 };
        for position in &positions[..done] {
            stream.acknowledge(group(number), *position).await?;
        }
        kept.push((done as u64, positions[done..].to_vec()));
    }
    stream = restarted(stream, subject).await;
    for (number, (done, positions)) in (0..).zip(&kept) {
        assert_eq!(rest(&stream, group(number)).await?, delivered(positions, *done..8), "group {number}");
    }
    Ok(())
}

pub async fn a_restart_keeps_the_backlog(subject: &dyn StreamSubject) -> Checked {
    let mut stream = subject.open().await;
    let positions = append_all(&stream, group(3), 0..20).await?;
    for position in &positions[..13] {
        stream.acknowledge(group(3), *position).await?;
    }
    stream = restarted(stream, subject).await;
    assert_eq!(stream.backlog(), 7, "exact from the moment the stream is open");
    stream.append(group(3), entry(20)).await?;
    assert_eq!(stream.backlog(), 8);
    Ok(())
}

pub async fn positions_are_never_used_again(subject: &dyn StreamSubject) -> Checked {
    let mut stream = subject.open().await;
    let mut highest = None;
    for round in 0..5 {
        let positions = append_all(&stream, group(3), 0..4).await?;
        assert!(highest < positions.first().copied(), "round {round}");
        highest = positions.last().copied();
        // Nothing of the round is left to remember the positions by.
        for position in positions {
            stream.acknowledge(group(3), position).await?;
        }
        stream = restarted(stream, subject).await;
        if round % 2 == 1 {
            stream = restarted(stream, subject).await;
        }
    }
    Ok(())
}

pub async fn what_was_given_and_not_acknowledged_comes_again(subject: &dyn StreamSubject) -> Checked {
    let mut stream = subject.open().await;
    let positions = append_all(&stream, group(6), 0..5).await?;
    let wanted = delivered(&positions, 0..5);
    for given in 0..5 {
        for wanted in &wanted[..given] {
            assert_eq!(stream.next(group(6)).await?, *wanted);
        }
        stream = restarted(stream, subject).await;
    }
    assert_eq!(rest(&stream, group(6)).await?, wanted);
    Ok(())
}

pub async fn a_full_stream_is_full_after_a_restart(subject: &dyn StreamSubject) -> Checked {
    let (mut stream, limits) = (subject.open().await, subject.limits());
    let taken = fill(&stream, limits).await?;
    stream = restarted(stream, subject).await;
    let refused = stream.append(group(0), vec![0; limits.entry_bytes].into()).await;
    assert!(matches!(refused, Err(StreamError::Full(_))), "{refused:?}");
    for (number, position) in taken {
        stream.acknowledge(group(number), position).await?;
    }
    stream = restarted(stream, subject).await;
    assert_eq!(stream.backlog(), 0);
    fill(&stream, limits).await?;
    Ok(())
}

pub async fn many_restarts_lose_nothing(subject: &dyn StreamSubject) -> Checked {
    let mut stream = subject.open().await;
    let mut positions = Vec::new();
    for round in 0..10 {
        positions.extend(append_all(&stream, group(11), [round]).await?);
        stream = restarted(stream, subject).await;
        assert_eq!(stream.backlog(), round + 1);
        assert_eq!(rest(&stream, group(11)).await?, delivered(&positions, 0..=round));
    }
    Ok(())
}
