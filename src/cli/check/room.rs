//! Whether what all pools together may open fits what each server takes.

use std::collections::BTreeMap;

use super::plan::{self, Login, Plan, Reach};
use super::report::{Report, Verdict};
use super::visit::{Found, Seen, Visit};
use crate::config::{Address, Config, DatabaseName, PoolSize, UserName};
use crate::pool::Capacity;

/// Somebody whom the configuration does not know.
const ANYONE: &str = "(anyone)";

/// What one pool may open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Share {
    /// The pool's database, as clients name it.
    pub(super) database: DatabaseName,
    /// The pool's user.
    pub(super) user: UserName,
    /// The role on the server.
    role: UserName,
    /// The database on the server.
    target: String,
    /// Connections.
    pub(super) most: usize,
    /// How that comes about.
    sum: String,
}

/// What all pools of one server may open.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Demand {
    /// Of each pool.
    pub(super) shares: Vec<Share>,
    /// What a pool of somebody not known beforehand would have, for each database.
    pub(super) of_anyone: Vec<Share>,
    /// Of all, limits of databases and users considered.
    pub(super) total: usize,
    /// What makes pools that nobody can count beforehand.
    pub(super) endless: Vec<String>,
}

/// Tells about every server that was reached.
pub(super) fn tell(config: &Config, visits: &[Visit], report: &mut Report) {
    let mut told: Vec<&Address> = Vec::new();
    for address in visits.iter().map(|visit| &visit.plan.url.address) {
        if told.contains(&address) {
            continue;
        }
        told.push(address);
        let here: Vec<_> = visits.iter().filter(|visit| visit.plan.url.address == *address).collect();
        if here.iter().all(|visit| matches!(visit.found, Found::Away(_) | Found::NoFiles(_))) {
            continue;
        }
        let capacity = seen(&here).find_map(|(_, _, seen)| seen.capacity);
        let demand = demand(config, &here, capacity.as_ref());
        report.section(format_args!("Connections to {address}"));
        match capacity {
            Some(capacity) => {
                tell_total(&demand, &capacity, report);
                tell_limits(&demand, &here, report);
            }
            // What is not bounded is told below.
            None if demand.shares.is_empty() => tell_of_anyone(&demand, report),
            None => report.say(
                Verdict::Note,
                format_args!(
                    "the pools may open {}; how many the server takes is not known{}",
                    demand.total,
                    demand.list()
                ),
            ),
        }
        for reason in &demand.endless {
            report.say(Verdict::Warning, reason);
        }
    }
}

/// The logins at one server that succeeded.
fn seen<'a>(here: &'a [&'a Visit]) -> impl Iterator<Item = (&'a Plan, &'a Login, &'a Seen)> {
    here.iter().flat_map(|visit| {
        let results = match &visit.found {
            Found::Answered(results) => results.as_slice(),
            _ => &[],
        };
        let logins = visit.plan.logins.iter().zip(results);
        logins.filter_map(|(login, result)| Some((&visit.plan, login, result.as_ref().ok()?)))
    })
}

/// What the pools of one server may open.
pub(super) fn demand(config: &Config, here: &[&Visit], capacity: Option<&Capacity>) -> Demand {
    let mut demand = Demand::default();
    let mut by_database: BTreeMap<&DatabaseName, usize> = BTreeMap::new();
    for visit in here {
        let (plan, database) = (&visit.plan, &visit.plan.database);
        let shares: Vec<_> = plan::users(config)
            .into_iter()
            .filter(|user| !is_for_the_console(visit, &user.name))
            .map(|user| share(config, plan, &user.name, capacity))
            .collect();
        let mut most = shares.iter().map(|share| share.most).sum();
        if let Some(reason) = endless(config, plan) {
            match database.max_connections {
                Some(limit) => most = limit,
                None if demand.endless.contains(&reason) => {}
                None => demand.endless.push(reason),
            }
        }
        demand.of_anyone.push(share(config, plan, &UserName::from(ANYONE), capacity));
        *by_database.entry(&database.name).or_default() += most;
        let of_all = by_database.entry(&database.name).or_default();
        *of_all = (*of_all).min(database.max_connections.unwrap_or(usize::MAX));
        demand.shares.extend(shares);
    }
    let mut by_user: BTreeMap<&UserName, usize> = BTreeMap::new();
    for share in &demand.shares {
        *by_user.entry(&share.user).or_default() += share.most;
    }
    let of_user = |(user, most): (&&UserName, &usize)| {
        let limit = config.users.get(*user).and_then(|user| user.max_connections);
        (*most).min(limit.unwrap_or(usize::MAX))
    };
    let by_user: usize = by_user.iter().map(of_user).sum();
    let by_database = by_database.values().sum();
    // Who may come beside the users that are known is in the databases' sum alone.
    let is_counted = config.auth.query.is_none() && demand.endless.is_empty();
    demand.total = if is_counted { by_user.min(by_database) } else { by_database };
    demand
}

fn share(config: &Config, plan: &Plan, user: &UserName, capacity: Option<&Capacity>) -> Share {
    let pool = config.pool_for(&plan.database, user);
    let (size, auto) = match pool.size {
        PoolSize::Fixed(size) => (size, ""),
        PoolSize::Auto => (capacity.copied().unwrap_or_default().auto_size(), " (auto)"),
    };
    let own = config.users.get(user).and_then(|user| user.max_connections);
    let limit = own.or(plan.database.pool.max_user_connections);
    let most = (size + pool.overflow).min(limit.unwrap_or(usize::MAX));
    let mut sum = format!("size {size}{auto}");
    if pool.overflow > 0 {
        sum += &format!(" + overflow {}", pool.overflow);
    }
    if most < size + pool.overflow {
        sum += &format!(", at most {most} for the user");
    }
    Share {
        database: plan.database.name.clone(),
        user: user.clone(),
        role: plan.url.user.clone().unwrap_or_else(|| user.clone()),
        target: plan.target.clone(),
        most,
        sum,
    }
}

/// A user of the console whom the server does not let in has no pool there.
fn is_for_the_console(visit: &Visit, user: &UserName) -> bool {
    let Found::Answered(results) = &visit.found else { return false };
    let mut logins = visit.plan.logins.iter().zip(results);
    logins.any(|(login, result)| login.user == *user && login.reach == Reach::Admin && result.is_err())
}

fn endless(config: &Config, plan: &Plan) -> Option<String> {
    let name = &plan.database.name;
    let is_wildcard = config.databases.wildcard.as_ref().is_some_and(|w| w.name == *name);
    let who = match (&config.auth.query, is_wildcard) {
        (_, true) => "every database that is asked for",
        (Some(_), false) => "every user that auth.query finds",
        (None, false) => return None,
    };
    let key = if is_wildcard { "databases.\"*\"" } else { &format!("databases.{name}") };
    Some(format!(
        "{who} gets pools of its own, not counted here: {key}.max_connections would bound all pools of the database"
    ))
}

/// Nobody is known beforehand: what one pool could open, for want of a sum.
fn tell_of_anyone(demand: &Demand, report: &mut Report) {
    for Share { database, most, sum, .. } in &demand.of_anyone {
        report.say(
            Verdict::Note,
            format_args!(
                "users are not known beforehand: the pool of {database} for each of them may open {most} ({sum})"
            ),
        );
    }
}

fn tell_total(demand: &Demand, capacity: &Capacity, report: &mut Report) {
    let Capacity { max_connections, reserved, .. } = *capacity;
    let room = max_connections.saturating_sub(reserved);
    let (list, total) = (demand.list(), demand.total);
    let of_server = format!(
        "of {max_connections} (max_connections), {reserved} reserved, the server has {room} for them"
    );
    if total == 0 && demand.shares.is_empty() {
        tell_of_anyone(demand, report);
        let most = demand.of_anyone.iter().map(|share| share.most).max().unwrap_or(1).max(1);
        return report.say(Verdict::Note, format_args!("{of_server}: enough for {} such pools", room / most));
    }
    if total <= room {
        return report.say(Verdict::Ok, format_args!("the pools may open {total}; {of_server}{list}"));
    }
    let count = demand.shares.len().max(1);
    let each = (room / count).max(1);
    let pools = if count == 1 { "this pool".into() } else { format!("each of these {count} pools") };
    report.say(
        Verdict::Error,
        format_args!(
            "they do not fit: the pools may open {total}; {of_server}{list}\n\
             Lower pool.size (and overflow) to {each} in all for {pools}, or set max_connections of the databases to \
             {room} in all, or raise the server's max_connections to {} or more.",
            total + reserved
        ),
    );
}

/// CONNECTION LIMITs of roles and databases.
fn tell_limits(demand: &Demand, here: &[&Visit], report: &mut Report) {
    let mut limits = BTreeMap::new();
    for (plan, login, seen) in seen(here) {
        let Some(capacity) = seen.capacity else { continue };
        if let Some(limit) = capacity.role_limit {
            let most = demand.sum(|share| share.role == login.user);
            limits.insert(("ROLE", login.user.to_string()), (limit, most));
        }
        if let Some(limit) = capacity.database_limit {
            let most = demand.sum(|share| share.target == plan.target);
            limits.insert(("DATABASE", plan.target.clone()), (limit, most));
        }
    }
    for ((kind, name), (limit, most)) in limits {
        let most = most.min(demand.total);
        if most > limit {
            report.say(
                Verdict::Error,
                format_args!(
                    "they do not fit: the pools may open {most} for {} \"{name}\", whose limit is {limit}\n\
                     Lower pool.size to {limit} in all, or ALTER {kind} \"{name}\" CONNECTION LIMIT {most}.",
                    kind.to_lowercase()
                ),
            );
        }
    }
}

impl Demand {
    fn sum(&self, which: impl Fn(&&Share) -> bool) -> usize {
        self.shares.iter().filter(which).map(|share| share.most).sum()
    }

    /// A line for each pool.
    fn list(&self) -> String {
        let line = |share: &Share| {
            format!("\npool of {} for {}: {} ({})", share.database, share.user, share.most, share.sum)
        };
        self.shares.iter().map(line).collect()
    }
}
