//! Lists: filters, pages, and the addresses of the pages around them.

use jiff::{SignedDuration, Timestamp, civil::Date, fmt::rfc2822, tz::TimeZone};
use serde_json::{Value, json};

use super::{message::Message, refusal::Refusal};

const USUAL_PAGE: usize = 50;
const LARGEST_PAGE: usize = 1000;

/// The query of a list, decoded, with its filters apart.
pub(super) struct ListQuery {
    filters: Vec<(String, String)>,
    size: usize,
    page: usize,
    token: Option<Token>,
}

/// Where a page begins: beside an item, so that what arrives in between shifts nothing.
#[derive(Clone, PartialEq, Eq)]
enum Token {
    After(String),
    Before(String),
}

impl Token {
    fn read(text: &str) -> Option<Self> {
        let sid = text.get(2..)?.to_owned();
        match text.get(..2)? {
            "PA" => Some(Self::After(sid)),
            "PB" => Some(Self::Before(sid)),
            _ => None,
        }
    }
}

impl ListQuery {
    pub fn read(query: &str) -> Result<Self, Refusal> {
        let mut read = Self { filters: Vec::new(), size: USUAL_PAGE, page: 0, token: None };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            let number = || {
                value.parse::<usize>().map_err(|_| Refusal::bad(20001, format!("{name} must be a number")))
            };
            match name.as_str() {
                "PageSize" => read.size = number()?.clamp(1, LARGEST_PAGE),
                "Page" => read.page = number()?,
                "PageToken" => {
                    let token =
                        Token::read(&value).ok_or_else(|| Refusal::bad(20001, "PageToken is not valid"))?;
                    read.token = Some(token);
                }
                _ if value.is_empty() => {}
                _ => read.filters.push((name, value)),
            }
        }
        Ok(read)
    }

    /// Whether a message passes every filter. One without a time of sending passes no filter by it.
    pub fn lets_through(&self, message: &Message) -> Result<bool, Refusal> {
        for (name, value) in &self.filters {
            let passes = match name.as_str() {
                "To" => message.to == *value,
                "From" => message.from.as_deref() == Some(value),
                "DateSent" | "DateSent<" | "DateSent>" => {
                    let span = Span::read(value)
                        .ok_or_else(|| Refusal::bad(20001, format!("{name} is not a date")))?;
                    message.sent.is_some_and(|sent| span.fits(name, sent))
                }
                _ => true,
            };
            if !passes {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// One page of `items`, which are newest first, in Twilio's envelope.
    pub fn page(&self, path: &str, key: &str, items: &[(String, Value)]) -> Value {
        let at = |sid: &String| items.iter().position(|(known, _)| known == sid);
        let begins = match &self.token {
            None => self.page * self.size,
            Some(Token::After(sid)) => at(sid).map_or(items.len(), |at| at + 1),
            Some(Token::Before(sid)) => at(sid).map_or(0, |at| at.saturating_sub(self.size)),
        };
        let ends = (begins + self.size).min(items.len());
        let shown = items.get(begins..ends).unwrap_or_default();
        let next = (ends < items.len())
            .then(|| shown.last().map(|(sid, _)| self.uri(path, self.page + 1, Some(&format!("PA{sid}")))))
            .flatten();
        let previous = (begins > 0 && self.page > 0)
            .then(|| shown.first().map(|(sid, _)| self.uri(path, self.page - 1, Some(&format!("PB{sid}")))))
            .flatten();
        let start = self.page * self.size;
        json!({
            "end": start + shown.len().saturating_sub(1),
            "first_page_uri": self.uri(path, 0, None),
            "next_page_uri": next,
            "page": self.page,
            "page_size": self.size,
            "previous_page_uri": previous,
            key: shown.iter().map(|(_, value)| value).collect::<Vec<_>>(),
            "start": start,
            "uri": self.uri(path, self.page, None),
        })
    }

    fn uri(&self, path: &str, page: usize, token: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.filters);
        query.append_pair("PageSize", &self.size.to_string()).append_pair("Page", &page.to_string());
        query.extend_pairs(token.map(|token| ("PageToken", token)));
        format!("{path}?{}", query.finish())
    }
}

/// The time a filter names: a whole day, or a moment.
struct Span {
    first: Timestamp,
    last: Timestamp,
}

impl Span {
    /// `2026-01-02`, `2026-01-02T03:04:05Z`, `2026-01-02 03:04:05` (UTC) or RFC 2822.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() == 10 {
            return Self::day(text.parse().ok()?);
        }
        let moment = text.parse::<Timestamp>().ok();
        let moment = moment.or_else(|| rfc2822::DateTimeParser::new().parse_timestamp(text).ok());
        let civil =
            || Some(text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
        let moment = moment.or_else(civil)?;
        Some(Self { first: moment, last: moment })
    }

    fn day(day: Date) -> Option<Self> {
        let midnight = |day: Date| day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
        let last = midnight(day.tomorrow().ok()?)?.checked_sub(SignedDuration::from_nanos(1)).ok()?;
        Some(Self { first: midnight(day)?, last })
    }

    fn fits(&self, name: &str, sent: Timestamp) -> bool {
        // Twilio's times are whole seconds.
        let sent = Timestamp::from_second(sent.as_second()).unwrap_or(sent);
        match name {
            "DateSent<" => sent <= self.last,
            "DateSent>" => sent >= self.first,
            // Days are compared, also if a library made a moment of one.
            _ => Self::day(self.first.to_zoned(TimeZone::UTC).date())
                .is_some_and(|day| (day.first..=day.last).contains(&sent)),
        }
    }
}
