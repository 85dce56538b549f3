//! An independent reference model of the follow-up state: no events, cards or marks, only what the table says about time.
//!
//! It knows the base, the touches and the windows, and that Stale lasts until somebody ends it. It was written from
//! lifecycle.md and requirements.md, not from the engine.

use hearthline_engine::{
    ids::{TouchId, UserId},
    lead::StateName,
    rules::TeamRules,
    time::{Seconds, Timestamp},
};

#[derive(Clone, Debug)]
pub struct Model {
    pub rules: TeamRules,
    pub owner: Option<UserId>,
    /// Creation, hand-back, reassignment out of Stale, return from the archive.
    anchor: Timestamp,
    /// Touches that end waiting, and those of rescuers, which do not (RSC-6).
    touches: Vec<(TouchId, Timestamp)>,
    rescuers: Vec<(TouchId, Timestamp)>,
    /// It has been Active without a touch: by return, hand-back or reassignment.
    excused: bool,
    stale_since: Option<Timestamp>,
    /// What is shown while no clock runs.
    pub asleep: Option<StateName>,
}

impl Model {
    pub fn created(at: Timestamp, owner: Option<UserId>, rules: TeamRules) -> Self {
        Self {
            rules,
            owner,
            anchor: at,
            touches: Vec::new(),
            rescuers: Vec::new(),
            excused: false,
            stale_since: None,
            asleep: None,
        }
    }

    pub fn base(&self) -> Timestamp {
        self.touches.iter().map(|(_, at)| *at).fold(self.anchor, Timestamp::max)
    }

    fn stale_at(&self) -> Timestamp {
        self.base().plus(self.rules.stale_after())
    }

    /// Time passes.
    pub fn until(&mut self, now: Timestamp) {
        if self.asleep.is_none() && self.stale_since.is_none() && self.stale_at() <= now {
            self.stale_since = Some(self.stale_at());
        }
    }

    pub fn state(&self, now: Timestamp) -> StateName {
        if let Some(shown) = self.asleep {
            return shown;
        }
        let share = self.rules.at_risk_share();
        let passed = |window: Seconds| self.base().plus_millis(window.share_millis(share)) <= now;
        if self.stale_since.is_some() {
            StateName::Stale
        } else if self.touches.is_empty() && !self.excused {
            if passed(self.rules.first_contact()) { StateName::AtRisk } else { StateName::New }
        } else if passed(self.rules.stale_after()) {
            StateName::AtRisk
        } else {
            StateName::Active
        }
    }

    pub fn touched(&mut self, id: TouchId, by: UserId, at: Timestamp, now: Timestamp) {
        let at = at.min(now);
        // Taken again under an id that was forgotten long ago.
        self.revoked(id);
        let since = self.stale_since.filter(|_| self.asleep.is_none());
        match since {
            Some(since) if at >= since && self.owner != Some(by) => self.rescuers.push((id, at)),
            Some(_) => {
                self.touches.push((id, at));
                if at.plus(self.rules.stale_after()) > now {
                    self.stale_since = None;
                }
            }
            None => self.touches.push((id, at)),
        }
    }

    pub fn revoked(&mut self, id: TouchId) {
        self.touches.retain(|(known, _)| *known != id);
        self.rescuers.retain(|(known, _)| *known != id);
    }

    /// Out of Stale by hand-back or reassignment.
    pub fn begun_anew(&mut self, now: Timestamp) {
        (self.anchor, self.stale_since, self.excused) = (self.anchor.max(now), None, true);
    }

    pub fn owner_changed(&mut self, to: Option<UserId>, now: Timestamp) {
        let changed = self.owner != to;
        self.owner = to;
        if self.asleep.is_some() || !changed {
            return;
        }
        if self.stale_since.is_some() {
            self.begun_anew(now);
        } else if self.rules.owner_change_restarts_clock {
            self.anchor = self.anchor.max(now);
        }
    }

    pub fn put_to_sleep(&mut self, now: Timestamp) {
        self.asleep = Some(self.state(now));
    }

    pub fn woken(&mut self, at: Timestamp) {
        self.asleep = None;
        self.begun_anew(at);
    }
}
