//! How fast one connection may be asked to send (OUT-7): so many messages at once, then so many a second, and nothing at
//! all while its provider asks to be left alone.

use hearthline_engine::{ids::ConnectionId, time::Seconds};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Twilio queues what one number can't send at once; its API takes about this much of one account without a 429.
const PER_SECOND: u32 = 20;
const BURST: u32 = 40;
/// What a provider's "later" without a time means.
const REST: Duration = Duration::from_secs(2);
/// More connections are not remembered: those whose time has come are forgotten.
const REMEMBERED: usize = 10_000;

/// When each connection may be asked next.
#[derive(Default)]
pub(super) struct Pace(Mutex<BTreeMap<ConnectionId, Instant>>);

impl Pace {
    /// Takes a place, or says how long there is none.
    pub(super) fn take(&self, connection: ConnectionId, now: Instant) -> Result<(), Duration> {
        let step = Duration::from_secs(1) / PER_SECOND;
        let mut busy = self.0.lock();
        if busy.len() >= REMEMBERED {
            busy.retain(|_, until| *until > now);
        }
        // Where the bucket would be empty again: a full burst may lie ahead of now.
        let until = busy.get(&connection).copied().unwrap_or(now).max(now);
        let ahead = until.saturating_duration_since(now);
        let room = step * (BURST - 1);
        if ahead > room {
            return Err(ahead.saturating_sub(room));
        }
        busy.insert(connection, until + step);
        Ok(())
    }

    /// The provider wants to be left alone.
    pub(super) fn rest(&self, connection: ConnectionId, now: Instant, retry_after: Option<Seconds>) {
        let rest = retry_after.map_or(REST, |after| Duration::from_secs(after.0.into()));
        let step = Duration::from_secs(1) / PER_SECOND;
        let until = now + rest.min(Duration::from_secs(3_600)) + step * (BURST - 1);
        let mut busy = self.0.lock();
        let standing = busy.entry(connection).or_insert(until);
        *standing = (*standing).max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_7_a_connection_takes_a_burst_and_then_its_pace_and_others_take_theirs() {
        let (pace, now) = (Pace::default(), Instant::now());
        let one = ConnectionId::from_bytes([1; 16]);
        for _ in 0..BURST {
            assert_eq!(pace.take(one, now), Ok(()));
        }
        let step = Duration::from_millis(50);
        assert_eq!(pace.take(one, now), Err(step));
        assert_eq!(pace.take(ConnectionId::from_bytes([2; 16]), now), Ok(()));
        assert_eq!(pace.take(one, now + step), Ok(()));
        assert_eq!(pace.take(one, now + step), Err(step));
    }

    #[test]
    fn out_7_a_connection_is_left_alone_as_long_as_its_provider_asks_for() {
        let (pace, now) = (Pace::default(), Instant::now());
        let one = ConnectionId::from_bytes([1; 16]);
        pace.rest(one, now, Some(Seconds(7)));
        assert_eq!(pace.take(one, now), Err(Duration::from_secs(7)));
        assert_eq!(pace.take(one, now + Duration::from_secs(7)), Ok(()));
    }
}
