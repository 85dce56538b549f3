//! Shells around the engine on ractor.
//!
//! What it is for: one actor per hot lead, one per open deck, one per tenant's directory, one supervisor per partition;
//! they hold state and timers, commit, and carry out what the engine's effects ask for.
//!
//! What it promises: one writer per lead; an answer only after the commit is durable; every effect of a commit is carried
//! out at least once and has its effect once, whatever dies in between; queues are bounded at the edges.
//!
//! What it deliberately does not know: HTTP, sockets, providers, and which store is behind the contract.

mod clock;

pub use clock::Clock;
