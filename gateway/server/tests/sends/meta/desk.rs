//! An agent with an account of one of Meta's products at a simulated Meta, and the clients who write to it.

use hearthline_simulators::meta::{self as simulated, Inbound, Meta, Product};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::{Account, Answer, Brokerage, LONG_ENOUGH, Log, POLL, Server, User};

const SECRET: &str = "secret-of-the-app";
/// The three, by the names of their connections and channels.
pub const PRODUCTS: [(&str, Product); 3] =
    [("whatsapp", Product::Whatsapp), ("messenger", Product::Messenger), ("instagram", Product::Instagram)];

/// An account of an agent's.
pub struct Desk {
    pub ana: User,
    pub account: Account,
    pub product: Product,
    log: Log,
}

/// A client who wrote, and the lead that they are.
#[derive(Clone, Debug)]
pub struct Client {
    /// At Meta.
    pub id: String,
    pub lead: String,
}

/// A Meta of one's own.
pub async fn meta(seed: u64) -> Meta {
    Meta::start("127.0.0.1:0".parse().expect("an address"), seed).await.expect("a simulator")
}

/// A desk of each product, in the order of [`PRODUCTS`], each at a Meta of its own.
pub async fn desks(server: &Server, brokerage: &Brokerage) -> Vec<(Meta, Desk)> {
    let mut desks = Vec::new();
    for product in PRODUCTS {
        let meta = meta(1).await;
        let desk = Desk::open(server, brokerage, &meta, product).await;
        desks.push((meta, desk));
    }
    desks
}

fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Desk {
    /// A new agent of a brokerage, with a new account at that Meta.
    pub async fn open(
        server: &Server,
        brokerage: &Brokerage,
        meta: &Meta,
        (kind, product): (&str, Product),
    ) -> Self {
        let ana = brokerage.agent().await;
        let id = (100_000_000_000_000 + next()).to_string();
        let account = Account::connect(brokerage, &ana, kind, &id, SECRET).await;
        let settings = json!({"settings": {"api_base_url": meta.base_url()}});
        brokerage.admin.client.patch(&format!("/v1/connections/{}", account.id), &settings).await.ok();
        meta.set_account(simulated::Account {
            product,
            id,
            page_id: None,
            business_account_id: Some("WABA".to_owned()),
            display_number: Some("15550001111".to_owned()),
            app_secret: SECRET.to_owned(),
            app_id: Some(1),
            access_token: "access".to_owned(),
            webhook_url: Some(account.webhook_url.clone()),
        });
        Self { ana, account, product, log: server.log().clone() }
    }

    /// What the connection's page says of how it is.
    pub async fn health(&self) -> Value {
        self.ana.client.get(&format!("/v1/connections/{}", self.account.id)).await.ok()["health"].clone()
    }

    /// The client writes, and the message is dealt with.
    pub async fn hears(&self, server: &Server, meta: &Meta, from: &str, text: &str) {
        let (to, from, text) = (self.account.account.clone(), from.to_owned(), text.to_owned());
        let inbound = Inbound { product: self.product, to, from, text, file: None };
        meta.receive(inbound).await.expect("an account of that Meta's");
        server.settled().await;
    }

    /// A stranger writes and becomes a lead.
    pub async fn client(&self, server: &Server, meta: &Meta) -> Client {
        let id = (14_152_000_000 + next()).to_string();
        self.hears(server, meta, &id, "Is the flat still to let?").await;
        let is_theirs = |lead: &Value| {
            lead["handles"][0]["value"] == id.as_str() || lead["phones"][0] == format!("+{id}").as_str()
        };
        let lead = self.ana.leads().await.into_iter().find(is_theirs).expect("a lead");
        Client { id, lead: lead["id"].as_str().expect("an id").to_owned() }
    }

    /// Asks for a message, with whatever else is to be in the body.
    pub async fn ask(&self, client: &Client, text: &str, more: &Value) -> Answer {
        let mut message = json!({"channel": self.account.kind, "body": text});
        for (name, value) in more.as_object().expect("fields") {
            message[name] = value.clone();
        }
        self.ana.client.post(&format!("/v1/leads/{}/messages", client.lead), &message).await
    }

    /// Sends a text, which must be taken.
    pub async fn send(&self, client: &Client, text: &str) {
        let answer = self.ask(client, text, &json!({})).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }

    /// The messages to a client in the lead's timeline, oldest first.
    pub async fn sent(&self, client: &Client) -> Vec<Value> {
        let mut sent = self.ana.events(&client.lead).await;
        sent.retain(|event| event["direction"] == "out" && event["provider"] == "meta");
        sent.reverse();
        sent
    }

    /// The message with that text, once its status is one of these.
    pub async fn until(&self, client: &Client, text: &str, statuses: &[&str]) -> Value {
        let looking = async {
            loop {
                let sent = self.sent(client).await;
                let found = sent.into_iter().find(|event| event["body"] == text);
                let there = |event: &Value| statuses.iter().any(|status| event["status"] == *status);
                if let Some(event) = found.filter(there) {
                    return event;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        self.log.within(LONG_ENOUGH, &format!("{text} as {statuses:?}"), looking).await
    }

    /// The lead's card, once its reason has these words.
    pub async fn card_saying(&self, client: &Client, words: &str) -> Value {
        let looking = async {
            loop {
                let cards = self.ana.cards().await;
                let theirs = cards.into_iter().filter(|card| card["lead_id"] == client.lead.as_str());
                let says = |card: &Value| card["reason"].as_str().is_some_and(|why| why.contains(words));
                if let Some(card) = theirs.into_iter().find(says) {
                    return card;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        self.log.within(LONG_ENOUGH, &format!("a card that says {words:?}"), looking).await
    }

    /// What the lead's page says of this channel.
    pub async fn channel(&self, client: &Client) -> Value {
        let lead = self.ana.lead(&client.lead).await;
        let channels = lead["channels"].as_array().expect("channels").clone();
        let own = |channel: &Value| channel["channel"] == self.account.kind.as_str();
        channels.into_iter().find(own).unwrap_or_default()
    }
}
