-- For clusters with file_fdw.
create extension file_fdw;
create server files foreign data wrapper file_fdw;
create foreign table foreign_rows (a text) server files options (filename '/dev/null');
create view v_foreign as select a from foreign_rows;
create view v_of_v_foreign as select * from v_foreign;
create table mixed (a text, k text) partition by list (k);
create table mixed_here partition of mixed for values in ('h');
create foreign table mixed_there partition of mixed for values in ('t') server files options (filename '/dev/null');
create materialized view m_foreign as select * from foreign_rows;
create function count_foreign() returns bigint language sql as 'select count(*) from foreign_rows';
