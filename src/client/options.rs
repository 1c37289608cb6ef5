//! The startup parameter `options`: command-line arguments of a server process, of which `-c name=value` and
//! `--name=value` are settings (`pg_split_opts`, `process_postgres_switches`).

use crate::wire::error::{Report, SqlState};

/// The settings in `text`, in order.
///
/// # Errors
/// PostgreSQL's own, for a switch that sets nothing or may not be given by a client.
pub(super) fn expand(text: &str) -> Result<Vec<(String, String)>, Report> {
    let mut settings = Vec::new();
    let mut arguments = split(text).into_iter();
    while let Some(argument) = arguments.next() {
        let mut value_of = |attached: &str| match attached {
            "" => arguments.next(),
            attached => Some(attached.to_owned()),
        };
        if let Some(long) = argument.strip_prefix("--") {
            settings.push(setting(long, &argument)?);
        } else if let Some(rest) = argument.strip_prefix("-c") {
            let text = value_of(rest).ok_or_else(|| invalid(&argument))?;
            settings.push(setting(&text, &format!("-c {text}"))?);
        } else if let Some(rest) = argument.strip_prefix("-S") {
            let value = value_of(rest).ok_or_else(|| invalid(&argument))?;
            settings.push(("work_mem".into(), value));
        } else if argument == "-e" {
            settings.push(("datestyle".into(), "euro".into()));
        } else {
            return Err(invalid(&argument));
        }
    }
    Ok(settings)
}

/// `name=value`, with dashes in the name for underscores.
fn setting(text: &str, argument: &str) -> Result<(String, String), Report> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.replace('-', "_"), value.to_owned())),
        _ => Err(Report::fatal(SqlState::SYNTAX_ERROR, format!("{argument} requires a value"))),
    }
}

fn invalid(argument: &str) -> Report {
    let text = format!("invalid command-line argument for server process: {argument}");
    Report::fatal(SqlState::SYNTAX_ERROR, text)
        .hint("The startup parameter \"options\" may hold -c name=value and --name=value.")
}

/// Splits at white space; a backslash takes the next character as it is.
fn split(text: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut current: Option<String> = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            c if c.is_ascii_whitespace() || c == '\x0b' => arguments.extend(current.take()),
            '\\' => current.get_or_insert_default().extend(characters.next()),
            c => current.get_or_insert_default().push(c),
        }
    }
    arguments.extend(current);
    arguments
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn expanded(text: &str) -> Vec<(String, String)> {
        expand(text).unwrap()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.into(), value.into())
    }

    #[test]
    fn settings_come_in_every_form() {
        assert_eq!(
            expanded(r"-c a=b --search-path=x,y  -cd=e\ f\\ -S 64 -e -c g="),
            [
                pair("a", "b"),
                pair("search_path", "x,y"),
                pair("d", r"e f\"),
                pair("work_mem", "64"),
                pair("datestyle", "euro"),
                pair("g", "")
            ]
        );
        assert_eq!(expanded(" \t\n"), []);
        assert_eq!(expanded("-c options=a=b"), [pair("options", "a=b")]);
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        for text in ["-c", "-c a", "--a", "-c =b", "-S", "-x", "word", "-"] {
            let report = expand(text).unwrap_err();
            assert_eq!(report.state, SqlState::SYNTAX_ERROR, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[-cS= \\\\a]{0,12}|.{0,20}") {
            let _ = expand(&text);
        }
    }
}
