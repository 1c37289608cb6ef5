//! The configuration under construction: tables in their order, and what there is to say about them.

use std::fmt;
use std::path::Path;

/// A table and its lines.
#[derive(Debug)]
struct Table {
    header: String,
    lines: Vec<String>,
}

/// See the module. Its `Display` is the file.
#[derive(Debug)]
pub struct Output {
    from: String,
    tables: Vec<Table>,
    notes: Vec<String>,
}

impl Output {
    pub fn of(file: &Path) -> Self {
        Self { from: file.display().to_string(), tables: Vec::new(), notes: Vec::new() }
    }

    /// Begins a table; the keys that follow are its own.
    pub fn table(&mut self, header: &str) -> &mut Self {
        self.tables.push(Table { header: header.into(), lines: Vec::new() });
        self
    }

    /// A key of the table that was named last, whose value is written as it is.
    pub fn raw(&mut self, key: &str, value: impl fmt::Display) -> &mut Self {
        if let Some(table) = self.tables.last_mut() {
            table.lines.push(format!("{key} = {value}"));
        }
        self
    }

    /// A key with a text.
    pub fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.raw(key, quoted(value))
    }

    /// A key with several texts.
    pub fn list<T: AsRef<str>>(&mut self, key: &str, values: &[T]) -> &mut Self {
        let values: Vec<_> = values.iter().map(|value| quoted(value.as_ref())).collect();
        self.raw(key, format_args!("[{}]", values.join(", ")))
    }

    /// Something that is not as it was.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// A text as TOML has it.
pub fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// The header of a table whose last part is a name that may need quotes.
pub fn header(path: &str, name: &str, rest: &str) -> String {
    let name = toml_edit::Key::new(name);
    format!("[{path}.{}{rest}]", name.display_repr())
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Made from {} by pgweir import. It holds passwords.", self.from)?;
        for table in self.tables.iter().filter(|table| !table.lines.is_empty()) {
            writeln!(f, "\n{}", table.header)?;
            table.lines.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        }
        if !self.notes.is_empty() {
            writeln!(f, "\n# What is not as it was:")?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "# - {note}"))
    }
}
