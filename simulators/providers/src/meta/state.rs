//! Everything one simulated Meta knows.

use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{
    account::{Account, Product},
    knobs::Knobs,
    ledger::Ledger,
};
use crate::chance::Dice;

/// A file that is held: uploaded, or sent by a client.
#[derive(Clone)]
pub(super) struct Media {
    pub id: String,
    /// The account it belongs to.
    pub account: (Product, String),
    pub mime_type: String,
    pub bytes: Vec<u8>,
}

/// Behind one lock: nothing here waits.
pub(super) struct State {
    /// By product and id.
    pub accounts: BTreeMap<(Product, String), Account>,
    pub media: HashMap<String, Media>,
    /// When a client last wrote to an account: what windows are counted from.
    pub heard: HashMap<(Product, String, String), Timestamp>,
    /// The ids that an account's next messages get.
    pub names: HashMap<(Product, String), VecDeque<String>>,
    pub knobs: Knobs,
    pub ledger: Ledger,
    pub dice: Dice,
    /// What clients call themselves in their profiles, by their ids.
    pub profiles: HashMap<String, String>,
    /// So many rows of the ledger are kept, the newest; all of them if there is no bound.
    pub keep_at_most: Option<usize>,
}

impl State {
    pub fn new(seed: u64) -> Self {
        Self {
            accounts: BTreeMap::new(),
            media: HashMap::new(),
            heard: HashMap::new(),
            names: HashMap::new(),
            knobs: Knobs::default(),
            ledger: Ledger::default(),
            dice: Dice::seeded(seed),
            profiles: HashMap::new(),
            keep_at_most: None,
        }
    }

    /// Keeps a file, under a new id of digits alone.
    pub fn keep(&mut self, account: &Account, mime_type: &str, bytes: Vec<u8>) -> String {
        let id = (1_000_000_000_000_000 + self.dice.below(8_999_999_999_999_999)).to_string();
        let account = (account.product, account.id.clone());
        let media = Media { id: id.clone(), account, mime_type: mime_type.to_owned(), bytes };
        self.media.insert(id.clone(), media);
        id
    }

    /// A new id of a message, in the form of its product's.
    pub fn message_id(&mut self, product: Product) -> String {
        if let Some(bound) = self.keep_at_most {
            self.ledger.keep_at_most(bound);
        }
        match product {
            Product::Whatsapp => format!("{}==", self.dice.sid("wamid.HBgL")),
            Product::Messenger => self.dice.sid("m_"),
            Product::Instagram => self.dice.sid("aWdfZAG1faXRlbTo"),
        }
    }

    /// The id of a message that an account sends.
    pub fn sent_id(&mut self, account: &Account) -> String {
        let names = self.names.get_mut(&(account.product, account.id.clone()));
        let name = names.and_then(VecDeque::pop_front);
        name.unwrap_or_else(|| self.message_id(account.product))
    }

    /// How long ago the client wrote; nothing if never, or if a knob closed the window.
    pub fn silence_hours(&self, account: &Account, client: &str) -> Option<i64> {
        if self.knobs.closed_windows.contains(client) {
            return None;
        }
        let heard = self.heard.get(&(account.product, account.id.clone(), client.to_owned()))?;
        Some(Timestamp::now().duration_since(*heard).as_hours())
    }
}
