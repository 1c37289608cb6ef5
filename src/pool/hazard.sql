/* pgweir: hazard */
WITH telling(oid) AS (
    SELECT p.oid FROM pg_catalog.pg_proc p
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
)
SELECT EXISTS (
    SELECT FROM source
    WHERE pg_catalog.regexp_replace(text, E'set_config\\s*\\(([^()]|\\([^()]*\\))*,\\s*true\\s*\\)', '', 'gi')
        OPERATOR(pg_catalog.~*) pg_catalog.concat(
            'set_config|advisory_(un)?lock|pg_temp|dblink_connect|pg_settings', E'|_slot\\M|\\mset_limit\\M',
            E'|with\\s+hold|(create|into|global|local)\\s+(temp|temporary)\\M',
            E'|(^|;|\\m(begin|then|else|loop)\\M|'')\\s*(set\\s+(?!local\\M)|(reset|listen|load|prepare|discard)\\M)')
) OR EXISTS (
    SELECT FROM expression, telling
    WHERE expression.text OPERATOR(pg_catalog.~) pg_catalog.concat(':funcid ', telling.oid, E'\\M')
)
