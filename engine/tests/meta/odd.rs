//! Payloads that no document shows: cut, with members taken away or of another type, and in other company.

use super::{conversation, event, missing, raw, whatsapp_change, whatsapp_request};
use hearthline_engine::{
    message::Incoming,
    providers::{Normalized, Unreadable, meta},
    raw::Raw,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

type Read = fn(&Raw<Vec<u8>>) -> Result<Normalized, Unreadable>;

/// A request of each product with many kinds of parts in it.
fn samples() -> Vec<(Read, Value)> {
    let events = [
        event(json!({ "message": { "mid": "m_1", "text": "oi", "reply_to": { "mid": "m_0" } } })),
        event(
            json!({ "message": { "mid": "m_2", "attachments": [{ "type": "image", "payload": { "url": "https://x/1" } }] } }),
        ),
        event(json!({ "message": { "mid": "m_3", "is_deleted": true } })),
        event(json!({ "message_edit": { "mid": "m_4", "text": "olá", "num_edit": 1 } })),
        event(json!({ "reaction": { "mid": "m_1", "action": "react", "emoji": "❤" } })),
        event(json!({ "reaction": { "mid": "m_1", "action": "unreact", "emoji": "❤" } })),
        event(json!({ "postback": { "title": "Book", "payload": "p", "referral": { "ref": "r" } } })),
        event(json!({ "referral": { "ref": "flat-7" } })),
        event(json!({ "read": { "watermark": 1_772_998_024_000_i64 } })),
        event(json!({ "delivery": { "mids": ["m_8"] } })),
        event(json!({ "something_new": { "a": 1 } })),
    ];
    let text = |from: &str, id: &str| json!({ "from": from, "id": id, "timestamp": "1749416383", "type": "text", "text": { "body": id } });
    let changes = [
        whatsapp_change(json!({
            "contacts": [{ "profile": { "name": "A" }, "wa_id": "16505551234" }, { "profile": { "name": "B" }, "user_id": "US.1" }],
            "messages": [text("16505551234", "wamid.1"), text("US.1", "wamid.2"),
                { "from": "16505551234", "id": "wamid.3", "type": "image", "image": { "id": "9", "caption": "c" } },
                { "from": "16505551234", "id": "wamid.4", "type": "reaction", "reaction": { "message_id": "wamid.0", "emoji": "👍" } },
                { "from": "16505551234", "id": "wamid.5", "type": "edit", "edit": { "original_message_id": "wamid.1",
                    "message": { "type": "text", "text": { "body": "new" } } } },
                { "from": "16505551234", "id": "wamid.6", "type": "new_type", "new_type": { "a": [1] } }],
        })),
        whatsapp_change(json!({
            "statuses": [{ "id": "wamid.7", "status": "read", "timestamp": "1749416383", "recipient_id": "16505551234" }],
            "message_echoes": [{ "from": "15550783881", "to": "16505551234", "id": "wamid.8", "type": "text", "text": { "body": "e" } }],
            "calls": [{ "id": "wacid.1", "from": "16505551234", "event": "connect" }, { "id": "wacid.2", "from": "16505551234", "event": "terminate" }],
        })),
    ];
    vec![
        (meta::messenger::normalize, conversation("page", "messaging", &events)),
        (meta::instagram::normalize, conversation("instagram", "standby", &events)),
        (meta::whatsapp::normalize, whatsapp_request(&changes)),
    ]
}

fn claims(read: &Normalized) -> BTreeSet<(&str, &str)> {
    read.messages.iter().map(|message| (message.account.as_str(), message.claim_id.as_str())).collect()
}

/// Nothing is claimed twice.
fn check(normalize: Read, body: Vec<u8>) {
    let body = Raw::new(body);
    if let Ok(read) = normalize(&body) {
        assert_eq!(claims(&read).len(), read.messages.len());
        assert_eq!(Ok(read), normalize(&body), "read otherwise the second time");
    }
}

#[test]
fn ing_8_a_request_cut_anywhere_makes_no_event() {
    for (normalize, request) in samples() {
        let whole = request.to_string().into_bytes();
        for end in 0..whole.len() {
            assert_eq!(normalize(&Raw::new(whole[..end].to_vec())), Err(Unreadable::NotJson), "until {end}");
        }
    }
}

/// Every path to a member or an item.
fn paths(value: &Value, at: &str, paths: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(name, member)| (name.clone(), member)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(n, item)| (n.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        let path = format!("{at}/{name}");
        self::paths(child, &path, paths);
        paths.push(path);
    }
}

fn without(request: &Value, path: &str) -> Value {
    let mut request = request.clone();
    let (parent, name) = path.rsplit_once('/').unwrap();
    match request.pointer_mut(parent).unwrap() {
        Value::Object(object) => object.remove(name),
        Value::Array(list) => Some(list.remove(name.parse().unwrap())),
        _ => None,
    };
    request
}

#[test]
fn ing_10_no_member_taken_away_or_changed_takes_another_part_with_it() {
    let others = [
        json!(null),
        json!(true),
        json!(7),
        json!(1.5),
        json!("x"),
        json!(""),
        json!([]),
        json!({}),
        json!([[]]),
        json!("\u{0}"),
    ];
    for (normalize, request) in samples() {
        let mut all = Vec::new();
        paths(&request, "", &mut all);
        let whole = normalize(&raw(&request)).unwrap();
        for path in all {
            let mut damaged = vec![without(&request, &path)];
            damaged.extend(others.iter().map(|other| {
                let mut request = request.clone();
                *request.pointer_mut(&path).unwrap() = other.clone();
                request
            }));
            for request in damaged {
                check(normalize, request.to_string().into_bytes());
                // What is inside one part leaves the others as they are: its own claim may go or become another.
                if path.split('/').count() <= part_depth(&request) {
                    continue;
                }
                let read = normalize(&raw(&request)).unwrap();
                let lost = claims(&whole).difference(&claims(&read)).count();
                assert!(lost <= 1, "{path}: {lost} events lost");
                assert!(read.messages.len() + 1 >= whole.messages.len(), "{path}");
                let heard = |read: &Normalized| {
                    read.messages.len()
                        + read.statuses.len()
                        + read.watermarks.len()
                        + read.notices.len()
                        + read.unreadable.len()
                };
                assert!(heard(&read) + 1 >= heard(&whole), "{path}: something was left out in silence");
            }
        }
    }
}

/// How many steps a path has that names a part as a whole, or what its part shares with others.
fn part_depth(request: &Value) -> usize {
    if request["object"] == "whatsapp_business_account" { 8 } else { 5 }
}

#[test]
fn ing_8_the_same_part_makes_the_same_event_in_any_company() {
    for (normalize, request) in samples() {
        let whole = normalize(&raw(&request)).unwrap();
        let entry = &request["entry"][0];
        let mut alone: Vec<Incoming> = Vec::new();
        for list in ["messaging", "standby"] {
            for part in entry[list].as_array().into_iter().flatten() {
                let request =
                    json!({ "object": request["object"], "entry": [{ "id": entry["id"], list: [part] }] });
                alone.extend(normalize(&raw(&request)).unwrap().messages);
            }
        }
        for change in entry["changes"].as_array().into_iter().flatten() {
            for list in ["messages", "message_echoes", "statuses", "calls"] {
                for part in change["value"][list].as_array().into_iter().flatten() {
                    let mut value = change["value"].clone();
                    for other in ["messages", "message_echoes", "statuses", "calls"] {
                        value.as_object_mut().unwrap().remove(other);
                    }
                    value[list] = json!([part]);
                    let request = whatsapp_request(&[json!({ "field": change["field"], "value": value })]);
                    alone.extend(normalize(&raw(&request)).unwrap().messages);
                }
            }
        }
        let sorted = |messages: Vec<Incoming>| {
            let mut claims: Vec<_> = messages.into_iter().map(|m| (m.claim_id, m.from, m.content)).collect();
            claims.sort_by(|one, other| one.0.cmp(&other.0));
            claims
        };
        assert_eq!(sorted(whole.messages), sorted(alone));
    }
}

#[test]
fn ing_10_what_is_no_webhook_of_the_product_is_named() {
    let read = |text: &str| meta::messenger::normalize(&Raw::new(text.as_bytes().to_vec()));
    assert_eq!(read(""), Err(Unreadable::NotJson));
    assert_eq!(read("object=page"), Err(Unreadable::NotJson));
    assert_eq!(read("[]"), Err(Unreadable::WrongShape { field: "request", expected: "an object" }));
    assert_eq!(read("{}"), missing("entry"));
    assert_eq!(read(r#"{"entry":{}}"#), Err(Unreadable::WrongShape { field: "entry", expected: "a list" }));
    assert_eq!(
        read(r#"{"object":"instagram","entry":[]}"#),
        Err(Unreadable::OtherProduct { expected: "page" })
    );
    assert_eq!(read(r#"{"object":"page","entry":[]}"#), Ok(Normalized::default()));
    assert_eq!(read(&"[".repeat(1_000_000)), Err(Unreadable::NotJson));
}

#[test]
fn prv_1_no_reason_and_no_debug_output_carries_what_was_said() {
    let planted = json!({ "planted": "planted", "message": { "mid": "m", "text": "planted" }, "sender": {} });
    for request in [
        conversation("page", "messaging", std::slice::from_ref(&planted)),
        json!({ "object": "page", "entry": ["planted"] }),
    ] {
        let read = meta::messenger::normalize(&raw(&request)).unwrap();
        assert!(!format!("{read:?} {}", read.unreadable[0].reason).contains("planted"));
    }
    let read = meta::messenger::normalize(&raw(&conversation("page", "messaging", &[event(planted)])));
    assert!(!format!("{read:?}").contains("planted"));
}

#[test]
fn ing_9_content_stored_before_it_had_threads_and_media_ids_is_still_read() {
    #[derive(serde::Serialize)]
    struct OldAttachment {
        url: &'static str,
        filename: Option<String>,
        mime_type: Option<String>,
        size_bytes: Option<u64>,
    }
    #[derive(serde::Serialize)]
    struct OldContent {
        body: &'static str,
        attachments: Vec<OldAttachment>,
        extra: Vec<(String, String)>,
    }
    let file = OldAttachment {
        url: "https://x/1",
        filename: None,
        mime_type: Some("image/png".to_owned()),
        size_bytes: None,
    };
    let old = OldContent { body: "oi", attachments: vec![file], extra: Vec::new() };
    let content = Raw::new(rmp_serde::to_vec_named(&old).unwrap()).decode().unwrap();
    let content = content.open(&super::owners_grant());
    assert_eq!((content.body.as_deref(), content.thread_key, content.refers_to), (Some("oi"), None, None));
    assert_eq!(
        (content.attachments[0].url.as_str(), &content.attachments[0].media_id),
        ("https://x/1", &None)
    );
}

/// JSON of any shape.
fn any_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "object",
        "entry",
        "id",
        "messaging",
        "standby",
        "changes",
        "field",
        "value",
        "metadata",
        "contacts",
        "messages",
        "statuses",
        "calls",
        "sender",
        "recipient",
        "message",
        "mid",
        "text",
        "body",
        "type",
        "timestamp",
        "from",
        "to",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["page", "instagram", "whatsapp_business_account", "text", "messages"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..6).prop_map(|members| Value::Object(
                members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

const ALL: [Read; 3] = [meta::messenger::normalize, meta::instagram::normalize, meta::whatsapp::normalize];

proptest! {
    #[test]
    fn ing_10_no_bytes_make_a_normalizer_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        ALL.into_iter().for_each(|normalize| { let _ = normalize(&Raw::new(body.clone())); });
    }

    #[test]
    fn ing_10_no_json_makes_a_normalizer_panic(value in any_json(), at in 0_usize..3, path in any::<prop::sample::Index>()) {
        ALL.into_iter().for_each(|normalize| { let _ = normalize(&raw(&value)); });
        // Anything in the place of anything.
        let (normalize, mut request) = samples().swap_remove(at);
        let mut all = Vec::new();
        paths(&request, "", &mut all);
        *request.pointer_mut(&all[path.index(all.len())]).unwrap() = value;
        let _ = normalize(&raw(&request));
    }
}
