//! Sending through WhatsApp: what is asked, what is refused, and what is taken ("Cloud API, Messages").

use serde_json::{Map, Value, json};

use super::{
    account::{Account, Product},
    answers::{Taken, plain},
    ledger::Accepted,
    refusal::Refusal,
    state::State,
};

const TEXT_AT_MOST: usize = 4096;
const CAPTION_AT_MOST: usize = 1024;
const REFERENCE_AT_MOST: usize = 512;
/// The customer service window.
const WINDOW_HOURS: i64 = 24;
/// The code of what is outside of it ("Error codes": re-engagement message).
const OUTSIDE_WINDOW: u32 = 131_047;
/// Types with a file.
const FILES: [&str; 5] = ["image", "audio", "video", "document", "sticker"];

type Object = Map<String, Value>;

fn missing(name: &str) -> Refusal {
    Refusal::parameter(format!("(#100) The parameter {name} is required."))
}

fn wrong(details: impl Into<String>) -> Refusal {
    Refusal::whatsapp(131_009, "Parameter value is not valid", details)
}

fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Takes a message, or says why not. `answered` of its row in the ledger is for the caller to correct.
pub(super) fn take(state: &mut State, account: &Account, asked: &Object) -> Result<Taken, Refusal> {
    if text(asked, "messaging_product") != Some("whatsapp") {
        return Err(missing("messaging_product"));
    }
    if text(asked, "status").is_some() {
        return mark_read(asked);
    }
    let (to, wa_id) = recipient(asked)?;
    let kind = text(asked, "type").unwrap_or("text").to_owned();
    let (words, media) = content(state, account, &kind, asked)?;
    let reference = text(asked, "biz_opaque_callback_data").map(str::to_owned);
    if reference.as_ref().is_some_and(|reference| reference.chars().count() > REFERENCE_AT_MOST) {
        return Err(wrong("biz_opaque_callback_data must be at most 512 characters long"));
    }
    let open = state.silence_hours(account, &wa_id).is_some_and(|hours| hours < WINDOW_HOURS);
    let outside = !open && kind != "template";
    if outside && state.knobs.window_at_once {
        let details = "Message failed to send because more than 24 hours have passed since the customer last replied to this number.";
        return Err(Refusal::whatsapp(OUTSIDE_WINDOW, "Re-engagement message", details));
    }
    let id = state.sent_id(account);
    let mut message = json!({ "id": id });
    if kind == "template" {
        message["message_status"] = json!("accepted");
    }
    state.ledger.accepted.push(Accepted {
        product: Product::Whatsapp,
        account: account.id.clone(),
        id: id.clone(),
        to: to.clone(),
        text: words,
        kind,
        media,
        reference,
        messaging_type: None,
        tag: None,
        answered: true,
    });
    let contact = json!({ "input": to, "wa_id": wa_id });
    let answer = json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [message] });
    Ok(Taken { answer, id: Some(id), fails: outside.then_some(OUTSIDE_WINDOW) })
}

fn mark_read(asked: &Object) -> Result<Taken, Refusal> {
    if text(asked, "status") != Some("read") || text(asked, "message_id").is_none() {
        return Err(missing("message_id"));
    }
    Ok(Taken { answer: json!({ "success": true }), id: None, fails: None })
}

/// As it was asked for, and as WhatsApp knows it: a phone in any spelling, or the id of somebody who shows none.
fn recipient(asked: &Object) -> Result<(String, String), Refusal> {
    if let Some(id) = text(asked, "recipient") {
        return Ok((id.to_owned(), id.to_owned()));
    }
    let to = asked.get("to").map(plain).filter(|to| !to.is_empty()).ok_or_else(|| missing("to"))?;
    let digits: String = to.chars().filter(char::is_ascii_digit).collect();
    let spelled = to.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'));
    if !spelled || !(7..=15).contains(&digits.len()) {
        return Err(wrong("Recipient is not a valid WhatsApp user"));
    }
    Ok((to, digits))
}

/// The words of a message, and its file.
fn content(
    state: &State,
    account: &Account,
    kind: &str,
    asked: &Object,
) -> Result<(String, Option<String>), Refusal> {
    let object = asked.get(kind).and_then(Value::as_object).ok_or_else(|| missing(kind))?;
    match kind {
        "text" => {
            let body = text(object, "body").ok_or_else(|| missing("text['body']"))?;
            at_most(body, TEXT_AT_MOST, "text['body']")?;
            Ok((body.to_owned(), None))
        }
        "template" => {
            let language = object.get("language").and_then(Value::as_object);
            let name = text(object, "name").ok_or_else(|| missing("template['name']"))?;
            language
                .and_then(|language| text(language, "code"))
                .ok_or_else(|| missing("template['language']['code']"))?;
            Ok((name.to_owned(), None))
        }
        "reaction" => {
            text(object, "message_id").ok_or_else(|| missing("reaction['message_id']"))?;
            Ok((text(object, "emoji").unwrap_or_default().to_owned(), None))
        }
        file if FILES.contains(&file) => {
            let caption = text(object, "caption").unwrap_or_default();
            if !caption.is_empty() && matches!(file, "audio" | "sticker") {
                return Err(Refusal::parameter(format!(
                    "(#100) Unexpected key \"caption\" on param \"{file}\"."
                )));
            }
            at_most(caption, CAPTION_AT_MOST, "caption")?;
            Ok((caption.to_owned(), Some(named_file(state, account, file, object)?)))
        }
        _ => Err(Refusal::parameter(format!(
            "(#100) The simulator does not know messages of the type {kind}."
        ))),
    }
}

fn named_file(state: &State, account: &Account, kind: &str, object: &Object) -> Result<String, Refusal> {
    match (text(object, "id"), text(object, "link")) {
        (Some(id), None) => {
            let held = state.media.get(id).is_some_and(|media| media.account.1 == account.id);
            if held { Ok(id.to_owned()) } else { Err(Refusal::no_object(id)) }
        }
        (None, Some(link)) => {
            let url = reqwest::Url::parse(link).ok();
            let fits = url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            if fits { Ok(link.to_owned()) } else { Err(wrong(format!("{kind}['link'] is not a valid URI."))) }
        }
        _ => Err(Refusal::parameter(format!("(#100) {kind} needs either an id or a link."))),
    }
}

fn at_most(text: &str, chars: usize, name: &str) -> Result<(), Refusal> {
    if text.chars().count() > chars {
        let message = format!("(#100) Param {name} must be at most {chars} characters long.");
        return Err(Refusal::parameter(message));
    }
    Ok(())
}
