//! JSON as it arrives: with a byte order mark, with bytes that are no UTF-8, with half of an emoji that a client's phone
//! cut through; ids as numbers, numbers as texts.
//!
//! What it promises: one bad character costs that character, not the request; nesting has a bound (the library's, 128).

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt::Write};

use super::super::Unreadable;
use crate::time::Timestamp;

pub(super) type Object = Map<String, Value>;

/// No id of Meta's is longer than about 200 characters; what is, is no id.
const LONGEST_ID: usize = 512;
/// As milliseconds this is 1973: no time stamp of Meta's is that old, but seconds by mistake are.
const EARLIEST_MS: i64 = 100_000_000_000;
/// The end of the year 9999.
const LATEST_S: i64 = 253_402_300_799;

pub(super) fn read(body: &[u8]) -> Result<Value, Unreadable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let text = String::from_utf8_lossy(body);
    serde_json::from_str(&with_whole_characters(&text)).map_err(|_| Unreadable::NotJson)
}

/// The text with every escaped half of a surrogate pair replaced: no character, and no JSON library takes it.
fn with_whole_characters(text: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        let escape = at + found;
        at = match (surrogate(text, escape), surrogate(text, escape + 6)) {
            (None, _) => next_character(text, escape + 1),
            (Some(Half::High), Some(Half::Low)) => escape + 12,
            (Some(Half::High | Half::Low), _alone) => {
                mended.push_str(&text[kept..escape]);
                mended.push('\u{fffd}');
                kept = escape + 6;
                kept
            }
        };
    }
    if kept == 0 { Cow::Borrowed(text) } else { Cow::Owned(mended + &text[kept..]) }
}

enum Half {
    High,
    Low,
}

/// Which half is escaped at a place of the text, if one is.
fn surrogate(text: &str, at: usize) -> Option<Half> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    let code = u16::from_str_radix(digits, 16).ok()?;
    match code {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _whole => None,
    }
}

/// The place behind the character that stands at one.
fn next_character(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(text.len(), |character| at + character.len_utf8())
}

/// A text that says something.
pub(super) fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// An id, which some senders write as a number.
pub(super) fn id(value: Option<&Value>) -> Option<String> {
    let id = match value? {
        Value::String(text) if !text.trim().is_empty() => text.clone(),
        number @ Value::Number(_) => whole(number)?.to_string(),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (id.len() <= LONGEST_ID).then_some(id)
}

/// A whole number, also as a text or with a fraction of zero.
fn whole(value: &Value) -> Option<i128> {
    let exact = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    let told = exact.or_else(|| value.as_str()?.trim().parse().ok());
    told.or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        // Beyond this a number has lost digits, and an id with other digits is another id.
        let faithful = number.abs() <= 9_007_199_254_740_992.0;
        faithful.then(|| format!("{number:.0}").parse().ok()).flatten()
    })
}

/// WhatsApp's time stamps: seconds since 1970.
pub(super) fn seconds(value: Option<&Value>) -> Option<Timestamp> {
    let seconds = whole(value?).and_then(|told| i64::try_from(told).ok())?;
    (1..=LATEST_S).contains(&seconds).then(|| Timestamp::from_millis(seconds * 1_000))
}

/// Messenger's and Instagram's time stamps: milliseconds since 1970. Some senders write a date.
pub(super) fn millis(value: Option<&Value>) -> Option<Timestamp> {
    let value = value?;
    if let Some(told) = whole(value) {
        let millis = i64::try_from(told).ok()?;
        return (EARLIEST_MS..=LATEST_S * 1_000).contains(&millis).then(|| Timestamp::from_millis(millis));
    }
    let date: jiff::Timestamp = value.as_str()?.parse().ok()?;
    Some(Timestamp::from_millis(date.as_millisecond()))
}

/// Whether a flag is set.
pub(super) fn flag(object: &Object, name: &str) -> bool {
    object.get(name).is_some_and(|value| *value == Value::Bool(true) || *value == "true")
}

/// The members that have no place of their own: texts as they are, everything else as JSON.
pub(super) fn extra<'a>(
    object: &'a Object,
    prefix: &'a str,
    placed: &'a [&'a str],
) -> impl Iterator<Item = (String, String)> + 'a {
    object
        .iter()
        .filter(|(name, _)| !placed.contains(&name.as_str()))
        .map(move |(name, value)| (format!("{prefix}{name}"), plain(value)))
}

/// A text as it is, everything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An id for a part that has none: the same for the same part, however its members are ordered.
pub(super) fn derived_id(name: &str, part: &Value) -> String {
    let mut canonical = String::new();
    write_canonical(part, &mut canonical);
    let hash = Sha256::digest(canonical.as_bytes());
    hash.iter().take(16).fold(format!("{name}-"), |mut id, byte| {
        write!(id, "{byte:02x}").expect("a String takes everything that is written to it");
        id
    })
}

fn write_canonical(value: &Value, to: &mut String) {
    match value {
        Value::Object(object) => {
            let mut members: Vec<(&String, &Value)> = object.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            to.push('{');
            for (name, member) in members {
                to.push_str(&Value::String(name.clone()).to_string());
                write_canonical(member, to);
            }
            to.push('}');
        }
        Value::Array(list) => {
            to.push('[');
            for item in list {
                write_canonical(item, to);
                to.push(',');
            }
            to.push(']');
        }
        leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            to.push_str(&leaf.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ing_10_half_a_character_costs_that_character_only() {
        let read = |body: &[u8]| read(body).map(|value| value["a"].as_str().map(str::to_owned));
        let text = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(read(br#"{"a":"\ud83d\ude00"}"#), text("😀"));
        assert_eq!(read(br#"{"a":"x\ud83d"}"#), text("x\u{fffd}"));
        assert_eq!(read(br#"{"a":"\ude00\ud83d\ude00"}"#), text("\u{fffd}😀"));
        assert_eq!(read(br#"{"a":"\ud83d\ud83d\ude00"}"#), text("\u{fffd}😀"));
        assert_eq!(read(br#"{"a":"\\ud83d\ud83d"}"#), text("\\ud83d\u{fffd}"));
        assert_eq!(read(b"\xef\xbb\xbf{\"a\":\"caf\xe9\"}"), text("caf\u{fffd}"));
        assert_eq!(read(br#"{"a":"\ud83"#), Err(Unreadable::NotJson));
        assert_eq!(read("{\"a\":\"\\é\"}".as_bytes()), Err(Unreadable::NotJson));
        assert_eq!(read(&[b"[".repeat(100_000)].concat()), Err(Unreadable::NotJson));
    }

    #[test]
    fn ing_9_an_id_keeps_every_digit_or_is_none() {
        let id = |json: &str| id(Some(&serde_json::from_str(json).expect("JSON")));
        assert_eq!(id("12345678901234567"), Some("12345678901234567".to_owned()));
        assert_eq!(id("1134713619900975.0"), Some("1134713619900975".to_owned()));
        assert_eq!(id("\"0123\""), Some("0123".to_owned()));
        for none in ["1e300", "123456789012345678901234567890", "1.5", "\" \"", "null", "true", "[1]", "{}"] {
            assert_eq!(id(none), None, "{none}");
        }
    }

    #[test]
    fn ing_9_a_time_stamp_of_another_unit_is_none() {
        let millis = |json: &str| millis(Some(&serde_json::from_str(json).expect("JSON")));
        let at = |millis| Some(Timestamp::from_millis(millis));
        assert_eq!(millis("1772998034000"), at(1_772_998_034_000));
        assert_eq!(millis("\"1772998034000\""), at(1_772_998_034_000));
        assert_eq!(millis("1492414608982.0"), at(1_492_414_608_982));
        assert_eq!(millis("\"2021-09-08T06:34:04+0000\""), at(1_631_082_844_000));
        for none in ["0", "1234567890", "-1772998034000", "1e300", "\"yesterday\"", "null"] {
            assert_eq!(millis(none), None, "{none}");
        }
    }
}
