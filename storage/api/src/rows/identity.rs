//! Whose an address is (IDN-4): claims that a lead made by hand takes before it is made. The inbound path has its own way
//! through the same rows, where the loser adopts the winner's lead; here the loser is told.

use bytes::Bytes;
use hearthline_engine::{
    identity::Address,
    ids::{LeadId, MutationId, TenantId},
    lead::Slot,
};

use super::{
    codec::{RowError, decode, encode},
    inbound::{IDENTITY_ROW, IdentityRow, identity_partition},
    lead::{LeadRef, mutation_key},
    reading,
    tenant::{self, Backing},
};
use crate::{KeyRange, Partition, Purpose, Write};

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody's.
    Nobody,
    /// That of a lead that stands.
    Lead(LeadId),
    /// Claimed for a lead that was not made: its maker died, or is at work. Whoever comes next goes on with that id.
    Vacant(LeadId),
}

/// Whose an address is now.
///
/// # Errors
/// [`RowError`].
pub async fn holder(backing: Backing<'_>, tenant: TenantId, address: &Address) -> Result<Holder, RowError> {
    let partition = place(backing, tenant, address).await?;
    let (_, Some(lead)) = read(backing, &partition).await? else { return Ok(Holder::Nobody) };
    let stored = reading::lead(backing.store, backing.keyring, LeadRef { tenant, lead }).await?;
    let stands = stored.is_some_and(|stored| stored.row.slot != Slot::Vacant);
    Ok(if stands { Holder::Lead(lead) } else { Holder::Vacant(lead) })
}

/// Claims an address for a lead, and says whose it is then: the first claim wins.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn claim(
    backing: Backing<'_>,
    tenant: TenantId,
    address: &Address,
    lead: LeadId,
) -> Result<LeadId, RowError> {
    let partition = place(backing, tenant, address).await?;
    for _ in 0..4 {
        let (version, standing) = read(backing, &partition).await?;
        if let Some(standing) = standing {
            return Ok(standing);
        }
        let value = encode(&IdentityRow { lead }).into();
        let write = Write::Put { key: Bytes::from_static(IDENTITY_ROW), value };
        if tenant::commit(backing, &partition, version, vec![write]).await? {
            return Ok(lead);
        }
    }
    Err(RowError::Contended("identity"))
}

/// Lets an address go that points to a lead; one that points to another stays.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn release(
    backing: Backing<'_>,
    tenant: TenantId,
    address: &Address,
    lead: LeadId,
) -> Result<(), RowError> {
    let partition = place(backing, tenant, address).await?;
    for _ in 0..4 {
        let (version, standing) = read(backing, &partition).await?;
        if standing != Some(lead) {
            return Ok(());
        }
        let write = Write::Delete { key: Bytes::from_static(IDENTITY_ROW) };
        if tenant::commit(backing, &partition, version, vec![write]).await? {
            return Ok(());
        }
    }
    Err(RowError::Contended("identity"))
}

/// Names an address without telling it: for those who take turns with it.
///
/// # Errors
/// [`RowError`].
pub async fn name_of(
    backing: Backing<'_>,
    tenant: TenantId,
    address: &Address,
) -> Result<[u8; 32], RowError> {
    let lookup = backing.keyring.tenant_key(tenant, Purpose::Lookup).await?;
    let whole = [tenant.as_bytes(), &[address.kind as u8][..], address.value.as_bytes()].concat();
    Ok(lookup.keyed_hash("identity_turn", &whole))
}

/// Whether that action made the lead, or did something with it: how a create that was done before its answer was stored
/// recognizes its own.
///
/// # Errors
/// [`RowError`].
pub async fn did(backing: Backing<'_>, lead: LeadRef, mutation: MutationId) -> Result<bool, RowError> {
    let slice = backing.store.read(&lead.partition(), &KeyRange::exactly(&mutation_key(mutation))).await?;
    Ok(!slice.rows.is_empty())
}

async fn place(backing: Backing<'_>, tenant: TenantId, address: &Address) -> Result<Partition, RowError> {
    let lookup = backing.keyring.tenant_key(tenant, Purpose::Lookup).await?;
    Ok(identity_partition(&*lookup, tenant, address))
}

/// Whose it is, and the version of its partition: one that was let go has had others.
async fn read(backing: Backing<'_>, partition: &Partition) -> Result<(u64, Option<LeadId>), RowError> {
    let slice = backing.store.read(partition, &KeyRange::exactly(IDENTITY_ROW)).await?;
    let row = slice.rows.first().map(|row| decode::<IdentityRow>("identity", &row.value)).transpose()?;
    Ok((slice.version, row.map(|row| row.lead)))
}
