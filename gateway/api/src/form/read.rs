//! Readers of single fields. Each says what is allowed when it refuses, and repeats nothing of what was sent.

use hearthline_engine::{lead::Birthday, raw::Raw, time::Timestamp};
use serde_json::Value;
use std::{collections::BTreeSet, ops::RangeInclusive};
use uuid::Uuid;

use super::Given;

/// Why a value is refused, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub code: &'static str,
    pub message: String,
}

/// A refusal.
pub fn wrong<T>(code: &'static str, message: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { code, message: message.into() })
}

fn string<'a>(given: Given<'a>) -> Result<&'a str, Wrong> {
    match given.value {
        Value::String(text) => Ok(text),
        _ => wrong("wrong_type", "must be text"),
    }
}

/// Text on one line, without the spaces around it: 1 to `longest` characters, no control characters.
pub fn line(longest: usize) -> impl Fn(Given<'_>) -> Result<String, Wrong> {
    move |given| {
        let text = string(given)?.trim();
        if text.chars().any(char::is_control) {
            return wrong("control_characters", "must be one line without control characters");
        }
        sized(text, 1..=longest)
    }
}

/// Text of several lines, verbatim: 1 to `longest` characters. It is raw from here on.
pub fn body(longest: usize) -> impl Fn(Given<'_>) -> Result<Raw<String>, Wrong> {
    move |given| {
        let text = string(given)?;
        if text.trim().is_empty() {
            return wrong("too_short", format!("must be 1 to {longest} characters"));
        }
        sized(text, 1..=longest).map(Raw::new)
    }
}

fn sized(text: &str, size: RangeInclusive<usize>) -> Result<String, Wrong> {
    let length = text.chars().count();
    let allowed = || format!("must be {} to {} characters", size.start(), size.end());
    if length < *size.start() {
        return wrong("too_short", allowed());
    }
    if length > *size.end() {
        return wrong("too_long", allowed());
    }
    Ok(text.to_owned())
}

/// A password, verbatim: 8 to 256 characters.
pub fn new_password(given: Given<'_>) -> Result<String, Wrong> {
    sized(string(given)?, 8..=256)
}

/// A password that is only compared: any text of up to 256 characters.
pub fn password(given: Given<'_>) -> Result<String, Wrong> {
    sized(string(given)?, 1..=256)
}

/// An id or token of others, opaque: 1 to `longest` visible ASCII characters.
pub fn opaque(longest: usize) -> impl Fn(Given<'_>) -> Result<String, Wrong> {
    move |given| {
        let text = string(given)?;
        if text.is_empty() || text.len() > longest || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return wrong("not_allowed", format!("must be 1 to {longest} visible ASCII characters"));
        }
        Ok(text.to_owned())
    }
}

/// An e-mail address: something, an @ and a domain, up to 254 characters (RFC 5321). Whether it exists only a mail tells.
pub fn email(given: Given<'_>) -> Result<String, Wrong> {
    let text = string(given)?.trim();
    let parts = text.rsplit_once('@').filter(|(local, domain)| {
        !local.is_empty()
            && local.len() <= 64
            && !domain.is_empty()
            && domain.split('.').all(|label| !label.is_empty())
    });
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';');
    if parts.is_none() || text.len() > 254 || text.chars().any(odd) {
        return wrong("invalid_email", "must be an e-mail address, such as ana@example.com");
    }
    Ok(text.to_owned())
}

/// A phone number in E.164.
pub fn phone(given: Given<'_>) -> Result<String, Wrong> {
    let text = string(given)?.trim();
    let digits = text.strip_prefix('+').unwrap_or_default();
    let right = (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if right { Ok(text.to_owned()) } else { wrong("invalid_phone", "must be E.164, such as +14155550100") }
}

/// An absolute http or https address without credentials, query or fragment. A slash at its end is dropped.
pub fn base_url(given: Given<'_>) -> Result<String, Wrong> {
    const ALLOWED: &str = "must be an http or https address, such as https://api.example.com";
    let text = string(given)?.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    let odd = |byte: u8| {
        !byte.is_ascii_graphic() || matches!(byte, b'@' | b'?' | b'#' | b'\\' | b'"' | b'<' | b'>')
    };
    if host.is_empty() || text.len() > 512 || text.bytes().any(odd) {
        return wrong("invalid_url", ALLOWED);
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A language as a BCP 47 tag: subtags of 1 to 8 letters and digits, the first of 2 to 8 letters.
pub fn language(given: Given<'_>) -> Result<String, Wrong> {
    let text = string(given)?;
    let mut subtags = text.split('-');
    let first = subtags.next().unwrap_or_default();
    let first_right = (2..=8).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    let rest_right = subtags
        .all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if first_right && rest_right && text.len() <= 35 {
        return Ok(text.to_owned());
    }
    wrong("invalid_language", "must be a BCP 47 tag, such as en, pt or pt-BR")
}

/// The name of a time zone of the IANA database.
pub fn time_zone(given: Given<'_>) -> Result<String, Wrong> {
    match jiff::tz::TimeZone::get(string(given)?) {
        Ok(zone) if zone.iana_name().is_some() => Ok(zone.iana_name().unwrap_or_default().to_owned()),
        Ok(_) | Err(_) => wrong("invalid_time_zone", "must be an IANA time zone, such as Europe/Paris"),
    }
}

/// A point in time in RFC 3339, with its offset.
pub fn moment(given: Given<'_>) -> Result<Timestamp, Wrong> {
    match string(given)?.parse::<jiff::Timestamp>() {
        Ok(at) => Ok(Timestamp::from_millis(at.as_millisecond())),
        Err(_) => wrong("invalid_time", "must be RFC 3339 with an offset, such as 2026-03-01T09:30:00Z"),
    }
}

/// A calendar day, as RFC 3339 writes it.
pub fn birthday(given: Given<'_>) -> Result<Birthday, Wrong> {
    match Birthday::parse(string(given)?) {
        Some(day) => Ok(day),
        None => wrong("invalid_date", "must be a day since 1800, such as 1984-02-29"),
    }
}

/// A list of up to `most` lines of up to `longest` characters; what comes twice counts once.
pub fn lines(most: usize, longest: usize) -> impl Fn(Given<'_>) -> Result<BTreeSet<String>, Wrong> {
    move |given| {
        let Value::Array(values) = given.value else {
            return wrong("wrong_type", format!("must be a list of up to {most} texts"));
        };
        if values.len() > most {
            return wrong("too_many", format!("must be a list of up to {most} texts"));
        }
        values.iter().map(|value| line(longest)(Given { value, as_text: false })).collect()
    }
}

/// A UUID.
pub fn uuid(given: Given<'_>) -> Result<Uuid, Wrong> {
    match string(given)?.parse() {
        Ok(id) => Ok(id),
        Err(_) => wrong("invalid_id", "must be a UUID"),
    }
}

/// A whole number in a range.
pub fn integer(range: RangeInclusive<u64>) -> impl Fn(Given<'_>) -> Result<u64, Wrong> {
    move |given| {
        let number = match given.value {
            Value::Number(number) if !given.as_text => number.as_u64(),
            Value::String(text) if given.as_text => text.parse().ok(),
            _ => return wrong("wrong_type", format!("must be a whole number {}", bounds(&range))),
        };
        match number {
            Some(number) if range.contains(&number) => Ok(number),
            Some(_) | None => wrong("out_of_range", format!("must be a whole number {}", bounds(&range))),
        }
    }
}

fn bounds(range: &RangeInclusive<u64>) -> String {
    format!("from {} to {}", range.start(), range.end())
}

/// A span in whole seconds, from 1 to ten years.
pub fn seconds(given: Given<'_>) -> Result<u32, Wrong> {
    integer(1..=315_360_000)(given).map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX))
}

/// A fraction in a range.
pub fn fraction(range: RangeInclusive<f64>) -> impl Fn(Given<'_>) -> Result<f64, Wrong> {
    move |given| {
        let allowed = || format!("must be a number from {} to {}", range.start(), range.end());
        let Value::Number(number) = given.value else { return wrong("wrong_type", allowed()) };
        match number.as_f64() {
            Some(number) if range.contains(&number) => Ok(number),
            Some(_) | None => wrong("out_of_range", allowed()),
        }
    }
}

/// `true` or `false`.
pub fn boolean(given: Given<'_>) -> Result<bool, Wrong> {
    match given.value {
        Value::Bool(value) => Ok(*value),
        Value::String(text) if given.as_text && text == "true" => Ok(true),
        Value::String(text) if given.as_text && text == "false" => Ok(false),
        _ => wrong("wrong_type", "must be true or false"),
    }
}

/// One of a few names.
pub fn one_of<T: Copy>(allowed: &'static [(&'static str, T)]) -> impl Fn(Given<'_>) -> Result<T, Wrong> {
    move |given| {
        let text = string(given)?;
        match allowed.iter().find(|(name, _)| *name == text) {
            Some((_, value)) => Ok(*value),
            None => wrong("not_allowed", format!("must be one of: {}", names(allowed))),
        }
    }
}

fn names<T>(allowed: &[(&'static str, T)]) -> String {
    allowed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
