//! The report: lines under headings, each with a verdict, and what they come to.

use std::fmt::{self, Display, Write};
use std::process::ExitCode;

/// What a line means for the operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// As it should be.
    Ok,
    /// Worth knowing, or could not be tried.
    Note,
    /// May go wrong, or is probably not what was meant.
    Warning,
    /// Goes wrong.
    Error,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Report {
    text: String,
    warnings: usize,
    errors: usize,
}

impl Report {
    /// Starts a section.
    pub(super) fn section(&mut self, title: impl Display) {
        let _ = writeln!(self.text, "{title}");
    }

    /// Adds a line; those of `what` after the first stand below it.
    pub(super) fn say(&mut self, verdict: Verdict, what: impl Display) {
        let word = match verdict {
            Verdict::Ok => "ok",
            Verdict::Note => "note",
            Verdict::Warning => "warning",
            Verdict::Error => "error",
        };
        match verdict {
            Verdict::Warning => self.warnings += 1,
            Verdict::Error => self.errors += 1,
            Verdict::Ok | Verdict::Note => {}
        }
        let what = what.to_string().replace('\n', "\n           ");
        let _ = writeln!(self.text, "  {word:<8} {what}");
    }

    /// Adds the last line.
    pub(super) fn conclude(&mut self) {
        let count = |n: usize, what: &str| match n {
            0 => format!("no {what}s"),
            1 => format!("1 {what}"),
            n => format!("{n} {what}s"),
        };
        let (errors, warnings) = (count(self.errors, "error"), count(self.warnings, "warning"));
        let _ = writeln!(self.text, "Result: {errors}, {warnings}");
    }

    /// Failure if anything goes wrong.
    pub(super) fn exit_code(&self) -> ExitCode {
        if self.errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
