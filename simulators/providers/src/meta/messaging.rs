//! Sending through Messenger and Instagram: what is asked, what is refused, and what is taken ("Send API", "Instagram
//! messaging, Send messages").

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    account::{Account, Product},
    answers::{Taken, plain},
    ledger::Accepted,
    refusal::Refusal,
    state::State,
};

/// Characters of a text to a person of Messenger's, bytes of one to Instagram's.
const MESSENGER_AT_MOST_CHARS: usize = 2000;
const INSTAGRAM_AT_MOST_BYTES: usize = 1000;
const METADATA_AT_MOST: usize = 1000;
/// The standard messaging window, and that of a person who answers by hand ("Human agent").
const WINDOW_HOURS: i64 = 24;
const HUMAN_AGENT_HOURS: i64 = 7 * 24;
const FILES: [&str; 4] = ["image", "audio", "video", "file"];

type Object = Map<String, Value>;

/// Takes a message, or says why not. `answered` of its row in the ledger is for the caller to correct.
pub(super) fn take(state: &mut State, account: &Account, asked: &Object) -> Result<Taken, Refusal> {
    let to = asked.get("recipient").and_then(|recipient| recipient.get("id")).map(plain);
    let to = to.ok_or_else(|| Refusal::parameter("(#100) The parameter recipient is required"))?;
    if asked.contains_key("sender_action") {
        return Ok(Taken { answer: json!({ "recipient_id": to }), id: None, fails: None });
    }
    let message = asked.get("message").and_then(Value::as_object);
    let message = message.ok_or_else(|| Refusal::parameter("(#100) The parameter message is required"))?;
    let (kind, text, media) = content(account.product, message)?;
    let messaging_type = asked.get("messaging_type").map_or_else(|| "RESPONSE".to_owned(), plain);
    let tag = asked.get("tag").map(plain);
    check_window(state, account, &to, &messaging_type, tag.as_deref())?;
    let reference = message.get("metadata").map(plain);
    if reference.as_ref().is_some_and(|reference| reference.chars().count() > METADATA_AT_MOST) {
        return Err(Refusal::parameter(
            "(#100) Param message[metadata] must be at most 1000 characters long.",
        ));
    }
    let id = state.sent_id(account);
    state.ledger.accepted.push(Accepted {
        product: account.product,
        account: account.id.clone(),
        id: id.clone(),
        to: to.clone(),
        text,
        kind,
        media,
        reference,
        messaging_type: Some(messaging_type),
        tag,
        answered: true,
    });
    let answer = json!({ "recipient_id": to, "message_id": id });
    Ok(Taken { answer, id: Some(id), fails: None })
}

fn content(product: Product, message: &Object) -> Result<(String, String, Option<String>), Refusal> {
    let text = message.get("text").and_then(Value::as_str).filter(|text| !text.is_empty());
    match (text, message.get("attachment")) {
        (Some(_), Some(_)) => {
            Err(Refusal::parameter("(#100) Cannot have both text and attachment in a message")
                .with_subcode(2_018_034))
        }
        (None, None) => {
            Err(Refusal::parameter("(#100) Message cannot be empty, must provide valid attachment or text")
                .with_subcode(2_018_034))
        }
        (Some(text), None) => {
            let (length, at_most) = match product {
                Product::Instagram => (text.len(), INSTAGRAM_AT_MOST_BYTES),
                Product::Messenger | Product::Whatsapp => (text.chars().count(), MESSENGER_AT_MOST_CHARS),
            };
            if length > at_most {
                let message =
                    format!("(#100) Length of param message[text] must be less than or equal to {at_most}");
                return Err(Refusal::parameter(message));
            }
            Ok(("text".to_owned(), text.to_owned(), None))
        }
        (None, Some(attachment)) => {
            let kind = attachment.get("type").map(plain).unwrap_or_default();
            let url = attachment.get("payload").and_then(|payload| payload.get("url")).map(plain);
            let url = url.ok_or_else(|| Refusal::parameter("(#100) Invalid attachment: no URL"))?;
            if !FILES.contains(&kind.as_str()) {
                return Err(Refusal::parameter(format!("(#100) Unsupported attachment type {kind}")));
            }
            Ok((kind, String::new(), Some(url)))
        }
    }
}

fn check_window(
    state: &State,
    account: &Account,
    to: &str,
    messaging_type: &str,
    tag: Option<&str>,
) -> Result<(), Refusal> {
    let key = (account.product, account.id.clone(), to.to_owned());
    if !state.heard.contains_key(&key) && !state.knobs.closed_windows.contains(to) {
        return Err(match account.product {
            Product::Instagram => {
                let refusal = Refusal::parameter("The requested user cannot be found.");
                Refusal { kind: "IGApiException", ..refusal }.with_subcode(2_534_014)
            }
            Product::Messenger | Product::Whatsapp => {
                Refusal::parameter("(#100) No matching user found").with_subcode(2_018_001)
            }
        });
    }
    let hours = match (messaging_type, tag) {
        ("MESSAGE_TAG", Some("HUMAN_AGENT")) => HUMAN_AGENT_HOURS,
        ("MESSAGE_TAG", _) => return Err(Refusal::parameter("(#100) Tag must be a valid message tag")),
        ("RESPONSE" | "UPDATE", _) => WINDOW_HOURS,
        _ => {
            return Err(Refusal::parameter(
                "(#100) Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}",
            ));
        }
    };
    if state.silence_hours(account, to).is_some_and(|silence| silence < hours) {
        return Ok(());
    }
    let message = "This message is sent outside of allowed window.";
    Err(match account.product {
        Product::Instagram => {
            let refusal = Refusal::bad(10, message).with_subcode(2_534_022);
            Refusal { kind: "IGApiException", status: StatusCode::FORBIDDEN, ..refusal }
        }
        Product::Messenger | Product::Whatsapp => {
            Refusal::bad(10, format!("(#10) {message}")).with_subcode(2_018_278)
        }
    })
}
