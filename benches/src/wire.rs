//! A load client that costs little: HTTP/1.1 with keep-alive over a bare TCP stream, requests made and signed beforehand.
//! And its counterpart, the least that can be called a server.

use anyhow::Context as _;
use hearthline_engine::providers::twilio_signature::{Body, expected, verify};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Mutex,
    task::JoinHandle,
};

use crate::raw_log::Grouped;

/// Where a provider delivers, and with which secret.
#[derive(Clone, Debug)]
pub struct Hook {
    pub path: String,
    /// What the provider signs over.
    pub url: String,
    pub auth_token: String,
    pub account_sid: String,
    pub number: String,
}

/// A signed webhook as its bytes, and its parts for those who check it without HTTP.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub bytes: Vec<u8>,
    pub body: Vec<u8>,
    pub signature: String,
}

impl Hook {
    /// One that no server of ours knows, for what stands beside us.
    pub fn of_nobody() -> Self {
        Self {
            path: "/hooks/twilio_sms/01a1fc29-74d9-7d7a-b5b3-2e1d663bd257".to_owned(),
            url: "http://127.0.0.1/hooks/twilio_sms/01a1fc29-74d9-7d7a-b5b3-2e1d663bd257".to_owned(),
            auth_token: "0123456789abcdef0123456789abcdef".to_owned(),
            account_sid: "AC0123456789abcdef0123456789abcdef".to_owned(),
            number: "+14155550199".to_owned(),
        }
    }

    /// The SMS number `n` of all, from that client, as Twilio sends it: with all the fields that it sends.
    pub fn sms(&self, n: u64, from: u64, text: &str) -> Delivery {
        let sid = format!("SM{n:032x}");
        let from = format!("%2B1415{}", 2_000_000 + from);
        let (account, to) = (&self.account_sid, self.number.replace('+', "%2B"));
        let text = text.replace(' ', "+");
        let body = format!(
            "ToCountry=US&ToState=CA&SmsMessageSid={sid}&NumMedia=0&ToCity=&FromZip=94105&SmsSid={sid}&FromState=CA\
             &SmsStatus=received&FromCity=SAN+FRANCISCO&Body={text}&FromCountry=US&To={to}&ToZip=&NumSegments=1\
             &MessageSid={sid}&AccountSid={account}&From={from}&ApiVersion=2010-04-01"
        );
        let signature = expected(&self.auth_token, &self.url, body.as_bytes());
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             X-Twilio-Signature: {signature}\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nContent-Length: {}\r\n\r\n",
            self.path,
            body.len()
        );
        Delivery { bytes: [head.as_bytes(), body.as_bytes()].concat(), body: body.into_bytes(), signature }
    }

    /// Checks a delivery as the surface does: HMAC and parse.
    pub fn check(&self, signature: &str, body: &[u8]) -> anyhow::Result<()> {
        verify(&self.auth_token, signature, &self.url, Body::Form(body))
            .context("a delivery that we signed ourselves")
    }
}

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("connecting")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8 * 1024) })
    }

    /// So many connections, each for one caller.
    pub async fn many(address: SocketAddr, count: u64) -> anyhow::Result<Arc<[Mutex<Self>]>> {
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(Mutex::new(Self::open(address).await?));
        }
        Ok(all.into())
    }

    pub async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.stream.write_all(request).await.context("sending")?;
        let message = Message::read(&mut self.stream, &mut self.buffer).await?.context("it hung up")?;
        let status = self.buffer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        let status = status.context("an answer without a status")?;
        let body = self.buffer[message.head..message.head + message.body].to_vec();
        self.buffer.drain(..message.head + message.body);
        Ok(Answer { status, body })
    }

    /// Delivers; anything else than 200 is an error.
    pub async fn deliver(&mut self, delivery: &Delivery) -> anyhow::Result<()> {
        let answer = self.exchange(&delivery.bytes).await?;
        anyhow::ensure!(answer.status == 200, "a webhook was answered {}", answer.status);
        Ok(())
    }
}

/// Where a message in a buffer ends: the lengths of its head and its body.
struct Message {
    head: usize,
    body: usize,
}

impl Message {
    /// Reads one whole message; none if the other side hung up before it.
    async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<Option<Self>> {
        loop {
            if let Some(message) = Self::find(buffer)?
                && buffer.len() >= message.head + message.body
            {
                return Ok(Some(message));
            }
            if stream.read_buf(buffer).await.context("receiving")? == 0 {
                return Ok(None);
            }
        }
    }

    fn find(buffer: &[u8]) -> anyhow::Result<Option<Self>> {
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
        let body = match header(&buffer[..end], "content-length") {
            Some(length) => length.parse().context("a length that is no number")?,
            None => 0,
        };
        Ok(Some(Self { head: end + 4, body }))
    }
}

fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    std::str::from_utf8(head).ok()?.split("\r\n").find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// Takes deliveries, checks them, makes them durable in groups, answers 200. Nothing else: no routes, no limits, no
/// sealing, no time-outs. What it writes to `told` after the answer's durability is the second hop of a notification.
pub struct BareServer {
    pub address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl BareServer {
    pub async fn start(hook: Hook, grouped: Arc<Grouped>, told: Option<TcpStream>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("listening")?;
        let address = listener.local_addr()?;
        let told = told.map(|stream| Arc::new(Mutex::new(stream)));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (hook, grouped, told) = (hook.clone(), Arc::clone(&grouped), told.clone());
                // A client that hangs up ends its own task alone.
                tokio::spawn(async move { drop(serve(stream, &hook, &grouped, told.as_deref()).await) });
            }
        });
        Ok(Self { address, accepting })
    }
}

impl Drop for BareServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    hook: &Hook,
    grouped: &Grouped,
    told: Option<&Mutex<TcpStream>>,
) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(8 * 1024);
    while let Some(Message { head, body }) = Message::read(&mut stream, &mut buffer).await? {
        let rest = buffer.split_off(head + body);
        let message = std::mem::replace(&mut buffer, rest);
        let signature = header(&message[..head], "x-twilio-signature").context("no signature")?;
        hook.check(signature, &message[head..])?;
        grouped.commit(vec![(Vec::new(), message[head..].to_vec())]).await?;
        if let Some(told) = told {
            told.lock().await.write_all(b"1").await?;
        }
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 11\r\n\r\n<Response/>")
            .await?;
    }
    Ok(())
}
