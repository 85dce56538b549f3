//! Meta's webhooks by Meta's documentation: WhatsApp Cloud API, Messenger, Instagram, their signatures and handshake, and
//! what becomes of payloads that no document shows. The payloads are made here, after the documented shapes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod gate;
mod messaging;
mod odd;
mod whatsapp;

use hearthline_engine::{
    access::{Role, Subject, Viewer, raw_grant},
    ids::{LeadId, TeamId, UserId},
    lead::StateName,
    message::{Content, Incoming},
    providers::{Normalized, Unreadable, meta},
    raw::{Raw, RawGrant},
    time::Timestamp,
};
use serde_json::{Value, json};

fn raw(request: &Value) -> Raw<Vec<u8>> {
    Raw::new(request.to_string().into_bytes())
}

/// Through the policy, as everywhere: the owner reads.
fn owners_grant() -> RawGrant {
    let (owner, team) = (UserId::from_bytes([1; 16]), TeamId::from_bytes([2; 16]));
    let viewer = Viewer { user: owner, team: Some(team), role: Role::Agent };
    let lead = LeadId::from_bytes([3; 16]);
    let subject =
        Subject { lead, owner: Some(owner), team, state: StateName::New, deleted: false, episode: 0 };
    raw_grant(&viewer, &subject, None, Timestamp::default()).unwrap()
}

fn opened(message: &Incoming) -> Content {
    message.content.clone().open(&owners_grant())
}

fn body(message: &Incoming) -> Option<String> {
    opened(message).body
}

fn extra(message: &Incoming, name: &str) -> Option<String> {
    opened(message).extra.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// A change of a WhatsApp business account, as Meta wraps it.
fn whatsapp_change(value: Value) -> Value {
    let mut whole = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550783881", "phone_number_id": "106540352242922" },
    });
    whole.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
    json!({ "field": "messages", "value": whole })
}

fn whatsapp_request(changes: &[Value]) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102290129340398", "changes": changes }] })
}

fn whatsapp(value: Value) -> Normalized {
    meta::whatsapp::normalize(&raw(&whatsapp_request(&[whatsapp_change(value)]))).unwrap()
}

/// One message from the documentation's client.
fn whatsapp_message(kind: &str, member: Value) -> Incoming {
    let mut message = json!({
        "from": "16505551234", "id": "wamid.A", "timestamp": "1749416383", "type": kind,
    });
    message.as_object_mut().unwrap().insert(kind.to_owned(), member);
    let contacts = json!([{ "profile": { "name": "Sheena Nelson" }, "wa_id": "16505551234" }]);
    single(whatsapp(json!({ "contacts": contacts, "messages": [message] })))
}

/// An event of a page's or an account's conversation.
fn event(what: Value) -> Value {
    let mut event = json!({
        "sender": { "id": "6543217890" }, "recipient": { "id": "1029384756" }, "timestamp": 1_772_998_024_123_i64,
    });
    event.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    event
}

fn conversation(object: &str, list: &str, events: &[Value]) -> Value {
    json!({ "object": object, "entry": [{ "id": "1029384756", "time": 1_772_998_024_500_i64, list: events }] })
}

fn messenger(what: Value) -> Normalized {
    meta::messenger::normalize(&raw(&conversation("page", "messaging", &[event(what)]))).unwrap()
}

fn instagram(what: Value) -> Normalized {
    meta::instagram::normalize(&raw(&conversation("instagram", "messaging", &[event(what)]))).unwrap()
}

/// The one message, with nothing beside it.
fn single(mut read: Normalized) -> Incoming {
    let message = read.messages.pop().unwrap();
    assert_eq!(read, Normalized::default(), "beside the message");
    message
}

fn missing<T>(field: &'static str) -> Result<T, Unreadable> {
    Err(Unreadable::MissingField { field })
}
