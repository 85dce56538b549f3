//! What ingestion counts.

use prometheus_client::{metrics::counter::Counter, registry::Registry};

/// Counters of one node.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Messages that became an event.
    pub applied: Counter,
    /// Messages that had been taken before.
    pub duplicates: Counter,
    /// Messages or entries that nobody could read.
    pub dead_letters: Counter,
    /// Attempts that were put off because storage was away or a queue was full.
    pub retries: Counter,
    /// Statuses that name no message of ours.
    pub unmatched_statuses: Counter,
    /// What providers told of an account and of no message.
    pub notices: Counter,
    /// Files that were fetched.
    pub media_kept: Counter,
    /// Files that are not taken.
    pub media_refused: Counter,
}

impl Metrics {
    /// Shows them under their names in a registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "hearthline_inbound_applied",
            "Messages that became an event",
            self.applied.clone(),
        );
        registry.register("hearthline_inbound_duplicates", "Messages taken before", self.duplicates.clone());
        registry.register(
            "hearthline_inbound_dead_letters",
            "Messages nobody could read",
            self.dead_letters.clone(),
        );
        registry.register("hearthline_inbound_retries", "Attempts put off", self.retries.clone());
        let unmatched = "Statuses that name no message of ours";
        registry.register(
            "hearthline_inbound_unmatched_statuses",
            unmatched,
            self.unmatched_statuses.clone(),
        );
        registry.register(
            "hearthline_inbound_notices",
            "What providers told of an account and of no message",
            self.notices.clone(),
        );
        registry.register("hearthline_media_kept", "Files that were fetched", self.media_kept.clone());
        registry.register("hearthline_media_refused", "Files that are not taken", self.media_refused.clone());
    }
}
