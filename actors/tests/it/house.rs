//! One brokerage with one team, and nodes on its store.

use async_trait::async_trait;
use hearthline_actors::{
    Act, ActKind, Answer, Ask, AskError, Attached, Carrier, Clock, DeckDelta, DeckFeed, DeckPosition,
    FailPoints, Metrics, NoCarrier, NoFailPoints, Node, OnCard, Ports, Receipt, Settings, Standing,
    StartError, TeamBook, TeamFacts,
};
use hearthline_engine::{
    access::{Role, Viewer},
    deck::DeckCard,
    identity::Address,
    ids::{ConnectionId, EventId, LeadId, MutationId, TeamId, TenantId, UserId},
    lead::{Event, Lead, Placement},
    message::{Channel, Incoming},
    providers::twilio_sms,
    raw::Raw,
    rules::TeamRules,
    time::Timestamp,
};
use hearthline_sealing::{MasterKey, StoredKeyring};
use hearthline_storage_api::{
    Commit, KeyRange, Keyring, Outcome, Purpose, Random, Row, Store, Table, Write,
    rows::{
        codec::{RowError, encode},
        inbound::{CLAIM_ROW, Claim, ClaimKey},
        lead::{JournalRow, LeadRef},
        queues::{OptOutRow, opt_out_partition, record_opt_out},
        reading::{self, StoredLead, TimelineQuery},
    },
};
use hearthline_storage_memory::{MemoryStore, SeededRandom};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;
use uuid::Uuid;

pub const TENANT: TenantId = TenantId(Uuid::from_u128(0x10));
pub const TEAM: TeamId = TeamId(Uuid::from_u128(0x20));
pub const OWNER: UserId = UserId(Uuid::from_u128(0x30));
pub const TEAM_LEAD: UserId = UserId(Uuid::from_u128(0x31));
const CONNECTION: ConnectionId = ConnectionId(Uuid::from_u128(0x40));

/// A lead by number.
pub fn lead(n: u128) -> LeadRef {
    LeadRef { tenant: TENANT, lead: LeadId(Uuid::from_u128(0x1000 + n)) }
}

/// Paused time, from a Monday morning on.
pub struct PausedClock(Instant);

#[async_trait]
impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.0.elapsed().as_millis()).unwrap();
        Timestamp::from_millis(1_772_442_000_000 + passed)
    }
    async fn sleep_until(&self, at: Timestamp) {
        let left = at.millis_since(self.now());
        tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or(0))).await;
    }
}

/// The one team. Its book can be made to fail, or to panic over everything of the team.
pub struct Team {
    pub facts: Mutex<TeamFacts>,
    /// Other teams that a test is about.
    pub others: Mutex<BTreeMap<TeamId, TeamFacts>>,
    /// Where owners are, if a test says so.
    pub standings: Mutex<BTreeMap<UserId, Standing>>,
    pub panics: Mutex<BTreeSet<TeamId>>,
}

#[async_trait]
impl TeamBook for Team {
    async fn team(&self, _: TenantId, team: TeamId) -> Result<Option<TeamFacts>, RowError> {
        if self.panics.lock().contains(&team) {
            // Without the hook's noise: the panic is what the test is about.
            std::panic::resume_unwind(Box::new("a book that panics"));
        }
        if team == TEAM {
            return Ok(Some(self.facts.lock().clone()));
        }
        Ok(self.others.lock().get(&team).cloned())
    }

    async fn standing(&self, _: TenantId, user: UserId) -> Result<Standing, RowError> {
        Ok(self.standings.lock().get(&user).copied().unwrap_or(Standing::Unknown))
    }
}

/// Every delta that was told, in order.
#[derive(Default)]
pub struct Feed(pub Mutex<Vec<(UserId, DeckDelta)>>);

impl DeckFeed for Feed {
    fn changed(&self, _: TenantId, user: UserId, delta: DeckDelta) {
        self.0.lock().push((user, delta));
    }
}

impl Feed {
    /// From where to where each delta of a user went.
    pub fn steps(&self, user: UserId) -> Vec<(u64, u64)> {
        let deltas = self.0.lock();
        let deltas = deltas.iter().filter(|(whose, _)| *whose == user);
        deltas.map(|(_, delta)| (delta.prev, delta.position.offset)).collect()
    }

    /// Each delta begins where the last one ended.
    pub fn assert_contiguous(&self, user: UserId) {
        let steps = self.steps(user);
        assert!(steps.windows(2).all(|pair| pair[0].1 == pair[1].0), "{steps:?}");
    }
}

/// What outlives the nodes of a test.
pub struct House {
    pub memory: MemoryStore,
    pub clock: Arc<PausedClock>,
    pub team: Arc<Team>,
    pub feed: Arc<Feed>,
    pub carrier: Arc<dyn Carrier>,
    pub settings: Settings,
    pub points: Arc<dyn FailPoints>,
    seeds: AtomicU64,
}

/// A node with what tests look at.
pub struct Running {
    pub node: Node,
    pub metrics: Arc<Metrics>,
    keyring: Arc<dyn Keyring>,
    store: Arc<dyn Store>,
    random: Arc<dyn Random>,
    clock: Arc<PausedClock>,
    rules: TeamRules,
}

impl House {
    /// An empty one.
    pub fn new() -> Self {
        let facts = TeamFacts { rules: TeamRules::default(), team_leads: vec![TEAM_LEAD] };
        Self {
            memory: MemoryStore::new(),
            clock: Arc::new(PausedClock(Instant::now())),
            team: Arc::new(Team {
                facts: Mutex::new(facts),
                others: Mutex::default(),
                standings: Mutex::default(),
                panics: Mutex::default(),
            }),
            feed: Arc::default(),
            carrier: Arc::new(NoCarrier),
            settings: Settings::default(),
            points: Arc::new(NoFailPoints),
            seeds: AtomicU64::new(1),
        }
    }

    /// A node on the store as it is.
    pub async fn node(&self) -> Running {
        self.node_on(Arc::new(self.memory.clone())).await.unwrap()
    }

    /// A node on what a test made of the store.
    pub async fn node_on(&self, store: Arc<dyn Store>) -> Result<Running, StartError> {
        let metrics = Arc::new(Metrics::default());
        self.node_with(store, metrics).await
    }

    /// A node whose metrics a test holds even if it does not start.
    pub async fn node_with(
        &self,
        store: Arc<dyn Store>,
        metrics: Arc<Metrics>,
    ) -> Result<Running, StartError> {
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(self.seeds.fetch_add(1, Ordering::Relaxed)));
        let keyring = self.keyring(Arc::clone(&random)).await;
        let ports = Ports {
            store: Arc::clone(&store),
            keyring: Arc::clone(&keyring),
            random: Arc::clone(&random),
            clock: Arc::clone(&self.clock) as _,
            wall: Arc::clone(&self.clock) as _,
            points: Arc::clone(&self.points),
            teams: Arc::clone(&self.team) as _,
            feed: Arc::clone(&self.feed) as _,
            carrier: Arc::clone(&self.carrier),
            metrics: Arc::clone(&metrics),
            settings: self.settings,
        };
        let node = Node::start(Arc::new(ports)).await?;
        let rules = self.team.facts.lock().rules.clone();
        Ok(Running { node, metrics, keyring, store, random, clock: Arc::clone(&self.clock), rules })
    }

    /// A keyring on the store as it is: faults are for what a test is about.
    async fn keyring(&self, random: Arc<dyn Random>) -> Arc<dyn Keyring> {
        let store: Arc<dyn Store> = Arc::new(self.memory.clone());
        Arc::new(StoredKeyring::open(store, MasterKey::from_bytes([7; 32]), random).await.unwrap())
    }

    /// The lead as it is stored.
    pub async fn stored(&self, place: LeadRef) -> StoredLead {
        let keyring = self.keyring(Arc::new(SeededRandom::new(0))).await;
        reading::lead(&self.memory, &*keyring, place).await.unwrap().unwrap()
    }

    /// The lead itself.
    pub async fn lead(&self, place: LeadRef) -> Lead {
        self.stored(place).await.row.slot.lead().unwrap().clone()
    }

    /// Its timeline, oldest commit first.
    pub async fn timeline(&self, place: LeadRef) -> Vec<JournalRow> {
        self.timeline_of(place, &self.stored(place).await).await
    }

    /// What whoever looked at the lead when it was that finds in its timeline now.
    pub async fn timeline_of(&self, place: LeadRef, stored: &StoredLead) -> Vec<JournalRow> {
        let oldest = stored.row.slot.lead().unwrap().created_at;
        let now = self.clock.now();
        let query = TimelineQuery { before: None, now, oldest, limit: usize::MAX, wanted: &|_| true };
        let mut rows = reading::timeline(&self.memory, place, stored, &query).await.unwrap();
        rows.sort_by_key(|row| row.version);
        rows
    }

    /// How many messages its timeline holds.
    pub async fn messages(&self, place: LeadRef) -> usize {
        let timeline = self.timeline(place).await;
        timeline.iter().filter(|row| matches!(row.event, Event::MessageReceived { .. })).count()
    }

    /// The rows of a table.
    pub fn rows(&self, table: Table) -> Vec<Row> {
        let rows = self.memory.dump().into_iter().filter(|(place, _)| place.table == table);
        rows.map(|(_, row)| row).collect()
    }
}

/// An SMS from somebody, as Twilio's normalizer gives it.
pub fn sms(sid: &str, text: &str) -> Incoming {
    let form = format!("MessageSid={sid}&AccountSid=AC1&From=%2B16465550101&To=%2B14155550100&Body={text}");
    twilio_sms::normalize(&Raw::new(form.into_bytes()), None).unwrap().messages.remove(0)
}

impl Running {
    /// The keys of everything here.
    pub fn keyring(&self) -> Arc<dyn Keyring> {
        Arc::clone(&self.keyring)
    }

    /// A message with its claim, as ingestion brings it: the same sid is the same message.
    pub async fn receive(&self, place: LeadRef, sid: &str) -> Result<Answer, AskError> {
        self.receive_text(place, sid, "Hello").await
    }

    /// As [`Running::receive`], with a text.
    pub async fn receive_text(&self, place: LeadRef, sid: &str, text: &str) -> Result<Answer, AskError> {
        let receipt = self.receipt(place, sid, text).await;
        self.node.leads().ask(place, Ask::Receive(Box::new(receipt))).await
    }

    /// Asks as ingestion does: until there is an answer that is no "come back".
    pub async fn receive_surely(&self, place: LeadRef, sid: &str) -> Answer {
        loop {
            match self.receive(place, sid).await {
                Ok(answer) => return answer,
                Err(error) if error.is_retryable() => tokio::time::sleep(Duration::from_millis(100)).await,
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn receipt(&self, place: LeadRef, sid: &str, text: &str) -> Receipt {
        let lookup = self.keyring.tenant_key(place.tenant, Purpose::Lookup).await.unwrap();
        let incoming = sms(sid, text);
        let claim = ClaimKey::of(&*lookup, place.tenant, incoming.provider, &incoming.account, sid);
        Receipt {
            event: self.claim(&claim, place).await,
            claim,
            connection: CONNECTION,
            late_from: None,
            received_at: self.clock.now(),
            incoming,
            place: Placement {
                tenant: place.tenant,
                team: TEAM,
                owner: Some(OWNER),
                rules: self.rules.clone(),
            },
        }
    }

    /// The claim's event; made if it is not there.
    async fn claim(&self, key: &ClaimKey, place: LeadRef) -> EventId {
        let event = EventId(self.random.uuid_v7(self.clock.now()));
        let claim = Claim { lead: place.lead, event, done: false };
        let commit = Commit {
            partition: key.partition(),
            expected: 0,
            token: self.random.token(),
            writes: vec![Write::Put { key: CLAIM_ROW.into(), value: encode(&claim).into() }],
        };
        let store = &self.store;
        loop {
            match store.commit(commit.clone()).await {
                Ok(Outcome::Applied) => return event,
                Ok(Outcome::Conflict { .. }) => break,
                Ok(Outcome::Unknown) | Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        let slice = store.read(&key.partition(), &KeyRange::exactly(CLAIM_ROW)).await.unwrap();
        hearthline_storage_api::rows::codec::decode::<Claim>("claim", &slice.rows[0].value).unwrap().event
    }

    /// Somebody's word reached another brokerage's door: only the address is known to want nothing.
    pub async fn opt_out_elsewhere(&self, phone: &str) {
        let lookup = self.keyring.tenant_key(TENANT, Purpose::Lookup).await.unwrap();
        let address = Address::phone(phone, None).unwrap();
        let partition = opt_out_partition(&*lookup, TENANT, Channel::Sms, &address);
        let word = OptOutRow { out: true, at: self.clock.now() };
        record_opt_out(&*self.store, &*self.random, partition, word).await.unwrap();
    }

    /// The owner does a card.
    pub async fn done(&self, place: LeadRef, mutation: u128, card: &DeckCard) -> Result<Answer, AskError> {
        let kind = ActKind::Done(OnCard { task: card.task, expected_version: card.version });
        self.act(place, mutation, kind).await
    }

    /// The owner does something.
    pub async fn act(&self, place: LeadRef, mutation: u128, kind: ActKind) -> Result<Answer, AskError> {
        self.act_as(OWNER, Role::Agent, place, mutation, kind).await
    }

    /// Somebody of the team does something.
    pub async fn act_as(
        &self,
        user: UserId,
        role: Role,
        place: LeadRef,
        mutation: u128,
        kind: ActKind,
    ) -> Result<Answer, AskError> {
        let viewer = Viewer { user, team: Some(TEAM), role };
        let mutation = MutationId(Uuid::from_u128(mutation));
        let act = Act { mutation, viewer, kind, keep_refusal: true, seen: None };
        self.node.leads().ask(place, Ask::Act(Box::new(act))).await
    }

    /// Waits until no effect is due.
    pub async fn drained(&self) {
        for _ in 0..10_000 {
            if self.metrics.outbox_backlog.get() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} effects are still due", self.metrics.outbox_backlog.get());
    }

    /// Waits until every lead has left memory.
    pub async fn rested(&self) {
        for _ in 0..10_000 {
            if self.metrics.hot_leads.get() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{} leads are still in memory", self.metrics.hot_leads.get());
    }

    /// A page that attaches.
    pub async fn attach(&self, user: UserId, from: Option<DeckPosition>) -> Attached {
        self.node.decks().attach(TENANT, user, from).await.unwrap()
    }

    /// A user's cards by lead.
    pub async fn cards(&self, user: UserId) -> BTreeMap<LeadId, DeckCard> {
        match self.attach(user, None).await {
            Attached::Snapshot { cards, .. } => {
                cards.into_iter().map(|(card, _)| (card.lead, card)).collect()
            }
            Attached::Resumed { .. } => panic!("nobody asked to resume"),
        }
    }

    /// Where a user's deck stands.
    pub async fn position(&self, user: UserId) -> DeckPosition {
        match self.attach(user, None).await {
            Attached::Snapshot { position, .. } | Attached::Resumed { position, .. } => position,
        }
    }
}
