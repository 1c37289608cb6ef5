//! `pgweir import`: a pgbouncer.ini, its userlist.txt and its rules become a configuration of ours.
//!
//! What is written behaves as PgBouncer did with its file, its defaults included; what has no counterpart is listed,
//! with the reason, on standard error and at the end of the file. Nothing is connected to, nothing is overwritten.

mod database;
mod ini;
mod listen;
mod output;
mod settings;
#[cfg(test)]
mod tests;
mod users;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ini::Ini;
use output::Output;

/// Why a file cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line that PgBouncer would refuse as well.
    #[error("{}, line {line}: {what}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// The result cannot be written.
    #[error("{}: {source}{}", path.display(), if source.kind() == std::io::ErrorKind::AlreadyExists {
        "; name another file with --output, or move this one away"
    } else {
        ""
    })]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Writes what becomes of the pgbouncer.ini `file` to `output`, which must not exist, or to standard output.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "the result is what the command is for")]
pub fn import(file: &Path, output: Option<&Path>) -> ExitCode {
    let translated = match translate(file) {
        Ok(translated) => translated,
        Err(error) => return super::fail(&error),
    };
    match output {
        None => print!("{translated}"),
        Some(path) => {
            if let Err(source) = create(path, &translated.to_string()) {
                return super::fail(&ImportError::Unwritable { path: path.into(), source });
            }
            let path = path.display();
            eprintln!("wrote {path}; see what would go wrong with: pgweir check --config {path}");
        }
    }
    for note in translated.notes() {
        eprintln!("{note}");
    }
    ExitCode::SUCCESS
}

/// It holds passwords: nobody else is to read it.
fn create(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(text.as_bytes())
}

fn translate(file: &Path) -> Result<Output, ImportError> {
    let ini = Ini::read(file)?;
    let mut output = Output::of(file);
    let users = users::read(&ini, &mut output)?;
    listen::translate(&ini, &mut output);
    settings::translate(&ini, &users, &mut output);
    database::translate(&ini, &users, &mut output);
    users::translate(&ini, &users, &mut output);
    Ok(output)
}
