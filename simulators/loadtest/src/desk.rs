//! An agent's open page: a socket that shows the deck, and now and then a card that is looked at and done.

use futures::{SinkExt, StreamExt};
use hearthline_load::{dice::Dice, drive::Failed};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, sync::watch};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite, tungstenite::Message};
use uuid::Uuid;

use crate::{
    brokerage::{Agent, text},
    clients::Clients,
    meters::{Count, Meters, Wait},
};

/// How long a page that lost its socket waits before it opens another.
const BREATH: Duration = Duration::from_millis(500);

/// One page of one agent.
pub struct Desk {
    pub agent: Arc<Agent>,
    pub clients: Arc<Clients>,
    pub meters: Arc<Meters>,
    pub stop: watch::Receiver<bool>,
    /// Actions a minute; 0 on pages that are only looked at.
    pub actions: u32,
    pub seed: u64,
    /// Of the seed: pages have chances of their own.
    pub stream: u64,
    /// `ws://127.0.0.1:8080`
    pub sockets: Arc<str>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Where a page is, and what it shows.
#[derive(Default)]
struct Page {
    epoch: String,
    offset: u64,
    cards: BTreeMap<String, Value>,
    /// The action that is under way, and since when.
    acting: Option<(String, Instant)>,
}

impl Desk {
    /// Keeps the page open until it is told to stop; `opened` hears of the first socket.
    pub async fn run(mut self, opened: tokio::sync::mpsc::Sender<()>) {
        let (mut dice, mut page) = (Dice::new(self.seed, self.stream), Page::default());
        let mut first = true;
        while !*self.stop.borrow() {
            match self.open(&page).await {
                Ok(mut socket) => {
                    if std::mem::take(&mut first) {
                        let _ = opened.send(()).await;
                    } else {
                        self.meters.count(Count::Reconnects);
                    }
                    self.keep(&mut socket, &mut page, &mut dice).await;
                    page.acting = None;
                }
                Err(Lost) => {
                    self.meters.count(Count::AgentErrors);
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }

    async fn open(&self, page: &Page) -> Result<Socket, Lost> {
        let ticket = self.agent.client.post("/v1/socket-tickets", &json!({})).await?;
        let url = format!("{}/v1/live?ticket={}", self.sockets, text(&ticket, "ticket")?);
        let (mut socket, _) = connect_async(url).await?;
        let mut hello = json!({"client_id": "loadtest"});
        if !page.epoch.is_empty() {
            (hello["epoch"], hello["offset"]) = (json!(page.epoch), json!(page.offset));
        }
        let hello = Message::text(json!({"hello": hello}).to_string());
        socket.send(hello).await?;
        Ok(socket)
    }

    /// Until the socket ends, or the test.
    async fn keep(&mut self, socket: &mut Socket, page: &mut Page, dice: &mut Dice) {
        let mut acts_at = tokio::time::Instant::now() + self.until_action(dice);
        loop {
            tokio::select! {
                _ = self.stop.changed() => {
                    let _ = socket.close(None).await;
                    return;
                }
                frame = socket.next() => match frame {
                    Some(Ok(Message::Text(frame))) => self.take_in(&frame, page),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                },
                () = tokio::time::sleep_until(acts_at), if self.actions > 0 && page.acting.is_none() => {
                    acts_at = tokio::time::Instant::now() + self.until_action(dice);
                    if self.act(socket, page, dice).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn until_action(&self, dice: &mut Dice) -> Duration {
        // Evenly between nothing and twice the mean.
        let mean_ms = 60_000 / u64::from(self.actions.max(1));
        Duration::from_millis(dice.below(2 * mean_ms))
    }

    fn take_in(&self, frame: &str, page: &mut Page) {
        let Ok(frame) = serde_json::from_str::<Value>(frame) else { return };
        if let Some(snapshot) = frame.get("snapshot") {
            page.cards.clear();
            for card in snapshot["cards"].as_array().into_iter().flatten() {
                self.put(card, page);
            }
            page.stand_at(snapshot);
        } else if let Some(resumed) = frame.get("resumed") {
            self.apply(&resumed["ops"], page);
            page.stand_at(resumed);
        } else if let Some(delta) = frame.get("delta") {
            self.apply(&delta["ops"], page);
            page.offset = delta["offset"].as_u64().unwrap_or(page.offset);
        } else if let Some(acted) = frame.get("acted") {
            self.acted(acted, page);
        }
    }

    fn apply(&self, ops: &Value, page: &mut Page) {
        for op in ops.as_array().into_iter().flatten() {
            if let Some(card) = op.get("put") {
                self.put(card, page);
            } else if let Some(id) = op["del"].as_str() {
                page.cards.remove(id);
            }
        }
    }

    fn put(&self, card: &Value, page: &mut Page) {
        let Some(id) = card["id"].as_str() else { return };
        if let Some(due) = card["preview"].as_str().and_then(|preview| self.clients.shown(preview)) {
            self.meters.waited(Wait::Shown, due);
            self.meters.count(Count::Shown);
        }
        page.cards.insert(id.to_owned(), card.clone());
    }

    fn acted(&self, acted: &Value, page: &mut Page) {
        let Some((_, since)) = page.acting.take_if(|(id, _)| acted["mutation_id"] == id.as_str()) else {
            return;
        };
        self.meters.waited(Wait::Action, since);
        match acted["result"].as_str() {
            Some("applied") => self.meters.count(Count::Applied),
            Some("conflict") => self.meters.count(Count::Conflicts),
            Some(_) | None => self.meters.count(Count::AgentErrors),
        }
    }

    /// Looks at the deck, reads the thread of a card, and is done with it.
    async fn act(&self, socket: &mut Socket, page: &mut Page, dice: &mut Dice) -> Result<(), Lost> {
        let count = page.cards.len();
        if count == 0 {
            return Ok(());
        }
        let nth = usize::try_from(dice.below(count as u64)).expect("fewer than that");
        let Some(card) = page.cards.values().nth(nth).cloned() else { return Ok(()) };
        let lead = text(&card, "lead_id")?;
        if self.look(&lead).await.is_err() {
            self.meters.count(Count::AgentErrors);
            return Ok(());
        }
        let mutation = Uuid::new_v4().to_string();
        let act = json!({
            "mutation_id": mutation, "lead_id": lead, "card_id": card["id"],
            "expected_version": card["version"], "kind": "done",
        });
        page.acting = Some((mutation, Instant::now()));
        Ok(socket.send(Message::text(json!({"act": act}).to_string())).await?)
    }

    async fn look(&self, lead: &str) -> Result<(), Failed> {
        let client = &self.agent.client;
        let since = Instant::now();
        client.get("/v1/deck").await?;
        self.meters.waited(Wait::Deck, since);
        let since = Instant::now();
        client.get(&format!("/v1/leads/{lead}/events?limit=50")).await?;
        self.meters.waited(Wait::Thread, since);
        Ok(())
    }
}

/// The socket could not be opened, or is gone. Why does not matter to a page: it opens another.
struct Lost;

impl From<Failed> for Lost {
    fn from(_: Failed) -> Self {
        Self
    }
}

impl From<tungstenite::Error> for Lost {
    fn from(_: tungstenite::Error) -> Self {
        Self
    }
}

impl Page {
    fn stand_at(&mut self, frame: &Value) {
        frame["epoch"].as_str().unwrap_or_default().clone_into(&mut self.epoch);
        self.offset = frame["offset"].as_u64().unwrap_or_default();
    }
}
