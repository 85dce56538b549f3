//! Bench 2: from a webhook to the delta on the agent's open socket, durable first, beside the least that this can cost: a
//! hop over loopback, one sync, a hop back.

use anyhow::Context as _;
use futures::{SinkExt as _, StreamExt as _};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::{
    Setup,
    office::Office,
    raw_log::{Grouped, RawFile},
    report::Table,
    servers::Whole,
    wire::{BareServer, Connection, Delivery, Hook},
};

/// Clients whose cards fill the deck, as an agent's are on a busy day.
const CLIENTS: u64 = 200;
/// How long a delta may take before the bench gives up.
const LONGEST: Duration = Duration::from_secs(10);

pub fn run(setup: &Setup) -> anyhow::Result<Vec<Table>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let table = runtime.block_on(measure(setup))?;
    Ok(vec![table])
}

/// What one contender took.
struct Took {
    name: &'static str,
    us: Histogram<u64>,
}

impl Took {
    fn new(name: &'static str) -> Self {
        Self { name, us: Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are right") }
    }

    fn note(&mut self, time: Duration) {
        self.us.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1));
    }

    fn cells(&self, limit: &Self) -> Vec<String> {
        let at = |took: &Self, share: f64| took.us.value_at_percentile(share) as f64 / 1000.0;
        let ratio = |share: f64| format!("{:.1}", at(self, share) / at(limit, share));
        vec![
            self.name.to_owned(),
            format!("{:.2} / {:.2}", at(self, 50.0), at(self, 99.0)),
            format!("{} / {}", ratio(50.0), ratio(99.0)),
            crate::report::whole(self.us.len() as f64),
        ]
    }
}

async fn measure(setup: &Setup) -> anyhow::Result<Table> {
    let mut limit = Took::new("loopback, HMAC and parse, append and fdatasync, loopback");
    let mut known = Took::new("ours: a known client writes again");
    let mut stranger = Took::new("ours: a stranger's first message");
    for _ in 0..setup.rounds {
        least(setup, &mut limit).await?;
        ours(setup, &mut known, &mut stranger).await?;
    }
    Ok(Table {
        title: "webhook to delta, one at a time".to_owned(),
        columns: vec!["", "p50 / p99 ms", "ratio p50 / p99", "times"],
        rows: [&limit, &known, &stranger].map(|took| took.cells(&limit)).into(),
        note: format!(
            "From the first byte of the webhook to the frame in the client's hands; the deck holds {CLIENTS} cards and more. \
             On the way of a known client four commits stand one behind the other, each synced before the next begins: the \
             stream's entry, the claim, the lead, the deck. A stranger adds the identity, the lead's key and its hot row."
        ),
    })
}

/// One sync and two hops.
async fn least(setup: &Setup, took: &mut Took) -> anyhow::Result<()> {
    let folder = setup.folder()?;
    let hook = Hook::of_nobody();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let told = TcpStream::connect(listener.local_addr()?).await?;
    told.set_nodelay(true)?;
    let (mut hears, _) = listener.accept().await?;
    let grouped = Arc::new(Grouped::new(RawFile::with_room(folder.path())?));
    let server = BareServer::start(hook.clone(), grouped, Some(told)).await?;
    let mut connection = Connection::open(server.address).await?;
    let (start, mut n) = (Instant::now(), 0);
    while start.elapsed() < setup.turn() {
        let delivery = hook.sms(n, n % CLIENTS, "Is it still available?");
        n += 1;
        let sent = Instant::now();
        let heard = async {
            hears.read_u8().await?;
            anyhow::Ok(sent.elapsed())
        };
        let (answered, heard) = tokio::join!(connection.deliver(&delivery), heard);
        answered?;
        took.note(heard?);
    }
    Ok(())
}

async fn ours(setup: &Setup, known: &mut Took, stranger: &mut Took) -> anyhow::Result<()> {
    let whole = Whole::start(setup.folder()?).await?;
    let office = Office::open(whole.address()).await?;
    let mut desk = Desk::open(whole.address(), &office).await?;
    for client in 0..CLIENTS {
        desk.send_and_see(&office.hook, client).await?;
    }
    let start = Instant::now();
    while start.elapsed() < setup.turn() {
        let client = desk.sent % CLIENTS;
        known.note(desk.send_and_see(&office.hook, client).await?);
    }
    let start = Instant::now();
    while start.elapsed() < setup.turn() / 2 {
        let client = CLIENTS + desk.sent;
        stranger.note(desk.send_and_see(&office.hook, client).await?);
    }
    drop(desk);
    whole.stop().await
}

/// A provider and an agent's page in one.
struct Desk {
    http: Connection,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    sent: u64,
}

impl Desk {
    async fn open(address: SocketAddr, office: &Office) -> anyhow::Result<Self> {
        let (mut socket, _) = connect_async(office.socket_url().await?).await.context("opening a socket")?;
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_nodelay(true)?;
        }
        socket.send(Message::text(json!({"hello": {"client_id": "benches"}}).to_string())).await?;
        let mut desk = Self { http: Connection::open(address).await?, socket, sent: 0 };
        anyhow::ensure!(desk.frame().await?.get("snapshot").is_some(), "the first frame is a snapshot");
        Ok(desk)
    }

    /// Sends a message of its own text, and takes frames in until one shows a card with that text.
    async fn send_and_see(&mut self, hook: &Hook, client: u64) -> anyhow::Result<Duration> {
        let text = format!("message number {} of all", self.sent);
        let delivery: Delivery = hook.sms(self.sent, client, &text);
        self.sent += 1;
        let sent = Instant::now();
        let Self { http, socket, .. } = self;
        let seen = async {
            loop {
                let frame = next_text(socket).await?;
                let at = sent.elapsed();
                // The text stands in the preview; looking for it costs less than reading the frame.
                if frame.contains(&text) {
                    return anyhow::Ok(at);
                }
            }
        };
        let (answered, seen) = tokio::join!(http.deliver(&delivery), tokio::time::timeout(LONGEST, seen));
        answered?;
        seen.context("no delta came")?
    }

    async fn frame(&mut self) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&next_text(&mut self.socket).await?)?)
    }
}

async fn next_text(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> anyhow::Result<String> {
    loop {
        match socket.next().await.context("the socket ended")?? {
            Message::Text(text) => return Ok(text.to_string()),
            Message::Close(frame) => anyhow::bail!("the socket was closed: {frame:?}"),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}
