//! The packages of the workspace, as Cargo tells of them.

use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// A package of this workspace.
#[derive(Clone, Debug, Default)]
pub struct Package {
    pub name: String,
    /// Its directory, from the project's root; of the Worker it is empty.
    pub directory: String,
    /// What it is built with, but for tests: the names of packages, of this workspace or not.
    pub needs: Vec<String>,
}

impl Package {
    /// The path of its manifest.
    pub fn manifest(&self) -> String {
        self.path_of("Cargo.toml")
    }

    /// A path within it, from the project's root.
    pub fn path_of(&self, path: &str) -> String {
        match self.directory.as_str() {
            "" => path.to_owned(),
            directory => format!("{directory}/{path}"),
        }
    }

    /// Whether it says what is true, and carries nothing: a crate without clock, randomness and I/O.
    /// The command line reads and writes, and `attribution-js` is the rules as JavaScript has them.
    pub fn is_pure(&self) -> bool {
        self.directory
            .strip_prefix("crates/")
            .is_some_and(|name| !["attribution-js", "cli"].contains(&name))
    }
}

/// All packages of the workspace that stands in this directory.
pub fn packages(root: &Path) -> Result<Vec<Package>, cargo_metadata::Error> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let packages = metadata.packages.into_iter().map(|package| {
        let directory = package
            .manifest_path
            .parent()
            .and_then(|directory| directory.strip_prefix(&metadata.workspace_root).ok());
        let needs = package
            .dependencies
            .into_iter()
            .filter(|needed| needed.kind != DependencyKind::Development);
        Package {
            name: package.name.to_string(),
            directory: directory.map_or_else(String::new, |directory| directory.to_string()),
            needs: needs.map(|needed| needed.name).collect(),
        }
    });
    Ok(packages.collect())
}

/// The packages of the workspace that these checks are part of.
#[cfg(test)]
pub fn ours() -> Vec<Package> {
    packages(&crate::root()).unwrap()
}
