//! One published payload: its bytes, the rows about it, and the accounts of ours that it names.

use serde_json::Value;
use std::collections::BTreeSet;

use super::index::Row;

/// A payload.
pub struct File {
    pub folder: String,
    pub name: String,
    pub body: Vec<u8>,
    pub rows: Vec<Row>,
}

/// What stands in for an account that a payload does not name.
const UNNAMED: &str = "not-named";

impl File {
    /// Its JSON, if it is some.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body)).ok()
    }

    /// The fields of its form.
    pub fn form(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let pairs = self.body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        let field = |pair: &[u8]| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            (decoded(&pair[..at]), decoded(pair.get(at + 1..).unwrap_or_default()))
        };
        pairs.map(field).collect()
    }

    /// A field of its form as text.
    pub fn field(&self, name: &str) -> Option<String> {
        let found = self.form().into_iter().find(|(known, _)| known == name.as_bytes());
        found.map(|(_, value)| String::from_utf8_lossy(&value).into_owned()).filter(|value| !value.is_empty())
    }

    /// The accounts that its parts are of, the first of them first.
    pub fn accounts(&self) -> Vec<String> {
        let mut accounts = Vec::new();
        let json = self.json().unwrap_or_default();
        for entry in json["entry"].as_array().into_iter().flatten() {
            for change in entry["changes"].as_array().into_iter().flatten() {
                accounts.extend(id(&change["value"]["metadata"]["phone_number_id"]));
            }
            for list in ["messaging", "standby"] {
                for event in entry[list].as_array().into_iter().flatten() {
                    let echo = event["message"]["is_echo"] == true || event["message"]["is_echo"] == "true";
                    let own = if echo { &event["sender"]["id"] } else { &event["recipient"]["id"] };
                    accounts.extend(id(own).or_else(|| id(&entry["id"])));
                }
            }
        }
        let mut seen = BTreeSet::new();
        accounts.retain(|account| usable(account) && seen.insert(account.clone()));
        if accounts.is_empty() {
            accounts.push(UNNAMED.to_owned());
        }
        accounts
    }
}

/// Whether a connection can be made for it.
fn usable(account: &str) -> bool {
    !account.trim().is_empty() && account.len() <= 128
}

/// An id as text, though some senders write numbers.
fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => {
            let text = number.to_string();
            Some(text.strip_suffix(".0").map_or(text.clone(), str::to_owned))
        }
        _ => None,
    }
}

/// A form's value: `+` is a space, `%41` is a byte.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let hex = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        let hex = hex.and_then(|digits| std::str::from_utf8(digits).ok());
        match hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(if byte == b'+' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    out
}
