//! The tables that come with the payloads.

use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

use super::file::File;

/// One row of an INDEX by its columns.
pub type Row = BTreeMap<String, String>;

/// Kinds that are no requests of a provider: answers of its API.
const NO_REQUESTS: &str = "rest-";

/// Every payload of the four folders with its rows.
pub fn files(root: &Path) -> Vec<File> {
    let mut files = Vec::new();
    for folder in ["twilio", "whatsapp", "messenger", "instagram"] {
        let mut rows_of: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for mut row in table(&root.join(folder).join("INDEX.tsv")) {
            let kind = row["kind"].clone();
            row.insert("folder".to_owned(), folder.to_owned());
            if kind != "signature" && !kind.starts_with(NO_REQUESTS) {
                rows_of.entry(row["file"].clone()).or_default().push(row);
            }
        }
        for (name, rows) in rows_of {
            let body = fs::read(root.join(folder).join(&name)).expect("a payload can be read");
            files.push(File { folder: folder.to_owned(), name, body, rows });
        }
    }
    files
}

/// The signature vectors of a folder.
pub fn signatures(folder: &Path) -> Vec<(String, Value)> {
    let mut vectors = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.contains("sig-") && name.ends_with(".json") {
            let text = fs::read(&path).expect("a vector can be read");
            vectors.push((name, serde_json::from_slice(&text).expect("a vector is JSON")));
        }
    }
    vectors
}

/// A tab-separated table with a header; in cells `\n \t \r \\ \0` are escaped.
fn table(path: &Path) -> Vec<Row> {
    let text = fs::read_to_string(path).expect("an INDEX can be read");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("an INDEX has a header").split('\t').collect();
    let row = |line: &str| {
        header
            .iter()
            .zip(line.split('\t'))
            .map(|(name, cell)| ((*name).to_owned(), unescaped(cell)))
            .collect()
    };
    lines.map(row).collect()
}

fn unescaped(cell: &str) -> String {
    let mut out = String::new();
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        out.push(match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => '\n',
            ('\\', Some('t')) => '\t',
            ('\\', Some('r')) => '\r',
            ('\\', Some('0')) => '\0',
            ('\\', Some(other)) => other,
            (other, _) => other,
        });
    }
    out
}
