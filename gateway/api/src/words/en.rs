//! English.

use hearthline_engine::{lead::Reason, message::Channel, time::Timestamp};
use jiff::tz::TimeZone;

use super::{Span, Standing, Words, span};

/// English.
pub struct English;

impl Words for English {
    fn reason(&self, reason: &Reason, due_at: Timestamp, now: Timestamp) -> String {
        let ago = |at: Timestamp| amount(now.millis_since(at));
        match reason {
            Reason::FirstReplyDue => due("First reply", due_at, now),
            Reason::FirstReplyAtRisk if now < due_at => {
                format!("At risk: first reply due in {}", amount(due_at.millis_since(now)))
            }
            Reason::FirstReplyAtRisk => format!("First reply overdue by {}", ago(due_at)),
            Reason::NoTouch { since } => format!("At risk: no touch for {}", ago(*since)),
            Reason::Stale { since } => format!("Stale for {}", ago(*since)),
            Reason::Wrote { at } => format!("Wrote {} ago", ago(*at)),
            Reason::FollowUp => due("Follow-up", due_at, now),
            Reason::CallWithoutOutcome { at } => format!("How did the call {} ago go?", ago(*at)),
            Reason::TouchRevoked { sent_at } => {
                format!("The message of {} ago did not arrive", ago(*sent_at))
            }
            Reason::OptedOut { closed, open } => opted_out(*closed, open),
        }
    }

    fn explanation(&self, standing: &Standing, zone: &TimeZone, now: Timestamp) -> String {
        let at = |at: Timestamp| clock(at, zone, now);
        match standing {
            Standing::New { since, reply_due_by } => {
                format!("New since {}; first reply due by {}.", at(*since), at(*reply_due_by))
            }
            Standing::AtRiskOfNoReply { reply_due_by } if now < *reply_due_by => {
                format!("At risk: first reply due by {}.", at(*reply_due_by))
            }
            Standing::AtRiskOfNoReply { reply_due_by } => {
                format!("At risk: the first reply was due by {}.", at(*reply_due_by))
            }
            Standing::Active { last_touch_at: Some(touch), stale_at } => {
                format!("Active; last touch {}. Stale at {} without another.", at(*touch), at(*stale_at))
            }
            Standing::Active { last_touch_at: None, stale_at } => {
                format!("Active. Stale at {} without a touch.", at(*stale_at))
            }
            Standing::AtRiskOfStaleness { last_touch_at: Some(touch), stale_at } => {
                format!("At risk: no touch since {}. Stale at {}.", at(*touch), at(*stale_at))
            }
            Standing::AtRiskOfStaleness { last_touch_at: None, stale_at } => {
                format!("At risk: no touch yet. Stale at {}.", at(*stale_at))
            }
            Standing::Stale { since } => format!("Stale since {}.", at(*since)),
            Standing::Archived => "Archived; no clock runs.".to_owned(),
        }
    }
}

fn due(what: &str, due_at: Timestamp, now: Timestamp) -> String {
    if now < due_at {
        return format!("{what} due in {}", amount(due_at.millis_since(now)));
    }
    match now.millis_since(due_at) {
        0..60_000 => format!("{what} due now"),
        late => format!("{what} overdue by {}", amount(late)),
    }
}

fn amount(millis: i64) -> String {
    match span(millis) {
        Span::Seconds(n) => format!("{n} s"),
        Span::Minutes(n) => format!("{n} min"),
        Span::Hours(n) => format!("{n} h"),
        Span::Days(n) => format!("{n} days"),
    }
}

/// The time of day, with its date when that is not today's.
fn clock(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let local = |at: Timestamp| {
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        at.to_zoned(zone.clone())
    };
    let (then, today) = (local(at), local(now).date());
    if then.date() == today {
        return then.strftime("%H:%M").to_string();
    }
    then.strftime("%-d %b %H:%M").to_string()
}

fn opted_out(closed: Channel, open: &[Channel]) -> String {
    let asked = match closed {
        Channel::Sms => "Asked for no more texts".to_owned(),
        other => format!("Asked for no more messages by {}", name(other)),
    };
    if open.is_empty() {
        return format!("{asked}; no other channel is open");
    }
    let open: Vec<&str> = open.iter().map(|channel| name(*channel)).collect();
    format!("{asked}; still open: {}", open.join(", "))
}

const fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS",
        Channel::Whatsapp => "WhatsApp",
        Channel::Messenger => "Messenger",
        Channel::Instagram => "Instagram",
        Channel::Email => "email",
        Channel::Voice => "phone",
        Channel::Note => "note",
        Channel::Task => "task",
        Channel::System => "system",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(1_760_000_000_000 + minutes * 60_000)
    }

    fn reads(reason: &Reason, due: i64, now: i64, expected: &str) {
        assert_eq!(English.reason(reason, at(due), at(now)), expected);
    }

    #[test]
    fn deck_1_the_reason_of_a_card_says_why_now() {
        reads(&Reason::FirstReplyDue, 12, 0, "First reply due in 12 min");
        reads(&Reason::FirstReplyDue, 0, 0, "First reply due now");
        reads(&Reason::FirstReplyDue, 0, 180, "First reply overdue by 3 h");
        reads(&Reason::FirstReplyAtRisk, 1, 0, "At risk: first reply due in 60 s");
        reads(&Reason::FirstReplyAtRisk, 0, 5, "First reply overdue by 5 min");
        reads(&Reason::NoTouch { since: at(0) }, 0, 38 * 60, "At risk: no touch for 38 h");
        reads(&Reason::Stale { since: at(0) }, 0, 3 * 1_440, "Stale for 3 days");
        reads(&Reason::Wrote { at: at(0) }, 0, 4, "Wrote 4 min ago");
        reads(&Reason::FollowUp, 30, 0, "Follow-up due in 30 min");
        let closed = |open: &[Channel]| Reason::OptedOut { closed: Channel::Sms, open: open.to_vec() };
        reads(&closed(&[]), 0, 0, "Asked for no more texts; no other channel is open");
        let open = [Channel::Whatsapp, Channel::Email];
        reads(&closed(&open), 0, 0, "Asked for no more texts; still open: WhatsApp, email");
    }

    #[test]
    fn an_explanation_gives_times_of_day_in_the_readers_zone_and_dates_when_needed() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let morning = Timestamp::from_millis(1_760_000_000_000); // 2025-10-09T08:53:20Z
        let by = morning.plus_millis(3_600_000);
        let new = Standing::New { since: morning, reply_due_by: by };
        assert_eq!(English.explanation(&new, &zone, morning), "New since 10:53; first reply due by 11:53.");
        let tomorrow = morning.plus_millis(86_400_000);
        let stale = Standing::Stale { since: morning };
        assert_eq!(English.explanation(&stale, &zone, tomorrow), "Stale since 9 Oct 10:53.");
    }
}
