//! Whose an address is (IDN-4): claims that a lead made by hand takes before it is made. The inbound path has its own way
//! through the same rows, where the loser adopts the winner's lead; here the loser is told.
//!
//! Each claim of a create names the others. Whoever goes on with the id of a create that died lets go what that one had
//! claimed beside ([`let_go_beside`]), so that no address stays with a lead that nobody said has it.

use bytes::Bytes;
use hearthline_engine::{
    identity::Address,
    ids::{LeadId, MutationId, TenantId},
    lead::Slot,
};
use serde_bytes::ByteBuf;

use super::{
    codec::{RowError, decode, encode},
    inbound::{IDENTITY_ROW, IdentityRow, identity_partition},
    lead::{LeadRef, mutation_key},
    reading,
    tenant::{self, Backing},
};
use crate::{KeyRange, Partition, Purpose, Table, Write};

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody's.
    Nobody,
    /// That of a lead that stands.
    Lead(LeadId),
    /// That lead stands and does not have it: whoever claimed it was refused, and died before it was let go.
    Stray(LeadId),
    /// Claimed for a lead that was not made: its maker died, or is at work. Whoever comes next goes on with that id.
    Vacant(LeadId),
}

/// Whose an address is now.
///
/// # Errors
/// [`RowError`].
pub async fn holder(backing: Backing<'_>, tenant: TenantId, address: &Address) -> Result<Holder, RowError> {
    let partition = place(backing, tenant, address).await?;
    let (_, Some(IdentityRow { lead, .. })) = read(backing, &partition).await? else {
        return Ok(Holder::Nobody);
    };
    let stored = reading::lead(backing.store, backing.keyring, LeadRef { tenant, lead }).await?;
    Ok(match stored.map(|stored| stored.row.slot) {
        None | Some(Slot::Vacant) => Holder::Vacant(lead),
        Some(Slot::Present(known)) if !known.identities.contains(address) => Holder::Stray(lead),
        Some(Slot::Present(_)) => Holder::Lead(lead),
    })
}

/// Claims an address for a lead, and says whose it is then: the first claim wins. `all`: what is claimed for it together.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn claim(
    backing: Backing<'_>,
    tenant: TenantId,
    address: &Address,
    lead: LeadId,
    all: &[Address],
) -> Result<LeadId, RowError> {
    let partition = place(backing, tenant, address).await?;
    let mut beside = Vec::with_capacity(all.len());
    for other in all.iter().filter(|other| *other != address) {
        beside.push(ByteBuf::from(place(backing, tenant, other).await?.key.to_vec()));
    }
    for _ in 0..4 {
        let (version, standing) = read(backing, &partition).await?;
        if let Some(standing) = standing {
            return Ok(standing.lead);
        }
        let value = encode(&IdentityRow { lead, beside: beside.clone() }).into();
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
    release_at(backing, &place(backing, tenant, address).await?, lead).await
}

/// Has an address that points to one lead point to another (IDN-3); one that points elsewhere stays.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn pass(
    backing: Backing<'_>,
    tenant: TenantId,
    address: &Address,
    from: LeadId,
    to: LeadId,
) -> Result<(), RowError> {
    let partition = place(backing, tenant, address).await?;
    for _ in 0..4 {
        let (version, standing) = read(backing, &partition).await?;
        if standing.is_none_or(|standing| standing.lead != from) {
            return Ok(());
        }
        let value = encode(&IdentityRow::alone(to)).into();
        let write = Write::Put { key: Bytes::from_static(IDENTITY_ROW), value };
        if tenant::commit(backing, &partition, version, vec![write]).await? {
            return Ok(());
        }
    }
    Err(RowError::Contended("identity"))
}

/// Lets go what was claimed for the same lead together with this address, but for `own`: of a create that died, by the
/// one that goes on with its id.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn let_go_beside(
    backing: Backing<'_>,
    tenant: TenantId,
    address: &Address,
    own: &[Address],
) -> Result<(), RowError> {
    let (_, Some(standing)) = read(backing, &place(backing, tenant, address).await?).await? else {
        return Ok(());
    };
    let mut kept = Vec::with_capacity(own.len());
    for address in own {
        kept.push(place(backing, tenant, address).await?.key);
    }
    for key in standing.beside {
        let partition = Partition { table: Table::Identity, key: key.into_vec().into() };
        if !kept.contains(&partition.key) {
            release_at(backing, &partition, standing.lead).await?;
        }
    }
    Ok(())
}

async fn release_at(backing: Backing<'_>, partition: &Partition, lead: LeadId) -> Result<(), RowError> {
    for _ in 0..4 {
        let (version, standing) = read(backing, partition).await?;
        if standing.is_none_or(|standing| standing.lead != lead) {
            return Ok(());
        }
        let write = Write::Delete { key: Bytes::from_static(IDENTITY_ROW) };
        if tenant::commit(backing, partition, version, vec![write]).await? {
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
async fn read(backing: Backing<'_>, partition: &Partition) -> Result<(u64, Option<IdentityRow>), RowError> {
    let slice = backing.store.read(partition, &KeyRange::exactly(IDENTITY_ROW)).await?;
    let row = slice.rows.first().map(|row| decode::<IdentityRow>("identity", &row.value)).transpose()?;
    Ok((slice.version, row))
}
