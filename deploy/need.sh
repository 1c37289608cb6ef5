# Sourced by deploy/demo and tests/run: what a bare Debian machine lacks, found, and installed when we are root.

missing_packages=()
missing_others=()

# need COMMAND PACKAGE...: the packages that bring COMMAND, unless it is there.
need() {
    local command=$1
    shift
    command -v "$command" >/dev/null 2>&1 || missing_packages+=("$@")
}

# need_file PATTERN PACKAGE...: the same for a file; the pattern may have wildcards.
need_file() {
    local pattern=$1
    shift
    compgen -G "$pattern" >/dev/null || missing_packages+=("$@")
}

# A Rust toolchain is the one thing that is taken for granted, and the C compiler that its crates need is not.
need_toolchain() {
    command -v cargo >/dev/null 2>&1 || [ ! -f "$HOME/.cargo/env" ] || . "$HOME/.cargo/env"
    command -v cargo >/dev/null 2>&1 || missing_others+=("a Rust toolchain: https://rustup.rs")
    need cc gcc libc6-dev
    need make make
    # The C parts of the cryptography.
    need cmake cmake
    # PostgreSQL's parser: its C is described to Rust by libclang, which reads the compiler's own headers too.
    need_file '/usr/lib/llvm-*/lib/libclang*.so*' libclang-dev
    need_file '/usr/lib/llvm-*/lib/clang/*/include/stddef.h' libclang-dev
}

# PostgreSQL's server, with initdb, postgres and pgbench. The package may start a cluster of Debian's own on
# port 5432; nothing here touches it.
need_postgresql() {
    [ -n "$(postgresql_bin)" ] || missing_packages+=(postgresql)
}

# The directory of PostgreSQL's programs: where initdb on PATH really is, else Debian's newest version.
postgresql_bin() {
    local initdb
    if initdb=$(command -v initdb); then
        dirname "$(readlink -f "$initdb")"
        return
    fi
    initdb=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)
    [ -z "$initdb" ] || dirname "$initdb"
}

# Installs what `need` found missing, or says what to install and ends.
install_missing() {
    if [ ${#missing_others[@]} -gt 0 ]; then
        printf 'Please install %s\n' "${missing_others[@]}" >&2
        exit 2
    fi
    [ ${#missing_packages[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "Please install (Debian's names): ${missing_packages[*]}" >&2
        exit 2
    fi
    echo "Installing ${missing_packages[*]}"
    local log
    log=$(mktemp)
    if ! { apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing_packages[@]}"; } \
        >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        exit 2
    fi
    rm -f "$log"
    missing_packages=()
}

# A port of 127.0.0.1 that nobody listens on, outside the range of outgoing connections.
free_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    return 1
}
