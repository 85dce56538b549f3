//! What a person is told of leads that are not theirs (IDN-6): a client of somebody else wrote to their number. A
//! projection; the newest first. Sealed under the lead's key, like the journal row that it is.

use bytes::Bytes;
use hearthline_engine::{
    ids::{EventId, LeadId, TenantId, UserId},
    time::Timestamp,
};

use super::lead::LeadRef;
use crate::{
    Partition, Table,
    keys::{KeyReader, KeyWriter, ShortKey},
};

/// Where a user's notices stand.
#[must_use]
pub fn notices(tenant: TenantId, user: UserId) -> Partition {
    let key = KeyWriter::new().fixed(tenant.as_bytes()).fixed(user.as_bytes()).finish();
    Partition { table: Table::Notice, key }
}

/// A notice's key: when the message came, which it is, and whose.
#[must_use]
pub fn notice_key(at: Timestamp, message: EventId, lead: LeadRef) -> Bytes {
    KeyWriter::new()
        .number_descending(at.as_millis().unsigned_abs())
        .fixed(message.as_bytes())
        .fixed(lead.lead.as_bytes())
        .finish()
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeOf {
    pub at: Timestamp,
    pub message: EventId,
    pub lead: LeadId,
}

/// What a key names.
///
/// # Errors
/// [`ShortKey`].
pub fn read_notice_key(key: &[u8]) -> Result<NoticeOf, ShortKey> {
    let mut reader = KeyReader::new(key);
    let at = Timestamp::from_millis(i64::try_from(reader.number_descending()?).unwrap_or(i64::MAX));
    let message = EventId::from_bytes(reader.fixed()?);
    Ok(NoticeOf { at, message, lead: LeadId::from_bytes(reader.fixed()?) })
}
