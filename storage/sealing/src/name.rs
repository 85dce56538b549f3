//! Where each key stands, wrapped.

use hearthline_engine::ids::{ContentId, LeadId, TenantId};
use hearthline_storage_api::{Partition, Purpose, Table, keys::KeyWriter};

use crate::seal::Bound;

/// A stored key, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// Used for nothing: it tells at the start whether the master key is the right one.
    MasterCheck,
    /// Wraps the tenant's ingest and lead keys: destroying it would destroy them all.
    Wrapping(TenantId),
    Tenant(TenantId, Purpose),
    /// Days since 1970-01-01 UTC.
    Ingest(TenantId, u32),
    Lead(TenantId, LeadId),
    Content(TenantId, ContentId),
}

impl Name {
    /// The tenant under whose wrapping key it stands; none for keys under the master key.
    pub const fn wrapped_under(self) -> Option<TenantId> {
        match self {
            Self::MasterCheck | Self::Wrapping(_) | Self::Tenant(..) => None,
            Self::Ingest(tenant, _) | Self::Lead(tenant, _) | Self::Content(tenant, _) => Some(tenant),
        }
    }

    /// The partition of its own that holds it.
    pub fn partition(self) -> Partition {
        let (table, key) = match self {
            Self::MasterCheck => (Table::TenantKey, KeyWriter::new().fixed(&[0; 16]).byte(0)),
            Self::Wrapping(tenant) => (Table::TenantKey, of(tenant).byte(1)),
            Self::Tenant(tenant, purpose) => (Table::TenantKey, of(tenant).byte(code(purpose))),
            Self::Ingest(tenant, day) => (Table::IngestKey, of(tenant).fixed(&day.to_be_bytes())),
            Self::Lead(tenant, lead) => (Table::LeadKey, of(tenant).fixed(lead.as_bytes())),
            Self::Content(tenant, content) => (Table::ContentKey, of(tenant).fixed(content.as_bytes())),
        };
        Partition { table, key: key.finish() }
    }

    /// A wrapped key opens in its own place only.
    pub fn bound(self) -> Bound {
        let partition = self.partition();
        Bound::to(&[b"wrapped key", partition.table.name().as_bytes(), &partition.key])
    }
}

fn of(tenant: TenantId) -> KeyWriter {
    KeyWriter::new().fixed(tenant.as_bytes())
}

/// Part of the stored format: never used again for another purpose. 0 and 1 are taken above.
const fn code(purpose: Purpose) -> u8 {
    match purpose {
        Purpose::Administration => 2,
        Purpose::Lookup => 3,
        Purpose::DeadLetter => 4,
    }
}
