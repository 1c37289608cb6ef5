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

use super::application::Application;
use super::problem::{Errors, Note, Origin, Problem, Wrong};
use super::settings::Settings;
use super::types::{Config, Databases};
use super::{Breaker, Failover, Retry, Sources};
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
    let server = server::resolve(&mut reader);
    let pool = pool::resolve(&mut reader, None, &server);
    let route = route::resolve(&mut reader, None);
    let databases = databases::resolve(&mut reader, &server);
    let users = databases::users(&mut reader);
    let auth = auth::resolve(&mut reader, application, &server);
    let admin = auth::admin(&mut reader, &users, &auth);
    let (retry, breaker, failover) = resilience(&mut reader);
    let http = http::resolve(&mut reader, &server);
    let observe = observe::resolve(&mut reader);
    let is_explained = |p: &Problem| {
        p.key.starts_with("database") || matches!(p.origin, Some(Origin::Url { parameter: None, .. }))
    };
    let serves_nothing = databases.named.is_empty() && databases.wildcard.is_none();
    if serves_nothing && !reader.problems.iter().any(is_explained) {
        reader.problems.push(Problem { origin: None, key: "databases".into(), wrong: nothing_to_serve() });
    }
    files::check_secrets(&mut reader);
    match reader.problems.is_empty() {
        true => {
            let config = Config {
                server,
                pool,
                route,
                databases,
                users,
                auth,
                admin,
                retry,
                breaker,
                failover,
                http,
                observe,
                sources,
            };
            Ok((config, reader.notes))
        }
        false => Err(Errors::new(reader.problems)),
    }
}

/// The configuration of an empty file: every default, and no database.
pub fn defaults() -> Config {
    let settings = Settings::default();
    let mut reader = Reader::new(&settings);
    let server = server::resolve(&mut reader);
    let pool = pool::resolve(&mut reader, None, &server);
    let route = route::resolve(&mut reader, None);
    let users = databases::users(&mut reader);
    let auth = auth::resolve(&mut reader, &Application::default(), &server);
    let admin = auth::admin(&mut reader, &users, &auth);
    let (retry, breaker, failover) = resilience(&mut reader);
    let databases = Databases::default();
    let http = http::resolve(&mut reader, &server);
    let observe = observe::resolve(&mut reader);
    let sources = Sources::default();
    Config {
        server,
        pool,
        route,
        databases,
        users,
        auth,
        admin,
        retry,
        breaker,
        failover,
        http,
        observe,
        sources,
    }
}

impl Default for Config {
    fn default() -> Self {
        defaults()
    }
}

fn resilience(reader: &mut Reader<'_>) -> (Retry, Breaker, Failover) {
    (resilience::retry(reader), resilience::breaker(reader), resilience::failover(reader))
}

fn nothing_to_serve() -> Wrong {
    Wrong::new(
        "there is no database to serve",
        "set DATABASE_URL=postgres://user:password@host:5432/database, or start with --config FILE and write \
         [databases.NAME] with primary = \"postgres://host:5432/database\"",
    )
}
