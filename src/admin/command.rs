//! The console's language: text -> [`Command`], by the one table that HELP is made from as well.
//!
//! A command is one line of words, in any case, with an optional semicolon.

mod pretended;
#[cfg(test)]
mod tests;
mod verbs;
mod words;

use super::control::Ending;
use super::show::statements::Listing;
use super::show::{TOPICS, Topic};
use crate::config::DatabaseName;
use crate::observe::SocketId;
use crate::pool::Scope;
pub use pretended::Setting;
use verbs::{Arguments, VERBS};
pub use words::Word;
use words::WordsError;

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
    /// SET of a setting of ours.
    Set {
        /// Its path, or PgBouncer's name.
        key: Word,
        /// As written, without quotes.
        value: String,
    },
    /// BEGIN, COMMIT, ROLLBACK: drivers without autocommit wrap whatever they send.
    Transaction(Transaction),
    /// RELOAD.
    Reload,
    /// PAUSE.
    Pause(Scope),
    /// RESUME.
    Resume(Scope),
    /// DISABLE.
    Disable(DatabaseName),
    /// ENABLE.
    Enable(DatabaseName),
    /// RECONNECT.
    Reconnect(Scope),
    /// KILL.
    Kill(Scope),
    /// KILL_CLIENT.
    KillClient(SocketId),
    /// SUSPEND.
    Suspend,
    /// SHUTDOWN.
    Shutdown(Ending),
    /// WAIT_CLOSE.
    WaitClose(Scope),
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

/// Why a command is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommandError {
    /// Not a command, or not all of it is.
    #[error("syntax error at or near \"{}\"", shorten(&.0.text))]
    Syntax(Word),
    /// A quote that nothing closes.
    #[error("unterminated quoted string at or near \"{}\"", shorten(&.0.text))]
    Unterminated(Word),
    /// Something is missing.
    #[error("syntax error at end of input: a {0} is required")]
    Missing(&'static str),
    /// SHOW of something there is not.
    #[error("there is nothing called \"{}\" to SHOW", shorten(&.0.text))]
    UnknownTopic(Word),
    /// A client is known by its number.
    #[error("invalid client id \"{}\"", shorten(&.0.text))]
    NotAnId(Word),
    /// More than one command: where the second begins.
    #[error("the console takes one command at a time")]
    Several(usize),
    /// The user may only look.
    #[error("permission denied: {0} is for administrators")]
    NotAllowed(&'static str),
    /// What the command does cannot be done to the console's own database.
    #[error("cannot {0} admin db: {1}")]
    AdminDatabase(&'static str, String),
    /// RESET BREAKERS of an address that is not in use.
    #[error("there is no backend \"{0}\"")]
    UnknownBackend(String),
}

impl CommandError {
    fn syntax(word: &Word) -> Self {
        Self::Syntax(word.clone())
    }

    /// The SQLSTATE.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_)
            | Self::Unterminated(_)
            | Self::Missing(_)
            | Self::UnknownTopic(_)
            | Self::NotAnId(_)
            | Self::Several(_) => "42601",
            Self::NotAllowed(_) => "42501",
            Self::AdminDatabase(..) => "0A000",
            Self::UnknownBackend(_) => "42704",
        }
    }

    /// Where in the text, in characters from 1.
    pub fn position(&self) -> Option<usize> {
        match self {
            Self::Syntax(word)
            | Self::Unterminated(word)
            | Self::UnknownTopic(word)
            | Self::NotAnId(word) => Some(word.at),
            Self::Several(at) => Some(*at),
            Self::Missing(_) | Self::NotAllowed(_) | Self::AdminDatabase(..) | Self::UnknownBackend(_) => {
                None
            }
        }
    }

    /// What to do instead.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownTopic(_) => format!("There is SHOW {}.", topics()),
            Self::Syntax(_) | Self::Unterminated(_) | Self::Missing(_) => {
                "SHOW HELP lists the commands.".into()
            }
            Self::NotAnId(_) => "SHOW CLIENTS has it in the column \"id\".".into(),
            Self::Several(_) => "Send each command in a query of its own.".into(),
            Self::NotAllowed(_) => "Administrators are listed in admin.users.".into(),
            Self::AdminDatabase(..) => "Name a database of SHOW DATABASES.".into(),
            Self::UnknownBackend(_) => "SHOW BREAKERS lists them.".into(),
        }
    }
}

/// Understands a command that is not empty.
pub fn parse(text: &str, rights: Rights) -> Result<Command, CommandError> {
    let words = words::split(text).map_err(|error| match error {
        WordsError::Unterminated(word) => CommandError::Unterminated(word),
        WordsError::Several(at) => CommandError::Several(at),
    })?;
    let Some((first, rest)) = words.split_first() else { return Err(CommandError::Missing("command")) };
    let verb = VERBS.iter().find(|verb| verb.name.eq_ignore_ascii_case(&first.text));
    let verb = verb.ok_or_else(|| CommandError::syntax(first))?;
    if verb.rights == Rights::Admin && rights != Rights::Admin {
        return Err(CommandError::NotAllowed(verb.name));
    }
    let mut rest = Arguments::new(rest, rights);
    let command = (verb.parse)(&mut rest)?;
    rest.end().map(|()| command)
}

/// The text of SHOW HELP.
pub fn help() -> String {
    let mut help = format!("\n\tSHOW HELP|{}", topics());
    for usage in VERBS.iter().flat_map(|verb| verb.usage) {
        help.push_str("\n\t");
        help.push_str(usage);
    }
    help
}

fn topics() -> String {
    TOPICS.iter().map(|topic| topic.name).collect::<Vec<_>>().join("|")
}

/// A word for an error message, cut to a length that belongs in one.
fn shorten(word: &str) -> String {
    word.chars().take(63).collect()
}
