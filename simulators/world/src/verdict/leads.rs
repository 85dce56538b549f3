//! Every lead is what the model says, listed as it is, at rest, and follows its team's rules; every action acted once.

use hearthline_engine::{
    ids::{CallId, MutationId, TaskId},
    lead::{CardClosed, CardKind, Cause, Event, Lead, StateName, Status, next_deadline},
};
use hearthline_storage_api::rows::{directory::DirectoryRow, lead::MutationRow};
use std::collections::{BTreeMap, BTreeSet};

use super::{
    facts::{Facts, Known},
    history::Pasts,
    model::Judged,
};
use crate::{
    deeds::{Deed, Does, Told},
    ledger::Ledger,
    running::Durable,
    tally::Happening,
};

pub(super) fn judge(durable: &Durable, facts: &Facts, pasts: &Pasts, broken: &mut Vec<String>) {
    let mut ledger = durable.ledger.lock();
    for known in facts.leads.values() {
        let Some(lead) = known.lead() else {
            broken.push(format!("lead {} has rows and does not stand", known.place.lead));
            continue;
        };
        judge_rest(known, lead, facts, broken);
        judge_directory(known, lead, broken);
        let rules = durable.office.rules_of(lead.tenant, lead.team);
        // A deleted lead is told of nothing any more.
        if !lead.deleted && rules.as_ref() != Some(&lead.rules) {
            let (has, of) = (lead.rules.version, rules.map(|rules| rules.version));
            broken.push(format!("lead {} has the rules {has} of its team, which has {of:?}", lead.id));
        }
        match pasts[&known.place].as_ref().map(|past| past.judge(lead, facts.now)) {
            Ok(Judged::Fits) => {
                ledger.counts.judged += 1;
                if lead.rules.hours().is_some_and(|hours| hours.business.is_some()) {
                    ledger.counts.happened.count(Happening::JudgedInHours);
                }
            }
            Ok(Judged::Undecided) => ledger.counts.undecided += 1,
            Ok(Judged::Broken(why)) => broken.push(format!("lead {}: {why}", lead.id)),
            Err(why) => broken.push(format!("lead {}: {why}", lead.id)),
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
    if lead.deleted && known.listed.is_some() {
        broken.push(format!("lead {} is deleted, and listed", lead.id));
    }
    let shown = [("stored", &known.directory), ("listed", &known.listed)];
    for (which, row) in shown.into_iter().take(if lead.deleted { 1 } else { 2 }) {
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
            awaits_reply: lead.awaits_reply(),
            first_contact_at: lead.first_contact_at,
            first_contact_breached: lead.breached_at.is_some(),
            won_back: lead.won_back,
            merged: lead.merged.iter().map(|merged| merged.lead).collect(),
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
    // What is put away asks for nothing (LIF-7).
    if lead.deleted || lead.status == Status::Archived {
        if !lead.cards.is_empty() || !lead.follow_ups.is_empty() {
            broken.push(format!("lead {} is put away, and has cards", lead.id));
        }
        return;
    }
    let moves_no_card = |mutation: &MutationId| {
        let deed = ledger.deeds.get(mutation);
        ledger.letters.contains_key(mutation) || deed.is_some_and(|deed| !deed.does.is_on_a_card())
    };
    let on_a_card = |deed: &Deed| deed.lead == lead.id && deed.does.is_on_a_card();
    let acted_on = ledger.deeds.values().any(on_a_card) || !known.mutations.keys().all(moves_no_card);
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
        if let Some(known) = known {
            judge_deed(known, deed, row, &ledger.deeds, broken);
        }
    }
    for known in facts.leads.values() {
        judge_who_did_it(known, ledger, broken);
    }
}

/// What a deed made of the lead, as far as nothing else can have changed it since.
fn judge_deed(
    known: &Known,
    deed: &Deed,
    row: Option<&MutationRow>,
    deeds: &BTreeMap<MutationId, Deed>,
    broken: &mut Vec<String>,
) {
    let mut say = |what: &str| broken.push(format!("action {} ({:?}): {what}", deed.mutation, deed.does));
    if let (Some((_, _, true)), Some(row)) = (deed.undone, row)
        && !row.undone
    {
        say("it was told to be undone and is not");
    }
    let Some(lead) = known.lead().filter(|_| deed.stands() && row.is_some_and(|row| !row.undone)) else {
        return;
    };
    let put_away = lead.deleted || lead.status == Status::Archived;
    let was_put_away = known.timeline.iter().any(|row| {
        matches!(row.event, Event::StatusChanged { to: Status::Archived, .. } | Event::Deleted { .. })
    });
    let done = |task: TaskId| {
        let of = |other: &Deed| matches!(other.does, Does::Done(card) if card.task == task) && other.stands();
        deeds.values().any(of)
    };
    match deed.does {
        Does::Done(card) if lead.card(card.task).is_some() => say("its task is open"),
        // A plan stands until somebody does it, as a plan or as a card, or puts the lead away.
        Does::Schedule(_) if !was_put_away => {
            let task = deed.made.map(TaskId);
            let planned = |task: TaskId| lead.follow_ups.iter().any(|known| known.task == task);
            let stands = task.is_some_and(|task| planned(task) || lead.card(task).is_some() || done(task));
            if !stands {
                say("what it planned is gone");
            }
        }
        // A call waits for its outcome, and nothing else ends it (DECK-5).
        Does::Call => {
            let call = deed.made.map(CallId);
            let ended = deeds.values().any(|other| {
                matches!(other.does, Does::Outcome(of, _) if Some(of) == call) && other.stands()
            });
            let shown = |task: TaskId| put_away || lead.card(task).is_some();
            let waits = lead.calls.iter().any(|open| Some(open.id) == call && shown(open.card));
            if waits == ended {
                say("it waits for an outcome that was told, or does not wait for one");
            }
        }
        Does::Note(_) | Does::Outcome(..) => {
            let told = known.timeline.iter().filter(|row| match (&row.event, deed.does) {
                (Event::NoteWritten { text, .. }, Does::Note(_)) => Some(text.event.0) == deed.made,
                (Event::CallEnded { call, .. }, Does::Outcome(of, _)) => *call == of,
                (_, _) => false,
            });
            let told = told.count();
            let fits = if matches!(deed.does, Does::Note(_)) { told == 1 } else { told >= 1 };
            if !fits {
                say("it is not in the timeline");
            }
        }
        Does::Delete(_) if !lead.deleted => say("it stands"),
        Does::Done(_)
        | Does::Snooze(..)
        | Does::Schedule(_)
        | Does::Reassign(..)
        | Does::Status(_)
        | Does::Delete(_) => {}
    }
}

/// As many tasks were done as there are actions that did one.
fn judge_who_did_it(known: &Known, ledger: &Ledger, broken: &mut Vec<String>) {
    let done = known
        .timeline
        .iter()
        .filter(|row| matches!(&row.event, Event::CardClosed { how: CardClosed::Done { .. }, .. }));
    let is_done = |mutation: &&MutationId| {
        ledger.deeds.get(mutation).is_some_and(|deed| matches!(deed.does, Does::Done(_)))
    };
    let applied = known.mutations.iter().filter(|(_, row)| row.refused.is_none());
    let (closed, deeds) = (done.count(), applied.map(|(mutation, _)| mutation).filter(is_done).count());
    if closed != deeds {
        broken.push(format!("lead {}: {deeds} actions did {closed} tasks", known.place.lead));
    }
}
