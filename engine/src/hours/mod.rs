//! Business hours, holidays and quiet hours of a team (LIF-5, OUT-7).
//!
//! What it is for: saying when a span of business time is over, and when quiet hours end.
//!
//! What it promises: a moment is open exactly when the clock on the wall of the team's zone shows a time within a span
//! of that weekday, and the day is no holiday. So an hour that a change of clocks skips is no business time, and one that
//! comes twice counts twice. Every answer is found within [`HORIZON_DAYS`] days' worth of work, whatever the hours are;
//! hours that never open can't be made.
//!
//! What it deliberately does not know: which of a lead's clocks run in business time ([`crate::rules`] does).

mod packed;
mod walk;

use std::fmt;

use crate::time::{Seconds, Timestamp, Zone};
use walk::{Open, open_millis_between};

pub use walk::HORIZON_DAYS;
pub(crate) use {packed::optional, walk::HORIZON_MS};

/// More spans a day are refused.
pub const SPANS_A_DAY: usize = 8;
/// More holidays are refused.
pub const HOLIDAYS: usize = 200;

/// A time on the wall, in whole minutes since midnight: 00:00 to 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(u16);

impl WallTime {
    /// The beginning of a day.
    pub const MIDNIGHT: Self = Self(0);
    /// 24:00, the end of a day.
    pub const END_OF_DAY: Self = Self(1_440);

    /// From hour and minute; `None` beyond 24:00 or with more than 59 minutes.
    #[must_use]
    pub const fn new(hour: u16, minute: u16) -> Option<Self> {
        if hour < 24 && minute < 60 || hour == 24 && minute == 0 {
            Some(Self(hour * 60 + minute))
        } else {
            None
        }
    }
    /// From `HH:MM`, two digits each.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str| {
            let two = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            two.then(|| part.parse().ok()).flatten()
        };
        let (hour, minute) = text.split_once(':')?;
        Self::new(digits(hour)?, digits(minute)?)
    }
    /// Minutes since midnight, 0 to 1440.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
    const fn from_minutes(minutes: u16) -> Option<Self> {
        Self::new(minutes / 60, minutes % 60)
    }
}

/// `HH:MM`.
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// From a time on the wall until another one of the same day, the end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSpan {
    /// The first open minute.
    pub from: WallTime,
    /// The first minute that is closed again.
    pub to: WallTime,
}

/// A day of the calendar, 1970-01-01 to 2149-06-06, as days since the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holiday(u16);

impl Holiday {
    /// From `YYYY-MM-DD`; `None` for what is no such day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date: jiff::civil::Date = plain.then(|| text.parse().ok()).flatten()?;
        let days = date.since((jiff::Unit::Day, first_day())).ok()?.get_days();
        u16::try_from(days).ok().map(Self)
    }
}

/// `YYYY-MM-DD`.
impl fmt::Display for Holiday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = first_day().saturating_add(jiff::Span::new().days(i64::from(self.0)));
        fmt::Display::fmt(&date, f)
    }
}

const fn first_day() -> jiff::civil::Date {
    jiff::civil::date(1970, 1, 1)
}

/// When a team works. Always valid: made by [`BusinessHours::new`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessHours {
    /// Monday first; in order, and apart from each other.
    week: [Vec<OpenSpan>; 7],
    /// In order, each once.
    holidays: Vec<Holiday>,
}

/// Why business hours were refused. `weekday`: 0 is Monday; `span`: its place in that day's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the comment of the type speaks of the fields")]
pub enum InvalidHours {
    /// A span that ends where it starts, or before.
    #[error("a span must end after it starts")]
    EndsTooEarly { weekday: usize, span: usize },
    /// A span that starts before the one before it has ended.
    #[error("the spans of a day must be in order and must not overlap")]
    Overlaps { weekday: usize, span: usize },
    /// More than [`SPANS_A_DAY`].
    #[error("a day has at most {SPANS_A_DAY} spans")]
    TooManySpans { weekday: usize },
    /// More than [`HOLIDAYS`].
    #[error("there are at most {HOLIDAYS} holidays")]
    TooManyHolidays,
    /// No day of the week has a span.
    #[error("at least one day of the week must have a span")]
    NeverOpen,
}

impl BusinessHours {
    /// From the spans of each weekday, Monday first, and the days on which nobody works. Days may come in any order and
    /// twice.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn new(week: [Vec<OpenSpan>; 7], mut holidays: Vec<Holiday>) -> Result<Self, InvalidHours> {
        for (weekday, spans) in week.iter().enumerate() {
            if spans.len() > SPANS_A_DAY {
                return Err(InvalidHours::TooManySpans { weekday });
            }
            let mut closed_since = WallTime::MIDNIGHT;
            for (span, OpenSpan { from, to }) in spans.iter().enumerate() {
                if to <= from {
                    return Err(InvalidHours::EndsTooEarly { weekday, span });
                }
                if *from < closed_since {
                    return Err(InvalidHours::Overlaps { weekday, span });
                }
                closed_since = *to;
            }
        }
        if week.iter().all(Vec::is_empty) {
            return Err(InvalidHours::NeverOpen);
        }
        holidays.sort_unstable();
        holidays.dedup();
        if holidays.len() > HOLIDAYS {
            return Err(InvalidHours::TooManyHolidays);
        }
        Ok(Self { week, holidays })
    }

    /// The spans of each weekday, Monday first.
    #[must_use]
    pub const fn week(&self) -> &[Vec<OpenSpan>; 7] {
        &self.week
    }
    /// The days on which nobody works, in order.
    #[must_use]
    pub fn holidays(&self) -> &[Holiday] {
        &self.holidays
    }
    /// How much business time a week without holidays has, at most: 60 s to a week.
    #[must_use]
    pub fn weekly(&self) -> Seconds {
        let minutes = self.week.iter().flatten().map(|span| u32::from(span.to.0 - span.from.0)).sum::<u32>();
        Seconds(minutes * 60)
    }
}

/// When nothing is sent (OUT-7), every day, over midnight too. Always valid: it begins and ends at different times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: WallTime,
    to: WallTime,
    /// The rest of the day, for each weekday.
    loud: [Vec<OpenSpan>; 7],
}

impl QuietHours {
    /// From one time on the wall to another, the end not included; `None` when they are the same, or would last all day.
    #[must_use]
    pub fn new(from: WallTime, to: WallTime) -> Option<Self> {
        let spans = if from < to {
            vec![
                OpenSpan { from: WallTime::MIDNIGHT, to: from },
                OpenSpan { from: to, to: WallTime::END_OF_DAY },
            ]
        } else {
            vec![OpenSpan { from: to, to: from }]
        };
        let spans: Vec<OpenSpan> = spans.into_iter().filter(|span| span.from < span.to).collect();
        let lasts = if from < to { !spans.is_empty() } else { spans != [all_day()] && !spans.is_empty() };
        lasts.then(|| Self { from, to, loud: std::array::from_fn(|_| spans.clone()) })
    }
    /// When they begin.
    #[must_use]
    pub const fn from(&self) -> WallTime {
        self.from
    }
    /// When they end.
    #[must_use]
    pub const fn to(&self) -> WallTime {
        self.to
    }
}

const fn all_day() -> OpenSpan {
    OpenSpan { from: WallTime::MIDNIGHT, to: WallTime::END_OF_DAY }
}

/// What a team's wall clock has a say in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Whose clocks and calendar.
    pub zone: Zone,
    /// None: all time is business time.
    pub business: Option<BusinessHours>,
    /// Whether the stale window runs in business time too (default: it does not).
    pub pause_stale: bool,
    /// None: a message may be sent at any time.
    pub quiet: Option<QuietHours>,
}

impl Hours {
    /// When `millis` of business time have passed since `from`: never before the first open moment, and never after
    /// [`HORIZON_DAYS`] days.
    #[must_use]
    pub fn after(&self, from: Timestamp, millis: i64) -> Timestamp {
        match &self.business {
            None => from.plus_millis(millis),
            Some(business) => self.open(business).after(from, millis),
        }
    }
    /// How much business time lies between two moments, in milliseconds; what lies more than [`HORIZON_DAYS`] days
    /// behind `from` is not counted.
    #[must_use]
    pub fn millis_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        match &self.business {
            None => to.millis_since(from).max(0),
            Some(business) => open_millis_between(&self.open(business), from, to),
        }
    }
    /// `now`, or when the quiet hours end that it lies in.
    #[must_use]
    pub fn loud_from(&self, now: Timestamp) -> Timestamp {
        match &self.quiet {
            None => now,
            Some(quiet) => Open { zone: &self.zone, week: &quiet.loud, holidays: &[] }.after(now, 0),
        }
    }
    const fn open<'a>(&'a self, business: &'a BusinessHours) -> Open<'a> {
        Open { zone: &self.zone, week: &business.week, holidays: business.holidays.as_slice() }
    }
}
