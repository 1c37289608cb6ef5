//! `[route]` and `[databases.NAME.route]`.

use std::time::Duration;

use super::super::keys::Section;
use super::super::problem::Wrong;
use super::super::read::OptionalBytes;
use super::super::route::{Balance, OwnWrites, Route, Split};
use super::layered::Layered;
use super::reader::Reader;

/// How the statements of a database, or (`None`) of all that say nothing else, are routed.
pub fn resolve(reader: &mut Reader<'_>, database: Option<&str>) -> Route {
    let mut layered = Layered { reader, base: Section::Route, own: Section::DatabaseRoute, database };
    let zone = layered.slot("zone");
    let (safe, volatile) = (layered.slot("safe_functions"), layered.slot("volatile_functions"));
    let route = Route {
        split: if layered.get("read_write_split") { Split::On } else { Split::Off },
        balance: layered.get("balance"),
        zone: layered.reader.given(&zone),
        max_lag: layered.span("max_lag"),
        max_lag_bytes: layered.get::<OptionalBytes>("max_lag_bytes").0,
        own_writes: if layered.get("read_your_writes") { OwnWrites::Seen } else { OwnWrites::Unseen },
        safe_functions: layered.reader.list(&safe),
        volatile_functions: layered.reader.list(&volatile),
        probe_interval: layered.needed("probe_interval"),
        probe_timeout: layered.needed("probe_timeout"),
    };
    if route.balance == Balance::Zone && route.zone.is_none() {
        layered.reader.warn(format!("{zone} is not set: with balance = \"zone\" all zones are alike"));
    }
    let both = |name: &&_| route.safe_functions.contains(*name);
    if let Some(name) = route.volatile_functions.iter().find(both) {
        let what = format!("{} is in {safe} too", name.name);
        layered.reader.complain(&volatile, Wrong::new(what, "keep it in one of the two"));
    }
    route
}

impl Layered<'_, '_> {
    /// A time that cannot be off.
    fn needed(&mut self, key: &'static str) -> Duration {
        let slot = self.slot(key);
        self.span(key).unwrap_or_else(|| {
            self.reader.complain(&slot, Wrong::new("it cannot be off", "write a time, such as \"1s\""));
            Duration::from_secs(1)
        })
    }
}
