//! The reference model: a lead's state from what was done to it, by the table of the life cycle and nothing else. It is
//! written against the words of the specification, and shares no code with the engine's decisions.
//!
//! A command reaches a lead some time between when it was given and when it was answered. Where that makes a difference,
//! the lead is left undecided; worlds count those, and tests hold them few.

use hearthline_engine::{
    ids::{TeamId, TouchId, UserId},
    lead::{Lead, StateName, Status},
    rules::TeamRules,
    time::Timestamp,
};
use std::collections::BTreeMap;

use super::history::{Birth, Fact, What};
use crate::calendar::Calendar;

/// What came of holding a lead against the model.
pub(super) enum Judged {
    Fits,
    Undecided,
    Broken(String),
}

/// A lead's history in all the orders that it may have had.
pub(super) struct Past {
    birth: Birth,
    facts: Vec<Fact>,
}

/// What the model says of a lead at some moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub owner: Option<UserId>,
    pub team: TeamId,
    /// Since when it is Stale, and not put away.
    pub stale_since: Option<Timestamp>,
    pub deleted: bool,
    pub rules: TeamRules,
}

impl Seen {
    fn of(model: Model) -> Self {
        Self {
            owner: model.owner,
            team: model.team,
            stale_since: model.stale_since.filter(|_| model.put_away.is_none()),
            deleted: model.deleted,
            rules: model.rules,
        }
    }
}

/// What of a lead can be held against it.
type End = (StateName, Option<UserId>, TeamId, Status, bool);

impl Past {
    pub(super) const fn new(birth: Birth, facts: Vec<Fact>) -> Self {
        Self { birth, facts }
    }

    /// The model at a moment, in each order: early or late, and where a command and a change of rules overlap, in either
    /// order; and what is of that very millisecond may have come before or after it.
    fn at(&self, now: Timestamp, with_now: &[bool]) -> Vec<Model> {
        // What was decided is not there before storage has it.
        self.when(now, with_now, |at, fact| fact.seen_from.unwrap_or(at))
    }

    /// The same, with what is there from when a fact became true on, by that.
    fn when(
        &self,
        now: Timestamp,
        with_now: &[bool],
        there: impl Fn(Timestamp, &Fact) -> Timestamp,
    ) -> Vec<Model> {
        let mut models = Vec::new();
        for which in 0..8_u8 {
            let (orders_late, rules_late, rules_first) = (which & 1 != 0, which & 2 != 0, which & 4 != 0);
            let mut taken: Vec<_> = self
                .facts
                .iter()
                .map(|fact| {
                    let is_rules = matches!(fact.what, What::Rules { .. });
                    let late = if is_rules { rules_late } else { orders_late };
                    let at = if late { fact.latest } else { fact.earliest };
                    // One whose commit is not known comes before or after all others of its millisecond.
                    let version = if fact.version == 0 && orders_late { u64::MAX } else { fact.version };
                    (at, is_rules != rules_first, version, fact)
                })
                .collect();
            taken.sort_by_key(|(at, second, version, _)| (*at, *second, *version));
            for with_now in with_now {
                let mut model = Model::born(&self.birth);
                let is_before = |at: Timestamp| at < now || (*with_now && at == now);
                let before = taken.iter().filter(|(at, _, _, fact)| is_before(there(*at, fact)));
                before.for_each(|(at, _, _, fact)| model.take(*at, &fact.what, orders_late));
                model.pass(now);
                models.push(model);
            }
        }
        models
    }

    /// What may have been true of the lead at some moment from one to another.
    pub(super) fn seen_between(&self, from: Timestamp, to: Timestamp) -> Vec<Seen> {
        let changes = self.facts.iter().flat_map(|fact| match fact.seen_from {
            Some(at) => [at, at],
            None => [fact.earliest, fact.latest],
        });
        let mut moments: Vec<Timestamp> = changes.filter(|at| (from..=to).contains(at)).collect();
        moments.extend([from, to]);
        moments.sort_unstable();
        moments.dedup();
        let mut all: Vec<Seen> = Vec::new();
        for seen in moments.into_iter().flat_map(|at| self.seen(at)) {
            if !all.contains(&seen) {
                all.push(seen);
            }
        }
        all
    }

    /// What may have been true of the lead at that moment.
    pub(super) fn seen(&self, at: Timestamp) -> Vec<Seen> {
        self.at(at, &[false, true]).into_iter().map(Seen::of).collect()
    }

    /// The same, for the lead's own decisions: in one commit they follow each other before storage has any of them.
    pub(super) fn decided(&self, at: Timestamp) -> Vec<Seen> {
        self.when(at, &[false, true], |at, _| at).into_iter().map(Seen::of).collect()
    }

    /// Holds a lead as it stands now against the model.
    pub(super) fn judge(&self, lead: &Lead, now: Timestamp) -> Judged {
        let ends: Vec<End> = self.at(now, &[true]).iter().map(|model| model.end(now)).collect();
        if ends.iter().any(|end| *end != ends[0]) {
            return Judged::Undecided;
        }
        let is = (lead.state_name(), lead.owner, lead.team, lead.status, lead.deleted);
        if is == ends[0] {
            return Judged::Fits;
        }
        let (birth, facts) = (&self.birth, &self.facts);
        Judged::Broken(format!("it is {is:?}, and should be {:?}: {birth:?}, {facts:?}, now {now}", ends[0]))
    }
}

/// A lead by the words of the table.
struct Model {
    owner: Option<UserId>,
    team: TeamId,
    rules: TeamRules,
    /// The rules of each team of the tenant.
    books: BTreeMap<TeamId, TeamRules>,
    /// The latest of creation, hand-back, reassignment out of Stale and return from the archive.
    anchor: Timestamp,
    /// The touches that end waiting and were not revoked.
    touches: Vec<(TouchId, Timestamp)>,
    /// No first contact is awaited any more, touch or not.
    excused: bool,
    stale_since: Option<Timestamp>,
    status: Status,
    /// What the status goes back to.
    before: Status,
    deleted: bool,
    /// The state in which it was archived or deleted: no clock runs since.
    put_away: Option<StateName>,
}

impl Model {
    fn born(birth: &Birth) -> Self {
        let rules = birth.books.get(&birth.team).cloned().unwrap_or_default();
        Self {
            owner: birth.owner,
            team: birth.team,
            rules,
            books: birth.books.clone(),
            anchor: birth.at,
            touches: Vec::new(),
            excused: false,
            stale_since: None,
            status: Status::Lead,
            before: Status::Lead,
            deleted: false,
            put_away: None,
        }
    }

    fn end(&self, now: Timestamp) -> End {
        (self.state(now), self.owner, self.team, self.status, self.deleted)
    }

    fn base(&self) -> Timestamp {
        self.touches.iter().map(|(_, at)| *at).fold(self.anchor, Timestamp::max)
    }

    /// Whether W2 after that moment is over. Business hours only make it longer.
    fn stale_end(&self, from: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let window_ms = self.rules.stale_after().millis();
        if from.plus_millis(window_ms) > now {
            return None;
        }
        Some(Calendar::of(&self.rules).stale_after(from, window_ms)).filter(|end| *end <= now)
    }

    /// W2 after the base: Stale, which only people end.
    fn pass(&mut self, now: Timestamp) {
        if self.stale_since.is_none() && self.put_away.is_none() {
            self.stale_since = self.stale_end(self.base(), now);
        }
    }

    fn take(&mut self, now: Timestamp, what: &What, late: bool) {
        self.pass(now);
        match what {
            What::Rules { team, rules } => {
                self.books.insert(*team, rules.clone());
                if self.team == *team {
                    self.rules = rules.clone();
                }
            }
            What::Touch { id, at, by } => self.touch(now, *id, *at, *by),
            What::Sent { id, tried_at, by } => {
                let at = if late { now } else { *tried_at };
                self.touch(now, *id, at, *by);
            }
            What::Undelivered { id } => self.touches.retain(|(known, _)| known != id),
            What::Reassign { to, team } => self.reassign(now, *to, *team),
            What::Leave { user, heir } => {
                if self.owner == Some(*user) && !self.deleted {
                    self.reassign(now, *heir, self.team);
                }
            }
            What::HandBack => {
                if self.put_away.is_none() && self.owner.is_some() && self.stale_since.take().is_some() {
                    (self.anchor, self.excused) = (now, true);
                }
            }
            What::Status(to) => self.change_status(now, *to),
            What::Delete => {
                self.put_away = Some(self.state(now));
                self.deleted = true;
            }
            What::Wrote { at } => {
                if self.status == Status::Archived && !self.deleted {
                    let before = self.before;
                    self.bring_back(*at, before);
                }
            }
        }
        self.pass(now);
    }

    fn reassign(&mut self, now: Timestamp, to: Option<UserId>, team: TeamId) {
        if self.deleted {
            return;
        }
        let same_owner = self.owner == to;
        if self.team != team {
            self.rules = self.books.get(&team).cloned().unwrap_or_default();
        }
        (self.owner, self.team) = (to, team);
        if !same_owner && self.put_away.is_none() && self.stale_since.take().is_some() {
            (self.anchor, self.excused) = (now, true);
        }
    }

    fn change_status(&mut self, now: Timestamp, to: Status) {
        if self.deleted || self.status == to {
            return;
        }
        match (self.status, to) {
            (Status::Archived, Status::Lead | Status::ActiveClient) => self.bring_back(now, to),
            (before, Status::Archived) => {
                self.put_away = Some(self.state(now));
                (self.before, self.status) = (before, to);
            }
            (_, Status::Lead | Status::ActiveClient) => self.status = to,
        }
    }

    /// Active, with the stale window starting then.
    fn bring_back(&mut self, at: Timestamp, to: Status) {
        (self.status, self.put_away, self.stale_since) = (to, None, None);
        (self.anchor, self.excused) = (self.anchor.max(at), true);
    }

    fn touch(&mut self, now: Timestamp, id: TouchId, at: Timestamp, by: UserId) {
        match self.stale_since.filter(|_| self.put_away.is_none()) {
            Some(since) if at >= since && self.owner != Some(by) => {}
            Some(_) => {
                self.touches.push((id, at));
                if self.stale_end(at, now).is_none() {
                    self.stale_since = None;
                }
            }
            None => self.touches.push((id, at)),
        }
    }

    fn state(&self, now: Timestamp) -> StateName {
        if let Some(frozen) = self.put_away {
            return frozen;
        }
        let (calendar, share) = (Calendar::of(&self.rules), self.rules.at_risk_share());
        if self.stale_since.is_some() {
            StateName::Stale
        } else if self.touches.is_empty() && !self.excused {
            let share_ms = self.rules.first_contact().share_millis(share);
            let at_risk = calendar.first_contact_after(self.base(), share_ms) <= now;
            if at_risk { StateName::AtRisk } else { StateName::New }
        } else if calendar.stale_after(self.base(), self.rules.stale_after().share_millis(share)) <= now {
            StateName::AtRisk
        } else {
            StateName::Active
        }
    }
}
