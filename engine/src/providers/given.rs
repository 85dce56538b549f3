//! A message whose sender can't be read, with the sender whom a person names for it (IDN-5).
//!
//! What it promises: nothing else of the request changes, so that it is read as if its provider had named that sender; and
//! that only where an address of that kind writes on that channel. What it deliberately does not know: who names them.

use std::fmt::Write;

use super::{form, meta};
use crate::{
    identity::{Address, IdentityKind},
    raw::Raw,
};

/// The request with this sender in the place of one that can't be read. None: it is no request with one part alone that
/// somebody of that kind of address could have written.
#[must_use]
pub fn with_sender(body: &Raw<Vec<u8>>, sender: &Address) -> Option<Raw<Vec<u8>>> {
    meta::given::with_sender(body, sender).or_else(|| given_to_form(body.peek(), sender)).map(Raw::new)
}

/// Addresses of every kind, of nobody: whether a sender is all that a request lacks is found by naming one.
#[must_use]
pub fn anybody() -> [Address; 4] {
    let address = |kind, value: &str| Address { kind, value: value.to_owned() };
    [
        address(IdentityKind::Phone, "+12125550100"),
        address(IdentityKind::Messenger, "1"),
        address(IdentityKind::Instagram, "1"),
        address(IdentityKind::SmsSender, "1"),
    ]
}

/// Twilio's: the field `From`, with its prefix where the other side has it.
fn given_to_form(body: &[u8], sender: &Address) -> Option<Vec<u8>> {
    let fields = form::fields(body);
    let value_of =
        |name: &[u8]| fields.iter().find(|(known, _)| known.as_ref() == name).map(|(_, value)| value);
    value_of(b"MessageSid").or_else(|| value_of(b"SmsMessageSid")).or_else(|| value_of(b"SmsSid"))?;
    let whatsapp =
        value_of(b"To").and_then(|to| to.get(..9)).is_some_and(|to| to.eq_ignore_ascii_case(b"whatsapp:"));
    let writes_here = match sender.kind {
        IdentityKind::Phone => true,
        IdentityKind::Whatsapp => whatsapp,
        IdentityKind::SmsSender => !whatsapp,
        IdentityKind::Email | IdentityKind::Messenger | IdentityKind::Instagram => false,
    };
    if !writes_here {
        return None;
    }
    let kept = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let kept =
        kept.filter(|pair| form::fields(pair).first().is_none_or(|(name, _)| name.as_ref() != b"From"));
    let mut given = kept.collect::<Vec<_>>().join(&b'&');
    let from = format!("{}{}", if whatsapp { "whatsapp:" } else { "" }, sender.value);
    let mut field = String::from("&From=");
    for byte in from.bytes() {
        write!(field, "%{byte:02X}").expect("a string takes all");
    }
    given.extend(field.into_bytes());
    Some(given)
}
