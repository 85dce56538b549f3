//! What the actors count. Labels carry no id of a person and no content.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// What a provider said to a message: a closed list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct SentLabels {
    pub outcome: &'static str,
}

/// Why a file is not taken: the codes of `MediaRefusal`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RefusalLabels {
    pub reason: &'static str,
}

/// Counters and gauges of one node.
#[derive(Debug)]
pub struct Metrics {
    /// Runnable effects: projections and claims that are due. 0 together with the inbound backlog means settled.
    pub outbox_backlog: Gauge,
    pub hot_leads: Gauge,
    pub quarantined_leads: Gauge,
    pub commits: Counter,
    pub commit_conflicts: Counter,
    pub rejected_commands: Counter,
    pub duplicates: Counter,
    pub timers_fired: Counter,
    pub lead_failures: Counter,
    /// Seconds from the start of a commit to its durable answer.
    pub commit_seconds: Histogram,
    /// Attempts to send, by what the provider said; `undelivered` once more where it said so later.
    pub sends: Family<SentLabels, Counter>,
    /// Files that are not taken, by the reason.
    pub files_refused: Family<RefusalLabels, Counter>,
    /// Answers of providers that do not know a connection's credentials.
    pub credentials_rejected: Counter,
    /// Connections of which something was seen that is in no row yet.
    pub health_unwritten: Gauge,
    /// What was seen of connections and not counted, for want of room.
    pub health_not_counted: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            outbox_backlog: Gauge::default(),
            hot_leads: Gauge::default(),
            quarantined_leads: Gauge::default(),
            commits: Counter::default(),
            commit_conflicts: Counter::default(),
            rejected_commands: Counter::default(),
            duplicates: Counter::default(),
            timers_fired: Counter::default(),
            lead_failures: Counter::default(),
            commit_seconds: Histogram::new([0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0]),
            sends: Family::default(),
            files_refused: Family::default(),
            credentials_rejected: Counter::default(),
            health_unwritten: Gauge::default(),
            health_not_counted: Counter::default(),
        }
    }
}

impl Metrics {
    /// Shows them under their names in a registry.
    pub fn register(&self, registry: &mut Registry) {
        let outbox = "Effects that are due and not carried out yet";
        registry.register("hearthline_outbox_backlog", outbox, self.outbox_backlog.clone());
        registry.register("hearthline_hot_leads", "Leads in memory", self.hot_leads.clone());
        registry.register(
            "hearthline_quarantined_leads",
            "Leads that keep failing",
            self.quarantined_leads.clone(),
        );
        registry.register("hearthline_commits", "Commits of leads", self.commits.clone());
        registry.register(
            "hearthline_commit_conflicts",
            "Commits that met another writer",
            self.commit_conflicts.clone(),
        );
        registry.register(
            "hearthline_rejected_commands",
            "Commands refused by a rule",
            self.rejected_commands.clone(),
        );
        registry.register("hearthline_duplicates", "Messages delivered again", self.duplicates.clone());
        registry.register("hearthline_timers_fired", "Deadlines that woke a lead", self.timers_fired.clone());
        registry.register("hearthline_lead_failures", "Lead actors that died", self.lead_failures.clone());
        registry.register(
            "hearthline_commit_seconds",
            "Time to a durable commit",
            self.commit_seconds.clone(),
        );
        self.register_connections(registry);
    }

    /// What is seen of connections (ING-12).
    fn register_connections(&self, registry: &mut Registry) {
        registry.register("hearthline_sends", "Attempts to send", self.sends.clone());
        let refused = "Files that are not taken, by the reason";
        registry.register("hearthline_files_refused", refused, self.files_refused.clone());
        registry.register(
            "hearthline_credentials_rejected",
            "Answers of providers that do not know a connection's credentials",
            self.credentials_rejected.clone(),
        );
        let unwritten = "Connections of which something was seen that is not durable yet";
        registry.register("hearthline_health_unwritten", unwritten, self.health_unwritten.clone());
        registry.register(
            "hearthline_health_not_counted",
            "What was seen of connections and not counted, for want of room",
            self.health_not_counted.clone(),
        );
    }
}
