//! Everything one simulated Twilio knows.

use axum::Router;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use super::{
    account::Account,
    answers,
    knobs::Knobs,
    ledger::{Accepted, FetchedMedia, Ledger, WebhookAttempt},
    message::Message,
};
use crate::{
    chance::Dice,
    simulator::{Inner, Provider},
};

/// Behind one lock: nothing here waits.
pub struct State {
    pub(super) accounts: BTreeMap<String, Account>,
    /// By sid.
    pub(super) messages: HashMap<String, Message>,
    /// Sids per account, oldest first.
    pub(super) order: HashMap<String, Vec<String>>,
    /// Sender (a number, or a service's sid) and the recipient who said STOP to it.
    pub(super) opted_out: HashSet<(String, String)>,
    pub(super) knobs: Knobs,
    pub(super) ledger: Ledger,
    pub(super) dice: Dice,
}

impl Provider for State {
    type Account = Account;
    type Knobs = Knobs;
    type Accepted = Accepted;
    type Webhook = WebhookAttempt;
    type Media = FetchedMedia;

    const USER_AGENT: &'static str = "TwilioProxy/1.1";

    fn seeded(seed: u64) -> Self {
        Self {
            accounts: BTreeMap::new(),
            messages: HashMap::new(),
            order: HashMap::new(),
            opted_out: HashSet::new(),
            knobs: Knobs::default(),
            ledger: Ledger::default(),
            dice: Dice::seeded(seed),
        }
    }

    fn router(inner: Arc<Inner<Self>>) -> Router {
        answers::router(inner)
    }

    fn set_account(&mut self, account: Account) {
        self.accounts.insert(account.account_sid.clone(), account);
    }

    fn knobs(&mut self) -> &mut Knobs {
        &mut self.knobs
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }
}

impl State {
    pub(super) fn keep(&mut self, message: Message) {
        self.order.entry(message.account_sid.clone()).or_default().push(message.sid.clone());
        self.messages.insert(message.sid.clone(), message);
        self.keep_within_bounds();
    }

    /// Forgets the oldest beyond the bound.
    fn keep_within_bounds(&mut self) {
        let Some(bound) = self.ledger.bound else { return };
        for order in self.order.values_mut() {
            let beyond = order.len().saturating_sub(bound);
            for sid in order.drain(..beyond) {
                self.messages.remove(&sid);
            }
        }
        self.ledger.keep_within_bounds();
    }

    /// The message, if it is that account's.
    pub(super) fn message(&self, account_sid: &str, sid: &str) -> Option<&Message> {
        self.messages.get(sid).filter(|message| message.account_sid == account_sid)
    }

    pub(super) fn forget(&mut self, account_sid: &str, sid: &str) {
        self.messages.remove(sid);
        if let Some(order) = self.order.get_mut(account_sid) {
            order.retain(|known| known != sid);
        }
    }
}
