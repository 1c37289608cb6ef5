//! `[databases.NAME]` and `[[users]]`.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use super::super::keys::Section;
use super::super::problem::{Note, Origin, Wrong};
use super::super::read::Limit;
use super::super::settings::Slot;
use super::super::types::{Address, BackendUrl, Database, Databases, PoolOverride, PoolSize, Server, User};
use super::super::url::Parsed;
use super::super::{DatabaseName, FixedRole, Roles, UserName};
use super::reader::Reader;
use super::{files, pool, route};

/// Every database, the wildcard apart.
pub fn resolve(reader: &mut Reader<'_>, server: &Server) -> Databases {
    let mut databases = Databases::default();
    let mut names = subjects(reader, Section::Database, Section::DatabasePool);
    names.extend(reader.settings.subjects(Section::DatabaseRoute));
    for name in names {
        let Some(database) = database(reader, &name, server) else { continue };
        match name.as_str() {
            "*" => databases.wildcard = Some(Arc::new(database)),
            _ => drop(databases.named.insert(DatabaseName::from(name), Arc::new(database))),
        }
    }
    for reserved in ["pgweir", "pgbouncer"] {
        if databases.named.contains_key(reserved) {
            let wrong =
                Wrong::new(format!("{reserved:?} is the console"), "choose another name for the database");
            reader.complain(&Slot::named(Section::Database, reserved, "primary"), wrong);
        }
    }
    databases
}

fn subjects(reader: &Reader<'_>, table: Section, inner: Section) -> BTreeSet<String> {
    let mut names = reader.settings.subjects(table);
    names.extend(reader.settings.subjects(inner));
    names
}

fn database(reader: &mut Reader<'_>, name: &str, server: &Server) -> Option<Database> {
    let slot = |key| Slot::named(Section::Database, name, key);
    let pool = pool::resolve(reader, Some(name), server);
    let Limit(max_connections) = reader.get(&slot("max_connections"));
    let Limit(max_clients) = reader.get(&slot("max_clients"));
    let role = reader.get(&slot("role"));
    let route = route::resolve(reader, Some(name));
    let (primary, replicas, roles) = match reader.settings.winner(&slot("hosts")) {
        Some(_) => hosts(reader, name, server)?,
        None => backends(reader, name, server)?,
    };
    doubt(reader, name, (&primary, &replicas), role);
    Some(Database {
        name: name.into(),
        primary,
        replicas,
        roles,
        role,
        route,
        pool,
        max_connections,
        max_clients,
    })
}

/// Of so many backends one is chosen; what is beyond them serves no reads.
const MOST_BACKENDS: usize = 16;

/// Warns of what is allowed and hardly meant.
fn doubt(
    reader: &mut Reader<'_>,
    name: &str,
    (primary, replicas): (&BackendUrl, &[BackendUrl]),
    role: FixedRole,
) {
    let slot = |key| Slot::named(Section::Database, name, key);
    if role == FixedRole::Replica && replicas.is_empty() {
        reader.warn(format!("{}: there are no replicas, so that its one backend serves it", slot("role")));
    }
    if replicas.len() >= MOST_BACKENDS {
        let what = format!("only the first {MOST_BACKENDS} backends serve reads");
        reader.warn(format!("{}: {what}", slot("replicas")));
    }
    if let Some(other) = replicas.iter().find(|replica| replica.database != primary.database) {
        let what = "is asked for another database than the primary: their answers differ";
        reader.warn(format!("{}: {} {what}", slot("replicas"), other.address));
    }
}

/// The backends of a database: the primary, or the first; the others; whether their roles are known.
type Backends = (BackendUrl, Vec<BackendUrl>, Roles);

/// `primary` and `replicas`.
fn backends(reader: &mut Reader<'_>, name: &str, server: &Server) -> Option<Backends> {
    let slot = |key| Slot::named(Section::Database, name, key);
    if reader.settings.winner(&slot("primary")).is_none() {
        let write = "write primary = \"postgres://host:5432/database\"";
        reader.complain(&slot("primary"), Wrong::new("the database has no primary", write));
    }
    let primary: Option<Parsed> = reader.given(&slot("primary"));
    let replicas: Vec<Parsed> = reader.list(&slot("replicas"));
    let primary = backend(reader, &slot("primary"), primary?, server);
    let replicas: Vec<_> = replicas
        .into_iter()
        .map(|replica| inherit(backend(reader, &slot("replicas"), replica, server), &primary))
        .collect();
    check_once(reader, &slot("replicas"), &replicas);
    if replicas.iter().any(|replica| replica.address == primary.address) {
        reader.warn(format!("{}: {} is the primary as well", slot("replicas"), primary.address));
    }
    Some((primary, replicas, Roles::Given))
}

/// `hosts`: whichever of them is the primary now.
fn hosts(reader: &mut Reader<'_>, name: &str, server: &Server) -> Option<Backends> {
    let slot = |key| Slot::named(Section::Database, name, key);
    for other in ["primary", "replicas"] {
        if reader.settings.winner(&slot(other)).is_some() {
            let what = format!("{} is there as well", slot("hosts"));
            let write = "write primary and replicas, or hosts, whose roles are found out";
            reader.complain(&slot(other), Wrong::new(what, write));
        }
    }
    let written: Vec<Parsed> = reader.list(&slot("hosts"));
    let mut all =
        written.into_iter().map(|host| backend(reader, &slot("hosts"), host, server)).collect::<Vec<_>>();
    check_once(reader, &slot("hosts"), &all);
    if all.is_empty() {
        // An item that is wrong is on the list already.
        if !reader.problems.iter().any(|p| p.key == slot("hosts").to_string()) {
            let write = "write hosts = [\"postgres://host1:5432/database\", ...]";
            reader.complain(&slot("hosts"), Wrong::new("the database has no hosts", write));
        }
        return None;
    }
    let first = all.remove(0);
    let others = all.into_iter().map(|host| inherit(host, &first)).collect();
    Some((first, others, Roles::Found))
}

fn check_once(reader: &mut Reader<'_>, slot: &Slot, urls: &[BackendUrl]) {
    for (index, url) in urls.iter().enumerate() {
        if urls.iter().take(index).any(|other| other.address == url.address) {
            let what = format!("{} stands here twice", url.address);
            reader.complain(slot, Wrong::new(what, "write it once"));
        }
    }
}

/// The backend of a URL, once its files are there, and it is not ourselves.
fn backend(reader: &mut Reader<'_>, slot: &Slot, parsed: Parsed, server: &Server) -> BackendUrl {
    let backend = parsed.backend;
    if is_self(&backend.address, server) {
        let what = format!("{} is where pgweir itself listens", backend.address);
        reader.complain(slot, Wrong::new(what, "write the address of PostgreSQL, or change server.listen"));
    }
    let identity = backend.tls.identity.iter().flat_map(|i| [&i.certificate, &i.key]);
    for path in backend.tls.root_certificate.iter().chain(identity) {
        files::check_readable(reader, slot, path);
    }
    if let Some(identity) = &backend.tls.identity {
        files::check_private(reader, &identity.key, "the private key");
    }
    let place = reader.place(slot);
    for (parameter, why) in parsed.ignored {
        reader.notes.push(Note::info(format!("{place}: {slot}: the URL's {parameter} is ignored: {why}")));
    }
    let is_database_url = matches!(reader.origin(slot), Some(Origin::Url { variable: "DATABASE_URL", .. }));
    for (parameter, _) in parsed.pool.iter().filter(|_| !is_database_url) {
        reader.warn(format!(
            "{place}: {slot}: the URL's {} is ignored: pools are set in [databases.NAME.pool]",
            parameter.name()
        ));
    }
    backend
}

/// What a replica's URL leaves out is the primary's.
fn inherit(replica: BackendUrl, primary: &BackendUrl) -> BackendUrl {
    let same_role = replica.user.is_none() || replica.user == primary.user;
    BackendUrl {
        database: replica.database.or_else(|| primary.database.clone()),
        password: replica.password.or_else(|| primary.password.clone().filter(|_| same_role)),
        user: replica.user.or_else(|| primary.user.clone()),
        ..replica
    }
}

fn is_self(address: &Address, server: &Server) -> bool {
    let Address::Tcp { host, port } = address else { return false };
    let here = match host.parse::<IpAddr>() {
        Ok(ip) => ip.is_loopback(),
        Err(_) => host == "localhost",
    };
    let ours = |listen: &std::net::SocketAddr| {
        let everywhere = listen.ip().is_unspecified() || listen.ip().is_loopback();
        listen.port() == *port && (here && everywhere || *host == listen.ip().to_string())
    };
    server.listen.iter().any(ours)
}

/// Every user that is known by name.
pub fn users(reader: &mut Reader<'_>) -> HashMap<UserName, Arc<User>> {
    let names = subjects(reader, Section::User, Section::UserPool);
    names.into_iter().map(|name| (name.as_str().into(), Arc::new(user(reader, &name)))).collect()
}

fn user(reader: &mut Reader<'_>, name: &str) -> User {
    let slot = |key| Slot::named(Section::User, name, key);
    let own = |key| Slot::named(Section::UserPool, name, key);
    let pool = PoolOverride {
        mode: reader.given(&own("mode")),
        size: reader.given(&own("size")),
        min_idle: reader.given(&own("min_idle")),
        overflow: reader.given(&own("overflow")),
    };
    if let (Some(PoolSize::Fixed(size)), Some(min_idle)) = (pool.size, pool.min_idle)
        && min_idle > size
    {
        let what = format!("{min_idle} is more than {} ({size})", own("size"));
        reader.complain(&own("min_idle"), Wrong::new(what, format!("write at most {size}")));
    }
    User {
        name: name.into(),
        secret: reader.given(&slot("password")),
        pool,
        max_clients: reader.get::<Limit>(&slot("max_clients")).0,
        max_connections: reader.get::<Limit>(&slot("max_connections")).0,
        priority: reader.get(&slot("priority")),
    }
}
