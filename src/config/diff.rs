//! What is different between two configurations, and when it counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::keys::Section;
use super::settings::table_path;
use super::show::{self, Shown};
use super::types::{BackendUrl, Config, Database, User};
use super::{Effect, UserSecret};

/// One difference. Secrets show only that they changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The key's path in the file.
    pub key: String,
    /// The value before; empty: there was none.
    pub old: String,
    /// The value after; empty: there is none.
    pub new: String,
    /// When it counts.
    pub effect: Effect,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, old, new, effect } = self;
        match (old.as_str(), new.as_str()) {
            (old, new) if old == new => write!(f, "{key}: changed, in what is not shown")?,
            ("", new) => write!(f, "{key}: {new}, new")?,
            (old, "") => write!(f, "{key}: {old}, gone")?,
            (old, new) => write!(f, "{key}: {old} -> {new}")?,
        }
        match effect {
            Effect::Now => Ok(()),
            Effect::Restart => f.write_str(" (needs a restart)"),
        }
    }
}

/// A shown value and what tells it from another when the shown text must not.
type Flat<'a> = BTreeMap<String, (String, Hidden<'a>)>;

#[derive(PartialEq)]
enum Hidden<'a> {
    Nothing,
    Url(&'a BackendUrl),
    Urls(&'a [BackendUrl]),
    Secret(Option<&'a UserSecret>),
    Auth(&'a super::Auth),
    Token(Option<&'a super::Password>),
    Sni(&'a [(String, super::CertificatePaths)]),
}

/// Every difference, by key.
pub fn diff(old: &Config, new: &Config) -> Vec<Change> {
    let (before, after) = (flatten(old), flatten(new));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let (was, is) = (tables(old), tables(new));
    let one_sided = |key: &String| {
        let within = |table: &&String| key.strip_prefix(table.as_str()).is_some_and(|k| k.starts_with('.'));
        was.keys().filter(|table| !is.contains_key(*table)).any(|table| within(&table))
            || is.keys().filter(|table| !was.contains_key(*table)).any(|table| within(&table))
    };
    let differs = |key: &&String| before.get(*key) != after.get(*key);
    let changed = keys.into_iter().filter(differs).filter(|key| !one_sided(key));
    let text = |side: &Flat<'_>, key| side.get(key).map_or(String::new(), |(text, _)| text.clone());
    let mut changes: Vec<Change> = changed
        .map(|key| Change {
            key: key.clone(),
            old: text(&before, key),
            new: text(&after, key),
            effect: show::effect(key),
        })
        .collect();
    // A table that comes or goes is one change, not one for each of its keys.
    let whole =
        |table: &String, from: &BTreeMap<String, String>| from.get(table).cloned().unwrap_or_default();
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let come_or_gone = names.into_iter().filter(|table| was.contains_key(*table) != is.contains_key(*table));
    changes.extend(come_or_gone.map(|table| Change {
        key: table.clone(),
        old: whole(table, &was),
        new: whole(table, &is),
        effect: Effect::Now,
    }));
    changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}

/// The tables of databases and users, and a word for each.
fn tables(config: &Config) -> BTreeMap<String, String> {
    let databases = config.databases.named.values().chain(&config.databases.wildcard);
    let databases = databases.map(|d| {
        (table_path(Section::Database, d.name.as_str()), format!("database at {}", d.primary.address))
    });
    let users = config.users.values();
    let users = users.map(|user| (table_path(Section::User, user.name.as_str()), "user".to_owned()));
    databases.chain(users).collect()
}

fn flatten(config: &Config) -> Flat<'_> {
    let mut flat = Flat::new();
    for (key, shown) in show::describe(config) {
        let hidden = match key.as_str() {
            "auth.rules" | "auth.query_password" => Hidden::Auth(&config.auth),
            "http.token" => Hidden::Token(config.http.token.as_ref()),
            "http.read_token" => Hidden::Token(config.http.read_token.as_ref()),
            "server.tls.sni" => Hidden::Sni(&config.server.tls.sni),
            _ => Hidden::Nothing,
        };
        flat.insert(key, (shown.ours(), hidden));
    }
    let databases = config.databases.named.values().chain(&config.databases.wildcard);
    databases.for_each(|database| flatten_database(&mut flat, database));
    config.users.values().for_each(|user| flatten_user(&mut flat, user));
    flat
}

fn flatten_database<'a>(flat: &mut Flat<'a>, database: &'a Database) {
    let name = database.name.as_str();
    let table = table_path(Section::Database, name);
    let mut add = |key: &str, text: String, hidden| flat.insert(format!("{table}.{key}"), (text, hidden));
    add("primary", database.primary.address.to_string(), Hidden::Url(&database.primary));
    let replicas: Vec<_> = database.replicas.iter().map(|r| r.address.to_string()).collect();
    add("replicas", replicas.join(", "), Hidden::Urls(&database.replicas));
    let found = database.roles == super::Roles::Found;
    add("hosts", if found { "found" } else { "" }.into(), Hidden::Nothing);
    add("role", show::name_of(super::read::ROLES, database.role), Hidden::Nothing);
    add("max_connections", Shown::Limit(database.max_connections).ours(), Hidden::Nothing);
    add("max_clients", Shown::Limit(database.max_clients).ours(), Hidden::Nothing);
    for (key, shown) in show::pool(&database.pool) {
        add(&format!("pool.{key}"), shown.ours(), Hidden::Nothing);
    }
    for (key, shown) in show::route(&database.route) {
        add(&format!("route.{key}"), shown.ours(), Hidden::Nothing);
    }
}

fn flatten_user<'a>(flat: &mut Flat<'a>, user: &'a User) {
    let table = table_path(Section::User, user.name.as_str());
    let mut add = |key: &str, text: String, hidden| flat.insert(format!("{table}.{key}"), (text, hidden));
    let masked = user.secret.as_ref().map_or("", |_| "****");
    add("password", masked.into(), Hidden::Secret(user.secret.as_ref()));
    add("max_clients", Shown::Limit(user.max_clients).ours(), Hidden::Nothing);
    add("max_connections", Shown::Limit(user.max_connections).ours(), Hidden::Nothing);
    add("priority", user.priority.to_string(), Hidden::Nothing);
    let number = |n: Option<usize>| n.map_or(String::new(), |n| n.to_string());
    add(
        "pool.mode",
        user.pool.mode.map_or(String::new(), |m| format!("{m:?}").to_lowercase()),
        Hidden::Nothing,
    );
    add("pool.size", user.pool.size.map_or(String::new(), show::size), Hidden::Nothing);
    add("pool.min_idle", number(user.pool.min_idle), Hidden::Nothing);
    add("pool.overflow", number(user.pool.overflow), Hidden::Nothing);
}
