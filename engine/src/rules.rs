//! Team rules (LIF-2): the windows that drive every clock of a team's leads.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::{
    hours::{self, Hours},
    time::{Seconds, Timestamp},
};

/// A share of a window in thousandths, so that arithmetic on it is exact. 50 to 950 (0.05 to 0.95).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(u16);

impl Share {
    /// From thousandths; `None` outside 50 to 950.
    #[must_use]
    pub const fn from_permille(permille: u16) -> Option<Self> {
        if permille >= 50 && permille <= 950 { Some(Self(permille)) } else { None }
    }
    /// From a fraction as the API carries it, rounded to thousandths; `None` outside 0.05 to 0.95 or when not a number.
    #[must_use]
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        if !(0.05..=0.95).contains(&fraction) {
            return None;
        }
        // In range by the check above, so the cast can't truncate.
        Self::from_permille((fraction * 1000.0).round() as u16)
    }
    /// In thousandths.
    #[must_use]
    pub const fn permille(self) -> u16 {
        self.0
    }
    /// As the API carries it.
    #[must_use]
    pub fn as_fraction(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

/// Who gets a new lead that came through a connection of the team's own (IDN-1). One that came through somebody's own
/// connection is theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// The connection's owner; a team's connection has none, and the lead waits to be assigned.
    #[default]
    Owner,
    /// The team's agents in turn.
    RoundRobin,
    /// The agent with the fewest live leads.
    LeastLoaded,
    /// Nobody: it waits to be assigned.
    Unassigned,
}

/// What a team set for the clocks of its leads. Always valid: made by [`TeamRules::new`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRules {
    /// How often these rules have changed; a lead holding a lower number applies the newer ones when it next wakes.
    pub version: u64,
    first_contact: Seconds,
    stale_after: Seconds,
    at_risk_share: Share,
    /// When the next follow-up falls due after the first send (DECK-8).
    pub default_follow_up: Seconds,
    /// Whether "no answer" counts as a touch.
    pub no_answer_counts: bool,
    /// Whether an owner change restarts the clock of a lead that is not Stale.
    pub owner_change_restarts_clock: bool,
    /// Who gets a new lead.
    #[serde(default)]
    pub routing: Routing,
    /// Business hours and quiet hours; none for most teams. Shared, because every decision copies the rules.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hours::optional")]
    hours: Option<Arc<Hours>>,
}

/// Why rules were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRules {
    /// `first_contact_s` is 0.
    #[error("first_contact_s must be at least 1")]
    FirstContactTooShort,
    /// `stale_after_s` is not longer than `first_contact_s`.
    #[error("stale_after_s must be greater than first_contact_s")]
    StaleNotAfterFirstContact,
    /// `first_contact_s` would not end within a year of business hours.
    #[error("first_contact_s must be at most a year of business hours, {} s", at_most.0)]
    FirstContactTooLong {
        /// That year.
        at_most: Seconds,
    },
    /// `stale_after_s` would not end within a year of business hours that pause it.
    #[error("stale_after_s must be at most a year of business hours, {} s", at_most.0)]
    StaleTooLong {
        /// That year.
        at_most: Seconds,
    },
}

/// A window in business time may last for so many weeks of it: then it ends, whatever holidays and changes of clocks
/// take away, long before [`hours::HORIZON_DAYS`].
const LONGEST_IN_WEEKS: u32 = 52;

impl TeamRules {
    /// Rules from their parts: `stale_after > first_contact >= 1 s` (LIF-2).
    ///
    /// # Errors
    /// Which bound was broken.
    pub fn new(
        first_contact: Seconds,
        stale_after: Seconds,
        at_risk_share: Share,
    ) -> Result<Self, InvalidRules> {
        if first_contact.0 < 1 {
            return Err(InvalidRules::FirstContactTooShort);
        }
        if stale_after <= first_contact {
            return Err(InvalidRules::StaleNotAfterFirstContact);
        }
        Ok(Self {
            version: 1,
            first_contact,
            stale_after,
            at_risk_share,
            default_follow_up: Seconds(172_800),
            no_answer_counts: false,
            owner_change_restarts_clock: false,
            routing: Routing::Owner,
            hours: None,
        })
    }
    /// These rules with other hours (LIF-5, OUT-7).
    ///
    /// # Errors
    /// A window that would not end in them within a reasonable time.
    pub fn with_hours(self, hours: Option<Hours>) -> Result<Self, InvalidRules> {
        if let Some((hours, business)) = hours.as_ref().and_then(|it| Some((it, it.business.as_ref()?))) {
            let at_most = Seconds(business.weekly().0 * LONGEST_IN_WEEKS);
            if self.first_contact > at_most {
                return Err(InvalidRules::FirstContactTooLong { at_most });
            }
            if hours.pause_stale && self.stale_after > at_most {
                return Err(InvalidRules::StaleTooLong { at_most });
            }
        }
        Ok(Self { hours: hours.map(Arc::new), ..self })
    }
    /// Business hours and quiet hours, if the team has any.
    #[must_use]
    pub fn hours(&self) -> Option<&Hours> {
        self.hours.as_deref()
    }
    /// `W1`: how soon a new lead is to be contacted.
    #[must_use]
    pub const fn first_contact(&self) -> Seconds {
        self.first_contact
    }
    /// `W2`: how long without a touch until a lead is Stale.
    #[must_use]
    pub const fn stale_after(&self) -> Seconds {
        self.stale_after
    }
    /// `r`: at which share of a window a lead is at risk.
    #[must_use]
    pub const fn at_risk_share(&self) -> Share {
        self.at_risk_share
    }
    /// When a first-contact window that starts at `from` is over. It runs in business hours (LIF-5).
    #[must_use]
    pub fn first_contact_ends(&self, from: Timestamp) -> Timestamp {
        later(self.hours(), from, self.first_contact.millis())
    }
    /// When `r` of that window is over.
    #[must_use]
    pub fn first_contact_at_risk(&self, from: Timestamp) -> Timestamp {
        later(self.hours(), from, self.first_contact.share_millis(self.at_risk_share))
    }
    /// When a stale window that starts at `from` is over. It runs around the clock, unless the team says otherwise.
    #[must_use]
    pub fn stale_ends(&self, from: Timestamp) -> Timestamp {
        later(self.stale_hours(), from, self.stale_after.millis())
    }
    /// When `r` of that window is over.
    #[must_use]
    pub fn stale_at_risk(&self, from: Timestamp) -> Timestamp {
        later(self.stale_hours(), from, self.stale_after.share_millis(self.at_risk_share))
    }
    /// How many whole stale windows, one after the other, end between two moments, and when the last of them does. Of
    /// business hours no more than [`hours::HORIZON_DAYS`] days are looked at: windows beyond are not counted.
    #[must_use]
    pub fn stale_windows(&self, from: Timestamp, to: Timestamp) -> (u32, Timestamp) {
        let window_ms = self.stale_after.millis();
        let Some(hours) = self.stale_hours() else {
            let windows = to.millis_since(from).max(0) / window_ms;
            return (saturating(windows), from.plus_millis(windows.saturating_mul(window_ms)));
        };
        let windows = hours.millis_between(from, to) / window_ms;
        let last_end = match windows {
            _ if to.millis_since(from) > hours::HORIZON_MS => to,
            0 => from,
            some => hours.after(from, some * window_ms),
        };
        (saturating(windows), last_end)
    }
    /// When a message may be sent: `now`, or when the quiet hours end that it lies in (OUT-7).
    #[must_use]
    pub fn may_send_from(&self, now: Timestamp) -> Timestamp {
        self.hours().map_or(now, |hours| hours.loud_from(now))
    }
    /// What the stale window has to do with hours.
    fn stale_hours(&self) -> Option<&Hours> {
        self.hours().filter(|hours| hours.pause_stale)
    }
}

fn saturating(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn later(hours: Option<&Hours>, from: Timestamp, millis: i64) -> Timestamp {
    match hours {
        None => from.plus_millis(millis),
        Some(hours) => hours.after(from, millis),
    }
}

impl Default for TeamRules {
    /// 60 min, 48 h, 0.8.
    fn default() -> Self {
        Self::new(Seconds(3_600), Seconds(172_800), Share(800)).expect("48 h is longer than 60 min")
    }
}
