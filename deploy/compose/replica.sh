#!/usr/bin/env bash
# A replica that copies the primary when it has no data yet, and streams from it: replica.sh COMMAND...
set -euo pipefail

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # What a copy that was cut short has left.
    find "$PGDATA" -mindepth 1 -delete
    PGPASSWORD=$POSTGRES_PASSWORD pg_basebackup --host "$PRIMARY_HOST" --port "${PRIMARY_PORT:-5432}" \
        --username replicator --slot replica --wal-method stream --checkpoint fast --write-recovery-conf \
        --pgdata "$PGDATA"
    chmod 0700 "$PGDATA"
fi
exec "$@"
