//! Business hours and quiet hours of the world's teams: made up by the dice, and reckoned by looking at the wall clock of
//! every minute. Slow and plain on purpose, with its own table of zones: what the engine works out by spans and changes of
//! clocks is held against it.

use hearthline_engine::{
    hours::{BusinessHours, Holiday, Hours, OpenSpan, QuietHours, WallTime},
    rules::TeamRules,
    time::{Timestamp, Zone},
};

use crate::dice::Dice;

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 1_440;

/// A zone's clocks in the spring of 2026: minutes ahead of UTC, until when, and from then on.
struct Clocks {
    name: &'static str,
    ahead_min: i64,
    changes_at: Timestamp,
    then_min: i64,
}

/// 2026-03-08T07:00Z, 2026-03-29T01:00Z and 2026-04-04T16:00Z.
const ZONES: [Clocks; 4] = [
    Clocks { name: "UTC", ahead_min: 0, changes_at: Timestamp::from_millis(0), then_min: 0 },
    Clocks {
        name: "America/New_York",
        ahead_min: -300,
        changes_at: Timestamp::from_millis(1_772_953_200_000),
        then_min: -240,
    },
    Clocks {
        name: "Europe/Paris",
        ahead_min: 60,
        changes_at: Timestamp::from_millis(1_774_746_000_000),
        then_min: 120,
    },
    Clocks {
        name: "Australia/Sydney",
        ahead_min: 660,
        changes_at: Timestamp::from_millis(1_775_318_400_000),
        then_min: 600,
    },
];

/// When worlds begin: on a Monday morning, and some hours before each of these changes of clocks.
pub(crate) const MORNINGS: [Timestamp; 4] = [
    Timestamp::from_millis(1_772_442_000_000),
    Timestamp::from_millis(1_772_935_200_000),
    Timestamp::from_millis(1_774_728_000_000),
    Timestamp::from_millis(1_775_296_800_000),
];

/// Hours that open often enough for windows to end within a world.
pub(crate) fn random_hours(dice: &mut Dice) -> Hours {
    let zone = ZONES[dice.below(ZONES.len())].name;
    let span = |from: u16, to: u16| OpenSpan {
        from: WallTime::new(from, 0).expect("within a day"),
        to: WallTime::new(to, 0).expect("within a day"),
    };
    let days = [
        vec![span(9, 17)],
        vec![span(0, 2), span(3, 24)],
        vec![span(7, 12), span(13, 20)],
        vec![span(1, 23)],
    ];
    let day = &days[dice.below(days.len())];
    let mut week: [Vec<OpenSpan>; 7] = std::array::from_fn(|_| day.clone());
    if dice.chance(300) {
        week[6].clear();
    }
    let holiday = dice.chance(300).then(|| {
        let days = ["2026-03-02", "2026-03-03", "2026-03-08", "2026-03-29", "2026-04-05"];
        Holiday::parse(days[dice.below(days.len())]).expect("a day of the calendar")
    });
    let business = BusinessHours::new(week, holiday.into_iter().collect()).expect("in order, and open");
    let quiets = [(21, 8), (12, 13), (23, 1), (2, 6)];
    let (from, to) = quiets[dice.below(quiets.len())];
    let (quiet_from, quiet_to) = (span(from, 24).from, span(to, 24).from);
    Hours {
        zone: Zone::named(zone).expect("a zone of the database"),
        business: dice.chance(700).then_some(business),
        pause_stale: dice.chance(400),
        quiet: dice.chance(700).then(|| QuietHours::new(quiet_from, quiet_to).expect("two times")),
    }
}

/// What a wall clock shows.
struct Wall {
    /// Days since 1970-01-01.
    day: i64,
    /// Minutes since midnight.
    minute: i64,
}

/// A team's wall clock.
#[derive(Clone, Copy)]
pub(crate) struct Calendar<'a> {
    rules: &'a TeamRules,
}

impl<'a> Calendar<'a> {
    pub(crate) const fn of(rules: &'a TeamRules) -> Self {
        Self { rules }
    }

    /// Whether nothing may be sent then.
    pub(crate) fn is_quiet(&self, at: Timestamp) -> bool {
        let Some(hours) = self.rules.hours() else { return false };
        let Some(quiet) = &hours.quiet else { return false };
        let minute = wall(clocks(hours), at).minute;
        let (from, to) = (i64::from(quiet.from().minutes()), i64::from(quiet.to().minutes()));
        if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
    }

    /// When so much of the first-contact window has passed.
    pub(crate) fn first_contact_after(&self, from: Timestamp, millis: i64) -> Timestamp {
        self.after(from, millis, true)
    }

    /// When so much of the stale window has passed.
    pub(crate) fn stale_after(&self, from: Timestamp, millis: i64) -> Timestamp {
        self.after(from, millis, self.rules.hours().is_some_and(|hours| hours.pause_stale))
    }

    fn after(&self, from: Timestamp, millis: i64, in_hours: bool) -> Timestamp {
        let hours = self.rules.hours().filter(|_| in_hours);
        let Some((hours, business)) = hours.and_then(|hours| Some((hours, hours.business.as_ref()?))) else {
            return from.plus_millis(millis);
        };
        let (clocks, holidays) = (clocks(hours), holidays(business));
        let (mut at, mut left) = (from, millis);
        loop {
            let next = Timestamp::from_millis((at.as_millis().div_euclid(MINUTE_MS) + 1) * MINUTE_MS);
            let wall = wall(clocks, at);
            if !holidays.contains(&wall.day) && is_open(business, &wall) {
                let minute = next.millis_since(at);
                // A window that ends with a minute ends before whatever is closed after it.
                if left <= minute {
                    return at.plus_millis(left);
                }
                left -= minute;
            }
            at = next;
        }
    }
}

fn is_open(business: &BusinessHours, wall: &Wall) -> bool {
    // 1970-01-01 was a Thursday, and weeks begin on Monday.
    let weekday = usize::try_from((wall.day + 3).rem_euclid(7)).unwrap_or(0);
    let within = |span: &OpenSpan| {
        (i64::from(span.from.minutes())..i64::from(span.to.minutes())).contains(&wall.minute)
    };
    business.week()[weekday].iter().any(within)
}

fn holidays(business: &BusinessHours) -> Vec<i64> {
    let days = NEW_YEAR..NEW_YEAR + 365;
    let shown: Vec<String> = business.holidays().iter().map(ToString::to_string).collect();
    if shown.is_empty() { Vec::new() } else { days.filter(|day| shown.contains(&date(*day))).collect() }
}

fn clocks(hours: &Hours) -> &'static Clocks {
    let name = hours.zone.name();
    ZONES.iter().find(|zone| zone.name == name).expect("a zone of these worlds")
}

fn wall(clocks: &Clocks, at: Timestamp) -> Wall {
    let ahead_min = if at < clocks.changes_at { clocks.ahead_min } else { clocks.then_min };
    let minutes = at.as_millis().div_euclid(MINUTE_MS) + ahead_min;
    Wall { day: minutes.div_euclid(DAY_MINUTES), minute: minutes.rem_euclid(DAY_MINUTES) }
}

/// 2026-01-01, in days since 1970-01-01.
const NEW_YEAR: i64 = 20_454;

/// `YYYY-MM-DD`, by counting days from 2026-01-01 on.
fn date(day: i64) -> String {
    const MONTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut left = day - NEW_YEAR;
    for (month, days) in (1..).zip(MONTHS) {
        if left < days {
            return format!("2026-{month:02}-{:02}", left + 1);
        }
        left -= days;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_right() {
        assert_eq!(date(20_454), "2026-01-01");
        assert_eq!(date(MORNINGS[0].as_millis() / 86_400_000), "2026-03-02");
        assert_eq!(date(MORNINGS[3].as_millis() / 86_400_000), "2026-04-04");
    }
}
