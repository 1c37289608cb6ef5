//! Files that a configuration names: whether they can be read, and by whom else.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::super::problem::{Origin, Wrong};
use super::super::settings::{Slot, Written};
use super::super::url;
use super::reader::Reader;

/// Complains unless the file can be opened now.
pub fn check_readable(reader: &mut Reader<'_>, slot: &Slot, path: &Path) {
    let error = match File::open(path).and_then(|file| file.metadata()) {
        Ok(metadata) if metadata.is_dir() => "it is a directory".to_owned(),
        Ok(_) => return,
        Err(error) => error.to_string(),
    };
    let what = format!("{} cannot be read: {error}", path.display());
    reader.complain(slot, Wrong::new(what, "write the path of a file that pgweir's user may read"));
}

/// Warns if everybody on the machine may read the file.
pub fn check_private(reader: &mut Reader<'_>, path: &Path, what: &str) {
    let Ok(metadata) = fs::metadata(path) else { return };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o007 != 0 {
        let path = path.display();
        reader.warn(format!(
            "{what} ({path}) is open to everybody on this machine (mode {mode:04o}): chmod 0640 {path}"
        ));
    }
}

/// Warns if the configuration file holds secrets and is open to everybody.
pub fn check_secrets(reader: &mut Reader<'_>) {
    let secrets = reader.settings.slots().filter(|(slot, _)| slot.about().is_some_and(|key| key.is_secret()));
    let holder = secrets.flat_map(|(_, settings)| settings).find_map(|setting| match &setting.origin {
        Origin::File { path, .. } if holds_secret(&setting.written) => Some(path.clone()),
        _ => None,
    });
    if let Some(path) = holder {
        check_private(reader, &path, "the file with passwords");
    }
}

fn holds_secret(written: &Written) -> bool {
    match written {
        Written::List(items) => items.iter().any(holds_secret),
        Written::Text(text) if text.contains("://") => {
            url::parse(text).is_ok_and(|p| p.backend.password.is_some())
        }
        Written::Text(_) => true,
        _ => false,
    }
}
