//! What a stream does not take.

use super::{Checked, Stream, entry, group, rest};
use crate::{
    Position, StreamError,
    conformance::{StreamLimits, StreamSubject},
};
use bytes::Bytes;

fn of_size(size_bytes: usize) -> Bytes {
    vec![0x5a; size_bytes].into()
}

pub async fn an_entry_of_exactly_the_limit_passes_and_one_byte_more_does_not(
    subject: &dyn StreamSubject,
) -> Checked {
    let (stream, max_bytes) = (subject.open().await, subject.limits().entry_bytes);
    let size_bytes = max_bytes + 1;
    let refused = stream.append(group(0), of_size(size_bytes)).await;
    assert_eq!(refused, Err(StreamError::TooLarge { size_bytes, max_bytes }));
    stream.append(group(0), of_size(max_bytes)).await?;
    assert_eq!(stream.next(group(0)).await?.entry.len(), max_bytes);
    assert_eq!(stream.backlog(), 1);
    Ok(())
}

/// Appends entries of the largest size to all groups in turns until no more are taken.
pub(super) async fn fill(stream: &Stream, limits: StreamLimits) -> Result<Vec<(u64, Position)>, StreamError> {
    let most = limits.total_bytes / limits.entry_bytes as u64;
    let mut taken = Vec::new();
    loop {
        let number = taken.len() as u64;
        match stream.append(group(number), of_size(limits.entry_bytes)).await {
            Ok(position) => taken.push((number, position)),
            Err(StreamError::Full(_)) => break,
            Err(other) => return Err(other),
        }
        assert!(taken.len() as u64 <= most, "it takes no more than its limit");
    }
    assert!(taken.len() as u64 * 2 > most, "it takes about as much as its limit");
    Ok(taken)
}

pub async fn a_full_stream_takes_again_once_entries_are_acknowledged(subject: &dyn StreamSubject) -> Checked {
    let (stream, limits) = (subject.open().await, subject.limits());
    for _ in 0..3 {
        let taken = fill(&stream, limits).await?;
        assert_eq!(stream.backlog(), taken.len() as u64);
        for (number, position) in taken {
            let delivery = stream.next(group(number)).await?;
            assert_eq!((delivery.position, delivery.entry.len()), (position, limits.entry_bytes));
            stream.acknowledge(group(number), position).await?;
        }
        assert_eq!(stream.backlog(), 0);
    }
    let position = stream.append(group(0), entry(0)).await?;
    assert_eq!(stream.next(group(0)).await?.position, position);
    Ok(())
}

pub async fn a_refused_entry_never_comes(subject: &dyn StreamSubject) -> Checked {
    let (mut stream, limits) = (subject.open().await, subject.limits());
    let taken = fill(&stream, limits).await?;
    for number in 0..16 {
        let refused = stream.append(group(number), of_size(limits.entry_bytes)).await;
        assert!(matches!(refused, Err(StreamError::Full(_))), "{refused:?}");
        assert!(stream.append(group(number), of_size(limits.entry_bytes + 1)).await.is_err());
    }
    assert_eq!(stream.backlog(), taken.len() as u64);
    stream = super::restarted(stream, subject).await;
    for (number, position) in &taken {
        assert_eq!(stream.next(group(*number)).await?.position, *position);
        stream.acknowledge(group(*number), *position).await?;
    }
    for number in 0..16 {
        assert_eq!(rest(&stream, group(number)).await?, []);
    }
    Ok(())
}
