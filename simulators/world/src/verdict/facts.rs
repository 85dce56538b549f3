//! Everything that stands in storage, opened.

use bytes::Bytes;
use hearthline_actors::LeadFilter;
use hearthline_engine::{
    ids::{EventId, LeadId, MutationId, TenantId, UserId},
    lead::{Event, Lead, Slot},
    message::Provider,
    time::Timestamp,
};
use hearthline_storage_api::{
    KeyRange, Keyring, Partition, Purpose, Row, Store, Table,
    keys::KeyReader,
    rows::{
        audit::{AuditFilter, list, verify},
        codec::{RowError, decode, open_row},
        deck::{DeckMeta, DeckRow, META_ROW, cards, partition as deck_partition, read_card_key},
        directory::{self, DirectoryRow},
        inbound::{Claim, ClaimKey, IdentityRow},
        lead::{JournalRow, LeadRef, MutationRow, STATE_ROW},
        queues::{DeadLetterRow, dead_letter_binding, dead_letter_body_binding, dead_letters},
        reading::{self, StoredLead, TimelineQuery},
    },
};
use hearthline_storage_memory::SeededRandom;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{audit::Log, news::AllNews};
use crate::running::{Durable, Running};

/// A lead and its whole timeline, oldest commit first.
pub(super) struct Known {
    pub place: LeadRef,
    pub stored: StoredLead,
    pub timeline: Vec<JournalRow>,
    pub directory: Option<DirectoryRow>,
    pub listed: Option<DirectoryRow>,
    pub mutations: BTreeMap<MutationId, MutationRow>,
}

impl Known {
    /// The lead, if one stands there.
    pub(super) fn lead(&self) -> Option<&Lead> {
        match &self.stored.row.slot {
            Slot::Present(lead) => Some(lead),
            Slot::Vacant => None,
        }
    }
}

/// A user's deck as it is stored.
pub(super) struct StoredDeck {
    pub meta: Option<DeckMeta>,
    pub rows: Vec<DeckRow>,
}

/// All of it.
pub(super) struct Facts {
    pub now: Timestamp,
    pub leads: BTreeMap<LeadRef, Known>,
    /// By their partitions' keys.
    pub claims: BTreeMap<Bytes, Claim>,
    /// Which claim each message of the ledger would have.
    pub claim_keys: BTreeMap<String, Bytes>,
    /// How many messages of each lead wait for review.
    pub reviews: BTreeMap<LeadRef, usize>,
    /// Messages to clients that a person has to look at.
    pub doubts: BTreeSet<(LeadRef, EventId)>,
    pub identities: Vec<(TenantId, LeadId)>,
    pub decks: BTreeMap<(TenantId, UserId), StoredDeck>,
    pub dead_letters: Vec<(TenantId, Vec<u8>)>,
    /// The tenants' audit logs.
    pub logs: BTreeMap<TenantId, Log>,
    /// What the logs tell of messages to clients.
    pub news: AllNews,
    pub dump: Vec<(Partition, Row)>,
}

impl Facts {
    pub(super) async fn gather(durable: &Durable, running: &Running) -> Result<Self, RowError> {
        let store: Arc<dyn Store> = Arc::new(durable.store.clone());
        let random = Arc::new(SeededRandom::new(0));
        let keyring =
            durable.keyring(Arc::clone(&store), random).await.ok_or(RowError::Contended("keyring"))?;
        let dump = durable.store.dump();
        let now = running.clock.now();
        let mut facts = Self {
            now,
            leads: BTreeMap::new(),
            claims: BTreeMap::new(),
            claim_keys: claim_keys(durable, &keyring).await?,
            reviews: BTreeMap::new(),
            doubts: BTreeSet::new(),
            identities: Vec::new(),
            decks: BTreeMap::new(),
            dead_letters: Vec::new(),
            logs: BTreeMap::new(),
            news: AllNews::default(),
            dump: Vec::new(),
        };
        let listed = listed(durable, running).await?;
        for place in lead_places(&dump)? {
            let known = know(&store, &keyring, place, now, listed.get(&place).cloned()).await?;
            facts.leads.extend(known.map(|known| (place, known)));
        }
        for (partition, row) in &dump {
            match partition.table {
                Table::InboundClaim => {
                    facts.claims.insert(partition.key.clone(), decode("claim", &row.value)?);
                }
                Table::ReviewQueue => {
                    let tenant = TenantId::from_bytes(KeyReader::new(&partition.key).fixed()?);
                    let mut key = KeyReader::new(&row.key);
                    let place = LeadRef { tenant, lead: LeadId::from_bytes(key.fixed()?) };
                    let event = EventId::from_bytes(key.fixed()?);
                    let lead_key = keyring.lead_key(tenant, place.lead).await?;
                    let waits: JournalRow = open_row(&*lead_key, place.binding("journal"), &row.value)?;
                    if let Event::Send(_) = waits.event {
                        facts.doubts.insert((place, event));
                    } else {
                        *facts.reviews.entry(place).or_default() += 1;
                    }
                }
                Table::Identity => {
                    let tenant = TenantId::from_bytes(KeyReader::new(&partition.key).fixed()?);
                    let identity: IdentityRow = decode("identity", &row.value)?;
                    facts.identities.push((tenant, identity.lead));
                }
                _ => {}
            }
        }
        for user in &durable.office.users {
            let place = (user.tenant, user.viewer.user);
            facts.decks.insert(place, read_deck(&store, &keyring, place).await?);
        }
        let tenants: BTreeSet<TenantId> = durable.office.users.iter().map(|user| user.tenant).collect();
        for tenant in tenants {
            facts.dead_letters.extend(read_dead_letters(&store, &keyring, tenant).await?);
            facts.logs.insert(tenant, read_log(&store, &keyring, tenant).await?);
        }
        facts.news = AllNews::read(durable, &keyring, &facts.logs).await?;
        facts.dump = dump;
        Ok(facts)
    }

    /// When something happens next to a message to a client that is still under way, if one is.
    pub(super) fn next_of_sends(&self) -> Option<Timestamp> {
        // What is put away runs no clocks: a message in doubt stays so.
        let awake = self.leads.values().filter_map(Known::lead).filter(|lead| !lead.is_dormant());
        let sends = awake.flat_map(|lead| &lead.sends);
        let open = sends.filter(|outgoing| outgoing.is_open());
        open.map(|outgoing| outgoing.ask_at.unwrap_or(outgoing.not_before).max(self.now)).min()
    }
}

async fn claim_keys(durable: &Durable, keyring: &dyn Keyring) -> Result<BTreeMap<String, Bytes>, RowError> {
    let sent: Vec<_> = {
        let ledger = durable.ledger.lock();
        ledger.sent.iter().map(|(sid, sent)| (sid.clone(), sent.tenant, sent.connection)).collect()
    };
    let mut keys = BTreeMap::new();
    for (sid, tenant, connection) in sent {
        let Some(connection) = durable.office.connections.get(&connection) else { continue };
        let lookup = keyring.tenant_key(tenant, Purpose::Lookup).await?;
        let key = ClaimKey::of(&*lookup, tenant, Provider::Twilio, &connection.account, &sid);
        keys.insert(sid, key.partition().key);
    }
    Ok(keys)
}

fn lead_places(dump: &[(Partition, Row)]) -> Result<Vec<LeadRef>, RowError> {
    let rows = dump.iter().filter(|(place, row)| place.table == Table::LeadCore && row.key == STATE_ROW);
    rows.map(|(place, _)| {
        let mut key = KeyReader::new(&place.key);
        let tenant = TenantId::from_bytes(key.fixed()?);
        Ok(LeadRef { tenant, lead: LeadId::from_bytes(key.fixed()?) })
    })
    .collect()
}

async fn know(
    store: &Arc<dyn Store>,
    keyring: &dyn Keyring,
    place: LeadRef,
    now: Timestamp,
    listed: Option<DirectoryRow>,
) -> Result<Option<Known>, RowError> {
    let Some(stored) = reading::lead(&**store, keyring, place).await? else { return Ok(None) };
    let oldest = stored.row.slot.lead().map_or(now, |lead| lead.created_at);
    let query = TimelineQuery { before: None, now, oldest, limit: usize::MAX, wanted: &|_| true };
    let mut timeline = reading::timeline(&**store, place, &stored, &query).await?;
    timeline.sort_by_key(|row| row.version);
    let partition = directory::partition_of(place.tenant, place.lead);
    let slice = store.read(&partition, &KeyRange::exactly(&directory::key(place.lead))).await?;
    let directory = match slice.rows.first() {
        Some(row) => Some(open_row(&*stored.key, place.binding("directory"), &row.value)?),
        None => None,
    };
    let mut mutations = BTreeMap::new();
    for row in store.read(&place.partition(), &KeyRange::prefix(b"m")).await?.rows {
        let mut key = KeyReader::new(&row.key);
        key.byte()?;
        mutations.insert(MutationId::from_bytes(key.fixed()?), decode("mutation", &row.value)?);
    }
    Ok(Some(Known { place, stored, timeline, directory, listed, mutations }))
}

/// The directories as their actors answer, page by page.
async fn listed(durable: &Durable, running: &Running) -> Result<BTreeMap<LeadRef, DirectoryRow>, RowError> {
    let mut all = BTreeMap::new();
    let tenants: BTreeSet<TenantId> = durable.office.users.iter().map(|user| user.tenant).collect();
    for tenant in tenants {
        let mut filter = LeadFilter { limit: 7, ..LeadFilter::default() };
        loop {
            let page = running.node.directories().list(tenant, filter.clone()).await?;
            filter.after = page.leads.last().map(|row| (row.created_at, row.lead));
            all.extend(page.leads.into_iter().map(|row| (LeadRef { tenant, lead: row.lead }, row)));
            if !page.more {
                break;
            }
        }
    }
    Ok(all)
}

async fn read_deck(
    store: &Arc<dyn Store>,
    keyring: &dyn Keyring,
    (tenant, user): (TenantId, UserId),
) -> Result<StoredDeck, RowError> {
    let partition = deck_partition(tenant, user);
    let meta = store.read(&partition, &KeyRange::exactly(META_ROW)).await?;
    let meta = meta.rows.first().map(|row| decode("deck", &row.value)).transpose()?;
    let mut rows = Vec::new();
    for row in store.read(&partition, &cards()).await?.rows {
        let (lead, _) = read_card_key(&row.key)?;
        let key = keyring.lead_key(tenant, lead).await?;
        rows.push(open_row::<DeckRow>(&*key, LeadRef { tenant, lead }.binding("deck"), &row.value)?);
    }
    Ok(StoredDeck { meta, rows })
}

async fn read_log(store: &Arc<dyn Store>, keyring: &dyn Keyring, tenant: TenantId) -> Result<Log, RowError> {
    let mut log = Log { findings: verify(&**store, keyring, tenant, None).await?.findings, ..Log::default() };
    let mut after = None;
    loop {
        let page = list(&**store, tenant, &AuditFilter::default(), after, 1_000).await?;
        log.entries.extend(page.entries.into_iter().map(|(_, row)| row));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(log),
        }
    }
}

async fn read_dead_letters(
    store: &Arc<dyn Store>,
    keyring: &dyn Keyring,
    tenant: TenantId,
) -> Result<Vec<(TenantId, Vec<u8>)>, RowError> {
    let key = keyring.tenant_key(tenant, Purpose::DeadLetter).await?;
    let mut letters = Vec::new();
    for row in store.read(&dead_letters(tenant), &KeyRange::all()).await?.rows {
        let id = uuid::Uuid::from_slice(&row.key).map_err(|_| RowError::Form { column: "dead_letter" })?;
        let letter: DeadLetterRow = open_row(&*key, dead_letter_binding(tenant, &id), &row.value)?;
        let body = key.open(dead_letter_body_binding(tenant, &id), &letter.body.0);
        let body = body.map_err(|source| RowError::Seal { column: "dead_letter_body", source })?;
        letters.push((tenant, body.to_vec()));
    }
    Ok(letters)
}
