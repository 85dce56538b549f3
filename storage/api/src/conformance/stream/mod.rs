//! What a stream promises.

pub mod acknowledging;
pub mod limits;
pub mod order;
pub mod random;
pub mod restart;
pub mod waiting;

use bytes::Bytes;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use super::StreamSubject;
use crate::{Delivery, Group, InboundStream, Position, StreamError};

/// What a property ends with.
pub type Checked = Result<(), StreamError>;
type Stream = Arc<dyn InboundStream>;

const MARK: Bytes = Bytes::from_static(b"the end of what was there");

/// A group by its number.
fn group(number: u64) -> Group {
    Group::of(number)
}

/// An entry that tells where it came from.
fn entry(number: u64) -> Bytes {
    Bytes::from(format!("entry {number}"))
}

/// Drops the stream and opens it again.
async fn restarted(stream: Stream, subject: &dyn StreamSubject) -> Stream {
    drop(stream);
    subject.open().await
}

/// Everything that the group still gives, found without waiting in vain: a marked entry is appended and read up to. It is
/// acknowledged; what is returned is not.
async fn rest(stream: &Stream, of: Group) -> Result<Vec<Delivery>, StreamError> {
    let end = stream.append(of, MARK).await?;
    let mut rest = Vec::new();
    loop {
        let delivery = stream.next(of).await?;
        if delivery.position == end {
            assert_eq!(delivery.entry, MARK);
            stream.acknowledge(of, end).await?;
            return Ok(rest);
        }
        rest.push(delivery);
    }
}

/// Appends entries `numbers` and tells where they went.
async fn append_all(
    stream: &Stream,
    to: Group,
    numbers: impl IntoIterator<Item = u64>,
) -> Result<Vec<Position>, StreamError> {
    let mut positions = Vec::new();
    for number in numbers {
        positions.push(stream.append(to, entry(number)).await?);
    }
    Ok(positions)
}

fn delivered(positions: &[Position], numbers: impl IntoIterator<Item = u64>) -> Vec<Delivery> {
    let entries = numbers.into_iter().map(entry);
    positions.iter().zip(entries).map(|(&position, entry)| Delivery { position, entry }).collect()
}

/// Asks a future once, and does not come back when it could go on.
fn ask_once<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
