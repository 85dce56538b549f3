//! Walking through open time. Between two changes of clocks a zone is a fixed distance from UTC, so that what is open
//! there is plain arithmetic on whole days; only the changes themselves are looked up.

use super::{Holiday, OpenSpan, WallTime};
use crate::time::{Timestamp, Zone};

/// No answer lies further away than so many days (20 years): a bound for work, not a rule. Windows that pass
/// [`crate::rules::TeamRules::with_hours`] end long before.
pub const HORIZON_DAYS: i64 = 7_320;

/// [`HORIZON_DAYS`] in milliseconds.
pub(crate) const HORIZON_MS: i64 = HORIZON_DAYS * DAY_MS;
const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// 1970-01-01 was a Thursday; weeks begin on Monday.
const WEEKDAY_OF_DAY_0: i64 = 3;

/// Open time: spans of each weekday, Monday first, in a zone, on days that are no holiday.
pub(super) struct Open<'a> {
    pub zone: &'a Zone,
    pub week: &'a [Vec<OpenSpan>; 7],
    pub holidays: &'a [Holiday],
}

impl Open<'_> {
    /// When so much open time has passed since `from`.
    pub(super) fn after(&self, from: Timestamp, millis: i64) -> Timestamp {
        let horizon = from.plus_millis(HORIZON_MS);
        let mut left = millis;
        for (opens, closes) in self.pieces(from, horizon) {
            let length = closes.millis_since(opens);
            if left <= length {
                return opens.plus_millis(left);
            }
            left -= length;
        }
        horizon
    }

    /// The open pieces of a stretch of time, in order, none of them empty.
    fn pieces(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        steady(self.zone, from, until).flat_map(move |steady| {
            let (first, last) = (steady.from_ms.div_euclid(DAY_MS), (steady.until_ms - 1).div_euclid(DAY_MS));
            (first..=last).flat_map(move |day| {
                self.spans(day).iter().filter_map(move |span| {
                    let (opens, closes) = (shown(day, span.from), shown(day, span.to));
                    let (opens, closes) = (opens.max(steady.from_ms), closes.min(steady.until_ms));
                    (opens < closes).then(|| (steady.moment(opens), steady.moment(closes)))
                })
            })
        })
    }

    /// What is open on a day, counted from 1970-01-01.
    fn spans(&self, day: i64) -> &[OpenSpan] {
        let holiday = |day| self.holidays.binary_search(&Holiday(day)).is_ok();
        if !self.holidays.is_empty() && u16::try_from(day).is_ok_and(holiday) {
            return &[];
        }
        let weekday = (day + WEEKDAY_OF_DAY_0).rem_euclid(7);
        usize::try_from(weekday).ok().and_then(|weekday| self.week.get(weekday)).map_or(&[], Vec::as_slice)
    }
}

/// A time on the wall of a day. Days at the ends of time stop there rather than wrap.
fn shown(day: i64, time: WallTime) -> i64 {
    day.saturating_mul(DAY_MS).saturating_add(i64::from(time.minutes()) * MINUTE_MS)
}

/// How much open time lies between two moments; see [`HORIZON_DAYS`].
pub(super) fn open_millis_between(open: &Open<'_>, from: Timestamp, to: Timestamp) -> i64 {
    let until = to.min(from.plus_millis(HORIZON_MS));
    open.pieces(from, until).map(|(opens, closes)| closes.millis_since(opens)).sum()
}

/// Time during which a zone's clocks were not changed, as its clocks show it.
#[derive(Clone, Copy)]
struct Steady {
    from_ms: i64,
    until_ms: i64,
    /// What its clocks are ahead of UTC.
    ahead_ms: i64,
}

impl Steady {
    const fn moment(&self, shown_ms: i64) -> Timestamp {
        Timestamp::from_millis(shown_ms.saturating_sub(self.ahead_ms))
    }
}

/// Cuts time where a zone's clocks are changed.
fn steady(zone: &Zone, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Steady> {
    let mut at = from;
    std::iter::from_fn(move || {
        if at >= until {
            return None;
        }
        let (ahead_ms, changes) = zone.ahead_until(at);
        let end = changes.filter(|changes| *changes < until).unwrap_or(until);
        let shown = |moment: Timestamp| moment.as_millis().saturating_add(ahead_ms);
        let steady = Steady { from_ms: shown(at), until_ms: shown(end), ahead_ms };
        at = end;
        Some(steady)
    })
}
