//! A brokerage of one's own: tenant, teams, people and numbers, made through public routes.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Client, Live, Number, OPERATOR_TOKEN, Position, Server, mutation_id};

/// One tenant. Tests that share a server share nothing else.
pub struct Brokerage {
    pub id: String,
    pub admin: User,
    /// Its first team.
    pub team: String,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub struct User {
    pub id: String,
    pub email: String,
    pub password: String,
    pub client: Client,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

fn fresh(what: &str) -> String {
    format!("{what}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Brokerage {
    /// A new tenant with an administrator and a team.
    pub async fn open(server: &Server) -> Self {
        Self::open_for(&Client::new(server, None)).await
    }

    /// The same, wherever this client's server is.
    pub async fn open_for(nobody: &Client) -> Self {
        let nobody = nobody.nobody();
        let (name, password) = (fresh("brokerage"), fresh("password"));
        let email = format!("{name}@tests.example");
        let new = json!({"name": name, "admin_email": email, "admin_password": password});
        let tenant = nobody.with(OPERATOR_TOKEN).post("/v1/tenants", &new).await.ok();
        let admin = User::sign_in(&nobody, &email, &password).await;
        let team = admin.client.post("/v1/teams", &json!({"name": "North"})).await.ok();
        Self { id: text(&tenant["id"]), admin, team: text(&team["id"]) }
    }

    /// One more team.
    pub async fn new_team(&self, name: &str) -> String {
        text(&self.admin.client.post("/v1/teams", &json!({"name": name})).await.ok()["id"])
    }

    /// An agent of the first team, signed in.
    pub async fn agent(&self) -> User {
        self.user("agent", &self.team).await
    }

    /// A team lead of the first team, signed in.
    pub async fn team_lead(&self) -> User {
        self.user("team_lead", &self.team).await
    }

    /// Somebody of that role and team, signed in.
    pub async fn user(&self, role: &str, team: &str) -> User {
        let (name, password) = (fresh(role), fresh("password"));
        let email = format!("{name}@tests.example");
        let new = json!({
            "email": email, "name": name, "role": role, "team_id": team, "language": "en", "password": password,
        });
        self.admin.client.post("/v1/users", &new).await.ok();
        User::sign_in(&self.admin.client, &email, &password).await
    }

    /// A number of that user's.
    pub async fn connect(&self, owner: &User) -> Number {
        self.connection(json!({"owner_id": owner.id})).await
    }

    /// A number of a team's, with no owner.
    pub async fn connect_team(&self, team: &str) -> Number {
        self.connection(json!({"team_id": team})).await
    }

    async fn connection(&self, mut new: Value) -> Number {
        let auth_token = fresh("auth-token");
        let number = format!("+1212555{:04}", NEXT.fetch_add(1, Ordering::Relaxed) % 10_000);
        let account_sid = format!("AC{:032x}", NEXT.fetch_add(1, Ordering::Relaxed));
        new["kind"] = json!("twilio_sms");
        new["settings"] = json!({"account_sid": account_sid, "auth_token": auth_token, "number": number});
        Number::of(&self.admin.client.post("/v1/connections", &new).await.ok(), &auth_token)
    }

    /// Changes rules of the first team.
    pub async fn change_rules(&self, change: Value) -> Value {
        self.admin.client.patch(&format!("/v1/teams/{}/rules", self.team), &change).await.ok()
    }
}

impl User {
    /// Signs in.
    pub async fn sign_in(client: &Client, email: &str, password: &str) -> Self {
        let nobody = client.nobody();
        let session = nobody.post("/v1/sessions", &json!({"email": email, "password": password})).await.ok();
        Self {
            id: text(&session["user"]["id"]),
            email: email.to_owned(),
            password: password.to_owned(),
            client: nobody.with(&text(&session["access_token"])),
        }
    }

    /// `GET /v1/deck`
    pub async fn deck(&self) -> Value {
        self.client.get("/v1/deck").await.ok()
    }

    /// The deck's cards.
    pub async fn cards(&self) -> Vec<Value> {
        self.deck().await["cards"].as_array().expect("a deck has cards").clone()
    }

    /// All leads that this user sees, newest first.
    pub async fn leads(&self) -> Vec<Value> {
        self.client.all("/v1/leads").await
    }

    /// A lead as it is now.
    pub async fn lead(&self, id: &str) -> Value {
        self.client.get(&format!("/v1/leads/{id}")).await.ok()
    }

    /// All events of a lead, newest first.
    pub async fn events(&self, lead: &str) -> Vec<Value> {
        self.client.all(&format!("/v1/leads/{lead}/events")).await
    }

    /// All messages of a lead, newest first.
    pub async fn messages(&self, lead: &str) -> Vec<Value> {
        self.client.all(&format!("/v1/leads/{lead}/events?channel=sms")).await
    }

    /// Does something with a card, over HTTP: `applied`, `conflict` or `rejected` and all that comes with it.
    pub async fn act(&self, action: &Value) -> Value {
        self.client.post("/v1/deck/actions", action).await.ok()
    }

    /// Marks a card done, which must work.
    pub async fn done(&self, card: &Value) -> Value {
        let acted = self.act(&done(card)).await;
        assert_eq!(acted["result"], "applied", "{acted}");
        acted
    }

    /// Opens a socket and says hello.
    pub async fn live(&self, from: Option<Position>) -> Live {
        Live::open(self, from).await
    }
}

/// The action that marks a card, as it was seen, done.
pub fn done(card: &Value) -> Value {
    json!({
        "mutation_id": mutation_id(), "lead_id": card["lead_id"], "card_id": card["id"],
        "expected_version": card["version"], "kind": "done",
    })
}

/// Cards without what moves with the time of looking, by their ids.
pub fn timeless(cards: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let mut cards: Vec<Value> = cards.into_iter().collect();
    for card in &mut cards {
        let fields = card.as_object_mut().expect("a card has fields");
        fields.retain(|name, _| name != "urgency" && name != "reason");
    }
    cards.sort_by_key(|card| card["id"].to_string());
    cards
}

/// A text of a JSON answer.
#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text")).to_owned()
}
