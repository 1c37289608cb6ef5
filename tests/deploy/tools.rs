//! Programs that are run to their end, and files of the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the repository.
pub fn text(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Where tests keep what is costly to make again: below the target directory.
pub fn kept(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("deploy").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

/// Runs a command to its end; what it said, or a panic with it.
pub fn run(command: &mut Command) -> String {
    let (succeeded, said) = attempt(command);
    assert!(succeeded, "{command:?} failed:\n{said}");
    said
}

/// Runs a command to its end: whether it succeeded, and what it said.
pub fn attempt(command: &mut Command) -> (bool, String) {
    let output = command.output();
    let output = output.unwrap_or_else(|e| panic!("{command:?}: {e} (tests/run installs what is missing)"));
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}
