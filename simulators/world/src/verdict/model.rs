//! The reference model: a lead's state from what was done to it, by the table of the life cycle and nothing else. It is
//! written against the words of the specification, and shares no code with the engine's decisions.
//!
//! A command reaches a lead some time between when it was given and when it was answered. Where that makes a difference,
//! the lead is left undecided; worlds count those, and tests hold them few.

use hearthline_engine::{
    ids::{TouchId, UserId},
    lead::{CallOutcome, Event, Lead, StateName},
    rules::TeamRules,
    time::Timestamp,
};

use uuid::Uuid;

use super::{
    facts::Known,
    news::{AllNews, Learned, News},
};
use crate::{
    deeds::{Does, Told},
    ledger::{Ledger, Order},
    running::Durable,
};

/// What came of holding a lead against the model.
pub(super) enum Judged {
    Fits,
    Undecided,
    Broken(String),
}

/// Something that was done to a lead, and when at the earliest and latest it took effect.
#[derive(Clone, Debug)]
struct Fact {
    earliest: Timestamp,
    latest: Timestamp,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
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
        to: UserId,
    },
    Rules(TeamRules),
}

pub(super) fn judge(
    durable: &Durable,
    ledger: &Ledger,
    sends: &AllNews,
    known: &Known,
    lead: &Lead,
    now: Timestamp,
) -> Judged {
    let Some(first) = known.timeline.iter().find_map(|row| match &row.event {
        Event::MessageReceived { message } => Some(message),
        _ => None,
    }) else {
        return Judged::Broken("it stands without a message".to_owned());
    };
    if first.received_at != lead.created_at {
        return Judged::Broken("it was not created when its first message was received".to_owned());
    }
    let owner = durable.office.connections.get(&first.connection).and_then(|known| known.facts.owner);
    let facts = facts(ledger, sends, lead);
    let rules = rules_at_birth(durable, ledger, lead);
    // Early or late, and where a command and a change of rules overlap, in either order.
    let ends: Vec<(StateName, Option<UserId>)> = (0..8_u8)
        .map(|which| {
            let (orders_late, rules_late, rules_first) = (which & 1 != 0, which & 2 != 0, which & 4 != 0);
            let mut taken: Vec<_> = facts
                .iter()
                .map(|fact| {
                    let is_rules = matches!(fact.what, What::Rules(_));
                    let late = if is_rules { rules_late } else { orders_late };
                    (if late { fact.latest } else { fact.earliest }, is_rules != rules_first, fact)
                })
                .collect();
            taken.sort_by_key(|(at, second, _)| (*at, *second));
            let mut model = Model::born(lead.created_at, owner, rules.clone());
            taken.into_iter().for_each(|(at, _, fact)| model.take(at, &fact.what, orders_late));
            model.pass(now);
            (model.state(now), model.owner)
        })
        .collect();
    if ends.iter().any(|end| *end != ends[0]) {
        return Judged::Undecided;
    }
    let (state, owner) = ends[0];
    if lead.state_name() != state {
        let is = lead.state_name();
        return Judged::Broken(format!(
            "it is {is:?}, and should be {state:?}: created {}, {facts:?}, now {now}",
            lead.created_at
        ));
    }
    if lead.owner != owner {
        return Judged::Broken(format!("it belongs to {:?}, and should to {owner:?}", lead.owner));
    }
    Judged::Fits
}

fn facts(ledger: &Ledger, sends: &AllNews, lead: &Lead) -> Vec<Fact> {
    let orders = ledger.given.values().filter(|given| given.lead == lead.id);
    let orders = orders.filter_map(|given| {
        let (latest, _) = given.settled.filter(|(_, holds)| *holds)?;
        let what = match &given.order {
            Order::Touch { id, by, at } => What::Touch { id: *id, at: *at, by: *by },
            Order::Reassign { to, .. } => What::Reassign { to: *to },
        };
        Some(Fact { earliest: given.given_at, latest, what })
    });
    let rulings = ledger.rulings.iter().filter(|ruling| ruling.team == lead.team);
    let rulings = rulings.filter_map(|ruling| {
        let (earliest, latest) = (ruling.made_at?, ruling.rolled_out_at?);
        // Rules from before the lead's birth are those that it was born with.
        (latest > lead.created_at).then(|| Fact {
            earliest: earliest.max(lead.created_at),
            latest,
            what: What::Rules(ruling.rules.clone()),
        })
    });
    orders.chain(rulings).chain(of_sends(sends, lead)).chain(of_deeds(ledger, sends, lead)).collect()
}

/// Calls whose outcome tells of contact, notes of contact, and what of that was taken back.
fn of_deeds(ledger: &Ledger, news: &AllNews, lead: &Lead) -> Vec<Fact> {
    let mut facts = Vec::new();
    let when = |id: Uuid, what: Learned| {
        let news = news.of_messages.get(&(lead.id, id))?;
        news.iter().filter(|news| news.what == what).map(|news| news.at).collect::<Vec<_>>().into()
    };
    for deed in ledger.deeds.values().filter(|deed| deed.lead == lead.id) {
        let Told::Applied { .. } = deed.told else { continue };
        let touch = match deed.does {
            // The touch is the caller's, and of the time of the call.
            Does::Outcome(call, outcome) if counts(outcome) => {
                let caller = ledger.deeds.values().find(|deed| deed.made == Some(call.0));
                let started: Option<Vec<_>> = when(call.0, Learned::CallStarted);
                let at = started.and_then(|at| at.first().copied());
                at.zip(caller).map(|(at, caller)| (call.0, at, caller.viewer.user))
            }
            Does::Note(true) => {
                let at: Option<Vec<_>> = deed.made.and_then(|entry| when(entry, Learned::Touched));
                let at = at.and_then(|at| at.first().copied());
                deed.made.zip(at).map(|(entry, at)| (entry, at, deed.viewer.user))
            }
            Does::Outcome(..)
            | Does::Note(false)
            | Does::Done(_)
            | Does::Snooze(..)
            | Does::Call
            | Does::Schedule(_) => None,
        };
        let Some((id, at, by)) = touch else { continue };
        let valid_from = match (deed.does, &deed.told) {
            (Does::Outcome(..), Told::Applied { version }) => {
                news.committed.get(&(lead.id, *version)).copied()
            }
            (_, _) => Some(at),
        };
        let Some(valid_from) = valid_from else { continue };
        let id = TouchId(id);
        facts.push(Fact { earliest: valid_from, latest: valid_from, what: What::Touch { id, at, by } });
        if let Some((from, to, true)) = deed.undone {
            facts.push(Fact { earliest: from.max(valid_from), latest: to, what: What::Undelivered { id } });
        }
    }
    facts
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
                | Learned::TakenBack
                | Learned::Touched
                | Learned::TouchRevoked
                | Learned::CallStarted
                | Learned::CallEnded => continue,
            };
            facts.push(Fact { earliest: *at, latest: *at, what });
        }
    }
    facts
}

fn rules_at_birth(durable: &Durable, ledger: &Ledger, lead: &Lead) -> TeamRules {
    let before = ledger.rulings.iter().filter(|ruling| ruling.team == lead.team);
    let before = before.filter(|ruling| ruling.rolled_out_at.is_some_and(|at| at <= lead.created_at));
    let first = || durable.office.first_rules.get(&lead.team).cloned().unwrap_or_default();
    before.max_by_key(|ruling| ruling.rules.version).map_or_else(first, |ruling| ruling.rules.clone())
}

/// A lead by the words of the table.
struct Model {
    owner: Option<UserId>,
    rules: TeamRules,
    /// Creation, or the latest reassignment out of Stale.
    anchor: Timestamp,
    /// The touches that end waiting and were not revoked.
    touches: Vec<(TouchId, Timestamp)>,
    /// No first contact is awaited any more, touch or not.
    excused: bool,
    stale_since: Option<Timestamp>,
}

impl Model {
    const fn born(at: Timestamp, owner: Option<UserId>, rules: TeamRules) -> Self {
        Self { owner, rules, anchor: at, touches: Vec::new(), excused: false, stale_since: None }
    }

    fn base(&self) -> Timestamp {
        self.touches.iter().map(|(_, at)| *at).fold(self.anchor, Timestamp::max)
    }

    /// W2 after the base: Stale, which only people end.
    fn pass(&mut self, now: Timestamp) {
        let end = self.base().plus(self.rules.stale_after());
        if self.stale_since.is_none() && end <= now {
            self.stale_since = Some(end);
        }
    }

    fn take(&mut self, now: Timestamp, what: &What, late: bool) {
        self.pass(now);
        match what {
            What::Rules(rules) => self.rules = rules.clone(),
            What::Touch { id, at, by } => self.touch(now, *id, *at, *by),
            What::Sent { id, tried_at, by } => {
                let at = if late { now } else { *tried_at };
                self.touch(now, *id, at, *by);
            }
            What::Undelivered { id } => self.touches.retain(|(known, _)| known != id),
            What::Reassign { to } => {
                if self.owner == Some(*to) {
                    return;
                }
                self.owner = Some(*to);
                if self.stale_since.take().is_some() {
                    (self.anchor, self.excused) = (now, true);
                }
            }
        }
        self.pass(now);
    }

    fn touch(&mut self, now: Timestamp, id: TouchId, at: Timestamp, by: UserId) {
        match self.stale_since {
            Some(since) if at >= since && self.owner != Some(by) => {}
            Some(_) => {
                self.touches.push((id, at));
                if at.plus(self.rules.stale_after()) > now {
                    self.stale_since = None;
                }
            }
            None => self.touches.push((id, at)),
        }
    }

    fn state(&self, now: Timestamp) -> StateName {
        let at_risk = |window: hearthline_engine::time::Seconds| {
            self.base().plus_millis(window.share_millis(self.rules.at_risk_share())) <= now
        };
        if self.stale_since.is_some() {
            StateName::Stale
        } else if self.touches.is_empty() && !self.excused {
            if at_risk(self.rules.first_contact()) { StateName::AtRisk } else { StateName::New }
        } else if at_risk(self.rules.stale_after()) {
            StateName::AtRisk
        } else {
            StateName::Active
        }
    }
}
