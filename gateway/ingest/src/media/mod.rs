//! Files of messages (DOC-1): noted durably before their message is committed, fetched afterwards, tried again for a
//! while, kept once for equal bytes or refused with a reason.
//!
//! What it promises: a file of a committed message is fetched or refused, whatever dies in between, and shown once. Nobody
//! waits for a file but its own connection's next ones: so many are fetched at once, so many of them of one connection.
//!
//! What it deliberately does not know: HTTP, and which addresses a provider serves files at.

mod desk;
mod queue;

pub use desk::{MediaDesk, MediaPorts, MediaSettings};
pub use queue::MediaQueue;

use async_trait::async_trait;
use hearthline_engine::{
    ids::{ConnectionId, EventId, TenantId},
    media::{Announced, MediaRefusal, attachment_id},
    message::Incoming,
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::rows::{
    attachment::{self, Due, Fate, FileInfo, NewAttachment, Origin},
    codec::RowError,
    lead::LeadRef,
};

use crate::ports::Ports;

/// A file that came.
pub struct FetchedFile {
    pub bytes: Vec<u8>,
    /// What it is, by its bytes and by what was said of it.
    pub mime_type: String,
    /// The provider gives it to nobody without the connection's credentials: they are good.
    pub by_credentials: bool,
}

/// Why it did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFetched {
    pub reason: MediaRefusal,
    /// What the provider asks for, if it does.
    pub retry_after: Option<Seconds>,
}

/// Fetches files from providers.
#[async_trait]
pub trait MediaSource: Send + Sync + 'static {
    /// The file, with the connection's credentials.
    ///
    /// # Errors
    /// [`NotFetched`].
    async fn fetch(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        file: &Announced,
    ) -> Result<FetchedFile, NotFetched>;
}

/// Notes durably what files of a message are to be fetched, before the message is committed: a message that is delivered
/// again notes them again, and of those that came further nothing changes.
pub(crate) async fn note(
    ports: &Ports,
    place: LeadRef,
    event: EventId,
    (connection, received_at): (ConnectionId, Timestamp),
    message: &Incoming,
) -> Result<(), RowError> {
    let files = message.content.announced();
    if files.is_empty() {
        return Ok(());
    }
    let key = ports.keyring.lead_key(place.tenant, place.lead).await?;
    for (n, file) in files {
        let id = attachment_id(event, n);
        let fate = Fate::Waiting { attempts: 0, due_at: received_at, reason: None };
        let due = Due { at: received_at, connection, tenant: place.tenant, id };
        let info = &FileInfo {
            filename: file.filename.clone(),
            mime_type: file.mime_type.clone().unwrap_or_default(),
            announced: Some(file),
        };
        let from = Origin::Message { event, connection };
        let new = NewAttachment { id, place, from, created_at: received_at, fate, info };
        attachment::keep(&*ports.store, &*key, new).await?;
        due.note(&*ports.store, &fate).await?;
        ports.media.push(due);
    }
    Ok(())
}
