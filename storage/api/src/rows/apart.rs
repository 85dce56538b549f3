//! Pairs of leads that may have been one person, and are two: somebody said so (IDN-3). For good, so that nobody is asked
//! again. Ids alone: what made them look like one person does not stand here.

use bytes::Bytes;
use hearthline_engine::{
    ids::{LeadId, TenantId, UserId},
    namesake::Pair,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::codec::{RowError, encode};
use crate::{
    KeyRange, Partition, Store, Table, Write,
    keys::{KeyReader, KeyWriter},
};

/// Who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApartRow {
    pub by: UserId,
    pub at: Timestamp,
}

fn partition(tenant: TenantId) -> Partition {
    Partition { table: Table::Apart, key: Bytes::copy_from_slice(tenant.as_bytes()) }
}

/// Keeps that two leads are two people.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn tell_apart(
    store: &dyn Store,
    tenant: TenantId,
    pair: Pair,
    row: &ApartRow,
) -> Result<(), RowError> {
    let [first, second] = pair.leads();
    let key = KeyWriter::new().fixed(first.as_bytes()).fixed(second.as_bytes()).finish();
    // Said twice, either word stays: both say the same.
    Ok(store.put(&partition(tenant), 1, vec![Write::Put { key, value: encode(row).into() }]).await?)
}

/// All pairs of a tenant.
///
/// # Errors
/// [`RowError`].
pub async fn told_apart(store: &dyn Store, tenant: TenantId) -> Result<Vec<Pair>, RowError> {
    let slice = store.read(&partition(tenant), &KeyRange::all()).await?;
    let read = |row: &crate::Row| {
        let mut reader = KeyReader::new(&row.key);
        let first = LeadId::from_bytes(reader.fixed()?);
        Ok(Pair::of(first, LeadId::from_bytes(reader.fixed()?)))
    };
    slice.rows.iter().map(read).collect()
}
