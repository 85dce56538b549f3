//! Which crate depends on which, against the table of the architecture in [`rules`].
//!
//! Reads what every manifest declares, so an edge is found even while nothing uses it. Deliberately does not know
//! what a crate re-exports: the rules of the crate that lends a type cover it.

mod model;
mod rules;

use anyhow::Result;

use self::model::{Edge, Member, Target, Use};
use self::rules::{LIBRARIES, MayUse, ROOMS, Room};
use super::verdict;
use crate::workspace::Workspace;

pub fn check(workspace: &Workspace) -> Result<()> {
    let members = model::members(workspace);
    verdict("edges that the table does not allow (ops/xtask/src/checks/edges/rules.rs)", &findings(&members))
}

fn findings(members: &[Member]) -> Vec<String> {
    members.iter().flat_map(findings_of).collect()
}

fn findings_of(member: &Member) -> Vec<String> {
    let Some(room) = ROOMS.iter().find(|room| room.folder == member.folder) else {
        return vec![format!("{}: no row in the table says what it may depend on; add one", member.folder)];
    };
    member.edges.iter().filter_map(|edge| finding(room, edge)).collect()
}

fn finding(room: &Room, edge: &Edge) -> Option<String> {
    match &edge.to {
        Target::Ours(folder) => refused_room(room, folder, edge.used_by),
        Target::Library(name) => refused_library(room, name, edge.used_by),
    }
}

fn refused_room(room: &Room, folder: &str, used_by: Use) -> Option<String> {
    let in_tests = used_by == Use::Tests && (room.tests_may_use.contains(&folder) || folder == room.folder);
    if room.may_use.allows(folder) || in_tests {
        return None;
    }
    Some(format!(
        "{} -> {folder} ({used_by}): {} may depend on {}",
        room.folder,
        room.folder,
        room.allowed(used_by)
    ))
}

fn refused_library(room: &Room, name: &str, used_by: Use) -> Option<String> {
    let rule = LIBRARIES.iter().find(|rule| rule.refuses(room.folder, name, used_by))?;
    Some(format!("{} -> {name} ({used_by}): {}", room.folder, rule.why))
}

impl MayUse {
    fn allows(&self, folder: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::AllBut(excluded) => !excluded.contains(&folder),
            Self::Only(allowed) => allowed.contains(&folder),
        }
    }
}

#[cfg(test)]
mod tests;
