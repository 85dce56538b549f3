//! The embedded store and stream, seen from outside: through the contracts, the files they leave, and a disk that fails.

#![allow(
    clippy::unwrap_used,
    reason = "a test that fails to get what it needs has failed: that is what a panic says"
)]

mod conformance;
mod damage;
mod failures;
mod kills;
mod log_crashes;
mod log_damage;
mod rng;
mod room;
mod sim_disk;
mod store;
mod stream;
