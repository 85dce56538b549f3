//! A provider: delivers each message until it is answered 2xx, and some of them again.

use std::{sync::atomic::AtomicU64, time::Duration};

use super::{
    Load,
    dice::Dice,
    ledger::count,
    support::{Client, Number, Sms, stranger},
};

/// How long the provider waits before it delivers again what was not answered 2xx, and a person before the next message.
const PAUSE: Duration = Duration::from_millis(15);
/// Acknowledged messages that may still be delivered once more.
const REMEMBERED: usize = 50;

/// One of several senders to a number, with strangers of its own.
pub struct Sender {
    client: Client,
    number: Number,
    load: Load,
    dice: Dice,
    strangers: Vec<String>,
    acknowledged: Vec<Sms>,
}

impl Sender {
    pub const fn new(client: Client, number: Number, load: Load, dice: Dice) -> Self {
        Self { client, number, load, dice, strangers: Vec::new(), acknowledged: Vec::new() }
    }

    /// Sends until told to stop.
    pub async fn run(mut self) {
        let traffic = self.load.traffic.clone();
        while !*self.load.stop.borrow() {
            let passing = traffic.read().await;
            self.send_something().await;
            drop(passing);
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn send_something(&mut self) {
        if self.strangers.is_empty() || self.dice.percent(4) {
            return self.begin().await;
        }
        if self.dice.percent(15)
            && let Some(again) = self.dice.choose(&self.acknowledged).cloned()
        {
            count(&self.load.ledger.counts.repeated);
            return self.until_taken(&again).await;
        }
        let from = self.dice.choose(&self.strangers).expect("there is one").clone();
        let text = match self.dice.roll(1..=20) {
            1 => "STOP",
            2 => "START",
            _ => "Is it still available?",
        };
        let sms = self.message(&from, text);
        if self.dice.percent(20) {
            count(&self.load.ledger.counts.repeated);
            tokio::join!(self.until_taken(&sms), self.until_taken(&sms));
        } else {
            self.until_taken(&sms).await;
        }
        self.remember(sms);
    }

    /// A stranger's first message, or their first two at one instant.
    async fn begin(&mut self) {
        let from = stranger();
        let first = self.message(&from, "Hello, I saw your listing.");
        if self.dice.percent(50) {
            count(&self.load.ledger.counts.at_one_instant);
            let second = self.message(&from, "When can I see it?");
            tokio::join!(self.until_taken(&first), self.until_taken(&second));
            self.remember(second);
        } else {
            self.until_taken(&first).await;
        }
        self.remember(first);
        self.strangers.push(from);
    }

    fn message(&self, from: &str, text: &str) -> Sms {
        let sms = Sms::new(from, text);
        self.load.ledger.sends(sms.sid(), from, &self.number.number);
        sms
    }

    fn remember(&mut self, sms: Sms) {
        if self.acknowledged.len() == REMEMBERED {
            self.acknowledged.remove(0);
        }
        self.acknowledged.push(sms);
    }

    async fn until_taken(&self, sms: &Sms) {
        let counts = &self.load.ledger.counts;
        loop {
            count(&counts.deliveries);
            let answered: &AtomicU64 = match self.number.try_deliver(&self.client, sms).await {
                Ok(true) => return self.load.ledger.acknowledged(sms.sid()),
                Ok(false) => &counts.refused,
                Err(_) => &counts.unanswered,
            };
            count(answered);
            tokio::time::sleep(PAUSE).await;
        }
    }
}
