//! Wire types, codes and their mapping.
//!
//! What it is for: everything that crosses the public surface as JSON has its type here, with its name as
//! `surface.md` fixes it, its place in OpenAPI, and the reading of what clients send. [`fault`] is the one file that
//! maps every kind of failure to a status, a code and words; [`close`] does the same for sockets.
//!
//! What it promises: a request that can't be taken names every field that is wrong and what is allowed, unknown fields
//! included. Nothing here repeats what a client sent, and no type that carries raw content or a secret can be printed.
//!
//! What it deliberately does not know: HTTP servers, sockets, stores, and who may see what: raw fields are filled by
//! those who hold a grant.

mod account;
mod action;
pub mod asyncapi;
mod attachment;
mod audit;
mod card;
pub mod close;
mod connection;
mod connection_health;
mod connection_settings;
mod cursor;
mod event;
mod event_detail;
mod explained;
mod fault;
mod figures;
pub mod form;
mod hours;
mod lead;
mod lead_deeds;
mod lead_query;
mod lead_record;
mod live;
mod message;
mod names;
mod notice;
mod problem;
mod queues;
mod rescue;
mod rules;
mod rules_preview;
mod session;
mod team;
mod tenant;
mod time;
pub mod words;

pub use account::*;
pub use action::*;
pub use attachment::*;
pub use audit::*;
pub use card::*;
pub use connection::*;
pub use connection_health::*;
pub use connection_settings::*;
pub use cursor::*;
pub use event::*;
pub use event_detail::*;
pub use explained::*;
pub use fault::*;
pub use figures::*;
pub use form::{Form, FromForm};
pub use hours::{BusinessHours, HoursSpan, QuietHours};
pub use lead::*;
pub use lead_deeds::*;
pub use lead_query::*;
pub use lead_record::*;
pub use live::*;
pub use message::*;
pub use names::*;
pub use notice::*;
pub use problem::*;
pub use queues::*;
pub use rescue::*;
pub use rules::*;
pub use rules_preview::*;
pub use session::*;
pub use team::*;
pub use tenant::*;
pub use time::*;
