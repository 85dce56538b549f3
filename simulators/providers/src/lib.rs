//! Providers as real servers: their protocols as their documentation describes them, with knobs for the faults that their
//! documentation leaves out.
//!
//! Promises: what a simulator accepts, it keeps in a ledger that tests count; the same seed strikes the same requests with
//! the same faults, if they come in the same order; nothing outlives the handle.
//!
//! Deliberately knows nothing of ours, and shares no code with it: signatures, forms and dates are written a second time,
//! from the providers' documentation, so that two bugs can't cancel out. It keeps everything it was told for as long as it
//! runs, unless it is given a bound, in memory, texts included: it is for tests and demos, and its control routes ask
//! nobody who they are.

mod chance;
pub mod client;
mod control;
mod ledger;
pub mod meta;
mod serve;
mod simulator;
mod tasks;
pub mod twilio;

pub use chance::Fault;
pub use ledger::Ledger;
pub use simulator::Simulator;
