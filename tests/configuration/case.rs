//! A configuration as an operator writes it.

#![allow(dead_code)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use pgweir::config::{Config, Environment, Errors, Loaded, load};
use tempfile::TempDir;

/// A file in a directory of its own, and the environment beside it.
pub struct Case {
    pub directory: TempDir,
    pub environment: Vec<(String, String)>,
}

pub fn file(text: &str) -> Case {
    let case = Case { directory: tempfile::tempdir().unwrap(), environment: Vec::new() };
    case.write(text);
    case
}

pub fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().copied().collect()
}

impl Case {
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("pgweir.toml")
    }

    pub fn write(&self, text: &str) {
        fs::write(self.path(), text).unwrap();
        fs::set_permissions(self.path(), fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub fn load(&self) -> Result<Loaded, Errors> {
        load(Some(&self.path()), &self.environment.iter().cloned().collect())
    }

    pub fn config(&self) -> Config {
        self.load().unwrap().config
    }

    /// The errors, without the directory's random name.
    pub fn errors(&self) -> Vec<String> {
        let directory = format!("{}/", self.directory.path().display());
        let errors = self.load().unwrap_err();
        errors.problems().iter().map(|p| p.to_string().replace(&directory, "")).collect()
    }

    pub fn notes(&self) -> String {
        texts(&self.load().unwrap())
    }
}

pub fn texts(loaded: &Loaded) -> String {
    loaded.notes.iter().map(|n| format!("{n}\n")).collect()
}

pub fn alone(pairs: &[(&str, &str)]) -> Loaded {
    load(None, &environment(pairs)).unwrap()
}

pub const APP: &str = "[databases.app]\nprimary = \"postgres://db:5432/app\"\n";
