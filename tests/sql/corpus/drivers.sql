SELECT 1
%%
BEGIN
%%
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
%%
START TRANSACTION READ ONLY
%%
COMMIT
%%
ROLLBACK
%%
SAVEPOINT sa_savepoint_1
%%
RELEASE SAVEPOINT "s1234_x1"
%%
ROLLBACK TO SAVEPOINT "s1234_x1"
%%
SET extra_float_digits = 3
%%
SET application_name = 'PostgreSQL JDBC Driver'
%%
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
%%
SET client_encoding TO 'UTF8'; SET datestyle = 'ISO'; SELECT 1
%%
SHOW standard_conforming_strings
%%
SHOW TRANSACTION ISOLATION LEVEL
%%
select pg_catalog.version()
%%
select current_schema()
%%
SELECT "django_migrations"."id", "django_migrations"."app", "django_migrations"."name", "django_migrations"."applied" FROM "django_migrations"
%%
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES (%s, %s, %s) RETURNING "django_migrations"."id"
%%
INSERT INTO "auth_user" ("password", "last_login", "username") VALUES ('x', NULL, 'bob'), ('y', '2024-01-01T00:00:00'::timestamp, 'al') RETURNING "auth_user"."id"
%%
SELECT COUNT(*) AS "__count" FROM "app_book" WHERE ("app_book"."price" > 10 AND UPPER("app_book"."name"::text) LIKE UPPER('%a%'))
%%
UPDATE "app_book" SET "price" = ("app_book"."price" + 1) WHERE "app_book"."id" IN (1, 2, 3, 4)
%%
SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'
%%
SELECT c.relname, c.relkind FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v') AND n.nspname NOT IN ('pg_catalog', 'pg_toast') AND pg_catalog.pg_table_is_visible(c.oid)
%%
SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace WHERE pg_catalog.pg_class.relname = $1::VARCHAR AND pg_catalog.pg_class.relkind = ANY (ARRAY[$2::VARCHAR, $3::VARCHAR, $4::VARCHAR])
%%
INSERT INTO users (name, age) SELECT p0::VARCHAR, p1::INTEGER FROM (VALUES ($1, $2, 0), ($3, $4, 1)) AS imp_sen(p0, p1, sen_counter) ORDER BY sen_counter RETURNING users.id, users.id AS id__1
%%
SELECT "public"."User"."id", "public"."User"."email" FROM "public"."User" WHERE ("public"."User"."email" = $1 AND 1=1) LIMIT $2 OFFSET $3
%%
SELECT "t1"."id", COALESCE("__relation__"."__agg", '[]'::jsonb) AS "posts" FROM "User" AS "t1" LEFT JOIN LATERAL (SELECT JSONB_AGG("__data__") AS "__agg" FROM (SELECT "t2".* FROM "Post" AS "t2" WHERE "t1"."id" = "t2"."authorId") AS "__data__") AS "__relation__" ON TRUE
%%
INSERT INTO "public"."User" ("email","updatedAt") VALUES ($1,$2) ON CONFLICT ("email") DO UPDATE SET "name" = $3 WHERE ("public"."User"."email" = $4 AND 1=1) RETURNING "public"."User"."id"
%%
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef) FROM pg_catalog.pg_attribute a WHERE a.attrelid = '16385' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
%%
SELECT pg_advisory_lock(72707369)
%%
SELECT pg_try_advisory_xact_lock(1, 2)
%%
SELECT set_config('search_path', 'a,b', false), set_config('x.y', $1, true)
%%
SELECT nextval('"users_id_seq"')
%%
select next_val as id_val from hibernate_sequence for no key update
%%
select u1_0.id,u1_0.name from users u1_0 where u1_0.id=$1 fetch first $2 rows only for update skip locked
%%
DECLARE "_django_curs_140_sync_1" NO SCROLL CURSOR WITH HOLD FOR SELECT "a"."id" FROM "a"
%%
FETCH FORWARD 2000 FROM "_django_curs_140_sync_1"
%%
CLOSE "_django_curs_140_sync_1"
%%
COPY "users" ("id", "name") FROM STDIN WITH (FORMAT binary)
%%
COPY (SELECT * FROM users WHERE name = 'a') TO STDOUT (FORMAT csv, HEADER true, DELIMITER E'\t')
%%
LISTEN "channel"; UNLISTEN *
%%
NOTIFY channel, 'payload'
%%
SELECT pg_notify('channel', $1)
%%
PREPARE stmt (int, text) AS INSERT INTO t VALUES ($1, $2)
%%
EXECUTE stmt(1, 'a')
%%
DEALLOCATE ALL
%%
DISCARD ALL
%%
WITH moved AS (DELETE FROM queue WHERE id IN (SELECT id FROM queue ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 10) RETURNING *) INSERT INTO done SELECT * FROM moved
%%
WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n+1 FROM t WHERE n < 100) SELECT sum(n) FROM t
%%
CREATE TEMPORARY TABLE scratch (LIKE users INCLUDING ALL) ON COMMIT DROP
%%
CREATE INDEX CONCURRENTLY IF NOT EXISTS "i" ON "users" USING btree (lower("email"))
%%
ALTER TABLE "users" ADD COLUMN "a" varchar(255) DEFAULT 'x' NOT NULL, ALTER "b" TYPE int USING f("b")
%%
SELECT 'O''Brien', E'it\'s', $q$it's$q$, U&'d\0061t\+000061', U&'d!0061t' UESCAPE '!', B'101', X'1F', N'n', 1.5e-3, .5, 0x1F, 1_000
%%
SELECT a--b
-c, d/*e*//f, g @- h, -/*x*/1, 2*-3, a<-b, a!=-1, 5!=-/**/4
%%
SELECT /* outer /* inner ' */ " */ 1 -- it's
%%
SELECT data->>'a', data#>'{a,b}', data ? 'k', data ?| array['a','b'], data @> '{"a":1}'::jsonb, '[1,2]'::vector <-> embedding FROM t
%%
SELECT x'1f'::int, interval '1' day, date '2024-01-01', time with time zone '10:00', '1'::numeric(10,2), float(5) '1', varchar(10) 'a', bit(3) '101'
%%
EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM t
%%
EXPLAIN ANALYZE UPDATE t SET a = 1
%%
DO $do$ BEGIN PERFORM 1; END $do$ LANGUAGE plpgsql
%%
DO $$ BEGIN SET work_mem = '9MB'; CREATE TEMP TABLE t (i int); PERFORM pg_advisory_lock(1); END $$
%%
DO 'BEGIN EXECUTE ''SET ROLE bob''; END'
%%
UPDATE pg_catalog.pg_settings SET setting = '8MB' WHERE name = 'work_mem'
%%
CALL transfer(1, 2, 3.5)
%%
/* pgweir: replica */ SELECT * FROM report
%%
MERGE INTO t USING s ON t.id = s.id WHEN MATCHED AND s.gone THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)
%%
/* pganalyze:none */ SELECT 1 /*traceparent='00-1-01'*/
%%
SELECT JSON_TABLE.* FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a int PATH '$'))
%%
SELECT count(*) FILTER (WHERE a) OVER w, percentile_cont(0.5) WITHIN GROUP (ORDER BY b) FROM t WINDOW w AS (PARTITION BY c ORDER BY d ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
%%
SELECT * FROM t WHERE (a, b) IN ((1, 'x'), (2, 'y')) AND c = ANY ('{1,2}') AND d BETWEEN SYMMETRIC 1 AND 2 AND e ILIKE 'x' ESCAPE '!' ORDER BY 1 NULLS LAST OFFSET 10 ROWS FETCH NEXT 5 ROWS WITH TIES
