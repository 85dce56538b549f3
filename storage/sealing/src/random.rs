//! Randomness of the operating system.

use hearthline_engine::time::Timestamp;
use hearthline_storage_api::Random;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::{Builder, Uuid};

/// What production uses for keys, nonces, tokens and ids. Ids that this process makes within one millisecond are in the
/// order they were made in (RFC 9562, 6.2, method 1), so that a timeline shows a burst as it came.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    /// # Panics
    /// When the operating system has no randomness: nothing that follows could be sealed.
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }

    fn uuid_v7(&self, at: Timestamp) -> Uuid {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        let millis = u64::try_from(at.as_millis()).unwrap_or(0);
        let counted = counter(millis, u16::from_be_bytes([bytes[0], bytes[1]])).to_be_bytes();
        bytes[..2].copy_from_slice(&counted);
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

/// The newest millisecond that an id was made for, above the 12 bits of its counter.
static NEWEST: AtomicU64 = AtomicU64::new(0);
const COUNTER: u64 = 0xfff;

/// The 12 bits behind the moment: counted within the newest millisecond, from a random start in the lower half; random for
/// an id of an earlier moment, and beyond the 2,048 ids or more that a millisecond has room to count.
fn counter(millis: u64, random: u16) -> u16 {
    let start = u64::from(random) & (COUNTER >> 1);
    let next = |newest: u64| match (newest >> 12).cmp(&millis) {
        std::cmp::Ordering::Less => Some(millis << 12 | start),
        std::cmp::Ordering::Equal if newest & COUNTER < COUNTER => Some(newest + 1),
        std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => None,
    };
    let before = NEWEST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    let bits = before.ok().and_then(next).map_or(random, |made| (made & COUNTER) as u16);
    bits & COUNTER as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_are_in_the_order_they_were_made_in() {
        let now = Timestamp::from_millis(4_000_000_000_000);
        let ids: Vec<Uuid> = (0..2_000).map(|_| OsRandom.uuid_v7(now)).collect();
        assert!(ids.is_sorted(), "in order");
        let earlier = OsRandom.uuid_v7(Timestamp::from_millis(1_700_000_000_000));
        assert_eq!(earlier.as_bytes()[..6], 1_700_000_000_000_u64.to_be_bytes()[2..], "its own moment");
        assert_eq!(earlier.get_version_num(), 7);
    }
}
