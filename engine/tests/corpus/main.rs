//! The engine against published test material. The folder is named by `HEARTHLINE_FIXTURES`; without it these tests say so
//! and pass: the material is not ours to copy into this repository.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it did not run"
)]

mod meta;

use hearthline_engine::{
    identity::{Address, HomeRegion},
    message::{Channel, Delivery},
    providers::{Unreadable, twilio_signature, twilio_signature::Body, twilio_sms},
    raw::Raw,
};
use std::{collections::BTreeMap, fs, path::PathBuf};

fn corpus(folder: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("HEARTHLINE_FIXTURES") else {
        println!("not run: HEARTHLINE_FIXTURES does not name a folder with the {folder} fixtures");
        return None;
    };
    Some(PathBuf::from(root).join(folder))
}

/// A tab-separated table with a header; in cells `\n \t \r \\ \0` are escaped.
fn table(path: &PathBuf) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let unescape = |cell: &str| {
        let mut out = String::new();
        let mut chars = cell.chars();
        while let Some(c) = chars.next() {
            out.push(match (c, if c == '\\' { chars.next() } else { None }) {
                ('\\', Some('n')) => '\n',
                ('\\', Some('t')) => '\t',
                ('\\', Some('r')) => '\r',
                ('\\', Some('0')) => '\0',
                ('\\', Some(other)) => other,
                (other, _) => other,
            });
        }
        out
    };
    lines
        .map(|line| {
            header.iter().zip(line.split('\t')).map(|(k, v)| ((*k).to_owned(), unescape(v))).collect()
        })
        .collect()
}

#[test]
fn idn_2_messy_phone_numbers_become_the_published_e164() {
    let Some(folder) = corpus("phones") else { return };
    let rows = table(&folder.join("parse-cases.tsv"));
    for row in &rows {
        let home = HomeRegion::from_code(&row["default_region"]);
        let got = Address::phone(&row["input"], home).map(|address| address.value);
        assert_eq!(got.as_deref(), Ok(row["expected_e164"].as_str()), "{row:?}");
    }
    println!("{} phone spellings checked", rows.len());
}

#[test]
fn idn_2_every_regions_example_number_is_its_own_normal_form() {
    let Some(folder) = corpus("phones") else { return };
    let rows = table(&folder.join("example-numbers.tsv"));
    for row in &rows {
        let e164 = &row["e164"];
        let phone = Address::phone(e164, None).map(|address| address.value);
        assert_eq!(phone.as_ref(), Ok(e164), "{row:?}");
        let sender = Address::sms_sender(e164, None).map(|address| address.value);
        assert_eq!(sender.as_ref(), Ok(e164), "{row:?}");
        // 001 is the world: its numbers have no national form.
        let home = HomeRegion::from_code(&row["region"]);
        if home.is_none() {
            assert_eq!(row["region"], "001", "{row:?}");
            continue;
        }
        let national = Address::phone(&row["national_number"], home).map(|address| address.value);
        assert_eq!(national.as_ref(), Ok(e164), "{row:?}");
    }
    println!("{} example numbers checked", rows.len());
}

#[test]
fn idn_5_what_is_no_phone_number_becomes_none() {
    let Some(folder) = corpus("phones") else { return };
    for row in table(&folder.join("invalid-cases.tsv")) {
        let home = HomeRegion::from_code(&row["default_region"]);
        assert!(Address::phone(&row["input"], home).is_err(), "{row:?}");
    }
}

#[test]
fn ing_6_every_published_twilio_signature_decides_as_stated() {
    let Some(folder) = corpus("twilio") else { return };
    let mut checked = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("sig-") || !name.ends_with(".json") || name.ends_with(".body.json") {
            continue;
        }
        let case: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let body = fs::read(folder.join(case["body_file"].as_str().unwrap())).unwrap();
        let form = case["headers"]["Content-Type"] == "application/x-www-form-urlencoded";
        let verdict = twilio_signature::verify(
            case["auth_token"].as_str().unwrap(),
            case["headers"]["X-Twilio-Signature"].as_str().unwrap(),
            case["url"].as_str().unwrap(),
            if form { Body::Form(&body) } else { Body::Other(&body) },
        );
        assert_eq!(verdict.is_ok(), case["expected_valid"].as_bool().unwrap(), "{name}");
        checked += 1;
    }
    assert!(checked >= 20, "only {checked} signatures found");
    println!("{checked} signatures checked");
}

#[test]
fn ing_1_every_published_twilio_form_is_read_as_stated() {
    let Some(folder) = corpus("twilio") else { return };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in table(&folder.join("INDEX.tsv")) {
        if !row["file"].ends_with(".form") {
            continue;
        }
        let form = Raw::new(fs::read(folder.join(&row["file"])).unwrap());
        let read = twilio_sms::normalize(&form, HomeRegion::from_code("US"));
        match row["kind"].as_str() {
            "sms-inbound" | "mms-inbound" | "whatsapp-via-twilio-inbound" if row["from"].is_empty() => {
                assert_eq!(read, Err(Unreadable::MissingField { field: "From" }), "{}", row["file"]);
            }
            "sms-inbound" | "mms-inbound" | "whatsapp-via-twilio-inbound" => {
                let read = read.unwrap_or_else(|error| panic!("{}: {error}", row["file"]));
                assert!(read.statuses.is_empty(), "{}", row["file"]);
                let [message] = read.messages.as_slice() else { panic!("{}: not one message", row["file"]) };
                check_message(&row, message);
            }
            "message-status" => {
                let read = read.unwrap_or_else(|error| panic!("{}: {error}", row["file"]));
                let [status] = read.statuses.as_slice() else { panic!("{}: not one status", row["file"]) };
                assert!(read.messages.is_empty(), "{}", row["file"]);
                assert_eq!(status.provider_event_id, row["provider_message_id"], "{}", row["file"]);
                let mut told = row["event_type"].splitn(3, ':').skip(1);
                assert_eq!(Some(status.provider_status.as_str()), told.next(), "{}", row["file"]);
                assert_eq!(status.error_code.as_deref(), told.next(), "{}", row["file"]);
                assert_ne!(status.status, Delivery::Unknown, "{}", row["file"]);
                let recipient = status.recipient.as_ref().map(|address| format!("{:?}", address.value));
                let stated = Some(bare(&row["to"])).filter(|to| !to.is_empty());
                assert_eq!(recipient, stated.map(|to| format!("{to:?}")), "{}", row["file"]);
            }
            kind if kind.starts_with("voice") => {
                assert_eq!(read, Err(Unreadable::NotAMessage { field: "CallSid" }), "{}", row["file"]);
            }
            _ => continue,
        }
        *counts.entry(row["kind"].clone()).or_default() += 1;
    }
    report("twilio", &counts, 50);
}

/// Says what was read, and fails if it is suspiciously little.
fn report(folder: &str, counts: &BTreeMap<String, usize>, least: usize) {
    let all: usize = counts.values().sum();
    assert!(all >= least, "only {all} events of {folder} found");
    println!("{folder}: {all} events checked");
    counts.iter().for_each(|(kind, count)| println!("  {count:4} {kind}"));
}

fn bare(address: &str) -> String {
    address.trim_start_matches("whatsapp:").to_owned()
}

fn check_message(row: &BTreeMap<String, String>, message: &hearthline_engine::message::Incoming) {
    let file = &row["file"];
    let channel = if row["channel"] == "whatsapp" { Channel::Whatsapp } else { Channel::Sms };
    assert_eq!(message.channel, channel, "{file}");
    assert_eq!(message.provider_event_id, row["provider_message_id"], "{file}");
    if !row["thread_key"].is_empty() {
        assert_eq!(message.thread_key(), Some(row["thread_key"].as_str()), "{file}");
    }
    assert_eq!(message.claim_id, message.provider_event_id, "{file}");
    assert_eq!(message.from.value, bare(&row["from"]), "{file}");
    let to: Vec<String> = message.to.iter().map(|address| address.value.clone()).collect();
    if !row["to"].is_empty() {
        assert_eq!(to, [bare(&row["to"])], "{file}");
    }
    if !row["text60"].is_empty() {
        let preview = message.content.text60();
        assert_eq!(preview.as_deref(), Some(row["text60"].as_str()), "{file}");
    }
    if !row["attachments"].is_empty() {
        assert_eq!(message.content.attachments().to_string(), row["attachments"], "{file}");
    }
}

/// The content as an owner would see it: through the policy, as everywhere else.
trait Opened {
    fn text60(&self) -> Option<String>;
    fn attachments(&self) -> usize;
}

impl Opened for Raw<hearthline_engine::message::Content> {
    fn text60(&self) -> Option<String> {
        self.clone().open(&owners_grant()).body.map(|body| body.chars().take(60).collect())
    }
    fn attachments(&self) -> usize {
        self.clone().open(&owners_grant()).attachments.len()
    }
}

fn owners_grant() -> hearthline_engine::raw::RawGrant {
    use hearthline_engine::{
        access::{Role, Subject, Viewer, raw_grant},
        ids::{LeadId, TeamId, UserId},
        lead::StateName,
        time::Timestamp,
    };
    let owner = UserId::from_bytes([1; 16]);
    let team = TeamId::from_bytes([2; 16]);
    let viewer = Viewer { user: owner, team: Some(team), role: Role::Agent };
    let lead = LeadId::from_bytes([3; 16]);
    let subject =
        Subject { lead, owner: Some(owner), team, state: StateName::New, deleted: false, episode: 0 };
    raw_grant(&viewer, &subject, None, Timestamp::default()).unwrap()
}
