//! Hashes and signatures of the log: what exactly each of them covers. Fixed-size parts stand as they are and texts behind
//! their length, so that no two different entries have the same bytes.

use hearthline_engine::audit::{Actor, Subject};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

use super::{ChainId, EntryRow, HeadRow, Mark, RegisterRow, TotalRow};
use crate::{DataKey, Keyring, keys::KeyWriter};
use hearthline_engine::ids::TenantId;

/// What the hash of an entry of this form starts with; another form will have another one.
const ENTRY_FORM: &str = "hearthline audit entry 1";

/// The hash of an entry that stands behind `prev`. It covers everything of the entry but the hash itself; of sealed
/// values it covers their hash.
#[must_use]
pub fn entry_hash(chain: &ChainId, prev: &[u8; 32], row: &EntryRow) -> [u8; 32] {
    let mut bytes = KeyWriter::new()
        .text(ENTRY_FORM)
        .fixed(&chain.key())
        .fixed(prev)
        .number(row.seq)
        .fixed(row.origin.id.as_bytes())
        .number(row.origin.version)
        .fixed(&row.origin.n.to_be_bytes())
        .fixed(&row.at.as_millis().to_be_bytes())
        .fixed(&row.recorded_at.as_millis().to_be_bytes())
        .fixed(&actor_bytes(&row.actor))
        .fixed(&subject_bytes(&row.subject))
        .text(&row.action)
        .number(row.fields.len() as u64);
    for name in &row.fields {
        bytes = bytes.text(name);
    }
    bytes = match &row.sealed {
        Some(sealed) => bytes.byte(1).fixed(&sha256(sealed)),
        None => bytes.byte(0),
    };
    bytes = match &row.seen {
        Some(seen) => {
            let bytes = bytes.byte(1).fixed(&seen.month.0.to_be_bytes()).byte(seen.shard);
            bytes.number(seen.mark.count).fixed(&seen.mark.hash)
        }
        None => bytes.byte(0),
    };
    sha256(&bytes.finish())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn actor_bytes(actor: &Actor) -> [u8; 17] {
    match actor {
        Actor::User(user) => tagged(1, user.0),
        Actor::Client => tagged(2, Uuid::nil()),
        Actor::Clock => tagged(3, Uuid::nil()),
        Actor::System => tagged(4, Uuid::nil()),
    }
}

fn subject_bytes(subject: &Subject) -> [u8; 17] {
    match subject {
        Subject::Lead(id) => tagged(1, id.0),
        Subject::User(id) => tagged(2, id.0),
        Subject::Team(id) => tagged(3, id.0),
        Subject::Connection(id) => tagged(4, id.0),
        Subject::Tenant => tagged(5, Uuid::nil()),
    }
}

fn tagged(tag: u8, id: Uuid) -> [u8; 17] {
    let mut bytes = [tag; 17];
    bytes[1..].copy_from_slice(id.as_bytes());
    bytes
}

/// Signs heads and registers with a key derived from the master key, which no store holds.
#[derive(Clone)]
pub struct Signer(Arc<dyn DataKey>);

impl Signer {
    /// The deployment's.
    #[must_use]
    pub fn of(keyring: &dyn Keyring) -> Self {
        Self(keyring.deployment_key("audit"))
    }

    /// A head with its signature.
    #[must_use]
    pub fn head(&self, chain: &ChainId, head: HeadRow) -> HeadRow {
        HeadRow { mac: self.head_mac(chain, &head), ..head }
    }

    /// Whether a head is as it was signed.
    #[must_use]
    pub fn signed_head(&self, chain: &ChainId, head: &HeadRow) -> bool {
        self.head_mac(chain, head) == head.mac
    }

    fn head_mac(&self, chain: &ChainId, head: &HeadRow) -> [u8; 32] {
        let bytes = marked(chain, &head.mark)
            .number(head.epoch)
            .fixed(&head.recorded_at.as_millis().to_be_bytes())
            .finish();
        self.0.keyed_hash("head", &bytes)
    }

    /// A register row with its signature.
    #[must_use]
    pub fn register(&self, chain: &ChainId, mark: Mark) -> RegisterRow {
        RegisterRow { mark, mac: self.0.keyed_hash("register", &marked(chain, &mark).finish()) }
    }

    /// The total of a register with its signature.
    #[must_use]
    pub fn total(&self, tenant: TenantId, register: &BTreeMap<ChainId, Mark>) -> TotalRow {
        let mut rows = KeyWriter::new();
        for (chain, mark) in register {
            rows = rows.fixed(&chain.key()).number(mark.count).fixed(&mark.hash);
        }
        let (chains, digest) = (register.len() as u64, sha256(&rows.finish()));
        let bytes = KeyWriter::new().fixed(tenant.as_bytes()).number(chains).fixed(&digest).finish();
        TotalRow { chains, digest, mac: self.0.keyed_hash("total", &bytes) }
    }
}

fn marked(chain: &ChainId, mark: &Mark) -> KeyWriter {
    KeyWriter::new().fixed(&chain.key()).number(mark.count).fixed(&mark.hash)
}
