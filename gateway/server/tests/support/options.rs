//! How a server is started: configuration by variables, over what every test server has.

use std::path::PathBuf;

/// What differs from the usual test server.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(super) variables: Vec<(String, String)>,
    pub(super) toml: Option<String>,
    pub(super) folder: Option<PathBuf>,
    pub(super) through: Vec<String>,
    pub(super) program: Option<PathBuf>,
    pub(super) public_url: Option<String>,
}

impl Options {
    /// Sets a key of the configuration, as in `set("http.trust_proxy", "true")`.
    #[must_use]
    pub fn set(self, key: &str, value: impl ToString) -> Self {
        let name = format!("HEARTHLINE__{}", key.replace('.', "__").to_uppercase());
        self.variable(&name, value)
    }

    /// The variables, as pairs.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Sets any environment variable. The last one of a name counts.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.push((name.to_owned(), value.to_string()));
        self
    }

    /// Gives the server a configuration file with this text (`--config`); variables go over it.
    #[must_use]
    pub fn toml(mut self, text: &str) -> Self {
        self.toml = Some(text.to_owned());
        self
    }

    /// Keeps everything in this folder, which is the caller's to remove, instead of in a temporary one.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Starts the server through another command, which must replace itself by it (`prlimit --fsize=… `).
    #[must_use]
    pub fn through(mut self, command: &[&str]) -> Self {
        self.through = command.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// Starts another binary than the one built for this test run.
    #[must_use]
    pub fn program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// What providers are told to call, instead of the listening address.
    #[must_use]
    pub fn public_url(mut self, url: &str) -> Self {
        self.public_url = Some(url.to_owned());
        self
    }
}
