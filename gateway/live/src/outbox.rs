//! What waits for one socket: shared frames, bounded in bytes. A socket that falls behind loses its queue, not its place:
//! the next frame it gets is made from the deck at its own offset, which holds the latest version of each card (DECK-7).

use axum::extract::ws::Utf8Bytes;
use hearthline_api::close::Close;
use hearthline_engine::ids::LeadId;
use hearthline_storage_api::rows::lead::JournalRow;
use parking_lot::Mutex;
use std::collections::VecDeque;
use tokio::sync::Notify;

/// Bytes queued for one socket before it is conflated.
pub(crate) const CONFLATE_BYTES: usize = 256 * 1024;

/// Events of watched threads that wait for one socket.
const EVENTS: usize = 256;
/// Error answers kept for one socket.
const SAID: usize = 16;

/// One delta, encoded once for all sockets of its user.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub prev: u64,
    pub offset: u64,
    pub text: Utf8Bytes,
}

/// What a socket's writer does next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Send this.
    Frame(Frame),
    /// Send this too; it has no place in the deck's order.
    Say(Utf8Bytes),
    /// Frames were dropped, or one is missing: ask the deck for what changed after the last offset sent.
    CatchUp,
    /// An event of a watched thread, still to be looked up.
    Thread(LeadId, Box<JournalRow>),
    /// A thread is watched no more.
    Unwatched(LeadId, &'static str),
    /// Close, with this reason.
    Close(Close),
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Frame>,
    said: VecDeque<Utf8Bytes>,
    events: VecDeque<(LeadId, Box<JournalRow>)>,
    unwatched: VecDeque<(LeadId, &'static str)>,
    bytes: usize,
    behind: bool,
    close: Option<Close>,
}

/// The queue of one socket. Offering never waits.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    ready: Notify,
}

impl Outbox {
    /// Queues a delta, or notes that the socket is behind.
    pub(crate) fn offer(&self, frame: &Frame) {
        let mut queue = self.queue.lock();
        if !queue.behind {
            queue.bytes += frame.text.len();
            if queue.bytes > CONFLATE_BYTES {
                queue.frames.clear();
                queue.bytes = 0;
                queue.behind = true;
            } else {
                queue.frames.push_back(frame.clone());
            }
        }
        drop(queue);
        self.ready.notify_one();
    }

    /// Queues an answer to a frame that could not be taken. A client that makes many loses the older ones.
    pub(crate) fn say(&self, text: Utf8Bytes) {
        let mut queue = self.queue.lock();
        if queue.said.len() >= SAID {
            queue.said.pop_front();
        }
        queue.said.push_back(text);
        drop(queue);
        self.ready.notify_one();
    }

    /// Queues an event of a watched thread. `false`: the socket is too slow for it, and watches that thread no more.
    pub(crate) fn thread(&self, lead: LeadId, row: JournalRow) -> bool {
        let mut queue = self.queue.lock();
        let fits = queue.events.len() < EVENTS;
        if fits {
            queue.events.push_back((lead, Box::new(row)));
        } else {
            queue.events.retain(|(of, _)| *of != lead);
            queue.unwatched.push_back((lead, "too_slow"));
        }
        drop(queue);
        self.ready.notify_one();
        fits
    }

    /// The socket watches a thread no more: what waits of it is dropped.
    pub(crate) fn unwatch(&self, lead: LeadId, code: &'static str) {
        let mut queue = self.queue.lock();
        queue.events.retain(|(of, _)| *of != lead);
        queue.unwatched.push_back((lead, code));
        drop(queue);
        self.ready.notify_one();
    }

    /// Ends the socket after what it is sending.
    pub(crate) fn close(&self, close: Close) {
        self.queue.lock().close.get_or_insert(close);
        self.ready.notify_one();
    }

    /// The next thing to do for a socket that stands at `offset`. Deltas it has seen already are passed over.
    pub(crate) async fn next(&self, offset: u64) -> Next {
        loop {
            if let Some(next) = self.try_next(offset) {
                return next;
            }
            self.ready.notified().await;
        }
    }

    fn try_next(&self, offset: u64) -> Option<Next> {
        let mut queue = self.queue.lock();
        if let Some(close) = queue.close {
            return Some(Next::Close(close));
        }
        if let Some((lead, code)) = queue.unwatched.pop_front() {
            return Some(Next::Unwatched(lead, code));
        }
        if let Some(text) = queue.said.pop_front() {
            return Some(Next::Say(text));
        }
        if std::mem::take(&mut queue.behind) {
            return Some(Next::CatchUp);
        }
        while let Some(frame) = queue.frames.pop_front() {
            queue.bytes -= frame.text.len();
            if frame.offset <= offset {
                continue;
            }
            if frame.prev != offset {
                queue.frames.clear();
                queue.bytes = 0;
                return Some(Next::CatchUp);
            }
            return Some(Next::Frame(frame));
        }
        queue.events.pop_front().map(|(lead, row)| Next::Thread(lead, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearthline_api::close;

    fn frame(offset: u64, bytes: usize) -> Frame {
        Frame { prev: offset - 1, offset, text: "x".repeat(bytes).into() }
    }

    #[tokio::test]
    async fn deck_3_frames_come_in_order_and_those_already_seen_are_passed_over() {
        let outbox = Outbox::default();
        for offset in 3..=5 {
            outbox.offer(&frame(offset, 10));
        }
        assert!(matches!(outbox.next(3).await, Next::Frame(Frame { offset: 4, .. })));
        assert!(matches!(outbox.next(4).await, Next::Frame(Frame { offset: 5, .. })));
    }

    #[tokio::test]
    async fn deck_3_a_gap_is_filled_from_the_deck() {
        let outbox = Outbox::default();
        outbox.offer(&frame(7, 10));
        assert!(matches!(outbox.next(3).await, Next::CatchUp));
    }

    #[tokio::test]
    async fn deck_7_a_slow_socket_holds_no_more_than_its_bound_and_catches_up() {
        let outbox = Outbox::default();
        for offset in 1..=1_000 {
            outbox.offer(&frame(offset, 4_096));
            assert!(outbox.queue.lock().bytes <= CONFLATE_BYTES);
        }
        assert!(matches!(outbox.next(0).await, Next::CatchUp));
        outbox.offer(&frame(1_001, 10));
        assert!(matches!(outbox.next(1_000).await, Next::Frame(Frame { offset: 1_001, .. })));
    }

    #[tokio::test]
    async fn a_closed_socket_sends_nothing_more() {
        let outbox = Outbox::default();
        outbox.offer(&frame(1, 10));
        outbox.close(close::SESSION_ENDED);
        assert!(matches!(outbox.next(0).await, Next::Close(why) if why == close::SESSION_ENDED));
    }
}
