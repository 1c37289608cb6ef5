//! One thing that a client sends and waits for: a text, a COPY, or a pipeline of the extended protocol.

use super::dice::Dice;
use super::grammar::write;
use super::support::frames;

/// See the module.
#[derive(Clone)]
pub struct Step {
    /// For people to read.
    pub shown: String,
    /// What is sent, in one write.
    pub bytes: Vec<u8>,
    /// How many ReadyForQuery answer it.
    pub readies: usize,
    /// How many statements it runs, or tries to.
    pub statements: usize,
}

const NAMES: [&str; 6] = ["", "", "p1", "p2", "P 3", "p4"];
const PORTALS: [&str; 3] = ["", "", "k1"];
const LIMITS: [i32; 4] = [0, 0, 1, 2];

impl Step {
    fn empty() -> Step {
        Step { shown: String::new(), bytes: Vec::new(), readies: 1, statements: 0 }
    }

    /// A Query.
    pub fn query(sql: &str) -> Step {
        Step { shown: sql.to_owned(), bytes: frames::query(sql), readies: 1, statements: 1 }
    }

    /// A random one, which a client may send in a transaction of this status.
    pub fn random(dice: &mut Dice, client: usize, status: u8) -> Step {
        // What follows a failure says 25P02 and nothing else: end such transactions soon.
        if status == b'E' && dice.one_in(3) {
            return Step::query(dice.pick(&["rollback", "commit", "rollback to s", "abort"]));
        }
        if status == b'T' && dice.one_in(12) {
            return Step::query(dice.pick(&["commit", "commit", "end", "rollback"]));
        }
        match dice.below(20) {
            0..=10 => Step::query(&write(dice, client, "statement")),
            11..=12 => several(dice, client),
            13 => copy(dice, client),
            14 => Step::query(dice.pick(&RELEASES)),
            _ => pipeline(dice, client, status),
        }
    }

    /// Whether something may see what a RESET took, or that it was given back. The backend's default is not what
    /// the session began with: pgweir mends that when the request has been answered, and not what SET LOCAL
    /// resets; within a transaction it is a query, behind which it is too late for an isolation level.
    pub fn sees_defaults(&self) -> bool {
        let text = self.shown.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let several = self.shown.contains([';', '|']);
        several && has(&["reset", "discard all", "default", "local", "names", "session authorization"])
            || has(&["set local"]) && has(&["default", "zone local"])
            || has(&["isolation"])
    }

    fn add(&mut self, shown: &str, bytes: Vec<u8>) {
        self.shown.push_str(shown);
        self.shown.push_str(" | ");
        self.bytes.extend(bytes);
    }
}

/// A text of several statements. What a text executes is prepared ahead of it where it is missing: in the
/// same transaction, in which it is then too late for an isolation level; and where that fails, the statements
/// before EXECUTE are not run (and rolled back) but not run at all.
fn several(dice: &mut Dice, client: usize) -> Step {
    loop {
        let sql = write(dice, client, "texts");
        let text = sql.to_ascii_lowercase();
        let names = ["execute", "prepare", "deallocate"].iter().any(|word| text.contains(word));
        let late = text.split(';').skip(1).any(|statement| statement.contains("execute"));
        if !late && (!names || !text.contains("transaction") && !text.contains("isolation")) {
            return Step { statements: 2, ..Step::query(&sql) };
        }
    }
}

/// They end what pins, so that another client may get that backend.
const RELEASES: [&str; 4] = [
    "discard all",
    "close all; select pg_advisory_unlock_all(); discard temp; discard sequences",
    "select pg_advisory_unlock_all()",
    "discard temp",
];

fn copy(dice: &mut Dice, client: usize) -> Step {
    let mut step = Step { statements: 1, ..Step::empty() };
    let into = dice.pick(&["{c}.t", "t", "x1", "pg_temp.x2"]);
    let sql = format!("copy {} (a) from stdin", into.replace("{c}", &format!("c{client}")));
    if dice.one_in(2) {
        step.add(&sql, frames::query(&sql));
    } else {
        step.add(&format!("extended {sql}"), whole("", &sql, &[], 0));
    }
    let extended = step.bytes[0] == b'P';
    let data = format!("{}\n", 50 + dice.below(40));
    step.add(&data, frames::copy_data(data.as_bytes()));
    match dice.below(4) {
        0 => step.add("CopyFail", frames::copy_fail("no more")),
        1 => {
            step.add("junk", frames::copy_data(b"junk\n"));
            step.add("CopyDone", frames::copy_done());
        }
        _ => step.add("CopyDone", frames::copy_done()),
    }
    if extended {
        step.add("Sync", frames::sync());
    }
    step
}

/// Everything that a driver sends for a statement with parameters.
fn whole(name: &str, sql: &str, values: &[Option<&[u8]>], limit: i32) -> Vec<u8> {
    [
        frames::parse(name, sql, &[]),
        frames::describe_statement(name),
        frames::bind("", name, values),
        frames::describe_portal(""),
        frames::execute("", limit),
    ]
    .concat()
}

fn pipeline(dice: &mut Dice, client: usize, status: u8) -> Step {
    let mut step = Step::empty();
    for _ in 0..=dice.below(5) {
        // PostgreSQL 15 may crash when a portal is run in a transaction that failed after its Bind.
        let kinds = if status == b'E' { SAFE } else { KINDS };
        add_message(&mut step, dice, client, kinds);
    }
    step.add("Sync", frames::sync());
    step
}

/// What pgweir cannot serve in the extended protocol as PostgreSQL does: an EXECUTE that runs another one, an
/// isolation level set outside of a transaction block, behind a statement that had to be prepared again, and
/// what was read otherwise when a text was prepared than it is when it is prepared again: literals, the columns
/// of a cursor that was not there, and a table that another role or `search_path` sees: if others have prepared
/// that text, its Parse succeeds, and what runs it fails.
fn beyond_reach(sql: &str) -> bool {
    let text = sql.to_ascii_lowercase();
    text.contains("execute ")
        || text.contains("'a\\")
        || text.contains("timestamptz")
        || text.contains("fetch")
        || text.split([' ', ',', ';', '(']).any(|word| word == "t")
        || text.starts_with("set ") && text.contains("transaction")
}

/// Kinds of message; those behind the first [`SAFE`] concern portals alone.
const KINDS: usize = 16;
const SAFE: usize = 14;

fn add_message(step: &mut Step, dice: &mut Dice, client: usize, kinds: usize) {
    let (name, portal, limit) = (dice.pick(&NAMES), dice.pick(&PORTALS), dice.pick(&LIMITS));
    let number = write(dice, client, "n");
    let one: &[Option<&[u8]>] = &[Some(number.as_bytes())];
    match dice.below(kinds) {
        0..=5 => {
            let word = dice.pick(&["statement", "query"]);
            let mut sql = write(dice, client, word);
            while beyond_reach(&sql) {
                sql = write(dice, client, word);
            }
            let values = if sql.contains("$1") && !sql.contains("$$") { one } else { &[] };
            step.statements += 1;
            step.add(&format!("whole {name:?} {limit} {sql}"), whole(name, &sql, values, limit));
        }
        6 | 7 => {
            let (setting, value) = (write(dice, client, "name"), write(dice, client, "text"));
            let value = value.trim_matches('\'');
            let local = dice.pick(&["t", "f", "f"]);
            let values = [setting.as_str(), value, local].map(|v| Some(v.as_bytes()));
            let sql = "select set_config($1, $2, $3)";
            step.statements += 1;
            step.add(&format!("set_config {name:?} {setting} {value} {local}"), whole(name, sql, &values, 0));
        }
        8 | 9 => {
            let word = dice.pick(&["query", "statement"]);
            let mut sql = write(dice, client, word);
            while beyond_reach(&sql) {
                sql = write(dice, client, word);
            }
            step.add(&format!("Parse {name:?} {sql}"), frames::parse(name, &sql, &[]));
        }
        10 | 11 => {
            let values = if dice.one_in(3) { one } else { &[] };
            let whole = [frames::bind("", name, values), frames::execute("", limit)].concat();
            step.statements += 1;
            step.add(&format!("Bind {name:?} {} values, Execute {limit}", values.len()), whole);
        }
        12 => step.add(&format!("Describe {name:?}"), frames::describe_statement(name)),
        13 => step.add(&format!("Close {name:?}"), frames::close_statement(name)),
        14 => step.add(&format!("Bind {portal:?} {name:?}"), frames::bind(portal, name, &[])),
        _ => {
            step.statements += 1;
            let both = [frames::execute(portal, limit), frames::execute(portal, 0)].concat();
            step.add(&format!("Execute {portal:?} {limit}, 0"), both);
        }
    }
}
