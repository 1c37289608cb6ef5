# What may run on the primary only.

> primary write
insert into base values (1)
insert into base (a) select 1
insert into base default values
insert into users (name) values ('x') returning id
insert into users (id, name) values (1, 'x') on conflict (id) do nothing
insert into users as u (id, name) values (1, 'x') on conflict (id) do update set name = excluded.name where u.id = 1
insert into "Odd Schema"."Odd ""Table""" values (2, 'two')
with q as (select 1 as a) insert into base select a from q
update users set age = 1
update users set (age, name) = (1, 'x') where id = 1
update users u set age = 1 from orders o where o.user_id = u.id
update only base set a = 1 returning *
delete from base
delete from orders o using users u where u.id = o.user_id and u.id < 0
delete from only base where a = 1 returning a
merge into base b using users u on b.a = u.id when matched then update set a = 1 when not matched then insert values (2)
with d as (delete from base returning a) select * from d
with i as (insert into base values (1) returning a) select count(*) from i
with u as (update base set a = 1 returning a) table u
with a as (select 1), d as (delete from base returning a) select * from a
select * from (with d as (select 1) select * from d) q; delete from base
select 1; insert into base values (1); select 2
truncate base
truncate table base, ruled restart identity cascade
select * into copied from users
select 1 as a into copied
create table copied as select * from users
create table copied as table users with no data
create table if not exists copied (a) as values (1)
create materialized view m_copied as select 1
refresh materialized view m_users
refresh materialized view concurrently m_users
copy (delete from base returning a) to stdout
copy (insert into base values (1) returning a) to stdout
copy users from '/tmp/nothing'
copy users from program 'true'
copy users from stdin
copy users (name) from stdin with (format csv)
/* select 1 */ insert into base values (1)
INSERT INTO base VALUES (1)
InSeRt/**/into base values(1)
-- select
 delete from base
explain insert into base values (1)
explain analyze insert into base values (1)
explain (analyze) delete from base
explain analyze update users set age = 1
explain (costs off) update users set age = 1
explain analyze with d as (delete from base returning a) select * from d
explain with d as (delete from base returning a) select * from d
explain analyze create table copied as select 1
explain analyze select * into copied from users
explain (verbose) merge into base b using users u on b.a = u.id when matched then delete

> primary lock
select * from users for update
select * from users for no key update
select * from users for share
select * from users for key share
select * from users where id = 1 for update nowait
select * from users order by id limit 1 for update skip locked
select * from users u join orders o on o.user_id = u.id for update of u
select * from users u join orders o on o.user_id = u.id for update of u for share of o
select * from (select * from users for update) q
with q as (select * from users for share) select * from q
select (select id from users where id = 1 for update)
select * from v_users for update
select 1; select * from users for key share
(select * from users) for update
table users for update
copy (select * from users for update) to stdout
explain select * from users for update
explain analyze select * from users for update

> primary volatile_function
select lying_setting()
select plain_volatile(1)
select plain_volatile(id) from users
select * from users where id = plain_volatile(1)
select * from users order by plain_volatile(id)
select count(*) filter (where plain_volatile(id) > 1) from users
select * from plain_volatile(1)
select * from rows from (plain_volatile(1), generate_series(1, 2)) x
select (select plain_volatile(1))
select * from users limit plain_volatile(1)
values (plain_volatile(1))
select sum(1) over (order by plain_volatile(id)) from users
with q as (select plain_volatile(1)) select 1
select case when false then plain_volatile(1) end
select public.plain_volatile(1), lower('a')
select touch(1)
select overloaded(1)
select overloaded('x'::text)
select shared_name()
select other.shared_name()
select add_and_tell(id) from users
select seen(u) from users u
select u.seen from users u
select (u).seen from users u
select users.seen from users
select noted(1)
select u.noted from users u
select (select u.noted) from users u
select * from v_volatile
select * from v_of_volatile
select * from watched
select * from v_watched
copy (select plain_volatile(1)) to stdout
copy watched to stdout
explain select plain_volatile(1)
explain analyze select touch(1)
select txid_current()
select pg_current_xact_id()
select pg_walfile_name('0/1')
select pg_current_wal_lsn()
select pg_switch_wal()
select pg_create_restore_point('x')
select pg_export_snapshot()
select pg_notify('c', 'x')
select set_config('app.tenant', '1', false)
select set_config('search_path', '', true)
select setseed(0.5)
select lo_create(0)
select lo_import('/tmp/x')
select lo_unlink(1)
select lo_from_bytea(0, 'x')
select pg_terminate_backend(1)
select pg_cancel_backend(1)
select pg_reload_conf()
select pg_rotate_logfile()
select pg_promote()
select pg_stat_reset()
select pg_drop_replication_slot('x')
select pg_create_physical_replication_slot('x')
select pg_logical_slot_get_changes('x', null, null)
select pg_logical_emit_message(true, 'a', 'b')
select pg_read_file('x')
select pg_ls_dir('.')
select pg_wal_replay_pause()
select brin_summarize_new_values('users'::regclass)
select pg_import_system_collations('public')
select pg_xact_status('1'::xid8)
select * from pg_locks
select * from pg_hba_file_rules
select * from pg_file_settings
select * from pg_prepared_xacts
select * from pg_backend_memory_contexts
select other.shared_name() union select 1
select lower('a') where exists (select from plain_volatile(1))

> primary sequence
select nextval('counter')
select pg_catalog.nextval('counter'::regclass)
select "nextval"('"Odd Sequence"')
select setval('counter', 5)
select currval('counter')
select lastval()
select last_value from counter
select * from "Odd Sequence"
select * from v_next
select * from v_sequence
select * from pg_sequences
select lying()
select next_number()
select numbered()
select numbered(1)
select id, nextval('counter') from users
copy (select nextval('counter')) to stdout
explain analyze select nextval('counter')
select pg_sequence_last_value('counter'::regclass)
select * from users_id_seq

> primary advisory_lock
select lying_lock()
select id, lying_lock() from users where id = 1
select pg_advisory_lock(1)
select pg_advisory_lock(1, 2)
select pg_advisory_lock_shared(1)
select pg_advisory_unlock(1)
select pg_advisory_unlock_shared(1)
select pg_advisory_unlock_all()
select pg_advisory_xact_lock(1)
select pg_advisory_xact_lock_shared(1)
select pg_try_advisory_lock(1)
select pg_try_advisory_lock_shared(1, 2)
select pg_try_advisory_xact_lock(1)
select pg_try_advisory_xact_lock_shared(1)
select pg_catalog.pg_advisory_lock(id) from users
select take_lock()
select * from v_advisory
with l as (select pg_advisory_lock(1)) select * from users, l

> primary nested_write
select lying_writer(1)
select lying_twice()
select * from v_lying
select rename_user(1, 'x')
select rename_atomic(1)
select calls_write()
select other.writer()
select * from v_writes
select (select rename_atomic(id)) from users

> primary nested_lock
select lock_user(1)
select * from v_locking

> primary unlogged_table
select * from scratch
select count(*) from public.scratch
select * from v_scratch
select on_scratch()
select * from half
select * from half_unlogged
select * from v_half
copy scratch to stdout
explain select * from scratch
select * from users where id in (select a from scratch)

> replica read
select * from half_logged

> primary server_state
select pg_is_in_recovery()
select not pg_is_in_recovery() as writable
select pg_backend_pid()
select inet_server_addr(), inet_server_port()
select inet_client_addr()
select pg_last_wal_replay_lsn()
select pg_last_xact_replay_timestamp()
select pg_is_wal_replay_paused()
select pg_postmaster_start_time()
select pg_conf_load_time()
select current_setting('transaction_read_only')
select current_setting('server_version_num')::int
select lower(current_setting('in_hot_standby'))
select * from pg_stat_activity
select * from pg_stat_replication
select * from pg_stat_user_tables
select * from pg_stat_database
select * from pg_statio_user_tables
select * from pg_replication_slots
select * from pg_settings
select * from pg_cursors
select * from pg_prepared_statements
select pg_listening_channels()
select * from v_recovery
select * from v_activity
select txid_current_if_assigned()
select pg_current_snapshot()
select count(*) from users, pg_stat_activity

> primary indirect_read
select query_to_xml('select nextval(''counter'')', true, true, '')
select table_to_xml('users', true, true, '')
select schema_to_xml('public', true, true, '')
select ts_stat('select search from docs')
select ts_rewrite('a'::tsquery, 'select a, b from c')
select cursor_to_xml('c', 1, true, true, '')

> primary unknown_function
select no_such_function(1)
select other.add_one(1)
select "ADD_ONE"(1)
select public.lower('x')
select count(*), no_such_aggregate(id) from users

> primary unknown_relation
select * from no_such_table
select * from other.orders
select * from "Users"
select * from users u, no_such_table n
select * from public.pg_class
with q as (select 1) select * from q, r
copy no_such_table to stdout

> primary temporary_table
select * from pg_temp.t
select * from pg_temp_3.t
select a from "pg_temp".t

> primary transaction
begin
begin work
begin transaction
start transaction
begin read write
begin isolation level serializable
begin isolation level repeatable read
start transaction isolation level read committed read write
begin deferrable
begin; select 1; commit
begin read only; commit; begin
begin read only; select 1; commit; begin read write; commit
commit
end
commit and chain
rollback
abort
rollback work and no chain
savepoint s
release savepoint s
release s
rollback to savepoint s
rollback to s
prepare transaction 'x'
commit prepared 'x'
rollback prepared 'x'

> primary serializable
begin isolation level serializable read only
begin read only isolation level serializable deferrable
start transaction isolation level serializable, read only, deferrable

> replica read_only_transaction
begin read only; rollback
begin transaction read only; rollback
start transaction read only; rollback
start transaction isolation level repeatable read, read only; rollback
begin isolation level read committed read only; rollback
BEGIN WORK READ ONLY; rollback
begin read only; select count(*) from users; commit
begin isolation level repeatable read read only; select * from v_users order by id; rollback
begin read only; select 1; commit; begin read only; select 2; commit
begin read only; declare c cursor for select id from users; fetch 3 from c; commit
begin read only; savepoint s; select count_users(); rollback to s; commit

> primary volatile_function
begin read only; select plain_volatile(1); commit

> primary session_state
set search_path = public
set work_mem to '64MB'
set local work_mem = '64MB'
set session characteristics as transaction read only
set time zone 'UTC'
set role app
set session authorization app
set names 'UTF8'
set constraints all deferred
set transaction_read_only = on
reset work_mem
reset all
show all
show work_mem
show transaction_read_only
show in_hot_standby
show transaction isolation level
show server_version
set transaction read write
set transaction isolation level repeatable read
set local transaction read write
set transaction isolation level serializable read only
set transaction read only
set transaction snapshot '0-0-1'
begin read only; show in_hot_standby; commit
begin read only; set transaction read only; commit
begin read only; set local work_mem = '1MB'; select 1; commit
discard all
discard plans
discard temp
listen c
unlisten c
unlisten *
notify c
notify c, 'x'
declare c cursor for select 1
declare c cursor with hold for select 1
declare c scroll cursor for select * from users
fetch c
fetch all from c
fetch backward 5 in c
move next in c
close c
close all
prepare s as select 1
prepare s (int) as select $1
execute s
execute s (1)
deallocate s
deallocate all
explain execute s
explain analyze execute s
explain declare c cursor for select 1

> primary utility
create table made (a int)
create temp table made (a int)
create temporary table made as select 1 as a; vacuum
create unlogged table made (a int)
create view v_made as select 1
create or replace function made() returns int language sql as 'select 1'
create index on users (age)
create index concurrently on users (age)
create schema made
create extension hstore
create sequence made
create type made as (a int)
create domain made as int
create role made
create database made
create trigger made before insert on base execute function bump()
create rule made as on insert to base do nothing
create policy made on users using (true)
create publication made
create statistics made on age, id from users
create aggregate made (int) (sfunc = int4pl, stype = int)
create operator ~~~~ (leftarg = int, rightarg = int, procedure = int4eq)
create cast (text as int) with inout
alter table users add column x int
alter table users rename to people
alter sequence counter restart
alter role app set work_mem = '1MB'
alter database app set work_mem = '1MB'
alter system set work_mem = '1MB'
alter function add_one(int) volatile
drop table if exists made
drop view if exists made
drop function if exists made()
drop sequence if exists made
grant select on users to app
revoke select on users from app
comment on table users is 'x'
security label on table users is 'x'
lock table users
lock users in access share mode
vacuum
vacuum analyze users
analyze
analyze users
cluster
reindex table users
checkpoint
load 'plpgsql'
reassign owned by app to postgres
drop owned by app
import foreign schema x from server y into z
copy users to '/tmp/x'
copy users to program 'true'
copy (select 1) to '/tmp/x'

> primary unknown
call close_orders()
call no_op()
do $$ begin end $$
do language plpgsql 'begin end'
selekt 1
select
 from where
select 'unterminated
select (1
insert into
frobnicate the database
select 1; do $$ begin end $$
explain call no_op()

> primary hint
/* pgweir: primary */ select 1
select 1 /* pgweir: primary */
select /*pgweir:primary*/ * from users
/* pgweir: primary */ /* pgweir: replica */ select 1
/* pgweir: primary */ begin read only
/* pgweir: primary */ insert into base values (1)

> replica hint
/* pgweir: replica */ select 1
select count(*) /* pgweir: replica */ from users
/* pgweir: replica */ select plain_volatile(3)
select pg_is_in_recovery() is not null /* pgweir: replica */
/* pgweir: replica */ begin; select 1; commit
/* pgweir: replica */ copy (select 1) to stdout

> replica read
/* pgweir: pin */ select 1
/* primary */ select 1
-- pgweir: primary
 select 1
select '/* pgweir: primary */'

> primary write
/* pgweir: replica */ insert into base values (1)
/* pgweir: replica */ with d as (delete from base returning a) select * from d

> primary lock
/* pgweir: replica */ select * from users for update

> primary serializable
/* pgweir: replica */ begin isolation level serializable read only
