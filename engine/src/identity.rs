//! Whose message is it? Addresses as providers write them, and the identities that claims are made of (IDN-2, IDN-4).

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of handle an identity is. `Phone` is shared by SMS, calls and WhatsApp ids that are phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind { Phone, Email, Whatsapp, Messenger, Instagram, SmsSender }

/// A sender or recipient: its kind, and its value in normal form (phones: E.164; e-mail: lower case; others verbatim).
///
/// Its `Debug` hides the value, so that no log line carries a phone number or address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    pub kind: IdentityKind,
    pub value: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{:?}(…)", self.kind) }
}
