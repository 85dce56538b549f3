//! Watched threads: a lead's new events on the sockets of those who asked for them, for as long as they may know.
//!
//! Every commit of a watched lead comes by here, with the lead as it left it. Whoever may no longer see the lead, or no
//! longer read what they asked to read, is told so before anything else, and what was queued for them is dropped: the door
//! closes on open sockets (PRV-3). What an event says is looked up when it is sent, by whoever holds the doors
//! ([`Threads`]), so that nothing is shown by a right that ended in between.

use async_trait::async_trait;
use dashmap::DashMap;
use hearthline_api::Event;
use hearthline_engine::{
    access::{self, Access, Action, AuditedReason, Refusal, Subject, Viewer},
    ids::LeadId,
    lead::Slot,
};
use hearthline_storage_api::rows::lead::{JournalRow, LeadRef};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{outbox::Outbox, session::Person};

/// Threads that one socket may watch; one more takes the place of the oldest.
pub(crate) const WATCHED: usize = 16;

/// Why a thread is watched no more: a stable code for the client.
pub type Code = &'static str;

/// What a watcher has.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// Raw content is shown.
    pub raw: bool,
    /// When the grant that it rests on ends, if it rests on one.
    pub ends_in: Option<Duration>,
}

/// Holds the doors to leads.
#[async_trait]
pub trait Threads: Send + Sync + 'static {
    /// The reason that a grant stands for, if it is this person's, for this lead and of this session.
    fn reason(&self, person: &Person, lead: LeadId, grant: &str) -> Option<AuditedReason>;
    /// Whether a person may watch a lead, as it stands now.
    ///
    /// # Errors
    /// Why not.
    async fn open(&self, person: &Person, lead: LeadId, grant: Option<&str>) -> Result<Opened, Code>;
    /// An event as that person may see it now; a reading of raw content is recorded first. `raw`: they were told that they
    /// read raw content.
    ///
    /// # Errors
    /// They may not any more, or not just now.
    async fn show(
        &self,
        person: &Person,
        lead: LeadId,
        row: JournalRow,
        grant: Option<&str>,
        raw: bool,
    ) -> Result<Event, Code>;
}

/// Who watches what, in this process.
#[derive(Default)]
pub(crate) struct Watched(DashMap<LeadRef, Vec<Watcher>>);

struct Watcher {
    socket: u64,
    viewer: Viewer,
    reason: Option<AuditedReason>,
    raw: Arc<AtomicBool>,
    outbox: Arc<Outbox>,
}

impl Watched {
    /// From now on every commit of the lead reaches the socket. `raw` is set once it is known whether raw content is shown.
    pub(crate) fn add(
        &self,
        lead: LeadRef,
        (socket, outbox): (u64, &Arc<Outbox>),
        viewer: Viewer,
        reason: Option<AuditedReason>,
    ) -> Arc<AtomicBool> {
        let raw = Arc::new(AtomicBool::new(reason.is_some()));
        let watcher = Watcher { socket, viewer, reason, raw: Arc::clone(&raw), outbox: Arc::clone(outbox) };
        let mut watchers = self.0.entry(lead).or_default();
        watchers.retain(|known| known.socket != socket);
        watchers.push(watcher);
        raw
    }

    /// Whether the socket still watches the lead.
    pub(crate) fn holds(&self, lead: LeadRef, socket: u64) -> bool {
        self.0.get(&lead).is_some_and(|watchers| watchers.iter().any(|known| known.socket == socket))
    }

    pub(crate) fn remove(&self, lead: LeadRef, socket: u64) {
        if let Some(mut watchers) = self.0.get_mut(&lead) {
            watchers.retain(|known| known.socket != socket);
        }
        self.0.remove_if(&lead, |_, watchers| watchers.is_empty());
    }

    /// A lead was committed.
    pub(crate) fn committed(&self, place: LeadRef, slot: &Slot, rows: &[JournalRow]) {
        let Some(mut watchers) = self.0.get_mut(&place) else { return };
        let subject = slot.lead().map(Subject::of);
        watchers.retain(|watcher| match closed(watcher, subject.as_ref()) {
            Some(code) => {
                watcher.outbox.unwatch(place.lead, code);
                false
            }
            None => rows.iter().all(|row| watcher.outbox.thread(place.lead, row.clone())),
        });
    }
}

/// Why a watcher may go on no more.
fn closed(watcher: &Watcher, subject: Option<&Subject>) -> Option<Code> {
    let Some(subject) = subject else { return Some(Refusal::NotVisible.code()) };
    match subject.access(&watcher.viewer, Action::SeeTimeline) {
        Access::Allowed => {}
        Access::NotFound => return Some(Refusal::NotVisible.code()),
        Access::Forbidden(refusal) => return Some(refusal.code()),
    }
    if !watcher.raw.load(Ordering::SeqCst) {
        return None;
    }
    // When the grant ends is the session's business; here it is about the lead alone.
    let reason = watcher.reason.as_ref();
    let in_time = reason.map_or_else(Default::default, |reason| reason.expires_at().plus_millis(-1));
    access::raw_grant(&watcher.viewer, subject, reason, in_time).err().map(Refusal::code)
}
