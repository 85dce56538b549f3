//! The choices of Snooze (LIF-6), in the user's time zone.

use jiff::{ToSpan, Zoned, civil::Weekday};

use crate::time::{Timestamp, Zone};

/// Until when, in a person's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SnoozePreset {
    /// In three hours, but not later than nine in the evening; when that is less than an hour away, tomorrow.
    LaterToday,
    /// Tomorrow at nine in the morning.
    Tomorrow,
    /// On Monday at nine in the morning.
    NextWeek,
}

const MORNING: i8 = 9;
const EVENING: i8 = 21;
const LATER_HOURS: i64 = 3;
const SOONEST_HOURS: i64 = 1;

impl SnoozePreset {
    /// The moment that is meant at `now` by somebody in `zone`: always later than `now`. Days are calendar days, so nine
    /// in the morning stays nine when clocks change in between; a time that is skipped by such a change is taken after
    /// the gap (RFC 5545), one that comes twice the first time. `None` at the end of all calendars.
    #[must_use]
    pub fn until(self, now: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let here = zone.at(now)?;
        let then = match self {
            Self::LaterToday => later_today(&here)?,
            Self::Tomorrow => morning_after(&here, 1)?,
            Self::NextWeek => morning_after(&here, days_to_monday(here.weekday()))?,
        };
        Some(Timestamp::from_millis(then.timestamp().as_millisecond()))
    }
}

fn later_today(here: &Zoned) -> Option<Zoned> {
    let evening = here.with().hour(EVENING).minute(0).second(0).subsec_nanosecond(0).build().ok()?;
    let later = here.checked_add(LATER_HOURS.hours()).ok()?;
    let soonest = here.checked_add(SOONEST_HOURS.hours()).ok()?;
    if soonest <= evening { Some(later.min(evening)) } else { morning_after(here, 1) }
}

fn morning_after(here: &Zoned, days: i64) -> Option<Zoned> {
    let day = here.date().checked_add(days.days()).ok()?;
    day.at(MORNING, 0, 0, 0).to_zoned(here.time_zone().clone()).ok()
}

/// Monday of the coming week, from any day of this one.
fn days_to_monday(today: Weekday) -> i64 {
    7 - i64::from(today.to_monday_zero_offset())
}
