//! Every direct dependency has its line in `docs/dependencies.md` saying why it and not another; no line is left
//! over; and every crate takes its dependencies from the workspace's table, so that one version serves all.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::verdict;
use crate::workspace::Workspace;

const PAGE: &str = "docs/dependencies.md";
const CRATES: &str = "## Crates";
const PACKAGES: &str = "## npm packages";

pub fn check(workspace: &Workspace) -> Result<()> {
    let page = workspace.read(PAGE)?;
    let table = table_of(&workspace.read("Cargo.toml")?)?;
    let packages = packages_of(&workspace.read("gateway/web/package.json")?)?;
    let mut findings = compare("Cargo.toml", &table, &explained(&page, CRATES));
    findings.extend(compare("gateway/web/package.json", &packages, &explained(&page, PACKAGES)));
    findings.extend(past_the_table(&table, &used(workspace)));
    verdict("dependencies", &findings)
}

/// Names of others' crates in `[workspace.dependencies]`.
fn table_of(manifest: &str) -> Result<BTreeSet<String>> {
    let manifest: toml::Table = manifest.parse().context("Cargo.toml is not TOML")?;
    let table = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let table =
        table.and_then(toml::Value::as_table).context("Cargo.toml has no [workspace.dependencies]")?;
    Ok(table
        .iter()
        .filter(|(_, dependency)| dependency.get("path").is_none())
        .map(|(name, _)| name.clone())
        .collect())
}

fn packages_of(manifest: &str) -> Result<BTreeSet<String>> {
    let manifest: serde_json::Value = serde_json::from_str(manifest).context("package.json is not JSON")?;
    let lists =
        ["dependencies", "devDependencies"].into_iter().filter_map(|list| manifest.get(list)?.as_object());
    Ok(lists.flat_map(|list| list.keys().cloned()).collect())
}

/// Names that have a row in the table below the heading: `` | `name` | why it | ``.
fn explained(page: &str, heading: &str) -> BTreeSet<String> {
    let section =
        page.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with("## "));
    section
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name.to_owned()))
        .collect()
}

fn compare(manifest: &str, declared: &BTreeSet<String>, explained: &BTreeSet<String>) -> Vec<String> {
    let silent = declared.difference(explained);
    let stale = explained.difference(declared);
    silent
        .map(|name| format!("{name} is in {manifest} and has no line in {PAGE}: say why it and not another"))
        .chain(
            stale
                .map(|name| format!("{name} has a line in {PAGE} and is not in {manifest}: remove the line")),
        )
        .collect()
}

/// Every crate of others that a crate of ours declares, as (ours, theirs).
fn used(workspace: &Workspace) -> Vec<(String, String)> {
    let members = workspace.metadata().workspace_packages();
    let edges =
        members.iter().flat_map(|member| member.dependencies.iter().map(move |theirs| (member, theirs)));
    let theirs = edges.filter(|(_, theirs)| theirs.path.is_none());
    theirs.map(|(member, theirs)| (member.name.to_string(), theirs.name.clone())).collect()
}

fn past_the_table(table: &BTreeSet<String>, used: &[(String, String)]) -> Vec<String> {
    let past = used.iter().filter(|(_, theirs)| !table.contains(theirs));
    let unused = table.iter().filter(|name| used.iter().all(|(_, theirs)| theirs != *name));
    past.map(|(ours, theirs)| format!("{ours} uses {theirs} past [workspace.dependencies]: add it there"))
        .chain(
            unused
                .map(|name| format!("{name} is in [workspace.dependencies] and no crate uses it: remove it")),
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "# Dependencies\n\n## Crates\n\n| crate | why it |\n| --- | --- |\n| `serde` | x |\n\n\
                           ## npm packages\n| `svelte` | y |\n";

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_line_counts_below_its_own_heading_only() {
        assert_eq!(explained(EXAMPLE, CRATES), set(&["serde"]));
        assert_eq!(explained(EXAMPLE, PACKAGES), set(&["svelte"]));
    }

    #[test]
    fn both_a_missing_and_a_stale_line_are_findings() {
        let findings = compare("Cargo.toml", &set(&["serde", "bytes"]), &set(&["serde", "chrono"]));
        assert_eq!(findings.len(), 2);
        assert!(findings[0].starts_with("bytes is in Cargo.toml and has no line"), "{}", findings[0]);
        assert!(findings[1].starts_with("chrono has a line"), "{}", findings[1]);
    }

    #[test]
    fn our_own_crates_need_no_line() {
        let manifest =
            "[workspace.dependencies]\nours = { path = \"x\" }\nserde = \"1\"\nclap = { version = \"4\" }";
        assert_eq!(table_of(manifest).expect("parses"), set(&["clap", "serde"]));
    }

    #[test]
    fn packages_of_both_lists_count() {
        let manifest = r#"{"dependencies": {"svelte": "5"}, "devDependencies": {"vite": "8"}}"#;
        assert_eq!(packages_of(manifest).expect("parses"), set(&["svelte", "vite"]));
    }

    #[test]
    fn a_crate_takes_every_dependency_from_the_table_and_the_table_holds_no_other() {
        let used = [("xtask".to_owned(), "clap".to_owned())];
        assert_eq!(past_the_table(&set(&["clap"]), &used), Vec::<String>::new());
        assert_eq!(past_the_table(&set(&["serde"]), &used).len(), 2);
    }
}
