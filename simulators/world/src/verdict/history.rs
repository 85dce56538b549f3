//! What was done to a lead, and when at the earliest and latest it took effect: from the world's own ledger. Of the audit
//! log only the times of commits are believed.

use hearthline_engine::{
    ids::{LeadId, TeamId, TouchId, UserId},
    lead::{CallOutcome, Event, Lead, Source, Status},
    rules::TeamRules,
    time::Timestamp,
};
use hearthline_storage_api::rows::lead::LeadRef;
use std::collections::BTreeMap;
use uuid::Uuid;

use super::{
    facts::{Facts, Known},
    model::Past,
    news::{AllNews, Learned, News},
};
use crate::{
    deeds::{Deed, Does, Told},
    ledger::{Kind, Ledger, Order},
    made::Became,
    running::Durable,
};

/// How a lead begins.
#[derive(Clone, Debug)]
pub(super) struct Birth {
    pub at: Timestamp,
    pub owner: Option<UserId>,
    pub team: TeamId,
    /// The rules of each team of its tenant by then.
    pub books: BTreeMap<TeamId, TeamRules>,
}

/// Something that was done to a lead, and when at the earliest and latest it took effect.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub earliest: Timestamp,
    pub latest: Timestamp,
    /// The version that the commit made, where it is known; it orders what is of one millisecond.
    pub version: u64,
    /// From when storage showed it to everybody, where that is known: it is decided earlier, and its times are those of the
    /// decision.
    pub seen_from: Option<Timestamp>,
    pub what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Touch {
        id: TouchId,
        at: Timestamp,
        by: UserId,
    },
    /// The provider was heard to have a message. The touch is of that moment, or of the attempt.
    Sent {
        id: TouchId,
        tried_at: Timestamp,
        by: UserId,
    },
    /// A message was heard not to have arrived.
    Undelivered {
        id: TouchId,
    },
    Reassign {
        to: Option<UserId>,
        team: TeamId,
    },
    /// A user left.
    Leave {
        user: UserId,
        heir: Option<UserId>,
    },
    HandBack,
    Status(Status),
    Delete,
    /// The client wrote something that somebody has to answer.
    Wrote {
        at: Timestamp,
    },
    Rules {
        team: TeamId,
        rules: TeamRules,
    },
}

/// A fact whose commit is known.
const fn exactly(at: Timestamp, version: u64, what: What) -> Fact {
    Fact { earliest: at, latest: at, version, seen_from: None, what }
}

/// One whose commit is not.
const fn between(earliest: Timestamp, latest: Timestamp, what: What) -> Fact {
    Fact { earliest, latest, version: 0, seen_from: None, what }
}

/// The histories of all leads; of one that did not begin as it should have, why.
pub(super) type Pasts = BTreeMap<LeadRef, Result<Past, String>>;

pub(super) fn all(durable: &Durable, facts: &Facts) -> Pasts {
    let ledger = durable.ledger.lock();
    let leads = facts.leads.iter().filter_map(|(place, known)| Some((place, known, known.lead()?)));
    leads.map(|(place, known, lead)| (*place, past(durable, &ledger, &facts.news, known, lead))).collect()
}

fn past(
    durable: &Durable,
    ledger: &Ledger,
    news: &AllNews,
    known: &Known,
    lead: &Lead,
) -> Result<Past, String> {
    let birth = birth(durable, ledger, known, lead)?;
    let mut facts = of_orders(ledger, lead);
    facts.extend(of_rules(ledger, lead));
    facts.extend(of_sends(news, lead));
    facts.extend(of_contact(ledger, news, lead));
    facts.extend(of_deeds(ledger, news, lead));
    facts.extend(of_leavings(ledger, news, known, lead));
    facts.extend(of_messages(ledger, news, known));
    let handed_back = news.handed_back.iter().filter(|(of, ..)| *of == lead.id);
    facts.extend(handed_back.map(|(_, version, at, _)| exactly(*at, *version, What::HandBack)));
    for fact in facts.iter_mut().filter(|fact| fact.version > 0) {
        fact.seen_from = durable.truths.of(&known.place.partition(), fact.version);
    }
    Ok(Past::new(birth, facts))
}

fn birth(durable: &Durable, ledger: &Ledger, known: &Known, lead: &Lead) -> Result<Birth, String> {
    let at = lead.created_at;
    let books = books_at(durable, ledger, lead);
    if lead.source == Source::Manual {
        let made = ledger.made.values().filter_map(|made| match made.became {
            Became::Lead { lead, by } => Some((made, lead, by)),
            Became::Open | Became::Taken => None,
        });
        let mut made = made;
        let made = made.find(|(_, became, _)| *became == lead.id);
        let (made, _, by) = made.ok_or("nobody made it by hand")?;
        if !(made.asked_at..=by).contains(&at) {
            return Err("it was not made when somebody made it".to_owned());
        }
        return Ok(Birth { at, owner: made.owner, team: made.team, books });
    }
    let Some(first) = known.timeline.iter().find_map(|row| match &row.event {
        Event::MessageReceived { message } => Some(message),
        _ => None,
    }) else {
        return Err("it stands without a message".to_owned());
    };
    if first.received_at != at {
        return Err("it was not created when its first message was received".to_owned());
    }
    let connection = durable.office.connections.get(&first.connection);
    let facts = &connection.ok_or("its first message came by no connection")?.facts;
    Ok(Birth { at, owner: facts.owner, team: facts.team, books })
}

/// The rules of each team that held for everybody when the lead began.
fn books_at(durable: &Durable, ledger: &Ledger, lead: &Lead) -> BTreeMap<TeamId, TeamRules> {
    let mut books = durable.office.first_rules.clone();
    for ruling in &ledger.rulings {
        if ruling.rolled_out_at.is_some_and(|at| at <= lead.created_at)
            && books.get(&ruling.team).is_none_or(|known| known.version < ruling.rules.version)
        {
            books.insert(ruling.team, ruling.rules.clone());
        }
    }
    books
}

fn of_orders(ledger: &Ledger, lead: &Lead) -> Vec<Fact> {
    let orders = ledger.given.values().filter(|given| given.lead == lead.id);
    let facts = orders.filter_map(|given| {
        let (latest, _) = given.settled.filter(|(_, holds)| *holds)?;
        let what = match &given.order {
            Order::Touch { id, by, at } => What::Touch { id: *id, at: *at, by: *by },
            Order::Reassign { to, team, .. } => What::Reassign { to: Some(*to), team: *team },
            // The log has its time.
            Order::HandBack { .. } => return None,
        };
        Some(between(given.given_at, latest, what))
    });
    facts.collect()
}

fn of_rules(ledger: &Ledger, lead: &Lead) -> Vec<Fact> {
    let rulings = ledger.rulings.iter().filter(|ruling| ruling.tenant == lead.tenant);
    let facts = rulings.filter_map(|ruling| {
        let (earliest, latest) = (ruling.made_at?, ruling.rolled_out_at?);
        let (team, rules) = (ruling.team, ruling.rules.clone());
        // Rules from before the lead's birth are those that it was born with.
        let earliest = earliest.max(lead.created_at);
        (latest > lead.created_at).then(|| between(earliest, latest, What::Rules { team, rules }))
    });
    facts.collect()
}

/// What people did with the lead as a whole, at the times of the commits.
fn of_deeds(ledger: &Ledger, news: &AllNews, lead: &Lead) -> Vec<Fact> {
    let deeds = ledger.deeds.values().filter(|deed| deed.lead == lead.id);
    let facts = deeds.filter_map(|deed| {
        let Told::Applied { version } = deed.told else { return None };
        let what = match deed.does {
            Does::Reassign(to, team) => What::Reassign { to, team },
            Does::Status(to) => What::Status(to),
            Does::Delete(_) => What::Delete,
            Does::Done(_)
            | Does::Snooze(..)
            | Does::Call
            | Does::Outcome(..)
            | Does::Schedule(_)
            | Does::Note(_) => return None,
        };
        let at = news.committed.get(&(lead.id, version))?;
        Some(exactly(*at, version, what))
    });
    facts.collect()
}

/// Leads go where their owners' leads go: at the latest when everybody had been told; one that came in meanwhile goes by
/// itself, and its timeline says when.
fn of_leavings(ledger: &Ledger, news: &AllNews, known: &Known, lead: &Lead) -> Vec<Fact> {
    let mut facts = Vec::new();
    let leavings = ledger.leavings.iter().filter(|leaving| leaving.tenant == lead.tenant);
    for leaving in leavings {
        let (Some(made_at), Some(settled_at)) = (leaving.made_at, leaving.settled_at) else { continue };
        let (user, heir) = (leaving.user, leaving.gone.heir);
        let what = What::Leave { user, heir };
        let (earliest, latest) = (made_at.max(lead.created_at), settled_at.max(lead.created_at));
        facts.push(between(earliest, latest, what.clone()));
        for row in &known.timeline {
            let Event::OwnerChanged { from, to, .. } = &row.event else { continue };
            if *from == Some(user)
                && *to == heir
                && let Some(at) = news.committed.get(&(lead.id, row.version)).filter(|at| **at >= made_at)
            {
                facts.push(exactly(*at, row.version, what.clone()));
            }
        }
    }
    facts
}

/// What of the client's words somebody has to answer: everything but a word that ends all words.
fn of_messages(ledger: &Ledger, news: &AllNews, known: &Known) -> Vec<Fact> {
    let mut facts = Vec::new();
    for row in &known.timeline {
        let Event::MessageReceived { message } = &row.event else { continue };
        let kind = ledger.sent.get(&message.provider_event_id).map(|sent| sent.kind);
        if let Some(Kind::Text | Kind::Start) = kind
            && let Some(at) = news.received.get(&(known.place.lead, row.version))
        {
            facts.push(exactly(*at, row.version, What::Wrote { at: message.received_at }));
        }
    }
    facts
}

/// Calls whose outcome tells of contact, notes of contact, and what of that was taken back.
fn of_contact(ledger: &Ledger, news: &AllNews, lead: &Lead) -> Vec<Fact> {
    let mut facts = Vec::new();
    for deed in ledger.deeds.values().filter(|deed| deed.lead == lead.id) {
        let Told::Applied { version } = deed.told else { continue };
        let Some((id, at, by)) = contact(ledger, news, lead.id, deed) else { continue };
        let valid_from = match deed.does {
            Does::Outcome(..) => news.committed.get(&(lead.id, version)).copied(),
            _ => Some(at),
        };
        let (Some(valid_from), id) = (valid_from, TouchId(id)) else { continue };
        facts.push(exactly(valid_from, version, What::Touch { id, at, by }));
        if let Some((from, to, true)) = deed.undone {
            facts.push(between(from.max(valid_from), to, What::Undelivered { id }));
        }
    }
    facts
}

/// The touch that a deed is, if it is one: which, when, and whose.
fn contact(ledger: &Ledger, news: &AllNews, lead: LeadId, deed: &Deed) -> Option<(Uuid, Timestamp, UserId)> {
    let first = |id: Uuid, what: Learned| {
        let news = news.of_messages.get(&(lead, id))?;
        news.iter().find(|news| news.what == what).map(|news| news.at)
    };
    match deed.does {
        // The touch is the caller's, and of the time of the call.
        Does::Outcome(call, outcome) if counts(outcome) => {
            let caller = ledger.deeds.values().find(|deed| deed.made == Some(call.0))?;
            Some((call.0, first(call.0, Learned::CallStarted)?, caller.viewer.user))
        }
        Does::Note(true) => {
            let entry = deed.made?;
            Some((entry, first(entry, Learned::Touched)?, deed.viewer.user))
        }
        Does::Outcome(..)
        | Does::Note(false)
        | Does::Done(_)
        | Does::Snooze(..)
        | Does::Call
        | Does::Schedule(_)
        | Does::Reassign(..)
        | Does::Status(_)
        | Does::Delete(_) => None,
    }
}

const fn counts(outcome: CallOutcome) -> bool {
    match outcome {
        CallOutcome::Spoke | CallOutcome::LeftMessage => true,
        // No team of these worlds says that it counts.
        CallOutcome::NoAnswer | CallOutcome::WrongNumber => false,
    }
}

/// Whether nothing was known before of the provider having it.
fn first_heard(news: &[News], one: &News) -> bool {
    let accepted = news.iter().find(|news| news.what == Learned::Accepted);
    accepted.is_some_and(|accepted| accepted.is_of_the_same_commit(one))
}

/// What was heard of messages to the client, at the times of the commits.
fn of_sends(sends: &AllNews, lead: &Lead) -> Vec<Fact> {
    let mut facts = Vec::new();
    for ((of, id), news) in &sends.of_messages {
        let Some(sent) = sends.attempts.get(id).filter(|_| *of == lead.id) else { continue };
        let id = TouchId(*id);
        for one @ News { at, what, .. } in news {
            // Whoever hears in one breath that the provider had it and could not deliver it was never in touch.
            let in_vain = || {
                news.iter()
                    .any(|other| other.what == Learned::Undelivered && other.is_of_the_same_commit(one))
            };
            let what = match what {
                Learned::Accepted | Learned::Undelivered if in_vain() && first_heard(news, one) => continue,
                Learned::Accepted => What::Sent { id, tried_at: sent.tried_at, by: sent.by },
                Learned::Undelivered => What::Undelivered { id },
                Learned::Requested
                | Learned::Further
                | Learned::Failed
                | Learned::FailedByOptOut
                | Learned::TakenBack
                | Learned::Touched
                | Learned::TouchRevoked
                | Learned::CallStarted
                | Learned::CallEnded => continue,
            };
            facts.push(exactly(*at, one.version(), what));
        }
    }
    facts
}
