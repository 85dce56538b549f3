//! From an entry's sealed bytes to messages: open, then normalize with the connection's normalizer. A normalizer that
//! panics is a reading that failed, not a consumer that dies.

use hearthline_engine::{
    identity::HomeRegion,
    message::Incoming,
    providers::{Normalized, StatusUpdate, Unreadable, twilio_sms},
    raw::Raw,
};
use hearthline_storage_api::rows::{codec::RowError, inbound::InboundEntry};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::ports::{ConnectionFacts, ConnectionKind, Ports};

/// What an entry holds.
pub(crate) enum Reading {
    /// Messages of clients, and what is told of ours.
    Messages { connection: ConnectionFacts, messages: Vec<Incoming>, statuses: Vec<StatusUpdate> },
    /// Nobody can read it: why, and its body.
    Unreadable { reason: String, body: Vec<u8> },
}

/// An entry's body, as the provider sent it.
pub(crate) async fn open(ports: &Ports, entry: &InboundEntry) -> Result<Vec<u8>, RowError> {
    let key = ports.keyring.ingest_key(entry.tenant, entry.day).await?;
    let binding = InboundEntry::binding(entry.tenant, &entry.connection);
    let body =
        key.open(binding, &entry.sealed).map_err(|source| RowError::Seal { column: "inbound", source })?;
    Ok(body.to_vec())
}

/// Opens and reads an entry.
pub(crate) async fn read(ports: &Ports, entry: &InboundEntry) -> Result<Reading, RowError> {
    let body = open(ports, entry).await?;
    let Some(connection) = ports.connections.connection(entry.connection).await? else {
        return Ok(Reading::Unreadable { reason: "the connection does not exist any more".to_owned(), body });
    };
    let raw = Raw::new(body.clone());
    let normalized = catch_unwind(AssertUnwindSafe(|| normalize(&connection, &raw)));
    Ok(match normalized {
        // Twilio's requests hold one part each, so one that can't be read is an error of the whole.
        Ok(Ok(read)) => match of_account(read, &connection.account) {
            Some(Normalized { messages, statuses, .. }) => {
                Reading::Messages { connection, messages, statuses }
            }
            None => Reading::Unreadable { reason: "the request names another account".to_owned(), body },
        },
        Ok(Err(unreadable)) => Reading::Unreadable { reason: unreadable.to_string(), body },
        Err(_) => Reading::Unreadable { reason: "the normalizer failed".to_owned(), body },
    })
}

/// What was read, as the connection's account's; none if a part of it names another.
fn of_account(mut read: Normalized, account: &str) -> Option<Normalized> {
    let messages = read.messages.iter_mut().map(|message| &mut message.account);
    let mut named: Vec<&mut String> =
        messages.chain(read.statuses.iter_mut().map(|status| &mut status.account)).collect();
    for name in named.iter_mut().filter(|name| name.is_empty()) {
        account.clone_into(name);
    }
    named.iter().all(|name| **name == account).then_some(read)
}

fn normalize(connection: &ConnectionFacts, body: &Raw<Vec<u8>>) -> Result<Normalized, Unreadable> {
    match connection.kind {
        ConnectionKind::TwilioSms => twilio_sms::normalize(body, HomeRegion::of_number(&connection.address)),
    }
}
