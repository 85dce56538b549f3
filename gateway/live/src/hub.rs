//! Which sockets a user has open, and what their deck tells them.

use dashmap::DashMap;
use hearthline_actors::{Clock, DeckDelta, DeckFeed};
use hearthline_api::{EngineClock, ServerFrame, close::Close, words::Words};
use hearthline_engine::{
    access::Viewer,
    ids::{TenantId, UserId},
    lead::Slot,
    time::Timestamp,
};
use hearthline_storage_api::rows::lead::{JournalRow, LeadRef};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    metrics::Metrics,
    outbox::{Frame, Outbox},
    render::render_op,
    session::Person,
    threads::Watched,
};

/// Sockets that one user may hold at a time; more are told to come back later.
const SOCKETS_PER_USER: usize = 32;

/// All open sockets of this process.
pub struct Hub {
    clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    users: DashMap<(TenantId, UserId), Vec<Entry>>,
    pub(crate) watched: Watched,
    next: AtomicU64,
}

struct Entry {
    id: u64,
    viewer: Viewer,
    words: &'static dyn Words,
    session: uuid::Uuid,
    outbox: Arc<Outbox>,
}

/// A socket's place in the hub; leaving gives it back.
pub(crate) struct Place {
    hub: Arc<Hub>,
    user: (TenantId, UserId),
    pub(crate) id: u64,
    pub(crate) outbox: Arc<Outbox>,
    /// The threads it watches.
    pub(crate) watches: Vec<LeadRef>,
}

impl Hub {
    /// An empty hub.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        Self { clock, metrics, users: DashMap::new(), watched: Watched::default(), next: AtomicU64::new(0) }
    }

    /// Adds a socket; from now on its queue gets every delta of the user's deck.
    pub(crate) fn join(self: &Arc<Self>, person: &Person) -> Option<Place> {
        let user = (person.tenant, person.viewer.user);
        let mut sockets = self.users.entry(user).or_default();
        if sockets.len() >= SOCKETS_PER_USER {
            return None;
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let outbox = Arc::new(Outbox::default());
        let entry = Entry {
            id,
            viewer: person.viewer,
            words: person.words,
            session: person.session,
            outbox: Arc::clone(&outbox),
        };
        sockets.push(entry);
        drop(sockets);
        self.metrics.sockets.inc();
        Some(Place { hub: Arc::clone(self), user, id, outbox, watches: Vec::new() })
    }

    /// Ends all sockets of a session: it was signed out or revoked.
    pub fn close_session(&self, session: uuid::Uuid, why: Close) {
        self.close_where(why, |entry| entry.session == session);
    }

    /// Ends all sockets of a user: their rights changed, or they signed out everywhere.
    pub fn close_user(&self, user: UserId, why: Close) {
        self.close_where(why, |entry| entry.viewer.user == user);
    }

    fn close_where(&self, why: Close, ends: impl Fn(&Entry) -> bool) {
        for sockets in &self.users {
            sockets.iter().filter(|entry| ends(entry)).for_each(|entry| entry.outbox.close(why));
        }
    }

    /// Ends all sockets: the process stops.
    pub fn close_all(&self, why: Close) {
        self.users.iter().for_each(|sockets| sockets.iter().for_each(|entry| entry.outbox.close(why)));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What a client tells its own clock by.
    pub(crate) fn clock(&self, now: Timestamp) -> EngineClock {
        EngineClock::showing(now, self.clock.pace())
    }
}

impl DeckFeed for Hub {
    fn changed(&self, tenant: TenantId, user: UserId, delta: DeckDelta) {
        let Some(sockets) = self.users.get(&(tenant, user)) else { return };
        let Some(first) = sockets.first() else { return };
        let (offset, prev) = (delta.position.offset, delta.prev);
        let now = self.clock.now();
        let ops = delta.ops.iter().map(|op| render_op(tenant, &first.viewer, first.words, op, now)).collect();
        let text = ServerFrame::Delta { offset, prev, ops }.encode().into();
        let frame = Frame { prev, offset, text };
        sockets.iter().for_each(|entry| entry.outbox.offer(&frame));
    }

    fn committed(&self, lead: LeadRef, slot: &Slot, rows: &[JournalRow]) {
        self.watched.committed(lead, slot, rows);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hub.metrics.sockets.dec();
        for lead in self.watches.drain(..) {
            self.hub.watched.remove(lead, self.id);
        }
        if let Some(mut sockets) = self.hub.users.get_mut(&self.user) {
            sockets.retain(|entry| entry.id != self.id);
        }
        self.hub.users.remove_if(&self.user, |_, sockets| sockets.is_empty());
    }
}
