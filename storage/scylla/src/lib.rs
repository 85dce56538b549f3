//! The store on a CQL server: ScyllaDB, for deployments that outgrow one machine; Apache Cassandra 5.0 serves too, for tests.
//!
//! What it is for: the same tables under the same keys as on every backend. Tables of commits are written by conditional
//! batches in one partition (Paxos), stamped tables by plain writes `USING TIMESTAMP`; the two never meet in one table.
//!
//! What it promises: the store contract, and nothing beside it. Every request has a time-out. A commit whose answer is lost
//! is `Unknown`, and its partition is read at `LOCAL_SERIAL` until that has told what became of it. Only what can be repeated
//! is sent again. What differs between the two servers stands in [`Dialect`] alone.
//!
//! What it deliberately does not know: what rows mean (keys and values are opaque bytes, sealed above), how to make a
//! cluster, and how to keep one.

mod config;
mod dialect;
mod failure;
mod migrate;
mod open;
mod schema;
mod server;
mod statements;
mod store;
mod undecided;
mod values;

pub use config::Config;
pub use dialect::{Dialect, Server};
pub use migrate::{Migrated, migrate};
pub use open::OpenError;
pub use store::ScyllaStore;
