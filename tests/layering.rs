//! The house's ranks: a module imports only from strictly lower ones, and from its own folder.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

const RANKS: &[(&str, u8)] = &[
    ("wire", 0),
    ("sql", 0),
    ("config", 0),
    ("metrics", 0),
    ("shutdown", 0),
    ("net", 1),
    ("auth", 1),
    ("observe", 1),
    ("backend", 2),
    ("pool", 3),
    ("route", 3),
    ("client", 4),
    ("session", 5),
    ("admin", 6),
    ("proxy", 7),
    ("cli", 8),
    // The binary stands on everything, its own command line included.
    ("main", 9),
];

fn rank(module: &str) -> u8 {
    RANKS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, rank)| *rank)
        .unwrap_or_else(|| panic!("module `{module}` has no rank: give it one in tests/layering.rs"))
}

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// The module that a file below `src` belongs to: its top folder, or its own name.
fn module_of(src: &Path, file: &Path) -> String {
    let first = file.strip_prefix(src).unwrap().components().next().unwrap();
    Path::new(first.as_os_str()).file_stem().unwrap().to_string_lossy().into_owned()
}

/// The modules that a text names as `crate::x` (or `pgweir::x`, from the binary), braces included.
fn imports(text: &str) -> Vec<String> {
    let code: String =
        text.lines().map(|l| l.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for root in ["crate::", "pgweir::"] {
        for (at, _) in code.match_indices(root) {
            let rest = &code[at + root.len()..];
            match rest.strip_prefix('{') {
                Some(list) => {
                    let list = &list[..list.find('}').unwrap_or(list.len())];
                    found.extend(list.split(',').map(|m| first_word(m.trim())));
                }
                None => found.push(first_word(rest)),
            }
        }
    }
    found.retain(|m| !m.is_empty() && m.chars().all(|c| c.is_lowercase() || c == '_'));
    found
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn imports_point_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let own = module_of(&src, &file);
        if own == "lib" {
            continue;
        }
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            if import != own && rank(&import) >= rank(&own) {
                wrong.push(format!("{}: `{own}` imports `{import}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that point up or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let text = "use crate::wire::Frame;\nuse crate::{pool::Pool, session};\n// use crate::admin::X;\nlet x = crate::sql::y();";
    let mut seen = imports(text);
    seen.sort();
    assert_eq!(seen, ["pool", "session", "sql", "wire"]);
}
