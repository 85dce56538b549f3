//! What stands on the wire, word for word.

#![expect(clippy::unwrap_used, reason = "a test that fails to get what it needs has failed")]

use hearthline_api::{
    ActResult, Acted, Action, Attachment, AttachmentState, Card, CardView, Channel, ClientFrame, Deed,
    Delivery, Direction, EngineClock, Event, EventKind, Fault, Op, Provider, RawFields, ServerFrame,
    SnoozeUntil, form, words,
};
use hearthline_engine::{
    deck::DeckCard,
    ids::{LeadId, MutationId, TaskId},
    lead::{self, Reason, Rejected},
    media::MediaRefusal,
    message,
    time::{Pace, Timestamp},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const ID: &str = "01890000-0000-7000-8000-000000000001";
const OTHER: &str = "01890000-0000-7000-8000-000000000002";

fn id() -> Uuid {
    ID.parse().unwrap()
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + minutes * 60_000)
}

fn card(preview: Option<&str>) -> Card {
    let deck_card = DeckCard {
        task: TaskId(id()),
        lead: LeadId(OTHER.parse().unwrap()),
        kind: lead::CardKind::ContactNow,
        opened_at: at(0),
        due_at: at(12),
        reason: Reason::FirstReplyDue,
        lead_name: "Maria Oliveira".to_owned(),
        language: Some("pt".to_owned()),
        channel: Some(message::Channel::Sms),
        preview: None,
        state: lead::StateName::New,
        version: 3,
    };
    let view =
        CardView { urgency: 0.83, preview: preview.map(str::to_owned), now: at(0), words: words::of("en") };
    Card::of(&deck_card, view)
}

fn card_json() -> Value {
    json!({"id": ID, "task_id": ID, "lead_id": OTHER, "kind": "contact_now", "opened_at": "2026-09-21T14:13:20.000Z",
        "due_at": "2026-09-21T14:25:20.000Z", "urgency": 0.83, "reason": "First reply due in 12 min",
        "reason_key": "first_reply_due", "reason_params": {"due_at": "2026-09-21T14:25:20.000Z"},
        "lead_name": "Maria Oliveira", "language": "pt", "channel": "sms", "preview": "Olá", "state": "new",
        "version": 3})
}

#[test]
fn a_card_has_the_fields_of_the_surface_and_a_preview_for_its_owner_alone() {
    assert_eq!(serde_json::to_value(card(Some("Olá"))).unwrap(), card_json());
    let mut others = card_json();
    others.as_object_mut().unwrap().remove("preview");
    assert_eq!(serde_json::to_value(card(None)).unwrap(), others);
}

fn event(raw: Option<RawFields>) -> Value {
    let event = Event {
        id: id(),
        lead_id: id(),
        channel: Channel::Sms,
        kind: EventKind::Message,
        direction: Direction::In,
        received_at: at(0).into(),
        occurred_at: at(0).into(),
        status: Delivery::Received,
        provider: Provider::Twilio,
        by: None,
        detail: None,
        explained: None,
        raw,
    };
    serde_json::to_value(event).unwrap()
}

#[test]
fn prv_2_raw_fields_are_present_for_who_may_read_them_and_otherwise_absent() {
    let derived: BTreeSet<_> = event(None).as_object().unwrap().keys().cloned().collect();
    let names =
        ["id", "lead_id", "channel", "kind", "direction", "received_at", "occurred_at", "status", "provider"];
    assert_eq!(derived, names.map(str::to_owned).into());
    let raw = RawFields {
        provider_event_id: Some("SM1".to_owned()),
        from: Some("+14155550100".to_owned()),
        to: vec!["+14155550101".to_owned()],
        subject: None,
        body: Some("Olá".to_owned()),
        html: None,
        thread_key: Some("AC1|+14155550100".to_owned()),
        refers_to: None,
        attachments: vec![Attachment {
            id: "1".to_owned(),
            filename: None,
            mime_type: None,
            size_bytes: None,
            state: AttachmentState::Waiting,
            reason: None,
        }],
    };
    let shown = event(Some(raw));
    assert_eq!((&shown["provider_event_id"], &shown["from"]), (&json!("SM1"), &json!("+14155550100")));
    assert_eq!((&shown["subject"], &shown["body"]), (&Value::Null, &json!("Olá")));
    assert_eq!((&shown["thread_key"], shown.get("refers_to")), (&json!("AC1|+14155550100"), None));
    let attachment =
        json!({"id": "1", "filename": null, "mime_type": null, "size_bytes": null, "state": "waiting"});
    assert_eq!(shown["attachments"], json!([attachment]));
}

#[test]
fn deck_3_frames_of_the_server_have_their_name_as_their_one_field() {
    let says = |frame: ServerFrame, expected: Value| {
        assert_eq!(serde_json::from_str::<Value>(&frame.encode()).unwrap(), expected);
    };
    let put = || vec![Op::Put(Box::new(card(Some("Olá")))), Op::Del(id())];
    let ops = json!([{"put": card_json()}, {"del": ID}]);
    let clock = EngineClock::showing(at(0), Pace::times(60));
    let clock_json = json!({"now": at(0).to_string(), "pace": 60});
    says(
        ServerFrame::Resumed { epoch: id(), offset: 4, ops: put(), clock },
        json!({"resumed": {"epoch": ID, "offset": 4, "ops": ops, "clock": clock_json}}),
    );
    says(
        ServerFrame::Snapshot { epoch: id(), offset: 4, cards: vec![card(Some("Olá"))], clock },
        json!({"snapshot": {"epoch": ID, "offset": 4, "cards": [card_json()], "clock": clock_json}}),
    );
    says(
        ServerFrame::Delta { offset: 5, prev: 4, ops: put() },
        json!({"delta": {"offset": 5, "prev": 4, "ops": ops}}),
    );
    says(
        ServerFrame::Acted(Box::new(Acted::applied(MutationId(id()), Some(42)))),
        json!({"acted": {"mutation_id": ID, "result": "applied", "offset": 42, "code": null, "card": null}}),
    );
    says(
        ServerFrame::Unwatched { lead_id: id(), code: "lead_not_stale".to_owned() },
        json!({"unwatched": {"lead_id": ID, "code": "lead_not_stale"}}),
    );
    let unknown =
        ClientFrame::read("{\"hello\": {\"client_id\": \"c\", \"colour\": \"PLANTED\"}}").unwrap_err();
    let message = "hello.colour: is not known here; allowed: client_id, epoch, offset";
    says(ServerFrame::error(unknown), json!({"error": {"code": "validation_failed", "message": message}}));
}

#[test]
fn an_action_that_the_life_cycle_refuses_says_why_and_a_changed_card_is_a_conflict() {
    let done = |why| Acted::refused(MutationId(id()), &why, None);
    let refused = done(Rejected::OutcomeMissing);
    assert_eq!((refused.result, refused.code.as_deref()), (ActResult::Rejected, Some("outcome_missing")));
    assert_eq!(serde_json::to_value(done(Rejected::CardNotOpen)).unwrap()["result"], "rejected");
}

fn hello(body: &Value) -> Result<ClientFrame, Fault> {
    ClientFrame::read(&json!({"hello": body}).to_string())
}

#[test]
fn deck_3_a_hello_with_both_halves_of_a_position_resumes_and_any_other_starts_anew() {
    let position = |body: Value| match hello(&body).unwrap() {
        ClientFrame::Hello(hello) => hello.position,
        ClientFrame::Act(_) | ClientFrame::Watch(_) => panic!("it is a hello"),
    };
    let both = position(json!({"client_id": "c", "epoch": ID, "offset": 0})).unwrap();
    assert_eq!((both.epoch, both.offset), (id(), 0));
    assert_eq!(position(json!({"client_id": "c", "epoch": ID})), None);
    assert_eq!(position(json!({"client_id": "c", "epoch": null, "offset": null})), None);
    assert!(hello(&json!({"client_id": "c", "offset": -1})).is_err());
    assert!(hello(&json!({})).is_err());
}

#[test]
fn a_frame_is_one_of_those_that_there_are() {
    for text in ["", "[]", "{}", "{\"bye\": {}}", "{\"hello\": 1}", "{\"hello\": null}"] {
        assert!(ClientFrame::read(text).is_err(), "{text}");
    }
    let two = json!({"hello": {"client_id": "c"}, "watch": {"lead_id": ID}});
    assert!(ClientFrame::read(&two.to_string()).is_err());
    assert!(matches!(
        ClientFrame::read(&json!({"watch": {"lead_id": ID}}).to_string()),
        Ok(ClientFrame::Watch(_))
    ));
}

fn action(more: &Value) -> Result<Action, Fault> {
    let mut body = json!({"mutation_id": ID, "lead_id": OTHER, "card_id": ID, "expected_version": 3});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    form::from_json(body.to_string().as_bytes())
}

#[test]
fn deck_2_every_kind_of_action_is_read() {
    assert!(
        matches!(action(&json!({"kind": "done"})).unwrap().deed, Deed::Done { card } if card.expected_version == 3)
    );
    let snooze = action(&json!({"kind": "snooze", "preset": "tomorrow"})).unwrap().deed;
    assert!(matches!(snooze, Deed::Snooze { until: SnoozeUntil::Tomorrow, .. }));
    let snooze = action(&json!({"kind": "snooze", "until": "2026-09-21T16:13:20+02:00"})).unwrap().deed;
    assert!(matches!(snooze, Deed::Snooze { until: SnoozeUntil::At(until), .. } if until == at(0)));
    let send = action(&json!({"kind": "send", "channel": "sms", "body": "PLANTED"})).unwrap();
    assert!(!format!("{send:?}").contains("PLANTED"));
    assert!(matches!(action(&json!({"kind": "call"})).unwrap().deed, Deed::Call));
    assert!(action(&json!({"kind": "outcome", "result": "spoke", "note": "n"})).is_ok());
    assert!(
        action(&json!({"kind": "schedule", "due_at": "2026-09-21T14:13:20Z", "title": "Call back"})).is_ok()
    );
    assert!(matches!(action(&json!({"kind": "undo"})).unwrap().deed, Deed::Undo));
}

#[test]
fn a_wrong_action_names_its_fields() {
    let errors = |more: Value| match action(&more).unwrap_err() {
        Fault::Invalid(errors) => {
            errors.into_iter().map(|error| (error.field, error.code)).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let error = |field: &str, code: &str| (field.to_owned(), code.to_owned());
    assert_eq!(errors(json!({"kind": "do"})), [error("kind", "not_allowed")]);
    assert_eq!(errors(json!({"kind": "snooze"})), [error("until", "required")]);
    let both = json!({"kind": "snooze", "preset": "tomorrow", "until": "2026-09-21T14:13:20Z"});
    assert_eq!(errors(both), [error("preset", "not_allowed")]);
    assert_eq!(
        errors(json!({"kind": "done", "expected_version": -1})),
        [error("expected_version", "out_of_range")]
    );
    assert_eq!(errors(json!({"kind": "done", "card_id": null})), [error("card_id", "required")]);
    assert_eq!(errors(json!({"kind": "done", "body": "x"})), [error("body", "unknown_field")]);
    assert_eq!(errors(json!({"kind": "send", "channel": "note", "body": " "})).len(), 2);
    assert_eq!(errors(json!({"kind": "outcome", "result": "voicemail"})), [error("result", "not_allowed")]);
}

/// Clients go by codes: two failures that need different answers never share one with different statuses.
#[test]
fn every_code_has_one_status() {
    let faults = [
        Fault::MalformedJson { line: 1, column: 1, what: "x" },
        Fault::UnsupportedMediaType,
        Fault::Invalid(Vec::new()),
        Fault::BodyTooLarge { max_bytes: 1 },
        Fault::MethodNotAllowed,
        Fault::IdempotencyKeyInvalid,
        Fault::IdempotencyKeyReused,
        Fault::VersionMismatch,
        Fault::TokenMissing,
        Fault::TokenInvalid,
        Fault::TokenExpired,
        Fault::SessionEnded,
        Fault::WrongCredentials,
        Fault::RefreshTokenInvalid,
        Fault::RefreshTokenReused,
        Fault::TicketInvalid,
        Fault::Forbidden { needs: "X" },
        Fault::NotFound,
        Fault::EmailTaken { field: "email" },
        Fault::SignatureMissing,
        Fault::SignatureWrong,
        Fault::from(Rejected::NotStale),
        Fault::from(Rejected::CardNotOpen),
        Fault::from(Rejected::NoSuchLead),
        Fault::FileNotFetched { retry_after_s: 1, reason: None },
        Fault::FileRefused(MediaRefusal::TooLarge),
        Fault::RateLimited { retry_after_s: 1 },
        Fault::Unavailable { retry_after_s: 1 },
        Fault::TimedOut,
        Fault::NotReady,
        Fault::Internal,
    ];
    let rows: BTreeSet<_> = faults.iter().map(|fault| (fault.code(), fault.status())).collect();
    let codes: BTreeSet<_> = rows.iter().map(|(code, _)| code).collect();
    assert_eq!(rows.len(), codes.len());
    for fault in faults {
        let (status, code, retry) = (fault.status(), fault.code(), fault.retry_after_s());
        let details = fault.details();
        assert_eq!((details.status, details.code.as_str()), (status, code));
        assert_eq!(
            retry.is_some(),
            matches!(status, 429 | 503) || code == "attachment_not_fetched",
            "{code}"
        );
        assert!(!details.title.is_empty());
    }
}

#[test]
fn what_may_not_be_known_of_is_answered_as_what_does_not_exist() {
    let nothing = Fault::NotFound.details();
    assert_eq!(Fault::from(Rejected::NoSuchLead).details(), nothing);
    assert_eq!(Fault::from(hearthline_engine::access::Refusal::NotVisible).details(), nothing);
    assert_eq!(Fault::from(hearthline_engine::access::Refusal::LeadNotStale).code(), "lead_not_stale");
}
