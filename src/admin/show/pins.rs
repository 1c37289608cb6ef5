//! SHOW PINS: sessions that keep their backend beyond their transactions, and why.

use std::time::SystemTime;

use super::sockets::utc;
use super::{Topic, int4, row, text};

/// Pinned sessions.
pub const PINS: Topic = Topic {
    name: "PINS",
    columns: &[
        text("database"),
        text("user"),
        text("client"),
        text("link"),
        text("reason"),
        text("since"),
        int4("seconds"),
        text("statement"),
        text("application_name"),
    ],
    rows: |status| {
        let pinned = status.clients.iter().filter_map(|client| Some((&client.socket, client.pin.as_ref()?)));
        let row = |(socket, pin): (&crate::observe::SocketStatus, &crate::session::status::PinStatus)| {
            row![
                socket.database.as_ref().map_or("(nodb)", |d| d.as_str()),
                socket.user.as_ref().map_or("(nouser)", |u| u.as_str()),
                socket.id.to_string(),
                socket.link.map(|link| link.to_string()),
                pin.reason.as_str(),
                utc(pin.since),
                SystemTime::now().duration_since(pin.since).unwrap_or_default().as_secs(),
                pin.statement.as_str(),
                socket.application_name.as_str(),
            ]
        };
        pinned.map(row).collect()
    },
};
