//! What providers send, read: one file per provider, pure.
