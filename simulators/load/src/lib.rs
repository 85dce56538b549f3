//! Brokerages as they live: clients of six languages who ask, see places, offer, fall silent and come back, and agents who
//! answer, call, note and sometimes forget.
//!
//! Two halves. What happens is pure and seeded: [`people`], [`voice`], [`plan`], [`director`] and [`picture`] know no
//! server, no clock and no network, and the same seed gives the same lives. How it reaches a server is in [`drive`]:
//! clients write through the providers' simulators, which sign their webhooks; people use the public routes.
//!
//! Deliberately knows no crate of the server: it sees of it what anybody sees from outside.

mod arcs;
pub mod dice;
pub mod director;
pub mod drive;
pub mod people;
pub mod phrase;
pub mod picture;
pub mod plan;
pub mod voice;
