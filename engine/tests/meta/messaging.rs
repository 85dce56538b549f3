//! Messenger and Instagram.

use super::{body, conversation, event, extra, instagram, messenger, missing, opened, raw, single};
use hearthline_engine::{
    identity::{Address, IdentityKind},
    message::{Channel, Delivery, Direction, EventKind, OptWord},
    providers::{Normalized, meta},
    time::Timestamp,
};
use serde_json::{Value, json};

fn psid(value: &str) -> Address {
    Address { kind: IdentityKind::Messenger, value: value.to_owned() }
}

#[test]
fn ing_9_a_text_becomes_the_canonical_event() {
    let message = single(messenger(json!({ "message": { "mid": "m_1", "text": "Olá" } })));
    assert_eq!((message.channel, message.kind), (Channel::Messenger, EventKind::Message));
    assert_eq!((message.account.as_str(), message.claim_id.as_str()), ("1029384756", "m_1"));
    assert_eq!((&message.from, message.to.as_slice()), (&psid("6543217890"), &[psid("1029384756")][..]));
    assert_eq!(message.thread_key(), Some("1029384756|6543217890"));
    assert_eq!(message.occurred_at, Some(Timestamp::from_millis(1_772_998_024_123)));
    assert_eq!(body(&message).as_deref(), Some("Olá"));
    let message = single(instagram(json!({ "message": { "mid": "m_1", "text": "Olá" } })));
    assert_eq!((message.channel, message.from.kind), (Channel::Instagram, IdentityKind::Instagram));
}

#[test]
fn ing_5_every_attachment_is_listed_before_it_is_fetched() {
    let url = |kind: &str, url: &str| json!({ "type": kind, "payload": { "url": url } });
    let attachments = json!([url("image", "https://x/1"), url("ig_reel", "https://x/2"),
        { "type": "fallback", "title": "a link", "url": "https://x/3", "payload": null },
        { "type": "template", "payload": { "template_type": "generic" } }, 7]);
    let message = single(instagram(json!({ "message": { "mid": "m_1", "attachments": attachments } })));
    let files: Vec<_> = opened(&message).attachments.into_iter().map(|file| (file.kind, file.url)).collect();
    let expected = [
        (Some("image"), "https://x/1"),
        (Some("ig_reel"), "https://x/2"),
        (Some("fallback"), "https://x/3"),
        (Some("template"), ""),
        (None, ""),
    ];
    assert_eq!(files, expected.map(|(kind, url)| (kind.map(str::to_owned), url.to_owned())));
    let place = json!([{ "type": "location", "payload": { "coordinates": { "lat": 38.7, "long": -9.1 } } }]);
    assert_eq!(
        single(messenger(json!({ "message": { "mid": "m", "attachments": place } }))).kind,
        EventKind::Location
    );
}

#[test]
fn ing_5_everything_a_client_does_is_what_it_is() {
    let cases = [
        (
            json!({ "postback": { "mid": "m_p", "title": "Book a visit", "payload": "visit" } }),
            EventKind::Message,
            Some("Book a visit"),
        ),
        (
            json!({ "message": { "mid": "m", "text": "Yes", "quick_reply": { "payload": "y" } } }),
            EventKind::Message,
            Some("Yes"),
        ),
        (
            json!({ "message": { "mid": "m", "sticker_id": 369_239_263_222_822_i64 } }),
            EventKind::Message,
            None,
        ),
        (
            json!({ "referral": { "ref": "flat-7", "source": "SHORTLINK", "type": "OPEN_THREAD" } }),
            EventKind::Message,
            None,
        ),
        (json!({ "optin": { "type": "notification_messages" } }), EventKind::Message, None),
        (
            json!({ "reaction": { "mid": "m_o", "action": "react", "reaction": "love", "emoji": "❤" } }),
            EventKind::Reaction,
            Some("❤"),
        ),
        (
            json!({ "reaction": { "mid": "m_o", "action": "unreact", "emoji": "❤" } }),
            EventKind::Reaction,
            None,
        ),
        (
            json!({ "message_edit": { "mid": "m_o", "text": "at six", "num_edit": 2 } }),
            EventKind::Edit,
            Some("at six"),
        ),
        (json!({ "message": { "mid": "m_o", "is_deleted": true } }), EventKind::Unsend, None),
        (json!({ "message": { "mid": "m", "is_unsupported": true } }), EventKind::Unsupported, None),
        (json!({ "message": { "mid": "m" } }), EventKind::Unsupported, None),
        (json!({ "message": { "mid": "m", "text": { "odd": 1 } } }), EventKind::Unsupported, None),
        (json!({ "message": "planted" }), EventKind::Unsupported, None),
        (json!({ "messaging_feedback": { "score": 5 } }), EventKind::Unsupported, None),
        (json!({}), EventKind::Unsupported, None),
    ];
    for (what, kind, text) in cases {
        let message = single(messenger(what.clone()));
        assert_eq!((message.kind, body(&message).as_deref()), (kind, text), "{what}");
        for (name, member) in what.as_object().unwrap() {
            let kept = match member.as_object().filter(|_| name == "message") {
                Some(member) => member.keys().all(|inner| {
                    inner == "mid"
                        || inner == "text" && member["text"].is_string()
                        || extra(&message, &format!("message.{inner}")).is_some()
                }),
                None => extra(&message, name).is_some(),
            };
            assert!(kept, "{what} is not kept");
        }
    }
}

#[test]
fn ing_8_what_shares_a_message_id_has_a_claim_of_its_own() {
    let mut claims = Vec::new();
    for what in [
        json!({ "message": { "mid": "m_o", "text": "at five" } }),
        json!({ "message_edit": { "mid": "m_o", "text": "at six", "num_edit": 1 } }),
        json!({ "message_edit": { "mid": "m_o", "text": "at seven", "num_edit": 2 } }),
        json!({ "message": { "mid": "m_o", "is_deleted": true } }),
    ] {
        let message = single(messenger(what));
        assert_eq!(message.provider_event_id, "m_o");
        claims.push(message.claim_id);
    }
    assert_eq!(claims, ["m_o", "m_o#edit:1", "m_o#edit:2", "m_o#unsend"]);
}

#[test]
fn ing_8_what_has_no_id_gets_the_same_one_however_it_is_written() {
    let id = |text: &str| {
        let request = format!(r#"{{"object":"page","entry":[{{"id":"1","messaging":[{text}]}}]}}"#);
        let read =
            meta::messenger::normalize(&hearthline_engine::raw::Raw::new(request.into_bytes())).unwrap();
        single(read).claim_id
    };
    let one = id(
        r#"{"sender":{"id":"5"},"recipient":{"id":"1"},"timestamp":1772998024123,"postback":{"payload":"p","title":"t"}}"#,
    );
    let same = id(
        r#"{"postback":{"title":"t","payload":"p"},"timestamp":1772998024123,"recipient":{"id":"1"},"sender":{"id":"5"}}"#,
    );
    let later = id(
        r#"{"sender":{"id":"5"},"recipient":{"id":"1"},"timestamp":1772998024124,"postback":{"payload":"p","title":"t"}}"#,
    );
    assert_eq!(one, same);
    assert_ne!(one, later);
}

#[test]
fn ing_5_a_reply_names_the_message_or_story() {
    let answered =
        |to: Value| single(instagram(json!({ "message": { "mid": "m", "text": "oi", "reply_to": to } })));
    assert_eq!(answered(json!({ "mid": "m_0" })).refers_to(), Some("m_0"));
    let story = answered(json!({ "story": { "id": "17900000000000001", "url": "https://x/story" } }));
    assert_eq!(story.refers_to(), Some("17900000000000001"));
    assert!(extra(&story, "message.reply_to").unwrap().contains("https://x/story"));
}

#[test]
fn ing_5_an_echo_swaps_sender_and_recipient() {
    let echo = json!({ "sender": { "id": "1029384756" }, "recipient": { "id": "6543217890" },
        "message": { "mid": "m_e", "text": "STOP", "is_echo": true, "app_id": 7 } });
    let message = single(messenger(echo));
    assert_eq!((message.direction, message.account.as_str()), (Direction::Out, "1029384756"));
    assert_eq!((&message.from, message.to.as_slice()), (&psid("1029384756"), &[psid("6543217890")][..]));
    assert_eq!((message.client(), message.opens_a_lead()), (&psid("6543217890"), false));
    assert_eq!((message.opt_word, message.thread_key()), (None, Some("1029384756|6543217890")));
}

#[test]
fn ing_1_only_what_the_client_wrote_opts_out() {
    let word = |message: Value| single(messenger(json!({ "message": message }))).opt_word;
    assert_eq!(word(json!({ "mid": "m", "text": "Stop." })), Some(OptWord::Stop));
    assert_eq!(word(json!({ "mid": "m", "text": "Cancel", "quick_reply": { "payload": "c" } })), None);
}

#[test]
fn ing_13_receipts_are_of_messages_and_of_conversations() {
    let read =
        messenger(json!({ "delivery": { "mids": ["m_1", "m_2"], "watermark": 1_772_998_024_000_i64 } }));
    let ids: Vec<&str> = read.statuses.iter().map(|status| status.provider_event_id.as_str()).collect();
    assert_eq!(ids, ["m_1", "m_2"]);
    assert!(read.statuses.iter().all(|status| status.status == Delivery::Delivered));
    let [mark] = read.watermarks.try_into().unwrap();
    assert_eq!(
        (mark.client, mark.status, mark.account.as_str()),
        (psid("6543217890"), Delivery::Delivered, "1029384756")
    );
    assert_eq!(mark.until, Timestamp::from_millis(1_772_998_024_000));
    let read = instagram(json!({ "read": { "mid": "m_3" } }));
    assert_eq!((read.statuses[0].status, read.watermarks.len()), (Delivery::Read, 0));
    let read = instagram(json!({ "read": {} }));
    assert_eq!((Err::<(), _>(read.unreadable[0].reason), read.messages.len()), (missing("watermark"), 0));
}

#[test]
fn ing_5_while_another_app_has_the_conversation_its_messages_are_still_read() {
    let events = [
        event(json!({ "message": { "mid": "m_1", "text": "oi" } })),
        json!({ "sender": { "id": "6543217890" }, "recipient": { "id": "1029384756" } }),
    ];
    let mut read = meta::messenger::normalize(&raw(&conversation("page", "standby", &events))).unwrap();
    assert_eq!(read.notices.remove(0).name, "standby");
    let message = single(read);
    assert_eq!(extra(&message, "list").as_deref(), Some("standby"));
}

#[test]
fn ing_5_what_is_about_the_account_is_no_event_of_a_client() {
    for name in
        ["pass_thread_control", "take_thread_control", "app_roles", "policy-enforcement", "account_linking"]
    {
        let read = messenger(json!({ name: { "metadata": "x" } }));
        assert_eq!((read.messages.len(), read.notices[0].name.as_str()), (0, name));
    }
    let changes = json!({ "object": "instagram", "entry": [{ "id": "1", "changes": [{ "field": "comments", "value": {} }] }] });
    let read = meta::instagram::normalize(&raw(&changes)).unwrap();
    assert_eq!((read.notices[0].name.as_str(), read.notices[0].account.as_str()), ("comments", "1"));
}

#[test]
fn idn_2_a_guest_without_an_id_is_known_by_the_reference() {
    let guest = json!({ "sender": { "user_ref": 987 }, "postback": { "title": "Hi" } });
    assert_eq!(single(messenger(guest)).from, psid("user_ref:987"));
    let checkbox = json!({ "recipient": { "id": "1" }, "optin": { "ref": "p", "user_ref": "box" } });
    let read = meta::messenger::normalize(&raw(&conversation("page", "messaging", &[checkbox]))).unwrap();
    assert_eq!(single(read).from, psid("user_ref:box"));
}

#[test]
fn ing_8_each_event_of_a_batch_has_its_own_account_and_fate() {
    let text = |from: &str, to: &str, mid: &str| {
        json!({ "sender": { "id": from }, "recipient": { "id": to },
        "message": { "mid": mid, "text": "oi" } })
    };
    let request = json!({ "object": "page", "entry": [
        { "id": "0", "messaging": [text("a", "p1", "m_1"), {}, text("b", "p1", "m_2"), 7] },
        { "id": "p2", "messaging": [text("a", "p2", "m_1")] },
        "odd", { "id": "p3" }, { "id": "p4", "messaging": {} },
    ] });
    let read = meta::messenger::normalize(&raw(&request)).unwrap();
    let claims: Vec<_> =
        read.messages.iter().map(|message| (message.account.as_str(), message.claim_id.as_str())).collect();
    assert_eq!(claims, [("p1", "m_1"), ("p1", "m_2"), ("p2", "m_1")]);
    assert_eq!(read.unreadable.len(), 5);
    for part in read.unreadable {
        let again: Normalized = meta::messenger::normalize(&part.request).unwrap();
        assert_eq!((again.unreadable.len(), again.messages.len()), (1, 0));
        assert_eq!(again.unreadable[0].reason, part.reason);
    }
}
