//! The composition root: what the binary `hearthline` is made of. The only place, with tests, worlds and benches, that sees
//! a concrete store. A library beside the binary so that benches measure the very server that runs.

pub mod admin;
mod backing;
mod backlog;
mod books;
mod bootstrap;
mod carrier;
pub mod check;
pub mod clock;
pub mod config;
pub mod demo;
mod housekeeping;
#[cfg(debug_assertions)]
mod kill;
pub mod loadtest;
pub mod logging;
mod media;
mod rules;
pub mod serve;
mod signals;
pub mod simulate;
mod sockets;
