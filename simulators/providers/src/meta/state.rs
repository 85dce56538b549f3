//! Everything one simulated Meta knows.

use axum::Router;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use super::{
    account::{Account, Product},
    answers,
    knobs::Knobs,
    ledger::{Accepted, FetchedMedia, Ledger, WebhookAttempt},
};
use crate::{
    chance::Dice,
    simulator::{Inner, Provider},
};

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
pub struct State {
    /// By product and id.
    pub(super) accounts: BTreeMap<(Product, String), Account>,
    pub(super) media: HashMap<String, Media>,
    /// When a client last wrote to an account: what windows are counted from.
    pub(super) heard: HashMap<(Product, String, String), Timestamp>,
    /// The ids that an account's next messages get.
    pub(super) names: HashMap<(Product, String), VecDeque<String>>,
    pub(super) knobs: Knobs,
    pub(super) ledger: Ledger,
    pub(super) dice: Dice,
    /// What clients call themselves in their profiles, by their ids.
    pub(super) profiles: HashMap<String, String>,
}

impl Provider for State {
    type Account = Account;
    type Knobs = Knobs;
    type Accepted = Accepted;
    type Webhook = WebhookAttempt;
    type Media = FetchedMedia;

    const USER_AGENT: &'static str = "facebookexternalua";

    fn seeded(seed: u64) -> Self {
        Self {
            accounts: BTreeMap::new(),
            media: HashMap::new(),
            heard: HashMap::new(),
            names: HashMap::new(),
            knobs: Knobs::default(),
            ledger: Ledger::default(),
            dice: Dice::seeded(seed),
            profiles: HashMap::new(),
        }
    }

    fn router(inner: Arc<Inner<Self>>) -> Router {
        answers::router(inner)
    }

    fn set_account(&mut self, account: Account) {
        self.accounts.insert((account.product, account.id.clone()), account);
    }

    fn knobs(&mut self) -> &mut Knobs {
        &mut self.knobs
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }
}

impl State {
    /// Keeps a file, under a new id of digits alone.
    pub(super) fn keep(&mut self, account: &Account, mime_type: &str, bytes: Vec<u8>) -> String {
        let id = (1_000_000_000_000_000 + self.dice.below(8_999_999_999_999_999)).to_string();
        let account = (account.product, account.id.clone());
        let media = Media { id: id.clone(), account, mime_type: mime_type.to_owned(), bytes };
        self.media.insert(id.clone(), media);
        id
    }

    /// A new id of a message, in the form of its product's.
    pub(super) fn message_id(&mut self, product: Product) -> String {
        self.ledger.keep_within_bounds();
        match product {
            Product::Whatsapp => format!("{}==", self.dice.sid("wamid.HBgL")),
            Product::Messenger => self.dice.sid("m_"),
            Product::Instagram => self.dice.sid("aWdfZAG1faXRlbTo"),
        }
    }

    /// The id of a message that an account sends.
    pub(super) fn sent_id(&mut self, account: &Account) -> String {
        let names = self.names.get_mut(&(account.product, account.id.clone()));
        let name = names.and_then(VecDeque::pop_front);
        name.unwrap_or_else(|| self.message_id(account.product))
    }

    /// How long ago the client wrote; nothing if never, or if a knob closed the window.
    pub(super) fn silence_hours(&self, account: &Account, client: &str) -> Option<i64> {
        if self.knobs.closed_windows.contains(client) {
            return None;
        }
        let heard = self.heard.get(&(account.product, account.id.clone(), client.to_owned()))?;
        Some(Timestamp::now().duration_since(*heard).as_hours())
    }
}
