//! The command line: its arguments, its log, and the commands that are not the proxy.

mod check;
mod health;
mod import;
mod logging;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use check::check;
pub use health::{Probe, health};
pub use import::import;
pub use logging::start_logging;

/// A PostgreSQL connection pooler that cannot be told from a direct connection.
///
/// Without a file the environment says everything: DATABASE_URL=postgres://… pgweir
#[derive(Parser, Clone, PartialEq, Eq, Debug)]
#[command(name = "pgweir", version, about, long_about)]
pub struct Arguments {
    /// The configuration file (TOML); every key is also an environment variable, PGWEIR_A_B for a.b.
    #[arg(long, short, global = true, value_name = "FILE", env = "PGWEIR_CONFIG")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do.
#[derive(Subcommand, Clone, PartialEq, Eq, Debug, Default)]
pub enum Command {
    /// Serve clients until told to stop (the default).
    #[default]
    Run,
    /// Validate the configuration, connect to every backend, and report what would go wrong.
    Check,
    /// Ask the pgweir that runs with this configuration how it is; exit code 0 when it is well.
    Health {
        /// What to ask for.
        #[arg(value_enum, default_value_t)]
        probe: Probe,
    },
    /// Make a configuration of a pgbouncer.ini, its userlist.txt and its rules, and list what has no counterpart.
    Import {
        /// The pgbouncer.ini.
        #[arg(value_name = "PGBOUNCER_INI")]
        file: PathBuf,
        /// Where to write it, instead of standard output; the file must not exist.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Says why on standard error, and what the exit code is.
#[allow(clippy::print_stderr, reason = "the command's own output, before there is a log")]
pub fn fail(error: &dyn std::fmt::Display) -> std::process::ExitCode {
    eprintln!("pgweir: {error}");
    std::process::ExitCode::FAILURE
}

impl Arguments {
    /// What to do, `Run` unless said otherwise.
    pub fn command(&self) -> Command {
        self.command.clone().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Arguments {
        Arguments::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn the_file_may_stand_on_either_side_of_the_command() {
        <Arguments as CommandFactory>::command().debug_assert();
        assert_eq!(parse("pgweir --config a.toml").command(), Command::Run);
        assert_eq!(parse("pgweir run --config a.toml").config, Some("a.toml".into()));
        assert_eq!(parse("pgweir --config a.toml check"), parse("pgweir check --config a.toml"));
        assert_eq!(parse("pgweir health").command(), Command::Health { probe: Probe::Full });
        assert_eq!(parse("pgweir health ready").command(), Command::Health { probe: Probe::Ready });
        assert!(Arguments::try_parse_from(["pgweir", "chekc"]).is_err());
    }
}
