//! A provider in memory that keeps a ledger and misbehaves by script; and a life that ends at a named point.

use async_trait::async_trait;
use hearthline_actors::{Carrier, FailPoints, Found, Handed, Line, LineWanted, Order, Point, Unasked};
use hearthline_engine::{
    identity::{Address, IdentityKind},
    ids::EventId,
    message::Provider,
};
use hearthline_storage_api::rows::codec::RowError;
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::Notify;

/// What the provider does with the next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Take,
    /// Takes it, and its answer is lost.
    TakeSilently,
    /// Neither takes it nor answers.
    Lose,
    Refuse,
    OptedOut,
    Throttle,
    Unreachable,
    /// Takes it and answers after so many seconds.
    TakeSlowly(u64),
    Panic,
}

/// A message that the provider took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub event: EventId,
    pub sid: String,
    pub text: String,
}

/// The provider.
#[derive(Default)]
pub struct Exchange {
    /// What it does, call by call; then it takes.
    pub script: Mutex<Vec<Move>>,
    pub taken: Mutex<Vec<Taken>>,
    /// How often each message was handed over.
    pub calls: Mutex<BTreeMap<EventId, u32>>,
    /// It answers no questions.
    pub mute: Mutex<bool>,
}

impl Exchange {
    pub fn playing(moves: impl IntoIterator<Item = Move>) -> Arc<Self> {
        let script = moves.into_iter().collect();
        Arc::new(Self { script: Mutex::new(script), ..Self::default() })
    }

    /// The provider's id of a message it took; more than one is what must never be.
    pub fn sids(&self, event: EventId) -> Vec<String> {
        let taken = self.taken.lock();
        taken.iter().filter(|taken| taken.event == event).map(|taken| taken.sid.clone()).collect()
    }

    fn take(&self, event: EventId, text: String) -> String {
        let mut taken = self.taken.lock();
        let sid = format!("SMout{}", taken.len());
        taken.push(Taken { event, sid: sid.clone(), text });
        sid
    }
}

#[async_trait]
impl Carrier for Exchange {
    async fn line(&self, wanted: &LineWanted) -> Result<Option<Line>, RowError> {
        let from = Address { kind: IdentityKind::Phone, value: "+14155550100".to_owned() };
        let connection = wanted.wished.or(wanted.last);
        Ok(connection.map(|connection| Line { connection, provider: Provider::Twilio, from }))
    }

    async fn send(&self, order: Order) -> Handed {
        *self.calls.lock().entry(order.event).or_default() += 1;
        let next = {
            let mut script = self.script.lock();
            if script.is_empty() { Move::Take } else { script.remove(0) }
        };
        let (event, text) = (order.event, order.text.into_request());
        let accepted = |sid| Handed::Accepted { provider_event_id: sid, account: "AC1".to_owned() };
        match next {
            Move::Take => accepted(self.take(event, text)),
            Move::TakeSilently => {
                self.take(event, text);
                Handed::Unknown
            }
            Move::Lose => Handed::Unknown,
            Move::Refuse => Handed::Refused { code: Some("21211".to_owned()), opted_out: false },
            Move::OptedOut => Handed::Refused { code: Some("21610".to_owned()), opted_out: true },
            Move::Throttle => Handed::Throttled { retry_after: Some(hearthline_engine::time::Seconds(7)) },
            Move::Unreachable => Handed::NotSent,
            Move::TakeSlowly(seconds) => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                accepted(self.take(event, text))
            }
            Move::Panic => {
                self.take(event, text);
                std::panic::resume_unwind(Box::new("an adapter that panics"))
            }
        }
    }

    async fn find(&self, order: Order) -> Result<Vec<Found>, Unasked> {
        if *self.mute.lock() {
            return Err(Unasked);
        }
        let text = order.text.into_request();
        let taken = self.taken.lock();
        let same = taken.iter().filter(|taken| taken.text == text);
        let found = |taken: &Taken| Found { provider_event_id: taken.sid.clone(), account: "AC1".to_owned() };
        Ok(same.map(found).collect())
    }
}

/// Nothing after the `nth` visit of a point happens.
pub struct EndsAt {
    point: Point,
    nth: u64,
    seen: Mutex<u64>,
    pub ended: Notify,
}

impl EndsAt {
    pub fn new(point: Point, nth: u64) -> Arc<Self> {
        Arc::new(Self { point, nth, seen: Mutex::new(0), ended: Notify::new() })
    }
}

#[async_trait]
impl FailPoints for EndsAt {
    async fn reach(&self, point: Point) {
        let dies = {
            let mut seen = self.seen.lock();
            *seen += u64::from(point == self.point);
            point == self.point && *seen == self.nth
        };
        if dies {
            self.ended.notify_one();
            std::future::pending::<()>().await;
        }
    }
}
