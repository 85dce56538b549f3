//! The simulator in the hand of a test: started, set up, disturbed and counted.

use jiff::Timestamp;
use parking_lot::Mutex;
use reqwest::Client;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    account::{Account, Product},
    answers,
    inbound::{Inbound, NoSuchAccount},
    knobs::Knobs,
    ledger::{Accepted, Ledger},
    state::State,
};
use crate::{client::client, serve::serve, tasks::Tasks};

/// How long a webhook's connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// As Meta calls itself where it calls webhooks.
const USER_AGENT: &str = "facebookexternalua";

/// A running Meta. Dropping it ends its server and everything it still meant to call.
pub struct Meta {
    inner: Arc<Inner>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

/// What the server, the handle and everything under way share.
pub(super) struct Inner {
    pub state: Mutex<State>,
    pub http: Client,
    /// Without a slash at its end.
    pub base_url: String,
    pub tasks: Tasks,
}

impl Meta {
    /// Starts one on an address (port 0: any free one).
    ///
    /// # Errors
    /// The operating system's.
    pub async fn start(listen: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            state: Mutex::new(State::new(seed)),
            http: client(CONNECT_TIMEOUT, USER_AGENT)?,
            base_url: format!("http://{address}"),
            tasks: Tasks::new(),
        });
        let server = tokio::spawn(serve(listener, answers::router(Arc::clone(&inner))));
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

    /// Sets an account up, in place of one of the same product and id.
    pub fn set_account(&self, account: Account) {
        self.inner.state.lock().accounts.insert((account.product, account.id.clone()), account);
    }

    /// Turns knobs.
    pub fn turn(&self, knobs: impl FnOnce(&mut Knobs)) {
        knobs(&mut self.inner.state.lock().knobs);
    }

    /// What happened so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.inner.state.lock().ledger.clone()
    }

    /// Says when a client last wrote to an account, in place of what is known: windows are counted from it.
    pub fn heard(&self, product: Product, account: &str, client: &str, at: Timestamp) {
        let key = (product, account.to_owned(), client.to_owned());
        self.inner.state.lock().heard.insert(key, at);
    }

    /// Says which id the account's next message gets, after those that were said before.
    pub fn name_next(&self, product: Product, account: &str, id: &str) {
        let mut state = self.inner.state.lock();
        state.names.entry((product, account.to_owned())).or_default().push_back(id.to_owned());
    }

    /// Keeps a file as if it had been uploaded for that account: its id.
    ///
    /// # Errors
    /// [`NoSuchAccount`].
    pub fn keep(
        &self,
        product: Product,
        account: &str,
        mime_type: &str,
        bytes: Vec<u8>,
    ) -> Result<String, NoSuchAccount> {
        let mut state = self.inner.state.lock();
        let account = state.accounts.get(&(product, account.to_owned())).cloned().ok_or(NoSuchAccount)?;
        Ok(state.keep(&account, mime_type, bytes))
    }

    /// Where a file is served: WhatsApp's with the account's token, the others' to whoever has the address.
    #[must_use]
    pub fn file_url(&self, product: Product, media: &str) -> String {
        self.inner.file_url(product, media)
    }

    /// Keeps so many rows of the ledger from now on, the newest, for those who run it for long.
    pub fn keep_at_most(&self, bound: usize) {
        self.inner.state.lock().keep_at_most = Some(bound);
    }

    /// What was taken to be sent after the first `seen` messages, and how many were taken in all.
    #[must_use]
    pub fn accepted_after(&self, seen: usize) -> (Vec<Accepted>, usize) {
        self.inner.state.lock().ledger.accepted_after(seen)
    }

    /// Says what a client calls themselves on WhatsApp.
    pub fn call(&self, client: &str, name: &str) {
        self.inner.state.lock().profiles.insert(client.to_owned(), name.to_owned());
    }

    /// Delivers a client's message to the account's webhook. The message's id; what the webhook answered is in the ledger.
    ///
    /// # Errors
    /// [`NoSuchAccount`].
    pub async fn receive(&self, inbound: Inbound) -> Result<String, NoSuchAccount> {
        self.inner.receive(inbound).await
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

impl Drop for Meta {
    fn drop(&mut self) {
        self.server.abort();
        self.inner.tasks.end();
    }
}
