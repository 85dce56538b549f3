//! The live socket as a client keeps it: every delta must fit to the one before, and the cards are what the deltas say.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async, connect_async,
    tungstenite::{Error, Message, protocol::CloseFrame},
};

use super::{LONG_ENOUGH, Log, User};

/// How long a frame is not taken before the socket counts as stuck.
const STUCK: Duration = Duration::from_millis(500);

/// Where a client is in its deck's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub epoch: String,
    pub offset: u64,
}

/// A socket and what it has told.
pub struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    log: Log,
    /// `resumed` or `snapshot`, with all that was in it.
    pub greeting: Value,
    /// Where it is now.
    pub position: Position,
    /// Each card by its id, as last put: all of the deck after a snapshot or [`Self::reopen`], else what changed.
    pub cards: BTreeMap<String, Value>,
    /// Deltas so far.
    pub deltas: Vec<Value>,
}

impl Live {
    /// Opens a socket with a new ticket, says hello and waits for its answer.
    pub async fn open(user: &User, from: Option<Position>) -> Self {
        Self::hello(Self::connect(user).await, user, from, BTreeMap::new()).await
    }

    /// Comes back to where it was, with the cards that it had then.
    pub async fn reopen(user: &User, from: Position, cards: BTreeMap<String, Value>) -> Self {
        Self::hello(Self::connect(user).await, user, Some(from), cards).await
    }

    /// Opens a socket with a new ticket, and says nothing.
    pub async fn connect(user: &User) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
        let ticket = user.client.post("/v1/socket-tickets", &json!({})).await.ok();
        let ticket = ticket["ticket"].as_str().expect("a ticket is a text").to_owned();
        match Self::connect_with(user, &ticket).await {
            Ok(socket) => socket,
            Err(error) => user.client.log.fail(&format!("no socket: {error}")),
        }
    }

    /// Opens a socket with that ticket.
    ///
    /// # Errors
    /// The handshake was refused.
    pub async fn connect_with(
        user: &User,
        ticket: &str,
    ) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, Error> {
        let base = user.client.address().replacen("http://", "ws://", 1);
        let connecting = connect_async(format!("{base}/v1/live?ticket={ticket}"));
        Ok(user.client.log.within(LONG_ENOUGH, "a socket", connecting).await?.0)
    }

    /// Opens a socket whose kernel holds only so many bytes that nobody reads, says hello and waits for its answer.
    pub async fn open_narrow(user: &User, receive_bytes: u32) -> Self {
        let ticket = user.client.post("/v1/socket-tickets", &json!({})).await.ok();
        let ticket = ticket["ticket"].as_str().expect("a ticket is a text").to_owned();
        let address = user.client.address().strip_prefix("http://").expect("plain HTTP").to_owned();
        let tcp = TcpSocket::new_v4().expect("a socket");
        tcp.set_recv_buffer_size(receive_bytes).expect("its buffer can be set");
        let tcp = tcp.connect(address.parse().expect("an address and a port")).await.expect("a connection");
        let url = format!("ws://{address}/v1/live?ticket={ticket}");
        let (socket, _) = client_async(url, MaybeTlsStream::Plain(tcp)).await.expect("a socket");
        Self::hello(socket, user, None, BTreeMap::new()).await
    }

    /// Says hello on a socket, from there.
    pub async fn greet(
        socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
        user: &User,
        from: Position,
    ) -> Self {
        Self::hello(socket, user, Some(from), BTreeMap::new()).await
    }

    async fn hello(
        socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
        user: &User,
        from: Option<Position>,
        cards: BTreeMap<String, Value>,
    ) -> Self {
        let mut live = Self {
            socket,
            log: user.client.log.clone(),
            greeting: Value::Null,
            position: Position { epoch: String::new(), offset: 0 },
            cards,
            deltas: Vec::new(),
        };
        let mut hello = json!({"client_id": "tests"});
        if let Some(Position { epoch, offset }) = from {
            (hello["epoch"], hello["offset"]) = (json!(epoch), json!(offset));
        }
        live.say(&json!({"hello": hello})).await;
        live.greeting = live.next().await;
        let greeted = live.greeting.get("resumed").or(live.greeting.get("snapshot"));
        assert!(greeted.is_some(), "not an answer to hello: {}", live.greeting);
        live
    }

    /// Sends a frame.
    pub async fn say(&mut self, frame: &Value) {
        let said = self.socket.send(Message::text(frame.to_string()));
        if let Err(error) = self.log.within(LONG_ENOUGH, "a frame being taken", said).await {
            self.log.fail(&format!("{frame} could not be sent: {error}"));
        }
    }

    /// Asks for the deck, and reads nothing of the answers, until the server writes no more and so reads no more.
    pub async fn ask_until_stuck(&mut self) {
        // White space around JSON means nothing: these fill the buffers of the kernel soon.
        let padding = " ".repeat(60_000);
        let stuck = async {
            loop {
                let ask = format!("{}{padding}", json!({"hello": {"client_id": "tests"}}));
                let asked = tokio::time::timeout(STUCK, self.socket.send(Message::text(ask))).await;
                if asked.is_err() {
                    return;
                }
            }
        };
        self.log.clone().within(LONG_ENOUGH, "the server reading no more of a socket", stuck).await;
    }

    /// The next frame, taken in. A socket that closes instead fails the test.
    pub async fn next(&mut self) -> Value {
        match self.next_or_close().await {
            Ok(frame) => frame,
            Err(code) => self.log.fail(&format!("the socket was closed with {code:?}")),
        }
    }

    /// The next frame, taken in, or the code that the socket was closed with (none: it just ended).
    ///
    /// # Errors
    /// The socket is closed.
    pub async fn next_or_close(&mut self) -> Result<Value, Option<u16>> {
        loop {
            let log = self.log.clone();
            match log.within(LONG_ENOUGH, "a frame of the socket", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text).expect("frames are JSON");
                    self.take_in(&frame);
                    return Ok(frame);
                }
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.map(|CloseFrame { code, .. }| code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// The code that the socket is closed with, after whatever still comes before.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next_or_close().await {
                return code;
            }
        }
    }

    /// Takes frames in until something is true of what they add up to.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let log = self.log.clone();
        let until = async {
            while !holds(self) {
                self.next().await;
            }
        };
        log.within(LONG_ENOUGH, what, until).await;
    }

    /// Waits for the delta of that offset, if it is not in yet.
    pub async fn until_offset(&mut self, offset: u64) {
        self.until(&format!("offset {offset}"), |live| live.position.offset >= offset).await;
    }

    /// Takes frames in for that long: for showing that nothing comes.
    pub async fn listen(&mut self, long: Duration) -> Vec<Value> {
        let mut heard = Vec::new();
        let until = tokio::time::Instant::now() + long;
        while let Ok(frame) = tokio::time::timeout_at(until, self.next()).await {
            heard.push(frame);
        }
        heard
    }

    /// Sends an action and waits for its answer.
    pub async fn act(&mut self, action: &Value) -> Value {
        self.say(&json!({"act": action})).await;
        loop {
            let frame = self.next().await;
            assert!(frame.get("error").is_none(), "{action} was answered {frame}");
            if let Some(acted) = frame.get("acted")
                && acted["mutation_id"] == action["mutation_id"]
            {
                return acted.clone();
            }
        }
    }

    /// What a deck shows, by card.
    pub fn by_id(cards: &[Value]) -> BTreeMap<String, Value> {
        cards
            .iter()
            .map(|card| (card["id"].as_str().expect("a card has an id").to_owned(), card.clone()))
            .collect()
    }

    fn take_in(&mut self, frame: &Value) {
        if let Some(snapshot) = frame.get("snapshot") {
            self.cards = Self::by_id(snapshot["cards"].as_array().expect("a snapshot has cards"));
            self.position = position(snapshot);
        } else if let Some(resumed) = frame.get("resumed") {
            self.apply(&resumed["ops"]);
            self.position = position(resumed);
        } else if let Some(delta) = frame.get("delta") {
            assert_eq!(delta["prev"], self.position.offset, "a gap before {delta}");
            let offset = delta["offset"].as_u64().expect("an offset");
            assert!(offset > self.position.offset, "{delta} goes nowhere");
            self.apply(&delta["ops"]);
            self.position.offset = offset;
            self.deltas.push(delta.clone());
        }
    }

    fn apply(&mut self, ops: &Value) {
        for op in ops.as_array().expect("a list of ops") {
            if let Some(card) = op.get("put") {
                self.cards.insert(card["id"].as_str().expect("a card has an id").to_owned(), card.clone());
            } else {
                let id = op["del"].as_str().unwrap_or_else(|| panic!("{op} is neither put nor del"));
                self.cards.remove(id);
            }
        }
    }
}

fn position(frame: &Value) -> Position {
    Position {
        epoch: frame["epoch"].as_str().expect("an epoch").to_owned(),
        offset: frame["offset"].as_u64().expect("an offset"),
    }
}
