//! Hours as bytes: they stand in every lead's row, so they are a hundred bytes there and not a thousand.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | the form: 1 |
//! | 1 | flags: 1 business hours, 2 they pause the stale window, 4 quiet hours |
//! | 1 + n | the zone's name |
//! | 4 | quiet hours, if any: from, to |
//! | 7 × (1 + 4n) | business hours, if any: the spans of each weekday, Monday first |
//! | 2 + 2n | their holidays |
//!
//! Numbers are big-endian, times minutes since midnight, days counted from 1970-01-01.

use super::{BusinessHours, Holiday, Hours, OpenSpan, QuietHours, WallTime};
use crate::time::Zone;

const FORM: u8 = 1;
const BUSINESS: u8 = 1;
const PAUSE_STALE: u8 = 2;
const QUIET: u8 = 4;

fn pack(hours: &Hours) -> Vec<u8> {
    let flag = |is: bool, bit: u8| if is { bit } else { 0 };
    let flags = flag(hours.business.is_some(), BUSINESS)
        | flag(hours.pause_stale, PAUSE_STALE)
        | flag(hours.quiet.is_some(), QUIET);
    let name = hours.zone.name().as_bytes();
    let mut bytes = vec![FORM, flags, u8::try_from(name.len()).expect("zones' names are short")];
    bytes.extend(name);
    if let Some(quiet) = &hours.quiet {
        push_span(&mut bytes, OpenSpan { from: quiet.from, to: quiet.to });
    }
    if let Some(business) = &hours.business {
        for spans in &business.week {
            bytes.push(u8::try_from(spans.len()).expect("a day has few spans"));
            spans.iter().for_each(|span| push_span(&mut bytes, *span));
        }
        let count = u16::try_from(business.holidays.len()).expect("there are few holidays");
        bytes.extend(count.to_be_bytes());
        business.holidays.iter().for_each(|day| bytes.extend(day.0.to_be_bytes()));
    }
    bytes
}

fn push_span(bytes: &mut Vec<u8>, span: OpenSpan) {
    bytes.extend(span.from.0.to_be_bytes());
    bytes.extend(span.to.0.to_be_bytes());
}

/// `None` for what [`pack`] never makes.
fn unpack(bytes: &[u8]) -> Option<Hours> {
    let mut rest = Rest(bytes);
    if rest.byte()? != FORM {
        return None;
    }
    let flags = rest.byte()?;
    let length = usize::from(rest.byte()?);
    let name = std::str::from_utf8(rest.take(length)?).ok()?;
    // A zone that a newer table knows and this one does not: its hours are read as UTC rather than not at all.
    let zone = Zone::named(name).unwrap_or(Zone::UTC);
    let quiet = match flags & QUIET {
        0 => None,
        _ => Some(rest.span().and_then(|span| QuietHours::new(span.from, span.to))?),
    };
    let business = match flags & BUSINESS {
        0 => None,
        _ => Some(rest.business()?),
    };
    rest.0.is_empty().then_some(Hours { zone, business, pause_stale: flags & PAUSE_STALE != 0, quiet })
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }
    fn number(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_be_bytes)
    }
    fn span(&mut self) -> Option<OpenSpan> {
        let (from, to) = (self.number()?, self.number()?);
        Some(OpenSpan { from: WallTime::from_minutes(from)?, to: WallTime::from_minutes(to)? })
    }
    fn business(&mut self) -> Option<BusinessHours> {
        let mut week: [Vec<OpenSpan>; 7] = Default::default();
        for spans in &mut week {
            let count = self.byte()?;
            *spans = (0..count).map(|_| self.span()).collect::<Option<_>>()?;
        }
        let count = self.number()?;
        let holidays = (0..count).map(|_| self.number().map(Holiday)).collect::<Option<_>>()?;
        BusinessHours::new(week, holidays).ok()
    }
}

/// For a field of hours that most teams do not set.
pub(crate) mod optional {
    use super::{Hours, pack, unpack};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use serde_bytes::{ByteBuf, Bytes};
    use std::sync::Arc;

    pub(crate) fn serialize<S: Serializer>(hours: &Option<Arc<Hours>>, to: S) -> Result<S::Ok, S::Error> {
        hours.as_ref().map(|hours| pack(hours)).as_deref().map(Bytes::new).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Arc<Hours>>, D::Error> {
        let Some(bytes) = Option::<ByteBuf>::deserialize(from)? else { return Ok(None) };
        let hours =
            unpack(&bytes).ok_or_else(|| D::Error::custom("hours are not in a form this version knows"))?;
        Ok(Some(Arc::new(hours)))
    }
}
