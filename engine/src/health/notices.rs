//! What providers tell of an account and of no message: limits, quality, the state of templates.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use super::Health;
use crate::{providers::Notice, time::Timestamp};

/// Different names that a connection remembers: those that were told longest ago are forgotten.
const NAMES: usize = 8;
const LONGEST_NAME: usize = 64;
const LONGEST_FACT: usize = 64;

/// The members that can be shown (Meta's "Webhooks reference", WhatsApp Business Account): words of closed lists, limits, and
/// the names that a business gave its own templates. Nobody's number, name or words.
const SHOWN: [&str; 20] = [
    "alert_severity",
    "current_limit",
    "decision",
    "event",
    "max_daily_conversation_per_phone",
    "max_daily_conversations_per_business",
    "max_phone_numbers_per_business",
    "message_template_category",
    "message_template_language",
    "message_template_name",
    "new_category",
    "new_quality_score",
    "old_limit",
    "previous_category",
    "previous_quality_score",
    "reason",
    "restriction_type",
    "violation_type",
    "waba_ban_state",
    "entity_type",
];

/// How often something was told, and the last of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NoticeSeen {
    /// When last.
    pub at: Timestamp,
    /// What was told then.
    pub facts: BTreeMap<String, String>,
    /// How often.
    pub count: u64,
}

impl Health {
    pub(super) fn note_told(&mut self, name: String, told: NoticeSeen) {
        match self.notices.get_mut(&name) {
            Some(standing) => {
                let count = standing.count + told.count;
                if (told.at, &told.facts) > (standing.at, &standing.facts) {
                    *standing = told;
                }
                standing.count = count;
            }
            None => drop(self.notices.insert(name, told)),
        }
        while self.notices.len() > NAMES {
            let oldest = self.notices.iter().min_by_key(|(name, told)| (told.at, *name));
            let Some(oldest) = oldest.map(|(name, _)| name.clone()) else { return };
            self.notices.remove(&oldest);
        }
    }
}

/// The name of a notice and what of it can be shown; nothing if its name is none.
#[must_use]
pub fn facts(notice: &Notice) -> Option<(String, BTreeMap<String, String>)> {
    let named = !notice.name.is_empty() && notice.name.len() <= LONGEST_NAME;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !named || !notice.name.bytes().all(plain) {
        return None;
    }
    let mut found = BTreeMap::new();
    let whole: Option<Value> = serde_json::from_slice(notice.payload.peek()).ok();
    if let Some(told) = whole.as_ref().and_then(|whole| whole.get("value")) {
        collect(told, &mut found, true);
    }
    Some((notice.name.clone(), found))
}

/// Those of an object, and of the objects and lists right below it.
fn collect(told: &Value, found: &mut BTreeMap<String, String>, deeper: bool) {
    let Some(members) = told.as_object() else { return };
    for (name, value) in members {
        if let Some(fact) = fact(value).filter(|_| SHOWN.contains(&name.as_str())) {
            found.entry(name.clone()).or_insert(fact);
        }
        if deeper {
            collect(value, found, false);
            value.as_array().into_iter().flatten().take(NAMES).for_each(|below| collect(below, found, false));
        }
    }
}

/// A word or a number that cannot be somebody's.
fn fact(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | ' ');
    // A number of seven digits could be a phone's.
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (!text.is_empty() && text.chars().count() <= LONGEST_FACT && digits < 7 && text.chars().all(word))
        .then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{health::Seen, raw::Raw};

    fn shown(name: &str, value: &str) -> Option<(String, Vec<String>)> {
        let payload = format!(r#"{{"field": "{name}", "value": {value}}}"#).into_bytes();
        let notice = Notice { account: String::new(), name: name.to_owned(), payload: Raw::new(payload) };
        let (name, found) = facts(&notice)?;
        Some((name, found.into_iter().map(|(name, value)| format!("{name}={value}")).collect()))
    }

    #[test]
    fn ing_12_limits_and_template_states_are_shown_and_nobodys_number_or_words() {
        let of = |name: &str, value: &str| shown(name, value).expect("a name").1;
        assert_eq!(
            of(
                "phone_number_quality_update",
                r#"{"display_phone_number": "16505551111", "event": "FLAGGED", "current_limit": "TIER_10K"}"#
            ),
            ["current_limit=TIER_10K", "event=FLAGGED"]
        );
        assert_eq!(
            of(
                "message_template_status_update",
                r#"{"event": "REJECTED", "message_template_id": 12345678, "message_template_name": "My template", "reason": "SCAM"}"#
            ),
            ["event=REJECTED", "message_template_name=My template", "reason=SCAM"]
        );
        assert_eq!(
            of(
                "account_update",
                r#"{"phone_number": "16505551111", "event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": "1641330498"}]}"#
            ),
            ["event=ACCOUNT_RESTRICTION", "restriction_type=RESTRICTED_BIZ_INITIATED_MESSAGING"]
        );
        assert_eq!(of("account_update", r#"{"event": "call +1 415 555 0100", "reason": "<b>"}"#), [""; 0]);
        assert_eq!(of("odd", "7"), [""; 0]);
        assert_eq!(shown("a name with spaces", "{}"), None);
        assert_eq!(shown("", "{}"), None);
    }

    #[test]
    fn ing_12_the_last_of_each_name_stays_and_names_are_bounded() {
        let mut health = Health::default();
        let told = |n: i64| {
            let facts = BTreeMap::from([("event".to_owned(), format!("E{n}"))]);
            Seen::Told { name: format!("name_{}", n % 12), facts }
        };
        for n in 0..24 {
            health.note(told(n), Timestamp::from_millis(n));
        }
        let names: Vec<&String> = health.notices.keys().collect();
        assert_eq!(names.len(), NAMES, "{names:?}");
        assert_eq!(health.notices["name_11"].facts["event"], "E23");
        health.note(told(11), Timestamp::from_millis(11));
        let last = &health.notices["name_11"];
        assert_eq!(
            (last.facts["event"].as_str(), last.at),
            ("E23", Timestamp::from_millis(23)),
            "late, and older"
        );
    }
}
