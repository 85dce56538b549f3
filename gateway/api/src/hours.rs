//! Business hours and quiet hours on the wire (LIF-5, OUT-7).

use hearthline_engine::hours::{
    self as engine, HOLIDAYS, Holiday, InvalidHours, OpenSpan, SPANS_A_DAY, WallTime,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Form, FromForm,
    form::{
        Given,
        read::{self, Wrong, wrong},
    },
};

/// From a time on the wall until another one of the same day, the end not included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursSpan {
    /// `HH:MM`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "09:00")]
    pub from: String,
    /// `HH:MM`, later than `from`, at most `24:00`.
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "18:00")]
    pub to: String,
}

/// When a team works, on its own clocks. The spans of a day are in order and do not overlap; a day without spans is
/// closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessHours {
    #[schema(max_items = 8)]
    #[serde(default)]
    pub monday: Vec<HoursSpan>,
    #[schema(max_items = 8)]
    #[serde(default)]
    pub tuesday: Vec<HoursSpan>,
    #[schema(max_items = 8)]
    #[serde(default)]
    pub wednesday: Vec<HoursSpan>,
    #[schema(max_items = 8)]
    #[serde(default)]
    pub thursday: Vec<HoursSpan>,
    #[schema(max_items = 8)]
    #[serde(default)]
    pub friday: Vec<HoursSpan>,
    #[schema(max_items = 8)]
    #[serde(default)]
    pub saturday: Vec<HoursSpan>,
    #[schema(max_items = 8)]
    #[serde(default)]
    pub sunday: Vec<HoursSpan>,
    /// Days on which nobody works, `YYYY-MM-DD` in the team's calendar.
    #[schema(max_items = 200, example = json!(["2026-12-25"]))]
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// When nothing is sent, every day, over midnight too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// `HH:MM`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "21:00")]
    pub from: String,
    /// `HH:MM`: the first minute in which a message may be sent again.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "08:00")]
    pub to: String,
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl BusinessHours {
    /// As they are shown.
    #[must_use]
    pub fn of(hours: &engine::BusinessHours) -> Self {
        let day = |weekday: usize| hours.week()[weekday].iter().map(HoursSpan::of).collect();
        Self {
            monday: day(0),
            tuesday: day(1),
            wednesday: day(2),
            thursday: day(3),
            friday: day(4),
            saturday: day(5),
            sunday: day(6),
            holidays: hours.holidays().iter().map(ToString::to_string).collect(),
        }
    }
}

impl HoursSpan {
    fn of(span: &OpenSpan) -> Self {
        Self { from: span.from.to_string(), to: span.to.to_string() }
    }
}

impl QuietHours {
    /// As they are shown.
    #[must_use]
    pub fn of(hours: &engine::QuietHours) -> Self {
        Self { from: hours.from().to_string(), to: hours.to().to_string() }
    }
}

/// Reads `business_hours`.
pub(crate) fn read_business(form: &mut Form) -> Option<engine::BusinessHours> {
    let days = WEEKDAYS.map(|weekday| form.objects(weekday, SPANS_A_DAY, read_span));
    let holidays = form.values("holidays", HOLIDAYS, holiday);
    let mut week: [Vec<OpenSpan>; 7] = Default::default();
    for (spans, read) in week.iter_mut().zip(days) {
        *spans = read?;
    }
    engine::BusinessHours::new(week, holidays?).map_err(|why| refuse(form, why)).ok()
}

fn read_span(form: &mut Form) -> Option<OpenSpan> {
    let from = form.required("from", wall_time);
    let to = form.required("to", wall_time);
    Some(OpenSpan { from: from?, to: to? })
}

fn refuse(form: &mut Form, why: InvalidHours) {
    let day = |weekday: usize| WEEKDAYS.get(weekday).copied().unwrap_or_default();
    match why {
        InvalidHours::EndsTooEarly { weekday, span } => {
            form.error(&format!("{}[{span}].to", day(weekday)), "out_of_range", "must be later than from");
        }
        InvalidHours::Overlaps { weekday, span } => {
            let allowed = "must not be earlier than the end of the span before it";
            form.error(&format!("{}[{span}].from", day(weekday)), "out_of_range", allowed);
        }
        InvalidHours::TooManySpans { weekday } => form.error(day(weekday), "too_long", why.to_string()),
        InvalidHours::TooManyHolidays => form.error("holidays", "too_long", why.to_string()),
        InvalidHours::NeverOpen => form.error("", "never_open", why.to_string()),
    }
}

/// Reads `quiet_hours`.
pub(crate) fn read_quiet(form: &mut Form) -> Option<engine::QuietHours> {
    let from = form.required("from", wall_time);
    let to = form.required("to", wall_time);
    let (from, to) = (from?, to?);
    let hours = engine::QuietHours::new(from, to);
    if hours.is_none() {
        form.error("to", "out_of_range", "must leave some of the day in which messages may be sent");
    }
    hours
}

fn wall_time(given: Given<'_>) -> Result<WallTime, Wrong> {
    match WallTime::parse(&read::line(8)(given)?) {
        Some(time) => Ok(time),
        None => wrong("invalid_time", "must be HH:MM from 00:00 to 24:00"),
    }
}

fn holiday(given: Given<'_>) -> Result<Holiday, Wrong> {
    match Holiday::parse(&read::line(16)(given)?) {
        Some(day) => Ok(day),
        None => wrong("invalid_date", "must be a date from 1970-01-01 to 2149-06-06, as YYYY-MM-DD"),
    }
}

impl FromForm for BusinessHours {
    fn read(form: &mut Form) -> Option<Self> {
        read_business(form).map(|hours| Self::of(&hours))
    }
}

impl FromForm for QuietHours {
    fn read(form: &mut Form) -> Option<Self> {
        read_quiet(form).map(|hours| Self::of(&hours))
    }
}
