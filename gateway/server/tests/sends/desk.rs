//! An agent with a number at a simulated Twilio, and what they do: clients write to them, they answer.

use hearthline_simulators::twilio::{Account, Inbound, Number as TwiliosNumber, Twilio};
use serde_json::{Value, json};

use crate::support::{Answer, Brokerage, Log, Number, POLL, Server, Sms, User, stranger};

/// A number of an agent's, at a Twilio that may be shared.
pub struct Desk {
    pub ana: User,
    pub number: Number,
    log: Log,
}

/// A client who wrote, and the lead that they are.
#[derive(Clone, Debug)]
pub struct Client {
    pub phone: String,
    pub lead: String,
}

/// A Twilio of one's own.
pub async fn twilio(seed: u64) -> Twilio {
    Twilio::start("127.0.0.1:0".parse().expect("an address"), seed).await.expect("a simulator")
}

impl Desk {
    /// A new agent of a brokerage, with a new number at that Twilio.
    pub async fn open(server: &Server, brokerage: &Brokerage, twilio: &Twilio) -> Self {
        Self::at(brokerage, twilio, server.log().clone()).await
    }

    /// The same, wherever the server is that has that log.
    pub async fn at(brokerage: &Brokerage, twilio: &Twilio, log: Log) -> Self {
        let ana = brokerage.agent().await;
        let number = connect(brokerage, &ana, twilio).await;
        Self { ana, number, log }
    }

    /// The same desk, of an agent who signed in again after a restart.
    pub async fn again(&self, server: &Server) -> Self {
        let nobody = crate::support::Client::new(server, None);
        let ana = User::sign_in(&nobody, &self.ana.email, &self.ana.password).await;
        Self { ana, number: self.number.clone(), log: self.log.clone() }
    }

    /// A stranger writes, by a webhook of ours, and becomes a lead.
    pub async fn client(&self, server: &Server) -> Client {
        let phone = stranger();
        self.number.deliver(&self.ana.client, &Sms::new(&phone, "Is the flat still to let?")).await;
        server.settled().await;
        self.known(&phone).await
    }

    /// The lead with that phone.
    pub async fn known(&self, phone: &str) -> Client {
        let leads = self.ana.client.all(&format!("/v1/leads?q={}", phone.trim_start_matches('+'))).await;
        assert_eq!(leads.len(), 1, "leads with {phone}");
        let lead = leads[0]["id"].as_str().expect("an id").to_owned();
        Client { phone: phone.to_owned(), lead }
    }

    /// Asks for a message, with whatever else is to be in the body.
    pub async fn ask(&self, client: &Client, text: &str, more: &Value) -> Answer {
        let mut message = json!({"channel": "sms", "body": text});
        for (name, value) in more.as_object().expect("fields") {
            message[name] = value.clone();
        }
        self.ana.client.post(&format!("/v1/leads/{}/messages", client.lead), &message).await
    }

    /// Sends a text, which must be taken; what was answered.
    pub async fn send(&self, client: &Client, text: &str) -> Value {
        let answer = self.ask(client, text, &json!({})).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.json()
    }

    /// The messages to a client in the lead's timeline, oldest first.
    pub async fn sent(&self, client: &Client) -> Vec<Value> {
        let mut sent = self.ana.messages(&client.lead).await;
        sent.retain(|event| event["direction"] == "out");
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
        match tokio::time::timeout(crate::support::LONG_ENOUGH, looking).await {
            Ok(event) => event,
            Err(_) => {
                self.log.fail(&format!("{text} never came to {statuses:?}: {:#?}", self.sent(client).await))
            }
        }
    }

    /// The lead's card in the agent's deck, once it is one that is looked for.
    pub async fn card(&self, client: &Client, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let looking = async {
            loop {
                let cards = self.ana.cards().await;
                let theirs = cards.into_iter().filter(|card| card["lead_id"] == client.lead.as_str());
                if let Some(card) = theirs.into_iter().find(&wanted) {
                    return card;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        self.log.within(crate::support::LONG_ENOUGH, what, looking).await
    }

    /// The lead's state.
    pub async fn state(&self, client: &Client) -> String {
        self.ana.lead(&client.lead).await["state"].as_str().expect("a state").to_owned()
    }

    /// The client writes to the number from their phone: through Twilio, which looks for opt-out words too.
    pub async fn hears(&self, server: &Server, twilio: &Twilio, client: &Client, text: &str) {
        self.hears_on(&self.number, server, twilio, client, text).await;
    }

    /// The same, to another number.
    pub async fn hears_on(
        &self,
        number: &Number,
        server: &Server,
        twilio: &Twilio,
        client: &Client,
        text: &str,
    ) {
        let (to, from) = (number.number.clone(), client.phone.clone());
        let inbound = Inbound { to, from, body: text.to_owned(), media: Vec::new() };
        twilio.receive(inbound).await.expect("a number of that Twilio's");
        server.settled().await;
    }
}

/// A new number of that agent's, at that Twilio.
pub async fn connect(brokerage: &Brokerage, owner: &User, twilio: &Twilio) -> Number {
    let number = brokerage.connect(owner).await;
    let webhook_url = Some(number.webhook_url.clone());
    twilio.set_account(Account {
        account_sid: number.account_sid.clone(),
        auth_token: number.auth_token.clone(),
        numbers: vec![TwiliosNumber { number: number.number.clone(), webhook_url }],
        services: Vec::new(),
    });
    let settings = json!({"settings": {"api_base_url": twilio.base_url()}});
    brokerage.admin.client.patch(&format!("/v1/connections/{}", number.id), &settings).await.ok();
    number
}
