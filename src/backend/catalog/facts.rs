//! Rows of the system catalogs, as they are.

use std::borrow::Cow;

use tokio_postgres::{Client, Row};

use crate::sql::lexer::StandardStrings;
use crate::sql::{Name, Normaliser, Statement, called};

/// Everything that was read.
pub struct Facts {
    /// Functions, procedures and aggregates.
    pub functions: Vec<Function>,
    /// Tables, views and sequences.
    pub relations: Vec<Relation>,
    /// Parents and children.
    pub inherits: Vec<(u32, u32)>,
    /// Expressions that belong to a relation: policies.
    pub policies: Vec<(u32, Text)>,
    /// Functions that statements call without naming them.
    pub implicit: Vec<u32>,
    /// Expressions likewise.
    pub checks: Vec<Text>,
}

/// One row of `pg_proc`.
pub struct Function {
    /// Its number.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `provolatile`.
    pub volatility: String,
    /// What it does, for SQL.
    pub body: Option<Text>,
    /// What its source, in PL/pgSQL, seems to call.
    pub calls: Vec<Name>,
    /// The expressions of its default arguments.
    pub defaults: Option<Text>,
    /// The functions of an aggregate.
    pub support: Vec<u32>,
    /// Whether `t.f` may call it: one argument, which may be a row.
    pub of_row: bool,
}

/// One row of `pg_class`.
pub struct Relation {
    /// Its number.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `relkind`.
    pub kind: String,
    /// `relpersistence`.
    pub persistence: String,
    /// A view's query.
    pub query: Option<Text>,
}

/// A text in a catalog, read; `None` if that was not possible.
pub struct Text(pub Option<Box<Statement>>);

impl Text {
    fn of(normaliser: &mut Normaliser, sql: &str) -> Self {
        let text = normaliser.normalise(sql.as_bytes(), StandardStrings::On);
        let read = text.ok().map(Statement::of).filter(|read| read.statements > 0);
        Self(read.map(Box::new))
    }
}

/// Unqualified names in what this prints are those of `pg_catalog`.
const BEGIN: &str = "rollback; begin isolation level repeatable read read only; set local search_path = ''";

/// The text of a body is asked for only where it will be read; standard bodies exist from PostgreSQL 14 on.
fn functions_query(version: i32) -> String {
    let body =
        if version >= 140_000 { "coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)" } else { "p.prosrc" };
    format!(
        "select p.oid, n.nspname::text, p.proname::text, p.provolatile::text, \
         case when l.lanname = 'sql' and p.oid >= 16384 then {body} end, \
         case when p.pronargdefaults > 0 and p.oid >= 16384 then pg_get_expr(p.proargdefaults, 0) end, \
         case when a.aggfnoid is null then '{{}}'::oid[] else array_remove(array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, \
           a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[], 0::oid) end, \
         p.oid >= 16384 and p.pronargs > 0 and p.pronargs - p.pronargdefaults <= 1 \
           and t.typtype in ('c', 'p'), \
         case when l.lanname = 'plpgsql' and p.provolatile <> 'v' then p.prosrc end \
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang \
         left join pg_aggregate a on a.aggfnoid = p.oid \
         left join pg_type t on t.oid = p.proargtypes[0] \
         where p.prorettype not in (2279, 3838)"
    )
}

const RELATIONS: &str = "\
select c.oid, n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text, \
 case when c.relkind = 'v' then pg_get_viewdef(c.oid) end \
 from pg_class c join pg_namespace n on n.oid = c.relnamespace \
 where c.relkind in ('r', 'v', 'm', 'f', 'p', 'S') and c.relpersistence <> 't'";

const INHERITS: &str = "select inhparent, inhrelid from pg_inherits";

const POLICIES: &str =
    "select polrelid, pg_get_expr(polqual, polrelid) from pg_policy where polqual is not null";

const IMPLICIT: &str = "\
select oprcode::oid from pg_operator where oprcode >= 16384 \
 union select castfunc from pg_cast where castfunc >= 16384 \
 union select amproc::oid from pg_amproc where amproc >= 16384 \
 union select unnest(array[typinput, typoutput, typreceive, typsend]::oid[]) from pg_type where oid >= 16384";

const CHECKS: &str = "select pg_get_expr(conbin, 0) from pg_constraint where contypid <> 0";

/// Reads everything in one snapshot.
pub async fn read(client: &Client) -> Result<Facts, tokio_postgres::Error> {
    client.batch_execute(BEGIN).await?;
    let facts = read_all(client).await;
    let end = client.batch_execute("rollback").await;
    let facts = facts?;
    end.map(|()| facts)
}

async fn read_all(client: &Client) -> Result<Facts, tokio_postgres::Error> {
    let version = client.query_one("select current_setting('server_version_num')::int4", &[]).await?;
    let functions = client.query(&functions_query(version.try_get(0)?), &[]).await?;
    let relations = client.query(RELATIONS, &[]).await?;
    let inherits = client.query(INHERITS, &[]).await?;
    let policies = client.query(POLICIES, &[]).await?;
    let implicit = client.query(IMPLICIT, &[]).await?;
    let checks = client.query(CHECKS, &[]).await?;
    let mut texts = Normaliser::default();
    Ok(Facts {
        functions: functions.iter().map(|row| function(row, &mut texts)).collect::<Result<_, _>>()?,
        relations: relations.iter().map(|row| relation(row, &mut texts)).collect::<Result<_, _>>()?,
        inherits: inherits
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<_, tokio_postgres::Error>>()?,
        policies: policies
            .iter()
            .map(|row| Ok((row.try_get(0)?, expression(row, 1, &mut texts)?)))
            .collect::<Result<_, tokio_postgres::Error>>()?,
        implicit: implicit.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?,
        checks: checks.iter().map(|row| expression(row, 0, &mut texts)).collect::<Result<_, _>>()?,
    })
}

fn function(row: &Row, texts: &mut Normaliser) -> Result<Function, tokio_postgres::Error> {
    let body: Option<String> = row.try_get(4)?;
    let defaults: Option<String> = row.try_get(5)?;
    let source: Option<String> = row.try_get(8)?;
    Ok(Function {
        oid: row.try_get(0)?,
        schema: row.try_get(1)?,
        name: row.try_get(2)?,
        volatility: row.try_get(3)?,
        body: body.map(|body| Text::of(texts, &statements(&body))),
        calls: source.map(|source| called(&source).into_iter().collect()).unwrap_or_default(),
        defaults: defaults.map(|list| Text::of(texts, &format!("select {list}"))),
        support: row.try_get(6)?,
        of_row: row.try_get::<_, Option<bool>>(7)?.unwrap_or(false),
    })
}

/// The statements of a body, which in SQL's standard form are in a block, or one expression.
fn statements(body: &str) -> Cow<'_, str> {
    if let Some(block) =
        body.strip_prefix("BEGIN ATOMIC").and_then(|rest| rest.trim_end().strip_suffix("END"))
    {
        return block.into();
    }
    body.strip_prefix("RETURN ").map_or(body.into(), |value| format!("select {value}").into())
}

fn relation(row: &Row, texts: &mut Normaliser) -> Result<Relation, tokio_postgres::Error> {
    let query: Option<String> = row.try_get(5)?;
    Ok(Relation {
        oid: row.try_get(0)?,
        schema: row.try_get(1)?,
        name: row.try_get(2)?,
        kind: row.try_get(3)?,
        persistence: row.try_get(4)?,
        query: query.map(|query| Text::of(texts, &query)),
    })
}

fn expression(row: &Row, at: usize, texts: &mut Normaliser) -> Result<Text, tokio_postgres::Error> {
    // Dropped meanwhile: the text is not there.
    let text: Option<String> = row.try_get(at)?;
    Ok(Text::of(texts, &format!("select {}", text.unwrap_or_default())))
}
