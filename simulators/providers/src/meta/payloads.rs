//! The bodies of webhooks, in the forms of Meta's documentation ("Cloud API webhooks", "Messenger Platform webhook events",
//! "Instagram messaging webhooks").

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    account::{Account, Product},
    ledger::Accepted,
};

/// A change of a number of WhatsApp's.
pub(super) fn of_whatsapp(account: &Account, contact: Option<Value>, list: &str, part: Value) -> Value {
    let number = account.display_number.as_deref().unwrap_or("15550000000");
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": number, "phone_number_id": account.id },
        list: [part],
    });
    if let Some(contact) = contact {
        value["contacts"] = json!([contact]);
    }
    let business = account.business_account_id.as_deref().unwrap_or("0");
    json!({
        "object": account.product.object(),
        "entry": [{ "id": business, "changes": [{ "field": "messages", "value": value }] }],
    })
}

/// How far a message of WhatsApp's got.
pub(super) fn status(account: &Account, message: &Accepted, status: &str, error: Option<u32>) -> Value {
    let recipient: String = if message.to.starts_with(char::is_alphabetic) {
        message.to.clone()
    } else {
        message.to.chars().filter(char::is_ascii_digit).collect()
    };
    let mut told = json!({
        "id": message.id,
        "status": status,
        "timestamp": Timestamp::now().as_second().to_string(),
        "recipient_id": recipient,
    });
    if let Some(reference) = &message.reference {
        told["biz_opaque_callback_data"] = json!(reference);
    }
    match error {
        Some(code) => {
            let title = title(code);
            told["errors"] = json!([{
                "code": code,
                "title": title,
                "message": title,
                "error_data": { "details": title },
                "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
            }]);
        }
        None => {
            told["pricing"] = json!({ "billable": true, "pricing_model": "PMP", "category": "service" });
        }
    }
    of_whatsapp(account, None, "statuses", told)
}

/// WhatsApp's words for why a message failed.
fn title(code: u32) -> &'static str {
    match code {
        131_026 => "Message undeliverable",
        131_047 => "Re-engagement message",
        131_049 => "This message was not delivered to maintain healthy ecosystem engagement.",
        131_053 => "Media upload error",
        _ => "Something went wrong",
    }
}

/// An event of a conversation of Messenger's or Instagram's.
pub(super) fn of_conversation(
    account: &Account,
    from: &str,
    to: &str,
    at: Timestamp,
    name: &str,
    told: Value,
) -> Value {
    let at = at.as_millisecond();
    json!({
        "object": account.product.object(),
        "entry": [{
            "id": account.id,
            "time": Timestamp::now().as_millisecond(),
            "messaging": [{ "sender": { "id": from }, "recipient": { "id": to }, "timestamp": at, name: told }],
        }],
    })
}

/// What the account is told of a message that was sent in its name: with the sender's own reference in Messenger, without
/// it in Instagram.
pub(super) fn echo(account: &Account, message: &Accepted, at: Timestamp) -> Value {
    let mut told = json!({ "mid": message.id, "is_echo": true });
    if account.product == Product::Messenger {
        if let Some(app) = account.app_id {
            told["app_id"] = json!(app);
        }
        if let Some(reference) = &message.reference {
            told["metadata"] = json!(reference);
        }
    }
    match &message.media {
        None => told["text"] = json!(message.text),
        Some(url) => told["attachments"] = json!([{ "type": message.kind, "payload": { "url": url } }]),
    }
    of_conversation(account, &account.id, &message.to, at, "message", told)
}

/// A client has it: Messenger alone tells so.
pub(super) fn delivered(account: &Account, message: &Accepted, at: Timestamp) -> Value {
    let told = json!({ "mids": [message.id], "watermark": at.as_millisecond() });
    of_conversation(account, &message.to, &account.id, at, "delivery", told)
}

/// A client has read it: Messenger tells up to when, Instagram which.
pub(super) fn read(account: &Account, message: &Accepted, at: Timestamp) -> Value {
    let told = match account.product {
        Product::Instagram => json!({ "mid": message.id }),
        Product::Messenger | Product::Whatsapp => json!({ "watermark": at.as_millisecond() }),
    };
    of_conversation(account, &message.to, &account.id, at, "read", told)
}
