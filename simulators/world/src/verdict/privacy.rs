//! Planted words and phone numbers stand nowhere in clear: not in the store, not in the stream (PRV-5).

use memchr::memmem;

use super::facts::Facts;
use crate::{drive::PLANTED, running::Durable};

/// What every client's number begins with, and what the addresses of those end with whom people write down.
const ADDRESSES: [&str; 3] = ["164620", "+1646", "@example.org"];

pub(super) fn judge(durable: &Durable, facts: &Facts, broken: &mut Vec<String>) {
    let mut tables: std::collections::BTreeMap<&str, Vec<u8>> = std::collections::BTreeMap::new();
    for (partition, row) in &facts.dump {
        let bytes = tables.entry(partition.table.name()).or_default();
        for part in [&partition.key, &row.key, &row.value] {
            bytes.extend_from_slice(part);
            bytes.push(0);
        }
    }
    let stream = tables.entry("the inbound stream").or_default();
    durable.appended.lock().iter().for_each(|entry| stream.extend_from_slice(entry));
    for (table, bytes) in &tables {
        for word in PLANTED.iter().copied().chain(ADDRESSES) {
            if memmem::find(bytes, word.as_bytes()).is_some() {
                broken.push(format!("{word:?} stands in clear in {table}"));
            }
        }
    }
}
