/* pgweir: hazard */
WITH telling(pattern) AS (
    SELECT pg_catalog.concat(':funcid (', pg_catalog.string_agg(p.oid::pg_catalog.text, '|'), E')\\M')
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
      AND p.proname OPERATOR(pg_catalog.~) '^(set_config|pg_(try_)?advisory_(un)?lock(_shared|_all)?|pg_create_.*_slot)$'
), source(text) AS (
    SELECT CASE WHEN p.prosrc OPERATOR(pg_catalog.=) '' AND p.prokind OPERATOR(pg_catalog.=) ANY ('{f,p}')
                THEN pg_catalog.pg_get_functiondef(p.oid) ELSE p.prosrc END
    FROM pg_catalog.pg_proc p WHERE p.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
), expression(text) AS (
    SELECT r.ev_action::pg_catalog.text FROM pg_catalog.pg_rewrite r WHERE r.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    UNION ALL
    SELECT d.adbin::pg_catalog.text FROM pg_catalog.pg_attrdef d WHERE d.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    UNION ALL
    SELECT pg_catalog.concat(p.polqual::pg_catalog.text, p.polwithcheck::pg_catalog.text) FROM pg_catalog.pg_policy p
), member(class, oid) AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype OPERATOR(pg_catalog.=) 'e'
), volatile AS (
    SELECT p.* FROM pg_catalog.pg_proc p
    WHERE p.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid AND p.provolatile OPERATOR(pg_catalog.=) 'v'
), writing(pattern) AS (
    SELECT pg_catalog.concat(':funcid (', pg_catalog.string_agg(p.oid::pg_catalog.text, '|'), E')\\M')
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
      AND p.proname OPERATOR(pg_catalog.~) pg_catalog.concat(
          '^(setval|lowrite|lo_.*|(query|cursor|table|schema|database)_to_xml.*|ts_stat|txid_current|pg_notify',
          '|pg_logical_emit_message|pg_(cancel|terminate)_backend|pg_file_.*|brin_.*|gin_clean_pending_list)$')
), caller(class, oid, owner_class, owner) AS (
    SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid, r.oid,
           'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, r.ev_class
    FROM pg_catalog.pg_rewrite r
    UNION ALL
    SELECT c.tableoid, c.oid, 'pg_catalog.pg_type'::pg_catalog.regclass, c.contypid
    FROM pg_catalog.pg_constraint c WHERE c.contypid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
    UNION ALL SELECT p.tableoid, p.oid, p.tableoid, p.oid FROM pg_catalog.pg_policy p
    UNION ALL SELECT o.tableoid, o.oid, o.tableoid, o.oid FROM pg_catalog.pg_operator o
    UNION ALL SELECT c.tableoid, c.oid, c.tableoid, c.oid FROM pg_catalog.pg_cast c
    UNION ALL SELECT t.tableoid, t.oid, t.tableoid, t.oid FROM pg_catalog.pg_type t
)
SELECT pg_catalog.concat(EXISTS (
    SELECT FROM source
    WHERE pg_catalog.regexp_replace(text, E'set_config\\s*\\(([^()]|\\([^()]*\\))*,\\s*true\\s*\\)', '', 'gi')
        OPERATOR(pg_catalog.~*) pg_catalog.concat(
            'set_config|advisory_(un)?lock|pg_temp|dblink_connect|pg_settings', E'|_slot\\M|\\mset_limit\\M',
            E'|with\\s+hold|(create|into|global|local)\\s+(temp|temporary)\\M',
            E'|(^|;|\\m(begin|then|else|loop)\\M|'')\\s*(set\\s+(?!local\\M)|(reset|listen|load|prepare|discard)\\M)')
) OR EXISTS (
    SELECT FROM expression WHERE expression.text OPERATOR(pg_catalog.~) (SELECT pattern FROM telling)
), EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    JOIN volatile v ON d.refobjid OPERATOR(pg_catalog.=) v.oid
    JOIN caller c ON d.classid OPERATOR(pg_catalog.=) c.class AND d.objid OPERATOR(pg_catalog.=) c.oid
    WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
      AND NOT EXISTS (SELECT FROM member m WHERE m.class OPERATOR(pg_catalog.=) c.owner_class
                      AND m.oid OPERATOR(pg_catalog.=) c.owner)
) OR EXISTS (
    SELECT FROM volatile v
    WHERE (EXISTS (SELECT FROM pg_catalog.pg_proc b WHERE b.proname OPERATOR(pg_catalog.=) v.proname
                   AND b.pronamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace)
           OR v.pronargs OPERATOR(pg_catalog.=) 1::pg_catalog.int2 AND EXISTS (
               SELECT FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) v.proargtypes[0]
               AND t.typtype OPERATOR(pg_catalog.=) 'c'))
      AND NOT EXISTS (SELECT FROM member m WHERE m.oid OPERATOR(pg_catalog.=) v.oid
                      AND m.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid)
) OR EXISTS (
    SELECT FROM expression WHERE expression.text OPERATOR(pg_catalog.~) (SELECT pattern FROM writing)
))
