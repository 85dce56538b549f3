//! The simulator in the hand of a test: started, set up, disturbed and counted.

use jiff::Timestamp;
use parking_lot::Mutex;
use reqwest::Client;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    account::Account,
    answers,
    knobs::Knobs,
    ledger::{Accepted, Ledger},
    message::{Media, Message},
    segments::segments,
    state::State,
    webhook::Webhook,
};
use crate::{client::client, serve::serve, tasks::Tasks};

/// How long a webhook's connection may take to be made (Twilio's `ct`).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// As Twilio calls itself.
const USER_AGENT: &str = "TwilioProxy/1.1";

/// A running Twilio. Dropping it ends its server and everything it still meant to call.
pub struct Twilio {
    inner: Arc<Inner>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

/// What the server, the handle and everything under way share.
pub(super) struct Inner {
    pub state: Mutex<State>,
    pub http: Client,
    /// Without a slash at its end.
    pub base_url: String,
    pub tasks: Tasks,
}

/// A message from a client's phone.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// One of an account's numbers.
    pub to: String,
    pub from: String,
    pub body: String,
    pub media: Vec<InboundMedia>,
}

/// A picture from a client's phone.
#[derive(Clone, Debug)]
pub struct InboundMedia {
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// No account has that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no account has that number")]
pub struct NoSuchNumber;

impl Twilio {
    /// Starts one on an address (port 0: any free one).
    ///
    /// # Errors
    /// The operating system's.
    pub async fn start(listen: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            state: Mutex::new(State::new(seed)),
            http: client(CONNECT_TIMEOUT, USER_AGENT)?,
            base_url: format!("http://{address}"),
            tasks: Tasks::new(),
        });
        let server = tokio::spawn(serve(listener, answers::router(Arc::clone(&inner))));
        Ok(Self { inner, address, server })
    }

    /// Where its API is, as an `api_base_url`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets an account up, in place of one with the same sid.
    pub fn set_account(&self, account: Account) {
        self.inner.state.lock().accounts.insert(account.account_sid.clone(), account);
    }

    /// Turns knobs.
    pub fn turn(&self, knobs: impl FnOnce(&mut Knobs)) {
        knobs(&mut self.inner.state.lock().knobs);
    }

    /// What happened so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.inner.state.lock().ledger.clone()
    }

    /// Keeps so many messages and rows of the ledger from now on, the newest, for those who run it for long.
    pub fn keep_at_most(&self, bound: usize) {
        self.inner.state.lock().keep_at_most = Some(bound);
    }

    /// What was taken to be sent after the first `seen` messages, and how many were taken in all.
    #[must_use]
    pub fn accepted_after(&self, seen: usize) -> (Vec<Accepted>, usize) {
        self.inner.state.lock().ledger.accepted_after(seen)
    }

    /// Delivers a client's message to the number's webhook. The message's sid; what the webhook answered is in the ledger.
    ///
    /// # Errors
    /// [`NoSuchNumber`].
    pub async fn receive(&self, inbound: Inbound) -> Result<String, NoSuchNumber> {
        self.inner.receive(inbound).await
    }

    /// Returns once nothing is under way: every message has its last status, and every webhook is called.
    pub async fn settled(&self) {
        self.inner.tasks.settled().await;
    }

    /// Serves until the task is ended from outside.
    pub async fn run(mut self) {
        let _ = (&mut self.server).await;
    }
}

impl Drop for Twilio {
    fn drop(&mut self) {
        self.server.abort();
        self.inner.tasks.end();
    }
}

impl Inner {
    pub async fn receive(self: &Arc<Self>, inbound: Inbound) -> Result<String, NoSuchNumber> {
        let (sid, webhook) = self.take_in(inbound)?;
        if let Some(webhook) = webhook {
            self.call(&webhook).await;
        }
        Ok(sid)
    }

    fn take_in(&self, inbound: Inbound) -> Result<(String, Option<Webhook>), NoSuchNumber> {
        let mut state = self.state.lock();
        let known = state.accounts.values().find_map(|account| {
            let number = account.number(&inbound.to)?;
            let service = account.services.iter().find(|service| service.numbers.contains(&inbound.to));
            let service = service.map(|service| service.sid.clone());
            Some((account.account_sid.clone(), number.webhook_url.clone(), service))
        });
        let (account_sid, url, service) = known.ok_or(NoSuchNumber)?;
        state.note_opt_word(&inbound, service.as_deref());
        let now = Timestamp::now();
        let media: Vec<Media> = inbound
            .media
            .into_iter()
            .map(|InboundMedia { content_type, bytes }| Media {
                sid: state.dice.sid("ME"),
                content_type,
                bytes,
                created: now,
            })
            .collect();
        let message = Message {
            sid: state.dice.sid(if media.is_empty() { "SM" } else { "MM" }),
            account_sid: account_sid.clone(),
            direction: "inbound",
            from: Some(inbound.from),
            to: inbound.to,
            segments: segments(&inbound.body),
            body: inbound.body,
            service,
            status: "received".to_owned(),
            error_code: None,
            num_media: media.len(),
            media,
            status_callback: None,
            created: now,
            updated: now,
            sent: Some(now),
        };
        let webhook = url.map(|url| Webhook {
            account_sid,
            message_sid: message.sid.clone(),
            url,
            status: message.status.clone(),
            fields: self.inbound_fields(&message),
        });
        let sid = message.sid.clone();
        state.keep(message);
        Ok((sid, webhook))
    }

    /// What Twilio posts of a message that came in. Where a number is from is not known here, and the fields stay empty,
    /// as Twilio's do for most of the world.
    fn inbound_fields(&self, message: &Message) -> Vec<(String, String)> {
        let from = message.from.as_deref().unwrap_or_default();
        let (segments, media) = (message.segments.to_string(), message.num_media.to_string());
        let mut fields: Vec<(String, String)> = [
            ("ToCountry", ""),
            ("ToState", ""),
            ("SmsMessageSid", &message.sid),
            ("NumMedia", &media),
            ("ToCity", ""),
            ("FromZip", ""),
            ("SmsSid", &message.sid),
            ("FromState", ""),
            ("SmsStatus", "received"),
            ("FromCity", ""),
            ("Body", &message.body),
            ("FromCountry", ""),
            ("To", &message.to),
            ("ToZip", ""),
            ("NumSegments", &segments),
            ("MessageSid", &message.sid),
            ("AccountSid", &message.account_sid),
            ("From", from),
            ("ApiVersion", "2010-04-01"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        fields.extend(message.service.iter().map(|sid| ("MessagingServiceSid".to_owned(), sid.clone())));
        for (n, media) in message.media.iter().enumerate() {
            let url = format!("{}{}/Media/{}", self.base_url, message.path(), media.sid);
            fields.push((format!("MediaContentType{n}"), media.content_type.clone()));
            fields.push((format!("MediaUrl{n}"), url));
        }
        fields
    }
}

impl State {
    /// Twilio's own handling of the words by which somebody opts out of a number's messages, and in again.
    fn note_opt_word(&mut self, inbound: &Inbound, service: Option<&str>) {
        const OUT: [&str; 9] =
            ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "STOP ALL", "OPTOUT", "REVOKE"];
        const IN: [&str; 3] = ["START", "YES", "UNSTOP"];
        let word = inbound.body.trim().to_ascii_uppercase();
        for sender in std::iter::once(inbound.to.as_str()).chain(service) {
            let pair = (sender.to_owned(), inbound.from.clone());
            if OUT.contains(&word.as_str()) {
                self.opted_out.insert(pair);
            } else if IN.contains(&word.as_str()) {
                self.opted_out.remove(&pair);
            }
        }
    }
}
