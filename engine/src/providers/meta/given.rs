//! Meta's requests with a sender that a person names, see [`crate::providers::given`].

use serde_json::Value;

use super::json;
use crate::{
    identity::{Address, IdentityKind},
    raw::Raw,
};

/// The request with this sender; none if it is none of Meta's, or nobody of that kind writes there.
pub(in crate::providers) fn with_sender(body: &Raw<Vec<u8>>, sender: &Address) -> Option<Vec<u8>> {
    let Ok(Value::Object(mut request)) = json::read(body.peek()) else { return None };
    give(&mut request, sender)?;
    Some(Value::Object(request).to_string().into_bytes())
}

/// Of WhatsApp the message's `from`, elsewhere the event's `sender`.
fn give(request: &mut json::Object, sender: &Address) -> Option<()> {
    let object = request.get("object").and_then(Value::as_str)?.to_owned();
    let entry = only(request.get_mut("entry")?)?.as_object_mut()?;
    match object.as_str() {
        "whatsapp_business_account" => {
            let id = match sender.kind {
                IdentityKind::Phone => sender.value.trim_start_matches('+'),
                IdentityKind::Whatsapp => &sender.value,
                IdentityKind::Email
                | IdentityKind::Messenger
                | IdentityKind::Instagram
                | IdentityKind::SmsSender => return None,
            };
            let change = only(entry.get_mut("changes")?)?.get_mut("value")?;
            let message = only(change.get_mut("messages")?)?.as_object_mut()?;
            message.insert("from".to_owned(), Value::from(id));
        }
        "page" | "instagram" => {
            let here = if object == "page" { IdentityKind::Messenger } else { IdentityKind::Instagram };
            let list = ["messaging", "standby"].into_iter().find(|list| entry.contains_key(*list))?;
            let event = only(entry.get_mut(list)?)?.as_object_mut()?;
            let echo = event.get("message").and_then(Value::as_object);
            if sender.kind != here || echo.is_some_and(|message| json::flag(message, "is_echo")) {
                return None;
            }
            event.insert("sender".to_owned(), serde_json::json!({"id": sender.value}));
        }
        _other => return None,
    }
    Some(())
}

/// The one item of a list that has no other.
fn only(list: &mut Value) -> Option<&mut Value> {
    match list.as_array_mut()?.as_mut_slice() {
        [only] => Some(only),
        [] | [_, ..] => None,
    }
}
