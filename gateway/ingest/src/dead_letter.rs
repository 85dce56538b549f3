//! What nobody can read is kept, sealed under a key of its own, and never blocks the stream (ING-10).

use hearthline_engine::{health::Seen, ids::ConnectionId, raw::Raw};
use hearthline_storage_api::{
    DataKey, Purpose, Sealing,
    rows::{
        codec::RowError,
        inbound::InboundEntry,
        queues::{DeadLetterCause, DeadLetterRow, dead_letter_body_binding, keep_dead_letter},
    },
};

use uuid::{Builder, Uuid};

use crate::ports::Ports;

/// A request, or one part of it, that comes among the dead letters.
pub(crate) struct Letter {
    /// Through which connection it came: its owner may see what is in it.
    pub connection: ConnectionId,
    /// Tells the parts of one request apart; empty: all of it.
    pub part: String,
    pub cause: DeadLetterCause,
    /// Names the field or the failure, never its content.
    pub reason: String,
    /// A request of its own.
    pub body: Raw<Vec<u8>>,
}

/// Keeps a letter. Its id follows from the entry and the part: an entry that comes again after a crash, or is kept twice
/// because the first answer was lost, makes the same letters. What dies once more in a replay is the letter that it was.
pub(crate) async fn keep(ports: &Ports, entry: &InboundEntry, letter: &Letter) -> Result<(), RowError> {
    let key = ports.keyring.tenant_key(entry.tenant, Purpose::DeadLetter).await?;
    let again = entry.replay.filter(|replay| replay.alone || letter.part.is_empty());
    let id = again.map_or_else(|| letter_id(&*key, entry, &letter.part), |replay| replay.letter);
    let sealing = Sealing { key: &*key, binding: dead_letter_body_binding(entry.tenant, &id) };
    let row = DeadLetterRow {
        id,
        connection: letter.connection,
        received_at: entry.received_at,
        dead_at: ports.clock.now(),
        cause: letter.cause,
        reason: letter.reason.clone(),
        body: letter.body.seal(&sealing),
        large: None,
        alone: !letter.part.is_empty() || again.is_some_and(|replay| replay.alone),
        replays: again.map_or(0, |replay| replay.attempt),
        replayed_at: None,
    };
    keep_dead_letter(&*ports.store, &*key, entry.tenant, &row).await?;
    ports.metrics.dead_letters.inc();
    ports.health.note(entry.tenant, letter.connection, Seen::DeadLetter { cause: letter.cause.code() });
    Ok(())
}

/// The entry's sealed bytes are its own, by their nonce, and the same each time it is delivered.
fn letter_id(key: &dyn DataKey, entry: &InboundEntry, part: &str) -> Uuid {
    let of_entry = key.keyed_hash("dead_letter", &entry.sealed);
    let hash = if part.is_empty() {
        of_entry
    } else {
        key.keyed_hash("dead_letter_part", &[&of_entry[..], part.as_bytes()].concat())
    };
    let random = hash.first_chunk().expect("a hash has 32 bytes");
    let millis = u64::try_from(entry.received_at.as_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, random).into_uuid()
}
