//! What nobody can read is kept, sealed under a key of its own, and never blocks the stream (ING-10).

use bytes::Bytes;
use hearthline_engine::ids::ConnectionId;
use hearthline_storage_api::{
    Purpose, Write,
    rows::{
        codec::{RowError, seal_row},
        inbound::InboundEntry,
        queues::{DeadLetterRow, dead_letter_binding, dead_letters},
    },
};

use crate::ports::Ports;

/// Keeps an entry's body with the reason why nobody could read it.
pub(crate) async fn keep(
    ports: &Ports,
    entry: &InboundEntry,
    body: &[u8],
    reason: String,
) -> Result<(), RowError> {
    let now = ports.clock.now();
    let id = ports.random.uuid_v7(now);
    let connection: ConnectionId = entry.connection;
    let row = DeadLetterRow {
        id,
        connection,
        received_at: entry.received_at,
        dead_at: now,
        reason,
        body: body.to_vec(),
    };
    let key = ports.keyring.tenant_key(entry.tenant, Purpose::DeadLetter).await?;
    let value = seal_row(&*key, dead_letter_binding(entry.tenant, &id), &row);
    let write = Write::Put { key: Bytes::copy_from_slice(id.as_bytes()), value };
    ports.store.put(&dead_letters(entry.tenant), 1, vec![write]).await?;
    ports.metrics.dead_letters.inc();
    Ok(())
}
