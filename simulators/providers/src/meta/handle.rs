//! The simulator in the hand of a test: started, set up, disturbed and counted.

use jiff::Timestamp;

use super::{
    account::Product,
    inbound::{Inbound, NoSuchAccount},
    state::State,
};
use crate::simulator::Simulator;

/// A running Meta. Dropping it ends its server and everything it still meant to call.
pub type Meta = Simulator<State>;

impl Meta {
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
}
