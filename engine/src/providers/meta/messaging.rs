//! The grammar that Messenger and Instagram share: entries of an account, in them `messaging` and `standby` events (the
//! same, while another app has the conversation), each with a sender, a recipient, a time and one thing that happened.
//!
//! The account is the recipient's id, of an echo the sender's: an entry's own id is another one at times. Ids are
//! opaque. Edits, unsends and reactions name the message they are about and have no id of their own.

use serde_json::Value;

use super::{Entry, Ids, List, Parties, Request, Said, incoming, json, json::Object, list, notice};
use crate::{
    identity::{Address, IdentityKind},
    message::{Attachment, Channel, Delivery, Direction, EventKind, Incoming},
    providers::{Normalized, StatusUpdate, Unreadable, UnreadablePart, Watermark},
    raw::Raw,
};

/// One of the two products.
pub(super) struct Product {
    pub(super) object: &'static str,
    pub(super) channel: Channel,
    pub(super) identity: IdentityKind,
}

/// What is told of an account and not of a conversation, though it comes among the conversations' events. (A game that
/// was played and a linked account are told by apps of the page, and are nothing that a client says.)
const NOTICES: [&str; 8] = [
    "app_roles",
    "policy-enforcement",
    "policy_enforcement",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "account_linking",
    "game_play",
];
/// What a client does without writing: follows a link or an advertisement to us, agrees to be written to, buys.
const DEEDS: [&str; 5] = ["referral", "optin", "payment", "checkout_update", "pre_checkout"];
/// Members that say between whom and when, not what.
const FRAME: [&str; 4] = ["sender", "recipient", "timestamp", "prior_message"];
/// Members of a message that make it one even without text and files.
const SAYS_SOMETHING: [&str; 4] = ["sticker_id", "quick_reply", "referral", "commands"];

impl Product {
    pub(super) fn normalize(&self, body: &Raw<Vec<u8>>) -> Result<Normalized, Unreadable> {
        let request = Request::read(body, self.object)?;
        let mut read = Normalized::default();
        for entry in request.entries(&mut read) {
            self.entry(entry, &mut read);
        }
        Ok(read)
    }

    fn entry(&self, entry: Entry<'_>, read: &mut Normalized) {
        let mut known = false;
        for name in ["messaging", "standby"] {
            known |= !matches!(entry.list(name), List::Absent);
            match entry.list(name) {
                List::Absent => {}
                List::Otherwise => {
                    read.unreadable
                        .push(unreadable(entry, Unreadable::WrongShape { field: name, expected: "a list" }));
                }
                List::Of(events) => {
                    for event in events {
                        self.event(entry, name, event, read);
                    }
                }
            }
        }
        match entry.list("changes") {
            List::Of(changes) => {
                let account = entry.id().unwrap_or_default();
                for change in changes {
                    let name = json::text(change.get("field")).unwrap_or_default();
                    read.notices.push(notice(account.clone(), &name, change));
                }
            }
            List::Otherwise => {
                let reason = Unreadable::WrongShape { field: "changes", expected: "a list" };
                read.unreadable.push(unreadable(entry, reason));
            }
            List::Absent if !known => {
                read.unreadable.push(unreadable(entry, Unreadable::MissingField { field: "messaging" }));
            }
            List::Absent => {}
        }
    }

    fn event(&self, entry: Entry<'_>, list: &'static str, value: &Value, read: &mut Normalized) {
        let event = Event::of(self, entry, list, value);
        if let Err(reason) = event.and_then(|event| event.read(read)) {
            let account = entry.id().unwrap_or_default();
            let request = entry.alone(list, value.clone());
            read.unreadable.push(UnreadablePart { account, reason, request });
        }
    }
}

fn unreadable(entry: Entry<'_>, reason: Unreadable) -> UnreadablePart {
    UnreadablePart {
        account: entry.id().unwrap_or_default(),
        reason,
        request: entry.request.of_entry(Value::Object(entry.object.clone())),
    }
}

/// One event of an entry.
struct Event<'a> {
    product: &'a Product,
    list: &'static str,
    value: &'a Value,
    object: &'a Object,
    direction: Direction,
    account: String,
    /// As the provider writes it; none where it is not told.
    client: Option<String>,
    own: Option<String>,
}

impl<'a> Event<'a> {
    fn of(
        product: &'a Product,
        entry: Entry<'_>,
        list: &'static str,
        value: &'a Value,
    ) -> Result<Self, Unreadable> {
        let object =
            value.as_object().ok_or(Unreadable::WrongShape { field: list, expected: "a list of objects" })?;
        let echo = object
            .get("message")
            .and_then(Value::as_object)
            .is_some_and(|message| json::flag(message, "is_echo"));
        let (sender, recipient) = (party(object.get("sender")), party(object.get("recipient")));
        let (client, own, direction) = if echo {
            (recipient, sender, Direction::Out)
        } else {
            (sender.or_else(|| guest(object.get("optin"))), recipient, Direction::In)
        };
        let account = own.clone().or_else(|| entry.id()).unwrap_or_default();
        Ok(Self { product, list, value, object, direction, account, client, own })
    }

    fn read(self, read: &mut Normalized) -> Result<(), Unreadable> {
        let bare = self.object.keys().all(|name| FRAME.contains(&name.as_str()));
        let name = NOTICES.iter().find(|name| self.object.contains_key(**name));
        if let Some(name) = name.copied().or((bare && self.list == "standby").then_some("standby")) {
            read.notices.push(notice(self.account, name, self.value));
            return Ok(());
        }
        if let Some(receipt) = self.object.get("delivery") {
            return self.receipt(Delivery::Delivered, "delivered", receipt, read);
        }
        if let Some(receipt) = self.object.get("read") {
            return self.receipt(Delivery::Read, "read", receipt, read);
        }
        let said = self.said();
        read.messages.push(self.incoming(said)?);
        Ok(())
    }

    fn client(&self) -> Result<(&str, Address), Unreadable> {
        let field = match self.direction {
            Direction::In | Direction::Internal => "sender",
            Direction::Out => "recipient",
        };
        let id = self.client.as_deref().ok_or(Unreadable::MissingField { field })?;
        let address = Address::opaque(self.product.identity, id);
        Ok((id, address.map_err(|why| Unreadable::BadAddress { field, why })?))
    }

    /// What got how far: messages by id, and the conversation up to a moment.
    fn receipt(
        &self,
        status: Delivery,
        word: &str,
        receipt: &Value,
        read: &mut Normalized,
    ) -> Result<(), Unreadable> {
        let (_, client) = self.client()?;
        let many = receipt.get("mids").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let ids: Vec<String> =
            many.iter().chain(receipt.get("mid")).filter_map(|id| json::id(Some(id))).collect();
        let until = json::millis(receipt.get("watermark"));
        if ids.is_empty() && until.is_none() {
            return Err(Unreadable::MissingField { field: "watermark" });
        }
        let occurred_at = json::millis(self.object.get("timestamp"));
        read.statuses.extend(ids.into_iter().map(|provider_event_id| StatusUpdate {
            account: self.account.clone(),
            provider_event_id,
            recipient: Some(client.clone()),
            status,
            provider_status: word.to_owned(),
            error_code: None,
            reference: None,
            occurred_at,
        }));
        let account = self.account.clone();
        read.watermarks.extend(until.map(|until| Watermark { account, client, status, until, occurred_at }));
        Ok(())
    }

    /// What was said, with its id and what tells it apart.
    fn said(&self) -> (Said, Option<String>, Option<String>) {
        let member = |name: &str| self.object.get(name).and_then(Value::as_object);
        if let Some(message) = member("message") {
            return of_message(message);
        }
        if let Some(postback) = member("postback") {
            let said = Said::with_body(EventKind::Message, json::text(postback.get("title")));
            return (said, json::id(postback.get("mid")), None);
        }
        if let Some(reaction) = member("reaction") {
            let gone = reaction.get("action").is_some_and(|action| action == "unreact");
            let emoji = json::text(reaction.get("emoji")).or_else(|| json::text(reaction.get("reaction")));
            let said = Said::with_body(EventKind::Reaction, emoji.filter(|_| !gone));
            return (Said { refers_to: json::id(reaction.get("mid")), ..said }, None, None);
        }
        if let Some(edit) = member("message_edit") {
            let said = Said::with_body(EventKind::Edit, json::text(edit.get("text")));
            let id = json::id(edit.get("mid"));
            let count = edit.get("num_edit").map(json::plain).filter(|count| count.len() <= 20);
            let distinct =
                id.is_some().then(|| format!("edit:{}", count.unwrap_or_else(|| self.derived(""))));
            return (Said { refers_to: id.clone(), ..said }, id, distinct);
        }
        let deed = DEEDS.iter().any(|name| member(name).is_some());
        (Said::of(if deed { EventKind::Message } else { EventKind::Unsupported }), None, None)
    }

    fn derived(&self, name: &str) -> String {
        json::derived_id(name, self.value)
    }

    fn incoming(
        self,
        (said, told, distinct): (Said, Option<String>, Option<String>),
    ) -> Result<Incoming, Unreadable> {
        let (id, client) = self.client()?;
        let occurred_at = json::millis(self.object.get("timestamp"));
        let extra = self.extra(occurred_at.is_some());
        let derived = if told.is_some() { String::new() } else { self.derived(name_of(said.kind)) };
        let own = self.own.as_deref().and_then(|own| Address::opaque(self.product.identity, own).ok());
        let parties = Parties { direction: self.direction, account: self.account.clone(), client, own };
        let thread_key = parties.thread_key(id);
        let ids = Ids { told, distinct, derived };
        Ok(incoming(self.product.channel, parties, ids, occurred_at, said, (thread_key, None, extra)))
    }

    /// All that has no place of its own.
    fn extra(&self, dated: bool) -> Vec<(String, String)> {
        let of_id_only =
            |party: &Value| party.as_object().is_some_and(|party| party.keys().all(|name| name == "id"));
        let mut placed: Vec<&str> = ["sender", "recipient"]
            .into_iter()
            .filter(|name| self.object.get(*name).is_some_and(of_id_only))
            .collect();
        if dated {
            placed.push("timestamp");
        }
        let message = self.object.get("message").and_then(Value::as_object);
        if message.is_some() {
            placed.push("message");
        }
        let mut extra: Vec<_> = json::extra(self.object, "", &placed).collect();
        if let Some(message) = message {
            let placed = [
                ("mid", json::id(message.get("mid")).is_some()),
                ("text", message.get("text").is_some_and(Value::is_string)),
                ("is_echo", true),
            ];
            let placed: Vec<&str> = placed.into_iter().filter(|(_, so)| *so).map(|(name, _)| name).collect();
            extra.extend(json::extra(message, "message.", &placed));
        }
        if self.list != "messaging" {
            extra.push(("list".to_owned(), self.list.to_owned()));
        }
        extra
    }
}

/// The id of a sender or recipient. A guest of a chat plugin has a reference instead.
fn party(party: Option<&Value>) -> Option<String> {
    json::id(party?.get("id")).or_else(|| guest(party))
}

fn guest(party: Option<&Value>) -> Option<String> {
    json::id(party?.get("user_ref")).map(|reference| format!("user_ref:{reference}"))
}

fn of_message(message: &Object) -> (Said, Option<String>, Option<String>) {
    let id = json::id(message.get("mid"));
    let body = json::text(message.get("text"));
    let attachments = attachments(message);
    let place = !attachments.is_empty()
        && attachments.iter().all(|attachment| attachment.kind.as_deref() == Some("location"));
    let says = body.is_some()
        || !attachments.is_empty()
        || SAYS_SOMETHING.iter().any(|name| message.contains_key(*name));
    if json::flag(message, "is_deleted") {
        let said = Said { refers_to: id.clone(), ..Said::of(EventKind::Unsend) };
        let distinct = id.is_some().then(|| "unsend".to_owned());
        return (said, id, distinct);
    }
    let kind = if json::flag(message, "is_unsupported") || !says {
        EventKind::Unsupported
    } else if place && body.is_none() {
        EventKind::Location
    } else {
        EventKind::Message
    };
    let answered = message.get("reply_to");
    let story = answered.and_then(|answered| answered.get("story"));
    let refers_to = answered
        .and_then(|answered| json::id(answered.get("mid")))
        .or_else(|| story.and_then(|story| json::id(story.get("id"))));
    (Said { kind, body, attachments, refers_to, typed: !message.contains_key("quick_reply") }, id, None)
}

/// What a message announces, things without a file of their own (places, templates) among it.
fn attachments(message: &Object) -> Vec<Attachment> {
    let List::Of(told) = list(message, "attachments") else { return Vec::new() };
    let attachment = |told: &Value| {
        let of_payload = told.get("payload").and_then(|payload| json::text(payload.get("url")));
        Attachment {
            kind: json::text(told.get("type")),
            url: of_payload.or_else(|| json::text(told.get("url"))).unwrap_or_default(),
            ..Attachment::default()
        }
    };
    told.iter().map(attachment).collect()
}

/// What an id is derived under.
const fn name_of(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Message => "message",
        EventKind::Reaction => "reaction",
        EventKind::Unsend => "unsend",
        EventKind::Edit => "edit",
        EventKind::Location => "location",
        EventKind::Contacts => "contacts",
        EventKind::Call | EventKind::Outcome => "call",
        EventKind::Unsupported => "unsupported",
        EventKind::Note | EventKind::StateChange | EventKind::Task => "entry",
    }
}
