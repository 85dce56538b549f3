//! A brokerage with one agent and one number, made through public routes.

use anyhow::Context as _;
use serde_json::{Value, json};
use std::net::SocketAddr;

use crate::wire::{Connection, Hook};

/// Who may make tenants here.
pub const OPERATOR_TOKEN: &str = "operator-token-of-the-benches";
/// What webhook addresses begin with, and so what signatures are over.
pub const PUBLIC_URL: &str = "http://127.0.0.1";

const PASSWORD: &str = "a password of the benches";

pub struct Office {
    pub hook: Hook,
    pub agent_token: String,
    address: SocketAddr,
}

impl Office {
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let mut http = Connection::open(address).await?;
        let tenant =
            json!({"name": "Benches", "admin_email": "admin@benches.example", "admin_password": PASSWORD});
        post(&mut http, OPERATOR_TOKEN, "/v1/tenants", &tenant).await?;
        let admin = sign_in(&mut http, "admin@benches.example").await?;
        let team = post(&mut http, &admin, "/v1/teams", &json!({"name": "North"})).await?;
        let agent = json!({
            "email": "agent@benches.example", "name": "Ana", "role": "agent", "team_id": team["id"], "language": "en",
            "password": PASSWORD,
        });
        let agent = post(&mut http, &admin, "/v1/users", &agent).await?;
        let mut hook = Hook::of_nobody();
        let connection = json!({"kind": "twilio_sms", "owner_id": agent["id"], "settings": {
            "account_sid": hook.account_sid, "auth_token": hook.auth_token, "number": hook.number,
        }});
        let connection = post(&mut http, &admin, "/v1/connections", &connection).await?;
        hook.url = text(&connection["webhook_url"])?;
        hook.path = hook.url.strip_prefix(PUBLIC_URL).context("a webhook elsewhere")?.to_owned();
        let agent_token = sign_in(&mut http, "agent@benches.example").await?;
        Ok(Self { hook, agent_token, address })
    }

    /// The address of a socket of the agent's.
    pub async fn socket_url(&self) -> anyhow::Result<String> {
        let mut http = Connection::open(self.address).await?;
        let ticket = post(&mut http, &self.agent_token, "/v1/socket-tickets", &json!({})).await?;
        Ok(format!("ws://{}/v1/live?ticket={}", self.address, text(&ticket["ticket"])?))
    }
}

async fn sign_in(http: &mut Connection, email: &str) -> anyhow::Result<String> {
    let session = post(http, "", "/v1/sessions", &json!({"email": email, "password": PASSWORD})).await?;
    text(&session["access_token"])
}

async fn post(http: &mut Connection, token: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let body = body.to_string();
    let token = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{token}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = http.exchange(request.as_bytes()).await?;
    let text = String::from_utf8_lossy(&answer.body);
    anyhow::ensure!((200..300).contains(&answer.status), "POST {path}: {}: {text}", answer.status);
    serde_json::from_str(&text).with_context(|| format!("POST {path}: its answer"))
}

fn text(value: &Value) -> anyhow::Result<String> {
    Ok(value.as_str().context("a text is missing")?.to_owned())
}
