//! `auth.query`, tried for the role that runs it.

use std::sync::Arc;

use super::report::{Report, Verdict};
use crate::auth::Secret;
use crate::client::{Lookup, LookupError, QueryLookup, Question};
use crate::config::{AuthQuery, Config, Database, UserSecret};
use crate::net::SocketOptions;

/// Runs the query wherever clients would have it run.
pub(super) async fn look(config: &Config, sockets: SocketOptions, report: &mut Report) {
    let Some(query) = &config.auth.query else { return };
    report.section("Users from auth.query");
    let lookup = QueryLookup::new(tokio::runtime::Handle::current(), sockets);
    let places = places(config, query);
    if places.is_empty() {
        report.say(
            Verdict::Note,
            "not tried: only [databases.\"*\"] is there, and auth.query_database is not set",
        );
    }
    for database in places {
        let of_user = config.users.get(&query.user).and_then(|user| match &user.secret {
            Some(UserSecret::Password(password)) => Some(password),
            _ => None,
        });
        let password = query.password.as_ref().or(of_user);
        // Whoever checks wants to know how it is now.
        let patience = Some(tokio::time::Instant::now());
        let question = Question { query, password, database: &database, user: &query.user, patience };
        let place = format!("database {} as {}", database.name, query.user);
        match lookup.look_up(question).await {
            Ok(secret) => tell_answer(&place, query, secret.as_ref(), report),
            Err(error) => report.say(Verdict::Error, format_args!("{place}: {error}{}", hint(&error))),
        }
    }
}

/// The databases that it is run in.
fn places(config: &Config, query: &AuthQuery) -> Vec<Arc<Database>> {
    let mut named: Vec<_> = config.databases.named.values().cloned().collect();
    named.sort_by(|a, b| a.name.cmp(&b.name));
    let Some(name) = &query.database else { return named };
    if let Some(database) = config.databases.find(name) {
        return vec![database];
    }
    // Not one of ours: beside each of ours, on the same server.
    for database in &mut named {
        let beside = Arc::make_mut(database);
        beside.name = name.clone();
        let urls = std::iter::once(&mut beside.primary).chain(&mut beside.replicas);
        urls.for_each(|url| url.database = Some(name.to_string()));
    }
    named.dedup_by(|a, b| a.primary == b.primary);
    named
}

fn tell_answer(place: &str, query: &AuthQuery, secret: Option<&UserSecret>, report: &mut Report) {
    let user = &query.user;
    match secret.map(Secret::try_from) {
        None => report.say(
            Verdict::Note,
            format_args!("{place}: it can be run, and knows no user \"{user}\" (whom it was tried with)"),
        ),
        Some(Err(error)) => report.say(
            Verdict::Error,
            format_args!("{place}: what it returns for user \"{user}\" cannot be used: {error}"),
        ),
        Some(Ok(secret)) => {
            let kind = match secret {
                Secret::Password(..) => "a password",
                Secret::Scram(_) => "a SCRAM verifier",
                Secret::Md5(_) => "an md5 hash",
            };
            report.say(
                Verdict::Ok,
                format_args!("{place}: it can be run, and returns {kind} for user \"{user}\""),
            );
        }
    }
}

fn hint(error: &LookupError) -> String {
    match error {
        LookupError::Connect(error) => error.report().hint.map_or(String::new(), |hint| format!("\n{hint}")),
        LookupError::Query(error) if error.code().is_some_and(|code| code.code() == "42501") => {
            "\nOnly superusers may read pg_shadow: query a SECURITY DEFINER function that a superuser owns."
                .into()
        }
        LookupError::Query(_) => {
            "\nSee auth.query, auth.query_user, auth.query_password and auth.query_database.".into()
        }
        _ => String::new(),
    }
}
