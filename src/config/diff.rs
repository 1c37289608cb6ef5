//! What is different between two configurations, and when it counts.

use std::collections::{BTreeMap, BTreeSet};

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
    let changed = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    let text = |side: &Flat<'_>, key| side.get(key).map_or(String::new(), |(text, _)| text.clone());
    changed
        .map(|key| Change {
            key: key.clone(),
            old: text(&before, key),
            new: text(&after, key),
            effect: show::effect(key),
        })
        .collect()
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
