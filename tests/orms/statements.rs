//! The distinct statements in a server's log: a corpus of what real programs send.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Longer texts say nothing new.
const LONGEST: usize = 2_000;

/// Writes the statements of `log`, each once, newlines as `\n`, to `path`.
pub fn keep(path: &Path, log: &str) {
    let mut distinct = BTreeMap::new();
    for statement in statements(log) {
        if statement.len() <= LONGEST {
            distinct.entry(shape(&statement)).or_insert(statement);
        }
    }
    let lines: Vec<String> =
        distinct.into_values().map(|s| s.replace('\\', "\\\\").replace('\n', "\\n")).collect();
    fs::create_dir_all(path.parent().expect("a file in a folder")).unwrap();
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

/// What role app sent. A statement of many lines goes on behind tabs.
fn statements(log: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        if let Some(more) = line.strip_prefix('\t') {
            if inside && let Some(last) = found.last_mut() {
                last.push('\n');
                last.push_str(more);
            }
            continue;
        }
        let logged = line.split_once("app@app LOG:  ").and_then(|(_, said)| {
            said.strip_prefix("statement: ")
                .or_else(|| Some(said.strip_prefix("execute ")?.split_once(": ")?.1))
        });
        inside = logged.is_some();
        found.extend(logged.map(str::to_owned));
    }
    found
}

/// What statements that differ in their values alone have in common: good enough to leave most of them out.
fn shape(statement: &str) -> String {
    let mut shape = String::new();
    let mut quoted = false;
    for c in statement.chars() {
        quoted ^= c == '\'';
        let kept = if c.is_ascii_digit() { '0' } else { c };
        if !(quoted || kept == '0' && shape.ends_with('0')) {
            shape.push(kept);
        }
    }
    // Lists of parameters and rows are one structure.
    while shape.contains("$0, $0, $0") {
        shape = shape.replace("$0, $0, $0", "$0, $0");
    }
    shape
}
