//! The crates of the workspace and their declared edges, without what cargo says beside.

use std::fmt;
use std::path::Path;

use cargo_metadata::{Dependency, DependencyKind, Package};

use crate::workspace::Workspace;

/// One of our crates, named by its folder as in the architecture.
pub struct Member {
    pub folder: String,
    pub edges: Vec<Edge>,
}

pub struct Edge {
    pub to: Target,
    pub used_by: Use,
}

pub enum Target {
    /// One of ours, by its folder.
    Ours(String),
    /// A library of others, by its name in the registry.
    Library(String),
}

/// Where the dependency ends up: build scripts count as product.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    Product,
    Tests,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Product => "dependency",
            Self::Tests => "dev-dependency",
        })
    }
}

pub fn members(workspace: &Workspace) -> Vec<Member> {
    workspace
        .metadata()
        .workspace_packages()
        .into_iter()
        .map(|package| member(workspace.root(), package))
        .collect()
}

fn member(root: &Path, package: &Package) -> Member {
    let manifest = package.manifest_path.as_std_path();
    let folder = folder(root, manifest.parent().unwrap_or(manifest));
    Member { folder, edges: package.dependencies.iter().map(|dependency| edge(root, dependency)).collect() }
}

fn edge(root: &Path, dependency: &Dependency) -> Edge {
    let to = match &dependency.path {
        Some(path) => Target::Ours(folder(root, path.as_std_path())),
        None => Target::Library(dependency.name.clone()),
    };
    let tests = dependency.kind == DependencyKind::Development;
    Edge { to, used_by: if tests { Use::Tests } else { Use::Product } }
}

fn folder(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}
