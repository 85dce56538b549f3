//! What the actors count. Labels carry no id of a person and no content.

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

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
    }
}
