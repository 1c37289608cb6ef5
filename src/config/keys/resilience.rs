//! The keys of `[retry]`, `[breaker]` and `[failover]`.

use super::{Key, Shape, key};

pub(super) const RETRY: &[Key] = &[
    key("connect_attempts", "3"),
    key("connect_base", "500ms"),
    key("connect_cap", "5s"),
    key("transaction_attempts", "5"),
    key("transaction_base", "100ms"),
    key("transaction_cap", "2s"),
    key("multiplier", "2"),
    key("errors", "40001, 40P01").shape(Shape::List),
    key("replay_max_bytes", "1MiB"),
    key("replay_max_statements", "100"),
];

pub(super) const BREAKER: &[Key] = &[
    key("enabled", "true"),
    key("consecutive_failures", "5"),
    key("failure_rate", "0.5"),
    key("window", "10s"),
    key("min_requests", "20"),
    key("open_for", "5s"),
    key("max_probes", "1"),
];

pub(super) const FAILOVER: &[Key] = &[key("timeout", "30s")];
