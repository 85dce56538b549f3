//! What a test makes for itself before it begins: tenants, agents who are signed in, and a number for each.

use futures::{StreamExt, TryStreamExt, stream};
use hearthline_load::drive::{Client, Failed};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

use crate::Options;

/// How many agents are made at once: a password costs the server work.
const AT_ONCE: usize = 4;

/// An agent with a number.
pub struct Agent {
    pub client: Client,
    pub number: Number,
}

/// A number that is connected, as its provider knows it.
#[derive(Clone)]
pub struct Number {
    pub webhook_url: String,
    pub account_sid: String,
    pub auth_token: String,
    /// In E.164.
    pub number: String,
}

/// Makes all tenants and their agents.
pub async fn open(nobody: &Client, operator: &str, options: &Options) -> Result<Vec<Arc<Agent>>, Failed> {
    let mut agents = Vec::new();
    for tenant in 0..options.tenants {
        agents.extend(open_one(nobody, operator, tenant, options.agents).await?);
    }
    Ok(agents)
}

async fn open_one(
    nobody: &Client,
    operator: &str,
    tenant: u32,
    agents: u32,
) -> Result<Vec<Arc<Agent>>, Failed> {
    // No two tests are in each other's way, on a server that keeps what it is told.
    let run = Uuid::new_v4().simple().to_string();
    let (email, password) = (format!("admin-{run}@load.example"), secret());
    let new = json!({"name": format!("Load {run}"), "admin_email": email, "admin_password": password});
    nobody.with_token(operator).post("/v1/tenants", &new).await?;
    let admin = nobody.sign_in(&email, &password).await?;
    let team = text(&admin.post("/v1/teams", &json!({"name": "Load"})).await?, "id")?;
    let making = (0..agents).map(|n| {
        let number = format!("+1{:03}555{n:04}", 201 + tenant);
        open_agent(nobody, &admin, &team, format!("agent-{n}-{run}@load.example"), number)
    });
    stream::iter(making).buffered(AT_ONCE).try_collect().await
}

async fn open_agent(
    nobody: &Client,
    admin: &Client,
    team: &str,
    email: String,
    number: String,
) -> Result<Arc<Agent>, Failed> {
    let password = secret();
    let new = json!({
        "email": email, "name": email, "role": "agent", "team_id": team, "language": "en", "password": password,
    });
    let user = text(&admin.post("/v1/users", &new).await?, "id")?;
    let (account_sid, auth_token) = (format!("AC{}", Uuid::new_v4().simple()), secret());
    let settings = json!({"account_sid": account_sid, "auth_token": auth_token, "number": number});
    let new = json!({"kind": "twilio_sms", "owner_id": user, "settings": settings});
    let webhook_url = text(&admin.post("/v1/connections", &new).await?, "webhook_url")?;
    let client = nobody.sign_in(&email, &password).await?;
    let number = Number { webhook_url, account_sid, auth_token, number };
    Ok(Arc::new(Agent { client, number }))
}

/// A field of an answer that is a text.
pub fn text(answer: &Value, field: &'static str) -> Result<String, Failed> {
    answer[field].as_str().map(ToOwned::to_owned).ok_or(Failed::Missing(field))
}

fn secret() -> String {
    Uuid::new_v4().simple().to_string()
}
