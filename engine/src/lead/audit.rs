//! Which events of a lead are changes that the audit log records (PRV-4), and what it says of them.
//!
//! A card that the life cycle opens, changes or closes by itself follows from a change that is recorded; so do the marks
//! of deadlines. Texts are raw and stand sealed in the timeline: the log names the event, never its words.

use super::{
    CallOutcome, CardClosed, Cause, DeadlineKind, DeedKind, Event, Name, Profile, ProfileField,
    RescueProgress, SendEvent, SendFailure, Source, State, Status,
};
use crate::{
    audit::{Actor, Deed, Field},
    identity::Address,
    message::{Channel, Delivery},
};

/// What the audit log says of an event; nothing for what only follows from another one.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one arm for each event: the table of what is recorded")]
pub fn audited(event: &Event) -> Option<Deed> {
    match event {
        Event::Created { place, source, name, identities, .. } => {
            let mut fields =
                vec![Field::new("team_id", place.team), Field::new("source", source_name(*source))];
            fields.extend(place.owner.map(|owner| Field::new("owner_id", owner)));
            fields.extend(name.iter().map(|name| Field::new("name", &name.0)));
            fields.extend(identities.iter().map(identity));
            Some(Deed::new("lead.created", None, fields))
        }
        Event::MessageReceived { message } => {
            let fields =
                vec![Field::new("event_id", message.event), Field::new("channel", channel(message.channel))];
            Some(Deed::new("message.received", None, fields))
        }
        Event::NameLearned { name } => {
            Some(Deed::new("lead.name_learned", None, vec![Field::new("name", &name.0)]))
        }
        Event::StateChanged { to, cause: why, at } => {
            let fields =
                vec![Field::new("state", state(to)), Field::new("cause", cause(*why)), Field::new("at", at)];
            Some(Deed::new("lead.state_changed", clock(*why), fields))
        }
        Event::FirstContactBreached { at } => {
            Some(Deed::new("lead.first_contact_breached", Some(Actor::Clock), vec![Field::new("at", at)]))
        }
        Event::Touched { touch, rescue } => {
            let fields = vec![
                Field::new("touch_id", touch.id),
                Field::new("channel", channel(touch.channel)),
                Field::new("rescue", rescue),
                Field::new("at", touch.at),
            ];
            Some(Deed::new("lead.touched", Some(Actor::User(touch.by)), fields))
        }
        Event::TouchRevoked { touch } => {
            Some(Deed::new("lead.touch_revoked", None, vec![Field::new("touch_id", touch)]))
        }
        Event::RescueMoved { progress: to, .. } => {
            Some(Deed::new("rescue.moved", None, vec![Field::new("progress", progress(to))]))
        }
        Event::HandedBack { by, .. } => {
            Some(Deed::new("rescue.handed_back", Some(Actor::User(*by)), Vec::new()))
        }
        Event::RescueEscalated { count, .. } => {
            Some(Deed::new("rescue.escalated", Some(Actor::Clock), vec![Field::new("count", count)]))
        }
        Event::CardClosed { task, how: CardClosed::Done { by }, .. } => {
            Some(Deed::new("card.done", Some(Actor::User(*by)), vec![Field::new("task_id", task)]))
        }
        Event::CardSnoozed { task, until, by } => {
            let fields = vec![Field::new("task_id", task), Field::new("snoozed_until", until)];
            Some(Deed::new("card.snoozed", Some(Actor::User(*by)), fields))
        }
        Event::FollowUpScheduled { follow_up, by } => {
            let fields = vec![Field::new("task_id", follow_up.task), Field::new("due_at", follow_up.due_at)];
            Some(Deed::new("follow_up.scheduled", by.map(Actor::User), fields))
        }
        Event::CallStarted { call, by, at, .. } => {
            let fields = vec![Field::new("call_id", call), Field::new("at", at)];
            Some(Deed::new("call.started", Some(Actor::User(*by)), fields))
        }
        Event::CallEnded { call, by, outcome, .. } => {
            let fields = vec![Field::new("call_id", call), Field::new("outcome", outcome_name(*outcome))];
            Some(Deed::new("call.ended", Some(Actor::User(*by)), fields))
        }
        Event::NoteWritten { text, by, client_interaction, .. } => {
            let fields = vec![
                Field::new("event_id", text.event),
                Field::new("client_interaction", client_interaction),
            ];
            Some(Deed::new("note.written", Some(Actor::User(*by)), fields))
        }
        Event::ProfileChanged { profile, fields, by, .. } => {
            let fields = fields.iter().map(|field| profile_field(profile, *field)).collect();
            Some(Deed::new("lead.edited", by.map(Actor::User), fields))
        }
        Event::DeedUndone { deed, by, .. } => {
            let fields = vec![Field::new("deed", deed_name(*deed))];
            Some(Deed::new("deed.undone", Some(Actor::User(*by)), fields))
        }
        Event::OptedOut { channel: closed, address, .. } => {
            let fields = vec![Field::new("channel", channel(*closed)), identity(address)];
            Some(Deed::new("lead.opted_out", None, fields))
        }
        Event::OptedIn { channel: open, address, .. } => {
            let fields = vec![Field::new("channel", channel(*open)), identity(address)];
            Some(Deed::new("lead.opted_in", None, fields))
        }
        Event::OwnerChanged { to, team, by, .. } => {
            let owner = to.map_or_else(String::new, |to| to.to_string());
            let fields = vec![Field::new("owner_id", owner), Field::new("team_id", team)];
            Some(Deed::new("lead.owner_changed", Some(Actor::User(*by)), fields))
        }
        Event::RulesChanged { rules, .. } => {
            let fields = vec![
                Field::new("rules_version", rules.version),
                Field::new("first_contact_s", rules.first_contact().0),
                Field::new("stale_after_s", rules.stale_after().0),
            ];
            Some(Deed::new("lead.rules_changed", None, fields))
        }
        Event::StatusChanged { to, by, .. } => Some(Deed::new(
            "lead.status_changed",
            by.map(Actor::User),
            vec![Field::new("status", status(*to))],
        )),
        Event::Deleted { by, .. } => Some(Deed::new("lead.deleted", Some(Actor::User(*by)), Vec::new())),
        Event::SentToReview { .. } => Some(Deed::new("message.sent_to_review", None, Vec::new())),
        Event::Reviewed { event, restored, by, .. } => {
            let fields = vec![Field::new("event_id", event), Field::new("restored", restored)];
            Some(Deed::new("message.reviewed", Some(Actor::User(*by)), fields))
        }
        Event::Restored { by, .. } => Some(Deed::new("lead.restored", Some(Actor::User(*by)), Vec::new())),
        Event::IdentityLinked { address, by, .. } => {
            Some(Deed::new("lead.identity_linked", Some(Actor::User(*by)), vec![identity(address)]))
        }
        Event::IdentityUnlinked { address, by, .. } => {
            Some(Deed::new("lead.identity_unlinked", Some(Actor::User(*by)), vec![identity(address)]))
        }
        Event::MergedInto { into, by, .. } => {
            Some(Deed::new("lead.merged_into", Some(Actor::User(*by)), vec![Field::new("lead_id", into)]))
        }
        Event::Absorbed { lead, by, .. } => {
            Some(Deed::new("lead.merged", Some(Actor::User(*by)), vec![Field::new("lead_id", lead)]))
        }
        Event::LetGo { lead, by, .. } => {
            Some(Deed::new("lead.merge_undone", Some(Actor::User(*by)), vec![Field::new("lead_id", lead)]))
        }
        Event::CameBack { from, by, .. } => {
            Some(Deed::new("lead.came_back", Some(Actor::User(*by)), vec![Field::new("lead_id", from)]))
        }
        Event::WroteToAnother { message, to, .. } => {
            let fields = vec![Field::new("event_id", message), Field::new("user_id", to)];
            Some(Deed::new("message.told_to_another", None, fields))
        }
        Event::Send(event) => sent(event),
        Event::DeadlinePassed { .. }
        | Event::FirstContactMade { .. }
        | Event::FirstContactUndone
        | Event::Reached { .. }
        | Event::TouchUndone { .. }
        | Event::CallReopened { .. }
        | Event::TouchSettled { .. }
        | Event::ClockRestarted { .. }
        | Event::CardOpened { .. }
        | Event::CardChanged { .. }
        | Event::CardClosed {
            how:
                CardClosed::Undone { .. }
                | CardClosed::Replaced
                | CardClosed::Touched
                | CardClosed::StateLeft
                | CardClosed::OutcomeRecorded
                | CardClosed::LeadGone,
            ..
        }
        | Event::CardReturned { .. }
        | Event::FollowUpRemoved { .. } => None,
    }
}

/// Who approved a message, whom it was for, and what became of it. Its attempts are the machine's own business.
fn sent(event: &SendEvent) -> Option<Deed> {
    let id = Field::new("event_id", event.send());
    match event {
        SendEvent::Requested { outgoing } => {
            let message = &outgoing.message;
            let mut fields = vec![id, Field::new("channel", channel(message.channel))];
            fields.push(Field::new("connection_id", message.connection));
            fields.extend(message.to.iter().map(identity));
            Some(Deed::new("message.requested", Some(Actor::User(outgoing.by)), fields))
        }
        SendEvent::Accepted { at, .. } => {
            Some(Deed::new("message.accepted", None, vec![id, Field::new("at", at)]))
        }
        SendEvent::StatusRaised { status, .. } => {
            Some(Deed::new("message.status", None, vec![id, Field::new("status", delivery(*status))]))
        }
        SendEvent::Failed { why, .. } => {
            Some(Deed::new("message.failed", None, vec![id, Field::new("why", failure(why))]))
        }
        SendEvent::Doubted { .. } => Some(Deed::new("message.in_doubt", None, vec![id])),
        SendEvent::Resolved { went, by, .. } => {
            Some(Deed::new("message.resolved", by.map(Actor::User), vec![id, Field::new("went", went)]))
        }
        SendEvent::TakenBack { by, .. } => {
            Some(Deed::new("message.taken_back", by.map(Actor::User), vec![id]))
        }
        SendEvent::Started { .. } | SendEvent::PutOff { .. } | SendEvent::Asked { .. } => None,
    }
}

const fn delivery(status: Delivery) -> &'static str {
    match status {
        Delivery::Received => "received",
        Delivery::Pending => "pending",
        Delivery::Sending => "sending",
        Delivery::Sent => "sent",
        Delivery::Delivered => "delivered",
        Delivery::Read => "read",
        Delivery::Failed => "failed",
        Delivery::Canceled => "canceled",
        Delivery::Unknown => "unknown",
    }
}

const fn failure(why: &SendFailure) -> &'static str {
    match why {
        SendFailure::OptedOut => "opted_out",
        SendFailure::Refused { .. } => "refused",
        SendFailure::Undelivered { .. } => "undelivered",
        SendFailure::WindowClosed { .. } => "window_closed",
        SendFailure::GaveUp => "gave_up",
        SendFailure::NotSent => "not_sent",
    }
}

/// A deadline that passed is nobody's deed, whoever's command made us look.
const fn clock(cause: Cause) -> Option<Actor> {
    match cause {
        Cause::Deadline(_) => Some(Actor::Clock),
        Cause::FirstTouch
        | Cause::Touch
        | Cause::TouchRevoked
        | Cause::RulesChanged
        | Cause::HandedBack
        | Cause::Reassigned
        | Cause::ReturnedFromArchive
        | Cause::ClockRestarted => None,
    }
}

/// The new value of a part of the profile; empty: nothing is known any more.
fn profile_field(profile: &Profile, field: ProfileField) -> Field {
    let name = |name: &Option<Name>| name.as_ref().map_or_else(String::new, |name| name.0.clone());
    let details = &profile.details;
    match field {
        ProfileField::Name => Field::new("name", name(&profile.name)),
        ProfileField::FirstName => Field::new("first_name", name(&details.first_name)),
        ProfileField::LastName => Field::new("last_name", name(&details.last_name)),
        ProfileField::Birthday => {
            Field::new("birthday", details.birthday.map_or_else(String::new, |day| day.to_string()))
        }
        ProfileField::Address => {
            Field::new("address", details.address.as_ref().map_or("", |address| &address.0))
        }
        ProfileField::Language => Field::new("language", profile.language.as_deref().unwrap_or_default()),
        ProfileField::Tags => {
            Field::new("tags", profile.tags.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
        }
    }
}

const fn deed_name(deed: DeedKind) -> &'static str {
    match deed {
        DeedKind::Done => "done",
        DeedKind::Snooze => "snooze",
        DeedKind::Schedule => "schedule",
        DeedKind::Outcome => "outcome",
    }
}

fn identity(address: &Address) -> Field {
    Field::new("identity", &address.value)
}

const fn state(state: &State) -> &'static str {
    match state {
        State::New => "new",
        State::Active => "active",
        State::AtRisk(_) => "at_risk",
        State::Stale(_) => "stale",
    }
}

const fn status(status: Status) -> &'static str {
    match status {
        Status::Lead => "lead",
        Status::ActiveClient => "active_client",
        Status::Archived => "archived",
    }
}

const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Deadline(kind) => deadline(kind),
        Cause::FirstTouch => "first_touch",
        Cause::Touch => "touch",
        Cause::TouchRevoked => "touch_revoked",
        Cause::RulesChanged => "rules_changed",
        Cause::HandedBack => "handed_back",
        Cause::Reassigned => "reassigned",
        Cause::ReturnedFromArchive => "returned_from_archive",
        Cause::ClockRestarted => "clock_restarted",
    }
}

const fn deadline(kind: DeadlineKind) -> &'static str {
    match kind {
        DeadlineKind::FirstContactAtRisk => "first_contact_at_risk",
        DeadlineKind::FirstContactBreach => "first_contact_breach",
        DeadlineKind::StaleAtRisk => "stale_at_risk",
        DeadlineKind::Stale => "stale",
        DeadlineKind::RescueEscalation => "rescue_escalation",
        DeadlineKind::SnoozeEnds => "snooze_ends",
        DeadlineKind::FollowUpDue => "follow_up_due",
        DeadlineKind::SendDue => "send_due",
        DeadlineKind::SendInDoubt => "send_in_doubt",
    }
}

const fn progress(progress: &RescueProgress) -> &'static str {
    match progress {
        RescueProgress::Waiting => "waiting",
        RescueProgress::InProgress { .. } => "in_progress",
        RescueProgress::Answered { .. } => "answered",
    }
}

const fn outcome_name(outcome: CallOutcome) -> &'static str {
    match outcome {
        CallOutcome::Spoke => "spoke",
        CallOutcome::LeftMessage => "left_message",
        CallOutcome::NoAnswer => "no_answer",
        CallOutcome::WrongNumber => "wrong_number",
    }
}

const fn source_name(source: Source) -> &'static str {
    match source {
        Source::Sms => "sms",
        Source::Whatsapp => "whatsapp",
        Source::Messenger => "messenger",
        Source::Instagram => "instagram",
        Source::Email => "email",
        Source::Call => "call",
        Source::Manual => "manual",
        Source::Import => "import",
    }
}

const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "sms",
        Channel::Whatsapp => "whatsapp",
        Channel::Messenger => "messenger",
        Channel::Instagram => "instagram",
        Channel::Email => "email",
        Channel::Voice => "voice",
        Channel::Note => "note",
        Channel::Task => "task",
        Channel::System => "system",
    }
}
