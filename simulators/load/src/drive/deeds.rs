//! One deed on the server, as whoever does it would.

use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

use super::{
    client::{Client, Failed},
    office::{Connection, Office},
};
use crate::{
    people::{Client as Person, TEAM_LEAD},
    plan::{Deed, Outcome},
};

/// How long a lead may take to be there after its first message.
const LEAD_COMES_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks for it.
const LOOK_AGAIN: Duration = Duration::from_millis(12);

impl Office {
    /// Does it.
    ///
    /// # Errors
    /// The server said no, which a late deed has to live with.
    pub(super) async fn perform(&self, client: &Person, deed: &Deed, now_ms: i64) -> Result<(), Failed> {
        match deed {
            Deed::Writes { text, picture, to_team_lead } => {
                let to = if *to_team_lead { self.number_of(TEAM_LEAD) } else { self.number_for(client) };
                self.providers.deliver(client, to, text, *picture).await;
                Ok(())
            }
            Deed::Answers { text } => {
                let channel = if client.whatsapp { "whatsapp" } else { "sms" };
                let lead = self.lead(client).await?;
                self.send(client.agent, &lead, channel, text).await
            }
            Deed::Calls { result, note, by_team_lead } => {
                let by = if *by_team_lead { TEAM_LEAD } else { client.agent };
                let lead = self.lead(client).await?;
                self.call(by, &lead, *result, note.as_deref()).await
            }
            Deed::Meets { text } => {
                let lead = self.lead(client).await?;
                let note = json!({"body": text, "client_interaction": true});
                self.agent_of(client).post(&format!("/v1/leads/{lead}/notes"), &note).await.map(drop)
            }
            Deed::Plans { in_ms, title } => {
                let lead = self.lead(client).await?;
                let plan = json!({"due_at": moment(now_ms + in_ms), "title": title});
                self.agent_of(client).post(&format!("/v1/leads/{lead}/follow-ups"), &plan).await.map(drop)
            }
            Deed::Names => {
                let lead = self.lead(client).await?;
                self.name(client, &lead).await
            }
            Deed::Archives => {
                let lead = self.lead(client).await?;
                self.archive(client.agent, &lead).await
            }
            Deed::HandsBack => {
                let lead = self.lead(client).await?;
                let path = format!("/v1/leads/{lead}/hand-back");
                self.person(TEAM_LEAD).post(&path, &json!({})).await.map(drop)
            }
        }
    }

    /// A message of somebody's to a lead's client; it goes at once.
    pub(super) async fn send(&self, by: usize, lead: &str, channel: &str, text: &str) -> Result<(), Failed> {
        let message = json!({"channel": channel, "body": text});
        self.person(by).post(&format!("/v1/leads/{lead}/messages"), &message).await.map(drop)
    }

    /// A call, and how it went.
    pub(super) async fn call(
        &self,
        by: usize,
        lead: &str,
        result: Outcome,
        note: Option<&str>,
    ) -> Result<(), Failed> {
        let placed = self.person(by).post(&format!("/v1/leads/{lead}/calls"), &json!({})).await?;
        let id = placed["id"].as_str().ok_or(Failed::Missing("id"))?;
        let mut outcome = json!({"result": result.name()});
        if let Some(note) = note {
            outcome["note"] = json!(note);
        }
        self.person(by).post(&format!("/v1/leads/{lead}/calls/{id}/outcome"), &outcome).await.map(drop)
    }

    /// Who it is goes into the record.
    pub(super) async fn name(&self, client: &Person, lead: &str) -> Result<(), Failed> {
        let record =
            json!({"first_name": client.given, "last_name": client.family, "language": client.language});
        self.agent_of(client).patch(&format!("/v1/leads/{lead}"), &record).await.map(drop)
    }

    /// The lead is put away.
    pub(super) async fn archive(&self, by: usize, lead: &str) -> Result<(), Failed> {
        let away = json!({"status": "archived"});
        self.person(by).patch(&format!("/v1/leads/{lead}"), &away).await.map(drop)
    }

    /// The lead that a client became: looked up once, and waited for.
    pub(super) async fn lead(&self, client: &Person) -> Result<String, Failed> {
        if let Some(known) = self.leads.lock().get(&client.n) {
            return Ok(known.clone());
        }
        let looked = async {
            loop {
                if let Some(lead) = self.look_up(client).await? {
                    return Ok::<String, Failed>(lead);
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let lead =
            tokio::time::timeout(LEAD_COMES_WITHIN, looked).await.map_err(|_| Failed::Late("a lead"))??;
        self.leads.lock().insert(client.n, lead.clone());
        Ok(lead)
    }

    async fn look_up(&self, client: &Person) -> Result<Option<String>, Failed> {
        let found =
            self.agent_of(client).get(&format!("/v1/leads?q={}&limit=2", client.whatsapp_id())).await?;
        Ok(found["items"][0]["id"].as_str().map(str::to_owned))
    }

    /// Their agent.
    fn agent_of(&self, client: &Person) -> &Client {
        self.person(client.agent)
    }

    /// The number that a client found.
    pub(super) fn number_for(&self, client: &Person) -> &Connection {
        let kind = if client.whatsapp { "whatsapp" } else { "twilio_sms" };
        let theirs = self.connections.iter().find(|one| one.owner == client.agent && one.kind == kind);
        theirs.unwrap_or_else(|| self.number_of(client.agent))
    }

    fn number_of(&self, owner: usize) -> &Connection {
        let theirs = self.connections.iter().find(|one| one.owner == owner);
        theirs.expect("everybody who works with clients has a number")
    }
}

/// RFC 3339.
pub(super) fn moment(at_ms: i64) -> Value {
    json!(Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string())
}
