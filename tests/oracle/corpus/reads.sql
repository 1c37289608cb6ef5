# Reads. A heading says where what follows may run, and why; one statement a line, a line that begins with a blank goes
# on with it. "~" in front: two runs may answer differently.

> replica read
select 1
SELECT 1;
 
select
 1, 2,
   3
select null, true, false, 'text', E'esc\n', B'101', X'1F', 1.5, 1e10, $$dollar$$, $tag$dollar$tag$, U&'\0041'
select 'a'
 'b'
values (1), (2), (3)
values (1, 'a'), (2, 'b') order by 1 desc limit 1
table users
table only users
(select 1)
((select 1))
select
select from users
select * from users
select users.* from users
select u.id, u.name from users u
select u.id as "Id", u.name as name from users as u
select distinct age from users order by age
select distinct on (age) age, name from users order by age, id
select all name from users order by id
select count(*) from users
select count(distinct age), sum(age), avg(age), min(age), max(age) from users
select age, count(*) from users group by age having count(*) > 1 order by age
select age, mood, count(*) from users group by rollup (age, mood) order by 1, 2, 3
select age, mood, count(*) from users group by cube (age, mood) order by 1, 2, 3
select age, mood, grouping(age, mood), count(*) from users group by grouping sets ((age), (mood), ()) order by 1, 2, 3, 4
select age, count(*) from users group by distinct rollup (age), rollup (age) order by 1, 2
select name from users where age between 20 and 30 order by name
select name from users where age between symmetric 30 and 20 order by name
select name from users where name like 'user1%' order by name
select name from users where name ilike 'USER1%' and name not like '%9' order by name
select name from users where name like 'x!%' escape '!'
select name from users where name similar to 'user(1|2)' order by name
select name from users where name ~ '^user[0-9]$' and name !~* 'USER5' order by name
select name from users where age in (20, 21, 22) order by name
select name from users where age not in (20, 21, 22) order by name
select name from users where (age, active) in ((20, true), (21, false)) order by name
select name from users where id in (select user_id from orders) order by name
select name from users where exists (select from orders o where o.user_id = users.id) order by name
select name from users where age = any (array[20, 21]) order by name
select name from users where age > all (select 10) order by name
select name from users where age is null or email is not null order by name
select name from users where age is distinct from 20 order by name
select name from users where active is true and active is not unknown order by name
select name from users order by name collate "C" desc nulls last limit 10 offset 5
select name from users order by age using >, id
select name from users order by id fetch first 5 rows only
select age from users order by age fetch first 5 rows with ties
select id from users order by id offset 10 rows fetch next row only
select id from users order by id limit all
select (select max(total) from orders where user_id = u.id) from users u order by u.id
select array(select id from users order by id)
select case when age > 30 then 'old' when age > 20 then 'middle' else 'young' end from users order by id
select case age when 20 then 'x' end from users order by id
select coalesce(email, name), nullif(age, 20), greatest(age, 30), least(age, 30) from users order by id
select cast(age as text), age::text, text 'x', int4 '7', date '2024-01-01', interval '1 day' from users order by id
select row(1, 2), row(1, 'x') = row(1, 'y'), (1, 2) < (2, 1)
select (row(1, 2)::point2).x
select ('(1,2)'::point2).*
select array[1, 2, 3], array[[1, 2], [3, 4]], '{1,2}'::int[], (array[1, 2, 3])[2], (array[1, 2, 3])[1:2]
select tags[1], tags[:1] from users order by id
select data -> 'n', data ->> 'n', data #> '{deep,k}', data #>> '{deep,k}' from users order by id
select data['deep']['k'] from users order by id
select name from users where data @> '{"n": 5}' or data ? 'x' or data ?| array['y'] or data ?& array['z']
select name from users where data @? '$.n ? (@ > 95)' or data @@ '$.n == 3' order by id
select name from users where span @> 5 or span && int4range(90, 95) order by id
select -age, +age, @ age, age % 7, age ^ 2, |/ age, ||/ age, age & 1, age | 1, age # 1, ~ age, age << 1, age >> 1 from users order by id
select 1 operator(pg_catalog.+) 2
select id === 5 from users order by id
select not active and true or false from users order by id
select name || ' ' || age from users order by id
select now() at time zone 'UTC' is not null
select timestamptz '2024-01-01 00:00:00+00' at time zone 'Europe/Berlin'
select date '2024-01-31' + interval '1 month', date '2024-01-31' - date '2024-01-01'
select (date '2024-01-01', date '2024-02-01') overlaps (date '2024-01-15', date '2024-03-01')
select extract(year from date '2024-01-01'), extract(epoch from interval '1 hour')
select position('b' in 'abc'), substring('abc' from 2 for 1), substring('abc' from 'b.'), overlay('abc' placing 'x' from 2), trim(both 'x' from 'xax')
select collation for ('a'::text)
select current_date is not null, current_time is not null, localtime is not null, localtimestamp is not null
select current_user, session_user, current_role, user, current_catalog, current_schema
select 'a' is normalized, normalize('a')
select 'x' collate "C" < 'y'
select xmlelement(name a, xmlattributes(1 as b), 'c'), xmlforest(1 as d), xmlconcat('<a/>', '<b/>'), xmlpi(name e), xmlcomment('f')
select xmlparse(content '<a/>'), xmlserialize(content '<a/>'::xml as text), '<a/>' is document, xmlroot('<a/>', version '1.0')
select x.* from docs, xmltable('/a' passing page columns b int path 'b') x order by 1
select xpath('/a/b/text()', page) from docs order by id
select * from users tablesample bernoulli (100) order by id
select * from users tablesample system (100) repeatable (7) order by id

> replica read
select u.name, o.total from users u join orders o on o.user_id = u.id order by o.id
select u.name, o.total from users u inner join orders o on o.user_id = u.id order by o.id
select u.name, o.total from users u left join orders o on o.user_id = u.id order by u.id, o.id
select u.name, o.total from users u right outer join orders o on o.user_id = u.id order by o.id
select u.name, o.total from users u full join orders o on o.user_id = u.id order by u.id, o.id
select count(*) from users cross join orders
select count(*) from users, orders, items where users.id = orders.user_id and orders.id = items.order_id
select count(*) from users natural join v_users
select count(*) from orders join items on items.order_id = orders.id join users using (id)
select count(*) from users join v_users using (id) as j where j.id > 5
select (o.total) from (users u join orders o on o.user_id = u.id) order by o.id
select j.total from (users u join orders o on o.user_id = u.id) as j (a, b, c, d, e, f, g, h, i, j, k, l, m, total) order by 1
select u.name, l.total from users u, lateral (select total from orders o where o.user_id = u.id order by id limit 1) l order by u.id
select u.name, l.n from users u left join lateral (select count(*) as n from orders o where o.user_id = u.id) l on true order by u.id
select * from (select id, name from users) as q order by id limit 3
select * from (values (1, 'a'), (2, 'b')) as v (n, t) order by n
select q.n from (select 1 as n union select 2) q order by n
select * from generate_series(1, 5) as g
select * from generate_series(1, 5) with ordinality as g (v, o)
select * from rows from (generate_series(1, 3), generate_series(1, 2)) as t (a, b)
select * from unnest(array[1, 2], array['a', 'b']) as t (n, s)
select * from json_to_recordset('[{"a": 1}]') as t (a int)
select u.id, t from users u, unnest(u.tags) t order by 1, 2
select generate_series(1, 3), generate_series(1, 2)
select * from only base
select * from base order by 1
select a, b from derived
select * from events where at = '2024-07-01'
select count(*) from events_2024
select count(*) from public.users, "public"."users" as u2
select "users"."name" from "users" order by "users"."id"
select U&"n\0061me" from users order by id
select "Odd Column", "select" from "Odd Schema"."Odd ""Table"""
select * from other.users
SELECT Name FROM USERS ORDER BY ID
SeLeCt/**/name/* comment /* nested */ */from--line
 users order by id
select 1 -- trailing comment
-- leading comment
 select 2
/* update users set age = 1 */ select 3
select 'update users set age = 1', 'for update', $$ delete from users $$
select "update" from (select 1 as "update") "delete"
select name as insert, age as "delete" from users order by id
;
;;select 1;;
select 1; select 2; select count(*) from users;

> replica read
select id from users union select user_id from orders order by 1
select id from users union all select user_id from orders order by 1
select id from users intersect select user_id from orders order by 1
select id from users intersect all select user_id from orders order by 1
select id from users except select user_id from orders order by 1
select id from users except all select user_id from orders order by 1
(select id from users order by id limit 2) union all (select id from orders order by id desc limit 2)
select 1 union select 2 intersect select 2 except select 3 order by 1
values (1) union values (2) order by 1
table base union table base order by 1
with q as (select * from users) select name from q order by id
with q (a, b) as (select id, name from users), r as (select a from q where a > 5) select * from r order by a
with q as materialized (select * from users) select count(*) from q
with q as not materialized (select * from users) select count(*) from q
with recursive t(n) as (values (1) union all select n + 1 from t where n < 5) select n from t order by n
with recursive t as (select id, parent from tree where id = 1 union all select c.id, c.parent from tree c join t on c.parent = t.id) select * from t order by id
with recursive t as (select id, parent from tree where id = 1 union all select c.id, c.parent from tree c join t on c.parent = t.id) search depth first by id set o select id from t order by o
with recursive t as (select id, parent from tree where id = 1 union all select c.id, c.parent from tree c join t on c.parent = t.id) cycle id set looped using path select id from t order by id
with a as (with b as (select 1 as n) select n from b) select n from a
with users as (select 7 as id) select id from users
with q as (select 1) select * from q, (with r as (select 2) select * from r) s
with "Q" as (select 1 as n) select n from "Q"
select * from (with inner_q as (select id from users) select * from inner_q) x order by id
with q as (select id from users) select (select count(*) from q), (with p as (table q) select count(*) from p)
select row_number() over (order by id) from users order by 1
select name, rank() over (partition by age order by balance desc), dense_rank() over w, percent_rank() over w, cume_dist() over w, ntile(4) over w from users window w as (order by id) order by id
select lag(id) over w, lead(id, 2, 0) over w, first_value(id) over w, last_value(id) over w, nth_value(id, 2) over w from users window w as (order by id) order by id
select sum(total) over (order by id rows between 2 preceding and current row) from orders order by id
select sum(total) over (order by placed range between interval '7 days' preceding and unbounded following) from orders order by id
select sum(total) over (order by status groups between 1 preceding and 1 following exclude ties) from orders order by id
select count(*) filter (where age > 30) over (partition by mood) from users order by id
select sum(age) over w2 from users window w as (partition by mood), w2 as (w order by id) order by id
select percentile_cont(0.5) within group (order by age), percentile_disc(array[0.25, 0.75]) within group (order by age), mode() within group (order by age) from users
select rank(30) within group (order by age), dense_rank(30) within group (order by age) from users
select string_agg(name, ',' order by id), array_agg(id order by id desc), json_agg(name order by id), jsonb_object_agg(name, age order by id) from users
select count(*) filter (where active), bool_and(active), bool_or(active), every(active), bit_and(age), bit_or(age), bit_xor(age) from users
select corr(age, id), covar_pop(age, id), regr_slope(age, id), stddev(age), variance(age) from users
select range_agg(span), range_intersect_agg(span) from users
select xmlagg(page order by id) from docs
select json_object_agg(name, age order by id) filter (where id < 5) from users

> replica read
select abs(-1), ceil(1.2), floor(1.8), round(1.55, 1), trunc(1.9), mod(7, 3), power(2, 10), sqrt(16), cbrt(27), exp(1), ln(2), log(100), sign(-2), pi(), degrees(1), radians(180), sin(1), cos(1), tan(1), atan2(1, 2), gcd(12, 18), lcm(4, 6), factorial(5), width_bucket(5, 0, 10, 5), scale(1.50), div(7, 2)
select lower('A'), upper('a'), initcap('ab cd'), length('abc'), char_length('abc'), octet_length('abc'), bit_length('a'), left('abc', 2), right('abc', 2), lpad('a', 3, 'x'), rpad('a', 3, 'x'), ltrim(' a'), rtrim('a '), btrim('xax', 'x'), repeat('a', 3), replace('abc', 'b', 'x'), reverse('abc'), split_part('a,b', ',', 2), strpos('abc', 'b'), substr('abc', 2), translate('abc', 'a', 'x'), concat('a', 1), concat_ws(',', 'a', 'b'), format('%s-%I-%L', 'a', 'b c', 'd'), quote_ident('a b'), quote_literal('a'), quote_nullable(null), ascii('a'), chr(65), md5('a'), to_hex(255), starts_with('abc', 'a'), string_to_array('a,b', ','), array_to_string(array[1, 2], ',')
select regexp_match('abc', 'b'), regexp_matches('abc', 'b', 'g'), regexp_replace('abc', 'b', 'x'), regexp_split_to_array('a b', ' '), regexp_count('aaa', 'a'), regexp_instr('abc', 'b'), regexp_like('abc', 'B', 'i'), regexp_substr('abc', 'b')
select * from regexp_split_to_table('a b c', ' ') order by 1
select encode('abc', 'hex'), decode('616263', 'hex'), sha256('a'), sha512('a'), get_byte('a', 0), set_byte('a', 0, 98), get_bit('a'::bytea, 1), convert_from('a', 'UTF8'), convert_to('a', 'UTF8')
select to_char(date '2024-01-02', 'YYYY-MM-DD'), to_date('2024', 'YYYY'), to_number('12', '99'), to_timestamp(0), make_date(2024, 1, 2), make_time(1, 2, 3), make_interval(days => 3), make_timestamp(2024, 1, 2, 3, 4, 5), date_trunc('month', date '2024-01-15'), date_part('day', date '2024-01-15'), date_bin('15 minutes', timestamp '2024-01-01 00:07', timestamp '2024-01-01'), justify_days('40 days'), isfinite(date 'infinity')
select age(timestamp '2024-02-01', timestamp '2024-01-01')
select json_build_object('a', 1), json_build_array(1, 2), to_json(1), to_jsonb('a'::text), row_to_json(row(1, 2)), array_to_json(array[1]), json_typeof('1'), jsonb_typeof('{}'), jsonb_set('{}', '{a}', '1'), jsonb_insert('{"a":[]}', '{a,0}', '1'), jsonb_strip_nulls('{}'), jsonb_pretty('{}'), jsonb_path_query_array('[1,2]', '$[*]'), jsonb_path_exists('{}', '$.a'), jsonb_path_query_first('[1]', '$[0]'), json_extract_path_text('{"a":1}', 'a'), jsonb_array_length('[]')
select * from jsonb_each('{"a":1}'), jsonb_array_elements_text('["x"]'), jsonb_object_keys('{"b":2}'), jsonb_path_query('[1,2]', '$[*]') order by 1, 2, 3, 4
select * from jsonb_to_record('{"a":1,"b":"x"}') as x(a int, b text)
select jsonb_populate_record(null::point2, '{"x":1}'), json_populate_recordset(null::point2, '[{"x":1}]')
select array_append(array[1], 2), array_prepend(0, array[1]), array_cat(array[1], array[2]), array_length(array[1], 1), array_dims(array[1]), array_ndims(array[1]), array_position(array[1, 2], 2), array_positions(array[1, 1], 1), array_remove(array[1, 2], 1), array_replace(array[1], 1, 2), cardinality(array[1]), array_fill(1, array[2]), trim_array(array[1, 2], 1), array_lower(array[1], 1), array_upper(array[1], 1)
select int4range(1, 5), lower(int4range(1, 5)), upper(int4range(1, 5)), isempty(int4range(1, 1)), range_merge(int4range(1, 2), int4range(3, 4)), int4multirange(int4range(1, 2)), unnest(int4multirange(int4range(1, 2)))
select to_tsvector('english', 'the fox'), to_tsquery('english', 'fox'), plainto_tsquery('fox'), phraseto_tsquery('quick fox'), websearch_to_tsquery('fox -dog'), ts_rank(to_tsvector('fox'), 'fox'::tsquery), ts_headline('the fox', 'fox'::tsquery), setweight(to_tsvector('fox'), 'A'), strip(to_tsvector('fox')), numnode('a'::tsquery), querytree('a'::tsquery), ts_lexize('english_stem', 'stars')
select id, ts_rank_cd(search, q) from docs, to_tsquery('fox') q where search @@ q order by id
select inet '10.0.0.1', host(inet '10.0.0.1/8'), masklen(inet '10.0.0.1/8'), network(inet '10.0.0.1/8'), family(inet '::1'), inet_same_family('10.0.0.1', '::1'), set_masklen(inet '10.0.0.1', 8), abbrev(cidr '10.0.0.0/8'), macaddr '08:00:2b:01:02:03'
select point(1, 2), box(point(0, 0), point(1, 1)), circle(point(0, 0), 1), area(circle(point(0, 0), 1)), center(box '(0,0),(1,1)'), lseg '[(0,0),(1,1)]' ?# lseg '[(0,1),(1,0)]', point(1, 2) <-> point(3, 4), diameter(circle '<(0,0),2>'), path '((0,0),(1,1))', polygon '((0,0),(1,1),(1,0))'
select uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', money '1.23', bit '101', varbit '1', pg_lsn '0/1', txid_snapshot '10:20:10'
select enum_first(null::mood), enum_last(null::mood), enum_range(null::mood), 'ok'::mood < 'happy'::mood
select pg_typeof(1), pg_column_size(1), format_type(23, null), to_regclass('users'), to_regtype('int'), 'users'::regclass, 'int4'::regtype, 'lower(text)'::regprocedure, to_regproc('now')
select pg_get_viewdef('v_users'::regclass), pg_get_indexdef(indexrelid), pg_get_constraintdef(c.oid) from pg_index, pg_constraint c where indrelid = 'users'::regclass and conrelid = indrelid
select pg_get_functiondef('add_one(int)'::regprocedure), pg_get_function_arguments('add_one(int)'::regprocedure), pg_get_triggerdef(oid) from pg_trigger where tgname = 'bumped'
select pg_get_serial_sequence('users', 'id'), pg_get_userbyid(10), pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = 'users'::regclass
select obj_description('users'::regclass), col_description('users'::regclass, 1), shobj_description(1, 'pg_database')
select has_table_privilege('users', 'select'), has_schema_privilege('public', 'usage'), has_database_privilege(current_database(), 'connect'), has_column_privilege('users', 'id', 'select'), has_function_privilege('now()', 'execute'), has_sequence_privilege('counter', 'usage'), pg_has_role('postgres', 'member')
select current_database(), current_schema(), current_schemas(true), version(), pg_client_encoding(), pg_encoding_to_char(6), getdatabaseencoding()
select pg_table_is_visible('users'::regclass), pg_type_is_visible('int4'::regtype), pg_function_is_visible('now()'::regprocedure), pg_is_other_temp_schema(1), pg_my_temp_schema()
select pg_wal_lsn_diff('0/10', '0/1'), pg_size_pretty(12345::bigint), pg_size_bytes('1 kB'), pg_sequence_parameters('counter'::regclass)
select num_nulls(1, null), num_nonnulls(1, null), hashtext('a'), width_bucket(3, array[1, 5]), gen_random_uuid() is not null, random() < 2, clock_timestamp() is not null, timeofday() is not null
~select now(), statement_timestamp(), transaction_timestamp(), clock_timestamp()
~select random(), gen_random_uuid()
~select * from users order by random() limit 3
~select pg_sleep(0), pg_sleep_for('0'), pg_sleep_until(now())
~select pg_relation_size('users'), pg_table_size('users'), pg_indexes_size('users'), pg_total_relation_size('users'), pg_database_size(current_database())
select pg_partition_root('events_2024'), relid from pg_partition_tree('events') order by 2
select current_query()
~select age(timestamp '2024-01-01')
select pg_catalog.lower('A'), "pg_catalog"."upper"('a'), "lower"('B')

> replica read
select count(*) > 0 from pg_class
select relname from pg_catalog.pg_class where relnamespace = 'public'::regnamespace order by 1
select n.nspname, c.relname, a.attname from pg_namespace n join pg_class c on c.relnamespace = n.oid join pg_attribute a on a.attrelid = c.oid where n.nspname = 'public' order by 1, 2, 3
select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1
select typname from pg_type where typnamespace = 'public'::regnamespace order by 1
select * from pg_tables where schemaname = 'public' order by tablename
select * from pg_views where schemaname = 'public' order by viewname
select * from pg_indexes where schemaname = 'public' order by indexname
select * from pg_matviews order by matviewname
select * from pg_roles where rolname = 'postgres'
select rolname from pg_authid order by 1
select datname from pg_database order by 1
select * from pg_enum order by enumsortorder
select * from pg_description order by 1, 2, 3 limit 3
select * from pg_extension order by oid
select * from pg_constraint order by oid limit 3
select * from pg_sequence order by seqrelid
select * from pg_policies order by policyname
select * from pg_rules where schemaname = 'public' order by rulename
select count(*) >= 0 from pg_stats
select * from pg_user order by usename
select * from pg_group order by groname
select * from information_schema.tables where table_schema = 'public' order by table_name
select * from information_schema.columns where table_name = 'users' order by table_schema, ordinal_position
select * from information_schema.schemata order by schema_name
select * from information_schema.views where table_schema = 'public' order by table_name
select * from information_schema.routines where routine_schema = 'public' order by specific_name
select * from information_schema.key_column_usage order by constraint_name, ordinal_position
select * from information_schema.table_constraints where table_schema = 'public' order by constraint_name
select * from information_schema.referential_constraints order by constraint_name
select * from information_schema.table_privileges where table_schema = 'public' order by table_name, privilege_type, grantee
select count(*) > 0 from pg_timezone_abbrevs

> replica read
select * from v_users order by id
select * from v_of_v order by name
select * from v_of_v_of_v order by name
select * from public.v_of_v_of_v order by name
select * from v_join order by name, total
select * from v_with order by id
select * from v_tree order by id
select * from v_odd
select count(*) from v_partitions
select * from v_counted
select * from v_setting order by id
~select * from v_random
select * from v_tables order by 1
select * from m_users order by name
select * from m_volatile order by n
select u.name from v_users u join m_users m using (name) where exists (select from v_of_v v where v.name = u.name) order by 1
select * from tenants order by id

> replica read
select add_one(1)
select public.add_one(1), "add_one"(2), "public"."add_one"(3)
select add_one(age) from users order by id
select * from users_named('user1')
select (users_named('user1')).name
select count_users()
select count_atomic()
select add_return(1), add_return(1, 5), add_return(a => 1)
select two_reads()
select calls_read()
select even(4), odd(4)
select * from latest()
select * from latest(3)
select wait_a_little()
~select draw()
select "Odd Function"(1)
select other.helper()
select plain_immutable(2), plain_stable()
select * from set_of_rows() order by id
select full_name(u) from users u order by id
select u.full_name from users u order by id
select (u).full_name from users u order by u.id
select u.name, users.id from users u, users where users.id = u.id order by 1
select add_up(age) from users
select add_up(id) over (order by id) from users order by 1
select other.helper(), u.note from other.users u
select x from (select add_one(id) as x from users) q where x > any (select calls_read()) order by 1

> replica read
select id from users where id = $1
select id from users where name = $1 and age > $2 limit $3
select count(*) from users where id = any ($1::int[])
explain select * from users
explain (costs off) select * from users where id = 1
explain verbose select * from v_of_v
~explain analyze select * from users
~explain (analyze, buffers, timing off) select count(*) from orders
~explain (analyze true, format json) select 1
explain (analyze off, format yaml) select add_one(1)
explain (format xml, costs off) with q as (select 1) select * from q
copy users to stdout
copy users (id, name) to stdout with (format csv, header)
copy users to stdout (format binary)
copy (select * from users order by id) to stdout
copy (select count(*) from orders) to stdout csv
copy (values (1), (2)) to stdout
copy (with q as (select 1) select * from q) to stdout
copy public.orders to stdout delimiter '|'
copy "Odd Schema"."Odd ""Table""" to stdout
