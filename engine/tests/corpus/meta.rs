//! WhatsApp, Messenger and Instagram: every payload of the three folders, and every fact that their INDEX states.

use super::{Opened, corpus, owners_grant, report, table};
use hearthline_engine::{
    identity::Address,
    message::{Channel, Direction, EventKind, Incoming},
    providers::{
        Normalized, Notice, StatusUpdate, Unreadable, Watermark,
        meta::{
            instagram, messenger,
            signature::{Headers, verify},
            split, whatsapp,
        },
    },
    raw::Raw,
    time::Timestamp,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

type Row = BTreeMap<String, String>;
type Read = fn(&Raw<Vec<u8>>) -> Result<Normalized, Unreadable>;

const FOLDERS: [(&str, Read, Channel); 3] = [
    ("whatsapp", whatsapp::normalize, Channel::Whatsapp),
    ("messenger", messenger::normalize, Channel::Messenger),
    ("instagram", instagram::normalize, Channel::Instagram),
];

/// The rows of a folder by their file.
fn files(folder: &Path) -> BTreeMap<String, Vec<Row>> {
    let mut files: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in table(&folder.join("INDEX.tsv")).into_iter().filter(|row| row["kind"] != "signature") {
        files.entry(row["file"].clone()).or_default().push(row);
    }
    files
}

#[test]
fn ing_5_every_published_payload_of_meta_is_read_as_stated() {
    for (name, normalize, channel) in FOLDERS {
        let Some(folder) = corpus(name) else { return };
        let (mut counts, mut faults) = (BTreeMap::new(), Vec::new());
        for (file, rows) in files(&folder) {
            let body = Raw::new(fs::read(folder.join(&file)).unwrap());
            let read = normalize(&body);
            assert_eq!(read, normalize(&body), "{file} is read otherwise the second time");
            faults.extend(
                faults_of_file(&rows, read, channel).into_iter().map(|fault| format!("{file} {fault}")),
            );
            for row in rows {
                *counts.entry(row["kind"].clone()).or_default() += 1;
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        report(name, &counts, 25);
    }
}

fn faults_of_file(rows: &[Row], read: Result<Normalized, Unreadable>, channel: Channel) -> Vec<String> {
    if rows[0]["event"] == "0/0" {
        let read = read.unwrap_or_default();
        let heard = (read.messages.len(), read.statuses.len(), read.watermarks.len());
        return if heard == (0, 0, 0) { Vec::new() } else { vec![format!("{heard:?} events too many")] };
    }
    let mut left = match read {
        Ok(read) => read,
        Err(reason) => return vec![reason.to_string()],
    };
    let mut faults = Vec::new();
    for row in rows {
        let found = match Part::of(row) {
            Part::Message => take(&mut left.messages, |message| faults_of_message(row, message, channel)),
            Part::Status => take(&mut left.statuses, |status| faults_of_status(row, status)),
            Part::Receipt => take(&mut left.statuses, |status| faults_of_receipt(row, status))
                .or_else(|_| take(&mut left.watermarks, |mark| faults_of_watermark(row, mark))),
            Part::Notice => take(&mut left.notices, |notice| faults_of_notice(row, notice)),
            Part::Unreadable => take(&mut left.unreadable, |_| Vec::new()),
        };
        if let Err(others) = found {
            faults.push(format!("{}: nothing that was read is this: {others:?}", row["event"]));
        }
    }
    for (what, count) in [
        ("messages", left.messages.len()),
        ("statuses", left.statuses.len()),
        ("unreadable", left.unreadable.len()),
    ] {
        if count > 0 {
            faults.push(format!("{count} {what} too many"));
        }
    }
    faults
}

/// Takes out the first part that has no fault; else tells everybody's faults.
fn take<T>(parts: &mut Vec<T>, faults: impl Fn(&T) -> Vec<String>) -> Result<(), Vec<Vec<String>>> {
    match parts.iter().position(|part| faults(part).is_empty()) {
        Some(at) => {
            parts.remove(at);
            Ok(())
        }
        None => Err(parts.iter().map(faults).collect()),
    }
}

enum Part {
    Message,
    Status,
    Receipt,
    Notice,
    Unreadable,
}

impl Part {
    fn of(row: &Row) -> Self {
        match row["event_type"].as_str() {
            "call:CALL_STATUS" => Self::Status,
            status if status.starts_with("status:") => Self::Status,
            "delivery" | "read" => Self::Receipt,
            "account_linking" | "game_play" | "app_roles" | "policy-enforcement" | "standby:unknown" => {
                Self::Notice
            }
            control if control.ends_with("_thread_control") => Self::Notice,
            "unknown" if row["from"].is_empty() => Self::Unreadable,
            _ => Self::Message,
        }
    }
}

fn kind_of(row: &Row) -> EventKind {
    let told = row["event_type"].trim_start_matches("standby:").split('+').next().unwrap().to_owned();
    match told.as_str() {
        "message:location" => EventKind::Location,
        // A place without a type.
        "message:" => EventKind::Location,
        "message" if row["kind"] == "attachment-location" => EventKind::Location,
        "message:contacts" => EventKind::Contacts,
        "message:edit" | "message_edit" => EventKind::Edit,
        "message:revoke" | "message:deleted" => EventKind::Unsend,
        "message:unsupported" | "message:unknown" | "unknown" => EventKind::Unsupported,
        "call:connect" => EventKind::Call,
        reaction if reaction.starts_with("reaction") => EventKind::Reaction,
        _ => EventKind::Message,
    }
}

/// What of the facts stated in the row is not so.
struct Faults<'a>(&'a Row, Vec<String>);

impl<'a> Faults<'a> {
    fn stated(&self, column: &str) -> Option<&'a str> {
        Some(self.0[column].as_str()).filter(|cell| !cell.is_empty())
    }
    fn differs(&mut self, column: &str, got: Option<&str>) {
        if let Some(stated) = self.stated(column)
            && got != Some(stated)
        {
            self.1.push(format!("{column}: {got:?} is not {stated:?}"));
        }
    }
    fn is(&mut self, what: &str, so: bool) {
        if !so {
            self.1.push(what.to_owned());
        }
    }
    /// As written in the payload, or as the phone that it is.
    fn address(&mut self, column: &str, got: Option<&Address>) {
        if let Some(stated) = self.stated(column) {
            let digits: String = stated.chars().filter(char::is_ascii_digit).collect();
            let same = got.is_some_and(|got| got.value == stated || got.value == format!("+{digits}"));
            self.is(column, same);
        }
    }
    fn moment(&mut self, got: Option<Timestamp>) {
        if let Some(stated) = self.stated("timestamp_utc") {
            let stated: jiff::Timestamp = stated.parse().unwrap();
            self.is("timestamp_utc", got.map(Timestamp::as_millis) == Some(stated.as_millisecond()));
        }
    }
}

fn faults_of_message(row: &Row, message: &Incoming, channel: Channel) -> Vec<String> {
    let mut faults = Faults(row, Vec::new());
    let direction = if row["direction"] == "outbound" { Direction::Out } else { Direction::In };
    faults.is("channel", message.channel == channel);
    faults.is("kind", message.kind == kind_of(row));
    faults.is("direction", row["direction"].is_empty() || message.direction == direction);
    faults.address("from", Some(&message.from));
    faults.address("to", message.to.first());
    faults.differs("provider_message_id", Some(&message.provider_event_id));
    faults.differs("thread_key", message.thread_key());
    faults.differs("reply_to", message.refers_to());
    faults.moment(message.occurred_at);
    faults.differs("text60", message.content.text60().as_deref());
    faults.differs("attachments", Some(&message.content.attachments().to_string()));
    if let Some(reaction) = row["event_type"].strip_prefix("reaction") {
        let removed = reaction == ":removed" || reaction == ":unreact";
        faults.is("removal", message.content.text60().is_none() == removed);
    }
    let named = row["kind"].contains("unknown") || row["kind"].contains("unsupported");
    faults.is("unsupported", named || message.kind != EventKind::Unsupported);
    faults.1
}

fn faults_of_status(row: &Row, status: &StatusUpdate) -> Vec<String> {
    let mut faults = Faults(row, Vec::new());
    faults.differs("provider_message_id", Some(&status.provider_event_id));
    let word = row["event_type"].strip_prefix("status:").map(str::to_lowercase);
    faults.is("status", word.is_none_or(|word| word == status.provider_status));
    faults.address("to", status.recipient.as_ref());
    faults.differs("thread_key", Some(&format!("{}|{}", status.account, row["to"])));
    faults.moment(status.occurred_at);
    faults.is("errors", !row["kind"].contains("errors") || status.error_code.is_some());
    faults.1
}

/// A receipt comes from the client.
fn faults_of_receipt(row: &Row, status: &StatusUpdate) -> Vec<String> {
    let mut faults = Faults(row, Vec::new());
    faults.address("from", status.recipient.as_ref());
    faults.differs("to", Some(&status.account));
    faults.differs("reply_to", Some(&status.provider_event_id));
    faults.moment(status.occurred_at);
    faults.1
}

fn faults_of_watermark(row: &Row, mark: &Watermark) -> Vec<String> {
    let mut faults = Faults(row, Vec::new());
    faults.address("from", Some(&mark.client));
    faults.differs("to", Some(&mark.account));
    faults.differs("reply_to", None);
    faults.moment(mark.occurred_at);
    faults.1
}

fn faults_of_notice(row: &Row, notice: &Notice) -> Vec<String> {
    let mut faults = Faults(row, Vec::new());
    let name = if row["event_type"] == "standby:unknown" { "standby" } else { &row["event_type"] };
    faults.is("name", notice.name == name);
    faults.differs("to", Some(&notice.account));
    let payload = String::from_utf8(notice.payload.clone().open(&owners_grant())).unwrap();
    for column in ["from", "timestamp_raw"] {
        faults.is(column, payload.contains(&row[column]));
    }
    faults.1
}

#[test]
fn ing_6_every_published_signature_of_meta_decides_as_stated() {
    let mut checked = 0;
    for (name, ..) in FOLDERS {
        let Some(folder) = corpus(name) else { return };
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            if !file.contains("sig-") || !file.ends_with(".json") {
                continue;
            }
            let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let body = fs::read(folder.join(case["body_file"].as_str().unwrap())).unwrap();
            let headers = Headers {
                sha256: case["headers"]["X-Hub-Signature-256"].as_str(),
                sha1: case["headers"]["X-Hub-Signature"].as_str(),
            };
            let verdict = verify(case["app_secret"].as_str().unwrap(), headers, &body);
            assert_eq!(verdict.is_ok(), case["expected_valid"].as_bool().unwrap(), "{file}");
            checked += 1;
        }
    }
    assert!(checked >= 5, "only {checked} signatures found");
    println!("{checked} signatures of Meta checked");
}

type Change<'a> = dyn Fn(Value) -> Value + 'a;

/// Every member of every object taken away once, every leaf once of another type.
fn damaged(value: &Value, damage: &mut dyn FnMut(&Change<'_>)) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                let mut without = object.clone();
                without.remove(name);
                damage(&|_| Value::Object(without.clone()));
                damaged(member, &mut |inner| {
                    damage(&|_| {
                        let mut with = object.clone();
                        with.insert(name.clone(), inner(member.clone()));
                        Value::Object(with)
                    });
                });
            }
        }
        Value::Array(list) => {
            for (at, item) in list.iter().enumerate() {
                damaged(item, &mut |inner| {
                    damage(&|_| {
                        let mut with = list.clone();
                        with[at] = inner(item.clone());
                        Value::Array(with)
                    });
                });
            }
        }
        _ => {}
    }
    for other in
        [Value::Null, Value::Bool(true), 7.into(), "x".into(), Value::Array(vec![]), serde_json::json!({})]
    {
        damage(&|_| other.clone());
    }
}

#[test]
fn ing_8_a_damaged_payload_of_meta_never_makes_two_events_of_one_id() {
    let mut read = 0_usize;
    for (name, normalize, _) in FOLDERS {
        let Some(folder) = corpus(name) else { return };
        for (file, rows) in files(&folder) {
            let body = fs::read(folder.join(&file)).unwrap();
            for end in (0..body.trim_ascii_end().len()).step_by(7) {
                assert_eq!(
                    normalize(&Raw::new(body[..end].to_vec())),
                    Err(Unreadable::NotJson),
                    "{file} until {end}"
                );
            }
            let text = String::from_utf8(body).unwrap();
            let whole: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
            let twice = rows.iter().map(|row| &row["provider_message_id"]).collect::<BTreeSet<_>>().len()
                < rows.len();
            damaged(&whole, &mut |change| {
                read += 1;
                let damaged = change(whole.clone());
                let Ok(normalized) = normalize(&Raw::new(damaged.to_string().into_bytes())) else { return };
                let ids: BTreeSet<_> =
                    normalized.messages.iter().map(|message| (&message.account, &message.claim_id)).collect();
                // One payload of the corpus has one placeholder for two ids.
                assert!(twice || ids.len() == normalized.messages.len(), "{file}: {damaged}");
            });
        }
    }
    println!("{read} damaged payloads read");
}

#[test]
fn ing_10_every_part_of_a_published_payload_alone_is_what_it_is_in_company() {
    let mut split_up = 0_usize;
    for (name, normalize, _) in FOLDERS {
        let Some(folder) = corpus(name) else { return };
        for (file, _) in files(&folder) {
            let body = Raw::new(fs::read(folder.join(&file)).unwrap());
            let Ok(whole) = normalize(&body) else { continue };
            let mut alone = Normalized::default();
            for part in split::parts(&body) {
                let read = normalize(&part).unwrap();
                let events = read.messages.len() + read.statuses.len() + read.unreadable.len();
                assert!(events <= 1 || read.messages.is_empty(), "{file}: {events} events in one part");
                alone.messages.extend(read.messages);
                alone.statuses.extend(read.statuses);
                alone.watermarks.extend(read.watermarks);
                split_up += 1;
            }
            assert_eq!(alone.messages, whole.messages, "{file}");
            assert_eq!((alone.statuses, alone.watermarks), (whole.statuses, whole.watermarks), "{file}");
            for message in &whole.messages {
                let found = split::of_message(normalize, &body, message).unwrap();
                assert_eq!(normalize(&found).unwrap().messages.len(), 1, "{file}");
            }
        }
    }
    assert!(split_up >= 250, "only {split_up} parts found");
    println!("{split_up} parts read alone");
}
