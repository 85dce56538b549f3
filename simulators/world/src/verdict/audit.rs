//! The audit log is whole, holds every change of every lead once, and nothing else of them (PRV-4).

use hearthline_engine::{
    audit::Subject,
    lead::{Event, audited},
};
use hearthline_storage_api::rows::audit::{EntryRow, Finding};
use std::collections::BTreeMap;

use super::facts::Facts;

/// What is in a tenant's log.
#[derive(Default)]
pub(super) struct Log {
    pub entries: Vec<EntryRow>,
    pub findings: Vec<Finding>,
}

pub(super) fn judge(facts: &Facts, broken: &mut Vec<String>) {
    // How often each action was recorded of each commit.
    let mut recorded: BTreeMap<(uuid::Uuid, u64, String), i64> = BTreeMap::new();
    for (tenant, log) in &facts.logs {
        for finding in &log.findings {
            broken.push(format!("the audit log of {tenant} is not whole: {finding:?}"));
        }
        for row in log.entries.iter().filter(|row| matches!(row.subject, Subject::Lead(_))) {
            *recorded.entry((row.origin.id, row.origin.version, row.action.to_string())).or_default() += 1;
        }
    }
    for known in facts.leads.values() {
        if !known.stored.audit.is_empty() {
            broken.push(format!("lead {} rests and the audit log has not heard of all", known.place.lead));
        }
        for row in &known.timeline {
            // The entry of a message to a client has the version of its latest news: see `sends`.
            if matches!(row.event, Event::Send(_)) {
                continue;
            }
            let Some(deed) = audited(&row.event) else { continue };
            let made = (known.place.lead.0, row.version, deed.action.to_string());
            let times = recorded.entry(made).or_default();
            *times -= 1;
            if *times < 0 {
                broken.push(format!(
                    "lead {}: {} of version {} is not in the audit log",
                    known.place.lead, deed.action, row.version
                ));
            }
        }
    }
    let in_timeline = [
        "message.received",
        "lead.state_changed",
        "card.done",
        "lead.status_changed",
        "lead.owner_changed",
        "lead.deleted",
        "rescue.handed_back",
    ];
    for ((lead, version, action), left) in recorded {
        if left > 0 && in_timeline.contains(&action.as_str()) {
            broken.push(format!(
                "lead {lead}: {action} of version {version} is recorded {left} times too often"
            ));
        }
    }
}
