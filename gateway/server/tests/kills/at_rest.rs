//! The disk after a clean stop, read with the server's own storage: decks hold exactly the open cards of their owner's
//! leads, and nothing is left undone.

use hearthline_engine::{
    ids::{LeadId, TaskId, TenantId, UserId},
    lead::Slot,
};
use hearthline_sealing::{MasterKey, OsRandom, StoredKeyring};
use hearthline_storage_api::{
    InboundStream, Keyring, Store,
    rows::{
        codec::open_row,
        deck::{self, DeckRow},
        lead::LeadRef,
        reading,
    },
};
use hearthline_storage_embedded::{Config, Embedded};
use hearthline_storage_scylla::ScyllaStore;
use std::{collections::BTreeMap, path::Path, sync::Arc};
use uuid::Uuid;

use crate::support::Cql;

/// An agent and their leads, by id.
pub struct Agent {
    pub id: String,
    pub leads: Vec<String>,
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
    for Agent { id, leads } in agents {
        let agent = UserId(Uuid::parse_str(id).expect("an id"));
        let mut open = BTreeMap::new();
        for lead in leads {
            let lead = LeadRef { tenant, lead: LeadId(Uuid::parse_str(lead).expect("an id")) };
            open.extend(open_cards(&*store, &keyring, lead, agent).await);
        }
        assert_eq!(deck_cards(&*store, &keyring, tenant, agent).await, open, "the deck and the open cards");
    }
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
