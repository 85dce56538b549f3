//! Everything one simulated Twilio knows, and the dice by which its faults strike.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use std::collections::{BTreeMap, HashMap, HashSet};

use super::{account::Account, knobs::Knobs, ledger::Ledger, message::Message};

/// Chance and ids, by seed.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub fn seeded(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From 0 to `bound - 1`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound
    }

    /// `SM` and 32 hexadecimal digits.
    pub fn sid(&mut self, prefix: &str) -> String {
        let [high, low] = [self.0.next_u64(), self.0.next_u64()];
        format!("{prefix}{high:016x}{low:016x}")
    }

    /// A token that stays the same over the attempts of one webhook: a random UUID.
    pub fn uuid(&mut self) -> String {
        let [high, low] = [self.0.next_u64(), self.0.next_u64()];
        let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xfff);
        format!("{a:08x}-{b:04x}-4{c:03x}-{:04x}-{:012x}", 0x8000 | (low >> 50), low & 0xffff_ffff_ffff)
    }

    /// Any order, each as likely as the others.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

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
