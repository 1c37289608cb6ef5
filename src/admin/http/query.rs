//! The parameters of a request: what stands behind the `?` of its path.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

/// Names and values.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query(BTreeMap<String, String>);

impl Query {
    /// Reads `a=b&c=d` (application/x-www-form-urlencoded).
    ///
    /// # Errors
    /// What cannot be read, and any name that is not in `known`.
    pub fn read(text: &str, known: &[&str]) -> Result<Self, String> {
        let mut found = BTreeMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if !known.contains(&name.as_str()) {
                let takes = match known {
                    [] => "this path takes none".to_owned(),
                    known => format!("this path takes {}", known.join(", ")),
                };
                return Err(format!("there is no parameter {name:?}; {takes}"));
            }
            if found.insert(name.clone(), value).is_some() {
                return Err(format!("the parameter {name:?} stands there twice"));
            }
        }
        Ok(Self(found))
    }

    /// The value of a parameter, if it is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of one that has to be there.
    ///
    /// # Errors
    /// That it is not.
    pub fn need(&self, name: &str) -> Result<&str, String> {
        self.get(name).ok_or_else(|| format!("the parameter {name} is missing: write ?{name}=..."))
    }
}

fn decoded(text: &str) -> Result<String, String> {
    let plain = text.replace('+', " ");
    let decoded = percent_decode_str(&plain).decode_utf8().map(|text| text.into_owned());
    decoded.map_err(|_| format!("{text:?} is not UTF-8"))
}
