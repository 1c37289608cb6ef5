//! The keys of `[observe]`.

use super::{Key, key};

pub(super) const OBSERVE: &[Key] = &[
    key("statements", "true"),
    key("max_statements", "5000").restart(),
    key("slow_query_rate", "10"),
    key("slow_query_values", "false"),
];
