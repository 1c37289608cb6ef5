//! The file of a unix socket: made, guarded against a living owner, removed at the end.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Our socket file; removed when dropped, unless somebody else has put one in its place.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl SocketFile {
    /// `<directory>/.s.PGSQL.<port>`, where libpq looks for it.
    pub(super) fn path(directory: &Path, port: u16) -> PathBuf {
        directory.join(format!(".s.PGSQL.{port}"))
    }

    /// Makes room at `path`: removes the socket of a process that is gone.
    ///
    /// # Errors
    /// `AddrInUse` when a process answers there, `AlreadyExists` when it is no socket.
    pub(super) fn clear(path: &Path) -> io::Result<()> {
        match fs::symlink_metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(e),
            Ok(found) if !found.file_type().is_socket() => {
                return Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "a file that is no socket is there",
                ));
            }
            Ok(_) => {}
        }
        match UnixStream::connect(path) {
            Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            // A full backlog or missing permission: somebody lives there.
            Ok(_) | Err(_) => {
                Err(io::Error::new(io::ErrorKind::AddrInUse, "another process is listening on it"))
            }
        }
    }

    /// Sets the permissions of the socket just bound at `path` and takes charge of it.
    pub(super) fn own(path: PathBuf, mode: u32) -> io::Result<Self> {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        let inode = fs::symlink_metadata(&path)?.ino();
        Ok(Self { path, inode })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
