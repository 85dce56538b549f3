//! A surface that listens, with a tenant in it.

use async_trait::async_trait;
use hearthline_actors::{Audit, AuditPorts, Clock, HealthBook, HealthPorts, NoFailPoints};
use hearthline_api::NewTenant;
use hearthline_engine::{
    ids::{ConnectionId, TeamId, TenantId, UserId},
    rules::TeamRules,
    time::{Seconds, Timestamp},
};
use hearthline_http::{
    ConnectionTester, Extra, FilesDue, Gateway, Metrics, OperatorToken, PasswordCost, PeopleMoved, Ports,
    RulesChanged, Settings, Tested, ensure_first_tenant, listen, router, serve,
};
use hearthline_sealing::{MasterKey, StoredKeyring};
use hearthline_storage_api::{
    Commit, KeyRange, Keyring, Outcome, Partition, Row, Slice, Store, StoreError, Write,
    rows::{codec::RowError, connection::ConnectionRow, settlement::Settlement},
};
use hearthline_storage_memory::{
    Limits as StreamLimits, MemoryBlobs, MemoryStore, MemoryStream, SeededRandom,
};
use parking_lot::Mutex;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};
use tokio::sync::watch;

use crate::client::{Answer, Ask, ask};

pub const PASSWORD: &str = "correct horse battery";
pub const OPERATOR: &str = "operator-token-of-the-tests";
pub const ADMIN: &str = "admin@example.com";

/// Nobody fetches files or asks providers here.
struct NoProviders;

impl FilesDue for NoProviders {
    fn of_connection(&self, _: ConnectionId) -> u64 {
        0
    }
}

#[async_trait]
impl ConnectionTester for NoProviders {
    async fn test(&self, _: &ConnectionRow) -> Tested {
        Tested::Unreachable
    }
}

/// A clock that stands until it is moved.
#[derive(Clone)]
pub struct StandingClock(Arc<AtomicI64>);

impl StandingClock {
    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
    async fn sleep_until(&self, _: Timestamp) {
        unreachable!("the surface waits for no moment of this clock")
    }
}

/// A store that can be sent away, or cut after so many writes.
#[derive(Clone)]
pub struct Breakable {
    store: MemoryStore,
    away: Arc<AtomicBool>,
    writes_left: Arc<AtomicU64>,
}

impl Breakable {
    pub fn new() -> Self {
        let writes_left = Arc::new(AtomicU64::new(u64::MAX));
        Self { store: MemoryStore::new(), away: Arc::default(), writes_left }
    }
    pub fn go_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }
    /// The write after these, and all that follow, fail.
    pub fn allow_writes(&self, writes: u64) {
        self.writes_left.store(writes, Ordering::SeqCst);
    }
    /// Everything that is stored.
    pub fn dump(&self) -> Vec<(Partition, Row)> {
        self.store.dump()
    }
    fn here(&self) -> Result<(), StoreError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("sent away by the test".to_owned()));
        }
        Ok(())
    }
    fn writable(&self) -> Result<(), StoreError> {
        self.here()?;
        let left =
            self.writes_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(drop).map_err(|_| StoreError::Unavailable("cut by the test".to_owned()))
    }
}

#[async_trait]
impl Store for Breakable {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        self.here()?;
        self.store.read(partition, range).await
    }
    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        self.writable()?;
        self.store.commit(commit).await
    }
    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        self.writable()?;
        self.store.put(partition, stamp, writes).await
    }
    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        self.writable()?;
        self.store.clear(partition, range).await
    }
}

/// Writes down what it is told of rules.
#[derive(Default)]
pub struct Told(pub Mutex<Vec<(&'static str, u64)>>);

#[async_trait]
impl RulesChanged for Told {
    async fn will_change(&self, _: TenantId, _: TeamId, version: u64) -> Result<(), RowError> {
        self.0.lock().push(("will change", version));
        Ok(())
    }
    async fn changed(&self, _: TenantId, _: TeamId, rules: &TeamRules) {
        self.0.lock().push(("changed", rules.version));
    }
}

#[async_trait]
impl PeopleMoved for Told {
    async fn will_move(&self, _: TenantId, _: UserId, settlement: &Settlement) -> Result<(), RowError> {
        self.0.lock().push(("will move", settlement.count));
        Ok(())
    }
    async fn moved(&self, _: TenantId, _: UserId) {
        self.0.lock().push(("moved", 0));
    }
}

/// What a surface stands on; outlives the surface, as disks outlive processes.
#[derive(Clone)]
pub struct Ground {
    pub store: Breakable,
    pub stream: MemoryStream,
    pub blobs: MemoryBlobs,
    pub wall: StandingClock,
    pub told: Arc<Told>,
    pub ready: watch::Sender<bool>,
}

/// A surface that listens.
pub struct World {
    pub ground: Ground,
    pub gateway: Gateway,
    pub address: SocketAddr,
}

impl Ground {
    pub fn new() -> Self {
        Self {
            store: Breakable::new(),
            stream: MemoryStream::new(StreamLimits::default()),
            blobs: MemoryBlobs::default(),
            wall: StandingClock(Arc::new(AtomicI64::new(1_790_000_000_000))),
            told: Arc::default(),
            ready: watch::Sender::new(true),
        }
    }

    pub async fn gateway(&self, set: impl FnOnce(&mut Settings)) -> Gateway {
        static SEED: AtomicU64 = AtomicU64::new(1);
        let random = Arc::new(SeededRandom::new(SEED.fetch_add(1, Ordering::Relaxed)));
        let store: Arc<dyn Store> = Arc::new(self.store.clone());
        let keyring = StoredKeyring::open(store.clone(), MasterKey::from_bytes([7; 32]), random.clone());
        let mut settings = Settings {
            public_url: "https://crm.example".to_owned(),
            trust_proxy: false,
            operator_token: Some(OperatorToken(OPERATOR.to_owned())),
            raw_access: Seconds(900),
            limits: hearthline_http::Limits::default(),
            password_cost: PasswordCost { memory_kib: 8, passes: 1 },
        };
        set(&mut settings);
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let wall: Arc<dyn Clock> = Arc::new(self.wall.clone());
        let keyring: Arc<dyn Keyring> = Arc::new(keyring.await.unwrap());
        let audit = AuditPorts {
            store: store.clone(),
            keyring: keyring.clone(),
            random: random.clone(),
            clock: wall.clone(),
            points: Arc::new(NoFailPoints),
        };
        let audit = Audit::start(Arc::new(audit), Vec::new()).await.unwrap();
        let health = HealthBook::new(HealthPorts {
            store: store.clone(),
            keyring: keyring.clone(),
            random: random.clone(),
            clock: wall.clone(),
            stream: Arc::new(self.stream.clone()),
            metrics: Arc::default(),
        });
        Gateway::new(Ports {
            store,
            keyring,
            blobs: Arc::new(self.blobs.clone()),
            random,
            audit,
            stream: health.stream(),
            health: Arc::new(health),
            files: Arc::new(NoProviders),
            tester: Arc::new(NoProviders),
            clock: wall.clone(),
            wall,
            points: Arc::new(NoFailPoints),
            settings,
            rules_changed: self.told.clone(),
            people_moved: self.told.clone(),
            ready: self.ready.subscribe(),
            registry: Arc::new(registry),
            metrics,
        })
    }

    pub async fn listen(&self, set: impl FnOnce(&mut Settings)) -> World {
        let gateway = self.gateway(set).await;
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, router(&gateway, Extra::default()), std::future::pending()));
        World { ground: self.clone(), gateway, address }
    }
}

/// The first tenant, as configuration would have it.
pub fn first_tenant() -> NewTenant {
    NewTenant {
        name: "Example Realty".to_owned(),
        admin_email: ADMIN.to_owned(),
        admin_password: PASSWORD.to_owned(),
    }
}

impl World {
    /// With a tenant and its admin.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(set: impl FnOnce(&mut Settings)) -> Self {
        let world = Ground::new().listen(set).await;
        ensure_first_tenant(&world.gateway, first_tenant()).await.unwrap().unwrap();
        world
    }

    pub async fn send(&self, ask: Ask) -> Answer {
        ask.send(self.address).await
    }

    pub async fn sign_in(&self, email: &str) -> Value {
        let body = json!({"email": email, "password": PASSWORD});
        self.send(ask("POST", "/v1/sessions").json(&body)).await.expect(200)
    }

    /// The access token of a fresh sign-in.
    pub async fn token(&self, email: &str) -> String {
        text(&self.sign_in(email).await, "access_token")
    }

    pub async fn admin(&self) -> String {
        self.token(ADMIN).await
    }

    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.send(ask("POST", path).token(token).json(body)).await
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(ask("GET", path).token(token)).await
    }

    pub async fn team(&self, admin: &str) -> String {
        let made =
            self.post(admin, "/v1/teams", &json!({"name": "North", "time_zone": "Europe/Paris"})).await;
        text(&made.expect(201), "id")
    }

    pub async fn user(&self, admin: &str, email: &str, role: &str, team: &str) -> String {
        let body = json!({"email": email, "name": "Ana", "role": role, "team_id": team, "language": "pt",
            "password": PASSWORD});
        text(&self.post(admin, "/v1/users", &body).await.expect(201), "id")
    }

    /// Another tenant's admin.
    pub async fn other_tenant(&self) -> String {
        let body = json!({"name": "Rival", "admin_email": "boss@rival.example", "admin_password": PASSWORD});
        self.post(OPERATOR, "/v1/tenants", &body).await.expect(201);
        self.token("boss@rival.example").await
    }
}

#[track_caller]
pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}
