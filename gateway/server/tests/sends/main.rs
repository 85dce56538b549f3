//! Messages to clients through the started binary, against Twilio's simulator: whatever the provider, the client and the
//! process do, a message goes once or not at all, and what became of it is shown (OUT-3, OUT-7, ING-1, ING-13, DECK-2).
//!
//! What was sent is counted in the simulator's ledger alone; what is shown is read over HTTP and the socket.

mod deaths;
mod desk;
mod health;
mod left_in_doubt;
mod lost_answers;
mod meta;
mod outcomes;
mod quiet;
mod statuses;
#[path = "../support/mod.rs"]
mod support;
mod undo;
mod whole_loop;
mod words;

use support::{Options, Server};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

/// The server of all tests that leave it as it is.
async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}
