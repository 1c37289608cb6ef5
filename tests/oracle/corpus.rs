//! Statements and where they may run.

use crate::support::tool;

/// A statement of the corpus.
pub struct Case {
    /// The statement, or several.
    pub sql: String,
    /// `replica read`, `primary write`...
    pub target: String,
    /// Whether two runs answer alike.
    pub stable: bool,
    /// The file and line.
    pub place: String,
}

/// Everything that this PostgreSQL can be asked; says what is left out.
pub fn cases() -> Vec<Case> {
    let mut cases = read("reads.sql", include_str!("corpus/reads.sql"));
    cases.extend(read("primary.sql", include_str!("corpus/primary.sql")));
    if has_foreign() {
        cases.extend(read("foreign.sql", include_str!("corpus/foreign.sql")));
    } else {
        println!("LEFT OUT: foreign tables, because PostgreSQL's contrib module file_fdw is not installed");
    }
    cases
}

/// Whether contrib's file_fdw is there.
pub fn has_foreign() -> bool {
    let probe = tool("pg_config").arg("--sharedir").output();
    let shared = tool("postgres").get_program().to_owned();
    let beside = std::path::Path::new(&shared)
        .parent()
        .and_then(|bin| bin.parent())
        .map(|p| p.join("lib/file_fdw.so"));
    let configured = probe.ok().filter(|out| out.status.success()).is_some_and(|out| {
        let dir = String::from_utf8_lossy(&out.stdout).trim().to_owned();
        std::path::Path::new(&dir).join("extension/file_fdw.control").exists()
    });
    configured || beside.is_some_and(|library| library.exists())
}

fn read(file: &str, text: &str) -> Vec<Case> {
    let (mut cases, mut target) = (Vec::<Case>::new(), String::new());
    let mut goes_on = false;
    for (number, line) in text.lines().enumerate() {
        if let Some(heading) = line.strip_prefix("> ") {
            target = heading.to_owned();
        } else if goes_on && line.starts_with(' ') {
            let last = cases.last_mut().unwrap();
            last.sql += "\n";
            last.sql += line;
            continue;
        } else if !line.is_empty() && !line.starts_with('#') {
            let sql = line.strip_prefix('~');
            cases.push(Case {
                sql: sql.unwrap_or(line).to_owned(),
                target: target.clone(),
                stable: sql.is_none(),
                place: format!("{file}:{}", number + 1),
            });
            goes_on = true;
            continue;
        }
        goes_on = false;
    }
    cases
}

#[test]
fn the_corpus_is_large_and_says_nothing_twice() {
    let cases = cases();
    assert!(cases.len() >= 500, "{} statements", cases.len());
    let mut seen = std::collections::HashMap::new();
    for case in &cases {
        if let Some(before) = seen.insert(&case.sql, &case.place) {
            panic!("{} is {} again: {}", case.place, before, case.sql);
        }
    }
}
