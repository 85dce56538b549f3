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
        }
    }

    pub fn keep(&mut self, message: Message) {
        self.order.entry(message.account_sid.clone()).or_default().push(message.sid.clone());
        self.messages.insert(message.sid.clone(), message);
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
