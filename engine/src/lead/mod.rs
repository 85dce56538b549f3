//! The lead: one aggregate, one actor, one life cycle (LIF-1).
//!
//! [`decide`] takes a state and a command and answers with events or with the rule that was broken; [`apply`] makes an
//! event true, totally and without rules; [`effects`] names which projections an event asks for; [`next_deadline`] says
//! when to wake the lead. The whole table of state × command is one snapshot in the tests.

mod apply;
mod audit;
mod card;
mod command;
mod deadline;
mod decide;
mod effects;
mod event;
mod explain;
mod merging;
mod preview;
mod profile;
mod record;
mod rejected;
mod sending;
mod snooze;
mod state;
mod undo;
mod window;

pub use apply::{advance, apply};
pub use audit::audited;
pub use card::*;
pub use command::*;
pub use deadline::next_deadline;
pub use decide::decide;
pub use effects::{effects, enters_timeline};
pub use event::*;
pub use explain::*;
pub use merging::*;
pub use preview::*;
pub use profile::*;
pub use record::*;
pub use rejected::*;
pub use sending::*;
pub use snooze::*;
pub use state::*;
pub use undo::*;
pub use window::*;
