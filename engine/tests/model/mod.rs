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
        self.stale_end(self.base(), 1_000)
    }

    /// The end of a share of the stale window, which runs in business hours only if the team says so.
    fn stale_end(&self, from: Timestamp, permille: i64) -> Timestamp {
        let paused = self.rules.hours().is_some_and(|hours| hours.pause_stale);
        self.end(from, self.rules.stale_after(), permille, paused)
    }

    /// The end of a share of a window, looking at every minute.
    fn end(&self, from: Timestamp, window: Seconds, permille: i64, in_business_hours: bool) -> Timestamp {
        let mut left = i64::from(window.0) * permille;
        let hours = self.rules.hours().filter(|_| in_business_hours);
        let Some((zone, business)) = hours.and_then(|hours| Some((&hours.zone, hours.business.as_ref()?)))
        else {
            return from.plus_millis(left);
        };
        let zone = jiff::tz::TimeZone::get(zone.name()).expect("a zone of the table");
        let mut now = from;
        loop {
            let here = jiff::Timestamp::from_millisecond(now.as_millis()).expect("in our time");
            let here = here.to_zoned(zone.clone());
            let minute = here.hour() as u16 * 60 + here.minute() as u16;
            let spans = &business.week()[here.weekday().to_monday_zero_offset() as usize];
            let next = Timestamp::from_millis((now.as_millis() / 60_000 + 1) * 60_000);
            if spans.iter().any(|span| span.from.minutes() <= minute && minute < span.to.minutes()) {
                let length = next.millis_since(now);
                if left <= length {
                    return now.plus_millis(left);
                }
                left -= length;
            }
            now = next;
        }
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
        let share = i64::from(self.rules.at_risk_share().permille());
        if self.stale_since.is_some() {
            StateName::Stale
        } else if self.touches.is_empty() && !self.excused {
            let end = self.end(self.base(), self.rules.first_contact(), share, true);
            if end <= now { StateName::AtRisk } else { StateName::New }
        } else if self.stale_end(self.base(), share) <= now {
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
                if self.stale_end(at, 1_000) > now {
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
