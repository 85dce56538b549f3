//! A brokerage on a server: made once by public routes, its people signed in, its numbers at the simulated providers.

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::task::JoinSet;

use super::{
    client::{Client, Failed},
    providers::Providers,
};
use crate::{
    people::{ADMIN, CLIENTS, Client as Person, ON_WHATSAPP, Role, STAFF, TEAM_LEAD},
    plan::LEADS,
};

/// What has to be known to go on with a brokerage after a restart. Holds secrets: of a demo, and has no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    /// Makes what is made once the same thing when it is asked for again.
    key: String,
    pub seed: u64,
    /// In the order of [`STAFF`].
    pub sign_ins: Vec<SignIn>,
    pub connections: Vec<Connection>,
    /// When the past ends, in milliseconds since the epoch, once it has begun.
    pub past_ends_ms: Option<i64>,
    /// So many of its steps are done.
    pub past_done: usize,
    /// It was lived through.
    pub seeded: bool,
    /// Who writes next for the first time.
    pub next_client: u32,
    /// What the engine's clock showed last, in milliseconds since the epoch.
    pub shown_ms: i64,
}

/// By what somebody signs in.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignIn {
    pub role: String,
    pub email: String,
    pub password: String,
}

/// A number, and by what its provider and the server know each other.
#[derive(Clone, Serialize, Deserialize)]
pub struct Connection {
    /// `twilio_sms` or `whatsapp`.
    pub kind: String,
    /// An index of [`STAFF`].
    pub owner: usize,
    /// Twilio's account, or the id of Meta's phone number.
    pub account: String,
    /// E.164.
    pub number: String,
    /// Signs webhooks: Twilio's auth token, or Meta's app secret.
    pub secret: String,
    /// What Meta's calls are authenticated by.
    pub access_token: String,
    /// Once it is made.
    pub id: Option<String>,
}

impl Kept {
    /// Of a brokerage that is not made yet; `secret` gives a new one at each call.
    #[must_use]
    pub fn fresh(seed: u64, mut secret: impl FnMut() -> String) -> Self {
        let sign_ins = STAFF.iter().map(|person| SignIn {
            role: person.role.name().to_owned(),
            email: person.email.to_owned(),
            password: secret(),
        });
        let sign_ins = sign_ins.collect();
        let auth_token = secret();
        let sms = |owner: usize| Connection {
            kind: "twilio_sms".to_owned(),
            owner,
            account: format!("AC{:032}", 7),
            number: format!("+1415555019{owner}"),
            secret: auth_token.clone(),
            access_token: String::new(),
            id: None,
        };
        let mut connections: Vec<Connection> = (0..=TEAM_LEAD).map(sms).collect();
        connections.push(Connection {
            kind: "whatsapp".to_owned(),
            owner: ON_WHATSAPP,
            account: "104255550199".to_owned(),
            number: "+14155550199".to_owned(),
            secret: secret(),
            access_token: secret(),
            id: None,
        });
        Self {
            key: secret(),
            seed,
            sign_ins,
            connections,
            past_ends_ms: None,
            past_done: 0,
            seeded: false,
            next_client: LEADS,
            shown_ms: 0,
        }
    }

    fn is_made(&self) -> bool {
        self.connections.iter().all(|connection| connection.id.is_some())
    }
}

/// A brokerage with everybody at work.
pub struct Office {
    pub(super) seed: u64,
    /// In the order of [`STAFF`].
    pub(super) people: Vec<Client>,
    pub(super) connections: Vec<Connection>,
    pub(super) providers: Providers,
    /// Leads by the numbers of their clients, as far as they were looked up.
    pub(super) leads: Mutex<HashMap<u32, String>>,
    /// Clients by their phone numbers.
    pub(super) clients: HashMap<String, u32>,
}

impl Office {
    /// Makes the brokerage unless it is there, and lets everybody sign in. `base` is the server's address; `kept` is true
    /// to what was made when this returns, whatever it returns.
    ///
    /// # Errors
    /// The server said no.
    pub async fn open(
        base: &str,
        operator_token: &str,
        kept: &mut Kept,
        providers: Providers,
    ) -> Result<Self, Failed> {
        let nobody = Client::new(base)?;
        if kept.is_made() {
            let people = signed_in(&nobody, &kept.sign_ins).await?;
            move_to(&people[ADMIN], &kept.connections, &providers).await?;
            return Ok(Self::of(kept, people, providers, base));
        }
        let (admin, key) = (&kept.sign_ins[ADMIN], &kept.key);
        let tenant = json!({
            "name": "Hearth & Home", "admin_email": admin.email, "admin_password": admin.password,
        });
        let operator = nobody.with_token(operator_token);
        operator.post_once(&format!("{key}-tenant"), "/v1/tenants", &tenant).await?;
        let boss = nobody.sign_in(&admin.email, &admin.password).await?;
        let team =
            boss.post_once(&format!("{key}-team"), "/v1/teams", &json!({"name": "North team"})).await?;
        let users = hired(&boss, kept, &team["id"]).await?;
        for connection in &mut kept.connections {
            connection.id = Some(connected(&boss, &kept.key, connection, &users, &providers).await?);
        }
        let people = signed_in(&nobody, &kept.sign_ins).await?;
        Ok(Self::of(kept, people, providers, base))
    }

    fn of(kept: &Kept, people: Vec<Client>, providers: Providers, base: &str) -> Self {
        providers.set_up(&kept.connections, base);
        let clients = (0..CLIENTS).map(|n| (Person::of(kept.seed, n).phone, n)).collect();
        Self {
            seed: kept.seed,
            people,
            connections: kept.connections.clone(),
            providers,
            leads: Mutex::default(),
            clients,
        }
    }

    /// Somebody of the staff.
    #[must_use]
    pub fn person(&self, n: usize) -> &Client {
        &self.people[n]
    }

    /// The client of a number.
    pub(super) fn client(&self, n: u32) -> Person {
        Person::of(self.seed, n)
    }
}

/// Everybody but the administrator, who is there: their ids, in the order of [`STAFF`].
async fn hired(boss: &Client, kept: &Kept, team: &Value) -> Result<Vec<Value>, Failed> {
    let mut hiring = JoinSet::new();
    for (n, (person, sign_in)) in STAFF.iter().zip(&kept.sign_ins).enumerate() {
        if person.role == Role::Admin {
            continue;
        }
        let body = json!({
            "email": sign_in.email, "name": person.name, "role": sign_in.role, "team_id": team,
            "language": "en", "password": sign_in.password,
        });
        let (boss, key) = (boss.clone(), format!("{}-user-{n}", kept.key));
        hiring.spawn(async move { (n, boss.post_once(&key, "/v1/users", &body).await) });
    }
    let mut users = vec![Value::Null; STAFF.len()];
    while let Some(hired) = hiring.join_next().await {
        let (n, user) = hired.expect("nothing panics there, and nobody ends it");
        users[n] = user?["id"].clone();
    }
    Ok(users)
}

async fn connected(
    boss: &Client,
    key: &str,
    connection: &Connection,
    users: &[Value],
    providers: &Providers,
) -> Result<String, Failed> {
    let base = providers.base_url(&connection.kind);
    let settings = if connection.kind == "whatsapp" {
        json!({
            "phone_number_id": connection.account, "business_account_id": "104200000000000",
            "app_secret": connection.secret, "verify_token": connection.access_token,
            "access_token": connection.access_token, "api_base_url": base,
        })
    } else {
        json!({
            "account_sid": connection.account, "auth_token": connection.secret, "number": connection.number,
            "api_base_url": base,
        })
    };
    let body = json!({"kind": connection.kind, "owner_id": users[connection.owner], "settings": settings});
    let key = format!("{key}-connection-{}-{}", connection.kind, connection.owner);
    let made = boss.post_once(&key, "/v1/connections", &body).await?;
    Ok(made["id"].as_str().ok_or(Failed::Missing("id"))?.to_owned())
}

/// The simulators are somewhere else than before the restart.
async fn move_to(boss: &Client, connections: &[Connection], providers: &Providers) -> Result<(), Failed> {
    for connection in connections {
        let id = connection.id.as_deref().ok_or(Failed::Missing("id"))?;
        let settings = json!({"settings": {"api_base_url": providers.base_url(&connection.kind)}});
        boss.patch(&format!("/v1/connections/{id}"), &settings).await?;
    }
    Ok(())
}

async fn signed_in(nobody: &Client, sign_ins: &[SignIn]) -> Result<Vec<Client>, Failed> {
    let mut signing = JoinSet::new();
    for (n, SignIn { email, password, .. }) in sign_ins.iter().cloned().enumerate() {
        let nobody = nobody.clone();
        signing.spawn(async move { (n, nobody.sign_in(&email, &password).await) });
    }
    let mut people = Vec::with_capacity(sign_ins.len());
    while let Some(signed) = signing.join_next().await {
        let (n, person) = signed.expect("nothing panics there, and nobody ends it");
        people.push((n, person?));
    }
    people.sort_by_key(|(n, _)| *n);
    Ok(people.into_iter().map(|(_, person)| person).collect())
}
