//! Rules in the form of `pg_hba.conf` (PostgreSQL documentation, 20.1).
//!
//! Understood: `local`, `host`, `hostssl`, `hostnossl` and our own `any`; lists of names with the words `all`,
//! `sameuser` and `replication` (which `all` does not include); `all` or networks; the methods of [`Method`].
//! Host names, groups and options are refused by name rather than read as something else.

use std::net::IpAddr;

use super::keys::nearest;
use super::problem::Wrong;
use super::{HbaRule, HbaSource, Method, Transport};

const METHODS: &[(&str, Method)] = &[
    ("scram-sha-256", Method::ScramSha256),
    ("md5", Method::Md5),
    ("password", Method::Password),
    ("cert", Method::Cert),
    ("trust", Method::Trust),
    ("reject", Method::Reject),
];

const TRANSPORTS: &[(&str, Transport)] = &[
    ("local", Transport::Local),
    ("host", Transport::Host),
    ("hostssl", Transport::HostSsl),
    ("hostnossl", Transport::HostNoSsl),
    ("any", Transport::Any),
];

/// Reads one line; `None` for an empty one or a comment.
pub fn parse(line: &str) -> Result<Option<HbaRule>, Wrong> {
    let tokens = tokens(line)?;
    let mut fields = tokens.iter();
    let Some(first) = fields.next() else { return Ok(None) };
    let transport = one_of(TRANSPORTS, &first.text, "type of connection")?;
    let missing = || {
        let example = match transport {
            Transport::Local => "local all all scram-sha-256",
            _ => "hostssl all all 10.0.0.0/8 scram-sha-256",
        };
        Wrong::new(format!("the rule {line:?} is too short"), format!("write {example:?}"))
    };
    let databases = names(fields.next().ok_or_else(missing)?, "database")?;
    let users = names(fields.next().ok_or_else(missing)?, "user")?;
    let mut source = HbaSource::Any;
    let mut method = fields.next().ok_or_else(missing)?;
    if transport != Transport::Local && !(transport == Transport::Any && is_method(&method.text)) {
        let address = &method.text;
        method = fields.next().ok_or_else(missing)?;
        source = match method.text.parse::<IpAddr>() {
            Ok(mask) => {
                method = fields.next().ok_or_else(missing)?;
                masked(address, mask)?
            }
            Err(_) => network(address)?,
        };
    }
    let method = one_of(METHODS, &method.text, "method")?;
    if let Some(option) = fields.next() {
        let what = format!("options such as {:?} are not understood", option.text);
        return Err(Wrong::new(what, "leave it out; certificates are mapped by auth.cert_map"));
    }
    if method == Method::Cert && transport != Transport::HostSsl {
        return Err(Wrong::new("certificates come only over TLS", "write hostssl in front of cert"));
    }
    Ok(Some(HbaRule { transport, databases, users, source, method }))
}

/// Whether a line of a `pg_hba.conf` can be read.
///
/// # Errors
/// What cannot, and what to write instead.
pub fn check(line: &str) -> Result<(), Wrong> {
    parse(line).map(drop)
}

/// A field: its first name, and all names that commas tie to it, each with whether it was quoted.
struct Token {
    text: String,
    names: Vec<(String, bool)>,
}

/// Fields separated by blanks; `"quoted"` names keep blanks, commas and have no special meaning.
fn tokens(line: &str) -> Result<Vec<Token>, Wrong> {
    let mut fields: Vec<Token> = Vec::new();
    let mut chars = line.chars().peekable();
    let mut glue = false;
    loop {
        match chars.peek() {
            None | Some('#') => return Ok(fields),
            Some(',') => {
                chars.next();
                glue = true;
            }
            Some(c) if c.is_whitespace() => {
                chars.next();
            }
            Some(first) => {
                let quoted = *first == '"';
                let text: String = if quoted {
                    chars.next();
                    let text: String = chars.by_ref().take_while(|c| *c != '"').collect();
                    if line.matches('"').count() % 2 == 1 {
                        return Err(Wrong::new(format!("the rule {line:?} leaves a quote open"), "close it"));
                    }
                    text
                } else {
                    let mut text = String::new();
                    while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !matches!(c, ',' | '#')) {
                        text.push(c);
                    }
                    text
                };
                match fields.last_mut() {
                    Some(last) if glue => last.names.push((text, quoted)),
                    _ => fields.push(Token { names: vec![(text.clone(), quoted)], text }),
                }
                glue = false;
            }
        }
    }
}

/// The names of a field; none for `all`. `sameuser` and `replication` stay words for whoever matches them.
fn names(token: &Token, kind: &str) -> Result<Vec<String>, Wrong> {
    let words: &[&str] = if kind == "database" { &["all", "sameuser", "replication"] } else { &["all"] };
    for (name, quoted) in &token.names {
        let is_word = words.contains(&name.as_str());
        if *quoted && is_word {
            let what = format!("a {kind} named {name:?} cannot be told from the word {name}");
            return Err(Wrong::new(
                what,
                format!("rename the {kind}, or leave out the quotes if the word is meant"),
            ));
        }
        let unknown = matches!(name.as_str(), "samerole" | "samegroup") && kind == "database";
        if !quoted && (unknown || name.starts_with(['+', '@', '/'])) {
            let what = format!("{name:?} is not understood as a {kind}");
            return Err(Wrong::new(what, format!("write {kind} names separated by commas, or all")));
        }
    }
    match token.names.as_slice() {
        [(all, _)] if all == "all" => Ok(Vec::new()),
        names => Ok(names.iter().map(|(name, _)| name.clone()).collect()),
    }
}

fn network(text: &str) -> Result<HbaSource, Wrong> {
    if text == "all" {
        return Ok(HbaSource::Any);
    }
    let wrong = || {
        let what = format!("{text:?} is no network");
        Wrong::new(what, "write an address and a prefix length, such as 10.0.0.0/8 or ::1/128, or all")
    };
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u8>().map_err(|_| wrong())?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let widest = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(widest);
    if length > widest { Err(wrong()) } else { Ok(HbaSource::Network(address, length)) }
}

fn masked(address: &str, mask: IpAddr) -> Result<HbaSource, Wrong> {
    let wrong = || {
        let what = format!("{address:?} and {mask} are no network");
        Wrong::new(what, "write 10.0.0.0/8, or 10.0.0.0 255.0.0.0")
    };
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let (ones, contiguous) = match mask {
        IpAddr::V4(m) => (m.to_bits().leading_ones(), m.to_bits().leading_ones() == m.to_bits().count_ones()),
        IpAddr::V6(m) => (m.to_bits().leading_ones(), m.to_bits().leading_ones() == m.to_bits().count_ones()),
    };
    match contiguous && mask.is_ipv4() == address.is_ipv4() {
        true => Ok(HbaSource::Network(address, u8::try_from(ones).unwrap_or(u8::MAX))),
        false => Err(wrong()),
    }
}

fn is_method(text: &str) -> bool {
    METHODS.iter().any(|(name, _)| *name == text)
}

fn one_of<T: Copy>(table: &[(&str, T)], text: &str, kind: &str) -> Result<T, Wrong> {
    if let Some((_, value)) = table.iter().find(|(name, _)| *name == text) {
        return Ok(*value);
    }
    let names: Vec<_> = table.iter().map(|(name, _)| *name).collect();
    let write = match nearest(text, names.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("write one of {}", names.join(", ")),
    };
    Err(Wrong::new(format!("{text:?} is no {kind}"), write))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(line: &str) -> HbaRule {
        parse(line).unwrap().unwrap()
    }

    #[test]
    fn reads_the_forms_of_pg_hba() {
        let full = rule("hostssl app,\"my db\" alice , bob 10.0.0.0/8 scram-sha-256 # why");
        assert_eq!(full.transport, Transport::HostSsl);
        assert_eq!(full.databases, ["app", "my db"]);
        assert_eq!(full.users, ["alice", "bob"]);
        assert_eq!(full.source, HbaSource::Network([10, 0, 0, 0].into(), 8));
        assert_eq!(rule("local all all trust").source, HbaSource::Any);
        assert!(rule("host all all ::1/128 md5").databases.is_empty());
        assert_eq!(rule("host all,replication all all md5").databases, ["all", "replication"]);
        assert_eq!(rule("host sameuser all all md5").databases, ["sameuser"]);
        let masked = rule("host all all 192.168.0.0 255.255.0.0 reject");
        assert_eq!(masked.source, HbaSource::Network([192, 168, 0, 0].into(), 16));
        assert_eq!(rule("any all all trust").transport, Transport::Any);
        assert_eq!(parse("  # nothing"), Ok(None));
    }

    #[test]
    fn refuses_by_name_what_it_does_not_know() {
        for (line, expected) in [
            ("host all all 10.0.0.0/33 md5", "no network"),
            ("host all all db.example.com md5", "no network"),
            ("host all all 10.0.0.0/8 scram", "no method"),
            ("hots all all 10.0.0.0/8 md5", "did you mean host?"),
            ("host all +admins all md5", "+admins"),
            ("host samerole all all md5", "samerole"),
            ("host all \"all\" all md5", "the word all"),
            ("host all all", "too short"),
            ("host all all all cert", "hostssl"),
            ("hostssl all all all cert clientcert=verify-full", "options"),
            ("host all \"x all all md5", "quote"),
        ] {
            let wrong = parse(line).unwrap_err();
            let text = format!("{}; {}", wrong.what, wrong.write);
            assert!(text.contains(expected), "{line}: {text}");
        }
    }
}
