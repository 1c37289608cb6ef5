//! What pgweir is to reach (`targets.toml`), and whether it does.

use std::fmt::Write;

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Outcome;
use crate::pooler::Tls;
use crate::report::Report;
use crate::workload::{Case, Workload};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    target: Vec<Target>,
}

/// A bound for one figure, or for its ratio to another.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    workload: Workload,
    figure: String,
    against: Option<String>,
    at_least: Option<f64>,
    at_most: Option<f64>,
}

/// All of them.
///
/// # Errors
/// The file makes no sense.
pub fn all() -> Outcome<Vec<Target>> {
    let table: Table = toml::from_str(include_str!("targets.toml"))?;
    Ok(table.target)
}

impl Target {
    fn name(&self) -> String {
        let (sign, bound) = self.bound();
        let of = self.against.as_ref().map(|against| format!(" x {against}")).unwrap_or_default();
        format!("{}: {} {sign} {bound}{of}", self.case().name(), self.figure)
    }

    fn bound(&self) -> (&'static str, f64) {
        match (self.at_least, self.at_most) {
            (Some(least), _) => (">=", least),
            (None, most) => ("<=", most.unwrap_or(f64::NAN)),
        }
    }

    fn case(&self) -> Case {
        Case { workload: self.workload, tls: Tls::Off }
    }

    fn measured(&self, report: &Report) -> Option<f64> {
        let Some(against) = &self.against else { return report.median(self.case(), &self.figure) };
        match Workload::from_str(against, false) {
            Ok(workload) => {
                let other = report.median(Case { workload, tls: Tls::Off }, &self.figure)?;
                Some(report.median(self.case(), &self.figure)? / other)
            }
            Err(_) => report.ratio(self.case(), against, &self.figure),
        }
    }

    fn met(&self, value: f64) -> bool {
        match self.bound() {
            (">=", bound) => value >= bound,
            (_, bound) => value <= bound,
        }
    }
}

/// Target, measured, met; of the workloads that ran.
pub fn table(targets: &[Target], report: &Report) -> String {
    let mut table =
        format!("\n{:<66} | {:>10} | met\n{:-<66}-|-{:->10}-|----\n", "target", "measured", "", "");
    for target in targets.iter().filter(|target| report.ran(target.case())) {
        let (measured, met) = match target.measured(report) {
            Some(value) => (format!("{value:.2}"), if target.met(value) { "yes" } else { "NO" }),
            None => ("-".to_owned(), "-"),
        };
        let _ = writeln!(table, "{:<66} | {measured:>10} | {met}", target.name());
    }
    table
}

/// The same as JSON.
pub fn json(targets: &[Target], report: &Report) -> Value {
    let one = |target: &Target| {
        let measured = target.measured(report);
        json!({
            "target": target.name(),
            "measured": measured,
            "met": measured.map(|value| target.met(value)),
        })
    };
    targets.iter().map(one).collect()
}
