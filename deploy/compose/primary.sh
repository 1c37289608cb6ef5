#!/usr/bin/env bash
# Run once, by the image of PostgreSQL, when the primary's data directory has been made: a replica may stream.
set -euo pipefail

# As a variable of psql the password may hold anything.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set password="$POSTGRES_PASSWORD" <<'SQL'
create role replicator login replication password :'password';
select pg_create_physical_replication_slot('replica', true);
SQL
echo "host replication replicator all scram-sha-256" >>"$PGDATA/pg_hba.conf"
