# syntax=docker/dockerfile:1
FROM rust:1-slim-bookworm AS build
# The C parts of the cryptography, and of PostgreSQL's parser.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev make cmake libclang-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src ./src
# Cargo wants every target that Cargo.toml names to be there.
COPY benches ./benches
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin pgweir \
    && cp target/release/pgweir /pgweir

FROM debian:bookworm-slim
# The authorities that managed databases are signed by.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin pgweir
COPY --from=build /pgweir /usr/local/bin/pgweir
USER 10001
# Inside a container the loopback default would reach nobody.
ENV PGWEIR_SERVER_LISTEN=0.0.0.0:6432 \
    PGWEIR_SERVER_HTTP_LISTEN=0.0.0.0:6433
EXPOSE 6432 6433
# SIGTERM drains: open transactions finish first.
STOPSIGNAL SIGTERM
ENTRYPOINT ["pgweir"]
