//! `config/pgweir.toml` holds every key and tells the truth.

use std::fs;
use std::path::Path;

use pgweir::config::{Environment, Mode, load};

use crate::case::file;

/// The reference with every setting uncommented, and the files that it names made real.
fn uncommented(directory: &Path) -> String {
    let reference = fs::read_to_string("config/pgweir.toml").unwrap();
    let setting = |line: &str| {
        let rest = line.strip_prefix('#')?;
        rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[').then(|| rest.to_owned())
    };
    let lines: Vec<_> =
        reference.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned())).collect();
    for name in [
        "server.crt",
        "server.key",
        "clients-ca.crt",
        "db.crt",
        "db.key",
        "http.crt",
        "http.key",
        "pg_hba.conf",
    ] {
        fs::write(directory.join(name), "").unwrap();
    }
    let directory = directory.display().to_string();
    lines.join("\n").replace("/etc/pgweir", &directory).replace("/run/pgweir", &directory)
}

#[test]
fn the_reference_holds_every_key_and_all_of_it_is_valid() {
    for name in ["pgweir.toml", "minimal.toml", "demo.toml"] {
        let path = Path::new("config").join(name);
        load(Some(&path), &Environment::default()).unwrap_or_else(|errors| panic!("{name}: {errors}"));
    }
    let directory = tempfile::tempdir().unwrap();
    let whole = uncommented(directory.path());
    let config = file(&whole).load().unwrap_or_else(|errors| panic!("{errors}")).config;
    assert_eq!(config.databases.named["app"].pool.mode, Mode::Session);

    let table: toml::Table = whole.parse().unwrap();
    for key in pgweir::config::known_keys() {
        let parts: Vec<&str> = key.split('.').collect();
        let mut at = &toml::Value::Table(table.clone());
        for part in &parts {
            at = match (at, *part) {
                (toml::Value::Table(table), "NAME") => table.values().next().unwrap(),
                (toml::Value::Array(array), "NAME") => &array[0],
                (toml::Value::Table(table), part) => {
                    // One example per database is enough: its pool has the keys of [pool], its route those of
                    // [route]. Hosts and a primary cannot both be there.
                    let missing = ["pool.", "route.", "hosts"]
                        .iter()
                        .any(|own| key.strip_prefix("databases.NAME.").is_some_and(|k| k.starts_with(own)));
                    match table.get(part) {
                        Some(value) => value,
                        None if missing => break,
                        None => panic!("config/pgweir.toml lacks {key}"),
                    }
                }
                _ => panic!("{key}"),
            };
        }
    }
}

#[test]
fn the_reference_states_the_true_defaults() {
    let directory = tempfile::tempdir().unwrap();
    let whole: toml::Table = uncommented(directory.path()).parse().unwrap();
    for (key, default) in pgweir::config::known_defaults() {
        let (table, name) = key.rsplit_once('.').unwrap();
        let Some(toml::Value::Table(table)) =
            table.split('.').try_fold(toml::Value::Table(whole.clone()), |at, part| at.get(part).cloned())
        else {
            panic!("config/pgweir.toml lacks [{table}]")
        };
        let text = match &table[name] {
            toml::Value::String(text) => text.clone(),
            toml::Value::Array(items) => {
                items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
        assert_eq!(text, default, "{key}");
    }
}
