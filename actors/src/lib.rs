//! Shells around the engine: leads, decks, directories, shards, timers, outbox.
