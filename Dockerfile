# syntax=docker/dockerfile:1
# pgweir and what it needs, and nothing else: no shell, no package manager. About 17 MB.
FROM rust:1-slim-bookworm AS build
# For the C parts of the cryptography and of PostgreSQL's parser; and PostgreSQL, in front of which pgweir is watched
# before it is built for good.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev make cmake libclang-dev postgresql openssl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src ./src
# Cargo wants every target that Cargo.toml names to be there.
COPY benches ./benches
COPY deploy/pgo deploy/need.sh deploy/throwaway.sh ./deploy/
# `--build-arg PGO=off` saves two thirds of the time and costs a third and more CPU of pgweir's own for each query.
ARG PGO=on
# Without symbols: they are two thirds of the binary.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    export CARGO_PROFILE_RELEASE_STRIP=symbols \
    && if [ "$PGO" = on ]; then deploy/pgo /pgweir; else \
    cargo build --release --locked --bin pgweir && cp target/release/pgweir /pgweir; fi

FROM debian:bookworm-slim AS root
# The authorities that managed databases are signed by.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates
COPY --from=build /pgweir /image/usr/bin/pgweir
# The shared libraries it is linked to, and the files that the C library reads.
RUN cd /image \
    && ldd usr/bin/pgweir | grep -o '/[^ ]*' | xargs cp --parents --dereference --target-directory=. \
    && mkdir -p etc/ssl/certs etc/pgweir \
    && cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ \
    && echo 'hosts: files dns' >etc/nsswitch.conf \
    && echo 'pgweir:x:10001:10001::/:/usr/sbin/nologin' >etc/passwd \
    && echo 'pgweir:x:10001:' >etc/group

FROM scratch
COPY --from=root /image/ /
USER 10001:10001
# Inside a container the loopback default would reach nobody.
ENV PGWEIR_SERVER_LISTEN=0.0.0.0:6432 \
    PGWEIR_SERVER_HTTP_LISTEN=0.0.0.0:6433
EXPOSE 6432 6433
# Ready, not healthy: while its databases are away pgweir keeps clients waiting for them, and must not be replaced.
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s --retries=3 CMD ["pgweir", "health", "ready"]
# SIGTERM drains: open transactions finish first.
STOPSIGNAL SIGTERM
ENTRYPOINT ["pgweir"]
