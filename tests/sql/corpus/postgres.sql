--
-- Tests for PL/pgSQL handling of array variables
--
-- We also check arrays of composites here, so this has some overlap
-- with the plpgsql_record tests.
--

create type complex as (r float8, i float8)
%%
insert into onecol values(array[11])
%%
alter table c_mutable drop column f1
%%
select show_result_type('select 1 as a')
%%
CREATE TABLE test1 (a int)
%%
-- nested CALL
TRUNCATE TABLE test1
%%
CALL test_proc5('abc')
%%
-- recursive with output arguments

CREATE PROCEDURE test_proc7(x int, INOUT a int, INOUT b numeric)
LANGUAGE plpgsql
AS $$
BEGIN
IF x > 1 THEN
    a := x / 10;
    b := x / 2;
    CALL test_proc7(b::int, a, b);
END IF;
END;
$$
%%
CALL test_proc7cc(10)
%%
CREATE PROCEDURE test_proc8b(INOUT a int, INOUT b int, INOUT c int)
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE NOTICE 'a: %, b: %, c: %', a, b, c;
  a := a * 10;
  b := b + 10;
  c := c * -10;
END;
$$
%%
-- OUT + VARIADIC

CREATE PROCEDURE test_proc11(a OUT int, VARIADIC b int[])
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE NOTICE 'a: %, b: %', a, b;
  a := b[1] + b[2];
END;
$$
%%
INSERT INTO test1 VALUES (1), (2), (3)
%%
DROP PROCEDURE test_proc3
%%
-- CONTINUE statement

create table conttesttbl(idx serial, v integer)
%%
-- should fail: unlabeled EXIT is only legal inside a loop
create function exit_error1() returns void as $$
begin
    begin
        exit;
    end;
end;
$$ language plpgsql
%%
-- On the other hand, EXIT *can* reference the label of a named block
create function exit_block1() returns void as $$
begin
    <<begin_block1>>
    begin
        loop
            exit begin_block1;
            raise exception 'should not get here';
        end loop;
    end;
end;
$$ language plpgsql
%%
-- should fail: undefined end label
create function end_label2() returns void as $$
begin
  for _i in 1 .. 10 loop
    exit;
  end loop flbl1;
end;
$$ language plpgsql
%%
select return_from_while()
%%
-- fails

create or replace function catch() returns void as $$
begin
  raise notice '%', case_test(6);
exception
  when case_not_found then
    raise notice 'caught case_not_found % %', SQLSTATE, SQLERRM;
end
$$ language plpgsql
%%
SELECT * FROM test_argresult_booltrue(true, true)
%%
SELECT * FROM test_assign_booltrue(true, true)
%%
CREATE FUNCTION test_argresult_uint2(x uint2, y int) RETURNS uint2 AS $$
begin
return y;
end
$$ LANGUAGE plpgsql
%%
CREATE FUNCTION test_assign_uint2(x int, y int) RETURNS uint2 AS $$
declare v uint2 := x;
begin
v := y;
return v;
end
$$ LANGUAGE plpgsql
%%
SELECT * FROM test_assign_uint2(null, 1)
%%
SELECT * FROM test_argresult_nnint(null, 20)
%%
SELECT * FROM test_assign_nnint(null, 20)
%%
SELECT * FROM test_argresult_array_domain(ARRAY[0, 100]::ordered_pair_domain)
%%
CREATE FUNCTION test_assign_ordered_pair_domain(x int, y int, z int) RETURNS ordered_pair_domain AS $$
declare v ordered_pair_domain := array[x, y];
begin
v[2] := z;
return v;
end
$$ LANGUAGE plpgsql
%%
CREATE FUNCTION test_build_uint2_array(x int2) RETURNS uint2[] AS $$
begin
return array[x, x];
end
$$ LANGUAGE plpgsql
%%
select test_argresult_domain_array(array[2,4])
%%
select test_argresult_array_domain_array(array[array[2,4]::ordered_pair_domain])
%%
SELECT test_result_nnint_container(3, null)
%%
SELECT * FROM test_assign_nnint_container(1,null,3)
%%
SELECT * FROM test_assign_nnint_container2(1,2,null)
%%
SELECT read_ordered_named_pair(row(1, 2))
%%
SELECT * FROM test_assign_ordered_named_pair(1,2,3)
%%
SELECT * FROM test_assign_ordered_named_pairs(1,2,3)
%%
-- base-case return of a composite type
create function retc(int) returns two_int8s language plpgsql as
$$ begin return row($1,1)::two_int8s; end $$
%%
select getq1(retc(344))
%%
select returnsrecord(42)
%%
-- fail

-- same with an intermediate record variable
create or replace function returnsrecord(int) returns record language plpgsql as
$$ declare r record; begin r := row($1,$1+1); return r; end $$
%%
select getf1(1)
%%
select returnssetofholes()
%%
select sillyaddone(42)
%%
-- doesn't work yet
alter table mutable add column f3 int
%%
reset check_function_bodies
%%
-- fail
create table mutable2(f0 text, f1 int, f2 text)
%%
update mutable set f2 = f2 || ' baz'
%%
create function read_ordered_int8s(p ordered_int8s) returns int8 as $$
begin return p.q1 + p.q2; end
$$ language plpgsql
%%
-- fail

create function build_ordered_int8s_2(i int8, j int8) returns ordered_int8s as $$
declare r record; begin r := row(i,j); return r; end
$$ language plpgsql
%%
-- fail

create function build_ordered_int8s_4(i int8, j int8) returns ordered_int8s as $$
declare r ordered_int8s; begin r := row(i,j); return r; end
$$ language plpgsql
%%
-- check behavior with toastable fields, too

create type two_texts as (f1 text, f2 text)
%%
-- check coercion of a record result to named-composite function output type
create function compresult(int8) returns two_int8s language plpgsql as
$$ declare r record; begin r := row($1,$1); return r; end $$
%%
--
-- Tests for plpgsql's handling of "simple" expressions
--

-- Check that changes to an inline-able function are handled correctly
create function simplesql(int) returns int language sql
as 'select $1'
%%
create function simple1.simpletarget(int) returns int language plpgsql
as $$begin return $1; end$$
%%
alter function simpletarget(int) immutable
%%
CREATE PROCEDURE transaction_test1(x int, y text)
LANGUAGE plpgsql
AS $$
BEGIN
    FOR i IN 0..x LOOP
        INSERT INTO test1 (a, b) VALUES (i, y);
        IF i % 2 = 0 THEN
            COMMIT;
        ELSE
            ROLLBACK;
        END IF;
    END LOOP;
END
$$
%%
-- not allowed in a function
CREATE FUNCTION transaction_test2() RETURNS int
LANGUAGE plpgsql
AS $$
BEGIN
    FOR i IN 0..9 LOOP
        INSERT INTO test1 (a) VALUES (i);
        IF i % 2 = 0 THEN
            COMMIT;
        ELSE
            ROLLBACK;
        END IF;
    END LOOP;
    RETURN 1;
END
$$
%%
-- DO block inside function
CREATE FUNCTION transaction_test4() RETURNS int
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE 'DO LANGUAGE plpgsql $x$ BEGIN COMMIT; END $x$';
    RETURN 1;
END;
$$
%%
-- SECURITY DEFINER currently disallow transaction statements
CREATE PROCEDURE transaction_test5b()
LANGUAGE plpgsql
SECURITY DEFINER
AS $$
BEGIN
    COMMIT;
END;
$$
%%
CREATE PROCEDURE transaction_test7()
LANGUAGE plpgsql
AS $$
BEGIN
    DO 'BEGIN CALL transaction_test1(9, $x$baz$x$); END;';
END;
$$
%%
-- commit inside cursor loop
CREATE TABLE test2 (x int)
%%
INSERT INTO test1 VALUES (1,'one'), (2,'two'), (3,'three')
%%
-- immutable mark is a bit of a lie, but it serves to make call a simple expr
-- that will return a still-toasted value
CREATE FUNCTION data_source(i int) RETURNS TEXT LANGUAGE sql
AS 'select f1 from test4' IMMUTABLE
%%
-- note that error occurs during first COMMIT, hence nothing is in test1
SELECT count(*) FROM test1
%%
CREATE PROCEDURE transaction_test9()
LANGUAGE SQL
AS $$
INSERT INTO test2 VALUES (42);
$$
%%
CALL transaction_test10a(10)
%%
CALL transaction_test11()
%%
select trap_zero_divide(50)
%%
select trap_matching_test(50)
%%
select * from foo
%%
set statement_timeout to 1000
%%
select test_variable_storage()
%%
insert into leaf values(1)
%%
set constraints all deferred
%%
select trap_foreign_key_2()
%%
create function testtr_trigger() returns trigger language plpgsql as
$$begin
  raise notice 'tg_op = %', tg_op;
  raise notice 'old(%) = %', old.a, row(old.*);
  raise notice 'new(%) = %', new.a, row(new.*);
  if (tg_op = 'DELETE') then
    return old;
  else
    return new;
  end if;
end$$
%%
delete from testtr
%%
create domain var_record_colnn as var_record check((value).f2 is not null)
%%
-- pg_advisory_unlock_all() shouldn't release xact locks
SELECT pg_advisory_unlock_all()
%%
-- unlocking session locks
SELECT
	pg_advisory_unlock(1), pg_advisory_unlock(1),
	pg_advisory_unlock_shared(2), pg_advisory_unlock_shared(2),
	pg_advisory_unlock(1, 1), pg_advisory_unlock(1, 1),
	pg_advisory_unlock_shared(2, 2), pg_advisory_unlock_shared(2, 2)
%%
-- prepare some test data
CREATE TABLE aggtest (
	a 			int2,
	b			float4
)
%%
SELECT avg(a) AS avg_32 FROM aggtest WHERE a < 100
%%
-- In 7.1, avg(float4) is computed using float8 arithmetic.
-- Round the result to 3 digits to avoid platform-specific results.

SELECT avg(b)::numeric(10,3) AS avg_107_943 FROM aggtest
%%
SELECT sum(b) AS avg_431_773 FROM aggtest
%%
SELECT max(aggtest.b) AS max_324_78 FROM aggtest
%%
SELECT var_pop(b) FROM aggtest
%%
SELECT var_pop(b::numeric) FROM aggtest
%%
SELECT var_pop('inf'::float8), var_samp('inf'::float8)
%%
SELECT var_pop('inf'::float4), var_samp('inf'::float4)
%%
SELECT var_pop('inf'::numeric), var_samp('inf'::numeric)
%%
select sum(null::numeric) from generate_series(1,3)
%%
select avg(null::numeric) from generate_series(1,3)
%%
-- verify correct results for infinite inputs
SELECT sum(x::float8), avg(x::float8), var_pop(x::float8)
FROM (VALUES ('1'), ('infinity')) v(x)
%%
SELECT regr_sxx(b, a) FROM aggtest
%%
SELECT regr_r2(b, a) FROM aggtest
%%
-- check single-tuple behavior
SELECT covar_pop(1::float8,2::float8), covar_samp(3::float8,4::float8)
%%
SELECT count(*), sum(x), regr_sxx(y,x), sum(y),regr_syy(y,x), regr_sxy(y,x)
FROM regr_test WHERE x IN (10,20,30,80)
%%
SELECT float8_combine('{3,60,200}'::float8[], '{0,0,0}'::float8[])
%%
SELECT count(DISTINCT four) AS cnt_4 FROM onek
%%
SELECT newsum(four) AS sum_1500 FROM onek
%%
SELECT sum2(q1,q2) FROM int8_tbl
%%
-- Test handling of Params within aggregate arguments in hashed aggregation.
-- Per bug report from Jeevan Chalke.
explain (verbose, costs off)
select s1, s2, sm
from generate_series(1, 3) s1,
     lateral (select s2, sum(s1 + s2) sm
              from generate_series(1, 3) s2 group by s2) ss
order by 1, 2
%%
--
-- test for bitwise integer aggregates
--
CREATE TEMPORARY TABLE bitwise_test(
  i2 INT2,
  i4 INT4,
  i8 INT8,
  i INTEGER,
  x INT2,
  y BIT(4)
)
%%
--
-- test boolean aggregates
--
-- first test all possible transition and final states

SELECT
  -- boolean and transitions
  -- null because strict
  booland_statefunc(NULL, NULL)  IS NULL AS "t",
  booland_statefunc(TRUE, NULL)  IS NULL AS "t",
  booland_statefunc(FALSE, NULL) IS NULL AS "t",
  booland_statefunc(NULL, TRUE)  IS NULL AS "t",
  booland_statefunc(NULL, FALSE) IS NULL AS "t",
  -- and actual computations
  booland_statefunc(TRUE, TRUE) AS "t",
  NOT booland_statefunc(TRUE, FALSE) AS "t",
  NOT booland_statefunc(FALSE, TRUE) AS "t",
  NOT booland_statefunc(FALSE, FALSE) AS "t"
%%
COPY bool_test FROM STDIN NULL 'null'
%%
--
-- Test cases that should be optimized into indexscans instead of
-- the generic aggregate implementation.
--

-- Basic cases
explain (costs off)
  select min(unique1) from tenk1
%%
explain (costs off)
  select max(unique1) from tenk1 where unique1 < 42
%%
set local max_parallel_workers_per_gather = 0
%%
select min(tenthous) from tenk1 where thousand = 33
%%
select distinct max(unique2) from tenk1
%%
select max(unique2) from tenk1 order by max(unique2)
%%
select max(unique2), generate_series(1,3) as g from tenk1 order by g desc
%%
create table minmaxtest1() inherits (minmaxtest)
%%
create index minmaxtest1i on minmaxtest1(f1)
%%
insert into minmaxtest1 values(13), (14)
%%
select min(f1), max(f1) from minmaxtest
%%
-- check for correct detection of nested-aggregate errors
select max(min(unique1)) from tenk1
%%
create temp table t2 (x int, y int, z int, primary key (x, y))
%%
-- Test removal across multiple relations
explain (costs off) select *
from t1 inner join t2 on t1.a = t2.x and t1.b = t2.y
group by t1.a,t1.b,t1.c,t1.d,t2.x,t2.y,t2.z
%%
-- Okay to remove columns if we're only querying the parent.
explain (costs off) select * from only t1 group by a,b,c,d
%%
-- Ensure we can remove non-PK columns for partitioned tables.
explain (costs off) select * from p_t1 group by a,b,c,d
%%
drop table p_t1
%%
select f1 from t1 left join t2 using (f1) group by t1.f1
%%
-- same, for a RelabelType coercion
select f2, count(*) from
t1 x(x0,x1) left join (t1 left join t2 using(f2)) on (x0 = 0)
group by f2
%%
-- Similar to above, but tiebreak on ordering by four
explain (costs off)
select
  max(four order by four), sum(two order by two),
  min(four order by four), max(two order by two)
from tenk1
%%
-- Ensure consecutive NULLs are properly treated as distinct from each other
select array_agg(distinct val)
from (select null as val from generate_series(1, 2))
%%
--
-- Test combinations of DISTINCT and/or ORDER BY
--

select array_agg(a order by b)
  from (values (1,4),(2,3),(3,1),(4,2)) v(a,b)
%%
select array_agg(distinct a)
  from (values (1),(2),(1),(3),(null),(2)) v(a)
%%
-- multi-arg aggs, strict/nonstrict, distinct/order by

select aggfstr(a,b,c)
  from (values (1,3,'foo'),(0,null,null),(2,2,'bar'),(3,1,'baz')) v(a,b,c)
%%
select aggfstr(distinct a,b,c order by b)
  from (values (1,3,'foo'),(0,null,null),(2,2,'bar'),(3,1,'baz')) v(a,b,c),
       generate_series(1,3) i
%%
select aggfns(distinct a,a,c order by a)
  from (values (1,3,'foo'),(0,null,null),(2,2,'bar'),(3,1,'baz')) v(a,b,c),
       generate_series(1,2) i
%%
select pg_get_viewdef('agg_view1'::regclass)
%%
create or replace view agg_view1 as
  select aggfns(a,a,c order by b)
    from (values (1,3,'foo'),(0,null,null),(2,2,'bar'),(3,1,'baz')) v(a,b,c)
%%
-- incorrect DISTINCT usage errors

select aggfns(distinct a,b,c order by i)
  from (values (1,1,'foo')) v(a,b,c), generate_series(1,2) i
%%
-- string_agg tests
select string_agg(a,',') from (values('aaaa'),('bbbb'),('cccc')) g(a)
%%
-- not ok
select string_agg(distinct f1, ',' order by f1::text) from varchar_tbl
%%
insert into bytea_test_table values(decode('ff','hex'))
%%
-- Test parallel string_agg and array_agg
create table pagg_test (x int, y int)
%%
set parallel_leader_participation TO 0
%%
-- Ensure results are correct.
select * from v_pagg_test order by y
%%
reset min_parallel_table_scan_size
%%
drop view v_pagg_test
%%
select ten, sum(distinct four) filter (where four::text ~ '123') from onek a
group by ten
%%
-- outer reference in FILTER (PostgreSQL extension)
select (select count(*)
        from (values (1)) t0(inner_c))
from (values (2),(3)) t1(outer_c)
%%
-- outer query is aggregation query

-- subquery in FILTER clause (PostgreSQL extension)
select sum(unique1) FILTER (WHERE
  unique1 IN (SELECT unique1 FROM onek where unique1 < 100)) FROM tenk1
%%
-- check for correct detection of nested-aggregate errors in FILTER
select max(unique1) filter (where sum(ten) > 0) from tenk1
%%
-- ordered-set aggregates

select p, percentile_cont(p) within group (order by x::float8)
from generate_series(1,5) x,
     (values (0::float8),(0.1),(0.25),(0.4),(0.5),(0.6),(0.75),(0.9),(1)) v(p)
group by p order by p
%%
select percentile_cont(0.5) within group (order by b) from aggtest
%%
select rank(3) within group (order by x)
from (values (1),(1),(2),(2),(3),(3),(4)) v(x)
%%
select percentile_disc(array[0,0.1,0.25,0.5,0.75,0.9,1]) within group (order by thousand)
from tenk1
%%
select ten, mode() within group (order by string4) from tenk1 group by ten
%%
select test_percentile_disc(0.5) within group (order by thousand) from tenk1
%%
-- hypothetical-set type unification and argument-count failures:
select rank(3) within group (order by x) from (values ('fred'),('jim')) v(x)
%%
-- hypothetical-set type unification successes:
select rank('adam'::varchar) within group (order by x) from (values ('fred'),('jim')) v(x)
%%
select * from aggordview1 order by ten
%%
select cleast_agg(q1,q2) from int8_tbl
%%
-- test aggregates with common transition functions share the same states
begin work
%%
create function sum_finalfn(state avg_state) returns int4 as
$$
begin
	if state is null then
		return NULL;
	else
		return state.total;
	end if;
end
$$ language plpgsql
%%
-- aggregate state should be shared as transfn is the same for both aggs.
select my_avg(one),my_sum(one) from (values(1),(3)) t(one)
%%
-- this should not share the state due to different input columns.
select my_avg(one),my_sum(two) from (values(1,2),(3,4)) t(one,two)
%%
create aggregate my_avg_init(int4)
(
   stype = avg_state,
   sfunc = avg_transfn,
   finalfunc = avg_finalfn,
   initcond = '(10,0)'
)
%%
create or replace function sum_transfn(state int4, n int4) returns int4 as
$$
declare new_state int4;
begin
	raise notice 'sum_transfn called with %', n;
	if state is null then
		if n is not null then
			new_state := n;
			return new_state;
		end if;
		return null;
	elsif n is not null then
		state := state + n;
		return state;
	end if;

	return null;
end
$$ language plpgsql
%%
-- Agg state should be shared even though my_sum has no finalfn
select my_sum(one),my_half_sum(one) from (values(1),(2),(3),(4)) t(one)
%%
CREATE FUNCTION balkifnull(int8, int8)
RETURNS int8
PARALLEL SAFE
STRICT
LANGUAGE plpgsql AS $$
BEGIN
    IF $1 IS NULL THEN
       RAISE 'erroneously called with NULL argument';
    END IF;
    RETURN NULL;
END$$
%%
EXPLAIN (COSTS OFF) SELECT balk(hundred) FROM tenk1
%%
CREATE FUNCTION eatarray(x real[]) RETURNS real[]
LANGUAGE plpgsql STRICT IMMUTABLE AS $$
BEGIN
    x[1] := x[1] + 1;
    RETURN x;
END;
$$
%%
SET parallel_leader_participation = off
%%
-- variance(int8) covers numeric_combine
-- avg(numeric) covers numeric_avg_combine
EXPLAIN (COSTS OFF, VERBOSE)
SELECT variance(unique1::int8), avg(unique1::numeric)
FROM (SELECT * FROM tenk1
      UNION ALL SELECT * FROM tenk1
      UNION ALL SELECT * FROM tenk1
      UNION ALL SELECT * FROM tenk1) u
%%
SELECT min(x ORDER BY y) FROM (VALUES(1, 2)) AS d(x,y)
%%
explain (costs off)
  select 1 from tenk1
   where (hundred, thousand) in (select twothousand, twothousand from onek)
%%
select unique1, count(*), sum(twothousand) from tenk1
group by unique1
having sum(fivethous) > 4975
order by sum(twothousand)
%%
analyze agg_data_2k
%%
set jit_above_cost = 0
%%
set jit_above_cost to default
%%
create table agg_hash_1 as
select g%10000 as c1, sum(g::numeric) as c2, count(*) as c3
  from agg_data_20k group by g%10000
%%
set enable_sort = true
%%
(select * from agg_hash_4 except select * from agg_group_4)
  union all
(select * from agg_group_4 except select * from agg_hash_4)
%%
drop table agg_group_4
%%
drop table agg_hash_4
%%
DROP ROLE IF EXISTS regress_alter_generic_user2
%%
CREATE USER regress_alter_generic_user2
%%
GRANT ALL ON SCHEMA alt_nsp1, alt_nsp2 TO public
%%
CREATE FUNCTION alt_func2(int) RETURNS int LANGUAGE sql
  AS 'SELECT $1 - 1'
%%
-- failed (not aggregate)
ALTER AGGREGATE alt_func1(int) OWNER TO regress_alter_generic_user3
%%
-- OK
ALTER FUNCTION alt_func2(int) OWNER TO regress_alter_generic_user2
%%
-- OK

ALTER AGGREGATE alt_agg1(int) RENAME TO alt_agg2
%%
-- OK
ALTER AGGREGATE alt_agg2(int) SET SCHEMA alt_nsp2
%%
-- failed (not owner)
ALTER FUNCTION alt_func1(int) RENAME TO alt_func4
%%
-- failed (not owner)
ALTER AGGREGATE alt_agg1(int) RENAME TO alt_agg4
%%
SELECT n.nspname, proname, prorettype::regtype, prokind, a.rolname
  FROM pg_proc p, pg_namespace n, pg_authid a
  WHERE p.pronamespace = n.oid AND p.proowner = a.oid
    AND n.nspname IN ('alt_nsp1', 'alt_nsp2')
  ORDER BY nspname, proname
%%
-- failed (name conflict)
ALTER CONVERSION alt_conv1 RENAME TO alt_conv3
%%
ALTER CONVERSION alt_conv3 RENAME TO alt_conv4
%%
SELECT n.nspname, c.conname, a.rolname
  FROM pg_conversion c, pg_namespace n, pg_authid a
  WHERE c.connamespace = n.oid AND c.conowner = a.oid
    AND n.nspname IN ('alt_nsp1', 'alt_nsp2')
  ORDER BY nspname, conname
%%
CREATE SERVER alt_fserv2 FOREIGN DATA WRAPPER alt_fdw2
%%
-- failed (name conflict)
ALTER SERVER alt_fserv1 RENAME TO alt_fserv3
%%
CREATE LANGUAGE alt_lang2 HANDLER plpgsql_call_handler
%%
-- failed (name conflict)
ALTER LANGUAGE alt_lang2 RENAME TO alt_lang3
%%
-- failed (no role membership)
ALTER LANGUAGE alt_lang3 OWNER TO regress_alter_generic_user3
%%
ALTER OPERATOR @+@(int4, int4) OWNER TO regress_alter_generic_user2
%%
-- failed (no role membership)
ALTER OPERATOR @+@(int4, int4) SET SCHEMA alt_nsp2
%%
ALTER OPERATOR FAMILY alt_opf1 USING hash OWNER TO regress_alter_generic_user1
%%
ALTER OPERATOR CLASS alt_opc1 USING hash OWNER TO regress_alter_generic_user1
%%
-- OK
ALTER OPERATOR FAMILY alt_opf2 USING hash OWNER TO regress_alter_generic_user2
%%
-- failed (name conflict)
ALTER OPERATOR CLASS alt_opc1 USING hash RENAME TO alt_opc3
%%
ALTER OPERATOR FAMILY alt_opf1 USING hash OWNER TO regress_alter_generic_user2
%%
ALTER OPERATOR FAMILY alt_opf3 USING hash RENAME TO alt_opf4
%%
-- failed (name conflict)

ALTER OPERATOR CLASS alt_opc3 USING hash RENAME TO alt_opc4
%%
SELECT nspname, opfname, amname, rolname
  FROM pg_opfamily o, pg_am m, pg_namespace n, pg_authid a
  WHERE o.opfmethod = m.oid AND o.opfnamespace = n.oid AND o.opfowner = a.oid
    AND n.nspname IN ('alt_nsp1', 'alt_nsp2')
	AND NOT opfname LIKE 'alt_opc%'
  ORDER BY nspname, opfname
%%
ALTER OPERATOR FAMILY alt_opf4 USING btree ADD
  -- int4 vs int2
  OPERATOR 1 < (int4, int2) ,
  OPERATOR 2 <= (int4, int2) ,
  OPERATOR 3 = (int4, int2) ,
  OPERATOR 4 >= (int4, int2) ,
  OPERATOR 5 > (int4, int2) ,
  FUNCTION 1 btint42cmp(int4, int2)
%%
-- invalid indexing_method
ALTER OPERATOR FAMILY alt_opf4 USING btree ADD OPERATOR 6 < (int4, int2)
%%
CREATE ROLE regress_alter_generic_user5 NOSUPERUSER
%%
RESET ROLE
%%
REVOKE ALL ON SCHEMA alt_nsp6 FROM regress_alter_generic_user6
%%
-- Should fail. Only two arguments required for ALTER OPERATOR FAMILY ... DROP OPERATOR
CREATE OPERATOR FAMILY alt_opf7 USING btree
%%
-- Should work. During ALTER OPERATOR FAMILY ... DROP OPERATOR
-- when left type is the same as right type, a DROP with only one argument type should work
CREATE OPERATOR FAMILY alt_opf8 USING btree
%%
ALTER OPERATOR FAMILY alt_opf9 USING gist ADD OPERATOR 1 < (int4, int4) FOR ORDER BY float_ops
%%
DROP OPERATOR FAMILY alt_opf10 USING btree
%%
DROP OPERATOR FAMILY alt_opf11 USING gist
%%
DROP OPERATOR FAMILY alt_opf12 USING btree
%%
DROP OPERATOR FAMILY alt_opf13 USING hash
%%
DROP OPERATOR FAMILY alt_opf14 USING btree
%%
DROP OPERATOR FAMILY alt_opf15 USING hash
%%
-- Should fail. duplicate operator number / function number in ALTER OPERATOR FAMILY ... ADD FUNCTION
CREATE OPERATOR FAMILY alt_opf17 USING btree
%%
-- procedure 1 appears twice in same statement
ALTER OPERATOR FAMILY alt_opf17 USING btree ADD
  OPERATOR 1 < (int4, int2) ,
  OPERATOR 2 <= (int4, int2) ,
  OPERATOR 3 = (int4, int2) ,
  OPERATOR 4 >= (int4, int2) ,
  OPERATOR 5 > (int4, int2) ,
  FUNCTION 1 btint42cmp(int4, int2)
%%
ALTER OPERATOR FAMILY alt_opf18 USING btree ADD
  OPERATOR 1 < (int4, int2) ,
  OPERATOR 2 <= (int4, int2) ,
  OPERATOR 3 = (int4, int2) ,
  OPERATOR 4 >= (int4, int2) ,
  OPERATOR 5 > (int4, int2) ,
  FUNCTION 1 btint42cmp(int4, int2)
%%
-- Should fail. Invalid opclass options function (#5) specifications.
CREATE OPERATOR FAMILY alt_opf19 USING btree
%%
ALTER OPERATOR FAMILY alt_opf19 USING btree ADD FUNCTION 5 (int4) test_opclass_options_func(internal)
%%
CREATE STATISTICS alt_stat1 ON a, b FROM alt_regress_1
%%
-- OK
ALTER STATISTICS alt_stat2 OWNER TO regress_alter_generic_user2
%%
CREATE STATISTICS alt_stat1 ON a, b FROM alt_regress_2
%%
-- OK
ALTER STATISTICS alt_stat3 OWNER TO regress_alter_generic_user2
%%
CREATE TEXT SEARCH DICTIONARY alt_ts_dict2 (template=simple)
%%
-- failed (no role membership)
ALTER TEXT SEARCH DICTIONARY alt_ts_dict2 OWNER TO regress_alter_generic_user3
%%
-- OK
ALTER TEXT SEARCH DICTIONARY alt_ts_dict3 OWNER TO regress_alter_generic_user2
%%
CREATE TEXT SEARCH CONFIGURATION alt_ts_conf2 (copy=english)
%%
-- failed (no role membership)
ALTER TEXT SEARCH CONFIGURATION alt_ts_conf2 OWNER TO regress_alter_generic_user3
%%
-- OK
ALTER TEXT SEARCH CONFIGURATION alt_ts_conf3 OWNER TO regress_alter_generic_user2
%%
CREATE TEXT SEARCH TEMPLATE alt_ts_temp2 (lexize=dsimple_lexize)
%%
-- failed (name conflict)

-- invalid: non-lowercase quoted identifiers
CREATE TEXT SEARCH TEMPLATE tstemp_case ("Init" = init_function)
%%
ALTER TEXT SEARCH PARSER alt_ts_prs1 RENAME TO alt_ts_prs2
%%
SELECT nspname, prsname
  FROM pg_ts_parser t, pg_namespace n
  WHERE t.prsnamespace = n.oid AND nspname like 'alt_nsp%'
  ORDER BY nspname, prsname
%%
DROP LANGUAGE alt_lang3 CASCADE
%%
DROP USER regress_alter_generic_user2
%%
CREATE OPERATOR === (
    LEFTARG = boolean,
    RIGHTARG = boolean,
    PROCEDURE = alter_op_test_fn,
    COMMUTATOR = ===,
    NEGATOR = !==,
    RESTRICT = customcontsel,
    JOIN = contjoinsel,
    HASHES, MERGES
)
%%
SELECT oprrest, oprjoin FROM pg_operator WHERE oprname = '==='
  AND oprleft = 'boolean'::regtype AND oprright = 'boolean'::regtype
%%
ALTER OPERATOR === (boolean, boolean) SET (RESTRICT = customcontsel, JOIN = contjoinsel)
%%
ALTER OPERATOR === (boolean, boolean) SET (JOIN = non_existent_func)
%%
--
-- Test permission check. Must be owner to ALTER OPERATOR.
--
CREATE USER regress_alter_op_user
%%
DROP FUNCTION customcontsel(internal, oid, internal, integer)
%%
--
-- add attribute
--

CREATE TABLE attmp (initial int4)
%%
ALTER TABLE attmp ADD COLUMN xmin integer
%%
ALTER TABLE attmp ADD COLUMN d float8
%%
ALTER TABLE attmp ADD COLUMN i char
%%
ALTER TABLE attmp ADD COLUMN n oidvector
%%
ALTER TABLE attmp ADD COLUMN s path
%%
ALTER TABLE attmp ADD COLUMN x float8[]
%%
SELECT * FROM attmp
%%
ALTER INDEX attmp_idx ALTER COLUMN 0 SET STATISTICS 1000
%%
ALTER TABLE attmp RENAME TO attmp_new
%%
DROP TABLE attmp_new
%%
ALTER INDEX part_attmp_pkey RENAME TO part_attmp_index
%%
SET ROLE regress_alter_table_user1
%%
ALTER TABLE part_at2tmp1 RENAME TO fail
%%
SELECT typname FROM pg_type WHERE oid = 'attmp_array[]'::regtype
%%
ALTER TABLE attmp_array RENAME TO _attmp_array
%%
ALTER INDEX attmp_onek_unique1 RENAME TO onek_unique1
%%
CREATE TABLE alter_idx_rename_test_parted (a INT) PARTITION BY LIST (a)
%%
SELECT relation::regclass, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation'
  AND relation::regclass::text LIKE 'alter\_idx%'
ORDER BY relation::regclass::text COLLATE "C"
%%
ALTER TABLE alter_idx_rename_test_parted_idx_2 RENAME TO alter_idx_rename_test_parted_idx_3
%%
ALTER VIEW attmp_view_new RENAME TO fail
%%
reset enable_seqscan
%%
alter table pg_toast_stud_emp rename to stud_emp
%%
-- renaming constraint
ALTER TABLE onek ADD CONSTRAINT onek_check_constraint CHECK (unique1 >= 0)
%%
-- to see whether it's there
ALTER TABLE onek RENAME CONSTRAINT onek_unique1_constraint TO onek_unique1_constraint_foo
%%
ALTER TABLE constraint_rename_test2 RENAME CONSTRAINT con1 TO con1foo
%%
ALTER TABLE ONLY constraint_rename_test RENAME CONSTRAINT con2 TO con2foo
%%
-- ok
DROP TABLE constraint_rename_test2
%%
-- renaming constraints with cache reset of target relation
CREATE TABLE constraint_rename_cache (a int,
  CONSTRAINT chk_a CHECK (a > 0),
  PRIMARY KEY (a))
%%
DROP TABLE constraint_rename_cache
%%
CREATE TABLE attmp4 (a int, b int, unique(a,b))
%%
-- Try (and fail) to add constraint due to invalid source columns
ALTER TABLE attmp3 add constraint attmpconstr foreign key(c) references attmp2 match full
%%
ALTER TABLE attmp3 drop constraint attmpconstr
%%
-- fail
ALTER TABLE attmp3 ADD CONSTRAINT b_greater_than_ten CHECK (b > 10) NOT VALID
%%
CREATE TABLE attmp6 () INHERITS (attmp3)
%%
ALTER TABLE attmp3 VALIDATE CONSTRAINT b_le_20
%%
ALTER TABLE attmp7 ADD CONSTRAINT identity CHECK (b = boo(b))
%%
create table child_noinh_convalid () inherits (parent_noinh_convalid)
%%
-- fail, because of the row in parent
alter table parent_noinh_convalid validate constraint check_a_is_2
%%
-- Try (and fail) to create constraint from attmp5(a) to attmp4(a) - unique constraint on
-- attmp4 is a,b

ALTER TABLE attmp5 add constraint attmpconstr foreign key(a) references attmp4(a) match full
%%
DROP TABLE attmp4
%%
create table nv_parent (d date, check (false) no inherit not valid)
%%
alter table nv_child_2011 add check (d between '2011-01-01'::date and '2011-12-31'::date) not valid
%%
-- after validation, the constraint should be used
alter table nv_child_2011 VALIDATE CONSTRAINT nv_child_2011_d_check
%%
CREATE TEMP TABLE FKTABLE (ftest1 inet)
%%
-- This should succeed, even though they are different types,
-- because int=int8 exists and is a member of the integer opfamily
CREATE TEMP TABLE FKTABLE (ftest1 int8)
%%
-- On the other hand, this should work because int implicitly promotes to
-- numeric, and we allow promotion on the FK side
CREATE TEMP TABLE PKTABLE (ptest1 numeric PRIMARY KEY)
%%
ALTER TABLE FKTABLE ADD FOREIGN KEY(ftest1, ftest2) references pktable
%%
-- As does this...
ALTER TABLE FKTABLE ADD FOREIGN KEY(ftest2, ftest1)
     references pktable(ptest1, ptest2)
%%
ALTER TABLE FKTABLE ADD CONSTRAINT fknd2 FOREIGN KEY(ftest1) REFERENCES pktable
  ON DELETE CASCADE ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED
%%
ALTER TABLE FKTABLE ADD CONSTRAINT fkdi2 FOREIGN KEY(ftest1) REFERENCES pktable
  ON DELETE CASCADE ON UPDATE NO ACTION NOT DEFERRABLE
%%
-- add a check constraint
alter table atacc1 add constraint atacc_test1 check (test>3)
%%
-- something a little more complicated
create table atacc1 ( test int, test2 int, test3 int)
%%
alter table atacc1 add check (test2>test)
%%
alter table atacc2 add constraint foo check (test2>0)
%%
insert into atacc3 (test2) values (3)
%%
select test2 from atacc2
%%
alter table atacc3 drop test2
%%
alter table atacc2 inherit atacc3
%%
-- ok:
alter table atacc1 add constraint foo check (test>0) no inherit
%%
-- add a unique constraint
alter table atacc1 add constraint atacc_test1 unique (test)
%%
-- add a unique constraint
alter table atacc1 add constraint atacc_test1 unique (test, test2)
%%
-- test primary key constraint adding

create table atacc1 ( id serial, test int)
%%
-- drop first primary key constraint
alter table atacc1 drop constraint atacc_test1 restrict
%%
-- this combination used to have order-of-execution problems (bug #15580)
create table atacc1 (a int)
%%
alter table atacc1 add constraint atacc1_fkey foreign key (a) references atacc1 (a) not valid
%%
alter table atacc1 add constraint atacc1_chk check(b = 1) not valid
%%
insert into atacc1 (test,test2) values (NULL,3)
%%
insert into atacc1 (test2, test) values (1, NULL)
%%
alter table non_existent alter column bar drop not null
%%
alter table atacc1 drop constraint "atacc1_pkey"
%%
-- try altering a non-existent column, should fail
alter table atacc1 alter bar set not null
%%
alter table myview alter column test set not null
%%
-- constraint not cover all values, should fail
alter table atacc1 add constraint atacc1_constr_or check(test_a is not null or test_b < 10)
%%
alter table atacc1 drop constraint atacc1_constr_invalid
%%
alter table atacc1 alter test_a drop not null
%%
alter table atacc1 alter test_a drop not null, alter test_b drop not null
%%
alter table parent alter a set not null
%%
alter table only parent alter a set not null
%%
drop table child
%%
alter table def_test alter column c1 drop default
%%
select * from def_test
%%
-- set defaults on views: we need to create a view, add a rule
-- to allow insertions into it, and then alter the view to add
-- a default
create view def_view_test as select * from def_test
%%
alter table def_view_test alter column c2 set default 'view_default'
%%
drop table def_test
%%
insert into atacc1 values (1, 2, 3, 4)
%%
select * from atacc1 order by "........pg.dropped.1........"
%%
select a from atacc1
%%
select * from atacc1 where a = 1
%%
select * from atacc1 where "........pg.dropped.1........" = 1
%%
update atacc1 set b = 2 where "........pg.dropped.1........" = 3
%%
insert into atacc1 (a) values (default)
%%
insert into atacc1 ("........pg.dropped.1........") values (10)
%%
-- DELETEs
delete from atacc1 where a = 3
%%
-- try adding an oid column, should fail (not supported)
alter table atacc1 SET WITH OIDS
%%
-- test some commands to make sure they fail on the dropped column
analyze atacc1(a)
%%
comment on column atacc1.a is 'testing'
%%
alter table atacc1 alter a set statistics 0
%%
alter table atacc1 alter a drop default
%%
alter table atacc1 alter a drop not null
%%
alter table atacc1 add primary key(a)
%%
alter table atacc1 add check (a > 3)
%%
alter table atacc1 add foreign key ("........pg.dropped.1........") references atacc2(id)
%%
create index "testing_idx" on atacc1("........pg.dropped.1........")
%%
select * into attest2 from atacc1
%%
alter table atacc1 drop d
%%
alter table atacc1 drop column value
%%
insert into parent values (1, 2, 3)
%%
select * from parent
%%
create table child (a float4) inherits (parent)
%%
-- test copy in/out
create table attest (a int4, b int4, c int4)
%%
copy attest(a) to stdout
%%
copy attest(a) from stdin
%%
create table dropColumnAnother (d int) inherits (dropColumnChild)
%%
alter table dropColumnChild drop column c
%%
create table renameColumnAnother (c int) inherits (renameColumnChild)
%%
-- these should work
alter table renameColumn rename column a to d
%%
-- this should work
alter table renameColumn add column w int
%%
-- should be rejected since c1.f1 is inherited
alter table c1 drop column f1
%%
create table c1 () inherits(p1)
%%
create table c1(age int) inherits(p1,p2)
%%
-- should work. Now c1.name is local and inhcount is 0.
alter table p2 drop column name
%%
-- IF EXISTS test
create table dropColumnExists ()
%%
-- test attinhcount tracking with merged columns

create table depth0()
%%
select attrelid::regclass, attname, attinhcount, attislocal
from pg_attribute
where attnum > 0 and attrelid::regclass in ('depth0', 'depth1', 'depth2')
order by attrelid::regclass::text, attnum
%%
alter table p1 add column f2 text
%%
update p1 set a1 = a1 + 1, f2 = upper(f2)
%%
drop domain mytype cascade
%%
-- Simple tests for alter table column type
alter table foo alter f1 TYPE integer
%%
insert into anothertab (atcol1, atcol2) values (default, false)
%%
-- fails
alter table anothertab alter column atcol1 type integer
%%
alter table anothertab alter column atcol1 type boolean
        using case when atcol1 % 2 = 0 then true else false end
%%
drop table anothertab
%%
alter table anothertab
  add exclude using btree (f4 with =) where (f5 > 0)
%%
alter table anothertab alter column f1 type bigint
%%
insert into another values(1, 'one', 'uno')
%%
create table skip_wal_skip_rewrite_index (c varchar(10) primary key)
%%
alter table at_tab1 alter column b type varchar
%%
-- ... this will fail
drop table at_tab1, at_tab2
%%
insert into at_partitioned values (512, '0.123')
%%
create index on at_partitioned (a)
%%
-- Alter column type when no table rewrite is required
-- Also check that comments are preserved
create table at_partitioned(id int, name varchar(64), unique (id, name))
  partition by hash(id)
%%
comment on constraint at_partitioned_0_id_name_key on at_partitioned_0 is 'child 0 constraint'
%%
comment on index at_partitioned_1_id_name_key is 'child 1 index'
%%
alter table at_partitioned alter column name type varchar(127)
%%
-- fails
create domain array_of_recur1 as recur1[]
%%
-- fails
alter table recur1 add column f2 int
%%
alter table test_storage alter a set storage plain
%%
-- test that SET STORAGE propagates to index correctly
create index test_storage_idx on test_storage (b, a)
%%
select relname, conname, coninhcount, conislocal, connoinherit
  from pg_constraint c, pg_class r
  where relname like 'test_inh_check%' and c.conrelid = r.oid
  order by 1, 2
%%
ALTER TABLE test_inh_check_child ADD CONSTRAINT bmerged CHECK (b > 1)
%%
CREATE TABLE test_type_diff_c (extra smallint) INHERITS (test_type_diff)
%%
CREATE TABLE test_type_diff2 (int_two int2, int_four int4, int_eight int8)
%%
ALTER TABLE test_type_diff2_c1 INHERIT test_type_diff2
%%
INSERT INTO test_type_diff2_c2 VALUES (4, 5, 6)
%%
-- check for rollback of ANALYZE corrupting table property flags (bug #11638)
CREATE TABLE check_fk_presence_1 (id int PRIMARY KEY, t text)
%%
DROP TABLE check_fk_presence_1, check_fk_presence_2
%%
create view at_view_2 as select *, to_json(v1) as j from at_view_1 v1
%%
drop view at_view_2
%%
create temp view v1 as select 1::int8 as q1
%%
create rule v1_upd_rule as on update to v1
  do also insert into log values (new.*)
%%
-- check adding a column not itself requiring a rewrite, together with
-- a column requiring a default (bug #16038)

-- ensure that rewrites aren't silently optimized away, removing the
-- value of the test
CREATE FUNCTION check_ddl_rewrite(p_tablename regclass, p_ddl text)
RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_relfilenode oid;
BEGIN
    v_relfilenode := relfilenode FROM pg_class WHERE oid = p_tablename;

    EXECUTE p_ddl;

    RETURN v_relfilenode <> (SELECT relfilenode FROM pg_class WHERE oid = p_tablename);
END;
$$
%%
-- empty[12] don't need rewrite, but notempty[12]_rewrite will force one
SELECT check_ddl_rewrite('rewrite_test', $$
  ALTER TABLE rewrite_test
      ADD COLUMN empty1 text,
      ADD COLUMN notempty1_rewrite serial;
$$)
%%
create type lockmodes as enum (
 'SIReadLock'
,'AccessShareLock'
,'RowShareLock'
,'RowExclusiveLock'
,'ShareUpdateExclusiveLock'
,'ShareLock'
,'ShareRowExclusiveLock'
,'ExclusiveLock'
,'AccessExclusiveLock'
)
%%
insert into alterlock values (1, 'foo')
%%
select * from my_locks order by 1
%%
alter table alterlock reset (fillfactor)
%%
alter table alterlock set (autovacuum_enabled = off, fillfactor = 80)
%%
alter table alterlock2 add foreign key (f1) references alterlock (f1)
%%
-- raise exception
alter table my_locks set (autovacuum_enabled = false)
%%
alter view my_locks set (security_barrier=off)
%%
-- cleanup
drop table alterlock2
%%
alter function test_strict(text) called on null input
%%
--
-- alter object set schema
--

create schema alter1
%%
create function alter1.plus1(int) returns int as 'select $1+1' language sql
%%
create operator alter1.=(procedure = alter1.same, leftarg  = alter1.ctype, rightarg = alter1.ctype)
%%
create text search configuration alter1.cfg(parser = alter1.prs)
%%
alter table alter1.t1 set schema alter1
%%
alter domain alter1.posint set schema alter2
%%
alter function alter1.same(alter1.ctype, alter1.ctype) set schema alter2
%%
alter text search parser alter1.prs set schema alter2
%%
-- this should succeed because nothing is left in alter1
drop schema alter1
%%
select alter2.plus1(41)
%%
-- fails

ALTER TYPE test_type ADD ATTRIBUTE b text
%%
ALTER TYPE test_type DROP ATTRIBUTE c
%%
ALTER TYPE test_type RENAME ATTRIBUTE d TO dd
%%
ALTER TYPE test_type1 ALTER ATTRIBUTE b TYPE varchar
%%
DROP TYPE test_type1
%%
ALTER TYPE test_type2 ADD ATTRIBUTE c text
%%
ALTER TYPE test_type2 DROP ATTRIBUTE b
%%
DROP TABLE test_tbl2_subclass, test_tbl2
%%
ALTER TYPE test_typex DROP ATTRIBUTE a
%%
-- This test isn't that interesting on its own, but the purpose is to leave
-- behind a table to test pg_upgrade with. The table has a composite type
-- column in it, and the composite type has a dropped attribute.
CREATE TYPE test_type3 AS (a int)
%%
DROP TYPE test_type_empty
%%
-- OK
CREATE TABLE tt1 (x int, y bigint)
%%
-- too few columns
CREATE TABLE tt5 (x int, y numeric(8,2), z int)
%%
-- OK

ALTER TABLE tt0 OF tt_t0
%%
ALTER TABLE tt4 OF tt_t0
%%
CREATE TYPE tt_t1 AS (x int, y numeric(8,2))
%%
CREATE TABLE test_drop_constr_child () INHERITS (test_drop_constr_parent)
%%
--
-- IF EXISTS test
--
ALTER TABLE IF EXISTS tt8 ADD COLUMN f int
%%
ALTER TABLE IF EXISTS tt8 RENAME COLUMN f TO f1
%%
DROP SCHEMA alter2
%%
-- fail, dup name
ALTER TABLE tt9 ADD UNIQUE(c)
%%
-- fail, dup name
ALTER TABLE tt9 ADD CONSTRAINT tt9_c_key2 CHECK(c > 6)
%%
COMMENT ON COLUMN comment_test.id IS 'Column ''id'' on comment_test'
%%
COMMENT ON INDEX comment_test_pk IS 'Index backing the PRIMARY KEY of comment_test'
%%
-- Change the datatype of all the columns. ALTER TABLE is optimized to not
-- rebuild an index if the new data type is binary compatible with the old
-- one. Check do a dummy ALTER TABLE that doesn't change the datatype
-- first, to test that no-op codepath, and another one that does.
ALTER TABLE comment_test ALTER COLUMN indexed_col SET DATA TYPE int
%%
ALTER TABLE comment_test ALTER COLUMN positive_col SET DATA TYPE int
%%
COMMENT ON COLUMN comment_test_child.id IS 'Column ''id'' on comment_test_child'
%%
-- Check that we map relation oids to filenodes and back correctly.  Only
-- display bad mappings so the test output doesn't change all the time.  A
-- filenode function call can return NULL for a relation dropped concurrently
-- with the call's surrounding query, so ignore a NULL mapped_oid for
-- relations that no longer exist after all calls finish.
CREATE TEMP TABLE filenode_mapping AS
SELECT
    oid, mapped_oid, reltablespace, relfilenode, relname
FROM pg_class,
    pg_filenode_relation(reltablespace, pg_relation_filenode(oid)) AS mapped_oid
WHERE relkind IN ('r', 'i', 'S', 't', 'm') AND mapped_oid IS DISTINCT FROM oid
%%
-- instead create in public first, move to catalog
CREATE TABLE new_system_table(id serial primary key, othercol text)
%%
CREATE INDEX old_system_table__othercol ON old_system_table (othercol)
%%
TRUNCATE old_system_table
%%
-- set logged
CREATE UNLOGGED TABLE unlogged1(f1 SERIAL PRIMARY KEY, f2 TEXT)
%%
-- self-referencing foreign key
ALTER TABLE unlogged3 SET LOGGED
%%
DROP TABLE unlogged2
%%
-- foreign key
CREATE TABLE logged3(f1 SERIAL PRIMARY KEY, f2 INTEGER REFERENCES logged3)
%%
-- silently do nothing
DROP TABLE logged3
%%
ALTER TABLE test_add_column
	ADD COLUMN c2 integer
%%
-- skipping because c2 already exists
ALTER TABLE test_add_column
	ADD COLUMN c2 integer, -- fail because c2 already exists
	ADD COLUMN c3 integer primary key
%%
ALTER TABLE test_add_column
	ADD COLUMN IF NOT EXISTS c4 integer REFERENCES test_add_column
%%
INSERT INTO ataddindex VALUES (42), (43)
%%
CREATE TABLE ataddindex(f1 VARCHAR(10))
%%
ALTER TABLE ataddindex
  ADD PRIMARY KEY (id),
  ADD FOREIGN KEY (ref_id) REFERENCES ataddindex
%%
-- cannot drop column that is part of the partition key
ALTER TABLE partitioned DROP COLUMN a
%%
-- specifying storage parameters for partitioned tables is not supported
ALTER TABLE partitioned SET (fillfactor=100)
%%
-- cannot add NO INHERIT constraint to partitioned tables
ALTER TABLE partitioned ADD CONSTRAINT chk_a CHECK (a > 0) NO INHERIT
%%
ALTER TABLE unparted ATTACH PARTITION fail_part FOR VALUES IN ('a')
%%
ALTER TABLE list_parted ATTACH PARTITION fail_part FOR VALUES FROM (1) TO (10)
%%
CREATE ROLE regress_test_not_me
%%
CREATE TABLE owned_by_me (
	a int
) PARTITION BY LIST (a)
%%
DROP ROLE regress_test_me
%%
ALTER TABLE list_parted ATTACH PARTITION parent FOR VALUES IN (1)
%%
ALTER TABLE temp_parted ATTACH PARTITION perm_part FOR VALUES IN (1)
%%
ALTER TABLE list_parted ATTACH PARTITION fail_part FOR VALUES IN (1)
%%
-- check that columns match in type, collation and NOT NULL status
CREATE TABLE fail_part (
	b char(3),
	a int NOT NULL
)
%%
-- check the attributes and constraints after partition is attached
CREATE TABLE part_1 (
	a int NOT NULL,
	b char(2) COLLATE "C",
	CONSTRAINT check_a CHECK (a > 0)
)
%%
-- check that the new partition won't overlap with an existing partition
CREATE TABLE fail_part (LIKE part_1 INCLUDING CONSTRAINTS)
%%
ALTER TABLE list_parted ATTACH PARTITION fail_def_part DEFAULT
%%
ALTER TABLE list_parted2 ATTACH PARTITION part_2 FOR VALUES IN (2)
%%
CREATE TABLE part_3 (LIKE list_parted2)
%%
-- however, if a list partition does not accept nulls, there should be
-- an explicit NOT NULL constraint on the partition key column for the
-- validation scan to be skipped;
ALTER TABLE list_parted2 ATTACH PARTITION part_3_4 FOR VALUES IN (3, 4)
%%
CREATE TABLE part_55_66 PARTITION OF list_parted2 FOR VALUES IN (55, 66)
%%
-- Remember the TO bound is exclusive
ALTER TABLE range_parted ATTACH PARTITION part1 FOR VALUES FROM (1, 1) TO (1, 10)
%%
-- Create default partition
CREATE TABLE partr_def1 PARTITION OF range_parted DEFAULT
%%
CREATE TABLE part3 (LIKE range_parted)
%%
INSERT INTO part_5_a (a, b) VALUES (6, 'a')
%%
ALTER TABLE list_parted2 DETACH PARTITION part_5
%%
ALTER TABLE part_6 DROP c
%%
ALTER TABLE part_7_a_null DROP c, DROP d, DROP e
%%
ALTER TABLE part_7 DROP CONSTRAINT check_a
%%
CREATE TABLE part5_def_p1 PARTITION OF part5_def FOR VALUES IN (5)
%%
-- should be ok after deleting the bad row
DELETE FROM part5_def_p1 WHERE b = 'y'
%%
CREATE TABLE quuux_default PARTITION OF quuux DEFAULT PARTITION BY LIST (b)
%%
-- validate!
CREATE TABLE quuux2 (a int, b text)
%%
CREATE TABLE quuux2 PARTITION OF quuux FOR VALUES IN (2)
%%
CREATE TABLE fail_part (LIKE hpart_1)
%%
ALTER TABLE hash_parted ATTACH PARTITION hpart_2 FOR VALUES WITH (MODULUS 4, REMAINDER 1)
%%
INSERT INTO hpart_5_a (a, b) VALUES (7, 1)
%%
--
-- DETACH PARTITION
--

-- check that the table is partitioned at all
CREATE TABLE regular_table (a int)
%%
ALTER TABLE hash_parted DETACH PARTITION hpart_4
%%
ALTER TABLE hash_parted DETACH PARTITION not_a_part
%%
DROP TABLE part_3_4
%%
DROP TABLE range_parted2
%%
CREATE TABLE part_rpd PARTITION OF range_parted2 DEFAULT
%%
ALTER TABLE range_parted2 DETACH PARTITION part_rp100 CONCURRENTLY
%%
ALTER TABLE part_2 DROP COLUMN b
%%
ALTER TABLE ONLY list_parted2 ADD CONSTRAINT check_b CHECK (b <> 'zz')
%%
ALTER TABLE ONLY list_parted2 DROP CONSTRAINT check_b
%%
ALTER TABLE ONLY parted_no_parts ALTER a DROP NOT NULL
%%
ALTER TABLE part_2 ALTER b DROP NOT NULL
%%
CREATE TABLE inh_test (LIKE part_2)
%%
ALTER TABLE list_parted2 ALTER COLUMN b TYPE text
%%
DROP TABLE fail_def_part
%%
create table p11 (like p1)
%%
-- attnum for key attribute 'a' is different in p, p1, and p11
select attrelid::regclass, attname, attnum
from pg_attribute
where attname = 'a'
 and (attrelid = 'p'::regclass
   or attrelid = 'p1'::regclass
   or attrelid = 'p11'::regclass)
order by attrelid::regclass::text
%%
-- cleanup
drop table p
%%
alter table parted_validate_test add constraint parted_validate_test_chka check (a > 0) not valid
%%
INSERT INTO attmp VALUES (1)
%%
DROP USER regress_alter_table_user1
%%
alter table defpart_attach_test_d drop b
%%
alter table defpart_attach_test_d add check (a > 1)
%%
-- check combinations of temporary and permanent relations when attaching
-- partitions.
create table perm_part_parent (a int) partition by list (a)
%%
alter table temp_part_parent attach partition perm_part_child default
%%
drop table temp_part_parent cascade
%%
insert into tab_part_attach values (1)
%%
create operator class at_test_sql_partop for type int4 using btree as
    operator 1 < (int4, int4), operator 2 <= (int4, int4),
    operator 3 = (int4, int4), operator 4 >= (int4, int4),
    operator 5 > (int4, int4), function 1 at_test_sql_partop(int4, int4)
%%
drop table at_test_sql_partop
%%
create table bar2 (a integer)
%%
-- this works:
select * from bar1
%%
/* End test case for bug #16242 */

/* Test case for bug #17409 */

create table attbl (p1 int constraint pk_attbl primary key)
%%
alter table atref alter column c1 set data type bigint
%%
alter table alttype_cluster add primary key (a)
%%
alter table alttype_cluster alter a type bigint
%%
--
-- Check that attaching or detaching a partitioned partition correctly leads
-- to its partitions' constraint being updated to reflect the parent's
-- newly added/removed constraint
create table target_parted (a int, b int) partition by list (a)
%%
-- the following better invalidate the partition constraint of the leaf
-- partition too...
alter table target_parted attach partition attach_parted for values in (1)
%%
create publication pub1 for table alter1.t1, tables in schema alter2
%%
select amname, prop, pg_indexam_has_property(a.oid, prop) as p
  from pg_am a,
       unnest(array['can_order', 'can_unique', 'can_multi_col',
                    'can_exclude', 'can_include', 'bogus']::text[])
         with ordinality as u(prop,ord)
 where amtype = 'i'
 order by amname, ord
%%
CREATE INDEX foocover ON foo (f1) INCLUDE (f2,f3)
%%
ANALYZE array_op_test
%%
INSERT INTO arrtest (a, b[1:2][1:2], c, d, e, f, g)
   VALUES ('{11,12,23}', '{{3,4},{4,5}}', '{"foobar"}',
           '{{"elt1", "elt2"}}', '{"3.4", "6.7"}',
           '{"abc","abcde"}', '{"abc","abcde"}')
%%
-- error, type mismatch

SELECT * FROM arrtest
%%
SELECT array_ndims(a) AS a,array_ndims(b) AS b,array_ndims(c) AS c
   FROM arrtest
%%
UPDATE arrtest
  SET b[1:1][1:1][1:2] = '{113, 117}',
      b[1:1][1:2][2:2] = '{142, 147}'
  WHERE array_dims(b) = '[1:1][1:2][1:2]'
%%
INSERT INTO arrtest(a) VALUES('{1,null,3}')
%%
DELETE FROM arrtest WHERE a[2] IS NULL AND b IS NULL
%%
select ('{{1,2,3},{4,5,6},{7,8,9}}'::int[])[1:2][2]
%%
SELECT ('{{{1},{2},{3}},{{4},{5},{6}}}'::int[])[1][1:NULL][1]
%%
-- Un-subscriptable type
SELECT (now())[1]
%%
SELECT a[:3], b[:2][:2] FROM arrtest_s
%%
UPDATE arrtest_s SET a[3:] = '{23, 24, 25}', b[2:][2:] = '{{25,26}, {28,29}}'
%%
INSERT INTO POINT_TBL(f1) VALUES (NULL)
%%
SELECT f1[:] FROM POINT_TBL
%%
-- but non-NULL subscript assignments work
UPDATE point_tbl SET f1[0] = -10, f1[1] = -10 WHERE f1::text = '(10,10)'::point::text RETURNING *
%%
select * from arrtest1
%%
update arrtest1 set i[11:12] = array[null,22], t[11:12] = array[null,'p22']
%%
--
-- array expressions and operators
--

-- table creation and INSERTs
CREATE TEMP TABLE arrtest2 (i integer ARRAY[4], f float8[], n numeric[], t text[], d timestamp[])
%%
CREATE TEMP TABLE arrtest_i (f0 int, f1 text, f2 int)
%%
SELECT ARRAY[ARRAY['hello'],ARRAY['world']]
%%
SELECT array_prepend(6, array[42]) AS "{6,42}"
%%
SELECT array_position(ARRAY[1,2,3,4,5], 4)
%%
SELECT array_positions(NULL, 10)
%%
SELECT array_positions(ARRAY[1,2,3,4,5,6,1,2,3,4,5,6], NULL)
%%
SELECT array_positions('[2:4]={1,2,3}'::int[], 1)
%%
SELECT ARRAY[1,2] || 3 AS "{1,2,3}"
%%
SELECT ARRAY[[1,2],[3,4]] || ARRAY[5,6] AS "{{1,2},{3,4},{5,6}}"
%%
SELECT array_agg(x) || array_agg(x) FROM (VALUES (ROW(1,2)), (ROW(3,4))) v(x)
%%
SELECT * FROM array_op_test WHERE i <@ '{38,34,32,89}' ORDER BY seqno
%%
SELECT * FROM array_op_test WHERE t <@ '{AAAAAAAA72908,AAAAAAAAAAAAAAAAAAA17075,AA88409,AAAAAAAAAAAAAAAAAA36842,AAAAAAA48038,AAAAAAAAAAAAAA10611}' ORDER BY seqno
%%
SELECT ARRAY[['a','bc'],['def','hijk']]::text[]::varchar[] AS "{{a,bc},{def,hijk}}"
%%
-- scalar op any/all (array)
select 33 = any ('{1,2,3}')
%%
select null::int >= any ('{}')
%%
select 33 * any (44)
%%
select null::int = all ('{1,2,3}')
%%
select * from arr_tbl where f1 > '{1,2,3}' and f1 <= '{1,5,3}'
%%
insert into arr_pk_tbl values (1, '{3,4,5}') on conflict (pk)
  do update set f1[1] = excluded.f1[1], f1[3] = excluded.f1[3]
  returning pk, f1
%%
-- test [not] (like|ilike) (any|all) (...)
select 'foo' like any (array['%a', '%o'])
%%
-- f
select 'foo' ilike any (array['%A', '%O'])
%%
select '{0 second  ,0 second}'::interval[]
%%
INSERT INTO arraggtest (f1, f2, f3) VALUES
('{1,2,3,4}','{{grey,red},{blue,blue}}','{1.6, 0.0}')
%%
create table comptable (c1 comptype, c2 comptype[])
%%
select c2[2].f2 from comptable
%%
create or replace function unnest1(anyarray)
returns setof anyelement as $$
select $1[s] from generate_subscripts($1,1) g(s);
$$ language sql immutable
%%
drop function unnest1(anyarray)
%%
select array_fill(null::text, array[3,3],array[2,2])
%%
select array_fill('juhu'::text, array[3,3],array[2,2])
%%
select a, a = '{}' as is_eq, array_dims(a)
  from (select array_fill(42, '{}', '{}') as a) ss
%%
select array_fill(1, array[[1,2],[3,4]])
%%
select string_to_array('abc', '', 'abc')
%%
select v, v is null as "is null" from string_to_table('abc', '', 'abc') g(v)
%%
select array_to_string(array[1,2,3,4,NULL,6], ',', '*')
%%
select array_length(array[1,2,3], 1)
%%
select cardinality(array[1,2,3])
%%
select array_agg(unique1) from tenk1 where unique1 < -15
%%
select array_agg(array[i+1.2, i+1.3, i+1.4]) from generate_series(1,3) g(i)
%%
select array_agg(null::int[]) from generate_series(1,2)
%%
select unnest(array[1,2,3,4.5]::numeric[])
%%
select array_remove(array[1,NULL,NULL,3], NULL)
%%
select array_replace(array[1,2,5,4],5,3)
%%
select array_replace(array[1,NULL,3],NULL,NULL)
%%
-- Insert/update on a column that is array of composite

create temp table t1 (f1 int8_tbl[])
%%
insert into src
  select string_agg(random()::text,'') from generate_series(1,10000)
%%
select length(fipshash((f1[1]).c2)) from dest
%%
drop table dest
%%
SELECT width_bucket(now(),
                    array['yesterday', 'today', 'tomorrow']::timestamptz[])
%%
SELECT width_bucket(5, ARRAY[ARRAY[1, 2], ARRAY[3, 4]])
%%
-- fail
SELECT trim_array(ARRAY[]::int[], 1)
%%
-- array_sample
SELECT array_sample('{1,2,3,4,5,6}'::int[], 3) <@ '{1,2,3,4,5,6}'
%%
-- fail
SELECT array_sample('{1,2,3,4,5,6}'::int[], 7)
%%
--Should work. Valid NOTIFY/LISTEN/UNLISTEN commands
NOTIFY notify_async2
%%
-- Should return zero while there are no pending notifications.
-- src/test/isolation/specs/async-notify.spec tests for actual usage.
SELECT pg_notification_queue_usage()
%%
CREATE TABLE VARBIT_TABLE(v BIT VARYING(11))
%%
-- Length
SELECT b, length(b) AS lb
       FROM BIT_TABLE
%%
-- test overflow cases
SELECT SUBSTRING('01010101'::bit(8) FROM 2 FOR 2147483646) AS "1010101"
%%
SELECT SUBSTRING('01010101'::varbit FROM -10 FOR 2147483646) AS "01010101"
%%
COPY varbit_table FROM stdin
%%
--- Bit operations
DROP TABLE bit_table
%%
SELECT a,b,a<b AS "a<b",a<=b AS "a<=b",a=b AS "a=b",
        a>=b AS "a>=b",a>b AS "a>b",a<>b AS "a<>b" FROM bit_table
%%
select B'0010' # B'011101'
%%
INSERT INTO BIT_SHIFT_TABLE SELECT b>>1 FROM BIT_SHIFT_TABLE
%%
SELECT b::bit(15), b::bit(15) >> 1 AS bsr, b::bit(15) << 1 AS bsl
       FROM BIT_SHIFT_TABLE
%%
INSERT INTO VARBIT_SHIFT_TABLE SELECT CAST(v || B'0' AS BIT VARYING(6)) >>1 FROM VARBIT_SHIFT_TABLE
%%
DROP TABLE BIT_SHIFT_TABLE
%%
-- fail

-- Overlay
SELECT overlay(B'0101011100' placing '001' from 2 for 3)
%%
INSERT INTO bit_defaults DEFAULT VALUES
%%
CREATE INDEX i_bmtest_a ON bmscantest(a)
%%
-- Lower work_mem to trigger use of lossy bitmaps
set work_mem = 64
%%
--
-- BOOLEAN
--

--
-- sanity check - if this fails go insane!
--
SELECT 1 AS one
%%
SELECT bool '   f           ' AS false
%%
SELECT not bool 'f' AS true
%%
SELECT bool 't' >= bool 'f' AS true
%%
SELECT true::boolean::text AS true, false::boolean::text AS false
%%
-- BOOLTBL1 should be full of true's at this point
SELECT BOOLTBL1.* FROM BOOLTBL1
%%
CREATE TABLE BOOLTBL2 (f1 bool)
%%
SELECT BOOLTBL1.*, BOOLTBL2.*
   FROM BOOLTBL1, BOOLTBL2
   WHERE boolne(BOOLTBL2.f1,BOOLTBL1.f1)
%%
SELECT f1
   FROM BOOLTBL1
   WHERE f1 IS NOT FALSE
%%
SELECT f1
   FROM BOOLTBL2
   WHERE f1 IS NOT FALSE
%%
INSERT INTO BOOLTBL3 (d, b, o) VALUES ('true', true, 1)
%%
-- Test to make sure short-circuiting and NULL handling is
-- correct. Use a table as source to prevent constant simplification
-- to interfer.
CREATE TABLE booltbl4(isfalse bool, istrue bool, isnul bool)
%%
SELECT isnul AND istrue AND istrue FROM booltbl4
%%
-- OR expression need to return null if there's any nulls and none
-- of the value is true
SELECT isfalse OR isnul OR isfalse FROM booltbl4
%%
SELECT istrue OR isfalse OR isnul FROM booltbl4
%%
DROP TABLE  BOOLTBL3
%%
SELECT * FROM BOX_TBL
%%
-- right-or-overlap (x only)
SELECT b1.*
   FROM BOX_TBL b1
   WHERE b1.f1 &> box '(2.0,2.0,2.5,2.5)'
%%
-- area =
SELECT b.f1
   FROM BOX_TBL b
   WHERE b.f1 = box '(3.0,3.0,5.0,5.0)'
%%
-- contained in
SELECT b.f1
   FROM BOX_TBL b
   WHERE b.f1 <@ box '(0,0,3,3)'
%%
-- wholly-contained
SELECT b1.*, b2.*
   FROM BOX_TBL b1, BOX_TBL b2
   WHERE b1.f1 @> b2.f1 and not b1.f1 ~= b2.f1
%%
CREATE INDEX box_spgist ON box_temp USING spgist (f1)
%%
SELECT * FROM box_temp WHERE f1 &< '(10,4.333334),(5,100)'
%%
SELECT * FROM box_temp WHERE f1 &> '(40,30),(45,50)'
%%
SELECT * FROM box_temp WHERE f1 <<| '(10,4.33334),(5,100)'
%%
SELECT * FROM box_temp WHERE f1 |&> '(49.99,49.99),(49.99,49.99)'
%%
SELECT * FROM box_temp WHERE f1 @> '(10,11),(15,16)'
%%
SELECT * FROM box_temp WHERE f1 ~= '(20,20),(40,40)'
%%
INSERT INTO quad_box_tbl
  SELECT (x - 1) * 100 + y, box(point(x * 10, y * 10), point(x * 10 + 5, y * 10 + 5))
  FROM generate_series(1, 100) x,
       generate_series(1, 100) y
%%
-- get reference results for ORDER BY distance from seq scan
SET enable_seqscan = ON
%%
CREATE TABLE quad_box_tbl_ord_seq2 AS
SELECT rank() OVER (ORDER BY b <-> point '123,456') n, b <-> point '123,456' dist, id
FROM quad_box_tbl WHERE b <@ box '((200,300),(500,600))'
%%
SELECT count(*) FROM quad_box_tbl WHERE b <<  box '((100,200),(300,500))'
%%
SELECT count(*) FROM quad_box_tbl WHERE b >>  box '((100,200),(300,500))'
%%
SELECT count(*) FROM quad_box_tbl WHERE b |>> box '((100,200),(300,500))'
%%
EXPLAIN (COSTS OFF)
SELECT rank() OVER (ORDER BY b <-> point '123,456') n, b <-> point '123,456' dist, id
FROM quad_box_tbl
%%
CREATE TEMP TABLE quad_box_tbl_ord_idx2 AS
SELECT rank() OVER (ORDER BY b <-> point '123,456') n, b <-> point '123,456' dist, id
FROM quad_box_tbl WHERE b <@ box '((200,300),(500,600))'
%%
-- throw in some NULL's and different values
INSERT INTO brintest (inetcol, cidrcol, int4rangecol) SELECT
	inet 'fe80::6e40:8ff:fea9:8c46' + tenthous,
	cidr 'fe80::6e40:8ff:fea9:8c46' + tenthous,
	'empty'::int4range
FROM tenk1 ORDER BY thousand, tenthous LIMIT 25
%%
VACUUM brintest
%%
-- ok, no change expected

-- Tests for brin_desummarize_range
SELECT brin_desummarize_range('brinidx', -1)
%%
-- invalid block number values
SELECT brin_summarize_range('brin_summarize_idx', -1)
%%
INSERT INTO brintest_2 VALUES (numrange(0, 2^1000::numeric))
%%
CREATE INDEX brin_test_a_idx ON brin_test USING brin (a) WITH (pages_per_range = 2)
%%
-- Ensure brin index is not used when values are not correlated
EXPLAIN (COSTS OFF) SELECT * FROM brin_test WHERE b = 1
%%
DELETE FROM brintest_3
%%
-- retry insert with a different random-looking (but deterministic) value
-- the value is different, and so should replace either min or max in the
-- brin summary
WITH rand_value AS (SELECT string_agg(fipshash((-i)::text),'') AS val FROM generate_series(1,60) s(i))
INSERT INTO brintest_3
SELECT val, val, val, val FROM rand_value
%%
-- test an unlogged table, mostly to get coverage of brinbuildempty
CREATE UNLOGGED TABLE brintest_unlogged (n numrange)
%%
CREATE TABLE brintest_bloom (byteacol bytea,
	charcol "char",
	namecol name,
	int8col bigint,
	int2col smallint,
	int4col integer,
	textcol text,
	oidcol oid,
	float4col real,
	float8col double precision,
	macaddrcol macaddr,
	inetcol inet,
	cidrcol cidr,
	bpcharcol character,
	datecol date,
	timecol time without time zone,
	timestampcol timestamp without time zone,
	timestamptzcol timestamp with time zone,
	intervalcol interval,
	timetzcol time with time zone,
	numericcol numeric,
	uuidcol uuid,
	lsncol pg_lsn
) WITH (fillfactor=10)
%%
CREATE TABLE brinopers_bloom (colname name, typ text,
	op text[], value text[], matches int[],
	check (cardinality(op) = cardinality(value)),
	check (cardinality(op) = cardinality(matches)))
%%
-- Test brin_summarize_range
CREATE TABLE brin_summarize_bloom (
    value int
) WITH (fillfactor=10, autovacuum_enabled=false)
%%
CREATE INDEX brin_test_bloom_a_idx ON brin_test_bloom USING brin (a) WITH (pages_per_range = 2)
%%
-- Ensure brin index is not used when values are not correlated
EXPLAIN (COSTS OFF) SELECT * FROM brin_test_bloom WHERE b = 1
%%
DROP INDEX brinidx_multi
%%
insert into public.brintest_multi (float8col) values (real 'nan')
%%
INSERT INTO brin_test_inet VALUES ('127.0.0.1/0')
%%
CREATE INDEX brin_large_range_idx ON brin_large_range USING brin (a int4_minmax_multi_ops)
%%
-- test brin cost estimates behave sanely based on correlation of values
CREATE TABLE brin_test_multi (a INT, b INT)
%%
VACUUM ANALYZE brin_test_multi
%%
SET datestyle TO iso
%%
-- test overflows during CREATE INDEX with extreme date values
CREATE TABLE brin_date_test(a DATE)
%%
DROP TABLE brin_date_test
%%
CREATE INDEX ON brin_timestamp_test USING brin (a timestamp_minmax_multi_ops) WITH (pages_per_range=1)
%%
-- test handling of overflow for interval values
CREATE TABLE brin_interval_test(a INTERVAL)
%%
EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, SUMMARY OFF)
SELECT * FROM brin_interval_test WHERE a = '-30 years'::interval
%%
CREATE TABLE bt_txt_heap (
	seqno 		text,
	random 		int4
)
%%
COPY bt_txt_heap FROM :'filename'
%%
ANALYZE bt_txt_heap
%%
CREATE INDEX bt_txt_index ON bt_txt_heap USING btree (seqno text_ops)
%%
SELECT b.*
   FROM bt_i4_heap b
   WHERE b.seqno = 4500
%%
SELECT b.*
   FROM bt_txt_heap b
   WHERE b.seqno < '1'::text
%%
SELECT b.*
   FROM bt_f8_heap b
   WHERE b.seqno >= '9999'::float8
%%
set enable_bitmapscan to false
%%
select proname from pg_proc where proname ilike '00%foo' order by 1
%%
create index on btree_bpchar(f1 bpchar_ops) WITH (deduplicate_items=on)
%%
-- these do match the index:
explain (costs off)
select * from btree_bpchar where f1::bpchar like 'foo'
%%
CREATE UNIQUE INDEX dedup_unique ON dedup_unique_test_table (a) WITH (deduplicate_items=on)
%%
INSERT INTO dedup_unique_test_table SELECT i FROM generate_series(0,450) i
%%
insert into btree_tall_tbl select g, repeat('x', 250)
from generate_series(1, 130) g
%%
-- Delete most entries, and vacuum, deleting internal pages and creating "fast
-- root"
DELETE FROM delete_test_table WHERE a < 79990
%%
ALTER INDEX btree_tall_idx2 ALTER COLUMN id SET (n_distinct=100)
%%
ALTER INDEX btree_part_idx ALTER COLUMN id SET (n_distinct=100)
%%
INSERT INTO CASE_TBL VALUES (1, 10.1)
%%
INSERT INTO CASE2_TBL VALUES (1, NULL)
%%
SELECT '3' AS "One",
  CASE
    WHEN 1 < 2 THEN 3
    ELSE 4
  END AS "Simple ELSE"
%%
-- Constant-expression folding shouldn't evaluate unreachable subexpressions
SELECT CASE WHEN 1=0 THEN 1/0 WHEN 1=1 THEN 1 ELSE 2/0 END
%%
--
-- Examples of targets involving tables
--

SELECT
  CASE
    WHEN i >= 3 THEN i
  END AS ">= 3 or Null"
  FROM CASE_TBL
%%
--
-- Examples of qualifications involving tables
--

--
-- NULLIF() and COALESCE()
-- Shorthand forms for typical CASE constructs
--  defined in the SQL standard.
--

SELECT * FROM CASE_TBL WHERE COALESCE(f,i) = 4
%%
SELECT NULLIF(a.i,b.i) AS "NULLIF(a.i,b.i)",
  NULLIF(b.i, 4) AS "NULLIF(b.i,4)"
  FROM CASE_TBL a, CASE2_TBL b
%%
explain (costs off)
SELECT * FROM CASE_TBL WHERE NULLIF(1, null) = 2
%%
UPDATE CASE_TBL
  SET i = CASE WHEN b.i >= 2 THEN (2 * j)
                ELSE (3 * j) END
  FROM CASE2_TBL b
  WHERE j = -CASE_TBL.i
%%
CREATE FUNCTION volfoo(text) returns foodomain as
  'begin return $1::foodomain; end' language plpgsql volatile
%%
CREATE DOMAIN arrdomain AS int[]
%%
SELECT CASE make_ad(1,2)
  WHEN array[2,4]::arrdomain THEN 'wrong'
  WHEN array[2,5]::arrdomain THEN 'still wrong'
  WHEN array[1,2]::arrdomain THEN 'right'
  END
%%
DROP TABLE CASE2_TBL
%%
INSERT INTO CHAR_TBL (f1) VALUES (2)
%%
SELECT c.*
   FROM CHAR_TBL c
   WHERE c.f1 < 'a'
%%
DROP TABLE CHAR_TBL
%%
--
-- CIRCLE
--

-- Back off displayed precision a little bit to reduce platform-to-platform
-- variation in results.
SET extra_float_digits = -1
%%
SELECT center(f1) AS center
  FROM CIRCLE_TBL
%%
SELECT f1 FROM CIRCLE_TBL WHERE diameter(f1) >= 10
%%
CREATE INDEX clstr_tst_b ON clstr_tst (b)
%%
INSERT INTO clstr_tst_s (b) VALUES (0)
%%
-- This entry is needed to test that TOASTED values are copied correctly.
INSERT INTO clstr_tst (b, c, d) VALUES (6, 'seis', repeat('xyzzy', 100000))
%%
SELECT a,b,c,substring(d for 30), length(d) from clstr_tst ORDER BY b
%%
SELECT relname, relkind,
    EXISTS(SELECT 1 FROM pg_class WHERE oid = c.reltoastrelid) AS hastoast
FROM pg_class c WHERE relname LIKE 'clstr_tst%' ORDER BY relname
%%
-- Verify that toast tables are clusterable
CLUSTER pg_toast.pg_toast_826 USING pg_toast_826_index
%%
CREATE TABLE clstr_3 (a INT PRIMARY KEY)
%%
INSERT INTO clstr_1 VALUES (2)
%%
CLUSTER clstr_1_pkey ON clstr_1
%%
DELETE FROM clstr_2
%%
CLUSTER clstr_1
%%
-- Test update where the old row version is found first in the scan
UPDATE clustertest SET key = 100 WHERE key = 10
%%
insert into clstr_temp values (2, 'two'), (1, 'one')
%%
-- check clustering an empty table
DROP TABLE clustertest
%%
-- Check that partitioned tables can be clustered
CREATE TABLE clstrpart (a int) PARTITION BY RANGE (a)
%%
CREATE TABLE clstrpart2 PARTITION OF clstrpart FOR VALUES FROM (10) TO (20)
%%
CLUSTER clstrpart USING clstrpart_only_idx
%%
CLUSTER clstrpart USING clstrpart_idx
%%
ALTER TABLE clstrpart SET WITHOUT CLUSTER
%%
CREATE INDEX ptnowner_i_idx ON ptnowner(i)
%%
ALTER TABLE ptnowner1 OWNER TO regress_ptnowner
%%
CLUSTER ptnowner USING ptnowner_i_idx
%%
-- Test CLUSTER with external tuplesorting

create table clstr_4 as select * from tenk1
%%
select * from
(select hundred, lag(hundred) over () as lhundred,
        thousand, lag(thousand) over () as lthousand,
        tenthous, lag(tenthous) over () as ltenthous from clstr_4) ss
where row(hundred, thousand, tenthous) <= row(lhundred, lthousand, ltenthous)
%%
CREATE INDEX clstr_expression_minus_a ON clstr_expression ((-a), b)
%%
SELECT * FROM clstr_expression WHERE upper(b) = 'PREFIX3'
%%
WITH rows AS
  (SELECT ctid, lag(a) OVER (ORDER BY ctid) AS la, a FROM clstr_expression)
SELECT * FROM rows WHERE la < a
%%
DROP TABLE clstr_2
%%
DROP USER regress_clstr_user
%%
SET search_path = collate_tests
%%
CREATE TABLE collate_test_fail (
    a int COLLATE "en-x-icu",
    b text
)
%%
INSERT INTO collate_test1 VALUES (1, 'abc'), (2, 'äbc'), (3, 'bbc'), (4, 'ABC')
%%
SELECT * FROM collate_test2 WHERE b >= 'bbc'
%%
SELECT * FROM collate_test1 WHERE b COLLATE "C" >= 'bbc' COLLATE "C"
%%
-- fails
CREATE TABLE collate_test4 (
    a int,
    b testdomain_sv
)
%%
INSERT INTO collate_test5 SELECT * FROM collate_test1
%%
SELECT a, b FROM collate_test3 ORDER BY b
%%
SELECT * FROM collate_test3 ORDER BY b
%%
INSERT INTO collate_test10 VALUES (1, 'hij', 'hij'), (2, 'HIJ', 'HIJ')
%%
-- LIKE/ILIKE

SELECT * FROM collate_test1 WHERE b LIKE 'abc'
%%
SELECT 'bıt' ILIKE 'BIT' COLLATE "en-x-icu" AS "false"
%%
SELECT * FROM collate_test1 WHERE b ~* '^abc$'
%%
SELECT 'Türkiye' COLLATE "en-x-icu" ~* 'KI' AS "true"
%%
-- false with ICU

-- The following actually exercises the selectivity estimation for ~*.
SELECT relname FROM pg_class WHERE relname ~* '^abc'
%%
SELECT table_name, view_definition FROM information_schema.views
  WHERE table_name LIKE 'collview%' ORDER BY 1
%%
SELECT a, lower(coalesce(x, 'foo')), lower(coalesce(y, 'foo')) FROM collate_test10
%%
SELECT a, x, y, lower(greatest(x, 'foo')), lower(greatest(y, 'foo')) FROM collate_test10
%%
SELECT a, lower(nullif(x, 'foo')), lower(nullif(y, 'foo')) FROM collate_test10
%%
CREATE DOMAIN testdomain AS text
%%
SELECT a, b::testdomain_sv FROM collate_test3 ORDER BY 2
%%
SELECT min(b), max(b) FROM collate_test3
%%
SELECT a, b FROM collate_test1 UNION ALL SELECT a, b FROM collate_test1 ORDER BY 2
%%
SELECT a, b FROM collate_test1 UNION ALL SELECT a, b FROM collate_test3 ORDER BY 2
%%
-- ok
SELECT a, b FROM collate_test1 INTERSECT SELECT a, b FROM collate_test3 ORDER BY 2
%%
-- fail
select x || y from collate_test10
%%
SELECT a, CAST(b AS varchar) FROM collate_test1 ORDER BY 2
%%
CREATE FUNCTION mylt_noninline (text, text) RETURNS boolean LANGUAGE sql
    AS $$ select $1 < $2 limit 1 $$
%%
-- collation override in plpgsql

CREATE FUNCTION mylt2 (x text, y text) RETURNS boolean LANGUAGE plpgsql AS $$
declare
  xx text := x;
  yy text := y;
begin
  return xx < yy;
end
$$
%%
SELECT mylt2('a', 'B' collate "C") as fail
%%
SELECT * FROM unnest((SELECT array_agg(b ORDER BY b) FROM collate_test3)) ORDER BY 1
%%
SELECT a, dup(b) FROM collate_test3 ORDER BY 2
%%
-- this is different grammatically
CREATE INDEX collate_test1_idx4 ON collate_test1 (((b||'foo') COLLATE "POSIX"))
%%
explain (costs off)
select * from collate_test1 where b ilike 'abc'
%%
SET icu_validation_level = disabled
%%
-- fail, needs "locale"
SET icu_validation_level = ERROR
%%
CREATE COLLATION test5 FROM test0
%%
-- fail
ALTER COLLATION test1 RENAME TO test22
%%
COMMENT ON COLLATION test0 IS 'US English'
%%
-- fail
DROP COLLATION IF EXISTS test0
%%
-- ALTER

ALTER COLLATION "en-x-icu" REFRESH VERSION
%%
CREATE DOMAIN collate_dep_dom1 AS text COLLATE test0
%%
CREATE INDEX collate_dep_test4i ON collate_dep_test4t (b COLLATE test0)
%%
DROP TYPE collate_dep_test2
%%
select textrange_en_us('A','Z') @> 'b'::text
%%
SELECT * FROM collate_test2 ORDER BY b COLLATE UNICODE
%%
CREATE COLLATION testcoll_backwards (provider = icu, locale = '@colBackwards=yes')
%%
SELECT 'aaa' < 'AAA' COLLATE testcoll_lower_first, 'aaa' > 'AAA' COLLATE testcoll_upper_first
%%
SELECT 'A-21' > 'A-123' COLLATE "und-x-icu", 'A-21' < 'A-123' COLLATE testcoll_numeric
%%
-- rules

CREATE COLLATION testcoll_rules1 (provider = icu, locale = '', rules = '&a < g')
%%
SELECT * FROM test7 ORDER BY a COLLATE testcoll_rules1
%%
CREATE COLLATION ctest_nondet (provider = icu, locale = '', deterministic = false)
%%
SELECT * FROM test6 WHERE b = 'äbc' COLLATE ctest_det
%%
SELECT * FROM test6a
%%
CREATE COLLATION case_insensitive (provider = icu, locale = '@colStrength=secondary', deterministic = false)
%%
SELECT 'aBcD' COLLATE lt_insensitive = 'AbCd' COLLATE lt_insensitive
%%
CREATE TABLE test2cs (x text COLLATE case_sensitive)
%%
INSERT INTO test3cs VALUES ('abc'), ('ABC'), ('def'), ('ghi')
%%
SELECT x FROM test3cs WHERE x ILIKE 'a%'
%%
SELECT x FROM test2cs UNION SELECT x FROM test1cs ORDER BY x
%%
SELECT x FROM test2cs EXCEPT SELECT x FROM test1cs
%%
SELECT x, row_number() OVER (ORDER BY x), rank() OVER (ORDER BY x) FROM test3cs ORDER BY x
%%
SELECT string_to_array('ABCDEFGHI' COLLATE case_sensitive, NULL, 'b')
%%
CREATE INDEX ON test3ci (x text_pattern_ops)
%%
SELECT x FROM test3ci WHERE x = 'abc'
%%
SELECT x FROM test3ci WHERE x SIMILAR TO 'a%'
%%
SELECT x FROM test1ci INTERSECT SELECT x FROM test2ci ORDER BY x
%%
SELECT DISTINCT x FROM test3ci ORDER BY x
%%
CREATE UNIQUE INDEX ON test1ci (x)
%%
-- bpchar
CREATE TABLE test1bpci (x char(3) COLLATE case_insensitive)
%%
-- error
INSERT INTO test1bpci VALUES ('abc'), ('def'), ('ghi')
%%
SELECT x FROM test3bpci WHERE x <> 'abc'
%%
SELECT x FROM test3bpci WHERE x ~ 'a'
%%
SELECT x FROM test2bpci INTERSECT SELECT x FROM test1bpci ORDER BY x
%%
SELECT count(DISTINCT x) FROM test3bpci
%%
-- error
CREATE UNIQUE INDEX ON test3bpci (x)
%%
INSERT INTO test4c VALUES ('abc')
%%
-- Unicode special case: different variants of Greek lower case sigma.
-- A naive implementation like citext that just does lower(x) =
-- lower(y) will do the wrong thing here, because lower('Σ') is 'σ'
-- but upper('ς') is 'Σ'.
SELECT 'ὀδυσσεύς' = 'ὈΔΥΣΣΕΎΣ' COLLATE case_sensitive
%%
SELECT typname FROM pg_type WHERE typname LIKE 'int_' AND typname <> 'INT2'::text
  COLLATE case_insensitive ORDER BY typname
%%
INSERT INTO outer_text VALUES ('A', NULL)
%%
CREATE COLLATION ignore_accents (provider = icu, locale = '@colStrength=primary;colCaseLevel=yes', deterministic = false)
%%
SELECT * FROM test4 WHERE b = 'cote' COLLATE ignore_accents
%%
CREATE TABLE test10fk (x text COLLATE case_insensitive REFERENCES test10pk (x) ON UPDATE CASCADE ON DELETE CASCADE)
%%
-- restrict update even though the values are "equal" in the FK table
UPDATE test10fk SET x = 'ABC' WHERE x = 'abc'
%%
CREATE TABLE test11fk (x text COLLATE case_sensitive REFERENCES test11pk (x) ON UPDATE CASCADE ON DELETE CASCADE)
%%
-- cascade update even though the values are "equal" in the PK table
UPDATE test11pk SET x = 'ABC' WHERE x = 'abc'
%%
INSERT INTO test20 VALUES (1, 'abc')
%%
INSERT INTO test21 VALUES (1, 'abc')
%%
CREATE TABLE test22_1 PARTITION OF test22 FOR VALUES WITH (MODULUS 2, REMAINDER 1)
%%
CREATE TABLE test22a_0 PARTITION OF test22a FOR VALUES WITH (MODULUS 2, REMAINDER 0)
%%
CREATE TABLE test23 (a int, b text COLLATE case_insensitive) PARTITION BY HASH (b)
%%
-- they end up in the same partition (but it's platform-dependent which one)
SELECT (SELECT count(*) FROM test23_0) <> (SELECT count(*) FROM test23_1)
%%
INSERT INTO test23a VALUES (1, ARRAY['def'])
%%
INSERT INTO test30 VALUES (1, 'abc')
%%
INSERT INTO test31 VALUES (1, 'abc')
%%
CREATE TABLE test32_1 PARTITION OF test32 FOR VALUES WITH (MODULUS 2, REMAINDER 1)
%%
CREATE TABLE test33_0 PARTITION OF test33 FOR VALUES WITH (MODULUS 2, REMAINDER 0)
%%
-- cleanup
RESET search_path
%%
CREATE TABLE collate_test1 (
    a int,
    b text COLLATE "en_US" NOT NULL
)
%%
CREATE TABLE collate_test2 (
    a int,
    b text COLLATE "sv_SE"
)
%%
CREATE TABLE collate_test5 (
    a int,
    b testdomain_sv COLLATE "en_US"
)
%%
SELECT 'Türkiye' COLLATE "en_US" ILIKE '%KI%' AS "true"
%%
CREATE TABLE collate_test6 (
    a int,
    b text COLLATE "en_US"
)
%%
SELECT 'bıt' ~* 'BIT' COLLATE "tr_TR" AS "true"
%%
-- to_date

SELECT to_date('01 ŞUB 2010', 'DD TMMON YYYY')
%%
-- ok, skipped
CREATE COLLATION IF NOT EXISTS test0 (locale = 'foo')
%%
create type textrange_en_us as range(subtype=text, collation="en_US")
%%
CREATE TABLE collate_test_fail (
    a int COLLATE "C",
    b text
)
%%
CREATE DOMAIN testdomain_i AS int COLLATE "POSIX"
%%
SELECT 'bbc' COLLATE "POSIX" < 'Abc' COLLATE "POSIX" AS "false"
%%
-- In aggregates, ORDER BY expressions don't affect aggregate's collation
SELECT string_agg(x COLLATE "C", y COLLATE "POSIX") FROM collate_test10
%%
SELECT a, b FROM collate_test2 WHERE a < 4 INTERSECT SELECT a, b FROM collate_test2 WHERE a > 1 ORDER BY 2
%%
-- ok
SELECT a, b FROM collate_test1 UNION SELECT a, b FROM collate_test2 ORDER BY 2
%%
-- fail

CREATE TABLE test_u AS SELECT a, b FROM collate_test1 UNION ALL SELECT a, b FROM collate_test2
%%
-- now it works with overrides
SELECT * FROM collate_test10 WHERE (x COLLATE "POSIX", y COLLATE "C") NOT IN (SELECT y, x FROM collate_test10)
%%
CREATE INDEX collate_test1_idx2 ON collate_test1 (b COLLATE "POSIX")
%%
-- foreign keys

-- force indexes and mergejoins to be used for FK checking queries,
-- else they might not exercise collation-dependent operators
SET enable_seqscan TO 0
%%
INSERT INTO collate_test20 VALUES ('foo'), ('bar')
%%
INSERT INTO collate_test22 VALUES ('foo'), ('bar'), ('baz')
%%
RESET enable_nestloop
%%
CREATE COLLATION mycoll2 ( LC_COLLATE = "POSIX", LC_CTYPE = "POSIX" )
%%
DROP COLLATION mycoll2
%%
SELECT collation for ('foo')
%%
-- old bug with not dropping COLLATE when coercing to non-collatable type
CREATE VIEW collate_on_int AS
SELECT c1+1 AS c1p FROM
  (SELECT ('4' COLLATE "C")::INT AS c1) ss
%%
-- LOCALE
CREATE COLLATION case_sensitive (LOCALE = '', LOCALE = "NONSENSE")
%%
-- LOCALE conflicts with LC_COLLATE
CREATE COLLATION coll_dup_chk (LC_COLLATE = "POSIX", LOCALE = '')
%%
-- a few dummy ops to push up the CommandId counter
INSERT INTO combocidtest SELECT 1 LIMIT 0
%%
UPDATE combocidtest SET foobar = foobar + 10
%%
FETCH ALL FROM c
%%
SELECT * FROM testcase WHERE testcase.id = 1 FOR UPDATE
%%
ROLLBACK TO SAVEPOINT subxact
%%
-- trailing single line
SELECT /* embedded single line */ 'embedded' AS second
%%
--
-- Nested comments
--

/*
SELECT 'trailing' as x1; -- inside block comment
*/

/* This block comment surrounds a query which itself has a block comment...
SELECT /* embedded single line */ 'embedded' AS x2;
*/

SELECT -- continued after the following block comments...
/* Deeply nested comment.
   This includes a single apostrophe to make sure we aren't decoding this part as a string.
SELECT 'deep nest' AS n1;
/* Second level of nesting...
SELECT 'deeper nest' as n2;
/* Third level of nesting...
SELECT 'deepest nest' as n3;
*/
Hoo boy. Still two deep...
*/
Now just one deep...
*/
'deeply nested example' AS sixth
%%
INSERT INTO cmdata VALUES(repeat('1234567890', 1000))
%%
SELECT pg_column_compression(f1) FROM cmdata1
%%
SELECT pg_column_compression(f1) FROM cmmove1
%%
SELECT pg_column_compression(f1) FROM cmmove3
%%
-- update using datum from different table
CREATE TABLE cmmove2(f1 text COMPRESSION pglz)
%%
-- test externally stored compressed data
CREATE OR REPLACE FUNCTION large_val() RETURNS TEXT LANGUAGE SQL AS
'select array_agg(fipshash(g::text))::text from generate_series(1, 256) g'
%%
INSERT INTO cmdata1 SELECT large_val() || repeat('a', 4000)
%%
ALTER TABLE cmdata2 ALTER COLUMN f1 TYPE int USING f1::integer
%%
-- test compression with materialized view
CREATE MATERIALIZED VIEW compressmv(x) AS SELECT * FROM cmdata1
%%
CREATE TABLE cmpart2(f1 text COMPRESSION pglz)
%%
SELECT pg_column_compression(f1) FROM cmpart2
%%
ALTER TABLE cmdata2 ALTER COLUMN f1 SET COMPRESSION default
%%
VACUUM FULL cmdata
%%
-- check data is ok
SELECT length(f1) FROM cmdata
%%
SELECT length(f1) FROM cmmove3
%%
-- fails
DROP TABLE badcompresstbl
%%
INSERT INTO DEFAULT_TBL (i, f) VALUES (2, 987.654)
%%
CREATE SEQUENCE DEFAULT_SEQ
%%
INSERT INTO DEFAULTEXPR_TBL (i2) VALUES (-4)
%%
--  this will fail because gram.y uses b_expr not a_expr for defaults,
--  to avoid a shift/reduce conflict that arises from NOT NULL being
--  part of the column definition syntax:
CREATE TABLE error_tbl (b1 bool DEFAULT 1 IN (1, 2))
%%
INSERT INTO CHECK_TBL VALUES (5)
%%
INSERT INTO CHECK2_TBL VALUES (4, 'check ok', -2)
%%
CREATE TABLE INSERT_TBL (x INT DEFAULT nextval('insert_seq'),
	y TEXT DEFAULT '-NULL-',
	z INT DEFAULT -1 * currval('insert_seq'),
	CONSTRAINT INSERT_TBL_CON CHECK (x >= 3 AND y <> 'check failed' AND x < 8),
	CHECK (x + z = 0))
%%
INSERT INTO INSERT_TBL(y) VALUES ('Y')
%%
INSERT INTO INSERT_TBL(x,y) VALUES (5, 'check failed')
%%
INSERT INTO SYS_COL_CHECK_TBL VALUES ('Seattle', 'Washington', false, 100)
%%
--
-- Check constraints on system columns other then TableOid should return error
--
CREATE TABLE SYS_COL_CHECK_TBL (city text, state text, is_capital bool,
                  altitude int,
				  CHECK (NOT (is_capital AND ctid::text = 'sys_col_check_tbl')))
%%
SELECT * FROM INSERT_CHILD
%%
CREATE TABLE ATACC1 (TEST INT, TEST2 INT
	CHECK (TEST > 0), CHECK (TEST2 > 10) NO INHERIT)
%%
ALTER SEQUENCE INSERT_SEQ RESTART WITH 4
%%
INSERT INTO INSERT_TBL(y) select yd from tmp
%%
--
-- Check constraints on UPDATE
--

UPDATE INSERT_TBL SET x = NULL WHERE x = 5
%%
-- DROP TABLE INSERT_TBL;

--
-- Check constraints on COPY FROM
--

CREATE TABLE COPY_TBL (x INT, y TEXT, z INT,
	CONSTRAINT COPY_CON
	CHECK (x > 3 AND y <> 'check failed' AND x < 7 ))
%%
INSERT INTO PRIMARY_TBL VALUES (1, 'one')
%%
CREATE TABLE PRIMARY_TBL (i int, t text,
	PRIMARY KEY(i,t))
%%
INSERT INTO UNIQUE_TBL VALUES (5, 'five-upsert-insert') ON CONFLICT (i) DO UPDATE SET t = 'five-upsert-update'
%%
-- fail
INSERT INTO UNIQUE_TBL (t) VALUES ('eight') ON CONFLICT DO NOTHING
%%
-- check is done at end of statement, so this should succeed
UPDATE unique_tbl SET i = i+1
%%
ALTER TABLE unique_tbl ADD CONSTRAINT unique_tbl_i_key
	UNIQUE (i) DEFERRABLE INITIALLY DEFERRED
%%
CREATE TABLE parted_uniq_tbl_1 PARTITION OF parted_uniq_tbl FOR VALUES FROM (0) TO (10)
%%
SAVEPOINT f
%%
-- test naming a constraint in a partition when a conflict exists
CREATE TABLE parted_fk_naming (
    id bigint NOT NULL default 1,
    id_abc bigint,
    CONSTRAINT dummy_constr FOREIGN KEY (id_abc)
        REFERENCES parted_fk_naming (id),
    PRIMARY KEY (id)
)
PARTITION BY LIST (id)
%%
DROP TABLE parted_fk_naming
%%
-- these should succeed because they don't match the index predicate
INSERT INTO circles VALUES('<(0,0), 5>', '<(0,0), 5>')
%%
-- try reindexing an existing constraint
REINDEX INDEX circles_c1_c2_excl
%%
-- fail
INSERT INTO deferred_excl VALUES(1) ON CONFLICT ON CONSTRAINT deferred_excl_con DO NOTHING
%%
-- should not fail

SELECT * FROM deferred_excl
%%
DROP TABLE deferred_excl
%%
CREATE DOMAIN constraint_comments_dom AS int CONSTRAINT the_constraint CHECK (value > 0)
%%
COMMENT ON CONSTRAINT no_constraint ON DOMAIN constraint_comments_dom IS 'yes, another comment'
%%
COMMENT ON CONSTRAINT the_constraint ON DOMAIN constraint_comments_dom IS NULL
%%
DROP DOMAIN constraint_comments_dom
%%
CREATE USER regress_conversion_user WITH NOCREATEDB NOCREATEROLE
%%
--
-- cannot make default conversion with same schema/for_encoding/to_encoding
--
CREATE DEFAULT CONVERSION public.mydef2 FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8
%%
--
-- drop user defined conversion
--
DROP CONVERSION myconv
%%
-- Test UTF-8 verification slow path
select description, (test_conv(inbytes, 'utf8', 'utf8')).* from utf8_verification_inputs
%%
-- Test UTF-8 verification
select description, (test_conv(inbytes, 'utf8', 'utf8')).* from utf8_inputs
%%
-- Test EUC_JIS_2004 verification
select description, inbytes, (test_conv(inbytes, 'euc_jis_2004', 'euc_jis_2004')).* from euc_jis_2004_inputs
%%
--
-- GB18030
--
CREATE TABLE gb18030_inputs (inbytes bytea, description text)
%%
insert into iso8859_5_inputs  values
  ('\x666f6f',		'valid, pure ASCII'),
  ('\xe4dede',		'valid'),
  ('\x00',		'invalid, NUL byte'),
  ('\xe400dede',	'invalid, NUL byte'),
  ('\xe4dede00',	'invalid, NUL byte')
%%
-- Test Big5 verification
select description, inbytes, (test_conv(inbytes, 'big5', 'big5')).* from big5_inputs
%%
--
-- COPY
--

-- directory paths are passed to us in environment variables

--- test copying in CSV mode with various styles
--- of embedded line ending characters

create temp table copytest (
	style	text,
	test 	text,
	filler	int)
%%
copy copytest2 from :'filename' csv
%%
copy copytest2 from :'filename' csv quote '''' escape E'\\'
%%
create temp table copytest4 (
	c1 int,
	"colname with tab: 	" text)
%%
create table parted_copytest_a1 (c text, b int, a int)
%%
-- We must insert enough rows to trigger multi-inserts.  These are only
-- enabled adaptively when there are few enough partition changes.
insert into parted_copytest select x,1,'One' from generate_series(1,1000) x
%%
copy parted_copytest from :'filename' (freeze)
%%
truncate table parted_copytest
%%
-- Ensure index entries were properly added during the copy.
select * from parted_copytest where b = 1
%%
-- Generate COPY FROM report with PIPE.
copy tab_progress_reporting from stdin
%%
drop function notice_after_tab_progress_reporting()
%%
alter table header_copytest add column c text
%%
copy header_copytest from stdin with (header match, format csv)
%%
-- Drop an extra column, in the middle of the existing set.
alter table header_copytest drop column b
%%
-- test COPY with overlong column defaults
create temp table oversized_column_default (
    col1 varchar(5) DEFAULT 'more than 5 chars',
    col2 varchar(5))
%%
drop table oversized_column_default
%%
-- Test that bulk relation extension handles reusing a single BulkInsertState
-- across partitions.  Without the fix applied, this reliably reproduces
-- #18130 unless shared_buffers is extremely small (preventing any use use of
-- bulk relation extension). See
-- https://postgr.es/m/18130-7a86a7356a75209d%40postgresql.org
-- https://postgr.es/m/257696.1695670946%40sss.pgh.pa.us
COPY parted_si(id, data) FROM :'filename'
%%
CREATE FUNCTION fn_x_before () RETURNS TRIGGER AS '
  BEGIN
		NEW.e := ''before trigger fired''::text;
		return NEW;
	END;
' LANGUAGE plpgsql
%%
COPY x (a, b, c, d, e) from stdin
%%
-- various COPY options: delimiters, oids, NULL string, encoding
COPY x (b, c, d, e) from stdin delimiter ',' null 'x'
%%
COPY x from stdin WHERE a = 50004
%%
COPY testeoc FROM stdin CSV
%%
COPY testnull TO stdout WITH NULL AS E'\\0'
%%
COPY vistest FROM stdin CSV
%%
INSERT INTO vistest VALUES ('z')
%%
-- Test FORCE_NOT_NULL and FORCE_NULL options
CREATE TEMP TABLE forcetest (
    a INT NOT NULL,
    b TEXT NOT NULL,
    c TEXT,
    d TEXT,
    e TEXT
)
%%
SELECT c, d FROM forcetest WHERE a = 2
%%
select * from check_con_tbl
%%
COPY rls_t1 (a, b, c) from stdin
%%
GRANT SELECT ON TABLE rls_t1 TO regress_rls_copy_user
%%
-- subset of columns
COPY rls_t1 (a) TO stdout
%%
SET SESSION AUTHORIZATION regress_rls_copy_user_colperms
%%
COPY instead_of_insert_tbl_view FROM stdin
%%
CREATE VIEW instead_of_insert_tbl_view_2 as select ''::text as str
%%
DROP TABLE vistest
%%
DROP ROLE regress_rls_copy_user
%%
DROP TABLE instead_of_insert_tbl
%%
--
-- COPY FROM ... DEFAULT
--

create temp table copy_default (
	id integer primary key,
	text_value text not null default 'test',
	ts_value timestamp without time zone not null default '2022-07-05'
)
%%
copy copy_default from stdin with (format csv)
%%
-- DEFAULT cannot be used in COPY TO
copy (select 1 as test) TO stdout with (default '\D')
%%
copy (update copydml_test set t = 'g' where t = 'f' returning id) to stdout
%%
copy (delete from copydml_test) to stdout
%%
create rule qqq as on insert to copydml_test do instead (delete from copydml_test; delete from copydml_test)
%%
create rule qqq as on update to copydml_test do instead (delete from copydml_test; delete from copydml_test)
%%
create rule qqq as on delete to copydml_test do instead (insert into copydml_test default values; insert into copydml_test default values)
%%
create trigger qqqaf after insert or update or delete on copydml_test
    for each row execute procedure qqq_trig()
%%
insert into test1 (t) values ('a')
%%
--
-- Test COPY table TO
--
copy test1 to stdout
%%
--
-- This should fail
--
copy (select t into temp test3 from test1 where id=3) to stdout
%%
-- test comments
COMMENT ON AGGREGATE newavg_wrong (int4) IS 'an agg comment'
%%
-- zero-argument aggregate
CREATE AGGREGATE newcnt (*) (
   sfunc = int8inc, stype = int8,
   initcond = '0', parallel = safe
)
%%
COMMENT ON AGGREGATE newcnt (*) IS 'an agg(*) comment'
%%
-- multi-argument aggregates sensitive to distinct/order, strict/nonstrict
create type aggtype as (a integer, b integer, c text)
%%
create aggregate aggfns(integer,integer,text) (
   sfunc = aggfns_trans, stype = aggtype[], sspace = 10000,
   initcond = '{}'
)
%%
create function least_accum(anycompatible, anycompatible)
returns anycompatible language sql as
  'select least($1, $2)'
%%
create aggregate least_agg(variadic items anyarray) (
  stype = anyelement, sfunc = least_accum
)
%%
create aggregate my_rank(VARIADIC "any" ORDER BY VARIADIC "any") (
  stype = internal,
  sfunc = ordered_set_transition_multi,
  finalfunc = rank_final,
  finalfunc_extra = true,
  hypothetical
)
%%
-- aggregate combine and serialization functions

-- can't specify just one of serialfunc and deserialfunc
CREATE AGGREGATE myavg (numeric)
(
	stype = internal,
	sfunc = numeric_avg_accum,
	serialfunc = numeric_avg_serialize
)
%%
-- ensure create aggregate works.
CREATE AGGREGATE myavg (numeric)
(
	stype = internal,
	sfunc = numeric_avg_accum,
	finalfunc = numeric_avg,
	serialfunc = numeric_avg_serialize,
	deserialfunc = numeric_avg_deserialize,
	combinefunc = numeric_avg_combine,
	finalfunc_modify = shareable  -- just to test a non-default setting
)
%%
CREATE OR REPLACE AGGREGATE myavg (numeric)
(
	stype = internal,
	sfunc = numeric_avg_accum,
	finalfunc = numeric_avg,
	serialfunc = numeric_avg_serialize,
	deserialfunc = numeric_avg_deserialize,
	combinefunc = numeric_avg_combine,
	finalfunc_modify = shareable  -- just to test a non-default setting
)
%%
-- can't change plain function to aggregate:
create function sum4(int8,int8,int8,int8) returns int8 as
'select $1 + $2 + $3 + $4' language sql strict immutable
%%
-- invalid: nonstrict inverse with strict forward function

CREATE FUNCTION float8mi_n(float8, float8) RETURNS float8 AS
$$ SELECT $1 - $2; $$
LANGUAGE SQL
%%
-- invalid: non-lowercase quoted identifiers

CREATE AGGREGATE case_agg ( -- old syntax
	"Sfunc1" = int4pl,
	"Basetype" = int4,
	"Stype1" = int4,
	"Initcond1" = '0',
	"Parallel" = safe
)
%%
CREATE ACCESS METHOD bogus TYPE INDEX HANDLER heap_tableam_handler
%%
EXPLAIN (COSTS OFF)
SELECT * FROM fast_emp4000
    WHERE home_base <@ '(200,200),(2000,1000)'::box
    ORDER BY (home_base[0])[0]
%%
EXPLAIN (COSTS OFF)
SELECT count(*) FROM fast_emp4000 WHERE home_base IS NULL
%%
DROP ACCESS METHOD gist2 CASCADE
%%
CREATE ACCESS METHOD bogus TYPE TABLE HANDLER bthandler
%%
SELECT f1 FROM tableam_tbl_heap2 ORDER BY f1
%%
-- CREATE SEQUENCE doesn't support USING
CREATE SEQUENCE tableam_seq_heap2 USING heap2
%%
CREATE TABLE tableam_parted_heap2 (a text, b int) PARTITION BY list (a)
%%
-- but the method can be explicitly specified
CREATE TABLE tableam_parted_c_heap2 PARTITION OF tableam_parted_heap2 FOR VALUES IN ('c') USING heap
%%
-- ALTER TABLE SET ACCESS METHOD
CREATE TABLE heaptable USING heap AS
  SELECT a, repeat(a::text, 100) FROM generate_series(1,9) AS a
%%
-- Switching to heap should not have a dependency entry to the AM.
ALTER TABLE heaptable SET ACCESS METHOD heap
%%
SELECT COUNT(a), COUNT(1) FILTER(WHERE a=1) FROM heapmv
%%
DROP TABLE heaptable
%%
SET LOCAL default_table_access_method = 'heap2'
%%
CREATE MATERIALIZED VIEW tableam_tblmv_heapx USING heap2 AS SELECT * FROM tableam_tbl_heapx
%%
-- sequences, views and foreign servers shouldn't have an AM
CREATE VIEW tableam_view_heapx AS SELECT * FROM tableam_tbl_heapx
%%
CREATE FOREIGN table tableam_fdw_heapx () SERVER fs_heap2
%%
CREATE TABLE i_am_a_failure() USING "I do not exist AM"
%%
CREATE FUNCTION casttesttype_in(cstring)
   RETURNS casttesttype
   AS 'textin'
   LANGUAGE internal STRICT IMMUTABLE
%%
SELECT casttestfunc('foo'::text)
%%
-- cleanup

-- Try IMPLICIT binary coercion cast
CREATE CAST (text AS casttesttype) WITHOUT FUNCTION AS IMPLICIT
%%
-- Try cast with a function

CREATE FUNCTION int4_casttesttype(int4) RETURNS casttesttype LANGUAGE SQL AS
$$ SELECT ('foo'::text || $1::text)::casttesttype; $$
%%
CREATE CAST (int4 AS casttesttype) WITH FUNCTION bar_int4_text(int4) AS IMPLICIT
%%
-- To produce stable regression test output, we have to filter the name
-- of the regresslib file out of the error message in this test.
CREATE FUNCTION test1 (int) RETURNS int LANGUAGE C
    AS :'regresslib', 'nosuchsymbol'
%%
CREATE SCHEMA temp_func_test
%%
CREATE FUNCTION functest_A_2(text[]) RETURNS int LANGUAGE 'sql'
       AS 'SELECT $1[1]::int'
%%
SELECT functest_A_2(ARRAY['1', '2', '3'])
%%
CREATE FUNCTION functest_B_3(int) RETURNS bool LANGUAGE 'sql'
       STABLE AS 'SELECT $1 = 0'
%%
ALTER FUNCTION functest_B_3(int) COST 100
%%
SELECT proname, prosecdef FROM pg_proc
       WHERE oid in ('functest_C_1'::regproc,
                     'functest_C_2'::regproc,
                     'functest_C_3'::regproc) ORDER BY proname
%%
--
-- LEAKPROOF
--
CREATE FUNCTION functest_E_1(int) RETURNS bool LANGUAGE 'sql'
       AS 'SELECT $1 > 100'
%%
ALTER FUNCTION functest_E_2(int) STABLE
%%
SET SESSION AUTHORIZATION regress_unpriv_user
%%
--
-- CALLED ON NULL INPUT | RETURNS NULL ON NULL INPUT | STRICT
--
CREATE FUNCTION functest_F_1(int) RETURNS bool LANGUAGE 'sql'
       AS 'SELECT $1 > 50'
%%
SELECT proname, proisstrict FROM pg_proc
       WHERE oid in ('functest_F_1'::regproc,
                     'functest_F_2'::regproc,
                     'functest_F_3'::regproc,
                     'functest_F_4'::regproc) ORDER BY proname
%%
-- pg_get_functiondef tests

SELECT pg_get_functiondef('functest_A_1'::regproc)
%%
CREATE FUNCTION functest_S_3a() RETURNS boolean
    BEGIN ATOMIC
        ;;RETURN false;;
    END
%%
CREATE FUNCTION functest_S_16(a int, b int) RETURNS void
    LANGUAGE SQL
    BEGIN ATOMIC
        INSERT INTO functest1 SELECT a + $2;
    END
%%
-- tricky parsing
CREATE FUNCTION functest_S_15(x int) RETURNS boolean
LANGUAGE SQL
BEGIN ATOMIC
    select case when x % 2 = 0 then true else false end;
END
%%
SELECT functest_S_10('abcd', '2020-01-01')
%%
INSERT INTO functest3 VALUES (1), (2)
%%
DROP TABLE functest3 CASCADE
%%
SELECT routine_name, ordinal_position, parameter_name, parameter_default
    FROM information_schema.parameters JOIN information_schema.routines USING (specific_schema, specific_name)
    WHERE routine_schema = 'temp_func_test' AND routine_name ~ '^functest_is_'
    ORDER BY 1, 2
%%
CREATE SEQUENCE functest1
%%
CREATE FUNCTION functest_IS_7()
    RETURNS int
    LANGUAGE SQL
    RETURN (SELECT count(a) FROM functest2)
%%
SELECT routine_name, table_name FROM information_schema.routine_table_usage
  WHERE routine_schema = 'temp_func_test'
  ORDER BY 1, 2
%%
-- overload
CREATE FUNCTION functest_B_2(bigint) RETURNS bool LANGUAGE 'sql'
       IMMUTABLE AS 'SELECT $1 > 0'
%%
CREATE OR REPLACE FUNCTION functest1(a int) RETURNS int LANGUAGE SQL WINDOW AS 'SELECT $1'
%%
SELECT * FROM functest_sri1()
%%
EXPLAIN (verbose, costs off) SELECT * FROM functest_sri2()
%%
SELECT voidtest2(11,22)
%%
SELECT voidtest3(17)
%%
CREATE FUNCTION voidtest5(a int) RETURNS SETOF VOID LANGUAGE SQL AS
$$ SELECT generate_series(1, a) $$ STABLE
%%
-- Things that shouldn't work:

CREATE FUNCTION test1 (int) RETURNS int LANGUAGE SQL
    AS 'SELECT ''not an integer'';'
%%
--
-- CREATE_INDEX
-- Create ancillary data structures (i.e. indices)
--

-- directory paths are passed to us in environment variables

--
-- BTREE
--
CREATE INDEX onek_unique1 ON onek USING btree(unique1 int4_ops)
%%
CREATE INDEX onek_hundred ON onek USING btree(hundred int4_ops)
%%
CREATE INDEX tenk1_hundred ON tenk1 USING btree(hundred int4_ops)
%%
CREATE INDEX tenk2_hundred ON tenk2 USING btree(hundred int4_ops)
%%
-- test comments
COMMENT ON INDEX six_wrong IS 'bad index'
%%
CREATE INDEX onek2_u2_prtl ON onek2 USING btree(unique2 int4_ops)
	where stringu1 < 'B'
%%
COPY slow_emp4000 FROM :'filename'
%%
CREATE INDEX grect2ind ON fast_emp4000 USING gist (home_base)
%%
CREATE TEMP TABLE gcircle_tbl AS
    SELECT circle(home_base) AS f1 FROM slow_emp4000
%%
SELECT count(*) FROM gcircle_tbl WHERE f1 && '<(500,500),500>'::circle
%%
SELECT count(*) FROM point_tbl WHERE f1 <@ circle '<(50,50),50>'
%%
SELECT count(*) FROM point_tbl p WHERE p.f1 |>> '(0.0, 0.0)'
%%
SELECT * FROM point_tbl WHERE f1 IS NOT NULL ORDER BY f1 <-> '0,1'
%%
EXPLAIN (COSTS OFF)
SELECT count(*) FROM gpolygon_tbl WHERE f1 && '(1000,1000,0,0)'::polygon
%%
EXPLAIN (COSTS OFF)
SELECT count(*) FROM point_tbl WHERE f1 <@ polygon '(0,0),(0,100),(100,100),(50,50),(100,0),(0,0)'
%%
EXPLAIN (COSTS OFF)
SELECT count(*) FROM point_tbl p WHERE p.f1 <<| '(0.0, 0.0)'
%%
EXPLAIN (COSTS OFF)
SELECT * FROM point_tbl WHERE f1 IS NULL
%%
EXPLAIN (COSTS OFF)
SELECT circle_center(f1), round(radius(f1)) as radius FROM gcircle_tbl ORDER BY f1 <-> '(200,300)'::point LIMIT 10
%%
COPY array_index_op_test FROM :'filename'
%%
SELECT * FROM array_index_op_test WHERE i && '{NULL}' ORDER BY seqno
%%
CREATE INDEX textarrayidx ON array_index_op_test USING gin (t)
%%
SELECT * FROM array_index_op_test WHERE t <@ '{AAAAAAAA72908,AAAAAAAAAAAAAAAAAAA17075,AA88409,AAAAAAAAAAAAAAAAAA36842,AAAAAAA48038,AAAAAAAAAAAAAA10611}' ORDER BY seqno
%%
SELECT * FROM array_index_op_test WHERE i @> '{32}' AND t && '{AAAAAAA80240}' ORDER BY seqno
%%
CREATE INDEX array_gin_test_idx ON array_gin_test USING gin (a)
%%
--
-- HASH
--
CREATE UNLOGGED TABLE unlogged_hash_table (id int4)
%%
EXPLAIN (COSTS OFF)
SELECT count(*) FROM tenk1 WHERE stringu1 = 'TVAAAA'
%%
CREATE UNIQUE INDEX unique_idx1 ON unique_tbl (i) NULLS DISTINCT
%%
-- ok
CREATE UNIQUE INDEX unique_idx4 ON unique_tbl (i) NULLS NOT DISTINCT
%%
INSERT INTO func_index_heap VALUES('ABC','DEF')
%%
-- while we're here, see that the metadata looks sane

-- this should fail because of unsafe column type (anonymous record)
create index on func_index_heap ((f1 || f2), (row(f1, f2)))
%%
-- Try to build index on table that already contains data
CREATE UNIQUE INDEX covering_pkey on covering_index_heap (f1,f2) INCLUDE(f3)
%%
-- empty table
CREATE INDEX CONCURRENTLY concur_index1 ON concur_heap(f2,f1)
%%
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS concur_index2 ON concur_heap(f1)
%%
-- here we also check that you can default the index name
CREATE INDEX CONCURRENTLY on concur_heap((f2||f1))
%%
DROP INDEX concur_index8
%%
REINDEX TABLE concur_heap
%%
CREATE INDEX CONCURRENTLY concur_temp_ind ON concur_temp(f1)
%%
-- ON COMMIT DELETE ROWS
CREATE TEMP TABLE concur_temp (f1 int, f2 text)
  ON COMMIT DELETE ROWS
%%
DROP INDEX CONCURRENTLY "concur_index5"
%%
DROP INDEX CONCURRENTLY "concur_heap_expr_idx"
%%
CREATE UNIQUE INDEX cwi_uniq_idx ON cwi_test(a , b)
%%
DROP INDEX cwi_replaced_pkey
%%
ALTER TABLE cwi_test ADD UNIQUE USING INDEX cwi_uniq4_idx
%%
alter table cwi_test add primary key using index cwi_test_a_idx
%%
--
-- Check handling of indexes on system columns
--
CREATE TABLE syscol_table (a INT)
%%
DROP TABLE syscol_table
%%
SELECT count(*) FROM onek_with_null WHERE unique1 IS NULL
%%
SELECT count(*) FROM onek_with_null WHERE unique1 IS NOT NULL AND unique1 > 500
%%
CREATE UNIQUE INDEX onek_nulltest ON onek_with_null (unique2 desc nulls last,unique1)
%%
SELECT unique1, unique2 FROM onek_with_null WHERE unique2 >= -1
  ORDER BY unique2 LIMIT 2
%%
SELECT unique1, unique2 FROM onek_with_null WHERE unique2 < 999
  ORDER BY unique2 DESC LIMIT 2
%%
EXPLAIN (COSTS OFF)
SELECT count(*) FROM tenk1
  WHERE hundred = 42 AND (thousand = 42 OR thousand = 99)
%%
ANALYZE dupindexcols
%%
SELECT unique1 FROM tenk1
WHERE unique1 IN (1,42,7)
ORDER BY unique1
%%
--
-- Check elimination of constant-NULL subexpressions
--

explain (costs off)
  select * from tenk1 where (thousand, tenthous) in ((1,1001), (null,null))
%%
explain (costs off)
  select * from boolindex where b = true order by i desc limit 10
%%
--
-- REINDEX (VERBOSE)
--
CREATE TABLE reindex_verbose(id integer primary key)
%%
-- REINDEX
REINDEX TABLE concur_reindex_tab
%%
-- Normal index with text column
CREATE INDEX concur_reindex_ind2 ON concur_reindex_tab(c2)
%%
CREATE TABLE concur_reindex_tab2 (c1 int REFERENCES concur_reindex_tab)
%%
REINDEX INDEX CONCURRENTLY  concur_reindex_tab3_c2_excl
%%
REINDEX INDEX CONCURRENTLY concur_reindex_ind1
%%
CREATE INDEX testcomment_idx1 ON testcomment (i)
%%
REINDEX TABLE CONCURRENTLY testcomment
%%
ALTER TABLE concur_clustered CLUSTER ON concur_clustered_i_idx
%%
-- Check that indisreplident updates are preserved.
CREATE TABLE concur_replident(i int NOT NULL)
%%
REINDEX TABLE CONCURRENTLY concur_replident
%%
CREATE INDEX concur_appclass_ind_2 on concur_appclass_tab
  USING gist (k tsvector_ops (siglen='300'), j tsvector_ops)
%%
CREATE TABLE concur_reindex_part_0 PARTITION OF concur_reindex_part
  FOR VALUES FROM (0) TO (10) PARTITION BY list (c2)
%%
-- Create some partitioned indexes
CREATE INDEX concur_reindex_part_index ON ONLY concur_reindex_part (c1)
%%
ALTER INDEX concur_reindex_part_index ATTACH PARTITION concur_reindex_part_index_10
%%
ALTER INDEX concur_reindex_part_index_0 ATTACH PARTITION concur_reindex_part_index_0_2
%%
REINDEX TABLE CONCURRENTLY concur_reindex_part_0_1
%%
-- error
-- Partitioned index with no leaves
REINDEX TABLE concur_reindex_part_index_10
%%
CREATE OR REPLACE FUNCTION compare_relfilenode_part(tabname text)
  RETURNS TABLE (relname name, relkind "char", state text) AS
  $func$
  BEGIN
    RETURN QUERY EXECUTE
      format(
        'SELECT  b.relname,
                 b.relkind,
                 CASE WHEN a.relfilenode = b.relfilenode THEN ''relfilenode is unchanged''
                 ELSE ''relfilenode has changed'' END
           -- Do not join with OID here as CONCURRENTLY changes it.
           FROM %I b JOIN pg_class a ON b.relname = a.relname
           ORDER BY 1;', tabname);
  END
  $func$ LANGUAGE plpgsql
%%
REINDEX INDEX CONCURRENTLY concur_reindex_part_index
%%
-- error
REINDEX INDEX CONCURRENTLY concur_reindex_part_10
%%
DROP FUNCTION compare_relfilenode_part
%%
-- no catalog index
-- These are the toast table and index of pg_authid.
REINDEX TABLE CONCURRENTLY pg_toast.pg_toast_1260
%%
-- ditto
REINDEX (CONCURRENTLY) SYSTEM
%%
DROP TABLE concur_reindex_tab, concur_reindex_tab2, concur_reindex_tab3
%%
-- Reindexing concurrently this index fails with the same failure.
-- The extra index created is itself invalid, and can be dropped.
REINDEX INDEX CONCURRENTLY concur_reindex_ind5
%%
DROP TABLE concur_reindex_tab4
%%
CREATE UNIQUE INDEX concur_exprs_index_pred ON concur_exprs_tab (c1)
  WHERE (c1::text > 500000000::text COLLATE "C")
%%
SELECT starelid::regclass, count(*) FROM pg_statistic WHERE starelid IN (
  'concur_exprs_index_expr'::regclass,
  'concur_exprs_index_pred'::regclass,
  'concur_exprs_index_pred_2'::regclass)
  GROUP BY starelid ORDER BY starelid::regclass::text
%%
DROP TABLE concur_exprs_tab
%%
REINDEX TABLE CONCURRENTLY concur_temp_tab_1
%%
REINDEX TABLE CONCURRENTLY concur_temp_tab_2
%%
CREATE INDEX concur_temp_ind_3 ON concur_temp_tab_3(c2)
%%
REINDEX SCHEMA CONCURRENTLY :temp_schema_name
%%
-- failure, schema does not exist
CREATE SCHEMA schema_to_reindex
%%
CREATE TABLE table2(col1 SERIAL PRIMARY KEY, col2 TEXT NOT NULL)
%%
CREATE INDEX ON matview(col1)
%%
INSERT INTO reindex_before
SELECT oid, 'pg_toast_TABLE_index', relfilenode, relkind, reltoastrelid
FROM pg_class where oid in
	(select indexrelid from pg_index where indrelid in
		(select reltoastrelid from reindex_before where reltoastrelid > 0))
%%
-- concurrently
REINDEX SCHEMA CONCURRENTLY schema_to_reindex
%%
REINDEX TABLE pg_toast.pg_toast_1260
%%
DROP SCHEMA schema_to_reindex CASCADE
%%
CREATE INDEX sp_quad_ind ON quad_point_tbl USING spgist (p)
%%
INSERT INTO radix_text_tbl
    SELECT 'P0123456789abcdef' FROM generate_series(1,1000)
%%
SELECT count(*) FROM quad_point_tbl WHERE p IS NOT NULL
%%
SELECT count(*) FROM quad_point_tbl WHERE p << '(5000, 4000)'
%%
SELECT count(*) FROM quad_point_tbl WHERE p ~= '(4585, 365)'
%%
SELECT count(*) FROM radix_text_tbl WHERE t = 'P0123456789abcdef'
%%
SELECT count(*) FROM radix_text_tbl WHERE t ~<=~ 'Aztec                         Ct  '
%%
SELECT count(*) FROM radix_text_tbl WHERE t ~>~  'Worth                         St  '
%%
EXPLAIN (COSTS OFF)
SELECT count(*) FROM quad_point_tbl
%%
EXPLAIN (COSTS OFF)
SELECT count(*) FROM quad_point_tbl WHERE p >> '(5000, 4000)'
%%
EXPLAIN (COSTS OFF)
SELECT row_number() OVER (ORDER BY p <-> '0,0') n, p <-> '0,0' dist, p
FROM quad_point_tbl
%%
CREATE TEMP TABLE quad_point_tbl_ord_idx2 AS
SELECT row_number() OVER (ORDER BY p <-> '0,0') n, p <-> '0,0' dist, p
FROM quad_point_tbl WHERE p <@ box '(200,200,1000,1000)'
%%
SELECT * FROM quad_point_tbl_ord_seq3 seq FULL JOIN quad_point_tbl_ord_idx3 idx
ON seq.n = idx.n
WHERE seq.dist IS DISTINCT FROM idx.dist
%%
SELECT count(*) FROM kd_point_tbl WHERE box '(200,200,1000,1000)' @> p
%%
SELECT count(*) FROM kd_point_tbl WHERE p >> '(5000, 4000)'
%%
SELECT count(*) FROM kd_point_tbl WHERE p |>> '(5000, 4000)'
%%
CREATE TEMP TABLE kd_point_tbl_ord_idx1 AS
SELECT row_number() OVER (ORDER BY p <-> '0,0') n, p <-> '0,0' dist, p
FROM kd_point_tbl
%%
SELECT * FROM quad_point_tbl_ord_seq2 seq FULL JOIN kd_point_tbl_ord_idx2 idx
ON seq.n = idx.n
WHERE seq.dist IS DISTINCT FROM idx.dist
%%
CREATE INDEX ON quad_point_tbl_ord_seq1 USING spgist(p) INCLUDE(dist)
%%
-- check ORDER BY distance to NULL
SELECT (SELECT p FROM kd_point_tbl ORDER BY p <-> pt, p <-> '0,0' LIMIT 1)
FROM (VALUES (point '1,2'), (NULL), ('1234,5678')) pts(pt)
%%
EXPLAIN (COSTS OFF)
SELECT count(*) FROM radix_text_tbl WHERE t <=   'Aztec                         Ct  '
%%
EXPLAIN (COSTS OFF)
SELECT count(*) FROM radix_text_tbl WHERE t >    'Worth                         St  '
%%
SELECT count(*) FROM radix_text_tbl WHERE starts_with(t, 'Worth')
%%
CREATE TABLE d_star (
	d 			float8
) INHERITS (b_star, c_star)
%%
INSERT INTO a_star (class) VALUES ('a')
%%
INSERT INTO b_star (class) VALUES ('b')
%%
INSERT INTO c_star (class) VALUES ('c')
%%
INSERT INTO d_star (class, a, c, d)
   VALUES ('d', 10, 'hi kristin'::name, '10.01'::float8)
%%
INSERT INTO d_star (class, a, d)
   VALUES ('d', 13, '1000.0001'::float8)
%%
INSERT INTO d_star (class, a) VALUES ('d', 14)
%%
INSERT INTO d_star (class) VALUES ('d')
%%
INSERT INTO e_star (class, c, e)
   VALUES ('e', 'hi michelle'::name, '-3'::int2)
%%
INSERT INTO f_star (class, a, c, e, f)
   VALUES ('f', 19, 'hi claire'::name, '-5'::int2, '(1,3),(2,4)'::polygon)
%%
INSERT INTO f_star (class, c, e, f)
   VALUES ('f', 'hi keith'::name, '-8'::int2,
	   '(1111,3333),(2222,4444)'::polygon)
%%
INSERT INTO f_star (class, c, e)
   VALUES ('f', 'hi allison'::name, '-10'::int2)
%%
INSERT INTO f_star (class, c) VALUES ('f', 'hi carl'::name)
%%
-- Analyze the X_star tables for better plan stability in later tests
ANALYZE a_star
%%
ANALYZE e_star
%%
SELECT class, a
   FROM c_star* x
   WHERE x.c ~ text 'hi'
%%
-- grouping and aggregation on inherited sets have been busted in the past...

SELECT sum(a) FROM a_star*
%%
ALTER TABLE d_star* RENAME COLUMN d TO dd
%%
SELECT class, aa
   FROM a_star* x
   WHERE aa ISNULL
%%
SELECT *
   from a_star*
   WHERE aa < 1000
%%
--UPDATE e_star* SET e = 42;

SELECT * FROM e_star*
%%
--
-- CREATE_OPERATOR
--

CREATE OPERATOR ## (
   leftarg = path,
   rightarg = path,
   function = path_inter,
   commutator = ##
)
%%
-- Test comments
COMMENT ON OPERATOR ###### (NONE, int4) IS 'bad prefix'
%%
DROP OPERATOR ###### (int4, NONE)
%%
SELECT !=- 10
%%
-- check that <= etc. followed by more operator characters are returned
-- as the correct token with correct precedence
SELECT true<>-1 BETWEEN 1 AND 1
%%
SELECT 2<=/**/3, 3>=/**/2, 2<>/**/3
%%
REVOKE USAGE ON SCHEMA schema_op1 FROM regress_rol_op1
%%
CREATE OPERATOR #*# (
   rightarg = SETOF int8,
   procedure = factorial
)
%%
-- Should fail. At least rightarg should be mandatorily specified
CREATE OPERATOR #@%# (
   procedure = factorial
)
%%
CREATE FUNCTION fn_op3(type_op3, int8)
RETURNS int8 AS $$
    SELECT NULL::int8;
$$ LANGUAGE sql IMMUTABLE
%%
CREATE OPERATOR #*# (
   leftarg = type_op3,
   rightarg = int8,
   procedure = fn_op3
)
%%
REVOKE USAGE ON TYPE type_op4 FROM regress_rol_op4
%%
CREATE ROLE regress_rol_op5
%%
REVOKE EXECUTE ON FUNCTION fn_op5(int8, int8) FROM PUBLIC
%%
CREATE TYPE type_op6 AS ENUM ('new', 'open', 'closed')
%%
-- Need to do this so that regress_rol_op3 is not allowed USAGE via PUBLIC
SET ROLE regress_rol_op6
%%
-- error
CALL random()
%%
-- show only normal functions

-- show only procedures

SELECT ptest1('x')
%%
-- ok, volatile arg

SELECT * FROM cp_test ORDER BY b COLLATE "C"
%%
CREATE PROCEDURE ptest2()
LANGUAGE SQL
AS $$
SELECT 5;
$$
%%
CALL ptest3('b')
%%
CREATE PROCEDURE ptest4b(INOUT b int, INOUT a int)
LANGUAGE SQL
AS $$
CALL ptest4a(a, b);  -- error, not supported
$$
%%
CALL ptest5(10, 'Hello')
%%
CALL ptest6(1, 2)
%%
CALL ptest8('')
%%
-- error

-- check named-parameter matching
CREATE PROCEDURE ptest10(OUT a int, IN b int, IN c int)
LANGUAGE SQL AS $$ SELECT b - c $$
%%
CALL ptest10(null, c => 4, b => 11)
%%
-- check resolution of ambiguous DROP commands

CREATE PROCEDURE ptest10(IN a int, IN b int, IN c int)
LANGUAGE SQL AS $$ SELECT a + b - c $$
%%
drop procedure ptest10(in int, int, int)
%%
CREATE PROCEDURE ptestx() LANGUAGE SQL STRICT AS $$ INSERT INTO cp_test VALUES (1, 'a') $$
%%
ALTER FUNCTION ptest1(text) VOLATILE
%%
-- error: not a function
DROP PROCEDURE cp_testfunc1(int)
%%
REVOKE EXECUTE ON PROCEDURE ptest1(text) FROM PUBLIC
%%
ALTER ROUTINE cp_testfunc1a RENAME TO cp_testfunc1
%%
-- cleanup

DROP PROCEDURE ptest1
%%
DROP USER regress_cp_user1
%%
CREATE ROLE regress_role_limited_admin CREATEROLE
%%
CREATE ROLE regress_nosuch_replication_bypassrls REPLICATION BYPASSRLS
%%
-- ok, can create a role without any special attributes
CREATE ROLE regress_role_limited
%%
ALTER ROLE regress_role_limited BYPASSRLS
%%
CREATE ROLE regress_replication REPLICATION
%%
ALTER ROLE regress_replication REPLICATION
%%
ALTER ROLE regress_createdb CREATEDB
%%
GRANT CREATE ON DATABASE regression TO regress_createrole WITH GRANT OPTION
%%
CREATE ROLE regress_encrypted_password ENCRYPTED PASSWORD 'foo'
%%
-- fail, database owner cannot have members
CREATE ROLE regress_nosuch_dbowner IN ROLE pg_database_owner
%%
-- fail, cannot grant a role into itself with admin option
CREATE ROLE regress_nosuch_admin_recursive ADMIN regress_nosuch_admin_recursive
%%
-- ok, roles with CREATEROLE can create new roles with it
CREATE ROLE regress_rolecreator CREATEROLE
%%
ALTER ROLE regress_tenant NOINHERIT NOLOGIN CONNECTION LIMIT 7
%%
-- ok, regress_tenant can create objects within the database
SET SESSION AUTHORIZATION regress_tenant
%%
REVOKE ALL PRIVILEGES ON tenant_table FROM PUBLIC
%%
ALTER VIEW tenant_view OWNER TO regress_role_admin
%%
-- ok, create a role with a value for createrole_self_grant
SET createrole_self_grant = 'set, inherit'
%%
CREATE TABLE tenant2_table (i integer)
%%
ALTER TABLE tenant2_table OWNER TO regress_createrole
%%
-- with INHERIT but not SET, we can take objects but not give them away
GRANT regress_tenant2 TO regress_createrole WITH INHERIT TRUE, SET FALSE
%%
CREATE ROLE regress_monitor IN ROLE pg_monitor
%%
CREATE ROLE regress_read_server_files IN ROLE pg_read_server_files
%%
-- fail, role still owns database objects
DROP ROLE regress_tenant
%%
DROP ROLE regress_nosuch_bypassrls
%%
DROP ROLE regress_nosuch_admin_recursive
%%
DROP ROLE regress_replication
%%
DROP ROLE regress_login
%%
DROP ROLE regress_password_null
%%
-- fail, cannot drop ourself, nor superusers or roles we lack ADMIN for
DROP ROLE regress_role_super
%%
DROP SCHEMA regress_tenant2_schema
%%
--
-- CREATE_SCHEMA
--

-- Schema creation with elements.

CREATE ROLE regress_create_schema_role SUPERUSER
%%
CREATE SCHEMA AUTHORIZATION regress_create_schema_role
  CREATE INDEX ON schema_not_existing.tab (id)
%%
CREATE SCHEMA AUTHORIZATION CURRENT_ROLE
  CREATE TABLE schema_not_existing.tab (id int)
%%
-- Again, with a schema name and a role specification.
CREATE SCHEMA regress_schema_1 AUTHORIZATION CURRENT_ROLE
  CREATE SEQUENCE schema_not_existing.seq
%%
CREATE SCHEMA regress_schema_1 AUTHORIZATION CURRENT_ROLE
  CREATE TRIGGER schema_trig BEFORE INSERT ON schema_not_existing.tab
  EXECUTE FUNCTION schema_trig.no_func()
%%
-- Again, with a schema name and a role specification.
CREATE SCHEMA regress_schema_1 AUTHORIZATION CURRENT_ROLE
  CREATE TABLE regress_schema_1.tab (id int)
%%
CREATE TYPE unknown_comptype AS (
	u unknown    -- fail
)
%%
-- OK
SELECT relname, relkind, relpersistence FROM pg_class WHERE relname ~ '^unlogged\d' ORDER BY relname
%%
CREATE UNLOGGED TABLE public.unlogged2 (a int primary key)
%%
-- also OK
CREATE TEMP TABLE pg_temp.doubly_temp (a int primary key)
%%
CREATE TABLE IF NOT EXISTS as_select1 AS SELECT * FROM pg_class WHERE relkind = 'r'
%%
SELECT * FROM as_select1
%%
SELECT firstc, lastc FROM extra_wide_table
%%
-- but explicitly not adding oids is still supported
CREATE TEMP TABLE withoutoid() WITHOUT OIDS
%%
CREATE TABLE default_expr_column (id int DEFAULT (bar.id))
%%
-- invalid use of subquery
CREATE TABLE default_expr_agg (a int DEFAULT (select 1))
%%
DROP TABLE remember_create_subid
%%
DROP TABLE remember_node_subid
%%
-- prevent using prohibited expressions in the key
CREATE FUNCTION retset (a int) RETURNS SETOF int AS $$ SELECT 1; $$ LANGUAGE SQL IMMUTABLE
%%
CREATE TABLE partitioned (
	a int,
	b int
) PARTITION BY RANGE ((avg(a) OVER (PARTITION BY b)))
%%
CREATE TABLE partitioned (
	a int
) PARTITION BY RANGE (const_func())
%%
-- cannot use system columns in partition key
CREATE TABLE partitioned (
	a int
) PARTITION BY RANGE (xmin)
%%
CREATE TABLE partitioned (
	a int
) PARTITION BY RANGE (immut_func(a))
%%
CREATE TABLE partitioned (
	a point
) PARTITION BY RANGE (a)
%%
CREATE TABLE partitioned (
	a int,
	b int,
	c text,
	d text
) PARTITION BY RANGE (a oid_ops, plusone(b), c collate "default", d collate "C")
%%
CREATE TABLE fail () INHERITS (partitioned2)
%%
-- check reference to partitioned table's rowtype in partition descriptor
create table partitioned (a int, b int)
  partition by list ((row(a, b)::partitioned))
%%
drop table partitioned
%%
explain (costs off)
select * from partitioned where partitioned = '(1,2)'::partitioned
%%
-- fail, requires cascade

drop domain intdom1 cascade
%%
CREATE TABLE part_p1 PARTITION OF list_parted FOR VALUES IN ('1')
%%
-- forbidden expressions for partition bound with list partitioned table
CREATE TABLE part_bogus_expr_fail PARTITION OF list_parted FOR VALUES IN (somename)
%%
CREATE TABLE part_bogus_expr_fail PARTITION OF list_parted FOR VALUES IN (sum(somename))
%%
CREATE TABLE part_bogus_expr_fail PARTITION OF list_parted FOR VALUES IN ((1+1) collate "POSIX")
%%
-- check default partition cannot be created more than once
CREATE TABLE part_default PARTITION OF list_parted DEFAULT
%%
DROP TABLE bools
%%
CREATE TABLE moneyp_12 PARTITION OF moneyp FOR VALUES IN (to_char(12, '99')::int)
%%
-- fails due to overlap:
CREATE TABLE bigintp_10_2 PARTITION OF bigintp FOR VALUES IN ('10')
%%
CREATE TABLE part_bogus_expr_fail PARTITION OF range_parted
  FOR VALUES FROM (somename.somename) TO ('2019-01-01')
%%
CREATE TABLE part_bogus_expr_fail PARTITION OF range_parted
  FOR VALUES FROM (max('2019-02-01'::date)) TO ('2019-01-01')
%%
-- trying to specify modulus and remainder for range partitioned table
CREATE TABLE fail_part PARTITION OF range_parted FOR VALUES WITH (MODULUS 10, REMAINDER 1)
%%
-- check partition bound syntax for the hash partition
CREATE TABLE hash_parted (
	a int
) PARTITION BY HASH (a)
%%
-- modulus 25 is factor of modulus of 50 but 10 is not a factor of 25.
CREATE TABLE fail_part PARTITION OF hash_parted FOR VALUES WITH (MODULUS 25, REMAINDER 3)
%%
CREATE TABLE fail_part PARTITION OF unparted FOR VALUES IN ('a')
%%
DROP TABLE temp_parted
%%
CREATE TABLE fail_part PARTITION OF list_parted2 FOR VALUES IN (null)
%%
CREATE TABLE part0 PARTITION OF range_parted2 FOR VALUES FROM (minvalue) TO (1)
%%
CREATE TABLE fail_part PARTITION OF range_parted2 FOR VALUES FROM (9) TO (maxvalue)
%%
-- More than one default partition is not allowed, so this should give error
CREATE TABLE fail_default_part PARTITION OF range_parted2 DEFAULT
%%
CREATE TABLE part00 PARTITION OF range_parted3 FOR VALUES FROM (0, minvalue) TO (0, maxvalue)
%%
CREATE TABLE part12 PARTITION OF range_parted3 FOR VALUES FROM (1, 10) TO (1, maxvalue)
%%
-- check for partition bound overlap and other invalid specifications for the hash partition
CREATE TABLE hash_parted2 (
	a varchar
) PARTITION BY HASH (a)
%%
CREATE TABLE h2part_4 PARTITION OF hash_parted2 FOR VALUES WITH (MODULUS 8, REMAINDER 5)
%%
-- only inherited attributes (never local ones)
SELECT attname, attislocal, attinhcount FROM pg_attribute
  WHERE attrelid = 'part_a'::regclass and attnum > 0
  ORDER BY attnum
%%
-- Once check_b is added to the parent, it should be made non-local for part_b
ALTER TABLE parted ADD CONSTRAINT check_b CHECK (b >= 0)
%%
-- And dropping it from parted should leave no trace of them on part_b, unlike
-- traditional inheritance where they will be left behind, because they would
-- be local constraints.
ALTER TABLE parted DROP CONSTRAINT check_a, DROP CONSTRAINT check_b
%%
-- check that NOT NULL and default value are inherited correctly
create table parted_notnull_inh_test (a int default 1, b int not null default 0) partition by list (a)
%%
-- check that collations are assigned in partition bound expressions
create table parted_boolean_col (a bool, b text) partition by list(a)
%%
-- check for a conflicting COLLATE clause
create table parted_collate_must_match (a text collate "C", b text collate "C")
  partition by range (a)
%%
-- check that non-matching collations for partition bound
-- expressions are coerced to the right collation

create table test_part_coll_posix (a text) partition by range (a collate "POSIX")
%%
-- ok; partition collation silently overrides the default collation of type 'name'
create table test_part_coll_cast2 partition of test_part_coll_posix for values from (name 's') to ('z')
%%
DROP TABLE unbounded_range_part
%%
DROP TABLE range_parted4
%%
CREATE TABLE partkey_t_1 PARTITION OF partkey_t FOR VALUES FROM (0) TO (1000)
%%
DROP OPERATOR CLASS test_int4_ops USING btree
%%
COMMENT ON COLUMN parted_col_comment.a IS 'Partition key'
%%
-- list partitioning on array type column
CREATE TABLE arrlp (a int[]) PARTITION BY LIST (a)
%%
create table boolspart_t partition of boolspart for values in (true)
%%
create temporary table temp_parted (a int) partition by list (a)
%%
-- ok
drop table perm_parted cascade
%%
create trigger trig_part_create before insert on tab_part_create
  for each statement execute procedure func_part_create()
%%
-- test using a volatile expression as partition bound
create table volatile_partbound_test (partkey timestamp) partition by range (partkey)
%%
select tableoid::regclass from volatile_partbound_test
%%
alter table defcheck_def drop c
%%
-- test that complex default partition constraints are enforced correctly
insert into defcheck_def values (0, 0)
%%
alter table part_column_drop drop column useless_1
%%
create index part_column_drop_b_expr on part_column_drop((b = 1))
%%
drop table part_column_drop
%%
CREATE TABLE foo (LIKE nonexistent)
%%
/* Columns aa, bb, xx value NULL, ee */
SELECT * FROM inhx
%%
/* Throw error */

CREATE TABLE inhf (LIKE inhx INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
%%
ALTER TABLE inhx ADD PRIMARY KEY (xx)
%%
CREATE TABLE inhg (x text, LIKE inhx INCLUDING CONSTRAINTS, y text)
%%
INSERT INTO test_like_id_1 (b) VALUES ('b1')
%%
SELECT * FROM test_like_id_2
%%
-- identity was copied and applied
DROP TABLE test_like_id_1, test_like_id_2, test_like_id_3
%%
CREATE TABLE test_like_gen_2 (LIKE test_like_gen_1)
%%
INSERT INTO test_like_gen_3 (a) VALUES (1)
%%
CREATE TABLE test_like_4a (LIKE test_like_4)
%%
INSERT INTO test_like_4a (a) VALUES(11)
%%
INSERT INTO test_like_4c (a) VALUES(11)
%%
-- Test renumbering of Vars when combining LIKE with inheritance
CREATE TABLE test_like_5 (x point, y point, z point)
%%
DROP TABLE test_like_5, test_like_5x, test_like_5c
%%
/* fails */
CREATE TABLE inhz (xx text DEFAULT 'text', yy int UNIQUE)
%%
DROP TABLE inhz
%%
CREATE INDEX ctlt1_fnidx ON ctlt1 ((a || b))
%%
COMMENT ON STATISTICS ctlt1_expr_stat IS 'ab expr stats'
%%
COMMENT ON INDEX ctlt1_pkey IS 'index pkey'
%%
ALTER TABLE ctlt2 ALTER COLUMN c SET STORAGE EXTERNAL
%%
ALTER TABLE ctlt3 ALTER COLUMN a SET STORAGE MAIN
%%
COMMENT ON CONSTRAINT ctlt3_a_check ON ctlt3 IS 't3_a_check'
%%
CREATE TABLE ctlt12_comments (LIKE ctlt1 INCLUDING COMMENTS, LIKE ctlt2 INCLUDING COMMENTS)
%%
CREATE TABLE ctlt13_like (LIKE ctlt3 INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING COMMENTS INCLUDING STORAGE) INHERITS (ctlt1)
%%
CREATE TABLE inh_error1 () INHERITS (ctlt1, ctlt4)
%%
CREATE SCHEMA ctl_schema
%%
-- LIKE must respect NO INHERIT property of constraints
CREATE TABLE noinh_con_copy (a int CHECK (a > 0) NO INHERIT)
%%
/* LIKE with other relation kinds */

CREATE TABLE ctlt4 (a int, b text)
%%
CREATE TABLE ctlt11 (LIKE ctlv1)
%%
DROP SEQUENCE ctlseq1
%%
--
-- CREATE_TYPE
--

-- directory path and dlsuffix are passed to us in environment variables


--
-- Test the "old style" approach of making the I/O functions first,
-- with no explicit shell type creation.
--
CREATE FUNCTION widget_in(cstring)
   RETURNS widget
   AS :'regresslib'
   LANGUAGE C STRICT IMMUTABLE
%%
CREATE TYPE widget (
   internallength = 24,
   input = widget_in,
   output = widget_out,
   typmod_in = numerictypmodin,
   typmod_out = numerictypmodout,
   alignment = double
)
%%
-- fail, type not exist

-- also, let's leave one around for purposes of pg_dump testing
CREATE TYPE myshell
%%
CREATE FUNCTION int42_out(int42)
   RETURNS cstring
   AS 'int4out'
   LANGUAGE internal STRICT IMMUTABLE
%%
CREATE TYPE text_w_default (
   internallength = variable,
   input = text_w_default_in,
   output = text_w_default_out,
   alignment = int4,
   default = 'zippo'
)
%%
-- We need a shell type to test some CREATE TYPE failure cases with
CREATE TYPE bogus_type
%%
-- Test stand-alone composite type

CREATE TYPE default_test_row AS (f1 text_w_default, f2 int42)
%%
COMMENT ON TYPE default_test_row IS 'good comment'
%%
COMMENT ON COLUMN default_test_row.f1 IS NULL
%%
CREATE FUNCTION base_fn_in(cstring) RETURNS base_type AS 'boolin'
    LANGUAGE internal IMMUTABLE STRICT
%%
-- error
DROP FUNCTION base_fn_out(base_type)
%%
-- should fail
CREATE TEMP TABLE mytab (foo widget(42,13))
%%
-- and test format_type() a bit more, too
select format_type('varchar'::regtype, 42)
%%
CREATE OPERATOR <% (
   leftarg = point,
   rightarg = widget,
   procedure = pt_in_widget,
   commutator = >% ,
   negator = >=%
)
%%
TABLE city
%%
CREATE FUNCTION myvarcharsend(myvarchar) RETURNS bytea
LANGUAGE internal STABLE PARALLEL SAFE STRICT AS 'varcharsend'
%%
-- want to check updating of a domain over the target type, too
CREATE DOMAIN myvarchardom AS myvarchar
%%
-- ensure dependencies are straight
DROP FUNCTION myvarcharsend(myvarchar)
%%
CREATE TABLE real_city (
	pop			int4,
	cname		text,
	outline 	path
)
%%
CREATE VIEW street AS
   SELECT r.name, r.thepath, c.cname AS cname
   FROM ONLY road r, real_city c
   WHERE c.outline ?# r.thepath
%%
COMMENT ON VIEW toyemp IS 'is a view'
%%
ALTER TABLE view_base_table DROP CONSTRAINT view_base_table_pkey
%%
CREATE OR REPLACE VIEW viewtest AS
	SELECT * FROM viewtest_tbl
%%
-- should fail
CREATE OR REPLACE VIEW viewtest AS
	SELECT a FROM viewtest_tbl WHERE a <> 20
%%
-- should fail
CREATE OR REPLACE VIEW viewtest AS
	SELECT a, b, c, d COLLATE "POSIX" FROM viewtest_tbl
%%
-- tests for temporary views

CREATE SCHEMA temp_view_test
    CREATE TABLE base_table (a int, id int)
    CREATE TABLE base_table2 (a int, id int)
%%
-- should be created in temp object schema
CREATE VIEW v1_temp AS SELECT * FROM temp_table
%%
-- should fail
CREATE SCHEMA test_view_schema
    CREATE TEMP VIEW testview AS SELECT 1
%%
-- subqueries
CREATE VIEW v4 AS SELECT * FROM base_table WHERE id IN (SELECT id FROM base_table2)
%%
CREATE VIEW v8 AS SELECT * FROM base_table WHERE EXISTS (SELECT 1)
%%
CREATE VIEW v9_temp AS SELECT * FROM base_table WHERE NOT EXISTS (SELECT 1 FROM temp_table)
%%
-- a view should also be temporary if it references a temporary sequence
CREATE SEQUENCE seq1
%%
SELECT relname FROM pg_class
    WHERE relname LIKE 'v_'
    AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'temp_view_test')
    ORDER BY relname
%%
CREATE TABLE t1 (num int, name text)
%%
CREATE VIEW temporal1 AS SELECT * FROM t1 CROSS JOIN tt
%%
CREATE VIEW temporal3 AS SELECT * FROM t1 LEFT JOIN tt ON t1.num = tt.num2
%%
CREATE TABLE tbl2 (c int, d int)
%%
--Should be in testviewschm2
CREATE   VIEW  pubview AS SELECT * FROM tbl1 WHERE tbl1.a
BETWEEN (SELECT d FROM tbl2 WHERE c = 1) AND (SELECT e FROM tbl3 WHERE f = 2)
AND EXISTS (SELECT g FROM tbl4 LEFT JOIN tbl3 ON tbl4.h = tbl3.f)
%%
--
-- CREATE VIEW and WITH(...) clause
--
CREATE VIEW mysecview1
       AS SELECT * FROM tbl1 WHERE a = 0
%%
CREATE VIEW mysecview5 WITH (security_barrier=100)	-- Error
       AS SELECT * FROM tbl1 WHERE a > 100
%%
CREATE VIEW mysecview9 WITH (security_invoker)
       AS SELECT * FROM tbl1 WHERE a < 100
%%
CREATE OR REPLACE VIEW mysecview2
       AS SELECT * FROM tbl1 WHERE a > 256
%%
CREATE OR REPLACE VIEW mysecview8 WITH (security_invoker=true)
       AS SELECT * FROM tbl1 WHERE a < 256
%%
-- This test checks that proper typmods are assigned in a multi-row VALUES

CREATE VIEW tt1 AS
  SELECT * FROM (
    VALUES
       ('abc'::varchar(3), '0123456789', 42, 'abcd'::varchar(4)),
       ('0123456789', 'abc'::varchar(3), 42.12, 'abc'::varchar(4))
  ) vv(a,b,c,d)
%%
-- Test view decompilation in the face of relation renaming conflicts

CREATE TABLE tt1 (f1 int, f2 int, f3 text)
%%
CREATE VIEW aliased_view_2 AS
  select * from tt1 a1
    where exists (select 1 from tx1 where a1.f1 = tx1.x1)
%%
ALTER TABLE tt1 RENAME TO a2
%%
ALTER TABLE temp_view_test.tt1 RENAME TO tmp1
%%
create table tbl1a (a int, c int)
%%
create view view_of_joins_2d as select * from (tbl1 join tbl1a using (a) as x) as y
%%
create table tt4 (ay int, b int, q int)
%%
create view v2a as select * from (tt2 join tt3 using (b,c) join tt4 using (b)) j
%%
alter table tt3 rename c to d
%%
create table tt5 (a int, b int)
%%
alter table tt5 add column cc int
%%
-- Unnamed FULL JOIN USING is lots of fun too

create table tt7 (x int, xx int, y int)
%%
create view vv3 as
select * from (values(1,2,3,4,5,6)) v(a,b,c,x,e,f)
union all
select * from
  tt7 full join tt8 using (x),
  tt7 tt7x full join tt8 tt8x using (x)
%%
alter table tt7 drop column zz
%%
create table tt8a (x timestamptz, z int)
%%
create view vv5 as select x,y,z from tt9 join tt10 using(x)
%%
create table tt13 (z int, q int)
%%
insert into tt14t values('foo', 'bar', 'baz', '42')
%%
select * from tt14v
%%
-- but it will fail at execution
select f1, f4 from tt14v
%%
create view tt14v as select t.f1, t.f4 from tt14f() t
%%
select row(i.*::int8_tbl)::nestedcomposite from int8_tbl i
%%
create view tt17v as select * from int8_tbl i where i in (values(i))
%%
create rule updlog as on update to tt15v do also
  insert into tt15v_log values(old, new, row(old,old) < row(new,new))
%%
select 'foo'::text = any((select array['abc','def','foo']::text[]))
%%
-- corner cases with empty join conditions

create view tt21v as
select * from tt5 natural inner join tt6
%%
-- test extraction of FieldSelect field names (get_name_for_var_field)

create view tt24v as
with cte as materialized (select r from (values(1,2),(3,4)) r)
select (r).column2 as col_a, (rr).column2 as col_b from
  cte join (select rr from (values(1,7),(3,8)) rr limit 2) ss
  on (r).column1 = (rr).column1
%%
-- test pretty-print parenthesization rules, and SubLink deparsing

create view tt26v as
select x + y + z as c1,
       (x * y) + z as c2,
       x + (y * z) as c3,
       (x + y) * z as c4,
       x * (y + z) as c5,
       x + (y + z) as c6,
       x + (y # z) as c7,
       (x > y) AND (y > z OR x > z) as c8,
       (x > y) OR (y > z AND NOT (x > z)) as c9,
       (x,y) <> ALL (values(1,2),(3,4)) as c10,
       (x,y) <= ANY (values(1,2),(3,4)) as c11
from (values(1,2,3)) v(x,y,z)
%%
INSERT INTO DATE_TBL VALUES ('1957-04-09')
%%
-- display results in ISO

SET datestyle TO ymd
%%
--
-- Simple math
-- Leave most of it for the horology tests
--

SELECT f1 - date '2000-01-01' AS "Days From 2K" FROM DATE_TBL
%%
--
-- test extract!
--
SELECT f1 as "date",
    date_part('year', f1) AS year,
    date_part('month', f1) AS month,
    date_part('day', f1) AS day,
    date_part('quarter', f1) AS quarter,
    date_part('decade', f1) AS decade,
    date_part('century', f1) AS century,
    date_part('millennium', f1) AS millennium,
    date_part('isoyear', f1) AS isoyear,
    date_part('week', f1) AS week,
    date_part('dow', f1) AS dow,
    date_part('isodow', f1) AS isodow,
    date_part('doy', f1) AS doy,
    date_part('julian', f1) AS julian,
    date_part('epoch', f1) AS epoch
    FROM date_tbl
%%
-- true
--
-- millennium
--
SELECT EXTRACT(MILLENNIUM FROM DATE '0001-12-31 BC')
%%
SELECT EXTRACT(MILLISECONDS  FROM DATE '2020-08-11')
%%
SELECT EXTRACT(DAY           FROM DATE '2020-08-11')
%%
SELECT EXTRACT(QUARTER       FROM DATE '2020-08-11')
%%
SELECT EXTRACT(DOY           FROM DATE '2020-08-11')
%%
SELECT EXTRACT(JULIAN        FROM DATE '2020-08-11')
%%
select 'infinity'::date > 'today'::date as t
%%
--  Infinity
--
-- wrong fields from non-finite date:
--
SELECT EXTRACT(MICROSEC  FROM DATE 'infinity')
%%
select make_date(2013, 11, -1)
%%
-- invalid inputs
SELECT pg_size_bytes('1 AB')
%%
-- allow an alias to be specified for DELETE's target table
DELETE FROM delete_test AS dt WHERE dt.a > 75
%%
DROP TABLE delete_test
%%
CREATE GROUP regress_dep_group
%%
-- can't drop neither because they have privileges somewhere
DROP USER regress_dep_user
%%
-- now we are OK to drop him
REVOKE TRIGGER ON deptest FROM regress_dep_user
%%
DROP USER regress_dep_user3
%%
SET SESSION AUTHORIZATION regress_dep_user0
%%
REASSIGN OWNED BY regress_dep_user1 TO regress_dep_user0
%%
SET SESSION AUTHORIZATION regress_dep_user1
%%
GRANT CREATE ON DATABASE regression TO regress_dep_user1
%%
CREATE TYPE deptest_enum AS ENUM ('red')
%%
ALTER TABLE deptest2 ALTER f1 SET DEFAULT nextval('ss1')
%%
REASSIGN OWNED BY regress_dep_user1 TO regress_dep_user2
%%
--
-- Test domains.
--

-- Test Comment / Drop
create domain domaindroptest int4
%%
drop domain domaindroptest cascade
%%
create domain domaintext text
%%
-- Truncate numeric

-- Test copy
COPY basictest (testvarchar) FROM stdin
%%
select pg_typeof(coalesce(4::domainint4, 7::domainint4))
%%
drop domain domainint4 restrict
%%
drop domain positiveint
%%
create table domarrtest
           ( testint4arr domainint4arr
           , testchar4arr domainchar4arr
            )
%%
select * from domarrtest
%%
update domarrtest set
  testint4arr[1] = testint4arr[1] + 1,
  testint4arr[3] = testint4arr[3] - 1
where testchar4arr is null
%%
drop domain domainchar4arr restrict
%%
select pg_typeof('{1,2,3}'::dia)
%%
create domain dcomptype as comptype
%%
-- fail on uniqueness
insert into dcomptable (d1.r) values(11)
%%
alter domain dcomptype add constraint c1 check ((value).r <= (value).i)
%%
-- fail
update dcomptable set d1.r = (d1).r - 1, d1.i = (d1).i + 1 where (d1).i > 0
%%
select makedcomp(1,2)
%%
drop table dcomptable
%%
-- fail

alter type comptype alter attribute r type varchar
%%
select conname, obj_description(oid, 'pg_constraint') from pg_constraint
  where contypid = 'dcomptype'::regtype
%%
insert into dcomptable values (array[row(3,4), row(5,6)]::comptype[])
%%
select d1[2], d1[1].r, d1[1].i from dcomptable
%%
alter domain dcomptypea add constraint c2 check (value[1].r > value[1].i)
%%
explain (verbose, costs off)
  update dcomptable set d1[1].r = d1[1].r - 1, d1[1].i = d1[1].i + 1
    where d1[1].i > 0
%%
insert into pitable values(array[42])
%%
update pitable set f1[1] = 0
%%
create table vc4table (f1 vc4[])
%%
drop table vc4table
%%
insert into dposintatable values(array[array[42]])
%%
select pg_typeof(f1) from dposintatable
%%
update dposintatable set f1[2] = array[99]
%%
drop domain posint cascade
%%
insert into dcomptable values (null)
%%
-- fail
update dcomptable set f1[1].cf1 = 1
%%
create domain dcheck   varchar(15) NOT NULL CHECK (VALUE = 'a' OR VALUE = 'c' OR VALUE = 'd')
%%
-- Good
insert into nulltest values ('a', 'b', 'c', 'd', NULL)
%%
INSERT INTO nulltest values ('a', 'b', 'c', NULL, 'd')
%%
SELECT cast(NULL as dnotnull)
%%
drop domain dnotnull restrict
%%
create domain ddef2 oid DEFAULT '12'
%%
create domain ddef5 numeric(8,2) NOT NULL DEFAULT '12.12'
%%
insert into defaulttest default values
%%
drop table defaulttest cascade
%%
alter domain dnotnulltest set not null
%%
-- fails

alter domain dnotnulltest drop not null
%%
select * from domdeftest
%%
-- Test ALTER DOMAIN .. CONSTRAINT ..
create domain con as integer
%%
alter domain con add check (VALUE > 0)
%%
alter domain con drop constraint if exists nonexistent
%%
ALTER DOMAIN things ADD CONSTRAINT meow CHECK (VALUE < 11)
%%
-- Confirm ALTER DOMAIN with RULES.
create table domtab (col1 integer)
%%
insert into domtab (col1) values (5)
%%
alter domain dom add constraint domchkgt6 check(value > 6)
%%
drop domain ddef3 restrict
%%
-- Test domains over domains
create domain vchar4 varchar(4)
%%
-- fail

create temp table dtest(f1 dtop)
%%
-- Make sure that constraints of newly-added domain columns are
-- enforced correctly, even if there's no default value for the new
-- column. Per bug #1433
create domain str_domain as text not null
%%
create domain str_domain2 as text check (value <> 'foo') default 'foo'
%%
execute s1(10)
%%
-- fail because of implicit null assignment

create or replace function doubledecrement(p1 pos_int) returns pos_int as $$
declare v pos_int := 0;
begin
    return p1;
end$$ language plpgsql
%%
create table ddtest2(f1 ddtest1)
%%
-- Likewise for domains within arrays of composite
create table ddtest2(f1 ddtest1[])
%%
drop domain ddtest1d
%%
drop type rposint
%%
-- fail
insert into ddtest2 values(-2)
%%
--
-- Check enforcement of domain-related typmod in plpgsql (bug #5717)
--

create or replace function array_elem_check(numeric) returns numeric as $$
declare
  x numeric(4,2)[1];
begin
  x[1] := $1;
  return x[1];
end$$ language plpgsql
%%
drop function array_elem_check(numeric)
%%
insert into op values (array[1,2])
%%
select array_elem_check(-1)
%%
select dom_check(0)
%%
drop function dom_check(int)
%%
select 1::inotnull
%%
insert into dom_table values (1)
%%
drop function sql_is_distinct_from(anyelement, anyelement)
%%
-- alter type also works
drop domain testdomain3
%%
drop domain testdomain1
%%
-- view

DROP VIEW test_view_exists
%%
DROP INDEX IF EXISTS test_index_exists
%%
CREATE SEQUENCE test_sequence_exists
%%
-- type

DROP TYPE test_type_exists
%%
DROP DOMAIN IF EXISTS test_domain_exists
%%
CREATE GROUP regress_test_g1
%%
DROP ROLE regress_test_r2
%%
DROP GROUP IF EXISTS regress_test_g1, regress_test_g2
%%
DROP CONVERSION IF EXISTS test_conversion_exists
%%
-- text search dictionary
DROP TEXT SEARCH DICTIONARY test_tsdict_exists
%%
DROP TEXT SEARCH TEMPLATE IF EXISTS test_tstemplate_exists
%%
-- extension
DROP EXTENSION test_extension_exists
%%
DROP FUNCTION test_function_exists(int, text, int[])
%%
DROP AGGREGATE test_aggregate_exists(int)
%%
CREATE OPERATOR @#@
        (leftarg = int8, rightarg = int8, procedure = int8xor)
%%
-- cast
DROP CAST (text AS text)
%%
DROP TRIGGER test_trigger_exists ON no_such_table
%%
CREATE TRIGGER test_trigger_exists
    BEFORE UPDATE ON test_exists
    FOR EACH ROW EXECUTE PROCEDURE suppress_redundant_updates_trigger()
%%
DROP RULE IF EXISTS test_rule_exists ON no_such_table
%%
-- foreign data wrapper
DROP FOREIGN DATA WRAPPER test_fdw_exists
%%
-- operator class
DROP OPERATOR CLASS test_operator_class USING btree
%%
-- operator family
DROP OPERATOR FAMILY test_operator_family USING btree
%%
-- access method
DROP ACCESS METHOD no_such_am
%%
DROP AGGREGATE IF EXISTS foo(no_such_schema.no_such_type)
%%
DROP CAST IF EXISTS (no_such_schema.foo AS INTEGER)
%%
DROP FOREIGN TABLE IF EXISTS no_such_schema.foo
%%
DROP INDEX IF EXISTS no_such_schema.foo
%%
DROP OPERATOR IF EXISTS + (no_such_schema.no_such_type, no_such_schema.no_such_type)
%%
DROP RULE IF EXISTS foo ON no_such_schema.bar
%%
DROP TEXT SEARCH DICTIONARY IF EXISTS no_such_schema.foo
%%
DROP TYPE IF EXISTS no_such_schema.foo
%%
DROP FUNCTION test_ambiguous_funcname
%%
-- Likewise for procedures.
CREATE PROCEDURE test_ambiguous_procname(int) as $$ begin end; $$ language plpgsql
%%
-- Check we get a similar error if we use ROUTINE instead of PROCEDURE.
DROP ROUTINE IF EXISTS test_ambiguous_procname
%%
drop database test_database_exists with (force)
%%
CREATE OPERATOR !== (
        PROCEDURE = int8ne,
        LEFTARG = bigint,
        RIGHTARG = bigint,
        NEGATOR = ===,
        COMMUTATOR = !==
)
%%
DROP OPERATOR ===(bigint, bigint)
%%
DROP OPERATOR <|(bigint, bigint)
%%
SELECT * FROM pg_input_error_info(repeat('too_long', 32), 'rainbow')
%%
ALTER TYPE planets ADD VALUE 'mercury' BEFORE 'venus'
%%
-- should be neptune, not mercury
SELECT enum_last(NULL::planets)
%%
--
-- Basic table creation, row selection
--
CREATE TABLE enumtest (col rainbow)
%%
--
-- Operators, no index
--
SELECT * FROM enumtest WHERE col = 'orange'
%%
SELECT * FROM enumtest WHERE col < 'green' ORDER BY col
%%
--
-- Aggregates
--
SELECT min(col) FROM enumtest
%%
DROP INDEX enumtest_btree
%%
SELECT 'red'::rgb
%%
SELECT ('{red,green,blue}'::rainbow[])[2]
%%
SELECT enum_last('green'::rainbow)
%%
SELECT enum_range('orange'::rainbow, NULL)
%%
--
-- Concrete function should override generic one
--
CREATE FUNCTION echo_me(rainbow) RETURNS text AS $$
BEGIN
RETURN $1::text || 'wtf';
END
$$ LANGUAGE plpgsql
%%
--
-- RI triggers on enum types
--
CREATE TABLE enumtest_parent (id rainbow PRIMARY KEY)
%%
-- fail
DELETE FROM enumtest_parent
%%
-- check renaming a value
ALTER TYPE rainbow RENAME VALUE 'red' TO 'crimson'
%%
SELECT enum_first(null::bogus)
%%
ALTER TYPE bogon ADD VALUE 'bad'
%%
--
-- Cleanup
--
DROP TABLE enumtest_child
%%
--
-- Verify properly cleaned up
--
SELECT COUNT(*) FROM pg_type WHERE typname = 'rainbow'
%%
create function int8alias1out(int8alias1) returns cstring
  strict immutable language internal as 'int8out'
%%
create function int8alias2out(int8alias2) returns cstring
  strict immutable language internal as 'int8out'
%%
create cast (int8alias1 as int8) without function
%%
alter operator family integer_ops using btree add
  operator 3 = (int8alias1, int8alias1)
%%
create function int8alias1eq(int8, int8alias1) returns bool
  strict immutable language internal as 'int8eq'
%%
create operator = (
    procedure = int8alias1eq,
    leftarg = int8alias1, rightarg = int8alias2,
    restrict = eqsel, join = eqjoinsel,
    merges
)
%%
alter operator family integer_ops using btree add
  operator 1 < (int8alias1, int8alias1)
%%
create table ec1 (ff int8 primary key, f1 int8alias1, f2 int8alias2)
%%
--
-- Note that for cases where there's a missing operator, we don't care so
-- much whether the plan is ideal as that we don't fail or generate an
-- outright incorrect plan.
--

explain (costs off)
  select * from ec0 where ff = f1 and f1 = '42'::int8
%%
explain (costs off)
  select * from ec1, ec2 where ff = x1 and ff = '42'::int8
%%
explain (costs off)
  select * from ec1, ec2 where ff = x1 and x1 = '42'::int8alias2
%%
create unique index ec1_expr4 on ec1((ff + 4))
%%
-- let's try that as a mergejoin
set enable_mergejoin = on
%%
alter table ec1 enable row level security
%%
grant select on ec1 to regress_user_ectest
%%
revoke select on ec1 from regress_user_ectest
%%
-- check that we recognize equivalence with dummy domains in the way
create temp table undername (f1 name, f2 int)
%%
--
-- UNSUPPORTED STUFF

-- doesn't work
-- notify pg_class
--

--
-- SELECT

-- this used to be a syntax error, but now we allow an empty target list
select
%%
-- bad attribute name on lhs of operator
select * from pg_database where nonesuch = pg_database.datname
%%
select null from pg_database group by grouping sets (()) for update
%%
-- no such relation
drop table nonesuch
%%
-- conflict
alter table stud_emp rename to student
%%
-- conflict
alter table emp rename column salary to manager
%%
-- left out basetype
create aggregate newcnt1 (sfunc = int4inc,
			  stype = int4,
			  initcond = '0')
%%
--
-- DROP AGGREGATE

-- missing aggregate name
drop aggregate
%%
-- no such aggregate
drop aggregate nonesuch (int4)
%%
-- no such function
drop function nonesuch()
%%
--
-- DROP OPERATOR

-- missing everything
drop operator
%%
-- missing operator name
drop operator (int4, int4)
%%
-- no such type1
drop operator = (nonesuch)
%%
-- no such type2
drop operator = (int4, )
%%
-- these postquel variants are no longer supported
drop tuple rule nonesuch
%%
select 1::int8/0
%%
select 1::numeric/0
%%
select 1::float4/0
%%
CREATE TABLE
%%
-- with a tab
CREATE TABLE foo
  (id INT4 UNIQUE NOT NULL, id2 TEXT NOT NULL PRIMARY KEY,
	id3 INTEGER NOT NUL,
   id4 INT4 UNIQUE NOT NULL, id5 TEXT UNIQUE NOT NULL)
%%
-- long line to be truncated both ways, many lines
CREATE
TEMPORARY
TABLE
foo
(id
INT4
UNIQUE NOT NULL, idx INT4 UNIQUE NOT NULL, idy INT4 UNIQUE NOT NULL, id2 TEXT NOT NULL PRIMARY KEY, id3 INTEGER NOT NUL, id4 INT4 UNIQUE NOT NULL, id5 TEXT UNIQUE NOT NULL,
idz INT4 UNIQUE NOT NULL,
idv INT4 UNIQUE NOT NULL)
%%
-- should fail, can't call it as a plain function
SELECT test_event_trigger()
%%
-- OK
create event trigger regress_event_trigger on ddl_command_start
   execute procedure test_event_trigger()
%%
-- should fail, can't have same filter variable twice
create event trigger regress_event_trigger2 on ddl_command_start
   when tag in ('create table') and tag in ('CREATE FUNCTION')
   execute procedure test_event_trigger()
%%
set role regress_evt_user
%%
alter event trigger regress_event_trigger enable
%%
-- fires only _trigger
create table event_trigger_fire3 (a int)
%%
-- fires all three
create table event_trigger_fire5 (a int)
%%
call p1()
%%
comment on table event_trigger_fire1 is 'here is a comment'
%%
create server useless_server foreign data wrapper useless
%%
-- alter owner to superuser should work
alter role regress_evt_user superuser
%%
-- should fail, regress_evt_user owns some objects
drop role regress_evt_user
%%
-- test support for dropped objects
CREATE SCHEMA schema_one authorization regress_evt_user
%%
SET SESSION AUTHORIZATION regress_evt_user
%%
CREATE TABLE audit_tbls.schema_one_table_two(the_value text)
%%
CREATE OR REPLACE FUNCTION schema_two.add(int, int) RETURNS int LANGUAGE plpgsql
  CALLED ON NULL INPUT
  AS $$ BEGIN RETURN coalesce($1,0) + coalesce($2,0); END; $$
%%
CREATE TABLE dropped_objects (
	type text,
	schema text,
	object text
)
%%
CREATE EVENT TRIGGER regress_event_trigger_drop_objects ON sql_drop
	WHEN TAG IN ('drop table', 'drop function', 'drop view',
		'drop owned', 'drop schema', 'alter table')
	EXECUTE PROCEDURE test_evtrig_dropped_objects()
%%
SELECT * FROM dropped_objects WHERE schema IS NULL OR schema <> 'pg_toast'
%%
DROP EVENT TRIGGER undroppable
%%
CREATE EVENT TRIGGER regress_event_trigger_report_end ON ddl_command_end
  EXECUTE PROCEDURE event_trigger_report_end()
%%
CREATE TABLE evttrig.part_10_20 PARTITION OF evttrig.parted (id)
  FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id)
%%
ALTER TABLE evttrig.one ALTER COLUMN col_b DROP DEFAULT
%%
ALTER TABLE evttrig.id ALTER COLUMN col_d DROP IDENTITY,
  ALTER COLUMN col_d SET DATA TYPE int
%%
-- CREATE OPERATOR CLASS without FAMILY clause should report
-- both CREATE OPERATOR FAMILY and CREATE OPERATOR CLASS
CREATE OPERATOR CLASS evttrigopclass FOR TYPE int USING btree AS STORAGE int
%%
-- test Table Rewrite Event Trigger
CREATE OR REPLACE FUNCTION test_evtrig_no_rewrite() RETURNS event_trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rewrites not allowed';
END;
$$
%%
alter table rewriteme alter column foo type numeric
%%
-- shouldn't trigger a table_rewrite event
alter table rewriteme alter column foo type numeric(12,4)
%%
create type rewritetype as (a int)
%%
-- but this doesn't work
create table rewritemetoo3 (a rewritetype)
%%
drop function test_evtrig_no_rewrite()
%%
CREATE OR REPLACE FUNCTION drop_sql_command()
RETURNS event_trigger AS $$
BEGIN
RAISE NOTICE '% - sql_drop', tg_tag;
END;
$$ LANGUAGE plpgsql
%%
CREATE POLICY p1 ON event_trigger_test USING (FALSE)
%%
-- Check the object addresses of all the event triggers.
SELECT
    e.evtname,
    pg_describe_object('pg_event_trigger'::regclass, e.oid, 0) as descr,
    b.type, b.object_names, b.object_args,
    pg_identify_object(a.classid, a.objid, a.objsubid) as ident
  FROM pg_event_trigger as e,
    LATERAL pg_identify_object_as_address('pg_event_trigger'::regclass, e.oid, 0) as b,
    LATERAL pg_get_object_address(b.type, b.object_names, b.object_args) as a
  ORDER BY e.evtname
%%
-- To produce valid JSON output, replace numbers with "0" or "0.0" not "N"
create function explain_filter_to_json(text) returns jsonb
language plpgsql as
$$
declare
    data text := '';
    ln text;
begin
    for ln in execute $1
    loop
        -- Replace any numeric word with just '0'
        ln := regexp_replace(ln, '\m\d+\M', '0', 'g');
        data := data || ln;
    end loop;
    return data::jsonb;
end;
$$
%%
-- Check output including I/O timings.  These fields are conditional
-- but always set in JSON format, so check them only in this case.
set track_io_timing = on
%%
-- Test EXPLAIN (GENERIC_PLAN) with partition pruning
-- partitions should be pruned at plan time, based on constants,
-- but there should be no pruning based on parameter placeholders
create table gen_part (
  key1 integer not null,
  key2 integer not null
) partition by list (key1)
%%
create table gen_part_2
  partition of gen_part for values in (2)
%%
create function pg_temp.mysin(float8) returns float8 language plpgsql
as 'begin return sin($1); end'
%%
SELECT now()::timetz(4)::text = current_time(4)::text
%%
-- precision
SELECT length(current_timestamp::text) >= length(current_timestamp(0)::text)
%%
SELECT localtime = localtime(7)
%%
create table numeric_tbl (f1 numeric(18,3), f2 numeric)
%%
create view bpchar_view as
  select
    f1, f1::character(14) as f114, f1::bpchar as f1n,
    f2, f2::character(14) as f214, f2::bpchar as f2n
  from bpchar_tbl
%%
-- However, if there's not a common supertype for the IN elements,
-- we should instead try to produce "x = v1 OR x = v2 OR ...".
-- In most cases that'll fail for lack of all the requisite = operators,
-- but it can succeed sometimes.  So this should complain about lack of
-- an = operator, not about cast failure.
select '(0,0)'::point in ('(0,0,0,0)'::box, point(0,0))
%%
select return_int_input(1) in (null, null, null, null, null, null, null, null, null, null, null)
%%
select return_int_input(1) not in (null, null, null, null, null, null, null, null, null, null, null)
%%
create function myintin(cstring) returns myint strict immutable language
  internal as 'int4in'
%%
create cast (int4 as myint) without function
%%
create operator = (
  leftarg    = myint,
  rightarg   = myint,
  commutator = =,
  negator    = <>,
  procedure  = myinteq,
  restrict   = eqsel,
  join       = eqjoinsel,
  merges
)
%%
insert into inttest values(1::myint),(null)
%%
CREATE SCHEMA fast_default
%%
CREATE FUNCTION comp() RETURNS TEXT
AS $$
BEGIN
  RETURN (SELECT CASE
               WHEN m.id = c.relfilenode THEN 'Unchanged'
               ELSE 'Rewritten'
               END
           FROM m, pg_class AS c, pg_namespace AS s
           WHERE c.relname = 't'
               AND c.relnamespace = s.oid
               AND s.nspname = 'fast_default');
END;
$$ LANGUAGE 'plpgsql'
%%
-- only the last of these should trigger a rewrite
ALTER TABLE has_volatile ADD col1 int
%%
-- Test a large sample of different datatypes
CREATE TABLE T(pk INT NOT NULL PRIMARY KEY, c_int INT DEFAULT 1)
%%
ALTER TABLE T ADD COLUMN c_text TEXT  DEFAULT 'world',
              ALTER COLUMN c_bpchar SET DEFAULT 'dog'
%%
ALTER TABLE T ADD COLUMN c_small SMALLINT DEFAULT -5,
              ADD COLUMN c_small_null SMALLINT,
              ALTER COLUMN c_array
                  SET DEFAULT '{"This", "is", "no", "fantasy"}'
%%
ALTER TABLE T ADD COLUMN c_interval INTERVAL DEFAULT '1 day',
              ALTER COLUMN c_time SET DEFAULT '23:59:59'
%%
SELECT pk, c_int, c_bpchar, c_text, c_date, c_timestamp,
       c_timestamp_null, c_array, c_small, c_small_null,
       c_big, c_num, c_time, c_interval,
       c_hugetext = repeat('abcdefg',1000) as c_hugetext_origdef,
       c_hugetext = repeat('poiuyt', 1000) as c_hugetext_newdef
FROM T ORDER BY pk
%%
CREATE TABLE T(pk INT NOT NULL PRIMARY KEY, c_int INT DEFAULT LENGTH(foo(6)))
%%
ALTER TABLE T ADD COLUMN c_timestamp TIMESTAMP
                  DEFAULT '2016-09-01'::DATE + LENGTH(foo(10)),
              ALTER COLUMN c_date
                  SET DEFAULT '2010-01-01'::DATE - LENGTH(foo(4))
%%
SELECT * FROM T
%%
-- clock_timestamp() is volatile
ALTER TABLE T ADD COLUMN c2 TIMESTAMP DEFAULT clock_timestamp()
%%
ALTER TABLE T ADD COLUMN c_text TEXT DEFAULT 'hello'
%%
SELECT c_bigint, c_text FROM T WHERE c_text = 'hello' LIMIT 1
%%
-- ORDER BY
SELECT * FROM T ORDER BY c_bigint, c_text, pk LIMIT 10
%%
--  DELETE with RETURNING
DELETE FROM T WHERE pk BETWEEN 10 AND 20 RETURNING *
%%
ALTER TABLE T ADD COLUMN c_int INT NOT NULL DEFAULT -1
%%
SELECT c_text FROM T WHERE c_int = -1
%%
-- test that we account for missing columns without defaults correctly
-- in expand_tuple, and that rows are correctly expanded for triggers

CREATE FUNCTION test_trigger()
RETURNS trigger
LANGUAGE plpgsql
AS $$

begin
    raise notice 'old tuple: %', to_json(OLD)::text;
    if TG_OP = 'DELETE'
    then
       return OLD;
    else
       return NEW;
    end if;
end;

$$
%%
ALTER TABLE t ADD COLUMN y int NOT NULL DEFAULT 5
%%
ALTER TABLE t ADD COLUMN x int
%%
INSERT INTO leader VALUES (1, 1), (2, 2)
%%
-- check that ALTER TABLE ... ALTER TYPE does the right thing

CREATE TABLE vtype( a integer)
%%
SELECT * FROM vtype
%%
ALTER TABLE vtype2 ADD COLUMN b varchar(10) DEFAULT 'xxx'
%%
CREATE TABLE t()
%%
-- set column with a default 1 to NULL, due to a bug that wasn't
-- noticed has heap_getattr buggily returned NULL for default columns
UPDATE t SET a = NULL
%%
CREATE SERVER s0 FOREIGN DATA WRAPPER dummy
%%
SELECT count(*)
  FROM pg_attribute
  WHERE attrelid = 'ft1'::regclass AND
    (attmissingval IS NOT NULL OR atthasmissing)
%%
DROP TABLE vtype
%%
DROP FUNCTION test_trigger()
%%
DROP TABLE m
%%
DROP SCHEMA fast_default
%%
alter table has_fast_default add column f2 int default 42
%%
INSERT INTO FLOAT4_TBL(f1) VALUES ('10e70'::float8)
%%
SELECT 'nan'::numeric::float4
%%
SELECT f.* FROM FLOAT4_TBL f WHERE '1004.3' > f.f1
%%
SELECT f.f1, f.f1 * '-10' AS x FROM FLOAT4_TBL f
   WHERE f.f1 > '0.0'
%%
-- test divide by zero
SELECT f.f1 / '0.0' from FLOAT4_TBL f
%%
SELECT '2147483520'::float4::int4
%%
create function xfloat4in(cstring) returns xfloat4 immutable strict
  language internal as 'int4in'
%%
create cast (float4 as xfloat4) without function
%%
--
-- FLOAT8
--

--
-- Build a table for testing
-- (This temporarily hides the table created in test_setup.sql)
--

CREATE TEMP TABLE FLOAT8_TBL(f1 float8)
%%
SELECT 'Infinity'::float8 + 100.0
%%
SELECT f.* FROM FLOAT8_TBL f WHERE f.f1 <> '1004.3'
%%
SELECT f.* FROM FLOAT8_TBL f WHERE '1004.3' >= f.f1
%%
SELECT f.f1, f.f1 / '-10' AS x
   FROM FLOAT8_TBL f
   WHERE f.f1 > '0.0'
%%
-- truncate
SELECT f.f1, trunc(f.f1) AS trunc_f1
   FROM FLOAT8_TBL f
%%
-- floor
select floor(f1) as floor_f1 from float8_tbl f
%%
SELECT f.f1, |/f.f1 AS sqrt_f1
   FROM FLOAT8_TBL f
   WHERE f.f1 > '0.0'
%%
-- check edge cases for exp
SELECT exp('inf'::float8), exp('-inf'::float8), exp('nan'::float8)
%%
SELECT f.f1 * '1e200' from FLOAT8_TBL f
%%
SELECT ln(f.f1) from FLOAT8_TBL f where f.f1 < '0.0'
%%
SELECT cosh(float8 '1')
%%
SELECT atanh(float8 '0.5')
%%
SELECT '2147483647.4'::float8::int4
%%
SELECT x,
       tand(x),
       tand(x) IN ('-Infinity'::float8,-1,0,
                   1,'Infinity'::float8) AS tand_exact,
       cotd(x),
       cotd(x) IN ('-Infinity'::float8,-1,0,
                   1,'Infinity'::float8) AS cotd_exact
FROM (VALUES (0), (45), (90), (135), (180),
      (225), (270), (315), (360)) AS t(x)
%%
--
-- test output (and round-trip safety) of various values.
-- To ensure we're testing what we think we're testing, start with
-- float values specified by bit patterns (as a useful side effect,
-- this means we'll fail on non-IEEE platforms).

create type xfloat8
%%
create cast (xfloat8 as float8) without function
%%
-- clean up, lest opr_sanity complain
drop type xfloat8 cascade
%%
SET SESSION AUTHORIZATION 'regress_foreign_data_user'
%%
CREATE ROLE regress_unprivileged_role
%%
SELECT srvname, srvoptions FROM pg_foreign_server
%%
-- duplicate
DROP FOREIGN DATA WRAPPER foo
%%
SET ROLE regress_test_role
%%
-- ERROR
CREATE FOREIGN DATA WRAPPER test_fdw HANDLER test_fdw_handler HANDLER invalid_fdw_handler
%%
-- ERROR

ALTER FOREIGN DATA WRAPPER foo
%%
ALTER FOREIGN DATA WRAPPER foo OPTIONS (SET c '4')
%%
ALTER FOREIGN DATA WRAPPER foo OPTIONS (a '2')
%%
ALTER FOREIGN DATA WRAPPER foo OWNER TO regress_test_role
%%
ALTER FOREIGN DATA WRAPPER foo RENAME TO foo1
%%
-- ERROR
ALTER FOREIGN DATA WRAPPER foo HANDLER test_fdw_handler
%%
DROP ROLE regress_test_role_super
%%
-- ERROR
CREATE USER MAPPING IF NOT EXISTS FOR current_user SERVER s1
%%
-- No ERROR, just NOTICE
CREATE SERVER s2 FOREIGN DATA WRAPPER foo OPTIONS (host 'a', dbname 'b')
%%
CREATE SERVER s6 VERSION '16.0' FOREIGN DATA WRAPPER foo OPTIONS (host 'a', dbname 'b')
%%
CREATE SERVER t1 FOREIGN DATA WRAPPER foo
%%
CREATE SERVER t2 FOREIGN DATA WRAPPER foo
%%
-- ERROR
ALTER SERVER s0 OPTIONS (a '1')
%%
GRANT USAGE ON FOREIGN SERVER s1 TO regress_test_role
%%
GRANT regress_test_role2 TO regress_test_role
%%
ALTER SERVER s1 OWNER TO regress_test_indirect
%%
-- DROP SERVER
DROP SERVER nonexistent
%%
ALTER SERVER s2 OWNER TO regress_test_role
%%
-- CREATE USER MAPPING
CREATE USER MAPPING FOR regress_test_missing_role SERVER s1
%%
CREATE USER MAPPING FOR user SERVER s8 OPTIONS (username 'test', password 'secret')
%%
CREATE USER MAPPING FOR current_user SERVER s5
%%
ALTER SERVER t1 OWNER TO regress_test_indirect
%%
-- ERROR
ALTER USER MAPPING FOR user SERVER ss4 OPTIONS (gotcha 'true')
%%
ALTER USER MAPPING FOR current_user SERVER s5 OPTIONS (ADD modified '1')
%%
-- ERROR
DROP USER MAPPING FOR user SERVER ss4
%%
DROP USER MAPPING IF EXISTS FOR public SERVER s7
%%
CREATE FOREIGN TABLE ft1 ()
%%
CREATE FOREIGN TABLE ft1 (
	c1 integer OPTIONS ("param 1" 'val1') REFERENCES ref_table (id),
	c2 text OPTIONS (param2 'val2', param3 'val3'),
	c3 date
) SERVER s0 OPTIONS (delimiter ',', quote '"', "be quoted" 'value')
%%
COMMENT ON FOREIGN TABLE ft1 IS 'ft1'
%%
-- ERROR
EXPLAIN SELECT * FROM ft1
%%
-- skips partition
CREATE UNIQUE INDEX ON lt1 (a)
%%
ALTER TABLE lt1 ATTACH PARTITION ft_part2 FOR VALUES FROM (1000) TO (2000)
%%
CREATE TABLE lt1_part1
  PARTITION OF lt1 FOR VALUES FROM (0) TO (1000)
  PARTITION BY RANGE (a)
%%
DROP FOREIGN TABLE ft_part_1_1, ft_part_1_2
%%
COMMENT ON COLUMN ft1.c1 IS NULL
%%
ALTER FOREIGN TABLE ft1 ADD COLUMN c7 integer NOT NULL
%%
ALTER FOREIGN TABLE ft1 ALTER COLUMN c4 SET DEFAULT 0
%%
ALTER FOREIGN TABLE ft1 ALTER COLUMN c8 TYPE char(10) USING '0'
%%
ALTER FOREIGN TABLE ft1 ALTER COLUMN c8 OPTIONS (SET p2 'V2', DROP p1)
%%
ALTER FOREIGN TABLE ft1 ALTER COLUMN c8 SET STORAGE PLAIN
%%
ALTER FOREIGN TABLE ft1 ADD PRIMARY KEY (c7)
%%
ALTER FOREIGN TABLE ft1 DROP CONSTRAINT no_const
%%
ALTER FOREIGN TABLE ft1 DROP COLUMN no_column
%%
ALTER FOREIGN TABLE ft1 SET TABLESPACE ts
%%
ALTER FOREIGN TABLE IF EXISTS doesnt_exist_ft1 ADD COLUMN c6 integer
%%
ALTER FOREIGN TABLE IF EXISTS doesnt_exist_ft1 ADD COLUMN c10 integer OPTIONS (p1 'v1')
%%
ALTER FOREIGN TABLE IF EXISTS doesnt_exist_ft1 ALTER COLUMN c8 SET DATA TYPE text
%%
ALTER FOREIGN TABLE IF EXISTS doesnt_exist_ft1 DROP CONSTRAINT ft1_c1_check
%%
ALTER FOREIGN TABLE IF EXISTS doesnt_exist_ft1 DROP COLUMN c9
%%
-- Information schema

SELECT * FROM information_schema.foreign_data_wrappers ORDER BY 1, 2
%%
SELECT * FROM information_schema.user_mappings ORDER BY lower(authorization_identifier), 2, 3
%%
SELECT * FROM information_schema.foreign_tables ORDER BY 1, 2, 3
%%
SET ROLE regress_test_role2
%%
SELECT has_foreign_data_wrapper_privilege(
    (SELECT oid FROM pg_foreign_data_wrapper WHERE fdwname='foo'), 'USAGE')
%%
SELECT has_server_privilege('regress_test_role', 's8', 'USAGE')
%%
SELECT has_server_privilege('s8', 'USAGE')
%%
DROP USER MAPPING FOR public SERVER s4
%%
-- Privileges
SET ROLE regress_unprivileged_role
%%
-- ERROR
CREATE SERVER s9 FOREIGN DATA WRAPPER foo
%%
-- ERROR
CREATE USER MAPPING FOR public SERVER s4
%%
GRANT USAGE ON FOREIGN DATA WRAPPER foo TO regress_unprivileged_role WITH GRANT OPTION
%%
-- ERROR
DROP SERVER s6
%%
-- ERROR
CREATE USER MAPPING FOR public SERVER s9
%%
-- ERROR
ALTER SERVER s9 VERSION '1.1'
%%
CREATE USER MAPPING FOR public SERVER s10 OPTIONS (user 'secret')
%%
CREATE TRIGGER trigtest_before_stmt BEFORE INSERT OR UPDATE OR DELETE
ON foreign_schema.foreign_table_1
FOR EACH STATEMENT
EXECUTE PROCEDURE dummy_trigger()
%%
CREATE TRIGGER trigtest_after_row AFTER INSERT OR UPDATE OR DELETE
ON foreign_schema.foreign_table_1
FOR EACH ROW
EXECUTE PROCEDURE dummy_trigger()
%%
DROP TRIGGER trigtest_before_stmt ON foreign_schema.foreign_table_1
%%
DROP FUNCTION dummy_trigger()
%%
CREATE FOREIGN TABLE ft2 (
	c1 integer NOT NULL,
	c2 text,
	c3 date
) SERVER s0 OPTIONS (delimiter ',', quote '"', "be quoted" 'value')
%%
-- add attributes recursively
ALTER TABLE fd_pt1 ADD COLUMN c4 integer
%%
ALTER TABLE fd_pt1 ADD COLUMN c8 integer
%%
ALTER TABLE fd_pt1 ALTER COLUMN c7 DROP NOT NULL
%%
ALTER TABLE fd_pt1 ALTER COLUMN c1 SET STATISTICS 10000
%%
-- drop attributes recursively
ALTER TABLE fd_pt1 DROP COLUMN c4
%%
ALTER TABLE fd_pt1 DROP COLUMN c8
%%
-- ERROR
DROP FOREIGN TABLE ft2 CASCADE
%%
-- NOT VALID case
INSERT INTO fd_pt1 VALUES (1, 'fd_pt1'::text, '1994-01-01'::date)
%%
ALTER TABLE fd_pt1 RENAME COLUMN c2 TO f2
%%
-- IMPORT FOREIGN SCHEMA
IMPORT FOREIGN SCHEMA s1 FROM SERVER s9 INTO public
%%
-- ERROR

-- DROP FOREIGN TABLE
DROP FOREIGN TABLE no_table
%%
DROP OWNED BY regress_test_role2
%%
-- partition cannot have additional columns
DROP FOREIGN TABLE fd_pt2_1
%%
-- cannot add column to a partition
ALTER TABLE fd_pt2_1 ADD c4 char
%%
-- partition must have parent's constraints
ALTER TABLE fd_pt2 DETACH PARTITION fd_pt2_1
%%
-- ERROR
ALTER FOREIGN TABLE fd_pt2_1 ADD CONSTRAINT fd_pt2chk1 CHECK (c1 > 0)
%%
ALTER TABLE temp_parted ATTACH PARTITION foreign_part DEFAULT
%%
DROP SERVER s8 CASCADE
%%
DROP FOREIGN DATA WRAPPER postgresql CASCADE
%%
--
-- FOREIGN KEY
--

-- MATCH FULL
--
-- First test, check and cascade
--
CREATE TABLE PKTABLE ( ptest1 int PRIMARY KEY, ptest2 text )
%%
INSERT INTO FKTABLE VALUES (NULL, 1)
%%
--
-- check set NULL and table constraint on multiple columns
--
CREATE TABLE PKTABLE ( ptest1 int, ptest2 int, ptest3 text, PRIMARY KEY(ptest1, ptest2) )
%%
COMMENT ON CONSTRAINT constrname ON FKTABLE IS NULL
%%
INSERT INTO FKTABLE VALUES (NULL, 2, 4)
%%
-- Check update with old and new key values equal
UPDATE FKTABLE SET ftest1 = 1 WHERE ftest1 = 1
%%
DROP TABLE PKTABLE CASCADE
%%
--
-- Check initial check upon ALTER TABLE
--
CREATE TABLE PKTABLE ( ptest1 int, ptest2 int, PRIMARY KEY(ptest1, ptest2) )
%%
ALTER TABLE FKTABLE ADD FOREIGN KEY(ftest1, ftest2) REFERENCES PKTABLE MATCH FULL
%%
-- Insert Foreign Key values
INSERT INTO FKTABLE VALUES (1, 2, 3, 1)
%%
-- Try to update something that should succeed
UPDATE PKTABLE set ptest1=1 WHERE ptest2=3
%%
INSERT INTO PKTABLE VALUES (1, 3, NULL, 'test2')
%%
-- Try to update something that should not set null
UPDATE PKTABLE set ptest2=2 WHERE ptest2=3 and ptest1=1
%%
-- Try to update something that will set default
UPDATE PKTABLE set ptest1=0, ptest2=-1, ptest3=-2 where ptest2=2
%%
CREATE TABLE FKTABLE (tid int, id int, foo int, FOREIGN KEY (tid, id) REFERENCES PKTABLE ON DELETE SET NULL (foo))
%%
INSERT INTO FKTABLE VALUES
  (1, 1, 1, NULL),
  (1, 2, NULL, 2)
%%
CREATE TABLE FKTABLE_FAIL1 ( ftest1 int, CONSTRAINT fkfail1 FOREIGN KEY (ftest2) REFERENCES PKTABLE)
%%
-- Test for referencing column number smaller than referenced constraint
CREATE TABLE PKTABLE (ptest1 int, ptest2 int, UNIQUE(ptest1, ptest2))
%%
-- This next should fail, because int=inet does not exist
CREATE TABLE FKTABLE (ftest1 inet REFERENCES pktable)
%%
-- should succeed
UPDATE FKTABLE SET ftest1 = ftest1 + 1
%%
-- Two columns, two tables
CREATE TABLE PKTABLE (ptest1 int, ptest2 inet, PRIMARY KEY(ptest1, ptest2))
%%
-- As does this...
CREATE TABLE FKTABLE (ftest1 int, ftest2 inet, FOREIGN KEY(ftest2, ftest1) REFERENCES pktable(ptest1, ptest2))
%%
-- Two columns, same table
-- Make sure this still works...
CREATE TABLE PKTABLE (ptest1 int, ptest2 inet, ptest3 int, ptest4 inet, PRIMARY KEY(ptest1, ptest2), FOREIGN KEY(ptest3,
ptest4) REFERENCES pktable(ptest1, ptest2))
%%
-- Not this one either... Same as the last one except we didn't defined the columns being referenced.
CREATE TABLE PKTABLE (ptest1 int, ptest2 inet, ptest3 int, ptest4 inet, PRIMARY KEY(ptest1, ptest2), FOREIGN KEY(ptest4,
ptest3) REFERENCES pktable)
%%
-- now some ins, upd, del
insert into pktable(base1) values (1)
%%
-- okay, let's try an update that should work.
update pktable set base1=base1*4 where base1<3
%%
--  let's insert a non-existent fktable value
insert into fktable(ftest1, ftest2) values (3, 1)
%%
insert into pktable (base1, ptest1, base2, ptest2) values (1, 1, 1, 1)
%%
create table pktable(ptest1 inet, primary key(base1, ptest1)) inherits (pktable_base)
%%
create table fktable(ftest1 int, ftest2 inet, foreign key(ftest1, ftest2) references pktable(ptest1, base1))
%%
--
-- Deferrable constraints
--

-- deferrable, explicitly deferred
CREATE TABLE pktable (
	id		INT4 PRIMARY KEY,
	other	INT4
)
%%
DROP TABLE pktable, fktable
%%
-- nor to int4
ALTER TABLE fktable ADD CONSTRAINT fk_2_1
FOREIGN KEY (x2) REFERENCES pktable(id1)
%%
-- text is compatible with varchar
ALTER TABLE fktable ADD CONSTRAINT fk_4_2
FOREIGN KEY (x4) REFERENCES pktable(id2)
%%
ALTER TABLE fktable ADD CONSTRAINT fk_253_213
FOREIGN KEY (x2,x5,x3) REFERENCES pktable(id2,id1,id3)
%%
CREATE TEMP TABLE fktable (
    id int primary key,
    fk int references pktable deferrable initially deferred
)
%%
-- Roll back the UPDATE
ROLLBACK TO savept1
%%
-- illegal option
ALTER TABLE fktable ALTER CONSTRAINT fktable_fk_fkey NOT DEFERRABLE INITIALLY DEFERRED
%%
INSERT INTO tasks VALUES (1,1,NULL,NULL)
%%
UPDATE users SET id = 4 WHERE id = 3
%%
insert into selfref (a, b)
values
    (0, 0),
    (1, 1)
%%
create temp table defc (f1 int default 0
                        references defp on delete set default)
%%
delete from defp where f1 = 2
%%
insert into pp values(12)
%%
-- fail
drop table pp, cc
%%
create rule r1 as on delete to t1 do delete from t2 where t2.b = old.a
%%
create table fktable2 (d int, e int, foreign key (d, e) references pktable2)
%%
update pktable2 set d = 5
%%
create table fktable2 (
  a int,
  b int,
  very_very_long_column_name_to_exceed_63_characters int,
  foreign key (very_very_long_column_name_to_exceed_63_characters) references pktable1,
  foreign key (a, very_very_long_column_name_to_exceed_63_characters) references pktable2,
  foreign key (a, very_very_long_column_name_to_exceed_63_characters) references pktable2
)
%%
create table fktable2(f1 int references pktable2 deferrable initially deferred)
%%
alter table fktable2 drop constraint fktable2_f1_fkey
%%
insert into pktable2 values ('-0', '-0')
%%
update pktable2 set a = '0' where a = '-0'
%%
ALTER TABLE fk_partitioned_fk DROP COLUMN fdrop1
%%
ALTER TABLE fk_partitioned_fk ADD FOREIGN KEY (a, b) REFERENCES fk_notpartitioned_pk
%%
CREATE TABLE fk_partitioned_fk_3 (fdrop1 int, fdrop2 int, fdrop3 int, fdrop4 int, b int, a int)
  PARTITION BY HASH (a)
%%
ALTER TABLE fk_partitioned_fk ATTACH PARTITION fk_partitioned_fk_3
  FOR VALUES FROM (2000,2000) TO (3000,3000)
%%
INSERT INTO fk_partitioned_fk_1 (a,b) VALUES (500, 501)
%%
-- this update fails because there is no referenced row
UPDATE fk_partitioned_fk SET a = a + 1 WHERE a = 2501
%%
-- done.
DROP TABLE fk_notpartitioned_pk, fk_partitioned_fk
%%
INSERT INTO fk_notpartitioned_pk VALUES (1)
%%
-- Test some other exotic foreign key features: MATCH SIMPLE, ON UPDATE/DELETE
-- actions
CREATE TABLE fk_notpartitioned_pk (a int, b int, primary key (a, b))
%%
CREATE TABLE fk_partitioned_fk_2 PARTITION OF fk_partitioned_fk FOR VALUES IN (1500,1502)
%%
-- this always works
INSERT INTO fk_partitioned_fk (a,b) VALUES (NULL, NULL)
%%
ALTER TABLE fk_partitioned_fk_full ADD FOREIGN KEY (x, y) REFERENCES fk_notpartitioned_pk MATCH FULL
%%
UPDATE fk_notpartitioned_pk SET a = a + 1 WHERE a = 2502
%%
ALTER TABLE fk_partitioned_fk ADD FOREIGN KEY (a, b)
  REFERENCES fk_notpartitioned_pk
  ON DELETE SET DEFAULT ON UPDATE SET DEFAULT
%%
DELETE FROM fk_notpartitioned_pk WHERE b = 142857
%%
SELECT * FROM fk_partitioned_fk ORDER BY a
%%
ALTER TABLE fk_partitioned_fk DETACH PARTITION fk_partitioned_fk_2
%%
ALTER TABLE fk_partitioned_fk_2 DROP COLUMN c
%%
ALTER TABLE fk_partitioned_fk_4 ATTACH PARTITION fk_partitioned_fk_4_2 FOR VALUES FROM (100,100) TO (1000,1000)
%%
CREATE TABLE fk_partitioned_fk_5_1 (a int, b int, FOREIGN KEY (a, b) REFERENCES fk_notpartitioned_pk)
%%
-- this one has two constraints, similar but not quite the one in the parent,
-- so it gets a new one
-- verify that it works to reattaching a child with multiple candidate
-- constraints
ALTER TABLE fk_partitioned_fk_5 DETACH PARTITION fk_partitioned_fk_5_1
%%
INSERT INTO fk_partitioned_fk_2 VALUES (1600, 601), (1600, 1601)
%%
create table other_partitioned_fk(a int, b int) partition by list (a)
%%
insert into fk_notpartitioned_pk (a, b)
  select 2048, x from generate_series(1,10) x
%%
--
-- Test self-referencing foreign key with partition.
-- This should create only one fk constraint per partition
--
CREATE TABLE parted_self_fk (
    id bigint NOT NULL PRIMARY KEY,
    id_abc bigint,
    FOREIGN KEY (id_abc) REFERENCES parted_self_fk(id)
)
PARTITION BY RANGE (id)
%%
CREATE TABLE part3_self_fk (	-- a partitioned partition
	id bigint NOT NULL PRIMARY KEY,
	id_abc bigint
) PARTITION BY RANGE (id)
%%
ALTER TABLE part3_self_fk ATTACH PARTITION part33_self_fk FOR VALUES FROM (30) TO (40)
%%
alter table fkpart0.fk_part add foreign key (a) references fkpart0.pkey
%%
create table fkpart0.fk_part_4 partition of fkpart0.fk_part for values in (4)
%%
alter table fkpart0.fk_part_56 drop constraint fk_part_a_fkey
%%
insert into fkpart1.fk_part values (1)
%%
create table fkpart1.fk_part_1_2 partition of fkpart1.fk_part_1 for values in (2)
%%
alter table fkpart2.fk_part_1 drop constraint fkey
%%
set constraints fkpart3.fkey deferred
%%
delete from fkpart3.fk_part
%%
CREATE TABLE pk (a int PRIMARY KEY) PARTITION BY RANGE (a)
%%
ALTER TABLE pk2 ALTER a SET NOT NULL
%%
ALTER TABLE fk ADD FOREIGN KEY (a) REFERENCES pk
%%
CREATE TABLE pk3 PARTITION OF pk FOR VALUES FROM (2000) TO (3000)
%%
ALTER TABLE pk5 DROP COLUMN b, DROP COLUMN c
%%
CREATE TABLE fk3 PARTITION OF fk FOR VALUES FROM (3500) TO (5000)
%%
UPDATE pk SET a = 2 WHERE a = 1
%%
-- dropping/detaching PARTITIONs is prevented if that would break
-- a foreign key's existing data
CREATE TABLE droppk (a int PRIMARY KEY) PARTITION BY RANGE (a)
%%
CREATE TABLE droppk21 PARTITION OF droppk2 FOR VALUES FROM (1000) TO (1400)
%%
INSERT into dropfk VALUES (1), (1000), (1500), (2000)
%%
ALTER TABLE droppk DETACH PARTITION droppk2
%%
DROP TABLE droppk1
%%
-- Verify that initial constraint creation and cloning behave correctly
CREATE SCHEMA fkpart5
%%
CREATE TABLE pk11 PARTITION OF pk1 FOR VALUES IN (1)
%%
CREATE TABLE pk2 PARTITION OF pk FOR VALUES IN (2)
%%
ALTER TABLE pk32 DROP COLUMN b
%%
CREATE TABLE fk3 (b int, a int)
%%
CREATE TABLE fk4 (LIKE fk)
%%
SET search_path TO fkpart9
%%
DELETE FROM fk WHERE a = 1
%%
CREATE TABLE ref2 PARTITION OF ref FOR VALUES in (2)
%%
INSERT INTO ref VALUES(1,2,3)
%%
CREATE TABLE ref1_2 PARTITION OF ref FOR VALUES IN (1, 2) PARTITION BY list (f2)
%%
ALTER TABLE ref22 ALTER CONSTRAINT ref_f1_f2_fkey
  DEFERRABLE INITIALLY IMMEDIATE
%%
CREATE TABLE ref(f1 int, f2 int, f3 int)
%%
ALTER TABLE ref ALTER CONSTRAINT ref_f1_f2_fkey1
  DEFERRABLE INITIALLY DEFERRED
%%
CREATE TABLE pk1 PARTITION OF pk FOR VALUES FROM (1) TO (100) PARTITION BY RANGE (a)
%%
CREATE TABLE fk11 PARTITION OF fk1 FOR VALUES FROM (1) TO (10)
%%
UPDATE pk SET a = 20
%%
ALTER TABLE fk ADD FOREIGN KEY (a) REFERENCES pk ON UPDATE SET NULL ON DELETE SET NULL
%%
DELETE FROM pk WHERE a = 20 RETURNING *
%%
-- test for reported bug: relispartition not set
-- https://postgr.es/m/CA+HiwqHMsRtRYRWYTWavKJ8x14AFsv7bmAV46mYwnfD3vy8goQ@mail.gmail.com
CREATE SCHEMA fkpart7
  CREATE TABLE pkpart (a int) PARTITION BY LIST (a)
  CREATE TABLE pkpart1 PARTITION OF pkpart FOR VALUES IN (1)
%%
DROP SCHEMA fkpart7 CASCADE
%%
ALTER TABLE fkpart8.tbl2 DROP CONSTRAINT tbl2_f1_fkey
%%
INSERT INTO fkpart9.fk VALUES (35)
%%
INSERT INTO fkpart10.tbl1 VALUES (0), (1)
%%
DELETE FROM fkpart10.tbl1 WHERE f1 = 0
%%
INSERT INTO fkpart10.tbl3 VALUES (-2), (-1)
%%
INSERT INTO fkpart10.tbl5 VALUES (0)
%%
CREATE TABLE fkpart11.pk12 (b text, c int, a int NOT NULL)
%%
INSERT INTO fkpart11.fk VALUES (1), (3)
%%
SELECT tableoid::pg_catalog.regclass, * FROM fkpart11.fk
%%
DELETE FROM fkpart11.fk WHERE a = 4
%%
SELECT tableoid::pg_catalog.regclass, * FROM fkpart11.pk
%%
-- check that regular and deferrable AR triggers on the PK tables
-- still work as expected
CREATE FUNCTION fkpart11.print_row () RETURNS TRIGGER LANGUAGE plpgsql AS $$
  BEGIN
    RAISE NOTICE 'TABLE: %, OP: %, OLD: %, NEW: %', TG_RELNAME, TG_OP, OLD, NEW;
    RETURN NULL;
  END;
$$
%%
CREATE CONSTRAINT TRIGGER trig_upd_fk_parted AFTER UPDATE ON fkpart11.fk_parted INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fkpart11.print_row()
%%
DROP SCHEMA fkpart11 CASCADE
%%
-- group by unique not null (fail/todo)
SELECT id, keywords, title, body, created
FROM articles
GROUP BY title
%%
-- group by something else (fail)
SELECT a.id, a.keywords, a.title, a.body, a.created
FROM articles AS a, articles_in_category AS aic
WHERE a.id = aic.article_id AND aic.category_id in (14,62,70,53,138)
GROUP BY aic.article_id, aic.category_id
%%
-- group by right table's partial primary key (fail)
SELECT aic.changed
FROM articles AS a JOIN articles_in_category AS aic ON a.id = aic.article_id
WHERE aic.category_id in (14,62,70,53,138)
GROUP BY aic.article_id
%%
-- fail
SELECT product_id, p.name, (sum(s.units) * p.price) AS sales
    FROM products p LEFT JOIN sales s USING (product_id)
    GROUP BY product_id
%%
-- OK
SELECT u.uid, u.name FROM node n
INNER JOIN users u ON u.uid = n.uid
WHERE n.type = 'blog' AND n.status = 1
GROUP BY u.uid, u.name
%%
-- fail
ALTER TABLE articles DROP CONSTRAINT articles_pkey RESTRICT
%%
--fail

DROP VIEW fdv2
%%
-- fail

DROP VIEW fdv4
%%
CREATE TABLE gtest0 (a int PRIMARY KEY, b int GENERATED ALWAYS AS (55) STORED)
%%
-- duplicate generated
CREATE TABLE gtest_err_1 (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED GENERATED ALWAYS AS (a * 3) STORED)
%%
-- invalid reference
CREATE TABLE gtest_err_3 (a int PRIMARY KEY, b int GENERATED ALWAYS AS (c * 2) STORED)
%%
-- reference to system column not allowed in generated column
-- (except tableoid, which we test below)
CREATE TABLE gtest_err_6a (a int PRIMARY KEY, b bool GENERATED ALWAYS AS (xmin <> 37) STORED)
%%
CREATE TABLE gtest_err_7d (a int PRIMARY KEY, b int GENERATED ALWAYS AS (generate_series(1, a)) STORED)
%%
-- ok
INSERT INTO gtest1 VALUES (3, 33)
%%
UPDATE gtest1 SET b = 11 WHERE a = 1
%%
DELETE FROM gtest1 WHERE a = 2000000000
%%
DROP TABLE gtestx
%%
INSERT INTO gtestm VALUES (1, 5, 100)
%%
-- views
CREATE VIEW gtest1v AS SELECT * FROM gtest1
%%
-- ok

ALTER VIEW gtest1v ALTER COLUMN b SET DEFAULT 100
%%
-- inheritance
CREATE TABLE gtest1_1 () INHERITS (gtest1)
%%
CREATE TABLE gtest_normal_child (a int, b int GENERATED ALWAYS AS (a * 2) STORED) INHERITS (gtest_normal)
%%
-- test inheritance mismatches between parent and child
CREATE TABLE gtestx (x int, b int DEFAULT 10) INHERITS (gtest1)
%%
ALTER TABLE gtestxx_1 INHERIT gtest1
%%
ALTER TABLE gtestxx_4 INHERIT gtest1
%%
CREATE TABLE gtesty (x int, b int)
%%
-- ok

-- test correct handling of GENERATED column that's only in child
CREATE TABLE gtestp (f1 int)
%%
UPDATE gtestp SET f1 = f1 * 10
%%
SELECT * FROM gtest3 ORDER BY a
%%
SELECT * FROM gtest3a ORDER BY a
%%
COPY gtest1 TO stdout
%%
COPY gtest3 (a, b) FROM stdin
%%
SELECT point(f1) AS center
   FROM CIRCLE_TBL
%%
-- "is horizontal" operator
SELECT p1.f1
   FROM POINT_TBL p1
   WHERE p1.f1 ?- point '(0,0)'
%%
-- Add point
SELECT p1.f1, p2.f1, p1.f1 + p2.f1 FROM POINT_TBL p1, POINT_TBL p2
%%
-- Divide by point
SELECT p1.f1, p2.f1, p1.f1 / p2.f1 FROM POINT_TBL p1, POINT_TBL p2 WHERE p2.f1[0] BETWEEN 1 AND 1000
%%
-- Distance to line segment
SELECT p.f1, l.s, p.f1 <-> l.s AS dist_ps, l.s <-> p.f1 AS dist_sp FROM POINT_TBL p, LSEG_TBL l
%%
-- Construct line through two points
SELECT p1.f1, p2.f1, line(p1.f1, p2.f1)
  FROM POINT_TBL p1, POINT_TBL p2 WHERE p1.f1 <> p2.f1
%%
-- On line
SELECT p.f1, l.s FROM POINT_TBL p, LINE_TBL l WHERE p.f1 <@ l.s
%%
-- Horizontal
SELECT s FROM LINE_TBL WHERE ?- s
%%
-- Distance to line
SELECT l1.s, l2.s, l1.s <-> l2.s FROM LINE_TBL l1, LINE_TBL l2
%%
-- Closest point to line segment
SELECT l.s, l1.s, l.s ## l1.s FROM LINE_TBL l, LSEG_TBL l1
%%
-- Horizontal
SELECT s FROM LSEG_TBL WHERE ?- s
%%
-- Has points less than or equal to line segment
SELECT l1.s, l2.s FROM LSEG_TBL l1, LSEG_TBL l2 WHERE l1.s <= l2.s
%%
-- Has points not equal to line segment
SELECT l1.s, l2.s FROM LSEG_TBL l1, LSEG_TBL l2 WHERE l1.s != l2.s
%%
-- Distance to line segment
SELECT l1.s, l2.s, l1.s <-> l2.s FROM LSEG_TBL l1, LSEG_TBL l2
%%
-- Intersection point with line segment
SELECT l1.s, l2.s, l1.s # l2.s FROM LSEG_TBL l1, LSEG_TBL l2
%%
-- On box
SELECT l.s, b.f1 FROM LSEG_TBL l, BOX_TBL b WHERE l.s <@ b.f1
%%
-- Multiply with point
SELECT b.f1, p.f1, b.f1 * p.f1 FROM BOX_TBL b, POINT_TBL p WHERE p.f1[0] BETWEEN 1 AND 1000
%%
SELECT bound_box(a.f1, b.f1)
	FROM BOX_TBL a, BOX_TBL b
%%
-- Diagonal
SELECT f1, diagonal(f1) FROM BOX_TBL
%%
-- Length
SELECT f1, @-@ f1 FROM PATH_TBL
%%
-- Has points less than or equal to path
SELECT p1.f1, p2.f1 FROM PATH_TBL p1, PATH_TBL p2 WHERE p1.f1 <= p2.f1
%%
-- Add path
SELECT p1.f1, p2.f1, p1.f1 + p2.f1 FROM PATH_TBL p1, PATH_TBL p2
%%
-- Divide by point
SELECT p.f1, p1.f1, p.f1 / p1.f1 FROM PATH_TBL p, POINT_TBL p1 WHERE p1.f1[0] BETWEEN 1 AND 1000
%%
SELECT p.f1, poly.f1, p.f1 <@ poly.f1 AS contained
   FROM POLYGON_TBL poly, POINT_TBL p
%%
SELECT f1 AS open_path, polygon( pclose(f1)) AS polygon
   FROM PATH_TBL
   WHERE isopen(f1)
%%
-- Contained by polygon
SELECT p1.f1, p2.f1 FROM POLYGON_TBL p1, POLYGON_TBL p2 WHERE p1.f1 <@ p2.f1
%%
-- Overlap of left of polygon
SELECT p1.f1, p2.f1 FROM POLYGON_TBL p1, POLYGON_TBL p2 WHERE p1.f1 &< p2.f1
%%
-- Overlap or below polygon
SELECT p1.f1, p2.f1 FROM POLYGON_TBL p1, POLYGON_TBL p2 WHERE p1.f1 &<| p2.f1
%%
--
-- Circles
--

SELECT circle(f1, 50.0)
   FROM POINT_TBL
%%
-- To polygon
SELECT f1, f1::polygon FROM CIRCLE_TBL WHERE f1 >= '<(0,0),1>'
%%
-- Overlap with circle
SELECT c1.f1, c2.f1 FROM CIRCLE_TBL c1, CIRCLE_TBL c2 WHERE c1.f1 && c2.f1
%%
-- Overlap or right of circle
SELECT c1.f1, c2.f1 FROM CIRCLE_TBL c1, CIRCLE_TBL c2 WHERE c1.f1 &> c2.f1
%%
-- Above circle
SELECT c1.f1, c2.f1 FROM CIRCLE_TBL c1, CIRCLE_TBL c2 WHERE c1.f1 |>> c2.f1
%%
-- Area not equal with circle
SELECT c1.f1, c2.f1 FROM CIRCLE_TBL c1, CIRCLE_TBL c2 WHERE c1.f1 != c2.f1
%%
-- Area greater than or equal circle
SELECT c1.f1, c2.f1 FROM CIRCLE_TBL c1, CIRCLE_TBL c2 WHERE c1.f1 >= c2.f1
%%
-- Divide by point
SELECT c.f1, p.f1, c.f1 / p.f1 FROM CIRCLE_TBL c, POINT_TBL p WHERE p.f1[0] BETWEEN 1 AND 1000
%%
-- Check index behavior for circles

CREATE INDEX gcircleind ON circle_tbl USING gist (f1)
%%
SELECT * FROM polygon_tbl WHERE f1 @> '((1,1),(2,2),(2,1))'::polygon
    ORDER BY (poly_center(f1))[0]
%%
insert into gin_test_tbl select array[1, 2, g] from generate_series(1, 20000) g
%%
-- nothing to flush

-- Test vacuuming
delete from gin_test_tbl where i @> array[2]
%%
-- Very weak test for gin_fuzzy_search_limit
set gin_fuzzy_search_limit = 1000
%%
-- Test optimization of empty queries
create temp table t_gin_test_tbl(i int4[], j int4[])
%%
select * from t_gin_test_tbl where array[0] <@ i
%%
create function explain_query_json(query_sql text)
returns table (explain_line json)
language plpgsql as
$$
begin
  set enable_seqscan = off;
  set enable_bitmapscan = on;
  return query execute 'EXPLAIN (ANALYZE, FORMAT json) ' || query_sql;
end;
$$
%%
select gin_clean_pending_list('t_gin_test_tbl_i_j_idx') is not null
%%
explain (costs off)
select count(*) from t_gin_test_tbl where j @> '{}'::int[]
%%
drop table t_gin_test_tbl
%%
-- Verify the fillfactor and buffering options
create index gist_pointidx2 on gist_point_tbl using gist(p) with (buffering = on, fillfactor=50)
%%
-- Make sure bad values are refused
create index gist_pointidx5 on gist_point_tbl using gist(p) with (buffering = invalid_value)
%%
-- To test vacuum, delete some entries from all over the index.
delete from gist_point_tbl where id % 2 = 1
%%
reindex index gist_pointidx
%%
set enable_indexonlyscan=on
%%
-- Also test an index-only knn-search
explain (costs off)
select p from gist_tbl where p <@ box(point(0,0), point(0.5, 0.5))
order by p <-> point(0.201, 0.201)
%%
-- Check case with multiple rescans (bug #14641)
explain (costs off)
select p from
  (values (box(point(0,0), point(0.5,0.5))),
          (box(point(0.5,0.5), point(0.75,0.75))),
          (box(point(0.8,0.8), point(1.0,1.0)))) as v(bb)
cross join lateral
  (select p from gist_tbl where p <@ bb order by p <-> bb[0] limit 2) ss
%%
-- check that the planner chooses an index-only scan
explain (costs off)
select b from gist_tbl where b <@ box(point(5,5), point(6,6))
%%
-- Check commuted case as well
explain (costs off)
select b from gist_tbl where b <@ box(point(5,5), point(6,6))
order by point(5.2, 5.91) <-> b
%%
explain (costs off)
select p, c from gist_tbl
where p <@ box(point(5,5), point(6, 6))
%%
explain (verbose, costs off)
select circle(p,1) from gist_tbl
where p <@ box(point(5, 5), point(5.3, 5.3))
%%
-- Also check that use_physical_tlist doesn't trigger in such cases.
explain (verbose, costs off)
select count(*) from gist_tbl
%%
-- Force an index build using buffering.
create index gist_tbl_box_index_forcing_buffering on gist_tbl using gist (p)
  with (buffering=on, fillfactor=50)
%%
--
-- grouping sets
--

-- test data sources

create temp view gstest1(a,b,v)
  as values (1,1,10),(1,1,11),(1,2,12),(1,2,13),(1,3,14),
            (2,3,15),
            (3,3,16),(3,4,17),
            (4,1,18),(4,1,19)
%%
copy gstest3 from stdin
%%
create temp table gstest_empty (a integer, b integer, v integer)
%%
select a, b, grouping(a,b), sum(v), count(*), max(v)
  from gstest1 group by rollup (a,b) order by b desc, a
%%
-- nesting with window functions
select a, b, sum(c), sum(sum(c)) over (order by a,b) as rsum
  from gstest2 group by rollup (a,b) order by rsum, a, b
%%
select sum(c) from gstest2
  group by grouping sets(a, grouping sets(a, cube(b)))
  order by 1 desc
%%
select sum(c) from gstest2
  group by grouping sets(grouping sets(a, grouping sets(a, grouping sets(a), ((a)), a, grouping sets(a), (a)), a))
  order by 1 desc
%%
select a, b, sum(v), count(*) from gstest_empty group by grouping sets ((a,b),(),(),())
%%
select t1.a, t2.b, grouping(t1.a, t2.b), sum(t1.v), max(t2.a)
  from gstest1 t1 join gstest2 t2 on (t1.a=t2.a)
 group by grouping sets ((t1.a, t2.b), ())
%%
select g as alias1, g as alias2
  from generate_series(1,3) g
 group by alias1, rollup(alias2)
%%
select x, not x as not_x, q2 from
  (select *, q1 = 1 as x from int8_tbl i1) as t
  group by grouping sets(x, q2)
  order by x, q2
%%
select grouping(ss.x)
from int8_tbl i1
cross join lateral (select (select i1.q1) as x) ss
group by ss.x
%%
select *
  from (values (1),(2)) v(x),
       lateral (select a, b, sum(v.x) from gstest_data(v.x) group by rollup (a,b)) s
%%
-- Nested queries with 3 or more levels of nesting
select(select (select grouping(a,b) from (values (1)) v2(c)) from (values (1,2)) v1(a,b) group by (a,b)) from (values(6,7)) v3(e,f) GROUP BY ROLLUP(e,f)
%%
select a, b from (values (1,2),(2,3)) v(a,b) group by a,b, grouping sets(a)
%%
select a, b, sum(c), sum(sum(c)) over (order by a,b) as rsum
  from gstest2 group by cube (a,b) order by rsum, a, b
%%
-- Agg level check. This query should error out.
select (select grouping(a,b) from gstest2) from gstest2 group by a,b
%%
select a,count(*) from gstest2 group by rollup(a) having a is distinct from 1 order by a
%%
-- HAVING with GROUPING queries
select ten, grouping(ten) from onek
group by grouping sets(ten) having grouping(ten) >= 0
order by 2,1
%%
select ten, grouping(ten) from onek
group by (ten) having grouping(ten) >= 0
order by 2,1
%%
-- Grouping on text columns
select sum(ten) from onek group by two, rollup(four::text) order by 1
%%
-- simple cases

select a, b, grouping(a,b), sum(v), count(*), max(v)
  from gstest1 group by grouping sets ((a),(b)) order by 3,1,2
%%
-- shouldn't try and hash
explain (costs off)
  select a, b, grouping(a,b), array_agg(v order by v)
    from gstest1 group by cube(a,b)
%%
select unhashable_col, unsortable_col,
       grouping(unhashable_col, unsortable_col),
       count(*), sum(v)
  from gstest4 group by grouping sets ((v,unhashable_col),(v,unsortable_col))
 order by 3,5
%%
explain (costs off)
  select sum(v), count(*) from gstest_empty group by grouping sets ((),(),())
%%
select *
  from (values (1),(2)) v(x),
       lateral (select a, b, sum(v.x) from gstest_data(v.x) group by grouping sets (a,b)) s
%%
explain (costs off)
  select a, b, sum(v.x)
    from (values (1),(2)) v(x), gstest_data(v.x)
   group by cube (a,b) order by a,b
%%
-- Rescan logic changes when there are no empty grouping sets, so test
-- that too:
select * from (values (1),(2)) v(a) left join lateral (select v.a, four, ten, count(*) from onek group by grouping sets(four,ten)) s on true order by v.a,four,ten
%%
explain (costs off)
  select unique1,
         count(two), count(four), count(ten),
         count(hundred), count(thousand), count(twothousand),
         count(*)
    from tenk1 group by grouping sets (unique1,hundred,ten,four,two)
%%
analyze bug_16784
%%
select * from
  (values (1),(2)) v(a),
  lateral (select a, i, j, count(*) from
             bug_16784 group by cube(i,j)) s
  order by v.a, i, j
%%
explain (costs off)
select g100, g10, sum(g::numeric), count(*), max(g::text)
from gs_data_1 group by cube (g1000, g100,g10)
%%
-- Compare results

(select * from gs_hash_1 except select * from gs_group_1)
  union all
(select * from gs_group_1 except select * from gs_hash_1)
%%
-- ...which is also the default
select a, b, c
from (values (1, 2, 3), (4, null, 6), (7, 8, 9)) as t (a, b, c)
group by rollup(a, b), rollup(a, c)
order by a, b, c
%%
select (select grouping(v1)) from (values ((select 1))) v(v1) group by cube(v1)
%%
-- SET to some nondefault value
SET vacuum_cost_delay TO 40
%%
-- SET LOCAL has no effect outside of a transaction
SET LOCAL vacuum_cost_delay TO 50
%%
SAVEPOINT second_sp
%%
ROLLBACK TO second_sp
%%
--
-- Test RESET.  We use datestyle because the reset value is forced by
-- pg_regress, so it doesn't depend on the installation's configuration.
--
SET datestyle = iso, ymd
%%
-- error, not known yet
SET custom.my_guc = 42
%%
SET custom."bad-guc" = 42
%%
-- Check what happens when you try to set a "custom" GUC within the
-- namespace of an extension.
SET plpgsql.extra_foo_warnings = true
%%
SELECT relname FROM pg_class WHERE relname = 'reset_test'
%%
LISTEN foo_event
%%
SET SESSION AUTHORIZATION regress_guc_user
%%
SELECT current_user = 'regress_guc_user'
%%
select current_schemas(false)
%%
select report_guc('work_mem'), current_setting('work_mem')
%%
select myfunc(0), current_setting('work_mem')
%%
-- FAIL
select current_setting('nosuch.setting', false)
%%
-- Normally, CREATE FUNCTION should complain about invalid values in
-- function SET options; but not if check_function_bodies is off,
-- because that creates ordering hazards for pg_dump

create function func_with_bad_set() returns int as $$ select 1 $$
language sql
set default_text_search_config = no_such_config
%%
-- Test GUC categories and flag patterns
SELECT pg_settings_get_flags(NULL)
%%
-- Most query-tuning GUCs are flagged as valid for EXPLAIN.
-- default_statistics_target is an exception.
SELECT name FROM tab_settings_flags
  WHERE category ~ '^Query Tuning' AND NOT explain
  ORDER BY 1
%%
--
-- Test hash functions
--
-- When the salt is 0, the extended hash function should produce a result
-- whose low 32 bits match the standard hash function.  When the salt is
-- not 0, we should get a different result.
--

SELECT v as value, hashint2(v)::bit(32) as standard,
       hashint2extended(v, 0)::bit(32) as extended0,
       hashint2extended(v, 1)::bit(32) as extended1
FROM   (VALUES (0::int2), (1::int2), (17::int2), (42::int2)) x(v)
WHERE  hashint2(v)::bit(32) != hashint2extended(v, 0)::bit(32)
       OR hashint2(v)::bit(32) = hashint2extended(v, 1)::bit(32)
%%
SELECT v as value, hashfloat8(v)::bit(32) as standard,
       hashfloat8extended(v, 0)::bit(32) as extended0,
       hashfloat8extended(v, 1)::bit(32) as extended1
FROM   (VALUES (0), (1), (17), (42), (550273), (207112489)) x(v)
WHERE  hashfloat8(v)::bit(32) != hashfloat8extended(v, 0)::bit(32)
       OR hashfloat8(v)::bit(32) = hashfloat8extended(v, 1)::bit(32)
%%
SELECT v as value, hashtext(v)::bit(32) as standard,
       hashtextextended(v, 0)::bit(32) as extended0,
       hashtextextended(v, 1)::bit(32) as extended1
FROM   (VALUES (NULL), ('PostgreSQL'), ('eIpUEtqmY89'), ('AXKEJBTK'),
        ('muop28x03'), ('yi3nm0d73')) x(v)
WHERE  hashtext(v)::bit(32) != hashtextextended(v, 0)::bit(32)
       OR hashtext(v)::bit(32) = hashtextextended(v, 1)::bit(32)
%%
SELECT v as value, hashinet(v)::bit(32) as standard,
       hashinetextended(v, 0)::bit(32) as extended0,
       hashinetextended(v, 1)::bit(32) as extended1
FROM   (VALUES (NULL::inet), ('192.168.100.128/25'), ('192.168.100.0/8'),
        ('172.168.10.126/16'), ('172.18.103.126/24'), ('192.188.13.16/32')) x(v)
WHERE  hashinet(v)::bit(32) != hashinetextended(v, 0)::bit(32)
       OR hashinet(v)::bit(32) = hashinetextended(v, 1)::bit(32)
%%
-- array hashing with non-hashable element type
SELECT v as value, hash_array(v)::bit(32) as standard
FROM   (VALUES ('{0}'::money[])) x(v)
%%
SELECT v as value, timetz_hash(v)::bit(32) as standard,
       timetz_hash_extended(v, 0)::bit(32) as extended0,
       timetz_hash_extended(v, 1)::bit(32) as extended1
FROM   (VALUES (NULL::timetz), ('00:11:52.518762-07'), ('00:11:52.51762-08'),
        ('00:11:52.62-01'), ('00:11:52.62+01'), ('11:59:59+04')) x(v)
WHERE  timetz_hash(v)::bit(32) != timetz_hash_extended(v, 0)::bit(32)
       OR timetz_hash(v)::bit(32) = timetz_hash_extended(v, 1)::bit(32)
%%
SELECT v as value, pg_lsn_hash(v)::bit(32) as standard,
       pg_lsn_hash_extended(v, 0)::bit(32) as extended0,
       pg_lsn_hash_extended(v, 1)::bit(32) as extended1
FROM   (VALUES (NULL::pg_lsn), ('16/B374D84'), ('30/B374D84'),
        ('255/B374D84'), ('25/B379D90'), ('900/F37FD90')) x(v)
WHERE  pg_lsn_hash(v)::bit(32) != pg_lsn_hash_extended(v, 0)::bit(32)
       OR pg_lsn_hash(v)::bit(32) = pg_lsn_hash_extended(v, 1)::bit(32)
%%
SELECT v as value, jsonb_hash(v)::bit(32) as standard,
       jsonb_hash_extended(v, 0)::bit(32) as extended0,
       jsonb_hash_extended(v, 1)::bit(32) as extended1
FROM   (VALUES (NULL::jsonb),
        ('{"a": "aaa bbb ddd ccc", "b": ["eee fff ggg"], "c": {"d": "hhh iii"}}'),
        ('{"foo": [true, "bar"], "tags": {"e": 1, "f": null}}'),
        ('{"g": {"h": "value"}}')) x(v)
WHERE  jsonb_hash(v)::bit(32) != jsonb_hash_extended(v, 0)::bit(32)
       OR jsonb_hash(v)::bit(32) = jsonb_hash_extended(v, 1)::bit(32)
%%
SELECT v as value, hash_record(v)::bit(32) as standard,
       hash_record_extended(v, 0)::bit(32) as extended0,
       hash_record_extended(v, 1)::bit(32) as extended1
FROM   (VALUES (row(1, 'aaa')::hash_test_t1, row(2, 'bbb'), row(-1, 'ccc'))) x(v)
WHERE  hash_record(v)::bit(32) != hash_record_extended(v, 0)::bit(32)
       OR hash_record(v)::bit(32) = hash_record_extended(v, 1)::bit(32)
%%
SELECT v as value, hash_record_extended(v, 0)::bit(32) as extended0
FROM   (VALUES (row(1, 'aaa')::hash_test_t2)) x(v)
%%
SELECT hashfloat8('0'::float8) = hashfloat8('-0'::float8) AS t
%%
CREATE TABLE hash_name_heap (
	seqno 		int4,
	random 		name
)
%%
COPY hash_name_heap FROM :'filename'
%%
ANALYZE hash_name_heap
%%
CREATE INDEX hash_name_index ON hash_name_heap USING hash (random name_ops)
%%
create unique index hash_f8_index_2 on hash_f8_heap((seqno + 1), random)
%%
--
-- hash index
-- grep 1351610853 hash.data
--
SELECT * FROM hash_txt_heap
   WHERE hash_txt_heap.random = '1351610853'::text
%%
UPDATE hash_i4_heap
   SET seqno = 20000
   WHERE hash_i4_heap.random = 1492795354
%%
UPDATE hash_name_heap
   SET seqno = 20000
   WHERE hash_name_heap.random = '76652222'::name
%%
UPDATE hash_txt_heap
   SET seqno = 20000
   WHERE hash_txt_heap.random = '959363399'::text
%%
UPDATE hash_f8_heap
   SET seqno = 20000
   WHERE hash_f8_heap.random = '488912369'::float8
%%
CREATE INDEX hash_split_index on hash_split_heap USING HASH (keycol)
%%
MOVE BACKWARD ALL FROM c
%%
VACUUM hash_split_heap
%%
-- Index on temp table.
CREATE TEMP TABLE hash_temp_heap (x int, y int)
%%
-- Float4 type.
CREATE TABLE hash_heap_float4 (x float4, y int)
%%
-- Test out-of-range fillfactor values
CREATE INDEX hash_f8_index2 ON hash_f8_heap USING hash (random float8_ops)
	WITH (fillfactor=9)
%%
-- not partitioned
SELECT satisfies_hash_partition('tenk1'::regclass, 4, 0, NULL)
%%
-- too many arguments
SELECT satisfies_hash_partition('mchash'::regclass, 4, 0, NULL::int, NULL::text, NULL::json)
%%
-- argument via variadic syntax, should fail because not all partitioning
-- columns are of the correct type
SELECT satisfies_hash_partition('mchash'::regclass, 2, 1,
								variadic array[1,2]::int[])
%%
-- wrong type
SELECT satisfies_hash_partition('mcinthash'::regclass, 4, 0,
								variadic array[now(), now()])
%%
-- The result here should always be true, because 'xxx' must belong to
-- one of the two defined partitions
select satisfies_hash_partition('text_hashp'::regclass, 2, 0, 'xxx'::text) OR
	   satisfies_hash_partition('text_hashp'::regclass, 2, 1, 'xxx'::text) AS satisfies
%%
SHOW TimeZone
%%
-- Check Julian dates BC
SELECT date 'J1520447' AS "Confucius' Birthday"
%%
--
-- date, time arithmetic
--

SELECT date '1981-02-03' + time '04:05:06' AS "Date + Time"
%%
SELECT date '2001-12-13' - interval '2 years' AS "Subtract Two Years"
%%
SELECT timestamp without time zone '1999-03-01' - interval '1 second' AS "Feb 28"
%%
SELECT timestamp without time zone 'Jan 1, 4713 BC' + interval '109203489 days' AS "Dec 31, 294276"
%%
SELECT (timestamp without time zone 'tomorrow' > 'now') as "True"
%%
SELECT timestamptz(date '1994-01-01', time with time zone '11:00-5') AS "Jan_01_1994_8am"
%%
SELECT timestamp with time zone '1999-03-01' - interval '1 second' AS "Feb 28"
%%
SELECT (timestamp with time zone 'tomorrow' > 'now') as "True"
%%
SELECT timestamp with time zone '2005-04-03 12:00-06' - interval '1 day' as "Apr 2, 12:00"
%%
SELECT timestamptz(date '1994-01-01', time '10:00') AS "Jan_01_1994_9am"
%%
SELECT d1 - interval '1 year' AS one_year FROM TIMESTAMPTZ_TBL
%%
SELECT time '01:30' - interval '02:01' AS "23:29:00"
%%
SELECT CAST(interval '02:03' AS time with time zone) AS "02:03:00-08"
%%
SELECT CAST(cast(date 'today' + time with time zone '03:30'
  + interval '1 month 04:01' as timestamp without time zone) AS time) AS "07:31:00"
%%
-- SQL9x OVERLAPS operator
-- test with time zone
SELECT (timestamp with time zone '2000-11-27', timestamp with time zone '2000-11-28')
  OVERLAPS (timestamp with time zone '2000-11-27 12:00', timestamp with time zone '2000-11-30') AS "True"
%%
SELECT (timestamp with time zone '2000-11-27', interval '12 hours')
  OVERLAPS (timestamp with time zone '2000-11-27', interval '12 hours') AS "True"
%%
SELECT (timestamp without time zone '2000-11-27', timestamp without time zone '2000-11-28')
  OVERLAPS (timestamp without time zone '2000-11-27 12:00', interval '1 day') AS "True"
%%
-- test time and interval
SELECT (time '00:00', time '01:00')
  OVERLAPS (time '00:30', time '01:30') AS "True"
%%
-- get some candidate input values

INSERT INTO TEMP_TIMESTAMP (f1)
  SELECT d1 FROM TIMESTAMP_TBL
  WHERE d1 BETWEEN '13-jun-1957' AND '1-jan-1997'
   OR d1 BETWEEN '1-jan-1999' AND '1-jan-2010'
%%
SELECT d.f1 AS "timestamp",
   timestamp with time zone '1980-01-06 00:00 GMT' AS gpstime_zero,
   d.f1 - timestamp with time zone '1980-01-06 00:00 GMT' AS difference
  FROM TEMP_TIMESTAMP d
  ORDER BY difference
%%
--
-- Comparisons between datetime types, especially overflow cases
---

SELECT '2202020-10-05'::date::timestamp
%%
-- fail
SELECT '2202020-10-05'::date > '2020-10-05'::timestamptz as t
%%
SELECT '2020-10-05'::timestamptz >= '4714-11-24 BC'::date as t
%%
--
-- Tests for BETWEEN
--

explain (costs off)
select count(*) from date_tbl
  where f1 between '1997-01-01' and '1998-01-01'
%%
explain (costs off)
select count(*) from date_tbl
  where f1 between symmetric '1997-01-01' and '1998-01-01'
%%
--
-- Formats
--

SET DateStyle TO 'US,Postgres'
%%
INSERT INTO TIMESTAMP_TBL VALUES('13/06/1957')
%%
SELECT d1 AS european_sql FROM TIMESTAMP_TBL
%%
SELECT to_char('2012-12-12 12:00'::timestamptz, 'YYYY-MM-DD HH:MI:SS TZ')
%%
CREATE TABLE itest3 (a smallint generated by default as identity (start with 7 increment by 5), b text)
%%
SELECT pg_get_serial_sequence('itest1', 'a')
%%
-- ok
ALTER TABLE itest4 ALTER COLUMN a DROP NOT NULL
%%
-- duplicate identity
CREATE TABLE itest_err_2 (a int generated always as identity generated by default as identity)
%%
INSERT INTO itest2 DEFAULT VALUES
%%
SELECT * FROM itest2
%%
INSERT INTO itest5 VALUES (1, 'a')
%%
INSERT INTO itest5 OVERRIDING SYSTEM VALUE VALUES (-5, 'ff'), (DEFAULT, 'gg')
%%
INSERT INTO itest5 OVERRIDING USER VALUE VALUES (-5, 'fff'), (DEFAULT, 'ggg')
%%
INSERT INTO itest3 VALUES (DEFAULT, 'a')
%%
-- GENERATED ALWAYS

-- This is an error:
INSERT INTO itest2 VALUES (10, 'xyz')
%%
UPDATE itest1 SET a = DEFAULT WHERE a = 2
%%
COPY itest9 FROM stdin
%%
-- error
ALTER TABLE itest4 ALTER COLUMN a DROP IDENTITY IF EXISTS
%%
CREATE VIEW itestv10 AS SELECT * FROM itest10
%%
SELECT * FROM itestv10
%%
INSERT INTO itestv11 VALUES (10, 'xyz')
%%
-- add column to empty table
ALTER TABLE itest13 ADD COLUMN b int GENERATED BY DEFAULT AS IDENTITY
%%
-- various ALTER COLUMN tests

-- fail, not allowed for identity columns
ALTER TABLE itest1 ALTER COLUMN a SET DEFAULT 1
%%
SELECT seqtypid::regtype FROM pg_sequence WHERE seqrelid = 'itest3_a_seq'::regclass
%%
INSERT INTO itest6 DEFAULT VALUES
%%
ALTER TABLE itest6 ALTER COLUMN b SET INCREMENT BY 2
%%
SELECT * FROM itest7
%%
INSERT INTO itest7c DEFAULT VALUES
%%
ALTER TABLE itest7d ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY
%%
ALTER TABLE itest7 ALTER COLUMN a RESTART
%%
GRANT SELECT, INSERT ON itest8 TO regress_identity_user1
%%
DROP TABLE itest8
%%
ALTER TABLE itest8
  ADD COLUMN f3 int NOT NULL,
  ALTER COLUMN f3 ADD GENERATED ALWAYS AS IDENTITY,
  ALTER COLUMN f3 SET GENERATED BY DEFAULT SET INCREMENT 10
%%
ALTER TABLE itest8
  ALTER COLUMN f5 DROP IDENTITY,
  ALTER COLUMN f5 DROP NOT NULL,
  ALTER COLUMN f5 SET DATA TYPE bigint
%%
-- typed tables (currently not supported)

CREATE TYPE itest_type AS (f1 integer, f2 text, f3 bigint)
%%
CREATE TABLE itest_child PARTITION OF itest_parent (
    f3 WITH OPTIONS GENERATED ALWAYS AS IDENTITY
) FOR VALUES FROM ('2016-07-01') TO ('2016-08-01')
%%
ALTER TABLE itest14 ALTER id ADD GENERATED BY DEFAULT AS IDENTITY
%%
-- fail
CREATE TABLE itest15 (id integer GENERATED ALWAYS AS IDENTITY NOT NULL)
%%
CREATE TABLE itest16 (a int GENERATED BY DEFAULT AS IDENTITY, b text)
%%
MERGE INTO itest16 t
USING (SELECT 10 AS s_a, 'inserted by merge' AS s_b) s
ON t.a = s.s_a
WHEN NOT MATCHED THEN
	INSERT (a, b) VALUES (s.s_a, s.s_b)
%%
SELECT * FROM itest16
%%
explain (costs off)
select * from (select * from tenk1 order by four) t order by four, ten
%%
-- A single large group tested around each mode transition point.
insert into t(a, b) select i/100 + 1, i + 1 from generate_series(0, 999) n(i)
%%
delete from t
%%
-- An initial small group followed by a large group.
insert into t(a, b) select (case when i < 5 then i else 9 end), i from generate_series(1, 1000) n(i)
%%
set local enable_sort = off
%%
-- Small groups of only 1 tuple each tested around each mode transition point.
insert into t(a, b) select i, i from generate_series(1, 1000) n(i)
%%
insert into t select mod(i,10),mod(i,10),i from generate_series(1,10000) s(i)
%%
-- Incremental sort vs. set operations with varno 0
set enable_hashagg to off
%%
set min_parallel_index_scan_size = 0
%%
explain (costs off) select sub.unique1, md5(stringu1)
from tenk1, lateral (select tenk1.unique1 from generate_series(1, 1000)) as sub
order by 1, 2
%%
-- Parallel sort but with expression not available until the upper rel.
explain (costs off) select distinct sub.unique1, stringu1 || random()::text
from tenk1, lateral (select tenk1.unique1 from generate_series(1, 1000)) as sub
%%
CREATE INDEX tbl_include_reg_idx ON tbl_include_reg (c1, c2) INCLUDE (c3, c4)
%%
INSERT INTO tbl_include_unique1 SELECT x, 2*x, 3*x, box('4,4,4,4') FROM generate_series(1,10) AS x
%%
-- Unique index and unique constraint. Both must fail.
CREATE TABLE tbl_include_unique2 (c1 int, c2 int, c3 int, c4 box)
%%
-- PK constraint
CREATE TABLE tbl_include_pk (c1 int, c2 int, c3 int, c4 box)
%%
INSERT INTO tbl_include_box SELECT 1, 2*x, 3*x, box('4,4,4,4') FROM generate_series(1,10) AS x
%%
INSERT INTO tbl_include_box_pk SELECT 1, 2, 3*x, box('4,4,4,4') FROM generate_series(1,10) AS x
%%
SELECT pg_get_constraintdef(oid), conname, conkey FROM pg_constraint WHERE conrelid = 'tbl'::regclass::oid
%%
INSERT INTO tbl SELECT 1, NULL, 3*x, box('4,4,4,4') FROM generate_series(1,10) AS x
%%
explain (costs off)
select * from tbl where (c1,c2,c3) < (262,1,1) limit 1
%%
CREATE TABLE tbl (c1 int,c2 int, c3 int, c4 box,
				EXCLUDE USING btree (c1 WITH =) INCLUDE(c3,c4))
%%
ALTER TABLE tbl DROP COLUMN c3
%%
/*
 * 3.3 Test ALTER TABLE SET STATISTICS
 */
CREATE TABLE tbl (c1 int, c2 int)
%%
CREATE UNIQUE INDEX CONCURRENTLY on tbl (c1, c2) INCLUDE (c3, c4)
%%
CREATE INDEX on tbl USING gist(c3) INCLUDE (c1, c4)
%%
CREATE INDEX on tbl USING rtree(c3) INCLUDE (c1, c4)
%%
-- should fail
UPDATE tbl SET c2 = 2 WHERE c1 = 1
%%
ALTER TABLE tbl ALTER c3 TYPE bigint
%%
SELECT * FROM tbl_gist where c4 <@ box(point(1,1),point(10,10))
%%
CREATE INDEX CONCURRENTLY tbl_gist_idx ON tbl_gist using gist (c4) INCLUDE (c1,c2,c3)
%%
UPDATE tbl_gist SET c1 = 100 WHERE c1 = 2
%%
/*
 * 6. EXCLUDE constraint.
 */
CREATE TABLE tbl_gist (c1 int, c2 int, c3 int, c4 box, EXCLUDE USING gist (c4 WITH &&) INCLUDE (c1, c2, c3))
%%
select relhassubclass from pg_class where relname = 'idxpart_idx'
%%
create table idxpart2 partition of idxpart for values from (10) to (100)
	partition by range (b)
%%
select relname, relkind, relhassubclass, inhparent::regclass
    from pg_class left join pg_index ix on (indexrelid = oid)
	left join pg_inherits on (ix.indexrelid = inhrelid)
	where relname like 'idxpart%' order by relname
%%
CREATE INDEX ON idxpart (col1)
%%
-- Verify bugfix with index rewrite on ALTER TABLE / SET DATA TYPE
-- https://postgr.es/m/CAKcux6mxNCGsgATwf5CGMF8g4WSupCXicCVMeKUTuWbyxHOMsQ@mail.gmail.com
CREATE TABLE idxpart (a INT, b TEXT, c INT) PARTITION BY RANGE(a)
%%
ALTER TABLE idxpart ALTER COLUMN c TYPE numeric
%%
alter table idxpart attach partition idxpart1 for values from (0) to (10)
%%
alter index idxpart_c attach partition idxpart1_c
%%
create table idxpart1 partition of idxpart for values from (0, 0) to (10, 10)
%%
drop index idxpart1_a_idx
%%
drop table idxpart1
%%
drop index idxpart1_temp_a_idx
%%
create index idxpart1_a_b_idx on idxpart1 (a, b)
%%
alter index idxpart attach partition idxpart1
%%
alter index idxpart_a_b_idx attach partition idxpart1_tst1
%%
-- quiet

-- reject dupe
create index idxpart1_2_a_b on idxpart1 (a, b)
%%
create table idxpart1 (a int, b int)
%%
create index on idxpart1 (a, a)
%%
create index on only idxpart2 (a)
%%
alter index idxpart2_a_idx attach partition idxpart21_a_idx
%%
-- While here, also check matching when creating an index after the fact.
create index on idxpart1 ((a+b)) where d = true
%%
create index on only idxpart1 (a)
%%
-- after creating and attaching this, both idxpart1_a_idx and idxpart_a_idx
-- should become valid
create index on idxpart11 (a)
%%
alter table idxpart attach partition idxpart2 for values from (1000) to (2000)
%%
alter table idxpart detach partition idxpart3
%%
create table idxpart (a int, b int, c int) partition by range(a)
%%
drop table idxpart, idxpart2
%%
-- Verify behavior for collation (mis)matches
create table idxpart (a text) partition by range (a)
%%
alter table idxpart attach partition idxpart1 for values from ('aaa') to ('bbb')
%%
create table idxpart4 partition of idxpart for values from ('ddd') to ('eee')
%%
-- must reject
alter index idxpart_a_idx attach partition idxpart2_a_idx
%%
alter table idxpart1 drop column col1, drop column col2, drop column col3
%%
-- test expressions and partial-index predicate, too
create index idxpart_2_idx on only idxpart ((b + a)) where a > 1
%%
alter index idxpart_1_idx attach partition idxpart1_1b_idx
%%
-- fail
alter index idxpart_2_idx attach partition idxpart1_2_idx
%%
create index on idxpart2 (c, b)
%%
create table idxpart2 (col1 int, col2 int, b int, a int)
%%
create index on idxpart (abs(b))
%%
create table idxpart1 (col1 int, col2 int, col3 int, col4 int, b int, a int)
%%
-- Column number mapping: dropped columns in the partition
create table idxpart1 (drop_1 int, drop_2 int, col_keep int, drop_3 int)
%%
create index on idxpart1 (col_keep)
%%
-- Column number mapping: dropped columns in the parent table
create table idxpart(drop_1 int, drop_2 int, col_keep int, drop_3 int) partition by range (col_keep)
%%
create table idxpart1 (col_keep int)
%%
-- Failing to use the full partition key is not allowed
create table idxpart (a int unique, b int) partition by range (a, b)
%%
-- OK if you use them in some other order
create table idxpart (a int, b int, c text, primary key  (a, b, c)) partition by range (b, c, a)
%%
-- use ALTER TABLE to add a primary key
create table idxpart (a int, b int, c text) partition by range (a, b)
%%
-- not an incomplete one though
alter table idxpart add unique (b, a)
%%
create table idxpart3 (b int not null, a int not null)
%%
-- Ditto for the ATTACH PARTITION case
create table idxpart (a int unique, b int) partition by range (a)
%%
-- If a partitioned table has a unique/PK constraint, then it's not possible
-- to drop the corresponding constraint in the children; nor it's possible
-- to drop the indexes individually.  Dropping the constraint in the parent
-- gets rid of the lot.
create table idxpart (i int) partition by hash (i)
%%
alter table idxpart add primary key(i)
%%
-- fail
alter table idxpart0 drop constraint idxpart0_pkey
%%
ALTER TABLE idxpart1 ADD PRIMARY KEY (c1, c2)
%%
drop table idxpart, idxpart1, idxpart11
%%
alter table only idxpart add primary key (a)
%%
-- fail, no NOT NULL constraint
alter table idxpart0 alter column a set not null
%%
alter index idxpart_pkey attach partition idxpart1_a_idx
%%
create unique index on idxpart (a)
%%
insert into idxpart (b, a) values ('one', 142857), ('two', 285714)
%%
create table idxpart_another_1 partition of idxpart_another for values from (0) to (100)
%%
create table idxpart32 partition of idxpart3 for values from (1200) to (1400)
%%
create table pk5 (like pk) partition by range (a)
%%
create table covidxpart2 partition of covidxpart for values in (2)
%%
alter table covidxpart attach partition covidxpart3 for values in (3)
%%
alter table covidxpart attach partition covidxpart4 for values in (4)
%%
alter table parted_pk_detach_test1 drop constraint parted_pk_detach_test1_pkey
%%
create table parted_uniq_detach_test1 partition of parted_uniq_detach_test for values in (1)
%%
-- check that dropping a column takes with it any partitioned indexes
-- depending on it.
create table parted_index_col_drop(a int, b int, c int)
  partition by list (a)
%%
create index on parted_index_col_drop (b)
%%
drop table parted_index_col_drop
%%
create table parted_inval_tab_1_1 partition of parted_inval_tab_1
  for values from (0) to (10)
%%
select indexrelid::regclass, indisvalid,
       indrelid::regclass, inhparent::regclass
  from pg_index idx left join
       pg_inherits inh on (idx.indexrelid = inh.inhrelid)
  where indexrelid::regclass::text like 'parted_inval%'
  order by indexrelid::regclass::text collate "C"
%%
create table parted_isvalid_tab_2 partition of parted_isvalid_tab
  for values from (10) to (20) partition by range (a)
%%
create index concurrently parted_isvalid_idx_11 on parted_isvalid_tab_11 ((a/b))
%%
create table parted_replica_tab_1 partition of parted_replica_tab
  for values from (1) to (10) partition by range (id)
%%
-- This triggers an update of pg_index.indisreplident for parted_replica_idx.
alter table only parted_replica_tab_1 replica identity
  using index parted_replica_idx_1
%%
-- parted_replica_idx becomes valid here.
alter index parted_replica_idx_1 ATTACH PARTITION parted_replica_idx_11
%%
INSERT INTO indtoasttest(descr, f1, f2) VALUES('two-compressed', repeat('1234567890',1000), repeat('1234567890',1000))
%%
-- modification without modifying assigned value
UPDATE indtoasttest SET cnt = cnt +1, f1 = f1 RETURNING substring(indtoasttest::text, 1, 200)
%%
-- check we didn't screw with main/toast tuple visibility
VACUUM FREEZE indtoasttest
%%
DROP TABLE indtoasttest
%%
CREATE TABLE INET_TBL (c cidr, i inet)
%%
-- now test some support functions

SELECT i AS inet, host(i), text(i), family(i) FROM INET_TBL
%%
SELECT c AS cidr, masklen(c) AS "masklen(cidr)",
  i AS inet, masklen(i) AS "masklen(inet)" FROM INET_TBL
%%
SELECT max(i) AS max, min(i) AS min FROM INET_TBL
%%
EXPLAIN (COSTS OFF)
SELECT * FROM inet_tbl WHERE i<<'192.168.1.0/24'::cidr
%%
EXPLAIN (COSTS OFF)
SELECT * FROM inet_tbl WHERE '192.168.1.0/24'::cidr >>= i
%%
SET enable_seqscan TO on
%%
SELECT * FROM inet_tbl WHERE i <<= '192.168.1.0/24'::cidr ORDER BY i
%%
SELECT * FROM inet_tbl WHERE i < '192.168.1.0/24'::cidr ORDER BY i
%%
SELECT * FROM inet_tbl WHERE i > '192.168.1.0/24'::cidr ORDER BY i
%%
DROP INDEX inet_idx2
%%
SELECT i, c, i & c AS "and" FROM inet_tbl
%%
SELECT i, c, i - c AS "minus" FROM inet_tbl
%%
SELECT '127.0.0.2'::inet  - ('127.0.0.2'::inet - 500)
%%
-- fix it by inet_same_family() condition
SELECT inet_merge(c, i) FROM INET_TBL WHERE inet_same_family(c, i)
%%
--
-- Test inheritance features
--
CREATE TABLE a (aa TEXT)
%%
INSERT INTO a(aa) VALUES('aaa')
%%
SELECT relname, a.* FROM a, pg_class where a.tableoid = pg_class.oid
%%
SELECT relname, a.* FROM ONLY a, pg_class where a.tableoid = pg_class.oid
%%
UPDATE a SET aa='zzzz' WHERE aa='aaaa'
%%
UPDATE a SET aa='zzzzzz' WHERE aa LIKE 'aaa%'
%%
DELETE FROM a
%%
create table some_tab_child () inherits(some_tab)
%%
create trigger some_tab_stmt_trig
  before update on some_tab execute function some_tab_stmt_trig_func()
%%
drop function some_tab_stmt_trig_func()
%%
update some_tab set a = a + 1 where false
%%
-- Check UPDATE with inherited target and an inherited source table
create temp table foo(f1 int, f2 int)
%%
insert into foo values(1,1)
%%
update bar set f2 = f2 + 100 where f1 in (select f1 from foo)
%%
insert into some_tab values (0)
%%
create table parted_tab_part2 partition of parted_tab for values in (2)
%%
select tableoid::regclass::text as relname, parted_tab.* from parted_tab order by 1,2
%%
drop table parted_tab
%%
create table mlparted_tab_part3 partition of mlparted_tab for values in (3)
%%
update mlparted_tab mlp set c = 'xxx'
from
  (select a from some_tab union all select a+1 from some_tab) ss (a)
where (mlp.a = ss.a and mlp.b = 'b') or mlp.a = 3
%%
CREATE TABLE secondparent (tomorrow date default  now() :: date  +  1)
%%
-- not ok
CREATE TABLE otherchild (tomorrow date default now())
  INHERITS (firstparent, thirdparent)
%%
select * from d
%%
alter table parent1 alter column f1 type bigint
%%
alter table p1 add constraint p2chk check (ff1 > 10)
%%
create table derived () inherits (base)
%%
select NULL::derived::base
%%
drop table derived
%%
create table c1(f3 int) inherits(p1,p2)
%%
drop table c1
%%
CREATE TABLE bc (bb TEXT) INHERITS (ac)
%%
alter table bc drop constraint ac_check
%%
-- fail, disallowed
alter table ac drop constraint ac_aa_check
%%
create table ac (a int constraint check_a check (a <> 0))
%%
alter table cc no inherit bc
%%
alter table p2 add constraint cc check (f2>0)
%%
-- fail
create table c2(f3 int) inherits(p1,p2)
%%
create table cc1 (f2 text, f3 int) inherits (pp1)
%%
drop table pp1 cascade
%%
ALTER TABLE inht1 RENAME a TO aa
%%
DROP TABLE inhts
%%
ALTER TABLE inht1 RENAME aa TO aaa
%%
DROP TABLE inht1, inhs1 CASCADE
%%
DROP TABLE test_constraints_inh
%%
ALTER TABLE test_ex_constraints DROP CONSTRAINT test_ex_constraints_c_excl
%%
CREATE TABLE test_foreign_constraints(id1 int REFERENCES test_primary_constraints(id))
%%
DROP TABLE test_foreign_constraints
%%
create table inh_fk_2 (x int primary key, y int references inh_fk_1 on delete cascade)
%%
delete from inh_fk_1 where a = 1
%%
create table p1_c1() inherits(p1)
%%
alter table p1 add constraint inh_check_constraint2 check (f1 < 10)
%%
alter table invalid_check_con_child add constraint inh_check_constraint check(f1 > 0) not valid
%%
alter table invalid_check_con_child add constraint inh_check_constraint check(f1 > 0)
%%
-- We don't drop the invalid_check_con* tables, to test dump/reload with

--
-- Test parameterized append plans for inheritance trees
--

create temp table patest0 (id, x) as
  select x, x from generate_series(0,1000) x
%%
insert into patest2
  select x, x from generate_series(0,1000) x
%%
analyze patest0
%%
select * from patest0 join (select f1 from int4_tbl limit 1) ss on id = f1
%%
create table matest1 (id integer primary key) inherits (matest0)
%%
create index matest1i on matest1 ((1-id))
%%
insert into matest3 (name) values ('Test 5')
%%
select min(1-id) from matest0
%%
--
-- Check that use of an index with an extraneous column doesn't produce
-- a plan with extraneous sorting
--

create table matest0 (a int, b int, c int, d int)
%%
-- we want a plan with two MergeAppends

explain (costs off)
select t1.* from matest0 t1, matest0 t2
where t1.b = t2.b and t2.c = t2.d
order by t1.b limit 10
%%
-- Check min/max aggregate optimization
explain (costs off)
SELECT min(x) FROM
  (SELECT unique1 AS x FROM tenk1 a
   UNION ALL
   SELECT unique2 AS x FROM tenk1 b) s
%%
SELECT
    ARRAY(SELECT f.i FROM (
        (SELECT d + g.i FROM generate_series(4, 30, 3) d ORDER BY 1)
        UNION ALL
        (SELECT d + g.i FROM generate_series(0, 30, 5) d ORDER BY 1)
    ) f(i)
    ORDER BY f.i LIMIT 10)
FROM generate_series(1, 3) g(i)
%%
insert into inhpar select x, x::text from generate_series(1,5) x
%%
select * from inhpar
%%
create table inhcld2(f1 int primary key, f2 name)
%%
select * from inhpar order by f1
%%
insert into cnullchild values(null)
%%
--
-- Check use of temporary tables with inheritance trees
--
create table inh_perm_parent (a1 int)
%%
-- error
create temp table inh_temp_child_2 () inherits (inh_temp_parent)
%%
insert into inh_temp_child_2 values (4)
%%
drop table inh_temp_parent cascade
%%
create table part_null_xy partition of list_parted for values in (null, 'xy')
%%
explain (costs off) select * from list_parted where a in ('ab', 'cd', 'ef')
%%
create table part_1_10 partition of range_list_parted for values from (1) to (10) partition by list (b)
%%
create table part_10_20_ab partition of part_10_20 for values in ('ab')
%%
create table part_21_30_cd partition of part_21_30 for values in ('cd')
%%
create table part_40_inf_null partition of part_40_inf for values in (null)
%%
explain (costs off) select * from range_list_parted where a between 3 and 23 and b in ('ab')
%%
explain (costs off) select * from range_list_parted where a >= 30
%%
create table mcrparted_def partition of mcrparted default
%%
create table mcrparted3 partition of mcrparted for values from (11, 1, 1) to (20, 10, 10)
%%
-- scans mcrparted0, mcrparted_def
explain (costs off) select * from mcrparted where a = 10 and abs(b) < 5
%%
-- scans all partitions
explain (costs off) select * from mcrparted where a = 20 and abs(b) = 10 and c > 10
%%
create index parted_minmax1i on parted_minmax1 (a, b)
%%
drop table parted_minmax
%%
-- Append is used with subpaths in reverse order with backwards index scans
explain (costs off) select * from mcrparted order by a desc, abs(b) desc, c desc
%%
create table mcrparted5_def partition of mcrparted5 default
%%
set enable_sort to off
%%
create index on mclparted (a)
%%
explain (costs off) select * from mclparted where a in(3,4,5) order by a
%%
-- Test a more complex case where the NULL partition allows some other value
drop table mclparted_null
%%
-- Ensure subplans which don't have a path with the correct pathkeys get
-- sorted correctly.
drop index mcrparted_a_abs_c_idx
%%
create index on mcrparted4 (a, abs(b), c)
%%
drop table mcrparted
%%
create index on bool_lp (b)
%%
create table bool_rp_false_1k partition of bool_rp for values from (false,0) to (false,1000)
%%
create index on bool_rp (b,a)
%%
explain (costs off) select * from bool_rp where b = false order by a
%%
create table range_parted2 partition of range_parted for values from (10,10) to (20,20)
%%
drop table range_parted
%%
alter table permtest_child attach partition permtest_grandchild for values in ('a')
%%
analyze permtest_parent
%%
set session authorization regress_no_child_access
%%
grant select(a,c) on permtest_parent to regress_no_child_access
%%
drop table permtest_parent
%%
-- remapping in both direction
CREATE TABLE errtst_child_reorder (
    data int NOT NULL DEFAULT 0,
    shdata int not null,
    partid int not null,
    CONSTRAINT shdata_small CHECK(shdata < 3),
    CHECK(data < 10)
)
%%
ALTER TABLE errtst_parent ATTACH PARTITION errtst_child_plaindef FOR VALUES FROM (10) TO (20)
%%
UPDATE errtst_parent SET data = data + 1 WHERE partid = 0
%%
-- direct leaf partition update, with partition id violation
UPDATE errtst_child_fastdef SET partid = partid + 10 WHERE partid = 0
%%
DROP TABLE errtst_parent
%%
GRANT SELECT (rolname, rolsuper) ON pg_authid TO CURRENT_USER
%%
insert into inserttest (col1, col2, col3) values (DEFAULT, 5, DEFAULT)
%%
--
-- insert with similar expression / target_list values (all fail)
--
insert into inserttest (col1, col2, col3) values (DEFAULT, DEFAULT)
%%
--
-- VALUES test
--
insert into inserttest values(10, 20, '40'), (-1, 2, DEFAULT),
    ((select 2), (select i from (values(3)) as foo (i)), 'values are fun!')
%%
--
-- tuple larger than fillfactor
--
CREATE TABLE large_tuple_test (a int, b text) WITH (fillfactor = 10)
%%
SELECT pg_size_pretty(pg_relation_size('large_tuple_test'::regclass, 'main'))
%%
insert into inserttest (f2[1], f2[2]) values (1,2)
%%
insert into inserttest (f3.if1, f3.if2) values (1,'{foo}'), (2,'{bar}')
%%
insert into inserttest (f3.if2[1], f3.if2[2]) select 'bear', 'beer'
%%
create rule irule1 as on insert to inserttest2 do also
  insert into inserttest (f3.if2[1], f3.if2[2])
  values (new.f1,new.f2)
%%
drop type insert_test_type
%%
create table part2 partition of range_parted for values from ('a', 10) to ('a', 20)
%%
-- fail
insert into part4 values ('b', 21)
%%
create table part_aa_bb partition of list_parted FOR VALUES IN ('aa', 'bb')
%%
-- ok
insert into part_cc_dd values ('cC', 1)
%%
create table part_ee_ff2 partition of part_ee_ff for values from (10) to (20)
%%
create table part_xx_yy partition of list_parted for values in ('xx', 'yy') partition by list (a)
%%
create table part_default_p1 partition of part_default for values from (20) to (30)
%%
insert into part_ee_ff2 values ('ff', 11)
%%
-- fail (partition key (b+0) is null)
insert into range_parted values ('a')
%%
insert into range_parted values ('a', null)
%%
insert into list_parted (a) values ('aA')
%%
create table part_gg2 partition of part_gg for values from (1) to (10) partition by range (b)
%%
create table part_ee_ff3_1 partition of part_ee_ff3 for values from (20) to (25)
%%
insert into list_parted select 'Ff', s.a from generate_series(1, 29) s(a)
%%
create table hpart0 partition of hash_parted for values with (modulus 4, remainder 0)
%%
insert into hash_parted values(generate_series(1,10))
%%
-- test \d+ output on a table which has both partitioned and unpartitioned
-- partitions

-- cleanup
drop table range_parted, list_parted
%%
select tableoid::regclass, a from list_parted
%%
alter table mlparted11 drop a
%%
alter table mlparted attach partition mlparted1 for values from (1, 2) to (1, 10)
%%
truncate mlparted
%%
drop trigger mlparted11_trig on mlparted11
%%
create table lparted_nonullpart_a partition of lparted_nonullpart for values in ('a')
%%
create table mlparted12 partition of mlparted1 for values from (5) to (10)
%%
create table mlparted4 (like mlparted)
%%
with ins (a, b, c) as
  (insert into mlparted (b, a) select s.a, 1 from generate_series(2, 39) s(a) returning tableoid::regclass, *)
  select a, b, min(c), max(c) from ins group by a, b order by 1
%%
alter table mlparted5 attach partition mlparted5a for values in ('a')
%%
create function mlparted5abrtrig_func() returns trigger as $$ begin new.c = 'b'; return new; end; $$ language plpgsql
%%
-- Check multi-level default partition
create table mlparted_def partition of mlparted default partition by range(a)
%%
insert into mlparted_def2 values (54, 50)
%%
alter table mlparted drop e
%%
create table mlparted5_a partition of mlparted5_ab for values in ('a')
%%
-- goes to mlparted5, fails
select tableoid::regclass, * from mlparted order by a, b, c, d
%%
create table key_desc_1 partition of key_desc for values in (1) partition by range (b)
%%
set role regress_insert_other_user
%%
revoke all on key_desc_1 from regress_insert_other_user
%%
create table mcrparted2 partition of mcrparted for values from (10, 6, minvalue) to (10, maxvalue, minvalue)
%%
create table mcrparted2 partition of mcrparted for values from (10, 6, minvalue) to (10, maxvalue, maxvalue)
%%
insert into mcrparted0 values (0, 1, 1)
%%
insert into mcrparted2 values (10, 6, 1000)
%%
-- error

-- check rows
select tableoid::regclass::text, * from mcrparted order by 1
%%
create trigger brtrigpartcon1trig before insert on brtrigpartcon1 for each row execute procedure brtrigpartcon1trigf()
%%
create role regress_coldesc_role
%%
set role regress_coldesc_role
%%
drop role regress_coldesc_role
%%
-- check that "do nothing" BR triggers work with tuple-routing
create table donothingbrtrig_test (a int, b text) partition by list (a)
%%
create or replace function donothingbrtrig_func() returns trigger as $$begin raise notice 'b: %', new.b; return NULL; end$$ language plpgsql
%%
alter table donothingbrtrig_test attach partition donothingbrtrig_test2 for values in (2)
%%
-- cleanup
drop table donothingbrtrig_test
%%
create table mcrparted2_b partition of mcrparted for values from ('b', minvalue) to ('c', minvalue)
%%
create table mcrparted6_common_ge_10 partition of mcrparted for values from ('common', 10) to ('common', maxvalue)
%%
select tableoid::regclass, * from mcrparted order by a, b
%%
-- check also that the wholerow vars in RETURNING list are converted as needed
alter table returningwrtest add b text
%%
insert into returningwrtest values (2, 'foo') returning returningwrtest
%%
create unique index collation_index_key on insertconflicttest(key, fruit collate "C")
%%
explain (costs off) insert into insertconflicttest values(0, 'Crowberry') on conflict (fruit) do nothing
%%
explain (costs off) insert into insertconflicttest values(0, 'Crowberry') on conflict (key, fruit) do update set fruit = excluded.fruit
  where exists (select 1 from insertconflicttest ii where ii.key = excluded.key)
%%
-- Okay, but only accepts the single index where both opclass and collation are
-- specified (plus expression variant)
explain (costs off) insert into insertconflicttest values(0, 'Crowberry') on conflict (lower(fruit) collate "C", key, key) do nothing
%%
drop index both_index_key
%%
-- works:
explain (costs off) insert into insertconflicttest values(0, 'Crowberry') on conflict (lower(fruit) collate "C", upper(fruit) text_pattern_ops) do nothing
%%
-- Should display qual actually attributable to internal sequential scan:
explain (costs off) insert into insertconflicttest values (0, 'Bilberry') on conflict (key) do update set fruit = excluded.fruit where insertconflicttest.fruit != 'Cawesh'
%%
-- inference succeeds:
insert into insertconflicttest values (1, 'Apple') on conflict (key) do update set fruit = excluded.fruit
%%
-- Only suggest <table>.* column when inference element misspelled:
insert into insertconflicttest values (1, 'Apple') on conflict (keyy) do update set fruit = excluded.fruit
%%
insert into insertconflicttest values (5, 'Lemon') on conflict (fruit) do update set fruit = excluded.fruit
%%
-- ok, alias
insert into insertconflicttest AS ict values (6, 'Passionfruit') on conflict (key) do update set fruit = insertconflicttest.fruit
%%
insert into insertconflicttest values (12, 'Date') on conflict (lower(fruit), key) do update set fruit = excluded.fruit
%%
drop index part_comp_key_index
%%
-- inference fails:
insert into insertconflicttest values (22, 'Apricot') on conflict (upper(fruit)) do update set fruit = excluded.fruit
%%
-- Should not infer "tricky_expr_comp_key_index" index:
explain (costs off) insert into insertconflicttest values (26, 'Fig') on conflict (lower(fruit), key, lower(fruit), key) do update set fruit = excluded.fruit
%%
create unique index fruit_index on insertconflicttest(fruit)
%%
insert into insertconflicttest as t values (23, 'Blackberry') on conflict (key) where fruit like '%berry' and t.fruit = 'inconsequential' do nothing
%%
--
-- Test that wholerow references to ON CONFLICT's EXCLUDED work
--
create unique index plain on insertconflicttest(key)
%%
-- deparse whole row var in WHERE and SET clauses:
explain (costs off) insert into insertconflicttest as i values (23, 'Avocado') on conflict (key) do update set fruit = excluded.fruit where excluded.* is null
%%
--
-- Verify that EXCLUDED does not allow system column references. These
-- do not make sense because EXCLUDED isn't an already stored tuple
-- (and thus doesn't have a ctid etc).
--
create table syscolconflicttest(key int4, data text)
%%
--
-- Previous tests all managed to not test any expressions requiring
-- planner preprocessing ...
--
create table insertconflict (a bigint, b bigint)
%%
insert into insertconflict values (1, 2)
on conflict (b) where coalesce(a, 1) > 0 do nothing
%%
insert into insertconflictv values (1,'foo')
  on conflict (f1) do update set f2 = excluded.f2
%%
create table capitals (
	state		char(2)
) inherits (cities)
%%
insert into capitals values ('Sacramento', 3.694E+5, 30, 'CA')
%%
-- Wrong "Sacramento", so do nothing:
insert into capitals values ('Sacramento', 50, 2267, 'NE') on conflict (name) do nothing
%%
drop table cities
%%
-- ok, aliased
insert into excluded AS target values(1, '2') on conflict (key) do update set data = excluded.data RETURNING *
%%
-- check that references to columns after dropped columns are handled correctly
create table dropcol(key int primary key, drop1 int, keep1 text, drop2 numeric, keep2 float)
%%
alter table dropcol drop column drop1, drop column drop2
%%
-- check handling of regular btree constraint along with gist constraint

create table twoconstraints (f1 int unique, f2 box,
                             exclude using gist(f2 with &&))
%%
-- do nothing
select * from twoconstraints
%%
insert into selfconflict values (1,1), (1,2) on conflict do nothing
%%
select * from selfconflict
%%
-- no indexes required here
insert into parted_conflict_test values (1, 'a') on conflict do nothing
%%
insert into parted_conflict_test_1 values (1, 'b') on conflict (a) do update set b = excluded.b
%%
-- now check that DO UPDATE works correctly for target partition with
-- different attribute numbers
create table parted_conflict_test_2 (b char, a int unique)
%%
create table parted_conflict_test_3 partition of parted_conflict_test for values in (4)
%%
create table parted_conflict_test_4_1 partition of parted_conflict_test_4 for values in (5)
%%
create table parted_conflict_1 partition of parted_conflict for values from (0) to (1000) partition by range (a)
%%
drop table parted_conflict
%%
alter index parted_conflict_a_idx attach partition parted_conflict_1_a_idx
%%
create unique index on parted_conflict (a, b)
%%
insert into parted_conflict values (50, 'cincuenta', 2)
  on conflict (a, b) do update set (a, b, c) = row(excluded.*)
  where parted_conflict = (50, text 'cincuenta', 1) and
        excluded = (50, text 'cincuenta', 2)
%%
insert into parted_conflict values(0, 'cero', 1)
  on conflict (a,b) do update set c = parted_conflict.c + 1
%%
SELECT * FROM INT2_TBL AS f(a, b)
%%
SELECT i.* FROM INT2_TBL i WHERE i.f1 = int2 '0'
%%
SELECT i.* FROM INT2_TBL i WHERE i.f1 <= int2 '0'
%%
SELECT i.* FROM INT2_TBL i WHERE i.f1 >= int2 '0'
%%
SELECT i.f1, i.f1 * int2 '2' AS x FROM INT2_TBL i
%%
SELECT i.f1, i.f1 + int2 '2' AS x FROM INT2_TBL i
WHERE f1 < 32766
%%
SELECT i.f1, i.f1 - int4 '2' AS x FROM INT2_TBL i
%%
SELECT ((-1::int2<<15)+1::int2)::text
%%
-- check rounding when casting from float
SELECT x, x::int2 AS int2_value
FROM (VALUES (-2.5::float8),
             (-1.5::float8),
             (-0.5::float8),
             (0.0::float8),
             (0.5::float8),
             (1.5::float8),
             (2.5::float8)) t(x)
%%
SELECT * FROM INT4_TBL
%%
SELECT i.* FROM INT4_TBL i WHERE i.f1 = int4 '0'
%%
SELECT i.* FROM INT4_TBL i WHERE i.f1 <= int4 '0'
%%
SELECT i.* FROM INT4_TBL i WHERE i.f1 >= int4 '0'
%%
SELECT i.f1, i.f1 * int2 '2' AS x FROM INT4_TBL i
WHERE abs(f1) < 1073741824
%%
SELECT i.f1, i.f1 + int2 '2' AS x FROM INT4_TBL i
WHERE f1 < 2147483646
%%
SELECT i.f1, i.f1 - int2 '2' AS x FROM INT4_TBL i
WHERE f1 > -2147483647
%%
SELECT i.f1, i.f1 / int4 '2' AS x FROM INT4_TBL i
%%
SELECT 2 - -2 AS four
%%
SELECT int4 '1000' < int4 '999' AS false
%%
-- corner case
SELECT (-1::int4<<31)::text
%%
SELECT (-2147483648)::int4 % (-1)::int4
%%
-- check rounding when casting from float
SELECT x, x::int4 AS int4_value
FROM (VALUES (-2.5::float8),
             (-1.5::float8),
             (-0.5::float8),
             (0.0::float8),
             (0.5::float8),
             (1.5::float8),
             (2.5::float8)) t(x)
%%
-- overflow
SELECT gcd((-2147483648)::int4, (-2147483648)::int4)
%%
-- overflow


-- non-decimal literals

SELECT int4 '0b100101'
%%
SELECT * FROM INT8_TBL WHERE q2 <> 4567890123456789
%%
SELECT * FROM INT8_TBL WHERE q2 >= 4567890123456789
%%
SELECT * FROM INT8_TBL WHERE 123 > q1
%%
SELECT * FROM INT8_TBL WHERE q2 <> '456'::int2
%%
SELECT * FROM INT8_TBL WHERE q2 >= '456'::int2
%%
SELECT * FROM INT8_TBL WHERE '123'::int2 > q1
%%
SELECT q1, q2, q1 + q2 AS plus FROM INT8_TBL
%%
SELECT q1, q2, q1 / q2 AS divide, q1 % q2 AS mod FROM INT8_TBL
%%
SELECT 37 - q1 AS minus4 FROM INT8_TBL
%%
-- int4 op int8
SELECT 246::int4 + q1 AS "4plus8", 246::int4 - q1 AS "4minus8", 246::int4 * q1 AS "4mul8", 246::int4 / q1 AS "4div8" FROM INT8_TBL
%%
SELECT min(q1), min(q2) FROM INT8_TBL
%%
SELECT to_char(q2, 'MI9999999999999999')     FROM INT8_TBL
%%
select '9223372036854775800'::int8 - '-9223372036854775800'::int8
%%
select abs('-9223372036854775808'::int8)
%%
select '100'::int4 + '9223372036854775800'::int8
%%
select '-9223372036854775800'::int8 - '100'::int2
%%
select '-100'::int2 - '9223372036854775800'::int8
%%
SELECT CAST(q1 AS int4) FROM int8_tbl WHERE q2 <> 456
%%
SELECT CAST(q1 AS float4), CAST(q2 AS float8) FROM INT8_TBL
%%
SELECT oid::int8 FROM pg_class WHERE relname = 'pg_class'
%%
SELECT * FROM generate_series('+4567890123456789'::int8, '+4567890123456799'::int8, 0)
%%
SELECT (-9223372036854775808)::int8 / (-1)::int8
%%
SELECT (-9223372036854775808)::int8 % (-1)::int4
%%
-- check rounding when casting from float
SELECT x, x::int8 AS int8_value
FROM (VALUES (-2.5::float8),
             (-1.5::float8),
             (-0.5::float8),
             (0.0::float8),
             (0.5::float8),
             (1.5::float8),
             (2.5::float8)) t(x)
%%
-- overflow
SELECT gcd((-9223372036854775808)::int8, (-9223372036854775808)::int8)
%%
-- overflow


-- non-decimal literals

SELECT int8 '0b100101'
%%
SELECT INTERVAL '-08:00' AS "Eight hours"
%%
SELECT INTERVAL '10 years -11 month -12 days +13:14' AS "9 years..."
%%
SELECT * FROM INTERVAL_TBL
   WHERE INTERVAL_TBL.f1 <> interval '@ 10 days'
%%
SELECT * FROM INTERVAL_TBL
   WHERE INTERVAL_TBL.f1 >= interval '@ 1 month'
%%
INSERT INTO INTERVAL_TBL_OF (f1) VALUES
  ('2147483647 days 2147483647 months'),
  ('2147483647 days -2147483648 months'),
  ('1 year'),
  ('-2147483648 days 2147483647 months'),
  ('-2147483648 days -2147483648 months')
%%
EXPLAIN (COSTS OFF)
SELECT f1 FROM INTERVAL_TBL_OF r1 ORDER BY f1
%%
COPY INTERVAL_MULDIV_TBL FROM STDIN
%%
SET IntervalStyle to postgres_verbose
%%
SELECT justify_days(interval '6 months 36 days 5 hours 4 minutes 3 seconds') as "7 mons 6 days 5 hours 4 mins 3 seconds"
%%
SELECT justify_interval(interval '2147483647 days 24 hrs')
%%
-- oversize leading field is ok
SELECT interval '999' minute
%%
-- test SQL-spec syntaxes for restricted field sets
SELECT interval '1' year
%%
SELECT interval '1 2' day to second
%%
-- not ok, redundant hh:mm fields

-- test syntaxes for restricted precision
SELECT interval(0) '1 day 01:23:45.6789'
%%
SELECT interval '1 2.345' hour to second(2)
%%
SELECT  interval '+1 -1:00:00',
        interval '-1 +1:00:00',
        interval '+1-2 -3 +4:05:06.789',
        interval '-1-2 +3 -4:05:06.789'
%%
select  interval 'P0Y'                    AS "zero",
        interval 'P1Y2M'                  AS "a year 2 months",
        interval 'P1W'                    AS "a week",
        interval 'P1DT2H3M4S'             AS "a bit over a day",
        interval 'P1Y2M3DT4H5M6.7S'       AS "all fields",
        interval 'P-1Y-2M-3DT-4H-5M-6.7S' AS "negative",
        interval 'PT-0.1S'                AS "fractional second"
%%
-- check that '30 days' equals '1 month' according to the hash function
select '30 days'::interval = '1 month'::interval as t
%%
select make_interval(years := 1, months := -1, weeks := 5, days := -7, hours := 25, mins := -180)
%%
select make_interval(months := 'NaN'::float::int)
%%
SELECT EXTRACT(FORTNIGHT FROM INTERVAL '2 days')
%%
-- date_part implementation is mostly the same as extract, so only
-- test a few cases for additional coverage.
SELECT f1,
    date_part('microsecond', f1) AS microsecond,
    date_part('millisecond', f1) AS millisecond,
    date_part('second', f1) AS second,
    date_part('epoch', f1) AS epoch
    FROM INTERVAL_TBL
%%
INSERT INTO J1_TBL VALUES (1, 4, 'one')
%%
INSERT INTO J2_TBL VALUES (1, -1)
%%
INSERT INTO J2_TBL VALUES (NULL, 0)
%%
--
-- CORRELATION NAMES
-- Make sure that table/column aliases are supported
-- before diving into more complex join syntax.
--

SELECT *
  FROM J1_TBL AS tx
%%
SELECT *
  FROM J1_TBL t1 (a, b, c), J2_TBL t2 (d, e)
%%
-- resolve previous ambiguity by specifying the table name
SELECT t1.i, k, t
  FROM J1_TBL t1 CROSS JOIN J2_TBL t2
%%
--
--
-- Inner joins (equi-joins)
--
--

--
-- Inner joins (equi-joins) with USING clause
-- The USING syntax changes the shape of the resulting table
-- by including a column in the USING clause only once in the result.
--

-- Inner equi-join on specified column
SELECT *
  FROM J1_TBL INNER JOIN J2_TBL USING (i)
%%
-- test join using aliases
SELECT * FROM J1_TBL JOIN J2_TBL USING (i) WHERE J1_TBL.t = 'one'
%%
-- ok
SELECT * FROM J1_TBL JOIN J2_TBL USING (i) AS x WHERE x.t = 'one'
%%
SELECT ROW(x.*) FROM J1_TBL JOIN J2_TBL USING (i) AS x WHERE J1_TBL.t = 'one'
%%
SELECT *
  FROM J1_TBL t1 (a, b, c) NATURAL JOIN J2_TBL t2 (d, a)
%%
--
-- Non-equi-joins
--

SELECT *
  FROM J1_TBL JOIN J2_TBL ON (J1_TBL.i <= J2_TBL.k)
%%
SELECT *
  FROM J1_TBL RIGHT JOIN J2_TBL USING (i)
%%
SELECT *
  FROM J1_TBL LEFT JOIN J2_TBL USING (i) WHERE (i = 1)
%%
CREATE TABLE t3 (name TEXT, n INTEGER)
%%
SELECT * FROM t1 FULL JOIN t2 USING (name) FULL JOIN t3 USING (name)
%%
-- Cases with non-nullable expressions in subquery results;
-- make sure these go to null as expected
SELECT * FROM
(SELECT name, n as s2_n, 2 as s2_2 FROM t2) as s2
NATURAL INNER JOIN
(SELECT name, n as s3_n, 3 as s3_2 FROM t3) s3
%%
SELECT * FROM
(SELECT name, n as s1_n, 1 as s1_1 FROM t1) as s1
NATURAL FULL JOIN
(SELECT name, n as s2_n, 2 as s2_2 FROM t2) as s2
NATURAL FULL JOIN
(SELECT name, n as s3_n, 3 as s3_2 FROM t3) s3
%%
-- Test for propagation of nullability constraints into sub-joins

create temp table x (x1 int, x2 int)
%%
insert into y values (1,111)
%%
select * from x left join y on (x1 = y1 and x2 is not null)
%%
select * from (x left join y on (x1 = y1)) left join x xx(xx1,xx2)
on (x1 = xx1 and y2 is not null)
%%
select * from (x left join y on (x1 = y1)) left join x xx(xx1,xx2)
on (x1 = xx1) where (xx2 is not null)
%%
set geqo_threshold = 2
%%
select * from int8_tbl i1 left join (int8_tbl i2 join
  (select 123 as x) ss on i2.q1 = x) on i1.q2 = i2.q2
order by 1, 2
%%
--
-- checks for correct handling of quals in multiway outer joins
--
explain (costs off)
select t1.f1
from int4_tbl t1, int4_tbl t2
  left join int4_tbl t3 on t3.f1 > 0
  left join int4_tbl t4 on t3.f1 > 1
where t4.f1 is null
%%
explain (costs off)
select * from int4_tbl t1
  left join (select now() from int4_tbl t2
             left join int4_tbl t3 on t2.f1 = t3.f1
             left join int4_tbl t4 on t3.f1 = t4.f1) s on true
  inner join int4_tbl t5 on true
%%
explain (costs off)
select * from int4_tbl t1
  left join ((select t2.f1 from int4_tbl t2
                left join int4_tbl t3 on t2.f1 > 0
                where t3.f1 is null) s
             left join tenk1 t4 on s.f1 > 1)
    on s.f1 = t1.f1
%%
explain (costs off)
select * from int8_tbl t1
    left join int8_tbl t2 on true
    left join lateral
      (select * from int8_tbl t3 where t3.q1 = t2.q1 offset 0) s
      on t2.q1 = 1
%%
--
-- check a case where we formerly got confused by conflicting sort orders
-- in redundant merge join path keys
--
explain (costs off)
select * from
  j1_tbl full join
  (select * from j2_tbl order by j2_tbl.i desc, j2_tbl.k asc) j2_tbl
  on j1_tbl.i = j2_tbl.i and j1_tbl.i = j2_tbl.k
%%
set enable_hashjoin = 0
%%
reset enable_hashagg
%%
CREATE TEMP TABLE t2 (a int, b int)
%%
INSERT INTO t3 VALUES (5, 20)
%%
DELETE FROM t3 USING t3 t3_other WHERE t3.x = t3_other.x AND t3.y = t3_other.y
%%
-- Test matching of column name with wrong alias

select t1.x from t1 join t3 on (t1.a = t3.x)
%%
select bar.*, unnamed_join.* from
  (t1 join t2 using (a) as foo) as bar, t3 as unnamed_join
  for update of foo
%%
INSERT INTO tt1 VALUES (2, NULL)
%%
set enable_nestloop to off
%%
explain (costs off)
select count(*) from tenk1 a, tenk1 b
  where a.hundred = b.thousand and (b.fivethous % 10) < 10
%%
insert into tt3 select x, repeat('xyzzy', 100) from generate_series(1,10000) x
%%
analyze tt4
%%
-- sadly, this is not an antijoin
explain (costs off)
select a.* from tenk1 a
where unique1 not in (select unique2 from tenk1 b)
%%
--
-- regression test for proper handling of outer joins within antijoins
--

create temp table tt4x(c1 int, c2 int, c3 int)
%%
insert into tt5 values(1, 10)
%%
create temp table yy (pkyy int, pkxx int)
%%
select yy.pkyy as yy_pkyy, yy.pkxx as yy_pkxx, yya.pkyy as yya_pkyy,
       xxa.pkxx as xxa_pkxx, xxb.pkxx as xxb_pkxx
from yy
     left join (SELECT * FROM yy where pkyy = 101) as yya ON yy.pkyy = yya.pkyy
     left join xx xxa on yya.pkxx = xxa.pkxx
     left join xx xxb on coalesce (xxa.pkxx, 1) = xxb.pkxx
%%
insert into zt1 values(53)
%%
select * from
  zt2 left join zt3 on (f2 = f3)
      left join zv1 on (f3 = f1)
where f2 = 53
%%
execute foo(false)
%%
select * from a left join b on i = x and i = y and x = i
%%
explain (costs off)
select a.idv, b.idv from tidv a, tidv b where a.idv = b.idv
%%
select t1.q2, count(t2.*)
from int8_tbl t1 left join
  (select q1, case when q2=1 then 1 else q2 end as q2 from int8_tbl) t2
  on (t1.q2 = t2.q1)
group by t1.q2 order by 1
%%
insert into a (code) values ('p')
%%
select c.name, ss.code, ss.b_cnt, ss.const
from c left join
  (select a.code, coalesce(b_grp.cnt, 0) as b_cnt, -1 as const
   from a left join
     (select count(1) as cnt, b.a from b group by b.a) as b_grp
     on a.code = b_grp.a
  ) as ss
  on (c.a = ss.code)
order by c.name
%%
SELECT qq, unique1
  FROM
  ( SELECT COALESCE(q1, 0) AS qq FROM int8_tbl a ) AS ss1
  FULL OUTER JOIN
  ( SELECT COALESCE(q2, -1) AS qq FROM int8_tbl b ) AS ss2
  USING (qq)
  INNER JOIN tenk1 c ON qq = unique2
%%
insert into nt1 values (1,true,true)
%%
insert into nt2 values (2,2,true,false)
%%
explain (costs off)
select nt3.id
from nt3 as nt3
  left join
    (select nt2.*, (nt2.b1 and ss1.a3) AS b3
     from nt2 as nt2
       left join
         (select nt1.*, (nt1.id is not null) as a3 from nt1) as ss1
         on ss1.id = nt2.nt1_id
    ) as ss2
    on ss2.id = nt3.nt2_id
where nt3.id = 1 and ss2.b3
%%
--
-- variant where a PlaceHolderVar is needed at a join, but not above the join
--

explain (costs off)
select * from
  int4_tbl as i41,
  lateral
    (select 1 as x from
      (select i41.f1 as lat,
              i42.f1 as loc from
         int8_tbl as i81, int4_tbl as i42) as ss1
      right join int4_tbl as i43 on (i43.f1 > 1)
      where ss1.loc = ss1.lat) as ss2
where i41.f1 > 0
%%
--
-- test for ability to use a cartesian join when necessary
--

create temp table q1 as select 1 as q1
%%
explain (costs off)
select * from
  tenk1 join int4_tbl on f1 = twothousand,
  q1, q2
where q1 = thousand or q2 = thousand
%%
select t1.unique2, t1.stringu1, t2.unique1, t2.stringu2 from
  tenk1 t1
  inner join int4_tbl i1
    left join (select v1.x2, v2.y1, 11 AS d1
               from (select 1,0 from onerow) v1(x1,x2)
               left join (select 3,1 from onerow) v2(y1,y2)
               on v1.x1 = v2.y2) subq1
    on (i1.f1 = subq1.x2)
  on (t1.unique2 = subq1.d1)
  left join tenk1 t2
  on (subq1.y1 = t2.unique1)
where t1.unique2 < 42 and t1.stringu1 > t2.stringu2
%%
-- Here's a variant that we can't fold too aggressively, though,
-- or we end up with noplace to evaluate the lateral PHV
explain (verbose, costs off)
select * from
  (select 1 as x) ss1 left join (select 2 as y) ss2 on (true),
  lateral (select ss2.y as z limit 1) ss3
%%
-- Test PHV in a semijoin qual, which confused useless-RTE removal (bug #17700)
explain (verbose, costs off)
with ctetable as not materialized ( select 1 as f1 )
select * from ctetable c1
where f1 in ( select c3.f1 from ctetable c2 full join ctetable c3 on true )
%%
--
-- test inlining of immutable functions
--
create function f_immutable_int4(i integer) returns integer as
$$ begin return i; end; $$ language plpgsql immutable
%%
explain (costs off)
select unique1 from tenk1, lateral f_immutable_int4(1) x where x = unique1
%%
explain (costs off)
select unique1, x from tenk1 right join f_immutable_int4(1) x on unique1 = x
%%
drop function f_immutable_int4(int)
%%
select * from mki8(1,2)
%%
drop function mki4(int)
%%
--
-- test placement of movable quals in a parameterized join tree
--

explain (costs off)
select * from tenk1 t1 left join
  (tenk1 t2 join tenk1 t3 on t2.thousand = t3.unique2)
  on t1.hundred = t2.hundred and t1.ten = t3.ten
where t1.unique1 = 1
%%
explain (costs off)
select b.unique1 from
  tenk1 a join tenk1 b on a.unique1 = b.unique2
  left join tenk1 c on b.unique1 = 42 and c.thousand = a.thousand
  join int4_tbl i1 on b.thousand = f1
  right join int4_tbl i2 on i2.f1 = b.tenthous
  order by 1
%%
explain (costs off)
select * from
(values (1, array[10,20]), (2, array[20,30])) as v1(v1x,v1ys)
left join (values (1, 10), (2, 20)) as v2(v2x,v2y) on v2x = v1x
left join unnest(v1ys) as u1(u1y) on u1y = v2y
%%
explain (costs off)
select f1, unique2, case when unique2 is null then f1 else 0 end
  from int4_tbl a left join tenk1 b on f1 = unique2
  where (case when unique2 is null then f1 else 0 end) = 0
%%
-- related case

explain (costs off)
select * from int8_tbl t1 left join int8_tbl t2 on t1.q2 = t2.q1,
  lateral (select * from int8_tbl t3 where t2.q1 = t2.q2) ss
%%
--
-- check handling of a variable-free join alias
--
explain (verbose, costs off)
select * from
int4_tbl i0 left join
( (select *, 123 as x from int4_tbl i1) ss1
  left join
  (select *, q2 as x from int8_tbl i2) ss2
  using (x)
) ss0
on (i0.f1 = ss0.f1)
order by i0.f1, x
%%
explain (verbose, costs off)
select t1.* from
  text_tbl t1
  left join (select *, '***'::text as d1 from int8_tbl i8b1) b1
    left join int8_tbl i8
      left join (select *, null::int as d2 from int8_tbl i8b2, int4_tbl i4b2) b2
      on (i8.q1 = b2.q1)
    on (b2.d2 = b1.q2)
  on (t1.f1 = b1.d1)
  left join int4_tbl i4
  on (i8.q2 = i4.f1)
%%
explain (verbose, costs off)
select * from
  text_tbl t1
  inner join int8_tbl i8
  on i8.q2 = 456
  right join text_tbl t2
  on t1.f1 = 'doh!'
  left join int4_tbl i4
  on i8.q1 = i4.f1
%%
--
-- test for appropriate join order in the presence of lateral references
--

explain (verbose, costs off)
select * from
  text_tbl t1
  left join int8_tbl i8
  on i8.q2 = 123,
  lateral (select i8.q1, t2.f1 from text_tbl t2 limit 1) as ss
where t1.f1 = ss.f1
%%
explain (verbose, costs off)
select 1 from
  text_tbl as tt1
  inner join text_tbl as tt2 on (tt1.f1 = 'foo')
  left join text_tbl as tt3 on (tt3.f1 = 'foo')
  left join text_tbl as tt4 on (tt3.f1 = tt4.f1),
  lateral (select tt4.f1 as c0 from text_tbl as tt5 limit 1) as ss1
where tt1.f1 = ss1.c0
%%
create temp table t (a int unique)
%%
--
-- test successful handling of full join underneath left join (bug #14105)
--

explain (costs off)
select * from
  (select 1 as id) as xx
  left join
    (tenk1 as a1 full join (select 1 as id) as yy on (a1.unique1 = yy.id))
  on (xx.id = coalesce(yy.id))
%%
explain (verbose, costs off)
  select a.q2, b.q1
    from int8_tbl a left join int8_tbl b on a.q2 = coalesce(b.q1, 1)
    where coalesce(b.q1, 1) > 0
%%
--
-- test full-join strength reduction
--

explain (costs off)
select a.unique1, b.unique2
  from onek a full join onek b on a.unique1 = b.unique2
  where a.unique1 = 42
%%
explain (costs off)
select a.unique1, b.unique2
  from onek a full join onek b on a.unique1 = b.unique2
  where a.unique1 = 42 and b.unique2 = 42
%%
CREATE TEMP TABLE a (id int PRIMARY KEY, b_id int)
%%
INSERT INTO a VALUES (0, 0), (1, NULL)
%%
-- all three cases should be optimizable into a simple seqscan
explain (costs off) SELECT a.* FROM a LEFT JOIN b ON a.b_id = b.id
%%
-- check optimization with oddly-nested outer joins
explain (costs off)
select a1.id from
  (a a1 left join a a2 on true)
  left join
  (a a3 left join a a4 on a3.id = a4.id)
  on a2.id = a3.id
%%
-- variant with Var rather than PHV coming from t6
explain (costs off)
select ss1.f1
from int4_tbl as t1
  left join (int4_tbl as t2
             right join int4_tbl as t3 on null
             left join (int4_tbl as t4
                        right join int8_tbl as t5 on null)
               on t2.f1 = t4.f1
             left join ((select f1 from int4_tbl as t6) as ss1
                        inner join int8_tbl as t7 on null)
               on t5.q1 = t7.q2)
    on false
%%
-- deduce constant-false from an EquivalenceClass
explain (costs off)
select * from int8_tbl t1 left join
  (int8_tbl t2 inner join int8_tbl t3 on (t2.q1-t3.q2) = 0 and (t2.q1-t3.q2) = 1
   left join int8_tbl t4 on t2.q2 = t4.q2)
on t1.q1 = t2.q1
%%
-- join removal is not possible when the GROUP BY contains a column that is
-- not in the join condition.  (Note: as of 9.6, we notice that b.id is a
-- primary key and so drop b.c_id from the GROUP BY of the resulting plan;
-- but this happens too late for join removal in the outer plan level.)
explain (costs off)
select d.* from d left join (select * from b group by b.id, b.c_id) s
  on d.a = s.id
%%
-- check join removal with a cross-type comparison operator
explain (costs off)
select i8.* from int8_tbl i8 left join (select f1 from int4_tbl group by f1) i4
  on i8.q1 = i4.f1
%%
CREATE TEMP TABLE parted_b1 partition of parted_b for values from (0) to (10)
%%
insert into parent values (1, 10), (2, 20), (3, 30)
%%
-- this case is not
select p.*, linked from parent p
  left join (select c.*, true as linked from child c) as ss
  on (p.k = ss.k)
%%
select p.* from
  (parent p left join child c on (p.k = c.k)) join parent x on p.k = x.k
  where p.k = 1 and p.k = 2
%%
INSERT INTO a VALUES (0), (1)
%%
insert into innertab values(123, 42)
%%
-- join removal bug #17786: check that OR conditions are cleaned up
EXPLAIN (COSTS OFF)
SELECT f1, x
FROM int4_tbl
     JOIN ((SELECT 42 AS x FROM int8_tbl LEFT JOIN innertab ON q1 = id) AS ss1
           RIGHT JOIN tenk1 ON NULL)
        ON tenk1.unique1 = ss1.x OR tenk1.unique2 = ss1.x
%%
select t0.*
from
 text_tbl t0
 left join
   (select case t1.ten when 0 then 'doh!'::text else null::text end as case1,
           t1.stringu2
     from tenk1 t1
     join int4_tbl i4 ON i4.f1 = t1.unique2
     left join uniquetbl u1 ON u1.f1 = t1.string4) ss
  on t0.f1 = ss.case1
where ss.stringu2 !~* ss.case1
%%
insert into t values (1,1), (2,2)
%%
-- test case to expose miscomputation of required relid set for a PHV
explain (verbose, costs off)
select i8.*, ss.v, t.unique2
  from int8_tbl i8
    left join int4_tbl i4 on i4.f1 = 1
    left join lateral (select i4.f1 + 1 as v) as ss on true
    left join tenk1 t on t.unique2 = ss.v
where q2 = 456
%%
insert into parttbl values (11), (12)
%%
-- error
select * from
  int8_tbl x join (int4_tbl x cross join int4_tbl y) j on q1 = y.f1
%%
-- error, prefer "t2" suggestion
select uunique1 from
  tenk1 t1 join tenk2 t2 on t1.two = t2.two
%%
--
-- Test LATERAL
--

select unique2, x.*
from tenk1 a, lateral (select * from int4_tbl b where f1 = a.unique1) x
%%
explain (costs off)
  select unique2, x.*
  from int4_tbl x cross join lateral (select unique2 from tenk1 where f1 = unique1) ss
%%
select *, (select r from (select q1 as q2) x, lateral (select q2 as r) y) from int8_tbl
%%
-- don't need the explicit LATERAL keyword for functions
explain (costs off)
  select count(*) from tenk1 a, generate_series(1,two) g
%%
select count(*) from tenk1 a,
  tenk1 b join lateral (values(a.unique1)) ss(x) on b.unique2 = ss.x
%%
select * from int8_tbl a,
  int8_tbl x left join lateral (select a.q1 from int4_tbl y) ss(z)
    on x.q2 = ss.z
  order by a.q1, a.q2, x.q1, x.q2, ss.z
%%
-- lateral references requiring pullup
select * from (values(1)) x(lb),
  lateral generate_series(lb,4) x4
%%
select * from
  int8_tbl x left join (select q1,coalesce(q2,0) q2 from int8_tbl) y on x.q2 = y.q1,
  lateral (values(x.q1,y.q1,y.q2)) v(xq1,yq1,yq2)
%%
select v.* from
  (int8_tbl x left join (select q1,(select coalesce(q2,0)) q2 from int8_tbl) y on x.q2 = y.q1)
  left join int4_tbl z on z.f1 = x.q2,
  lateral (select x.q1,y.q1 union all select x.q2,y.q2) v(vx,vy)
%%
explain (verbose, costs off)
select * from
  int8_tbl a left join
  lateral (select *, coalesce(a.q2, 42) as x from int8_tbl b) ss on a.q2 = ss.q1
%%
explain (verbose, costs off)
select * from int4_tbl i left join
  lateral (select coalesce(i) from int2_tbl j where i.f1 = j.f1) k on true
%%
-- lateral reference in a PlaceHolderVar evaluated at join level
explain (verbose, costs off)
select * from
  int8_tbl a left join lateral
  (select b.q1 as bq1, c.q1 as cq1, least(a.q1,b.q1,c.q1) from
   int8_tbl b cross join int8_tbl c) ss
  on a.q2 = ss.bq1
%%
-- check processing of postponed quals (bug #9041)
explain (verbose, costs off)
select * from
  (select 1 as x offset 0) x cross join (select 2 as y offset 0) y
  left join lateral (
    select * from (select 3 as z offset 0) z where z.z = x.x
  ) zz on zz.z = y.y
%%
-- check handling of nested appendrels inside LATERAL
select * from
  ((select 2 as v) union all (select 3 as v)) as q1
  cross join lateral
  ((select * from
      ((select 4 as v) union all (select 5 as v)) as q3)
   union all
   (select q1.v)
  ) as q2
%%
-- check proper extParam/allParam handling (this isn't exactly a LATERAL issue,
-- but we can make the test case much more compact with LATERAL)
explain (verbose, costs off)
select * from (values (0), (1)) v(id),
lateral (select * from int8_tbl t1,
         lateral (select * from
                    (select * from int8_tbl t2
                     where q1 = any (select q2 from int8_tbl t3
                                     where q2 = (select greatest(t1.q1,t2.q2))
                                       and (select v.id=0)) offset 0) ss2) ss
         where t1.q1 = ss.q2) ss0
%%
select f1,g from int4_tbl a cross join (select f1 as g) ss
%%
-- check we complain about ambiguous table references
select * from
  int8_tbl x cross join (int4_tbl x cross join lateral (select x.f1) ss)
%%
update xx1 set x2 = f1 from (select * from int4_tbl where f1 = xx1.x1) ss
%%
delete from xx1 using (select * from int4_tbl where f1 = xx1.x1) ss
%%
create table join_pt1p2 partition of join_pt1 for values from (100) to (200)
%%
insert into join_ut1 values (101, 101, 'y'), (2, 2, 'z')
%%
drop table join_ut1
%%
analyze fkest
%%
create table fkest1 (a int, b int, primary key(a,b))
%%
analyze fkest1
%%
create table j3 (id int)
%%
analyze j1
%%
-- ensure join is not unique when not an equi-join
explain (verbose, costs off)
select * from j1 inner join j2 on j1.id > j2.id
%%
-- ensure full join is marked as unique
explain (verbose, costs off)
select * from j1 full join j2 on j1.id = j2.id
%%
-- ensure group by clause allows the inner to become unique
explain (verbose, costs off)
select * from j1
inner join (select id from j3 group by id) j3 on j1.id = j3.id
%%
-- test more complex permutations of unique joins

create table j1 (id1 int, id2 int, primary key(id1,id2))
%%
insert into j2 values(1,1)
%%
-- ensure we don't detect the join to be unique when quals are not part of the
-- join condition
explain (verbose, costs off)
select * from j1
inner join j2 on j1.id1 = j2.id1 where j1.id2 = 1
%%
drop index j1_id2_idx
%%
explain (costs off) select * from j1
inner join j2 on j1.id1 = j2.id1 and j1.id2 = j2.id2
where j1.id1 % 1000 = 1 and j2.id1 % 1000 = 1
%%
-- Exercise array keys "find extreme element" B-Tree code
explain (costs off) select * from j1
inner join j2 on j1.id1 = j2.id1 and j1.id2 = j2.id2
where j1.id1 % 1000 = 1 and j2.id1 % 1000 = 1 and j2.id1 >= any (array[1,5])
%%
vacuum analyze j3
%%
set local enable_hashjoin = on
%%
alter table simple set (parallel_workers = 2)
%%
alter table bigger_than_it_looks set (parallel_workers = 2)
%%
alter table extremely_skewed set (parallel_workers = 2)
%%
-- Make a relation with a couple of enormous tuples.
create table wide as select generate_series(1, 2) as id, rpad('', 320000, 'x') as t
%%
set local hash_mem_multiplier = 1.0
%%
rollback to settings
%%
explain (costs off)
  select count(*) FROM simple r JOIN bigger_than_it_looks s USING (id)
%%
select * from hash_join_batches(
$$
  select count(*) from simple r join extremely_skewed s using (id);
$$)
%%
create table join_bar as select generate_series(1, 10000) as id, 'xxxxx'::text as t
%%
explain (costs off)
  select count(*) from join_foo
    left join (select b1.id, b1.t from join_bar b1 join join_bar b2 using (id)) ss
    on join_foo.id < ss.id + 1 and join_foo.id > ss.id - 1
%%
explain (costs off)
     select  count(*) from simple r full outer join simple s using (id)
%%
select length(max(s.t))
from wide left join (select id, coalesce(t, '') || '' as t from wide) s using (id)
%%
INSERT INTO hjtest_matchbits_t2 VALUES (2)
%%
-- avoid mergejoins
SET LOCAL from_collapse_limit = 1
%%
-- fails (SELECT hjtest_1.b * 5) = (SELECT hjtest_2.c*5)

INSERT INTO hjtest_2(a, id, b, c) VALUES (true, 1, 'another', 2)
%%
SELECT hjtest_1.a a1, hjtest_2.a a2,hjtest_1.tableoid::regclass t1, hjtest_2.tableoid::regclass t2
FROM hjtest_2, hjtest_1
WHERE
    hjtest_1.id = (SELECT 1 WHERE hjtest_2.id = 1)
    AND (SELECT hjtest_1.b * 5) = (SELECT hjtest_2.c*5)
    AND (SELECT hjtest_1.b * 5) < 50
    AND (SELECT hjtest_2.c * 5) < 55
    AND hjtest_1.a <> hjtest_2.b
%%
-- ERROR, not a valid JSON escape

-- Check fast path for longer strings (at least 16 bytes long)
SELECT ('"'||repeat('.', 12)||'abc"')::json
%%
--constructors
-- array_to_json

SELECT array_to_json(array(select 1 as a))
%%
SELECT array_to_json(array_agg(x),false) from generate_series(5,10) x
%%
SELECT row_to_json(q,true)
FROM (SELECT $$a$$ || x AS b,
         y AS c,
         ARRAY[ROW(x.*,ARRAY[1,2,3]),
               ROW(y.*,ARRAY[4,5,6])] AS z
      FROM generate_series(1,2) x,
           generate_series(4,5) y) q
%%
-- anyarray column

analyze rows
%%
select to_json(timestamptz '2014-05-28 12:22:35.614298-04')
%%
SELECT json_agg(q ORDER BY x, y)
  FROM rows q
%%
-- json input
SELECT row_to_json(q)
FROM (SELECT '{"a":1,"b": [2,3,4,"d","e","f"],"c":{"p":1,"q":2}}'::json AS "jsonfield") q
%%
SELECT test_json->>'field2'
FROM test_json
WHERE json_type = 'object'
%%
SELECT json_object_keys(test_json)
FROM test_json
WHERE json_type = 'scalar'
%%
select (test_json->3) is null as expect_false
from test_json
where json_type = 'array'
%%
select '{"a": [{"b": "c"}, {"b": "cc"}]}'::json -> 1
%%
select '{"a": [{"b": "c"}, {"b": "cc"}]}'::json ->> null::int
%%
-- each

select json_each('{"f1":[1,2,3],"f2":{"f3":1},"f4":null}')
%%
-- extract_path, extract_path_as_text

select json_extract_path('{"f2":{"f3":1},"f4":{"f5":99,"f6":"stringy"}}','f4','f6')
%%
select json_extract_path_text('{"f2":{"f3":1},"f4":{"f5":99,"f6":"stringy"}}','f2')
%%
-- extract_path operators

select '{"f2":{"f3":1},"f4":{"f5":99,"f6":"stringy"}}'::json#>array['f4','f6']
%%
-- array_elements

select json_array_elements('[1,true,[1,[2,3]],null,{"f1":1,"f2":[7,8,9]},false,"stringy"]')
%%
-- populate_record
create type jpop as (a text, b int, c timestamp)
%%
create type j_unordered_pair as (x int, y int)
%%
select * from json_populate_record(null::jpop,'{"a":"blurfl","x":43.2}') q
%%
SELECT ia1 FROM json_populate_record(NULL::jsrec, '{"ia1": null}') q
%%
SELECT ia3 FROM json_populate_record(NULL::jsrec, '{"ia3": [1, "2", null, 4]}') q
%%
SELECT js FROM json_populate_record(NULL::jsrec, '{"js": null}') q
%%
SELECT reca FROM json_populate_record(NULL::jsrec, '{"reca": 123}') q
%%
SELECT * FROM
  json_populate_record(null::record, '{"x": 776}') AS (x int, y int)
%%
select * from json_populate_recordset(row('def',99,null)::jpop,'[{"a":"blurfl","x":43.2},{"b":3,"c":"2012-01-20 10:42:53"}]') q
%%
SELECT json_populate_recordset(row(1,2), '[{"f1": 0, "f2": 1}]')
%%
SELECT json_populate_recordset(row(1,2)::j_ordered_pair, '[{"x": 0}, {"y": 3}]')
%%
-- test type info caching in json_populate_record()
CREATE TEMP TABLE jspoptest (js json)
%%
DROP TYPE jsrec_i_not_null
%%
DROP DOMAIN j_ordered_pair
%%
SELECT json_build_array('a', NULL)
%%
-- ok
SELECT json_build_array(VARIADIC '{1,2,3,4}'::int[])
%%
SELECT json_build_object('{a,b,c}'::text[])
%%
-- error, key cannot be NULL
SELECT json_build_object('a', NULL)
%%
-- ok
SELECT json_build_object(VARIADIC ARRAY[NULL, 'a']::text[])
%%
SELECT json_build_object()
%%
SELECT json_build_object(json '{"a":1,"b":2}', 3)
%%
SELECT json_build_object('turbines',json_object_agg(serial_num,json_build_object('name',name,'type',type)))
FROM foo
%%
-- empty object, two dimensions
SELECT json_object('{}', '{}')
%%
select *, c is null as c_is_null
from json_to_record('{"a":1, "b":{"c":16, "d":2}, "x":8, "ca": ["1 2", 3], "ia": [[1,2],[3,4]], "r": {"a": "aaa", "b": 123}}'::json)
    as t(a int, b json, c text, x int, ca char(5)[], ia int[][], r jpop)
%%
select * from json_to_record('{"ia2": [[1, 2], [3, 4]]}') as x(ia2 int4[][])
%%
select json_strip_nulls('1')
%%
-- json_to_tsvector corner cases
select json_to_tsvector('""'::json, '"all"')
%%
select ts_headline('english', '{"a": "aaa bbb", "b": {"c": "ccc ddd fff", "c1": "ccc1 ddd1"}, "d": ["ggg hhh", "iii jjj"]}'::json, tsquery('bbb & ddd & hhh'), 'StartSel = <, StopSel = >')
%%
select json '{ "a":  "\ud83d\ud83d" }' -> 'a'
%%
select json '{ "a":  "null \u0000 escape" }' as not_unescaped
%%
select json '{ "a":  "null \u0000 escape" }' ->> 'a' as fails
%%
SELECT jsonb '{ "a":  "\ud83d\ud83d" }' -> 'a'
%%
SELECT jsonb '{ "a":  "null \u0000 escape" }' as fails
%%
SELECT jsonb '{ "a":  "null \u0000 escape" }' ->> 'a' as fails
%%
-- make sure jsonb is passed through json generators without being escaped
SELECT array_to_json(ARRAY [jsonb '{"a":1}', jsonb '{"b":[2,3]}'])
%%
select to_jsonb(date '2014-05-28')
%%
-- jsonb extraction functions
CREATE TEMP TABLE test_jsonb (
       json_type text,
       test_json jsonb
)
%%
SELECT test_json -> 2 FROM test_jsonb WHERE json_type = 'scalar'
%%
SELECT (test_json->>'field3') IS NULL AS expect_true FROM test_jsonb WHERE json_type = 'object'
%%
select '{"a": [{"b": "c"}, {"b": "cc"}]}'::jsonb -> null::int
%%
select '{"a": [{"b": "c"}, {"b": "cc"}]}'::jsonb ->> null::int
%%
SELECT '{"x":"y"}'::jsonb <> '{"x":"y"}'::jsonb
%%
SELECT '[1,2,2]'::jsonb <@ '[1,2]'::jsonb
%%
-- each
SELECT jsonb_each('{"f1":[1,2,3],"f2":{"f3":1},"f4":null}')
%%
SELECT jsonb_each_text('{"f1":[1,2,3],"f2":{"f3":1},"f4":null,"f5":"null"}')
%%
-- exists
SELECT jsonb_exists('{"a":null, "b":"qq"}', 'a')
%%
-- However, a raw scalar is *contained* within the array
SELECT count(*) from testjsonb  WHERE j->'array' @> '5'::jsonb
%%
SELECT jsonb '{"a":null, "b":"qq"}' ?| '{}'::text[]
%%
SELECT jsonb '{"a":null, "b":"qq"}' ?& '{}'::text[]
%%
SELECT jsonb_typeof('1') AS number
%%
SELECT jsonb_build_array('a', NULL)
%%
-- ok
SELECT jsonb_build_array(VARIADIC '{1,2,3,4}'::int[])
%%
SELECT jsonb_build_object('{a,b,c}'::text[])
%%
-- error, key cannot be NULL
SELECT jsonb_build_object('a', NULL)
%%
-- ok
SELECT jsonb_build_object(VARIADIC ARRAY[NULL, 'a']::text[])
%%
SELECT jsonb_build_object()
%%
SELECT jsonb_build_object(json '{"a":1,"b":2}', 3)
%%
SELECT jsonb_build_object('turbines',jsonb_object_agg(serial_num,jsonb_build_object('name',name,'type',type)))
FROM foo
%%
-- empty object, two dimensions
SELECT jsonb_object('{}', '{}')
%%
SELECT jsonb_extract_path_text('{"f2":{"f3":1},"f4":{"f5":99,"f6":"stringy"}}','f4','f6')
%%
SELECT jsonb_extract_path_text('{"f2":{"f3":1},"f4":{"f5":null,"f6":"stringy"}}','f4','f5') IS NULL AS expect_true
%%
select '{"a": {"b":{"c": "foo"}}}'::jsonb #>> '{}'
%%
SELECT * FROM jsonb_array_elements_text('[1,true,[1,[2,3]],null,{"f1":1,"f2":[7,8,9]},false,"stringy"]') q
%%
CREATE DOMAIN jsb_int_array_2d  AS int[][] CHECK(array_length(VALUE, 2) = 3)
%%
CREATE TYPE jsbrec_i_not_null AS (
	i	jsb_int_not_null
)
%%
SELECT ia FROM jsonb_populate_record(NULL::jsbrec, '{"ia": null}') q
%%
SELECT ia2d FROM jsonb_populate_record(NULL::jsbrec, '{"ia2d": [[1, "2"], [null, 4]]}') q
%%
SELECT ca FROM jsonb_populate_record(NULL::jsbrec, '{"ca": null}') q
%%
SELECT rec FROM jsonb_populate_record(NULL::jsbrec, '{"rec": 123}') q
%%
SELECT jsonb_populate_record(row(1,2), '{"f1": 0, "f2": 1}')
%%
-- populate_recordset
SELECT * FROM jsonb_populate_recordset(NULL::jbpop,'[{"a":"blurfl","x":43.2},{"b":3,"c":"2012-01-20 10:42:53"}]') q
%%
SELECT i, jsonb_populate_recordset(row(i,50), '[{"f1":"42"},{"f2":"43"}]')
FROM (VALUES (1),(2)) v(i)
%%
-- negative cases where the wrong record type is supplied
select * from jsonb_populate_recordset(row(0::int),'[{"a":"1","b":"2"},{"a":"3"}]') q (a text, b text)
%%
select * from jsonb_to_recordset('[{"a":1,"b":"foo","d":false},{"a":2,"b":"bar","c":true}]')
    as x(a int, b text, c boolean)
%%
select * from jsonb_to_record('{"ia2": [1, 2, 3]}') as x(ia2 int[][])
%%
-- test type info caching in jsonb_populate_record()
CREATE TEMP TABLE jsbpoptest (js jsonb)
%%
DROP TYPE jsbrec_i_not_null
%%
DROP DOMAIN jb_ordered_pair
%%
SELECT count(*) FROM testjsonb WHERE j ?| ARRAY['public','disabled']
%%
CREATE INDEX jidx ON testjsonb USING gin (j)
%%
SELECT count(*) FROM (SELECT (jsonb_each(j)).key FROM testjsonb) AS wow
%%
SET enable_hashagg = on
%%
DROP INDEX jidx
%%
SELECT count(*) FROM testjsonb WHERE j = '{"pos":98, "line":371, "node":"CBA", "indexed":true}'
%%
insert into nestjsonb (j) values ('{"a":[["b",{"x":1}],["b",{"x":2}]],"c":3}')
%%
SELECT '{"n":null,"a":1,"b":[1,2],"c":{"1":2},"d":{"1":[2,3]}}'::jsonb -> 'd' -> '1'
%%
-- jsonb_strip_nulls

select jsonb_strip_nulls(null)
%%
select '{"aa":1 , "b":2, "cq":3}'::jsonb || '{"cq":"l", "b":"g", "fg":false}'
%%
select jsonb_delete('{"a":1 , "b":2, "c":3}'::jsonb, 'a')
%%
select '["a","b","c"]'::jsonb - -1
%%
select '{"n":null, "a":1, "b":[1,2], "c":{"1":2}, "d":{"1":[2,3]}}'::jsonb #- '{n}'
%%
select jsonb_set_lax('{"a":1,"b":2}','{d}','6', true)
%%
select jsonb_set_lax('{"a":1,"b":2}', '{b}', null, true, 'no_such_treatment')
%%
select jsonb_set_lax('{"a":1,"b":2}', '{b}', null, null_value_treatment => 'use_json_null') as use_json_null
%%
select ('123'::jsonb)[0]
%%
select ('[1, "2", null]'::jsonb)[1][0]
%%
select ('{"a": {"a1": {"a2": "aaa"}}, "b": "bbb", "c": "ccc"}'::jsonb)['a']['a1']['a2']['a3']
%%
select ('[1, "2", null]'::jsonb)[1:2]
%%
create TEMP TABLE test_jsonb_subscript (
       id int,
       test_json jsonb
)
%%
-- replace jsonb
update test_jsonb_subscript set test_json['a'] = '"test"'
%%
update test_jsonb_subscript set test_json['another_key'] = NULL
%%
-- Fill the gaps logic
delete from test_jsonb_subscript
%%
update test_jsonb_subscript set test_json['a'][0] = '2'
%%
update test_jsonb_subscript set test_json['a'][10][10] = '1'
%%
update test_jsonb_subscript set test_json['a']['b']['c'] = '1'
%%
create temp table test_jsonb_subscript (
       id text,
       test_json jsonb
)
%%
update test_jsonb_subscript set test_json[id] = '"baz"'
%%
-- jsonb_to_tsvector
select jsonb_to_tsvector('english', '{"a": "aaa in bbb", "b": 123, "c": 456, "d": true, "f": false, "g": null}'::jsonb, '"all"')
%%
select ts_headline('{"a": "aaa bbb", "b": {"c": "ccc ddd fff", "c1": "ccc1 ddd1"}, "d": ["ggg hhh", "iii jjj"]}'::jsonb, tsquery('bbb & ddd & hhh'), 'StartSel = <, StopSel = >')
%%
select '12345'::jsonb::int4
%%
select '12345.05'::jsonb::int2
%%
select jsonb_path_query('[1]', 'strict $[1]', silent => true)
%%
select * from jsonb_path_query('{"a": 10}', '$ ? (@.a < $value)', '1')
%%
select jsonb_path_match('[[1, true], [2, false]]', 'strict $[*] ? (@[0] > $x) [1]', '{"x": 1}')
%%
select jsonb_path_query_tz(
	'["2017-03-10", "2017-03-11", "2017-03-09", "12:34:56", "01:02:03+04", "2017-03-10 00:00:00", "2017-03-10 12:34:56", "2017-03-10 01:02:03+04", "2017-03-10 03:00:00+03"]',
	'$[*].datetime() ? (@ == "10.03.2017".datetime("dd.mm.yyyy"))')
%%
SELECT jsonb_path_query_first('[{"a": 1}, {"a": 2}, {}]', 'strict $[*].a')
%%
SELECT jsonb_path_exists('[{"a": 1}, {"a": 2}, {"a": 3}, {"a": 5}]', '$[*] ? (@.a > $min && @.a < $max)', vars => '{"min": 1, "max": 4}')
%%
-- test non-error-throwing API

SELECT str as jsonpath,
       pg_input_is_valid(str,'jsonpath') as ok,
       errinfo.sql_error_code,
       errinfo.message,
       errinfo.detail,
       errinfo.hint
FROM unnest(ARRAY['$ ? (@ like_regex "pattern" flag "smixq")'::text,
                  '$ ? (@ like_regex "pattern" flag "a")',
                  '@ + 1',
                  '00',
                  '1a']) str,
     LATERAL pg_input_error_info(str, 'jsonpath') as errinfo
%%
select '"null \u0000 escape"'::jsonpath as not_unescaped
%%
ALTER LARGE OBJECT 42 OWNER TO regress_lo_user
%%
-- lo_creat(mode integer) returns oid
-- The mode arg to lo_creat is unused, some vestigal holdover from ancient times
-- returns the large object id
INSERT INTO lotest_stash_values (loid) SELECT lo_creat(42)
%%
-- lo_lseek(fd integer, offset integer, whence integer) returns integer
-- offset is in bytes, whence is one of three values:
--  SEEK_SET (= 0) meaning relative to beginning
--  SEEK_CUR (= 1) meaning relative to current position
--  SEEK_END (= 2) meaning relative to end (offset better be negative)
-- returns current position in file
SELECT lo_lseek(fd, 104, 0) FROM lotest_stash_values
%%
SELECT lo_tell(fd) FROM lotest_stash_values
%%
SELECT lo_lseek64(fd, 4294967296, 0) FROM lotest_stash_values
%%
-- lo_unlink(lobjId oid) returns integer
-- return value appears to always be 1
SELECT lo_unlink(loid) from lotest_stash_values
%%
-- just make sure \lo_export does not barf

-- This is a hack to test that export/import are reversible
-- This uses knowledge about the inner workings of large object mechanism
-- which should not be used outside it.  This makes it a HACK
SELECT pageno, data FROM pg_largeobject WHERE loid = (SELECT loid from lotest_stash_values)
EXCEPT
SELECT pageno, data FROM pg_largeobject WHERE loid = :newloid
%%
SELECT lo_put(:newloid_1, 4294967310, 'foo')
%%
-- Test writes on large objects in read-only transactions
START TRANSACTION READ ONLY
%%
SELECT lowrite(42, 'x')
%%
SELECT lo_from_bytea(0, 'x')
%%
--
-- LIMIT
-- Check the LIMIT/OFFSET feature of SELECT
--

SELECT ''::text AS two, unique1, unique2, stringu1
		FROM onek WHERE unique1 > 50
		ORDER BY unique1 LIMIT 2
%%
SELECT ''::text AS zero, unique1, unique2, stringu1
		FROM onek WHERE unique1 < 50
		ORDER BY unique1 DESC LIMIT 8 OFFSET 99
%%
SELECT ''::text AS five, unique1, unique2, stringu1
		FROM onek
		ORDER BY unique1 LIMIT 5 OFFSET 900
%%
fetch all in c1
%%
declare c2 cursor for select * from int8_tbl limit 3
%%
fetch backward all in c2
%%
fetch backward 1 in c3
%%
fetch 1 in c4
%%
fetch all in c5
%%
-- Stress test for variable LIMIT in conjunction with bounded-heap sorting

SELECT
  (SELECT n
     FROM (VALUES (1)) AS x,
          (SELECT n FROM generate_series(1,10) AS n
             ORDER BY n LIMIT 1 OFFSET s-1) AS y) AS z
  FROM generate_series(1,10) AS s
%%
select currval('testseq')
%%
select unique1, unique2, generate_series(1,10)
  from tenk1 order by unique2 limit 7
%%
select generate_series(0,2) as s1, generate_series((random()*.1)::int,2) as s2
%%
select sum(tenthous) as s1, sum(tenthous) + random()*0 as s2
  from tenk1 group by thousand order by thousand limit 3
%%
-- SKIP LOCKED and WITH TIES are incompatible
SELECT  thousand
		FROM onek WHERE thousand < 5
		ORDER BY thousand FETCH FIRST 1 ROW WITH TIES FOR UPDATE SKIP LOCKED
%%
CREATE VIEW limit_thousand_v_3 AS SELECT thousand FROM onek WHERE thousand < 995
		ORDER BY thousand FETCH FIRST NULL ROWS WITH TIES
%%
INSERT INTO LINE_TBL VALUES ('{0,-1,5}')
%%
--
-- Test the LOCK statement
--

-- directory paths and dlsuffix are passed to us in environment variables


-- Setup
CREATE SCHEMA lock_schema1
%%
CREATE VIEW lock_view1 AS SELECT * FROM lock_tbl1
%%
CREATE VIEW lock_view5 AS SELECT * from lock_tbl1 where a in (select * from lock_tbl1a)
%%
GRANT USAGE ON SCHEMA lock_schema1 TO regress_rol_lock1
%%
LOCK TABLE lock_tbl1 IN SHARE UPDATE EXCLUSIVE MODE
%%
LOCK TABLE lock_tbl1 IN ACCESS EXCLUSIVE MODE
%%
LOCK TABLE lock_tbl1 IN SHARE UPDATE EXCLUSIVE MODE NOWAIT
%%
LOCK TABLE lock_tbl1 IN ACCESS EXCLUSIVE MODE NOWAIT
%%
LOCK TABLE lock_view3 IN EXCLUSIVE MODE
%%
-- Verify that we cope with infinite recursion in view definitions.
CREATE OR REPLACE VIEW lock_view2 AS SELECT * from lock_view3
%%
CREATE TABLE lock_tbl3 () INHERITS (lock_tbl2)
%%
LOCK TABLE lock_tbl2
%%
GRANT UPDATE ON TABLE lock_view1 TO regress_rol_lock1
%%
LOCK TABLE lock_view8
%%
--
-- Clean up
--
DROP VIEW lock_view8
%%
DROP VIEW lock_view4
%%
DROP TABLE lock_tbl2
%%
DROP ROLE regress_rol_lock1
%%
INSERT INTO LSEG_TBL VALUES ('[(1,2),(3,4)]')
%%
INSERT INTO macaddr_data VALUES (1, '08:00:2b:01:02:03')
%%
SELECT a, b, trunc(b) FROM macaddr_data ORDER BY 2, 1
%%
-- true
SELECT b >= '08:00:2b:01:02:04' FROM macaddr_data WHERE a = 1
%%
SELECT  b & '00:00:00:ff:ff:ff' FROM macaddr_data
%%
-- invalid

-- test converting a MAC address to modified EUI-64 for inclusion
-- in an ipv6 address
SELECT macaddr8_set7bit('00:08:2b:01:02:03'::macaddr8)
%%
CREATE INDEX macaddr8_data_btree ON macaddr8_data USING btree (b)
%%
-- true
SELECT b >  '08:00:2b:ff:fe:01:02:04' FROM macaddr8_data WHERE a = 1
%%
-- true
SELECT b::macaddr <> '08:00:2b:01:02:04'::macaddr FROM macaddr8_data WHERE a = 1
%%
-- false

SELECT ~b                       FROM macaddr8_data
%%
-- create a table to use as a basis for views and materialized views in various combinations
CREATE TABLE mvtest_t (id int NOT NULL PRIMARY KEY, type text NOT NULL, amt numeric NOT NULL)
%%
-- create a materialized view with no data, and confirm correct behavior
EXPLAIN (costs off)
  CREATE MATERIALIZED VIEW mvtest_tm AS SELECT type, sum(amt) AS totamt FROM mvtest_t GROUP BY type WITH NO DATA
%%
REFRESH MATERIALIZED VIEW mvtest_tm
%%
SELECT * FROM mvtest_tvm
%%
CREATE UNIQUE INDEX mvtest_tvmm_pred ON mvtest_tvmm (grandtot) WHERE grandtot < 0
%%
CREATE VIEW mvtest_tvvmv AS SELECT * FROM mvtest_tvvm
%%
ALTER MATERIALIZED VIEW mvtest_tvm SET SCHEMA mvtest_mvschema
%%
REFRESH MATERIALIZED VIEW mvtest_tvm
%%
SELECT * FROM mvtest_tmm
%%
REFRESH MATERIALIZED VIEW CONCURRENTLY mvtest_tvmm
%%
-- make sure invalid combination of options is prohibited
REFRESH MATERIALIZED VIEW CONCURRENTLY mvtest_tvmm WITH NO DATA
%%
DROP TABLE mvtest_t CASCADE
%%
CREATE MATERIALIZED VIEW mv_test3 AS SELECT * FROM mv_test2 WHERE moo = 12345
%%
CREATE UNIQUE INDEX ON mvtest_mv(a)
%%
DROP TABLE mvtest_foo CASCADE
%%
INSERT INTO mvtest_foo VALUES(2, 3, 4)
%%
-- make sure that types with unusual equality tests work
CREATE TABLE mvtest_boxes (id serial primary key, b box)
%%
UPDATE mvtest_boxes SET b = '(2,2),(1,1)' WHERE id = 2
%%
-- make sure that column names are handled correctly
CREATE TABLE mvtest_v (i int, j int)
%%
-- ok
CREATE MATERIALIZED VIEW mvtest_mv_v_3 (ii, jj, kk) AS SELECT i, j FROM mvtest_v WITH NO DATA
%%
INSERT INTO mvtest_v values (1, 2)
%%
REFRESH MATERIALIZED VIEW CONCURRENTLY mvtest_mv_v
%%
SELECT * FROM mvtest_v
%%
SELECT * FROM mvtest_mv_v_4
%%
DROP MATERIALIZED VIEW mv_unspecified_types
%%
-- fail here
drop materialized view mvtest_error
%%
-- make sure running as superuser works when MV owned by another role (bug #11208)
CREATE ROLE regress_user_mvtest
%%
CREATE MATERIALIZED VIEW IF NOT EXISTS mvtest_mv_foo AS SELECT * FROM mvtest_foo_data
%%
DROP OWNED BY regress_user_mvtest CASCADE
%%
SELECT * FROM mvtest1
%%
ALTER DEFAULT PRIVILEGES FOR ROLE regress_matview_user
  REVOKE INSERT ON TABLES FROM regress_matview_user
%%
EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF, TIMING OFF)
  CREATE MATERIALIZED VIEW matview_schema.mv_withdata2 (a) AS
  SELECT generate_series(1, 10) WITH DATA
%%
REFRESH MATERIALIZED VIEW matview_schema.mv_nodata2
%%
-- CREATE MATERIALIZED VIEW ... IF NOT EXISTS
CREATE MATERIALIZED VIEW matview_ine_tab AS SELECT 1
%%
-- error
CREATE MATERIALIZED VIEW IF NOT EXISTS matview_ine_tab AS
  SELECT 1 / 0 WITH NO DATA
%%
-- error
EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF, TIMING OFF)
  CREATE MATERIALIZED VIEW IF NOT EXISTS matview_ine_tab AS
    SELECT 1 / 0 WITH NO DATA
%%
SELECT explain_memoize('
SELECT COUNT(*),AVG(t1.unique1) FROM tenk1 t1
INNER JOIN tenk1 t2 ON t1.unique1 = t2.twenty
WHERE t2.unique1 < 1000;', false)
%%
-- Ensure we get some evictions.  We're unable to validate the hits and misses
-- here as the number of entries that fit in the cache at once will vary
-- between different machines.
SELECT explain_memoize('
SELECT COUNT(*),AVG(t1.unique1) FROM tenk1 t1
INNER JOIN tenk1 t2 ON t1.unique1 = t2.thousand
WHERE t2.unique1 < 1200;', true)
%%
ANALYZE flt
%%
CREATE INDEX strtest_t_idx ON strtest (t)
%%
DROP TABLE strtest
%%
CREATE TABLE prt_p2 PARTITION OF prt FOR VALUES FROM (10) TO (20)
%%
ANALYZE prt
%%
-- Exercise Memoize code that flushes the cache when a parameter changes which
-- is not part of the cache key.

-- Ensure we get a Memoize plan
EXPLAIN (COSTS OFF)
SELECT unique1 FROM tenk1 t0
WHERE unique1 < 3
  AND EXISTS (
	SELECT 1 FROM tenk1 t1
	INNER JOIN tenk1 t2 ON t1.unique1 = t2.hundred
	WHERE t0.ten = t1.twenty AND t0.two <> t2.four OFFSET 0)
%%
SET max_parallel_workers_per_gather TO 2
%%
CREATE USER regress_merge_no_privs
%%
CREATE TABLE source (sid integer, delta integer) -- no index
  WITH (autovacuum_enabled=off)
%%
ALTER TABLE source OWNER TO regress_merge_privs
%%
ALTER TABLE source2 OWNER TO regress_merge_no_privs
%%
--
-- Errors
--
MERGE INTO target t RANDOMWORD
USING source AS s
ON t.tid = s.sid
WHEN MATCHED THEN
	UPDATE SET balance = 0
%%
-- SELECT query for INSERT
MERGE INTO target t
USING source AS s
ON t.tid = s.sid
WHEN NOT MATCHED THEN
	INSERT SELECT (1, 1)
%%
-- used in a CTE
WITH foo AS (
  MERGE INTO target USING source ON (true)
  WHEN MATCHED THEN DELETE
) SELECT * FROM foo
%%
DROP VIEW tv
%%
-- permissions

MERGE INTO target
USING source2
ON target.tid = source2.sid
WHEN MATCHED THEN
	UPDATE SET balance = 0
%%
MERGE INTO target2
USING source
ON target2.tid = source.sid
WHEN NOT MATCHED THEN
	INSERT DEFAULT VALUES
%%
MERGE INTO target t
USING source AS s
ON t.tid = s.sid
WHEN MATCHED THEN
	DELETE
%%
SELECT * FROM target ORDER BY tid
%%
ANALYZE target
%%
MERGE INTO target t
USING source AS s
ON t.tid = s.sid
WHEN MATCHED THEN
	DO NOTHING
%%
alter table target alter column tid drop not null
%%
MERGE INTO target t
USING source AS s
ON t.tid = s.sid
WHEN NOT MATCHED THEN
	INSERT VALUES (s.sid, s.delta)
%%
MERGE INTO target t
USING source AS s
ON t.tid = s.sid
WHEN MATCHED THEN
	UPDATE SET balance = t.balance + s.delta
WHEN NOT MATCHED THEN
	INSERT VALUES (s.sid, s.delta)
%%
INSERT INTO wq_source (sid, balance) VALUES (1, 100)
%%
-- this time with an actual condition which returns false
MERGE INTO wq_target t
USING wq_source s ON t.tid = s.sid
WHEN NOT MATCHED AND s.balance <> 100 THEN
	INSERT (tid) VALUES (s.sid)
%%
MERGE INTO wq_target t
USING wq_source s ON t.tid = s.sid
WHEN MATCHED AND s.balance = 100 THEN
	UPDATE SET balance = t.balance + s.balance
%%
-- check if OR works
MERGE INTO wq_target t
USING wq_source s ON t.tid = s.sid
WHEN MATCHED AND t.balance = 99 OR s.balance > 100 THEN
	UPDATE SET balance = t.balance + s.balance
%%
MERGE INTO wq_target t
USING wq_source s ON t.tid = s.sid
WHEN MATCHED AND t.tableoid >= 0 THEN
	UPDATE SET balance = t.balance + s.balance
%%
CREATE TRIGGER merge_bsu BEFORE UPDATE ON target FOR EACH STATEMENT EXECUTE PROCEDURE merge_trigfunc ()
%%
CREATE TRIGGER merge_asd AFTER DELETE ON target FOR EACH STATEMENT EXECUTE PROCEDURE merge_trigfunc ()
%%
CREATE TRIGGER merge_ari AFTER INSERT ON target FOR EACH ROW EXECUTE PROCEDURE merge_trigfunc ()
%%
--EXPLAIN (ANALYZE ON, COSTS OFF, SUMMARY OFF, TIMING OFF)
MERGE INTO target t
USING source AS s
ON t.tid = s.sid
WHEN MATCHED AND t.balance > s.delta THEN
	UPDATE SET balance = t.balance - s.delta
WHEN MATCHED THEN
	DELETE
WHEN NOT MATCHED THEN
	INSERT VALUES (s.sid, s.delta)
%%
DROP TRIGGER merge_skip ON target
%%
MERGE INTO target t
USING (SELECT sid, delta as newname FROM source WHERE delta > 0) AS s
ON t.tid = s.sid
WHEN NOT MATCHED THEN
	INSERT (tid, balance) VALUES (s.sid, s.newname)
%%
CREATE FUNCTION merge_func (p_id integer, p_bal integer)
RETURNS INTEGER
LANGUAGE plpgsql
AS $$
DECLARE
 result integer;
BEGIN
MERGE INTO target t
USING (SELECT p_id AS sid) AS s
ON t.tid = s.sid
WHEN MATCHED THEN
	UPDATE SET balance = t.balance - p_bal;
IF FOUND THEN
	GET DIAGNOSTICS result := ROW_COUNT;
END IF;
RETURN result;
END;
$$
%%
PREPARE foom2 (integer, integer) AS
MERGE INTO target t
USING (SELECT 1) s
ON t.tid = $1
WHEN MATCHED THEN
UPDATE SET balance = $2
%%
INSERT INTO sq_target(tid, balance) VALUES (1,100), (2,200), (3,300)
%%
-- try a view
CREATE VIEW v AS SELECT * FROM sq_source WHERE sid < 2
%%
MERGE INTO sq_target t
USING v
ON tid = sid
WHEN MATCHED AND tid > 2 THEN
    UPDATE SET balance = t.balance + delta
WHEN NOT MATCHED THEN
	INSERT (balance, tid) VALUES (balance + delta, sid)
WHEN MATCHED AND tid < 2 THEN
	DELETE
%%
CREATE TABLE ex_msource (a int, b int)
  WITH (autovacuum_enabled=off)
%%
-- only updates
SELECT explain_merge('
MERGE INTO ex_mtarget t USING ex_msource s ON t.a = s.a
WHEN MATCHED THEN
	UPDATE SET b = t.b + 1')
%%
SELECT * FROM sq_target WHERE tid = 1
%%
CREATE TABLE pa_target (tid integer, balance float, val text)
	PARTITION BY LIST (tid)
%%
CREATE TABLE part4 PARTITION OF pa_target DEFAULT
  WITH (autovacuum_enabled=off)
%%
MERGE INTO pa_target t
  USING pa_source s
  ON t.tid = s.sid
  WHEN MATCHED THEN
    UPDATE SET balance = balance + delta, val = val || ' updated by merge'
  WHEN NOT MATCHED THEN
    INSERT VALUES (sid, delta, 'inserted by merge')
%%
SELECT merge_func()
%%
CREATE TABLE part3 (tid integer, balance float, val text)
  WITH (autovacuum_enabled=off)
%%
ALTER TABLE pa_target ATTACH PARTITION part2 FOR VALUES IN (2,5,6)
%%
MERGE INTO pa_target t
  USING pa_source s
  ON t.tid = s.sid
  WHEN MATCHED THEN
    UPDATE SET tid = tid + 1, balance = balance + delta, val = val || ' updated by merge'
  WHEN NOT MATCHED THEN
    INSERT VALUES (sid, delta, 'inserted by merge')
%%
MERGE INTO pa_target t
  USING pa_source s
  ON t.tid = s.sid AND t.tid IN (1,2,3,4)
  WHEN MATCHED THEN
    UPDATE SET tid = tid - 1
%%
CREATE TABLE part_m01_odd PARTITION OF part_m01
	FOR VALUES IN (1,3,5,7,9) WITH (autovacuum_enabled=off)
%%
CREATE TABLE part_m02_even PARTITION OF part_m02
	FOR VALUES IN (2,4,6,8) WITH (autovacuum_enabled=off)
%%
-- Partitioned table with primary key

CREATE TABLE pa_target (tid integer PRIMARY KEY) PARTITION BY LIST (tid)
%%
EXPLAIN (VERBOSE, COSTS OFF)
MERGE INTO pa_target t USING pa_source s ON t.tid = s.sid
  WHEN NOT MATCHED THEN INSERT VALUES (s.sid)
%%
-- some complex joins on the source side

CREATE TABLE cj_target (tid integer, balance float, val text)
  WITH (autovacuum_enabled=off)
%%
INSERT INTO cj_source2 VALUES (1, 'initial source2')
%%
MERGE INTO cj_target t
USING cj_source2 s2
	INNER JOIN cj_source1 s1 ON sid1 = sid2 AND scat = 20
ON t.tid = sid1
WHEN MATCHED THEN
	UPDATE SET val = val || ' ' || delta::text
%%
ALTER TABLE cj_source2 RENAME COLUMN sid2 TO sid
%%
-- Function scans
CREATE TABLE fs_target (a int, b int, c text)
  WITH (autovacuum_enabled=off)
%%
DROP TABLE fs_target
%%
CREATE TABLE measurement_y2007m01 (
    filler          text,
    peaktemp        int,
    logdate         date not null,
    city_id         int not null,
    unitsales       int
    CHECK ( logdate >= DATE '2007-01-01' AND logdate < DATE '2007-02-01')
) WITH (autovacuum_enabled=off)
%%
CREATE TRIGGER insert_measurement_trigger
    BEFORE INSERT ON measurement
    FOR EACH ROW EXECUTE PROCEDURE measurement_insert_trigger()
%%
INSERT INTO new_measurement VALUES (1, '2006-03-27', NULL, NULL)
%%
MERGE into measurement m
 USING new_measurement nm ON
      (m.city_id = nm.city_id and m.logdate=nm.logdate)
WHEN MATCHED AND nm.peaktemp IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE
     SET peaktemp = greatest(m.peaktemp, nm.peaktemp),
        unitsales = m.unitsales + coalesce(nm.unitsales, 0)
WHEN NOT MATCHED THEN INSERT
     (city_id, logdate, peaktemp, unitsales)
   VALUES (city_id, logdate, peaktemp, unitsales)
%%
DROP TABLE measurement, new_measurement CASCADE
%%
DROP FUNCTION merge_trigfunc()
%%
CREATE FUNCTION reverse_name(name)
   RETURNS name
   AS :'regresslib'
   LANGUAGE C STRICT
%%
UPDATE tmp
   SET stringu1 = reverse_name(onek.stringu1)
   FROM onek
   WHERE onek.stringu1 = 'JBAAAA' and
	  onek.stringu1 = tmp.stringu1
%%
COPY onek_copy FROM :'filename'
%%
CREATE TEMP TABLE stud_emp_copy (LIKE stud_emp)
%%
CREATE TABLE equipment_r (
	name 		text,
	hobby		text
)
%%
INSERT INTO equipment_r (name, hobby) VALUES ('advil', 'posthacking')
%%
CREATE FUNCTION hobbies_by_name(hobbies_r.name%TYPE)
   RETURNS hobbies_r.person%TYPE
   AS 'select person from hobbies_r where name = $1'
   LANGUAGE SQL
%%
CREATE FUNCTION equipment_named_ambiguous_1b(hobby hobbies_r)
   RETURNS setof equipment_r
   AS 'select * from equipment_r where equipment_r.hobby = hobby.name'
   LANGUAGE SQL
%%
--
-- mike does post_hacking,
-- joe and sally play basketball, and
-- everyone else does nothing.
--
SELECT p.name, name(p.hobbies) FROM ONLY person p
%%
--
-- mike needs advil and peet's coffee,
-- joe and sally need hightops, and
-- everyone else is fine.
--
SELECT p.name, name(p.hobbies), name(equipment(p.hobbies)) FROM ONLY person p
%%
SELECT (p.hobbies).equipment.name, name(p.hobbies), p.name FROM ONLY person p
%%
SELECT name(equipment_named(hobby_construct_named(text 'skywalking', text 'mer')))
%%
SELECT name(equipment_named_ambiguous_2a(text 'skywalking'))
%%
--
-- Try a few cases with SQL-spec row constructor expressions
--
SELECT * FROM equipment(ROW('skywalking', 'mer'))
%%
-- directory paths and dlsuffix are passed to us in environment variables


--
-- num_nulls()
--

SELECT num_nonnulls(NULL)
%%
SELECT num_nonnulls(1, 2, NULL::text, NULL::point, '', int8 '9', 1.0 / NULL)
%%
SELECT num_nulls(NULL)
%%
SELECT num_nulls(1, 2, NULL::text, NULL::point, '', int8 '9', 1.0 / NULL)
%%
-- special cases
SELECT num_nonnulls(VARIADIC NULL::text[])
%%
--
-- canonicalize_path()
--

CREATE FUNCTION test_canonicalize_path(text)
   RETURNS text
   AS :'regresslib'
   LANGUAGE C STRICT IMMUTABLE
%%
CREATE ROLE regress_log_memory
%%
REVOKE EXECUTE ON FUNCTION pg_log_backend_memory_contexts(integer)
  FROM regress_log_memory
%%
-- Test not-run-to-completion cases.
select * from pg_ls_waldir() limit 0
%%
-- pg_read_file()
select length(pg_read_file('postmaster.pid')) > 20
%%
-- ok
-- Test invalid argument
select pg_read_file('does not exist', 0, -1)
%%
-- Test missing_ok
select pg_read_binary_file('does not exist')
%%
-- error

-- pg_stat_file()
select size > 20, isdir from pg_stat_file('postmaster.pid')
%%
-- ok
-- Test include_dot_dirs (third argument)
select count(*) = 1 as dot_found
  from pg_ls_dir('.', false, true) as ls where ls = '.'
%%
--
-- Test replication slot directory functions
--
CREATE ROLE regress_slot_dir_funcs
%%
-- By default, planner does not think that's selective
EXPLAIN (COSTS OFF)
SELECT * FROM tenk1 a JOIN tenk1 b ON a.unique1 = b.unique1
WHERE my_int_eq(a.unique2, 42)
%%
EXPLAIN (COSTS OFF)
SELECT * FROM tenk1 a JOIN my_gen_series(1,1000) g ON a.unique1 = g
%%
SELECT count(*) > 0 AS ok FROM pg_control_system()
%%
-- **************** pg_shdepend ****************

-- Look for illegal values in pg_shdepend fields.

SELECT *
FROM pg_shdepend as d1
WHERE refclassid = 0 OR refobjid = 0 OR
      classid = 0 OR objid = 0 OR
      deptype NOT IN ('a', 'o', 'r', 't')
%%
INSERT INTO money_data VALUES ('123')
%%
SELECT m / '2'::money FROM money_data
%%
SELECT m * 2::int2 FROM money_data
%%
SELECT 2::int8 * m FROM money_data
%%
SELECT m / 2::float8 FROM money_data
%%
-- All true
SELECT m = '$123.00' FROM money_data
%%
SELECT m < '$124.00' FROM money_data
%%
SELECT cash_words(m) FROM money_data
%%
-- rounding vs. truncation in division
SELECT '878.08'::money / 11::float8
%%
SELECT '878.08'::money / 11::smallint
%%
SELECT 12345678901234567::int8::money
%%
SELECT (-12345678901234567)::numeric::money
%%
-- with canonicalization, we can join these:
select '{[1,2], [3,4]}'::int4multirange
%%
select textmultirange(textrange('\\\\', repeat('a', 200)), textrange('c', 'd'))
%%
select int4range(null, null)::int4multirange
%%
select textrange(null, null)::textmultirange
%%
--
-- create some test data and test the operators
--

CREATE TABLE nummultirange_test (nmr NUMMULTIRANGE)
%%
INSERT INTO nummultirange_test VALUES(nummultirange(variadic '{}'::numrange[]))
%%
SELECT nmr, lower_inc(nmr), lower_inf(nmr), upper_inc(nmr), upper_inf(nmr) FROM nummultirange_test ORDER BY nmr
%%
SELECT * FROM nummultirange_test WHERE nmr >= '{}'
%%
select nummultirange(numrange(5.0, 6.0), numrange(1.0, 2.0))
%%
SELECT * FROM nummultirange_test WHERE multirange_overlaps_range(nmr, numrange(4.0, 4.2))
%%
SELECT * FROM nummultirange_test WHERE nmr && nummultirange(numrange(6.0, 7.0))
%%
SELECT * FROM nummultirange_test WHERE nmr @> numrange(4.0, 4.2)
%%
SELECT * FROM nummultirange_test WHERE 4.0 <@ nmr
%%
SELECT * FROM nummultirange_test WHERE '{[4.0,4.2), [6.0, 8.0)}'::nummultirange <@ nmr
%%
SELECT nummultirange(numrange(1,2)) && 'empty'::numrange
%%
SELECT nummultirange(numrange(3,4)) && nummultirange(numrange(1,2), numrange(7,8))
%%
-- contains
SELECT nummultirange() @> nummultirange()
%%
SELECT nummultirange(numrange(null,null)) @> numrange(2,null)
%%
SELECT nummultirange(numrange(-4,-2), numrange(1,5)) @> numrange(1,5)
%%
SELECT numrange(null,null) @> nummultirange(numrange(1,2))
%%
SELECT numrange(5,null) @> nummultirange(numrange(8,null))
%%
SELECT '{[1,9)}' @> '{[1,5)}'::nummultirange
%%
SELECT numrange(null,2) <@ nummultirange(numrange(null,null))
%%
SELECT numrange(8,9) <@ nummultirange(numrange(1,5))
%%
SELECT nummultirange(numrange(1,2)) <@ numrange(null,null)
%%
SELECT nummultirange(numrange(8,null)) <@ numrange(5,null)
%%
SELECT '{[1,5)}'::nummultirange <@ '{[1,9)}'
%%
SELECT nummultirange(numrange(1,2)) &< 'empty'::numrange
%%
SELECT numrange(6,7) &< nummultirange(numrange(3,4))
%%
SELECT nummultirange(numrange(1,2)) &> 'empty'::numrange
%%
SELECT nummultirange() &> nummultirange(numrange(1,2))
%%
SELECT nummultirange(numrange(3,4)) &> nummultirange(numrange(6,7))
%%
SELECT nummultirange(numrange(1,2)) -|- 'empty'::numrange
%%
SELECT numrange(1,2) -|- nummultirange(numrange(2,4))
%%
SELECT nummultirange(numrange(1,2)) -|- nummultirange(numrange(2,4), numrange(6,7))
%%
select numrange(1,2) << nummultirange(numrange(0,4), numrange(7,8))
%%
select nummultirange(numrange(0,2), numrange(7,8)) << numrange(3,6)
%%
select nummultirange(numrange(1,2)) << nummultirange()
%%
-- strictly right
select nummultirange() >> 'empty'::numrange
%%
select 'empty'::numrange >> nummultirange()
%%
select numrange(3,6) >> nummultirange(numrange(-4,-2), numrange(0,2))
%%
select nummultirange(numrange(1,2)) >> nummultirange(numrange(1,2))
%%
SELECT nummultirange() + nummultirange(numrange(1,2))
%%
-- merge
SELECT range_merge(nummultirange())
%%
SELECT nummultirange() - nummultirange(numrange(1,2))
%%
SELECT nummultirange(numrange(1,8)) - nummultirange(numrange(0,2), numrange(3,4))
%%
SELECT nummultirange(numrange(1,2), numrange(4,5)) - nummultirange(numrange(-2,0), numrange(8,9))
%%
SELECT '{[1,3)}'::nummultirange * '{[1,5)}'::nummultirange
%%
insert into test_multirange_gist select int4multirange(int4range(g, g+10000)) from generate_series(1,1000) g
%%
-- test statistics and selectivity estimation as well
--
-- We don't check the accuracy of selectivity estimation, but at least check
-- it doesn't fall.
analyze test_multirange_gist
%%
select count(*) from test_multirange_gist where mr = '{}'::int4multirange
%%
select count(*) from test_multirange_gist where mr << 'empty'::int4range
%%
select count(*) from test_multirange_gist where mr -|- 'empty'::int4range
%%
select count(*) from test_multirange_gist where mr << '{}'::int4multirange
%%
select count(*) from test_multirange_gist where mr -|- '{}'::int4multirange
%%
select count(*) from test_multirange_gist where mr && int4range(10,20)
%%
select count(*) from test_multirange_gist where mr &< int4range(100,500)
%%
select count(*) from test_multirange_gist where mr << int4multirange(int4range(100,200), int4range(400,500))
%%
select count(*) from test_multirange_gist where mr -|- int4multirange(int4range(100,200), int4range(400,500))
%%
--
-- range_agg function
--
create table reservations ( room_id integer not null, booked_during daterange )
%%
select range_agg(nmr) from nummultirange_test where false
%%
select range_intersect_agg(nmr) from nummultirange_test where false
%%
create table nummultirange_test2(nmr nummultirange)
%%
INSERT INTO nummultirange_test2 VALUES(nummultirange(numrange(1.1, 2.2,'()')))
%%
set enable_hashjoin=f
%%
set enable_hashjoin=t
%%
set enable_mergejoin to default
%%
insert into float8multirange_test values(float8multirange(float8range(-100.00007, '1.111113e9')), 42)
%%
create type mydomainrange as range(subtype=mydomain)
%%
select '{[4,5)}'::restrictedmultirange @> 7
%%
drop type intr
%%
create type intr_multirange as (x int, y int)
%%
-- should pass, because existing _textrange1 is automatically renamed
create type textrange2 as range(subtype=text, multirange_type_name=_textrange1, collation="C")
%%
select _textrange1(textrange2('a','z')) @> 'b'::text
%%
select anyarray_anymultirange_func(ARRAY[1,2], int4multirange(int4range(10,20)))
%%
-- should fail
create function bogus_func(int)
  returns anymultirange as 'select int4multirange(int4range(1,10))' language sql
%%
create function multirangetypes_sql(q anymultirange, b anyarray, out c anyelement)
  as $$ select upper($1) + $2[1] $$
  language sql
%%
select anycompatiblearray_anycompatiblemultirange_func(ARRAY[1,2], multirange(int4range(10,20)))
%%
select anycompatiblerange_anycompatiblemultirange_func(int4range(1,2), multirange(int4range(10,20)))
%%
--
-- Arrays of multiranges
--

select ARRAY[nummultirange(numrange(1.1, 1.2)), nummultirange(numrange(12.3, 155.5))]
%%
drop table i8mr_array
%%
create type two_ints_range as range (subtype = two_ints)
%%
--
-- OUT/INOUT/TABLE functions
--

-- infer anymultirange from anymultirange
create function mr_outparam_succeed(i anymultirange, out r anymultirange, out t text)
  as $$ select $1, 'foo'::text $$ language sql
%%
-- infer anyrange from anymultirange
create function mr_outparam_succeed3(i anymultirange, out r anyrange, out t text)
  as $$ select range_merge($1), 'foo'::text $$ language sql
%%
-- infer anyelement from anymultirange
create function mr_inoutparam_succeed(out i anyelement, inout r anymultirange)
  as $$ select upper($1), $1 $$ language sql
%%
-- use anymultirange in plpgsql
create function mr_polymorphic(i anyrange) returns anymultirange
  as $$ begin return multirange($1); end; $$ language plpgsql
%%
--should fail
create function mr_table_fail(i anyelement) returns table(i anyelement, r anymultirange)
  as $$ select $1, '[1,10]' $$ language sql
%%
CREATE INDEX clean_aborted_self_key ON clean_aborted_self(key)
%%
--
-- NAME
-- all inputs are silently truncated at NAMEDATALEN-1 (63) characters
--

-- fixed-length by reference
SELECT name 'name string' = name 'name string' AS "True"
%%
SELECT * FROM NAME_TBL
%%
SELECT c.f1 FROM NAME_TBL c WHERE c.f1 <= '1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890ABCDEFGHIJKLMNOPQR'
%%
SELECT c.f1 FROM NAME_TBL c WHERE c.f1 !~ '.*'
%%
SELECT parse_ident(' first . "  second  " ."   third   ". "  ' || repeat('x',66) || '"')
%%
-- verify that the correct search_path restored on abort
SET search_path to public
%%
CREATE SCHEMA test_ns_schema_2
       CREATE VIEW abc_view AS SELECT a FROM abc
%%
SELECT * FROM test_ns_schema_1.abc
%%
-- fail, already exists
CREATE SCHEMA IF NOT EXISTS test_ns_schema_renamed
%%
CREATE TABLE num_exp_add (id1 int4, id2 int4, expected numeric(210,10))
%%
CREATE TABLE num_exp_sqrt (id int4, expected numeric(210,10))
%%
CREATE TABLE num_result (id1 int4, id2 int4, result numeric(210,10))
%%
INSERT INTO num_exp_div VALUES (0,0,'NaN')
%%
INSERT INTO num_exp_log10 VALUES (0,'NaN')
%%
CREATE UNIQUE INDEX num_exp_sub_idx ON num_exp_sub (id1, id2)
%%
CREATE UNIQUE INDEX num_exp_ln_idx ON num_exp_ln (id)
%%
VACUUM ANALYZE num_exp_sub
%%
VACUUM ANALYZE num_exp_ln
%%
INSERT INTO num_result SELECT t1.id, t2.id, t1.val + t2.val
    FROM num_data t1, num_data t2
%%
INSERT INTO num_result SELECT t1.id, t2.id, t1.val - t2.val
    FROM num_data t1, num_data t2
%%
INSERT INTO num_result SELECT t1.id, t2.id, t1.val * t2.val
    FROM num_data t1, num_data t2
%%
INSERT INTO num_result SELECT t1.id, t2.id, t1.val / t2.val
    FROM num_data t1, num_data t2
    WHERE t2.val != '0.0'
%%
INSERT INTO num_result SELECT id, 0, SQRT(ABS(val))
    FROM num_data
%%
INSERT INTO num_result SELECT id, 0, LOG(numeric '10', ABS(val))
    FROM num_data
    WHERE val != '0.0'
%%
-- ******************************
-- * Check behavior with Inf and NaN inputs.  It's easiest to handle these
-- * separately from the num_data framework used above, because some input
-- * combinations will throw errors.
-- ******************************

WITH v(x) AS
  (VALUES('0'::numeric),('1'),('-1'),('4.2'),('inf'),('-inf'),('nan'))
SELECT x1, x2,
  x1 + x2 AS sum,
  x1 - x2 AS diff,
  x1 * x2 AS prod
FROM v AS v1(x1), v AS v2(x2)
%%
SELECT div('inf'::numeric, '0')
%%
WITH v(x) AS
  (VALUES('0'::numeric),('1'),('4.2'),('inf'),('nan'))
SELECT x, sqrt(x)
FROM v
%%
WITH v(x) AS
  (VALUES('2'::numeric),('4.2'),('inf'),('nan'))
SELECT x1, x2,
  log(x1, x2)
FROM v AS v1(x1), v AS v2(x2)
%%
-- ******************************
-- * miscellaneous checks for things that have been broken in the past...
-- ******************************
-- numeric AVG used to fail on some platforms
SELECT AVG(val) FROM num_data
%%
SELECT VARIANCE(val) FROM num_data
%%
DROP TABLE fract_only
%%
-- ok
SELECT 2147483647.4::int4
%%
SELECT 'NaN'::float4::numeric
%%
SELECT 'NaN'::numeric::int8
%%
DROP TABLE ceil_floor_round
%%
SELECT width_bucket(5.0::float8, 3.0::float8, 4.0::float8, 0)
%%
SELECT width_bucket(2.0, 3.0, '-inf', 888)
%%
SELECT
    operand_num,
    width_bucket(operand_num, 0, 10, 5) AS wb_1,
    width_bucket(operand_f8, 0, 10, 5) AS wb_1f,
    width_bucket(operand_num, 10, 0, 5) AS wb_2,
    width_bucket(operand_f8, 10, 0, 5) AS wb_2f,
    width_bucket(operand_num, 2, 8, 4) AS wb_3,
    width_bucket(operand_f8, 2, 8, 4) AS wb_3f,
    width_bucket(operand_num, 5.0, 5.5, 20) AS wb_4,
    width_bucket(operand_f8, 5.0, 5.5, 20) AS wb_4f,
    width_bucket(operand_num, -25, 25, 10) AS wb_5,
    width_bucket(operand_f8, -25, 25, 10) AS wb_5f
    FROM width_bucket_test
%%
SELECT width_bucket(0.0::float8, 'Infinity'::float8, 5, 10)
%%
-- Simple test for roundoff error when results should be exact
SELECT x, width_bucket(x::float8, 10, 100, 9) as flt,
       width_bucket(x::numeric, 10, 100, 9) as num
FROM generate_series(0, 110, 10) x
%%
SELECT width_bucket(1, 1e100::float8, 0, 10)
%%
WITH v(val) AS
  (VALUES('0'::numeric),('-4.2'),('4.2e9'),('1.2e-5'),('inf'),('-inf'),('nan'))
SELECT val,
  to_char(val, '9.999EEEE') as numeric,
  to_char(val::float8, '9.999EEEE') as float8,
  to_char(val::float4, '9.999EEEE') as float4
FROM v
%%
-- TO_NUMBER()
--
SET lc_numeric = 'C'
%%
-- good inputs
INSERT INTO num_input_test(n1) VALUES (' 123')
%%
INSERT INTO num_typemod_test VALUES ('NaN', 'NaN', 'NaN', 'NaN', 'NaN')
%%
INSERT INTO num_typemod_test (thousands) VALUES (999500)
%%
--
-- Test some corner cases for multiplication
--

select 4790999999999999999999999999999999999999999999999999999999999999999999999999999999999999 * 9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999
%%
select div(-9999999999999999999999::numeric,1000000000000000000000)
%%
select div (70.0,70)
%%
--
-- Test code path for raising to integer powers
--

select 10.0 ^ -2147483648 as rounds_to_zero
%%
select coalesce(nullif(0.9999999999 ^ 23300000000000, 0), 0) as rounds_to_zero
%%
-- integer powers of 10
select n, 10.0 ^ n as "10^n", (10.0 ^ n) * (10.0 ^ (-n)) = 1 as ok
from generate_series(-20, 20) n
%%
--
-- Tests for EXP()
--

-- special cases
select exp(0.0)
%%
select coalesce(nullif(exp(-10000::numeric), 0), 0) as underflows
%%
select * from generate_series(4.0::numeric, -1.5::numeric, -2.2::numeric)
%%
select * from generate_series(0::numeric, 'nan'::numeric, 10::numeric)
%%
-- Check usage with variables
select * from generate_series(1::numeric, 3::numeric) i, generate_series(i,3) j
%%
select ln(0.0)
%%
select log(-12.34, -56.78)
%%
select scale(NULL::numeric)
%%
-- should be true
select min_scale(0)
%%
--
-- Tests for SUM()
--

-- cases that need carry propagation
SELECT SUM(9999::numeric) FROM generate_series(1, 100000)
%%
INSERT INTO num_variance VALUES (-3e-500)
%%
ALTER TABLE num_variance SET (parallel_workers = 4)
%%
DROP TABLE num_variance
%%
-- overflow

--
-- Tests for factorial
--
SELECT factorial(4)
%%
SELECT pg_lsn('NaN'::numeric)
%%
DROP TABLE num_exp_div
%%
DROP TABLE num_exp_log10
%%
INSERT INTO num_result SELECT id, 0, POW(numeric '10', LN(ABS(round(val,1000))))
    FROM num_data
    WHERE val != '0.0'
%%
SELECT 0x0o
%%
PREPARE p1 AS SELECT $1a
%%
-- error cases
SELECT _100
%%
SELECT 1_000_.5
%%
INSERT INTO TEMP_FLOAT (f1)
  SELECT float8(f1) FROM INT4_TBL
%%
INSERT INTO TEMP_INT4 (f1)
  SELECT int4(f1) FROM FLOAT8_TBL
  WHERE (f1 > -2147483647) AND (f1 < 2147483647)
%%
INSERT INTO TEMP_INT2 (f1)
  SELECT int2(f1) FROM FLOAT8_TBL
  WHERE (f1 >= -32767) AND (f1 <= 32767)
%%
INSERT INTO TEMP_GROUP
  SELECT 1, (- i.f1), (- f.f1)
  FROM INT4_TBL i, FLOAT8_TBL f
%%
-- GROUP BY a result column name is not legal per SQL92, but we accept it
-- anyway (if the name is not the name of any column exposed by FROM).
SELECT f1 AS two, max(f3) AS max_float, min(f3) AS min_float
  FROM TEMP_GROUP
  GROUP BY two
  ORDER BY two, max_float, min_float
%%
DROP TABLE TEMP_INT4
%%
CREATE USER regress_addr_user
%%
CREATE SERVER addr_fserv FOREIGN DATA WRAPPER addr_fdw
%%
CREATE TEXT SEARCH PARSER addr_ts_prs
    (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)
%%
CREATE MATERIALIZED VIEW addr_nsp.genmatview AS SELECT * FROM addr_nsp.gentable
%%
CREATE AGGREGATE addr_nsp.genaggr(int4) (sfunc = int4pl, stype = int4)
%%
CREATE POLICY genpol ON addr_nsp.gentable
%%
ALTER DEFAULT PRIVILEGES FOR ROLE regress_addr_user IN SCHEMA public GRANT ALL ON TABLES TO regress_addr_user
%%
CREATE PUBLICATION addr_pub_schema FOR TABLES IN SCHEMA addr_nsp
%%
-- miscellaneous other errors
select * from pg_get_object_address('operator of access method', '{btree,integer_ops,1}', '{int4,bool}')
%%
DROP SUBSCRIPTION regress_addr_sub
%%
--
-- OID
--

CREATE TABLE OID_TBL(f1 oid)
%%
SELECT o.* FROM OID_TBL o WHERE o.f1 <> '1234'
%%
SELECT o.* FROM OID_TBL o WHERE o.f1 > '1234'
%%
-- proretset should only be set for normal functions
SELECT p1.oid, p1.proname
FROM pg_proc AS p1
WHERE proretset AND prokind != 'f'
%%
SELECT p1.oid, p1.proname
FROM pg_proc as p1
WHERE prolang != 13 AND probin IS NOT NULL
%%
-- Look for functions that return type "internal" and do not have any
-- "internal" argument.  Such a function would be a security hole since
-- it might be used to call an internal function from an SQL command.
-- As of 7.3 this query should find only internal_in, which is safe because
-- it always throws an error when called.

SELECT p1.oid, p1.proname
FROM pg_proc as p1
WHERE p1.prorettype = 'internal'::regtype AND NOT
    'internal'::regtype = ANY (p1.proargtypes)
%%
-- Likewise, look for functions that return cstring and aren't datatype output
-- functions nor typmod output functions.
-- As of 9.6 this query should find only cstring_in and cstring_recv.
-- However, we must manually exclude shell_out.

SELECT p1.oid, p1.proname
FROM pg_proc as p1
WHERE  p1.prorettype = 'cstring'::regtype
    AND NOT EXISTS(SELECT 1 FROM pg_type WHERE typoutput = p1.oid)
    AND NOT EXISTS(SELECT 1 FROM pg_type WHERE typmodout = p1.oid)
    AND p1.oid != 'shell_out(void)'::regprocedure
ORDER BY 1
%%
SELECT p1.oid, p1.proname
FROM pg_proc as p1
WHERE proallargtypes IS NOT NULL AND proargmodes IS NOT NULL AND
    array_length(proallargtypes,1) <> array_length(proargmodes,1)
%%
-- Check that all and only those functions with a variadic type have
-- a variadic argument.
SELECT oid::regprocedure, proargmodes, provariadic
FROM pg_proc
WHERE (proargmodes IS NOT NULL AND 'v' = any(proargmodes))
    IS DISTINCT FROM
    (provariadic != 0)
%%
-- restore normal output mode

-- List of functions used by libpq's fe-lobj.c
--
-- If the output of this query changes, you probably broke libpq.
-- lo_initialize() assumes that there will be at most one match for
-- each listed name.
select proname, oid from pg_catalog.pg_proc
where proname in (
  'lo_open',
  'lo_close',
  'lo_creat',
  'lo_create',
  'lo_unlink',
  'lo_lseek',
  'lo_lseek64',
  'lo_tell',
  'lo_tell64',
  'lo_truncate',
  'lo_truncate64',
  'loread',
  'lowrite')
and pronamespace = (select oid from pg_catalog.pg_namespace
                    where nspname = 'pg_catalog')
order by 1
%%
-- Look for casts to/from the same type that aren't length coercion functions.
-- (We assume they are length coercions if they take multiple arguments.)
-- Such entries are not necessarily harmful, but they are useless.

SELECT *
FROM pg_cast c
WHERE castsource = casttarget AND castfunc = 0
%%
-- Look for conprocs that don't have the expected signature.

SELECT p.oid, p.proname, c.oid, c.conname
FROM pg_proc p, pg_conversion c
WHERE p.oid = c.conproc AND
    (p.prorettype != 'int4'::regtype OR p.proretset OR
     p.pronargs != 6 OR
     p.proargtypes[0] != 'int4'::regtype OR
     p.proargtypes[1] != 'int4'::regtype OR
     p.proargtypes[2] != 'cstring'::regtype OR
     p.proargtypes[3] != 'internal'::regtype OR
     p.proargtypes[4] != 'int4'::regtype OR
     p.proargtypes[5] != 'bool'::regtype)
%%
-- Look for commutative operators that don't commute.
-- DEFINITIONAL NOTE: If A.oprcom = B, then x A y has the same result as y B x.
-- We expect that B will always say that B.oprcom = A as well; that's not
-- inherently essential, but it would be inefficient not to mark it so.

SELECT o1.oid, o1.oprcode, o2.oid, o2.oprcode
FROM pg_operator AS o1, pg_operator AS o2
WHERE o1.oprcom = o2.oid AND
    (o1.oprkind != 'b' OR
     o1.oprleft != o2.oprright OR
     o1.oprright != o2.oprleft OR
     o1.oprresult != o2.oprresult OR
     o1.oid != o2.oprcom)
%%
-- What's more, the commutator had better be mergejoinable/hashjoinable too.

SELECT o1.oid, o1.oprname, o2.oid, o2.oprname
FROM pg_operator AS o1, pg_operator AS o2
WHERE o1.oprcom = o2.oid AND
    (o1.oprcanmerge != o2.oprcanmerge OR
     o1.oprcanhash != o2.oprcanhash)
%%
-- And the converse.

SELECT o1.oid, o1.oprname, p.amopfamily
FROM pg_operator AS o1, pg_amop p
WHERE amopopr = o1.oid
  AND amopmethod = (SELECT oid FROM pg_am WHERE amname = 'hash')
  AND NOT o1.oprcanhash
%%
-- If oprrest is set, the operator must return boolean,
-- and it must link to a proc with the right signature
-- to be a restriction selectivity estimator.
-- The proc signature we want is: float8 proc(internal, oid, internal, int4)

SELECT o1.oid, o1.oprname, p2.oid, p2.proname
FROM pg_operator AS o1, pg_proc AS p2
WHERE o1.oprrest = p2.oid AND
    (o1.oprresult != 'bool'::regtype OR
     p2.prorettype != 'float8'::regtype OR p2.proretset OR
     p2.pronargs != 4 OR
     p2.proargtypes[0] != 'internal'::regtype OR
     p2.proargtypes[1] != 'oid'::regtype OR
     p2.proargtypes[2] != 'internal'::regtype OR
     p2.proargtypes[3] != 'int4'::regtype)
%%
-- **************** pg_aggregate ****************

-- Look for illegal values in pg_aggregate fields.

SELECT ctid, aggfnoid::oid
FROM pg_aggregate as a
WHERE aggfnoid = 0 OR aggtransfn = 0 OR
    aggkind NOT IN ('n', 'o', 'h') OR
    aggnumdirectargs < 0 OR
    (aggkind = 'n' AND aggnumdirectargs > 0) OR
    aggfinalmodify NOT IN ('r', 's', 'w') OR
    aggmfinalmodify NOT IN ('r', 's', 'w') OR
    aggtranstype = 0 OR aggtransspace < 0 OR aggmtransspace < 0
%%
-- If transfn is strict then either initval should be non-NULL, or
-- input type should match transtype so that the first non-null input
-- can be assigned as the state value.

SELECT a.aggfnoid::oid, p.proname, ptr.oid, ptr.proname
FROM pg_aggregate AS a, pg_proc AS p, pg_proc AS ptr
WHERE a.aggfnoid = p.oid AND
    a.aggtransfn = ptr.oid AND ptr.proisstrict AND
    a.agginitval IS NULL AND
    NOT binary_coercible(p.proargtypes[0], a.aggtranstype)
%%
-- If mtransfn is strict then either minitval should be non-NULL, or
-- input type should match mtranstype so that the first non-null input
-- can be assigned as the state value.

SELECT a.aggfnoid::oid, p.proname, ptr.oid, ptr.proname
FROM pg_aggregate AS a, pg_proc AS p, pg_proc AS ptr
WHERE a.aggfnoid = p.oid AND
    a.aggmtransfn = ptr.oid AND ptr.proisstrict AND
    a.aggminitval IS NULL AND
    NOT binary_coercible(p.proargtypes[0], a.aggmtranstype)
%%
-- serialize/deserialize functions should be specified only for aggregates
-- with transtype internal and a combine function, and we should have both
-- or neither of them.

SELECT aggfnoid, aggtranstype, aggserialfn, aggdeserialfn
FROM pg_aggregate
WHERE (aggserialfn != 0 OR aggdeserialfn != 0)
  AND (aggtranstype != 'internal'::regtype OR aggcombinefn = 0 OR
       aggserialfn = 0 OR aggdeserialfn = 0)
%%
-- Cross-check aggsortop (if present) against pg_operator.
-- We expect to find entries for bool_and, bool_or, every, max, and min.

SELECT DISTINCT proname, oprname
FROM pg_operator AS o, pg_aggregate AS a, pg_proc AS p
WHERE a.aggfnoid = p.oid AND a.aggsortop = o.oid
ORDER BY 1, 2
%%
-- For the same reason, built-in aggregates with default arguments are no good.

SELECT oid, proname
FROM pg_proc AS p
WHERE prokind = 'a' AND proargdefaults IS NOT NULL
%%
-- **************** pg_opclass ****************

-- Look for illegal values in pg_opclass fields

SELECT c1.oid
FROM pg_opclass AS c1
WHERE c1.opcmethod = 0 OR c1.opcnamespace = 0 OR c1.opcfamily = 0
    OR c1.opcintype = 0
%%
-- **************** pg_am ****************

-- Look for illegal values in pg_am fields

SELECT a1.oid, a1.amname
FROM pg_am AS a1
WHERE a1.amhandler = 0
%%
-- amopmethod must match owning opfamily's opfmethod

SELECT a1.oid, f1.oid
FROM pg_amop AS a1, pg_opfamily AS f1
WHERE a1.amopfamily = f1.oid AND a1.amopmethod != f1.opfmethod
%%
-- Check that each operator listed in pg_amop has an associated opclass,
-- that is one whose opcintype matches oprleft (possibly by coercion).
-- Otherwise the operator is useless because it cannot be matched to an index.
-- (In principle it could be useful to list such operators in multiple-datatype
-- btree opfamilies, but in practice you'd expect there to be an opclass for
-- every datatype the family knows about.)

SELECT a1.amopfamily, a1.amopstrategy, a1.amopopr
FROM pg_amop AS a1
WHERE NOT EXISTS(SELECT 1 FROM pg_opclass AS c1
                 WHERE c1.opcfamily = a1.amopfamily
                   AND binary_coercible(c1.opcintype, a1.amoplefttype))
%%
-- Support routines that are primary members of opfamilies must be immutable
-- (else it suggests that the index ordering isn't fixed).  But cross-type
-- members need only be stable, since they are just shorthands
-- for index probe queries.

SELECT a1.amprocfamily, a1.amproc, p1.prosrc
FROM pg_amproc AS a1, pg_proc AS p1
WHERE a1.amproc = p1.oid AND
    a1.amproclefttype = a1.amprocrighttype AND
    p1.provolatile != 'i'
%%
-- Check that opclasses and collations match the underlying columns.
-- (As written, this test ignores expression indexes.)

SELECT indexrelid::regclass, indrelid::regclass, attname, atttypid::regtype, opcname
FROM (SELECT indexrelid, indrelid, unnest(indkey) as ikey,
             unnest(indclass) as iclass, unnest(indcollation) as icoll
      FROM pg_index) ss,
      pg_attribute a,
      pg_opclass opc
WHERE a.attrelid = indrelid AND a.attnum = ikey AND opc.oid = iclass AND
      (NOT binary_coercible(atttypid, opcintype) OR icoll != attcollation)
%%
--
-- PARTITION_AGGREGATE
-- Test partitionwise aggregation on partitioned tables
--
-- Note: to ensure plan stability, it's a good idea to make the partitions of
-- any one partitioned table in this test all have different numbers of rows.
--

-- Enable partitionwise aggregate, which by default is disabled.
SET enable_partitionwise_aggregate TO true
%%
CREATE TABLE pagg_tab_p1 PARTITION OF pagg_tab FOR VALUES IN ('0000', '0001', '0002', '0003', '0004')
%%
ANALYZE pagg_tab
%%
SELECT a, sum(b), avg(b), count(*), min(a), max(b) FROM pagg_tab GROUP BY a HAVING avg(d) < 15 ORDER BY 1, 2, 3
%%
-- Test when input relation for grouping is dummy
EXPLAIN (COSTS OFF)
SELECT c, sum(a) FROM pagg_tab WHERE 1 = 2 GROUP BY c
%%
-- Test GroupAggregate paths by disabling hash aggregates.
SET enable_hashagg TO false
%%
SELECT a, sum(b), avg(b), count(*) FROM pagg_tab GROUP BY 1 HAVING avg(d) < 15 ORDER BY 1, 2, 3
%%
SELECT a FROM pagg_tab WHERE a < 3 GROUP BY a ORDER BY 1
%%
-- JOIN query

CREATE TABLE pagg_tab1(x int, y int) PARTITION BY RANGE(x)
%%
CREATE TABLE pagg_tab2(x int, y int) PARTITION BY RANGE(y)
%%
INSERT INTO pagg_tab1 SELECT i % 30, i % 20 FROM generate_series(0, 299, 2) i
%%
-- When GROUP BY clause matches; full aggregation is performed for each partition.
EXPLAIN (COSTS OFF)
SELECT t1.x, sum(t1.y), count(*) FROM pagg_tab1 t1, pagg_tab2 t2 WHERE t1.x = t2.y GROUP BY t1.x ORDER BY 1, 2, 3
%%
-- GROUP BY having other matching key
EXPLAIN (COSTS OFF)
SELECT t2.y, sum(t1.y), count(*) FROM pagg_tab1 t1, pagg_tab2 t2 WHERE t1.x = t2.y GROUP BY t2.y ORDER BY 1, 2, 3
%%
SELECT b.y, sum(a.y) FROM pagg_tab1 a LEFT JOIN pagg_tab2 b ON a.x = b.y GROUP BY b.y ORDER BY 1 NULLS LAST
%%
SELECT a.x, sum(b.x) FROM pagg_tab1 a FULL OUTER JOIN pagg_tab2 b ON a.x = b.y GROUP BY a.x ORDER BY 1 NULLS LAST
%%
SELECT a.x, b.y, count(*) FROM (SELECT * FROM pagg_tab1 WHERE x < 20) a FULL JOIN (SELECT * FROM pagg_tab2 WHERE y > 10) b ON a.x = b.y WHERE a.x > 5 or b.y < 20 GROUP BY a.x, b.y ORDER BY 1, 2
%%
CREATE TABLE pagg_tab_m_p1 PARTITION OF pagg_tab_m FOR VALUES FROM (0, 0) TO (12, 12)
%%
ANALYZE pagg_tab_m
%%
SELECT a, sum(b), avg(c), count(*) FROM pagg_tab_m GROUP BY a, (a+b)/2 HAVING sum(b) < 50 ORDER BY 1, 2, 3
%%
CREATE TABLE pagg_tab_ml_p1 PARTITION OF pagg_tab_ml FOR VALUES FROM (0) TO (12)
%%
-- This level of partitioning has different column positions than the parent
CREATE TABLE pagg_tab_ml_p3(b int, c text, a int) PARTITION BY RANGE (b)
%%
ALTER TABLE pagg_tab_ml ATTACH PARTITION pagg_tab_ml_p3 FOR VALUES FROM (20) TO (30)
%%
SELECT a, sum(b), array_agg(distinct c), count(*) FROM pagg_tab_ml GROUP BY a HAVING avg(b) < 3 ORDER BY 1, 2, 3
%%
-- Partial aggregation at all levels as GROUP BY clause does not match with
-- PARTITION KEY
EXPLAIN (COSTS OFF)
SELECT b, sum(a), count(*) FROM pagg_tab_ml GROUP BY b ORDER BY 1, 2, 3
%%
-- Parallelism within partitionwise aggregates

SET min_parallel_table_scan_size TO '8kB'
%%
CREATE TABLE pagg_tab_para_p3 PARTITION OF pagg_tab_para FOR VALUES FROM (22) TO (30)
%%
SELECT x, sum(y), avg(y), count(*) FROM pagg_tab_para GROUP BY x HAVING avg(y) < 7 ORDER BY 1, 2, 3
%%
ALTER TABLE pagg_tab_para_p3 SET (parallel_workers = 0)
%%
--
-- Tests for functions providing information about partitions
--
SELECT * FROM pg_partition_tree(NULL)
%%
SELECT pg_partition_root(NULL)
%%
CREATE TABLE ptif_test01 PARTITION OF ptif_test0 FOR VALUES IN (1)
%%
-- This partitioned table should remain with no partitions.
CREATE TABLE ptif_test3 PARTITION OF ptif_test
  FOR VALUES FROM (200) TO (maxvalue) PARTITION BY list (b)
%%
ALTER INDEX ptif_test_index ATTACH PARTITION ptif_test0_index
%%
ALTER INDEX ptif_test_index ATTACH PARTITION ptif_test1_index
%%
ALTER INDEX ptif_test_index ATTACH PARTITION ptif_test2_index
%%
-- List tables from an intermediate level
SELECT relid, parentrelid, level, isleaf
  FROM pg_partition_tree('ptif_test0') p
  JOIN pg_class c ON (p.relid = c.oid)
%%
-- Table that is not part of any partition tree is not listed.
CREATE TABLE ptif_normal_table(a int)
%%
CREATE TABLE ptif_li_parent ()
%%
DROP MATERIALIZED VIEW ptif_test_matview
%%
CREATE TABLE prt1_p3 PARTITION OF prt1 FOR VALUES FROM (500) TO (600)
%%
CREATE INDEX iprt1_p2_a on prt1_p2(a)
%%
CREATE TABLE prt2_p1 PARTITION OF prt2 FOR VALUES FROM (0) TO (250)
%%
CREATE INDEX iprt2_p1_b on prt2_p1(b)
%%
-- inner join
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM prt1 t1, prt2 t2 WHERE t1.a = t2.b AND t1.b = 0 ORDER BY t1.a, t2.b
%%
-- left outer join, with whole-row reference; partitionwise join does not apply
EXPLAIN (COSTS OFF)
SELECT t1, t2 FROM prt1 t1 LEFT JOIN prt2 t2 ON t1.a = t2.b WHERE t1.b = 0 ORDER BY t1.a, t2.b
%%
-- full outer join, with placeholder vars
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM (SELECT 50 phv, * FROM prt1 WHERE prt1.b = 0) t1 FULL JOIN (SELECT 75 phv, * FROM prt2 WHERE prt2.a = 0) t2 ON (t1.a = t2.b) WHERE t1.phv = t1.a OR t2.phv = t2.b ORDER BY t1.a, t2.b
%%
-- Currently we can't do partitioned join if nullable-side partitions are pruned
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM (SELECT * FROM prt1 WHERE a < 450) t1 LEFT JOIN (SELECT * FROM prt2 WHERE b > 250) t2 ON t1.a = t2.b WHERE t1.b = 0 ORDER BY t1.a, t2.b
%%
-- Semi-join
EXPLAIN (COSTS OFF)
SELECT t1.* FROM prt1 t1 WHERE t1.a IN (SELECT t2.b FROM prt2 t2 WHERE t2.a = 0) AND t1.b = 0 ORDER BY t1.a
%%
-- lateral reference
EXPLAIN (COSTS OFF)
SELECT * FROM prt1 t1 LEFT JOIN LATERAL
			  (SELECT t2.a AS t2a, t3.a AS t3a, least(t1.a,t2.a,t3.b) FROM prt1 t2 JOIN prt2 t3 ON (t2.a = t3.b)) ss
			  ON t1.a = ss.t2a WHERE t1.b = 0 ORDER BY t1.a
%%
SET enable_hashjoin TO false
%%
--
-- partitioned by expression
--
CREATE TABLE prt1_e (a int, b int, c int) PARTITION BY RANGE(((a + b)/2))
%%
INSERT INTO prt1_e SELECT i, i, i % 25 FROM generate_series(0, 599, 2) i
%%
ANALYZE prt1_e
%%
CREATE TABLE prt2_e_p3 PARTITION OF prt2_e FOR VALUES FROM (500) TO (600)
%%
SELECT t1.a, t1.c, t2.b, t2.c FROM prt1_e t1, prt2_e t2 WHERE (t1.a + t1.b)/2 = (t2.b + t2.a)/2 AND t1.c = 0 ORDER BY t1.a, t2.b
%%
SELECT t1.a, t1.c, t2.b, t2.c, t3.a + t3.b, t3.c FROM (prt1 t1 LEFT JOIN prt2 t2 ON t1.a = t2.b) LEFT JOIN prt1_e t3 ON (t1.a = (t3.a + t3.b)/2) WHERE t1.b = 0 ORDER BY t1.a, t2.b, t3.a + t3.b
%%
SELECT COUNT(*) FROM prt1 FULL JOIN prt2 p2(b,a,c) USING(a,b) FULL JOIN prt2 p3(b,a,c) USING (a, b)
  WHERE a BETWEEN 490 AND 510
%%
SELECT t1.a, t1.phv, t2.b, t2.phv, t3.a + t3.b, t3.phv FROM ((SELECT 50 phv, * FROM prt1 WHERE prt1.b = 0) t1 FULL JOIN (SELECT 75 phv, * FROM prt2 WHERE prt2.a = 0) t2 ON (t1.a = t2.b)) FULL JOIN (SELECT 50 phv, * FROM prt1_e WHERE prt1_e.c = 0) t3 ON (t1.a = (t3.a + t3.b)/2) WHERE t1.a = t1.phv OR t2.b = t2.phv OR (t3.a + t3.b)/2 = t3.phv ORDER BY t1.a, t2.b, t3.a + t3.b
%%
SELECT t1.* FROM prt1 t1 WHERE t1.a IN (SELECT t1.b FROM prt2 t1 WHERE t1.b IN (SELECT (t1.a + t1.b)/2 FROM prt1_e t1 WHERE t1.c = 0)) AND t1.b = 0 ORDER BY t1.a
%%
SELECT t1.a, t2.b FROM prt1 t1, prt2 t2 WHERE t1::text = t2::text AND t1.a = t2.b ORDER BY t1.a
%%
CREATE TABLE prt1_m_p3 PARTITION OF prt1_m FOR VALUES FROM (500, 500) TO (600, 600)
%%
CREATE TABLE prt2_m_p1 PARTITION OF prt2_m FOR VALUES FROM (0, 0) TO (250, 250)
%%
ANALYZE prt2_m
%%
CREATE TABLE plt1_p1 PARTITION OF plt1 FOR VALUES IN ('0000', '0003', '0004', '0010')
%%
ANALYZE plt1
%%
CREATE TABLE plt2_p3 PARTITION OF plt2 FOR VALUES IN ('0006', '0007', '0008', '0011')
%%
CREATE TABLE plt1_e_p1 PARTITION OF plt1_e FOR VALUES IN ('0000', '0003', '0004', '0010')
%%
ANALYZE plt1_e
%%
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM (SELECT * FROM prt1 WHERE a = 1 AND a = 2) t1 LEFT JOIN prt2 t2 ON t1.a = t2.b
%%
CREATE TABLE pht1_p1 PARTITION OF pht1 FOR VALUES WITH (MODULUS 3, REMAINDER 0)
%%
ANALYZE pht1
%%
CREATE TABLE pht2_p3 PARTITION OF pht2 FOR VALUES WITH (MODULUS 3, REMAINDER 2)
%%
CREATE TABLE pht1_e_p1 PARTITION OF pht1_e FOR VALUES WITH (MODULUS 3, REMAINDER 0)
%%
ANALYZE pht1_e
%%
ALTER TABLE prt1 ATTACH PARTITION prt1_p3 DEFAULT
%%
ALTER TABLE plt1 ATTACH PARTITION plt1_p3 DEFAULT
%%
--
-- multiple levels of partitioning
--
CREATE TABLE prt1_l (a int, b int, c varchar) PARTITION BY RANGE(a)
%%
CREATE TABLE prt1_l_p2_p2 PARTITION OF prt1_l_p2 FOR VALUES IN ('0002', '0003')
%%
INSERT INTO prt1_l SELECT i, i % 25, to_char(i % 4, 'FM0000') FROM generate_series(0, 599, 2) i
%%
CREATE TABLE prt2_l_p2 PARTITION OF prt2_l FOR VALUES FROM (250) TO (500) PARTITION BY LIST (c)
%%
CREATE TABLE prt2_l_p3_p1 PARTITION OF prt2_l_p3 FOR VALUES FROM (0) TO (13)
%%
-- inner join, qual covering only top-level partitions
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM prt1_l t1, prt2_l t2 WHERE t1.a = t2.b AND t1.b = 0 ORDER BY t1.a, t2.b
%%
-- right join
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM prt1_l t1 RIGHT JOIN prt2_l t2 ON t1.a = t2.b AND t1.c = t2.c WHERE t2.a = 0 ORDER BY t1.a, t2.b
%%
-- lateral partitionwise join
EXPLAIN (COSTS OFF)
SELECT * FROM prt1_l t1 LEFT JOIN LATERAL
			  (SELECT t2.a AS t2a, t2.c AS t2c, t2.b AS t2b, t3.b AS t3b, least(t1.a,t2.a,t3.b) FROM prt1_l t2 JOIN prt2_l t3 ON (t2.a = t3.b AND t2.c = t3.c)) ss
			  ON t1.a = ss.t2a AND t1.c = ss.t2c WHERE t1.b = 0 ORDER BY t1.a
%%
--
-- negative testcases
--
CREATE TABLE prt1_n (a int, b int, c varchar) PARTITION BY RANGE(c)
%%
ANALYZE prt1_n
%%
INSERT INTO prt2_n SELECT i, i, to_char(i/50, 'FM0000') FROM generate_series(0, 599, 2) i
%%
CREATE TABLE prt3_n_p2 PARTITION OF prt3_n FOR VALUES IN ('0001', '0002', '0008', '0010')
%%
CREATE TABLE prt4_n_p1 PARTITION OF prt4_n FOR VALUES FROM (0) TO (300)
%%
ANALYZE prt4_n
%%
-- equi-join with join condition on partial keys does not qualify for
-- partitionwise join
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM prt1_m t1, prt2_m t2 WHERE t1.a = (t2.b + t2.a)/2
%%
-- partitionwise join can not be applied between tables with different
-- partition lists
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM prt1_n t1 JOIN prt2_n t2 ON (t1.c = t2.c) JOIN plt1 t3 ON (t1.c = t3.c)
%%
create temp table prtx1_2 partition of prtx1 for values from (11) to (21)
%%
create temp table prtx2_2 partition of prtx2 for values from (11) to (21)
%%
create index on prtx2 (b)
%%
explain (costs off)
select * from prtx1
where not exists (select 1 from prtx2
                  where prtx2.a=prtx1.a and prtx2.b=prtx1.b and prtx2.c=123)
  and a<20 and c=120
%%
--
-- Test advanced partition-matching algorithm for partitioned join
--

-- Tests for range-partitioned tables
CREATE TABLE prt1_adv (a int, b int, c varchar) PARTITION BY RANGE (a)
%%
CREATE INDEX prt1_adv_a_idx ON prt1_adv (a)
%%
CREATE TABLE prt2_adv_p1 PARTITION OF prt2_adv FOR VALUES FROM (100) TO (150)
%%
INSERT INTO prt2_adv_p1 SELECT i % 25, i, to_char(i, 'FM0000') FROM generate_series(100, 149) i
%%
-- inner join
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM prt1_adv t1 INNER JOIN prt2_adv t2 ON (t1.a = t2.b) WHERE t1.b = 0 ORDER BY t1.a, t2.b
%%
-- left join
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM prt1_adv t1 LEFT JOIN prt2_adv t2 ON (t1.a = t2.b) WHERE t1.b = 0 ORDER BY t1.a, t2.b
%%
-- full join
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c FROM (SELECT 175 phv, * FROM prt1_adv WHERE prt1_adv.b = 0) t1 FULL JOIN (SELECT 425 phv, * FROM prt2_adv WHERE prt2_adv.a = 0) t2 ON (t1.a = t2.b) WHERE t1.phv = t1.a OR t2.phv = t2.b ORDER BY t1.a, t2.b
%%
-- left join; currently we can't do partitioned join if there are no matched
-- partitions on the nullable side
EXPLAIN (COSTS OFF)
SELECT t1.b, t1.c, t2.a, t2.c FROM prt2_adv t1 LEFT JOIN prt1_adv t2 ON (t1.b = t2.a) WHERE t1.a = 0 ORDER BY t1.b, t2.a
%%
DROP TABLE prt2_adv_extra
%%
DROP TABLE prt2_adv_p3_1
%%
ALTER TABLE prt1_adv DETACH PARTITION prt1_adv_p3
%%
DROP TABLE prt1_adv_p3
%%
CREATE TABLE prt3_adv_p2 PARTITION OF prt3_adv FOR VALUES FROM (300) TO (400)
%%
-- 3-way join to test the default partition of a join relation
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.b, t2.c, t3.a, t3.c FROM prt1_adv t1 LEFT JOIN prt2_adv t2 ON (t1.a = t2.b) LEFT JOIN prt3_adv t3 ON (t1.a = t3.a) WHERE t1.b = 0 ORDER BY t1.a, t2.b, t3.a
%%
DROP TABLE prt3_adv
%%
CREATE TABLE prt2_adv_default PARTITION OF prt2_adv DEFAULT
%%
CREATE TABLE plt1_adv_p1 PARTITION OF plt1_adv FOR VALUES IN ('0001', '0003')
%%
ANALYZE plt1_adv
%%
CREATE TABLE plt2_adv_p3 PARTITION OF plt2_adv FOR VALUES IN ('0007', '0009')
%%
SELECT t1.a, t1.c, t2.a, t2.c FROM plt1_adv t1 INNER JOIN plt2_adv t2 ON (t1.a = t2.a AND t1.c = t2.c) WHERE t1.b < 10 ORDER BY t1.a
%%
SELECT t1.a, t1.c, t2.a, t2.c FROM plt1_adv t1 LEFT JOIN plt2_adv t2 ON (t1.a = t2.a AND t1.c = t2.c) WHERE t1.b < 10 ORDER BY t1.a
%%
SELECT t1.a, t1.c, t2.a, t2.c FROM plt1_adv t1 FULL JOIN plt2_adv t2 ON (t1.a = t2.a AND t1.c = t2.c) WHERE coalesce(t1.b, 0) < 10 AND coalesce(t2.b, 0) < 10 ORDER BY t1.a, t2.a
%%
-- anti join; currently we can't do partitioned join if there are no matched
-- partitions on the nullable side
EXPLAIN (COSTS OFF)
SELECT t1.* FROM plt2_adv t1 WHERE NOT EXISTS (SELECT 1 FROM plt1_adv t2 WHERE t1.a = t2.a AND t1.c = t2.c) AND t1.b < 10 ORDER BY t1.a
%%
CREATE TABLE plt2_adv_p2_2 PARTITION OF plt2_adv FOR VALUES IN ('0006')
%%
-- Test NULL partitions
ALTER TABLE plt1_adv DETACH PARTITION plt1_adv_p1
%%
-- Change plt2_adv_p3 to the NULL partition
CREATE TABLE plt2_adv_p3_null PARTITION OF plt2_adv FOR VALUES IN (NULL, '0007', '0009')
%%
-- Add to plt1_adv the extra NULL partition containing only NULL values as the
-- key values
CREATE TABLE plt1_adv_extra PARTITION OF plt1_adv FOR VALUES IN (NULL)
%%
-- 3-way join to test the NULL partition of a join relation
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.a, t2.c, t3.a, t3.c FROM plt1_adv t1 LEFT JOIN plt2_adv t2 ON (t1.a = t2.a AND t1.c = t2.c) LEFT JOIN plt1_adv t3 ON (t1.a = t3.a AND t1.c = t3.c) WHERE t1.b < 10 ORDER BY t1.a
%%
DROP TABLE plt1_adv_p3
%%
-- Change plt2_adv_p2_ext to the default partition
ALTER TABLE plt2_adv ATTACH PARTITION plt2_adv_p2_ext DEFAULT
%%
CREATE TABLE plt3_adv_p2 PARTITION OF plt3_adv FOR VALUES IN ('0007', '0009')
%%
SELECT t1.a, t1.c, t2.a, t2.c, t3.a, t3.c FROM plt1_adv t1 LEFT JOIN plt2_adv t2 ON (t1.a = t2.a AND t1.c = t2.c) LEFT JOIN plt3_adv t3 ON (t1.a = t3.a AND t1.c = t3.c) WHERE t1.b < 10 ORDER BY t1.a
%%
DROP TABLE plt1_adv
%%
CREATE TABLE plt2_adv_p2 PARTITION OF plt2_adv FOR VALUES IN (NULL)
%%
EXPLAIN (COSTS OFF)
SELECT t1.a, t1.c, t2.a, t2.c FROM plt1_adv t1 LEFT JOIN plt2_adv t2 ON (t1.a = t2.a AND t1.c = t2.c) WHERE t1.c IS NULL AND t1.b < 10 ORDER BY t1.a
%%
INSERT INTO plt1_adv SELECT i, i, to_char(i % 5, 'FM0000') FROM generate_series(0, 24) i
%%
CREATE TABLE alpha_neg PARTITION OF alpha FOR VALUES FROM ('-Infinity') TO (0) PARTITION BY RANGE (b)
%%
CREATE TABLE alpha_neg_p3 PARTITION OF alpha_neg FOR VALUES FROM (300) TO (400)
%%
INSERT INTO alpha_neg SELECT -1.0, i, to_char(i % 10, 'FM0000') FROM generate_series(100, 399) i WHERE i % 10 IN (1, 3, 4, 6, 8, 9)
%%
CREATE TABLE beta_neg PARTITION OF beta FOR VALUES FROM (-10.0) TO (0) PARTITION BY RANGE (b)
%%
CREATE TABLE beta_neg_p3 PARTITION OF beta_neg FOR VALUES FROM (350) TO (500)
%%
INSERT INTO beta_neg SELECT -1.0, i, to_char(i % 10, 'FM0000') FROM generate_series(100, 149) i WHERE i % 10 IN (2, 3, 4, 6, 7, 9)
%%
SELECT t1.*, t2.* FROM alpha t1 INNER JOIN beta t2 ON (t1.a = t2.a AND t1.b = t2.b) WHERE t1.b >= 125 AND t1.b < 225 ORDER BY t1.a, t1.b
%%
SELECT t1.*, t2.* FROM alpha t1 INNER JOIN beta t2 ON (t1.a = t2.a AND t1.b = t2.b AND t1.c = t2.c) WHERE ((t1.b >= 100 AND t1.b < 110) OR (t1.b >= 200 AND t1.b < 210)) AND ((t2.b >= 100 AND t2.b < 110) OR (t2.b >= 200 AND t2.b < 210)) AND t1.c IN ('0004', '0009') ORDER BY t1.a, t1.b
%%
-- insert data
INSERT INTO fract_t (id) (SELECT generate_series(0, 1999))
%%
EXPLAIN (COSTS OFF)
SELECT x.id, y.id FROM fract_t x LEFT JOIN fract_t y USING (id) ORDER BY x.id DESC LIMIT 10
%%
create table lp_default partition of lp default
%%
create table lp_g partition of lp for values in ('g')
%%
explain (costs off) select * from lp where a > 'a' and a <= 'd'
%%
explain (costs off) select * from lp where a is null
%%
explain (costs off) select * from lp where a <> 'a' and a <> 'd'
%%
create table coll_pruning_b partition of coll_pruning for values in ('b')
%%
create table rlp (a int, b varchar) partition by range (a)
%%
create table rlp_default_30 partition of rlp_default for values in (30)
%%
create table rlp3 (b varchar, a int) partition by list (b varchar_ops)
%%
create table rlp3nullxy partition of rlp3 for values in (null, 'xy')
%%
create table rlp4_1 partition of rlp4 for values from (20) to (25)
%%
create table rlp5_1 partition of rlp5 for values from (31) to (40)
%%
explain (costs off) select * from rlp where a = 1
%%
explain (costs off) select * from rlp where a > 15 and b = 'ab'
%%
explain (costs off) select * from rlp where a = 16 and b is null
%%
explain (costs off) select * from rlp where a = 1 or a = 7
%%
explain (costs off) select * from rlp where a < 1 or (a > 20 and a < 25)
%%
/* rlp3 onwards, including default */
explain (costs off) select * from rlp where a = 1 and a = 3
%%
create table mc3p0 partition of mc3p for values from (minvalue, minvalue, minvalue) to (1, 1, 1)
%%
create table mc3p4 partition of mc3p for values from (10, 10, 20) to (10, maxvalue, maxvalue)
%%
explain (costs off) select * from mc3p where a = 1
%%
explain (costs off) select * from mc3p where a = 10 and abs(b) between 5 and 35
%%
explain (costs off) select * from mc3p where a <= 10 and abs(b) < 10
%%
explain (costs off) select * from mc3p where (a = 1 and abs(b) = 1 and c = 1) or (a = 10 and abs(b) = 5 and c = 10) or (a > 11 and a < 20) or a < 1 or a = 1
%%
create table mc2p_default partition of mc2p default
%%
create table mc2p3 partition of mc2p for values from (2, minvalue) to (2, 1)
%%
explain (costs off) select * from mc2p where a = 2 and b < 1
%%
explain (costs off) select * from mc2p where a is null and b is null
%%
-- boolean partitioning
create table boolpart (a bool) partition by list (a)
%%
insert into boolpart values (true), (false), (null)
%%
explain (costs off) select * from boolpart where a is true or a is not true
%%
explain (costs off) select * from boolpart where a is not unknown
%%
select * from boolpart where a is true or a is not true
%%
select * from boolpart where a is not unknown
%%
create table iboolpart_t partition of iboolpart for values in ('false')
%%
explain (costs off) select * from iboolpart where not a = false
%%
explain (costs off) select * from iboolpart where a is unknown
%%
select * from iboolpart where not a = false
%%
select * from iboolpart where a is unknown
%%
create table boolrangep_ft partition of boolrangep for values from ('false', 'true', 0) to ('false', 'true', 100)
%%
-- test scalar-to-array operators
create table coercepart (a varchar) partition by list (a)
%%
explain (costs off) select * from coercepart where a in ('ab', to_char(125, '999'))
%%
explain (costs off) select * from coercepart where a = any (null::text[])
%%
CREATE TABLE part (a INT, b INT) PARTITION BY LIST (a)
%%
CREATE TABLE part_rev (b INT, c INT, a INT)
%%
EXPLAIN (COSTS OFF) SELECT tableoid::regclass as part, a, b FROM part WHERE a IS NULL ORDER BY 1, 2, 3
%%
-- also here, because values for all keys are provided
explain (costs off) select * from mc2p t1, lateral (select count(*) from mc3p t2 where t2.a = 1 and abs(t2.b) = 1 and t2.c = 1) s where t1.a = 1
%%
create table rp2 partition of rp for values from (2) to (maxvalue)
%%
explain (costs off) select * from lp where (a <> 'a' and a <> 'd') or a is null
%%
create table coll_pruning_multi2 partition of coll_pruning_multi for values from ('a', 'e') to ('a', 'z')
%%
-- pruning, with values provided for both keys
explain (costs off) select * from coll_pruning_multi where substr(a, 1) = 'e' collate "C" and substr(a, 1) = 'a' collate "POSIX"
%%
explain (costs off) select * from like_op_noprune where a like '%BC'
%%
explain (costs off) select * from lparted_by_int2 where a = 100_000_000_000_000
%%
-- all partitions pruned
explain (costs off) select * from rparted_by_int2 where a > 100_000_000_000_000
%%
create table hp0 partition of hp for values with (modulus 4, remainder 0)
%%
insert into hp values (null, null, 0)
%%
select tableoid::regclass, * from hp order by c
%%
explain (costs off) select * from hp where b is null
%%
-- pruning should work if either a value or a IS NULL clause is provided for
-- each of the keys
explain (costs off) select * from hp where a is null and b is null
%%
explain (costs off) select * from hp where (a = 1 and b = 'abcde') or (a = 2 and b = 'xxx') or (a is null and b is null)
%%
drop table hp2
%%
create table ab_a2_b2 partition of ab_a2 for values in (2)
%%
create table ab_a1_b2 partition of ab_a1 for values in (2)
%%
create table ab_a3_b2 partition of ab_a3 for values in (2)
%%
deallocate ab_q1
%%
explain (analyze, costs off, summary off, timing off) execute ab_q2 (2, 2)
%%
explain (costs off) execute hp_q1('xxx')
%%
create table list_part1 partition of list_part for values in (1)
%%
insert into list_part select generate_series(1,4)
%%
-- Test run-time pruning using stable functions
create function list_part_fn(int) returns int as $$ begin return $1; end;$$ language plpgsql stable
%%
drop table list_part
%%
-- Test pruning during parallel nested loop query
create table lprt_a (a int not null)
%%
create index ab_a2_b1_a_idx on ab_a2_b1 (a)
%%
create index ab_a1_b2_a_idx on ab_a1_b2 (a)
%%
create index ab_a3_b3_a_idx on ab_a3_b3 (a)
%%
-- Test run-time partition pruning with UNION ALL parents
explain (analyze, costs off, summary off, timing off)
select * from (select * from ab where a = 1 union all select * from ab) ab where b = (select 1)
%%
set enable_indexscan = 0
%%
deallocate ab_q2
%%
deallocate ab_q6
%%
-- Test UPDATE where source relation has run-time pruning enabled
truncate ab
%%
-- Join
create table tbl1(col1 int)
%%
create table tprt_2 partition of tprt for values from (501) to (1001)
%%
create table tprt_6 partition of tprt for values from (4001) to (5001)
%%
create index tprt4_idx on tprt_4 (col1)
%%
explain (analyze, costs off, summary off, timing off)
select * from tbl1 join tprt on tbl1.col1 > tprt.col1
%%
explain (analyze, costs off, summary off, timing off)
select * from tbl1 inner join tprt on tbl1.col1 > tprt.col1
%%
select tbl1.col1, tprt.col1 from tbl1
inner join tprt on tbl1.col1 < tprt.col1
order by tbl1.col1, tprt.col1
%%
create table part_cab (c int not null, a int not null, b int not null) partition by list (c)
%%
alter table part_cab attach partition part_abc_p1 for values in(3)
%%
drop table part_abc
%%
create table listp_2 partition of listp for values in(2) partition by list (b)
%%
explain (analyze, costs off, summary off, timing off)  execute q1 (1,1)
%%
-- Ensure Params that evaluate to NULL properly prune away all partitions
explain (analyze, costs off, summary off, timing off)
select * from listp where a = (select null::int)
%%
create table stable_qual_pruning2 partition of stable_qual_pruning
  for values from ('2000-02-01') to ('2000-03-01')
%%
-- check ScalarArrayOp cases
explain (analyze, costs off, summary off, timing off)
select * from stable_qual_pruning
  where a = any(array['2010-02-01', '2020-01-01']::timestamp[])
%%
drop table stable_qual_pruning
%%
insert into mc3p values (0, 1, 1), (1, 1, 1), (2, 1, 1)
%%
deallocate ps1
%%
drop table mc3p
%%
create table boolp_t partition of boolp for values in('t')
%%
drop table boolp
%%
create table ma_test_p3 partition of ma_test for values from (20) to (30)
%%
prepare mt_q1 (int) as select a from ma_test where a >= $1 and a % 10 = 5 order by b
%%
prepare mt_q2 (int) as select * from ma_test where a >= $1 order by b limit 1
%%
drop table ma_test
%%
explain (costs off) select * from pp_arrpart where a = '{1}'
%%
drop table pp_arrpart
%%
insert into pph_arrpart values ('{1}'), ('{1, 2}'), ('{4, 5}')
%%
drop table pph_arrpart
%%
create table pp_enumpart_blue partition of pp_enumpart for values in ('blue')
%%
-- record type as partition key
create type pp_rectype as (a int, b int)
%%
explain (costs off) select * from pp_recpart where a = '(1,1)'::pp_rectype
%%
create table pp_intrangepart12 partition of pp_intrangepart for values in ('[1,2]')
%%
--
-- Ensure the enable_partition_prune GUC properly disables partition pruning.
--

create table pp_lp (a int, value int) partition by list (a)
%%
explain (costs off) update pp_lp set value = 10 where a = 1
%%
drop table pp_lp
%%
-- inh_lp2 should be removed in the following 3 cases.
explain (costs off) select * from inh_lp where a = 1
%%
drop table inh_lp cascade
%%
create temp table pp_temp_part_1 partition of pp_temp_parent for values in (1)
%%
drop table pp_temp_parent
%%
create temp table q (a int, b int, c int) partition by list (a)
%%
create temp table q2 partition of q for values in (2) partition by list (b)
%%
explain (costs off)
select *
from (
      select * from p
      union all
      select * from q1
      union all
      select 1, 1, 1
     ) s(a, b, c)
where s.a = 1 and s.b = 1 and s.c = (select 1)
%%
execute q (1, 1)
%%
create table listp2_10 partition of listp2 for values in (10)
%%
explain (costs off) update listp1 set a = 1 where a = 2
%%
create table listp_12_2 partition of listp_12 for values in(2)
%%
-- We need 3 sub-partitions. 1 to validate pruning worked and another two
-- because a single remaining partition would be pulled up to the main Append.
create table rangep_0_to_100_1 partition of rangep_0_to_100 for values in(1)
%%
create index on rangep (a)
%%
create table rp_prefix_test1_p1 partition of rp_prefix_test1 for values from (1, 'a') to (1, 'b')
%%
create table rp_prefix_test2_p1 partition of rp_prefix_test2 for values from (1, 1, 0) to (1, 1, 10)
%%
create table rp_prefix_test3_p1 partition of rp_prefix_test3 for values from (1, 1, 1, 0) to (1, 1, 1, 10)
%%
drop table rp_prefix_test1
%%
-- create 8 partitions
select 'create table hp_prefix_test_p' || x::text || ' partition of hp_prefix_test for values with (modulus 8, remainder ' || x::text || ');'
from generate_Series(0,7) x
%%
--
-- Check that gen_partprune_steps() detects self-contradiction from clauses
-- regardless of the order of the clauses (Here we use a custom operator to
-- prevent the equivclass.c machinery from reordering the clauses)
--

create operator === (
   leftarg = int4,
   rightarg = int4,
   procedure = int4eq,
   commutator = ===,
   hashes
)
%%
create table hp_contradict_test_p2 partition of hp_contradict_test for values with (modulus 2, remainder 1)
%%
drop operator class part_test_int4_ops2 using hash
%%
CREATE ROLE regress_passwd2 PASSWORD 'role_pwd2'
%%
-- Rename a role
ALTER ROLE regress_passwd2 RENAME TO regress_passwd2_new
%%
-- already encrypted, use as they are
ALTER ROLE regress_passwd1 PASSWORD 'md5cd3578025fe2c3d7ed1b9a9b26238b70'
%%
-- This looks like a valid SCRAM-SHA-256 secret, but it is not
-- so it should be hashed with SCRAM-SHA-256.
CREATE ROLE regress_passwd6 PASSWORD 'SCRAM-SHA-256$1234'
%%
CREATE ROLE regress_passwd9 PASSWORD 'alterediterationcount'
%%
-- Test with invalid stored and server keys.
--
-- The first is valid, to act as a control. The others have too long
-- stored/server keys. They will be re-hashed.
CREATE ROLE regress_passwd_sha_len0 PASSWORD 'SCRAM-SHA-256$4096:A6xHKoH/494E941doaPOYg==$Ky+A30sewHIH3VHQLRN9vYsuzlgNyGNKCh37dy96Rqw=:COPdlNiIkrsacU5QoxydEuOH6e/KfiipeETb/bPw8ZI='
%%
DROP ROLE regress_passwd1
%%
DROP ROLE regress_passwd5
%%
DROP ROLE regress_passwd9
%%
DROP ROLE regress_passwd_sha_len2
%%
SELECT f1 AS closed_path FROM PATH_TBL WHERE isclosed(f1)
%%
-- Largest and smallest input
INSERT INTO PG_LSN_TBL VALUES ('0/0')
%%
SELECT '0/16AE7F8'::pg_lsn != '0/16AE7F7'
%%
SELECT '0/16AE7F7'::pg_lsn + 16::numeric
%%
SELECT 'FFFFFFFF/FFFFFFFF'::pg_lsn - ('FFFFFFFF/FFFFFFFF'::pg_lsn - '0/0'::pg_lsn)
%%
SELECT DISTINCT (i || '/' || j)::pg_lsn f
  FROM generate_series(1, 10) i,
       generate_series(1, 10) j,
       generate_series(1, 5) k
  WHERE i <= 10 AND j > 0 AND j <= 10
  ORDER BY f
%%
-- and one with parameters
PREPARE prepstmt2(bigint) AS SELECT * FROM pcachetest WHERE q1 = $1
%%
-- prepared statements should prevent change in output tupdesc,
-- since clients probably aren't expecting that to change on the fly
ALTER TABLE pcachetest ADD COLUMN q3 bigint
%%
EXECUTE vprep
%%
-- Check invalidation of plpgsql "simple expression"

create temp view v1 as
  select 2+2 as f1
%%
create or replace temp view v1 as
  select 2+2+4+(select max(unique1) from tenk1) as f1
%%
insert into s2.abc values(456)
%%
set search_path = s2
%%
drop schema s2 cascade
%%
drop sequence seq
%%
create table pc_list_part_null partition of pc_list_parted for values in (null)
%%
-- should fail
execute pstmt_def_insert(null)
%%
drop table pc_list_part_1
%%
insert into test_mode select 1 from generate_series(1,1000) union all select 2
%%
select name, generic_plans, custom_plans from pg_prepared_statements
  where  name = 'test_mode_pp'
%%
execute test_mode_pp(1)
%%
create table WSlot (
    slotname	char(20),
    roomno	char(8),
    slotlink	char(20),
    backlink	char(20)
)
%%
create table PSlot (
    slotname	char(20),
    pfname	text,
    slotlink	char(20),
    backlink	char(20)
)
%%
create table Hub (
    name	char(14),
    comment	text,
    nslots	integer
)
%%
create index HSlot_hubname on HSlot using btree (hubname bpchar_ops)
%%
create unique index IFace_name on IFace using btree (slotname bpchar_ops)
%%
create trigger tg_room_au after update
    on Room for each row execute procedure tg_room_au()
%%
create trigger tg_wslot_biu before insert or update
    on WSlot for each row execute procedure tg_wslot_biu()
%%
create trigger tg_pfield_ad after delete
    on PField for each row execute procedure tg_pfield_ad()
%%
create trigger tg_system_au after update
    on System for each row execute procedure tg_system_au()
%%
COMMENT ON FUNCTION tg_hub_adjustslots(bpchar, integer, integer) IS 'function with args'
%%
create trigger tg_hslot_bd before delete
    on HSlot for each row execute procedure tg_hslot_bd()
%%
create trigger tg_chkslotname before insert
    on PLine for each row execute procedure tg_chkslotname('PL')
%%
create trigger tg_chkslotlink before insert or update
    on PSlot for each row execute procedure tg_chkslotlink()
%%
create trigger tg_chkslotlink before insert or update
    on PHone for each row execute procedure tg_chkslotlink()
%%
create trigger tg_chkbacklink before insert or update
    on PLine for each row execute procedure tg_chkbacklink()
%%
create trigger tg_wslot_bu before update
    on WSlot for each row execute procedure tg_Wslot_bu()
%%
create trigger tg_iface_bu before update
    on IFace for each row execute procedure tg_iface_bu()
%%
create trigger tg_phone_bu before update
    on PHone for each row execute procedure tg_phone_bu()
%%
create trigger tg_slotlink_a after insert or update or delete
    on PSlot for each row execute procedure tg_slotlink_a('PS')
%%
create trigger tg_slotlink_a after insert or update or delete
    on PHone for each row execute procedure tg_slotlink_a('PH')
%%
--
-- Now create the patch fields and their slots
--
insert into PField values ('PF0_1', 'Wallslots basement')
%%
select * from PSlot where slotname ~ 'PS.base.a' order by slotname
%%
select * from WSlot order by slotname
%%
--
-- Install a hub at one of the patchfields, plug a computers
-- ethernet interface into the wall and patch it to the hub.
--
insert into Hub values ('base.hub1', 'Patchfield PF0_1 hub', 16)
%%
insert into HSlot values ('HS', 'base.hub1', 1, '')
%%
--
-- Test the FOUND magic variable
--
CREATE TABLE found_test_tbl (a int)
%%
select * from test_table_func_rec()
%%
select * from test_ret_set_scalar(1,10)
%%
create function test_ret_rec_dyn(int) returns record as '
DECLARE
	retval RECORD;
BEGIN
	IF $1 > 10 THEN
		SELECT INTO retval 5, 10, 15;
		RETURN retval;
	ELSE
		SELECT INTO retval 50, 5::numeric, ''xxx''::text;
		RETURN retval;
	END IF;
END;' language plpgsql
%%
select f1(42) as int, f1(4.5) as num
%%
create function f1(x anyarray) returns anyelement as $$
begin
  return x[1];
end$$ language plpgsql
%%
create function f1(x anyarray) returns anyarray as $$
begin
  return x;
end$$ language plpgsql
%%
drop function f1(x anyrange)
%%
create function f1(x anycompatiblerange, y anycompatible, z anycompatible) returns anycompatiblearray as $$
begin
  return array[lower(x), upper(x), y, z];
end$$ language plpgsql
%%
-- fail, can't infer type:
create function f1(x anycompatible) returns anycompatiblerange as $$
begin
  return array[x + 1, x + 2];
end$$ language plpgsql
%%
create function f1(a anyelement, b anyarray,
                   c anycompatible, d anycompatible,
                   OUT x anyarray, OUT y anycompatiblearray)
as $$
begin
  x := a || b;
  y := array[c, d];
end$$ language plpgsql
%%
-- fail

drop function f1(a anyelement, b anyarray,
                 c anycompatible, d anycompatible)
%%
select * from f1(42)
%%
create function f1(in i int, out j int, out k text) as $$
begin
  j := i;
  j := j+1;
  k := 'foo';
end$$ language plpgsql
%%
select * from duplic('foo'::text)
%%
select * from duplic(textrange('aaa', 'bbb'))
%%
create function perform_test_func() returns void as '
BEGIN
	IF FOUND then
		INSERT INTO perform_test VALUES (100, 100);
	END IF;

	PERFORM perform_simple_func(5);

	IF FOUND then
		INSERT INTO perform_test VALUES (100, 100);
	END IF;

	PERFORM perform_simple_func(50);

	IF FOUND then
		INSERT INTO perform_test VALUES (100, 100);
	END IF;

	RETURN;
END;' language plpgsql
%%
--
-- Test proper snapshot handling in simple expressions
--

create temp table users(login text, id serial)
%%
create function sp_add_user(a_login text) returns int as $$
declare my_id_user int;
begin
  my_id_user = sp_id_user( a_login );
  IF  my_id_user > 0 THEN
    RETURN -1;  -- error code for existing user
  END IF;
  INSERT INTO users ( login ) VALUES ( a_login );
  my_id_user = sp_id_user( a_login );
  IF  my_id_user = 0 THEN
    RETURN -2;  -- error code for insertion failure
  END IF;
  RETURN my_id_user;
end$$ language plpgsql
%%
--
-- tests for refcursors
--
create table rc_test (a int, b int)
%%
select use_refcursor(return_unnamed_refcursor())
%%
fetch next in test1
%%
select refcursor_test2(20000, 20000) as "Should be false",
       refcursor_test2(20, 20) as "Should be true"
%%
--
-- tests for cursors with named parameter arguments
--
create function namedparmcursor_test1(int, int) returns boolean as $$
declare
    c1 cursor (param1 int, param12 int) for select * from rc_test where a > param1 and b > param12;
    nonsense record;
begin
    open c1(param12 := $2, param1 := $1);
    fetch c1 into nonsense;
    close c1;
    if found then
        return true;
    else
        return false;
    end if;
end
$$ language plpgsql
%%
-- mixing named and positional: param2 is given twice, once in named notation
-- and second time in positional notation. Should throw an error at parse time
create function namedparmcursor_test3() returns void as $$
declare
    c1 cursor (param1 int, param2 int) for select * from rc_test where a > param1 and b > param2;
begin
    open c1(param2 := 20, 21);
end
$$ language plpgsql
%%
-- division by zero runtime error, the context given in the error message
-- should be sensible
create function namedparmcursor_test7() returns void as $$
declare
  c1 cursor (p1 int, p2 int) for
    select * from tenk1 where thousand = p1 and tenthous = p2;
begin
  open c1 (p2 := 77, p1 := 42/0);
end $$ language plpgsql
%%
-- cursor parameter name can match plpgsql variable or unreserved keyword
create function namedparmcursor_test9(p1 int) returns int4 as $$
declare
  c1 cursor (p1 int, p2 int, debug int) for
    select count(*) from tenk1 where thousand = p1 and tenthous = p2
      and four = debug;
  p2 int4 := 1006;
  n int4;
begin
  open c1 (p1 := p1, p2 := p2, debug := 2);
  fetch c1 into n;
  return n;
end $$ language plpgsql
%%
create function raise_test3(int) returns int as $$
begin
    raise notice 'This message has no parameters (despite having %% signs in it)!';
    return $1;
end;
$$ language plpgsql
%%
--
-- reject function definitions that contain malformed SQL queries at
-- compile-time, where possible
--
create function bad_sql1() returns int as $$
declare a int;
begin
    a := 5;
    Johnny Yuma;
    a := 10;
    return a;
end$$ language plpgsql
%%
select void_return_expr()
%%
--
-- EXECUTE ... INTO test
--

create table eifoo (i integer, y integer)
%%
drop table eifoo cascade
%%
create function excpt_test2() returns void as $$
begin
    begin
        begin
            raise notice '% %', sqlstate, sqlerrm;
        end;
    end;
end; $$ language plpgsql
%%
create function excpt_test4() returns text as $$
begin
	begin perform 1/0;
	exception when others then return sqlerrm; end;
end; $$ language plpgsql
%%
drop function excpt_test3()
%%
drop function raise_exprs()
%%
select stricttest()
%%
-- test warnings and errors
set plpgsql.extra_warnings to 'all'
%%
drop function shadowtest(int)
%%
create or replace function shadowtest(f1 int)
	returns boolean as $$
declare f1 int; begin return 1; end $$ language plpgsql
%%
alter table test_01 drop column a
%%
select * from sc_test()
%%
select pl_qual_names(42)
%%
create type record_type as (x text, y int, z boolean)
%%
select exc_using(5, 'foobar')
%%
drop function exc_using(int)
%%
select * from forc_test
%%
select * from return_dquery()
%%
create or replace function returnqueryf()
returns setof tabwithcols as $$
begin
  return query select * from tabwithcols;
  return query execute 'select * from tabwithcols';
end;
$$ language plpgsql
%%
alter table tabwithcols add column d int
%%
-- test: use of variable of composite type in return statement
create or replace function compos() returns compostype as $$
declare
  v compostype;
begin
  v := (1, 'hello');
  return v;
end;
$$ language plpgsql
%%
select composrec()
%%
-- test: invalid use of composite variable in scalar-returning function
create or replace function compos() returns int as $$
declare
  v compostype;
begin
  v := (1, 'hello');
  return v;
end;
$$ language plpgsql
%%
-- test access to exception data
create function zero_divide() returns int as $$
declare v int := 0;
begin
  return 10 / v;
end;
$$ language plpgsql
%%
drop function zero_divide()
%%
select vari(1,2,3,4,5)
%%
-- coercion test
create or replace function pleast(variadic numeric[])
returns numeric as $$
declare aux numeric = $1[array_lower($1,1)];
begin
  for i in array_lower($1,1)+1..array_upper($1,1) loop
    if $1[i] < aux then aux := $1[i]; end if;
  end loop;
  return aux;
end;
$$ language plpgsql immutable strict
%%
select pleast(10)
%%
select * from tftest(10)
%%
select * from rttest()
%%
-- Test for proper cleanup at subtransaction exit.  This example
-- exposed a bug in PG 8.2.

CREATE FUNCTION leaker_1(fail BOOL) RETURNS INTEGER AS $$
DECLARE
  v_var INTEGER;
BEGIN
  BEGIN
    v_var := (leaker_2(fail)).error_code;
  EXCEPTION
    WHEN others THEN RETURN 0;
  END;
  RETURN 1;
END;
$$ LANGUAGE plpgsql
%%
DROP FUNCTION leaker_1(bool)
%%
DROP FUNCTION nonsimple_expr_test()
%%
select recurse(10)
%%
SAVEPOINT a
%%
drop function error1(text)
%%
select cast_invoker(20150717)
%%
-- Test for consistent reporting of error context

create function fail() returns int language plpgsql as $$
begin
  return 1/0;
end
$$
%%
create or replace function strtest() returns text as $$
begin
  raise notice 'foo\\bar\041baz';
  return 'foo\\bar\041baz';
end
$$ language plpgsql
%%
-- Check handling of conflicts between plpgsql vars and table columns.

set plpgsql.variable_conflict = error
%%
drop function conflict_test()
%%
select obj_description('unreserved_test()'::regprocedure, 'pg_proc')
%%
select foreach_test(ARRAY[[1,2],[3,4]])
%%
select foreach_test(ARRAY[(10,20),(40,69),(35,78)]::xy_tuple[])
%%
--
-- Assorted tests for array subscript assignment
--

create temp table rtype (id int, ar text[])
%%
select '{1,2}'::orderedarray
%%
drop function testoa(x1 int, x2 int, x3 int)
%%
-- bug #14174
explain (verbose, costs off)
select i, a from
  (select returns_rw_array(1) as a offset 0) ss,
  lateral consumes_rw_array(a) i
%%
explain (verbose, costs off)
select consumes_rw_array(a), a from
  (values (returns_rw_array(1)), (returns_rw_array(2))) v(a)
%%
create or replace function outer_outer_func(int)
returns int as $$
declare
  myresult int;
begin
  raise notice 'calling down into outer_func()';
  myresult := outer_func($1);
  raise notice 'outer_func() done';
  return myresult;
end;
$$ language plpgsql
%%
drop function inner_func(int)
%%
-- check controlling GUC
set plpgsql.check_asserts = off
%%
-- Test handling of expanded array passed to a domain constraint (bug #14472)

create function plpgsql_arr_domain_check(val int[]) returns boolean as $$
begin return val[1] > 0; end
$$ language plpgsql immutable
%%
CREATE TRIGGER transition_table_base_ins_trig
  AFTER INSERT ON transition_table_base
  REFERENCING OLD TABLE AS oldtable NEW TABLE AS newtable
  FOR EACH STATEMENT
  EXECUTE PROCEDURE transition_table_base_ins_func()
%%
CREATE TRIGGER transition_table_base_upd_trig
  AFTER UPDATE ON transition_table_base
  REFERENCING OLD TABLE AS oldtable NEW TABLE AS newtable
  FOR EACH STATEMENT
  EXECUTE PROCEDURE transition_table_base_upd_func()
%%
CREATE TABLE transition_table_status
(
      level int NOT NULL,
      node_no int NOT NULL,
      status int,
       PRIMARY KEY (level, node_no)
) WITHOUT OIDS
%%
CREATE TRIGGER transition_table_level1_ri_parent_upd_trigger
  AFTER UPDATE ON transition_table_level1
  REFERENCING OLD TABLE AS d NEW TABLE AS i
  FOR EACH STATEMENT EXECUTE PROCEDURE
    transition_table_level1_ri_parent_upd_func()
%%
-- create initial test data
INSERT INTO transition_table_level1 (level1_no)
  SELECT generate_series(1,200)
%%
INSERT INTO transition_table_status (level, node_no, status)
  SELECT 1, level1_no, 0 FROM transition_table_level1
%%
CREATE TRIGGER transition_table_level2_bad_usage_trigger
  AFTER DELETE ON transition_table_level2
  REFERENCING OLD TABLE AS dx
  FOR EACH STATEMENT EXECUTE PROCEDURE
    transition_table_level2_bad_usage_func()
%%
UPDATE transition_table_level1 SET level1_no = -1
  WHERE level1_no = 30
%%
SELECT count(*) FROM transition_table_level1
%%
-- should fail, TRUNCATE is not compatible with transition tables
CREATE TRIGGER alter_table_under_transition_tables_upd_trigger
  AFTER TRUNCATE OR UPDATE ON alter_table_under_transition_tables
  REFERENCING OLD TABLE AS d NEW TABLE AS i
  FOR EACH STATEMENT EXECUTE PROCEDURE
    alter_table_under_transition_tables_upd_func()
%%
-- now change 'name' to an integer to see what happens...
ALTER TABLE alter_table_under_transition_tables
  ALTER COLUMN name TYPE int USING name::integer
%%
--
-- Test multiple reference to a transition table
--

CREATE TABLE multi_test (i int)
%%
UPDATE multi_test SET i = i
%%
CREATE TABLE pt_part1 PARTITION OF partitioned_table FOR VALUES IN (1)
%%
SELECT * FROM get_from_partitioned_table(1) AS t
%%
-- point_tbl was already created and filled in test_setup.sql.
-- Here we just try to insert bad values.

INSERT INTO POINT_TBL(f1) VALUES ('asdfasdf')
%%
-- above
SELECT p.* FROM POINT_TBL p WHERE '(0.0,0.0)' |>> p.f1
%%
SELECT p.* FROM POINT_TBL p
   WHERE box '(0,0,100,100)' @> p.f1
%%
SELECT p.f1, p.f1 <-> point '(0,0)' AS dist
   FROM POINT_TBL p
   ORDER BY dist
%%
-- put distance result into output to allow sorting with GEQ optimizer - tgl 97/05/10
SELECT p1.f1 AS point1, p2.f1 AS point2, (p1.f1 <-> p2.f1) AS distance
   FROM POINT_TBL p1, POINT_TBL p2
   WHERE (p1.f1 <-> p2.f1) > 3 and p1.f1 << p2.f1 and p1.f1 |>> p2.f1
   ORDER BY distance
%%
INSERT INTO point_gist_tbl VALUES ('(0.0000009,0.0000009)')
%%
--
-- POLYGON
--
-- polygon logic
--

CREATE TABLE POLYGON_TBL(f1 polygon)
%%
INSERT INTO quad_poly_tbl
	SELECT (x - 1) * 100 + y, polygon(circle(point(x * 10, y * 10), 1 + (x + y) % 10))
	FROM generate_series(1, 100) x,
		 generate_series(1, 100) y
%%
CREATE TEMP TABLE quad_poly_tbl_ord_seq2 AS
SELECT rank() OVER (ORDER BY p <-> point '123,456') n, p <-> point '123,456' dist, id
FROM quad_poly_tbl WHERE p <@ polygon '((300,300),(400,600),(600,500),(700,200))'
%%
SELECT count(*) FROM quad_poly_tbl WHERE p &< polygon '((300,300),(400,600),(600,500),(700,200))'
%%
SELECT count(*) FROM quad_poly_tbl WHERE p &> polygon '((300,300),(400,600),(600,500),(700,200))'
%%
SELECT count(*) FROM quad_poly_tbl WHERE p <<| polygon '((300,300),(400,600),(600,500),(700,200))'
%%
SELECT count(*) FROM quad_poly_tbl WHERE p |&> polygon '((300,300),(400,600),(600,500),(700,200))'
%%
SELECT count(*) FROM quad_poly_tbl WHERE p <@ polygon '((300,300),(400,600),(600,500),(700,200))'
%%
SELECT count(*) FROM quad_poly_tbl WHERE p ~= polygon '((200, 300),(210, 310),(230, 290))'
%%
--
-- Tests for polymorphic SQL functions and aggregates based on them.
-- Tests for other features related to function-calling have snuck in, too.
--

create function polyf(x anyelement) returns anyelement as $$
  select x + 1
$$ language sql
%%
create function polyf(x anyelement) returns anyarray as $$
  select array[x + 1, x + 2]
$$ language sql
%%
-- fail, can't infer element type

drop function polyf(x anyarray)
%%
select polyf(int4range(42, 49)) as int, polyf(float8range(4.5, 7.8)) as num
%%
drop function polyf(x anycompatible, y anycompatible)
%%
-- range type doesn't fit

drop function polyf(x anycompatiblerange, y anycompatible, z anycompatible)
%%
-- range type doesn't fit

drop function polyf(x anycompatiblemultirange, y anycompatible, z anycompatible)
%%
drop function polyf(x anycompatiblerange, y anycompatiblearray)
%%
drop function polyf(x anycompatiblemultirange, y anycompatiblearray)
%%
select x, pg_typeof(x), y, pg_typeof(y)
  from polyf(11, '{1,2}', point(1,2), '(3,4)')
%%
select polyf(null)
%%
drop function polyf(anymultirange)
%%
create function polyf(anycompatiblemultirange) returns anycompatiblerange
as 'select range_merge($1);' language sql
%%
-- dual polymorphic transfn
CREATE FUNCTION tfp(anyarray,anyelement) RETURNS anyarray AS
'select $1 || $2' LANGUAGE SQL
%%
-- multi-arg polymorphic
CREATE FUNCTION sum3(anyelement,anyelement,anyelement) returns anyelement AS
'select $1+$2+$3' language sql strict
%%
--     P    N
-- should ERROR: stfnp(anyarray) not matched by stfnp(int[])
CREATE AGGREGATE myaggp02a(*) (SFUNC = stfnp, STYPE = anyarray,
  FINALFUNC = ffp, INITCOND = '{}')
%%
CREATE AGGREGATE myaggp04b(*) (SFUNC = stfp, STYPE = anyarray,
  INITCOND = '{}')
%%
--    N    N        P    P
-- should CREATE
CREATE AGGREGATE myaggp08a(BASETYPE = anyelement, SFUNC = tf2p, STYPE = int[],
  FINALFUNC = ffp, INITCOND = '{}')
%%
CREATE AGGREGATE myaggp10b(BASETYPE = int, SFUNC = tfp, STYPE = int[],
  INITCOND = '{}')
%%
CREATE AGGREGATE myaggp12b(BASETYPE = anyelement, SFUNC = tfp, STYPE = int[],
  INITCOND = '{}')
%%
--    P    N        P    P
-- should ERROR: tf2p(anyarray, anyelement) not matched by tf2p(int[],anyelement)
CREATE AGGREGATE myaggp16a(BASETYPE = anyelement, SFUNC = tf2p,
  STYPE = anyarray, FINALFUNC = ffp, INITCOND = '{}')
%%
CREATE AGGREGATE myaggp18b(BASETYPE = int, SFUNC = tfp, STYPE = anyarray,
  INITCOND = '{}')
%%
CREATE AGGREGATE myaggp20b(BASETYPE = anyelement, SFUNC = tfp,
  STYPE = anyarray, INITCOND = '{}')
%%
CREATE AGGREGATE myaggn02b(*) (SFUNC = stfnp, STYPE = anyarray,
  INITCOND = '{}')
%%
CREATE AGGREGATE myaggn05b(BASETYPE = int, SFUNC = tfnp, STYPE = int[],
  INITCOND = '{}')
%%
CREATE AGGREGATE myaggn07b(BASETYPE = anyelement, SFUNC = tfnp, STYPE = int[],
  INITCOND = '{}')
%%
--    N    P        N    P
-- should CREATE
CREATE AGGREGATE myaggn10a(BASETYPE = int, SFUNC = tfp, STYPE = int[],
  FINALFUNC = ffnp, INITCOND = '{}')
%%
CREATE AGGREGATE myaggn13b(BASETYPE = int, SFUNC = tfnp, STYPE = anyarray,
  INITCOND = '{}')
%%
CREATE AGGREGATE myaggn15b(BASETYPE = anyelement, SFUNC = tfnp,
  STYPE = anyarray, INITCOND = '{}')
%%
--    P    P        N    P
-- should ERROR: tfp(anyarray, int) not matched by tfp(anyarray, anyelement)
CREATE AGGREGATE myaggn18a(BASETYPE = int, SFUNC = tfp, STYPE = anyarray,
  FINALFUNC = ffnp, INITCOND = '{}')
%%
-- create test data for polymorphic aggregates
create temp table t(f1 int, f2 int[], f3 text)
%%
select f3, myaggp03b(*) from t group by f3 order by f3
%%
select f3, myaggp09a(f1) from t group by f3 order by f3
%%
select f3, myaggp20a(f1) from t group by f3 order by f3
%%
select f3, myaggn03a(*) from t group by f3 order by f3
%%
select f3, myaggn06b(f1) from t group by f3 order by f3
%%
select f3, myaggn10a(f1) from t group by f3 order by f3
%%
-- Note this would fail with integer overflow, never mind wrong bleat() output,
-- if the CASE expression were not successfully inlined
select f1, sql_if(f1 > 0, bleat(f1), bleat(f1 + 1)) from int4_tbl
%%
SELECT array_larger_accum(i)
FROM (VALUES (ARRAY[row(1,2),row(3,4)]), (ARRAY[row(5,6),row(7,8)])) as t(i)
%%
-- this should fail because stype isn't compatible with arg
create aggregate build_group(int8, integer) (
  SFUNC = add_group,
  STYPE = int2[]
)
%%
create aggregate first_el_agg_f8(float8) (
  SFUNC = array_append,
  STYPE = float8[],
  FINALFUNC = first_el
)
%%
select first_el_agg_f8(x::float8) over(order by x) from generate_series(1,10) x
%%
-- another corner case is the input functions for polymorphic pseudotypes
select array_in('{1,2,3}','int4'::regtype,-1)
%%
select myleast(10, 1, 20, 33)
%%
-- fail

-- test with variadic call parameter
select myleast(variadic array[1,2,3,4,-1])
%%
select concat('|', 'a'::text, 'b', 'c')
%%
-- mix variadic with anyelement
create function formarray(anyelement, variadic anyarray) returns anyarray as $$
  select array_prepend($1, $2);
$$ language sql immutable strict
%%
-- fail without variadic
select formarray(1, 'x'::text)
%%
-- unknown
select pg_typeof(0)
%%
-- text
select pg_typeof(pg_typeof(0))
%%
select dfunc()
%%
-- fail

drop function dfunc()
%%
-- however, this should work:
create function dfunc(a int = 1, out sum int, b int = 2) as $$
  select $1 + $2;
$$ language sql
%%
-- ok
select dfunc('Hi', 'City')
%%
-- ok
select dfunc(1, 2, 3, 4)
%%
select dfunc(to_date('20081215','YYYYMMDD'))
%%
create or replace function dfunc(a variadic int[] default array[]::int[]) returns int as
$$ select array_upper($1, 1) $$ language sql
%%
create function dfunc(text) returns text as $$
  select $1;
$$ language sql
%%
select (dfunc(10,20,30)).*
%%
select * from dfunc(0)
%%
select * from dfunc(x := 20, b := 10, x := 30)
%%
-- fail, a overlaps positional parameter
select * from dfunc(1,c := 2,d := 3)
%%
select * from dfunc(c := '2009-07-25'::date, a := 'Hello World', b := 20)
%%
-- fail

drop function dfunc(varchar, numeric, date)
%%
select * from dfunc('Hello', 100)
%%
select * from dfunc('Hello', c := 100)
%%
drop function dfunc(varchar, numeric)
%%
create function testpolym(a int, inout a int) returns int as $$ select 1;$$ language sql
%%
create function testpolym(a int) returns table(a int) as $$ select $1;$$ language sql
%%
-- positional notation with default

select dfunc(a := 1, b := 2)
%%
-- named notation with default
select dfunc(a := 'a'::text, flag := true)
%%
-- full positional notation
select dfunc('a'::text, 'b', flag := false)
%%
select dfunc(a => 'a'::text, b => 'b')
%%
-- named notation with default
select dfunc(a => 'a'::text, flag => false)
%%
-- mixed notation

-- this tests lexer edge cases around =>
select dfunc(a =>-1)
%%
select * from dfview
%%
select x, pg_typeof(x) from anyctest(11, 12) x
%%
create function anyctest(anycompatible, anycompatible)
returns anycompatiblearray as $$
  select array[$1, $2]
$$ language sql
%%
select x, pg_typeof(x) from anyctest(11, array[point(1,2)]) x
%%
select x, pg_typeof(x) from anyctest(11, numrange(4,7)) x
%%
select x, pg_typeof(x) from anyctest(int4range(11,12), numrange(4,7)) x
%%
select x, pg_typeof(x) from anyctest(11, multirange(int4range(4,7))) x
%%
select x, pg_typeof(x) from anyctest(multirange(int4range(11,12)), multirange(int4range(4,7))) x
%%
create function anyctest(anycompatiblenonarray, anycompatiblenonarray)
returns anycompatiblearray as $$
  select array[$1, $2]
$$ language sql
%%
select x, pg_typeof(x) from anyctest(11, array[1, 2], 42, 34.5) x
%%
create function anyctest(variadic anycompatiblearray)
returns anycompatiblearray as $$
  select $1
$$ language sql
%%
DECLARE foo2 SCROLL CURSOR FOR SELECT * FROM tenk2
%%
DECLARE foo6 SCROLL CURSOR FOR SELECT * FROM tenk2
%%
DECLARE foo10 SCROLL CURSOR FOR SELECT * FROM tenk2
%%
DECLARE foo14 SCROLL CURSOR FOR SELECT * FROM tenk2
%%
DECLARE foo18 SCROLL CURSOR FOR SELECT * FROM tenk2
%%
DECLARE foo22 SCROLL CURSOR FOR SELECT * FROM tenk2
%%
FETCH 3 in foo3
%%
FETCH 7 in foo7
%%
FETCH 11 in foo11
%%
FETCH 15 in foo15
%%
FETCH 19 in foo19
%%
FETCH 23 in foo23
%%
FETCH backward 4 in foo20
%%
FETCH backward 8 in foo16
%%
FETCH backward 12 in foo12
%%
FETCH backward 16 in foo8
%%
FETCH backward 20 in foo4
%%
CLOSE foo1
%%
CLOSE foo5
%%
CLOSE foo9
%%
-- leave some cursors open, to test that auto-close works.

-- record this in the system view as well (don't query the time field there
-- however)
SELECT name, statement, is_holdable, is_binary, is_scrollable FROM pg_cursors ORDER BY 1
%%
FETCH BACKWARD 1 FROM foo24
%%
FETCH BACKWARD FROM foo25
%%
FETCH FROM foo25ns
%%
-- should fail
FETCH FROM foo26
%%
create function count_tt1_v() returns int8 as
'select count(*) from tt1' language sql volatile
%%
fetch all from c1
%%
drop function count_tt1_v()
%%
EXECUTE cprep
%%
DECLARE foo2 CURSOR WITHOUT HOLD FOR SELECT 1
%%
DECLARE c1 CURSOR FOR SELECT * FROM uctest
%%
DECLARE c1 CURSOR FOR SELECT * FROM uctest FOR UPDATE
%%
-- insensitive cursor should not show effects of updates or deletes
FETCH RELATIVE 0 FROM c1
%%
-- restore test table state

-- Check inheritance cases
CREATE TEMP TABLE ucchild () inherits (uctest)
%%
DECLARE c1 CURSOR FOR SELECT * FROM uctest a, uctest b WHERE a.f1 = b.f1 + 5 FOR SHARE OF a
%%
DELETE FROM uctest WHERE CURRENT OF c
%%
DECLARE c CURSOR FOR SELECT f1,count(*) FROM uctest GROUP BY f1
%%
DECLARE c1 CURSOR FOR SELECT * FROM ucview
%%
DECLARE c1 CURSOR FOR SELECT stringu1 FROM onek WHERE stringu1 = 'DZAAAA'
%%
CREATE TABLE current_check_1 () INHERITS (current_check)
%%
DECLARE c1 SCROLL CURSOR FOR SELECT * FROM current_check
%%
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
%%
UPDATE cursor SET a = 2
%%
move backward all in c
%%
explain (costs off) declare c2 cursor for select generate_series(1,3) as g
%%
insert into toasted_data
  select array_agg(i) from generate_series(12345678, 12345678 + 1000) i
%%
drop table toasted_data
%%
DECLARE foo15 CURSOR FOR
   SELECT * FROM onek WHERE unique1 = 52
%%
DECLARE foo19 CURSOR FOR
   SELECT * FROM onek WHERE unique1 = 56
%%
DECLARE foo23 CURSOR FOR
   SELECT * FROM onek WHERE unique1 = 60
%%
FETCH all in foo14
%%
FETCH all in foo18
%%
FETCH all in foo22
%%
CLOSE foo13
%%
CLOSE foo17
%%
CLOSE foo21
%%
-- Regression tests for prepareable statements. We query the content
-- of the pg_prepared_statements view as prepared statements are
-- created and removed.

SELECT name, statement, parameter_types, result_types FROM pg_prepared_statements
%%
PREPARE q2 AS SELECT 2 AS b
%%
EXECUTE q2('postgres')
%%
-- too many params
EXECUTE q3('bytea', 5::smallint, 10.5::float, false, 4::bigint, true)
%%
CREATE TEMPORARY TABLE q5_prep_results AS EXECUTE q5(200, 'DTAAAA')
%%
-- unknown or unspecified parameter types: should succeed
PREPARE q6 AS
    SELECT * FROM tenk1 WHERE unique1 = $1 AND stringu1 = $2
%%
-- test DEALLOCATE ALL;
DEALLOCATE ALL
%%
UPDATE pxtest1 SET foobar = 'bbb' WHERE foobar = 'aaa'
%%
-- Test ROLLBACK PREPARED
ROLLBACK PREPARED 'foo1'
%%
SELECT pg_advisory_xact_lock_shared(1)
%%
CREATE TABLE pxtest3(fff int)
%%
DECLARE foo CURSOR FOR SELECT * FROM pxtest4
%%
SELECT * FROM pxtest3
%%
DROP ROLE IF EXISTS regress_priv_group2
%%
DROP ROLE IF EXISTS regress_priv_user4
%%
SELECT lo_unlink(oid) FROM pg_largeobject_metadata WHERE oid >= 1000 AND oid < 3000 ORDER BY oid
%%
CREATE USER regress_priv_user4
%%
CREATE USER regress_priv_user8
%%
-- circular ADMIN OPTION grants should be disallowed
GRANT regress_priv_user1 TO regress_priv_user2 WITH ADMIN OPTION
%%
-- fail
REVOKE regress_priv_user1 FROM regress_priv_user2
%%
GRANT regress_priv_user2 TO regress_priv_user3
%%
REVOKE regress_priv_user2 FROM regress_priv_user3
%%
-- still fail, REASSIGN OWNED doesn't help
DROP OWNED BY regress_priv_user2
%%
-- should fail, dependency
DROP ROLE regress_priv_user4
%%
-- should fail, dependency
DROP ROLE regress_priv_user1, regress_priv_user5
%%
GRANT regress_priv_user9 TO regress_priv_user8
%%
GRANT pg_read_all_settings TO regress_priv_user10
%%
REVOKE regress_priv_user9 FROM regress_priv_user8
%%
GRANT pg_read_all_stats TO regress_priv_user8 WITH SET FALSE
%%
DROP USER regress_priv_user9
%%
ALTER GROUP regress_priv_group1 ADD USER regress_priv_user4
%%
-- duplicate
ALTER GROUP regress_priv_group2 DROP USER regress_priv_user2
%%
-- prepare non-leakproof function for later
CREATE FUNCTION leak(integer,integer) RETURNS boolean
  AS 'int4lt'
  LANGUAGE internal IMMUTABLE STRICT
%%
REVOKE ADMIN OPTION FOR regress_priv_role FROM regress_priv_user1 GRANTED BY foo
%%
DROP ROLE regress_priv_role
%%
INSERT INTO atest1 VALUES (1, 'one')
%%
LOCK atest1 IN ACCESS EXCLUSIVE MODE
%%
CREATE TABLE atest2 (col1 varchar(10), col2 boolean)
%%
GRANT TRUNCATE ON atest2 TO regress_priv_user5 GRANTED BY CURRENT_ROLE
%%
-- ok
INSERT INTO atest2 VALUES ('foo', true)
%%
-- fail
SELECT * FROM atest1 FOR UPDATE
%%
LOCK atest2 IN ACCESS EXCLUSIVE MODE
%%
CREATE INDEX ON atest12 (abs(a))
%%
RESET default_statistics_target
%%
GRANT SELECT ON atest12v TO PUBLIC
%%
-- This should also be a nestloop, but the security barrier forces the inner
-- scan to be materialized
EXPLAIN (COSTS OFF) SELECT * FROM atest12sbv x, atest12sbv y WHERE x.a = y.b
%%
-- A non-security barrier view does not guard against information leakage.
EXPLAIN (COSTS OFF) SELECT * FROM atest12v x, atest12v y
  WHERE x.a = y.b and abs(y.a) <<< 5
%%
-- groups

SET SESSION AUTHORIZATION regress_priv_user3
%%
-- fail
DELETE FROM atest3
%%
CREATE VIEW atestv1 AS SELECT * FROM atest1
%%
-- ok

SELECT * FROM atestv1
%%
SET SESSION AUTHORIZATION regress_priv_user4
%%
set constraint_exclusion = on
%%
-- ok
GRANT SELECT ON atestv4 TO regress_priv_user2
%%
GRANT ALL (one) ON atest5 TO regress_priv_user3
%%
-- ok
COPY atest5 (one) TO stdout
%%
-- fail
COPY atest5 (one,two) TO stdout
%%
-- fail
SELECT 1 FROM atest5 a NATURAL JOIN atest5 b
%%
-- fail
SELECT one FROM (atest5 a JOIN atest5 b(one,x,y,z) USING (one)) j
%%
-- fail
SELECT y FROM (atest5 a JOIN atest5 b(one,x,y,z) USING (one)) j
%%
-- fail
SELECT (a.*) IS NULL FROM (atest5 a JOIN atest5 b USING (one))
%%
-- fail
SELECT b.y FROM (atest5 a JOIN atest5 b(one,x,y,z) USING (one))
%%
-- fail
SELECT b.y FROM (atest5 a FULL JOIN atest5 b(one,x,y,z) USING (one))
%%
-- ok
SELECT atest1.*,atest5.one FROM atest1, atest5
%%
GRANT SELECT (one,two) ON atest6 TO regress_priv_user4
%%
-- ok
COPY atest5 FROM stdin
%%
-- fail
UPDATE atest5 SET three = 5, one = 2
%%
-- Check that column level privileges are enforced for EXCLUDED
-- Ok. we may select one
INSERT INTO atest5(two) VALUES (6) ON CONFLICT (two) DO UPDATE set three = EXCLUDED.one
%%
-- fails (due to INSERT)

-- Check that the columns in the inference require select privileges
INSERT INTO atest5(four) VALUES (4)
%%
GRANT SELECT (four) ON atest5 TO regress_priv_user4
%%
-- ok
COPY atest6 TO stdout
%%
INSERT INTO msource VALUES (1, 'source1'), (2, 'source2'), (3, 'source3')
%%
GRANT UPDATE (b) ON mtarget TO regress_priv_user4
%%
MERGE INTO mtarget t USING msource s ON t.a = s.a
WHEN MATCHED THEN
	UPDATE SET b = 'ok'
WHEN NOT MATCHED THEN
	INSERT VALUES (a, NULL)
%%
-- fail (no UPDATE on t.a)
MERGE INTO mtarget t USING msource s ON t.a = s.a
WHEN MATCHED THEN
	UPDATE SET b = s.b, a = t.a + 1
WHEN NOT MATCHED THEN
	INSERT VALUES (a, b)
%%
GRANT DELETE ON mtarget TO regress_priv_user4
%%
GRANT UPDATE (c1, c2, c3) ON t1 TO regress_priv_user2
%%
-- fail, but row not shown
INSERT INTO t1 (c1, c2) VALUES (null, null)
%%
-- check error reporting with column privs on a partitioned table
CREATE TABLE errtst(a text, b text NOT NULL, c text, secret1 text, secret2 text) PARTITION BY LIST (a)
%%
ALTER TABLE errtst ATTACH PARTITION errtst_part_2 FOR VALUES IN ('aaaa')
%%
INSERT INTO errtst_part_1 (a, b, c, secret1, secret2)
VALUES ('aaa', 'bbb', 'ccc', 'the body', 'is in the attic')
%%
-- row is moved to another partition. This differs from the previous case in
-- that the new partition is excluded by constraint exclusion, so its
-- ResultRelInfo is not created at ExecInitModifyTable, but needs to be
-- constructed on the fly when the updated tuple is routed to it.
UPDATE errtst SET a = 'aaaa', b = NULL WHERE a = 'aaa'
%%
GRANT SELECT (two) ON atest5 TO regress_priv_user3
%%
ALTER TABLE atest6 DROP COLUMN three
%%
-- fail
SELECT 1 FROM atest6
%%
CREATE TABLE atestp2 (fx int, fy int)
%%
SELECT fx FROM atestp2
%%
-- ok
SELECT fy FROM atestc
%%
SELECT f2 FROM atestp1
%%
-- fail
UPDATE atestp1 SET f1 = 1
%%
LOCK atestp1
%%
-- ok
GRANT USAGE ON LANGUAGE c TO PUBLIC
%%
CREATE AGGREGATE priv_testagg1(int) (sfunc = int4pl, stype = int4)
%%
REVOKE ALL ON FUNCTION priv_testproc1(int) FROM PUBLIC
%%
-- semantic error
GRANT USAGE ON FUNCTION priv_testagg1(int) TO regress_priv_user3
%%
GRANT ALL PRIVILEGES ON FUNCTION priv_testagg1(int) TO regress_priv_user4
%%
SELECT priv_testfunc1(5), priv_testfunc2(5)
%%
SELECT priv_testfunc1(5)
%%
-- fail
DROP AGGREGATE priv_testagg1(int)
%%
REVOKE ALL ON FUNCTION int8(integer) FROM PUBLIC
%%
GRANT USAGE ON TYPE _priv_testtype1 TO regress_priv_user2
%%
GRANT USAGE ON DOMAIN priv_testdomain1 TO regress_priv_user2
%%
CREATE DOMAIN priv_testdomain3a AS int
%%
DROP DOMAIN priv_testdomain3a
%%
CREATE TABLE test5a (a int, b priv_testdomain1)
%%
ALTER TABLE test9a ADD COLUMN c priv_testdomain1
%%
ALTER TYPE test8a ADD ATTRIBUTE c priv_testdomain1
%%
-- commands that should succeed

CREATE AGGREGATE priv_testagg1b(priv_testdomain1) (sfunc = int4_sum, stype = bigint)
%%
CREATE CAST (priv_testdomain1 AS priv_testdomain3b) WITH FUNCTION castfunc(int)
%%
CREATE TABLE test5b (a int, b priv_testdomain1)
%%
ALTER TABLE test9b ADD COLUMN c priv_testdomain1
%%
ALTER TYPE test8b ADD ATTRIBUTE c priv_testdomain1
%%
DROP DOMAIN priv_testdomain2b
%%
DROP TABLE test5b
%%
DROP TYPE test7b
%%
DROP TABLE test11b
%%
-- ok
TRUNCATE atest3
%%
select has_table_privilege(-999999,'pg_authid','update')
%%
-- 'rule' privilege no longer exists, but for backwards compatibility
-- has_table_privilege still recognizes the keyword and says FALSE
select has_table_privilege(current_user,t1.oid,'rule')
from (select oid from pg_class where relname = 'pg_authid') as t1
%%
select has_column_privilege('pg_authid','nosuchcol','select')
%%
create temp table mytable(f1 int, f2 int, f3 int)
%%
CREATE TABLE atest4 (a int)
%%
GRANT SELECT ON atest4 TO regress_priv_user3
%%
-- fail
REVOKE GRANT OPTION FOR SELECT ON atest4 FROM regress_priv_user2 CASCADE
%%
ALTER TABLE sro_tab OWNER TO regress_sro_user
%%
-- Do the same concurrently
CREATE INDEX CONCURRENTLY sro_idx ON sro_tab ((sro_ifun(a) + sro_ifun(0)))
	WHERE sro_ifun(a + 10) > sro_ifun(10)
%%
-- CLUSTER
CREATE INDEX sro_cluster_idx ON sro_tab ((sro_ifun(a) + sro_ifun(0)))
%%
DROP TABLE sro_tab
%%
ALTER TABLE sro_part OWNER TO regress_sro_user
%%
REINDEX INDEX CONCURRENTLY sro_pidx
%%
-- REFRESH of this MV will queue a GRANT at end of transaction
CREATE MATERIALIZED VIEW sro_mv AS SELECT mv_action() WITH NO DATA
%%
CREATE CONSTRAINT TRIGGER t AFTER INSERT ON sro_trojan_table
    INITIALLY DEFERRED FOR EACH ROW EXECUTE PROCEDURE sro_trojan()
%%
CREATE UNIQUE INDEX ON sro_index_mv (c) WHERE unwanted_grant_nofail(1) > 0
%%
DROP ROLE regress_sro_user
%%
-- fails: no ADMIN OPTION
SELECT dogrant_ok()
%%
-- has_sequence_privilege tests

CREATE SEQUENCE x_seq
%%
GRANT ALL ON LARGE OBJECT 1001 TO PUBLIC
%%
GRANT SELECT ON LARGE OBJECT 1005 TO regress_priv_user2 WITH GRANT OPTION
%%
SELECT loread(lo_open(1001, x'20000'::int), 32)
%%
-- to be denied
REVOKE ALL ON LARGE OBJECT 2001, 2002 FROM PUBLIC
%%
-- compatibility mode in largeobject permission
SET lo_compat_privileges = false
%%
-- to be denied

SET lo_compat_privileges = true
%%
SELECT backend_type FROM pg_stat_activity
WHERE CASE WHEN COALESCE(usesysid, 10) = 10 THEN terminate_nothrow(pid) END
%%
ALTER TABLE datdba_only OWNER TO pg_database_owner
%%
TABLE information_schema.applicable_roles ORDER BY role_name COLLATE "C"
%%
-- test default ACLs

CREATE SCHEMA testns
%%
-- no

DROP TABLE testns.acltest1
%%
ALTER DEFAULT PRIVILEGES IN SCHEMA testns GRANT USAGE ON SCHEMAS TO regress_priv_user2
%%
CREATE SCHEMA testns2
%%
-- no

ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO regress_priv_user2
%%
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO regress_priv_user2
%%
DROP OWNED BY regress_priv_user2, regress_priv_user2
%%
CREATE AGGREGATE testns.agg1(int) (sfunc = int4pl, stype = int4)
%%
DROP AGGREGATE testns.agg1(int)
%%
SELECT has_type_privilege('regress_priv_user2', 'testns.priv_testdomain1', 'USAGE')
%%
DROP SCHEMA testns CASCADE
%%
DROP SCHEMA testns5 CASCADE
%%
-- false

GRANT ALL ON ALL TABLES IN SCHEMA testns TO regress_priv_user1
%%
CREATE PROCEDURE testns.priv_testproc(int) AS 'select 3' LANGUAGE sql
%%
-- Change owner of the schema & and rename of new schema owner

CREATE ROLE regress_schemauser1 superuser login
%%
ALTER SCHEMA testns OWNER TO regress_schemauser2
%%
DROP ROLE regress_schemauser_renamed
%%
grant select on dep_priv_test to regress_priv_user3 with grant option
%%
set session role regress_priv_user4
%%
-- clean up


drop sequence x_seq
%%
DROP VIEW atestv1
%%
DROP TABLE atest1
%%
DROP TABLE atest5
%%
DROP TABLE atestp2
%%
DROP OWNED BY regress_priv_user1
%%
DROP USER regress_priv_user4
%%
-- does not exist


-- permissions with LOCK TABLE
CREATE USER regress_locktable_user
%%
LOCK TABLE lock_table IN ACCESS SHARE MODE
%%
-- LOCK TABLE and INSERT permission
GRANT INSERT ON lock_table TO regress_locktable_user
%%
-- LOCK TABLE and DELETE permission
GRANT DELETE ON lock_table TO regress_locktable_user
%%
-- clean up
DROP TABLE lock_table
%%
-- yes

-- run query to ensure that functions within views can be executed
SET ROLE regress_readallstats
%%
-- test role grantor machinery
CREATE ROLE regress_group
%%
GRANT regress_group TO regress_group_direct_manager WITH INHERIT FALSE, ADMIN TRUE
%%
SELECT member::regrole::text, CASE WHEN grantor = 10 THEN 'BOOTSTRAP SUPERUSER' ELSE grantor::regrole::text END FROM pg_auth_members WHERE roleid = 'regress_group'::regrole ORDER BY 1, 2
%%
DROP ROLE regress_group_direct_manager
%%
CREATE ROLE regress_roleoption_donor
%%
GRANT regress_roleoption_donor TO regress_roleoption_protagonist WITH INHERIT TRUE, SET FALSE
%%
CREATE TABLE regress_roleoption.t2 (a int)
%%
CREATE TABLE regress_roleoption.t4 (a int)
%%
-- works
ALTER TABLE regress_roleoption.t4 OWNER TO regress_roleoption_protagonist
%%
DROP TABLE regress_roleoption.t4
%%
DROP ROLE regress_roleoption_recipient
%%
SELECT $1, $2
%%
-- should fail: bad variable name
select 10 as "bad name"

select 97 as "EOF", 'ok' as _foo
%%
-- ;

SELECT
    NULL AS zero,
    1 AS one,
    2.0 AS two,
    'three' AS three,
    $1 AS four,
    sin($2) as five,
    'foo'::varchar(4) as six,
    CURRENT_DATE AS now

-- should work with tuple-returning utilities, such as EXECUTE
PREPARE test AS SELECT 1 AS first, 2 AS second
%%
CREATE TABLE bububu(a int)
%%
bogus
%%
-- test single-line header and data
prepare q as select repeat('x',2*n) as "0123456789abcdef", repeat('y',20-2*n) as "0123456789" from generate_series(1,10) as n
%%
CREATE ROLE regress_display_role
%%
SET ROLE TO regress_display_role
%%
CREATE MATERIALIZED VIEW mat_view_heap_psql USING heap_psql AS SELECT f1 from tbl_heap_psql
%%
-- test numericlocale (as best we can without control of psql's locale)


select n, -n as m, n * 111 as x, '1e90'::float8 as f
from generate_series(0,3) n
%%
select '\.' as data
%%
-- test troff-ms output format



prepare q as
  select 'some\text' as "a\title", E'  <foo>\n<bar>' as "junk",
         '   ' as "empty", n as int
  from generate_series(1,2) as n
%%
--
-- ;
--

CREATE TABLE ctv_data (v, h, c, i, d) AS
VALUES
   ('v1','h2','foo', 3, '2015-04-01'::date),
   ('v2','h1','bar', 3, '2015-01-02'),
   ('v1','h0','baz', NULL, '2015-07-12'),
   ('v0','h4','qux', 4, '2015-07-15'),
   ('v0','h4','dbl', -3, '2014-12-15'),
   ('v0',NULL,'qux', 5, '2014-07-15'),
   ('v1','h2','quux',7, '2015-04-04')
%%
DROP TABLE ctv_data
%%
INSERT INTO ctv_data VALUES (1, 10, '*')
%%
CREATE PUBLICATION testpub_default
%%
ALTER PUBLICATION testpub_default SET (publish = update)
%%
ALTER PUBLICATION testpub_default SET (publish = 'insert, update, delete')
%%
CREATE VIEW testpub_view AS SELECT 1
%%
CREATE TABLE testpub_tbl2 (id serial primary key, data text)
%%
-- fail - can't add schema to 'FOR ALL TABLES' publication
ALTER PUBLICATION testpub_foralltables ADD TABLES IN SCHEMA pub_test
%%
-- should be able to add schema to 'FOR TABLE' publication
ALTER PUBLICATION testpub_fortable ADD TABLES IN SCHEMA pub_test
%%
-- should be able to create publication with schema and table of the same
-- schema
CREATE PUBLICATION testpub_for_tbl_schema FOR TABLES IN SCHEMA pub_test, TABLE pub_test.testpub_nopk
%%
-- should be able to drop the table
ALTER PUBLICATION testpub_forschema DROP TABLE pub_test.testpub_nopk
%%
DROP PUBLICATION testpub_foralltables, testpub_fortable, testpub_forschema, testpub_for_tbl_schema
%%
CREATE PUBLICATION testpub4 FOR TABLE ONLY testpub_tbl3
%%
CREATE PUBLICATION testpub_forparted1
%%
ALTER TABLE testpub_parted ATTACH PARTITION testpub_parted1 FOR VALUES IN (1)
%%
-- works despite missing REPLICA IDENTITY, because no actual update happened
UPDATE testpub_parted SET a = 1 WHERE false
%%
ALTER PUBLICATION testpub_forparted DROP TABLE testpub_parted
%%
CREATE TABLE testpub_rf_tbl2 (c text, d integer)
%%
CREATE SCHEMA testpub_rf_schema1
%%
-- Firstly, test using the option publish='insert' because the row filter
-- validation of referenced columns is less strict than for delete/update.
CREATE PUBLICATION testpub5 FOR TABLE testpub_rf_tbl1, testpub_rf_tbl2 WHERE (c <> 'test' AND d < 5) WITH (publish = 'insert')
%%
CREATE PUBLICATION testpub_rf_yes FOR TABLE testpub_rf_tbl1 WHERE (a > 1) WITH (publish = 'insert')
%%
DROP PUBLICATION testpub_syntax1
%%
CREATE PUBLICATION testpub_syntax3 FOR TABLES IN SCHEMA testpub_rf_schema1, testpub_rf_schema1 WHERE (a = 123)
%%
-- fail - aggregate functions not allowed in WHERE clause
ALTER PUBLICATION testpub5 SET TABLE testpub_rf_tbl3 WHERE (e < AVG(e))
%%
-- fail - user-defined functions are not allowed
CREATE FUNCTION testpub_rf_func2() RETURNS integer AS $$ BEGIN RETURN 123; END; $$ LANGUAGE plpgsql
%%
ALTER PUBLICATION testpub5 ADD TABLE testpub_rf_tbl1 WHERE (b < '2' COLLATE user_collation)
%%
ALTER PUBLICATION testpub5 SET TABLE testpub_rf_tbl1 WHERE (a IS DISTINCT FROM 5)
%%
-- fail - user-defined types are not allowed
CREATE TYPE rf_bug_status AS ENUM ('new', 'open', 'closed')
%%
DROP TYPE rf_bug_status
%%
ALTER PUBLICATION testpub5 SET TABLE testpub_rf_tbl5 WHERE (xmlexists('//foo[text() = ''bar'']' PASSING BY VALUE a))
%%
ALTER PUBLICATION testpub5 SET TABLE testpub_rf_tbl1 WHERE (a IN (2, 4, 6))
%%
CREATE PUBLICATION testpub6 FOR TABLES IN SCHEMA testpub_rf_schema2
%%
DROP TABLE testpub_rf_tbl3
%%
DROP TABLE testpub_rf_schema2.testpub_rf_tbl6
%%
DROP PUBLICATION testpub6
%%
DROP COLLATION user_collation
%%
CREATE TABLE rf_tbl_abcd_part_pk_1 (b int, a int PRIMARY KEY)
%%
ALTER PUBLICATION testpub6 SET TABLE rf_tbl_abcd_pk WHERE (b > 99)
%%
-- fail - "a" is not part of REPLICA IDENTITY
UPDATE rf_tbl_abcd_nopk SET a = 1
%%
ALTER TABLE rf_tbl_abcd_nopk REPLICA IDENTITY NOTHING
%%
ALTER TABLE rf_tbl_abcd_pk REPLICA IDENTITY USING INDEX idx_abcd_pk_c
%%
ALTER PUBLICATION testpub6 SET TABLE rf_tbl_abcd_nopk WHERE (c > 99)
%%
-- ok - "a" is a PK col
UPDATE rf_tbl_abcd_part_pk SET a = 1
%%
DROP TABLE rf_tbl_abcd_pk
%%
CREATE PUBLICATION testpub_dups FOR TABLE testpub_tbl1, testpub_tbl1 (a) WITH (publish = 'insert')
%%
-- error: replica identity "a" not included in the column list
ALTER PUBLICATION testpub_fortable ADD TABLE testpub_tbl5 (b, c)
%%
-- error: system attributes "ctid" not allowed in column list
ALTER PUBLICATION testpub_fortable ADD TABLE testpub_tbl5 (a, ctid)
%%
/* not all replica identities are good enough */
CREATE UNIQUE INDEX testpub_tbl5_b_key ON testpub_tbl5 (b, c)
%%
ALTER PUBLICATION testpub_table_ins ADD TABLE testpub_tbl5 (a)
%%
UPDATE testpub_tbl6 SET a = 1
%%
ALTER PUBLICATION testpub_fortable ADD TABLE testpub_tbl7 (a, b)
%%
-- first partition has replica identity "a"
CREATE TABLE testpub_tbl8_0 PARTITION OF testpub_tbl8 FOR VALUES WITH (modulus 2, remainder 0)
%%
ALTER TABLE testpub_tbl8_1 ADD PRIMARY KEY (b)
%%
ALTER PUBLICATION testpub_col_list ADD TABLE testpub_tbl8 (a, b)
%%
-- failure: replica identity has to be covered by the column list
ALTER TABLE testpub_tbl8_1 DROP CONSTRAINT testpub_tbl8_1_pkey
%%
-- second partition has replica identity "b"
CREATE TABLE testpub_tbl8_1 (a int, b text, c text)
%%
-- failure - cannot use column list and schema together
CREATE PUBLICATION testpub_tbl9 FOR TABLES IN SCHEMA public, TABLE public.testpub_tbl7(a)
%%
-- failure - specify a schema when there is already a column list in the
-- publication
ALTER PUBLICATION testpub_tbl9 ADD TABLES IN SCHEMA public
%%
DROP TABLE testpub_tbl5, testpub_tbl6, testpub_tbl7, testpub_tbl8, testpub_tbl8_1
%%
ALTER TABLE testpub_tbl_both_filters REPLICA IDENTITY USING INDEX testpub_tbl_both_filters_pkey
%%
CREATE PUBLICATION testpub6 FOR TABLE rf_tbl_abcd_pk (a, b)
%%
-- 1b. REPLICA IDENTITY is DEFAULT and table has no PK
ALTER PUBLICATION testpub6 SET TABLE rf_tbl_abcd_nopk (a)
%%
ALTER PUBLICATION testpub6 SET TABLE rf_tbl_abcd_nopk (d)
%%
-- Now change the root column list to use a column "b"
-- (which is not in the replica identity)
ALTER PUBLICATION testpub6 SET TABLE rf_tbl_abcd_part_pk_1 (b)
%%
UPDATE testpub_tbl4 set a = 2
%%
-- fail - view
CREATE PUBLICATION testpub_fortbl FOR TABLE testpub_view
%%
CREATE UNLOGGED TABLE testpub_unloggedtbl(a int)
%%
CREATE PUBLICATION testpub_fortbl FOR TABLE testpub_tbl1, pub_test.testpub_nopk
%%
ALTER PUBLICATION testpub_default ADD TABLE testpub_tbl1
%%
ALTER PUBLICATION testpub_default DROP TABLE testpub_tbl1, pub_test.testpub_nopk
%%
INSERT INTO pub_test.testpub_addpk VALUES(1, 11)
%%
DROP TABLE pub_test.testpub_addpk
%%
GRANT CREATE ON DATABASE regression TO regress_publication_user2
%%
-- fail
ALTER PUBLICATION testpub3 ADD TABLES IN SCHEMA pub_test
%%
CREATE ROLE regress_publication_user3
%%
SET ROLE regress_publication_user3
%%
DROP ROLE regress_publication_user3
%%
-- fail - must be owner of publication
SET ROLE regress_publication_user_dummy
%%
ALTER PUBLICATION testpub_default OWNER TO regress_publication_user2
%%
CREATE SCHEMA "CURRENT_SCHEMA"
%%
CREATE TABLE "CURRENT_SCHEMA"."CURRENT_SCHEMA"(id int)
%%
CREATE PUBLICATION testpub4_forschema FOR TABLES IN SCHEMA "CURRENT_SCHEMA"
%%
CREATE PUBLICATION testpub_forschema FOR TABLES IN SCHEMA CURRENT_SCHEMA
%%
-- check create publication on a system schema
CREATE PUBLICATION testpub_forschema FOR TABLES IN SCHEMA pg_catalog
%%
ALTER SCHEMA pub_test1_renamed RENAME to pub_test1
%%
-- alter publication drop schema
ALTER PUBLICATION testpub1_forschema DROP TABLES IN SCHEMA pub_test2
%%
-- alter publication set non-existent schema
ALTER PUBLICATION testpub1_forschema SET TABLES IN SCHEMA non_existent_schema
%%
-- cleanup pub_test1 schema for invalidation tests
ALTER PUBLICATION testpub2_forschema DROP TABLES IN SCHEMA pub_test1
%%
-- fail
UPDATE pub_test1.tbl SET id = 2
%%
CREATE TABLE pub_testpart1.parent1 (a int) partition by list (a)
%%
CREATE PUBLICATION testpubpart_forschema FOR TABLES IN SCHEMA pub_testpart1
%%
CREATE TABLE pub_testpart1.child_parent2 partition of pub_testpart2.parent2 for values in (1)
%%
UPDATE pub_testpart2.parent2 set a = 1
%%
CREATE PUBLICATION testpub_fortable_forschema FOR TABLE pub_test2.tbl1, TABLES IN SCHEMA pub_test1
%%
DROP PUBLICATION testpib_ins_trunct
%%
DROP PUBLICATION testpub3_forschema
%%
DROP SCHEMA pub_test1 CASCADE
%%
CREATE SCHEMA sch1
%%
-- Schema publication that does not include the schema that has the parent table
CREATE PUBLICATION pub FOR TABLES IN SCHEMA sch2 WITH (PUBLISH_VIA_PARTITION_ROOT=1)
%%
-- Table publication that includes both the parent table and the child table
ALTER PUBLICATION pub ADD TABLE sch1.tbl1
%%
CREATE TABLE sch1.tbl1_part2 PARTITION OF sch1.tbl1 FOR VALUES FROM (10) to (20)
%%
DROP SCHEMA sch1 cascade
%%
--
-- RANDOM
-- Test random() and allies
--
-- Tests in this file may have a small probability of failure,
-- since we are dealing with randomness.  Try to keep the failure
-- risk for any one test case under 1e-9.
--

-- There should be no duplicates in 1000 random() values.
-- (Assuming 52 random bits in the float8 results, we could
-- take as many as 3000 values and still have less than 1e-9 chance
-- of failure, per https://en.wikipedia.org/wiki/Birthday_problem)
SELECT r, count(*)
FROM (SELECT random() r FROM generate_series(1, 1000)) ss
GROUP BY r HAVING count(*) > 1
%%
-- now test random_normal()

-- As above, there should be no duplicates in 1000 random_normal() values.
SELECT r, count(*)
FROM (SELECT random_normal() r FROM generate_series(1, 1000)) ss
GROUP BY r HAVING count(*) > 1
%%
-- As above, ks_test_normal_random() returns true about 99.9%
-- of the time, so try it 3 times and accept if any test passes.
SELECT ks_test_normal_random() OR
       ks_test_normal_random() OR
       ks_test_normal_random() AS standard_normal
%%
SELECT random_normal(mean => 1, stddev => 0.1) r FROM generate_series(1, 10)
%%
-- function with ORDINALITY
select * from rngfunct(1) with ordinality as z(a,b,ord)
%%
select * from unnest(array['a','b']) with ordinality as z(a,ord)
%%
-- ordinality vs. views
create temporary view vw_ord as select * from (values (1)) v(n) join rngfunct(1) with ordinality as z(a,b,ord) on (n=ord)
%%
-- multiple functions
select * from rows from(rngfunct(1),rngfunct(2)) with ordinality as z(a,b,c,d,ord)
%%
select * from rows from(unnest(array[10,20],array['foo','bar'],array[1.0])) with ordinality as z(a,b,c,ord)
%%
create temporary view vw_ord as select * from rows from(unnest(array[10,20],array['foo','bar']), generate_series(1,2)) as z(a,b,c)
%%
fetch next from rf_cur
%%
-- function with implicit LATERAL and explicit ORDINALITY
select * from rngfunc2, rngfunct(rngfunc2.rngfuncid) with ordinality as z(rngfuncid,f2,ord) where rngfunc2.f2 = z.f2
%%
-- nested functions
select rngfunct.rngfuncid, rngfunct.f2 from rngfunct(sin(pi()/2)::int) ORDER BY 1,2
%%
SELECT * FROM getrngfunc1(1) AS t1
%%
DROP VIEW vw_getrngfunc
%%
SELECT * FROM getrngfunc2(1) WITH ORDINALITY AS t1(v,o)
%%
SELECT * FROM getrngfunc3(1) AS t1
%%
-- sql, proretset = f, prorettype = c
CREATE FUNCTION getrngfunc4(int) RETURNS rngfunc AS 'SELECT * FROM rngfunc WHERE rngfuncid = $1;' LANGUAGE SQL
%%
CREATE VIEW vw_getrngfunc AS SELECT * FROM getrngfunc4(1) WITH ORDINALITY AS t1(a,b,c,o)
%%
CREATE VIEW vw_getrngfunc AS SELECT * FROM getrngfunc5(1)
%%
SELECT * FROM ROWS FROM( getrngfunc6(1) AS (rngfuncid int, rngfuncsubid int, rngfuncname text) ) WITH ORDINALITY
%%
SELECT * FROM getrngfunc7(1) AS t1(rngfuncid int, rngfuncsubid int, rngfuncname text)
%%
-- plpgsql, proretset = f, prorettype = b
CREATE FUNCTION getrngfunc8(int) RETURNS int AS 'DECLARE rngfuncint int; BEGIN SELECT rngfuncid into rngfuncint FROM rngfunc WHERE rngfuncid = $1; RETURN rngfuncint; END;' LANGUAGE plpgsql
%%
CREATE VIEW vw_getrngfunc AS SELECT * FROM getrngfunc8(1) WITH ORDINALITY AS t1(v,o)
%%
CREATE VIEW vw_getrngfunc AS SELECT * FROM getrngfunc9(1)
%%
create temporary view vw_rngfunc as
  select * from rows from(getrngfunc9(1),
                      getrngfunc7(1) AS (rngfuncid int, rngfuncsubid int, rngfuncname text),
                      getrngfunc1(1))
                with ordinality as t1(a,b,c,d,e,f,g,n)
%%
DROP FUNCTION getrngfunc2(int)
%%
DROP FUNCTION getrngfunc6(int)
%%
DROP FUNCTION rngfunct(int)
%%
CREATE TEMPORARY SEQUENCE rngfunc_rescan_seq2
%%
--invokes ExecReScanFunctionScan - all these cases should materialize the function only once
-- LEFT JOIN on a condition that the planner can't prove to be true is used to ensure the function
-- is on the inner path of a nestloop join

SELECT setval('rngfunc_rescan_seq1',1,false),setval('rngfunc_rescan_seq2',1,false)
%%
SELECT * FROM (VALUES (1),(2),(3)) v(r) LEFT JOIN rngfunc_mat(11,13) WITH ORDINALITY AS f(i,s,o) ON (r+i)<100
%%
SELECT * FROM (VALUES (1),(2),(3)) v(r) LEFT JOIN unnest(array[10,20,30]) f(i) ON (r+i)<100
%%
SELECT * FROM (VALUES (1),(2),(3)) v(r), rngfunc_sql(11,10+r)
%%
SELECT * FROM (VALUES (1),(2),(3)) v(r), rngfunc_mat(10+r,13)
%%
SELECT * FROM (VALUES (11,12),(13,15),(16,20)) v(r1,r2), rngfunc_mat(r1,r2)
%%
SELECT * FROM (VALUES (1),(2),(3)) v(r), ROWS FROM( rngfunc_sql(10+r,13), rngfunc_mat(10+r,13) )
%%
SELECT * FROM (VALUES (1),(2),(3)) v(r), unnest(array[r*10,r*20,r*30]) f(i)
%%
SELECT * FROM (VALUES (1),(2),(3)) v1(r1),
              LATERAL (SELECT r1, * FROM (VALUES (10),(20),(30)) v2(r2)
                                         LEFT JOIN generate_series(r2,r2+3) f(i) ON ((r2+i)<100) OFFSET 0) s1
%%
DROP FUNCTION rngfunc_mat(int,int)
%%
SELECT rngfunc(42)
%%
-- error, wrong result type
CREATE OR REPLACE FUNCTION rngfunc(in f1 int, out f2 int) RETURNS float
AS 'select $1+1' LANGUAGE sql
%%
SELECT f1, rngfuncr(f1) FROM int4_tbl
%%
SELECT f1, rngfuncb(f1, f1/2) FROM int4_tbl
%%
DROP FUNCTION rngfuncr(in f2 int, out f1 int, out text)
%%
SELECT dup('xyz')
%%
DROP FUNCTION dup(anyelement)
%%
SELECT dup(22, array[44::bigint])
%%
SELECT dup(int4range(4,7))
%%
-- fails, no way to deduce outputs
CREATE FUNCTION bad (f1 anyarray, out f2 anycompatible, out f3 anycompatiblearray)
AS 'select $1, array[$1,$1]' LANGUAGE sql
%%
CREATE OR REPLACE FUNCTION rngfunc(int)
RETURNS TABLE(a int, b int)
AS $$ SELECT a, b
         FROM generate_series(1,$1) a(a),
              generate_series(1,$1) b(b) $$ LANGUAGE sql
%%
create function insert_tt(text) returns int as
$$ insert into tt(data) values($1) returning f1 $$
language sql
%%
-- setof does what's expected
create or replace function insert_tt2(text,text) returns setof int as
$$ insert into tt(data) values($1),($2) returning f1 $$
language sql
%%
-- triggers will fire, too
create function noticetrigger() returns trigger as $$
begin
  raise notice 'noticetrigger % %', new.f1, new.data;
  return null;
end $$ language plpgsql
%%
-- note that nextval() gets executed a second time in the rule expansion,
-- which is expected.
select * from tt_log
%%
-- test use of SQL functions returning record
-- this is supported in some cases where the query doesn't specify
-- the actual record type ...

create function array_to_set(anyarray) returns setof record as $$
  select i AS "index", $1[i] AS "value" from generate_subscripts($1, 1) i
$$ language sql strict immutable
%%
-- fail
-- after-the-fact coercion of the columns is now possible, too
select * from array_to_set(array['one', 'two']) as t(f1 numeric(4,2),f2 text)
%%
create temp table rngfunc(f1 int8, f2 int8)
%%
select * from testrngfunc()
%%
create function testrngfunc() returns rngfunc_type as $$
  select 7.136178319899999964, 7.136178319899999964;
$$ language sql immutable
%%
create function testrngfunc() returns setof rngfunc_type as $$
  select 7.136178319899999964, 7.136178319899999964;
$$ language sql immutable
%%
-- fail, OUT params
select * from sin(3) as t(f1 int8,f2 int8)
%%
alter table users drop column todrop
%%
create or replace function get_users() returns setof users as
$$ SELECT * FROM users ORDER BY userid; $$
language sql stable
%%
-- make sure ordinality copes

-- multiple functions vs. dropped columns
SELECT * FROM ROWS FROM(generate_series(10,11), get_users()) WITH ORDINALITY
%%
alter table users add column junk text
%%
drop function get_first_user()
%%
select rngfuncbar()
%%
-- check handling of a SQL function with multiple OUT params (bug #5777)

create or replace function rngfuncbar(out integer, out numeric) as
$$ select (1, 2.1) $$ language sql
%%
create function extractq2_2(t int8_tbl) returns table(ret1 int8) as $$
  select extractq2(t) offset 0
$$ language sql immutable
%%
explain (verbose, costs off)
select x from int8_tbl, extractq2_2_opt(int8_tbl) f(x)
%%
select *, row_to_json(u) from unnest(array[null::rngfunc2, null::rngfunc2]) u
%%
-- check handling of functions pulled up into function RTEs (bug #17227)

explain (verbose, costs off)
select * from
  (select jsonb_path_query_array(module->'lectures', '$[*]') as lecture
   from unnest(array['{"lectures": [{"id": "1"}]}'::jsonb])
        as unnested_modules(module)) as ss,
  jsonb_to_recordset(ss.lecture) as j (id text)
%%
create index numrange_test_btree on numrange_test(nr)
%%
SELECT nr, isempty(nr), lower(nr), upper(nr) FROM numrange_test
%%
SELECT * FROM numrange_test WHERE range_contained_by(numrange(-1e7,-10000.1), nr)
%%
select * from numrange_test where nr < numrange(-1000.0, -1000.0,'[]')
%%
select * from numrange_test where nr > 'empty'
%%
select numrange(2.0, 3.0) -|- numrange(3.0, 4.0)
%%
select numrange(1.0, 2.0) -|- numrange(2.0, 3.0,'[]')
%%
select numrange(1.1, 2.2,'[]') - numrange(2.0, 3.0)
%%
select numrange(1.0, 3.0,'[]') << numrange(3.0, 4.0,'[]')
%%
select numrange(1.0, 2.0) + numrange(2.0, 3.0)
%%
select range_intersect_agg(nr) from numrange_test where false
%%
create index numrange_test2_hash_idx on numrange_test2 using hash (nr)
%%
select * from numrange_test2 where nr = 'empty'::numrange
%%
--
-- Apply a subset of the above tests on a collatable type, too
--

CREATE TABLE textrange_test (tr textrange)
%%
INSERT INTO textrange_test VALUES(textrange('d', 'd', '[]'))
%%
SELECT * FROM textrange_test WHERE tr @> textrange('a', 'z')
%%
select * from textrange_test where tr < 'empty'
%%
create index test_range_gist_idx on test_range_gist using gist (ir)
%%
insert into test_range_gist select int4range(g*10,NULL,'(]') from generate_series(1,100) g
%%
select count(*) from test_range_gist where ir @> 10
%%
select count(*) from test_range_gist where ir << int4range(100,500)
%%
select count(*) from test_range_gist where ir -|- int4range(100,500)
%%
select count(*) from test_range_gist where ir <@ '{(10,30),(40,60),(70,90)}'::int4multirange
%%
select count(*) from test_range_gist where ir &> int4multirange(int4range(100,200), int4range(400,500))
%%
create index test_range_spgist_idx on test_range_spgist using spgist (ir)
%%
insert into test_range_spgist select int4range(g*10,NULL,'(]') from generate_series(1,100) g
%%
select count(*) from test_range_spgist where ir @> int4range(10,20)
%%
select count(*) from test_range_spgist where ir >> int4range(100,500)
%%
-- now check same queries using a bulk-loaded index
drop index test_range_spgist_idx
%%
create index test_range_elem_idx on test_range_elem (i)
%%
explain (costs off)
select count(*) from test_range_elem where int4range(i,i+10) <@ int4range(10,30)
%%
insert into test_range_excl
  values(int4range(123, 123, '[]'), int4range(1, 1, '[]'), '[2010-01-02 10:00, 2010-01-02 11:00)')
%%
--
-- Test user-defined range of floats
-- (type float8range was already made in test_setup.sql)
--

--should fail
create type bogus_float8range as range (subtype=float8, subtype_diff=float4mi)
%%
select * from float8range_test
%%
--
-- Test domains over range types
--

create domain restrictedrange as int4range check (upper(value) < 10)
%%
create type textrange2 as range(subtype=text, collation="C")
%%
select anyarray_anyrange_func(ARRAY[1,2], int4range(10,20))
%%
-- should fail
create function bogus_func(int)
  returns anyrange as 'select int4range(1,10)' language sql
%%
create function rangetypes_sql(q anyrange, b anyarray, out c anyelement)
  as $$ select upper($1) + $2[1] $$
  language sql
%%
select anycompatiblearray_anycompatiblerange_func(ARRAY[1,2], int4range(10,20))
%%
create table i8r_array (f1 int, f2 int8range[])
%%
--
-- Ranges of arrays
--

create type arrayrange as range (subtype=int4[])
%%
-- this must be rejected to avoid self-inclusion issues:
alter type two_ints add attribute c two_ints_range
%%
select * from outparam_succeed(int4range(1,2))
%%
select * from outparam_succeed2(int4range(int4range(1,2)))
%%
select * from table_succeed(int4range(1,11))
%%
-- Test simple quantified backrefs
select 'bbbbb' ~ '^([bc])\1*$' as t
%%
select regexp_match('abc', 'd') is null
%%
-- Test conversion of regex patterns to indexable conditions
explain (costs off) select * from pg_proc where proname ~ 'abc'
%%
--
-- regproc
--

/* If objects exist, return oids */

CREATE ROLE regress_regrole_test
%%
SELECT regprocedure('abs(numeric)')
%%
SELECT to_regoper('||/')
%%
SELECT to_regclass('pg_class')
%%
SELECT regnamespace('pg_catalog')
%%
-- mapped, non-shared, critical
REINDEX TABLE pg_index
%%
-- mapped, shared non-critical

-- Check that individual system indexes can be reindexed. That's a bit
-- different from the entire-table case because reindex_relation
-- treats e.g. pg_class special.
REINDEX INDEX pg_class_oid_index
%%
-- non-mapped, non-shared, non-critical
REINDEX INDEX pg_database_oid_index
%%
-- Fail min/max values check
CREATE TABLE reloptions_test2(i INT) WITH (fillfactor=2)
%%
CREATE TABLE reloptions_test2(i INT) WITH (not_existing_namespace.fillfactor=2)
%%
CREATE TABLE reloptions_test2(i INT) WITH (autovacuum_enabled=12)
%%
-- Fail if option is specified twice
CREATE TABLE reloptions_test2(i INT) WITH (fillfactor=30, fillfactor=40)
%%
-- Check that RESET works well
ALTER TABLE reloptions_test RESET (fillfactor)
%%
-- Test vacuum_truncate option
DROP TABLE reloptions_test
%%
SELECT pg_relation_size('reloptions_test') > 0
%%
CREATE TABLE reloptions_test (s VARCHAR)
	WITH (toast.autovacuum_vacuum_cost_delay = 23)
%%
ALTER TABLE reloptions_test RESET (toast.autovacuum_vacuum_cost_delay)
%%
-- Fail when option and namespace do not exist
CREATE INDEX reloptions_test_idx ON reloptions_test (s)
	WITH (not_existing_option=2)
%%
-- Check ALTER on empty reloption list
CREATE INDEX reloptions_test_idx3 ON reloptions_test (s)
%%
CREATE INDEX test_replica_identity_keyab ON test_replica_identity (keya, keyb)
%%
CREATE UNIQUE INDEX test_replica_identity_expr ON test_replica_identity (keya, keyb, (3))
%%
-- fail, not a candidate key, nullable column
ALTER TABLE test_replica_identity REPLICA IDENTITY USING INDEX test_replica_identity_nonkey
%%
-- fail, not our index
ALTER TABLE test_replica_identity REPLICA IDENTITY USING INDEX test_replica_identity_othertable_pkey
%%
-- succeed unique index over nonnullable cols
ALTER TABLE test_replica_identity REPLICA IDENTITY USING INDEX test_replica_identity_keyab_key
%%
ALTER TABLE test_replica_identity REPLICA IDENTITY NOTHING
%%
-- straight index variant
CREATE TABLE test_replica_identity3 (id int NOT NULL)
%%
-- ALTER TABLE DROP NOT NULL is not allowed for columns part of an index
-- used as replica identity.
ALTER TABLE test_replica_identity3 ALTER COLUMN id DROP NOT NULL
%%
ALTER TABLE ONLY test_replica_identity4
  ADD CONSTRAINT test_replica_identity4_pkey PRIMARY KEY (id)
%%
DROP TABLE test_replica_identity
%%
DROP TABLE test_replica_identity_othertable
%%
DELETE FROM foo WHERE f1 > 2 RETURNING f3, f2, f1, least(f1,f3)
%%
-- Joins

UPDATE foo SET f3 = f3*2
  FROM int4_tbl i
  WHERE foo.f1 + 123455 = i.f1
  RETURNING foo.*, i.f1 as "i.f1"
%%
ALTER TABLE foo ADD COLUMN f4 int8 DEFAULT 99
%%
DELETE FROM foo
  USING int8_tbl i
  WHERE foo.f1 = i.q2
  RETURNING *
%%
INSERT INTO voo VALUES(11,'zit')
%%
-- works now
INSERT INTO voo VALUES(14,'zoo2') RETURNING *
%%
update voo set f1 = f1 + 1 where f2 = 'zoo2' RETURNING *, f1*2
%%
-- Try a join case

CREATE TEMP TABLE joinme (f2j text, other int)
%%
CREATE RULE joinview_u AS ON UPDATE TO joinview DO INSTEAD
  UPDATE foo SET f1 = new.f1, f3 = new.f3
    FROM joinme WHERE f2 = f2j AND f2 = old.f2
    RETURNING foo.*, other
%%
-- fails, wrong name
INSERT INTO foo AS bar DEFAULT VALUES RETURNING bar.*
%%
CREATE ROLE regress_test_superuser WITH SUPERUSER
%%
CREATE ROLE regress_test_inherit WITH NOINHERIT
%%
CREATE ROLE regress_test_createrole WITH CREATEROLE
%%
CREATE ROLE regress_test_createdb WITH CREATEDB
%%
CREATE ROLE regress_test_role_canlogin WITH LOGIN
%%
CREATE USER regress_test_user_canlogin WITH NOLOGIN
%%
CREATE ROLE regress_test_replication WITH REPLICATION
%%
CREATE ROLE regress_test_bypassrls WITH BYPASSRLS
%%
DROP ROLE regress_test_superuser
%%
DROP ROLE regress_test_createrole
%%
DROP ROLE regress_test_role_canlogin
%%
DROP ROLE regress_test_replication
%%
DROP USER IF EXISTS regress_rls_bob
%%
DROP ROLE IF EXISTS regress_rls_group1
%%
CREATE USER regress_rls_bob NOLOGIN
%%
CREATE ROLE regress_rls_group1 NOLOGIN
%%
CREATE SCHEMA regress_rls_schema
%%
GRANT EXECUTE ON FUNCTION f_leak(text) TO public
%%
INSERT INTO uaccount VALUES
    ('regress_rls_alice', 99),
    ('regress_rls_bob', 1),
    ('regress_rls_carol', 2),
    ('regress_rls_dave', 3)
%%
CREATE TABLE document (
    did         int primary key,
    cid         int references category(cid),
    dlevel      int not null,
    dauthor     name,
    dtitle      text
)
%%
-- user's security level must be higher than or equal to document's
CREATE POLICY p1 ON document AS PERMISSIVE
    USING (dlevel <= (SELECT seclv FROM uaccount WHERE pguser = current_user))
%%
SELECT * FROM pg_policies WHERE schemaname = 'regress_rls_schema' AND tablename = 'document' ORDER BY policyname
%%
SELECT * FROM document NATURAL JOIN category WHERE f_leak(dtitle) ORDER BY did
%%
EXPLAIN (COSTS OFF) SELECT * FROM document NATURAL JOIN category WHERE f_leak(dtitle)
%%
ALTER POLICY p1 ON document USING (dauthor = current_user)
%%
DELETE FROM category WHERE cid = 33
%%
SELECT * FROM document
%%
CREATE TABLE t1 (id int not null primary key, a int, junk1 text, b text)
%%
CREATE TABLE t2 (c float) INHERITS (t1)
%%
ALTER TABLE t3 INHERIT t1
%%
-- be even number
CREATE POLICY p2 ON t2 FOR ALL TO PUBLIC USING (a % 2 = 1)
%%
SELECT * FROM t1 WHERE f_leak(b)
%%
-- reference to whole-row reference
SELECT *, t1 FROM t1
%%
EXPLAIN (COSTS OFF) SELECT * FROM t1 WHERE f_leak(b) FOR SHARE
%%
GRANT ALL ON part_document TO public
%%
GRANT ALL ON part_document_fiction TO public
%%
ALTER TABLE part_document ENABLE ROW LEVEL SECURITY
%%
SELECT * FROM part_document WHERE f_leak(dtitle) ORDER BY did
%%
ALTER TABLE part_document_satire ENABLE ROW LEVEL SECURITY
%%
ALTER POLICY pp1 ON part_document USING (dauthor = current_user)
%%
CREATE TABLE dependee (x integer, y integer)
%%
-- Should fail without CASCADE due to dependency on row security qual?

DROP TABLE dependee CASCADE
%%
ALTER TABLE rec1 ENABLE ROW LEVEL SECURITY
%%
CREATE POLICY r2 ON rec2 USING (a = (SELECT x FROM rec1 WHERE y = b))
%%
ALTER POLICY r1 ON rec1 USING (x = (SELECT a FROM rec2v WHERE b = y))
%%
CREATE VIEW rec2v WITH (security_barrier) AS SELECT * FROM rec2
%%
INSERT INTO s1 (SELECT x, public.fipshash(x::text) FROM generate_series(-10,10) x)
%%
CREATE POLICY p1 ON s1 USING (a in (select x from s2 where y like '%2f%'))
%%
ALTER TABLE s2 ENABLE ROW LEVEL SECURITY
%%
DROP POLICY p3 on s1
%%
-- OK
EXPLAIN (COSTS OFF) SELECT * FROM s1 WHERE f_leak(b)
%%
-- fail (infinite recursion via view)

-- prepared statement with regress_rls_alice privilege
PREPARE p1(int) AS SELECT * FROM t1 WHERE a <= $1
%%
EXECUTE p2(2)
%%
EXPLAIN (COSTS OFF) UPDATE only t1 SET b = b || '_updt' WHERE f_leak(b)
%%
UPDATE t1 SET b = b WHERE f_leak(b) RETURNING tableoid::regclass, *, t1
%%
UPDATE t1 SET b=t1.b FROM t2
WHERE t1.a = 3 and t2.a = 3 AND f_leak(t1.b) AND f_leak(t2.b)
%%
UPDATE t2 t2_1 SET b = t2_2.b FROM t2 t2_2
WHERE t2_1.a = 3 AND t2_2.a = t2_1.a AND t2_2.b = t2_1.b
AND f_leak(t2_1.b) AND f_leak(t2_2.b) RETURNING *, t2_1, t2_2
%%
EXPLAIN (COSTS OFF) DELETE FROM only t1 WHERE f_leak(b)
%%
CREATE TABLE b1 (a int, b text)
%%
GRANT ALL ON b1 TO regress_rls_bob
%%
SELECT * FROM bv1 WHERE f_leak(b)
%%
UPDATE bv1 SET b = 'yyy' WHERE a = 4 AND f_leak(b)
%%
DROP POLICY p1r ON document
%%
-- ...so violates actual WITH CHECK OPTION within UPDATE (not INSERT, since
-- alternative UPDATE path happens to be taken):
INSERT INTO document VALUES (2, (SELECT cid from category WHERE cname = 'novel'), 1, 'regress_rls_carol', 'my first novel')
    ON CONFLICT (did) DO UPDATE SET dtitle = EXCLUDED.dtitle, dauthor = EXCLUDED.dauthor
%%
DROP POLICY p2 ON document
%%
DROP POLICY p3_with_default ON document
%%
DROP POLICY p3_with_all ON document
%%
-- Fails, since update violates WITH CHECK qual on dlevel
MERGE INTO document d
USING (SELECT 1 as sdid) s
ON did = s.sdid
WHEN MATCHED THEN
	UPDATE SET dnotes = dnotes || ' notes added by merge1 ', dlevel = 0
%%
-- UPDATE action is not matched this time because of the WHEN qual.
-- DELETE still fails because role regress_rls_bob does not have SELECT
-- privileges on 'manga' category row in the category table.
MERGE INTO document d
USING (SELECT 4 as sdid) s
ON did = s.sdid
WHEN MATCHED AND dnotes <> '' THEN
	UPDATE SET dnotes = dnotes || ' notes added by merge '
WHEN MATCHED THEN
	DELETE
%%
CREATE POLICY p1 ON document FOR SELECT
  USING (cid = (SELECT cid from category WHERE cname = 'novel'))
%%
GRANT SELECT ON z1,z2 TO regress_rls_group1, regress_rls_group2,
    regress_rls_bob, regress_rls_carol
%%
ALTER TABLE z1 ENABLE ROW LEVEL SECURITY
%%
EXPLAIN (COSTS OFF) EXECUTE plancache_test
%%
EXPLAIN (COSTS OFF) EXECUTE plancache_test3
%%
GRANT SELECT ON rls_view TO regress_rls_bob
%%
GRANT SELECT ON rls_view TO regress_rls_alice
%%
CREATE POLICY p3 ON z1 AS RESTRICTIVE USING (a NOT IN (SELECT a FROM z1_blacklist))
%%
CREATE VIEW rls_view WITH (security_invoker) AS
    SELECT * FROM z1 WHERE f_leak(b)
%%
INSERT INTO x1 VALUES
    (1, 'abc', 'regress_rls_bob'),
    (2, 'bcd', 'regress_rls_bob'),
    (3, 'cde', 'regress_rls_carol'),
    (4, 'def', 'regress_rls_carol'),
    (5, 'efg', 'regress_rls_bob'),
    (6, 'fgh', 'regress_rls_bob'),
    (7, 'fgh', 'regress_rls_carol'),
    (8, 'fgh', 'regress_rls_carol')
%%
CREATE POLICY p3 ON x1 FOR UPDATE USING (a % 2 = 0)
%%
UPDATE x1 SET b = b || '_updt' WHERE f_leak(b) RETURNING *
%%
GRANT ALL ON y1, y2 TO regress_rls_bob
%%
--fail
CREATE POLICY p1 ON y2 FOR ALL USING (a % 2 = 0)
%%
EXPLAIN (COSTS OFF) SELECT * FROM rls_sbv WHERE (a = 1)
%%
CREATE POLICY p3 ON y2 USING (a % 4 = 0)
%%
EXPLAIN (COSTS OFF) SELECT * FROM y2 WHERE f_leak('abc')
%%
EXPLAIN (COSTS OFF) SELECT * FROM y2 JOIN test_qual_pushdown ON (b = abc) WHERE f_leak(abc)
%%
CREATE TABLE t1 (a integer)
%%
-- Prepare as regress_rls_bob
SET ROLE regress_rls_bob
%%
CREATE TABLE t1 (a integer, b text)
%%
WITH cte1 AS MATERIALIZED (SELECT * FROM t1 WHERE f_leak(b)) SELECT * FROM cte1
%%
--ok

WITH cte1 AS (INSERT INTO t1 VALUES (21, 'Fail') RETURNING *) SELECT * FROM cte1
%%
CREATE TABLE t2 (a integer, b text)
%%
EXPLAIN (COSTS OFF) SELECT * FROM t2
%%
CREATE TABLE blog (id integer, author text, post text)
%%
ALTER TABLE blog ENABLE ROW LEVEL SECURITY
%%
-- Check Non-RLS JOIN with RLS.
SELECT id, author, message FROM comment JOIN blog ON id = blog_id
%%
DROP POLICY p2 ON t1
%%
CREATE POLICY p1 ON copy_t USING (a % 2 = 0)
%%
COPY (SELECT * FROM copy_t ORDER BY a ASC) TO STDOUT WITH DELIMITER ','
%%
GRANT ALL ON copy_rel_to TO regress_rls_bob, regress_rls_exempt_user
%%
INSERT INTO copy_rel_to_child VALUES (1, 'one'), (2, 'two')
%%
-- Some simple tests of I/O conversions and row construction

select (1.1,2.2)::complex, row((3.3,4.4),(5.5,null))::quad
%%
create temp table quadtable(f1 int, q quad)
%%
select f1, q.c1 from quadtable
%%
select * from people
%%
insert into quadtable (f1, q.c1.r, q.c2.i) values(44,55,66)
%%
insert into pp values (repeat('abcdefghijkl', 100000))
%%
-- Test row comparison semantics.  Prior to PG 8.2 we did this in a totally
-- non-spec-compliant way.

select ROW(1,2) < ROW(1,3) as true
%%
-- the NULL is not examined
select ROW(11,'ABC') < ROW(11,'DEF') as true
%%
select ROW(1,2,3) = ROW(1,NULL,4) as false
%%
select ROW('ABC','DEF') ~~ ROW('DEF','ABC') as fail
%%
-- Check row comparison with a subselect
select unique1, unique2 from tenk1
where (unique1, unique2) < any (select ten, ten from tenk1 where hundred < 3)
      and unique1 <= 20
order by 1
%%
select thousand, tenthous, four from tenk1
where (thousand, tenthous, four) > (998, 5000, 3)
order by thousand, tenthous
%%
select thousand, hundred from tenk1
where (998, 5000) < (thousand, hundred)
order by thousand, hundred
%%
create index on test_table (a,b)
%%
-- fail, type mismatch

explain (costs off)
select * from int8_tbl i8
where i8 in (row(123,456)::int8_tbl, '(4567890123456789,123)')
%%
select (row(1, 2.0)).nosuch
%%
-- fail
select (r).* from (select row(1, 2.0) as r) ss
%%
-- Check ability to create arrays of anonymous rowtypes
select array[ row(1,2), row(3,4), row(5,6) ]
%%
insert into cc values('("(1,2)",3)')
%%
select row(1, 2)::testtype1 <= row(1, 3)::testtype1
%%
select row(1, 3)::testtype1 > row(1, 2)::testtype1
%%
select row(1, -2)::testtype1 <> row(1, -2)::testtype1
%%
-- mismatches
create type testtype3 as (a int, b text)
%%
select row(1, 2)::testtype1 < row(1)::testtype5
%%
select row(1, '(1,2)')::testtype6 <> row(1, '(1,3)')::testtype6
%%
select row(1, 2)::testtype1 *= row(1, 2)::testtype1
%%
-- all false
select row(1, -2)::testtype1 *< row(1, -3)::testtype1
%%
select row(1, -3)::testtype1 *>= row(1, -2)::testtype1
%%
-- byval different sizes
select row(1, true)::testtype2 *< row(2, true)::testtype2
%%
-- variable length
select row(1, 'abc')::testtype3 *< row(1, 'abd')::testtype3
%%
-- by ref, fixed length
select row(1, '(1,2)')::testtype4 *< row(1, '(1,3)')::testtype4
%%
select row(1, 2)::testtype1 *< row(1)::testtype5
%%
select row(1, '(1,2)')::testtype6 *<> row(1, '(1,3)')::testtype6
%%
CREATE TYPE price_input AS (
    id INTEGER,
    price NUMERIC
)
%%
insert into price values (1,false,42), (10,false,100), (11,true,17.99)
%%
create function fcompos1(v compos) returns void as $$
insert into compos values (v);  -- fail
$$ language sql
%%
select fcompos2(row(2,'two'))
%%
select fullname::text from fullname
%%
select (row('Jim', 'Beam'))::text
%%
select f.last from fullname f
%%
select longname(f) from fullname f
%%
-- in these examples, we'll report the exposed column names of the subselect:
select row_to_json(ss) from
  (select q1, q2 from int8_tbl) as ss
%%
select row_to_json(ss) from
  (select q1 as a, q2 as b from int8_tbl) as ss(x,y)
%%
select row_to_json(q) from
  (select thousand as x, tenthous as y from tenk1
   where thousand = 42 and tenthous < 2000 offset 0) q
%%
select row_to_json(r) from (select q2,q1 from tt1 offset 0) r
%%
--
-- IS [NOT] NULL should not recurse into nested composites (bug #14235)
--

explain (verbose, costs off)
select r, r is null as isnull, r is not null as isnotnull
from (values (1,row(1,2)), (1,row(null,null)), (1,null),
             (null,row(1,2)), (null,row(null,null)), (null,null) ) r(a,b)
%%
--
-- Check parsing of indirect references to composite values (bug #18077)
--
explain (verbose, costs off)
with cte(c) as materialized (select row(1, 2)),
     cte2(c) as (select * from cte)
select * from cte2 as t
where (select * from (select c as c1) s
       where (select (c1).f1 > 0)) is not null
%%
--
-- Tests for component access / FieldSelect
--
CREATE TABLE compositetable(a text, b text)
%%
-- system columns can't be accessed in composite types (error)
SELECT (d).ctid FROM (SELECT compositetable AS d FROM compositetable) s
%%
DROP TABLE compositetable
%%
create view rtest_v1 as select * from rtest_t1
%%
-- Test comments
COMMENT ON RULE rtest_v1_bad ON rtest_v1 IS 'bad rule'
%%
create table rtest_interface (sysname text, ifname text)
%%
create rule rtest_sys_del as on delete to rtest_system do also (
	delete from rtest_interface where sysname = old.sysname;
	delete from rtest_admin where sysname = old.sysname;
	)
%%
create table rtest_emplog (ename char(20), who name, action char(10), newsal money, oldsal money)
%%
create rule rtest_emp_del as on delete to rtest_emp do
	insert into rtest_emplog values (old.ename, current_user,
			'fired', '0.00', old.salary)
%%
create table rtest_t7 (a int4, b text)
%%
create rule rtest_t4_ins2 as on insert to rtest_t4
		where new.a >= 20 and new.a < 30 do
	insert into rtest_t6 values (new.a, new.b)
%%
create table rtest_order2 (a int4, b int4, c text)
%%
create rule rtest_order_r2 as on insert to rtest_order1 do
	insert into rtest_order2 values (new.a, nextval('rtest_seq'),
		'rule 2 - this should run 2nd')
%%
create table rtest_nothn3 (a int4, b text)
%%
create rule rtest_nothn_r3 as on insert to rtest_nothn2
	where new.a >= 100 do instead
	insert into rtest_nothn3 values (new.a, new.b)
%%
-- insert values
insert into rtest_v1 values (1, 11)
%%
** Remember the delete rule on rtest_v1: It says
** DO INSTEAD DELETE FROM rtest_t1 WHERE a = old.a
** So this time both rows with a = 2 must get deleted
delete from rtest_v1 where b = 12
%%
-- now with only one target attribute
insert into rtest_v1 (a) select a from rtest_t3
%%
-- now updates with constant expression
update rtest_v1 set b = 42 where a = 2
%%
-- updates in a mergejoin
update rtest_v1 set b = rtest_t2.b from rtest_t2 where rtest_v1.a = rtest_t2.a
%%
--
-- Test for constraint updates/deletes
--
insert into rtest_system values ('orion', 'Linux Jan Wieck')
%%
update rtest_system set sysname = 'pluto' where sysname = 'neptun'
%%
-- Note: use ORDER BY here to ensure consistent output across all systems.
-- The above UPDATE affects two rows with equal keys, so they could be
-- updated in either order depending on the whim of the local qsort().

select * from rtest_admin order by pname, sysname
%%
update rtest_emp set ename = 'wieck', salary = '6000.00' where ename = 'wiecx'
%%
insert into rtest_empmass values ('meyer', '4000.00')
%%
delete from rtest_emp using rtest_empmass where rtest_emp.ename = rtest_empmass.ename
%%
select * from rtest_t6
%%
delete from rtest_t5
%%
insert into rtest_t9 values (1, 'Record should go to rtest_t4')
%%
--
-- Check that the ordering of rules fired is correct
--
insert into rtest_order1 values (1)
%%
insert into rtest_nothn2 values (10, 'too small')
%%
delete from rtest_nothn2
%%
delete from rtest_nothn4
%%
create table rtest_view3 (a int4, b text)
%%
create view rtest_vview3 as select a, b from rtest_vview2 X
	where 0 < (select count(*) from rtest_view2 Y where Y.a = X.a)
%%
insert into rtest_view1 values (1, 'item 1', 't')
%%
select * from rtest_vview3
%%
select * from rtest_view3
%%
insert into rtest_view4 select * from rtest_vview4 where 3 > refcount
%%
select * from rtest_view4
%%
insert into rtest_unitfact values ('m', 100.0)
%%
--
-- In addition run the (slightly modified) queries from the
-- programmers manual section on the rule system.
--
CREATE TABLE shoe_data (
	shoename   char(10),      -- primary key
	sh_avail   integer,       -- available # of pairs
	slcolor    char(10),      -- preferred shoelace color
	slminlen   float,         -- minimum shoelace length
	slmaxlen   float,         -- maximum shoelace length
	slunit     char(8)        -- length unit
)
%%
CREATE VIEW shoelace AS
	SELECT s.sl_name,
		   s.sl_avail,
		   s.sl_color,
		   s.sl_len,
		   s.sl_unit,
		   s.sl_len * u.un_fact AS sl_len_cm
	  FROM shoelace_data s, unit u
	 WHERE s.sl_unit = u.un_name
%%
INSERT INTO shoelace_data VALUES ('sl1', 5, 'black', 80.0, 'cm')
%%
-- Want "log_who" to be CURRENT_USER,
-- but that is non-portable for the regression test
-- - thomas 1999-02-21

    CREATE RULE log_shoelace AS ON UPDATE TO shoelace_data
        WHERE NEW.sl_avail != OLD.sl_avail
        DO INSERT INTO shoelace_log VALUES (
                                        NEW.sl_name,
                                        NEW.sl_avail,
                                        'Al Bundy',
                                        'epoch'
                                    )
%%
CREATE RULE shoelace_upd AS ON UPDATE TO shoelace
        DO INSTEAD
        UPDATE shoelace_data SET
               sl_name = NEW.sl_name,
               sl_avail = NEW.sl_avail,
               sl_color = NEW.sl_color,
               sl_len = NEW.sl_len,
               sl_unit = NEW.sl_unit
         WHERE sl_name = OLD.sl_name
%%
CREATE RULE shoelace_ok_ins AS ON INSERT TO shoelace_ok
        DO INSTEAD
        UPDATE shoelace SET
               sl_avail = sl_avail + NEW.ok_quant
         WHERE sl_name = NEW.ok_name
%%
CREATE VIEW shoelace_obsolete AS
	SELECT * FROM shoelace WHERE NOT EXISTS
	    (SELECT shoename FROM shoe WHERE slcolor = sl_color)
%%
SELECT * FROM shoelace_obsolete ORDER BY sl_len_cm
%%
SELECT count(*) FROM shoe
%%
insert into rules_foo values(1)
%%
-- this is the correct way:
create rule rules_foorule as on insert to rules_foo where f1 < 100
do instead insert into rules_foo2 values (new.f1)
%%
--
-- Test rules containing INSERT ... SELECT, which is a very ugly special
-- case as of 7.1.  Example is based on bug report from Joel Burton.
--
create table pparent (pid int, txt text)
%%
create view vview as
  select pparent.pid, txt, descrip from
    pparent left join cchild using (pid)
%%
select * from cchild
%%
drop table cchild
%%
CREATE TABLE ruletest_tbl2 (a int, b int)
%%
-- Check that rewrite rules splitting one INSERT into multiple
-- conditional statements does not disable FK checking.
create table rule_and_refint_t1 (
	id1a integer,
	id1b integer,

	primary key (id1a, id1b)
)
%%
insert into rule_and_refint_t2 values (1, 11)
%%
-- rule fired, so unsupported
insert into shoelace values ('sl9', 0, 'pink', 35.0, 'inch', 0.0)
  on conflict (sl_name) do update
  set sl_avail = excluded.sl_avail
%%
drop view rules_fooview
%%
-- likewise, converting a partitioned table or partition to view is not allowed
create table rules_fooview (x int, y text) partition by list (x)
%%
-- currently, must respecify PKEY for each inherited subtable
create table test_1 (id integer primary key) inherits (id)
%%
insert into test_2 (name) values ('Test 3')
%%
select * from id_ordered
%%
create temp table t1_1 (check (a >= 0 and a < 10)) inherits (t1)
%%
create rule t1_upd_1 as on update to t1
	where old.a >= 0 and old.a < 10
	do instead
	update t1_1 set a = new.a where a = old.a
%%
select * from only t1
%%
insert into rules_base values(1,2), (11,12)
%%
create or replace rule r1 as on update to rules_base do instead
  select * from rules_base where f1 = 11 for update of old
%%
select pg_get_viewdef('shoe'::regclass,0) as prettier
%%
create rule r1 as on update to rules_src do also
  insert into rules_log values(old.*, 'old', default), (new.*, 'new', default)
%%
select * from rules_log
%%
create rule r4 as on delete to rules_src do notify rules_src_deletion
%%
-- check display of all rules added above

--
-- Also check multiassignment deparsing.
--
create table rule_t1(f1 int, f2 int)
%%
--
-- Test implicit LATERAL references to old/new in rules
--
CREATE TABLE rule_t1(a int, b text DEFAULT 'xxx', c int)
%%
INSERT INTO rule_v1 VALUES (1, 'a'), (2, 'b')
%%
--
-- check alter rename rule
--
CREATE TABLE rule_t1 (a INT)
%%
SELECT * FROM rule_v1
%%
DROP TABLE rule_t1
%%
create view rule_v1(x) as select * from (values(1,2)) v
%%
create unique index hat_data_unique_idx
  on hat_data (hat_name COLLATE "C" bpchar_pattern_ops)
%%
SELECT tablename, rulename, definition FROM pg_rules
	WHERE tablename = 'hats'
%%
-- DO UPDATE with a WHERE clause
CREATE RULE hat_upsert AS ON INSERT TO hats
    DO INSTEAD
    INSERT INTO hat_data VALUES (
           NEW.hat_name,
           NEW.hat_color)
        ON CONFLICT (hat_name)
        DO UPDATE
           SET hat_name = hat_data.hat_name, hat_color = excluded.hat_color
           WHERE excluded.hat_color <>  'forbidden' AND hat_data.* != excluded.*
        RETURNING *
%%
EXPLAIN (costs off)
WITH data(hat_name, hat_color) AS MATERIALIZED (
    VALUES ('h8', 'green'),
        ('h9', 'blue'),
        ('h7', 'forbidden')
)
INSERT INTO hats
    SELECT * FROM data
RETURNING *
%%
drop table hat_data
%%
SELECT pg_get_functiondef(0)
%%
SELECT pg_get_triggerdef(0)
%%
SELECT pg_get_function_result(0)
%%
-- test rename for a rule defined on a partitioned table
CREATE TABLE rules_parted_table (a int) PARTITION BY LIST (a)
%%
DROP TABLE rules_parted_table
%%
CREATE RULE rule2 AS ON UPDATE TO rule_merge1
	DO INSTEAD UPDATE rule_merge2 SET a = NEW.a, b = NEW.b
	WHERE a = OLD.a
%%
-- test deparsing
CREATE TABLE sf_target(id int, data text, filling int[])
%%
CREATE TABLE ruletest2 (b int)
%%
ALTER TABLE ruletest1 ENABLE RULE rule1
%%
DROP TABLE ruletest1
%%
CREATE TABLE ruletest_t2 (x int)
%%
SET SESSION AUTHORIZATION regress_rule_user1
%%
REVOKE ALL ON ruletest_t2 FROM regress_rule_user1
%%
SELECT * FROM ruletest_t1
%%
DROP TABLE ruletest_t3
%%
VACUUM
%%
DROP ROLE IF EXISTS regress_seclabel_user2
%%
CREATE TABLE seclabel_tbl2 (x int, y text)
%%
ALTER TABLE seclabel_tbl1 OWNER TO regress_seclabel_user1
%%
-- fail
SECURITY LABEL ON TABLE seclabel_tbl3 IS 'unclassified'
%%
-- fail

-- clean up objects
DROP FUNCTION seclabel_four()
%%
DROP TABLE seclabel_tbl2
%%
--
-- awk '{if($1<20){print $1,$14;}else{next;}}' onek.data | sort +0nr -1
--
SELECT onek.unique1, onek.stringu1 FROM onek
   WHERE onek.unique1 < 20
   ORDER BY unique1 using >
%%
--
-- awk '{if($1<20){print $1,$16;}else{next;}}' onek.data |
-- sort +0nr -1 +1d -2
--
SELECT onek.unique1, onek.string4 FROM onek
   WHERE onek.unique1 < 20
   ORDER BY unique1 using >, string4 using <
%%
--
-- awk '{if($1<20){print $1,$14;}else{next;}}' onek.data | sort +0nr -1
--
SELECT onek2.unique1, onek2.stringu1 FROM onek2
    WHERE onek2.unique1 < 20
    ORDER BY unique1 using >
%%
--
-- Test some cases involving whole-row Var referencing a subquery
--
select foo from (select 1 offset 0) as foo
%%
-- a more complex case
-- looks like we're coding lisp :-)
select * from onek,
  (values ((select i from
    (values(10000), (2), (389), (1000), (2000), ((select 10029))) as foo(i)
    order by i asc limit 1))) bar (i)
  where onek.unique1 = bar.i
%%
-- corner case: VALUES with no columns
CREATE TEMP TABLE nocols()
%%
SELECT * FROM foo ORDER BY f1
%%
SELECT * FROM foo ORDER BY f1 DESC NULLS LAST
%%
CREATE INDEX fooi ON foo (f1 DESC NULLS LAST)
%%
explain (costs off)
select unique2 from onek2 where unique2 = 11 and stringu1 = 'ATAAAA'
%%
explain (costs off)
select unique2 from onek2 where unique2 = 11 and stringu1 < 'B'
%%
-- partial index implies clause, but bitmap scan must recheck predicate anyway
SET enable_indexscan TO off
%%
select unique1, unique2 from onek2
  where (unique2 = 11 and stringu1 < 'B') or unique1 = 0
%%
select sillysrf(-1) order by 1
%%
-- Test partitioned tables with no partitions, which should be handled the
-- same as the non-inheritance case when expanding its RTE.
create table list_parted_tbl (a int,b int) partition by list (a)
%%
--
-- SELECT_DISTINCT
--

--
-- awk '{print $3;}' onek.data | sort -n | uniq
--
SELECT DISTINCT two FROM onek ORDER BY 1
%%
--
-- awk '{print $2;}' person.data |
-- awk '{if(NF!=1){print $2;}else{print;}}' - emp.data |
-- awk '{if(NF!=1){print $2;}else{print;}}' - student.data |
-- awk 'BEGIN{FS="      ";}{if(NF!=1){print $5;}else{print;}}' - stud_emp.data |
-- sort -n -r | uniq
--
SELECT DISTINCT p.age FROM person* p ORDER BY age using >
%%
CREATE TABLE distinct_group_1 AS
SELECT DISTINCT g%1000 FROM generate_series(0,9999) g
%%
CREATE TABLE distinct_hash_1 AS
SELECT DISTINCT g%1000 FROM generate_series(0,9999) g
%%
DROP TABLE distinct_hash_2
%%
-- Ensure the parallel plan produces the correct results
SELECT DISTINCT four FROM tenk1
%%
--
-- Test the planner's ability to use a LIMIT 1 instead of a Unique node when
-- all of the distinct_pathkeys have been marked as redundant
--

-- Ensure we get a plan with a Limit 1
EXPLAIN (COSTS OFF)
SELECT DISTINCT four FROM tenk1 WHERE four = 0
%%
-- Ensure we get a plan with a Limit 1 when the SELECT list contains constants
EXPLAIN (COSTS OFF)
SELECT DISTINCT four,1,2,3 FROM tenk1 WHERE four = 0
%%
INSERT INTO DISTTABLE VALUES(NULL)
%%
SELECT f1, f1 IS DISTINCT FROM f1+1 as "not null" FROM disttable
%%
SELECT null IS DISTINCT FROM null as "no"
%%
SELECT null IS NOT DISTINCT FROM null as "yes"
%%
-- bug #5049: early 8.4.x chokes on volatile DISTINCT ON clauses
select distinct on (1) floor(random()) as r, f1 from int4_tbl order by 1,2
%%
-- Same again but use a column that is indexed so that we get an index scan
-- then a limit
EXPLAIN (COSTS OFF)
SELECT DISTINCT ON (four) four,hundred
   FROM tenk1 WHERE four = 0 ORDER BY 1,2
%%
-- HAVING is effectively equivalent to WHERE in this case
SELECT b, c FROM test_having
	GROUP BY b, c HAVING b = 3 ORDER BY b, c
%%
SELECT min(a), max(a) FROM test_having HAVING min(a) < max(a)
%%
SELECT 1 AS one FROM test_having HAVING 1 < 2
%%
INSERT INTO test_missing_target VALUES (0, 1, 'XXXX', 'A')
%%
--   w/o existing GROUP BY target and w/o existing same ORDER BY target
SELECT count(*) FROM test_missing_target GROUP BY b ORDER BY b
%%
--   group using reference number
SELECT count(*) FROM test_missing_target ORDER BY 1 desc
%%
--   order w/ target under ambiguous condition
--   failure NOT expected
SELECT a, a FROM test_missing_target
	ORDER BY a
%%
--   group w/o existing GROUP BY target under ambiguous condition
SELECT count(*) FROM test_missing_target x, test_missing_target y
	WHERE x.a = y.a
	GROUP BY x.b ORDER BY x.b
%%
--   w/o existing GROUP BY target using a relation name in GROUP BY clause
SELECT count(c) FROM test_missing_target
GROUP BY lower(test_missing_target.c)
ORDER BY lower(test_missing_target.c)
%%
--   w/o existing GROUP BY target
SELECT a FROM test_missing_target ORDER BY upper(d)
%%
--   group w/o existing GROUP BY target under ambiguous condition
--   failure expected due to ambiguous b in count(b)
SELECT count(b) FROM test_missing_target x, test_missing_target y
	WHERE x.a = y.a
	GROUP BY x.b/2
%%
DROP TABLE test_missing_target2
%%
SELECT *
   INTO TABLE sitmp1
   FROM onek2
   WHERE onek2.unique1 < 2
%%
GRANT ALL ON SCHEMA selinto_schema TO public
%%
EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF, TIMING OFF)
  CREATE TABLE selinto_schema.tbl_withdata2 (a) AS
  SELECT generate_series(1,3) WITH DATA
%%
CREATE TABLE selinto_schema.tbl_withdata3 (a) AS
  EXECUTE data_sel WITH DATA
%%
ALTER DEFAULT PRIVILEGES FOR ROLE regress_selinto_user
	  GRANT INSERT ON TABLES TO regress_selinto_user
%%
-- Tests for WITH NO DATA and column name consistency
CREATE TABLE ctas_base (i int, j int)
%%
-- Error
CREATE TABLE ctas_nodata (ii, jj) AS SELECT i, j FROM ctas_base
%%
-- OK
SELECT * FROM ctas_nodata
%%
DROP TABLE ctas_base
%%
DROP TABLE ctas_nodata_4
%%
DROP TABLE created_table
%%
SELECT * FROM (SELECT 1 INTO f) bar
%%
CREATE TABLE ctas_ine_tbl AS SELECT 1 / 0
%%
-- ok
EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF, TIMING OFF)
  CREATE TABLE ctas_ine_tbl AS SELECT 1 / 0
%%
-- ok
PREPARE ctas_ine_query AS SELECT 1 / 0
%%
--
-- PARALLEL
--

create function sp_parallel_restricted(int) returns int as
  $$begin return $1; end$$ language plpgsql parallel restricted
%%
alter table d_star set (parallel_workers = 0)
%%
alter table e_star set (parallel_workers = 0)
%%
alter table b_star reset (parallel_workers)
%%
alter table f_star reset (parallel_workers)
%%
select sp_test_func() order by 1
%%
explain (costs off)
	select (select max((select pa1.b from part_pa_test pa1 where pa1.a = pa2.a)))
	from part_pa_test pa2
%%
explain (verbose, costs off)
select sp_parallel_restricted(unique1) from tenk1
  where stringu1 = 'GRAAAA' order by 1
%%
-- test that parallel plan for aggregates is not selected when
-- target list contains parallel restricted clause.
explain (costs off)
	select  sum(sp_parallel_restricted(unique1)) from tenk1
	group by(sp_parallel_restricted(unique1))
%%
deallocate tenk1_count
%%
-- this is not parallel-safe due to use of random() within SubLink's testexpr:
explain (costs off)
	select * from tenk1 where (unique1 + random())::integer not in
	(select ten from tenk2)
%%
explain (costs off)
	select  count((unique1)) from tenk1 where hundred > 1
%%
-- test rescan cases too
set enable_material = false
%%
select * from
  (select count(*) from tenk1 where thousand > 99) ss
  right join (values (1),(2),(3)) v(x) on true
%%
reset enable_material
%%
create table bmscantest (a int, t text)
%%
explain (analyze, timing off, summary off, costs off)
   select count(*) from tenk1, tenk2 where tenk1.hundred > 1
        and tenk2.thousand=0
%%
drop function explain_parallel_sort_stats()
%%
select count(*) from tenk1 group by twenty
%%
-- test handling of SRFs in targetlist (bug in 10.0)

explain (costs off)
   select count(*), generate_series(1,2) from tenk1 group by twenty
%%
-- check parallelized int8 aggregate (bug #14897)
explain (costs off)
select avg(unique1::int8) from tenk1
%%
explain (costs off)
   select string4 from tenk1 order by string4 limit 5
%%
ROLLBACK TO SAVEPOINT settings
%%
-- test the sanity of parallel query after the active role is dropped.
drop role if exists regress_parallel_worker
%%
set debug_parallel_query = 1
%%
-- LIMIT/OFFSET within sub-selects can't be pushed to workers.
explain (costs off)
  select * from tenk1 a where two in
    (select two from tenk1 b where stringu1 like '%AAAA' limit 3)
%%
-- can't use multiple subqueries under a single Gather node due to initPlans
EXPLAIN (COSTS OFF)
SELECT unique1 FROM tenk1 WHERE fivethous =
	(SELECT unique1 FROM tenk1 WHERE fivethous = 1 LIMIT 1)
UNION ALL
SELECT unique1 FROM tenk1 WHERE fivethous =
	(SELECT unique2 FROM tenk1 WHERE fivethous = 1 LIMIT 1)
ORDER BY 1
%%
CREATE TABLE fooarr(f1 text, f2 int[], f3 text)
%%
EXECUTE pstmt('1', make_some_array(1,2))
%%
--
-- SELECT_VIEWS
-- test the views defined in CREATE_VIEWS
--

SELECT * FROM street
%%
CREATE FUNCTION f_leak (text)
       RETURNS bool LANGUAGE 'plpgsql' COST 0.0000001
       AS 'BEGIN RAISE NOTICE ''f_leak => %'', $1; RETURN true; END'
%%
INSERT INTO customer
       VALUES (101, 'regress_alice', '+81-12-3456-7890', 'passwd123'),
              (102, 'regress_bob',   '+01-234-567-8901', 'beafsteak'),
              (103, 'regress_eve',   '+49-8765-43210',   'hamburger')
%%
CREATE VIEW my_property_secure WITH (security_barrier) AS
       SELECT * FROM customer WHERE name = current_user
%%
CREATE VIEW my_credit_card_usage_secure WITH (security_barrier) AS
       SELECT * FROM my_credit_card_secure l NATURAL JOIN credit_usage r
%%
GRANT SELECT ON my_credit_card_secure TO public
%%
--
-- scenario: if a qualifier with tiny-cost is given, it shall be launched
--           prior to the security policy of the view.
--
SELECT * FROM my_property_normal WHERE f_leak(passwd)
%%
--
-- scenario: qualifiers can be pushed down if they contain leaky functions,
--           provided they aren't passed data from inside the view.
--
SELECT * FROM my_property_normal v
		WHERE f_leak('passwd') AND f_leak(passwd)
%%
--
-- scenario: if a qualifier references only one-side of a particular join-
--           tree, it shall be distributed to the most deep scan plan as
--           possible as we can.
--
SELECT * FROM my_credit_card_normal WHERE f_leak(cnum)
%%
--
-- scenario: an external qualifier can be pushed-down by in-front-of the
--           views with "security_barrier" attribute, except for operators
--           implemented with leakproof functions.
--
SELECT * FROM my_credit_card_usage_normal
       WHERE f_leak(cnum) AND ymd >= '2011-10-01' AND ymd < '2011-11-01'
%%
--
-- Test for the case when security_barrier gets changed between rewriter
-- and planner stage.
--
PREPARE p1 AS SELECT * FROM my_property_normal WHERE f_leak(passwd)
%%
DROP ROLE regress_alice
%%
CREATE SEQUENCE sequence_testx INCREMENT BY -1 START 10
%%
-- nonsense word
CREATE SEQUENCE sequence_testx OWNED BY pg_class_oid_index.oid
%%
-- wrong column
DROP TABLE sequence_test_table
%%
CREATE SEQUENCE sequence_test8 AS integer MAXVALUE 100000
%%
CREATE SEQUENCE sequence_test12 AS smallint INCREMENT -1
%%
CREATE SEQUENCE sequence_testx AS nosuchtype
%%
-- success, max will be adjusted
ALTER SEQUENCE sequence_test8 AS smallint
%%
-- fail, min has to be adjusted
ALTER SEQUENCE sequence_test10 AS smallint MINVALUE -20000
%%
-- min and max will be adjusted
ALTER SEQUENCE sequence_test14 AS int
%%
INSERT INTO serialTest1 VALUES ('wrong', NULL)
%%
INSERT INTO serialTest2 (f1, f2, f3, f4, f5, f6)
  VALUES ('test_max_vals', 2147483647, 32767, 32767, 9223372036854775807,
          9223372036854775807),
         ('test_min_vals', -2147483648, -32768, -32768, -9223372036854775808,
          -9223372036854775808)
%%
INSERT INTO serialTest2 (f1, f4)
  VALUES ('bogus', 32768)
%%
INSERT INTO serialTest2 (f1, f6)
  VALUES ('bogus', 9223372036854775808)
%%
CREATE SEQUENCE IF NOT EXISTS sequence_test
%%
SELECT currval('sequence_test'::regclass)
%%
SELECT setval('sequence_test'::regclass, 99, false)
%%
ALTER TABLE foo_seq RENAME TO foo_seq_new
%%
-- renaming serial sequences
ALTER TABLE serialtest1_f2_seq RENAME TO serialtest1_f2_foo
%%
-- Both drops should fail, but with different error messages:
DROP SEQUENCE t1_f1_seq
%%
ALTER SEQUENCE serialTest1 CYCLE
%%
ALTER SEQUENCE sequence_test2 RESTART WITH 0
%%
-- error

ALTER SEQUENCE sequence_test2 RESTART WITH -24 START WITH -24
  INCREMENT BY -4 MINVALUE -36 MAXVALUE -5 CYCLE
%%
-- error
SELECT setval('sequence_test2', 100)
%%
SELECT * FROM pg_sequence_parameters('sequence_test4'::regclass)
%%
-- Test lastval()
CREATE SEQUENCE seq
%%
-- unlogged sequences
-- (more tests in src/test/recovery/)
CREATE UNLOGGED SEQUENCE sequence_test_unlogged
%%
-- Test sequences in read-only transactions
CREATE TEMPORARY SEQUENCE sequence_test_temp1
%%
REVOKE ALL ON seq3 FROM regress_seq_user
%%
SAVEPOINT save
%%
-- Make sure sequences are gone:
SELECT * FROM information_schema.sequences WHERE sequence_name IN
  ('sequence_test2', 'serialtest2_f2_seq', 'serialtest2_f3_seq',
   'serialtest2_f4_seq', 'serialtest2_f5_seq', 'serialtest2_f6_seq')
  ORDER BY sequence_name ASC
%%
--
-- Test SP-GiST indexes.
--
-- There are other tests to test different SP-GiST opclasses. This is for
-- testing SP-GiST code itself.

create table spgist_point_tbl(id int4, p point)
%%
vacuum spgist_point_tbl
%%
insert into spgist_box_tbl(b)
select box(point(i,j),point(i+s,j+s))
  from generate_series(1,100,5) i,
       generate_series(1,100,5) j,
       generate_series(1,10) s
%%
create index spgist_text_idx on spgist_text_tbl using spgist(t)
%%
-- Modify fillfactor in existing index
alter index spgist_point_idx set (fillfactor = 90)
%%
create index spgist_domain_idx on spgist_domain_tbl using spgist(f1)
%%
-- test an unlogged table, mostly to get coverage of spgistbuildempty
create unlogged table spgist_unlogged_tbl(id serial, b box)
%%
SELECT JSON_OBJECT(RETURNING json)
%%
SELECT JSON_OBJECT(RETURNING text)
%%
SELECT JSON_OBJECT(RETURNING bytea)
%%
SELECT JSON_OBJECT(RETURNING bytea FORMAT JSON ENCODING UTF32)
%%
SELECT JSON_OBJECT('foo': NULL::json FORMAT JSON ENCODING UTF8)
%%
SELECT JSON_OBJECT('a': 2 + 3)
%%
--SELECT JSON_OBJECT('a' || 2 VALUE 1);
--SELECT JSON_OBJECT(KEY 'a' || 2 VALUE 1);
SELECT JSON_OBJECT('a': 2::text)
%%
--SELECT JSON_OBJECT(1::text VALUE 2);
--SELECT JSON_OBJECT(KEY 1::text VALUE 2);
SELECT JSON_OBJECT(json '[1]': 123)
%%
/*
SELECT JSON_OBJECT(
	'a': '123',
	KEY 1.23 VALUE 123,
	'c' VALUE json '[1, true, {}]'
);
*/

SELECT JSON_OBJECT('a': '123', 'b': JSON_OBJECT('a': 111, 'b': 'aaa'))
%%
SELECT JSON_OBJECT('a': JSON_OBJECT('b': 1 RETURNING bytea))
%%
SELECT JSON_OBJECT('a': '1', 'b': NULL, 'c': 2 ABSENT ON NULL)
%%
SELECT JSON_OBJECT(1: 1, '1': NULL ABSENT ON NULL WITH UNIQUE RETURNING jsonb)
%%
SELECT JSON_OBJECT(1: 1, '2': NULL, '1': 1 ABSENT ON NULL WITH UNIQUE RETURNING jsonb)
%%
SELECT JSON_ARRAY(RETURNING json)
%%
SELECT JSON_ARRAY(RETURNING text)
%%
SELECT JSON_ARRAY(RETURNING bytea)
%%
SELECT JSON_ARRAY(RETURNING bytea FORMAT JSON ENCODING UTF32)
%%
SELECT JSON_ARRAY(NULL, NULL, 'b' ABSENT ON NULL)
%%
SELECT JSON_ARRAY(JSON_ARRAY('{ "a" : 123 }' RETURNING text))
%%
SELECT JSON_ARRAY(SELECT i FROM (VALUES (NULL::int[]), ('{1,2}'), (NULL), (NULL), ('{3,4}'), (NULL)) foo(i))
%%
SELECT JSON_ARRAY(SELECT i, i FROM (VALUES (1)) foo(i))
%%
SELECT JSON_ARRAYAGG(i ORDER BY i DESC)
FROM generate_series(1, 5) i
%%
SELECT	JSON_ARRAYAGG(NULL NULL ON NULL),
		JSON_ARRAYAGG(NULL NULL ON NULL RETURNING jsonb)
FROM generate_series(1, 5)
%%
SELECT JSON_OBJECTAGG(NULL: 1 RETURNING jsonb)
%%
SELECT JSON_OBJECTAGG(k: v ABSENT ON NULL WITH UNIQUE KEYS)
FROM (VALUES (1, 1), (1, NULL), (2, 2)) foo(k, v)
%%
CREATE VIEW json_object_view AS
SELECT JSON_OBJECT('foo' : '1' FORMAT JSON, 'bar' : 'baz' RETURNING json)
%%
DROP VIEW json_array_view
%%
DROP VIEW json_objectagg_view
%%
DROP VIEW json_arrayagg_view
%%
-- IS JSON predicate
SELECT NULL IS JSON
%%
SELECT NULL::text IS JSON
%%
SELECT bytea '\x00' IS JSON
%%
SELECT
	js,
	js IS JSON "IS JSON",
	js IS NOT JSON "IS NOT JSON",
	js IS JSON VALUE "IS VALUE",
	js IS JSON OBJECT "IS OBJECT",
	js IS JSON ARRAY "IS ARRAY",
	js IS JSON SCALAR "IS SCALAR",
	js IS JSON WITHOUT UNIQUE KEYS "WITHOUT UNIQUE",
	js IS JSON WITH UNIQUE KEYS "WITH UNIQUE"
FROM
	(SELECT js::json FROM test_is_json WHERE js IS JSON) foo(js)
%%
CREATE VIEW is_json_view AS
SELECT '1' IS JSON AS "any", ('1' || i) IS JSON SCALAR AS "scalar", '[]' IS NOT JSON ARRAY AS "array", '{}' IS JSON OBJECT WITH UNIQUE AS "object" FROM generate_series(1, 3) i
%%
-- not enabled by default, but we want to test it...
SET track_functions TO 'all'
%%
-- test effects of TRUNCATE on n_live_tup/n_dead_tup counters
CREATE TABLE trunc_stats_test(id serial)
%%
CREATE TABLE trunc_stats_test4(id serial)
%%
UPDATE trunc_stats_test1 SET id = id + 10 WHERE id IN (1, 2)
%%
INSERT INTO trunc_stats_test2 DEFAULT VALUES
%%
INSERT INTO trunc_stats_test3 DEFAULT VALUES
%%
TRUNCATE trunc_stats_test4
%%
SELECT relname, n_tup_ins, n_tup_upd, n_tup_del, n_live_tup, n_dead_tup
  FROM pg_stat_user_tables
 WHERE relname like 'trunc_stats_test%' order by relname
%%
----
-- Basic tests for track_functions
---
CREATE FUNCTION stats_test_func1() RETURNS VOID LANGUAGE plpgsql AS $$BEGIN END;$$
%%
SET LOCAL stats_fetch_consistency = none
%%
SELECT stats_test_func2()
%%
-- check collected stats
SELECT funcname, calls FROM pg_stat_user_functions WHERE funcid = :stats_test_func1_oid
%%
SELECT pg_stat_get_function_calls(:stats_test_func2_oid)
%%
CREATE TABLE drop_stats_test_xact()
%%
INSERT INTO drop_stats_test_subxact DEFAULT VALUES
%%
SELECT pg_stat_get_xact_tuples_inserted(:drop_stats_test_oid)
%%
DROP TABLE drop_stats_test_xact
%%
SAVEPOINT sp2
%%
RELEASE SAVEPOINT sp1
%%
INSERT INTO test_last_scan(idx_col, noidx_col) VALUES(1, 1)
%%
SET LOCAL enable_seqscan TO on
%%
SELECT count(*) FROM test_last_scan WHERE noidx_col = 1
%%
-- fetch timestamps from before the next test
SELECT last_seq_scan AS test_last_seq, last_idx_scan AS test_last_idx
FROM pg_stat_all_tables WHERE relid = 'test_last_scan'::regclass
%%
-- check that just index scan stats were incremented
SELECT seq_scan, :'test_last_seq' = last_seq_scan AS seq_ok, idx_scan, :'test_last_idx' < last_idx_scan AS idx_ok
FROM pg_stat_all_tables WHERE relid = 'test_last_scan'::regclass
%%
-- check that the stats are reset.
SELECT (n_tup_ins + n_tup_upd) > 0 AS has_data FROM pg_stat_all_tables
  WHERE relid = 'pg_shdescription'::regclass
%%
SELECT sessions > :db_stat_sessions FROM pg_stat_database WHERE datname = (SELECT current_database())
%%
DROP TABLE test_stats_temp
%%
-- Test pg_stat_get_backend_idset() and some allied functions.
-- In particular, verify that their notion of backend ID matches
-- our temp schema index.
SELECT (current_schemas(true))[1] = ('pg_temp_' || beid::text) AS match
FROM pg_stat_get_backend_idset() beid
WHERE pg_stat_get_backend_pid(beid) = pg_backend_pid()
%%
SELECT stats_reset > :'slru_commit_ts_reset_ts'::timestamptz FROM pg_stat_slru WHERE name = 'CommitTs'
%%
SELECT stats_reset > :'archiver_reset_ts'::timestamptz FROM pg_stat_archiver
%%
SELECT stats_reset > :'wal_reset_ts'::timestamptz FROM pg_stat_wal
%%
SELECT stats_reset = :'wal_reset_ts'::timestamptz FROM pg_stat_wal
%%
-- no snapshot yet, return NULL
SELECT pg_stat_get_snapshot_timestamp()
%%
-- Stats filled under the cache mode
SET LOCAL stats_fetch_consistency = cache
%%
-- pg_stat_have_stats returns true for committed index creation
CREATE table stats_test_tab1 as select generate_series(1,10) a
%%
SELECT pg_stat_have_stats('relation', :dboid, :stats_test_idx1_oid)
%%
SELECT pg_stat_get_subscription_stats(NULL)
%%
INSERT INTO test_io_shared SELECT i FROM generate_series(1,100)i
%%
SELECT current_setting('fsync') = 'off'
  OR :io_sum_shared_after_fsyncs > :io_sum_shared_before_fsyncs
%%
SELECT sum(reads) AS io_sum_shared_after_reads
  FROM pg_stat_io WHERE context = 'normal' AND object = 'relation'
%%
SET LOCAL enable_mergejoin TO off
%%
SELECT COUNT(*) FROM test_io_shared t1 INNER JOIN test_io_shared t2 USING (a)
%%
-- Test that the follow IOCONTEXT_LOCAL IOOps are tracked in pg_stat_io:
-- - eviction of local buffers in order to reuse them
-- - reads of temporary table blocks into local buffers
-- - writes of local buffers to permanent storage
-- - extends of temporary tables

-- Set temp_buffers to its minimum so that we can trigger writes with fewer
-- inserted tuples. Do so in a new session in case temporary tables have been
-- accessed by previous tests in this session.
SET temp_buffers TO 100
%%
-- Ensure the table is large enough to exceed our temp_buffers setting.
SELECT pg_relation_size('test_io_local') / current_setting('block_size')::int8 > 100
%%
SELECT :io_sum_local_after_evictions > :io_sum_local_before_evictions,
       :io_sum_local_after_reads > :io_sum_local_before_reads,
       :io_sum_local_after_writes > :io_sum_local_before_writes,
       :io_sum_local_after_extends > :io_sum_local_before_extends
%%
RESET temp_buffers
%%
-- Ensure that the next VACUUM will need to perform IO by rewriting the table
-- first with VACUUM (FULL).
VACUUM (FULL) test_io_vac_strategy
%%
RESET wal_skip_threshold
%%
SELECT :io_sum_bulkwrite_strategy_extends_after > :io_sum_bulkwrite_strategy_extends_before
%%
-- test BRIN index doesn't block HOT update
CREATE TABLE brin_hot (
  id  integer PRIMARY KEY,
  val integer NOT NULL
) WITH (autovacuum_enabled = off, fillfactor = 70)
%%
-- We can't just call wait_for_hot_stats() at this point, because we only
-- transmit stats when the session goes idle, and we probably didn't
-- transmit the last couple of counts yet thanks to the rate-limiting logic
-- in pgstat_report_stat().  But instead of waiting for the rate limiter's
-- timeout to elapse, let's just start a new session.  The old one will
-- then send its stats before dying.

SELECT wait_for_hot_stats()
%%
-- Test handling of index predicates - updating attributes in precicates
-- should not block HOT when summarizing indexes are involved. We update
-- a row that was not indexed due to the index predicate, and becomes
-- indexable - the HOT-updated tuple is forwarded to the BRIN index.
CREATE TABLE brin_hot_2 (a int, b int)
%%
EXPLAIN (COSTS OFF) SELECT * FROM brin_hot_2 WHERE a = 2 AND b = 100
%%
INSERT INTO brin_hot_3 SELECT 1, repeat(' ', 500) FROM generate_series(1, 20)
%%
SELECT COUNT(*) FROM brin_hot_3 WHERE a = 2
%%
CREATE STATISTICS tst ON a, b
%%
CREATE STATISTICS tst ON x, x, y FROM ext_stats_test
%%
CREATE STATISTICS tst ON (x || 'x'), (x || 'x'), y FROM ext_stats_test
%%
-- missing parentheses
CREATE STATISTICS tst ON (x, y) FROM ext_stats_test
%%
COMMENT ON STATISTICS ab1_a_b_stats IS 'new comment'
%%
ALTER STATISTICS ab1_a_b_stats RENAME TO ab1_a_b_stats_new
%%
-- Let's also verify the pg_get_statisticsobjdef output looks sane.
SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxname = 'ab1_a_b_stats'
%%
CREATE STATISTICS ab1_b_a_stats ON b, a FROM ab1
%%
-- Ensure things work sanely with SET STATISTICS 0
CREATE TABLE ab1 (a INTEGER, b INTEGER)
%%
ANALYZE ab1
%%
ALTER STATISTICS ab1_a_b_stats SET STATISTICS -1
%%
INSERT INTO ab1 VALUES (1,1)
%%
CREATE TABLE stxdinh2() INHERITS(stxdinh)
%%
VACUUM ANALYZE stxdinh, stxdinh1, stxdinh2
%%
-- Ensure inherited stats ARE applied to inherited query in partitioned table
CREATE TABLE stxdinp(i int, a int, b int) PARTITION BY RANGE (i)
%%
VACUUM ANALYZE stxdinp
%%
-- expression stats may be built on a single expression column
CREATE STATISTICS ab1_exprstat_1 ON (a+b) FROM ab1
%%
-- date_trunc on timestamptz is not immutable, but that should not matter
CREATE STATISTICS ab1_exprstat_4 ON date_trunc('day', d) FROM ab1
%%
-- Verify supported object types for extended statistics
CREATE schema tststats
%%
CREATE VIEW tststats.v AS SELECT * FROM tststats.t
%%
CREATE SERVER extstats_dummy_srv FOREIGN DATA WRAPPER extstats_dummy_fdw
%%
CREATE STATISTICS tststats.s1 ON a, b FROM tststats.t
%%
CREATE STATISTICS tststats.s5 ON a, b FROM tststats.mv
%%
CREATE STATISTICS tststats.s9 ON a, b FROM tststats.pt1
%%
-- over-estimates when using only per-column statistics
INSERT INTO ndistinct (a, b, c, filler1)
     SELECT i/100, i/100, i/100, cash_words((i/100)::money)
       FROM generate_series(1,1000) s(i)
%%
TRUNCATE TABLE ndistinct
%%
CREATE STATISTICS s10 (ndistinct) ON a, b, (2*c) FROM ndistinct
%%
CREATE STATISTICS s12 (ndistinct) ON c, d FROM ndistinct
%%
-- replace the other statistics by statistics on both attributes and expressions

DROP STATISTICS s11
%%
CREATE INDEX fdeps_ab_idx ON functional_dependencies (a, b)
%%
-- create statistics
CREATE STATISTICS func_deps_stat (dependencies) ON a, b, c FROM functional_dependencies
%%
-- create statistics
CREATE STATISTICS func_deps_stat (dependencies) ON (mod(a,11)), (mod(b::int, 13)), (mod(c, 7)) FROM functional_dependencies
%%
-- check the ability to use multiple functional dependencies
CREATE TABLE functional_dependencies_multi (
	a INTEGER,
	b INTEGER,
	c INTEGER,
	d INTEGER
)
WITH (autovacuum_enabled = off)
%%
CREATE STATISTICS functional_dependencies_multi_2 (dependencies) ON c, d FROM functional_dependencies_multi
%%
ANALYZE mcv_lists
%%
-- random data (no MCV list), but with expression
INSERT INTO mcv_lists (a, b, c, filler1)
     SELECT i, i, i, i FROM generate_series(1,1000) s(i)
%%
-- check change of unrelated column type does not reset the MCV statistics
ALTER TABLE mcv_lists ALTER COLUMN d TYPE VARCHAR(64)
%%
CREATE STATISTICS mcv_lists_stats_2 ON (mod(b::int,10)) FROM mcv_lists
%%
DROP STATISTICS mcv_lists_stats_3
%%
INSERT INTO mcv_lists (a, b, c, d)
     SELECT
         NULL, -- always NULL
         (CASE WHEN mod(i,2) = 0 THEN NULL ELSE 'x' END),
         (CASE WHEN mod(i,2) = 0 THEN NULL ELSE 0 END),
         (CASE WHEN mod(i,2) = 0 THEN NULL ELSE 'x' END)
     FROM generate_series(1,5000) s(i)
%%
ANALYZE mcv_lists_uuid
%%
INSERT INTO mcv_lists_arrays (a, b, c)
     SELECT
         ARRAY[fipshash((i/100)::text), fipshash((i/100-1)::text), fipshash((i/100+1)::text)],
         ARRAY[(i/100-1)::numeric/1000, (i/100)::numeric/1000, (i/100+1)::numeric/1000],
         ARRAY[(i/100-1), i/100, (i/100+1)]
     FROM generate_series(1,5000) s(i)
%%
INSERT INTO mcv_lists_bool (a, b, c)
     SELECT
         (mod(i,2) = 0), (mod(i,4) = 0), (mod(i,8) = 0)
     FROM generate_series(1,10000) s(i)
%%
-- 10 frequent groups, each with 100 elements
INSERT INTO mcv_lists_partial (a, b, c)
     SELECT
         mod(i,10),
         mod(i,10),
         mod(i,10)
     FROM generate_series(0,999) s(i)
%%
DROP TABLE mcv_lists_partial
%%
-- create separate MCV statistics
CREATE STATISTICS mcv_lists_multi_1 (mcv) ON a, b FROM mcv_lists_multi
%%
INSERT INTO expr_stats SELECT mod(i,10), mod(i,10), mod(i,10) FROM generate_series(1,1000) s(i)
%%
DROP TABLE expr_stats
%%
CREATE STATISTICS expr_stats_1 (mcv) ON a, b, (b || c), (c || b) FROM expr_stats
%%
ANALYZE expr_stats_incompatible_test
%%
INSERT INTO tststats.priv_test_tbl
     SELECT mod(i,5), mod(i,10) FROM generate_series(1,100) s(i)
%%
create statistics (ndistinct) on a, b from stts_t1
%%
create statistics on b, c from stts_t2
%%
create schema stts_s2
%%
analyze stts_t1
%%
drop statistics stts_t1_a_b_expr_expr_stat
%%
create role regress_stats_ext nosuperuser
%%
drop user regress_stats_ext
%%
SELECT * FROM tststats.priv_test_tbl
%%
SELECT * FROM tststats.priv_test_tbl WHERE a <<< 0 AND b <<< 0
%%
SELECT * FROM tststats.priv_test_view WHERE a <<< 0 AND b <<< 0
%%
-- Should not leak

-- Tidy up
DROP OPERATOR <<< (int, int)
%%
-- illegal string continuation syntax
SELECT 'first line'
' - next line' /* this comment is not allowed here */
' - third line'
	AS "Illegal comment within continuation"
%%
SELECT U&'a\\b' AS "a\b"
%%
-- while we're here, check the same cases in E-style literals
SELECT E'd\u0061t\U00000061' AS "data"
%%
SELECT E'\\xDeAdBeEf'::bytea
%%
-- since this is an explicit cast, it should truncate w/o error:
SELECT CAST(f1 AS char(10)) AS "char(text)" FROM TEXT_TBL
%%
SELECT CAST(f1 AS varchar) AS "varchar(char)" FROM CHAR_TBL
%%
SELECT TRIM(TRAILING FROM '  bunch o blanks  ') = '  bunch o blanks' AS "  bunch o blanks"
%%
-- test overflow cases
SELECT SUBSTRING('string' FROM 2 FOR 2147483646) AS "tring"
%%
-- obsolete SQL99 syntax
SELECT SUBSTRING('abcdefg' FROM 'a#"(b_d)#"%' FOR '#') AS "bcd"
%%
SELECT SUBSTRING('abcdefg' SIMILAR NULL ESCAPE '#') IS NULL AS "True"
%%
-- Postgres extension: with 0 or 1 separator, assume parts 1 and 3 are empty
SELECT SUBSTRING('abcdefg' SIMILAR 'a#"%g' ESCAPE '#') AS "bcdefg"
%%
SELECT 'abcdefg' SIMILAR TO 'bcd%' AS false
%%
SELECT 'abcdefg' SIMILAR TO '_bcd#%' ESCAPE '##' AS error
%%
SELECT regexp_replace('A PostgreSQL function', 'A|e|i|o|u', 'X', 1, 2)
%%
--  regexp_count tests
SELECT regexp_count('123123123123123', '(12)3')
%%
-- regexp_like tests
SELECT regexp_like('Steven', '^Ste(v|ph)en$')
%%
SELECT regexp_instr('abcabcabc', 'a.c', 2)
%%
SELECT regexp_instr('abcabcabc', 'a.c', 1, 1, -1)
%%
SELECT regexp_substr('abcdefghi', 'd.q') IS NULL AS t
%%
SELECT regexp_substr('abcabcabc', 'A.C', 1, 2, 'i')
%%
-- start/end-of-line matches are of zero length
SELECT regexp_matches('foo' || chr(10) || 'bar' || chr(10) || 'bequq' || chr(10) || 'baz', '^', 'mg')
%%
-- split string on regexp
SELECT foo, length(foo) FROM regexp_split_to_table('the quick brown fox jumps over the lazy dog', $re$\s+$re$) AS foo
%%
-- change NULL-display back

-- E021-11 position expression
SELECT POSITION('4' IN '1234567890') = '4' AS "4"
%%
SELECT OVERLAY('yabadoo' PLACING 'daba' FROM 5 FOR 0) AS "yabadabadoo"
%%
SELECT 'hawkeye' LIKE 'H%' AS "false"
%%
SELECT 'abc'::bytea LIKE '_b_'::bytea AS "true"
%%
SELECT 'h%wkeye' LIKE 'h#%' ESCAPE '#' AS "false"
%%
--
-- test ILIKE (case-insensitive LIKE)
-- Be sure to form every test as an ILIKE/NOT ILIKE pair.
--

SELECT 'hawkeye' ILIKE 'h%' AS "true"
%%
--
-- test %/_ combination cases, cf bugs #4821 and #5478
--

SELECT 'foo' LIKE '_%' as t, 'f' LIKE '_%' as t, '' LIKE '_%' as f
%%
CREATE TABLE byteatest (a bytea PRIMARY KEY, b int)
%%
SELECT text 'text' || ' and unknown' AS "Concat text to unknown type"
%%
--
-- test substr with toasted text values
--
CREATE TABLE toasttest(f1 text)
%%
-- If the length is less than zero, an ERROR is thrown.
SELECT substr(f1, 5, -1) from toasttest
%%
-- expect >0 blocks
SELECT pg_relation_size(reltoastrelid) = 0 AS is_empty
  FROM pg_class where relname = 'toasttest'
%%
insert into toasttest values(decode(repeat('1234567890',10000),'escape'))
%%
SELECT c FROM toasttest
%%
SELECT strpos('abcdef', '') AS "pos_1"
%%
--
-- test split_part
--
select split_part('','@',1) AS "empty string"
%%
select split_part('joeuser@mydatabase','@',0) AS "an error"
%%
select split_part('joeuser@mydatabase','@',-2) AS "joeuser"
%%
SELECT sha256('')
%%
SELECT decode('1234567890abcdef00', 'hex')
%%
--
-- get_bit/set_bit etc
--
SELECT get_bit('\x1234567890abcdef00'::bytea, 43)
%%
-- error

--
-- test behavior of escape_string_warning and standard_conforming_strings options
--
set escape_string_warning = off
%%
select 'a\bcd' as f1, 'a\b''cd' as f2, 'a\b''''cd' as f3, 'abcd\'   as f4, 'ab\''cd' as f5, '\\' as f6
%%
SELECT lpad('hi', 5)
%%
SELECT rpad('hi', -5, 'xy')
%%
SELECT chr(65)
%%
SELECT SUBSTRING('1234567890'::bytea FROM 4 FOR 3) AS "456"
%%
SELECT trim(E'\\000'::bytea from E'\\000Tom\\000'::bytea)
%%
SELECT encode(overlay(E'Th\\000omas'::bytea placing E'Th\\001omas'::bytea from 2),'escape')
%%
--
-- SUBSCRIPTION
--

CREATE ROLE regress_subscription_user LOGIN SUPERUSER
%%
-- fail - no publications
CREATE SUBSCRIPTION regress_testsub CONNECTION 'foo'
%%
-- fail - duplicate publications
CREATE SUBSCRIPTION regress_testsub CONNECTION 'dbname=regress_doesnotexist' PUBLICATION foo, testpub, foo WITH (connect = false)
%%
-- Check if the subscription stats are created and stats_reset is updated
-- by pg_stat_reset_subscription_stats().
SELECT subname, stats_reset IS NULL stats_reset_is_null FROM pg_stat_subscription_stats WHERE subname = 'regress_testsub'
%%
CREATE SUBSCRIPTION regress_testsub2 CONNECTION 'dbname=regress_doesnotexist' PUBLICATION foo WITH (connect = false)
%%
CREATE SUBSCRIPTION regress_testsub2 CONNECTION 'dbname=regress_doesnotexist' PUBLICATION testpub WITH (slot_name = NONE, enabled = true)
%%
CREATE SUBSCRIPTION regress_testsub2 CONNECTION 'dbname=regress_doesnotexist' PUBLICATION testpub WITH (slot_name = NONE, create_slot = false)
%%
-- fail - origin must be either none or any
CREATE SUBSCRIPTION regress_testsub4 CONNECTION 'dbname=regress_doesnotexist' PUBLICATION testpub WITH (slot_name = NONE, connect = false, origin = foo)
%%
DROP SUBSCRIPTION regress_testsub4
%%
ALTER SUBSCRIPTION regress_testsub SET (slot_name = 'newname')
%%
ALTER SUBSCRIPTION regress_testsub SET (run_as_owner = false)
%%
-- ok - with lsn = NONE
ALTER SUBSCRIPTION regress_testsub SKIP (lsn = NONE)
%%
ALTER SUBSCRIPTION regress_testsub RENAME TO regress_testsub_dummy
%%
-- rename back to keep the rest simple
ALTER SUBSCRIPTION regress_testsub_foo RENAME TO regress_testsub
%%
DROP SUBSCRIPTION IF EXISTS regress_testsub
%%
-- fail - streaming must be boolean or 'parallel'
CREATE SUBSCRIPTION regress_testsub CONNECTION 'dbname=regress_doesnotexist' PUBLICATION testpub WITH (connect = false, streaming = foo)
%%
-- fail - publication already exists
ALTER SUBSCRIPTION regress_testsub ADD PUBLICATION testpub WITH (refresh = false)
%%
-- fail - all publications are deleted
ALTER SUBSCRIPTION regress_testsub DROP PUBLICATION testpub, testpub1, testpub2 WITH (refresh = false)
%%
ALTER SUBSCRIPTION regress_testsub SET PUBLICATION mypub WITH (refresh = true)
%%
DROP FUNCTION func
%%
-- but can alter streaming when two_phase enabled
ALTER SUBSCRIPTION regress_testsub SET (streaming = true)
%%
ALTER SUBSCRIPTION regress_testsub SET (disable_on_error = true)
%%
-- we cannot give the subscription away to some random user
ALTER SUBSCRIPTION regress_testsub OWNER TO regress_subscription_user
%%
REVOKE CREATE ON DATABASE REGRESSION FROM regress_subscription_user3
%%
DROP ROLE regress_subscription_user_dummy
%%
-- Check grammar's handling of extra parens in assorted contexts

SELECT * FROM (SELECT 1 AS x) ss
%%
((SELECT 2)) UNION SELECT 2
%%
SELECT ((SELECT ARRAY[1,2,3]))[2]
%%
INSERT INTO SUBSELECT_TBL VALUES (8, 9, NULL)
%%
SELECT f1 AS "Uncorrelated Field" FROM SUBSELECT_TBL
  WHERE f1 IN (SELECT f2 FROM SUBSELECT_TBL WHERE
    f2 IN (SELECT f1 FROM SUBSELECT_TBL))
%%
SELECT f1 AS "Correlated Field", f3 AS "Second Field"
  FROM SUBSELECT_TBL upper
  WHERE f3 IN (SELECT upper.f1 + f2 FROM SUBSELECT_TBL
               WHERE f2 = CAST(f3 AS integer))
%%
SELECT * FROM (SELECT * FROM int4_tbl), (VALUES (123456)) WHERE f1 = column1
%%
-- Test matching of locking clause to correct alias

CREATE VIEW view_unnamed_ss_locking AS
SELECT * FROM (SELECT * FROM int4_tbl), int8_tbl AS unnamed_subquery
  WHERE f1 = q1
  FOR UPDATE OF unnamed_subquery
%%
-- Unspecified-type literals in output columns should resolve as text

SELECT *, pg_typeof(f1) FROM
  (SELECT 'foo' AS f1 FROM generate_series(1,3)) ss ORDER BY 1
%%
select 1 = all (select (select 1))
%%
--
-- Test cases to catch unpleasant interactions between IN-join processing
-- and subquery pullup.
--

select count(*) from
  (select 1 from tenk1 a
   where unique1 IN (select hundred from tenk1 b)) ss
%%
--
-- Test cases to check for overenthusiastic optimization of
-- "IN (SELECT DISTINCT ...)" and related cases.  Per example from
-- Luca Pireddu and Michael Fuhr.
--

CREATE TEMP TABLE foo (id integer)
%%
SELECT * FROM foo WHERE id IN
    (SELECT id2 FROM (SELECT id1, id2 FROM bar UNION
                      SELECT id1, id2 FROM bar) AS s)
%%
--
-- Test case to catch problems with multiply nested sub-SELECTs not getting
-- recalculated properly.  Per bug report from Didier Moens.
--

CREATE TABLE orderstest (
    approver_ref integer,
    po_ref integer,
    ordercanceled boolean
)
%%
SELECT * FROM orders_view
%%
create temp view shipped_view as
    select * from shipped where ttype = 'wt'
%%
select * from shipped_view
%%
--
-- Test cases involving PARAM_EXEC parameters and min/max index optimizations.
-- Per bug report from David Sanchez i Gregori.
--

select * from (
  select max(unique1) from tenk1 as a
  where exists (select 1 from tenk1 as b where b.thousand = a.unique2)
) ss
%%
create temp table float_table (float_col float8)
%%
--
-- Test case for bug #4290: bogus calculation of subplan param sets
--

create temp table ta (id int primary key, val int)
%%
create temp table tc (id int primary key, aid int)
%%
select * from
  (select distinct f1, f2, (select f2 from t1 x where x.f1 = up.f1) as fs
   from t1 up) ss
group by f1,f2,fs
%%
select view_a from view_a
%%
--
-- Check that whole-row Vars reading the result of a subselect don't include
-- any junk columns therein
--

select q from (select max(f1) from int4_tbl group by f1 order by f1) q
%%
--
-- Test case for subselect within UPDATE of INSERT...ON CONFLICT DO UPDATE
--
create temp table upsert(key int4 primary key, val text)
%%
with aa as (select 'int4_tbl' u from int4_tbl limit 1)
insert into upsert values (1, 'x'), (999, 'y')
on conflict (key) do update set val = (select u from aa)
returning *
%%
create temp table inner_7597(c1 int8, c2 int8)
%%
create temp table inner_text (c1 text, c2 text)
%%
--
-- Test that we don't try to hash nested records (bug #17363)
-- (Hashing could be supported, but for now we don't)
--

explain (verbose, costs off)
select row(row(row(1))) = any (select row(row(1)))
%%
create operator = (procedure=bogus_int8_text_eq, leftarg=int8, rightarg=text)
%%
select count(*) from tenk1 t
where (exists(select 1 from tenk1 k where k.unique1 = t.unique2) or ten < 0)
%%
create temp table exists_tbl_null partition of exists_tbl for values in (null)
%%
explain (costs off)
select * from exists_tbl t1
  where (exists(select 1 from exists_tbl t2 where t1.c1 = t2.c2) or c3 < 0)
%%
explain (verbose, costs off)
  select x, x from
    (select (select random()) as x from (values(1),(2)) v(y)) ss
%%
select sum(ss.tst::int) from
  onek o cross join lateral (
  select i.ten in (select f1 from int4_tbl where f1 <= o.hundred) as tst,
         random() as r
  from onek i where i.unique1 = o.unique1 ) ss
where o.ten = 0
%%
select sum(o.four), sum(ss.a) from
  onek o cross join lateral (
    with recursive x(a) as
      (select o.four as a
       union
       select a + 1 from x
       where a < 10)
    select * from x
  ) ss
where o.ten = 1
%%
select * from notinouter where a not in (select b from notininner)
%%
-- another variant of that (bug #16213)
explain (verbose, costs off)
select * from
(values
  (3 not in (select * from (values (1), (2)) ss1)),
  (false)
) ss
%%
--
-- Check for incorrect optimization when IN subquery contains a SRF
--
explain (verbose, costs off)
select * from int4_tbl o where (f1, f1) in
  (select f1, generate_series(1,50) / 10 g from int4_tbl i group by f1)
%%
select * from
    int4_tbl i4,
    lateral (
        select i4.f1 > 1 as b, 1 as id
        from (select random() order by 1) as t1
      union all
        select true as b, 2 as id
    ) as t2
where b and f1 >= 0
%%
explain (verbose, costs off)
select * from
  (select 9 as x, unnest(array[1,2,3,11,12,13]) as u) ss
  where tattle(x, 8)
%%
select * from
  (select 9 as x, unnest(array[1,2,3,11,12,13]) as u) ss
  where tattle(x, u)
%%
create function explain_sq_limit() returns setof text language plpgsql as
$$
declare ln text;
begin
    for ln in
        explain (analyze, summary off, timing off, costs off)
        select * from (select pk,c2 from sq_limit order by c1,pk) as x limit 3
    loop
        ln := regexp_replace(ln, 'Memory: \S*',  'Memory: xxx');
        return next ln;
    end loop;
end;
$$
%%
drop table sq_limit
%%
-- Explicitly request materialization
explain (verbose, costs off)
with x as materialized (select * from (select f1 from subselect_tbl) ss)
select * from x where f1 = 1
%%
-- Multiply-referenced CTEs are inlined only when requested
explain (verbose, costs off)
with x as (select * from (select f1, now() as n from subselect_tbl) ss)
select * from x, x x2 where x.n = x2.n
%%
explain (verbose, costs off)
with recursive x(a) as
  ((values ('a'), ('b'))
   union all
   (with z as not materialized (select * from x)
    select z.a || z.a as a from z
    where length(z.a || z.a) < 5))
select * from x
%%
-- Ensure that we inline the currect CTE when there are
-- multiple CTEs with the same name
explain (verbose, costs off)
with x as (select 1 as y)
select * from (with x as (select 2 as y) select * from x) ss
%%
-- The entire output of pg_backend_memory_contexts is not stable,
-- we test only the existence and basic condition of TopMemoryContext.
select name, ident, parent, level, total_bytes >= free_bytes
  from pg_backend_memory_contexts where level = 0
%%
-- There will surely be at least one rule, with no errors.
select count(*) > 0 as ok, count(*) FILTER (WHERE error IS NOT NULL) = 0 AS no_err
  from pg_hba_file_rules
%%
-- See also prepared_xacts.sql
select count(*) >= 0 as ok from pg_prepared_xacts
%%
-- This is to record the prevailing planner enable_foo settings during
-- a regression test run.
select name, setting from pg_settings where name like 'enable%'
%%
CREATE TABLE test_tablesample (id int, name text) WITH (fillfactor=10)
%%
SELECT id FROM test_tablesample TABLESAMPLE SYSTEM (50) REPEATABLE (0)
%%
SELECT count(*) FROM test_tablesample TABLESAMPLE SYSTEM (100) REPEATABLE (0.4)
%%
FETCH FIRST FROM tablesample_cur
%%
EXPLAIN (COSTS OFF)
  SELECT * FROM test_tablesample_v1
%%
-- check that collations get assigned within the tablesample arguments
SELECT count(*) FROM test_tablesample TABLESAMPLE bernoulli (('1'::text < '0'::text)::int)
%%
select pct, count(unique1) from
  (values (0),(100)) v(pct),
  lateral (select * from tenk1 tablesample bernoulli (pct)) ss
  group by pct
%%
SELECT id FROM test_tablesample TABLESAMPLE SYSTEM (50) REPEATABLE (NULL)
%%
SELECT id FROM test_tablesample TABLESAMPLE SYSTEM (200)
%%
SELECT q.* FROM (SELECT * FROM test_tablesample) as q TABLESAMPLE BERNOULLI (5)
%%
explain (costs off)
  select * from parted_sample tablesample bernoulli (100)
%%
-- create a tablespace using WITH clause
CREATE TABLESPACE regress_tblspacewith LOCATION '' WITH (some_nonexistent_parameter = true)
%%
-- This returns a relative path as of an effect of allow_in_place_tablespaces,
-- masking the tablespace OID used in the path name.
SELECT regexp_replace(pg_tablespace_location(oid), '(pg_tblspc)/(\d+)', '\1/NNN')
  FROM pg_tablespace  WHERE spcname = 'regress_tblspace'
%%
-- fail
ALTER TABLESPACE regress_tblspace RESET (random_page_cost, effective_io_concurrency)
%%
REINDEX (TABLESPACE regress_tblspace) TABLE CONCURRENTLY pg_authid
%%
REINDEX (TABLESPACE regress_tblspace) TABLE CONCURRENTLY pg_toast.pg_toast_1260
%%
INSERT INTO regress_tblspace_test_tbl (num1, num2, t)
  SELECT round(random()*100), random(), 'text'
  FROM generate_series(1, 10) s(i)
%%
REINDEX (TABLESPACE regress_tblspace) INDEX regress_tblspace_test_tbl_idx
%%
SELECT relfilenode as toast_filenode FROM pg_class
  WHERE oid =
    (SELECT i.indexrelid
       FROM pg_class c,
            pg_index i
       WHERE i.indrelid = c.reltoastrelid AND
             c.relname = 'regress_tblspace_test_tbl')
%%
-- Move back to the default tablespace.
ALTER INDEX regress_tblspace_test_tbl_idx SET TABLESPACE pg_default
%%
DROP TABLE regress_tblspace_test_tbl
%%
CREATE TABLE tbspace_reindex_part_0_2 PARTITION OF tbspace_reindex_part_0
  FOR VALUES IN (2)
%%
ALTER INDEX tbspace_reindex_part_index ATTACH PARTITION tbspace_reindex_part_index_0
%%
ALTER INDEX tbspace_reindex_part_index_0 ATTACH PARTITION tbspace_reindex_part_index_0_1
%%
REINDEX (TABLESPACE regress_tblspace, CONCURRENTLY) TABLE tbspace_reindex_part
%%
-- try a table
CREATE TABLE testschema.foo (i int) TABLESPACE regress_tblspace
%%
PREPARE selectsource(int) AS SELECT $1
%%
SET default_tablespace TO pg_global
%%
CREATE TABLE testschema.part_2 PARTITION OF testschema.part FOR VALUES IN (2)
%%
CREATE TABLE testschema.part_56 PARTITION OF testschema.part FOR VALUES IN (5, 6)
  PARTITION BY LIST (a)
%%
SELECT relname, spcname FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON (c.relnamespace = n.oid)
    LEFT JOIN pg_catalog.pg_tablespace t ON c.reltablespace = t.oid
    where c.relname LIKE 'part%' AND n.nspname = 'testschema' order by relname
%%
CREATE TABLE testschema.part2 PARTITION OF testschema.part FOR VALUES IN (2)
%%
SET default_tablespace TO 'pg_default'
%%
CREATE TABLE testschema.dflt2 (a int PRIMARY KEY) PARTITION BY LIST (a)
%%
CREATE INDEX test_index1 on testschema.test_default_tab (id)
%%
-- tablespace should not change if no rewrite
ALTER TABLE testschema.test_default_tab ALTER id TYPE bigint
%%
-- check that default_tablespace doesn't affect ALTER TABLE index rebuilds
-- (this time with a partitioned table)
CREATE TABLE testschema.test_default_tab_p(id bigint, val bigint)
    PARTITION BY LIST (id) TABLESPACE regress_tblspace
%%
CREATE INDEX test_index2 on testschema.test_default_tab_p (val) TABLESPACE regress_tblspace
%%
SELECT * FROM testschema.test_default_tab_p
%%
INSERT INTO testschema.test_tab VALUES (1)
%%
DROP TABLE testschema.test_tab
%%
CREATE INDEX test_tab_b_idx ON testschema.test_tab (b)
%%
ALTER TABLE testschema.atable SET TABLESPACE regress_tblspace
%%
ALTER INDEX testschema.part_a_idx SET TABLESPACE regress_tblspace
%%
ALTER MATERIALIZED VIEW testschema.amv SET TABLESPACE regress_tblspace
%%
-- No such tablespace
CREATE TABLE bar (i int) TABLESPACE regress_nosuchspace
%%
GRANT USAGE ON SCHEMA testschema TO regress_tablespace_user2
%%
ALTER TABLE testschema.tablespace_acl OWNER TO regress_tablespace_user2
%%
REINDEX (TABLESPACE regress_tblspace) TABLE tablespace_table
%%
ALTER INDEX ALL IN TABLESPACE regress_tblspace_renamed SET TABLESPACE pg_default
%%
DROP ROLE regress_tablespace_user1
%%
CREATE TEMP TABLE temptest(tcol int)
%%
DROP TABLE temptest
%%
-- Test ON COMMIT DELETE ROWS

CREATE TEMP TABLE temptest(col int) ON COMMIT DELETE ROWS
%%
CREATE TEMP TABLE temptest(col) ON COMMIT DROP AS SELECT 1
%%
CREATE TEMP TABLE temptest2(col int REFERENCES temptest1)
  ON COMMIT DELETE ROWS
%%
SELECT * FROM temptest2
%%
insert into public.whereami values ('public')
%%
create function pg_temp.whoami() returns text
  as $$select 'temp'::text$$ language sql
%%
-- or put it last for security
set search_path = public, pg_temp
%%
-- function-syntax invocation of types matches rules for functions
select nonempty('')
%%
create temp table temp_parted_oncommit_1
  partition of temp_parted_oncommit
  for values in (1) on commit delete rows
%%
create temp table temp_parted_oncommit_test (a int)
  partition by list (a) on commit drop
%%
-- no relations remain in this case.
select relname from pg_class where relname ~ '^temp_parted_oncommit_test'
%%
-- two relations remain in this case.
select relname from pg_class where relname ~ '^temp_parted_oncommit_test'
  order by relname
%%
insert into temp_inh_oncommit_test1 values (1)
%%
select * from temp_inh_oncommit_test
%%
create operator pg_temp.@@ (leftarg = int4, rightarg = int4, procedure = int4mi)
%%
-- Temporary tables cannot be used with two-phase commit.
create temp table twophase_tab (a int)
%%
drop table twophase_tab
%%
--
-- These tables have traditionally been referenced by many tests,
-- so create and populate them.  Insert only non-error values here.
-- (Some subsequent tests try to insert erroneous values.  That's okay
-- because the table won't actually change.  Do not change the contents
-- of these tables in later tests, as it may affect other tests.)
--

CREATE TABLE CHAR_TBL(f1 char(4))
%%
CREATE TABLE INT2_TBL(f1 int2)
%%
CREATE TABLE INT8_TBL(q1 int8, q2 int8)
%%
-- We intentionally don't vacuum point_tbl here; geometry depends on that

CREATE TABLE TEXT_TBL (f1 text)
%%
INSERT INTO VARCHAR_TBL (f1) VALUES
  ('a'),
  ('ab'),
  ('abcd'),
  ('abcd    ')
%%
VACUUM ANALYZE onek
%%
COPY tenk1 FROM :'filename'
%%
CREATE TABLE person (
	name 		text,
	age			int4,
	location 	point
)
%%
COPY emp FROM :'filename'
%%
VACUUM ANALYZE student
%%
CREATE TABLE road (
	name		text,
	thepath 	path
)
%%
INSERT INTO ihighway
   SELECT *
   FROM ONLY road
   WHERE name ~ 'I- .*'
%%
VACUUM ANALYZE shighway
%%
--
-- Create some C functions that will be used by various tests.
--

CREATE FUNCTION binary_coercible(oid, oid)
    RETURNS bool
    AS :'regresslib', 'binary_coercible'
    LANGUAGE C STRICT STABLE PARALLEL SAFE
%%
create operator class part_test_int4_ops for type int4 using hash as
    operator 1 =,
    function 2 part_hashint4_noop(int4, int8)
%%
create function fipshash(text)
    returns text
    strict immutable parallel safe leakproof
    return substr(encode(sha256($1::bytea), 'hex'), 1, 32)
%%
-- As of 8.3 we have removed most implicit casts to text, so that for example
-- this no longer works:

select length(42)
%%
/*
 * various string functions
 */
select concat('one')
%%
select concat_ws(',',10,20,null,30)
%%
select quote_literal('')
%%
select concat(variadic NULL::int[]) is NULL
%%
select format('Hello')
%%
select format('%s%s%s','Hello', NULL,'World')
%%
select format('%1$s %12$s', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
%%
select format('%s, %s', variadic array[true, false])
%%
select format('>>%10s<<', NULL)
%%
select format('>>%2$*1$L<<', NULL, 'Hello')
%%
-- min() and max() for TIDs
INSERT INTO tid_tab VALUES (1), (2)
%%
-- Tests for currtid2() with various relation kinds

-- Materialized view
CREATE MATERIALIZED VIEW tid_matview AS SELECT a FROM tid_tab
%%
-- Sequence
CREATE SEQUENCE tid_seq
%%
-- Partitioned table, no storage
CREATE TABLE tid_part (a int) PARTITION BY RANGE (a)
%%
-- ctid fetched directly from the source table.
CREATE VIEW tid_view_with_ctid AS SELECT ctid, a FROM tid_tab
%%
DROP TABLE tid_tab CASCADE
%%
EXPLAIN (COSTS OFF)
SELECT ctid FROM tidrangescan WHERE ctid > '(9, 0)'
%%
VACUUM tidrangescan
%%
SELECT ctid FROM tidrangescan WHERE '(2,8)' < ctid
%%
SELECT ctid FROM tidrangescan WHERE ctid > '(1,4)' AND '(1,7)' >= ctid
%%
SELECT ctid FROM tidrangescan WHERE ctid < '(0,0)' LIMIT 1
%%
-- cursors

-- Ensure we get a TID Range scan without a Materialize node.
EXPLAIN (COSTS OFF)
DECLARE c SCROLL CURSOR FOR SELECT ctid FROM tidrangescan WHERE ctid < '(1,0)'
%%
FETCH FIRST c
%%
-- only insert a few rows, we don't want to spill onto a second table page
INSERT INTO tidscan VALUES (1), (2), (3)
%%
EXPLAIN (COSTS OFF)
SELECT ctid, * FROM tidscan WHERE '(0,1)' = ctid
%%
-- ctid = ScalarArrayOp - implemented as tidscan
EXPLAIN (COSTS OFF)
SELECT ctid, * FROM tidscan WHERE ctid = ANY(ARRAY['(0,1)', '(0,2)']::tid[])
%%
-- tid equality extracted from sub-AND clauses
EXPLAIN (COSTS OFF)
SELECT ctid, * FROM tidscan
WHERE (id = 3 AND ctid IN ('(0,2)', '(0,3)')) OR (ctid = '(0,1)' AND id = 1)
%%
EXPLAIN (COSTS OFF)
SELECT t1.ctid, t1.*, t2.ctid, t2.*
FROM tidscan t1 LEFT JOIN tidscan t2 ON t1.ctid = t2.ctid WHERE t1.id = 1
%%
FETCH FIRST FROM c
%%
SELECT * FROM tidscan
%%
SELECT * FROM tidscan WHERE ctid = '(0,1)'
%%
INSERT INTO TIME_TBL VALUES ('00:00')
%%
SELECT f1 AS "None" FROM TIME_TBL WHERE f1 < '00:00'
%%
--
-- test EXTRACT
--
SELECT EXTRACT(MICROSECOND FROM TIME '2020-05-26 13:30:25.575401')
%%
SELECT EXTRACT(HOUR        FROM TIME '2020-05-26 13:30:25.575401')
%%
-- error
SELECT EXTRACT(EPOCH       FROM TIME '2020-05-26 13:30:25.575401')
%%
SELECT count(*) AS Three FROM TIMESTAMP_TBL WHERE d1 = timestamp without time zone 'tomorrow'
%%
TRUNCATE TIMESTAMP_TBL
%%
-- out of range

-- Demonstrate functions and operators
SELECT d1 FROM TIMESTAMP_TBL
   WHERE d1 > timestamp without time zone '1997-01-02'
%%
SELECT d1 FROM TIMESTAMP_TBL
   WHERE d1 <= timestamp without time zone '1997-01-02'
%%
-- verify date_bin behaves the same as date_trunc for relevant intervals

-- case 1: AD dates, origin < input
SELECT
  str,
  interval,
  date_trunc(str, ts) = date_bin(interval::interval, ts, timestamp '2001-01-01') AS equal
FROM (
  VALUES
  ('week', '7 d'),
  ('day', '1 d'),
  ('hour', '1 h'),
  ('minute', '1 m'),
  ('second', '1 s'),
  ('millisecond', '1 ms'),
  ('microsecond', '1 us')
) intervals (str, interval),
(VALUES (timestamp '2020-02-29 15:44:17.71393')) ts (ts)
%%
-- DATE_PART (timestamp_part)
SELECT d1 as "timestamp",
   date_part( 'year', d1) AS year, date_part( 'month', d1) AS month,
   date_part( 'day', d1) AS day, date_part( 'hour', d1) AS hour,
   date_part( 'minute', d1) AS minute, date_part( 'second', d1) AS second
   FROM TIMESTAMP_TBL
%%
-- extract implementation is mostly the same as date_part, so only
-- test a few cases for additional coverage.
SELECT d1 as "timestamp",
   extract(microseconds from d1) AS microseconds,
   extract(milliseconds from d1) AS milliseconds,
   extract(seconds from d1) AS seconds,
   round(extract(julian from d1)) AS julian,
   extract(epoch from d1) AS epoch
   FROM TIMESTAMP_TBL
%%
SELECT timestamp '294276-12-31 23:59:59' - timestamp '1999-12-23 19:59:04.224192' AS overflows
%%
-- timestamp numeric fields constructor
SELECT make_timestamp(2014, 12, 28, 6, 30, 45.887)
%%
--
-- TIMESTAMPTZ
--

CREATE TABLE TIMESTAMPTZ_TBL (d1 timestamp(2) with time zone)
%%
SELECT count(*) AS two FROM TIMESTAMPTZ_TBL WHERE d1 = timestamp(2) with time zone 'now'
%%
SELECT '19970210 173201' AT TIME ZONE 'America/New_York'
%%
SELECT d1 FROM TIMESTAMPTZ_TBL
   WHERE d1 = timestamp with time zone '1997-01-02'
%%
SELECT d1 - timestamp with time zone '1997-01-02' AS diff
   FROM TIMESTAMPTZ_TBL WHERE d1 BETWEEN '1902-01-01' AND '2038-01-01'
%%
-- fixed-offset abbreviation
SELECT date_trunc('day', timestamp with time zone '2001-02-16 20:38:40+00', 'VET') as vet_trunc
%%
-- disallow intervals with months or years
SELECT date_bin('5 months'::interval, timestamp with time zone '2020-02-01 01:01:01+00', timestamp with time zone '2001-01-01+00')
%%
SELECT d1 as timestamptz,
   date_part( 'isoyear', d1) AS isoyear, date_part( 'week', d1) AS week,
   date_part( 'isodow', d1) AS isodow, date_part( 'dow', d1) AS dow,
   date_part( 'doy', d1) AS doy
   FROM TIMESTAMPTZ_TBL
%%
-- value near upper bound uses special case in code
SELECT date_part('epoch', '294270-01-01 00:00:00+00'::timestamptz)
%%
-- TO_CHAR()
SELECT to_char(d1, 'DAY Day day DY Dy dy MONTH Month month RM MON Mon mon')
   FROM TIMESTAMPTZ_TBL
%%
SELECT to_char(now(), 'of') as "of", to_char(now(), 'tzh:tzm') as "tzh:tzm"
%%
--Cleanup
DROP TABLE TIMESTAMPTZ_TST
%%
-- should be true
SELECT make_timestamptz(1973, 07, 15, 08, 15, 55.33, '+2') = '1973-07-15 08:15:55.33+02'::timestamptz
%%
-- the LIMIT should allow this to terminate in a reasonable amount of time
-- (but that unfortunately doesn't work yet for SELECT * FROM ...)
select generate_series('2022-01-01 00:00'::timestamptz,
                       'infinity'::timestamptz,
                       '1 month'::interval) limit 10
%%
SELECT date_subtract('2021-10-31 00:00:00+02'::timestamptz,
                     '1 day'::interval,
                     'Europe/Warsaw')
%%
-- 2010-01-01 12:34:56.789012+00
-- edge cases
SELECT to_timestamp(-210866803200)
%%
insert into tmptz values ('2017-01-18 00:00+00')
%%
INSERT INTO TIMETZ_TBL VALUES ('00:01 PDT')
%%
SELECT f1 AS "None" FROM TIMETZ_TBL WHERE f1 < '00:00-07'
%%
--
-- test EXTRACT
--
SELECT EXTRACT(MICROSECOND FROM TIME WITH TIME ZONE '2020-05-26 13:30:25.575401-04')
%%
SELECT EXTRACT(HOUR        FROM TIME WITH TIME ZONE '2020-05-26 13:30:25.575401-04')
%%
SELECT EXTRACT(TIMEZONE_HOUR   FROM TIME WITH TIME ZONE '2020-05-26 13:30:25.575401-04:30')
%%
SET LOCAL TimeZone TO 'UTC'
%%
CREATE TABLE xacttest (a smallint, b real)
%%
CREATE TABLE disappear (a int4)
%%
SELECT COUNT(*) FROM xacttest
%%
BEGIN TRANSACTION DEFERRABLE
%%
CREATE TEMPORARY TABLE temptest (a int)
%%
SET TRANSACTION READ ONLY
%%
-- ok
RELEASE SAVEPOINT y
%%
-- ok
DELETE FROM temptest
%%
-- ok
CREATE TABLE test AS SELECT * FROM writetest
%%
CREATE TABLE trans_foo (a int)
%%
ROLLBACK TO SAVEPOINT one
%%
RELEASE SAVEPOINT two
%%
-- should be empty
SELECT * FROM trans_bar
%%
INSERT into trans_bar VALUES (1)
%%
SAVEPOINT three
%%
RELEASE SAVEPOINT three
%%
SAVEPOINT five
%%
-- rows 6 and 8 should have been created by the same xact
SELECT a.xmin = b.xmin FROM savepoints a, savepoints b WHERE a.a=6 AND b.a=8
%%
DECLARE c CURSOR FOR SELECT unique2 FROM tenk1 ORDER BY unique2
%%
create or replace function max_xacttest() returns smallint language sql as
'select max(a) from xacttest' stable
%%
create or replace function max_xacttest() returns smallint language plpgsql as
'begin return max(a) from xacttest; end' volatile
%%
DROP TABLE trans_barbaz
%%
insert into revalidate_bug values (inverse(0))
%%
insert into trans_abc values (5)
%%
CREATE FUNCTION create_temp_tab() RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMP TABLE new_table (f1 float8);
  -- case of interest is that we fail while holding an open
  -- relcache reference to new_table
  INSERT INTO new_table SELECT invert(0.0);
  RETURN 'foo';
END $$
%%
-- should work
FETCH ctt
%%
START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE, DEFERRABLE
%%
INSERT INTO trans_abc VALUES ('error')
%%
-- error

SELECT * FROM trans_abc ORDER BY 1
%%
-- this implicitly commits:
insert into i_table values(1)\
%%
insert into i_table values(5)
%%
RELEASE SAVEPOINT sp\
%%
COMMIT AND CHAIN\
%%
-- out of transaction block

RESET default_transaction_isolation
%%
CREATE FUNCTION trigger_return_old ()
        RETURNS trigger
        AS :'regresslib'
        LANGUAGE C
%%
create table fkeys2 (fkey21 int4, fkey22 text, pkey23 int not null)
%%
insert into pkeys values (10, '1')
%%
--
-- For fkeys2:
-- 	(fkey21, fkey22)	--> pkeys (pkey1, pkey2)
--
create trigger check_fkeys2_pkey_exist
	before insert or update on fkeys2
	for each row
	execute procedure
	check_primary_key ('fkey21', 'fkey22', 'pkeys', 'pkey1', 'pkey2')
%%
--
-- For pkeys:
-- 	ON DELETE/UPDATE (pkey1, pkey2) CASCADE:
-- 		fkeys (fkey1, fkey2) and fkeys2 (fkey21, fkey22)
--
create trigger check_pkeys_fkey_cascade
	before delete or update on pkeys
	for each row
	execute procedure
	check_foreign_key (2, 'cascade', 'pkey1', 'pkey2',
	'fkeys', 'fkey1', 'fkey2', 'fkeys2', 'fkey21', 'fkey22')
%%
delete from pkeys where pkey1 = 30 and pkey2 = '3'
%%
DROP TABLE fkeys
%%
insert into trigtest values(1, 'foo')
%%
-- Also check what happens when such a trigger runs before or after others
create function f1_times_10() returns trigger as
$$ begin new.f1 := new.f1 * 10; return new; end $$ language plpgsql
%%
drop table trigtest
%%
update trigtest set a = 2 where a = 1 returning *
%%
create trigger ttdummy
	before delete or update on tttest
	for each row
	execute procedure
	ttdummy (price_on, price_off)
%%
select * from tttest
%%
-- now we want to change pric_id in ALL tuples
-- this gets us not what we need
update tttest set price_id = 5 where price_id = 3
%%
-- isn't it what we need ?

-- get price for price_id == 5 as it was @ "date" 35
select * from tttest where price_on <= 35 and price_off > 35 and price_id = 5
%%
CREATE TABLE main_table (a int unique, b int)
%%
CREATE TRIGGER after_ins_stmt_trig AFTER INSERT ON main_table
FOR EACH STATEMENT EXECUTE PROCEDURE trigger_func('after_ins_stmt')
%%
INSERT INTO main_table DEFAULT VALUES
%%
SELECT * FROM main_table ORDER BY a, b
%%
CREATE TRIGGER delete_a AFTER DELETE ON main_table
FOR EACH ROW WHEN (OLD.a = 123) EXECUTE PROCEDURE trigger_func('delete_a')
%%
COPY main_table FROM stdin
%%
SELECT pg_get_triggerdef(oid, false) FROM pg_trigger WHERE tgrelid = 'main_table'::regclass AND tgname = 'modified_a'
%%
DROP TRIGGER modified_any ON main_table
%%
DROP TRIGGER delete_when ON main_table
%%
update table_with_oids set a = a + 1
%%
CREATE TRIGGER after_upd_b_row_trig AFTER UPDATE OF b ON main_table
FOR EACH ROW EXECUTE PROCEDURE trigger_func('after_upd_b_row')
%%
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'main_table'::regclass AND tgname = 'after_upd_a_b_row_trig'
%%
CREATE FUNCTION dummy_update_func() RETURNS trigger AS $$
BEGIN
  RAISE NOTICE 'dummy_update_func(%) called: action = %, old = %, new = %',
    TG_ARGV[0], TG_OP, OLD, NEW;
  RETURN NEW;
END;
$$ LANGUAGE plpgsql
%%
INSERT INTO some_t VALUES (TRUE)
%%
-- bogus cases
CREATE TRIGGER error_upd_and_col BEFORE UPDATE OR UPDATE OF a ON main_table
FOR EACH ROW EXECUTE PROCEDURE trigger_func('error_upd_and_col')
%%
CREATE TRIGGER error_del_when BEFORE DELETE OR UPDATE ON main_table
FOR EACH ROW WHEN (OLD.a <> NEW.a)
EXECUTE PROCEDURE trigger_func('error_del_new')
%%
DROP TRIGGER after_upd_a_b_row_trig ON main_table
%%
-- test that disabling RI triggers works
create table trigtest2 (i int references trigtest(i) on delete cascade)
%%
create trigger trigtest_b_stmt_tg before insert or update or delete on trigtest
for each statement execute procedure trigtest()
%%
alter table trigtest disable trigger user
%%
delete from trigtest where i=2
%%
-- dump trigger data
CREATE TABLE trigger_test (
        i int,
        v varchar
)
%%
delete from trigger_test
%%
--
-- Test use of row comparisons on OLD/NEW
--

CREATE TABLE trigger_test (f1 int, f2 text, f3 text)
%%
UPDATE trigger_test SET f3 = 'bar'
%%
-- Test snapshot management in serializable transactions involving triggers
-- per bug report in 6bc73d4c0910042358k3d1adff3qa36f8df75198ecea@mail.gmail.com
CREATE FUNCTION serializable_update_trig() RETURNS trigger LANGUAGE plpgsql AS
$$
declare
	rec record;
begin
	new.description = 'updated in trigger';
	return new;
end;
$$
%%
UPDATE serializable_update_tab SET description = 'no no', id = 1 WHERE id = 1
%%
INSERT INTO min_updates_test VALUES ('a',1,2),('b','2',null)
%%
UPDATE min_updates_test SET f3 = 2 WHERE f3 is null
%%
-- Before row triggers aren't allowed on views
CREATE TRIGGER invalid_trig BEFORE INSERT ON main_view
FOR EACH ROW EXECUTE PROCEDURE trigger_func('before_ins_row')
%%
CREATE TRIGGER invalid_trig AFTER UPDATE ON main_view
FOR EACH ROW EXECUTE PROCEDURE trigger_func('before_upd_row')
%%
-- INSTEAD OF triggers aren't allowed on tables
CREATE TRIGGER invalid_trig INSTEAD OF INSERT ON main_table
FOR EACH ROW EXECUTE PROCEDURE view_trigger('instead_of_ins')
%%
-- Don't support column-level INSTEAD OF triggers
CREATE TRIGGER invalid_trig INSTEAD OF UPDATE OF a ON main_view
FOR EACH ROW EXECUTE PROCEDURE view_trigger('instead_of_upd')
%%
CREATE TRIGGER instead_of_delete_trig INSTEAD OF DELETE ON main_view
FOR EACH ROW EXECUTE PROCEDURE view_trigger('instead_of_del')
%%
-- Valid AFTER statement VIEW triggers
CREATE TRIGGER after_ins_stmt_trig AFTER INSERT ON main_view
FOR EACH STATEMENT EXECUTE PROCEDURE view_trigger('after_view_ins_stmt')
%%
INSERT INTO main_view VALUES (21, 31) RETURNING a, b
%%
-- Before and after stmt triggers should fire even when no rows are affected
UPDATE main_view SET b = 0 WHERE false
%%
DROP TRIGGER instead_of_delete_trig ON main_view
%%
CREATE TABLE city_table (
    city_id        serial primary key,
    city_name    text not null,
    population    bigint,
    country_id    int references country_table
)
%%
CREATE TRIGGER city_delete_trig INSTEAD OF DELETE ON city_view
FOR EACH ROW EXECUTE PROCEDURE city_delete()
%%
INSERT INTO city_view(city_name, country_name) VALUES('Washington DC', 'USA') RETURNING *
%%
-- no match
UPDATE city_view SET country_name = 'Japan' WHERE city_name = 'Tokyo' RETURNING *
%%
UPDATE city_view v1 SET country_name = v2.country_name FROM city_view v2
    WHERE v2.city_name = 'Birmingham' AND v1.city_name = 'London' RETURNING *
%%
CREATE FUNCTION no_op_trig_fn() RETURNS trigger LANGUAGE plpgsql
AS 'begin RETURN NULL; end'
%%
DELETE FROM european_city_view
%%
-- INSERT not limited by view's WHERE clause, but UPDATE AND DELETE are
INSERT INTO european_city_view(city_name, country_name)
    VALUES ('Cambridge', 'USA') RETURNING *
%%
DELETE FROM european_city_view WHERE city_name = 'Cambridge' RETURNING *
%%
DROP TABLE country_table
%%
create function depth_a_tf() returns trigger
  language plpgsql as $$
begin
  raise notice '%: depth = %', tg_name, pg_trigger_depth();
  insert into depth_b values (new.id);
  raise notice '%: depth = %', tg_name, pg_trigger_depth();
  return new;
end;
$$
%%
create function depth_c_tf() returns trigger
  language plpgsql as $$
begin
  raise notice '%: depth = %', tg_name, pg_trigger_depth();
  if new.id = 1 then
    raise exception sqlstate 'U9999';
  end if;
  raise notice '%: depth = %', tg_name, pg_trigger_depth();
  return new;
end;
$$
%%
drop table depth_a, depth_b, depth_c
%%
--
-- Test updates to rows during firing of BEFORE ROW triggers.
-- As of 9.2, such cases should be rejected (see bug #6123).
--

create temp table parent (
    aid int not null primary key,
    val1 text,
    val2 text,
    val3 text,
    val4 text,
    bcnt int not null default 0)
%%
create function parent_del_func()
  returns trigger language plpgsql as
$$
begin
  delete from child where aid = old.aid;
  return old;
end;
$$
%%
create function child_del_func()
  returns trigger language plpgsql as
$$
begin
  update parent set bcnt = bcnt - 1 where aid = old.aid;
  return old;
end;
$$
%%
delete from parent where aid = 1
%%
drop function parent_del_func()
%%
create function self_ref_trigger_ins_func()
  returns trigger language plpgsql as
$$
begin
  if new.parent is not null then
    update self_ref_trigger set nchildren = nchildren + 1
      where id = new.parent;
  end if;
  return new;
end;
$$
%%
insert into self_ref_trigger values (1, null, 'root')
%%
delete from self_ref_trigger
%%
--
-- Check that statement triggers work correctly even with all children excluded
--

create table stmt_trig_on_empty_upd (a int)
%%
create trigger before_stmt_trigger
	before update on stmt_trig_on_empty_upd1
	execute procedure update_stmt_notice()
%%
drop function update_stmt_notice()
%%
insert into trigger_ddl_table values (1, 42)
%%
--
-- Verify behavior of before and after triggers with INSERT...ON CONFLICT
-- DO UPDATE
--
create table upsert (key int4 primary key, color text)
%%
create trigger upsert_after_trig after insert or update on upsert
  for each row execute procedure upsert_after_func()
%%
drop function upsert_after_func()
%%
create trigger my_trigger after update on my_view referencing old table as old_table
   for each statement execute procedure my_trigger_function()
%%
--
-- Verify cases that are unsupported with partitioned tables
--
create table parted_trig (a int) partition by list (a)
%%
drop table parted_trig
%%
create table trigpart2 partition of trigpart for values from (1000) to (2000)
%%
create table trigpart41 partition of trigpart4 for values from (3000) to (3500)
%%
drop trigger trg1 on trigpart1
%%
drop trigger trg1 on trigpart
%%
-- fail due to "does not exist"
drop table trigpart4
%%
-- check display of unrelated triggers
create trigger samename after delete on trigpart execute function trigger_nothing()
%%
--
-- Verify that triggers are fired for partitioned tables
--
create table parted_stmt_trig (a int) partition by list (a)
%%
create table parted2_stmt_trig1 partition of parted2_stmt_trig for values in (1)
%%
create trigger trig_ins_after after insert on parted_stmt_trig
  for each statement execute procedure trigger_notice()
%%
create trigger trig_del_after after delete on parted_stmt_trig
  for each statement execute procedure trigger_notice()
%%
-- insert/update/delete row-level triggers on the first partition
create trigger trig_ins_before_child before insert on parted_stmt_trig1
  for each row execute procedure trigger_notice()
%%
create trigger trig_del_before_child before delete on parted_stmt_trig1
  for each row execute procedure trigger_notice()
%%
create trigger trig_upd_before_3 before update on parted2_stmt_trig
  for each statement execute procedure trigger_notice()
%%
with ins (a) as (
  insert into parted2_stmt_trig values (1), (2) returning a
) insert into parted_stmt_trig select a from ins returning tableoid::regclass, a
%%
-- insert via copy on the first partition
copy parted_stmt_trig1(a) from stdin
%%
drop table parted_stmt_trig, parted2_stmt_trig
%%
create table parted_trig_2 partition of parted_trig for values from (1000) to (2000)
%%
create trigger bbb after insert on parted_trig for each row execute procedure trigger_notice()
%%
create trigger aaa after insert on parted_trig
   for each row execute procedure trigger_notice('quirky', 1)
%%
-- test irregular partitions (i.e., different column definitions),
-- including that the WHEN clause works
create function bark(text) returns bool language plpgsql immutable
  as $$ begin raise notice '% <- woof!', $1; return true; end; $$
%%
create table parted_irreg (fd int, a int, fd2 int, b text)
  partition by range (b)
%%
alter table parted1_irreg drop column fd
%%
-- we should hear barking for every insert, but parted_trig_odd only emits
-- noise for odd values of a. parted_trig does it for all inserts.
insert into parted_irreg values (1, 'aardvark'), (2, 'aanimals')
%%
-- Before triggers and partitions
create table parted (a int, b int, c text) partition by list (a)
%%
insert into parted values (1, 1, 'uno uno v1')
%%
-- works
select tableoid::regclass, * from parted
%%
-- both trigger and update change the partition
create or replace function parted_trigfunc2() returns trigger language plpgsql as $$
begin
  new.a = new.a + 1;
  return new;
end;
$$
%%
drop table parted
%%
select * from parted
%%
alter table parted_constr_ancestor attach partition parted_constr
  for values from ('aaaa') to ('zzzz')
%%
create constraint trigger parted_trig_two after insert on parted_constr
  deferrable initially deferred
  for each row when (bark(new.b) AND new.a % 2 = 1)
  execute procedure trigger_notice_ab()
%%
set constraints parted_trig deferred
%%
create table parted_trigger_1 partition of parted_trigger for values from (0) to (1000)
%%
create trigger parted_trigger after update on parted_trigger
  for each row when (new.a % 2 = 1 and length(old.b) >= 2) execute procedure trigger_notice_ab()
%%
alter table parted_trigger attach partition parted_trigger_3 for values from (2000) to (3000)
%%
-- try a constraint trigger, also
create table parted_referenced (a int)
%%
select tgname, conname, t.tgrelid::regclass, t.tgconstrrelid::regclass,
  c.conrelid::regclass, c.confrelid::regclass
  from pg_trigger t join pg_constraint c on (t.tgconstraint = c.oid)
  where tgname = 'parted_trigger'
  order by t.tgrelid::regclass::text
%%
drop function trigger_notice_ab()
%%
create table trg_clone2 partition of trg_clone for values from (1000) to (2000)
%%
drop table trg_clone
%%
create trigger tg after insert on child1
  for each row execute function trig_nothing()
%%
drop table parent, child1
%%
create trigger tg_stmt after insert on parent
  for statement execute procedure trig_nothing()
%%
-- This variant malfunctioned in some releases.
alter table parent disable trigger user
%%
-- Verify that firing state propagates correctly on creation, too
CREATE TABLE trgfire (i int) PARTITION BY RANGE (i)
%%
INSERT INTO trgfire VALUES (1)
%%
ALTER TABLE trgfire ATTACH PARTITION trgfire3 FOR VALUES FROM (20) TO (30)
%%
CREATE TABLE trgfire5_40 PARTITION OF trgfire5 FOR VALUES IN (40)
%%
DROP TABLE trgfire
%%
create or replace function dump_delete() returns trigger language plpgsql as
$$
  begin
    raise notice 'trigger = %, old table = %',
                 TG_NAME,
                 (select string_agg(old_table::text, ', ' order by a) from old_table);
    return null;
  end;
$$
%%
alter table child2 drop column x
%%
create trigger parent_insert_trig
  after insert on parent referencing new table as new_table
  for each statement execute procedure dump_insert()
%%
create trigger child1_update_trig
  after update on child1 referencing old table as old_table new table as new_table
  for each statement execute procedure dump_update()
%%
create trigger child2_delete_trig
  after delete on child2 referencing old table as old_table
  for each statement execute procedure dump_delete()
%%
-- insert directly into children sees respective child-format tuples
insert into child1 values ('AAA', 42)
%%
-- insert into parent sees parent-format tuples
insert into parent values ('AAA', 42)
%%
-- copy into parent sees parent-format tuples
copy parent (a, b) from stdin
%%
drop trigger child2_insert_trig on child2
%%
drop trigger child3_update_trig on child3
%%
drop table child1, child2, child3, parent
%%
-- detaching it first works
alter table parent detach partition child
%%
--
-- Verify behavior of statement triggers on (non-partition)
-- inheritance hierarchy with transition tables; similar to the
-- partition case, except there is no rerouting on insertion and child
-- tables can have extra columns
--

-- set up inheritance hierarchy with different TupleDescriptors
create table parent (a text, b int)
%%
insert into child2 values (42, 'BBB')
%%
-- but now we're not allowed to make it inherit anymore
alter table child inherit parent
%%
create trigger table2_trig
  after insert on table2 referencing new table as new_table
  for each statement execute procedure dump_insert()
%%
select * from table2
%%
create trigger my_table_insert_trig
  after insert on my_table referencing new table as new_table
  for each statement execute procedure dump_insert()
%%
create table iocdu_tt_parted1 partition of iocdu_tt_parted for values in (1)
%%
create trigger iocdu_tt_parted_insert_trig
  after insert on iocdu_tt_parted referencing new table as new_table
  for each statement execute procedure dump_insert()
%%
--
-- Verify that you can't create a trigger with transition tables for
-- more than one event.
--

create trigger my_table_multievent_trig
  after insert or update on my_table referencing new table as new_table
  for each statement execute procedure dump_insert()
%%
create trigger trig_table_before_trig
  before insert or update or delete on trig_table
  for each statement execute procedure trigger_func('trig_table')
%%
insert into refd_table values
  (1, 'one'),
  (2, 'two'),
  (3, 'three')
%%
delete from refd_table where length(b) = 3
%%
create trigger self_ref_r_trig
  after delete on self_ref referencing old table as old_table
  for each row execute procedure dump_delete()
%%
-- without AR trigger, cascaded deletes all end up in one transition table
drop trigger self_ref_r_trig on self_ref
%%
create trigger merge_target_table_update_trig
  after update on merge_target_table referencing old table as old_table new table as new_table
  for each statement execute procedure dump_update()
%%
merge into merge_target_table t
using merge_source_table s
on t.a = s.a
when not matched then
  insert values (a, b)
%%
drop function dump_update()
%%
create function funcB() returns trigger as $$
begin
  raise notice 'hello from funcB';
  return null;
end; $$ language plpgsql
%%
create or replace trigger my_trig
  before insert on my_table
  for each row execute procedure funcB()
%%
insert into parted_trig (a) values (50)
%%
-- test that user trigger can be overwritten by one defined at upper level
create trigger my_trig
  after insert on parted_trig_1
  for each row execute procedure funcA()
%%
-- Leave around some objects for other tests
create table trigger_parted (a int primary key) partition by list (a)
%%
create table trigger_parted_p1_1 partition of trigger_parted_p1 for values in (1)
%%
alter table trigger_parted_p2_2 enable always trigger aft_row
%%
insert into convslot_test_parent(col1) values ('1')
%%
create trigger but_trigger after update on convslot_test_child
referencing new table as new_table
for each statement execute function convslot_trig2()
%%
create trigger bdt_trigger after delete on convslot_test_child
referencing old table as old_table
for each statement execute function convslot_trig1()
%%
drop function convslot_trig2()
%%
alter table convslot_test_parent
  attach partition convslot_test_part for values from (1) to (1000)
%%
savepoint svp
%%
drop function convslot_trig4()
%%
create table cho partition of middle for values from (6) to (10)
%%
select tgrelid::regclass, tgname,
(select tgname from pg_trigger tr where tr.oid = pg_trigger.tgparentid) parent_tgname
from pg_trigger where tgrelid in (select relid from pg_partition_tree('grandparent'))
order by tgname, tgrelid::regclass::text COLLATE "C"
%%
alter trigger b on grandparent rename to c
%%
drop table grandparent
%%
drop function f()
%%
TRUNCATE truncate_a
%%
CREATE TABLE trunc_e (a int REFERENCES truncate_a, b int REFERENCES trunc_c)
%%
-- ok
TRUNCATE TABLE truncate_a,trunc_e
%%
-- ok
TRUNCATE TABLE trunc_c,trunc_d,trunc_e,truncate_a
%%
-- ok

-- circular references
ALTER TABLE truncate_a ADD FOREIGN KEY (col1) REFERENCES trunc_c
%%
INSERT INTO trunc_e VALUES (1,1)
%%
TRUNCATE TABLE trunc_c,truncate_a,trunc_d,trunc_e,trunc_b
%%
DROP TABLE truncate_a,trunc_c,trunc_b,trunc_d,trunc_e CASCADE
%%
INSERT INTO trunc_fa VALUES (3, 'three')
%%
INSERT INTO trunc_faa VALUES (5, 'five', 'FIVE')
%%
SELECT * FROM trunc_fa
%%
DROP TABLE trunc_f CASCADE
%%
-- basic before trigger
INSERT INTO trunc_trigger_test VALUES(1, 'foo', 'bar'), (2, 'baz', 'quux')
%%
TRUNCATE trunc_trigger_test
%%
DROP TABLE trunc_trigger_test
%%
CREATE TABLE truncate_a (id serial,
                         id1 integer default nextval('truncate_a_id1'))
%%
CREATE TABLE truncate_b (id int GENERATED ALWAYS AS IDENTITY (START WITH 44))
%%
TRUNCATE truncate_b RESTART IDENTITY
%%
CREATE TABLE truncparted1 PARTITION OF truncparted FOR VALUES IN (1)
%%
-- foreign key on partitioned table: partition key is referencing column.
-- Make sure truncate did execute on all tables
CREATE FUNCTION tp_ins_data() RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
	INSERT INTO truncprim VALUES (1), (100), (150);
	INSERT INTO truncpart VALUES (1), (100), (150);
  END
$$
%%
CREATE TABLE truncpart_1 PARTITION OF truncpart FOR VALUES FROM (0) TO (100)
%%
TRUNCATE TABLE truncprim
%%
-- should truncate everything
TRUNCATE TABLE truncprim CASCADE
%%
-- test cascade when referencing a partitioned table
CREATE TABLE trunc_a (a INT PRIMARY KEY) PARTITION BY RANGE (a)
%%
CREATE TABLE trunc_a22 PARTITION OF trunc_a2 FOR VALUES FROM (12) TO (16)
%%
-- truncate a partition cascading to a table
CREATE TABLE ref_b (
    b INT PRIMARY KEY,
    a INT REFERENCES trunc_a(a) ON DELETE CASCADE
)
%%
DROP TABLE ref_b
%%
INSERT INTO ref_c VALUES (100, 10), (150, 15), (200, 20), (250, 25)
%%
DROP TABLE trunc_a, ref_c
%%
-- Test ISpell dictionary with hunspell affix file with FLAG long parameter
CREATE TEXT SEARCH DICTIONARY hunspell_long (
                        Template=ispell,
                        DictFile=hunspell_sample_long,
                        AffFile=hunspell_sample_long
)
%%
CREATE TEXT SEARCH DICTIONARY hunspell_invalid_1 (
						Template=ispell,
						DictFile=hunspell_sample_long,
						AffFile=ispell_sample
)
%%
-- Synonym dictionary
CREATE TEXT SEARCH DICTIONARY synonym (
						Template=synonym,
						Synonyms=synonym_sample
)
%%
-- Create and simple test thesaurus dictionary
-- More tests in configuration checks because ts_lexize()
-- cannot pass more than one word to thesaurus.
CREATE TEXT SEARCH DICTIONARY thesaurus (
                        Template=thesaurus,
						DictFile=thesaurus_sample,
						Dictionary=english_stem
)
%%
SELECT to_tsquery('ispell_tst', 'footballklubber')
%%
-- Test ispell dictionary with hunspell affix with FLAG long in configuration
ALTER TEXT SEARCH CONFIGURATION hunspell_tst ALTER MAPPING
	REPLACE hunspell WITH hunspell_long
%%
-- test thesaurus in configuration
-- see thesaurus_sample.ths to understand 'odd' resulting tsvector
CREATE TEXT SEARCH CONFIGURATION thesaurus_tst (
						COPY=synonym_tst
)
%%
SELECT oid, dictname
FROM pg_ts_dict
WHERE dictnamespace = 0 OR dictowner = 0 OR dicttemplate = 0
%%
-- Look for pg_ts_config_map entries that aren't one of parser's token types
SELECT * FROM
  ( SELECT oid AS cfgid, (ts_token_type(cfgparser)).tokid AS tokid
    FROM pg_ts_config ) AS tt
RIGHT JOIN pg_ts_config_map AS m
    ON (tt.cfgid=m.mapcfg AND tt.tokid=m.maptokentype)
WHERE
    tt.cfgid IS NULL OR tt.tokid IS NULL
%%
-- test basic text search behavior without indexes, then with

SELECT count(*) FROM test_tsvector WHERE a @@ 'wr|qh'
%%
-- Test siglen parameter of GiST tsvector_ops
CREATE INDEX wowidx1 ON test_tsvector USING gist (a tsvector_ops(foo=1))
%%
CREATE INDEX wowidx2 ON test_tsvector USING gist (a tsvector_ops(siglen=1))
%%
CREATE INDEX wowidx ON test_tsvector USING gin (a)
%%
SELECT * FROM ts_stat('SELECT a FROM test_tsvector') ORDER BY ndoc DESC, nentry DESC, word LIMIT 10
%%
SELECT length(to_tsvector('english', '345 qwe@efd.r '' http://www.com/ http://aew.werc.ewr/?ad=qwe&dw 1aew.werc.ewr/?ad=qwe&dw 2aew.werc.ewr http://3aew.werc.ewr/?ad=qwe&dw http://4aew.werc.ewr http://5aew.werc.ewr:8100/?  ad=qwe&dw 6aew.werc.ewr:8100/?ad=qwe&dw 7aew.werc.ewr:8100/?ad=qwe&dw=%20%32 +4.0e-10 qwe qwe qwqwe 234.435 455 5.005 teodor@stack.net teodor@123-stack.net 123_teodor@stack.net 123-teodor@stack.net qwe-wer asdf <fr>qwer jf sdjk<we hjwer <werrwe> ewr1> ewri2 <a href="qwe<qwe>">
/usr/local/fff /awdf/dwqe/4325 rewt/ewr wefjn /wqe-324/ewr gist.h gist.h.c gist.c. readline 4.2 4.2. 4.2, readline-4.2 readline-4.2. 234
<i <b> wow  < jqw <> qwerty'))
%%
SELECT plainto_tsquery('english', 'foo bar') && plainto_tsquery('english', 'asd')
%%
SELECT ts_rank_cd(to_tsvector('english', '
Day after day, day after day,
  We stuck, nor breath nor motion,
As idle as a painted Ship
  Upon a painted Ocean.
Water, water, every where
  And all the boards did shrink;
Water, water, every where,
  Nor any drop to drink.
S. T. Coleridge (1772-1834)
'), to_tsquery('english', 'paint&water'))
%%
SELECT ts_headline('english', '
Day after day, day after day,
  We stuck, nor breath nor motion,
As idle as a painted Ship
  Upon a painted Ocean.
Water, water, every where
  And all the boards did shrink;
Water, water, every where,
  Nor any drop to drink.
S. T. Coleridge (1772-1834)
', phraseto_tsquery('english', 'painted Ocean'))
%%
SELECT ts_headline('simple', '1 2 3 1 3'::text, '1 <-> 3', 'MaxWords=2, MinWords=1')
%%
ALTER TABLE test_tsquery ADD COLUMN sample tsquery
%%
SELECT COUNT(*) FROM test_tsquery WHERE keyword = 'new <-> york'
%%
SELECT ts_rewrite('foo & bar & qq & new & york',  'new & york'::tsquery, 'big & apple | nyc | new & york & city')
%%
-- Check empty substitution
SELECT ts_rewrite(to_tsquery('5 & (6 | 5)'), to_tsquery('5'), to_tsquery(''))
%%
CREATE INDEX qq ON test_tsquery USING gist (keyword tsquery_ops)
%%
SELECT to_tsvector('SKIES My booKs')
%%
--trigger
CREATE TRIGGER tsvectorupdate
BEFORE UPDATE OR INSERT ON test_tsvector
FOR EACH ROW EXECUTE PROCEDURE tsvector_update_trigger(a, 'pg_catalog.english', t)
%%
-- Test inlining of immutable constant functions

-- to_tsquery(text) is not immutable, so it won't be inlined
explain (costs off)
select * from test_tsquery, to_tsquery('new') q where txtsample @@ q
%%
insert into pendtest values (to_tsvector('Lore ipsam'))
%%
insert into phrase_index_test values (to_tsvector('english', 'A fat cat has just eaten a rat.'))
%%
select to_tsvector('english', 'A fat cat ate a rat') @@
	websearch_to_tsquery('english', '"a fat cat" ate a rat')
%%
-- srf, with SRF argument
SELECT generate_series(1, generate_series(1, 3))
%%
SELECT generate_series(1, generate_series(1, 3)), generate_series(2, 4)
%%
SELECT unnest(ARRAY[1, 2]) FROM few WHERE false
%%
-- but SRFs can be referenced in sort
SELECT few.id, generate_series(1,3) g FROM few ORDER BY id, g DESC
%%
-- stable output order
SELECT few.dataa, count(*), min(id), max(id), unnest('{1,1,3}'::int[]) FROM few WHERE few.id = 1 GROUP BY few.dataa
%%
SELECT dataa, generate_series(1,1), count(*) FROM few GROUP BY 1, 2 HAVING count(*) > 1
%%
SELECT q1, coalesce(generate_series(1,3), 0) FROM int8_tbl
%%
-- SRFs are not allowed in window function arguments, either
SELECT min(generate_series(1, 3)) OVER() FROM few
%%
SELECT dataa, datab b, generate_series(1,2) g, count(*) FROM few GROUP BY CUBE(dataa, datab)
%%
SELECT dataa, datab b, generate_series(1,2) g, count(*) FROM few GROUP BY CUBE(dataa, datab, g) ORDER BY dataa
%%
-- data modification
CREATE TABLE fewmore AS SELECT generate_series(1,3) AS data
%%
-- SRFs are not allowed in RETURNING
INSERT INTO fewmore VALUES(1) RETURNING generate_series(1,3)
%%
-- but SRFs in function RTEs must be at top level (annoying restriction)
SELECT * FROM int4mul(generate_series(1,2), 10)
%%
-- referenced in ORDER BY and DISTINCT ON
SELECT DISTINCT ON (a, b, g) a, b, generate_series(1,3) g
FROM (VALUES (3, 2), (3,1), (1,1), (1,4), (5,3), (5,1)) AS t(a, b)
ORDER BY a, b DESC, g DESC
%%
-- tSRF in correlated subquery, referencing table outside
SELECT (SELECT generate_series(1,3) LIMIT 1 OFFSET few.id) FROM few
%%
-- Some fun cases involving duplicate SRF calls
explain (verbose, costs off)
select generate_series(1,3) as x, generate_series(1,3) + 1 as xp1
%%
-- Check that SRFs of same nesting level run in lockstep
explain (verbose, costs off)
select generate_series(1,3) as x, generate_series(3,6) + 1 as y
%%
--Base tsvector test

SELECT '1'::tsvector
%%
--comparisons
SELECT 'a' < 'b & c'::tsquery as "true"
%%
SELECT 'foo & bar'::tsquery && 'asd'
%%
SELECT tsquery_phrase('a <3> g', 'b & d', 10)
%%
SELECT 'wa:1A wb:2D'::tsvector @@ 'w:*D <-> w:*A'::tsquery as "false"
%%
SELECT to_tsvector('simple', '1 2 3 1') @@ '1 <2> 2' AS "false"
%%
SELECT ts_rank_cd(' a:1 s:2C d g'::tsvector, 'a | s')
%%
SELECT ts_delete('base:7 hidden:6 rebel:1 spaceship:2,33A,34B,35C,36D strike:3'::tsvector, ARRAY['spaceship','rebel'])
%%
SELECT tsvector_to_array('base:7 hidden:6 rebel:1 spaceship:2,33A,34B,35C,36D strike:3'::tsvector)
%%
SELECT setweight('a asd w:5,6,12B,13A zxc'::tsvector, 'c', ARRAY['a', 'zxc', '', NULL])
%%
INSERT INTO abbrev_abort_uuids (abort_increasing, abort_decreasing, noabort_increasing, noabort_decreasing)
    SELECT
        ('00000000-0000-0000-0000-'||to_char(g.i, '000000000000FM'))::uuid abort_increasing,
        ('00000000-0000-0000-0000-'||to_char(20000 - g.i, '000000000000FM'))::uuid abort_decreasing,
        (to_char(g.i % 10009, '00000000FM')||'-0000-0000-0000-'||to_char(g.i, '000000000000FM'))::uuid noabort_increasing,
        (to_char(((20000 - g.i) % 10009), '00000000FM')||'-0000-0000-0000-'||to_char(20000 - g.i, '000000000000FM'))::uuid noabort_decreasing
    FROM generate_series(0, 20000, 1) g(i)
%%
----
-- Check sort node uses of tuplesort wrt. abbreviated keys
----

-- plain sort triggering abbreviated abort
SELECT abort_increasing, abort_decreasing FROM abbrev_abort_uuids ORDER BY abort_increasing OFFSET 20000 - 4
%%
-- bounded sort (disables abbreviated keys)
SELECT abort_increasing, noabort_increasing FROM abbrev_abort_uuids ORDER BY abort_increasing LIMIT 5
%%
-- verify
EXPLAIN (COSTS OFF)
SELECT id, noabort_increasing, noabort_decreasing FROM abbrev_abort_uuids ORDER BY noabort_increasing LIMIT 5
%%
-- index creation using abbreviated keys, hitting abort
CREATE INDEX abbrev_abort_uuids__abort_increasing_idx ON abbrev_abort_uuids (abort_increasing)
%%
EXPLAIN (COSTS OFF)
SELECT id, abort_increasing, abort_decreasing FROM abbrev_abort_uuids ORDER BY abort_decreasing LIMIT 5
%%
-- head
SELECT id, abort_increasing, abort_decreasing, noabort_increasing, noabort_decreasing
FROM abbrev_abort_uuids
ORDER BY ctid LIMIT 5
%%
CLUSTER abbrev_abort_uuids USING abbrev_abort_uuids__noabort_decreasing_idx
%%
-- scroll beyond end end
FETCH LAST FROM c
%%
SET LOCAL enable_nestloop = off
%%
-- txid_snapshot data type and related functions
-- Note: these are backward-compatibility functions and types, and have been
-- replaced by new xid8-based variants.  See xid.sql.  The txid variants will
-- be removed in a future release.

-- i/o
select '12:13:'::txid_snapshot
%%
select  txid_snapshot_xmin(snap),
	txid_snapshot_xmax(snap),
	txid_snapshot_xip(snap)
from snapshot_test order by nr
%%
-- test 64bitness

select txid_snapshot '1000100010001000:1000100010001100:1000100010001012,1000100010001013'
%%
SELECT txid_current_if_assigned() IS NOT DISTINCT FROM BIGINT :'txid_current'
%%
SELECT txid_status(:committed) AS committed
%%
CREATE FUNCTION test_future_xid_status(bigint)
RETURNS void
LANGUAGE plpgsql
AS
$$
BEGIN
  PERFORM txid_status($1);
  RAISE EXCEPTION 'didn''t ERROR at xid in the future as expected';
EXCEPTION
  WHEN invalid_parameter_value THEN
    RAISE NOTICE 'Got expected error for xid in the future';
END;
$$
%%
-- Look for complex types that do not have a typrelid entry,
-- or basic types that do.

SELECT t1.oid, t1.typname
FROM pg_type as t1
WHERE (t1.typtype = 'c' AND t1.typrelid = 0) OR
    (t1.typtype != 'c' AND t1.typrelid != 0)
%%
-- Look for range types whose typalign isn't sufficient
SELECT t1.oid, t1.typname, t1.typalign, t2.typname, t2.typalign
FROM pg_type as t1
     LEFT JOIN pg_range as r ON rngtypid = t1.oid
     LEFT JOIN pg_type as t2 ON rngsubtype = t2.oid
WHERE t1.typtype = 'r' AND
    (t1.typalign != (CASE WHEN t2.typalign = 'd' THEN 'd'::"char"
                          ELSE 'i'::"char" END)
     OR t2.oid IS NULL)
%%
-- Varlena array types will point to array_in
-- Exception as of 8.1: int2vector and oidvector have their own I/O routines
SELECT t1.oid, t1.typname, p1.oid, p1.proname
FROM pg_type AS t1, pg_proc AS p1
WHERE t1.typinput = p1.oid AND
    (t1.typelem != 0 AND t1.typlen < 0) AND NOT
    (p1.oid = 'array_in'::regproc)
ORDER BY 1
%%
SELECT t1.oid, t1.typname, p1.oid, p1.proname
FROM pg_type AS t1, pg_proc AS p1
WHERE t1.typoutput = p1.oid AND NOT
    (p1.prorettype = 'cstring'::regtype AND NOT p1.proretset)
%%
-- Check for bogus typreceive routines

SELECT t1.oid, t1.typname, p1.oid, p1.proname
FROM pg_type AS t1, pg_proc AS p1
WHERE t1.typreceive = p1.oid AND NOT
    ((p1.pronargs = 1 AND p1.proargtypes[0] = 'internal'::regtype) OR
     (p1.pronargs = 2 AND p1.proargtypes[0] = 'internal'::regtype AND
      p1.proargtypes[1] = 'oid'::regtype) OR
     (p1.pronargs = 3 AND p1.proargtypes[0] = 'internal'::regtype AND
      p1.proargtypes[1] = 'oid'::regtype AND
      p1.proargtypes[2] = 'int4'::regtype))
%%
-- typreceive routines should not be volatile
SELECT t1.oid, t1.typname, p1.oid, p1.proname
FROM pg_type AS t1, pg_proc AS p1
WHERE t1.typreceive = p1.oid AND p1.provolatile NOT IN ('i', 's')
%%
-- typsend routines should not be volatile
SELECT t1.oid, t1.typname, p1.oid, p1.proname
FROM pg_type AS t1, pg_proc AS p1
WHERE t1.typsend = p1.oid AND p1.provolatile NOT IN ('i', 's')
%%
-- typmodin routines should not be volatile
SELECT t1.oid, t1.typname, p1.oid, p1.proname
FROM pg_type AS t1, pg_proc AS p1
WHERE t1.typmodin = p1.oid AND p1.provolatile NOT IN ('i', 's')
%%
-- Array types should have same typdelim as their element types

SELECT t1.oid, t1.typname, t2.oid, t2.typname
FROM pg_type AS t1, pg_type AS t2
WHERE t1.typarray = t2.oid AND NOT (t1.typdelim = t2.typdelim)
%%
SELECT t1.oid, t1.typname,
       t1.typelem, t1.typlen, t1.typbyval
FROM pg_type AS t1
WHERE t1.typsubscript = 'raw_array_subscript_handler'::regproc AND NOT
    (t1.typelem != 0 AND t1.typlen > 0 AND NOT t1.typbyval)
%%
-- array_typanalyze should be used for all and only array types
-- (but exclude domains, which we checked above)
-- As of 9.2 this finds int2vector and oidvector, which are weird anyway

SELECT t.oid, t.typname, t.typanalyze
FROM pg_type t
WHERE t.typbasetype = 0 AND
    (t.typanalyze = 'array_typanalyze'::regproc) !=
    (t.typsubscript = 'array_subscript_handler'::regproc)
ORDER BY 1
%%
-- Indexes should have AMs of type 'i'
SELECT pc.oid, pc.relname, pa.amname, pa.amtype
FROM pg_class as pc JOIN pg_am AS pa ON (pc.relam = pa.oid)
WHERE pc.relkind IN ('i') and
    pa.amtype != 'i'
%%
-- Cross-check against pg_type entry
-- NOTE: we allow attstorage to be 'plain' even when typstorage is not;
-- this is mainly for toast tables.

SELECT a1.attrelid, a1.attname, t1.oid, t1.typname
FROM pg_attribute AS a1, pg_type AS t1
WHERE a1.atttypid = t1.oid AND
    (a1.attlen != t1.typlen OR
     a1.attalign != t1.typalign OR
     a1.attbyval != t1.typbyval OR
     (a1.attstorage != t1.typstorage AND a1.attstorage != 'p'))
%%
-- canonical function, if any, had better match the range type

SELECT r.rngtypid, r.rngsubtype, p.proname
FROM pg_range r JOIN pg_proc p ON p.oid = r.rngcanonical
WHERE pronargs != 1 OR proargtypes[0] != rngtypid OR prorettype != rngtypid
%%
CREATE TYPE person_type AS (id int, name text)
%%
CREATE FUNCTION get_all_persons() RETURNS SETOF person_type
LANGUAGE SQL
AS $$
    SELECT * FROM persons;
$$
%%
ALTER TABLE persons RENAME COLUMN id TO num
%%
CREATE TABLE personsx OF person_type (myname WITH OPTIONS NOT NULL)
%%
DROP TYPE person_type RESTRICT
%%
INSERT INTO persons VALUES (1, 'test')
%%
SELECT getdatabaseencoding() <> 'UTF8' AS skip_test
%%
SELECT normalize(U&'\0061\0308\24D1c', NFC) = U&'\00E4\24D1c' COLLATE "C" AS test_nfc
%%
SELECT normalize(U&'\00E4\24D1c', NFKD) = U&'\0061\0308bc' COLLATE "C" AS test_nfkd
%%
SELECT num, val,
    val IS NFC NORMALIZED AS NFC,
    val IS NFD NORMALIZED AS NFD,
    val IS NFKC NORMALIZED AS NFKC,
    val IS NFKD NORMALIZED AS NFKD
FROM
  (VALUES (1, U&'\00E4bc'),
          (2, U&'\0061\0308bc'),
          (3, U&'\00E4\24D1c'),
          (4, U&'\0061\0308\24D1c'),
          (5, '')) vals (num, val)
ORDER BY num
%%
SELECT 1 AS two UNION ALL SELECT 2
%%
SELECT 1 AS one UNION SELECT 1.0::float8 ORDER BY 1
%%
SELECT 1.1 AS two UNION (SELECT 2 UNION ALL SELECT 2) ORDER BY 1
%%
SELECT f1 AS ten FROM FLOAT8_TBL
UNION ALL
SELECT f1 FROM INT4_TBL
%%
SELECT f1 AS eight FROM VARCHAR_TBL
UNION ALL
SELECT f1 FROM CHAR_TBL
%%
SELECT q2 FROM int8_tbl EXCEPT SELECT q1 FROM int8_tbl ORDER BY 1
%%
SELECT q1 FROM int8_tbl EXCEPT ALL SELECT q2 FROM int8_tbl ORDER BY 1
%%
(SELECT 1,2,3 UNION SELECT 4,5,6 ORDER BY 1,2) INTERSECT SELECT 4,5,6
%%
explain (costs off)
select count(*) from
  ( select unique1 from tenk1 union select fivethous from tenk1 ) ss
%%
explain (costs off)
select unique1 from tenk1 except select unique2 from tenk1 where unique2 != 10
%%
select x from (values (array[1, 2]), (array[1, 3])) _(x) union select x from (values (array[1, 2]), (array[1, 4])) _(x)
%%
select x from (values (array[1, 2]), (array[1, 3])) _(x) except select x from (values (array[1, 2]), (array[1, 4])) _(x)
%%
select x from (values (row(1, 2)), (row(1, 3))) _(x) union select x from (values (row(1, 2)), (row(1, 4))) _(x)
%%
select x from (values (row(1, 2)), (row(1, 3))) _(x) except select x from (values (row(1, 2)), (row(1, 4))) _(x)
%%
explain (costs off)
select x from (values (row(100::money)::ct1), (row(200::money)::ct1)) _(x) union select x from (values (row(100::money)::ct1), (row(300::money)::ct1)) _(x)
%%
SELECT f1 FROM float8_tbl EXCEPT SELECT f1 FROM int4_tbl ORDER BY 1
%%
SELECT q1 FROM int8_tbl UNION ALL SELECT q2 FROM int8_tbl EXCEPT SELECT q1 FROM int8_tbl ORDER BY 1
%%
-- This should fail, because q2 isn't a name of an EXCEPT output column
SELECT q1 FROM int8_tbl EXCEPT SELECT q2 FROM int8_tbl ORDER BY q2 LIMIT 1
%%
select intersect select
%%
select from generate_series(1,5) union select from generate_series(1,3)
%%
select from generate_series(1,5) except select from generate_series(1,3)
%%
--
-- Test that expression-index constraints can be pushed down through
-- UNION or UNION ALL
--

CREATE TEMP TABLE t1 (a text, b text)
%%
INSERT INTO t2 VALUES ('ab'), ('xy')
%%
ALTER TABLE t1c INHERIT t1
%%
CREATE INDEX t1c_ab_idx on t1c ((a || b))
%%
create table other_events (event_id int primary key)
%%
-- Test constraint exclusion of UNION ALL subqueries
explain (costs off)
 SELECT * FROM
  (SELECT 1 AS t, * FROM tenk1 a
   UNION ALL
   SELECT 2 AS t, * FROM tenk1 b) c
 WHERE t = 2
%%
SELECT * FROM
  (SELECT 1 AS t, generate_series(1,10) AS x
   UNION
   SELECT 2 AS t, 4 AS x) ss
WHERE x < 4
ORDER BY x
%%
select distinct q1 from
  (select distinct * from int8_tbl i81
   union all
   select distinct * from int8_tbl i82) ss
where q2 = q2
%%
create temp table t3 as select generate_series(-1000,1000) as x
%%
select * from
  (select * from t3 a union all select * from t3 b) ss
  join int4_tbl on f1 = expensivefunc(x)
%%
-- check that non-updatable views and columns are rejected with useful error
-- messages

CREATE TABLE base_tbl (a int PRIMARY KEY, b text DEFAULT 'Unspecified')
%%
-- GROUP BY not supported
CREATE VIEW ro_view3 AS SELECT 1 FROM base_tbl HAVING max(a) > 0
%%
-- Set ops not supported
CREATE VIEW ro_view7 AS WITH t AS (SELECT a, b FROM base_tbl) SELECT * FROM t
%%
-- No base relations
CREATE VIEW ro_view11 AS SELECT b1.a, b2.b FROM base_tbl b1, base_tbl b2
%%
-- System columns may be part of an updatable view
CREATE VIEW rw_view15 AS SELECT a, upper(b) FROM base_tbl
%%
-- VALUES in rangetable
CREATE SEQUENCE uv_seq
%%
SELECT table_name, is_updatable, is_insertable_into
  FROM information_schema.views
 WHERE table_name LIKE E'r_\\_view%'
 ORDER BY table_name
%%
DELETE FROM ro_view3
%%
UPDATE ro_view7 SET a=a+1
%%
UPDATE ro_view11 SET a=a+1
%%
-- should fail
INSERT INTO rw_view14 (a, b) VALUES (3, 'Row 3')
%%
DELETE FROM rw_view14 WHERE a=3
%%
-- succeeds
SELECT * FROM rw_view15
%%
ALTER VIEW rw_view15 ALTER COLUMN upper SET DEFAULT 'NOT SET'
%%
DELETE FROM rw_view15 WHERE a=4
%%
-- should fail
UPDATE rw_view16 SET aa=-3 WHERE a=3
%%
UPDATE ro_view19 SET last_value=1000
%%
CREATE RULE rw_view16_del_rule AS ON DELETE TO rw_view16
  WHERE OLD.a > 0 DO INSTEAD DELETE FROM base_tbl WHERE a=OLD.a
%%
DROP VIEW ro_view10, ro_view12, ro_view18
%%
SELECT table_name, is_updatable, is_insertable_into
  FROM information_schema.views
 WHERE table_name = 'rw_view1'
%%
UPDATE rw_view1 SET a=5 WHERE a=4
%%
-- it's still updatable if we add a DO ALSO rule

CREATE TABLE base_tbl_hist(ts timestamptz default now(), a int, b text)
%%
DROP TABLE base_tbl_hist
%%
INSERT INTO rw_view2 (aaa) VALUES (4)
%%
EXPLAIN (costs off) UPDATE rw_view2 SET aaa=5 WHERE aaa=4
%%
CREATE RULE rw_view1_ins_rule AS ON INSERT TO rw_view1
  DO INSTEAD INSERT INTO base_tbl VALUES (NEW.a, NEW.b) RETURNING *
%%
UPDATE rw_view2 SET b='Row three' WHERE a=3 RETURNING *
%%
SELECT table_name, is_updatable, is_insertable_into,
       is_trigger_updatable, is_trigger_deletable,
       is_trigger_insertable_into
  FROM information_schema.views
 WHERE table_name LIKE 'rw_view%'
 ORDER BY table_name
%%
CREATE TRIGGER rw_view1_del_trig INSTEAD OF DELETE ON rw_view1
  FOR EACH ROW EXECUTE PROCEDURE rw_view1_trig_fn()
%%
UPDATE rw_view1 v SET bb='Updated row 2' WHERE rw_view1_aa(v)=2
  RETURNING rw_view1_aa(v), v.bb
%%
CREATE USER regress_view_user3
%%
CREATE VIEW rw_view1 AS SELECT b AS bb, c AS cc, a AS aa FROM base_tbl
%%
GRANT UPDATE (a,c) ON base_tbl TO regress_view_user2
%%
-- ok
SELECT * FROM rw_view1
%%
-- not allowed
UPDATE rw_view1 SET bb=bb, cc=cc
%%
-- not allowed

DELETE FROM base_tbl
%%
-- ok
DELETE FROM base_tbl WHERE a=1
%%
GRANT INSERT, DELETE ON rw_view1 TO regress_view_user2
%%
CREATE VIEW rw_view2 AS SELECT * FROM rw_view1
%%
GRANT UPDATE ON base_tbl TO regress_view_user1
%%
-- not allowed
UPDATE base_tbl SET a=a
%%
GRANT SELECT, UPDATE ON rw_view2 TO regress_view_user3
%%
-- not allowed

SET SESSION AUTHORIZATION regress_view_user3
%%
GRANT UPDATE (a, c) ON base_tbl TO regress_view_user3
%%
DROP USER regress_view_user2
%%
INSERT INTO base_tbl VALUES (3)
%%
CREATE TRIGGER rw_view1_ins_trig AFTER INSERT ON base_tbl
  FOR EACH ROW EXECUTE PROCEDURE rw_view1_trig_fn()
%%
-- view with ORDER BY

CREATE TABLE base_tbl (a int, b int)
%%
EXPLAIN (verbose, costs off) UPDATE rw_view1 SET b = b + 1 RETURNING *
%%
UPDATE rw_view1 SET arr[1] = 42, arr[2] = 77 WHERE a = 3
%%
INSERT INTO rw_view1 VALUES (null, null, 1.1, null)
%%
-- should fail
UPDATE rw_view1 SET a = 1.05 WHERE a = 1.1 RETURNING s
%%
-- should fail
INSERT INTO rw_view2(s, c, base_a) VALUES (null, null, 1.1)
%%
-- should fail
UPDATE rw_view2 SET base_a = 1.05 WHERE base_a = 1.1
%%
-- should fail
INSERT INTO rw_view3(s) VALUES (null)
%%
SELECT events & 4 != 0 AS upd,
       events & 8 != 0 AS ins,
       events & 16 != 0 AS del
  FROM pg_catalog.pg_relation_is_updatable('rw_view3'::regclass, false) t(events)
%%
INSERT INTO base_tbl (id, idplus1) VALUES (3, DEFAULT)
%%
UPDATE base_tbl SET id = 2000 WHERE id = 2
%%
INSERT INTO base_tbl_parent SELECT * FROM generate_series(-8, -1)
%%
SELECT * FROM rw_view1 ORDER BY a
%%
INSERT INTO rw_view2 VALUES (-200), (200)
%%
-- Should produce -30 only
UPDATE ONLY rw_view2 SET a = a*10 WHERE a IN (-4, 4)
%%
-- Should delete -7 only
DELETE FROM ONLY rw_view2 WHERE a IN (-8, 8)
%%
CREATE TABLE other_tbl_child () INHERITS (other_tbl_parent)
%%
UPDATE rw_view1 SET a = a + 1000 FROM other_tbl_parent WHERE a = id
%%
CREATE VIEW rw_view1 AS SELECT * FROM base_tbl WHERE a < b
  WITH LOCAL CHECK OPTION
%%
-- should fail
UPDATE rw_view1 SET b = 5 WHERE a = 3
%%
INSERT INTO rw_view2 VALUES (-5)
%%
-- should fail

CREATE OR REPLACE VIEW rw_view2 AS SELECT * FROM rw_view1 WHERE a < 10
  WITH LOCAL CHECK OPTION
%%
CREATE VIEW rw_view1 AS SELECT * FROM base_tbl WITH CHECK OPTION
%%
INSERT INTO rw_view1 VALUES (-1)
%%
-- WITH CHECK OPTION with scalar array ops

CREATE TABLE base_tbl (a int, b int[])
%%
-- should fail

PREPARE ins(int, int[]) AS INSERT INTO rw_view1 VALUES($1, $2)
%%
INSERT INTO ref_tbl SELECT * FROM generate_series(1,10)
%%
EXPLAIN (costs off) UPDATE rw_view1 SET a = a + 5
%%
CREATE VIEW rw_view1 AS SELECT * FROM base_tbl WHERE a < b WITH CHECK OPTION
%%
CREATE TRIGGER rw_view1_trig
  INSTEAD OF INSERT OR UPDATE OR DELETE ON rw_view1
  FOR EACH ROW EXECUTE PROCEDURE rw_view1_trig_fn()
%%
-- Neither local nor cascaded check options work with INSTEAD rules

DROP TRIGGER rw_view1_trig ON rw_view1
%%
CREATE VIEW rw_view1 AS SELECT a,10 AS b FROM base_tbl
%%
-- security barrier view

CREATE TABLE base_tbl (person text, visibility text)
%%
CREATE OR REPLACE FUNCTION leakproof(anyelement)
RETURNS boolean AS
$$
BEGIN
  RETURN true;
END;
$$
LANGUAGE plpgsql STRICT IMMUTABLE LEAKPROOF
%%
ALTER VIEW rw_view1 SET (security_barrier = true)
%%
-- security barrier view on top of security barrier view

CREATE VIEW rw_view2 WITH (security_barrier = true) AS
  SELECT * FROM rw_view1 WHERE snoop(person)
%%
EXPLAIN (costs off) SELECT * FROM rw_view2 WHERE snoop(person)
%%
INSERT INTO base_tbl VALUES (1, 'Row 1', false), (2, 'Row 2', true)
%%
EXPLAIN (costs off) DELETE FROM rw_view1 WHERE id = 1 AND snoop(data)
%%
CREATE INDEX t1_a_idx ON t1(a)
%%
CREATE INDEX t11_a_idx ON t11(a)
%%
CREATE INDEX t12_a_idx ON t12(a)
%%
CREATE INDEX t111_a_idx ON t111(a)
%%
SELECT * FROM v1 WHERE a=3
%%
-- Nothing should have been changed to 100

EXPLAIN (VERBOSE, COSTS OFF)
UPDATE v1 SET a=a+1 WHERE snoop(a) AND leakproof(a) AND a = 8
%%
-- should not delete everything, just where a>5

TABLE t1
%%
CREATE TABLE tx1 (a integer)
%%
INSERT INTO vx1 values (1)
%%
DROP TABLE tx1
%%
CREATE TABLE tx2 (b integer, c integer)
%%
ALTER TABLE tx3 DROP COLUMN d
%%
INSERT INTO t2 VALUES (10), (20)
%%
-- ok
INSERT INTO v2 VALUES (-2, 'minus two', 20)
%%
-- not allowed

DELETE FROM v2 WHERE a = 2
%%
--
-- Test sub-select in nested security barrier views, per bug #17972
--
CREATE TABLE t1 (a int)
%%
EXPLAIN (COSTS OFF) UPDATE v2 SET a = 1
%%
INSERT INTO v1 VALUES (1, 'ok')
%%
create table uv_pt11 (like uv_pt1)
%%
alter table uv_pt1 attach partition uv_pt11 for values from (2) to (5)
%%
select table_name, column_name, is_updatable
  from information_schema.columns where table_name = 'uv_ptv' order by column_name
%%
insert into uv_ptv_wco values (1, 2)
%%
create table wcowrtest1 partition of wcowrtest for values in (1)
%%
create table wcowrtest2 (b text, c int, a int)
%%
insert into sometable values (1, 'a'), (2, 'b')
%%
drop table wcowrtest, sometable
%%
insert into uv_iocu_view (a, b) values ('xyxyxy', 1)
   on conflict (a) do update set b = uv_iocu_view.b
%%
explain (costs off)
insert into uv_iocu_view (a, b) values ('xyxyxy', 3)
   on conflict (a) do update set b = excluded.b where excluded.c > 0
%%
-- Test whole-row references to the view
create table uv_iocu_tab (a int unique, b text)
%%
insert into uv_iocu_view (aa,bb) values (1,'y')
   on conflict (aa) do update set bb = 'Rejected: '||excluded.*
   where excluded.aa > 0
   and excluded.bb != ''
   and excluded.cc is not null
%%
alter table uv_iocu_tab alter column b set default 'table default'
%%
grant select (aa,bb) on rw_view1 to regress_view_user2
%%
-- Not allowed
insert into rw_view1 values ('yyy',2.0,1)
  on conflict (aa) do update set bb = rw_view1.cc
%%
grant select (a,b) on base_tbl to regress_view_user2
%%
-- Not allowed
create view rw_view3 as select b as bb, a as aa from base_tbl
%%
-- Not allowed
create view rw_view5 as select aa, bb FROM rw_view1
%%
drop view rw_view3
%%
alter view base_tab_def_view alter b set default 'View default'
%%
insert into base_tab_def_view values (11)
%%
create trigger base_tab_def_view_instrig instead of insert on base_tab_def_view
  for each row execute function base_tab_def_view_instrig_func()
%%
create rule base_tab_def_view_ins_rule as on insert to base_tab_def_view
  do instead insert into base_tab_def values (new.a, new.b, new.c, new.d, new.e)
%%
create rule base_tab_def_view_ins_rule as on insert to base_tab_def_view
  do also insert into base_tab_def (a, b, e) select new.a, new.b, 'xxx'
%%
-- Test defaults with array assignments
create table base_tab (a serial, b int[], c text, d text default 'Table default')
%%
select * from base_tab order by a
%%
CREATE TABLE upsert_test (
    a   INT PRIMARY KEY,
    b   TEXT
)
%%
UPDATE update_test SET a = DEFAULT, b = DEFAULT
%%
-- fail, wrong data type:
UPDATE update_test SET a = v.* FROM (VALUES(100, 20)) AS v(i, j)
  WHERE update_test.b = v.j
%%
-- fail, multi assignment to same column:
UPDATE update_test SET (c,b) = ('car', a+b), b = a + 1 WHERE a = 10
%%
-- set to null if no rows supplied:
UPDATE update_test SET (b,a) = (select a+1,b from update_test where a = 1000)
  WHERE a = 11
%%
-- Make sure that we can update to a TOASTed value.
UPDATE update_test SET c = repeat('x', 10000) WHERE c = 'car'
%%
-- Test ON CONFLICT DO UPDATE

INSERT INTO upsert_test VALUES(1, 'Boo'), (3, 'Zoo')
%%
-- ON CONFLICT using system attributes in RETURNING, testing both the
-- inserting and updating paths. See bug report at:
-- https://www.postgresql.org/message-id/73436355-6432-49B1-92ED-1FE4F7E7E100%40finefun.com.au
INSERT INTO upsert_test VALUES (2, 'Beeble') ON CONFLICT(a)
  DO UPDATE SET (b, a) = (SELECT b || ', Excluded', a from upsert_test i WHERE i.a = excluded.a)
  RETURNING tableoid::regclass, xmin = pg_current_xact_id()::xid AS xmin_correct, xmax = 0 AS xmax_correct
%%
-- Test ON CONFLICT DO UPDATE with partitioned table and non-identical children

CREATE TABLE upsert_test (
    a   INT PRIMARY KEY,
    b   TEXT
) PARTITION BY LIST (a)
%%
-- correlated sub-select:
WITH aaa AS (SELECT 1 AS ctea, ' Foo' AS cteb) INSERT INTO upsert_test
  VALUES (1, 'Bar'), (2, 'Baz') ON CONFLICT(a)
  DO UPDATE SET (b, a) = (SELECT upsert_test.b||cteb, upsert_test.a FROM aaa) RETURNING *
%%
CREATE TABLE part_b_10_b_20 (e varchar, c numeric, a text, b bigint, d int) PARTITION BY RANGE (c)
%%
CREATE TABLE part_a_1_a_10 PARTITION OF range_parted FOR VALUES FROM ('a', 1) TO ('a', 10)
%%
ALTER TABLE part_c_100_200 ADD COLUMN c numeric, ADD COLUMN e varchar, ADD COLUMN a text
%%
CREATE TABLE part_d_15_20 PARTITION OF part_c_100_200 FOR VALUES FROM (15) TO (20)
%%
:init_range_parted
%%
-- fail, no partition key update, so no attempt to move tuple,
-- but "a = 'a'" violates partition constraint enforced by root partition)
UPDATE part_b_10_b_20 set a = 'a'
%%
-- ok, row movement
UPDATE part_b_10_b_20 set c = c + 20 returning c, b, a
%%
INSERT into mintab VALUES (120)
%%
-- ok, row movement, check option passes
UPDATE upview set a = 'b', b = 15 WHERE b = 4
%%
CREATE TRIGGER trans_updatetrig
  AFTER UPDATE ON range_parted REFERENCING OLD TABLE AS old_table NEW TABLE AS new_table
  FOR EACH STATEMENT EXECUTE PROCEDURE trans_updatetrigfunc()
%%
UPDATE range_parted set c = c + 50 WHERE a = 'b' and b > 10 and c >= 96
%%
CREATE TRIGGER trig_d1_15 BEFORE UPDATE OR INSERT ON part_d_1_15
   FOR EACH ROW EXECUTE PROCEDURE func_parted_mod_b()
%%
DROP TRIGGER trig_c1_100 ON part_c_1_100
%%
-- RLS policies with update-row-movement
-----------------------------------------

ALTER TABLE range_parted ENABLE ROW LEVEL SECURITY
%%
CREATE POLICY policy_range_parted ON range_parted for UPDATE USING (true) WITH CHECK (c % 2 = 0)
%%
CREATE TRIGGER trig_d_1_15 BEFORE INSERT ON part_d_1_15
   FOR EACH ROW EXECUTE PROCEDURE func_d_1_15()
%%
CREATE POLICY policy_range_parted_wholerow on range_parted AS RESTRICTIVE for UPDATE USING (true)
   WITH CHECK (range_parted = row('b', 10, 112, 1, NULL)::range_parted)
%%
REVOKE ALL ON range_parted, mintab FROM regress_range_parted_user
%%
-- Triggers on root partition
CREATE TRIGGER parent_delete_trig
  AFTER DELETE ON range_parted for each statement execute procedure trigfunc()
%%
CREATE TRIGGER c1_update_trig
  AFTER UPDATE ON part_c_1_100 for each statement execute procedure trigfunc()
%%
CREATE TRIGGER d1_insert_trig
  AFTER INSERT ON part_d_1_15 for each statement execute procedure trigfunc()
%%
-- Move all rows from part_c_100_200 to part_c_1_100. None of the delete or
-- insert statement triggers should be fired.
UPDATE range_parted set c = c - 50 WHERE c > 97
%%
DROP TRIGGER c1_delete_trig ON part_c_1_100
%%
DROP TRIGGER d1_update_trig ON part_d_1_15
%%
DROP TRIGGER d15_insert_trig ON part_d_15_20
%%
CREATE TABLE list_parted (
	a text,
	b int
) PARTITION BY list (a)
%%
INSERT into list_default VALUES ('d', 10)
%%
create table utr2 (a int check (a in (2)), b text)
%%
insert into utrtest values (1, 'foo')
  returning *, tableoid::regclass, xmin = pg_current_xact_id()::xid as xmin_ok
%%
-- fails

update utrtest set a = 3 - a from (values (1), (2)) s(x) where a = s.x
  returning *, tableoid::regclass
%%
CREATE TABLE sub_parted PARTITION OF list_parted for VALUES in (1) PARTITION BY list (b)
%%
ALTER TABLE sub_parted ATTACH PARTITION sub_part2 for VALUES in (2)
%%
INSERT into sub_parted VALUES (1,1,60)
%%
-- Test the case where BR UPDATE triggers change the partition key.
CREATE FUNCTION func_parted_mod_b() returns trigger as $$
BEGIN
   NEW.b = 2; -- This is changing partition key column.
   return NEW;
END $$ LANGUAGE plpgsql
%%
DROP TRIGGER parted_mod_b ON sub_part1
%%
-- Drop the trigger. Now the row should be moved.
DROP TRIGGER trig_skip_delete ON sub_part2
%%
DROP TABLE non_parted
%%
create table hpart4 partition of hash_parted for values with (modulus 8, remainder 4)
%%
-- fail
update hpart1 set a = 3, b=4 where a = 1
%%
drop function dummy_hashint4(a int4, seed int8)
%%
-- retrieving the inserted data
SELECT guid_field FROM guid1
%%
-- <> operator test
SELECT COUNT(*) FROM guid1 WHERE guid_field <> '11111111111111111111111111111111'
%%
-- >= operator test
SELECT COUNT(*) FROM guid1 WHERE guid_field >= '22222222-2222-2222-2222-222222222222'
%%
-- check to see whether the new indexes are actually there
SELECT count(*) FROM pg_class WHERE relkind='i' AND relname LIKE 'guid%'
%%
-- generation test
TRUNCATE guid1
%%
--
-- VACUUM
--

CREATE TABLE vactst (i INT)
%%
DELETE FROM vactst WHERE i != 0
%%
VACUUM (FULL) vactst
%%
CREATE TABLE vaccluster (i INT PRIMARY KEY)
%%
CREATE FUNCTION wrap_do_analyze(c INT) RETURNS INT IMMUTABLE LANGUAGE SQL
	AS 'SELECT $1 FROM do_analyze()'
%%
-- Test ANALYZE in transaction, where the transaction surrounding
-- analyze performed modifications. This tests for the bug at
-- https://postgr.es/m/c7988239-d42c-ddc4-41db-171b23b35e4f%40ssinger.info
-- (which hopefully is unlikely to be reintroduced), but also seems
-- independently worthwhile to cover.
INSERT INTO vactst SELECT generate_series(1, 300)
%%
VACUUM FULL pg_am
%%
VACUUM (DISABLE_PAGE_SKIPPING) vaccluster
%%
CREATE INDEX hash_pvactst ON pvactst USING hash (i)
%%
CREATE INDEX spgist_pvactst ON pvactst USING spgist (p)
%%
-- disable parallel vacuum

VACUUM (PARALLEL -1) pvactst
%%
-- error, cannot use PARALLEL option without parallel degree

-- Test different combinations of parallel and full options for temporary tables
CREATE TEMPORARY TABLE tmp (a int PRIMARY KEY)
%%
-- can specify parallel disabled (even though that's implied by FULL)
RESET min_parallel_index_scan_size
%%
ALTER TABLE no_index_cleanup ALTER COLUMN t SET STORAGE EXTERNAL
%%
-- Toast inherits the value from its parent table.
ALTER TABLE no_index_cleanup SET (vacuum_index_cleanup = false)
%%
ALTER TABLE no_index_cleanup SET (vacuum_index_cleanup = auto)
%%
VACUUM (INDEX_CLEANUP AUTO) vactst
%%
VACUUM (TRUNCATE FALSE, DISABLE_PAGE_SKIPPING) vac_truncate_test
%%
-- partitioned table
CREATE TABLE vacparted (a int, b char) PARTITION BY LIST (a)
%%
VACUUM (ANALYZE) vacparted
%%
ANALYZE vacparted(a,b,b)
%%
INSERT INTO vacparted_i SELECT i, 'test_'|| i from generate_series(1,10) i
%%
SELECT relname, relhasindex FROM pg_class
  WHERE relname LIKE 'vacparted_i%' AND relkind IN ('p','r')
  ORDER BY relname
%%
VACUUM (FREEZE) vacparted, vaccluster, vactst
%%
VACUUM FULL vacparted, vactst
%%
ANALYZE vactst, does_not_exist, vacparted
%%
ANALYZE (nonexistent-arg) does_not_exist
%%
-- SKIP_LOCKED option
VACUUM (SKIP_LOCKED) vactst
%%
VACUUM vactst
%%
-- Check the number of vacuums done on table vac_option_tab and on its
-- toast relation, to check that PROCESS_TOAST and PROCESS_MAIN work on
-- what they should.
CREATE VIEW vac_option_tab_counts AS
  SELECT CASE WHEN c.relname IS NULL
    THEN 'main' ELSE 'toast' END as rel,
  s.vacuum_count
  FROM pg_stat_all_tables s
  LEFT JOIN pg_class c ON s.relid = c.reltoastrelid
  WHERE c.relname = 'vac_option_tab' OR s.relname = 'vac_option_tab'
  ORDER BY rel
%%
VACUUM (PROCESS_TOAST FALSE, FULL) vac_option_tab
%%
-- Only the toast relation is processed.
VACUUM (PROCESS_MAIN FALSE, FULL) vac_option_tab
%%
ANALYZE (BUFFER_USAGE_LIMIT '512 kB') vac_option_tab
%%
-- SKIP_DATABASE_STATS option
VACUUM (SKIP_DATABASE_STATS) vactst
%%
DROP TABLE vac_option_tab
%%
DROP TABLE no_index_cleanup
%%
CREATE TABLE vacowned_part2 PARTITION OF vacowned_parted FOR VALUES IN (2)
%%
ANALYZE vacowned
%%
VACUUM (ANALYZE) pg_catalog.pg_class
%%
-- Partitioned table and its partitions, nothing owned by other user.
-- Relations are not listed in a single command to test ownership
-- independently.
VACUUM vacowned_parted
%%
ANALYZE vacowned_part1
%%
VACUUM (ANALYZE) vacowned_part2
%%
ALTER TABLE vacowned_part1 OWNER TO CURRENT_USER
%%
SET max_parallel_maintenance_workers TO 4
%%
-- Parallel VACUUM will never be used unless there are at least two indexes
-- that exceed min_parallel_index_scan_size.  Create two such indexes, and
-- a third index that is smaller than min_parallel_index_scan_size.
CREATE INDEX regular_sized_index ON parallel_vacuum_table(a)
%%
SELECT count(*) as trigger_parallel_vacuum_nindexes
FROM pg_class
WHERE oid in ('regular_sized_index'::regclass, 'typically_sized_index'::regclass) AND
  pg_relation_size(oid) >=
  pg_size_bytes(current_setting('min_parallel_index_scan_size'))
%%
--
-- VARCHAR
--

--
-- Build a table for testing
-- (This temporarily hides the table created in test_setup.sql)
--

CREATE TEMP TABLE VARCHAR_TBL(f1 varchar(1))
%%
SELECT c.*
   FROM VARCHAR_TBL c
   WHERE c.f1 = 'a'
%%
SELECT c.*
   FROM VARCHAR_TBL c
   WHERE c.f1 >= 'a'
%%
SELECT depname, empno, salary, sum(salary) OVER (PARTITION BY depname) FROM empsalary ORDER BY depname, salary
%%
SELECT depname, empno, salary, rank() OVER w FROM empsalary WINDOW w AS (PARTITION BY depname ORDER BY salary) ORDER BY rank() OVER w
%%
-- cumulative aggregate
SELECT sum(four) OVER (PARTITION BY ten ORDER BY unique2) AS sum_1, ten, four FROM tenk1 WHERE unique2 < 10
%%
SELECT percent_rank() OVER (PARTITION BY four ORDER BY ten), ten, four FROM tenk1 WHERE unique2 < 10
%%
SELECT lag(ten) OVER (PARTITION BY four ORDER BY ten), ten, four FROM tenk1 WHERE unique2 < 10
%%
SELECT lead(ten) OVER (PARTITION BY four ORDER BY ten), ten, four FROM tenk1 WHERE unique2 < 10
%%
SELECT first_value(ten) OVER (PARTITION BY four ORDER BY ten), ten, four FROM tenk1 WHERE unique2 < 10
%%
SELECT ten, two, sum(hundred) AS gsum, sum(sum(hundred)) OVER (PARTITION BY two ORDER BY ten) AS wsum
FROM tenk1 GROUP BY ten, two
%%
SELECT avg(four) OVER (PARTITION BY four ORDER BY thousand / 100) FROM tenk1 WHERE unique2 < 10
%%
-- subplan
SELECT lead(ten, (SELECT two FROM tenk1 WHERE s.unique2 = unique2)) OVER (PARTITION BY four ORDER BY ten)
FROM tenk1 s WHERE unique2 < 10
%%
-- window function over ungrouped agg over empty row set (bug before 9.1)
SELECT SUM(COUNT(f1)) OVER () FROM int4_tbl WHERE f1=42
%%
-- test non-default frame specifications
SELECT four, ten,
	sum(ten) over (partition by four order by ten),
	last_value(ten) over (partition by four order by ten)
FROM (select distinct ten, four from tenk1) ss
%%
SELECT four, ten/4 as two,
	sum(ten/4) over (partition by four order by ten/4 rows between unbounded preceding and current row),
	last_value(ten/4) over (partition by four order by ten/4 rows between unbounded preceding and current row)
FROM (select distinct ten, four from tenk1) ss
%%
SELECT sum(unique1) over (rows between 2 preceding and 2 following exclude no others),
	unique1, four
FROM tenk1 WHERE unique1 < 10
%%
SELECT first_value(unique1) over (ORDER BY four rows between current row and 2 following exclude current row),
	unique1, four
FROM tenk1 WHERE unique1 < 10
%%
SELECT last_value(unique1) over (ORDER BY four rows between current row and 2 following exclude group),
	unique1, four
FROM tenk1 WHERE unique1 < 10
%%
SELECT sum(unique1) over (rows between unbounded preceding and 1 following),
	unique1, four
FROM tenk1 WHERE unique1 < 10
%%
SELECT sum(unique1) over (w range between unbounded preceding and current row exclude ties),
	unique1, four
FROM tenk1 WHERE unique1 < 10 WINDOW w AS (order by four)
%%
SELECT * FROM v_window
%%
CREATE OR REPLACE TEMP VIEW v_window AS
	SELECT i, sum(i) over (order by i rows between 1 preceding and 1 following
	exclude no others) as sum_rows FROM generate_series(1, 10) i
%%
-- RANGE offset PRECEDING/FOLLOWING tests

SELECT sum(unique1) over (order by four range between 2::int8 preceding and 1::int2 preceding),
	unique1, four
FROM tenk1 WHERE unique1 < 10
%%
SELECT sum(unique1) over (order by four range between 2::int8 preceding and 1::int2 preceding exclude group),
	unique1, four
FROM tenk1 WHERE unique1 < 10
%%
SELECT sum(unique1) over (partition by four order by unique1 range between 5::int8 preceding and 6::int2 following),
	unique1, four
FROM tenk1 WHERE unique1 < 10
%%
select sum(salary) over (order by enroll_date desc range between '1 year'::interval following and '1 year'::interval following),
	salary, enroll_date from empsalary
%%
select first_value(salary) over(order by salary range between 1000 preceding and 1000 following),
	lead(salary) over(order by salary range between 1000 preceding and 1000 following),
	nth_value(salary, 1) over(order by salary range between 1000 preceding and 1000 following),
	salary from empsalary
%%
select first_value(salary) over(order by enroll_date range between unbounded preceding and '1 year'::interval following
	exclude ties),
	last_value(salary) over(order by enroll_date range between unbounded preceding and '1 year'::interval following),
	salary, enroll_date from empsalary
%%
-- RANGE offset PRECEDING/FOLLOWING with null values
select x, y,
       first_value(y) over w,
       last_value(y) over w
from
  (select x, x as y from generate_series(1,5) as x
   union all select null, 42
   union all select null, 43) ss
window w as
  (order by x asc nulls first range between 2 preceding and 2 following)
%%
-- There is a syntactic ambiguity in the SQL standard.  Since
-- UNBOUNDED is a non-reserved word, it could be the name of a
-- function parameter and be used as an expression.  There is a
-- grammar hack to resolve such cases as the keyword.  The following
-- tests record this behavior.

CREATE FUNCTION unbounded_syntax_test1a(x int) RETURNS TABLE (a int, b int, c int)
LANGUAGE SQL
BEGIN ATOMIC
  SELECT sum(unique1) over (rows between x preceding and x following),
         unique1, four
  FROM tenk1 WHERE unique1 < 10;
END
%%
CREATE FUNCTION unbounded_syntax_test2a(unbounded int) RETURNS TABLE (a int, b int, c int)
LANGUAGE SQL
BEGIN ATOMIC
  SELECT sum(unique1) over (rows between unbounded preceding and unbounded following),
         unique1, four
  FROM tenk1 WHERE unique1 < 10;
END
%%
DROP FUNCTION unbounded_syntax_test1a, unbounded_syntax_test1b,
              unbounded_syntax_test2a, unbounded_syntax_test2b
%%
DROP FUNCTION unbounded
%%
select x, last_value(x) over (order by x desc range between current row and 5 following)
from generate_series(-2147483646, -2147483644) x
%%
select id, f_float4, first_value(id) over w, last_value(id) over w
from numerics
window w as (order by f_float4 range between
             1 preceding and 1.1::float4 following)
%%
select id, f_float4, first_value(id) over w, last_value(id) over w
from numerics
window w as (order by f_float4 range between
             1.1 preceding and 'NaN' following)
%%
select id, f_float8, first_value(id) over w, last_value(id) over w
from numerics
window w as (order by f_float8 range between
             'inf' preceding and 'inf' preceding)
%%
select id, f_numeric, first_value(id) over w, last_value(id) over w
from numerics
window w as (order by f_numeric range between
             1 preceding and 1.1::numeric following)
%%
select id, f_numeric, first_value(id) over w, last_value(id) over w
from numerics
window w as (order by f_numeric range between
             'inf' following and 'inf' following)
%%
select id, f_time, first_value(id) over w, last_value(id) over w
from datetimes
window w as (order by f_time desc range between
             '70 min' preceding and '2 hours' following)
%%
select id, f_interval, first_value(id) over w, last_value(id) over w
from datetimes
window w as (order by f_interval desc range between
             '1 year' preceding and '1 year' following)
%%
select id, f_timestamp, first_value(id) over w, last_value(id) over w
from datetimes
window w as (order by f_timestamp desc range between
             '1 year' preceding and '1 year' following)
%%
select max(enroll_date) over (order by enroll_date range between 1 preceding and 2 following
	exclude ties), salary, enroll_date from empsalary
%%
select max(enroll_date) over (order by enroll_date range between '1 year'::interval preceding and '-2 years'::interval following
	exclude ties), salary, enroll_date from empsalary
%%
SELECT sum(unique1) over (order by four groups between 1 preceding and unbounded following),
	unique1, four
FROM tenk1 WHERE unique1 < 10
%%
SELECT sum(unique1) over (order by four groups between 2 preceding and 1 following),
	unique1, four
FROM tenk1 WHERE unique1 < 10
%%
SELECT sum(unique1) over (partition by ten
	order by four groups between 0 preceding and 0 following),unique1, four, ten
FROM tenk1 WHERE unique1 < 10
%%
select first_value(salary) over(order by enroll_date groups between 1 preceding and 1 following),
	lead(salary) over(order by enroll_date groups between 1 preceding and 1 following),
	nth_value(salary, 1) over(order by enroll_date groups between 1 preceding and 1 following),
	salary, enroll_date from empsalary
%%
-- Show differences in offset interpretation between ROWS, RANGE, and GROUPS
WITH cte (x) AS (
        SELECT * FROM generate_series(1, 35, 2)
)
SELECT x, (sum(x) over w)
FROM cte
WINDOW w AS (ORDER BY x rows between 1 preceding and 1 following)
%%
WITH cte (x) AS (
        select 1 union all select 1 union all select 1 union all
        SELECT * FROM generate_series(5, 49, 2)
)
SELECT x, (sum(x) over w)
FROM cte
WINDOW w AS (ORDER BY x range between 1 preceding and 1 following)
%%
select f1, sum(f1) over (partition by f1
                         range between 1 preceding and 1 following)
from t1 where f1 = f2
%%
select f1, sum(f1) over (partition by f1, f2 order by f2
                         range between 1 following and 2 following)
from t1 where f1 = f2
%%
select f1, sum(f1) over (partition by f1, f1 order by f2
                         groups between 2 preceding and 1 preceding)
from t1 where f1 = f2
%%
-- some other errors
SELECT * FROM empsalary WHERE row_number() OVER (ORDER BY salary) < 10
%%
DELETE FROM empsalary WHERE (rank() OVER (ORDER BY random())) > 10
%%
SELECT count() OVER () FROM tenk1
%%
-- filter

SELECT sum(salary), row_number() OVER (ORDER BY depname), sum(
    sum(salary) FILTER (WHERE enroll_date > '2007-01-01')
) FILTER (WHERE depname <> 'sales') OVER (ORDER BY depname DESC) AS "filtered_sum",
    depname
FROM empsalary GROUP BY depname
%%
-- pushdown is unsafe because there's a PARTITION BY clause without depname:
EXPLAIN (COSTS OFF)
SELECT * FROM
  (SELECT depname,
          sum(salary) OVER (PARTITION BY enroll_date) enroll_salary,
          min(salary) OVER (PARTITION BY depname) depminsalary
   FROM empsalary) emp
WHERE depname = 'sales'
%%
SELECT * FROM
  (SELECT empno,
          row_number() OVER (ORDER BY empno) rn
   FROM empsalary) emp
WHERE 2 >= rn
%%
SELECT * FROM
  (SELECT empno,
          salary,
          dense_rank() OVER (ORDER BY salary DESC) dr
   FROM empsalary) emp
WHERE dr = 1
%%
SELECT * FROM
  (SELECT empno,
          salary,
          count(empno) OVER (ORDER BY salary DESC) c
   FROM empsalary) emp
WHERE c <= 3
%%
-- Ensure we get a run condition when there's a PARTITION BY clause
EXPLAIN (COSTS OFF)
SELECT * FROM
  (SELECT empno,
          depname,
          row_number() OVER (PARTITION BY depname ORDER BY empno) rn
   FROM empsalary) emp
WHERE rn < 3
%%
-- and again, check the results are what we expect.
SELECT * FROM
  (SELECT empno,
          depname,
          salary,
          count(empno) OVER (PARTITION BY depname ORDER BY salary DESC) c
   FROM empsalary) emp
WHERE c <= 3
%%
-- Tests to ensure we don't push down the run condition when it's not valid to
-- do so.

-- Ensure we don't push down when the frame options show that the window
-- function is not monotonically increasing
EXPLAIN (COSTS OFF)
SELECT * FROM
  (SELECT empno,
          salary,
          count(*) OVER (ORDER BY salary DESC ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) c
   FROM empsalary) emp
WHERE c <= 3
%%
-- Test Sort node collapsing
EXPLAIN (COSTS OFF)
SELECT * FROM
  (SELECT depname,
          sum(salary) OVER (PARTITION BY depname order by empno) depsalary,
          min(salary) OVER (PARTITION BY depname, empno order by enroll_date) depminsalary
   FROM empsalary) emp
WHERE depname = 'sales'
%%
-- As above but adjust the ORDER BY clause to help ensure the plan with the
-- minimum amount of sorting wasn't a fluke.
EXPLAIN (COSTS OFF)
SELECT DISTINCT
       empno,
       enroll_date,
       depname,
       sum(salary) OVER (PARTITION BY depname order by empno) depsalary,
       min(salary) OVER (PARTITION BY depname order by enroll_date) depminsalary
FROM empsalary
ORDER BY depname, empno
%%
-- cleanup
DROP TABLE empsalary
%%
--
-- Test the basic moving-aggregate machinery
--

-- create aggregates that record the series of transform calls (these are
-- intentionally not true inverses)

CREATE FUNCTION logging_sfunc_nonstrict(text, anyelement) RETURNS text AS
$$ SELECT COALESCE($1, '') || '*' || quote_nullable($2) $$
LANGUAGE SQL IMMUTABLE
%%
CREATE AGGREGATE logging_agg_nonstrict_initcond (anyelement)
(
	stype = text,
	sfunc = logging_sfunc_nonstrict,
	mstype = text,
	msfunc = logging_msfunc_nonstrict,
	minvfunc = logging_minvfunc_nonstrict,
	initcond = 'I',
	minitcond = 'MI'
)
%%
CREATE AGGREGATE logging_agg_strict (text)
(
	stype = text,
	sfunc = logging_sfunc_strict,
	mstype = text,
	msfunc = logging_msfunc_strict,
	minvfunc = logging_minvfunc_strict
)
%%
SELECT
	i::text || ':' || COALESCE(v::text, 'NULL') as row,
	logging_agg_strict(v::text) filter(where true)
		over wnd as inverse,
	logging_agg_strict(v::text) filter(where random() >= 0)
		over wnd as noinverse
FROM (VALUES
	(1, 'a'),
	(2, 'b'),
	(3, 'c')
) AS t(i, v)
WINDOW wnd AS (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
ORDER BY i
%%
WITH
vs AS (
	SELECT i, (random() * 100)::int4 AS v
	FROM generate_series(1, 100) AS i
),
sum_following AS (
	SELECT i, SUM(v) OVER
		(ORDER BY i DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s
	FROM vs
)
SELECT DISTINCT
	sum_following.s = sum_int_randomrestart(v) OVER fwd AS eq1,
	-sum_following.s = sum_int_randomrestart(-v) OVER fwd AS eq2,
	100*3+(vs.i-1)*3 = length(logging_agg_nonstrict(''::text) OVER fwd) AS eq3
FROM vs
JOIN sum_following ON sum_following.i = vs.i
WINDOW fwd AS (
	ORDER BY vs.i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
)
%%
SELECT i,AVG(v::numeric) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
  FROM (VALUES(1,1.5),(2,2.5),(3,NULL),(4,NULL)) t(i,v)
%%
SELECT i,SUM(v::bigint) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
  FROM (VALUES(1,1),(2,2),(3,NULL),(4,NULL)) t(i,v)
%%
SELECT SUM(n::numeric) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
  FROM (VALUES(1,1.01),(2,2),(3,3)) v(i,n)
%%
SELECT VAR_POP(n::int) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
  FROM (VALUES(1,600),(2,470),(3,170),(4,430),(5,300)) r(i,n)
%%
SELECT VAR_SAMP(n::int) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
  FROM (VALUES(1,600),(2,470),(3,170),(4,430),(5,300)) r(i,n)
%%
SELECT VARIANCE(n::int) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
  FROM (VALUES(1,600),(2,470),(3,170),(4,430),(5,300)) r(i,n)
%%
SELECT STDDEV_POP(n::int) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
  FROM (VALUES(1,NULL),(2,600),(3,470),(4,170),(5,430),(6,300)) r(i,n)
%%
SELECT STDDEV_SAMP(n::int) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
  FROM (VALUES(1,NULL),(2,600),(3,470),(4,170),(5,430),(6,300)) r(i,n)
%%
SELECT STDDEV(n::int) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
  FROM (VALUES(0,NULL),(1,600),(2,470),(3,170),(4,430),(5,300)) r(i,n)
%%
SELECT i,SUM(v::int) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
  FROM (VALUES(1,1),(2,2),(3,NULL),(4,NULL)) t(i,v)
%%
SELECT i, b, bool_and(b) OVER w, bool_or(b) OVER w
  FROM (VALUES (1,true), (2,true), (3,false), (4,false), (5,true)) v(i,b)
  WINDOW w AS (ORDER BY i ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
%%
SELECT * FROM pg_temp.f(2)
%%
WITH RECURSIVE t(n) AS (
    SELECT (VALUES(1))
UNION ALL
    SELECT n+1 FROM t WHERE n < 5
)
SELECT * FROM t
%%
CREATE OR REPLACE RECURSIVE VIEW nums (n) AS
    VALUES (1)
UNION ALL
    SELECT n+1 FROM nums WHERE n < 6
%%
-- Test behavior with an unknown-type literal in the WITH
WITH q AS (SELECT 'foo' AS x)
SELECT x, pg_typeof(x) FROM q
%%
-- Detection of invalid self-references
WITH RECURSIVE outermost(x) AS (
 SELECT 1
 UNION (WITH innermost1 AS (
  SELECT 2
  UNION (WITH innermost2 AS (
   SELECT 3
   UNION (WITH innermost3 AS (
    SELECT 4
    UNION (WITH innermost4 AS (
     SELECT 5
     UNION (WITH innermost5 AS (
      SELECT 6
      UNION (WITH innermost6 AS
       (SELECT 7)
       SELECT * FROM innermost6))
      SELECT * FROM innermost5))
     SELECT * FROM innermost4))
    SELECT * FROM innermost3))
   SELECT * FROM innermost2))
  SELECT * FROM outermost
  UNION SELECT * FROM innermost1)
 )
 SELECT * FROM outermost ORDER BY 1
%%
-- extract all departments under 'A'. Result should be A, B, C, D and F
WITH RECURSIVE subdepartment AS
(
	-- non recursive term
	SELECT name as root_name, * FROM department WHERE name = 'A'

	UNION ALL

	-- recursive term
	SELECT sd.root_name, d.* FROM department AS d, subdepartment AS sd
		WHERE d.parent_department = sd.id
)
SELECT * FROM subdepartment ORDER BY name
%%
-- inside subqueries
SELECT count(*) FROM (
    WITH RECURSIVE t(n) AS (
        SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 500
    )
    SELECT * FROM t) AS t WHERE n < (
        SELECT count(*) FROM (
            WITH RECURSIVE t(n) AS (
                   SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 100
                )
            SELECT * FROM t WHERE n < 50000
         ) AS t WHERE n < 100)
%%
-- Another reverse-listing example
CREATE VIEW sums_1_100 AS
WITH RECURSIVE t(n) AS (
    VALUES (1)
UNION ALL
    SELECT n+1 FROM t WHERE n < 100
)
SELECT sum(n) FROM t
%%
--
-- different tree example
--
CREATE TEMPORARY TABLE tree(
    id INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES tree(id)
)
%%
-- this variant tickled a whole-row-variable bug in 8.4devel
WITH RECURSIVE t(id, path) AS (
    VALUES(1,ARRAY[]::integer[])
UNION ALL
    SELECT tree.id, t.path || tree.id
    FROM tree JOIN t ON (tree.parent_id = t.id)
)
SELECT t1.id, t2.path, t2 FROM t AS t1 JOIN t AS t2 ON
(t1.id=t2.id)
%%
with recursive search_graph(f, t, label) as (
	select * from graph0 g
	union all
	select g.*
	from graph0 g, search_graph sg
	where g.f = sg.t
) search depth first by f, t set seq
select * from search_graph order by seq
%%
with recursive search_graph(f, t, label) as (
	select * from graph0 g
	union distinct
	select g.*
	from graph0 g, search_graph sg
	where g.f = sg.t
) search breadth first by f, t set seq
select * from search_graph order by seq
%%
with recursive test as (
  select 1 as x
  union all
  select x + 1
  from test
) search breadth first by x set y
select * from test limit 5
%%
with recursive search_graph(f, t, label) as (
	select * from graph0 g
	union all
	select * from graph0 g
	union all
	select g.*
	from graph0 g, search_graph sg
	where g.f = sg.t
) search depth first by f, t set seq
select * from search_graph order by seq
%%
select * from v_search
%%
-- UNION DISTINCT exercises row type hashing support
with recursive search_graph(f, t, label, is_cycle, path) as (
	select *, false, array[row(g.f, g.t)] from graph g
	union distinct
	select g.*, row(g.f, g.t) = any(path), path || row(g.f, g.t)
	from graph g, search_graph sg
	where g.f = sg.t and not is_cycle
)
select * from search_graph
%%
with recursive search_graph(f, t, label) as (
	select * from graph g
	union distinct
	select g.*
	from graph g, search_graph sg
	where g.f = sg.t
) cycle f, t set is_cycle to 'Y' default 'N' using path
select * from search_graph
%%
-- multiple CTEs
with recursive
graph(f, t, label) as (
  values (1, 2, 'arc 1 -> 2'),
         (1, 3, 'arc 1 -> 3'),
         (2, 3, 'arc 2 -> 3'),
         (1, 4, 'arc 1 -> 4'),
         (4, 5, 'arc 4 -> 5'),
         (5, 1, 'arc 5 -> 1')
),
search_graph(f, t, label) as (
        select * from graph g
        union all
        select g.*
        from graph g, search_graph sg
        where g.f = sg.t
) cycle f, t set is_cycle to true default false using path
select f, t, label from search_graph
%%
-- various syntax errors
with recursive search_graph(f, t, label) as (
	select * from graph g
	union all
	select g.*
	from graph g, search_graph sg
	where g.f = sg.t
) cycle foo, tar set is_cycle using path
select * from search_graph
%%
with recursive search_graph(f, t, label) as (
	select * from graph g
	union all
	select g.*
	from graph g, search_graph sg
	where g.f = sg.t
) cycle f, t set is_cycle to true default false using label
select * from search_graph
%%
with recursive search_graph(f, t, label) as (
	select * from graph g
	union all
	select g.*
	from graph g, search_graph sg
	where g.f = sg.t
) search depth first by f, t set foo
  cycle f, t set is_cycle to true default false using foo
select * from search_graph
%%
select * from v_cycle2
%%
WITH RECURSIVE
   x(id) AS
     (VALUES (1) UNION ALL SELECT id+1 FROM x WHERE id < 5),
   y(id) AS
     (VALUES (1) UNION ALL SELECT id+1 FROM x WHERE id < 10)
 SELECT y.*, x.* FROM y LEFT JOIN x USING (id)
%%
INSERT INTO y SELECT generate_series(1, 10)
%%
DROP TABLE y
%%
-- EXCEPT
WITH RECURSIVE x(n) AS (SELECT 1 EXCEPT SELECT n+1 FROM x)
	SELECT * FROM x
%%
-- LEFT JOIN

WITH RECURSIVE x(n) AS (SELECT a FROM y WHERE a = 1
	UNION ALL
	SELECT x.n+1 FROM y LEFT JOIN x ON x.n = y.a WHERE n < 10)
SELECT * FROM x
%%
-- aggregate functions
WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT count(*) FROM x)
  SELECT * FROM x
%%
-- FOR UPDATE
WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM x FOR UPDATE)
  SELECT * FROM x
%%
WITH RECURSIVE foo(i) AS
    (values (1)
    UNION ALL
	   SELECT * FROM
       (SELECT i+1 FROM foo WHERE i < 10
          UNION ALL
       SELECT i+1 FROM foo WHERE i < 5) AS t
) SELECT * FROM foo
%%
-- rejects different typmod, too (should we allow this?)
WITH RECURSIVE foo(i) AS
   (SELECT i::numeric(3,0) FROM (VALUES(1),(2)) t(i)
   UNION ALL
   SELECT (i+1)::numeric(10,0) FROM foo WHERE i < 10)
SELECT * FROM foo
%%
with cte(foo) as ( select 42 ) select * from ((select foo from cte)) q
%%
--
-- test WITH attached to intermediate-level set operation
--

WITH outermost(x) AS (
  SELECT 1
  UNION (WITH innermost as (SELECT 2)
         SELECT * FROM innermost
         UNION SELECT 3)
)
SELECT * FROM outermost ORDER BY 1
%%
--
-- This test will fail with the old implementation of PARAM_EXEC parameter
-- assignment, because the "q1" Var passed down to A's targetlist subselect
-- looks exactly like the "A.id" Var passed down to C's subselect, causing
-- the old code to give them the same runtime PARAM_EXEC slot.  But the
-- lifespans of the two parameters overlap, thanks to B also reading A.
--

with
A as ( select q2 as id, (select q1) as x from int8_tbl ),
B as ( select id, row_number() over (partition by id) as r from A ),
C as ( select A.id, array(select B.id from B where B.id = A.id) from A )
select * from C
%%
-- forward reference
WITH RECURSIVE t AS (
	INSERT INTO y
		SELECT a+5 FROM t2 WHERE a > 5
	RETURNING *
), t2 AS (
	UPDATE y SET a=a-11 RETURNING *
)
SELECT * FROM t
UNION ALL
SELECT * FROM t2
%%
-- check merging of outer CTE with CTE in a rule action
CREATE TEMP TABLE bug6051 AS
  select i from generate_series(1,3) as t(i)
%%
CREATE RULE bug6051_ins AS ON INSERT TO bug6051 DO INSTEAD
 INSERT INTO bug6051_2
 VALUES(NEW.i)
%%
CREATE RULE bug6051_3_ins AS ON INSERT TO bug6051_3 DO INSTEAD
  SELECT i FROM bug6051_2
%%
-- check case where CTE reference is removed due to optimization
EXPLAIN (VERBOSE, COSTS OFF)
SELECT q1 FROM
(
  WITH t_cte AS (SELECT * FROM int8_tbl t)
  SELECT q1, (SELECT q2 FROM t_cte WHERE t_cte.q1 = i8.q1) AS t_sub
  FROM int8_tbl i8
) ss
%%
-- a truly recursive CTE in the same list
WITH RECURSIVE t(a) AS (
	SELECT 0
		UNION ALL
	SELECT a+1 FROM t WHERE a+1 < 5
), t2 as (
	INSERT INTO y
		SELECT * FROM t RETURNING *
)
SELECT * FROM t2 JOIN y USING (a) ORDER BY a
%%
ALTER TABLE withz ADD UNIQUE (k)
%%
--
-- Ensure subqueries within the update clause work, even if they
-- reference outside values
--
WITH aa AS (SELECT 1 a, 2 b)
INSERT INTO withz VALUES(1, 'insert')
ON CONFLICT (k) DO UPDATE SET v = (SELECT b || ' update' FROM aa WHERE a = 1 LIMIT 1)
%%
-- Update a row more than once, in different parts of a wCTE. That is
-- an allowed, presumably very rare, edge case, but since it was
-- broken in the past, having a test seems worthwhile.
WITH simpletup AS (
  SELECT 2 k, 'Green' v),
upsert_cte AS (
  INSERT INTO withz VALUES(2, 'Blue') ON CONFLICT (k) DO
    UPDATE SET (k, v) = (SELECT k, v FROM simpletup WHERE simpletup.k = withz.k)
    RETURNING k, v)
INSERT INTO withz VALUES(2, 'Red') ON CONFLICT (k) DO
UPDATE SET (k, v) = (SELECT k, v FROM upsert_cte WHERE upsert_cte.k = withz.k)
RETURNING k, v
%%
WITH RECURSIVE cte_basic AS (SELECT 1 a, 'cte_basic val' b)
MERGE INTO m USING (select 0 k, 'merge source SubPlan' v) o ON m.k=o.k
WHEN MATCHED THEN UPDATE SET v = (SELECT b || ' merge update' FROM cte_basic WHERE cte_basic.a = m.k LIMIT 1)
WHEN NOT MATCHED THEN INSERT VALUES(o.k, o.v)
%%
-- InitPlan
WITH cte_init AS MATERIALIZED (SELECT 1 a, 'cte_init val' b)
MERGE INTO m USING (select 1 k, 'merge source InitPlan' v offset 0) o ON m.k=o.k
WHEN MATCHED THEN UPDATE SET v = (SELECT b || ' merge update' FROM cte_init WHERE a = 1 LIMIT 1)
WHEN NOT MATCHED THEN INSERT VALUES(o.k, o.v)
%%
-- check that run to completion happens in proper ordering

TRUNCATE TABLE y
%%
WITH RECURSIVE t1 AS (
  INSERT INTO yy SELECT * FROM t2 RETURNING *
), t2 AS (
  INSERT INTO y SELECT * FROM y RETURNING *
)
SELECT 1
%%
CREATE TRIGGER y_trig AFTER INSERT ON y FOR EACH ROW
    EXECUTE PROCEDURE y_trigger()
%%
DROP FUNCTION y_trigger()
%%
INSERT INTO parent VALUES ( 1, 'p1' )
%%
WITH rcte AS ( SELECT max(id) AS maxid FROM parent )
DELETE FROM parent USING rcte WHERE id = maxid
%%
-- no RETURNING in a referenced data-modifying WITH
WITH t AS (
	INSERT INTO y VALUES(0)
)
SELECT * FROM t
%%
CREATE OR REPLACE RULE y_rule AS ON INSERT TO y DO INSTEAD NOTHING
%%
-- check that parser lookahead for WITH doesn't cause any odd behavior
create table foo (with baz)
%%
-- check response to attempt to modify table with same name as a CTE (perhaps
-- surprisingly it works, because CTEs don't hide tables from data-modifying
-- statements)
create temp table with_test (i int)
%%
--
-- Test write operations that has an underlying query that is eligible
-- for parallel plans
--
explain (costs off) create table parallel_write as
    select length(stringu1) from tenk1 group by length(stringu1)
%%
select length(stringu1) into parallel_write
    from tenk1 group by length(stringu1)
%%
refresh materialized view parallel_mat_view
%%
explain (costs off) create table parallel_write as execute prep_stmt
%%
select ''::xid8
%%
select '1'::xid8 != '1'::xid8
%%
select '1'::xid <= '2'::xid
%%
select '1'::xid8 <= '2'::xid8, '2'::xid8 <= '2'::xid8, '2'::xid8 <= '1'::xid8
%%
-- min() and max() for xid8
create table xid8_t1 (x xid8)
%%
create index on xid8_t1 using hash(x)
%%
select  pg_snapshot_xmin(snap),
	pg_snapshot_xmax(snap),
	pg_snapshot_xip(snap)
from snapshot_test order by nr
%%
-- test 64bitness

select pg_snapshot '1000100010001000:1000100010001100:1000100010001012,1000100010001013'
%%
SELECT pg_current_xact_id_if_assigned() IS NOT DISTINCT FROM xid8 :'pg_current_xact_id'
%%
SELECT pg_xact_status(:committed::text::xid8) AS committed
%%
CREATE FUNCTION test_future_xid_status(xid8)
RETURNS void
LANGUAGE plpgsql
AS
$$
BEGIN
  PERFORM pg_xact_status($1);
  RAISE EXCEPTION 'didn''t ERROR at xid in the future as expected';
EXCEPTION
  WHEN invalid_parameter_value THEN
    RAISE NOTICE 'Got expected error for xid in the future';
END;
$$
%%
SELECT * FROM xmltest
%%
SELECT xmlconcat('hello', 'you')
%%
SELECT xmlconcat(NULL, NULL)
%%
SELECT xmlelement(name employee, xmlforest(name, age, salary as pay)) FROM emp
%%
SELECT xmlelement(name foo, xml 'bar')
%%
SET xmlbinary TO hex
%%
SELECT xmlparse(content '')
%%
SELECT xmlpi(name xmlstuff)
%%
SELECT xmlpi(name xmlstuff, null)
%%
SELECT xmlroot(xml '<foo/>', version no value, standalone yes)
%%
SELECT xmlroot('<?xml version="1.1" standalone="yes"?><foo/>', version no value)
%%
SELECT xmlserialize(document 'bad' as text)
%%
SELECT xmlserialize(CONTENT  '<foo><bar><val x="y">42</val></bar></foo>' AS text NO INDENT)
%%
SELECT xmlserialize(CONTENT  '<foo><bar><val x="y">42</val></bar></foo>' AS text) = xmlserialize(CONTENT '<foo><bar><val x="y">42</val></bar></foo>' AS text NO INDENT)
%%
SELECT xmlagg(data) FROM xmltest
%%
SELECT xmlpi(name "123")
%%
SELECT xml '<!DOCTYPE a><a/><b/>'
%%
CREATE VIEW xmlview3 AS SELECT xmlelement(name element, xmlattributes (1 as ":one:", 'deuce' as two), 'content&')
%%
CREATE VIEW xmlview7 AS SELECT xmlroot(xml '<foo/>', version no value, standalone yes)
%%
SELECT xpath(NULL, NULL) IS NULL FROM xmltest
%%
SELECT xpath_exists('//town[text() = ''Toronto'']','<towns><town>Bidford-on-Avon</town><town>Cwmbran</town><town>Bristol</town></towns>'::xml)
%%
SELECT COUNT(id) FROM xmltest WHERE xmlexists('/menu/beers' PASSING BY REF data)
%%
INSERT INTO query VALUES ('/menu/beers/cost[text() = ''lots'']')
%%
SET xmloption TO DOCUMENT
%%
SELECT * FROM xmltableview1
%%
-- XMLNAMESPACES tests
SELECT * FROM XMLTABLE(XMLNAMESPACES('http://x.y' AS zz),
                      '/zz:rows/zz:row'
                      PASSING '<rows xmlns="http://x.y"><row><a>10</a></row></rows>'
                      COLUMNS a int PATH 'zz:a')
%%
SELECT * FROM XMLTABLE('.'
                       PASSING '<foo/>'
                       COLUMNS a text PATH 'foo/namespace::node()')
%%
SELECT xmltable.* FROM xmldata, LATERAL xmltable('/ROWS/ROW[COUNTRY_NAME="Japan" or COUNTRY_NAME="India"]' PASSING data COLUMNS id int PATH '@id', "COUNTRY_NAME" text, "REGION_ID" int)
%%
SELECT * FROM xmltable('/root' passing '<root><element>a1a<!-- aaaa -->a2a<?aaaaa?> <!--z-->  bbbb<x>xxx</x>cccc</element></root>' COLUMNS element text)
%%
SELECT * FROM xmltable('/x/a' PASSING '<x><a><ent>&apos;</ent></a><a><ent>&quot;</ent></a><a><ent>&amp;</ent></a><a><ent>&lt;</ent></a><a><ent>&gt;</ent></a></x>' COLUMNS ent xml)
%%
SELECT  xmltable.*
   FROM (SELECT data FROM xmldata) x,
        LATERAL XMLTABLE('/ROWS/ROW'
                         PASSING data
                         COLUMNS id int PATH '@id',
                                  _id FOR ORDINALITY,
                                  country_name text PATH 'COUNTRY_NAME' NOT NULL,
                                  country_id text PATH 'COUNTRY_ID',
                                  region_id int PATH 'REGION_ID',
                                  size float PATH 'SIZE',
                                  unit text PATH 'SIZE/@unit',
                                  premier_name text PATH 'PREMIER_NAME' DEFAULT 'not specified')
%%
SELECT xmltable.* FROM xmltest2, LATERAL xmltable('/d/r' PASSING x COLUMNS a int PATH '' || lower(_path) || 'c')
%%
SELECT * FROM XMLTABLE('*' PASSING '<e>pre<!--c1--><?pi arg?><![CDATA[&ent1]]><n2>&amp;deep</n2>post</e>' COLUMNS x xml PATH '/e/n2', y xml PATH '/')
%%
INSERT INTO testxmlschema.test1 VALUES (1, 'one'), (2, 'two'), (-1, null)
%%
INSERT INTO testxmlschema.test2 VALUES (55, 'abc', 'def',
    98.6, 2, 999, 0,
    '21:07', '21:11 +05', '2009-06-08 21:07:30', '2009-06-08 21:07:30 -07', '2009-06-08',
    NULL, 'ABC', true, 'XYZ')
%%
SELECT table_to_xml('testxmlschema.test1', true, true, '')
%%
SELECT table_to_xmlschema('testxmlschema.test1', true, true, '')
%%
SELECT table_to_xml_and_xmlschema('testxmlschema.test1', true, true, 'foo')
%%
DECLARE xc CURSOR WITH HOLD FOR SELECT * FROM testxmlschema.test1 ORDER BY 1, 2
%%
SELECT cursor_to_xml('xc'::refcursor, 5, true, false, '')
%%
SELECT schema_to_xmlschema('testxmlschema', false, true, '')
%%
CREATE DOMAIN testdatexmldomain AS date
%%
