//! Webhooks: rows 1 to 3 of the path of a message.
//!
//! The signature is checked on the raw bytes before anything is parsed (ING-6); the request is sealed and appended; only
//! then the provider gets its 2xx (ING-7). Nothing else happens before the answer, and nothing is read from the store
//! for a connection that was seen before: while the store is away, hooks go on.

use hearthline_engine::ids::ConnectionId;

mod book;
mod handshake;
mod meta;
mod receive;
mod twilio;

pub(crate) use book::Hooks;
pub(crate) use handshake::{__path_handshake, handshake};
pub(crate) use receive::{__path_receive, receive};

/// The largest request that is taken, in bytes.
pub const MAX_HOOK_BYTES: usize = 64 * 1024;

/// The largest that is taken of a provider that sends batches: Meta's are up to 3 MB ("Webhooks, payload size").
pub const MAX_BATCH_BYTES: usize = 3 * 1024 * 1024;

/// What a signature turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signature {
    Right,
    Missing,
    Wrong {
        /// The request names another account than the settings do: most likely another account's secret.
        other_account: bool,
    },
}

/// Kind and connection of `/hooks/{kind}/{connection_id}`, without a copy.
fn address_of(path: &str) -> Option<(&str, ConnectionId)> {
    let (kind, connection) = path.strip_prefix("/hooks/")?.split_once('/')?;
    Some((kind, connection.parse().ok()?))
}
