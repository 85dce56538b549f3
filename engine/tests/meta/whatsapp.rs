//! WhatsApp Cloud API.

use super::{
    body, extra, missing, opened, raw, single, whatsapp, whatsapp_change, whatsapp_message, whatsapp_request,
};
use hearthline_engine::{
    identity::{Address, IdentityKind},
    message::{Channel, Delivery, Direction, EventKind, OptWord, Provider},
    providers::{
        UnreadablePart,
        meta::{split::parts, whatsapp::normalize},
    },
    raw::Raw,
    time::Timestamp,
};
use serde_json::{Value, json};

fn phone(value: &str) -> Address {
    Address { kind: IdentityKind::Phone, value: value.to_owned() }
}

#[test]
fn ing_9_a_text_becomes_the_canonical_event() {
    let message = whatsapp_message("text", json!({ "body": "Is the flat on Rua Áurea free?" }));
    assert_eq!(
        (message.channel, message.kind, message.direction, message.provider),
        (Channel::Whatsapp, EventKind::Message, Direction::In, Provider::Meta)
    );
    assert_eq!(message.account, "106540352242922");
    assert_eq!((message.provider_event_id.as_str(), message.claim_id.as_str()), ("wamid.A", "wamid.A"));
    assert_eq!(
        (&message.from, message.to.as_slice()),
        (&phone("+16505551234"), &[phone("+15550783881")][..])
    );
    assert_eq!(message.profile_name.as_deref(), Some("Sheena Nelson"));
    assert_eq!(message.occurred_at, Some(Timestamp::from_millis(1_749_416_383_000)));
    assert_eq!(message.thread_key(), Some("106540352242922|16505551234"));
    assert_eq!(body(&message).as_deref(), Some("Is the flat on Rua Áurea free?"));
    assert!(message.opens_a_lead());
}

#[test]
fn ing_5_every_file_is_listed_before_it_is_fetched() {
    for kind in ["image", "audio", "video", "document", "sticker"] {
        let media = json!({ "id": "24230790383178626", "mime_type": "x/y", "sha256": "3f9d=", "caption": "the plan",
            "filename": "plan.pdf" });
        let message = whatsapp_message(kind, media);
        assert_eq!(
            (message.kind, body(&message).as_deref()),
            (EventKind::Message, Some("the plan")),
            "{kind}"
        );
        let [file] = opened(&message).attachments.try_into().unwrap();
        assert_eq!((file.kind.as_deref(), file.url.as_str()), (Some(kind), ""));
        assert_eq!(
            (file.media_id.as_deref(), file.sha256.as_deref()),
            (Some("24230790383178626"), Some("3f9d="))
        );
        assert_eq!((file.mime_type.as_deref(), file.filename.as_deref()), (Some("x/y"), Some("plan.pdf")));
    }
}

#[test]
fn ing_5_every_other_type_is_what_it_is() {
    let cases = [
        ("location", json!({ "latitude": 38.7, "longitude": -9.1 }), EventKind::Location, None),
        ("contacts", json!([{ "name": { "formatted_name": "Rui" } }]), EventKind::Contacts, None),
        ("button", json!({ "text": "Yes", "payload": "yes" }), EventKind::Message, Some("Yes")),
        ("order", json!({ "catalog_id": "c", "text": "for Sunday" }), EventKind::Message, Some("for Sunday")),
        ("system", json!({ "body": "A changed number" }), EventKind::Message, Some("A changed number")),
        ("request_welcome", json!({}), EventKind::Message, None),
        ("poll", json!({ "question": "which one?" }), EventKind::Unsupported, None),
        ("unsupported", json!({ "type": "poll" }), EventKind::Unsupported, None),
    ];
    for (kind, member, expected, text) in cases {
        let message = whatsapp_message(kind, member.clone());
        assert_eq!((message.kind, body(&message).as_deref()), (expected, text), "{kind}");
        assert_eq!(extra(&message, kind), Some(member.to_string()), "{kind} is not kept");
        assert_eq!(extra(&message, "type").as_deref(), Some(kind));
    }
    for (kind, text) in [
        (
            json!({ "type": "button_reply", "button_reply": { "id": "b", "title": "Approve" } }),
            Some("Approve"),
        ),
        (
            json!({ "type": "list_reply", "list_reply": { "id": "l", "title": "Two rooms" } }),
            Some("Two rooms"),
        ),
        (
            json!({ "type": "nfm_reply", "nfm_reply": { "body": "Sent", "response_json": "{}" } }),
            Some("Sent"),
        ),
        (json!({ "type": "call_permission_reply", "call_permission_reply": { "response": "accept" } }), None),
    ] {
        let message = whatsapp_message("interactive", kind);
        assert_eq!((message.kind, body(&message).as_deref()), (EventKind::Message, text));
    }
}

#[test]
fn ing_5_reactions_edits_and_unsends_name_their_message() {
    let reaction = whatsapp_message("reaction", json!({ "message_id": "wamid.O", "emoji": "👍" }));
    assert_eq!((reaction.kind, reaction.refers_to()), (EventKind::Reaction, Some("wamid.O")));
    assert_eq!(body(&reaction).as_deref(), Some("👍"));
    for removal in [json!({ "message_id": "wamid.O", "emoji": "" }), json!({ "message_id": "wamid.O" })] {
        let removal = whatsapp_message("reaction", removal);
        assert_eq!((removal.kind, body(&removal)), (EventKind::Reaction, None));
    }
    let words = json!({ "type": "image", "image": { "id": "1", "caption": "new words" } });
    let edit = whatsapp_message("edit", json!({ "original_message_id": "wamid.O", "message": words }));
    assert_eq!((edit.kind, edit.refers_to()), (EventKind::Edit, Some("wamid.O")));
    assert_eq!((body(&edit).as_deref(), opened(&edit).attachments.len()), (Some("new words"), 0));
    let unsend = whatsapp_message("revoke", json!({ "original_message_id": "wamid.O" }));
    assert_eq!((unsend.kind, unsend.refers_to()), (EventKind::Unsend, Some("wamid.O")));
    for event in [reaction, edit, unsend] {
        assert_eq!(event.claim_id, "wamid.A");
        assert!(!event.opens_a_lead());
    }
}

#[test]
fn idn_2_a_whatsapp_id_that_is_a_phone_claims_the_phone() {
    let from = |id: &str| {
        single(whatsapp(
            json!({ "messages": [{ "from": id, "id": "w", "type": "text", "text": { "body": "oi" } }] }),
        ))
        .from
    };
    assert_eq!(from("351912345678"), phone("+351912345678"));
    let opaque = |id: &str| Address { kind: IdentityKind::Whatsapp, value: id.to_owned() };
    assert_eq!(from("US.13491208655302741918"), opaque("US.13491208655302741918"));
    assert_eq!(from("1"), opaque("1"));
    assert_eq!(from("1111111111111"), opaque("1111111111111"));
    assert_eq!(from("120363418770915618@g.us"), opaque("120363418770915618@g.us"));
}

#[test]
fn idn_2_somebody_without_a_phone_is_found_by_their_other_id() {
    let opaque = |id: &str| Address { kind: IdentityKind::Whatsapp, value: id.to_owned() };
    let text = json!({ "id": "w", "type": "text", "text": { "body": "oi" }, "from_user_id": "CO.1" });
    assert_eq!(single(whatsapp(json!({ "messages": [text] }))).from, opaque("CO.1"));
    let contact = json!({ "profile": { "name": "Julian" }, "user_id": "CO.2" });
    let unnamed = json!({ "id": "w", "type": "text", "text": { "body": "oi" } });
    let message = single(whatsapp(json!({ "contacts": [contact], "messages": [unnamed] })));
    assert_eq!((message.from, message.profile_name.as_deref()), (opaque("CO.2"), Some("Julian")));
    let contacts = json!([{ "user_id": "CO.2" }, { "user_id": "CO.3" }]);
    let nobodys = whatsapp(json!({ "contacts": contacts, "messages": [unnamed] }));
    assert_eq!((nobodys.messages.len(), nobodys.unreadable.len()), (0, 1));
    assert_eq!(Err::<(), _>(nobodys.unreadable[0].reason), missing("from"));
}

#[test]
fn ing_10_a_message_kept_alone_takes_no_name_of_somebody_who_may_be_another() {
    let said =
        |from: &str, id: &str| json!({ "from": from, "id": id, "type": "text", "text": { "body": "oi" } });
    let named = |messages: &[Value]| {
        let contacts = json!([{ "profile": { "name": "Maria" }, "wa_id": "2755977775050" }]);
        raw(&whatsapp_request(&[whatsapp_change(json!({ "contacts": contacts, "messages": messages }))]))
    };
    let names = |request: &Raw<Vec<u8>>| -> Vec<Option<String>> {
        let read = normalize(request).unwrap();
        read.messages.into_iter().map(|message| message.profile_name).collect()
    };
    let one = named(&[said("5511955550100", "w1")]);
    assert_eq!(names(&one), [Some("Maria".to_owned())], "by another id, and nobody else can be meant");
    assert_eq!(names(&parts(&one)[0]), [Some("Maria".to_owned())]);
    let two = named(&[said("5511955550100", "w1"), said("5511955550101", "w2")]);
    assert_eq!(names(&two), [None, None]);
    for part in parts(&two) {
        assert_eq!(names(&part), [None]);
    }
}

#[test]
fn ing_5_an_echo_is_to_the_client_and_opens_no_lead() {
    let echo = json!({ "from": "15550783881", "to": "16505551234", "id": "wamid.E", "timestamp": "1749416383",
        "type": "text", "text": { "body": "stop" } });
    let message = single(whatsapp(json!({ "message_echoes": [echo] })));
    assert_eq!((message.direction, message.opt_word), (Direction::Out, None));
    assert_eq!(
        (&message.from, message.to.as_slice()),
        (&phone("+15550783881"), &[phone("+16505551234")][..])
    );
    assert_eq!((message.client(), message.opens_a_lead()), (&phone("+16505551234"), false));
    assert_eq!(
        (message.profile_name.as_deref(), message.thread_key()),
        (None, Some("106540352242922|16505551234"))
    );
}

#[test]
fn ing_1_only_what_the_client_wrote_opts_out() {
    let word = |kind, member| whatsapp_message(kind, member).opt_word;
    assert_eq!(word("text", json!({ "body": "STOP" })), Some(OptWord::Stop));
    assert_eq!(word("text", json!({ "body": "stop by at five" })), None);
    assert_eq!(word("button", json!({ "text": "Cancel" })), None);
    assert_eq!(word("image", json!({ "caption": "stop" })), None);
}

#[test]
fn ing_13_statuses_tell_how_far_a_message_got() {
    let words = [
        ("sent", Delivery::Sent),
        ("delivered", Delivery::Delivered),
        ("read", Delivery::Read),
        ("played", Delivery::Read),
        ("failed", Delivery::Failed),
        ("RINGING", Delivery::Unknown),
    ];
    for (word, delivery) in words {
        let status = json!({ "id": "wamid.S", "status": word, "timestamp": "1749416383", "recipient_id": "16505551234",
            "errors": [{ "code": 131_053, "title": "Media upload error" }] });
        let read = whatsapp(json!({ "statuses": [status] }));
        let [status] = read.statuses.try_into().unwrap();
        assert_eq!((status.status, status.provider_status), (delivery, word.to_lowercase()));
        assert_eq!(
            (status.provider_event_id.as_str(), status.error_code.as_deref()),
            ("wamid.S", Some("131053"))
        );
        assert_eq!(status.recipient, Some(phone("+16505551234")));
        assert!(read.messages.is_empty());
    }
}

#[test]
fn ing_5_a_call_is_one_event_and_its_end_another() {
    let call = |event: &str| {
        json!({ "id": "wacid.1", "from": "16505551234", "to": "15550783881", "event": event,
        "direction": "USER_INITIATED", "timestamp": "1749416383" })
    };
    let read = whatsapp(json!({ "calls": [call("connect"), call("terminate")] }));
    let [begin, end] = read.messages.try_into().unwrap();
    assert_eq!(
        (begin.kind, begin.claim_id.as_str(), begin.direction),
        (EventKind::Call, "wacid.1", Direction::In)
    );
    assert_eq!(
        (end.kind, end.claim_id.as_str(), end.refers_to()),
        (EventKind::Outcome, "wacid.1#terminate", Some("wacid.1"))
    );
    assert_eq!(end.provider_event_id, "wacid.1");
    assert_eq!((begin.opens_a_lead(), end.opens_a_lead()), (true, false));
}

#[test]
fn ing_8_each_part_of_a_request_has_its_own_account_and_fate() {
    let text =
        |from: &str, id: &str| json!({ "from": from, "id": id, "type": "text", "text": { "body": "oi" } });
    let other = json!({ "field": "messages", "value": { "metadata": { "phone_number_id": "2" },
        "messages": [text("447911123456", "wamid.3"), 7, text("\u{0}", "wamid.4")] } });
    let ours = json!({ "messages": [text("16505551234", "wamid.1"), text("351912345678", "wamid.2")] });
    let about = json!({ "field": "account_update", "value": { "event": "ACCOUNT_VIOLATION" } });
    let request = whatsapp_request(&[whatsapp_change(ours), other, about, json!({ "field": "x" })]);
    let read = normalize(&raw(&request)).unwrap();
    let claims: Vec<_> =
        read.messages.iter().map(|message| (message.account.as_str(), message.claim_id.as_str())).collect();
    assert_eq!(claims, [("106540352242922", "wamid.1"), ("106540352242922", "wamid.2"), ("2", "wamid.3")]);
    assert_eq!(
        read.notices.iter().map(|notice| notice.name.as_str()).collect::<Vec<_>>(),
        ["account_update"]
    );
    let accounts: Vec<&str> = read.unreadable.iter().map(|part| part.account.as_str()).collect();
    assert_eq!(accounts, ["2", "2", ""]);
    // Each can be read again by itself, with the same verdict and nothing else in it.
    for part in read.unreadable {
        let again = normalize(&part.request).unwrap();
        let [UnreadablePart { reason, .. }] = again.unreadable.as_slice() else { panic!("not one part") };
        assert_eq!((*reason, again.messages.len()), (part.reason, 0));
    }
}

#[test]
fn ing_8_the_past_that_a_phone_brings_along_makes_no_events() {
    let past = json!({ "messages": [{ "from": "16505551234", "id": "w", "type": "text", "text": { "body": "oi" } }] });
    let mut change = whatsapp_change(past);
    change["field"] = json!("history");
    let read = normalize(&raw(&whatsapp_request(&[change]))).unwrap();
    assert_eq!((read.messages.len(), read.notices.len()), (0, 1));
}
