//! A simulator as all of them are: a server on an address, what it knows behind one lock, what it still means to do, and the
//! handle by which a test holds it.

use axum::Router;
use parking_lot::Mutex;
use reqwest::Client;
use serde::{Serialize, de::DeserializeOwned};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{client::client, ledger::Ledger, serve::serve, tasks::Tasks};

/// How long a webhook's connection may take to be made (Twilio's `ct`).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What one provider knows, and how it answers.
pub trait Provider: Sized + Send + 'static {
    type Account: DeserializeOwned + Send + 'static;
    type Knobs: Clone + Serialize + DeserializeOwned + Send + 'static;
    /// Rows of its ledger: messages that were taken, calls of webhooks, files.
    type Accepted: Clone + Serialize + Send + 'static;
    type Webhook: Clone + Serialize + Send + 'static;
    type Media: Clone + Serialize + Send + 'static;

    /// As it calls itself where it calls webhooks.
    const USER_AGENT: &'static str;

    fn seeded(seed: u64) -> Self;
    /// The paths of its API, and of the simulator itself.
    fn router(inner: Arc<Inner<Self>>) -> Router;
    /// Sets an account up, in place of the same one.
    fn set_account(&mut self, account: Self::Account);
    fn knobs(&mut self) -> &mut Self::Knobs;
    fn ledger(&mut self) -> &mut LedgerOf<Self>;
}

/// The ledger of one provider.
pub type LedgerOf<P> = Ledger<<P as Provider>::Accepted, <P as Provider>::Webhook, <P as Provider>::Media>;

/// A running provider. Dropping it ends its server and everything it still meant to call.
pub struct Simulator<P: Provider> {
    pub(crate) inner: Arc<Inner<P>>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

/// What the server, the handle and everything under way share.
pub struct Inner<P> {
    /// Behind one lock: nothing in there waits.
    pub(crate) state: Mutex<P>,
    pub(crate) http: Client,
    /// Without a slash at its end.
    pub(crate) base_url: String,
    pub(crate) tasks: Tasks,
}

impl<P: Provider> Simulator<P> {
    /// Starts one on an address (port 0: any free one).
    ///
    /// # Errors
    /// The operating system's.
    pub async fn start(listen: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            state: Mutex::new(P::seeded(seed)),
            http: client(CONNECT_TIMEOUT, P::USER_AGENT)?,
            base_url: format!("http://{address}"),
            tasks: Tasks::new(),
        });
        let server = tokio::spawn(serve(listener, P::router(Arc::clone(&inner))));
        Ok(Self { inner, address, server })
    }

    /// Where its API is, as an `api_base_url`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets an account up, in place of the same one.
    pub fn set_account(&self, account: P::Account) {
        self.inner.state.lock().set_account(account);
    }

    /// Turns knobs.
    pub fn turn(&self, knobs: impl FnOnce(&mut P::Knobs)) {
        knobs(self.inner.state.lock().knobs());
    }

    /// What happened so far.
    #[must_use]
    pub fn ledger(&self) -> LedgerOf<P> {
        self.inner.state.lock().ledger().clone()
    }

    /// Keeps so many messages and rows of the ledger from now on, the newest, for those who run it for long.
    pub fn keep_at_most(&self, bound: usize) {
        self.inner.state.lock().ledger().bound = Some(bound);
    }

    /// What was taken to be sent after the first `seen` messages, and how many were taken in all.
    #[must_use]
    pub fn accepted_after(&self, seen: usize) -> (Vec<P::Accepted>, usize) {
        self.inner.state.lock().ledger().accepted_after(seen)
    }

    /// Returns once nothing is under way: every message has its last status, and every webhook is called.
    pub async fn settled(&self) {
        self.inner.tasks.settled().await;
    }

    /// Serves until the task is ended from outside.
    pub async fn run(mut self) {
        let _ = (&mut self.server).await;
    }
}

impl<P: Provider> Drop for Simulator<P> {
    fn drop(&mut self) {
        self.server.abort();
        self.inner.tasks.end();
    }
}
