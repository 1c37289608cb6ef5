//! What the backends said, database by database.

use super::plan::{self, Login, Part, Plan, Reach};
use super::report::{Report, Verdict};
use super::visit::{Found, Recovery, Seen, Visit};
use crate::backend::ConnectError;
use crate::config::{Config, UserName};

/// Tells about every visit.
pub(super) fn tell(config: &Config, visits: &[Visit], report: &mut Report) {
    let mut before = None;
    for visit in visits {
        let plan = &visit.plan;
        if before.replace(&plan.database.name) != Some(&plan.database.name) {
            report.section(format_args!("Database {}", plan.database.name));
        }
        let place = place(plan);
        match &visit.found {
            Found::NoFiles(error) => report.say(Verdict::Error, format_args!("{place}: {error}")),
            Found::Away(error) => report.say(Verdict::Error, failure(&place, error)),
            Found::Listening(tls) => {
                let tls = cover(tls.as_deref());
                report.say(
                    Verdict::Warning,
                    format_args!("{place}: reachable, {tls}; no login could be tried there"),
                );
            }
            Found::Answered(results) => {
                for (login, result) in plan.logins.iter().zip(results) {
                    match result {
                        Ok(seen) => tell_seen(plan, login, seen, report),
                        Err(error) => tell_refused(visit, login, error, visits, report),
                    }
                }
            }
        }
        for (user, why) in &plan.untried {
            report.say(Verdict::Note, format_args!("{place} as {user}: not tried: {why}"));
        }
        if plan.url.user.is_none() && plan.part == Part::Primary {
            tell_unknown_users(config, report);
        }
    }
}

fn place(plan: &Plan) -> String {
    let part = match plan.part {
        Part::Primary => "primary",
        Part::Replica => "replica",
    };
    let other = plan.target != plan.database.name.as_str();
    let target = if other { format!(", database {}", plan.target) } else { String::new() };
    format!("{part} {}{target}", plan.url.address)
}

fn cover(tls: Option<&str>) -> String {
    tls.map_or_else(|| "without TLS".to_owned(), ToOwned::to_owned)
}

fn failure(place: &str, error: &ConnectError) -> String {
    match error.report().hint {
        Some(hint) => format!("{place}: {}\n{hint}", error.fault),
        None => format!("{place}: {}", error.fault),
    }
}

fn tell_seen(plan: &Plan, login: &Login, seen: &Seen, report: &mut Report) {
    let place = format!("{} as {}", place(plan), login.user);
    let role = match seen.recovery {
        Recovery::No => "primary",
        Recovery::Yes => "replica (in recovery)",
        Recovery::Unknown => "role unknown",
    };
    let (how, tls) = (seen.authentication.as_str(), cover(seen.tls.as_deref()));
    report.say(Verdict::Ok, format_args!("{place}: PostgreSQL {}, {role}, {how}, {tls}", seen.version));
    match (plan.part, seen.recovery) {
        (Part::Primary, Recovery::Yes) => report.say(
            Verdict::Error,
            format_args!("{place}: it is a replica, so every write fails; name the primary's address"),
        ),
        (Part::Replica, Recovery::No) => report.say(
            Verdict::Warning,
            format_args!("{place}: it is not in recovery: if it follows no other server, reads there miss what the primary has"),
        ),
        _ => {}
    }
    if seen.read_only && plan.part == Part::Primary && seen.recovery != Recovery::Yes {
        report.say(
            Verdict::Warning,
            format_args!(
                "{place}: default_transaction_read_only is on: writes fail unless a client changes it"
            ),
        );
    }
    if seen.exposed {
        report.say(
            Verdict::Warning,
            format_args!("{place}: the password went over the network in clear; set sslmode=require, or scram-sha-256 in the server's pg_hba.conf"),
        );
    }
}

/// A refused login is an error, unless it may well be meant: somebody who is there for the console, or for
/// another database.
fn tell_refused(visit: &Visit, login: &Login, error: &ConnectError, all: &[Visit], report: &mut Report) {
    let text = failure(&format!("{} as {}", place(&visit.plan), login.user), error);
    let others_get_in = logged_in(visit).any(|user| *user != login.user);
    let gets_in_elsewhere =
        all.iter().filter(|other| !is_same(other, visit)).flat_map(logged_in).any(|user| *user == login.user);
    match login.reach {
        Reach::Admin => report.say(
            Verdict::Note,
            format_args!("{text}\nNo matter if {} is there for the console only.", login.user),
        ),
        Reach::User if others_get_in && gets_in_elsewhere => report.say(
            Verdict::Warning,
            format_args!("{text}\nNo matter if {} is not meant to use this database.", login.user),
        ),
        Reach::User | Reach::Everybody => report.say(Verdict::Error, text),
    }
}

/// Who got in on a visit.
pub(super) fn logged_in(visit: &Visit) -> impl Iterator<Item = &UserName> {
    let results = match &visit.found {
        Found::Answered(results) => results.as_slice(),
        _ => &[],
    };
    visit.plan.logins.iter().zip(results).filter(|(_, result)| result.is_ok()).map(|(login, _)| &login.user)
}

fn is_same(a: &Visit, b: &Visit) -> bool {
    std::ptr::eq(a, b)
}

/// Passthrough for users that the configuration does not name.
fn tell_unknown_users(config: &Config, report: &mut Report) {
    if config.auth.query.is_some() {
        report.say(
            Verdict::Note,
            "users that auth.query finds: not tried: they log in with their own SCRAM keys, which only they have",
        );
    } else if plan::users(config).is_empty() {
        report.say(
            Verdict::Note,
            "no [[users]] and no auth.query: only auth.rules that trust, or map certificates, let anybody in",
        );
    }
}
