//! How the released binary is made: everything between its two builds, with the binary that cargo has built for the
//! tests.

use std::process::Command;

use crate::tools::{repository, run};

#[test]
fn what_the_binary_is_watched_doing_works() {
    let mut rehearsal = Command::new(repository("deploy/pgo"));
    let said = run(rehearsal.arg("--rehearse").arg(env!("CARGO_BIN_EXE_pgweir")));
    assert!(said.contains("Watching it"), "{said}");
}
