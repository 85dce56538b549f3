//! An agent's open page: keeps a socket, comes back after each kill to where it was, marks cards done.
//!
//! It fails the test when it is given a snapshot although it has a position, when a delta does not follow the one before,
//! when a card comes back that was done, and when an action that was applied is answered differently when sent again.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::{OwnedRwLockReadGuard, watch},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

use super::{
    Load,
    dice::Dice,
    ledger::count,
    support::{Live, Position, User, mutation_id},
};

/// How long a person thinks before the next card, and a page before it connects again.
const PAUSE: Duration = Duration::from_millis(25);
/// Applied actions that may still be sent once more.
const REMEMBERED: usize = 30;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What a screen shows.
#[derive(Clone, Default)]
pub struct Seen {
    pub position: Option<Position>,
    pub cards: BTreeMap<String, Value>,
}

/// An action on its way. While there is one, no check begins.
struct UnderWay {
    action: Value,
    /// It was applied before: so it must be again.
    repeated: bool,
    _traffic: OwnedRwLockReadGuard<()>,
}

pub struct Screen {
    user: User,
    load: Load,
    dice: Dice,
    shown: watch::Sender<Seen>,
    seen: Seen,
    under_way: Option<UnderWay>,
    applied: Vec<Value>,
    /// Cards that are done, and from which offset on they must not be seen.
    done: BTreeMap<String, u64>,
    /// Done, seen from no offset on that is known yet.
    done_somewhere: BTreeSet<String>,
}

impl Screen {
    pub fn new(user: User, load: Load, dice: Dice) -> (Self, watch::Receiver<Seen>) {
        let (shown, seen) = watch::channel(Seen::default());
        let screen = Self {
            user,
            load,
            dice,
            shown,
            seen: Seen::default(),
            under_way: None,
            applied: Vec::new(),
            done: BTreeMap::new(),
            done_somewhere: BTreeSet::new(),
        };
        (screen, seen)
    }

    /// Shows the deck until told to stop.
    pub async fn run(mut self) {
        while !*self.load.stop.borrow() {
            match self.connect().await {
                Some(socket) => self.serve(socket).await,
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// A socket that said hello; none while the server is gone.
    async fn connect(&self) -> Option<Socket> {
        let client = &self.user.client;
        let asked = client.request(reqwest::Method::POST, "/v1/socket-tickets").json(&json!({}));
        let answer = client.try_send(asked).await.ok()?;
        assert_eq!(answer.status, 200, "a ticket after a restart: {}", answer.text);
        let ticket = answer.json()["ticket"].as_str().expect("a ticket is a text").to_owned();
        let mut socket = Live::connect_with(&self.user, &ticket).await.ok()?;
        let mut hello = json!({"client_id": "kills"});
        if let Some(Position { epoch, offset }) = &self.seen.position {
            (hello["epoch"], hello["offset"]) = (json!(epoch), json!(offset));
        }
        say(&mut socket, &json!({"hello": hello})).await?;
        Some(socket)
    }

    /// Takes frames in and acts until the socket ends.
    async fn serve(&mut self, mut socket: Socket) {
        let mut greeted = false;
        let mut think = tokio::time::interval(PAUSE);
        let mut stop = self.load.stop.clone();
        loop {
            tokio::select! {
                frame = hear(&mut socket) => {
                    let Some(frame) = frame else { return };
                    self.take_in(&frame);
                    if !greeted {
                        greeted = true;
                        // What was not answered before the kill is sent again, under the same id.
                        if self.send_again(&mut socket).await.is_none() { return }
                    }
                }
                _ = think.tick(), if greeted && self.under_way.is_none() => {
                    if self.act(&mut socket).await.is_none() { return }
                }
                () = async { drop(stop.wait_for(|stop| *stop).await) } => return,
            }
        }
    }

    async fn send_again(&self, socket: &mut Socket) -> Option<()> {
        let Some(under_way) = &self.under_way else { return Some(()) };
        count(&self.load.ledger.counts.acts_in_doubt);
        say(socket, &json!({"act": under_way.action})).await
    }

    async fn act(&mut self, socket: &mut Socket) -> Option<()> {
        // While a check holds everybody back, nothing begins.
        let Ok(traffic) = self.load.traffic.clone().try_read_owned() else { return Some(()) };
        let repeated = self.dice.percent(20).then(|| self.dice.choose(&self.applied).cloned()).flatten();
        let action = match &repeated {
            Some(action) => action.clone(),
            None => match self.done_with_a_card() {
                Some(action) => action,
                None => return Some(()),
            },
        };
        let counts = &self.load.ledger.counts;
        count(if repeated.is_some() { &counts.acts_repeated } else { &counts.acts });
        let said = say(socket, &json!({"act": action})).await;
        self.under_way = Some(UnderWay { action, repeated: repeated.is_some(), _traffic: traffic });
        said
    }

    fn done_with_a_card(&mut self) -> Option<Value> {
        let open: Vec<&Value> = self
            .seen
            .cards
            .iter()
            .filter(|(id, _)| !self.done.contains_key(*id) && !self.done_somewhere.contains(*id))
            .map(|(_, card)| card)
            .collect();
        let card = *self.dice.choose(&open)?;
        Some(json!({
            "mutation_id": mutation_id(), "kind": "done",
            "lead_id": card["lead_id"], "card_id": card["id"], "expected_version": card["version"],
        }))
    }

    fn take_in(&mut self, frame: &Value) {
        let (kind, what) =
            frame.as_object().and_then(|frame| frame.iter().next()).expect("a frame has a kind");
        match (kind.as_str(), &self.seen.position) {
            ("snapshot", None) => {
                self.seen.cards = Live::by_id(what["cards"].as_array().expect("cards"));
                self.seen.position = Some(position(what));
            }
            ("resumed", Some(before)) => {
                let now = position(what);
                assert_eq!(now.epoch, before.epoch, "the epoch outlives a kill");
                assert!(now.offset >= before.offset, "what was shown at {before:?} is gone at {now:?}");
                count(&self.load.ledger.counts.resumed);
                self.apply(&what["ops"], now.offset);
            }
            ("delta", Some(before)) => {
                assert_eq!(what["prev"], before.offset, "a gap before {what}");
                let offset = what["offset"].as_u64().expect("an offset");
                assert!(offset > before.offset, "{what} goes nowhere");
                count(&self.load.ledger.counts.deltas);
                self.apply(&what["ops"], offset);
            }
            ("acted", Some(_)) => self.take_answer(what),
            // The action could not be answered; the socket is closed next, and the action sent again.
            ("error", Some(_)) => assert_eq!(what["code"], "unavailable", "{what}"),
            ("snapshot", Some(before)) => panic!("{before:?} was answered with a snapshot"),
            _ => panic!("{frame} at {:?}", self.seen.position),
        }
        let _ = self.shown.send(self.seen.clone());
    }

    fn apply(&mut self, ops: &Value, offset: u64) {
        for op in ops.as_array().expect("a list of ops") {
            if let Some(card) = op.get("put") {
                let id = card["id"].as_str().expect("a card has an id");
                if let Some(done) = self.done.get(id) {
                    assert!(offset <= *done, "done at {done}, back at {offset}: {card}");
                }
                self.seen.cards.insert(id.to_owned(), card.clone());
            } else {
                self.seen.cards.remove(op["del"].as_str().expect("put or del"));
            }
        }
        self.seen.position.as_mut().expect("it has been greeted").offset = offset;
    }

    fn take_answer(&mut self, acted: &Value) {
        let Some(UnderWay { action, repeated, .. }) = self.under_way.take() else {
            panic!("an answer to nothing: {acted}");
        };
        assert_eq!(acted["mutation_id"], action["mutation_id"], "actions are answered in their order");
        let id = |field: &str| action[field].as_str().expect("an id").to_owned();
        match acted["result"].as_str() {
            Some("applied") => {
                self.load.ledger.done(&id("lead_id"), &id("card_id"));
                match acted["offset"].as_u64() {
                    Some(offset) => drop(self.done.insert(id("card_id"), offset)),
                    None => drop(self.done_somewhere.insert(id("card_id"))),
                }
                if self.applied.len() == REMEMBERED {
                    self.applied.remove(0);
                }
                self.applied.push(action);
            }
            _ if repeated => panic!("applied before, and now {acted}"),
            // A message came meanwhile and changed the card.
            Some("conflict") => count(&self.load.ledger.counts.conflicts),
            _ => panic!("{acted}"),
        }
    }
}

fn position(frame: &Value) -> Position {
    Position {
        epoch: frame["epoch"].as_str().expect("an epoch").to_owned(),
        offset: frame["offset"].as_u64().expect("an offset"),
    }
}

async fn say(socket: &mut Socket, frame: &Value) -> Option<()> {
    socket.send(Message::text(frame.to_string())).await.ok()
}

/// The next frame; none when the socket has ended.
async fn hear(socket: &mut Socket) -> Option<Value> {
    loop {
        match socket.next().await? {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).expect("frames are JSON")),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}
