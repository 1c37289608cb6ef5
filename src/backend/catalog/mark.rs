//! Whether a catalog is still what it was.

use tokio_postgres::Client;

/// What changes whenever anything in a catalog does that [`super::Catalog`] looks at. One look reads the small
/// system catalogs once (some milliseconds with thousands of tables): for a caller that asks every few seconds.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Mark(String);

/// Every row's identity and version, in one number for each catalog. Temporary tables come and go uncounted.
const QUERY: &str = "\
select pg_catalog.concat_ws(' ', \
 (select pg_catalog.sum((xmin::text::int8 + 1) * (oid::int8 % 1000003 + 1)) from pg_catalog.pg_proc where oid >= 16384), \
 (select pg_catalog.sum((xmin::text::int8 + 1) * (oid::int8 % 1000003 + 1)) from pg_catalog.pg_class \
   where oid >= 16384 and relpersistence <> 't' and relkind in ('r', 'v', 'm', 'f', 'p', 'S')), \
 (select pg_catalog.sum((xmin::text::int8 + 1) * (oid::int8 % 1000003 + 1)) from pg_catalog.pg_rewrite where oid >= 16384), \
 (select pg_catalog.sum((xmin::text::int8 + 1) * (oid::int8 % 1000003 + 1)) from pg_catalog.pg_policy), \
 (select pg_catalog.sum((xmin::text::int8 + 1) * (oid::int8 % 1000003 + 1)) from pg_catalog.pg_operator where oid >= 16384), \
 (select pg_catalog.sum((xmin::text::int8 + 1) * (oid::int8 % 1000003 + 1)) from pg_catalog.pg_cast where oid >= 16384), \
 (select pg_catalog.sum((xmin::text::int8 + 1) * (oid::int8 % 1000003 + 1)) from pg_catalog.pg_amproc where oid >= 16384), \
 (select pg_catalog.sum((xmin::text::int8 + 1) * (oid::int8 % 1000003 + 1)) from pg_catalog.pg_constraint where contypid <> 0), \
 (select pg_catalog.sum((xmin::text::int8 + 1) * (oid::int8 % 1000003 + 1)) from pg_catalog.pg_namespace \
   where nspname !~ '^pg_(toast_)?temp_'), \
 (select pg_catalog.sum((xmin::text::int8 + 1) * (inhrelid::int8 % 1000003 + 1)) from pg_catalog.pg_inherits))";

impl Mark {
    /// Looks at the database that `client` is connected to. Look before [`super::Catalog::load`]: what changes
    /// between the two is then loaded once too often, never once too seldom.
    pub async fn look(client: &Client) -> Result<Self, tokio_postgres::Error> {
        client.query_one(QUERY, &[]).await?.try_get(0).map(Self)
    }
}
