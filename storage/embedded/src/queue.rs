//! The bounded queue in front of a writer thread: everything queued during one sync shares the next.

use parking_lot::{Condvar, Mutex};
use std::{collections::VecDeque, time::Duration};

/// Abandons the queue when its reader ends, however it ends.
#[derive(Debug)]
pub(crate) struct Reading<'a, T>(pub &'a Queue<T>);

impl<T> Drop for Reading<'_, T> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Why an item was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    Closed,
}

/// What a wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Items,
    /// Nothing came for as long as was given.
    Idle,
    /// Closed, and everything was taken.
    Closed,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    closed: bool,
}

/// Never holds more than its limits: full is answered at once.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
    max_items: usize,
    max_bytes: usize,
}

impl<T> Queue<T> {
    pub fn new(max_items: usize, max_bytes: usize) -> Self {
        let state = State { items: VecDeque::new(), bytes: 0, closed: false };
        Self { state: Mutex::new(state), ready: Condvar::new(), max_items, max_bytes }
    }

    /// One item is taken whatever its size, if nothing else waits.
    pub fn push(&self, item: T, size_bytes: usize) -> Result<(), Refused> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        let too_many =
            state.items.len() >= self.max_items || state.bytes.saturating_add(size_bytes) > self.max_bytes;
        if too_many && !state.items.is_empty() {
            return Err(Refused::Full);
        }
        state.items.push_back((item, size_bytes));
        state.bytes += size_bytes;
        drop(state);
        self.ready.notify_one();
        Ok(())
    }

    /// Moves what is queued into `into`, up to `max_bytes` but at least one; waits for it.
    pub fn take(&self, into: &mut Vec<T>, max_bytes: usize, patience: Duration) -> Taken {
        let mut state = self.state.lock();
        while state.items.is_empty() {
            if state.closed {
                return Taken::Closed;
            }
            if self.ready.wait_for(&mut state, patience).timed_out()
                && state.items.is_empty()
                && !state.closed
            {
                return Taken::Idle;
            }
        }
        let mut taken = 0;
        while let Some((_, size)) = state.items.front() {
            if taken > 0 && taken + size > max_bytes {
                break;
            }
            taken += size;
            let (item, size) = state.items.pop_front().expect("the front was just seen");
            state.bytes -= size;
            into.push(item);
        }
        Taken::Items
    }

    /// Takes nothing more, and lets go of what is queued: whoever waits for an answer sees that none comes.
    pub fn abandon(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let abandoned = std::mem::take(&mut state.items);
        state.bytes = 0;
        drop(state);
        drop(abandoned);
    }

    /// Takes nothing more; what is queued can still be taken.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.ready.notify_all();
    }
}
