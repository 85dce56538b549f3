//! The domain of Hearthline, pure.
//!
//! What it is for: every rule about a lead (its life cycle, cards and clocks), about who may see what, about whose
//! message it is, and about reading what providers send.
//!
//! What it promises: the same input gives the same output, everywhere and always. There is no clock, no randomness,
//! no I/O and no async here; `now` and fresh ids come in as values. [`lead::apply`] is total; [`lead::decide`] refuses
//! with a [`lead::Rejected`] that can be shown to a person.
//!
//! What it deliberately does not know: how anything is stored, sent, sealed or scheduled, and that actors exist.

#![warn(missing_docs)]
#![deny(clippy::wildcard_enum_match_arm)]

pub mod access;
pub mod audit;
pub mod deck;
pub mod health;
pub mod hours;
pub mod identity;
pub mod ids;
pub mod lead;
pub mod media;
pub mod message;
pub mod namesake;
pub mod providers;
pub mod raw;
pub mod rules;
pub mod time;
