//! Tables of figures, as text and as Markdown: they are the same.

use anyhow::Context as _;
use std::{fmt::Write as _, io::Write as _};

use crate::Setup;

/// One table.
pub struct Table {
    pub title: String,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
    /// What a reader must know to trust it.
    pub note: String,
}

impl Table {
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "\n### {}\n\n| {} |\n|{}\n",
            self.title,
            self.columns.join(" | "),
            " --- |".repeat(self.columns.len())
        );
        for row in &self.rows {
            writeln!(text, "| {} |", row.join(" | ")).expect("a string takes text");
        }
        if !self.note.is_empty() {
            writeln!(text, "\n{}", self.note).expect("a string takes text");
        }
        text
    }
}

/// Where and how it was measured.
pub fn preamble(setup: &Setup) -> anyhow::Result<String> {
    let cores = std::thread::available_parallelism().context("counting cores")?;
    let disk = if setup.dir.is_some() {
        "a folder given by hand"
    } else {
        "the system's folder for temporary files"
    };
    Ok(format!(
        "# Benchmarks\n\n{cores} cores, shared; disk: {disk}; {} rounds of {} s for each contender, in turns. Trust ratios.\n",
        setup.rounds, setup.seconds
    ))
}

pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("printing")
}

/// `12,345`.
pub fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
