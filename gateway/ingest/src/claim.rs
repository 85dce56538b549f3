//! Path rows 4 and 5: whose message is it, and has it been taken? Two compare-and-sets, each won by the first; the loser
//! adopts the winner's answer. A claim that stands wins over whatever identities say later.

use bytes::Bytes;
use hearthline_actors::Point;
use hearthline_engine::{
    identity::Address,
    ids::{EventId, LeadId, TenantId},
    message::{Incoming, OptWord},
};
use hearthline_storage_api::{
    Commit, DataKey, KeyRange, Partition, Settled, Write, commit_settled,
    rows::{
        codec::{RowError, decode, encode},
        inbound::{CLAIM_ROW, Claim, ClaimKey, IDENTITY_ROW, IdentityRow, identity_partition},
    },
};
use serde::{Serialize, de::DeserializeOwned};

use crate::ports::Ports;

/// What is known once a message is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// It belongs to this lead, under this event id.
    To { lead: LeadId, event: EventId },
    /// The lead has taken it already.
    Done,
    /// Its sender is unknown and such a message makes no lead.
    Nobody,
}

/// Finds or makes the claim of a message.
pub(crate) async fn claim(
    ports: &Ports,
    lookup: &dyn DataKey,
    tenant: TenantId,
    key: &ClaimKey,
    message: &Incoming,
) -> Result<Claimed, RowError> {
    let partition = key.partition();
    if let Some(standing) = read::<Claim>(ports, &partition, CLAIM_ROW).await? {
        return Ok(answer(standing));
    }
    let Some(lead) = lead_of(ports, lookup, tenant, message).await? else { return Ok(Claimed::Nobody) };
    let event = EventId(ports.random.uuid_v7(ports.clock.now()));
    let standing = insert(ports, partition, 0, CLAIM_ROW, Claim { lead, event, done: false }).await?;
    ports.points.reach(Point::Claimed).await;
    Ok(answer(standing))
}

const fn answer(claim: Claim) -> Claimed {
    if claim.done { Claimed::Done } else { Claimed::To { lead: claim.lead, event: claim.event } }
}

/// The lead that the sender's identity points to. An unknown sender's first message makes one (IDN-1, IDN-2), unless it is
/// of a kind that makes none, or an opt-out word. (An opt-in word may be an ordinary answer: "yes" is one.)
async fn lead_of(
    ports: &Ports,
    lookup: &dyn DataKey,
    tenant: TenantId,
    message: &Incoming,
) -> Result<Option<LeadId>, RowError> {
    let partition = identity_partition(lookup, tenant, sender(message));
    // One that was unlinked has had versions before (IDN-3).
    let (version, known) = read_at::<IdentityRow>(ports, &partition, IDENTITY_ROW).await?;
    if let Some(known) = known {
        return Ok(Some(known.lead));
    }
    if !message.opens_a_lead() || message.opt_word == Some(OptWord::Stop) {
        return Ok(None);
    }
    let lead = LeadId(ports.random.uuid_v7(ports.clock.now()));
    let winner = insert(ports, partition, version, IDENTITY_ROW, IdentityRow::alone(lead)).await?;
    ports.points.reach(Point::Identified).await;
    Ok(Some(winner.lead))
}

/// The lead that an address is known to be of.
pub(crate) async fn known_lead(
    ports: &Ports,
    lookup: &dyn DataKey,
    tenant: TenantId,
    address: &Address,
) -> Result<Option<LeadId>, RowError> {
    let partition = identity_partition(lookup, tenant, address);
    let known = read::<IdentityRow>(ports, &partition, IDENTITY_ROW).await?;
    Ok(known.map(|known| known.lead))
}

/// Whose identity counts: the client's, who is the sender of what comes in and the recipient of an echo.
pub(crate) fn sender(message: &Incoming) -> &Address {
    message.client()
}

/// The claim that stands under a key, if one does.
pub(crate) async fn standing(ports: &Ports, key: &ClaimKey) -> Result<Option<Claim>, RowError> {
    read(ports, &key.partition(), CLAIM_ROW).await
}

/// Claims what is already dealt with, so that it is not dealt with again. Only for what does no harm when it is: a crash
/// in between repeats it.
pub(crate) async fn close(ports: &Ports, key: &ClaimKey, claim: Claim) -> Result<(), RowError> {
    insert(ports, key.partition(), 0, CLAIM_ROW, claim).await.map(|_| ())
}

async fn read<T: DeserializeOwned>(
    ports: &Ports,
    partition: &Partition,
    row: &'static [u8],
) -> Result<Option<T>, RowError> {
    Ok(read_at(ports, partition, row).await?.1)
}

/// The row, and the version of its partition.
async fn read_at<T: DeserializeOwned>(
    ports: &Ports,
    partition: &Partition,
    row: &'static [u8],
) -> Result<(u64, Option<T>), RowError> {
    let slice = ports.store.read(partition, &KeyRange::exactly(row)).await?;
    let stored =
        slice.rows.first().map(|stored| decode(partition.table.name(), &stored.value)).transpose()?;
    Ok((slice.version, stored))
}

/// Inserts a row where none stood at that version of the partition, or adopts the one that was faster.
async fn insert<T: Serialize + DeserializeOwned>(
    ports: &Ports,
    partition: Partition,
    expected: u64,
    row: &'static [u8],
    value: T,
) -> Result<T, RowError> {
    let commit = Commit {
        partition: partition.clone(),
        expected,
        token: ports.random.token(),
        writes: vec![Write::Put { key: Bytes::from_static(row), value: encode(&value).into() }],
    };
    match commit_settled(&*ports.store, commit).await? {
        Settled::Applied => Ok(value),
        Settled::Conflict { .. } => {
            let table = partition.table.name();
            // Let go again in between: whoever comes next finds it free.
            read(ports, &partition, row).await?.ok_or(RowError::Contended(table))
        }
        Settled::Unresolved(error) => Err(error.into()),
    }
}
