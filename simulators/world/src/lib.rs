//! The seeded simulation of the whole engine.
//!
//! What it is for: a brokerage on a bad day. Clients write, people answer them, providers repeat themselves, refuse, and
//! lose answers, people act, read and leave, rules change, time passes, storage lies and the process dies anywhere;
//! afterwards everything must be as if nothing had gone wrong.
//!
//! What it promises: a seed replays. Clock and randomness are injected, each incarnation has a runtime of its own with
//! paused time, dropping it is the crash, and the trace of two runs of a seed is the same. The verdict is held against a
//! ledger and a model of the world's own, never against the engine's decisions.
//!
//! What it deliberately does not know: HTTP, disks, and real time.

mod calendar;
mod callbacks;
mod carrier;
mod clock;
mod deeds;
mod dice;
mod drive;
mod events;
mod leaving;
mod ledger;
mod letters;
mod life;
mod looks;
mod made;
mod office;
mod people;
mod plan;
mod provider;
mod running;
mod screens;
mod storage;
mod tally;
mod trace;
mod verdict;
mod world;

pub use drive::PLANTED;
pub use ledger::Counts;
pub use life::{Cut, Place};
pub use plan::{Deaths, Plan, Temper, Weather};
pub use tally::{Happening, Tally};
pub use world::{Report, World};
