//! What is said to people, by language. A language is one file with one implementation of [`Words`] and one line in
//! [`of`]. Words are made here, on the way out: the engine speaks in data.

mod en;

use hearthline_engine::{lead::Reason, time::Timestamp};

/// The sentences of one language.
pub trait Words: Send + Sync {
    /// Why a card is there (DECK-1), as of `now`.
    fn reason(&self, reason: &Reason, due_at: Timestamp, now: Timestamp) -> String;
    /// Where a lead stands and what happens next, with times of day in `zone`.
    fn explanation(&self, standing: &Standing, zone: &jiff::tz::TimeZone, now: Timestamp) -> String;
}

/// Where a lead stands, as far as words need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    New { since: Timestamp, reply_due_by: Timestamp },
    AtRiskOfNoReply { reply_due_by: Timestamp },
    Active { last_touch_at: Option<Timestamp>, stale_at: Timestamp },
    AtRiskOfStaleness { last_touch_at: Option<Timestamp>, stale_at: Timestamp },
    Stale { since: Timestamp },
    Archived,
}

/// The words of a BCP 47 language; English where there are none yet.
#[must_use]
pub fn of(_language: &str) -> &'static dyn Words {
    &en::English
}

/// A span in the unit a person would use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    Seconds(i64),
    Minutes(i64),
    Hours(i64),
    Days(i64),
}

/// Rounded to the nearest of its unit: below 90 s seconds, below 90 min minutes, below 48 h hours, then days.
pub(crate) fn span(millis: i64) -> Span {
    const fn nearest(millis: i64, unit: i64) -> i64 {
        (millis + unit / 2) / unit
    }
    let millis = millis.max(0);
    match millis {
        0..90_000 => Span::Seconds(nearest(millis, 1_000)),
        90_000..5_400_000 => Span::Minutes(nearest(millis, 60_000)),
        5_400_000..172_800_000 => Span::Hours(nearest(millis, 3_600_000)),
        _ => Span::Days(nearest(millis, 86_400_000)),
    }
}
