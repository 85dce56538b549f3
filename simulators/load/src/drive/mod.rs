//! Living it on a server: people by public routes, clients by the webhooks of simulated providers.
//!
//! Promises: nothing reaches the server in another way; what it answers 429 or 503 is asked again when it says so; memory
//! does not grow with time. Deliberately knows nothing of the server but its address, its operator's token and a clock
//! that can be moved.

mod client;
mod deeds;
mod office;
mod providers;
mod seeding;
mod traffic;
mod work;

pub use self::{
    client::{Client, Failed},
    office::{Connection, Kept, Office, SignIn},
    providers::Providers,
    seeding::{Past, Seeded, seed},
    traffic::{Traffic, Valve},
};

/// The engine's time, as whoever starts the server gives it.
pub trait EngineTime: Send + Sync + 'static {
    /// Milliseconds since the epoch.
    fn now_ms(&self) -> i64;
    /// Shows that moment from now on, if it has not passed.
    fn jump_to(&self, at_ms: i64);
}
