//! Which logins to try at which backend, and which cannot be tried; pure.

use std::sync::Arc;

use crate::auth::{Credential, Secret};
use crate::config::{BackendUrl, Config, Database, User, UserName, UserSecret};

/// A database for a wildcard whose URL names none: nearly every server has it.
const STAND_IN: &str = "postgres";

/// What a backend is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// Takes writes.
    Primary,
    /// May take reads.
    Replica,
}

/// One backend of one database, and whom to log in as there.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The database as clients name it, `*` for the wildcard.
    pub(super) database: Arc<Database>,
    /// What the configuration says the backend is.
    pub(super) part: Part,
    /// The backend.
    pub(super) url: BackendUrl,
    /// Its database.
    pub(super) target: String,
    /// As whom.
    pub(super) logins: Vec<Login>,
    /// Users that use it with what only they have, and why that cannot be tried.
    pub(super) untried: Vec<(UserName, &'static str)>,
}

/// A login to try.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Login {
    /// The role.
    pub(super) user: UserName,
    /// What proves it.
    pub(super) credential: Credential,
    /// Whether every client of the database depends on it.
    pub(super) reach: Reach,
}

/// Who depends on a login.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// All clients of the database.
    Everybody,
    /// One user.
    User,
    /// One user, who may be there for the console only.
    Admin,
}

/// Every backend of every database, by name.
pub(super) fn plans(config: &Config) -> Vec<Plan> {
    let mut databases: Vec<_> = config.databases.named.values().collect();
    databases.sort_by(|a, b| a.name.cmp(&b.name));
    databases.extend(&config.databases.wildcard);
    let mut plans = Vec::new();
    for database in databases {
        plans.push(plan(config, database, Part::Primary, &database.primary));
        plans.extend(database.replicas.iter().map(|url| plan(config, database, Part::Replica, url)));
    }
    plans
}

fn plan(config: &Config, database: &Arc<Database>, part: Part, url: &BackendUrl) -> Plan {
    let is_wildcard = config.databases.wildcard.as_ref().is_some_and(|w| Arc::ptr_eq(w, database));
    let asked = if is_wildcard { STAND_IN } else { database.name.as_str() };
    let target = url.database.clone().unwrap_or_else(|| asked.to_owned());
    let (mut logins, mut untried) = (Vec::new(), Vec::new());
    let given = url.password.clone().map(Credential::Password);
    match &url.user {
        Some(user) => {
            let credential = given.unwrap_or_default();
            logins.push(Login { user: user.clone(), credential, reach: Reach::Everybody });
        }
        None => {
            for user in users(config) {
                let reach = if is_admin(config, &user.name) { Reach::Admin } else { Reach::User };
                match given.clone().map_or_else(|| credential(user), Ok) {
                    Ok(credential) => logins.push(Login { user: user.name.clone(), credential, reach }),
                    Err(why) => untried.push((user.name.clone(), why)),
                }
            }
        }
    }
    Plan { database: database.clone(), part, url: url.clone(), target, logins, untried }
}

/// Users of the configuration, by name.
pub(super) fn users(config: &Config) -> Vec<&Arc<User>> {
    let mut users: Vec<_> = config.users.values().collect();
    users.sort_by(|a, b| a.name.cmp(&b.name));
    users
}

/// Whether somebody may be in the configuration for the console alone.
pub(super) fn is_admin(config: &Config, user: &UserName) -> bool {
    config.admin.users.contains(user) || config.admin.stats_users.contains(user)
}

/// What pgweir itself can log in with as this user.
fn credential(user: &User) -> Result<Credential, &'static str> {
    match &user.secret {
        Some(UserSecret::Password(password)) => Ok(Credential::Password(password.clone())),
        Some(secret @ UserSecret::Md5(_)) => match Secret::try_from(secret) {
            Ok(Secret::Md5(hash)) => Ok(Credential::Md5(hash)),
            _ => Err("what it has in [[users]] is no md5 hash"),
        },
        Some(UserSecret::Scram(_)) => {
            Err("pgweir has only its SCRAM verifier, and passes on the client's own login")
        }
        None => Err("it has no password in [[users]]"),
    }
}
