//! userlist.txt and `[users]`: who may log in, and with what limits.

use std::collections::BTreeMap;

use super::ini::{Ini, Parameters, until_quote};
use super::output::Output;
use super::{ImportError, settings};

/// Secrets by user.
pub type Secrets = BTreeMap<String, String>;

/// Reads the file that `auth_file` names.
pub fn read(ini: &Ini, output: &mut Output) -> Result<Secrets, ImportError> {
    let Some(name) = ini.get("auth_file").filter(|name| !name.is_empty()) else { return Ok(Secrets::new()) };
    let path = ini.path(name);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            output.note(format!("auth_file: {} is not there; nobody of it can log in", path.display()));
            return Ok(Secrets::new());
        }
        Err(source) => return Err(ImportError::Unreadable { path, source }),
    };
    let mut secrets = Secrets::new();
    for (at, line) in text.lines().enumerate() {
        // As PgBouncer has it: what does not begin with a quote is a comment.
        let Some(line) = line.trim_start().strip_prefix('"') else { continue };
        let pair = until_quote(line, '"').and_then(|(user, rest)| {
            let (secret, _) = until_quote(rest.trim_start().strip_prefix('"')?, '"')?;
            Some((user, secret))
        });
        let Some((user, secret)) = pair else {
            let what = "write \"user\" \"password\"".into();
            return Err(ImportError::Syntax { path, line: at + 1, what });
        };
        secrets.insert(user, secret);
    }
    Ok(secrets)
}

/// The password of a user, where it is known as such.
pub fn password<'a>(secrets: &'a Secrets, user: &str) -> Option<&'a str> {
    let secret = secrets.get(user).map(String::as_str)?;
    let is_hash = secret.starts_with("SCRAM-SHA-256$") || secret.len() == 35 && secret.starts_with("md5");
    (!is_hash && !secret.is_empty()).then_some(secret)
}

/// `[[users]]`.
pub fn translate(ini: &Ini, secrets: &Secrets, output: &mut Output) {
    let mut names: Vec<&str> = secrets.keys().map(String::as_str).collect();
    names.extend(ini.users.iter().map(|(name, _)| name.as_str()).filter(|name| !secrets.contains_key(*name)));
    for name in names {
        let parameters = ini.users.iter().rev().find(|(user, _)| user == name).map(|(_, found)| found);
        output.table("[[users]]").text("name", name);
        match secrets.get(name) {
            Some(secret) if !secret.is_empty() => drop(output.text("password", secret)),
            Some(_) => output.note(format!("user {name}: an empty password lets nobody in")),
            None => {}
        }
        limits(name, parameters.unwrap_or(&Parameters::new()), output);
    }
}

fn limits(name: &str, parameters: &Parameters, output: &mut Output) {
    let mut pool = Vec::new();
    for (key, value) in parameters {
        let ours = match key.as_str() {
            "max_user_connections" => "max_connections",
            "max_user_client_connections" => "max_clients",
            "pool_mode" | "pool_size" | "min_pool_size" | "reserve_pool_size" => {
                pool.push((key, value));
                continue;
            }
            _ => {
                output.note(format!("user {name}: {key} has no counterpart for one user"));
                continue;
            }
        };
        match value.parse::<u64>() {
            Ok(0) => {}
            Ok(limit) => drop(output.raw(ours, limit)),
            Err(_) => output.note(format!("user {name}: {key} = {value} is no number, and left out")),
        }
    }
    if pool.is_empty() {
        return;
    }
    output.table("[users.pool]");
    for (key, value) in pool {
        settings::pool(&format!("user {name}"), key, value, output);
    }
}
