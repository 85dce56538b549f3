//! What a write with an `Idempotency-Key` answered: sent twice, it acts once.
//!
//! A key is claimed together with the ids that the write may use, before anything is written. Whoever comes with the
//! same key after a crash gets the same ids and finishes the work; every step of a create adopts what stands under its
//! id. The answer is stored when it is a success; a refusal frees the key, so that a corrected request may use it.

use bytes::Bytes;
use hearthline_engine::{
    ids::{TenantId, UserId},
    time::{Seconds, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

use super::{
    codec::{self, RowError},
    expiry::{self, Expiring, Removed},
    tenant::{self, Backing},
};
use crate::{
    Binding, DataKey, KeyRange, Keyring, Partition, Table, Write,
    keys::{KeyReader, KeyWriter},
};

/// Who writes: keys of different users never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// With the operator's token: no tenant yet.
    Operator,
    User {
        tenant: TenantId,
        user: UserId,
    },
}

/// One use of a key: by whom, for which method and path, with which body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use<'a> {
    pub scope: Scope,
    /// Method and path.
    pub route: &'a str,
    /// 1 to 255 visible ASCII characters.
    pub key: &'a str,
    /// Of the body.
    pub request_hash: [u8; 32],
}

/// How many ids a write may use.
pub const IDS: usize = 4;

/// The ids of one write: the same each time it is repeated under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationIds(pub [Uuid; IDS]);

/// An answer as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub status: u16,
    /// Of the new version, where the route has one.
    pub etag: Option<String>,
    /// JSON.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

/// Answers up to this size are stored; a larger one is made again, under the same ids.
pub const MAX_ANSWER_BYTES: usize = 30 * 1024;

/// What a key stands for.
#[derive(Clone, PartialEq, Eq)]
pub enum Begun {
    /// New, or begun and not finished: do it with these ids.
    Work(OperationIds),
    /// Done: this was the answer.
    Answered(Answer),
    /// The key was used with another body.
    OtherRequest,
}

#[derive(Serialize, Deserialize)]
struct IdempotencyRow {
    #[serde(with = "serde_bytes")]
    request_hash: [u8; 32],
    ids: OperationIds,
    at: Timestamp,
    answer: Option<Answer>,
}

const ROW: &[u8] = b"a";

/// A key is remembered that long, in wall time.
pub const KEPT_FOR: Seconds = Seconds(86_400);

struct Place {
    partition: Partition,
    key: Arc<dyn DataKey>,
    tenant: TenantId,
    subject: [u8; 32],
}

impl Place {
    async fn of(keyring: &dyn Keyring, used: &Use<'_>) -> Result<Self, RowError> {
        let (tenant, user, key) = match used.scope {
            // The nil id is no tenant's.
            Scope::Operator => (Uuid::nil(), Uuid::nil(), keyring.deployment_key("idempotency")),
            Scope::User { tenant, user } => (tenant.0, user.0, tenant::key_of(keyring, tenant).await?),
        };
        let name = KeyWriter::new().fixed(user.as_bytes()).text(used.route).text(used.key).finish();
        let subject = key.keyed_hash("idempotency", &name);
        let at = KeyWriter::new().fixed(tenant.as_bytes()).fixed(user.as_bytes()).fixed(&subject).finish();
        let partition = Partition { table: Table::Idempotency, key: at };
        Ok(Self { partition, key, tenant: TenantId(tenant), subject })
    }
    fn binding(&self) -> Binding<'_> {
        Binding { tenant: self.tenant, subject: &self.subject, column: "idempotency" }
    }
    async fn read(&self, backing: Backing<'_>) -> Result<(u64, Option<IdempotencyRow>), RowError> {
        let slice = backing.store.read(&self.partition, &KeyRange::exactly(ROW)).await?;
        let open = |stored: &crate::Row| codec::open_row(self.key.as_ref(), self.binding(), &stored.value);
        Ok((slice.version, slice.rows.first().map(open).transpose()?))
    }
    async fn write(
        &self,
        backing: Backing<'_>,
        expected: u64,
        row: &IdempotencyRow,
    ) -> Result<bool, RowError> {
        let value = codec::seal_row(self.key.as_ref(), self.binding(), row);
        let write = Write::Put { key: Bytes::from_static(ROW), value };
        tenant::commit(backing, &self.partition, expected, vec![write]).await
    }
}

/// Claims a key, or says what it stands for. `fresh` are the ids to claim; `now` is wall time.
///
/// # Errors
/// [`RowError`].
pub async fn begin(
    backing: Backing<'_>,
    used: &Use<'_>,
    fresh: OperationIds,
    now: Timestamp,
) -> Result<Begun, RowError> {
    let place = Place::of(backing.keyring, used).await?;
    for _ in 0..4 {
        let (version, found) = place.read(backing).await?;
        match found.filter(|row| now < row.at.plus(KEPT_FOR)) {
            Some(row) if row.request_hash != used.request_hash => return Ok(Begun::OtherRequest),
            Some(IdempotencyRow { answer: Some(answer), .. }) => return Ok(Begun::Answered(answer)),
            Some(row) => return Ok(Begun::Work(row.ids)),
            None => {}
        }
        let row = IdempotencyRow { request_hash: used.request_hash, ids: fresh, at: now, answer: None };
        let entry = Expiring::Idempotency(place.partition.key.clone());
        expiry::enter(backing.store, &entry, now.plus(KEPT_FOR)).await?;
        if place.write(backing, version, &row).await? {
            return Ok(Begun::Work(fresh));
        }
    }
    Err(RowError::Contended("idempotency"))
}

/// Stores the answer of finished work. The first one stored is the one that counts; it is returned.
///
/// # Errors
/// [`RowError`]; the work is done all the same, and its repetition will find that.
pub async fn finish(
    backing: Backing<'_>,
    used: &Use<'_>,
    ids: OperationIds,
    answer: Answer,
) -> Result<Answer, RowError> {
    if answer.body.len() > MAX_ANSWER_BYTES {
        return Ok(answer);
    }
    let place = Place::of(backing.keyring, used).await?;
    for _ in 0..4 {
        let (version, found) = place.read(backing).await?;
        let Some(mut row) = found.filter(|row| row.ids == ids) else { return Ok(answer) };
        if let Some(first) = row.answer {
            return Ok(first);
        }
        row.answer = Some(answer.clone());
        if place.write(backing, version, &row).await? {
            return Ok(answer);
        }
    }
    Err(RowError::Contended("idempotency"))
}

/// Removes a key whose day is over.
pub(super) async fn remove(
    backing: Backing<'_>,
    partition: &Bytes,
    over: Timestamp,
) -> Result<Removed, RowError> {
    let mut reader = KeyReader::new(partition);
    let (tenant, _user): (_, [u8; 16]) = (TenantId::from_bytes(reader.fixed()?), reader.fixed()?);
    let subject = reader.fixed()?;
    let key = if tenant.0.is_nil() {
        backing.keyring.deployment_key("idempotency")
    } else {
        tenant::key_of(backing.keyring, tenant).await?
    };
    let partition = Partition { table: Table::Idempotency, key: partition.clone() };
    let place = Place { partition, key, tenant, subject };
    let (version, found) = place.read(backing).await?;
    let Some(row) = found else { return Ok(Removed::Nothing) };
    let until = row.at.plus(KEPT_FOR);
    if until > over {
        return Ok(Removed::Until(until));
    }
    expiry::delete(backing, &place.partition, version, ROW).await
}

/// Frees a key whose work was refused.
///
/// # Errors
/// [`RowError`]; the key stays claimed with its ids.
pub async fn release(backing: Backing<'_>, used: &Use<'_>, ids: OperationIds) -> Result<(), RowError> {
    let place = Place::of(backing.keyring, used).await?;
    let (version, found) = place.read(backing).await?;
    if found.is_some_and(|row| row.ids == ids && row.answer.is_none()) {
        let delete = Write::Delete { key: Bytes::from_static(ROW) };
        // Losing the race means that somebody else has dealt with it.
        tenant::commit(backing, &place.partition, version, vec![delete]).await?;
    }
    Ok(())
}
