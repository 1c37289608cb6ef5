//! What a client is told of its settings: what the backend reports, with what the client itself has asked for.

use bytes::BytesMut;

use super::roster::Entry;
use crate::backend::Reported;
use crate::pool::{Basis, Told};
use crate::wire::encode;

/// What a client is told whose startup parameters are those that `basis` was made for.
pub(super) fn of((parameters, greeting): &Basis, entry: &Entry) -> Told {
    let name = entry.application_name.lock().clone();
    let mut reported = Reported::default();
    let mut frames = BytesMut::new();
    for (key, value) in parameters.iter() {
        let changed = greeting.parameters.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        let changed = if key == "application_name" && !name.is_empty() { Some(&*name) } else { changed };
        let value = changed.unwrap_or(value).as_bytes();
        reported.note(key.as_bytes(), value);
        encode::parameter_status(&mut frames, key.as_bytes(), value);
    }
    let reported = entry.identity.pool.share_report(reported);
    Told { frames: frames.freeze(), reported }
}
