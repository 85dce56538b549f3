//! One part of a webhook as a request of its own, so that what can't be dealt with is kept alone, and read again alone:
//! without the words of the people whose parts stood beside it.

use serde_json::Value;

use super::{json, json::Object};
use crate::{
    message::Incoming,
    providers::{Normalized, Unreadable},
    raw::Raw,
};

/// Of an entry of Messenger's or Instagram's, the lists whose items are parts.
const CONVERSATIONS: [&str; 2] = ["messaging", "standby"];
/// Of a change of WhatsApp's.
const OF_A_CHANGE: [&str; 4] = ["messages", "message_echoes", "statuses", "calls"];
/// By what a part of a change names a person, and by what a contact is named.
const NAMED_BY: [&str; 4] = ["from", "from_user_id", "to", "to_user_id"];
const NAMED: [&str; 2] = ["wa_id", "user_id"];

/// A request that holds this message of `body` and no other part; none if it is not there.
#[must_use]
pub fn of_message(
    normalize: fn(&Raw<Vec<u8>>) -> Result<Normalized, Unreadable>,
    body: &Raw<Vec<u8>>,
    message: &Incoming,
) -> Option<Raw<Vec<u8>>> {
    let same = |read: &Incoming| {
        (&read.claim_id, read.client()) == (&message.claim_id, message.client()) && read.kind == message.kind
    };
    parts(body).into_iter().find(|part| normalize(part).is_ok_and(|read| read.messages.iter().any(same)))
}

/// Every part of a webhook as a request of its own, in their order. What has no parts has none.
#[must_use]
pub fn parts(body: &Raw<Vec<u8>>) -> Vec<Raw<Vec<u8>>> {
    let Ok(Value::Object(request)) = json::read(body.peek()) else { return Vec::new() };
    let mut parts = Vec::new();
    for entry in items(&request, "entry").iter().filter_map(Value::as_object) {
        for list in CONVERSATIONS {
            let events = items(entry, list).iter();
            parts.extend(events.map(|event| alone(&request, entry, list, event.clone())));
        }
        for change in items(entry, "changes").iter().flat_map(of_change) {
            parts.push(alone(&request, entry, "changes", change));
        }
    }
    parts
}

fn items<'a>(object: &'a Object, list: &str) -> &'a [Value] {
    object.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The request with one item of one list of one entry.
fn alone(request: &Object, entry: &Object, list: &str, item: Value) -> Raw<Vec<u8>> {
    let mut only: Object = entry.clone();
    only.retain(|name, _| name == "id" || name == "time");
    only.insert(list.to_owned(), Value::Array(vec![item]));
    let mut request = request.clone();
    request.insert("entry".to_owned(), Value::Array(vec![Value::Object(only)]));
    Raw::new(Value::Object(request).to_string().into_bytes())
}

/// A change of WhatsApp's once for each of its parts; one that tells of none as it is.
fn of_change(change: &Value) -> Vec<Value> {
    let Some(value) = change.get("value").and_then(Value::as_object) else { return vec![change.clone()] };
    if OF_A_CHANGE.iter().all(|list| !value.contains_key(*list)) {
        return vec![change.clone()];
    }
    let mut changes = Vec::new();
    for list in OF_A_CHANGE {
        for part in items(value, list) {
            let mut only: Object = value.clone();
            only.retain(|name, _| !OF_A_CHANGE.contains(&name.as_str()) && name != "contacts");
            let contacts = contacts_of(part, items(value, "contacts"), is_of_one(value));
            if !contacts.is_empty() {
                only.insert("contacts".to_owned(), Value::Array(contacts));
            }
            only.insert(list.to_owned(), Value::Array(vec![part.clone()]));
            let mut change = change.as_object().cloned().unwrap_or_default();
            change.insert("value".to_owned(), Value::Object(only));
            changes.push(Value::Object(change));
        }
    }
    changes
}

/// Whether a change of WhatsApp's tells of one part: then it is about the one contact that it has, by whatever id.
pub(super) fn is_of_one(value: &Object) -> bool {
    OF_A_CHANGE.iter().map(|list| items(value, list).len()).sum::<usize>() == 1
}

/// The contacts that a part is about: those that it names, or the only one, where nobody else can be meant.
fn contacts_of(part: &Value, contacts: &[Value], is_alone: bool) -> Vec<Value> {
    let named: Vec<String> = NAMED_BY.iter().filter_map(|name| json::id(part.get(*name))).collect();
    if let [only] = contacts
        && (is_alone || named.is_empty())
    {
        return vec![only.clone()];
    }
    let is_named = |contact: &&Value| {
        NAMED.iter().filter_map(|name| json::id(contact.get(*name))).any(|id| named.contains(&id))
    };
    contacts.iter().filter(is_named).cloned().collect()
}
