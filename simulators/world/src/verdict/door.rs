//! Who read what, and who was kept from it (PRV-2, PRV-3, TEN-4): by the words of the requirements, the world's own model of
//! the lead at that moment, and the log. The access policy is not asked.

use hearthline_engine::{
    access::{Role, Viewer},
    audit::{Actor, Subject},
    ids::LeadId,
    lead::Event,
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::rows::{audit::EntryRow, lead::LeadRef};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::{facts::Facts, history::Pasts, model::Seen};
use crate::{
    ledger::Ledger,
    looks::{Found, Look, Reason},
    provider::words_of,
    running::Durable,
    tally::{Happening, Tally},
};

/// So long a reason opens a door (surface).
const QUARTER_OF_AN_HOUR: i64 = 15 * 60_000;
/// So long after its window's end a lead may not have become Stale yet: its clock was late, or storage away.
const LATE: Seconds = Seconds(600);

pub(super) fn judge(durable: &Durable, facts: &Facts, pasts: &Pasts, broken: &mut Vec<String>) {
    let mut ledger = durable.ledger.lock();
    let entries = facts.logs.values().flat_map(|log| &log.entries);
    let log: BTreeMap<Uuid, &EntryRow> = entries.map(|row| (row.origin.id, row)).collect();
    let mut happened = Tally::default();
    for reason in &ledger.reasons {
        happened.count(Happening::ReasonRecorded);
        let entry = log.get(&reason.entry).filter(|entry| {
            is(entry, "raw.access_granted", &reason.viewer, reason.lead)
                && entry.recorded_at <= reason.durable_at
        });
        if entry.is_none() {
            broken.push(format!("a reason for reading lead {} is not in the log", reason.lead));
        }
    }
    for look in &ledger.looks {
        let place = LeadRef { tenant: look.tenant, lead: look.lead };
        let Some(Ok(past)) = pasts.get(&place) else { continue };
        // Storage answers as of one moment between being asked and having answered.
        let seen = past.seen_between(look.from, look.at);
        let reason = look.reason.map(|n| &ledger.reasons[n]);
        let why = match &look.found {
            Found::Words { provider_event_id, body, entry } => {
                let there = was_there(durable, facts, place, look, provider_event_id);
                let words = (&**provider_event_id, &**body, there);
                judge_reading(&ledger, &log, look, (&seen, reason), words, *entry)
            }
            // A clock may be late.
            Found::Refused if seen.iter().all(|seen| may_read(look, seen, reason, LATE)) => {
                Some("was kept from reading")
            }
            Found::Refused => None,
        };
        if let Some(why) = why {
            let (who, lead) = (look.viewer, look.lead);
            broken.push(format!("{who:?} {why} lead {lead} at {}, when {seen:?}, by {reason:?}", look.at));
        }
        happened.count(kind(look, reason));
        let opened_before = || ledger.looks.iter().any(|other| opened(other) && other.reason == look.reason);
        let in_time = |reason: &Reason| look.at < reason.durable_at.plus_millis(QUARTER_OF_AN_HOUR);
        if look.found == Found::Refused && reason.is_some_and(in_time) && opened_before() {
            happened.count(Happening::DoorClosed);
        }
    }
    ledger.counts.happened.add(&happened);
}

const fn opened(look: &Look) -> bool {
    matches!(look.found, Found::Words { .. })
}

fn kind(look: &Look, reason: Option<&Reason>) -> Happening {
    match (&look.found, reason) {
        (Found::Refused, _) => Happening::ReadingRefused,
        (Found::Words { entry: None, .. }, _) => Happening::OwnerRead,
        (Found::Words { .. }, _) => Happening::RescuerRead,
    }
}

fn is(entry: &EntryRow, action: &str, viewer: &Viewer, lead: LeadId) -> bool {
    entry.action == action && entry.actor == Actor::User(viewer.user) && entry.subject == Subject::Lead(lead)
}

/// Whether that message was there when the lead was looked at for the last time: what comes to a lead later is its next
/// owner's.
fn was_there(durable: &Durable, facts: &Facts, place: LeadRef, look: &Look, sid: &str) -> bool {
    let timeline = facts.leads.get(&place).map_or(&[][..], |known| &known.timeline);
    let row = timeline.iter().find(|row| match &row.event {
        Event::MessageReceived { message } => message.provider_event_id == sid,
        _ => false,
    });
    let at = row.and_then(|row| durable.truths.of(&place.partition(), row.version));
    at.is_some_and(|at| at <= look.at)
}

/// What is wrong with a reading, if anything is.
fn judge_reading(
    ledger: &Ledger,
    log: &BTreeMap<Uuid, &EntryRow>,
    look: &Look,
    (seen, reason): (&[Seen], Option<&Reason>),
    (sid, body, there): (&str, &str, bool),
    entry: Option<Uuid>,
) -> Option<&'static str> {
    if !seen.iter().any(|seen| may_read(look, seen, reason, Seconds(0))) {
        return Some("should not have read");
    }
    if !there {
        return Some("read what came after they had been let in to");
    }
    let by_owner = seen.iter().any(|seen| seen.owner == Some(look.viewer.user));
    match entry.map(|entry| log.get(&entry)) {
        None if !by_owner => return Some("read without a trace"),
        Some(entry) => {
            let written = entry.filter(|entry| is(entry, "raw.read", &look.viewer, look.lead));
            if written.is_none_or(|entry| entry.recorded_at > look.at) {
                return Some("read before that was in the log");
            }
        }
        None => {}
    }
    let sent = ledger.sent.get(sid);
    if sent.is_none_or(|sent| words_of(&sent.request.body).as_deref() != Some(body)) {
        return Some("read other words than the client's of");
    }
    None
}

/// Owners read what is theirs. A team lead reads a lead of their team while it is Stale and not put away, for a quarter of
/// an hour after their reason stood in the log, if it was Stale without a break since. Nobody else reads.
fn may_read(look: &Look, seen: &Seen, reason: Option<&Reason>, late: Seconds) -> bool {
    if seen.deleted || look.viewer.role == Role::Admin {
        return false;
    }
    if seen.owner == Some(look.viewer.user) {
        return true;
    }
    let stale_since = seen.stale_since.map(|since| since.plus(late));
    let stale = |at: Timestamp| stale_since.is_some_and(|since| since <= at);
    look.viewer.role == Role::TeamLead
        && look.viewer.team == Some(seen.team)
        && stale(look.at)
        && reason.is_some_and(|reason| {
            let asked_at = reason.asked_at;
            stale(asked_at) && look.at < asked_at.plus_millis(QUARTER_OF_AN_HOUR)
        })
}
