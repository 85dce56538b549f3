//! What the rows hold: one file per table or family, with its keys and its encoding beside it.
//!
//! Rows are MessagePack with field names, so that a newer version may add fields and an older row still reads; they are
//! sealed as a whole by [`codec`], and what is raw inside them is sealed once more on its own.

pub mod apart;
pub mod attachment;
pub mod audit;
pub mod blob;
pub mod codec;
pub mod connection;
pub mod content;
mod dead_letter;
pub mod deck;
pub mod directory;
pub mod expiry;
pub mod health;
pub mod idempotency;
pub mod identity;
pub mod inbound;
pub mod lead;
pub mod merge;
pub mod notice;
pub mod outbound;
pub mod queues;
pub mod reading;
pub mod rollout;
pub mod roster;
pub mod session;
mod settings;
pub mod settlement;
pub mod team;
pub mod tenant;
pub mod timeline;
pub mod timer;
pub mod turn;
pub mod user;
