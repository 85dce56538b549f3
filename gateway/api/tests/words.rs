//! What is said to people: the same facts in every language, with amounts and dates as that language has them.
#![expect(clippy::unwrap_used, reason = "a test that fails to get what it needs has failed")]

use hearthline_api::words::{self, LANGUAGES, Listener, Phrase, Said, Span};
use hearthline_engine::{
    ids::UserId,
    lead::{AtRiskReason, Cause, DeadlineKind, Event, Explanation, Reason, RescueProgress, State, Status},
    message::Channel,
    time::{Timestamp, Zone},
};
use std::collections::BTreeSet;

/// Some minutes after 2026-05-04T09:00:00Z, a Monday.
fn min(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_777_885_200_000 + minutes * 60_000)
}
fn listener(language: &str, zone: &str, now: Timestamp) -> Listener {
    Listener { words: words::of(language), zone: Zone::named(zone).unwrap(), now }
}
/// The places of a phrase.
fn places(phrase: &str) -> BTreeSet<&str> {
    phrase.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0).collect()
}

#[test]
fn each_language_says_everything_with_the_same_facts_in_its_own_words() {
    assert_eq!(LANGUAGES.map(|words| words.tag()), ["en", "fr", "es", "pt", "ar", "vi"]);
    let english = LANGUAGES[0];
    for words in LANGUAGES {
        for phrase in Phrase::ALL {
            let text = words.phrase(*phrase);
            let where_ = format!("{} {phrase:?}: {text}", words.tag());
            assert_eq!(places(text), places(english.phrase(*phrase)), "{where_}");
            assert!(!text.trim().is_empty() && text.trim() == text, "{where_}");
            assert!(words.tag() == "en" || text != english.phrase(*phrase), "{where_}");
            let ends = |text: &str| text.ends_with('.');
            assert_eq!(ends(text), ends(english.phrase(*phrase)), "{where_}");
        }
        // Of their own kind: in Spanish, "mar" is a Tuesday and a March.
        let (weekdays, months) = (BTreeSet::from(words.weekdays()), BTreeSet::from(words.months()));
        assert_eq!((weekdays.len(), months.len()), (7, 12), "{}", words.tag());
    }
}

#[test]
fn a_language_is_found_by_its_first_part_and_english_is_spoken_to_the_others() {
    let tags = ["pt-BR", "PT", "fr_CA", "es-419", "ar", "vi-VN", "en-GB", "de", "", "zh-Hant"];
    let found = tags.map(|tag| words::of(tag).tag());
    assert_eq!(found, ["pt", "pt", "fr", "es", "ar", "vi", "en", "en", "en", "en"]);
}

fn reads(reason: &Reason, due: i64, now: i64, expected: &str) {
    assert_eq!(listener("en", "UTC", min(now)).hears(&words::reason(reason, min(due))), expected);
}

#[test]
fn deck_1_the_reason_of_a_card_says_why_now() {
    reads(&Reason::FirstReplyDue, 12, 0, "First reply due in 12 min");
    reads(&Reason::FirstReplyDue, 0, 0, "First reply due now");
    reads(&Reason::FirstReplyDue, 0, 180, "First reply overdue by 3 h");
    reads(&Reason::FirstReplyAtRisk, 1, 0, "At risk: first reply due in 60 s");
    reads(&Reason::FirstReplyAtRisk, 0, 5, "First reply overdue by 5 min");
    reads(&Reason::NoTouch { since: min(0) }, 0, 38 * 60, "At risk: no touch for 38 h");
    reads(&Reason::Stale { since: min(0) }, 0, 3 * 1_440, "Stale for 3 days");
    reads(&Reason::Wrote { at: min(0) }, 0, 4, "Wrote 4 min ago");
    reads(&Reason::FollowUp, 30, 0, "Follow-up due in 30 min");
    reads(&Reason::CallWithoutOutcome { at: min(0) }, 0, 5, "How did the call 5 min ago go?");
    reads(&Reason::TouchRevoked { sent_at: min(0) }, 0, 5, "The message of 5 min ago did not arrive");
    let closed = |closed, open: &[Channel]| Reason::OptedOut { closed, open: open.to_vec() };
    reads(&closed(Channel::Sms, &[]), 0, 0, "Asked for no more texts; no other channel is open");
    let open = [Channel::Whatsapp, Channel::Email];
    reads(&closed(Channel::Sms, &open), 0, 0, "Asked for no more texts; still open: WhatsApp, email");
    let none = "Asked for no more messages by email; no other channel is open";
    reads(&closed(Channel::Email, &[]), 0, 0, none);
}

/// One of each.
fn explanations() -> Vec<Explanation> {
    let by = UserId::from_bytes([1; 16]);
    let stale = |progress| Explanation::Stale { since: min(0), progress };
    vec![
        Explanation::New { since: min(0), due_by: min(60) },
        Explanation::FirstContactAtRisk { since: min(0), due_by: min(600) },
        Explanation::FirstContactAtRisk { since: min(0), due_by: min(60) },
        Explanation::Active { last_touch_at: Some(min(0)), at_risk_at: min(2_304) },
        Explanation::Active { last_touch_at: None, at_risk_at: min(2_304) },
        Explanation::AtRisk { since: min(0), no_touch_since: min(-600_000), stale_at: min(600) },
        stale(RescueProgress::Waiting),
        stale(RescueProgress::InProgress { by }),
        stale(RescueProgress::Answered { by, at: min(100), escalated: false }),
        Explanation::Archived,
        Explanation::Deleted,
    ]
}

#[test]
fn lif_1_english_is_what_the_engine_itself_says() {
    for zone in ["UTC", "Europe/Paris", "Australia/Lord_Howe"] {
        for explanation in explanations() {
            let listener = listener("en", zone, min(120));
            let said = listener.hears(&words::explanation(&explanation));
            assert_eq!(said, explanation.in_english(min(120), &Zone::named(zone).unwrap()));
        }
    }
}

#[test]
fn lif_1_every_language_explains_in_its_own_dates_and_plurals() {
    let new = words::explanation(&Explanation::New { since: min(0), due_by: min(60 * 24) });
    let says = |language| listener(language, "Europe/Paris", min(1)).hears(&new);
    assert_eq!(says("en"), "New since 11:00; first reply due by Tue 5 May 11:00.");
    assert_eq!(says("fr"), "Nouveau depuis 11:00 ; première réponse à donner avant mar. 5 mai 11:00.");
    assert_eq!(says("es"), "Nuevo desde: 11:00; primera respuesta antes de: mar 5 may 11:00.");
    assert_eq!(says("pt"), "Novo desde: 11:00; primeira resposta até: ter 5 mai 11:00.");
    assert_eq!(says("ar"), "جديد منذ: 11:00؛ الرد الأول مطلوب قبل: الثلاثاء 5 مايو 11:00.");
    assert_eq!(says("vi"), "Mới từ 11:00; cần trả lời lần đầu trước Th 3 5 thg 5 11:00.");

    let stale = words::reason(&Reason::Stale { since: min(0) }, min(0));
    let says = |language, days: i64| listener(language, "UTC", min(days * 1_440)).hears(&stale);
    assert_eq!(says("fr", 3), "Délaissé depuis 3 jours");
    assert_eq!(says("es", 3), "Desatendido desde hace 3 días");
    assert_eq!(says("pt", 3), "Sem atendimento há 3 dias");
    assert_eq!(says("vi", 3), "Bị bỏ quên đã 3 ngày");
    assert_eq!(says("ar", 2), "مهمل منذ يومين");
    assert_eq!((says("ar", 3), says("ar", 11)), ("مهمل منذ 3 أيام".into(), "مهمل منذ 11 يومًا".into()));
}

#[test]
fn lif_1_data_stands_beside_the_words_and_does_not_depend_on_the_hour() {
    let reason =
        words::reason(&Reason::OptedOut { closed: Channel::Sms, open: vec![Channel::Email] }, min(0));
    assert_eq!(reason.key, "opted_out");
    assert_eq!(
        serde_json::Value::from(reason.params()),
        serde_json::json!({"closed": "sms", "open": ["email"]})
    );
    let due = words::reason(&Reason::FirstReplyDue, min(0));
    assert_eq!(
        (due.key, due.params()["due_at"].as_str()),
        ("first_reply_due", Some("2026-05-04T09:00:00.000Z"))
    );
    let heard: BTreeSet<String> = [-5, 0, 5].map(|now| listener("en", "UTC", min(now)).hears(&due)).into();
    assert_eq!(heard.len(), 3, "three sentences, one key");
}

fn causes() -> [Cause; 12] {
    use DeadlineKind::{FirstContactAtRisk, FirstContactBreach, Stale, StaleAtRisk};
    [
        Cause::Deadline(FirstContactAtRisk),
        Cause::Deadline(FirstContactBreach),
        Cause::Deadline(StaleAtRisk),
        Cause::Deadline(Stale),
        Cause::FirstTouch,
        Cause::Touch,
        Cause::TouchRevoked,
        Cause::RulesChanged,
        Cause::HandedBack,
        Cause::Reassigned,
        Cause::ReturnedFromArchive,
        Cause::ClockRestarted,
    ]
}

#[test]
fn lif_1_each_cause_of_a_change_of_state_is_told_under_its_own_key() {
    let changed = |cause| {
        let to = State::AtRisk(AtRiskReason::NoTouch);
        words::told(&Event::StateChanged { to, cause, at: min(0) }).unwrap()
    };
    let told: Vec<Said> = causes().into_iter().map(changed).collect();
    let keys: BTreeSet<&str> = told.iter().map(|said| said.key).collect();
    assert_eq!(keys.len(), told.len());
    assert!(told.iter().all(|said| said.params()["to"] == "at_risk"));
    for words in LANGUAGES {
        let listener = listener(words.tag(), "UTC", min(0));
        let texts: BTreeSet<String> = told.iter().map(|said| listener.hears(said)).collect();
        assert_eq!(texts.len(), told.len(), "{}", words.tag());
        assert!(texts.iter().all(|text| !text.contains(['{', '}', '|'])), "{texts:?}");
    }
    let by = Some(UserId::from_bytes([1; 16]));
    let status = |from, to| words::told(&Event::StatusChanged { from, to, by, at: min(0) }).unwrap().key;
    assert_eq!(status(Status::Lead, Status::Archived), "archived");
    assert_eq!(status(Status::Archived, Status::Lead), "returned_from_archive");
    assert_eq!(status(Status::Lead, Status::ActiveClient), "status_changed");
}

#[test]
fn amounts_are_said_in_the_unit_a_person_would_use() {
    for words in LANGUAGES {
        let said = [Span::Seconds(30), Span::Minutes(30), Span::Hours(30), Span::Days(30)];
        let said: BTreeSet<String> = said.map(|span| words.amount(span)).into();
        assert_eq!(said.len(), 4, "{}", words.tag());
        assert!(said.iter().all(|text| text.starts_with("30 ")), "{said:?}");
    }
}
