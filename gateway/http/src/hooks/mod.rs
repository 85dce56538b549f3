//! Webhooks: rows 1 to 3 of the path of a message.
//!
//! The signature is checked on the raw bytes before anything is parsed (ING-6); the request is sealed and appended; only
//! then the provider gets its 2xx (ING-7). Nothing else happens before the answer, and nothing is read from the store
//! for a connection that was seen before: while the store is away, hooks go on.

mod book;
mod receive;
mod twilio;

pub(crate) use book::Hooks;
pub(crate) use receive::{__path_receive, receive};

/// The largest request that is taken, in bytes.
pub const MAX_HOOK_BYTES: usize = 64 * 1024;
