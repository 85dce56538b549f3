//! Whose message is it? Addresses as providers write them, and the identities that claims are made of (IDN-2, IDN-4).
//!
//! What it promises: one person's address has one normal form, however it was written, so that two messages of one
//! sender make one claim. A sender that is not a phone (short code, alphanumeric id) stays verbatim.
//!
//! What it deliberately does not know: which lead an address belongs to.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Loads the tables of the world's numbering plans, which otherwise the first message has to wait for (about a tenth of a
/// second). A process calls it once, before it takes messages; nothing else depends on it.
pub fn load_phone_tables() {
    std::sync::LazyLock::force(&PHONE_NUMBER_UTIL);
}

/// What kind of handle an identity is. `Phone` is shared by SMS, calls and WhatsApp ids that are phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// E.164, with its plus sign.
    Phone,
    /// In normal form, see [`Address::email`].
    Email,
    /// A WhatsApp id that is no phone number.
    Whatsapp,
    /// A page-scoped id.
    Messenger,
    /// An account-scoped id.
    Instagram,
    /// A short code or alphanumeric sender id of an SMS.
    SmsSender,
}

/// A sender or recipient: its kind, and its value in normal form (phones: E.164; e-mail: lower case; others verbatim).
///
/// Its `Debug` hides the value, so that no log line carries a phone number or address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// What it is.
    pub kind: IdentityKind,
    /// In normal form.
    pub value: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}(…)", self.kind)
    }
}

/// Why an address could not be read. Says nothing of what was in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableAddress {
    /// There is nothing in it.
    #[error("the address is empty")]
    Empty,
    /// Longer than any address.
    #[error("the address is longer than {MAX_CHARS} characters")]
    TooLong,
    /// Not a phone number that can be told from others: no known country, too short or too long.
    #[error("the address is not a phone number")]
    NotAPhone,
    /// Not an e-mail address.
    #[error("the address is not an e-mail address")]
    NotAnEmail,
    /// Control characters.
    #[error("the address has control characters")]
    ControlCharacters,
}

/// No address is longer: e-mail stops at 254 (RFC 5321), phones at 15 digits.
const MAX_CHARS: usize = 320;

/// Digits alone up to this many are a short code and not somebody's national number.
const SHORT_CODE_DIGITS: usize = 6;

/// The region whose national number format is meant where a number has no country code: that of the connection's own
/// number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HomeRegion(Region);

impl HomeRegion {
    /// The region of a number in E.164 form; `None` when it has none (international freephone and the like).
    #[must_use]
    pub fn of_number(e164: &str) -> Option<Self> {
        let number = PHONE_NUMBER_UTIL.parse(e164, None).ok()?;
        PHONE_NUMBER_UTIL
            .get_region_for_number(&number)
            .or_else(|| PHONE_NUMBER_UTIL.get_region_for_country_code(number.country_code))
            .and_then(Self::with_numbering_plan)
    }
    /// From an ISO 3166-1 alpha-2 code; `None` when no numbering plan is known for it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        code.parse().ok().and_then(Self::with_numbering_plan)
    }

    /// The world (region 001) and territories without a plan of their own have no national format.
    fn with_numbering_plan(region: Region) -> Option<Self> {
        PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|_| Self(region))
    }
}

impl Address {
    /// The sender of an SMS as a provider writes it: a phone (E.164, or national in the `home` region), or whatever else
    /// can send one: a short code, an alphanumeric sender id, a number of no known plan. Those are kept verbatim: they
    /// have no country, and nothing may be read into them.
    ///
    /// # Errors
    /// There is no sender in it.
    pub fn sms_sender(raw: &str, home: Option<HomeRegion>) -> Result<Self, UnreadableAddress> {
        let text = readable(raw)?;
        if let Some(whatsapp) = strip_prefix_ignoring_case(text, "whatsapp:") {
            return Self::whatsapp(whatsapp, home);
        }
        let short_code = text.len() <= SHORT_CODE_DIGITS && text.chars().all(|c| c.is_ascii_digit());
        let alphanumeric = text.chars().any(char::is_alphabetic);
        match parse(text, home) {
            Ok(number) if !short_code && !alphanumeric && is_meant(text, &number) => {
                Ok(Self::of_number(&number))
            }
            Ok(_) | Err(_) => Ok(Self { kind: IdentityKind::SmsSender, value: text.to_owned() }),
        }
    }

    /// A WhatsApp id as Twilio writes it after its prefix: a phone shares its identity with SMS and calls; other ids are
    /// opaque.
    fn whatsapp(id: &str, home: Option<HomeRegion>) -> Result<Self, UnreadableAddress> {
        let id = readable(id)?;
        if !id.chars().any(char::is_alphabetic)
            && let Ok(phone) = Self::phone(id, home)
        {
            return Ok(phone);
        }
        Ok(Self { kind: IdentityKind::Whatsapp, value: id.to_owned() })
    }

    /// A WhatsApp id as Meta writes it: the digits of a phone with its country code and without a plus sign, which share
    /// their identity with SMS and calls; or the id of somebody who shows no phone, which is opaque.
    ///
    /// # Errors
    /// There is nothing readable in it.
    pub fn whatsapp_id(id: &str) -> Result<Self, UnreadableAddress> {
        let id = readable(id)?;
        let international = format!("+{id}");
        if id.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(number) = parse(&international, None)
        {
            // Where digits were dropped as a prefix, what is left must be a number that there is.
            let phone = Self::of_number(&number);
            if phone.value == international || PHONE_NUMBER_UTIL.is_valid_number(&number) {
                return Ok(phone);
            }
        }
        Ok(Self { kind: IdentityKind::Whatsapp, value: id.to_owned() })
    }

    /// The id of somebody at a chat provider, scoped to one of our accounts there: opaque, and kept verbatim.
    ///
    /// # Errors
    /// There is nothing readable in it.
    pub fn opaque(kind: IdentityKind, id: &str) -> Result<Self, UnreadableAddress> {
        Ok(Self { kind, value: readable(id)?.to_owned() })
    }

    /// A phone number in any usual spelling, as E.164. Numbers that no plan has assigned yet are taken: they are
    /// somebody's sender id, and plans grow faster than tables of them.
    ///
    /// # Errors
    /// It can't be told which number is meant.
    pub fn phone(raw: &str, home: Option<HomeRegion>) -> Result<Self, UnreadableAddress> {
        parse(readable(raw)?, home).map(|number| Self::of_number(&number))
    }

    fn of_number(number: &PhoneNumber) -> Self {
        let value = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164).into_owned();
        Self { kind: IdentityKind::Phone, value }
    }

    /// An e-mail address in normal form: lower case, without white space around it. Dots and `+tags` stay: whether they
    /// mean the same mailbox is the provider's business, and to guess wrong would merge two people.
    ///
    /// # Errors
    /// It has not the form `local@domain`.
    pub fn email(raw: &str) -> Result<Self, UnreadableAddress> {
        let text = readable(raw)?;
        let (local, domain) = text.rsplit_once('@').ok_or(UnreadableAddress::NotAnEmail)?;
        let domain = domain.strip_suffix('.').unwrap_or(domain);
        let spaced = |part: &str| part.chars().any(char::is_whitespace);
        let empty_label = domain.split('.').any(str::is_empty);
        if local.is_empty() || spaced(local) || spaced(domain) || empty_label || domain.contains('<') {
            return Err(UnreadableAddress::NotAnEmail);
        }
        let value = format!("{}@{}", local.to_lowercase(), domain.to_lowercase());
        Ok(Self { kind: IdentityKind::Email, value })
    }
}

fn parse(text: &str, home: Option<HomeRegion>) -> Result<PhoneNumber, UnreadableAddress> {
    PHONE_NUMBER_UTIL.parse(text, home.map(|home| home.0)).map_err(|_| UnreadableAddress::NotAPhone)
}

/// Whether a sender that parses as a number is one: with its country code always, without it only if the home region
/// has such a number. (Carriers have codes of their own that would otherwise become somebody's phone.)
fn is_meant(text: &str, number: &PhoneNumber) -> bool {
    text.starts_with('+') || PHONE_NUMBER_UTIL.is_valid_number(number)
}

/// The text without white space around it, if there is any and not too much.
fn readable(raw: &str) -> Result<&str, UnreadableAddress> {
    let text = raw.trim();
    if text.is_empty() {
        return Err(UnreadableAddress::Empty);
    }
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(UnreadableAddress::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(UnreadableAddress::ControlCharacters);
    }
    Ok(text)
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// A phone number as people read it: `+1-XXX-XXX-XXXX` in North America, the international format elsewhere; what is
/// no phone number stays as it is.
#[must_use]
pub fn display_phone(e164: &str) -> String {
    let Ok(number) = PHONE_NUMBER_UTIL.parse(e164, None) else { return e164.to_owned() };
    let national = e164.strip_prefix("+1").filter(|rest| rest.len() == 10 && rest.is_ascii());
    match national {
        Some(rest) => format!("+1-{}-{}-{}", &rest[..3], &rest[3..6], &rest[6..]),
        None => PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::International).into_owned(),
    }
}
