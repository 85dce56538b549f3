//! Team rules (LIF-2): the windows that drive every clock of a team's leads.

use serde::{Deserialize, Serialize};

use crate::time::Seconds;

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
}

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
        })
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
}

impl Default for TeamRules {
    /// 60 min, 48 h, 0.8.
    fn default() -> Self {
        Self::new(Seconds(3_600), Seconds(172_800), Share(800)).expect("48 h is longer than 60 min")
    }
}
