//! From settings as written to a [`Config`], with all errors together.

mod auth;
mod databases;
mod files;
mod http;
mod layered;
mod observe;
mod pool;
mod reader;
mod resilience;
mod route;
mod server;

use super::Sources;
use super::application::Application;
use super::problem::{Errors, Note, Origin, Problem, Wrong};
use super::settings::Settings;
use super::types::Config;
use reader::Reader;

/// Everything that `settings` mean, or everything that is wrong with them.
pub fn resolve(
    mut settings: Settings,
    application: &Application,
    problems: Vec<Problem>,
) -> Result<(Config, Vec<Note>), Errors> {
    let sources = Sources::new(&settings, application);
    let profiles = pool::expand_profiles(&mut settings);
    let mut reader = Reader::new(&settings);
    reader.problems = problems;
    reader.problems.extend(profiles);
    let config = Config { sources, ..read(&mut reader, application) };
    let is_explained = |p: &Problem| {
        p.key.starts_with("database") || matches!(p.origin, Some(Origin::Url { parameter: None, .. }))
    };
    let serves_nothing = config.databases.named.is_empty() && config.databases.wildcard.is_none();
    if serves_nothing && !reader.problems.iter().any(is_explained) {
        reader.problems.push(Problem { origin: None, key: "databases".into(), wrong: nothing_to_serve() });
    }
    files::check_secrets(&mut reader);
    if reader.problems.is_empty() { Ok((config, reader.notes)) } else { Err(Errors::new(reader.problems)) }
}

/// The configuration of an empty file: every default, and no database.
pub fn defaults() -> Config {
    let settings = Settings::default();
    read(&mut Reader::new(&settings), &Application::default())
}

/// Every table; what is wrong with them the reader knows.
fn read(reader: &mut Reader<'_>, application: &Application) -> Config {
    let server = server::resolve(reader);
    let users = databases::users(reader);
    let auth = auth::resolve(reader, application, &server);
    Config {
        pool: pool::resolve(reader, None, &server),
        route: route::resolve(reader, None),
        databases: databases::resolve(reader, &server),
        admin: auth::admin(reader, &users, &auth),
        retry: resilience::retry(reader),
        breaker: resilience::breaker(reader),
        failover: resilience::failover(reader),
        http: http::resolve(reader, &server),
        observe: observe::resolve(reader),
        sources: Sources::default(),
        server,
        users,
        auth,
    }
}

impl Default for Config {
    fn default() -> Self {
        defaults()
    }
}

fn nothing_to_serve() -> Wrong {
    Wrong::new(
        "there is no database to serve",
        "set DATABASE_URL=postgres://user:password@host:5432/database, or start with --config FILE and write \
         [databases.NAME] with primary = \"postgres://host:5432/database\"",
    )
}
