//! Checks that read the project without building it. Each lists every finding, and passes or fails as a whole.

pub mod dependencies;
pub mod edges;
pub mod sizes;

use anyhow::{Result, bail};

/// Passes without findings; otherwise an error with one finding per line.
fn verdict(what: &str, findings: &[String]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    bail!("{what}:\n  {}", findings.join("\n  "))
}
