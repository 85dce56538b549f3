//! How partitions and rows become the tree's keys and values.
//!
//! ```text
//! key     = table:1 partition_length:2 partition kind:1 row_key       kind 0: the partition's own row, 1: its rows
//! 0       = version:8 token:16                                        the partition's own row, in conditional tables
//! 1       = value                                                     a row of a conditional table
//! 1       = stamp:8 present:1 value                                   a row of a stamped table, or the mark of its deletion
//! ```
//!
//! Lengths are big-endian, so that keys of one partition stand together. Table 0 is ours: [`MARKER`].

use bytes::Bytes;
use hearthline_storage_api::{KeyRange, Partition, StoreError, Token};

/// Up to which log record the tables on disk hold everything.
pub(super) const MARKER: &[u8] = &[0, 0, 0, 0];

const OWN: u8 = 0;
const ROW: u8 = 1;

/// The start of all keys of a partition's rows.
fn prefix(partition: &Partition, kind: u8) -> Result<Vec<u8>, StoreError> {
    let length = u16::try_from(partition.key.len())
        .map_err(|_| StoreError::Misuse("a partition key is over 65,535 bytes".to_owned()))?;
    let mut key = Vec::with_capacity(partition.key.len() + 64);
    key.push(partition.table as u8);
    key.extend_from_slice(&length.to_be_bytes());
    key.extend_from_slice(&partition.key);
    key.push(kind);
    Ok(key)
}

/// The key of a partition's own row.
pub(super) fn own_key(partition: &Partition) -> Result<Bytes, StoreError> {
    Ok(prefix(partition, OWN)?.into())
}

/// The keys of a partition's rows.
#[derive(Clone, Debug)]
pub(super) struct RowKeys {
    prefix: Vec<u8>,
}

impl RowKeys {
    pub fn of(partition: &Partition) -> Result<Self, StoreError> {
        Ok(Self { prefix: prefix(partition, ROW)? })
    }

    pub fn key(&self, row: &[u8]) -> Result<Bytes, StoreError> {
        let mut key = Vec::with_capacity(self.prefix.len() + row.len());
        key.extend_from_slice(&self.prefix);
        key.extend_from_slice(row);
        if u16::try_from(key.len()).is_err() {
            return Err(StoreError::Misuse(
                "a row's key is over 65,535 bytes with its partition's".to_owned(),
            ));
        }
        Ok(key.into())
    }

    /// First key, included, and end, excluded; `None`: no key can be in the range.
    pub fn range(&self, range: &KeyRange) -> Option<(Bytes, Bytes)> {
        let mut from = self.prefix.clone();
        from.extend_from_slice(&range.from);
        let mut to = self.prefix.clone();
        match &range.to {
            Some(end) => to.extend_from_slice(end),
            // The byte behind the prefix's last one: no table's key has a kind above `ROW`.
            None => *to.last_mut().expect("a prefix ends with its kind") = ROW + 1,
        }
        (from < to).then(|| (from.into(), to.into()))
    }

    /// The row's key within the partition.
    pub fn row_key(&self, key: &Bytes) -> Bytes {
        key.slice(self.prefix.len()..)
    }
}

/// A partition's own row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub version: u64,
    pub token: Token,
}

impl Own {
    /// Of a partition that was never committed to.
    pub const NONE: Self = Self { version: 0, token: Token::NONE };

    pub fn encode(self) -> Bytes {
        let mut bytes = Vec::with_capacity(24);
        bytes.extend_from_slice(&self.version.to_be_bytes());
        bytes.extend_from_slice(&self.token.0.to_be_bytes());
        bytes.into()
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let parts = bytes.split_first_chunk::<8>().and_then(|(version, rest)| {
            Some(Self {
                version: u64::from_be_bytes(*version),
                token: Token(u128::from_be_bytes(rest.try_into().ok()?)),
            })
        });
        parts.ok_or_else(|| {
            StoreError::Corrupt("a partition's own row has another length than ours".to_owned())
        })
    }
}

/// A row of a stamped table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamped {
    pub stamp: u64,
    /// `None`: deleted, and the stamp of it remembered.
    pub value: Option<Bytes>,
}

impl Stamped {
    pub fn encode(&self) -> Bytes {
        let mut bytes = Vec::with_capacity(9 + self.value.as_ref().map_or(0, Bytes::len));
        bytes.extend_from_slice(&self.stamp.to_be_bytes());
        bytes.push(u8::from(self.value.is_some()));
        if let Some(value) = &self.value {
            bytes.extend_from_slice(value);
        }
        bytes.into()
    }

    pub fn decode(bytes: &Bytes) -> Result<Self, StoreError> {
        let damaged = || StoreError::Corrupt("a stamped row has no stamp".to_owned());
        let (stamp, rest) = bytes.split_first_chunk::<8>().ok_or_else(damaged)?;
        let present = *rest.first().ok_or_else(damaged)?;
        Ok(Self { stamp: u64::from_be_bytes(*stamp), value: (present == 1).then(|| bytes.slice(9..)) })
    }
}
