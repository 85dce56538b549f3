//! Twilio's webhooks: messages, statuses, opt-out words and signatures, by Twilio's documentation.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hearthline_engine::{
    access::{Role, Subject, Viewer, raw_grant},
    identity::{Address, HomeRegion, IdentityKind, UnreadableAddress},
    ids::{LeadId, TeamId, UserId},
    lead::StateName,
    message::{Channel, Content, Delivery, Direction, EventKind, Incoming, OptWord, Provider},
    providers::{
        Normalized, Unreadable,
        opt_words::{START, STOP},
        twilio_signature::{BadSignature, Body, expected, verify},
        twilio_sms::normalize,
    },
    raw::Raw,
    time::Timestamp,
};
use proptest::prelude::*;

fn read(form: impl AsRef<[u8]>) -> Result<Normalized, Unreadable> {
    normalize(&Raw::new(form.as_ref().to_vec()), HomeRegion::from_code("US"))
}

fn message(form: impl AsRef<[u8]>) -> Incoming {
    let mut read = read(form).unwrap();
    assert_eq!((read.messages.len(), read.statuses.len()), (1, 0));
    read.messages.remove(0)
}

/// Through the policy, as everywhere: the owner reads.
fn opened(content: &Raw<Content>) -> Content {
    let (owner, team) = (UserId::from_bytes([1; 16]), TeamId::from_bytes([2; 16]));
    let viewer = Viewer { user: owner, team: Some(team), role: Role::Agent };
    let lead = LeadId::from_bytes([3; 16]);
    let subject =
        Subject { lead, owner: Some(owner), team, state: StateName::New, deleted: false, episode: 0 };
    content.clone().open(&raw_grant(&viewer, &subject, None, Timestamp::default()).unwrap())
}

/// The fields of Twilio's documentation, as its servers send them.
const SMS: &str = "ToCountry=US&ToState=CA&SmsMessageSid=SMaa&NumMedia=0&ToCity=SAN+FRANCISCO&FromZip=02901&SmsSid=SMaa\
    &FromState=RI&SmsStatus=received&FromCity=PROVIDENCE&Body=Is+the+flat+on+Rua+%C3%81urea+free%3F&FromCountry=US\
    &To=%2B14155550199&ToZip=94105&NumSegments=1&MessageSid=SMaa&AccountSid=ACbb&From=%2B14015550100&ApiVersion=2010-04-01";

#[test]
fn ing_9_an_sms_becomes_the_canonical_event() {
    let message = message(SMS);
    assert_eq!(
        (message.channel, message.kind, message.direction),
        (Channel::Sms, EventKind::Message, Direction::In)
    );
    assert_eq!((message.provider, message.account.as_str()), (Provider::Twilio, "ACbb"));
    assert_eq!(message.provider_event_id, "SMaa");
    assert_eq!(message.from, Address { kind: IdentityKind::Phone, value: "+14015550100".to_owned() });
    assert_eq!(message.to[0].value, "+14155550199");
    assert_eq!((message.opt_word, message.occurred_at, &message.profile_name), (None, None, &None));
    let content = opened(&message.content);
    assert_eq!(content.body.as_deref(), Some("Is the flat on Rua Áurea free?"));
    assert!(content.extra.contains(&("FromCity".to_owned(), "PROVIDENCE".to_owned())));
    assert!(content.extra.iter().all(|(name, _)| name != "Body" && name != "From"));
}

#[test]
fn ing_1_an_mms_announces_its_media_in_order() {
    let message = message(
        "MessageSid=MM1&From=%2B14015550100&Body=&NumMedia=11&MediaUrl10=https%3A%2F%2Fx%2F10&MediaContentType10=image%2Fpng\
         &MediaUrl1=https%3A%2F%2Fx%2F1&MediaUrl0=https%3A%2F%2Fx%2F0&MediaContentType0=image%2Fjpeg&MediaUrl1=again",
    );
    let media: Vec<(String, Option<String>)> =
        opened(&message.content).attachments.into_iter().map(|file| (file.url, file.mime_type)).collect();
    let expected =
        [("https://x/0", Some("image/jpeg")), ("https://x/1", None), ("https://x/10", Some("image/png"))];
    assert_eq!(media, expected.map(|(url, kind)| (url.to_owned(), kind.map(str::to_owned))));
}

#[test]
fn ing_5_whatsapp_through_twilio_is_told_apart() {
    let message = message(
        "MessageSid=SM1&From=whatsapp%3A%2B14015550100&To=whatsapp%3A%2B14155550199&Body=oi&ProfileName=Maria",
    );
    assert_eq!(message.channel, Channel::Whatsapp);
    assert_eq!((message.from.kind, message.from.value.as_str()), (IdentityKind::Phone, "+14015550100"));
    assert_eq!(message.profile_name.as_deref(), Some("Maria"));
    let place = self::message("SmsSid=SM1&From=whatsapp%3A%2B14015550100&Latitude=12.1&Longitude=75.2");
    assert_eq!((place.kind, opened(&place.content).body), (EventKind::Location, None));
}

#[test]
fn ing_10_what_is_missing_or_unreadable_is_named() {
    let missing = |field| Err(Unreadable::MissingField { field });
    assert_eq!(read("From=%2B14015550100&Body=hi"), missing("MessageSid"));
    assert_eq!(read("MessageSid=&SmsSid=+&From=%2B1&Body=hi"), missing("MessageSid"));
    assert_eq!(read("MessageSid=SM1&Body=hi"), missing("From"));
    assert_eq!(read(""), missing("MessageSid"));
    assert_eq!(
        read("MessageSid=SM1&From=%2B1415%00555&Body=hi"),
        Err(Unreadable::BadAddress { field: "From", why: UnreadableAddress::ControlCharacters })
    );
    assert_eq!(
        read("CallSid=CA1&From=%2B14015550100&CallStatus=ringing"),
        Err(Unreadable::NotAMessage { field: "CallSid" })
    );
}

#[test]
fn prv_1_a_reason_never_carries_what_was_in_a_field() {
    let error = read("MessageSid=SM1&From=planted%00word&Body=planted").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("planted"));
    assert!(!format!("{:?}", message("MessageSid=SM1&From=%2B14015550100&Body=planted")).contains("planted"));
}

#[test]
fn ing_13_a_status_callback_is_a_status_and_no_message() {
    let read = read(
        "SmsSid=SM1&SmsStatus=sent&MessageStatus=undelivered&To=%2B14015550100&MessageSid=SM1&AccountSid=ACbb&ErrorCode=30003",
    );
    let read = read.unwrap();
    assert!(read.messages.is_empty());
    let status = &read.statuses[0];
    assert_eq!((status.status, status.provider_status.as_str()), (Delivery::Failed, "undelivered"));
    assert_eq!((status.provider_event_id.as_str(), status.error_code.as_deref()), ("SM1", Some("30003")));
    let words = [
        ("queued", Delivery::Pending),
        ("sending", Delivery::Sending),
        ("sent", Delivery::Sent),
        ("delivered", Delivery::Delivered),
        ("Read", Delivery::Read),
        ("failed", Delivery::Failed),
        ("teleported", Delivery::Unknown),
    ];
    for (word, delivery) in words {
        let read = self::read(format!("MessageSid=SM1&MessageStatus={word}")).unwrap();
        assert_eq!(read.statuses[0].status, delivery, "{word}");
    }
}

fn word_of(body: &str) -> Option<OptWord> {
    let body: String = form_urlencoded(body);
    message(format!("MessageSid=SM1&From=%2B14015550100&Body={body}")).opt_word
}

fn form_urlencoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn ing_1_opt_out_words_count_alone_in_any_case_and_in_every_language() {
    for (language, words) in STOP {
        for word in *words {
            assert_eq!(word_of(word), Some(OptWord::Stop), "{language}: {word}");
            assert_eq!(
                word_of(&format!("  {}! ", word.to_uppercase())),
                Some(OptWord::Stop),
                "{language}: {word}"
            );
            assert_eq!(word_of(&format!("{word} by at five")), None, "{language}: {word}");
        }
    }
    for (language, words) in START {
        for word in *words {
            assert_eq!(word_of(word), Some(OptWord::Start), "{language}: {word}");
        }
    }
    for ordinary in [
        "",
        "stop?",
        "Please stop",
        "no",
        "No.",
        "non",
        "không",
        "لا",
        "the end",
        "Huy",
        "dung",
        "yes please",
        "nein",
        "T",
        "N",
    ] {
        assert_eq!(word_of(ordinary), None, "{ordinary}");
    }
    for out in
        ["İPTAL", "IPTAL", "İptal!", "\u{200f}إلغاء\u{200f}", "退订。", "¡Baja!", "«СТОП»", "Stop\u{feff}"]
    {
        assert_eq!(word_of(out), Some(OptWord::Stop), "{out}");
    }
}

#[test]
fn ing_1_no_word_is_listed_twice_or_on_both_sides() {
    let of = |table: &'static [(&str, &[&str])]| table.iter().flat_map(|(_, words)| words.iter().copied());
    for word in of(STOP).chain(of(START)) {
        assert_eq!(word, word.to_lowercase(), "words stand in lower case");
    }
    assert!(of(STOP).all(|word| of(START).all(|other| word != other)));
    for table in [STOP, START] {
        let mut all: Vec<&str> = of(table).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "a word of two languages stands with the first");
    }
}

#[test]
fn ing_1_advanced_opt_out_decides_where_twilio_has_decided() {
    let with = |told: &str, body: &str| {
        message(format!("MessageSid=SM1&From=%2B14015550100&Body={body}&OptOutType={told}")).opt_word
    };
    assert_eq!(with("STOP", "adios"), Some(OptWord::Stop));
    assert_eq!(with("START", "hola"), Some(OptWord::Start));
    assert_eq!(with("HELP", "STOP"), None);
    assert_eq!(with("", "STOP"), Some(OptWord::Stop));
    // A picture with the caption "stop" is a picture.
    assert_eq!(message("MessageSid=SM1&From=%2B14015550100&Body=stop&NumMedia=1&MediaUrl0=x").opt_word, None);
}

#[test]
fn ing_10_odd_bytes_are_read_as_far_as_they_go() {
    let body = |form: &[u8]| opened(&message(form).content).body;
    let nul = body(b"MessageSid=SM1&From=%2B14015550100&Body=a%00b");
    assert_eq!(nul.as_deref(), Some("a\0b"));
    let invalid = body(b"MessageSid=SM1&From=%2B14015550100&Body=a%FFb\xfe");
    assert_eq!(invalid.as_deref(), Some("a\u{fffd}b\u{fffd}"));
    let escapes = body(b"MessageSid=SM1&From=%2B14015550100&Body=100%+sure%2&x&=&&Body=second");
    assert_eq!(escapes.as_deref(), Some("100% sure%2"));
    assert_eq!(body(b"MessageSid=SM1&From=%2B14015550100").as_deref(), None);
    assert_eq!(body(b"MessageSid=SM1&From=%2B14015550100&Body=").as_deref(), Some(""));
}

/// The example of Twilio's documentation ("Webhooks security"), whose signature is printed there.
const DOCUMENTED_URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const DOCUMENTED_FORM: &str =
    "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
const DOCUMENTED_SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

fn check(url: &str, form: &str, signature: &str) -> Result<(), BadSignature> {
    verify("12345", signature, url, Body::Form(form.as_bytes()))
}

#[test]
fn ing_6_the_documented_signature_is_right() {
    assert_eq!(expected("12345", DOCUMENTED_URL, DOCUMENTED_FORM.as_bytes()), DOCUMENTED_SIGNATURE);
    assert_eq!(check(DOCUMENTED_URL, DOCUMENTED_FORM, DOCUMENTED_SIGNATURE), Ok(()));
}

#[test]
fn ing_6_the_order_of_fields_and_repeated_ones_change_nothing() {
    let turned =
        "To=%2B18005551212&From=%2B14158675309&Digits=1234&Caller=%2B14158675309&CallSid=CA1234567890ABCDE";
    assert_eq!(check(DOCUMENTED_URL, turned, DOCUMENTED_SIGNATURE), Ok(()));
    let one = expected("t", "https://x/y", b"A=2&A=1&A=2&B=3");
    assert_eq!(one, expected("t", "https://x/y", b"B=3&A=1&A=2"));
    assert_ne!(one, expected("t", "https://x/y", b"B=3&A=1"));
    assert_ne!(expected("t", "https://x/y", b"a=1&B=2"), expected("t", "https://x/y", b"A=1&b=2"));
}

#[test]
fn ing_6_a_signature_holds_with_and_without_the_standard_port() {
    let form = DOCUMENTED_FORM.as_bytes();
    for (signed, seen) in [
        ("https://x.example/h", "https://x.example:443/h"),
        ("https://x.example:443/h", "https://x.example/h"),
        ("http://x.example:80/h?a=1", "http://x.example/h?a=1"),
        ("https://x.example/h", "https://x.example:8443/h"),
        ("https://u:p@x.example:443/h", "https://u:p@x.example/h"),
        ("https://[::1]/h", "https://[::1]:443/h"),
        ("https://[::1]:443/h", "https://[::1]/h"),
        ("https://x.example:443", "https://x.example"),
        ("https://x.example:443?a=b:1", "https://x.example?a=b:1"),
    ] {
        let signature = expected("12345", signed, form);
        assert_eq!(verify("12345", &signature, seen, Body::Form(form)), Ok(()), "{signed} seen as {seen}");
    }
    let elsewhere = expected("12345", "https://y.example/h", form);
    assert_eq!(verify("12345", &elsewhere, "https://x.example/h", Body::Form(form)), Err(BadSignature));
}

#[test]
fn ing_6_what_was_changed_on_the_way_is_refused() {
    for (url, form, signature) in [
        ("https://mycompany.com/myapp.php?foo=1&bar=3", DOCUMENTED_FORM, DOCUMENTED_SIGNATURE),
        (DOCUMENTED_URL, "CallSid=CA1234567890ABCDE", DOCUMENTED_SIGNATURE),
        (DOCUMENTED_URL, DOCUMENTED_FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B9="),
        (DOCUMENTED_URL, DOCUMENTED_FORM, ""),
        (DOCUMENTED_URL, DOCUMENTED_FORM, "not base64 ~"),
        ("", "", ""),
    ] {
        assert_eq!(check(url, form, signature), Err(BadSignature));
    }
    let other_token =
        verify("54321", DOCUMENTED_SIGNATURE, DOCUMENTED_URL, Body::Form(DOCUMENTED_FORM.as_bytes()));
    assert_eq!(other_token, Err(BadSignature));
}

#[test]
fn ing_6_a_json_body_is_bound_by_its_hash_in_the_url() {
    let body = br#"{"a": 1}"#;
    let hash = "6ccda32e6c9b8c0ff8b4d3d8a3a1dcbd";
    let url = |hash: &str| format!("https://x.example/h?foo=1&bodySHA256={hash}");
    let sha256 = sha256_hex(body);
    let right = url(&sha256);
    let signature = expected("12345", &right, b"");
    assert_eq!(verify("12345", &signature, &right, Body::Other(body)), Ok(()));
    assert_eq!(verify("12345", &signature, &right, Body::Other(br#"{"a": 2}"#)), Err(BadSignature));
    let wrong = url(hash);
    let signed = expected("12345", &wrong, b"");
    assert_eq!(verify("12345", &signed, &wrong, Body::Other(body)), Err(BadSignature));
    let bare = "https://x.example/h?foo=1";
    let signed = expected("12345", bare, b"");
    assert_eq!(verify("12345", &signed, bare, Body::Other(body)), Err(BadSignature));
}

fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

proptest! {
    #[test]
    fn ing_10_no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
        let mut with_sid = b"MessageSid=SM1&From=%2B14015550100&".to_vec();
        with_sid.extend(&bytes);
        let _ = read(&with_sid);
        let text = String::from_utf8_lossy(&bytes);
        let _ = verify(&text, &text, &text, Body::Form(&bytes));
        let _ = verify(&text, DOCUMENTED_SIGNATURE, &text, Body::Other(&bytes));
    }

    #[test]
    fn ing_9_text_comes_through_verbatim(body in ".{0,200}") {
        let form = format!("MessageSid=SM1&From=%2B14015550100&Body={}", form_urlencoded(&body));
        prop_assert_eq!(opened(&message(form).content).body, Some(body));
    }

    #[test]
    fn ing_6_what_was_signed_is_accepted_whatever_it_says(
        fields in prop::collection::vec((".{0,12}", ".{0,20}"), 0..8),
        token in ".{0,40}",
        path in "[a-z0-9/%?=&._-]{0,40}",
    ) {
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", form_urlencoded(name), form_urlencoded(value)));
        let form = pairs.collect::<Vec<_>>().join("&");
        let url = format!("https://x.example/{path}");
        let signature = expected(&token, &url, form.as_bytes());
        prop_assert_eq!(verify(&token, &signature, &url, Body::Form(form.as_bytes())), Ok(()));
    }

    #[test]
    fn ing_1_any_text_around_a_word_makes_it_an_ordinary_message(before in "[a-z]{1,8}", after in "[a-z]{1,8}") {
        prop_assert_eq!(word_of(&format!("{before} stop {after}")), None);
    }
}
