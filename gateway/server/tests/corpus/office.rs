//! A tenant for one payload: an agent, and connections of the accounts that the payload names.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    facts::{Part, client_of, opens},
    file::File,
    support::{Account, Brokerage, Server, User, conversation, event, message, sign_bytes, whatsapp},
};

const SECRET: &str = "secret-of-the-corpus";
/// What marks the messages by which people are introduced who only do what makes no lead.
const INTRODUCTION: &str = "introduction";

/// Where a payload is delivered.
pub struct Office {
    agent: User,
    via: Via,
}

enum Via {
    Twilio { webhook_url: String },
    Meta(Vec<Account>),
}

impl Office {
    /// A new tenant that is connected as the payload needs it.
    pub async fn open(server: &Server, file: &File) -> Self {
        let brokerage = Brokerage::open(server).await;
        let agent = brokerage.agent().await;
        let via = if file.folder == "twilio" {
            Via::Twilio { webhook_url: number(&brokerage, &agent, file).await }
        } else {
            let mut accounts = Vec::new();
            for account in file.accounts() {
                accounts.push(Account::connect(&brokerage, &agent, &file.folder, &account, SECRET).await);
            }
            Via::Meta(accounts)
        };
        Self { agent, via }
    }

    /// Lets those write first of whom the payload tells only what makes no lead: reactions, edits, echoes.
    pub async fn introduce(&self, file: &File) {
        let Via::Meta(accounts) = &self.via else { return };
        let rows = file.rows.iter().filter(|row| Part::of(row) == Part::Message && !opens(row));
        for (n, row) in rows.enumerate() {
            let Some(client) = client_of(row) else { continue };
            let account = &accounts[0].account;
            let id = format!("{INTRODUCTION}-{n}");
            let body = match file.folder.as_str() {
                "whatsapp" => whatsapp(&[(account, message(&client, &id, "hello"))]),
                "messenger" => conversation("page", &[event(&client, account, &id, "hello")]),
                _ => conversation("instagram", &[event(&client, account, &id, "hello")]),
            };
            accounts[0].deliver(&self.agent.client, &body).await;
        }
    }

    /// Signs these bytes and delivers them: they must be taken, whatever they are.
    pub async fn deliver(&self, body: &[u8]) {
        match &self.via {
            Via::Meta(accounts) => accounts[0].deliver_bytes(&self.agent.client, body.to_vec()).await,
            Via::Twilio { webhook_url } => {
                let form = File {
                    folder: String::new(),
                    name: String::new(),
                    body: body.to_vec(),
                    rows: Vec::new(),
                };
                let fields = form.form();
                let fields = fields.iter().map(|(name, value)| (&name[..], &value[..]));
                let signature = sign_bytes(SECRET, webhook_url, fields);
                let request = self.agent.client.raw(Method::POST, webhook_url);
                let request = request
                    .header("X-Twilio-Signature", signature)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .body(body.to_vec());
                self.agent.client.send(request).await.accepted();
            }
        }
    }

    /// Every message of every lead, but for the introductions.
    pub async fn events(&self) -> Vec<Value> {
        let mut events = Vec::new();
        for lead in self.agent.leads().await {
            let id = lead["id"].as_str().expect("an id");
            events.extend(self.agent.events(id).await);
        }
        let told = |event: &Value| {
            event["provider_event_id"].as_str().is_some_and(|id| !id.starts_with(INTRODUCTION))
        };
        events.retain(|event| event["provider"] != "hearthline" && told(event));
        events
    }
}

/// The webhook of a number as the form names it.
async fn number(brokerage: &Brokerage, agent: &User, file: &File) -> String {
    let told = file.field("To").map(|to| to.trim_start_matches("whatsapp:").to_owned());
    let e164 = |number: &String| number.len() > 7 && number.starts_with('+') && !number.starts_with("+0");
    let settings = json!({
        "account_sid": file.field("AccountSid").unwrap_or_else(|| "AC1".to_owned()),
        "auth_token": SECRET,
        "number": told.filter(e164).unwrap_or_else(|| "+14155550100".to_owned()),
    });
    let new = json!({"kind": "twilio_sms", "owner_id": agent.id, "settings": settings});
    let made = brokerage.admin.client.post("/v1/connections", &new).await.ok();
    made["webhook_url"].as_str().expect("a URL").to_owned()
}
