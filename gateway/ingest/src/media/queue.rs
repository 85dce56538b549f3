//! Which files are to be fetched next, in memory: those of the durable list, in the order of their times, of which no more
//! than so many of one connection are under way.

use hearthline_engine::{ids::ConnectionId, time::Timestamp};
use hearthline_storage_api::rows::attachment::Due;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::Notify;

/// More are left in the durable list until these are dealt with.
const REMEMBERED: usize = 50_000;
/// Of one connection, so many are fetched at once: a slow provider holds back nobody else.
const OF_ONE_CONNECTION: usize = 2;

#[derive(Default)]
struct Waiting {
    due: BTreeSet<Due>,
    under_way: BTreeMap<ConnectionId, usize>,
    /// Some did not fit.
    more: bool,
}

/// Shared by whoever notes files and whoever fetches them.
#[derive(Default)]
pub struct MediaQueue {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

/// What is to be done now.
pub(super) enum Next {
    Fetch(Due),
    /// Nothing before that moment.
    At(Timestamp),
    /// Nothing until something changes; whether the durable list holds more.
    Nothing {
        more: bool,
    },
}

impl MediaQueue {
    /// Puts a file in line; it stands in the durable list already. Put twice, it is fetched twice at worst.
    pub fn push(&self, due: Due) {
        let mut waiting = self.waiting.lock();
        if waiting.due.len() < REMEMBERED {
            waiting.due.insert(due);
        } else {
            waiting.more = true;
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// How many wait, or are under way, of a connection.
    #[must_use]
    pub fn of_connection(&self, connection: ConnectionId) -> usize {
        let waiting = self.waiting.lock();
        let under_way = waiting.under_way.get(&connection).copied().unwrap_or_default();
        waiting.due.iter().filter(|due| due.connection == connection).count() + under_way
    }

    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(super) fn next(&self, now: Timestamp) -> Next {
        let mut waiting = self.waiting.lock();
        let free =
            |due: &&Due| waiting.under_way.get(&due.connection).copied().unwrap_or(0) < OF_ONE_CONNECTION;
        let Some(first) = waiting.due.iter().find(free).copied() else {
            let more = waiting.due.is_empty() && std::mem::take(&mut waiting.more);
            return Next::Nothing { more };
        };
        if first.at > now {
            return Next::At(first.at);
        }
        waiting.due.remove(&first);
        *waiting.under_way.entry(first.connection).or_default() += 1;
        Next::Fetch(first)
    }

    /// It is dealt with, or put in line again for later.
    pub(super) fn finished(&self, connection: ConnectionId) {
        let mut waiting = self.waiting.lock();
        if let Some(count) = waiting.under_way.get_mut(&connection) {
            *count -= 1;
            if *count == 0 {
                waiting.under_way.remove(&connection);
            }
        }
        drop(waiting);
        self.changed.notify_one();
    }
}
