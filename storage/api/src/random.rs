//! Randomness comes from outside: production gives the operating system's, the world a seeded one, so that a seed replays.

use hearthline_engine::time::Timestamp;
use uuid::{Builder, Uuid};

use crate::Token;

/// A source of random bytes. Keys and nonces come from here too: outside tests it must be fit for cryptography.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes` with fresh ones. Never answers without having done so.
    fn fill(&self, bytes: &mut [u8]);

    /// A token for one attempt to commit; never [`Token::NONE`].
    fn token(&self) -> Token {
        loop {
            let mut bytes = [0; 16];
            self.fill(&mut bytes);
            let token = Token(u128::from_be_bytes(bytes));
            if token != Token::NONE {
                return token;
            }
        }
    }

    /// A UUIDv7 (RFC 9562) of that moment. Moments before 1970 count as 1970.
    fn uuid_v7(&self, at: Timestamp) -> Uuid {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        let millis = u64::try_from(at.as_millis()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    /// Every call is filled with the next number.
    struct Counting(AtomicU8);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    #[test]
    fn a_token_is_never_the_token_of_an_untouched_partition() {
        assert_eq!(Counting(AtomicU8::new(0)).token(), Token(u128::from_be_bytes([1; 16])));
    }

    #[test]
    fn a_uuid_carries_its_version_and_its_moment() {
        let random = Counting(AtomicU8::new(0xff));
        let id = random.uuid_v7(Timestamp::from_millis(1_700_000_000_000));
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.as_bytes()[..6], 1_700_000_000_000_u64.to_be_bytes()[2..]);
        let before_1970 = random.uuid_v7(Timestamp::from_millis(-1));
        assert_eq!(before_1970.as_bytes()[..6], [0; 6]);
    }
}
