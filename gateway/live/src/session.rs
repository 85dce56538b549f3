//! One socket: hello first, then deltas out and actions in, each kind in its order. Whatever it waits for has a bound.

mod watching;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use hearthline_actors::{Attached, DeckPosition, Decks};
use hearthline_api::{
    Action, ClientFrame, Fault, Hello, Position, ServerFrame,
    close::{self, Close},
    words::Words,
};
use hearthline_engine::{access::Viewer, ids::TenantId};
use std::{collections::VecDeque, pin::Pin, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::{
    actions::{Actions, Performed},
    hub::{Hub, Place},
    outbox::Next,
    render::{render_op, render_snapshot},
    threads::Threads,
};
use watching::Watching;

/// How long the first frame may take.
const HELLO: Duration = Duration::from_secs(10);
/// How long the client may take to accept a frame.
const WRITE: Duration = Duration::from_secs(10);
/// How often a quiet client is asked whether it is there.
const PING: Duration = Duration::from_secs(25);
/// How long a client may be silent.
const SILENCE: Duration = Duration::from_secs(60);
/// Actions of one socket that wait behind the one under way; more hold the socket's reading back.
const ACTIONS_WAITING: usize = 64;

/// Who holds the socket.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub tenant: TenantId,
    pub viewer: Viewer,
    pub session: Uuid,
    /// Their language's.
    pub words: &'static dyn Words,
}

/// Runs sockets.
#[derive(Clone)]
pub struct Sessions {
    pub hub: Arc<Hub>,
    pub decks: Decks,
    pub actions: Actions,
    pub threads: Arc<dyn Threads>,
}

struct Session<'a> {
    all: &'a Sessions,
    person: Person,
    socket: WebSocket,
    place: Place,
    offset: u64,
    epoch: Option<Uuid>,
    watching: Vec<Watching>,
}

/// Why a session goes no further.
enum End {
    /// The connection is gone.
    Gone,
    /// We close it.
    Close(Close),
}

type Step = Result<(), End>;

/// An action on its way.
type UnderWay = Option<Pin<Box<dyn Future<Output = (Uuid, Performed)> + Send>>>;

impl Sessions {
    /// Serves a socket until it ends. `still_signed_in` is asked once the hub knows of the socket: a session that ended
    /// before is seen here, one that ends later is closed by the hub.
    pub async fn serve(
        self,
        mut socket: WebSocket,
        person: Person,
        still_signed_in: impl Future<Output = bool>,
    ) {
        let Some(place) = self.hub.join(&person) else {
            return say_goodbye(&mut socket, close::RATE_LIMITED).await;
        };
        if !still_signed_in.await {
            return say_goodbye(&mut socket, close::SESSION_ENDED).await;
        }
        let mut session =
            Session { all: &self, person, socket, place, offset: 0, epoch: None, watching: Vec::new() };
        if let Err(End::Close(why)) = session.run().await {
            say_goodbye(&mut session.socket, why).await;
        }
    }
}

async fn say_goodbye(socket: &mut WebSocket, why: Close) {
    let frame = CloseFrame { code: why.code, reason: Utf8Bytes::from_static(why.reason) };
    let _ = timeout(WRITE, socket.send(Message::Close(Some(frame)))).await;
}

impl Session<'_> {
    async fn run(&mut self) -> Step {
        self.greet().await?;
        let mut waiting: VecDeque<Action> = VecDeque::new();
        let mut heard = Instant::now();
        let mut ping = tokio::time::interval(PING);
        ping.reset();
        let (actions, person) = (self.all.actions.clone(), self.person);
        let mut under_way: UnderWay = None;
        loop {
            if under_way.is_none()
                && let Some(action) = waiting.pop_front()
            {
                let (actions, mutation) = (actions.clone(), action.mutation.0);
                self.all.hub.metrics.actions.inc();
                under_way = Some(Box::pin(async move { (mutation, actions.perform(&person, action).await) }));
            }
            tokio::select! {
                biased;
                (mutation, performed) = finished(&mut under_way) => {
                    under_way = None;
                    self.answer(mutation, performed).await?;
                }
                next = self.place.outbox.next(self.offset) => self.forward(next).await?,
                message = self.socket.recv(), if waiting.len() < ACTIONS_WAITING => {
                    heard = Instant::now();
                    match self.read(message)? {
                        Some(ClientFrame::Hello(hello)) => self.attach(&hello).await?,
                        Some(ClientFrame::Act(action)) => waiting.push_back(action),
                        Some(ClientFrame::Watch(watch)) => self.watch(watch).await?,
                        None => {}
                    }
                }
                lead = Self::next_expiry(&self.watching) => self.end_watch(lead, "grant_expired").await?,
                _ = ping.tick() => {
                    if heard.elapsed() > SILENCE {
                        return Err(End::Close(close::TOO_SLOW));
                    }
                    self.send(Message::Ping(axum::body::Bytes::new())).await?;
                }
            }
        }
    }

    /// The first frame is hello.
    async fn greet(&mut self) -> Step {
        let deadline = Instant::now() + HELLO;
        loop {
            let message = tokio::time::timeout_at(deadline, self.socket.recv()).await;
            match self.read(message.map_err(|_| End::Close(close::PROTOCOL))?)? {
                Some(ClientFrame::Hello(hello)) => return self.attach(&hello).await,
                Some(ClientFrame::Act(_) | ClientFrame::Watch(_)) => return Err(End::Close(close::PROTOCOL)),
                None => {}
            }
        }
    }

    /// Brings the client to where its deck is. The socket's queue was open before the deck is asked, so nothing in between
    /// is missed; what comes twice is passed over by its offset.
    async fn attach(&mut self, hello: &Hello) -> Step {
        let from = hello.position.map(|Position { epoch, offset }| DeckPosition { epoch, offset });
        let attached = self.all.decks.attach(self.person.tenant, self.person.viewer.user, from).await;
        let attached = attached.map_err(|_| End::Close(close::UNAVAILABLE))?;
        let now = self.all.hub.now();
        let clock = self.all.hub.clock(now);
        let (tenant, viewer, words) = (self.person.tenant, &self.person.viewer, self.person.words);
        let (position, frame) = match attached {
            Attached::Resumed { position, ops } => {
                let ops = ops.iter().map(|op| render_op(tenant, viewer, words, op, now)).collect();
                let (epoch, offset) = (position.epoch, position.offset);
                (position, ServerFrame::Resumed { epoch, offset, ops, clock })
            }
            Attached::Snapshot { position, cards } => {
                let cards = render_snapshot(tenant, viewer, words, &cards, now);
                let (epoch, offset) = (position.epoch, position.offset);
                (position, ServerFrame::Snapshot { epoch, offset, cards, clock })
            }
        };
        self.epoch = Some(position.epoch);
        self.offset = position.offset;
        self.send_frame(&frame).await
    }

    async fn forward(&mut self, next: Next) -> Step {
        match next {
            Next::Frame(frame) => {
                self.offset = frame.offset;
                self.all.hub.metrics.frames.inc();
                self.send(Message::Text(frame.text)).await
            }
            Next::Thread(lead, row) => self.tell(lead, *row).await,
            Next::Unwatched(lead, code) => self.end_watch(lead, code).await,
            Next::Say(text) => self.send(Message::Text(text)).await,
            Next::CatchUp => {
                self.all.hub.metrics.conflated.inc();
                self.catch_up().await
            }
            Next::Close(why) => Err(End::Close(why)),
        }
    }

    /// One delta with the latest version of every card that changed since the last one sent.
    async fn catch_up(&mut self) -> Step {
        let (tenant, user) = (self.person.tenant, self.person.viewer.user);
        let from = self.epoch.map(|epoch| DeckPosition { epoch, offset: self.offset });
        let attached =
            self.all.decks.attach(tenant, user, from).await.map_err(|_| End::Close(close::UNAVAILABLE))?;
        let now = self.all.hub.now();
        let clock = self.all.hub.clock(now);
        let prev = self.offset;
        let (position, frame) = match attached {
            Attached::Resumed { position, ops } => {
                let ops = ops
                    .iter()
                    .map(|op| render_op(tenant, &self.person.viewer, self.person.words, op, now))
                    .collect();
                (position, ServerFrame::Delta { offset: position.offset, prev, ops })
            }
            Attached::Snapshot { position, cards } => {
                let cards = render_snapshot(tenant, &self.person.viewer, self.person.words, &cards, now);
                let (epoch, offset) = (position.epoch, position.offset);
                (position, ServerFrame::Snapshot { epoch, offset, cards, clock })
            }
        };
        self.epoch = Some(position.epoch);
        self.offset = position.offset;
        if prev == position.offset { Ok(()) } else { self.send_frame(&frame).await }
    }

    async fn answer(&mut self, mutation: Uuid, performed: Performed) -> Step {
        match performed {
            Ok(acted) => self.send_frame(&ServerFrame::Acted(Box::new(acted))).await,
            Err(fault) => {
                // The client keeps the action and sends it again after it reconnects.
                tracing::debug!(%mutation, "an action could not be answered");
                self.refuse(fault).await?;
                Err(End::Close(close::UNAVAILABLE))
            }
        }
    }

    async fn refuse(&mut self, fault: Fault) -> Step {
        self.send_frame(&ServerFrame::error(fault)).await
    }

    /// What the client said, if it was a frame of ours.
    fn read(&self, message: Option<Result<Message, axum::Error>>) -> Result<Option<ClientFrame>, End> {
        match message {
            Some(Ok(Message::Text(text))) => match ClientFrame::read(&text) {
                Ok(frame) => Ok(Some(frame)),
                Err(fault) => {
                    self.place.outbox.say(ServerFrame::error(fault).encode().into());
                    Ok(None)
                }
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Binary(_))) => Err(End::Close(close::PROTOCOL)),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
        }
    }

    async fn send_frame(&mut self, frame: &ServerFrame) -> Step {
        self.send(Message::Text(frame.encode().into())).await
    }

    async fn send(&mut self, message: Message) -> Step {
        match timeout(WRITE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Close(close::TOO_SLOW)),
        }
    }
}

/// Waits for the action under way; without one, for ever.
async fn finished(under_way: &mut UnderWay) -> (Uuid, Performed) {
    match under_way {
        Some(action) => action.await,
        None => std::future::pending().await,
    }
}
