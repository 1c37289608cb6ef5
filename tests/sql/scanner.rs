//! The lexer cuts a text where PostgreSQL's scanner does.

use pg_query::protobuf::Token as Code;
use pgweir::sql::lexer::{Kind, Lexer, StandardStrings};
use proptest::prelude::*;

use super::corpus;

/// Tokens as both sides can tell them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sort {
    Word,
    QuotedName,
    UnicodeName,
    String,
    UnicodeString,
    Bits,
    Hex,
    Number,
    Parameter,
    LineComment,
    BlockComment,
    Other,
}

type Token = (Sort, usize, usize);

fn ours(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for token in Lexer::new(sql.as_bytes(), StandardStrings::On) {
        let sort = match token.kind {
            Kind::Word => Sort::Word,
            Kind::QuotedName => Sort::QuotedName,
            Kind::UnicodeName => Sort::UnicodeName,
            Kind::String | Kind::EscapeString | Kind::DollarString => Sort::String,
            Kind::UnicodeString => Sort::UnicodeString,
            Kind::NationalString => {
                // To the scanner, the keyword NCHAR and a string.
                tokens.push((Sort::Word, token.start, token.start + 1));
                tokens.push((Sort::String, token.start + 1, token.end));
                continue;
            }
            Kind::BitString => Sort::Bits,
            Kind::HexString => Sort::Hex,
            Kind::Number => Sort::Number,
            Kind::Parameter => Sort::Parameter,
            Kind::LineComment => Sort::LineComment,
            Kind::BlockComment => Sort::BlockComment,
            _ => Sort::Other,
        };
        tokens.push((sort, token.start, token.end));
    }
    tokens
}

/// What the scanner says; `None` if it rejects the text.
fn theirs(sql: &str) -> Option<Vec<Token>> {
    let sort = |code: Code, start: usize| match code {
        Code::Ident if sql.as_bytes()[start] == b'"' => Sort::QuotedName,
        Code::Ident => Sort::Word,
        Code::Uident => Sort::UnicodeName,
        Code::Sconst => Sort::String,
        Code::Usconst => Sort::UnicodeString,
        Code::Bconst => Sort::Bits,
        Code::Xconst => Sort::Hex,
        Code::Iconst | Code::Fconst => Sort::Number,
        Code::Param => Sort::Parameter,
        Code::SqlComment => Sort::LineComment,
        Code::CComment => Sort::BlockComment,
        _ if sql.as_bytes()[start].is_ascii_alphabetic() => Sort::Word,
        _ => Sort::Other,
    };
    let tokens = pg_query::scan(sql).ok()?.tokens;
    let token = |t: &pg_query::protobuf::ScanToken| {
        let (start, end) = (t.start as usize, t.end as usize);
        (sort(t.token(), start), start, end)
    };
    Some(tokens.iter().map(token).collect())
}

fn same(sql: &str) -> bool {
    let Some(theirs) = theirs(sql) else { return false };
    assert_eq!(ours(sql), theirs, "{sql:?}");
    true
}

#[test]
fn the_corpus_is_cut_alike() {
    let accepted = corpus::statements().into_iter().filter(|sql| same(sql)).count();
    assert!(accepted * 100 > corpus::statements().len() * 98, "{accepted}");
}

/// Pieces with no regard for grammar.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "'",
    "''",
    "\"",
    "\\",
    "\\'",
    "$",
    "$$",
    "$a$",
    "$1",
    "--",
    "/*",
    "*/",
    "\n",
    "\r",
    " ",
    "\t",
    "a",
    "E'",
    "e'",
    "U&'",
    "u&\"",
    "N'",
    "B'",
    "x'",
    "U&",
    "uescape '!'",
    "UESCAPE",
    "+",
    "-",
    "*",
    "/",
    "<",
    ">",
    "=",
    "~",
    "!",
    "@",
    "#",
    "%",
    "^",
    "&",
    "|",
    "`",
    "?",
    ":",
    "::",
    ":=",
    ".",
    "..",
    ",",
    ";",
    "(",
    ")",
    "[",
    "]",
    "=>",
    "<>",
    "!=",
    "0",
    "1",
    "12",
    "1.5",
    ".5",
    "1e5",
    "1e",
    "0x1f",
    "0b1",
    "1_0",
    "é",
    "select",
    "in",
];

/// What may stand next to each other, with no regard for grammar.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => "[a-zA-Z_é][a-z0-9_$é]{0,5}",
        1 => "'[a-z\n' \\\\-]{0,6}'",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

    #[test]
    fn whatever_is_put_together_is_cut_alike(parts in prop::collection::vec(fragment(), 1..14)) {
        same(&parts.concat());
    }

    #[test]
    fn what_is_put_into_a_statement_is_cut_alike(
        sql in corpus::any(), at in any::<prop::sample::Index>(), part in fragment(),
    ) {
        let boundaries: Vec<_> = sql.char_indices().map(|(at, _)| at).collect();
        let (front, back) = sql.split_at(*at.get(&boundaries));
        same(&format!("{front}{part}{back}"));
    }
}
