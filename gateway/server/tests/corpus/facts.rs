//! The facts that an INDEX states, held against events as the API shows them. An empty cell states nothing.

use serde_json::Value;
use std::collections::BTreeMap;

use super::{file::File, index::Row};

/// What a row becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An event of a lead.
    Message,
    /// A status, a receipt, something about the account alone, or what nobody can read: no event.
    NoEvent,
}

impl Part {
    /// What this row becomes.
    pub fn of(row: &Row) -> Self {
        let folder = row["folder"].as_str();
        match row["event_type"].as_str() {
            "" | "call:CALL_STATUS" | "delivery" | "read" | "account_linking" | "game_play" | "app_roles"
            | "policy-enforcement" | "standby:unknown" => Self::NoEvent,
            told if told.starts_with("status:") || told.ends_with("_thread_control") => Self::NoEvent,
            "unknown" if row["from"].is_empty() => Self::NoEvent,
            // Calls through Twilio are another kind of connection's; a form without a sender is nobody's.
            _ if folder == "twilio" && (row["kind"].starts_with("voice") || row["from"].is_empty()) => {
                Self::NoEvent
            }
            told if folder == "twilio" && told != "message" => Self::NoEvent,
            _ => Self::Message,
        }
    }
}

/// Whether it makes a lead of somebody unknown.
pub fn opens(row: &Row) -> bool {
    let told = row["event_type"].as_str();
    let follows = ["reaction", "edit", "revoke", "deleted"].iter().any(|word| told.contains(word));
    row["direction"] != "outbound" && !follows
}

/// Who the client is, where the row tells.
pub fn client_of(row: &Row) -> Option<String> {
    let told = if row["direction"] == "outbound" { &row["to"] } else { &row["from"] };
    let of_thread = row["thread_key"].split_once('|').map(|(_, client)| client.to_owned());
    of_thread.or_else(|| Some(told.clone())).filter(|client| !client.is_empty())
}

/// How many dead letters a file makes: what nobody can be named for, what is of another product, and what is no webhook.
pub fn letters(file: &File) -> usize {
    let dead = |row: &&Row| {
        let twilio = row["folder"] == "twilio" && !row["event_type"].is_empty();
        let unsigned = row["from"].is_empty() && !row["event_type"].starts_with("status:");
        match row["kind"].as_str() {
            "unknown" => row["from"].is_empty(),
            // A change of nothing; a resource of the API.
            "field-None" | "graph-conversation-resource" => true,
            // Of two such files the entries are none that are known; of the third there are none.
            "empty" => file.json().is_some_and(|json| json["entry"] != Value::Array(Vec::new())),
            kind => twilio && (kind.starts_with("voice") || (kind.ends_with("inbound") && unsigned)),
        }
    };
    file.rows.iter().filter(dead).count()
}

/// What is not as the rows of a file state it.
pub fn faults_of_file(file: &File, mut events: Vec<Value>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut told = BTreeMap::<&str, usize>::new();
    for row in file.rows.iter().filter(|row| Part::of(row) == Part::Message) {
        let id = row["provider_message_id"].as_str();
        // The same id in the same account is the same message, though a published payload has a placeholder twice.
        let again = !id.is_empty() && told.contains_key(id);
        *told.entry(id).or_default() += 1;
        let found = events.iter().position(|event| faults_of(row, event).is_empty());
        match found {
            Some(at) => drop(events.remove(at)),
            None if again => {}
            None => {
                let others: Vec<_> = events.iter().map(|event| faults_of(row, event)).collect();
                faults.push(format!("{}: no event is this: {others:?}", row["event"]));
            }
        }
    }
    faults.extend(events.iter().map(|event| format!("one event too many: {}", event["kind"])));
    faults
}

fn faults_of(row: &Row, event: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut is = |what: &str, so: bool| {
        if !so {
            faults.push(what.to_owned());
        }
    };
    let stated = |column: &str| Some(row[column].as_str()).filter(|cell| !cell.is_empty());
    let text = |name: &str| event[name].as_str();
    is("channel", text("channel") == Some(row["channel"].as_str()));
    is("kind", kinds_of(row).contains(&text("kind").unwrap_or_default()));
    let direction = if row["direction"] == "outbound" { "out" } else { "in" };
    is("direction", text("direction") == Some(direction));
    is("from", stated("from").is_none_or(|from| same_address(from, text("from"))));
    is("to", stated("to").is_none_or(|to| same_address(to, event["to"][0].as_str())));
    for (column, name) in [
        ("provider_message_id", "provider_event_id"),
        ("thread_key", "thread_key"),
        ("reply_to", "refers_to"),
    ] {
        is(column, stated(column).is_none_or(|stated| text(name) == Some(stated)));
    }
    is(
        "timestamp_utc",
        stated("timestamp_utc").is_none_or(|at| text("occurred_at").is_some_and(|got| same_moment(at, got))),
    );
    let first: Option<String> = text("body").map(|body| body.chars().take(60).collect());
    is("text60", stated("text60").is_none_or(|text60| first.as_deref() == Some(text60)));
    let files = event["attachments"].as_array().map_or(0, Vec::len).to_string();
    is("attachments", stated("attachments").is_none_or(|stated| stated == files));
    if let Some(reaction) = row["event_type"].strip_prefix("reaction") {
        is("removal", text("body").is_none() == (reaction == ":removed" || reaction == ":unreact"));
    }
    let named = row["kind"].contains("unknown") || row["kind"].contains("unsupported");
    is("unsupported", named || text("kind") != Some("unsupported"));
    faults
}

/// What an event of such a row may be called.
fn kinds_of(row: &Row) -> &'static [&'static str] {
    if row["folder"] == "twilio" {
        // The table does not tell places from words.
        return &["message", "location"];
    }
    let told = row["event_type"].trim_start_matches("standby:");
    match told.split('+').next().unwrap_or_default() {
        // A place without a type.
        "message:location" | "message:" => &["location"],
        "message" if row["kind"] == "attachment-location" => &["location"],
        "message:contacts" => &["contacts"],
        "message:edit" | "message_edit" => &["edit"],
        "message:revoke" | "message:deleted" => &["unsend"],
        "message:unsupported" | "message:unknown" | "unknown" => &["unsupported"],
        "call:connect" => &["call"],
        reaction if reaction.starts_with("reaction") => &["reaction"],
        _ => &["message"],
    }
}

/// As written in the payload, or as the phone that it is.
fn same_address(stated: &str, got: Option<&str>) -> bool {
    let bare = stated.trim_start_matches("whatsapp:");
    let digits: String = bare.chars().filter(char::is_ascii_digit).collect();
    got.is_some_and(|got| got == bare || got == format!("+{digits}"))
}

fn same_moment(stated: &str, got: &str) -> bool {
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
    moment(stated).is_some() && moment(stated) == moment(got)
}

/// Ids that the payload tells and that more than one event of one account has. (A damaged payload may name another
/// account than the whole one: there, it is another message.) An edit is told apart by its number: without it, it is
/// another one.
pub fn told_twice(file: &File, events: &[Value]) -> Vec<String> {
    let text = String::from_utf8_lossy(&file.body);
    let first = file.accounts().swap_remove(0);
    let mut times = BTreeMap::<(String, String, bool), usize>::new();
    for event in events.iter().filter(|event| event["kind"] != "edit") {
        let id = event["provider_event_id"].as_str().unwrap_or_default();
        let thread = event["thread_key"].as_str().filter(|_| file.folder != "twilio");
        let account = thread.and_then(|key| key.split('|').next()).unwrap_or(&first);
        if text.contains(id) {
            *times.entry((id.to_owned(), account.to_owned(), event["kind"] == "unsend")).or_default() += 1;
        }
    }
    times.into_iter().filter(|(_, times)| *times > 1).map(|((id, ..), _)| id).collect()
}
