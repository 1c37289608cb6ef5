//! The `pgweir` binary: arguments, configuration, runtime, proxy, exit code.

use std::process::ExitCode;

use clap::Parser;
use pgweir::cli::{self, Arguments, Command};
use pgweir::config::{Environment, load};
use pgweir::proxy::{self, Origin};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let command = arguments.command();
    if let Command::Import { file, output } = &command {
        return cli::import(file, output.as_deref());
    }
    let origin = Origin { file: arguments.config.clone(), environment: Environment::process() };
    let loaded = match load(origin.file.as_deref(), &origin.environment) {
        Ok(loaded) => loaded,
        Err(errors) => return cli::fail(&errors),
    };
    let control = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return cli::fail(&error),
    };
    match command {
        Command::Check => control.block_on(cli::check(&loaded)),
        Command::Health { probe } => control.block_on(cli::health(&loaded.config, probe)),
        Command::Run | Command::Import { .. } => {
            let log_level = cli::start_logging(&loaded);
            match control.block_on(proxy::run(loaded.config, origin, log_level)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    tracing::error!(%error, "pgweir cannot start");
                    cli::fail(&error)
                }
            }
        }
    }
}
