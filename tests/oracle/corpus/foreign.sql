# With the foreign tables of foreign.sql.

> primary foreign_table
select * from foreign_rows
select * from public.foreign_rows
select count(*) from foreign_rows f join users u on u.name = f.a
select * from v_foreign
select * from v_of_v_foreign
select * from mixed
select * from mixed_there
select count_foreign()
copy (select * from foreign_rows) to stdout
with q as (select * from v_foreign) select * from q
explain select * from foreign_rows

> replica read
select * from mixed_here
select * from m_foreign
