//! What a store, a stream and a keyring promise, and the suites that check it.
//!
//! What it is for: the engine's shells speak to storage through these traits alone; memory, embedded and CQL backends
//! implement them, and one conformance suite holds all of them to the same words.
//!
//! What it promises: **atomicity within one partition key of one table and nothing more**. A conditional commit answers
//! `Applied`, `Conflict` or `Unknown`, on every backend. The inbound stream loses nothing it answered for.
//!
//! What it deliberately does not know: what the rows mean to actors, which process owns which partition, and how bytes
//! reach a disk.

mod blobs;
#[cfg(feature = "conformance")]
pub mod conformance;
mod keyring;
pub mod keys;
mod random;
pub mod rows;
mod settle;
mod store;
mod stream;
mod table;

pub use blobs::*;
pub use keyring::*;
pub use random::*;
pub use settle::*;
pub use store::*;
pub use stream::*;
pub use table::*;
