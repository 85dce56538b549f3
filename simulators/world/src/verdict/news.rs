//! When the engine learned what of its messages to clients: read from the audit log, which has the time of each commit.
//! Only times are believed; what happened the exchange's own ledger says.

use hearthline_engine::{
    audit::Actor,
    ids::{LeadId, TenantId, UserId},
    time::Timestamp,
};
use hearthline_storage_api::{
    Keyring,
    rows::{
        audit::{EntryRow, open_detail},
        codec::RowError,
    },
};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::audit::Log;
use crate::{letters::Reply, running::Durable};

/// One thing that a lead learned of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct News {
    /// When that was committed.
    pub at: Timestamp,
    /// By which commit, and which one of it.
    order: (u64, u32),
    pub what: Learned,
}

impl News {
    /// The version that the commit made.
    pub(super) const fn version(&self) -> u64 {
        self.order.0
    }
    pub(super) const fn is_of_the_same_commit(&self, other: &Self) -> bool {
        self.order.0 == other.order.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Learned {
    Requested,
    Accepted,
    /// It will not arrive.
    Undelivered,
    /// It got further.
    Further,
    Failed,
    /// Because the client does not want it.
    FailedByOptOut,
    TakenBack,
    Touched,
    TouchRevoked,
    CallStarted,
    CallEnded,
}

/// Everything that was learned, by message and in order; and when each message of a client was committed.
#[derive(Default)]
pub(super) struct AllNews {
    pub of_messages: BTreeMap<(LeadId, Uuid), Vec<News>>,
    pub received: BTreeMap<(LeadId, u64), Timestamp>,
    /// Hand-backs: of which lead by which commit, when, and by whom.
    pub handed_back: Vec<(LeadId, u64, Timestamp, Actor)>,
    /// When each version of a lead was committed that the log tells of.
    pub committed: BTreeMap<(LeadId, u64), Timestamp>,
    /// The attempts by which the provider took messages.
    pub attempts: BTreeMap<Uuid, Attempt>,
}

/// Who wrote a message that the provider took, and when the attempt began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub by: UserId,
    pub tried_at: Timestamp,
}

impl AllNews {
    pub(super) async fn read(
        durable: &Durable,
        keyring: &dyn Keyring,
        logs: &BTreeMap<TenantId, Log>,
    ) -> Result<Self, RowError> {
        let mut all = Self::default();
        for (tenant, log) in logs {
            for row in &log.entries {
                let Some(lead) = row.subject.lead() else { continue };
                all.committed.insert((lead, row.origin.version), row.at);
                if row.action == "rescue.handed_back" {
                    all.handed_back.push((lead, row.origin.version, row.at, row.actor));
                } else if row.action == "message.received" {
                    all.received.insert((lead, row.origin.version), row.at);
                } else if is_of_a_message(row) {
                    let values = open_detail(keyring, *tenant, row).await?.map(|detail| detail.values);
                    all.take(lead, row, &values.unwrap_or_default());
                }
            }
        }
        for news in all.of_messages.values_mut() {
            news.sort_by_key(|news| news.order);
        }
        all.attempts = attempts(durable);
        Ok(all)
    }

    fn take(&mut self, lead: LeadId, row: &EntryRow, values: &[String]) {
        let Some(id) = values.first().and_then(|id| Uuid::parse_str(id).ok()) else { return };
        let what = match (&*row.action, values.get(1).map(String::as_str)) {
            ("message.requested", _) => Learned::Requested,
            ("message.accepted", _) => Learned::Accepted,
            ("message.status", Some("failed")) => Learned::Undelivered,
            ("message.status", _) => Learned::Further,
            ("message.failed", Some("opted_out")) => Learned::FailedByOptOut,
            ("message.failed", _) => Learned::Failed,
            ("message.taken_back", _) => Learned::TakenBack,
            ("call.started", _) => Learned::CallStarted,
            ("call.ended", _) => Learned::CallEnded,
            ("lead.touched", _) => Learned::Touched,
            ("lead.touch_revoked", _) => Learned::TouchRevoked,
            (_, _) => return,
        };
        self.of_messages.entry((lead, id)).or_default().push(News {
            at: row.at,
            order: (row.origin.version, row.origin.n),
            what,
        });
    }
}

fn attempts(durable: &Durable) -> BTreeMap<Uuid, Attempt> {
    let taken: BTreeMap<Uuid, Timestamp> =
        durable.exchange.taken().iter().map(|taken| (taken.event.0, taken.tried_at)).collect();
    let ledger = durable.ledger.lock();
    let letters = ledger.letters.values().filter_map(|letter| match letter.told {
        Reply::Taken(event) => {
            let tried_at = *taken.get(&event.0)?;
            Some((event.0, Attempt { by: letter.viewer.user, tried_at }))
        }
        Reply::Nothing | Reply::Refused(_) => None,
    });
    letters.collect()
}

fn is_of_a_message(row: &EntryRow) -> bool {
    row.action.starts_with("message.")
        || row.action.starts_with("call.")
        || matches!(&*row.action, "lead.touched" | "lead.touch_revoked")
}
