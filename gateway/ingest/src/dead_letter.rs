//! What nobody can read is kept, sealed under a key of its own, and never blocks the stream (ING-10).

use bytes::Bytes;
use hearthline_engine::ids::ConnectionId;
use hearthline_storage_api::{
    DataKey, Purpose, Write,
    rows::{
        codec::{RowError, seal_row},
        inbound::InboundEntry,
        queues::{DeadLetterRow, dead_letter_binding, dead_letters},
    },
};

use uuid::{Builder, Uuid};

use crate::ports::Ports;

/// Keeps an entry's body with the reason why nobody could read it. The letter's id follows from the entry: an entry that
/// comes again after a crash, or is kept twice because the first answer was lost, is one letter.
pub(crate) async fn keep(
    ports: &Ports,
    entry: &InboundEntry,
    body: &[u8],
    reason: String,
) -> Result<(), RowError> {
    let key = ports.keyring.tenant_key(entry.tenant, Purpose::DeadLetter).await?;
    let id = letter_id(&*key, entry);
    let connection: ConnectionId = entry.connection;
    let row = DeadLetterRow {
        id,
        connection,
        received_at: entry.received_at,
        dead_at: ports.clock.now(),
        reason,
        body: body.to_vec(),
    };
    let value = seal_row(&*key, dead_letter_binding(entry.tenant, &id), &row);
    let write = Write::Put { key: Bytes::copy_from_slice(id.as_bytes()), value };
    ports.store.put(&dead_letters(entry.tenant), 1, vec![write]).await?;
    ports.metrics.dead_letters.inc();
    Ok(())
}

/// The entry's sealed bytes are its own, by their nonce, and the same each time it is delivered.
fn letter_id(key: &dyn DataKey, entry: &InboundEntry) -> Uuid {
    let hash = key.keyed_hash("dead_letter", &entry.sealed);
    let random = hash.first_chunk().expect("a hash has 32 bytes");
    let millis = u64::try_from(entry.received_at.as_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, random).into_uuid()
}
