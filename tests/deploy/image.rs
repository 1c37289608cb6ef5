//! The image and the package, made and used: the image serves as an ordinary user on a root that is read-only, the
//! package installs, keeps what the administrator has written, and goes without a trace.
//!
//! Of the Dockerfile everything is run but the compilation, which is replaced by the binary that cargo has built for
//! the tests (debug, so larger than the released one), and the names of base images, which no registry serves here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::builder::{BASE, Builder};
use crate::package;
use crate::support::{Cluster, PATIENCE, Process, eventually, free_port, password};
use crate::tools::{attempt, repository, run, text};

const BINARY: &str = env!("CARGO_BIN_EXE_pgweir");
/// Bytes of all files.
const LARGEST: u64 = 60_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn image_and_package() {
    assert_eq!(run(Command::new("id").arg("-u")).trim(), "0", "buildah and debootstrap need root here");
    let builder = Builder::new();
    image(&builder).await;
    package::installs(&builder);
}

#[allow(clippy::print_stdout, reason = "the size is what one wants to know")]
async fn image(builder: &Builder) {
    let context = builder.context();
    run(Command::new("strip").arg("-o").arg(context.join("pgweir")).arg(BINARY));
    let dockerfile = text("Dockerfile");
    let (_, rest) = dockerfile.split_once("FROM debian:bookworm-slim AS root\n").unwrap();
    let dockerfile = format!("FROM scratch AS build\nCOPY pgweir /pgweir\nFROM {BASE} AS root\n{rest}");
    builder.build("pgweir", &dockerfile, &context);

    let inspect =
        |field: &str| builder.inspect("localhost/pgweir", &format!("{{{{.Docker.Config.{field}}}}}"));
    assert_eq!(inspect("User"), "10001:10001");
    assert_eq!(inspect("Entrypoint"), "[pgweir]");
    assert_eq!(inspect("Healthcheck.Test"), "[CMD pgweir health ready]");
    assert_eq!(inspect("StopSignal"), "SIGTERM");
    assert_eq!(inspect("ExposedPorts"), "map[6432/tcp:{} 6433/tcp:{}]");
    let environment = inspect("Env");
    assert!(environment.contains("PGWEIR_SERVER_LISTEN=0.0.0.0:6432"), "{environment}");

    let root = builder.files("localhost/pgweir");
    let size = run(Command::new("du").args(["--summarize", "--bytes"]).arg(&root));
    let size: u64 = size.split_whitespace().next().unwrap().parse().unwrap();
    println!(
        "the image has {size} bytes, with a debug binary of {}",
        fs::metadata(root.join("usr/bin/pgweir")).unwrap().len()
    );
    assert!(size < LARGEST, "the image has {size} bytes");
    assert!(!root.join("bin/sh").exists() && !root.join("usr/bin/sh").exists(), "there is a shell");
    let authorities = fs::read_to_string(root.join("etc/ssl/certs/ca-certificates.crt")).unwrap();
    assert!(authorities.contains("BEGIN CERTIFICATE"));
    serves(&root).await;
}

/// Runs it as the image says, on a root that cannot be written.
async fn serves(root: &Path) {
    let cluster = Cluster::start().await;
    let (port, http_port) = (free_port(), free_port());
    let inside = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        let script = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && \
                      exec chroot --userspec=10001:10001 --groups= \"$0\" /usr/bin/pgweir \"$@\"";
        command.args(["--mount", "sh", "-c", script]).arg(root).args(arguments);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("PGWEIR_SERVER_LISTEN", format!("0.0.0.0:{port}"));
        command.env("PGWEIR_SERVER_HTTP_LISTEN", format!("0.0.0.0:{http_port}"));
        command.env("DATABASE_URL", cluster.url("app", "app"));
        command
    };
    let process = Process::spawn(inside(&[]).stdout(Stdio::null()).stderr(Stdio::null()));
    // What HEALTHCHECK runs.
    eventually("a container that is healthy", PATIENCE, async || {
        assert_eq!(process.status(), None, "{:?}", attempt(&mut inside(&["--version"])));
        attempt(&mut inside(&["health", "ready"])).0
    })
    .await;
    let url = format!("postgres://app:{}@127.0.0.1:{port}/app", password("app"));
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    assert_eq!(client.query_one("select 6 * 7", &[]).await.unwrap().get::<_, i32>(0), 42);
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid())).unwrap();
    assert!(status.contains("Uid:\t10001\t10001\t10001\t10001"), "{status}");
    drop(client);
    process.signal("TERM");
    assert!(process.wait(PATIENCE).await.success());
    assert!(!attempt(&mut inside(&["health", "ready"])).0);
}

/// The stage that is not run here: cargo finds there all that it wants.
#[test]
fn the_build_stage_copies_what_cargo_wants() {
    let dockerfile = text("Dockerfile");
    let (build, _) = dockerfile.split_once("FROM debian:bookworm-slim AS root\n").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut copied = BTreeSet::new();
    for line in build.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        let mut words: Vec<_> = line.split(' ').collect();
        words.pop();
        for word in words {
            run(Command::new("cp").arg("-r").arg(repository(word)).arg(dir.path()));
            copied.insert(word.to_owned());
        }
    }
    let allowed: BTreeSet<_> =
        text(".dockerignore").lines().filter_map(|l| l.strip_prefix('!').map(str::to_owned)).collect();
    assert_eq!(copied, allowed, ".dockerignore lets in what the Dockerfile copies");
    let cargo = build.split_once("cargo build ").unwrap().1;
    assert!(cargo.starts_with("--release --locked --bin pgweir "), "{cargo}");
    let metadata = ["metadata", "--locked", "--offline", "--format-version", "1", "--no-deps"];
    run(Command::new(env!("CARGO")).args(metadata).current_dir(dir.path()));
    let packages = build.split_once("--no-install-recommends ").unwrap().1.split('\n').next().unwrap();
    // The same as tests/run installs to build it, and what deploy/pgo needs.
    let needed = text("deploy/need.sh") + &text("deploy/pgo");
    for package in packages.trim_end_matches('\\').split_whitespace() {
        assert!(needed.contains(package), "{package}");
    }
}
