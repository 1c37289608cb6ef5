//! The way in: a file and an environment become a configuration.
//!
//! What wins, from the strongest:
//! 1. `PGWEIR_A_B` variables,
//! 2. the file,
//! 3. DATABASE_URL's parameters (`connection_limit`, `pool_timeout`, `connect_timeout`),
//! 4. names that applications set for themselves (see `application`),
//! 5. `profile`,
//! 6. defaults.
//!
//! A value for one database (`databases.app.pool.size`) or user wins over the one for all (`pool.size`),
//! wherever the two stand.

use std::path::Path;

use super::problem::{Errors, Note, Origin, Problem, Wrong};
use super::resolve::resolve;
use super::settings::Settings;
use super::types::Config;
use super::{Environment, application, env, file};

/// A valid configuration and what there is to say about it.
#[derive(Clone, PartialEq, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// For the log: what overrode what, what was ignored, what looks wrong.
    pub notes: Vec<Note>,
}

/// Reads the file, if one is named, and the environment.
///
/// # Errors
/// Everything that is wrong, at once; only a file that is no TOML hides what its values would say.
pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Loaded, Errors> {
    let mut settings = Settings::default();
    let mut problems = Vec::new();
    if let Some(path) = path {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        let read = file::read(path, &text, &mut settings);
        if read.is_broken {
            return Err(Errors::new(read.problems));
        }
        problems = read.problems;
    }
    let mut notes = env::read(environment, &mut settings);
    let mut application = application::read(environment, &mut settings);
    problems.append(&mut application.problems);
    notes.append(&mut application.notes);
    notes.extend(settings.notes());
    let (config, more) =
        resolve(settings, &application, problems).map_err(|errors| errors.with_warnings(&notes))?;
    notes.extend(more);
    Ok(Loaded { config, notes })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Errors {
    let wrong = Wrong::new(format!("the file cannot be read: {error}"), "name another with --config FILE");
    let origin = Some(Origin::File { path: path.into(), line: 1 });
    Errors::new(vec![Problem { origin, key: String::new(), wrong }])
}
