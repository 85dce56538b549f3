//! One incarnation of the process: everything that `gateway/server` puts together, over simulated time and storage.

use hearthline_actors::{
    Clock, DeckFeed, HealthBook, HealthPorts, Metrics, Node, Ports, Settings, StartError, TeamBook,
};
use hearthline_engine::time::Timestamp;
use hearthline_ingest::{Ingest, Ports as IngestPorts};
use hearthline_sealing::{MasterKey, StoredKeyring};
use hearthline_storage_api::{InboundStream, Keyring, Random, Store};
use hearthline_storage_memory::{MemoryStore, MemoryStream, SeededRandom};
use parking_lot::Mutex;
use std::{sync::Arc, time::Duration};

use crate::{
    callbacks::Courier,
    carrier::{Exchange, SimCarrier},
    clock::SimClock,
    ledger::Ledger,
    life::Life,
    office::{Books, Office},
    plan::Weather,
    provider::Hook,
    screens::Screens,
    storage::{Between, SimStore, SimStream, Sky, Truths},
    trace::Trace,
};

/// What outlives the process: storage, books, pages, the providers' and people's own memory.
pub(crate) struct Durable {
    pub seed: u64,
    pub store: MemoryStore,
    pub truths: Arc<Truths>,
    pub stream: Mutex<MemoryStream>,
    pub appended: Arc<Mutex<Vec<bytes::Bytes>>>,
    pub office: Arc<Office>,
    pub screens: Arc<Screens>,
    pub ledger: Arc<Mutex<Ledger>>,
    pub trace: Arc<Trace>,
    pub sky: Arc<Sky>,
    /// The provider of messages to clients.
    pub exchange: Arc<Exchange>,
    pub now: Mutex<Timestamp>,
    pub incarnations: Mutex<u64>,
}

const MASTER: [u8; 32] = [7; 32];

impl Durable {
    /// A keyring on storage as it is, without weather: for looking at what stands there.
    pub(crate) async fn keyring(
        &self,
        store: Arc<dyn Store>,
        random: Arc<dyn Random>,
    ) -> Option<StoredKeyring> {
        StoredKeyring::open(store, MasterKey::from_bytes(MASTER), random).await.ok()
    }
}

/// A running process.
pub(crate) struct Running {
    pub clock: Arc<dyn Clock>,
    pub node: Node,
    pub store: Arc<dyn Store>,
    pub random: Arc<dyn Random>,
    pub metrics: Arc<Metrics>,
    pub hook: Arc<Hook>,
    pub courier: Courier,
    pub stream: Arc<dyn InboundStream>,
    _ingest: Ingest,
}

/// How often a start is tried again before the world gives up.
const STARTS: u32 = 50;

impl Running {
    /// Starts a process on what the last one left, as often as it takes.
    pub(crate) async fn start(durable: &Durable, life: Arc<Life>, weather: Weather) -> Option<Self> {
        let base = *durable.now.lock();
        let clock = SimClock::starting_at(base);
        for _ in 0..STARTS {
            // A process that can't reach its store at all does not start; it is the lost answers that are of interest.
            durable.sky.set(Weather { away: 0, done_and_refused: 0, slow: 0, panics: 0, ..weather });
            let started = Self::try_start(durable, Arc::clone(&life), clock).await;
            durable.sky.set(weather);
            match started {
                Ok(running) => return Some(running),
                Err(error) => {
                    tracing::info!(error = %Chain(&error), "a start failed");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        None
    }

    async fn try_start(durable: &Durable, life: Arc<Life>, clock: SimClock) -> Result<Self, StartError> {
        let incarnation = {
            let mut count = durable.incarnations.lock();
            *count += 1;
            *count
        };
        let between = Between {
            life: Arc::clone(&life),
            sky: Arc::clone(&durable.sky),
            trace: Arc::clone(&durable.trace),
            clock,
            truths: Arc::clone(&durable.truths),
        };
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(durable.seed ^ (incarnation << 48)));
        let store: Arc<dyn Store> =
            Arc::new(SimStore { inner: durable.store.clone(), between: between.clone() });
        let stream: Arc<dyn InboundStream> = Arc::new(SimStream {
            inner: durable.stream.lock().clone(),
            between,
            appended: Arc::clone(&durable.appended),
        });
        let Some(keyring) = durable.keyring(Arc::clone(&store), Arc::clone(&random)).await else {
            return Err(StartError::Spawn("no keyring".to_owned()));
        };
        let keyring: Arc<dyn Keyring> = Arc::new(keyring);
        let metrics = Arc::new(Metrics::default());
        let books = Arc::new(Books { office: Arc::clone(&durable.office), sky: Arc::clone(&durable.sky) });
        let hook = Arc::new(Hook {
            life: Arc::clone(&life),
            clock: Arc::clone(&clock),
            keyring: Arc::clone(&keyring),
            stream: Arc::clone(&stream),
        });
        let courier = Courier {
            exchange: Arc::clone(&durable.exchange),
            hook: Arc::clone(&hook),
            office: Arc::clone(&durable.office),
            trace: Arc::clone(&durable.trace),
        };
        let ports = Arc::new(Ports {
            store: Arc::clone(&store),
            keyring: Arc::clone(&keyring),
            random: Arc::clone(&random),
            clock: Arc::clone(&clock),
            wall: Arc::clone(&clock),
            points: Arc::clone(&life) as _,
            teams: Arc::clone(&books) as Arc<dyn TeamBook>,
            feed: Arc::clone(&durable.screens) as Arc<dyn DeckFeed>,
            carrier: Arc::new(SimCarrier { courier: courier.clone(), office: Arc::clone(&durable.office) }),
            metrics: Arc::clone(&metrics),
            settings: Settings::default(),
        });
        let node = Node::start(Arc::clone(&ports)).await?;
        let ingest = Ingest::start(Arc::new(IngestPorts {
            store: Arc::clone(&store),
            stream: Arc::clone(&stream),
            random: Arc::clone(&random),
            clock: Arc::clone(&clock),
            points: life as _,
            connections: Arc::clone(&books) as _,
            teams: books,
            leads: node.leads().clone(),
            media: Arc::default(),
            health: health_of(&ports, &stream),
            keyring,
            metrics: Arc::default(),
        }));
        Ok(Self { clock, node, store, random, metrics, hook, courier, stream, _ingest: ingest })
    }
}

/// What is seen of connections is gathered, and nobody writes it here: rates are nothing that must hold.
fn health_of(ports: &Ports, stream: &Arc<dyn InboundStream>) -> Arc<HealthBook> {
    Arc::new(HealthBook::new(HealthPorts {
        store: Arc::clone(&ports.store),
        keyring: Arc::clone(&ports.keyring),
        random: Arc::clone(&ports.random),
        clock: Arc::clone(&ports.clock),
        stream: Arc::clone(stream),
        metrics: Arc::clone(&ports.metrics),
    }))
}

/// An error with its sources on one line.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
