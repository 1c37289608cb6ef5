-- What the corpus is about: something of every kind that decides where a statement may run.
create type mood as enum ('sad', 'ok', 'happy');
create type point2 as (x int, y int);
create domain positive as int check (value > 0);

create table users (
    id serial primary key, name text not null, email text, age int, mood mood default 'ok', data jsonb,
    tags text[], created timestamptz default '2024-01-01', active bool default true, span int4range,
    balance numeric(12, 2) default 0
);
create table orders (
    id bigserial primary key, user_id int references users, total numeric not null, placed date default '2024-02-03',
    status text default 'new'
);
create table items (order_id bigint references orders, line int, sku text, quantity positive, primary key (order_id, line));
create table tree (id int primary key, parent int references tree, label text);
create table docs (id int primary key, body text, search tsvector, page xml);
create schema "Odd Schema";
create table "Odd Schema"."Odd ""Table""" ("Odd Column" int, "select" text);
create schema other;
create table other.users (id int, note text);

insert into users (name, email, age, mood, data, tags, span, balance)
    select 'user' || n, 'u' || n || '@example.com', 20 + n % 50, (array['sad', 'ok', 'happy'])[1 + n % 3]::mood,
        jsonb_build_object('n', n, 'list', jsonb_build_array(n, n + 1), 'deep', jsonb_build_object('k', 'v' || n)),
        array['t' || n % 5, 'all'], int4range(n, n + 10), n * 1.5
    from generate_series(1, 100) n;
insert into orders (user_id, total, placed) select 1 + n % 100, n * 10, date '2024-01-01' + n from generate_series(1, 300) n;
insert into items select o, l, 'sku' || l, l from generate_series(1, 100) o, generate_series(1, 3) l;
insert into tree select n, nullif(n / 2, 0), 'node' || n from generate_series(1, 63) n;
insert into docs select n, 'the quick brown fox ' || n, to_tsvector('english', 'the quick brown fox ' || n),
    xmlparse(document '<a><b>' || n || '</b></a>') from generate_series(1, 20) n;
insert into "Odd Schema"."Odd ""Table""" values (1, 'one');
insert into other.users values (1, 'note');

create table events (at date not null, what text) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
insert into events select date '2024-06-01' + n * 10, 'event' || n from generate_series(1, 40) n;
create table base (a int);
create table derived (b int) inherits (base);
insert into base values (1);
insert into derived values (2, 3);
create unlogged table scratch (a int);
create table half (a int, k text) partition by list (k);
create table half_logged partition of half for values in ('l');
create unlogged table half_unlogged partition of half for values in ('u');
create table ruled (a int);
create rule keep_out as on delete to ruled do instead nothing;
create rule copy_in as on insert to ruled do also insert into base values (new.a);
create sequence counter;
create sequence "Odd Sequence";

-- Functions in SQL, of every claim and every truth.
create function add_one(a int) returns int immutable language sql as 'select a + 1';
create function users_named(n text) returns setof users stable language sql as 'select * from users where name = n';
create function count_users() returns bigint language sql as 'select count(*) from users';
create function count_atomic() returns bigint language sql begin atomic select count(*) from users; end;
create function add_return(a int, b int default 2) returns int language sql return a + b;
create function two_reads() returns int language sql as $$ select count(*) from users; select 7; $$;
create function rename_user(i int, n text) returns void language sql as 'update users set name = n where id = i';
create function rename_atomic(i int) returns int language sql begin atomic update users set age = i where id = i returning age; end;
create function lying() returns int stable language sql as 'select nextval(''counter'')::int';
create function lock_user(i int) returns int language sql as 'select id from users where id = i for update';
create function next_number() returns bigint language sql as 'select nextval(''counter'')';
create function take_lock() returns void language sql as 'select pg_advisory_xact_lock(7)';
create function calls_write() returns int language sql as 'select rename_atomic(1)';
create function calls_read() returns bigint language sql as 'select count_users() + add_one(1)';
set check_function_bodies = off;
create function even(n int) returns bool language sql as 'select n = 0 or odd(n - 1)';
create or replace function odd(n int) returns bool language sql as 'select n <> 0 and even(n - 1)';
reset check_function_bodies;
create function numbered(a int default nextval('counter')::int) returns int stable language sql as 'select a';
create function latest(n int default 5) returns setof orders stable rows 5 language sql as
    'select * from orders order by id desc limit n';
create function on_scratch() returns bigint language sql as 'select count(*) from scratch';
create function wait_a_little() returns int language sql as 'select 1 from pg_sleep(0)';
create function draw() returns float8 language sql as 'select random()';
create function "Odd Function"(a int) returns int immutable language sql as 'select a';
create function other.helper() returns int immutable language sql as 'select 1';
create function other.writer() returns int language sql as 'insert into other.users values (9) returning id';

-- Functions in other languages, which are believed.
create function plain_immutable(a int) returns int immutable language plpgsql as 'begin return a * 2; end';
create function plain_stable() returns bigint stable language plpgsql as 'begin return (select count(*) from orders); end';
create function plain_volatile(a int) returns int language plpgsql as 'begin return a * 2; end';
create function touch(i int) returns void language plpgsql as
    'begin update users set created = now() where id = i; end';
create function set_of_rows() returns setof users stable language plpgsql as
    'begin return query select * from users limit 3; end';
create function overloaded(a int) returns int immutable language sql as 'select a';
create function overloaded(a text) returns int language plpgsql as 'begin insert into base values (5); return 1; end';
create function lying_lock() returns void stable language plpgsql as 'begin perform pg_advisory_xact_lock(7); end';
create function lying_writer(i int) returns int stable language plpgsql as 'begin return rename_atomic(i); end';
create function lying_setting() returns text stable language plpgsql as
    'begin return pg_catalog.set_config(''app.tenant'', ''2'', false); end';
create function lying_twice() returns int stable language plpgsql as
    'declare n int; begin select count(*) into n from users; if n > 0 then return lying_writer(n); end if; return n; end';
create function shared_name() returns int immutable language sql as 'select 1';
create function other.shared_name() returns int language plpgsql as 'begin insert into base values (5); return 1; end';
create procedure close_orders() language sql as 'update orders set status = ''closed''';
create procedure no_op() language plpgsql as 'begin end';

-- Functions of a row, which columns may mean.
create function full_name(u users) returns text stable language sql as 'select u.name || u.email';
create function seen(u users) returns text language plpgsql as 'begin update users set age = 1 where id = u.id; return 1; end';
create function noted(anyelement) returns int language plpgsql as 'begin insert into base values (1); return 1; end';

create aggregate add_up(int) (sfunc = int4pl, stype = int, initcond = '0');
create function add_and_write(s int, a int) returns int language plpgsql as
    'begin insert into base values (a); return s + a; end';
create aggregate add_and_tell(int) (sfunc = add_and_write, stype = int, initcond = '0');
create operator === (leftarg = int, rightarg = int, procedure = int4eq);

-- Views.
create view v_users as select id, name, age from users where active;
create view v_of_v as select name, count(*) from v_users group by name;
create view v_of_v_of_v as select * from v_of_v where count > 0;
create view v_join as select u.name, o.total from users u join orders o on o.user_id = u.id;
create view v_with as with q as (select * from users), r as (select * from q) select id from r;
create recursive view v_tree (id, depth) as
    select id, 1 from tree where parent is null union all select t.id, v.depth + 1 from tree t join v_tree v on t.parent = v.id;
create view v_odd as select "Odd Column" from "Odd Schema"."Odd ""Table""";
create view v_partitions as select * from events;
create view v_counted as select count_users() as n, calls_read() as m;
create view v_setting as select id, current_setting('server_version') as setting from users;
create view v_random as select id, random() as r, now() as t from users;
create view v_volatile as select plain_volatile(id) as n from users;
create view v_of_volatile as select * from v_volatile;
create view v_writes as select rename_atomic(1) as n;
create view v_lying as select lying_writer(id) as n from users;
create view v_next as select nextval('counter') as n;
create view v_sequence as select last_value from counter;
create view v_advisory as select pg_try_advisory_lock(1);
create view v_locking as select id from users for update;
create view v_scratch as select a from scratch;
create view v_recovery as select pg_is_in_recovery() as r;
create view v_activity as select pid from pg_stat_activity;
create view v_half as select * from half;
create view v_tables as select table_name from information_schema.tables;
create materialized view m_users as select name, age from users;
create materialized view m_volatile as select plain_volatile(id) as n from users;

-- Row security.
create table tenants (id int, name text);
alter table tenants enable row level security;
create policy mine on tenants using (id = current_setting('app.tenant', true)::int);
create table watched (id int);
alter table watched enable row level security;
create policy watching on watched using (plain_volatile(id) > 0);
create view v_watched as select * from watched;

create function bump() returns trigger language plpgsql as 'begin new.age := 1; return new; end';
create trigger bumped before update on users for each row execute function bump();
