//! The provider that messages to clients go to, and its own ledger: what it was asked, what it took, and what it tells of
//! that. The ledger lives outside of everything that dies, and is what the verdict believes.
//!
//! It misbehaves as providers do: it refuses, it says "later", it takes a message and loses the answer, it answers after
//! nobody listens any more, it lists a message only some time after it took it. It never looks whether it was asked
//! before: handed over twice, a message is taken twice, and the verdict sees it.

use async_trait::async_trait;
use hearthline_actors::{Carrier, Found, Handed, Line, LineWanted, Order, Unasked};
use hearthline_engine::{
    identity::Address,
    ids::{ConnectionId, EventId, LeadId, TenantId},
    message::{Channel, Provider},
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::rows::codec::RowError;
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use crate::{
    callbacks::{Callback, Courier, callbacks_of},
    dice::Dice,
    office::Office,
    plan::Temper,
};

/// One attempt to hand a message over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// When the attempt was committed.
    pub tried_at: Timestamp,
    pub came_to: CameTo,
}

/// What an attempt came to, whatever was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CameTo {
    Taken,
    /// For good.
    Refused,
    /// For good, because the client told the carrier so (Twilio: 21610).
    OptedOut,
    /// Not now, and said so.
    PutOff,
    /// It never reached the provider, and nobody can know.
    Lost,
}

/// A message that the provider has.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub event: EventId,
    pub lead: LeadId,
    pub sid: String,
    pub connection: ConnectionId,
    pub from: String,
    pub to: String,
    text: String,
    account: String,
    pub tried_at: Timestamp,
    /// From then on it is in the provider's list, and is told of.
    pub listed_from: Timestamp,
}

#[derive(Default)]
struct Book {
    /// Who told the carrier, by whatever way, that they want no messages; and who ever did.
    stopped: BTreeSet<(TenantId, String)>,
    ever_stopped: BTreeSet<(TenantId, String)>,
    calls: BTreeMap<EventId, Vec<Call>>,
    taken: Vec<Taken>,
    callbacks: Vec<Callback>,
}

/// What the provider remembers. It outlives every incarnation.
pub(crate) struct Exchange {
    dice: Mutex<Dice>,
    temper: Mutex<Temper>,
    book: Mutex<Book>,
}

/// What the provider does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Take,
    /// And the answer is lost on its way.
    TakeSilently,
    /// And it answers when nobody listens any more.
    TakeSlowly,
    /// And whoever was to bring the answer fails.
    TakeAndPanic,
    Refuse,
    Throttle,
    Away,
    Lose,
}

impl Exchange {
    pub(crate) fn new(dice: Dice) -> Self {
        Self { dice: Mutex::new(dice), temper: Mutex::new(Temper::CALM), book: Mutex::default() }
    }

    pub(crate) fn set(&self, temper: Temper) {
        *self.temper.lock() = temper;
    }

    /// A client tells the carrier whether they want messages of a brokerage.
    pub(crate) fn heard(&self, tenant: TenantId, phone: &str, stop: bool) {
        let (mut book, who) = (self.book.lock(), (tenant, phone.to_owned()));
        if stop {
            book.ever_stopped.insert(who.clone());
            book.stopped.insert(who);
        } else {
            book.stopped.remove(&who);
        }
    }

    /// Whether somebody ever told the carrier that they want no messages of that brokerage.
    pub(crate) fn somebody_stopped(&self, tenant: TenantId) -> bool {
        self.book.lock().ever_stopped.iter().any(|(of, _)| *of == tenant)
    }

    fn is_stopped(&self, order: &Order) -> bool {
        self.book.lock().stopped.contains(&(order.tenant, order.to.value.clone()))
    }

    /// How often a message was handed over, and what came of it.
    pub(crate) fn calls(&self, event: EventId) -> Vec<Call> {
        self.book.lock().calls.get(&event).cloned().unwrap_or_default()
    }

    /// Everything it took, in order.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.book.lock().taken.clone()
    }

    /// How many calls there were.
    pub(crate) fn call_count(&self) -> u64 {
        self.book.lock().calls.values().map(|calls| calls.len() as u64).sum()
    }

    /// Everything it tells of messages.
    pub(crate) fn callbacks(&self) -> Vec<Callback> {
        self.book.lock().callbacks.clone()
    }

    pub(crate) fn callback(&self, n: usize) -> Option<Callback> {
        self.book.lock().callbacks.get(n).cloned()
    }

    pub(crate) fn answered(&self, n: usize) {
        if let Some(callback) = self.book.lock().callbacks.get_mut(n) {
            callback.answered = true;
        }
    }

    /// What it has told and got no answer to.
    pub(crate) fn unanswered(&self) -> Vec<usize> {
        let book = self.book.lock();
        let open = book.callbacks.iter().enumerate().filter(|(_, callback)| !callback.answered);
        open.map(|(n, _)| n).collect()
    }

    fn mood(&self) -> Mood {
        let (temper, mut dice) = (*self.temper.lock(), self.dice.lock());
        let moods = [
            (temper.silent, Mood::TakeSilently),
            (temper.slow, Mood::TakeSlowly),
            (temper.panics, Mood::TakeAndPanic),
            (temper.refuses, Mood::Refuse),
            (temper.throttles, Mood::Throttle),
            (temper.away, Mood::Away),
            (temper.loses, Mood::Lose),
        ];
        let mut rolled = dice.roll() % 1_000;
        for (permille, mood) in moods {
            if rolled < u64::from(permille) {
                return mood;
            }
            rolled -= u64::from(permille);
        }
        Mood::Take
    }

    fn between(&self, from: u64, to: u64) -> u64 {
        self.dice.lock().between(from, to)
    }

    fn note_call(&self, event: EventId, call: Call) {
        self.book.lock().calls.entry(event).or_default().push(call);
    }

    /// Takes a message, and plans what will be told of it. Answers with its id and the callbacks.
    fn take(&self, order: Order, late: Option<u64>, now: Timestamp, office: &Office) -> (String, Vec<usize>) {
        let mut dice = self.dice.lock();
        let temper = *self.temper.lock();
        let sid = format!("SM{:032x}", dice.uuid().as_u128());
        let account = format!("AC{:032x}", order.tenant.0.as_u128());
        let listed_from = now.plus_millis(late.map_or(0, |ms| i64::try_from(ms).unwrap_or(0)));
        let taken = Taken {
            event: order.event,
            lead: order.lead,
            sid: sid.clone(),
            connection: order.connection,
            from: order.from.value,
            to: order.to.value,
            text: order.text.into_request(),
            account,
            tried_at: order.tried_at,
            listed_from,
        };
        let told = callbacks_of(&taken, office, temper, &mut dice);
        let mut book = self.book.lock();
        let first = book.callbacks.len();
        book.callbacks.extend(told);
        book.taken.push(taken);
        (sid, (first..book.callbacks.len()).collect())
    }

    /// The messages that this one may be, as far as the list shows them by now.
    fn listed(&self, order: Order, now: Timestamp) -> Vec<Found> {
        let since = order.tried_at.plus_millis(-5_000);
        let (from, to, text) = (order.from.value, order.to.value, order.text.into_request());
        let book = self.book.lock();
        let same = book.taken.iter().filter(|taken| {
            taken.text == text
                && taken.from == from
                && taken.to == to
                && taken.listed_from >= since
                && taken.listed_from <= now
        });
        same.map(|taken| Found { provider_event_id: taken.sid.clone(), account: taken.account.clone() })
            .collect()
    }
}

/// The way to the provider from one incarnation.
pub(crate) struct SimCarrier {
    pub courier: Courier,
    pub office: Arc<Office>,
}

#[async_trait]
impl Carrier for SimCarrier {
    async fn line(&self, wanted: &LineWanted) -> Result<Option<Line>, RowError> {
        Ok(self.office.line(wanted).filter(|_| wanted.channel == Channel::Sms).map(|(connection, number)| {
            let from = Address { kind: hearthline_engine::identity::IdentityKind::Phone, value: number };
            Line { connection, provider: Provider::Twilio, from }
        }))
    }

    async fn send(&self, order: Order) -> Handed {
        let exchange = Arc::clone(&self.courier.exchange);
        self.courier.hook.life.alive().await;
        let (event, tried_at, tenant) = (order.event, order.tried_at, order.tenant);
        let mood = exchange.mood();
        let came_to = match mood {
            Mood::Take | Mood::TakeSilently | Mood::TakeSlowly | Mood::TakeAndPanic
                if exchange.is_stopped(&order) =>
            {
                CameTo::OptedOut
            }
            Mood::Take | Mood::TakeSilently | Mood::TakeSlowly | Mood::TakeAndPanic => CameTo::Taken,
            Mood::Refuse => CameTo::Refused,
            Mood::Throttle | Mood::Away => CameTo::PutOff,
            Mood::Lose => CameTo::Lost,
        };
        exchange.note_call(event, Call { tried_at, came_to });
        self.courier.trace.note("carrier", &[event.as_bytes(), format!("{mood:?}").as_bytes()]);
        let taken = (came_to == CameTo::Taken).then(|| {
            // What nobody hears of is listed late as well.
            let late =
                matches!(mood, Mood::TakeSilently | Mood::TakeSlowly).then(|| exchange.between(0, 90_000));
            exchange.take(order, late, self.courier.hook.clock.now(), &self.office)
        });
        let sid = taken.map(|(sid, told)| {
            told.into_iter().for_each(|n| self.courier.deliver(n));
            sid
        });
        let wait = match mood {
            // Longer than anybody waits for one call.
            Mood::TakeSlowly => exchange.between(61_000, 90_000),
            Mood::Take if exchange.between(0, 19) == 0 => exchange.between(5_000, 50_000),
            Mood::Take
            | Mood::TakeSilently
            | Mood::TakeAndPanic
            | Mood::Refuse
            | Mood::Throttle
            | Mood::Away
            | Mood::Lose => exchange.between(5, 400),
        };
        tokio::time::sleep(Duration::from_millis(wait)).await;
        self.courier.hook.life.alive().await;
        match (mood, sid) {
            (Mood::Take | Mood::TakeSlowly, None) => {
                Handed::Refused { code: Some("21610".to_owned()), opted_out: true }
            }
            (Mood::TakeAndPanic, _) => std::panic::resume_unwind(Box::new("simulated")),
            (Mood::Take | Mood::TakeSlowly, Some(provider_event_id)) => {
                Handed::Accepted { provider_event_id, account: format!("AC{:032x}", tenant.0.as_u128()) }
            }
            (Mood::Refuse, _) => {
                let codes = ["21211", "21408", "21614", "30006"];
                let code = codes[exchange.dice.lock().below(codes.len())].to_owned();
                Handed::Refused { code: Some(code), opted_out: false }
            }
            (Mood::Throttle, _) => {
                let seconds = u32::try_from(exchange.between(1, 90)).unwrap_or(1);
                Handed::Throttled { retry_after: Some(Seconds(seconds)) }
            }
            (Mood::Away, _) => Handed::NotSent,
            (Mood::TakeSilently | Mood::Lose, _) => Handed::Unknown,
        }
    }

    async fn find(&self, order: Order) -> Result<Vec<Found>, Unasked> {
        let exchange = &self.courier.exchange;
        self.courier.hook.life.alive().await;
        tokio::time::sleep(Duration::from_millis(exchange.between(5, 400))).await;
        self.courier.hook.life.alive().await;
        let mute = exchange.temper.lock().mute;
        if exchange.dice.lock().chance(mute) {
            return Err(Unasked);
        }
        Ok(exchange.listed(order, self.courier.hook.clock.now()))
    }
}
