//! Meta's webhooks: WhatsApp Cloud API, Messenger and Instagram messaging (Meta documentation, "Webhooks", "Cloud API
//! webhooks", "Messenger Platform webhook events", "Instagram messaging webhooks").
//!
//! One request holds entries of several accounts, and each entry parts of several people: messages, statuses, notices.
//! Every part is read alone and has a fate of its own; one that can't be read takes no other with it.
//!
//! What it promises: what a client did that has a place in [`Incoming`] becomes that; what has none becomes
//! `unsupported`, with all of it kept in the content; what nobody can be named for is handed back as unreadable; what is
//! about the account only is a notice. Nothing is left out in silence, and the same part makes the same ids in whatever
//! company it comes.

pub(super) mod given;
pub mod handshake;
pub mod instagram;
mod json;
mod messaging;
pub mod messenger;
pub mod signature;
pub mod split;
pub mod whatsapp;
mod whatsapp_content;

use serde_json::Value;

use super::{Normalized, Notice, Unreadable, UnreadablePart, opt_words::opt_word};
use crate::{
    identity::Address,
    message::{Attachment, Channel, Content, Direction, EventKind, Incoming, Provider},
    raw::Raw,
    time::Timestamp,
};
use json::Object;

/// The envelope that all three products share.
struct Request {
    object: &'static str,
    entries: Vec<Value>,
}

impl Request {
    fn read(body: &Raw<Vec<u8>>, object: &'static str) -> Result<Self, Unreadable> {
        let Value::Object(mut request) = json::read(body.peek())? else {
            return Err(Unreadable::WrongShape { field: "request", expected: "an object" });
        };
        if request.get("object").is_some_and(|told| told != object) {
            return Err(Unreadable::OtherProduct { expected: object });
        }
        match request.remove("entry") {
            Some(Value::Array(entries)) => Ok(Self { object, entries }),
            Some(_) => Err(Unreadable::WrongShape { field: "entry", expected: "a list" }),
            None => Err(Unreadable::MissingField { field: "entry" }),
        }
    }

    /// The objects among the entries; what is none is unreadable.
    fn entries<'a>(&'a self, read: &mut Normalized) -> Vec<Entry<'a>> {
        let mut entries = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            match entry.as_object() {
                Some(object) => entries.push(Entry { request: self, object }),
                None => read.unreadable.push(UnreadablePart {
                    account: String::new(),
                    reason: Unreadable::WrongShape { field: "entry", expected: "a list of objects" },
                    request: self.of_entry(entry.clone()),
                }),
            }
        }
        entries
    }

    /// A request with this entry alone.
    fn of_entry(&self, entry: Value) -> Raw<Vec<u8>> {
        let request = serde_json::json!({ "object": self.object, "entry": [entry] });
        Raw::new(request.to_string().into_bytes())
    }
}

/// What one account is told of.
#[derive(Clone, Copy)]
struct Entry<'a> {
    request: &'a Request,
    object: &'a Object,
}

/// What an entry has under a name.
enum List<'a> {
    Absent,
    Of(&'a [Value]),
    Otherwise,
}

impl<'a> Entry<'a> {
    fn id(&self) -> Option<String> {
        json::id(self.object.get("id"))
    }
    fn list(&self, name: &str) -> List<'a> {
        list(self.object, name)
    }
    /// A request with one part of one of this entry's lists alone.
    fn alone(&self, list: &'static str, part: Value) -> Raw<Vec<u8>> {
        let mut entry = Object::new();
        for name in ["id", "time"] {
            if let Some(value) = self.object.get(name) {
                entry.insert(name.to_owned(), value.clone());
            }
        }
        entry.insert(list.to_owned(), Value::Array(vec![part]));
        self.request.of_entry(Value::Object(entry))
    }
}

fn list<'a>(object: &'a Object, name: &str) -> List<'a> {
    match object.get(name) {
        None => List::Absent,
        Some(Value::Array(list)) => List::Of(list),
        Some(_) => List::Otherwise,
    }
}

/// What somebody said, before it is known who and when.
struct Said {
    kind: EventKind,
    body: Option<String>,
    attachments: Vec<Attachment>,
    refers_to: Option<String>,
    /// Written by the sender's own hand, not chosen from what we offered: only such a text opts out (ING-1).
    typed: bool,
}

impl Said {
    fn of(kind: EventKind) -> Self {
        Self { kind, body: None, attachments: Vec::new(), refers_to: None, typed: false }
    }
    fn with_body(kind: EventKind, body: Option<String>) -> Self {
        Self { body, ..Self::of(kind) }
    }
}

/// Between whom, and through which of our accounts.
struct Parties {
    direction: Direction,
    account: String,
    client: Address,
    /// Our own side, where it is told.
    own: Option<Address>,
}

impl Parties {
    fn thread_key(&self, client: &str) -> Option<String> {
        (!self.account.is_empty()).then(|| format!("{}|{client}", self.account))
    }
}

/// The ids of a part.
struct Ids {
    /// Exactly the provider's, where it gives one.
    told: Option<String>,
    /// Tells events apart that share an id.
    distinct: Option<String>,
    /// For a part without an id of its own.
    derived: String,
}

/// The canonical event of what was said.
fn incoming(
    channel: Channel,
    parties: Parties,
    ids: Ids,
    occurred_at: Option<Timestamp>,
    said: Said,
    (thread_key, profile_name, extra): (Option<String>, Option<String>, Vec<(String, String)>),
) -> Incoming {
    let provider_event_id = ids.told.unwrap_or(ids.derived);
    let claim_id = match ids.distinct {
        Some(distinct) => format!("{provider_event_id}#{distinct}"),
        None => provider_event_id.clone(),
    };
    let plain = said.typed && said.kind == EventKind::Message && said.attachments.is_empty();
    let opts = plain && parties.direction == Direction::In;
    let opt_word = said.body.as_deref().filter(|_| opts).and_then(opt_word);
    let Parties { direction, account, client, own } = parties;
    let (from, to) = match direction {
        Direction::In | Direction::Internal => (client, own.into_iter().collect()),
        // Our own address is not always told; then the client's stands for both, and the direction says what it means.
        Direction::Out => (own.unwrap_or_else(|| client.clone()), vec![client]),
    };
    let content = Content {
        body: said.body,
        attachments: said.attachments,
        thread_key,
        refers_to: said.refers_to,
        extra,
        ..Content::default()
    };
    Incoming {
        channel,
        kind: said.kind,
        direction,
        provider: Provider::Meta,
        account,
        provider_event_id,
        claim_id,
        from,
        to,
        profile_name,
        occurred_at,
        opt_word,
        content: Raw::new(content),
    }
}

fn notice(account: String, name: &str, part: &Value) -> Notice {
    Notice { account, name: name.to_owned(), payload: Raw::new(part.to_string().into_bytes()) }
}
