//! The desk at which files are fetched, kept and refused.

use futures::{FutureExt, TryFutureExt};
use hearthline_actors::{Clock, FailPoints, HealthBook};
use hearthline_engine::{health::Seen, media::MediaRefusal, raw::Raw, time::Timestamp};
use hearthline_storage_api::{
    Blobs, Keyring, Random, Store,
    rows::{
        attachment::{self, AttachmentRow, DUE_GROUPS, Due, Fate, FileInfo, NewAttachment},
        codec::RowError,
        content::{self, Shelf},
        lead::LeadRef,
    },
};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::JoinHandle};

use super::{FetchedFile, MediaQueue, MediaSource, NotFetched, queue::Next};
use crate::Metrics;

/// Files that are fetched at once: each may take the largest size in memory, twice while it is sealed.
const AT_ONCE: usize = 8;
/// Files read from the durable list at once.
const PAGE: usize = 1_000;
/// How long the store is left alone after a failure.
const STORE_REST: Duration = Duration::from_secs(1);
/// The longest wait between two attempts, whoever asks for it.
const LONGEST_WAIT_MS: i64 = 6 * 3_600_000;

/// How often, and how soon, a file is tried again.
#[derive(Clone, Copy, Debug)]
pub struct MediaSettings {
    /// After so many attempts the last failure is final.
    pub attempts: u32,
    /// Before the second attempt; each further one waits twice as long.
    pub first_wait: Duration,
}

/// Everything from outside.
pub struct MediaPorts {
    pub store: Arc<dyn Store>,
    pub keyring: Arc<dyn Keyring>,
    pub blobs: Arc<dyn Blobs>,
    pub random: Arc<dyn Random>,
    pub clock: Arc<dyn Clock>,
    pub points: Arc<dyn FailPoints>,
    pub source: Arc<dyn MediaSource>,
    pub queue: Arc<MediaQueue>,
    pub metrics: Arc<Metrics>,
    /// Where what tells of connections is noted (ING-12).
    pub health: Arc<HealthBook>,
    pub settings: MediaSettings,
}

/// The running desk. Dropping it does not end it: see [`MediaDesk::stop`].
pub struct MediaDesk {
    task: JoinHandle<()>,
}

impl MediaDesk {
    /// Starts to fetch what an earlier process left, and what comes.
    #[must_use]
    pub fn start(ports: Arc<MediaPorts>) -> Self {
        Self { task: tokio::spawn(run(ports)) }
    }

    /// Fetches nothing more. What is not dealt with is found by the next start.
    pub fn stop(&self) {
        self.task.abort();
    }
}

async fn run(ports: Arc<MediaPorts>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    recall(&ports).await;
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let due = loop {
            match ports.queue.next(ports.clock.now()) {
                Next::Fetch(due) => break due,
                Next::At(at) => {
                    tokio::select! {
                        () = ports.clock.sleep_until(at) => {}
                        () = ports.queue.changed() => {}
                    }
                }
                Next::Nothing { more: true } => recall(&ports).await,
                Next::Nothing { more: false } => ports.queue.changed().await,
            }
        };
        let ports = Arc::clone(&ports);
        tokio::spawn(async move {
            let dealt = AssertUnwindSafe(deal_with(&ports, due)).catch_unwind().await;
            if dealt.is_err() {
                tracing::error!(attachment = %due.id, "fetching a file failed; the next start tries again");
            }
            ports.queue.finished(due.connection);
            drop(place);
        });
    }
}

/// Puts what the durable list holds in line.
async fn recall(ports: &MediaPorts) {
    for group in 0..DUE_GROUPS {
        let mut after = None;
        loop {
            match attachment::due(&*ports.store, group, after.clone(), PAGE).await {
                Ok((files, next)) => {
                    files.into_iter().for_each(|due| ports.queue.push(due));
                    after = next;
                    if after.is_none() {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the files that are to be fetched can't be listed yet");
                    tokio::time::sleep(STORE_REST).await;
                }
            }
        }
    }
}

/// One attempt. What the store can't take now is put in line again.
async fn deal_with(ports: &MediaPorts, due: Due) {
    match attempt(ports, due).await {
        Ok(()) => {}
        Err(error) if error.is_retryable() => {
            tracing::warn!(attachment = %due.id, %error, "a file is put off");
            let rest_ms = i64::try_from(STORE_REST.as_millis()).unwrap_or(i64::MAX);
            let at = ports.clock.now().plus_millis(ports.clock.pace().in_wall_millis(rest_ms));
            ports.queue.push(Due { at, ..due });
        }
        Err(error) => {
            // The lead's key is gone, or the row is damaged: there is nobody to show the file to.
            tracing::error!(attachment = %due.id, %error, "a file can't be dealt with");
            let struck = due.strike(&*ports.store).map_err(|error| {
                tracing::warn!(attachment = %due.id, %error, "and stays on the list");
            });
            let _ = struck.await;
        }
    }
}

async fn attempt(ports: &MediaPorts, due: Due) -> Result<(), RowError> {
    let Some(row) = attachment::load(&*ports.store, due.tenant, due.id).await? else {
        return due.strike(&*ports.store).await;
    };
    let Fate::Waiting { attempts, .. } = row.fate else { return due.strike(&*ports.store).await };
    let place = LeadRef { tenant: due.tenant, lead: row.lead };
    let key = ports.keyring.lead_key(place.tenant, place.lead).await?;
    let info = row.info(&*key, due.tenant, due.id)?;
    let file = info.announced.clone().ok_or(RowError::Form { column: "attachment" })?;
    let (fate, info) = match ports.source.fetch(due.tenant, due.connection, &file).await {
        Ok(file) => {
            if file.by_credentials {
                ports.health.note(due.tenant, due.connection, Seen::CredentialsTaken);
            }
            keep(ports, due, &row, info, file).await?
        }
        Err(failed) => {
            if failed.reason == MediaRefusal::NotAuthorized {
                let code = failed.reason.code().to_owned();
                ports.health.note(due.tenant, due.connection, Seen::CredentialsRejected { code });
            }
            (after_failure(ports, attempts + 1, failed), info)
        }
    };
    ports.points.reach_aside("media_fetched").await;
    let new =
        NewAttachment { id: due.id, place, from: row.from, created_at: row.created_at, fate, info: &info };
    attachment::keep(&*ports.store, &*key, new).await?;
    told(ports, due, fate).await
}

/// Keeps the bytes. Until the row says so, nobody finds them.
async fn keep(
    ports: &MediaPorts,
    due: Due,
    row: &AttachmentRow,
    info: FileInfo,
    file: FetchedFile,
) -> Result<(Fate, FileInfo), RowError> {
    let size_bytes = file.bytes.len() as u64;
    let shelf = Shelf {
        store: &*ports.store,
        keyring: &*ports.keyring,
        blobs: &*ports.blobs,
        random: &*ports.random,
    };
    let (whose, now) = ((row.lead, due.id), ports.clock.now());
    let content = content::keep(shelf, due.tenant, whose, &Raw::new(file.bytes), now).await?;
    Ok((Fate::Kept { content, size_bytes }, FileInfo { mime_type: file.mime_type, ..info }))
}

fn after_failure(ports: &MediaPorts, attempts: u32, failed: NotFetched) -> Fate {
    let (now, settings) = (ports.clock.now(), ports.settings);
    let NotFetched { reason, retry_after } = failed;
    if !reason.may_pass() || attempts >= settings.attempts {
        return Fate::Refused { reason, at: now };
    }
    let first_ms = i64::try_from(settings.first_wait.as_millis()).unwrap_or(LONGEST_WAIT_MS);
    let wait_ms = first_ms.saturating_mul(1 << (attempts - 1).min(20));
    let asked_ms = retry_after.map_or(0, |asked| i64::from(asked.0) * 1_000);
    let wait_ms = wait_ms.max(asked_ms).min(LONGEST_WAIT_MS);
    let due_at = now.plus_millis(ports.clock.pace().in_wall_millis(wait_ms));
    Fate::Waiting { attempts, due_at, reason: Some(reason) }
}

/// The row says what became of it: so do the list, the line and the counters.
async fn told(ports: &MediaPorts, due: Due, fate: Fate) -> Result<(), RowError> {
    match fate {
        Fate::Waiting { due_at, reason, .. } => {
            log(due, "is tried again", reason, Some(due_at));
            let later = Due { at: due_at, ..due };
            later.note(&*ports.store, &fate).await?;
            ports.queue.push(later);
            return Ok(());
        }
        Fate::Kept { .. } => {
            ports.health.note(due.tenant, due.connection, Seen::FileKept);
            ports.metrics.media_kept.inc();
        }
        Fate::Refused { reason, .. } => {
            log(due, "is refused", Some(reason), None);
            ports.health.note(due.tenant, due.connection, Seen::FileRefused(reason));
            ports.metrics.media_refused.inc();
        }
    }
    due.strike(&*ports.store).await
}

fn log(due: Due, what: &str, reason: Option<MediaRefusal>, again_at: Option<Timestamp>) {
    let reason = reason.map_or("", MediaRefusal::code);
    let again_at = again_at.map(Timestamp::as_millis);
    tracing::info!(connection = %due.connection, attachment = %due.id, reason, again_at, "a file {what}");
}
