//! Agents at their decks, and the team lead at the rescue queue, while somebody looks.
//!
//! The first agent's deck is the visitor's: it is only kept from overflowing. The others leave a few cards, and some
//! clients are neglected on purpose, so that leads grow quiet, turn Stale and are rescued.

use serde_json::{Value, json};

use super::{client::Failed, deeds::moment, office::Office};
use crate::{
    dice::Dice,
    people::{AGENTS, Client as Person, TEAM_LEAD},
    phrase::phrase,
    plan::{HOUR, Outcome},
    voice::Line,
};

/// Cards that the agents leave lying, in the order of the staff.
const LEAVE: [usize; AGENTS] = [14, 5, 5];
/// One client of so many is neglected once they are at risk.
const NEGLECTED: u32 = 8;
/// Stale leads that the team lead leaves in the queue.
const LEAVE_STALE: usize = 7;
/// Clients who have a call of the team lead's to answer.
const CALLED_AT_MOST: usize = 3;
/// Leads of an agent that are not put away.
const OPEN_AT_MOST: usize = 90;
/// Put away in one round.
const PUT_AWAY_AT_ONCE: usize = 6;

impl Office {
    /// An agent deals with one card, if there are more than they leave.
    pub(super) async fn work(&self, dice: &mut Dice, agent: usize, now_ms: i64) -> Result<(), Failed> {
        let deck = self.person(agent).get("/v1/deck").await?;
        let cards = deck["cards"].as_array().map(Vec::as_slice).unwrap_or_default();
        if cards.len() <= LEAVE[agent] {
            return Ok(());
        }
        let card = dice.pick(cards);
        let Some(lead) = card["lead_id"].as_str() else { return Ok(()) };
        let client = self.client_of(agent, lead).await?;
        let is = |kind: &str| card["kind"] == kind;
        if (is("at_risk") || is("rescue")) && client.as_ref().is_some_and(|client| client.n % NEGLECTED == 0)
        {
            return Ok(());
        }
        match client {
            Some(client) if is("contact_now") || is("reply") || is("at_risk") => {
                self.answer(dice, &client, (agent, lead), is("contact_now"), is("at_risk")).await
            }
            client if is("call_outcome") => {
                let note = client.map(|client| phrase(dice, &client, Line::Note));
                self.act(agent, card, "outcome", &json!({"result": "spoke", "note": note})).await
            }
            Some(client) if is("follow_up") => {
                let note = phrase(dice, &client, Line::Note);
                self.call(agent, lead, Outcome::Spoke, Some(&note)).await?;
                self.plan_next(dice, &client, (agent, lead), now_ms).await?;
                self.act(agent, card, "done", &json!({})).await
            }
            _ => self.call(agent, lead, Outcome::LeftMessage, None).await,
        }
    }

    async fn answer(
        &self,
        dice: &mut Dice,
        client: &Person,
        (agent, lead): (usize, &str),
        is_first: bool,
        is_late: bool,
    ) -> Result<(), Failed> {
        let line = match (is_first, is_late) {
            (true, _) => Line::Greets,
            (false, true) => Line::Chases,
            (false, false) => *dice.pick(&[Line::Answers, Line::Shows, Line::Negotiates]),
        };
        let channel = if client.whatsapp { "whatsapp" } else { "sms" };
        let text = phrase(dice, client, line);
        match self.send(agent, lead, channel, &text).await {
            // They do not want to be texted, or the reply window is closed.
            Err(error) if error.is_refusal() => self.call(agent, lead, Outcome::LeftMessage, None).await?,
            sent => sent?,
        }
        if is_first { self.name(client, lead).await } else { Ok(()) }
    }

    async fn plan_next(
        &self,
        dice: &mut Dice,
        client: &Person,
        (agent, lead): (usize, &str),
        now_ms: i64,
    ) -> Result<(), Failed> {
        let due_at = moment(now_ms + dice.between(4 * HOUR, 40 * HOUR));
        let plan = json!({"due_at": due_at, "title": phrase(dice, client, Line::Task)});
        self.person(agent).post(&format!("/v1/leads/{lead}/follow-ups"), &plan).await.map(drop)
    }

    /// What a deck's buttons do. A card that changed meanwhile is somebody else's news.
    async fn act(&self, agent: usize, card: &Value, kind: &str, more: &Value) -> Result<(), Failed> {
        // The id is the card's as it was seen: done twice, it is done once.
        let (task, version) = (card["id"].as_str().unwrap_or_default(), &card["version"]);
        let low = version.as_u64().unwrap_or_default() & 0xffff_ffff_ffff;
        let mutation = format!("{}-{low:012x}", task.get(..23).unwrap_or_default());
        let mut action = json!({
            "mutation_id": mutation, "lead_id": card["lead_id"], "card_id": task, "expected_version": version,
            "kind": kind,
        });
        for (name, value) in more.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            action[name] = value.clone();
        }
        self.person(agent).post("/v1/deck/actions", &action).await.map(drop)
    }

    /// Who stands behind a lead of an agent's; nobody of ours if a visitor made it.
    async fn client_of(&self, agent: usize, lead: &str) -> Result<Option<Person>, Failed> {
        let found = self.person(agent).get(&format!("/v1/leads/{lead}")).await?;
        let phone = found["phones"][0].as_str();
        let n = phone.and_then(|phone| self.clients.get(phone));
        // Whoever has them by now is the one who works for them.
        Ok(n.map(|n| Person { agent, ..self.client(*n) }))
    }

    /// The team lead hands back what was answered, or calls somebody who waits. The client who is to answer them, if one is.
    pub(super) async fn rescue(&self, dice: &mut Dice) -> Result<Option<u32>, Failed> {
        let tom = self.person(TEAM_LEAD);
        let queue = tom.get("/v1/rescue?limit=100").await?;
        let stale = queue["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let with =
            |progress: &str| stale.iter().filter(|item| item["progress"] == progress).collect::<Vec<_>>();
        if let Some(lead) = with("answered").first().and_then(|item| item["lead_id"].as_str()) {
            tom.post(&format!("/v1/leads/{lead}/hand-back"), &json!({})).await?;
            return Ok(None);
        }
        let (waiting, called) = (with("waiting"), with("in_progress"));
        if called.len() >= CALLED_AT_MOST {
            let lead = dice.pick(&called)["lead_id"].as_str().unwrap_or_default();
            return Ok(self.client_of(TEAM_LEAD, lead).await?.map(|client| client.n));
        }
        if stale.len() > LEAVE_STALE && !waiting.is_empty() {
            let lead = dice.pick(&waiting)["lead_id"].as_str().unwrap_or_default();
            self.call(TEAM_LEAD, lead, Outcome::LeftMessage, None).await?;
        }
        Ok(None)
    }

    /// What an agent has beyond their room is put away, the oldest first.
    pub(super) async fn keep_room(&self, agent: usize) -> Result<(), Failed> {
        // New and at-risk leads are looked after; only what was dealt with goes.
        let goes = |lead: &Value| lead["state"] == "active" || lead["state"] == "stale";
        let (mut open, mut going) = (0, Vec::new());
        let mut path = "/v1/leads?status=lead&limit=200".to_owned();
        loop {
            let page = self.person(agent).get(&path).await?;
            let leads = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            open += leads.len();
            let ids = leads.iter().filter(|lead| goes(lead)).filter_map(|lead| lead["id"].as_str());
            going.extend(ids.map(str::to_owned));
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/leads?status=lead&limit=200&cursor={cursor}"),
                None => break,
            }
        }
        // Newest first: the last ones are the oldest.
        let beyond = open.saturating_sub(OPEN_AT_MOST).min(PUT_AWAY_AT_ONCE);
        for lead in going.iter().rev().take(beyond) {
            self.archive(agent, lead).await?;
        }
        Ok(())
    }
}
