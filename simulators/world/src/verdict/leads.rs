//! Every lead is what the model says, listed as it is, at rest, and follows its team's rules; every action acted once.

use hearthline_engine::{
    ids::MutationId,
    lead::{CardClosed, CardKind, Cause, Event, Lead, StateName, next_deadline},
};
use hearthline_storage_api::rows::directory::DirectoryRow;
use std::collections::BTreeSet;

use super::{
    facts::{Facts, Known},
    model::{self, Judged},
};
use crate::{
    ledger::{Deed, Ledger, Told},
    running::Durable,
};

pub(super) fn judge(durable: &Durable, facts: &Facts, broken: &mut Vec<String>) {
    let mut ledger = durable.ledger.lock();
    for known in facts.leads.values() {
        let Some(lead) = known.lead() else {
            broken.push(format!("lead {} has rows and does not stand", known.place.lead));
            continue;
        };
        judge_rest(known, lead, facts, broken);
        judge_directory(known, lead, broken);
        if durable.office.rules_of(lead.tenant, lead.team).as_ref() != Some(&lead.rules) {
            broken.push(format!("lead {} does not follow its team's rules", lead.id));
        }
        match model::judge(durable, &ledger, &facts.news, known, lead, facts.now) {
            Judged::Fits => ledger.counts.judged += 1,
            Judged::Undecided => ledger.counts.undecided += 1,
            Judged::Broken(why) => broken.push(format!("lead {}: {why}", lead.id)),
        }
        judge_automatic_card(&ledger, known, lead, broken);
        judge_deadlines_fired_once(known, lead, broken);
    }
    judge_deeds(&ledger, facts, broken);
}

/// Nothing is left to do, and the row knows it.
fn judge_rest(known: &Known, lead: &Lead, facts: &Facts, broken: &mut Vec<String>) {
    let row = &known.stored.row;
    if !known.stored.journal.is_empty() || !row.pending.is_empty() || !row.recent.is_empty() {
        let (journal, recent) = (known.stored.journal.len(), row.recent.len());
        broken.push(format!(
            "lead {} rests at version {} with {journal} journal rows, {recent} recent ids, and {:?}",
            lead.id, known.stored.version, row.pending
        ));
    }
    judge_version(known, lead, broken);
    if let Some((at, kind)) = next_deadline(lead).filter(|(at, _)| *at <= facts.now) {
        broken.push(format!("lead {}: {kind:?} of {at} has not fired by {}", lead.id, facts.now));
    }
}

/// Every commit that changed the lead counts, and housekeeping does not: the store's own count of the partition is higher
/// by that, and by opt-out words that came between the claim and the lead's first message.
fn judge_version(known: &Known, lead: &Lead, broken: &mut Vec<String>) {
    let told: BTreeSet<u64> = known.timeline.iter().map(|row| row.version).collect();
    let before_birth = told.first().map_or(0, |first| first - 1);
    let at_least = told.len() as u64;
    let at_most = known.stored.version - before_birth;
    if !(at_least..=at_most).contains(&lead.version) {
        let counted = lead.version;
        broken.push(format!("lead {} counted {counted} changes, not {at_least} to {at_most}", lead.id));
    }
}

fn judge_directory(known: &Known, lead: &Lead, broken: &mut Vec<String>) {
    for (which, row) in [("stored", &known.directory), ("listed", &known.listed)] {
        let Some(row) = row else {
            broken.push(format!("lead {} is not in the directory ({which})", lead.id));
            continue;
        };
        let expected = DirectoryRow {
            rescue: lead.rescue().cloned(),
            lead: lead.id,
            version: row.version,
            team: lead.team,
            owner: lead.owner,
            state: lead.state_name(),
            status: lead.status,
            deleted: lead.deleted,
            source: lead.source,
            name: hearthline_engine::deck::display_name(lead),
            identities: lead.identities.clone(),
            language: lead.language.clone(),
            tags: lead.tags.iter().cloned().collect(),
            created_at: lead.created_at,
            last_interaction_at: lead.last_interaction_at,
            last_touch_at: lead.last_touch_at(),
            next_deadline_at: next_deadline(lead).map(|(at, _)| at),
        };
        if *row != expected || row.version > known.stored.version {
            broken.push(format!("lead {} is not what the directory says ({which})", lead.id));
        }
    }
}

/// At most one automatic card; exactly the state's one where nobody put it away.
fn judge_automatic_card(ledger: &Ledger, known: &Known, lead: &Lead, broken: &mut Vec<String>) {
    let kinds: Vec<CardKind> =
        lead.cards.iter().map(|card| card.kind).filter(|kind| kind.is_automatic()).collect();
    if kinds.len() > 1 {
        broken.push(format!("lead {} has the automatic cards {kinds:?}", lead.id));
    }
    let written = |mutation: &MutationId| ledger.letters.contains_key(mutation);
    let acted_on =
        ledger.deeds.values().any(|deed| deed.lead == lead.id) || !known.mutations.keys().all(written);
    if acted_on {
        return;
    }
    let wanted = match lead.state_name() {
        StateName::New => Some(CardKind::ContactNow),
        StateName::AtRisk if lead.awaits_first_contact() => Some(CardKind::ContactNow),
        StateName::AtRisk => Some(CardKind::AtRisk),
        StateName::Stale => Some(CardKind::Rescue),
        StateName::Active if lead.awaits_reply() => Some(CardKind::Reply),
        StateName::Active => None,
    };
    if wanted.is_some() && kinds.first() != wanted.as_ref() {
        let state = lead.state_name();
        broken.push(format!("lead {} is {state:?} and shows {kinds:?} instead of {wanted:?}", lead.id));
    }
}

/// A deadline fires once (LIF-4): between two things that people did, no two entries tell of the same one.
fn judge_deadlines_fired_once(known: &Known, lead: &Lead, broken: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for commit in known.timeline.chunk_by(|one, next| one.version == next.version) {
        if commit.iter().any(|row| starts_windows_anew(&row.event)) {
            seen.clear();
        }
        for told in commit.iter().filter_map(|row| deadline_of(&row.event)) {
            if !seen.insert(told.clone()) {
                broken.push(format!("lead {} was told twice: {told}", lead.id));
            }
        }
    }
}

fn starts_windows_anew(event: &Event) -> bool {
    matches!(event, Event::StateChanged { cause, .. } if !matches!(cause, Cause::Deadline(_)))
}

fn deadline_of(event: &Event) -> Option<String> {
    match event {
        Event::StateChanged { cause: Cause::Deadline(kind), at, .. } => Some(format!("{at} {kind:?}")),
        Event::FirstContactBreached { at } => Some(format!("{at} breached")),
        Event::RescueEscalated { at, count, .. } => Some(format!("{at} escalated {count}")),
        _ => None,
    }
}

/// An action that was told to have been done was done once, at the version that was told; a refused one left no trace
/// (DECK-4).
fn judge_deeds(ledger: &Ledger, facts: &Facts, broken: &mut Vec<String>) {
    for deed in ledger.deeds.values() {
        let known = facts.leads.values().find(|known| known.place.lead == deed.lead);
        let row = known.and_then(|known| known.mutations.get(&deed.mutation));
        match (&deed.told, row) {
            (Told::Applied { version }, Some(row)) if row.version == *version && row.refused.is_none() => {}
            // Whoever may not act leaves nothing; a rule's refusal is an answer that is kept.
            (Told::Refused { certain: _ }, None) => {}
            (Told::Refused { certain: _ }, Some(row)) if row.refused.is_some() => {}
            (told, row) => broken.push(format!(
                "action {} was told {told:?} and left {:?}",
                deed.mutation,
                row.map(|row| row.version)
            )),
        }
        if let (Some(known), None) = (known, deed.snooze) {
            judge_done(known, deed, row.is_some_and(|row| row.refused.is_none()), broken);
        }
    }
    for known in facts.leads.values() {
        judge_who_did_it(known, ledger, broken);
    }
}

fn judge_done(known: &Known, deed: &Deed, applied: bool, broken: &mut Vec<String>) {
    let open = known.lead().is_some_and(|lead| lead.card(deed.task).is_some());
    if applied && open {
        broken.push(format!("action {} did a task that is open", deed.mutation));
    }
}

/// As many tasks were done as there are actions that did one.
fn judge_who_did_it(known: &Known, ledger: &Ledger, broken: &mut Vec<String>) {
    let done = known
        .timeline
        .iter()
        .filter(|row| matches!(&row.event, Event::CardClosed { how: CardClosed::Done { .. }, .. }));
    let is_done =
        |mutation: &&MutationId| ledger.deeds.get(mutation).is_some_and(|deed| deed.snooze.is_none());
    let applied = known.mutations.iter().filter(|(_, row)| row.refused.is_none());
    let (closed, deeds) = (done.count(), applied.map(|(mutation, _)| mutation).filter(is_done).count());
    if closed != deeds {
        broken.push(format!("lead {}: {deeds} actions did {closed} tasks", known.place.lead));
    }
}
