//! Storage as one incarnation sees it: it can be away, slow, or silent about what it did, and it answers nobody who is
//! dead. What it holds outlives every incarnation.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_actors::Clock;
use hearthline_engine::time::Timestamp;
use hearthline_storage_api::{
    Commit, Delivery, Group, InboundStream, KeyRange, Outcome, Partition, Position, Slice, Store, StoreError,
    StreamError, Table, Write,
};
use hearthline_storage_memory::{MemoryStore, MemoryStream};
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    clock::SimClock,
    dice::Dice,
    life::{Life, Place},
    plan::Weather,
    trace::Trace,
};

/// What falls on an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Away,
    /// The answer is lost; done before that or not.
    Unknown {
        done: bool,
    },
    DoneAndRefused,
}

/// The weather over storage. It can clear up.
pub(crate) struct Sky {
    dice: Mutex<Dice>,
    weather: Mutex<Weather>,
}

impl Sky {
    pub(crate) const fn new(dice: Dice, weather: Weather) -> Self {
        Self { dice: Mutex::new(dice), weather: Mutex::new(weather) }
    }

    pub(crate) fn set(&self, weather: Weather) {
        *self.weather.lock() = weather;
    }

    fn fall(&self) -> (Fault, Option<Duration>) {
        let weather = *self.weather.lock();
        if weather == Weather::FAIR {
            return (Fault::None, None);
        }
        let mut dice = self.dice.lock();
        let slow = dice.chance(weather.slow).then(|| Duration::from_millis(dice.between(1, 3_000)));
        let fault = if dice.chance(weather.away) {
            Fault::Away
        } else if dice.chance(weather.unknown) {
            Fault::Unknown { done: dice.chance(500) }
        } else if dice.chance(weather.done_and_refused) {
            Fault::DoneAndRefused
        } else {
            Fault::None
        };
        (fault, slow)
    }

    /// Whether a book panics over this look-up.
    pub(crate) fn panics(&self) -> bool {
        let weather = *self.weather.lock();
        weather.panics > 0 && self.dice.lock().chance(weather.panics)
    }

    fn forgets_ack(&self) -> bool {
        let weather = *self.weather.lock();
        weather.acks_lost > 0 && self.dice.lock().chance(weather.acks_lost)
    }
}

/// When storage made each version of a lead true, by its own word: what somebody decides is nowhere to be seen before.
#[derive(Default)]
pub(crate) struct Truths(Mutex<BTreeMap<(Bytes, u64), Timestamp>>);

impl Truths {
    /// From when a version is seen by everybody who looks.
    pub(crate) fn of(&self, lead: &Partition, version: u64) -> Option<Timestamp> {
        self.0.lock().get(&(lead.key.clone(), version)).copied()
    }
}

/// What an incarnation's storage goes through.
#[derive(Clone)]
pub(crate) struct Between {
    pub life: Arc<Life>,
    pub sky: Arc<Sky>,
    pub trace: Arc<Trace>,
    pub clock: SimClock,
    pub truths: Arc<Truths>,
}

impl Between {
    /// Before an operation: whoever is dead stays so, and a slow one waits.
    async fn before(&self) -> Fault {
        self.life.alive().await;
        let (fault, slow) = self.sky.fall();
        if let Some(wait) = slow {
            tokio::time::sleep(wait).await;
            self.life.alive().await;
        }
        fault
    }

    /// Commits, and notes when that became true.
    async fn commit(&self, store: &MemoryStore, commit: Commit) -> Result<Outcome, StoreError> {
        let lead = (commit.partition.table == Table::LeadCore).then(|| commit.partition.key.clone());
        let version = commit.expected + 1;
        let outcome = store.commit(commit).await;
        if let (Some(lead), Ok(Outcome::Applied)) = (lead, &outcome) {
            self.truths.0.lock().insert((lead, version), self.clock.now());
        }
        outcome
    }

    async fn writing(&self, partition: &Partition) {
        self.life.pass(Place::Write(partition.table)).await;
        self.life.pass(Place::AnyWrite).await;
    }
}

/// The store of one incarnation.
pub(crate) struct SimStore {
    pub inner: MemoryStore,
    pub between: Between,
}

fn away<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("simulated".to_owned()))
}

#[async_trait]
impl Store for SimStore {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        match self.between.before().await {
            Fault::Away => away(),
            Fault::None | Fault::Unknown { .. } | Fault::DoneAndRefused => {
                self.inner.read(partition, range).await
            }
        }
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        let fault = self.between.before().await;
        self.between.writing(&commit.partition).await;
        let (table, key) = (commit.partition.table.name(), commit.partition.key.clone());
        let outcome = match fault {
            Fault::Away => away(),
            Fault::Unknown { done: false } => Ok(Outcome::Unknown),
            Fault::Unknown { done: true } => {
                self.between.commit(&self.inner, commit).await.map(|_| Outcome::Unknown)
            }
            Fault::None | Fault::DoneAndRefused => self.between.commit(&self.inner, commit).await,
        };
        self.between.trace.note(table, &[&key, format!("{outcome:?}").as_bytes()]);
        outcome
    }

    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        let fault = self.between.before().await;
        self.between.writing(partition).await;
        let outcome = match fault {
            Fault::Away => away(),
            Fault::DoneAndRefused => {
                self.inner.put(partition, stamp, writes).await?;
                away()
            }
            Fault::None | Fault::Unknown { .. } => self.inner.put(partition, stamp, writes).await,
        };
        let said = format!("{stamp} {outcome:?}");
        self.between.trace.note(partition.table.name(), &[&partition.key, said.as_bytes()]);
        outcome
    }

    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        let fault = self.between.before().await;
        self.between.writing(partition).await;
        self.between.trace.note("clear", &[partition.table.name().as_bytes(), &partition.key]);
        match fault {
            Fault::Away => away(),
            Fault::DoneAndRefused => {
                self.inner.clear(partition, range).await?;
                away()
            }
            Fault::None | Fault::Unknown { .. } => self.inner.clear(partition, range).await,
        }
    }
}

/// The stream of one incarnation.
pub(crate) struct SimStream {
    pub inner: MemoryStream,
    pub between: Between,
    /// Everything that was ever appended: what a search for planted words looks through.
    pub appended: Arc<Mutex<Vec<Bytes>>>,
}

fn stream_away<T>() -> Result<T, StreamError> {
    Err(StreamError::Unavailable("simulated".to_owned()))
}

#[async_trait]
impl InboundStream for SimStream {
    async fn append(&self, group: Group, entry: Bytes) -> Result<Position, StreamError> {
        let fault = self.between.before().await;
        let outcome = match fault {
            Fault::Away => stream_away(),
            Fault::Unknown { done: false } => stream_away(),
            Fault::Unknown { done: true } | Fault::DoneAndRefused => {
                self.appended.lock().push(entry.clone());
                self.inner.append(group, entry).await?;
                stream_away()
            }
            Fault::None => {
                self.appended.lock().push(entry.clone());
                self.inner.append(group, entry).await
            }
        };
        let said = format!("{} {outcome:?}", group.index());
        self.between.trace.note("append", &[said.as_bytes()]);
        outcome
    }

    async fn next(&self, group: Group) -> Result<Delivery, StreamError> {
        if self.between.before().await == Fault::Away {
            return stream_away();
        }
        let delivery = self.inner.next(group).await?;
        self.between.life.alive().await;
        Ok(delivery)
    }

    async fn acknowledge(&self, group: Group, position: Position) -> Result<(), StreamError> {
        let fault = self.between.before().await;
        let said = format!("{} {} {fault:?}", group.index(), position.0);
        self.between.trace.note("ack", &[said.as_bytes()]);
        match fault {
            Fault::Away | Fault::Unknown { done: false } => stream_away(),
            _ if self.between.sky.forgets_ack() => Ok(()),
            Fault::Unknown { done: true } | Fault::DoneAndRefused => {
                self.inner.acknowledge(group, position).await?;
                stream_away()
            }
            Fault::None => self.inner.acknowledge(group, position).await,
        }
    }

    fn backlog(&self) -> u64 {
        self.inner.backlog()
    }

    fn backlog_of(&self, group: Group) -> u64 {
        self.inner.backlog_of(group)
    }
}
