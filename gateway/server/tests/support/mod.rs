//! What the tests of the started binary stand on: they see what anybody outside sees — the command line, HTTP, webhooks,
//! the socket, files — and nothing of ours is linked into them but what makes an HTTP client.
//!
//! Promises: nothing waits without a bound; a wait that runs out says what it waited for and shows the end of the
//! server's log; no process and no folder outlives the test process, however it ends. Nothing here sleeps in place of
//! a signal: what is polled (`/readyz`, `/metrics`) is the documented signal itself.

#![allow(dead_code, reason = "every test file is a crate of its own and uses a part of this")]
#![allow(unused_imports, reason = "every test file is a crate of its own and uses a part of this")]

mod brokerage;
pub mod browser;
mod client;
mod live;
mod log;
mod meta;
mod options;
mod process;
mod rows;
mod server;
mod twilio;

pub use brokerage::{Brokerage, User, done, timeless};
pub use client::{Answer, Client, bare_client};
pub use live::{Live, Position};
pub use log::Log;
pub use meta::{Account, Signed, conversation, event, message, whatsapp};
pub use options::Options;
pub use process::Process;
pub use rows::Cql;
pub use server::{Ended, OPERATOR_TOKEN, Server, free_port, run_to_end};
pub use twilio::{Number, Sms, mutation_id, sign, sign_bytes, stranger};

use std::time::Duration;

/// How long anything may take that is not itself the subject of a test. Long, because the machine may be busy; a test
/// that passes never waits for it.
pub const LONG_ENOUGH: Duration = Duration::from_secs(30);
/// How long a signal is left alone between two looks.
pub const POLL: Duration = Duration::from_millis(10);
