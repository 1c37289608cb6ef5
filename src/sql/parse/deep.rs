//! Trees that are too deep to decode (some 45 joins, or operators in a row), such as reports have them: what
//! the parser's own summary says of their tables, and the tokens of the rest. It errs towards writes and towards
//! functions: whatever name stands before a parenthesis is taken for one.

use std::collections::BTreeSet;

use pg_query::ParserOptions;

use super::super::cursor::Cursor;
use super::super::effects::effects;
use super::super::lexer::{Kind, Lexer, StandardStrings};
use super::super::statement::{Attribute, Class, Fills, Name, Statement};
use super::super::text;
use super::builtin;

#[rustfmt::skip]
/// Words before a parenthesis that call nothing, or nothing but PostgreSQL's own.
const NO_FUNCTIONS: &[&str] = &[
    "all", "and", "any", "array", "as", "between", "bit", "by", "case", "cast", "char", "character", "coalesce",
    "cube", "decimal", "distinct", "else", "except", "exists", "extract", "filter", "float", "from", "greatest",
    "group", "having", "in", "intersect", "interval", "is", "join", "lateral", "least", "like", "limit",
    "materialized", "not", "nullif", "numeric", "offset", "on", "or", "over", "overlay", "position", "precision",
    "returning", "rollup", "row", "select", "set", "sets", "some", "substring", "then", "time", "timestamp", "treat",
    "trim", "union", "using", "values", "varchar", "varying", "when", "where", "with", "within",
];

/// Words without which a query neither writes nor locks.
const WRITE_OR_LOCK: &[&str] = &["delete", "for", "insert", "into", "merge", "update"];

/// What a text does, if it is made of queries and writes that the parser accepts.
pub fn judge(normalised: &str) -> Option<Statement> {
    let summary = pg_query::summary(normalised, ParserOptions::DEFAULT, -1).ok()?;
    let rows = ["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];
    if !summary.statement_types.iter().all(|kind| rows.contains(&kind.as_str())) {
        return None;
    }
    let words = Words::of(normalised.as_bytes())?;
    let tables: BTreeSet<_> = summary.tables.iter().map(|t| name(&t.schema_name, &t.table_name)).collect();
    let class = if words.may_write { Class::Write } else { Class::Read };
    let selects = summary.statement_types.iter().any(|kind| kind == "SelectStmt");
    Some(Statement {
        class,
        // SELECT INTO, perhaps.
        fills: if words.may_write && selects { Fills::NewTable } else { Fills::Nothing },
        behind: class,
        tables: tables.into_iter().collect(),
        with: summary.cte_names.into_iter().map(Into::into).collect::<BTreeSet<_>>().into_iter().collect(),
        calls_unknown: !words.functions.iter().all(builtin::is),
        attributes: words.attributes.into_iter().collect(),
        functions: words.functions.into_iter().collect(),
        statements: effects(normalised.as_bytes(), StandardStrings::On).statements(),
        ..Statement::default()
    })
}

/// What a text in another language than SQL, but of its words (PL/pgSQL), seems to call: every name before a
/// parenthesis. What it runs as a string is not among them.
pub fn called(source: &str) -> BTreeSet<Name> {
    Words::of(source.as_bytes()).map(|words| words.functions).unwrap_or_default()
}

fn name(schema: &str, name: &str) -> Name {
    Name { schema: (!schema.is_empty()).then(|| schema.into()), name: name.into() }
}

/// What the tokens say.
struct Words {
    functions: BTreeSet<Name>,
    attributes: BTreeSet<Attribute>,
    may_write: bool,
}

impl Words {
    fn of(sql: &[u8]) -> Option<Self> {
        let mut words = Self { functions: BTreeSet::new(), attributes: BTreeSet::new(), may_write: false };
        let mut lexer = Lexer::new(sql, StandardStrings::On);
        // The last name, and the one before it if a dot is between them.
        let mut schema = None;
        let mut last: Option<String> = None;
        while let Some(token) = lexer.next() {
            let bytes = &sql[token.start..token.end];
            match token.kind {
                Kind::Word | Kind::QuotedName => {
                    let text = text::name(bytes, token.kind)?;
                    let plain = token.kind == Kind::Word;
                    words.may_write |= plain && WRITE_OR_LOCK.contains(&text.as_str());
                    let calls = Cursor::new(&lexer).take(Kind::Open).is_some();
                    if calls && !(plain && schema.is_none() && NO_FUNCTIONS.contains(&text.as_str())) {
                        words.functions.insert(name(schema.as_deref().unwrap_or_default(), &text));
                    }
                    if schema.is_some() && !calls {
                        words.attributes.insert(Attribute::of(&text));
                    }
                    last = Some(text);
                    schema = None;
                }
                // Behind anything else than a name it is a part of a value.
                Kind::Dot => schema = Some(last.take().unwrap_or_default()),
                Kind::UnicodeName => return None,
                _ => (schema, last) = (None, None),
            }
        }
        Some(words)
    }
}
