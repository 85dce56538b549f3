//! Addresses: one person, one normal form.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hearthline_engine::identity::{Address, HomeRegion, IdentityKind, UnreadableAddress, display_phone};
use proptest::prelude::*;

fn sender(raw: &str, home: &str) -> (IdentityKind, String) {
    let address = Address::sms_sender(raw, HomeRegion::from_code(home)).unwrap();
    (address.kind, address.value)
}

fn is(kind: IdentityKind, value: &str) -> (IdentityKind, String) {
    (kind, value.to_owned())
}

#[test]
fn idn_2_one_number_in_any_spelling_is_one_identity() {
    for raw in [
        "+14155550100",
        " +1 (415) 555-0100 ",
        "+1-415-555-0100",
        "(415) 555-0100",
        "4155550100",
        "14155550100",
    ] {
        assert_eq!(sender(raw, "US"), is(IdentityKind::Phone, "+14155550100"), "{raw}");
    }
    assert_eq!(sender("06 12 34 56 78", "FR"), is(IdentityKind::Phone, "+33612345678"));
    assert_eq!(sender("+440 7911 123456", "US"), is(IdentityKind::Phone, "+447911123456"));
}

#[test]
fn idn_5_short_codes_and_names_are_senders_verbatim_and_never_phones() {
    for raw in ["72345", "729725", "123", "Amazon", "HSBC UK", "AUTHMSG1", "+Promo"] {
        assert_eq!(sender(raw, "US"), is(IdentityKind::SmsSender, raw), "{raw}");
    }
    // Eight digits are somebody's number where numbers have eight digits, and a code elsewhere.
    assert_eq!(sender("91234567", "SG"), is(IdentityKind::Phone, "+6591234567"));
    assert_eq!(sender("91234567", "US"), is(IdentityKind::SmsSender, "91234567"));
    // Without a home region nothing is read into digits.
    let nowhere = Address::sms_sender("4155550100", None).unwrap();
    assert_eq!(nowhere.kind, IdentityKind::SmsSender);
}

#[test]
fn ing_5_whatsapp_through_twilio_shares_the_identity_of_a_phone() {
    assert_eq!(sender("whatsapp:+14155550100", "US"), is(IdentityKind::Phone, "+14155550100"));
    assert_eq!(sender("WhatsApp:+14155550100", "US"), is(IdentityKind::Phone, "+14155550100"));
    assert_eq!(
        sender("whatsapp:IN.2081978709342942", "US"),
        is(IdentityKind::Whatsapp, "IN.2081978709342942")
    );
}

#[test]
fn idn_5_what_is_no_sender_is_refused_by_name() {
    let refused = |raw: &str| Address::sms_sender(raw, None).unwrap_err();
    assert_eq!(refused(""), UnreadableAddress::Empty);
    assert_eq!(refused(" \t "), UnreadableAddress::Empty);
    assert_eq!(refused("whatsapp:"), UnreadableAddress::Empty);
    assert_eq!(refused(&"9".repeat(400)), UnreadableAddress::TooLong);
    assert_eq!(refused("+1415\u{0}5550100"), UnreadableAddress::ControlCharacters);
    assert_eq!(Address::phone("Amazon", None), Err(UnreadableAddress::NotAPhone));
}

#[test]
fn idn_4_an_e_mail_address_has_one_form() {
    let email = |raw: &str| Address::email(raw).map(|address| address.value);
    assert_eq!(email(" Maria.Oliveira+Casa@Example.COM ").as_deref(), Ok("maria.oliveira+casa@example.com"));
    assert_eq!(email("maria@example.com.").as_deref(), Ok("maria@example.com"));
    assert_eq!(email("\"a@b\"@example.com").as_deref(), Ok("\"a@b\"@example.com"));
    for raw in [
        "maria",
        "@example.com",
        "maria@",
        "maria@exa mple.com",
        "maria@.com",
        "Maria <m@example.com>",
        "m o@x.pt",
    ] {
        assert_eq!(email(raw), Err(UnreadableAddress::NotAnEmail), "{raw}");
    }
}

#[test]
fn a_phone_is_shown_as_people_read_it() {
    assert_eq!(display_phone("+14155550100"), "+1-415-555-0100");
    assert_eq!(display_phone("+18765551234"), "+1-876-555-1234", "Jamaica is North America too");
    assert_eq!(display_phone("+33612345678"), "+33 6 12 34 56 78");
    assert_eq!(display_phone("+12345"), "+1 2345");
    assert_eq!(display_phone("72345"), "72345");
}

#[test]
fn the_home_region_is_that_of_the_connections_own_number() {
    let region = |number: &str| HomeRegion::of_number(number);
    assert_eq!(region("+14155550100"), HomeRegion::from_code("US"));
    assert_eq!(region("+16045550100"), HomeRegion::from_code("CA"));
    assert_eq!(region("+33612345678"), HomeRegion::from_code("FR"));
    assert_eq!(region("+80012345678"), None, "international freephone is at home nowhere");
    assert_eq!(region("72345"), None);
    assert_eq!(HomeRegion::from_code("XX"), None);
}

#[test]
fn prv_1_an_address_is_not_shown_by_debug() {
    let address = Address::sms_sender("+14155550100", None).unwrap();
    assert!(!format!("{address:?}").contains("415"));
}

proptest! {
    #[test]
    fn idn_2_reading_an_address_again_changes_nothing(raw in ".{0,40}", home in prop_oneof![Just("US"), Just("FR"), Just("SG")]) {
        let home = HomeRegion::from_code(home);
        if let Ok(once) = Address::sms_sender(&raw, home) {
            // (What follows the prefix of a WhatsApp sender is an address of another kind.)
            if once.kind != IdentityKind::Whatsapp {
                prop_assert_eq!(Address::sms_sender(&once.value, home), Ok(once));
            }
        }
        if let Ok(once) = Address::phone(&raw, home) {
            prop_assert_eq!(Address::phone(&once.value, home), Ok(once));
        }
        if let Ok(once) = Address::email(&raw) {
            prop_assert_eq!(Address::email(&once.value), Ok(once));
        }
        let _ = display_phone(&raw);
        let _ = HomeRegion::of_number(&raw);
    }

    #[test]
    fn idn_2_numbers_in_any_punctuation_stay_the_same_person(
        number in prop_oneof![Just("+14155550100"), Just("+33612345678"), Just("+6591234567"), Just("+5511987654321")],
        marks in prop::collection::vec(prop_oneof![Just(""), Just(" "), Just("-"), Just("."), Just(" ")], 16),
    ) {
        let digits = number.chars().zip(marks).map(|(digit, mark)| format!("{digit}{mark}"));
        let spelled: String = digits.collect();
        let read = Address::sms_sender(&spelled, None).map(|address| address.value);
        prop_assert_eq!(read.as_deref(), Ok(number), "{}", spelled);
    }

    #[test]
    fn idn_2_strings_like_numbers_never_panic(raw in "[+0-9();=~a-z＋０-９٠-٩ .x*#/-]{0,60}") {
        let _ = Address::sms_sender(&raw, HomeRegion::from_code("DE"));
        let _ = Address::phone(&raw, HomeRegion::from_code("AR"));
        let _ = display_phone(&raw);
    }
}
