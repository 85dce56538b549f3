//! WhatsApp Cloud API's webhooks (Meta documentation, "Cloud API webhooks"): changes of a business account, in them
//! messages of clients, echoes of what was sent with the WhatsApp Business app, statuses and calls.
//!
//! The account is the phone number's id, not the business account's. A client is the phone that writes; one who shows no
//! phone has a business-scoped id, which is opaque.

use serde_json::Value;
use std::collections::BTreeMap;

use super::{
    Entry, Ids, List, Parties, Request, Said, incoming, json, json::Object, list, notice, split,
    whatsapp_content,
};
use crate::{
    identity::Address,
    message::{Channel, Delivery, Direction, EventKind},
    providers::{Normalized, StatusUpdate, Unreadable, UnreadablePart},
    raw::Raw,
};

/// Reads one webhook. The account of each part is the id of the business's phone number, empty if the request does not
/// tell it; then it is the connection's.
///
/// # Errors
/// Why nothing of it can be read.
pub fn normalize(body: &Raw<Vec<u8>>) -> Result<Normalized, Unreadable> {
    let request = Request::read(body, "whatsapp_business_account")?;
    let mut read = Normalized::default();
    for entry in request.entries(&mut read) {
        let reason = match entry.list("changes") {
            List::Of(changes) => {
                changes.iter().for_each(|value| change(entry, value, &mut read));
                continue;
            }
            List::Otherwise => Unreadable::WrongShape { field: "changes", expected: "a list" },
            List::Absent => Unreadable::MissingField { field: "changes" },
        };
        let request = entry.request.of_entry(Value::Object(entry.object.clone()));
        read.unreadable.push(UnreadablePart { account: String::new(), reason, request });
    }
    Ok(read)
}

fn change(entry: Entry<'_>, whole: &Value, read: &mut Normalized) {
    let field = json::text(whole.get("field")).unwrap_or_default();
    let Some(value) = whole.get("value").and_then(Value::as_object) else {
        let reason = match whole.get("value") {
            None => Unreadable::MissingField { field: "value" },
            Some(_) => Unreadable::WrongShape { field: "value", expected: "an object" },
        };
        let request = entry.alone("changes", whole.clone());
        read.unreadable.push(UnreadablePart { account: String::new(), reason, request });
        return;
    };
    let change = Change::of(entry, &field, value);
    // The past that a phone brings along when it is connected is no news.
    let lists: [(&'static str, ReadPart<'_>); 4] = [
        ("messages", Change::message),
        ("message_echoes", Change::echo),
        ("statuses", Change::status),
        ("calls", Change::call),
    ];
    let told = lists.into_iter().filter(|(name, _)| field != "history" && value.contains_key(*name));
    let mut events = false;
    for (name, read_part) in told {
        events = true;
        change.parts(name, read_part, read);
    }
    if !events {
        read.notices.push(notice(change.account, &field, whole));
    }
}

type ReadPart<'a> = fn(&Change<'a>, &Value, &Object, &mut Normalized) -> Result<(), Unreadable>;

/// What a change tells beside its parts.
struct Change<'a> {
    entry: Entry<'a>,
    field: &'a str,
    value: &'a Object,
    account: String,
    own: Option<Address>,
    /// By every id that they have.
    contacts: BTreeMap<String, &'a Value>,
    /// The one person that all of it is about, if there is just one.
    only: Option<&'a Value>,
}

impl<'a> Change<'a> {
    fn of(entry: Entry<'a>, field: &'a str, value: &'a Object) -> Self {
        let metadata = |name: &str| json::id(value.get("metadata")?.get(name));
        let people = match list(value, "contacts") {
            List::Of(people) => people,
            List::Absent | List::Otherwise => &[],
        };
        let mut contacts = BTreeMap::new();
        for person in people {
            let ids = ["wa_id", "user_id"].into_iter().filter_map(|name| json::id(person.get(name)));
            contacts.extend(ids.map(|id| (id, person)));
        }
        let only = match people {
            [only] => Some(only),
            [] | [_, ..] => None,
        };
        Self {
            entry,
            field,
            value,
            account: metadata("phone_number_id").unwrap_or_default(),
            own: ["display_phone_number", "phone_number_id"]
                .into_iter()
                .find_map(metadata)
                .and_then(|number| own_number(&number)),
            contacts,
            only,
        }
    }

    fn parts(&self, name: &'static str, read_part: ReadPart<'a>, read: &mut Normalized) {
        let List::Of(parts) = list(self.value, name) else {
            let reason = Unreadable::WrongShape { field: name, expected: "a list" };
            let part = self.value.get(name).cloned().unwrap_or_default();
            read.unreadable.push(self.unreadable(name, part, reason));
            return;
        };
        for part in parts {
            let shape = Unreadable::WrongShape { field: name, expected: "a list of objects" };
            let result = part.as_object().ok_or(shape).and_then(|object| read_part(self, part, object, read));
            if let Err(reason) = result {
                read.unreadable.push(self.unreadable(name, Value::Array(vec![part.clone()]), reason));
            }
        }
    }

    /// What can't be read, as a request of its own.
    fn unreadable(&self, list: &'static str, parts: Value, reason: Unreadable) -> UnreadablePart {
        let mut value = Object::new();
        for name in ["messaging_product", "metadata"] {
            if let Some(told) = self.value.get(name) {
                value.insert(name.to_owned(), told.clone());
            }
        }
        if let Some(only) = self.only {
            value.insert("contacts".to_owned(), Value::Array(vec![only.clone()]));
        }
        value.insert(list.to_owned(), parts);
        let change = serde_json::json!({ "field": self.field, "value": value });
        UnreadablePart { account: self.account.clone(), reason, request: self.entry.alone("changes", change) }
    }

    fn message(&self, part: &Value, message: &Object, read: &mut Normalized) -> Result<(), Unreadable> {
        let named = ["from", "from_user_id"].into_iter().find_map(|name| json::id(message.get(name)));
        let sender =
            named.or_else(|| self.unnamed(message)).ok_or(Unreadable::MissingField { field: "from" })?;
        self.said(Direction::In, "from", &sender, (part, message), read)
    }

    /// Who wrote a message that does not say so: somebody without a phone, of whom only the contact tells.
    fn unnamed(&self, message: &Object) -> Option<String> {
        let of =
            |person: &Value| ["user_id", "wa_id"].into_iter().find_map(|name| json::id(person.get(name)));
        message.get("system").and_then(of).or_else(|| self.only.and_then(of))
    }

    fn echo(&self, part: &Value, message: &Object, read: &mut Normalized) -> Result<(), Unreadable> {
        let named = ["to", "to_user_id"].into_iter().find_map(|name| json::id(message.get(name)));
        let recipient = named.ok_or(Unreadable::MissingField { field: "to" })?;
        self.said(Direction::Out, "to", &recipient, (part, message), read)
    }

    fn said(
        &self,
        direction: Direction,
        field: &'static str,
        client: &str,
        (part, message): (&Value, &Object),
        read: &mut Normalized,
    ) -> Result<(), Unreadable> {
        let said = whatsapp_content::said(message);
        let told = json::id(message.get("id"));
        let derived = if told.is_some() { String::new() } else { json::derived_id("message", part) };
        let ids = Ids { told, distinct: None, derived };
        let words = said.typed.then_some("text");
        self.push(direction, (field, client), ids, (message, words), said, read)
    }

    /// Makes the event of what a client or, in an echo, somebody of ours said or did.
    fn push(
        &self,
        direction: Direction,
        (field, client_id): (&'static str, &str),
        ids: Ids,
        (part, words): (&Object, Option<&str>),
        said: Said,
        read: &mut Normalized,
    ) -> Result<(), Unreadable> {
        let client = Address::whatsapp_id(client_id).map_err(|why| Unreadable::BadAddress { field, why })?;
        let own = match direction {
            Direction::In | Direction::Internal => self.own.clone(),
            Direction::Out => {
                json::id(part.get("from")).and_then(|from| own_number(&from)).or(self.own.clone())
            }
        };
        let occurred_at = json::seconds(part.get("timestamp"));
        let contact =
            self.contacts.get(client_id).copied().or(self.only.filter(|_| split::is_of_one(self.value)));
        let incoming_name = contact.filter(|_| direction == Direction::In);
        let profile_name = incoming_name.and_then(|contact| json::text(contact.get("profile")?.get("name")));
        let placed = placed(part, words, occurred_at.is_some());
        let mut extra: Vec<(String, String)> = json::extra(part, "", &placed).collect();
        extra.extend(contact.map(|contact| ("contact".to_owned(), contact.to_string())));
        extra.extend(self.value.get("errors").map(|errors| ("change.errors".to_owned(), errors.to_string())));
        let parties = Parties { direction, account: self.account.clone(), client, own };
        let thread_key = parties.thread_key(client_id);
        let beside = (thread_key, profile_name, extra);
        read.messages.push(incoming(Channel::Whatsapp, parties, ids, occurred_at, said, beside));
        Ok(())
    }

    fn status(&self, _: &Value, status: &Object, read: &mut Normalized) -> Result<(), Unreadable> {
        let id = ["id", "wacid"].into_iter().find_map(|name| json::id(status.get(name)));
        let word = json::text(status.get("status")).ok_or(Unreadable::MissingField { field: "status" })?;
        let recipient =
            ["recipient_id", "recipient_user_id"].into_iter().find_map(|name| json::id(status.get(name)));
        let error = match list(status, "errors") {
            List::Of([first, ..]) => json::id(first.get("code")),
            List::Of([]) | List::Absent | List::Otherwise => None,
        };
        let word = word.to_lowercase();
        read.statuses.push(StatusUpdate {
            account: self.account.clone(),
            provider_event_id: id.ok_or(Unreadable::MissingField { field: "id" })?,
            recipient: recipient.and_then(|id| Address::whatsapp_id(&id).ok()),
            status: delivery(&word),
            provider_status: word,
            error_code: error,
            reference: json::text(status.get("biz_opaque_callback_data")),
            occurred_at: json::seconds(status.get("timestamp")),
        });
        Ok(())
    }

    /// A call that begins is an event; how it went on is told of it by its id.
    fn call(&self, part: &Value, call: &Object, read: &mut Normalized) -> Result<(), Unreadable> {
        let ours = call.get("direction").is_some_and(|told| told == "BUSINESS_INITIATED");
        let (direction, field) = if ours { (Direction::Out, "to") } else { (Direction::In, "from") };
        let Some(client) = json::id(call.get(field)) else { return self.status(part, call, read) };
        let told = ["id", "wacid"].into_iter().find_map(|name| json::id(call.get(name)));
        let event = json::text(call.get("event")).unwrap_or_default();
        let (kind, distinct) = match event.as_str() {
            "connect" | "" => (EventKind::Call, None),
            _later => (EventKind::Outcome, Some(event)),
        };
        let refers_to = told.clone().filter(|_| distinct.is_some());
        let derived = if told.is_some() { String::new() } else { json::derived_id("call", part) };
        let ids = Ids { told, distinct, derived };
        let said = Said { refers_to, ..Said::of(kind) };
        self.push(direction, (field, &client), ids, (call, None), said, read)
    }
}

/// The members of a message or call that have a place of their own. What is not what it should be has none.
fn placed<'a>(part: &Object, words: Option<&'a str>, dated: bool) -> Vec<&'a str> {
    let mut placed: Vec<&str> =
        ["id", "from", "to"].into_iter().filter(|name| json::id(part.get(*name)).is_some()).collect();
    if dated {
        placed.push("timestamp");
    }
    let only_body = |text: &Object| text.keys().all(|name| name == "body");
    placed.extend(words.filter(|name| part.get(*name).and_then(Value::as_object).is_some_and(only_body)));
    placed
}

/// Our own number as Meta displays it, or an id in its place.
fn own_number(told: &str) -> Option<Address> {
    let digits: String = told.chars().filter(|c| !matches!(c, '+' | '-' | ' ' | '(' | ')' | '.')).collect();
    Address::whatsapp_id(if digits.bytes().all(|byte| byte.is_ascii_digit()) { &digits } else { told }).ok()
}

/// WhatsApp's words for how far a message got. A voice message that was played was read; a word that is added later is
/// not known, and says so.
fn delivery(word: &str) -> Delivery {
    const WORDS: [(&str, Delivery); 6] = [
        ("pending", Delivery::Pending),
        ("sent", Delivery::Sent),
        ("delivered", Delivery::Delivered),
        ("read", Delivery::Read),
        ("played", Delivery::Read),
        ("failed", Delivery::Failed),
    ];
    WORDS.iter().find(|(known, _)| *known == word).map_or(Delivery::Unknown, |(_, delivery)| *delivery)
}
