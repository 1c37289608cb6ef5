//! Settings that drivers ask for or insist on, which mean nothing here.

/// A setting that the console pretends to have.
#[derive(Debug)]
pub struct Setting {
    /// Its name, in lower case.
    pub name: &'static str,
    /// What SHOW answers.
    pub value: &'static str,
}

const SETTINGS: &[Setting] = &[
    Setting { name: "client_encoding", value: "UTF8" },
    Setting { name: "default_transaction_isolation", value: "read committed" },
    Setting { name: "transaction_isolation", value: "read committed" },
    Setting { name: "standard_conforming_strings", value: "on" },
    Setting { name: "datestyle", value: "ISO" },
    Setting { name: "timezone", value: "GMT" },
    Setting { name: "extra_float_digits", value: "1" },
    Setting { name: "application_name", value: "" },
];

/// The setting of this name, in any case.
pub fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name.eq_ignore_ascii_case(name))
}
