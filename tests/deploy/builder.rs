//! Images built by buildah on a Debian made by debootstrap: neither a registry nor a daemon is needed, but root is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::tools::{kept, run};

/// The name that the base image gets here.
pub const BASE: &str = "localhost/base";

/// A store of images, removed when dropped.
pub struct Builder {
    dir: TempDir,
}

impl Builder {
    /// With an image of Debian, as small as debootstrap makes it.
    pub fn new() -> Builder {
        let builder = Builder { dir: tempfile::Builder::new().prefix("pgweir-images-").tempdir().unwrap() };
        let base = base();
        let context = base.parent().unwrap();
        builder.build("base", "FROM scratch\nADD base.tar /\n", context);
        builder
    }

    /// Where files for images may be put.
    pub fn context(&self) -> PathBuf {
        let context = self.dir.path().join("context");
        fs::create_dir_all(&context).unwrap();
        context
    }

    /// Builds the image `localhost/NAME` from a Dockerfile's text.
    pub fn build(&self, name: &str, dockerfile: &str, context: &Path) -> String {
        let file = self.dir.path().join(format!("Dockerfile.{name}"));
        fs::write(&file, dockerfile).unwrap();
        // The format of Docker: that of OCI has no HEALTHCHECK.
        let mut command = self.buildah("build");
        command
            .args(["--isolation", "chroot", "--format", "docker", "--tag"])
            .arg(format!("localhost/{name}"));
        run(command.arg("--file").arg(file).arg(context))
    }

    /// A field of an image's configuration, as a Go template says it.
    pub fn inspect(&self, image: &str, template: &str) -> String {
        let mut command = self.buildah("inspect");
        run(command.args(["--type", "image", "--format", template, image])).trim().to_owned()
    }

    /// The files of an image, as a directory.
    pub fn files(&self, image: &str) -> PathBuf {
        let container = run(self.buildah("from").args(["--quiet", "--pull-never", image]));
        run(self.buildah("mount").arg(container.trim())).trim().into()
    }

    fn buildah(&self, what: &str) -> Command {
        let mut command = Command::new("buildah");
        // Of all ways to store images vfs is the slowest, and the only one that works inside every container.
        command.args(["--storage-driver", "vfs", "--root"]).arg(self.dir.path().join("root"));
        command.arg("--runroot").arg(self.dir.path().join("run")).arg(what);
        command
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        // Lets go of mounts, without which the directory could not be removed.
        let _ = self.buildah("rm").arg("--all").output();
    }
}

/// This machine's Debian as a tar file, made once: what is built here must run there.
fn base() -> PathBuf {
    let tar = kept("base/base.tar");
    if tar.exists() {
        return tar;
    }
    let dir = tempfile::Builder::new().prefix("pgweir-debian-").tempdir().unwrap();
    let release = fs::read_to_string("/etc/os-release").unwrap();
    let suite = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap();
    run(Command::new("debootstrap").args(["--variant=minbase", suite]).arg(dir.path()));
    let unfinished = tar.with_extension("new");
    let mut pack = Command::new("tar");
    pack.arg("--create").arg("--file").arg(&unfinished).arg("--directory").arg(dir.path());
    let needless = ["./dev", "./proc", "./sys", "./var/cache/apt", "./usr/share/doc", "./usr/share/locale"];
    run(pack.args(needless.map(|path| format!("--exclude={path}/*"))).arg("."));
    fs::rename(&unfinished, &tar).unwrap();
    tar
}
