use proptest::prelude::*;

use super::*;

fn lex(sql: &str, strings: StandardStrings) -> Vec<(Kind, &str)> {
    Lexer::new(sql.as_bytes(), strings).map(|t| (t.kind, &sql[t.start..t.end])).collect()
}

#[track_caller]
fn check(sql: &str, expected: &[(Kind, &str)]) {
    assert_eq!(lex(sql, StandardStrings::On), expected, "{sql}");
}

/// A text that is one token.
#[track_caller]
fn whole(sql: &str, kind: Kind) {
    check(sql, &[(kind, sql)]);
}

#[test]
fn names() {
    use Kind::*;
    for sql in ["a", "select", "_x$1", "é日本", "a$b$c", "e", "N", "U", "x1"] {
        whole(sql, Word);
    }
    whole("\"a\"\"b;--\"", QuotedName);
    whole("\"\"", QuotedName);
    whole("U&\"\\0041\"", UnicodeName);
    whole("\"a\"\"", Unterminated);
    whole("u&\"a", Unterminated);
    check(
        "a.B [1]",
        &[(Word, "a"), (Dot, "."), (Word, "B"), (OpenBracket, "["), (Number, "1"), (CloseBracket, "]")],
    );
    check("U&a", &[(Word, "U"), (Operator, "&"), (Word, "a")]);
}

#[test]
fn strings() {
    use Kind::*;
    // Bit strings know no doubled quotes.
    check("B'1''0'", &[(BitString, "B'1'"), (String, "'0'")]);
    check("x'1'\n'f'", &[(HexString, "x'1'\n'f'")]);
    whole("''", String);
    whole("'it''s;'", String);
    whole("'\\'", String);
    whole("E'\\''", EscapeString);
    whole("e'\\\\'", EscapeString);
    whole("U&'\\'", UnicodeString);
    whole("N'a'", NationalString);
    whole("b'01'", BitString);
    whole("X'1F'", HexString);
    whole("'a'\n'b'", String);
    whole("'a' \t--c'\n --d\r\n 'b'", String);
    whole("E'a'\n'\\''", EscapeString);
    for sql in ["'a", "'a''", "E'\\'", "E'\\", "'a'\n'b", "b'", "$$a$", "$x$a$y$", "/* /* */"] {
        whole(sql, Unterminated);
    }
    check("'a' 'b'", &[(String, "'a'"), (String, "'b'")]);
    check("'a' /*\n*/ 'b'", &[(String, "'a'"), (BlockComment, "/*\n*/"), (String, "'b'")]);
    check("'a' --b", &[(String, "'a'"), (LineComment, "--b")]);
    check("te'a'", &[(Word, "te"), (String, "'a'")]);
    check("E 'a'", &[(Word, "E"), (String, "'a'")]);
    assert_eq!(lex(r"'\'' a", StandardStrings::Off), [(String, r"'\''"), (Word, "a")]);
    assert_eq!(lex(r"N'\'' a", StandardStrings::Off), [(NationalString, r"N'\''"), (Word, "a")]);
    assert_eq!(lex(r"B'\' a", StandardStrings::Off), [(BitString, r"B'\'"), (Word, "a")]);
}

#[test]
fn dollars() {
    use Kind::*;
    whole("$$a'b$c$$", DollarString);
    whole("$é1$ $$ $e$ $é1$", DollarString);
    whole("$a$$a$", DollarString);
    whole("$a$ $$a$", DollarString);
    whole("$$$a$$", DollarString);
    whole("$12", Parameter);
    check("$1$$a$$", &[(Parameter, "$1"), (DollarString, "$$a$$")]);
    check("$a b", &[(Stray, "$"), (Word, "a"), (Word, "b")]);
    check("$a$x$b$ $a$;", &[(DollarString, "$a$x$b$ $a$"), (Semicolon, ";")]);
    check("a$$b$$", &[(Word, "a$$b$$")]);
}

#[test]
fn numbers() {
    use Kind::*;
    for sql in
        ["1", "0", "1.", "1.5", ".5", "1e5", "1.e-5", "1.5E+05", "0x1F", "0b_1", "0o17", "1_000.2_5", "007"]
    {
        whole(sql, Number);
    }
    check("1..10", &[(Number, "1"), (DotDot, ".."), (Number, "10")]);
    check("1e", &[(Number, "1"), (Word, "e")]);
    check("1e+", &[(Number, "1"), (Word, "e"), (Operator, "+")]);
    check("0x", &[(Number, "0"), (Word, "x")]);
    check("1__0", &[(Number, "1"), (Word, "__0")]);
    check("-1", &[(Operator, "-"), (Number, "1")]);
    check("1.2.3", &[(Number, "1.2"), (Number, ".3")]);
}

#[test]
fn operators() {
    use Kind::*;
    for sql in ["+", "-", "<=", "!=", "->>", "@-", "?|", "#>>", "=>", "*", "~~*", "|/", "`"] {
        whole(sql, Operator);
    }
    check("=-1", &[(Operator, "="), (Operator, "-"), (Number, "1")]);
    check("*-+a", &[(Operator, "*"), (Operator, "-"), (Operator, "+"), (Word, "a")]);
    check("+--a", &[(Operator, "+"), (LineComment, "--a")]);
    check("*/*a*/", &[(Operator, "*"), (BlockComment, "/*a*/")]);
    check(
        "a::b:=c:d",
        &[(Word, "a"), (Cast, "::"), (Word, "b"), (Assign, ":="), (Word, "c"), (Colon, ":"), (Word, "d")],
    );
    check("(,);", &[(Open, "("), (Comma, ","), (Close, ")"), (Semicolon, ";")]);
    check("{\\\0", &[(Stray, "{"), (Stray, "\\"), (Stray, "\0")]);
}

#[test]
fn long_rows_of_signs_take_linear_time() {
    let sql = "+".repeat(100_000);
    assert_eq!(Lexer::new(sql.as_bytes(), StandardStrings::On).count(), sql.len());
}

#[test]
fn comments() {
    use Kind::*;
    whole("/**/", BlockComment);
    whole("/* /* ' */ ; */", BlockComment);
    whole("/***/", BlockComment);
    whole("/*//**/*/", BlockComment);
    whole("/*/", Unterminated);
    whole("--", LineComment);
    check("--a\r;", &[(LineComment, "--a"), (Semicolon, ";")]);
    check("/*a*/*/", &[(BlockComment, "/*a*/"), (Operator, "*/")]);
}

/// Pieces that make lexers stumble, between bytes of any kind.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "'", "''", "\"", "$", "$$", "$a$", "\\", "/*", "*/", "--", "\n", " ", "E'", "U&'", "U&\"", "B'", ";",
        "(", ")", "a", "é", "1", ".", "e", "0x", "_", "+", "-", "=", ":", "SET", "select",
    ];
    let piece = prop_oneof![
        4 => prop::sample::select(pieces.to_vec()).prop_map(|p| p.as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|b| vec![b]),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn tokens_and_whitespace_tile_any_text(sql in texts(), off in any::<bool>()) {
        let strings = if off { StandardStrings::Off } else { StandardStrings::On };
        let mut at = 0;
        for token in Lexer::new(&sql, strings) {
            prop_assert!(token.start >= at && token.end > token.start && token.end <= sql.len());
            prop_assert!(sql[at..token.start].iter().all(|b| is(*b, SPACE)));
            prop_assert!(token.kind != Kind::Unterminated || token.end == sql.len());
            at = token.end;
        }
        prop_assert!(sql[at..].iter().all(|b| is(*b, SPACE)));
        let again: Vec<_> = Lexer::new(&sql, strings).collect();
        prop_assert_eq!(again, Lexer::new(&sql, strings).collect::<Vec<_>>());
    }

    #[test]
    fn a_quoted_text_is_one_token(text in "[^\\\\\0]{0,40}") {
        for (sql, kind) in [
            (format!("'{}'", text.replace('\'', "''")), Kind::String),
            (format!("\"{}\"", text.replace('"', "\"\"")), Kind::QuotedName),
            (format!("E'{}'", text.replace('\'', "\\'")), Kind::EscapeString),
            (format!("$tag${text}$tag$"), Kind::DollarString),
        ] {
            prop_assert_eq!(lex(&sql, StandardStrings::On), [(kind, sql.as_str())]);
        }
    }
}
