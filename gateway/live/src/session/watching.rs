//! The threads that one socket watches: what it is told of each, and when it ends.

use hearthline_api::{ServerFrame, Watch};
use hearthline_engine::ids::LeadId;
use hearthline_storage_api::rows::lead::{JournalRow, LeadRef};
use std::sync::atomic::Ordering;
use tokio::time::Instant;

use super::{Session, Step};
use crate::threads::{Opened, WATCHED};

/// A watched thread.
pub(super) struct Watching {
    lead: LeadId,
    grant: Option<String>,
    raw: bool,
    /// When the grant that it rests on ends.
    ends_at: Option<Instant>,
}

impl Session<'_> {
    /// Begins to watch. The hub knows of it before the right is looked up, so that a right that ends in between is noticed.
    pub(super) async fn watch(&mut self, Watch { lead, grant }: Watch) -> Step {
        self.unwatch(lead);
        if self.watching.len() >= WATCHED {
            let oldest = self.watching.remove(0).lead;
            self.end_watch(oldest, "replaced").await?;
        }
        let place = self.place_of(lead);
        let threads = &self.all.threads;
        let reason = grant.as_deref().and_then(|grant| threads.reason(&self.person, lead, grant));
        let socket = (self.place.id, &self.place.outbox);
        let shows_raw = self.all.hub.watched.add(place, socket, self.person.viewer, reason);
        self.place.watches.push(place);
        match threads.open(&self.person, lead, grant.as_deref()).await {
            Ok(Opened { raw, ends_in }) => {
                shows_raw.store(raw, Ordering::SeqCst);
                let ends_at = ends_in.map(|left| Instant::now() + left);
                self.watching.push(Watching { lead, grant, raw, ends_at });
                self.send_frame(&ServerFrame::Watched { lead_id: lead.0, raw }).await
            }
            Err(code) => self.end_watch(lead, code).await,
        }
    }

    /// An event of a watched thread: shown by the right of this moment.
    pub(super) async fn tell(&mut self, lead: LeadId, row: JournalRow) -> Step {
        let Some(watching) = self.watching.iter().find(|watching| watching.lead == lead) else {
            return Ok(());
        };
        let (grant, raw) = (watching.grant.clone(), watching.raw);
        let shown = self.all.threads.show(&self.person, lead, row, grant.as_deref(), raw).await;
        // The right may have ended while the event was looked up: then the hub has queued the news of it.
        if !self.all.hub.watched.holds(self.place_of(lead), self.place.id) {
            return Ok(());
        }
        match shown {
            Ok(event) => self.send_frame(&ServerFrame::Event(Box::new(event))).await,
            Err(code) => self.end_watch(lead, code).await,
        }
    }

    /// Tells that a thread is watched no more.
    pub(super) async fn end_watch(&mut self, lead: LeadId, code: &'static str) -> Step {
        self.unwatch(lead);
        self.send_frame(&ServerFrame::Unwatched { lead_id: lead.0, code: code.to_owned() }).await
    }

    /// The thread whose grant ends next, once it has; without one, never.
    pub(super) async fn next_expiry(watching: &[Watching]) -> LeadId {
        let ends = watching.iter().filter_map(|watching| Some((watching.ends_at?, watching.lead)));
        match ends.min() {
            Some((at, lead)) => {
                tokio::time::sleep_until(at).await;
                lead
            }
            None => std::future::pending().await,
        }
    }

    fn unwatch(&mut self, lead: LeadId) {
        let place = self.place_of(lead);
        self.all.hub.watched.remove(place, self.place.id);
        self.place.watches.retain(|known| *known != place);
        self.watching.retain(|watching| watching.lead != lead);
    }

    const fn place_of(&self, lead: LeadId) -> LeadRef {
        LeadRef { tenant: self.person.tenant, lead }
    }
}
