//! Actors on the memory store, in paused time: what each promise of theirs comes to when storage is slow, lies or is away,
//! when a lead fails, and when two processes think that they are the one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod actions;
mod audit;
mod audit_tampering;
mod decks;
mod exchange;
mod failures;
mod health;
mod house;
mod overtaken;
mod readers;
mod restarts;
mod rollouts;
mod sends;
mod storage;
mod timers;
mod two_nodes;
