# Sourced by deploy/demo and deploy/pgo: a PostgreSQL of their own in $dir, and processes that are ended.
# They set $bin (PostgreSQL's programs) and $dir first.

# PostgreSQL refuses to serve root.
as_postgres=()
if [ "$(id -u)" = 0 ]; then
    chown postgres: "$dir"
    as_postgres=(setpriv --reuid postgres --regid postgres --clear-groups --)
fi

# end PID SIGNAL: asks, and insists after ten seconds.
end() {
    [ -n "$1" ] || return 0
    kill -"$2" "$1" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# until_true WHAT COMMAND...: twenty seconds for a command to succeed.
until_true() {
    local what=$1
    shift
    for _ in $(seq 200); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    echo "No $what within 20 seconds" >&2
    return 1
}

# A cluster in $dir/data where `postgres` has the password "secret".
init_postgresql() {
    printf 'secret\n' >"$dir/password"
    chmod a+r "$dir/password"
    (cd / && "${as_postgres[@]}" "$bin/initdb" --no-sync -U postgres -A scram-sha-256 --pwfile="$dir/password" \
        -E UTF8 --locale=C.UTF-8 -D "$dir/data") >"$dir/initdb.log" 2>&1
}

# serve NAME PORT OPTIONS...: PostgreSQL on the cluster $dir/NAME, as the last job in the background ($!).
serve() {
    local name=$1 port=$2
    shift 2
    cd / # where the account postgres may be
    "${as_postgres[@]}" "$bin/postgres" -D "$dir/$name" -F -p "$port" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories="$dir" "$@" >"$dir/$name.log" 2>&1 &
    cd "$OLDPWD"
}

# psql_at PORT OPTIONS...: the administrator there.
psql_at() {
    local port=$1
    shift
    PGPASSWORD=secret "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U postgres -d postgres "$@"
}
