//! Messages whose sender can't be read, read with the sender whom a person names (IDN-5).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hearthline_engine::{
    identity::{Address, IdentityKind},
    message::Incoming,
    providers::{
        Normalized, Unreadable,
        given::{anybody, with_sender},
        meta::{instagram, messenger, whatsapp},
        twilio_sms,
    },
    raw::Raw,
};
use serde_json::{Value, json};

fn address(kind: IdentityKind, value: &str) -> Address {
    Address { kind, value: value.to_owned() }
}

fn raw(body: &str) -> Raw<Vec<u8>> {
    Raw::new(body.as_bytes().to_vec())
}

type Normalizer = fn(&Raw<Vec<u8>>) -> Result<Normalized, Unreadable>;

fn twilio(body: &Raw<Vec<u8>>) -> Result<Normalized, Unreadable> {
    twilio_sms::normalize(body, None)
}

/// The one message that a request is, read with that sender.
fn read(normalize: Normalizer, body: &str, sender: &Address) -> Option<Incoming> {
    let mut read = normalize(&with_sender(&raw(body), sender)?).ok()?;
    assert!(read.unreadable.is_empty() && read.messages.len() == 1, "{read:?}");
    read.messages.pop()
}

fn whatsapp_body(message: &Value) -> String {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "W", "changes": [{"field": "messages",
        "value": {"metadata": {"phone_number_id": "77", "display_phone_number": "15550001111"},
            "messages": [message]}}]}]})
    .to_string()
}

fn conversation(object: &str, sender: &Value) -> String {
    json!({"object": object, "entry": [{"id": "900", "time": 1_700_000_000_000_i64, "messaging": [
        {"sender": sender, "recipient": {"id": "900"}, "timestamp": 1_700_000_000_000_i64,
            "message": {"mid": "m-1", "text": "Hello"}}]}]})
    .to_string()
}

#[test]
fn idn_5_a_message_without_a_readable_sender_is_read_whole_once_somebody_names_them() {
    let phone = address(IdentityKind::Phone, "+12125550177");
    let cases: [(Normalizer, String, Address); 8] = [
        (twilio, "MessageSid=SM1&Body=Hello&To=%2B12125550100".to_owned(), phone.clone()),
        (twilio, "From=&MessageSid=SM1&Body=Hello&To=%2B12125550100".to_owned(), phone.clone()),
        (twilio, "MessageSid=SM1&Body=Hello&From=%00%07&To=%2B12125550100".to_owned(), phone.clone()),
        (twilio, "MessageSid=SM1&Body=Hello&From=%00".to_owned(), address(IdentityKind::SmsSender, "24 7")),
        (
            twilio,
            "MessageSid=SM1&Body=Hello&To=whatsapp%3A%2B12125550100".to_owned(),
            address(IdentityKind::Whatsapp, "user.id&1"),
        ),
        (
            whatsapp::normalize,
            whatsapp_body(&json!({"id": "wamid.1", "type": "text", "text": {"body": "Hello"}})),
            phone.clone(),
        ),
        (messenger::normalize, conversation("page", &json!({})), address(IdentityKind::Messenger, "psid-1")),
        (
            instagram::normalize,
            conversation("instagram", &Value::Null),
            address(IdentityKind::Instagram, "igsid-1"),
        ),
    ];
    for (normalize, body, sender) in cases {
        let alone = normalize(&raw(&body));
        let unread = alone.is_err() || alone.is_ok_and(|read| read.messages.is_empty());
        assert!(unread, "{body} has a sender");
        let message = read(normalize, &body, &sender).unwrap();
        assert_eq!(message.client(), &sender, "{body}");
        assert_eq!(message.content.body(), Raw::new("Hello".to_owned()), "{body}");
        assert!(message.opens_a_lead());
        // That a sender is all that is missing is found by naming anybody.
        let found = anybody().into_iter().filter_map(|anybody| with_sender(&raw(&body), &anybody));
        let found = found.filter_map(|body| normalize(&body).ok()).any(|read| read.messages.len() == 1);
        assert!(found, "{body}");
    }
}

#[test]
fn idn_5_nobody_writes_where_addresses_of_their_kind_do_not() {
    let (sms, chat) = ("MessageSid=SM1&Body=Hello&To=%2B12125550100", conversation("page", &json!({})));
    let wa = whatsapp_body(&json!({"id": "wamid.1", "type": "text", "text": {"body": "Hello"}}));
    for (body, kind) in [
        (sms, IdentityKind::Email),
        (sms, IdentityKind::Messenger),
        (sms, IdentityKind::Whatsapp),
        (&chat, IdentityKind::Phone),
        (&chat, IdentityKind::Instagram),
        (&wa, IdentityKind::SmsSender),
        (&wa, IdentityKind::Messenger),
    ] {
        assert_eq!(with_sender(&raw(body), &address(kind, "1")), None, "{kind:?} in {body}");
    }
}

#[test]
fn idn_5_what_lacks_more_than_a_sender_stays_unreadable() {
    let echo = conversation("page", &json!({})).replace("\"text\":", "\"is_echo\":true,\"text\":");
    let two = conversation("page", &json!({})).replace("\"messaging\":[", "\"messaging\":[{},");
    for (normalize, body) in [
        (twilio as Normalizer, "Body=Hello".to_owned()),
        (twilio, "CallSid=CA1&Body=Hello".to_owned()),
        (twilio, "{\"MessageSid\": 1}".to_owned()),
        (twilio, "[]".to_owned()),
        (twilio, String::new()),
        (messenger::normalize, echo),
        (messenger::normalize, two),
        (messenger::normalize, "{\"object\":\"page\",\"entry\":[]}".to_owned()),
        (messenger::normalize, "{\"object\":\"page\",\"entry\":[{\"id\":\"1\"}]}".to_owned()),
        (whatsapp::normalize, whatsapp_body(&json!("words"))),
        (whatsapp::normalize, "{\"entry\":".to_owned()),
    ] {
        for anybody in anybody() {
            let given = with_sender(&raw(&body), &anybody);
            let read = given.and_then(|body| normalize(&body).ok());
            assert!(read.is_none_or(|read| read.messages.is_empty()), "{body} as {:?}", anybody.kind);
        }
    }
}
