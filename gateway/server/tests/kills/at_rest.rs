//! The disk after a clean stop, read with the server's own storage: every sender who was answered has a lead in the
//! directory, decks hold exactly the open cards of their owner's leads, and nothing is left undone.

use hearthline_engine::{
    ids::{LeadId, TaskId, TenantId, UserId},
    lead::Slot,
};
use hearthline_sealing::{MasterKey, OsRandom, StoredKeyring};
use hearthline_storage_api::{
    InboundStream, KeyRange, Keyring, Store,
    rows::{
        codec::open_row,
        deck::{self, DeckRow},
        directory::{self, DIRECTORY_SHARDS, DirectoryRow},
        lead::LeadRef,
        reading,
    },
};
use hearthline_storage_embedded::{Config, Embedded};
use hearthline_storage_scylla::ScyllaStore;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};
use uuid::Uuid;

use crate::support::Cql;

/// An agent, and who wrote to them and was told that it arrived.
pub struct Agent {
    pub id: String,
    pub answered: BTreeSet<String>,
}

/// Checks the rows and the stream of a server that has stopped.
pub async fn check(data: &Path, cql: Option<&Cql>, master: &Path, tenant: &str, agents: &[Agent]) {
    let (store, stream): (Arc<dyn Store>, _) = match cql {
        None => {
            let (store, stream) = Embedded::open(Config::new(data)).expect("it was stopped, and is whole");
            (store, stream)
        }
        Some(cql) => {
            let mut config = hearthline_storage_scylla::Config::new(vec![cql.nodes.clone()]);
            config.keyspace.clone_from(&cql.keyspace);
            let store = ScyllaStore::open(&config).await.expect("the server is there");
            let stream = Embedded::open_stream(Config::new(data)).expect("it was stopped, and is whole");
            (Arc::new(store), stream)
        }
    };
    assert_eq!(stream.backlog(), 0, "entries that nobody took");
    let master = MasterKey::from_file(master).expect("the master key");
    let keyring = StoredKeyring::open(Arc::clone(&store), master, Arc::new(OsRandom)).await.expect("keys");
    let tenant = TenantId(Uuid::parse_str(tenant).expect("an id"));
    for Agent { id, answered } in agents {
        let agent = UserId(Uuid::parse_str(id).expect("an id"));
        let (mut open, mut phones) = (BTreeMap::new(), BTreeSet::new());
        for row in directory_of(&*store, &keyring, tenant, agent).await {
            let lead = LeadRef { tenant, lead: row.lead };
            open.extend(open_cards(&*store, &keyring, lead, agent).await);
            phones.extend(row.identities.into_iter().map(|address| address.value));
        }
        let lost: Vec<&String> = answered.difference(&phones).collect();
        assert!(lost.is_empty(), "answered, and without a lead: {lost:?}");
        assert_eq!(deck_cards(&*store, &keyring, tenant, agent).await, open, "the deck and the open cards");
    }
}

async fn directory_of(
    store: &dyn Store,
    keyring: &dyn Keyring,
    tenant: TenantId,
    owner: UserId,
) -> Vec<DirectoryRow> {
    let mut found = Vec::new();
    for shard in 0..DIRECTORY_SHARDS {
        let slice =
            store.read(&directory::partition(tenant, shard), &KeyRange::all()).await.expect("readable");
        for row in &slice.rows {
            let lead = LeadId::from_bytes(row.key.as_ref().try_into().expect("a lead's id"));
            let key = keyring.lead_key(tenant, lead).await.expect("the lead's key");
            let binding = LeadRef { tenant, lead };
            let row: DirectoryRow =
                open_row(&*key, binding.binding("directory"), &row.value).expect("a directory row");
            found.extend(Some(row).filter(|row| row.owner == Some(owner)));
        }
    }
    found
}

type Cards = BTreeMap<(LeadId, TaskId), u64>;

async fn open_cards(store: &dyn Store, keyring: &dyn Keyring, place: LeadRef, owner: UserId) -> Cards {
    let stored = reading::lead(store, keyring, place).await.expect("readable").expect("it is there");
    let Slot::Present(lead) = stored.row.slot else { panic!("{place:?} is no lead") };
    assert_eq!(lead.owner, Some(owner));
    lead.cards.iter().map(|card| ((place.lead, card.task), card.version)).collect()
}

async fn deck_cards(store: &dyn Store, keyring: &dyn Keyring, tenant: TenantId, user: UserId) -> Cards {
    let slice = store.read(&deck::partition(tenant, user), &deck::cards()).await.expect("readable");
    let mut cards = Cards::new();
    for row in &slice.rows {
        let (lead, task) = deck::read_card_key(&row.key).expect("a card's key");
        let key = keyring.lead_key(tenant, lead).await.expect("the lead's key");
        let place = LeadRef { tenant, lead };
        let row: DeckRow = open_row(&*key, place.binding("deck"), &row.value).expect("a deck row");
        if let Some(card) = row.card {
            cards.insert((lead, task), card.version);
        }
    }
    cards
}
