//! Team rules on the wire, and the reading of a change to them (LIF-2).

use hearthline_engine::{
    hours::{self, Hours},
    rules::{self, InvalidRules, Share, TeamRules},
    time::{Seconds, Zone},
};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::{
    BusinessHours, FieldError, Form, FromForm, QuietHours,
    form::{
        Change,
        read::{self, one_of},
    },
    hours::{read_business, read_quiet},
};

/// Who gets a new lead that came through a connection of the team's own (IDN-1). One that came through somebody's own
/// connection is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// The connection's owner; a team's connection has none, and the lead waits to be assigned.
    Owner,
    /// The team's active agents in turn.
    RoundRobin,
    /// The active agent with the fewest live leads.
    LeastLoaded,
    /// Nobody: it waits to be assigned.
    Unassigned,
}

impl Routing {
    /// All of them, by name.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("owner", Self::Owner),
        ("round_robin", Self::RoundRobin),
        ("least_loaded", Self::LeastLoaded),
        ("unassigned", Self::Unassigned),
    ];

    const fn of(routing: rules::Routing) -> Self {
        match routing {
            rules::Routing::Owner => Self::Owner,
            rules::Routing::RoundRobin => Self::RoundRobin,
            rules::Routing::LeastLoaded => Self::LeastLoaded,
            rules::Routing::Unassigned => Self::Unassigned,
        }
    }

    const fn rule(self) -> rules::Routing {
        match self {
            Self::Owner => rules::Routing::Owner,
            Self::RoundRobin => rules::Routing::RoundRobin,
            Self::LeastLoaded => rules::Routing::LeastLoaded,
            Self::Unassigned => rules::Routing::Unassigned,
        }
    }
}

/// The rules of a team: spans in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Rules {
    /// How soon a new lead is to be contacted.
    #[schema(example = 3600)]
    pub first_contact_s: u32,
    /// How long without a touch until a lead is Stale.
    #[schema(example = 172_800)]
    pub stale_after_s: u32,
    /// At which share of a window a lead is at risk, 0.05 to 0.95.
    #[schema(example = 0.8)]
    pub at_risk_share: f64,
    /// In these the first-contact window runs; null: around the clock.
    pub business_hours: Option<BusinessHours>,
    /// Whether the stale window too runs in business hours only.
    pub pause_stale_window: bool,
    /// In these nothing is sent; null: a message may be sent at any time.
    pub quiet_hours: Option<QuietHours>,
    /// Whose clocks and calendar both kinds of hours mean.
    #[schema(example = "Europe/Paris")]
    pub time_zone: String,
    /// When the follow-up after the first send falls due.
    #[schema(example = 172_800)]
    pub default_follow_up_s: u32,
    pub routing: Routing,
    /// Whether a call that nobody answered counts as a touch.
    pub no_answer_counts: bool,
    /// Whether a new owner starts the clock again.
    pub owner_change_restarts_clock: bool,
    /// How often they were changed; the ETag.
    pub version: u64,
}

impl Rules {
    /// A team's rules as they are shown.
    #[must_use]
    pub fn of(rules: &TeamRules, time_zone: &str) -> Self {
        Self {
            first_contact_s: rules.first_contact().0,
            stale_after_s: rules.stale_after().0,
            at_risk_share: rules.at_risk_share().as_fraction(),
            business_hours: rules.hours().and_then(|hours| hours.business.as_ref()).map(BusinessHours::of),
            pause_stale_window: rules.hours().is_some_and(|hours| hours.pause_stale),
            quiet_hours: rules.hours().and_then(|hours| hours.quiet.as_ref()).map(QuietHours::of),
            time_zone: time_zone.to_owned(),
            default_follow_up_s: rules.default_follow_up.0,
            routing: Routing::of(rules.routing),
            no_answer_counts: rules.no_answer_counts,
            owner_change_restarts_clock: rules.owner_change_restarts_clock,
            version: rules.version,
        }
    }
}

/// `PATCH /v1/teams/{id}/rules`: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesChange {
    /// 1 to 315,360,000.
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub first_contact_s: Option<u32>,
    /// Greater than `first_contact_s`.
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub stale_after_s: Option<u32>,
    #[schema(minimum = 0.05, maximum = 0.95)]
    pub at_risk_share: Option<f64>,
    /// As a whole; null: windows run around the clock.
    #[serde(skip_serializing_if = "Change::is_keep", serialize_with = "business_hours")]
    #[schema(value_type = Option<BusinessHours>)]
    pub business_hours: Change<hours::BusinessHours>,
    /// Only with business hours.
    pub pause_stale_window: Option<bool>,
    /// Null: a message may be sent at any time.
    #[serde(skip_serializing_if = "Change::is_keep", serialize_with = "quiet_hours")]
    #[schema(value_type = Option<QuietHours>)]
    pub quiet_hours: Change<hours::QuietHours>,
    pub time_zone: Option<String>,
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub default_follow_up_s: Option<u32>,
    pub routing: Option<Routing>,
    pub no_answer_counts: Option<bool>,
    pub owner_change_restarts_clock: Option<bool>,
}

fn business_hours<S: Serializer>(hours: &Change<hours::BusinessHours>, to: S) -> Result<S::Ok, S::Error> {
    hours.as_ref().map(BusinessHours::of).serialize(to)
}

fn quiet_hours<S: Serializer>(hours: &Change<hours::QuietHours>, to: S) -> Result<S::Ok, S::Error> {
    hours.as_ref().map(QuietHours::of).serialize(to)
}

impl FromForm for RulesChange {
    fn read(form: &mut Form) -> Option<Self> {
        let first_contact_s = form.optional("first_contact_s", read::seconds);
        let stale_after_s = form.optional("stale_after_s", read::seconds);
        let at_risk_share = form.optional("at_risk_share", read::fraction(0.05..=0.95));
        let business_hours = form.change_object("business_hours", read_business);
        let pause_stale_window = form.optional("pause_stale_window", read::boolean);
        let quiet_hours = form.change_object("quiet_hours", read_quiet);
        let time_zone = form.optional("time_zone", read::time_zone);
        let default_follow_up_s = form.optional("default_follow_up_s", read::seconds);
        let routing = form.optional("routing", one_of(Routing::ALL));
        let no_answer_counts = form.optional("no_answer_counts", read::boolean);
        let restarts = form.optional("owner_change_restarts_clock", read::boolean);
        Some(Self {
            first_contact_s: first_contact_s?,
            stale_after_s: stale_after_s?,
            at_risk_share: at_risk_share?,
            business_hours: business_hours?,
            pause_stale_window: pause_stale_window?,
            quiet_hours: quiet_hours?,
            time_zone: time_zone?,
            default_follow_up_s: default_follow_up_s?,
            routing: routing?,
            no_answer_counts: no_answer_counts?,
            owner_change_restarts_clock: restarts?,
        })
    }
}

impl RulesChange {
    /// The rules after this change of a team in `time_zone`, of the same version: who stores them counts.
    ///
    /// # Errors
    /// The field that broke a bound, by the name the change has it under.
    pub fn apply(&self, to: &TeamRules, time_zone: &str) -> Result<TeamRules, FieldError> {
        let first_contact = self.first_contact_s.map_or(to.first_contact(), Seconds);
        let stale_after = self.stale_after_s.map_or(to.stale_after(), Seconds);
        let share = match self.at_risk_share {
            None => to.at_risk_share(),
            Some(fraction) => Share::from_fraction(fraction).ok_or_else(|| {
                FieldError::new("at_risk_share", "out_of_range", "must be a number from 0.05 to 0.95")
            })?,
        };
        let hours = self.hours(to, time_zone)?;
        let mut rules = TeamRules::new(first_contact, stale_after, share)
            .and_then(|rules| rules.with_hours(hours))
            .map_err(|why| self.broken(why, to))?;
        rules.version = to.version;
        rules.routing = self.routing.map_or(to.routing, Routing::rule);
        rules.default_follow_up = self.default_follow_up_s.map_or(to.default_follow_up, Seconds);
        rules.no_answer_counts = self.no_answer_counts.unwrap_or(to.no_answer_counts);
        rules.owner_change_restarts_clock =
            self.owner_change_restarts_clock.unwrap_or(to.owner_change_restarts_clock);
        Ok(rules)
    }

    /// Business hours and quiet hours after this change: in the zone that holds then.
    fn hours(&self, to: &TeamRules, time_zone: &str) -> Result<Option<Hours>, FieldError> {
        let known = to.hours();
        let business = self.business_hours.clone().of(known.and_then(|hours| hours.business.clone()));
        let quiet = self.quiet_hours.clone().of(known.and_then(|hours| hours.quiet.clone()));
        let pause_stale = match self.pause_stale_window {
            Some(true) if business.is_none() => {
                let allowed = "must be false without business_hours";
                return Err(FieldError::new("pause_stale_window", "not_allowed", allowed));
            }
            Some(pause) => pause,
            None => known.is_some_and(|hours| hours.pause_stale) && business.is_some(),
        };
        if business.is_none() && quiet.is_none() {
            return Ok(None);
        }
        let zone = Zone::named(self.time_zone.as_deref().unwrap_or(time_zone)).unwrap_or(Zone::UTC);
        Ok(Some(Hours { zone, business, pause_stale, quiet }))
    }

    fn broken(&self, why: InvalidRules, to: &TeamRules) -> FieldError {
        match why {
            InvalidRules::FirstContactTooShort => {
                FieldError::new("first_contact_s", "out_of_range", "must be at least 1")
            }
            InvalidRules::FirstContactTooLong { at_most } => {
                too_long("first_contact_s", self.first_contact_s.is_some(), at_most)
            }
            InvalidRules::StaleTooLong { at_most } => {
                too_long("stale_after_s", self.stale_after_s.is_some(), at_most)
            }
            InvalidRules::StaleNotAfterFirstContact if self.stale_after_s.is_some() => {
                let floor = self.first_contact_s.unwrap_or(to.first_contact().0);
                let allowed = format!("must be greater than first_contact_s, which is {floor}");
                FieldError::new("stale_after_s", "out_of_range", allowed)
            }
            InvalidRules::StaleNotAfterFirstContact => {
                let allowed = format!("must be less than stale_after_s, which is {}", to.stale_after().0);
                FieldError::new("first_contact_s", "out_of_range", allowed)
            }
        }
    }
}

/// A window that would not end within a year of business hours: the window is to blame if it was sent, else the hours.
fn too_long(window: &str, sent: bool, at_most: Seconds) -> FieldError {
    if sent {
        let allowed = format!("must be at most {}, which is a year of these business hours", at_most.0);
        return FieldError::new(window, "out_of_range", allowed);
    }
    let allowed = format!("a year of them is {} s, and must be at least {window}", at_most.0);
    FieldError::new("business_hours", "out_of_range", allowed)
}
