//! A CQL server for tests and benchmarks: the one that `HEARTHLINE_TEST_CQL` names, or else Apache Cassandra 5.0, started from
//! its jars on a loopback port, with everything it writes in a temporary folder.
//!
//! Promises: a started server is ready when it is given out, and ends with the process that started it, however that ends.
//! What is missing is an error with the command that gets it; nothing is skipped for it.
//!
//! Deliberately does not know: CQL (it asks for the protocol's greeting and no more), and what is tested.

mod jars;
mod server;

pub use jars::{VERSION, fetch, find};
pub use server::CqlServer;

use anyhow::Result;
use std::sync::Mutex;

/// Names `host:port` of a server that tests may use, and fill with key spaces of theirs.
pub const VARIABLE: &str = "HEARTHLINE_TEST_CQL";

/// The server of this process: the variable's, or one that is started at the first call and ends with the process.
///
/// # Errors
/// It can't be started.
pub fn shared() -> Result<String> {
    static STARTED: Mutex<Option<CqlServer>> = Mutex::new(None);
    if let Ok(given) = std::env::var(VARIABLE) {
        return Ok(given);
    }
    let mut started = STARTED.lock().map_err(|_| anyhow::anyhow!("an earlier start panicked"))?;
    if started.is_none() {
        *started = Some(CqlServer::start()?);
    }
    Ok(started.as_ref().expect("started just now").address())
}
