//! Points in time and spans, in whole milliseconds and whole seconds. There is no `now()` here: time comes in as a value.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }
    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
    /// This moment moved forward by whole milliseconds, stopping at the end of time rather than wrapping.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
    /// This moment moved forward by a span.
    #[must_use]
    pub const fn plus(self, span: Seconds) -> Self {
        self.plus_millis((span.0 as i64).saturating_mul(1000))
    }
    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// RFC 3339 in UTC, to the millisecond.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// How fast a clock runs: its seconds in one second of wall time. Only a demo's runs faster than [`Pace::WALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace(u32);

impl Pace {
    /// As fast as people's and providers' clocks.
    pub const WALL: Self = Self(1);
    /// So many times as fast; 0 counts as 1.
    #[must_use]
    pub const fn times(speed: u32) -> Self {
        Self(if speed == 0 { 1 } else { speed })
    }
    /// What passes on the clock while so much wall time passes.
    #[must_use]
    pub const fn in_wall(self, wall: Seconds) -> Seconds {
        Seconds(wall.0.saturating_mul(self.0))
    }
    /// [`Self::in_wall`], in milliseconds.
    #[must_use]
    pub const fn in_wall_millis(self, wall_ms: i64) -> i64 {
        wall_ms.saturating_mul(self.0 as i64)
    }
    /// How much wall time passes while so many milliseconds pass on the clock.
    #[must_use]
    pub const fn to_wall_millis(self, millis: i64) -> i64 {
        millis / self.0 as i64
    }
}

/// A time zone by its IANA name, from the table that is part of the program: the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(jiff::tz::TimeZone);

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);
    /// The zone of that name, such as `Europe/Paris`; `None` when there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        jiff::tz::TimeZoneDatabase::bundled().get(name).ok().map(Self)
    }
    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
    /// What this zone's clocks are ahead of UTC at that moment, in milliseconds, and when they are changed next, if ever.
    pub(crate) fn ahead_until(&self, moment: Timestamp) -> (i64, Option<Timestamp>) {
        let Ok(moment) = jiff::Timestamp::from_millisecond(moment.0) else { return (0, None) };
        let ahead_ms = i64::from(self.0.to_offset(moment).seconds()) * 1_000;
        let next = self.0.following(moment).next();
        (ahead_ms, next.map(|change| Timestamp(change.timestamp().as_millisecond())))
    }
    /// That moment on this zone's clocks and calendars; `None` outside the years that calendars are made for
    /// (-9999 to 9999).
    pub(crate) fn at(&self, moment: Timestamp) -> Option<jiff::Zoned> {
        let moment = jiff::Timestamp::from_millisecond(moment.0).ok()?;
        Some(moment.to_zoned(self.0.clone()))
    }
}

/// A span of whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u32);

impl Seconds {
    /// In milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0 as i64 * 1_000
    }
    /// A share of this span in milliseconds, rounded down.
    #[must_use]
    pub fn share_millis(self, share: crate::rules::Share) -> i64 {
        i64::from(self.0).saturating_mul(1000).saturating_mul(i64::from(share.permille())) / 1000
    }
}
