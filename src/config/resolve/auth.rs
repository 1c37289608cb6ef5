//! `[auth]` and `[admin]`.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;

use super::super::application::Application;
use super::super::keys::Section;
use super::super::problem::{Origin, Problem, Wrong};
use super::super::read::{CertMapping, FromWritten, RuleLine, Span};
use super::super::settings::{Slot, Written};
use super::super::types::{Server, TlsMode, User};
use super::super::{Admin, Auth, AuthQuery, HbaRule, HbaSource, Method, Transport, UserName};
use super::reader::Reader;

/// Rules, the query and the map of certificates.
pub fn resolve(reader: &mut Reader<'_>, application: &Application, server: &Server) -> Auth {
    let of = |key| Slot::of(Section::Auth, key);
    let lines: Vec<RuleLine> = reader.list(&of("rules"));
    let mut rules: Vec<HbaRule> = lines.into_iter().filter_map(|RuleLine(rule)| rule).collect();
    let file: Option<PathBuf> = reader.given(&of("hba_file"));
    if let Some(path) = &file {
        rules.extend(hba_file(reader, path));
    }
    let written = file.is_some() || reader.settings.winner(&of("rules")).is_some();
    if !written {
        if let Some(user) = &application.passwordless {
            rules = trust_from_here(user.as_deref());
            reader.warn(
                "DATABASE_URL has no password: clients on this machine get in without one, and nobody else \
                 (set auth.rules to change that)"
                    .into(),
            );
        }
        rules.push(for_everybody());
    }
    check(reader, &rules, server);
    let mappings: Vec<CertMapping> = reader.list(&of("cert_map"));
    let cert_map = mappings.into_iter().map(|CertMapping(name, user)| (name, user)).collect();
    Auth { rules, query: query(reader), cert_map, file }
}

fn hba_file(reader: &mut Reader<'_>, path: &PathBuf) -> Vec<HbaRule> {
    let slot = Slot::of(Section::Auth, "hba_file");
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let what = format!("{} cannot be read: {error}", path.display());
            reader.complain(&slot, Wrong::new(what, "write the path of a file in pg_hba.conf's form"));
            return Vec::new();
        }
    };
    let mut rules = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match RuleLine::from_written(&Written::Text(line.into())) {
            Ok(RuleLine(rule)) => rules.extend(rule),
            Err(wrong) => {
                let origin = Some(Origin::File { path: path.as_path().into(), line: index + 1 });
                reader.problems.push(Problem { origin, key: String::new(), wrong });
            }
        }
    }
    rules
}

/// Replication too, which `all` alone leaves out: PostgreSQL's own rules decide about it.
fn every_database() -> Vec<String> {
    vec!["all".into(), "replication".into()]
}

/// The rule that ends the list when nobody wrote one.
fn for_everybody() -> HbaRule {
    HbaRule {
        transport: Transport::Any,
        databases: every_database(),
        users: Vec::new(),
        source: HbaSource::Any,
        method: Method::BySecret,
    }
}

fn trust_from_here(user: Option<&str>) -> Vec<HbaRule> {
    let users: Vec<String> = user.into_iter().map(str::to_owned).collect();
    let rule = |transport, source| HbaRule {
        transport,
        databases: every_database(),
        users: users.clone(),
        source,
        method: Method::Trust,
    };
    vec![
        rule(Transport::Local, HbaSource::Any),
        rule(Transport::Host, HbaSource::Network(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8)),
        rule(Transport::Host, HbaSource::Network(IpAddr::V6(Ipv6Addr::LOCALHOST), 128)),
    ]
}

fn check(reader: &mut Reader<'_>, rules: &[HbaRule], server: &Server) {
    let slot = Slot::of(Section::Auth, "rules");
    if rules.iter().any(|r| r.method == Method::Cert) && server.tls.client_ca.is_none() {
        let what = "a cert rule needs the authority that signs the clients' certificates";
        reader.complain(&slot, Wrong::new(what, "write client_ca = \"FILE\" in [server.tls]"));
    }
    if rules.iter().any(|r| r.transport == Transport::HostSsl) && server.tls.mode == TlsMode::Disable {
        reader.warn("auth: a hostssl rule never matches, because [server.tls] has no certificate".into());
    }
    let is_open = |rule: &&HbaRule| {
        let local = match rule.source {
            HbaSource::Any => rule.transport == Transport::Local,
            HbaSource::Network(ip, _) => ip.is_loopback(),
        };
        rule.method == Method::Trust && !local
    };
    if rules.iter().any(|rule| is_open(&rule)) {
        reader.warn("auth: a trust rule lets clients from other machines in without a password".into());
    }
}

fn query(reader: &mut Reader<'_>) -> Option<AuthQuery> {
    let of = |key| Slot::of(Section::Auth, key);
    let Span(cache) = reader.get(&of("query_cache"));
    let user: Option<String> = reader.given(&of("query_user"));
    let password = reader.given(&of("query_password"));
    let database: Option<String> = reader.given(&of("query_database"));
    let Some(query) = reader.given::<String>(&of("query")) else {
        for key in ["query_user", "query_password", "query_database"] {
            if reader.settings.winner(&of(key)).is_some() {
                reader.warn(format!("{} means nothing without auth.query", of(key)));
            }
        }
        return None;
    };
    if !query.contains("$1") {
        let write = "write \"SELECT usename, passwd FROM pg_shadow WHERE usename = $1\"";
        reader.complain(&of("query"), Wrong::new("the query has no $1, where the user's name goes", write));
    }
    if user.is_none() && reader.settings.winner(&of("query_user")).is_none() {
        let wrong =
            Wrong::new("the query needs a role to run as", "write query_user = \"pgweir_auth\" beside it");
        reader.complain(&of("query"), wrong);
    }
    Some(AuthQuery {
        query,
        user: user?.into(),
        password,
        database: database.map(Into::into),
        cache: cache.unwrap_or_default(),
    })
}

/// Who may use the console; warns about those who can never log in.
pub fn admin(reader: &mut Reader<'_>, users: &HashMap<UserName, Arc<User>>, auth: &Auth) -> Admin {
    let mut names = |key| -> Vec<UserName> {
        let names: Vec<String> = reader.list(&Slot::of(Section::Admin, key));
        names.into_iter().map(UserName::from).collect()
    };
    let admin = Admin { users: names("users"), stats_users: names("stats_users") };
    let needs_no_secret = auth.rules.iter().any(|r| matches!(r.method, Method::Trust | Method::Cert));
    if auth.query.is_none() && !needs_no_secret {
        let listed = admin.users.iter().chain(&admin.stats_users).chain(users.keys());
        let locked_out = |name: &&UserName| users.get(*name).is_none_or(|user| user.secret.is_none());
        let mut names: Vec<_> = listed.filter(locked_out).collect();
        names.sort();
        names.dedup();
        for name in names {
            reader.warn(format!(
                "nobody can log in as {:?}: there is no password for it in [[users]], and no auth.query",
                name.as_str()
            ));
        }
    }
    admin
}
