/* pgweir: schema */
WITH relation AS (
    SELECT c.oid, c.xmin FROM pg_catalog.pg_class c
    WHERE c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
      AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog."char"
      AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,v,m,f,p,c,S}'::pg_catalog."char"[])
)
SELECT pg_catalog.concat_ws(' ',
    (SELECT pg_catalog.sum(pg_catalog.hashtext(pg_catalog.concat(r.oid, ' ', r.xmin))) FROM relation r),
    (SELECT pg_catalog.sum(pg_catalog.hashtext(pg_catalog.concat(a.attrelid, ' ', a.attnum, ' ', a.xmin)))
     FROM pg_catalog.pg_attribute a JOIN relation r ON a.attrelid OPERATOR(pg_catalog.=) r.oid
     WHERE a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2),
    (SELECT pg_catalog.sum(pg_catalog.hashtext(pg_catalog.concat(p.oid, ' ', p.xmin)))
     FROM pg_catalog.pg_proc p WHERE p.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid),
    (SELECT pg_catalog.sum(pg_catalog.hashtext(pg_catalog.concat(o.oid, ' ', o.xmin)))
     FROM pg_catalog.pg_operator o WHERE o.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid),
    (SELECT pg_catalog.sum(pg_catalog.hashtext(pg_catalog.concat(t.oid, ' ', t.xmin)))
     FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
       AND t.typtype OPERATOR(pg_catalog.<>) 'c'::pg_catalog."char" AND t.typelem OPERATOR(pg_catalog.=) 0::pg_catalog.oid),
    (SELECT pg_catalog.sum(pg_catalog.hashtext(pg_catalog.concat(c.oid, ' ', c.xmin))) FROM pg_catalog.pg_cast c),
    (SELECT pg_catalog.sum(pg_catalog.hashtext(pg_catalog.concat(n.oid, ' ', n.xmin, ' ', n.nspname)))
     FROM pg_catalog.pg_namespace n WHERE n.nspname::pg_catalog.text OPERATOR(pg_catalog.!~) '^pg_(toast_)?temp_'),
    (SELECT pg_catalog.sum(pg_catalog.hashtext(pg_catalog.concat(s.setdatabase, ' ', s.setrole, ' ', s.xmin)))
     FROM pg_catalog.pg_db_role_setting s))
