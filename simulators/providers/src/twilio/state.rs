//! Everything one simulated Twilio knows.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{account::Account, knobs::Knobs, ledger::Ledger, message::Message};
use crate::chance::Dice;

/// Behind one lock: nothing here waits.
pub(super) struct State {
    pub accounts: BTreeMap<String, Account>,
    /// By sid.
    pub messages: HashMap<String, Message>,
    /// Sids per account, oldest first.
    pub order: HashMap<String, Vec<String>>,
    /// Sender (a number, or a service's sid) and the recipient who said STOP to it.
    pub opted_out: HashSet<(String, String)>,
    pub knobs: Knobs,
    pub ledger: Ledger,
    pub dice: Dice,
    /// So many messages and rows of the ledger are kept, the newest; all of them if there is no bound.
    pub keep_at_most: Option<usize>,
}

impl State {
    pub fn new(seed: u64) -> Self {
        Self {
            accounts: BTreeMap::new(),
            messages: HashMap::new(),
            order: HashMap::new(),
            opted_out: HashSet::new(),
            knobs: Knobs::default(),
            ledger: Ledger::default(),
            dice: Dice::seeded(seed),
            keep_at_most: None,
        }
    }

    pub fn keep(&mut self, message: Message) {
        self.order.entry(message.account_sid.clone()).or_default().push(message.sid.clone());
        self.messages.insert(message.sid.clone(), message);
        self.keep_within_bounds();
    }

    /// Forgets the oldest beyond the bound.
    fn keep_within_bounds(&mut self) {
        let Some(bound) = self.keep_at_most else { return };
        for order in self.order.values_mut() {
            let beyond = order.len().saturating_sub(bound);
            for sid in order.drain(..beyond) {
                self.messages.remove(&sid);
            }
        }
        self.ledger.keep_at_most(bound);
    }

    /// The message, if it is that account's.
    pub fn message(&self, account_sid: &str, sid: &str) -> Option<&Message> {
        self.messages.get(sid).filter(|message| message.account_sid == account_sid)
    }

    pub fn forget(&mut self, account_sid: &str, sid: &str) {
        self.messages.remove(sid);
        if let Some(order) = self.order.get_mut(account_sid) {
            order.retain(|known| known != sid);
        }
    }
}
