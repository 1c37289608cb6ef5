//! The console's language: text -> [`Command`], and the table that HELP is made from.
//!
//! A command is one line of words, in any case, with an optional semicolon. Commands that change something
//! stand in [`VERBS`] already, so that HELP and the errors speak of them; issue by issue they get an action.

use super::show::statements::{Listing, STATEMENTS};
use super::show::{self, TOPICS, Topic};

/// What a console user may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rights {
    /// Everything (`admin.users`).
    Admin,
    /// Look (`admin.stats_users`).
    ReadOnly,
}

/// A command, understood and allowed.
#[derive(Clone, Debug)]
pub enum Command {
    /// SHOW HELP.
    Help,
    /// SHOW a topic.
    Show(&'static Topic),
    /// SHOW a setting that drivers ask for.
    Setting(&'static Setting),
    /// SET of a setting that drivers insist on: accepted, without effect.
    SetIgnored,
    /// BEGIN, COMMIT, ROLLBACK: drivers without autocommit wrap whatever they send.
    Transaction(Transaction),
    /// SHOW STATEMENTS: which, and in what order.
    Statements(Listing),
    /// RESET STATEMENTS.
    ResetStatements,
    /// RESET BREAKERS, of one address or all.
    ResetBreakers(Option<String>),
}

/// Transaction commands, which mean nothing here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transaction {
    /// BEGIN or START TRANSACTION.
    Begin,
    /// COMMIT or END.
    Commit,
    /// ROLLBACK or ABORT.
    Rollback,
}

/// A setting that the console pretends to have.
#[derive(Debug)]
pub struct Setting {
    /// Its name, in lower case.
    pub name: &'static str,
    /// What SHOW answers.
    pub value: &'static str,
}

const SETTINGS: &[Setting] = &[
    Setting { name: "client_encoding", value: "UTF8" },
    Setting { name: "default_transaction_isolation", value: "read committed" },
    Setting { name: "transaction_isolation", value: "read committed" },
    Setting { name: "standard_conforming_strings", value: "on" },
    Setting { name: "datestyle", value: "ISO" },
    Setting { name: "timezone", value: "GMT" },
    Setting { name: "extra_float_digits", value: "1" },
    Setting { name: "application_name", value: "" },
];

/// A command that changes something, and how HELP shows its arguments.
#[derive(Debug)]
struct Verb {
    name: &'static str,
    usage: &'static str,
}

/// Commands for administrators. None has an action yet.
const VERBS: &[Verb] = &[
    Verb { name: "SET", usage: "SET key = arg" },
    Verb { name: "RELOAD", usage: "RELOAD" },
    Verb { name: "PAUSE", usage: "PAUSE [<db>]" },
    Verb { name: "RESUME", usage: "RESUME [<db>]" },
    Verb { name: "DISABLE", usage: "DISABLE <db>" },
    Verb { name: "ENABLE", usage: "ENABLE <db>" },
    Verb { name: "RECONNECT", usage: "RECONNECT [<db>]" },
    Verb { name: "KILL", usage: "KILL [<db>]" },
    Verb { name: "KILL_CLIENT", usage: "KILL_CLIENT <client_id>" },
    Verb { name: "SUSPEND", usage: "SUSPEND" },
    Verb { name: "SHUTDOWN", usage: "SHUTDOWN [WAIT_FOR_SERVERS|WAIT_FOR_CLIENTS]" },
    Verb { name: "WAIT_CLOSE", usage: "WAIT_CLOSE [<db>]" },
];

/// Why a command is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommandError {
    /// Not a command.
    #[error("syntax error at or near \"{0}\"")]
    Unknown(String),
    /// SHOW of something there is not.
    #[error("there is nothing called \"{0}\" to SHOW")]
    UnknownTopic(String),
    /// More than one command.
    #[error("the console takes one command at a time")]
    Several,
    /// The user may only look.
    #[error("permission denied: {0} is for administrators")]
    NotAllowed(&'static str),
    /// RESET BREAKERS of an address that is not in use.
    #[error("there is no backend \"{0}\"")]
    UnknownBackend(String),
    /// A command of the table without an action.
    #[error("{0} is not available yet")]
    Later(&'static str),
}

impl CommandError {
    /// The SQLSTATE.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) | Self::UnknownTopic(_) | Self::Several => "42601",
            Self::NotAllowed(_) => "42501",
            Self::UnknownBackend(_) => "42704",
            Self::Later(_) => "0A000",
        }
    }

    /// What to do instead.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown(_) | Self::UnknownTopic(_) => {
                format!("What works today is SHOW {}.", topics())
            }
            Self::Several => "Send each command in a query of its own.".into(),
            Self::NotAllowed(_) => "Administrators are listed in admin.users.".into(),
            Self::UnknownBackend(_) => "SHOW BREAKERS lists them.".into(),
            Self::Later("RELOAD") => "Send the process SIGHUP instead.".into(),
            Self::Later("SHUTDOWN") => {
                "Send the process SIGTERM instead (sessions finish), or SIGINT (they end sooner).".into()
            }
            Self::Later("SET") => "Change the configuration file and send the process SIGHUP instead.".into(),
            Self::Later(_) => "It comes with a later version.".into(),
        }
    }
}

/// Understands a command that is not empty.
pub fn parse(text: &str, rights: Rights) -> Result<Command, CommandError> {
    let (command, rest) = text.split_once(';').unwrap_or((text, ""));
    if !rest.trim_matches(|c: char| c == ';' || c.is_whitespace()).is_empty() {
        return Err(CommandError::Several);
    }
    let mut words = command.split(|c: char| c.is_whitespace() || c == '=').filter(|word| !word.is_empty());
    let verb = words.next().unwrap_or_default().to_ascii_uppercase();
    let argument = words.next().map(unquote).unwrap_or_default();
    match verb.as_str() {
        "SHOW" if argument.eq_ignore_ascii_case(STATEMENTS.name) => Listing::parse(words)
            .map(Command::Statements)
            .map_err(|word| CommandError::Unknown(shorten(word))),
        "SHOW" => show(argument, words.next()),
        "SET" => set(argument, words.next().map(unquote).unwrap_or_default(), rights),
        "RESET" if argument.eq_ignore_ascii_case(STATEMENTS.name) => match (words.next(), rights) {
            (Some(more), _) => Err(CommandError::Unknown(shorten(more))),
            (None, Rights::ReadOnly) => Err(CommandError::NotAllowed("RESET STATEMENTS")),
            (None, Rights::Admin) => Ok(Command::ResetStatements),
        },
        "RESET" if argument.eq_ignore_ascii_case("BREAKERS") => {
            reset_breakers(words.next().map(unquote), rights)
        }
        "BEGIN" | "START" => Ok(Command::Transaction(Transaction::Begin)),
        "COMMIT" | "END" => Ok(Command::Transaction(Transaction::Commit)),
        "ROLLBACK" | "ABORT" => Ok(Command::Transaction(Transaction::Rollback)),
        _ => Err(refuse(&verb, rights)),
    }
}

fn show(name: &str, more: Option<&str>) -> Result<Command, CommandError> {
    if let Some(more) = more {
        // The one setting of two words that drivers ask for.
        if name.eq_ignore_ascii_case("transaction") && more.eq_ignore_ascii_case("isolation") {
            return show("transaction_isolation", None);
        }
        return Err(CommandError::Unknown(shorten(more)));
    }
    if name.eq_ignore_ascii_case("HELP") || name.is_empty() {
        return Ok(Command::Help);
    }
    let topic = show::find(name).map(Command::Show);
    let setting = || setting(name).map(Command::Setting);
    topic.or_else(setting).ok_or_else(|| CommandError::UnknownTopic(shorten(name)))
}

fn set(name: &str, value: &str, rights: Rights) -> Result<Command, CommandError> {
    let scope = name.eq_ignore_ascii_case("session") || name.eq_ignore_ascii_case("local");
    let name = if scope { value } else { name };
    if setting(name).is_some() { Ok(Command::SetIgnored) } else { Err(refuse("SET", rights)) }
}

fn reset_breakers(address: Option<&str>, rights: Rights) -> Result<Command, CommandError> {
    match rights {
        Rights::ReadOnly => Err(CommandError::NotAllowed("RESET BREAKERS")),
        Rights::Admin => Ok(Command::ResetBreakers(address.map(shorten_address))),
    }
}

/// A unix socket's path is longer than any name.
fn shorten_address(address: &str) -> String {
    address.chars().take(255).collect()
}

fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name.eq_ignore_ascii_case(name))
}

fn refuse(verb: &str, rights: Rights) -> CommandError {
    match VERBS.iter().find(|known| known.name == verb) {
        None => CommandError::Unknown(shorten(verb)),
        Some(known) if rights == Rights::ReadOnly => CommandError::NotAllowed(known.name),
        Some(known) => CommandError::Later(known.name),
    }
}

/// The text of SHOW HELP.
pub fn help() -> String {
    let mut help = format!("\n\tSHOW HELP|{}", topics());
    help.push_str("\n\tSHOW STATEMENTS [BY time|calls|mean|p99|wait|rows|bytes|errors] [LIMIT <n>]");
    help.push_str("\n\tRESET STATEMENTS");
    help.push_str("\n\tRESET BREAKERS [<address>]");
    help.push_str("\nNot available yet:");
    for verb in VERBS {
        help.push_str("\n\t");
        help.push_str(verb.usage);
    }
    help
}

fn topics() -> String {
    TOPICS.iter().map(|topic| topic.name).collect::<Vec<_>>().join("|")
}

fn unquote(word: &str) -> &str {
    word.trim_matches(|c| c == '"' || c == '\'')
}

/// A word for an error message, cut to a length that belongs in one.
fn shorten(word: &str) -> String {
    word.chars().take(63).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admin(text: &str) -> Result<Command, CommandError> {
        parse(text, Rights::Admin)
    }

    #[test]
    fn commands_in_any_case_with_or_without_semicolon() {
        for text in ["SHOW POOLS", "show pools;", "  Show\n Pools ; ", "show \"pools\";;"] {
            assert!(matches!(admin(text), Ok(Command::Show(topic)) if topic.name == "POOLS"), "{text}");
        }
        assert!(matches!(admin("show help"), Ok(Command::Help)));
        assert!(matches!(admin("SHOW"), Ok(Command::Help)));
        assert!(matches!(admin("show TimeZone"), Ok(Command::Setting(s)) if s.value == "GMT"));
        assert!(matches!(admin("SHOW TRANSACTION ISOLATION LEVEL"), Ok(Command::Setting(_))));
    }

    #[test]
    fn drivers_habits_are_borne() {
        for text in
            ["SET extra_float_digits = 3", "set application_name='x'", "SET SESSION timezone TO 'UTC'"]
        {
            assert!(matches!(admin(text), Ok(Command::SetIgnored)), "{text}");
        }
        let begin = admin("BEGIN");
        assert!(matches!(begin, Ok(Command::Transaction(Transaction::Begin))));
    }

    #[test]
    fn refusals_say_which_and_why() {
        let unknown = admin("SHOW NOTHING").unwrap_err();
        assert_eq!(unknown.code(), "42601");
        assert!(unknown.hint().contains("POOLS"));
        assert_eq!(admin("DROP TABLE x").unwrap_err().code(), "42601");
        assert_eq!(admin("SHOW POOLS; SHOW STATS").unwrap_err(), CommandError::Several);
        assert_eq!(admin("PAUSE app").unwrap_err(), CommandError::Later("PAUSE"));
        assert!(admin("reload").unwrap_err().hint().contains("SIGHUP"));
        assert!(!unknown.hint().contains("PAUSE"), "what does not work is not offered");
        assert_eq!(parse("pause", Rights::ReadOnly).unwrap_err().code(), "42501");
        assert_eq!(parse("SET x = 1", Rights::ReadOnly).unwrap_err().code(), "42501");
        assert_eq!(parse("reset breakers", Rights::ReadOnly).unwrap_err().code(), "42501");
        assert!(matches!(admin("reset breakers;"), Ok(Command::ResetBreakers(None))));
        let one = admin("RESET BREAKERS \"[::1]:5432\"");
        assert!(matches!(one, Ok(Command::ResetBreakers(Some(address))) if address == "[::1]:5432"));
        assert_eq!(admin("SHOW POOLS x").unwrap_err(), CommandError::Unknown("x".into()));
    }

    #[test]
    fn help_names_everything() {
        let help = help();
        for name in TOPICS.iter().map(|t| t.name).chain(VERBS.iter().map(|v| v.name)) {
            assert!(help.contains(name), "{name}");
        }
    }
}
