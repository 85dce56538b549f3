//! Messages to clients: each is what the provider's own ledger says, nothing was taken twice, and nobody was written to who
//! did not want it (OUT-3, OUT-4, OUT-7, ING-1, ING-13).

use hearthline_engine::{
    ids::{EventId, LeadId, MutationId, TenantId},
    lead::{Event, Lead, Outgoing, SendEvent, Status},
    message::{Channel, Delivery},
    time::Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

use super::{
    facts::{Facts, Known},
    history::Pasts,
    model::Past,
    news::{Learned, News},
};
use crate::{
    calendar::Calendar,
    callbacks::Callback,
    carrier::{Call, CameTo, Taken},
    ledger::{Kind, Ledger},
    letters::{Letter, Regret, Reply},
    running::Durable,
    tally::{Happening, Tally},
};

/// An entry of a timeline, and all that is known of it outside.
struct Entry<'a> {
    lead: LeadId,
    outgoing: &'a Outgoing,
    /// Its lead was archived or deleted once.
    put_away: bool,
    /// What the lead still remembers.
    remembered: Option<&'a Outgoing>,
    calls: Vec<Call>,
    taken: Vec<&'a Taken>,
    told: Vec<&'a Callback>,
    news: &'a [News],
}

pub(super) fn judge(durable: &Durable, facts: &Facts, pasts: &Pasts, broken: &mut Vec<String>) {
    let mut ledger = durable.ledger.lock();
    let (taken, told) = (durable.exchange.taken(), durable.exchange.callbacks());
    let mut entries: BTreeMap<EventId, Entry<'_>> = BTreeMap::new();
    for known in facts.leads.values() {
        for outgoing in requested(known) {
            let id = outgoing.id();
            let entry = Entry {
                lead: known.place.lead,
                put_away: was_put_away(known),
                outgoing,
                remembered: known.lead().and_then(|lead| lead.outgoing(id)),
                calls: durable.exchange.calls(id),
                taken: taken.iter().filter(|taken| taken.event == id).collect(),
                told: told.iter().filter(|told| told.event == id && told.answered).collect(),
                news: facts.news.of_messages.get(&(known.place.lead, id.0)).map_or(&[], Vec::as_slice),
            };
            entries.insert(id, entry);
        }
        if let Some(lead) = known.lead() {
            judge_opt_outs(facts, known, lead, &durable.exchange, &ledger, broken);
        }
        if let Ok(past) = &pasts[&known.place] {
            let held = judge_quiet_hours(facts, known, past, &durable.exchange, broken);
            (0..held).for_each(|_| ledger.counts.happened.count(Happening::HeldInQuietHours));
        }
    }
    for one in &taken {
        if entries.get(&one.event).is_none_or(|entry| entry.lead != one.lead) {
            broken.push(format!("the provider took {}, which no timeline knows", one.event));
        }
    }
    for entry in entries.values() {
        judge_entry(entry, broken);
    }
    let stopped = |tenant| durable.exchange.somebody_stopped(tenant);
    judge_letters(&ledger, &entries, &stopped, broken);
    entries.values().for_each(|entry| count(entry, &mut ledger.counts.happened));
    count_statuses(&told, &mut ledger.counts.happened);
    let in_doubt = entries.values().filter(|entry| entry.outgoing.message.status == Delivery::Unknown);
    ledger.counts.doubtful = in_doubt.count() as u64;
}

fn was_put_away(known: &Known) -> bool {
    known.timeline.iter().any(|row| {
        matches!(row.event, Event::StatusChanged { to: Status::Archived, .. } | Event::Deleted { .. })
    })
}

fn requested(known: &Known) -> impl Iterator<Item = &Outgoing> {
    known.timeline.iter().filter_map(|row| match &row.event {
        Event::Send(SendEvent::Requested { outgoing }) => Some(&**outgoing),
        _ => None,
    })
}

/// The messages to clients in a lead's timeline.
pub(super) fn ids(known: &Known) -> impl Iterator<Item = EventId> {
    requested(known).map(Outgoing::id)
}

fn judge_entry(entry: &Entry<'_>, broken: &mut Vec<String>) {
    let (id, status) = (entry.outgoing.id(), entry.outgoing.message.status);
    let told_of_opt_out = entry.news.iter().any(|news| news.what == Learned::FailedByOptOut);
    let told_of_failure = entry.news.iter().any(|news| news.what == Learned::Failed);
    let calls: Vec<CameTo> = entry.calls.iter().map(|call| call.came_to).collect();
    let mut say = |what: &str| {
        broken.push(format!("message {id} of lead {} is {status:?}, after {calls:?}: {what}", entry.lead));
    };
    if entry.taken.len() > 1 {
        say("the provider took it twice");
    }
    // Only what surely was not sent may be tried again.
    let before_last = calls.split_last().map_or(&[][..], |(_, before)| before);
    if before_last.iter().any(|came_to| *came_to != CameTo::PutOff) {
        say("it was handed over again after a call that may have sent it");
    }
    match calls.last() {
        Some(CameTo::OptedOut) if told_of_failure => say("the carrier said that the client opted out"),
        Some(CameTo::Refused) if told_of_opt_out => say("nobody said that the client opted out"),
        _ => {}
    }
    if entry.remembered.is_some_and(|known| {
        known.message.status != status
            || known.message.provider_event_id != entry.outgoing.message.provider_event_id
    }) {
        say("the lead and its timeline differ");
    }
    match entry.taken.first() {
        Some(taken) => judge_taken(entry, taken, status, &mut say),
        None => judge_never_taken(&calls, status, &mut say),
    }
    judge_touch(entry, status, &mut say);
}

/// What the provider has is at least sent, and as far as it told; in doubt only if it never told.
fn judge_taken(entry: &Entry<'_>, taken: &Taken, status: Delivery, say: &mut impl FnMut(&str)) {
    // A status that does not name its message may come before anybody knows its id, and is let go in the end; and a lead
    // forgets its oldest messages.
    let surely = |told: &&&Callback| told.names_its_message() && entry.remembered.is_some();
    let at_most = furthest(entry.told.iter().map(|told| told.status));
    let at_least = furthest(entry.told.iter().filter(surely).map(|told| told.status));
    let fits = match status {
        Delivery::Unknown => !entry.told.iter().any(|told| surely(&told)),
        Delivery::Sent | Delivery::Failed | Delivery::Delivered | Delivery::Read => {
            (rank(at_least)..=rank(at_most)).contains(&rank(status))
        }
        Delivery::Received | Delivery::Pending | Delivery::Sending | Delivery::Canceled => false,
    };
    if !fits {
        say(&format!("the provider took it and told of it from {at_least:?} to {at_most:?}"));
    }
    if status != Delivery::Unknown && entry.outgoing.message.provider_event_id != taken.sid {
        say("it has another message's id");
    }
}

fn judge_never_taken(calls: &[CameTo], status: Delivery, say: &mut impl FnMut(&str)) {
    let fits = match status {
        // Whoever dies with `sending` committed leaves what nobody can know.
        Delivery::Unknown => true,
        Delivery::Failed => calls.last() != Some(&CameTo::Lost),
        Delivery::Canceled => calls.iter().all(|came_to| *came_to == CameTo::PutOff),
        Delivery::Received
        | Delivery::Pending
        | Delivery::Sending
        | Delivery::Sent
        | Delivery::Delivered
        | Delivery::Read => false,
    };
    if !fits {
        say("the provider never took it");
    }
}

/// The order of the statuses, as the specification has it: sent, failed, delivered, read.
const fn rank(status: Delivery) -> u8 {
    match status {
        Delivery::Failed => 1,
        Delivery::Delivered => 2,
        Delivery::Read => 3,
        Delivery::Sent
        | Delivery::Received
        | Delivery::Pending
        | Delivery::Sending
        | Delivery::Unknown
        | Delivery::Canceled => 0,
    }
}

fn furthest(told: impl Iterator<Item = Delivery>) -> Delivery {
    told.fold(
        Delivery::Sent,
        |furthest, status| if rank(status) > rank(furthest) { status } else { furthest },
    )
}

/// A touch for what the provider has, none for what did not arrive.
fn judge_touch(entry: &Entry<'_>, status: Delivery, say: &mut impl FnMut(&str)) {
    let count = |what: Learned| entry.news.iter().filter(|news| news.what == what).count();
    let (touched, revoked) = (count(Learned::Touched), count(Learned::TouchRevoked));
    let wanted = match status {
        Delivery::Sent | Delivery::Delivered | Delivery::Read => 1,
        Delivery::Received
        | Delivery::Pending
        | Delivery::Sending
        | Delivery::Failed
        | Delivery::Unknown
        | Delivery::Canceled => 0,
    };
    if touched != revoked + wanted || touched > 1 {
        say(&format!("it was {touched} touches, and {revoked} were revoked"));
    }
}

/// What a writer was told holds.
fn judge_letters(
    ledger: &Ledger,
    entries: &BTreeMap<EventId, Entry<'_>>,
    stopped: &dyn Fn(TenantId) -> bool,
    broken: &mut Vec<String>,
) {
    let mut by_mutation: BTreeMap<MutationId, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in entries.values() {
        match entry.outgoing.mutation {
            Some(mutation) if ledger.letters.contains_key(&mutation) => {
                by_mutation.entry(mutation).or_default().push(entry);
            }
            Some(_) | None => broken.push(format!("nobody wrote message {}", entry.outgoing.id())),
        }
    }
    for letter in ledger.letters.values() {
        let found = by_mutation.get(&letter.mutation).map_or(&[][..], Vec::as_slice);
        judge_letter(ledger, letter, found, stopped, broken);
    }
}

fn judge_letter(
    ledger: &Ledger,
    letter: &Letter,
    found: &[&Entry<'_>],
    stopped: &dyn Fn(TenantId) -> bool,
    broken: &mut Vec<String>,
) {
    let fits = match (&letter.told, found) {
        (Reply::Taken(event), [entry]) => {
            entry.outgoing.id() == *event
                && entry.lead == letter.lead
                && entry.outgoing.by == letter.viewer.user
        }
        (Reply::Refused(_), []) => true,
        (Reply::Nothing | Reply::Refused(_) | Reply::Taken(_), _) => false,
    };
    if !fits {
        let found: Vec<EventId> = found.iter().map(|entry| entry.outgoing.id()).collect();
        broken.push(format!("letter {} was told {:?} and is {found:?}", letter.mutation, letter.told));
    }
    let status = found.first().map(|entry| entry.outgoing.message.status);
    // Who puts a lead away takes back what waits.
    let put_away = found.first().is_some_and(|entry| entry.put_away);
    let taken_back = letter.taken_back == Regret::TakenBack;
    if taken_back != (status == Some(Delivery::Canceled)) && (taken_back || !put_away) {
        broken.push(format!(
            "letter {} was taken back: {:?}, and is {status:?}",
            letter.mutation, letter.taken_back
        ));
    }
    let said_stop = || {
        let of = |sent: &&crate::ledger::Sent| sent.tenant == letter.tenant && sent.kind == Kind::Stop;
        ledger.sent.values().any(|sent| of(&sent)) || stopped(letter.tenant)
    };
    if letter.told == Reply::Refused("channel_opted_out".to_owned()) && !said_stop() {
        broken.push(format!("letter {} was refused for an opt-out that nobody wrote", letter.mutation));
    }
}

/// From the commit of an opt-out word to that of the next opt-in word nothing is asked for, and no attempt begins.
fn judge_opt_outs(
    facts: &Facts,
    known: &Known,
    lead: &Lead,
    exchange: &crate::carrier::Exchange,
    ledger: &Ledger,
    broken: &mut Vec<String>,
) {
    let mut words: Vec<(Timestamp, u64, bool)> = Vec::new();
    for row in &known.timeline {
        let Event::MessageReceived { message } = &row.event else { continue };
        let Some(sent) = ledger.sent.get(&message.provider_event_id) else { continue };
        let stop = match sent.kind {
            Kind::Stop => true,
            Kind::Start => false,
            Kind::Text | Kind::Broken => continue,
        };
        if let Some(at) = facts.news.received.get(&(known.place.lead, row.version)) {
            words.push((*at, row.version, stop));
        }
    }
    // What the carrier knew and told as it refused a message.
    for outgoing in requested(known) {
        let id = outgoing.id();
        let refused = exchange.calls(id).last().is_some_and(|call| call.came_to == CameTo::OptedOut);
        let news = facts.news.of_messages.get(&(known.place.lead, id.0)).map_or(&[][..], Vec::as_slice);
        let heard = news.iter().filter(|news| refused && news.what == Learned::FailedByOptOut);
        words.extend(heard.map(|news| (news.at, news.version(), true)));
    }
    words.sort_unstable();
    let closed = words.last().is_some_and(|(_, _, stop)| *stop);
    if lead.opted_out.contains(&Channel::Sms) != closed {
        broken.push(format!("lead {} is not as the client's last word left it", lead.id));
    }
    let closed_at = |at: Timestamp| {
        let before = words.iter().rev().find(|(said, _, _)| *said < at);
        // A word of the same millisecond may have come first.
        let same = words.iter().any(|(said, _, _)| *said == at);
        !same && before.is_some_and(|(_, _, stop)| *stop)
    };
    for outgoing in requested(known) {
        let id = outgoing.id();
        let tried: BTreeSet<Timestamp> = exchange.calls(id).iter().map(|call| call.tried_at).collect();
        let news = facts.news.of_messages.get(&(known.place.lead, id.0)).map_or(&[][..], Vec::as_slice);
        let asked = news.iter().filter(|news| news.what == Learned::Requested).map(|news| news.at);
        for at in tried.into_iter().chain(asked) {
            if closed_at(at) {
                broken.push(format!("message {id} was begun at {at}, when its client had opted out"));
            }
        }
    }
}

/// No attempt begins in the quiet hours of the lead's team (OUT-7): not if they are quiet by whatever rules the lead may
/// have followed at that moment. Answers how many messages were asked for in quiet hours and went after them.
fn judge_quiet_hours(
    facts: &Facts,
    known: &Known,
    past: &Past,
    exchange: &crate::carrier::Exchange,
    broken: &mut Vec<String>,
) -> usize {
    let mut held = 0;
    let quiet = |at: Timestamp| {
        let mut may_have_followed = past.seen(at).into_iter().chain(past.decided(at));
        may_have_followed.all(|seen| Calendar::of(&seen.rules).is_quiet(at))
    };
    for outgoing in requested(known) {
        let id = outgoing.id();
        let calls = exchange.calls(id);
        for call in &calls {
            if quiet(call.tried_at) {
                broken.push(format!("message {id} was begun at {}, in quiet hours", call.tried_at));
            }
        }
        let news = facts.news.of_messages.get(&(known.place.lead, id.0)).map_or(&[][..], Vec::as_slice);
        let asked = news.iter().find(|news| news.what == Learned::Requested);
        held += usize::from(!calls.is_empty() && asked.is_some_and(|asked| quiet(asked.at)));
    }
    held
}

fn count(entry: &Entry<'_>, happened: &mut Tally) {
    let learned = |what: Learned| entry.news.iter().any(|news| news.what == what);
    match entry.calls.last().map(|call| call.came_to) {
        Some(CameTo::OptedOut) if learned(Learned::FailedByOptOut) => {
            happened.count(Happening::CarrierKnewOptOut);
        }
        Some(CameTo::Refused) if learned(Learned::Failed) => happened.count(Happening::Refused),
        _ => {}
    }
    if learned(Learned::Undelivered) {
        happened.count(Happening::Undelivered);
    }
}

/// Of those that got their 2xx.
fn count_statuses(told: &[Callback], happened: &mut Tally) {
    let mut of_messages: BTreeMap<EventId, Vec<&Callback>> = BTreeMap::new();
    for one in told.iter().filter(|one| one.answered) {
        of_messages.entry(one.event).or_default().push(one);
    }
    for told in of_messages.values() {
        for (one, next) in told.iter().zip(told.iter().skip(1)) {
            if one.status == next.status {
                happened.count(Happening::StatusToldTwice);
            } else if next.due_at < one.due_at {
                happened.count(Happening::StatusesOutOfOrder);
            }
        }
    }
}
