//! The keyring over a store: keys wrapped, one partition each.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_engine::ids::{ContentId, LeadId, TenantId};
use hearthline_storage_api::{
    Commit, DataKey, KeyError, KeyRange, Keyring, Purpose, Random, Settled, Slice, Store, StoreError, Write,
    commit_settled,
};
use parking_lot::Mutex;
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

use crate::{
    cache::Cache,
    flights::Flights,
    master::MasterKey,
    name::Name,
    seal::{KEY_BYTES, Secret},
    sealing_key::SealingKey,
};

/// Leads, and files, whose keys stay in memory: 24 MB when full.
const LEAD_KEYS_CACHED: usize = 100_000;
/// Keys of tenants and days that stay in memory.
const TENANT_KEYS_CACHED: usize = 10_000;

/// The row of a key's first generation. A later generation would stand beside it, under its own number.
const KEY_ROW: &[u8] = &[1];
/// The row that says that the key was destroyed. It stays for good.
const DESTROYED_ROW: &[u8] = &[0];

/// Keys in the tables of the key space, wrapped under the master key or a tenant's wrapping key.
pub struct StoredKeyring {
    store: Arc<dyn Store>,
    master: MasterKey,
    random: Arc<dyn Random>,
    wrapping: Arc<SealingKey>,
    flights: Flights,
    leads: Mutex<Cache>,
    tenants: Mutex<Cache>,
}

/// What a key's partition holds.
enum Found {
    Key(Arc<SealingKey>),
    Destroyed,
    Nothing,
}

impl StoredKeyring {
    /// Opens the keyring of a deployment and makes sure that this is its master key, before anything is sealed with it.
    ///
    /// # Errors
    /// [`KeyError::Wrapped`] for a wrong master key; [`KeyError::Store`] when that could not be found out.
    pub async fn open(
        store: Arc<dyn Store>,
        master: MasterKey,
        random: Arc<dyn Random>,
    ) -> Result<Self, KeyError> {
        let wrapping = Arc::new(SealingKey::derive(&master.0, "wrapping", Arc::clone(&random)));
        let keyring = Self {
            store,
            master,
            random,
            wrapping,
            flights: Flights::default(),
            leads: Mutex::new(Cache::new(LEAD_KEYS_CACHED)),
            tenants: Mutex::new(Cache::new(TENANT_KEYS_CACHED)),
        };
        keyring.key(Name::MasterCheck).await?;
        Ok(keyring)
    }

    /// Whether no keyring was ever opened on this store: only then may a master key be made.
    ///
    /// # Errors
    /// When that could not be found out.
    pub async fn is_new(store: &dyn Store) -> Result<bool, StoreError> {
        Ok(store.read(&Name::MasterCheck.partition(), &KeyRange::all()).await?.version == 0)
    }

    /// Destroys a lead's key (erasure): what was sealed with it can never be opened again, and asking for it answers
    /// [`KeyError::Gone`] for good. Repeating it does no harm. Keys that were handed out before stay usable to those who
    /// hold them; the caller sees to it that they let go.
    ///
    /// # Errors
    /// [`KeyError::Store`] when it may not have happened. Repeat it.
    pub async fn destroy_lead_key(&self, tenant: TenantId, lead: LeadId) -> Result<(), KeyError> {
        self.destroy(Name::Lead(tenant, lead)).await
    }

    /// Destroys the key of a file's bytes. The same words as for a lead's key.
    ///
    /// # Errors
    /// [`KeyError::Store`] when it may not have happened. Repeat it.
    pub async fn destroy_content_key(&self, tenant: TenantId, content: ContentId) -> Result<(), KeyError> {
        self.destroy(Name::Content(tenant, content)).await
    }

    /// Destroys the ingest key of a day that has passed. The same words as for a lead's key.
    ///
    /// # Errors
    /// [`KeyError::Store`] when it may not have happened. Repeat it.
    pub async fn destroy_ingest_key(&self, tenant: TenantId, day: u32) -> Result<(), KeyError> {
        self.destroy(Name::Ingest(tenant, day)).await
    }

    /// A key by its name: from memory, from the store, or new.
    async fn key(&self, name: Name) -> Result<Arc<SealingKey>, KeyError> {
        if let Some(key) = self.cache(name).lock().get(name) {
            return Ok(key);
        }
        let wrapping = match name.wrapped_under() {
            None => Arc::clone(&self.wrapping),
            Some(tenant) => self.load(Name::Wrapping(tenant), &self.wrapping).await?,
        };
        self.load(name, &wrapping).await
    }

    /// One load at a time for each key; the others find it in the cache.
    async fn load(&self, name: Name, wrapping: &SealingKey) -> Result<Arc<SealingKey>, KeyError> {
        if let Some(key) = self.cache(name).lock().get(name) {
            return Ok(key);
        }
        let _turn = self.flights.turn(name).await;
        if let Some(key) = self.cache(name).lock().get(name) {
            return Ok(key);
        }
        let key = self.find_or_make(name, wrapping).await?;
        self.cache(name).lock().insert(name, Arc::clone(&key));
        Ok(key)
    }

    async fn find_or_make(&self, name: Name, wrapping: &SealingKey) -> Result<Arc<SealingKey>, KeyError> {
        match self.find(name, wrapping).await? {
            Found::Key(key) => return Ok(key),
            Found::Destroyed => return Err(KeyError::Gone),
            Found::Nothing => {}
        }
        if let Some(key) = self.make(name, wrapping).await? {
            return Ok(key);
        }
        // Somebody else was first: theirs is the key.
        match self.find(name, wrapping).await? {
            Found::Key(key) => Ok(key),
            Found::Destroyed => Err(KeyError::Gone),
            Found::Nothing => Err(StoreError::Unavailable("a key is there and not there".to_owned()).into()),
        }
    }

    async fn find(&self, name: Name, wrapping: &SealingKey) -> Result<Found, KeyError> {
        let slice = self.store.read(&name.partition(), &KeyRange::all()).await?;
        if is_destroyed(&slice) {
            return Ok(Found::Destroyed);
        }
        let Some(row) = slice.rows.iter().find(|row| row.key == KEY_ROW) else {
            return if slice.version == 0 { Ok(Found::Nothing) } else { Err(damaged(name)) };
        };
        let opened = wrapping.open_bound(&name.bound(), &row.value).map_err(|_| KeyError::Wrapped)?;
        let opened: &[u8; KEY_BYTES] = opened.as_slice().try_into().map_err(|_| KeyError::Wrapped)?;
        let mut root = Zeroizing::new([0; KEY_BYTES]);
        root.copy_from_slice(opened);
        Ok(Found::Key(self.under(&root)))
    }

    /// A new key, durable when it is returned; `None` if another one was there first.
    async fn make(&self, name: Name, wrapping: &SealingKey) -> Result<Option<Arc<SealingKey>>, KeyError> {
        let mut root = Zeroizing::new([0; KEY_BYTES]);
        self.random.fill(root.as_mut_slice());
        let value = wrapping.seal_bound(&name.bound(), root.as_slice()).into();
        let write = Write::Put { key: Bytes::from_static(KEY_ROW), value };
        match self.commit(name, 0, vec![write]).await? {
            Settled::Applied => Ok(Some(self.under(&root))),
            Settled::Conflict { .. } => Ok(None),
            Settled::Unresolved(error) => Err(error.into()),
        }
    }

    async fn destroy(&self, name: Name) -> Result<(), KeyError> {
        // Nobody may load it meanwhile and put it back into the cache afterwards.
        let _turn = self.flights.turn(name).await;
        self.cache(name).lock().remove(name);
        loop {
            let slice = self.store.read(&name.partition(), &KeyRange::all()).await?;
            if is_destroyed(&slice) {
                return Ok(());
            }
            match self.commit(name, slice.version, burial(&slice)).await? {
                Settled::Applied => return Ok(()),
                // Made or destroyed by somebody else since: a key's partition changes twice in its life, so this ends.
                Settled::Conflict { .. } => {}
                Settled::Unresolved(error) => return Err(error.into()),
            }
        }
    }

    async fn commit(&self, name: Name, expected: u64, writes: Vec<Write>) -> Result<Settled, StoreError> {
        let commit = Commit { partition: name.partition(), expected, token: self.random.token(), writes };
        commit_settled(self.store.as_ref(), commit).await
    }

    /// The keys under a root.
    fn under(&self, root: &Secret) -> Arc<SealingKey> {
        Arc::new(SealingKey::derive(root, "data", Arc::clone(&self.random)))
    }

    /// Many leads must not drive out the few keys that every lead needs.
    const fn cache(&self, name: Name) -> &Mutex<Cache> {
        match name {
            Name::Lead(..) | Name::Content(..) => &self.leads,
            Name::MasterCheck | Name::Wrapping(_) | Name::Tenant(..) | Name::Ingest(..) => &self.tenants,
        }
    }
}

#[async_trait]
impl Keyring for StoredKeyring {
    async fn tenant_key(&self, tenant: TenantId, purpose: Purpose) -> Result<Arc<dyn DataKey>, KeyError> {
        Ok(self.key(Name::Tenant(tenant, purpose)).await?)
    }

    async fn ingest_key(&self, tenant: TenantId, day: u32) -> Result<Arc<dyn DataKey>, KeyError> {
        Ok(self.key(Name::Ingest(tenant, day)).await?)
    }

    async fn lead_key(&self, tenant: TenantId, lead: LeadId) -> Result<Arc<dyn DataKey>, KeyError> {
        Ok(self.key(Name::Lead(tenant, lead)).await?)
    }

    async fn content_key(&self, tenant: TenantId, content: ContentId) -> Result<Arc<dyn DataKey>, KeyError> {
        Ok(self.key(Name::Content(tenant, content)).await?)
    }

    fn deployment_key(&self, purpose: &'static str) -> Arc<dyn DataKey> {
        let purpose = format!("deployment {purpose}");
        Arc::new(SealingKey::derive(&self.master.0, &purpose, Arc::clone(&self.random)))
    }
}

/// Shows how many keys are in memory, and none of them.
impl fmt::Debug for StoredKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (leads, tenants) = (self.leads.lock().len(), self.tenants.lock().len());
        write!(f, "StoredKeyring({leads} lead keys and {tenants} others in memory)")
    }
}

fn is_destroyed(slice: &Slice) -> bool {
    slice.rows.iter().any(|row| row.key == DESTROYED_ROW)
}

/// Removes every generation of a key and leaves a mark in its place.
fn burial(slice: &Slice) -> Vec<Write> {
    let mark = Write::Put { key: Bytes::from_static(DESTROYED_ROW), value: Bytes::new() };
    let deletes = slice.rows.iter().map(|row| Write::Delete { key: row.key.clone() });
    deletes.chain([mark]).collect()
}

fn damaged(name: Name) -> KeyError {
    StoreError::Corrupt(format!("{:?} was written and holds no key", name.partition())).into()
}
