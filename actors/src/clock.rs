//! Time comes from outside: production gives the system's, the world gives a simulated one.

use hearthline_engine::time::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}
