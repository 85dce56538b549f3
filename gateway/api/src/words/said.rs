//! What is to be said, as data: a key that stays, its parameters, and which phrase says it when.

use hearthline_engine::{
    lead::{
        AtRiskReason, Cause, ChannelStanding, DeadlineKind, Event, Explanation, Reason, RescueProgress,
        SendFailure, State, Status,
    },
    message::Channel,
    time::{Seconds, Timestamp},
};
use serde_json::{Map, Value};

use super::Phrase;

/// What stands in a place of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    Moment(Timestamp),
    Channel(Channel),
    Channels(Vec<Channel>),
    Count(u32),
    /// How long; as data, in seconds.
    Amount(Seconds),
    Name(&'static str),
}

/// Something to be said. The key and the parameters never depend on when it is heard; the phrase may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Stable.
    pub key: &'static str,
    params: Vec<(&'static str, Param)>,
    timing: Timing,
}

/// Which phrase it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Timing {
    Always(Phrase),
    /// By how far away `due_at` is: before it, in the minute after it, later.
    Due(Timestamp, [Phrase; 3]),
    /// Before that moment, and from then on.
    Until(Timestamp, [Phrase; 2]),
}

/// So long after its time, something is due now and not overdue.
const STILL_NOW_MS: i64 = 60_000;

impl Said {
    pub(super) fn always<const N: usize>(
        key: &'static str,
        phrase: Phrase,
        params: [(&'static str, Param); N],
    ) -> Self {
        Self { key, params: params.into(), timing: Timing::Always(phrase) }
    }

    fn due(key: &'static str, due_at: Timestamp, phrases: [Phrase; 3]) -> Self {
        let params = vec![("due_at", Param::Moment(due_at))];
        Self { key, params, timing: Timing::Due(due_at, phrases) }
    }

    pub(super) fn phrase(&self, now: Timestamp) -> Phrase {
        match &self.timing {
            Timing::Always(phrase) => *phrase,
            Timing::Due(at, [before, _, _]) if now < *at => *before,
            Timing::Due(at, [_, just, _]) if now.millis_since(*at) < STILL_NOW_MS => *just,
            Timing::Due(_, [_, _, late]) => *late,
            Timing::Until(at, [before, after]) => {
                if now < *at {
                    *before
                } else {
                    *after
                }
            }
        }
    }

    pub(super) fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|(known, _)| *known == name).map(|(_, param)| param)
    }

    /// The parameters as JSON: moments in RFC 3339, channels and states by their names.
    #[must_use]
    pub fn params(&self) -> Map<String, Value> {
        let json = |param: &Param| match param {
            Param::Moment(at) => Value::String(at.to_string()),
            Param::Channel(channel) => channel_name(*channel),
            Param::Channels(channels) => channels.iter().map(|channel| channel_name(*channel)).collect(),
            Param::Count(count) => Value::from(*count),
            Param::Amount(amount) => Value::from(amount.0),
            Param::Name(name) => Value::from(*name),
        };
        self.params.iter().map(|(name, param)| ((*name).to_owned(), json(param))).collect()
    }
}

fn channel_name(channel: Channel) -> Value {
    serde_json::to_value(crate::Channel::from(channel)).unwrap_or(Value::Null)
}

/// Why a card is there (DECK-1).
#[must_use]
pub fn reason(reason: &Reason, due_at: Timestamp) -> Said {
    use Phrase as P;
    let moment = |name, at: &Timestamp| [(name, Param::Moment(*at))];
    match reason {
        Reason::FirstReplyDue => {
            let phrases = [P::FirstReplyDueIn, P::FirstReplyDueNow, P::FirstReplyOverdue];
            Said::due("first_reply_due", due_at, phrases)
        }
        Reason::FirstReplyAtRisk => Said {
            key: "first_reply_at_risk",
            params: moment("due_at", &due_at).into(),
            timing: Timing::Until(due_at, [P::FirstReplyAtRisk, P::FirstReplyOverdue]),
        },
        Reason::NoTouch { since } => Said::always("no_touch", P::NoTouch, moment("since", since)),
        Reason::Stale { since } => Said::always("stale", P::StaleFor, moment("since", since)),
        Reason::Wrote { at } => Said::always("wrote", P::Wrote, moment("at", at)),
        Reason::FollowUp => {
            Said::due("follow_up", due_at, [P::FollowUpDueIn, P::FollowUpDueNow, P::FollowUpOverdue])
        }
        Reason::CallWithoutOutcome { at } => {
            Said::always("call_without_outcome", P::CallWithoutOutcome, moment("at", at))
        }
        Reason::TouchRevoked { sent_at } => {
            Said::always("touch_revoked", P::TouchRevoked, moment("sent_at", sent_at))
        }
        Reason::SendFailed { asked_at, failure } => {
            let phrase = match failure {
                SendFailure::OptedOut => P::SendOptedOut,
                SendFailure::Refused { .. } => P::SendRefused,
                SendFailure::Undelivered { .. } => P::SendUndelivered,
                SendFailure::WindowClosed { .. } => P::SendWindowClosed,
                SendFailure::GaveUp => P::SendGaveUp,
                SendFailure::NotSent => P::SendNotSent,
            };
            Said::always("send_failed", phrase, moment("asked_at", asked_at))
        }
        Reason::SendInDoubt { tried_at } => {
            Said::always("send_in_doubt", P::SendInDoubt, moment("tried_at", tried_at))
        }
        Reason::OptedOut { closed, open } => {
            let phrase = match (closed, open.is_empty()) {
                (Channel::Sms, false) => P::NoMoreTexts,
                (Channel::Sms, true) => P::NoMoreTextsAndNothingElse,
                (_, false) => P::NoMoreMessages,
                (_, true) => P::NoMoreMessagesAndNothingElse,
            };
            let params = [("closed", Param::Channel(*closed)), ("open", Param::Channels(open.clone()))];
            Said::always("opted_out", phrase, params)
        }
    }
}

/// Whether the client can be written to on a channel (OUT-2, OUT-7).
#[must_use]
pub fn channel_standing(channel: Channel, standing: &ChannelStanding) -> Said {
    use Phrase as P;
    let by = ("channel", Param::Channel(channel));
    match standing {
        ChannelStanding::Open { until: None } => Said::always("channel_open", P::ChannelOpen, [by]),
        ChannelStanding::Open { until: Some(until) } => {
            Said::always("reply_window_open", P::ReplyWindowOpen, [by, ("until", Param::Moment(*until))])
        }
        ChannelStanding::WindowClosed => Said::always("reply_window_closed", P::ReplyWindowClosed, [by]),
        ChannelStanding::OptedOut => Said::always("channel_opted_out", P::ChannelOptedOut, [by]),
    }
}

/// Where a lead stands, and what comes next (surface: `explanation`).
#[must_use]
pub fn explanation(explanation: &Explanation) -> Said {
    use Phrase as P;
    let at = |at: &Timestamp| Param::Moment(*at);
    match explanation {
        Explanation::New { since, due_by } => {
            Said::always("new", P::New, [("since", at(since)), ("due_by", at(due_by))])
        }
        Explanation::FirstContactAtRisk { since, due_by } => Said {
            key: "first_contact_at_risk",
            params: vec![("since", at(since)), ("due_by", at(due_by))],
            timing: Timing::Until(*due_by, [P::FirstContactAtRisk, P::FirstContactOverdue]),
        },
        Explanation::Active { last_touch_at: Some(touched), at_risk_at } => {
            let params = [("last_touch_at", at(touched)), ("at_risk_at", at(at_risk_at))];
            Said::always("active", P::Active, params)
        }
        Explanation::Active { last_touch_at: None, at_risk_at } => {
            Said::always("active_untouched", P::ActiveUntouched, [("at_risk_at", at(at_risk_at))])
        }
        Explanation::AtRisk { since, no_touch_since, stale_at } => {
            let params =
                [("since", at(since)), ("no_touch_since", at(no_touch_since)), ("stale_at", at(stale_at))];
            Said::always("at_risk", P::AtRisk, params)
        }
        Explanation::Stale { since, progress } => match progress {
            RescueProgress::Waiting => Said::always("stale_waiting", P::StaleWaiting, [("since", at(since))]),
            RescueProgress::InProgress { .. } => {
                Said::always("stale_in_progress", P::StaleInProgress, [("since", at(since))])
            }
            RescueProgress::Answered { at: answered, .. } => {
                let params = [("since", at(since)), ("answered_at", at(answered))];
                Said::always("stale_answered", P::StaleAnswered, params)
            }
        },
        Explanation::Archived => Said::always("archived", P::Archived, []),
        Explanation::Deleted => Said::always("deleted", P::Deleted, []),
    }
}

/// What an entry of a timeline tells of the lead's state and of its cause (LIF-1); nothing of what people wrote.
#[must_use]
pub fn told(event: &Event) -> Option<Said> {
    use Phrase as P;
    let said = match event {
        Event::StateChanged { to, cause, .. } => {
            let (key, phrase) = caused(*cause);
            Said::always(key, phrase, [("to", Param::Name(state_name(to)))])
        }
        Event::FirstContactBreached { .. } => Said::always("first_contact_breached", P::Breached, []),
        Event::RescueEscalated { count, .. } => {
            Said::always("rescue_escalated", P::Escalated, [("count", Param::Count(*count))])
        }
        Event::RulesChanged { rules, shortened: Some(_), .. } => {
            let params = [
                ("first_contact_s", Param::Amount(rules.first_contact())),
                ("stale_after_s", Param::Amount(rules.stale_after())),
            ];
            Said::always("windows_shortened", P::WindowsShortened, params)
        }
        Event::OwnerChanged { .. } => Said::always("owner_changed", P::OwnerChanged, []),
        Event::HandedBack { .. } => Said::always("handed_back", P::HandedBack, []),
        Event::StatusChanged { from, to, .. } => status_changed(*from, *to),
        Event::ProfileChanged { .. } => Said::always("details_noted", P::DetailsNoted, []),
        Event::Deleted { .. } => Said::always("deleted", P::WasDeleted, []),
        Event::Restored { .. } => Said::always("restored", P::WasRestored, []),
        Event::IdentityLinked { .. } => Said::always("identity_linked", P::IdentityLinked, []),
        Event::Absorbed { .. } | Event::MergedInto { .. } => Said::always("merged", P::Merged, []),
        Event::LetGo { .. } | Event::CameBack { .. } => {
            Said::always("merge_taken_back", P::MergeTakenBack, [])
        }
        Event::IdentityUnlinked { .. } => Said::always("identity_unlinked", P::IdentityUnlinked, []),
        Event::RescueMoved { progress, .. } => match progress {
            RescueProgress::Waiting => Said::always("rescue_waits", P::RescueWaits, []),
            RescueProgress::InProgress { .. } => Said::always("rescue_began", P::RescueBegan, []),
            RescueProgress::Answered { .. } => Said::always("rescue_answered", P::RescueAnswered, []),
        },
        _ => return None,
    };
    Some(said)
}

const fn caused(cause: Cause) -> (&'static str, Phrase) {
    use Phrase as P;
    match cause {
        Cause::Deadline(DeadlineKind::FirstContactAtRisk) => {
            ("first_contact_window_nearly_over", P::BecameAtRiskOfNoReply)
        }
        Cause::Deadline(DeadlineKind::FirstContactBreach) => ("first_contact_breached", P::Breached),
        Cause::Deadline(DeadlineKind::StaleAtRisk) => {
            ("stale_window_nearly_over", P::BecameAtRiskOfStaleness)
        }
        // No other deadline moves the state.
        Cause::Deadline(_) => ("stale_window_over", P::BecameStale),
        Cause::FirstTouch => ("first_touch", P::FirstTouch),
        Cause::Touch => ("touch", P::Touch),
        Cause::TouchRevoked => ("touch_revoked", P::TouchTakenBack),
        Cause::RulesChanged => ("rules_changed", P::RulesChanged),
        Cause::HandedBack => ("handed_back", P::HandedBack),
        Cause::Reassigned => ("reassigned", P::Reassigned),
        Cause::ReturnedFromArchive => ("returned_from_archive", P::BackFromArchive),
        Cause::ClockRestarted => ("clock_restarted", P::ClockRestarted),
    }
}

fn status_changed(from: Status, to: Status) -> Said {
    let (key, phrase) = match (from, to) {
        (_, Status::Archived) => ("archived", Phrase::PutAway),
        (Status::Archived, _) => ("returned_from_archive", Phrase::BackFromArchive),
        (_, _) => ("status_changed", Phrase::StatusChanged),
    };
    let name = |status| match status {
        Status::Lead => "lead",
        Status::ActiveClient => "active_client",
        Status::Archived => "archived",
    };
    Said::always(key, phrase, [("from", Param::Name(name(from))), ("to", Param::Name(name(to)))])
}

const fn state_name(state: &State) -> &'static str {
    match state {
        State::New => "new",
        State::Active => "active",
        State::AtRisk(AtRiskReason::FirstContact | AtRiskReason::NoTouch) => "at_risk",
        State::Stale(_) => "stale",
    }
}
