//! Every command, in one table: who may give it, how HELP shows it, how its arguments are read.

use super::words::Word;
use super::{Command, CommandError, Rights, Transaction, pretended};
use crate::admin::control::Ending;
use crate::admin::show;
use crate::admin::show::statements::{Listing, STATEMENTS};
use crate::config::DatabaseName;
use crate::observe::SocketId;
use crate::pool::Scope;

/// A command.
#[derive(Debug)]
pub struct Verb {
    /// Its first word, in upper case.
    pub name: &'static str,
    /// What HELP shows, a line each; nothing for what only drivers send.
    pub usage: &'static [&'static str],
    /// What a user needs.
    pub rights: Rights,
    /// Reads what follows the first word.
    pub parse: fn(&mut Arguments<'_>) -> Result<Command, CommandError>,
}

/// Every one, in the order of HELP.
pub const VERBS: &[Verb] = &[
    Verb {
        name: "SHOW",
        // The topics come before it, in a line of their own.
        usage: &["SHOW STATEMENTS [BY time|calls|mean|p99|wait|rows|bytes|errors] [LIMIT <n>]"],
        rights: Rights::ReadOnly,
        parse: show,
    },
    // What drivers insist on anybody may set; the rest is for administrators.
    Verb { name: "SET", usage: &["SET key = arg"], rights: Rights::ReadOnly, parse: set },
    admins("RELOAD", &["RELOAD"], |_| Ok(Command::Reload)),
    admins("PAUSE", &["PAUSE [<db>]"], |rest| Ok(Command::Pause(rest.scope("pause")?))),
    admins("RESUME", &["RESUME [<db>]"], |rest| Ok(Command::Resume(rest.scope("resume")?))),
    admins("DISABLE", &["DISABLE <db>"], |rest| Ok(Command::Disable(rest.database("disable")?))),
    admins("ENABLE", &["ENABLE <db>"], |rest| Ok(Command::Enable(rest.database("enable")?))),
    admins("RECONNECT", &["RECONNECT [<db>]"], |rest| Ok(Command::Reconnect(rest.scope("reconnect")?))),
    admins("KILL", &["KILL [<db>]"], |rest| Ok(Command::Kill(rest.scope("kill")?))),
    admins("KILL_CLIENT", &["KILL_CLIENT <client_id>"], kill_client),
    admins("SUSPEND", &["SUSPEND"], |_| Ok(Command::Suspend)),
    admins("SHUTDOWN", &["SHUTDOWN", "SHUTDOWN WAIT_FOR_SERVERS|WAIT_FOR_CLIENTS"], shutdown),
    admins("WAIT_CLOSE", &["WAIT_CLOSE [<db>]"], |rest| Ok(Command::WaitClose(rest.scope("wait in")?))),
    admins("RESET", &["RESET BREAKERS [<address>]", "RESET STATEMENTS"], reset),
    drivers("BEGIN", |rest| Ok(rest.transaction(Transaction::Begin))),
    drivers("START", |rest| Ok(rest.transaction(Transaction::Begin))),
    drivers("COMMIT", |rest| Ok(rest.transaction(Transaction::Commit))),
    drivers("END", |rest| Ok(rest.transaction(Transaction::Commit))),
    drivers("ROLLBACK", |rest| Ok(rest.transaction(Transaction::Rollback))),
    drivers("ABORT", |rest| Ok(rest.transaction(Transaction::Rollback))),
];

type Parse = fn(&mut Arguments<'_>) -> Result<Command, CommandError>;

const fn admins(name: &'static str, usage: &'static [&'static str], parse: Parse) -> Verb {
    Verb { name, usage, rights: Rights::Admin, parse }
}

/// Drivers without autocommit wrap whatever they send.
const fn drivers(name: &'static str, parse: Parse) -> Verb {
    Verb { name, usage: &[], rights: Rights::ReadOnly, parse }
}

/// The databases of the console itself, which no command is about.
const OWN: [&str; 2] = ["pgweir", "pgbouncer"];

/// What follows a command's first word.
pub struct Arguments<'a> {
    words: &'a [Word],
    rights: Rights,
}

impl<'a> Arguments<'a> {
    /// These words.
    pub fn new(words: &'a [Word], rights: Rights) -> Self {
        Self { words, rights }
    }

    /// The next word.
    fn next(&mut self) -> Option<&'a Word> {
        let (word, rest) = self.words.split_first()?;
        self.words = rest;
        Some(word)
    }

    /// Nothing may be left.
    pub fn end(mut self) -> Result<(), CommandError> {
        self.next().map_or(Ok(()), |word| Err(CommandError::syntax(word)))
    }

    /// A database, or all.
    fn scope(&mut self, doing: &'static str) -> Result<Scope, CommandError> {
        match self.words {
            [] => Ok(Scope::All),
            _ => self.database(doing).map(Scope::One),
        }
    }

    fn database(&mut self, doing: &'static str) -> Result<DatabaseName, CommandError> {
        let word = self.next().ok_or(CommandError::Missing("database"))?;
        if OWN.contains(&word.text.as_str()) {
            return Err(CommandError::AdminDatabase(doing, word.text.clone()));
        }
        Ok(word.text.as_str().into())
    }

    /// A transaction of nothing: its modes mean nothing either.
    fn transaction(&mut self, transaction: Transaction) -> Command {
        self.words = &[];
        Command::Transaction(transaction)
    }
}

fn show(rest: &mut Arguments<'_>) -> Result<Command, CommandError> {
    let Some(word) = rest.next() else { return Ok(Command::Help) };
    let name = word.text.as_str();
    if name.eq_ignore_ascii_case("HELP") {
        return Ok(Command::Help);
    }
    if name.eq_ignore_ascii_case(STATEMENTS.name) {
        return statements(rest);
    }
    if let Some(topic) = show::find(name) {
        return Ok(Command::Show(topic));
    }
    // The one setting of several words that drivers ask for.
    let level = |words: &[Word], expected: &str| {
        words.first().is_some_and(|word| word.text.eq_ignore_ascii_case(expected))
    };
    let isolation = name.eq_ignore_ascii_case("transaction") && level(rest.words, "isolation");
    if isolation {
        rest.next();
        rest.words = if level(rest.words, "level") { &rest.words[1..] } else { rest.words };
    }
    let setting = pretended::find(if isolation { "transaction_isolation" } else { name });
    setting.map(Command::Setting).ok_or_else(|| CommandError::UnknownTopic(word.clone()))
}

fn statements(rest: &mut Arguments<'_>) -> Result<Command, CommandError> {
    let words = std::mem::take(&mut rest.words);
    let listing = Listing::parse(words.iter().map(|word| word.text.as_str()));
    listing.map(Command::Statements).map_err(|wrong| {
        let word = words.iter().find(|word| word.text == wrong);
        word.map_or(CommandError::Missing("value"), CommandError::syntax)
    })
}

fn set(rest: &mut Arguments<'_>) -> Result<Command, CommandError> {
    let mut word = rest.next();
    let scope = |word: &Word| ["session", "local"].iter().any(|scope| word.text.eq_ignore_ascii_case(scope));
    if word.is_some_and(scope) {
        word = rest.next();
    }
    if word.is_some_and(|word| pretended::find(&word.text).is_some()) {
        // Several values are one text to drivers.
        rest.words = &[];
        return Ok(Command::SetIgnored);
    }
    if rest.rights != Rights::Admin {
        return Err(CommandError::NotAllowed("SET"));
    }
    let key = word.ok_or(CommandError::Missing("setting"))?;
    let mut value = rest.next();
    if value.is_some_and(|value| value.text.eq_ignore_ascii_case("to")) && !rest.words.is_empty() {
        value = rest.next();
    }
    let value = value.ok_or(CommandError::Missing("value"))?;
    Ok(Command::Set { key: key.clone(), value: value.text.clone() })
}

fn kill_client(rest: &mut Arguments<'_>) -> Result<Command, CommandError> {
    let word = rest.next().ok_or(CommandError::Missing("client id"))?;
    // Columns `id` and `ptr` of SHOW CLIENTS are the same number.
    let number = match word.text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => word.text.parse(),
    };
    number.map(|id| Command::KillClient(SocketId(id))).map_err(|_| CommandError::NotAnId(word.clone()))
}

fn shutdown(rest: &mut Arguments<'_>) -> Result<Command, CommandError> {
    let Some(word) = rest.next() else { return Ok(Command::Shutdown(Ending::Now)) };
    match word.text.to_ascii_uppercase().as_str() {
        "WAIT_FOR_SERVERS" => Ok(Command::Shutdown(Ending::WaitForServers)),
        "WAIT_FOR_CLIENTS" => Ok(Command::Shutdown(Ending::WaitForClients)),
        _ => Err(CommandError::syntax(word)),
    }
}

fn reset(rest: &mut Arguments<'_>) -> Result<Command, CommandError> {
    match rest.next() {
        Some(word) if word.text.eq_ignore_ascii_case("BREAKERS") => {
            Ok(Command::ResetBreakers(rest.next().map(|address| address.text.clone())))
        }
        Some(word) if word.text.eq_ignore_ascii_case(STATEMENTS.name) => Ok(Command::ResetStatements),
        Some(word) => Err(CommandError::syntax(word)),
        None => Err(CommandError::Missing("name: BREAKERS or STATEMENTS")),
    }
}
