//! The socket hub: `/v1/live`.
//!
//! What it is for: a user's open pages see their deck change, and act on it.
//!
//! What it promises: deltas in order, each encoded once for all sockets of a user; a socket that falls behind is brought up
//! to date from its own offset, and never slows another (DECK-3, DECK-7); an action is answered only when it is durable.
//!
//! What it deliberately does not know: tickets, tokens and routes (they are `gateway/http`'s), and how a deck is stored.

mod actions;
mod hub;
mod metrics;
mod outbox;
mod render;
mod sending;
mod session;
mod threads;

pub use actions::{Actions, Performed, TimeZones};
pub use hub::Hub;
pub use metrics::Metrics;
pub use render::{render_card, render_first, render_snapshot};
pub use sending::send_message;
pub use session::{Person, Sessions};
pub use threads::{Code, Opened, Threads};
