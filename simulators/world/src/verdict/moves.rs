//! Who has which lead: each move was somebody's, is in the log, and loses nobody (TEN-5, RSC-2, LIF-7).

use hearthline_engine::{
    audit::Actor,
    ids::{LeadId, UserId},
    lead::{Event, Source, Status},
};
use hearthline_storage_api::rows::lead::JournalRow;
use std::collections::BTreeMap;

use super::facts::{Facts, Known};
use crate::{
    deeds::{Does, Told},
    ledger::{Ledger, Order},
    made::Became,
    running::Durable,
    tally::{Happening, Tally},
};

pub(super) fn judge(durable: &Durable, facts: &Facts, broken: &mut Vec<String>) {
    let mut ledger = durable.ledger.lock();
    let gone = durable.office.gone();
    for known in facts.leads.values() {
        let Some(lead) = known.lead() else { continue };
        if let Some(owner) = lead.owner.filter(|owner| !lead.deleted && gone.contains_key(owner)) {
            broken.push(format!("lead {} belongs to {owner}, who left", lead.id));
        }
        judge_moves(&ledger, facts, known, broken);
    }
    judge_hand_backs(&ledger, facts, broken);
    judge_deeds(&ledger, facts, broken);
    let mut happened = Tally::default();
    count(&ledger, facts, &mut happened);
    ledger.counts.happened.add(&happened);
}

/// Nobody gets or loses a lead but by somebody's deed; and what is in a timeline is in the log, which [`super::audit`]
/// looks at.
fn judge_moves(ledger: &Ledger, facts: &Facts, known: &Known, broken: &mut Vec<String>) {
    for row in &known.timeline {
        let Event::OwnerChanged { from, to, team, by, .. } = &row.event else { continue };
        let at = facts.news.committed.get(&(known.place.lead, row.version)).copied();
        let by_deed = ledger.deeds.values().any(|deed| {
            deed.lead == known.place.lead
                && deed.told == (Told::Applied { version: row.version })
                && deed.does == Does::Reassign(*to, *team)
                && deed.viewer.user == *by
        });
        let by_order = || {
            let orders = ledger.given.values().filter(|given| given.lead == known.place.lead);
            orders.filter(|given| at.is_some_and(|at| given.given_at <= at)).any(|given| {
                matches!(given.order, Order::Reassign { to: new, team: of, by: who }
                    if (Some(new), of, who) == (*to, *team, *by))
            })
        };
        let by_leaving = || {
            ledger.leavings.iter().any(|leaving| {
                (Some(leaving.user), leaving.gone.heir, leaving.gone.by) == (*from, *to, *by)
                    && leaving.made_at <= at
            })
        };
        if !by_deed && !by_order() && !by_leaving() {
            let (lead, version) = (known.place.lead, row.version);
            broken.push(format!("lead {lead} went from {from:?} to {to:?} by {by}, at {at:?} and {version}: nobody asked for it"));
        }
    }
}

/// As many as were told that they gave a lead back, at least, and nobody who did not ask.
fn judge_hand_backs(ledger: &Ledger, facts: &Facts, broken: &mut Vec<String>) {
    let mut found: BTreeMap<(LeadId, UserId), usize> = BTreeMap::new();
    for (lead, _, _, actor) in &facts.news.handed_back {
        match actor {
            Actor::User(by) => *found.entry((*lead, *by)).or_default() += 1,
            Actor::Client | Actor::Clock | Actor::System => {
                broken.push(format!("lead {lead} was handed back by {actor:?}"));
            }
        }
    }
    let mut asked: BTreeMap<(LeadId, UserId), (usize, usize)> = BTreeMap::new();
    for given in ledger.given.values() {
        let Order::HandBack { by } = given.order else { continue };
        let (at_least, at_most) = asked.entry((given.lead, by)).or_default();
        *at_least += usize::from(given.settled.is_some_and(|(_, holds)| holds));
        *at_most += 1;
    }
    for (who, found) in &found {
        let (_, at_most) = asked.get(who).copied().unwrap_or_default();
        if *found > at_most {
            broken.push(format!("lead {} was handed back {found} times, asked for {at_most} times", who.0));
        }
    }
    for (who, (at_least, _)) in &asked {
        let found = found.get(who).copied().unwrap_or_default();
        if found < *at_least {
            broken.push(format!("lead {} was handed back {found} times of {at_least}", who.0));
        }
    }
}

/// A deed that was told to be done is in the log, under its version and its doer's name.
fn judge_deeds(ledger: &Ledger, facts: &Facts, broken: &mut Vec<String>) {
    let entries = facts.logs.values().flat_map(|log| &log.entries);
    let recorded: BTreeMap<_, _> = entries
        .filter_map(|row| {
            Some(((row.subject.lead()?, row.origin.version, row.action.to_string()), row.actor))
        })
        .collect();
    for deed in ledger.deeds.values() {
        let Told::Applied { version } = deed.told else { continue };
        let action = match deed.does {
            Does::Reassign(..) => "lead.owner_changed",
            Does::Delete(_) => "lead.deleted",
            // What has that status already changes nothing.
            Does::Status(_)
            | Does::Done(_)
            | Does::Snooze(..)
            | Does::Call
            | Does::Outcome(..)
            | Does::Schedule(_)
            | Does::Note(_) => continue,
        };
        let actor = recorded.get(&(deed.lead, version, action.to_owned()));
        if actor != Some(&Actor::User(deed.viewer.user)) {
            broken.push(format!("the log has {actor:?} for action {} ({action})", deed.mutation));
        }
    }
}

fn count(ledger: &Ledger, facts: &Facts, happened: &mut Tally) {
    let times = |what: Happening, n: usize, happened: &mut Tally| (0..n).for_each(|_| happened.count(what));
    times(Happening::HandedBack, facts.news.handed_back.len(), happened);
    times(Happening::SentToReview, facts.reviews.values().sum(), happened);
    times(Happening::RulesChanged, ledger.rulings.len(), happened);
    times(Happening::UserLeft, ledger.leavings.len(), happened);
    for made in ledger.made.values() {
        match made.became {
            Became::Lead { .. } => happened.count(Happening::MadeByHand),
            Became::Taken => happened.count(Happening::AddressTaken),
            Became::Open => {}
        }
    }
    for known in facts.leads.values() {
        let Some(lead) = known.lead() else { continue };
        let wrote = |row: &JournalRow| matches!(row.event, Event::MessageReceived { .. });
        if lead.source == Source::Manual && known.timeline.iter().any(wrote) {
            happened.count(Happening::WroteToOneMadeByHand);
        }
        known
            .timeline
            .iter()
            .filter_map(|row| what(ledger, &row.event))
            .for_each(|what| happened.count(what));
        let moved = |row: &&JournalRow| matches!(&row.event, Event::OwnerChanged { from_team, team, .. } if from_team != team);
        times(Happening::ChangedTeams, known.timeline.iter().filter(moved).count(), happened);
    }
}

fn what(ledger: &Ledger, event: &Event) -> Option<Happening> {
    match event {
        Event::StatusChanged { to: Status::Archived, .. } => Some(Happening::Archived),
        Event::StatusChanged { from: Status::Archived, by: Some(_), .. } => Some(Happening::BroughtBack),
        Event::StatusChanged { from: Status::Archived, by: None, .. } => Some(Happening::CameBack),
        Event::Deleted { .. } => Some(Happening::Deleted),
        Event::OwnerChanged { from, by, .. } => {
            let left = ledger.leavings.iter().any(|one| Some(one.user) == *from && one.gone.by == *by);
            Some(if left { Happening::FollowedALeaver } else { Happening::Reassigned })
        }
        _ => None,
    }
}
