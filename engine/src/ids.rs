//! Identifiers as newtypes, so that a lead's id can't be passed where a user's is meant. All are UUIDv7 (RFC 9562) and
//! are made by the shell; the engine only derives new ones ([`derived`]) from those it was given.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::{Builder, Uuid};

use crate::time::Timestamp;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes, in network order: what store keys are made of.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
            /// From sixteen bytes, as read back from a store key.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self { Self(Uuid::from_bytes(bytes)) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(&self.0, f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(&self.0, f) }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }
    )*};
}

id! {
    /// A brokerage: the isolation boundary.
    TenantId,
    /// Agents and their team leads in a tenant.
    TeamId,
    /// A person who signs in.
    UserId,
    /// The client record and its follow-up state: one aggregate, one actor.
    LeadId,
    /// One immutable entry of a lead's timeline.
    EventId,
    /// What a card is backed by. A card's id is its task's id.
    TaskId,
    /// A mailbox, phone number or account that a tenant connected.
    ConnectionId,
    /// A client-made id of one action: sent twice, it acts once (DECK-4).
    MutationId,
    /// An outbound message, a logged call, a visit or a note that may count as a touch.
    TouchId,
    /// One phone call, from its intent to its outcome.
    CallId,
    /// A file: one that a client sent, or that a person uploaded to send it to a client.
    AttachmentId,
    /// The bytes of files that are equal, within a tenant.
    ContentId,
}

/// An id that follows from what is already decided: the `n`-th one made by the commit that takes `lead` to `version`.
///
/// Deciding the same command on the same state again gives the same id, which is what makes replays and redeliveries
/// harmless. The 74 bits that UUIDv7 leaves free are mixed from the lead's id, the version and `n`.
#[must_use]
pub fn derived(lead: LeadId, version: u64, n: u32, at: Timestamp) -> Uuid {
    let (high, low) = lead.0.as_u64_pair();
    let first = mix(high ^ mix(low ^ version));
    let second = mix(first ^ u64::from(n));
    let mut random = [0_u8; 10];
    random[..8].copy_from_slice(&mix(first ^ second.rotate_left(17)).to_be_bytes());
    random[8..].copy_from_slice(&second.to_be_bytes()[..2]);
    Builder::from_unix_timestamp_millis(at.as_millis().unsigned_abs(), &random).into_uuid()
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every input bit over the output.
pub(crate) const fn mix(input: u64) -> u64 {
    let mut z = input.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_differ_by_every_input_and_repeat_for_the_same() {
        let lead = LeadId(Uuid::from_u128(7));
        let at = Timestamp::from_millis(1_700_000_000_000);
        let one = derived(lead, 1, 0, at);
        assert_eq!(one, derived(lead, 1, 0, at));
        assert_ne!(one, derived(lead, 2, 0, at));
        assert_ne!(one, derived(lead, 1, 1, at));
        assert_ne!(one, derived(LeadId(Uuid::from_u128(8)), 1, 0, at));
        assert_eq!(one.get_version_num(), 7);
    }
}
