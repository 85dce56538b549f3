//! The socket hub.
