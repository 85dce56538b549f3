//! A server's log: the file that its standard error goes to, and how a failing test shows the end of it.

use std::{fs, path::PathBuf, time::Duration};

/// Lines shown of a log when something failed.
const TAIL: usize = 40;

/// The log of one server, through all its restarts.
#[derive(Clone, Debug)]
pub struct Log(pub PathBuf);

impl Log {
    /// All of it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.0).unwrap_or_default()).into_owned()
    }

    /// Its last lines.
    pub fn tail(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    /// Fails the test, with the end of the log.
    pub fn fail(&self, why: &str) -> ! {
        panic!("{why}\n--- the end of the server's log ({}):\n{}", self.0.display(), self.tail())
    }

    /// Waits for something, within a bound.
    pub async fn within<T>(&self, bound: Duration, what: &str, waited: impl Future<Output = T>) -> T {
        match tokio::time::timeout(bound, waited).await {
            Ok(value) => value,
            Err(_) => self.fail(&format!("not within {bound:?}: {what}")),
        }
    }
}
