//! The store and the stream in memory, with faults to order.
//!
//! What it is for: everything above storage is tested on it. Nothing here touches a disk, so a test that kills a process
//! a thousand times takes no longer than the work between.
//!
//! What it promises: the contracts of `hearthline-storage-api`, word by word and by the same conformance suite as every
//! other backend. What was answered outlives the handles: open a new session on the same [`MemoryStore`] or
//! [`MemoryStream`] and it is there, as after a restart. It is deterministic: ordered maps, no clock, no threads, and no
//! randomness but [`SeededRandom`].
//!
//! What it deliberately does not know: disks, and what any row means.

mod blobs;
pub mod faults;
mod random;
mod store;
mod stream;

pub use blobs::MemoryBlobs;
pub use random::SeededRandom;
pub use store::MemoryStore;
pub use stream::{Limits, MemoryStream};
