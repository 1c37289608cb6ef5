//! Values of settings, brought into the form in which PostgreSQL keeps them (its
//! `flatten_set_variable_args`), so that `set_config` can set them again.

use super::super::cursor::Cursor;
use super::super::lexer::Kind;
use super::keywords::push_identifier;

/// The lists of which PostgreSQL quotes the items that are no plain identifiers.
const QUOTED_LISTS: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// Takes a value or a list of them, to the end of the statement.
pub fn list(cursor: &mut Cursor<'_>, name: &str) -> Option<String> {
    let mut list = String::new();
    loop {
        push_item(&mut list, name, &item(cursor)?);
        if cursor.at_end() {
            return Some(list);
        }
        cursor.take(Kind::Comma)?;
        list.push_str(", ");
    }
}

/// A list of one string.
pub fn quoted(name: &str, text: &str) -> String {
    let mut list = String::new();
    push_item(&mut list, name, &Item::Text(text.to_owned()));
    list
}

/// An item, and whether it may need quotes.
enum Item {
    /// An identifier or string.
    Text(String),
    /// A number, in its final form.
    Number(String),
}

fn push_item(list: &mut String, name: &str, item: &Item) {
    match item {
        Item::Text(text) if QUOTED_LISTS.contains(&name) => push_identifier(list, text),
        Item::Text(text) | Item::Number(text) => list.push_str(text),
    }
}

fn item(cursor: &mut Cursor<'_>) -> Option<Item> {
    if let Some(number) = number(cursor) {
        return Some(Item::Number(number));
    }
    cursor.string().or_else(|| cursor.name()).map(Item::Text)
}

/// Takes a number with an optional sign. Integers of 32 bits are kept in decimal, all others as written.
pub fn number(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut ahead = cursor.clone();
    let negative = ahead.operator("-");
    if !negative {
        ahead.operator("+");
    }
    let token = ahead.take(Kind::Number)?;
    let text = std::str::from_utf8(ahead.bytes(token)).ok()?;
    *cursor = ahead;
    let sign = if negative { "-" } else { "" };
    Some(match integer(text) {
        Some(0) => "0".to_owned(),
        Some(value) => format!("{sign}{value}"),
        None => format!("{sign}{text}"),
    })
}

fn integer(text: &str) -> Option<i32> {
    let digits = text.replace('_', "");
    let based = |radix| i32::from_str_radix(&digits[2..], radix).ok();
    match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => based(16),
        [b'0', b'o' | b'O', ..] => based(8),
        [b'0', b'b' | b'B', ..] => based(2),
        _ => digits.parse().ok(),
    }
}
