//! Carries out the commands that change something.

use pgwire::error::{ErrorInfo, PgWireError};

use super::interrupt::Interrupt;
use crate::admin::command::{Command, CommandError};
use crate::admin::control::ControlError;
use crate::admin::{Control, Controls};
use crate::config::SetError;
use crate::pool::Scope;

/// Does it, and returns the tag that says so; `None` for a command that changes nothing.
pub async fn act(
    controls: &Controls,
    command: &Command,
    interrupt: &Interrupt,
) -> Result<Option<&'static str>, PgWireError> {
    let control = controls.as_ref();
    if let Command::ResetBreakers(address) = command {
        return match (control.reset_breakers(address.as_deref()), address) {
            (0, Some(address)) => Err(misunderstood(&CommandError::UnknownBackend(address.clone()))),
            _ => Ok(Some("RESET")),
        };
    }
    let done = tokio::select! {
        done = carry_out(control, command) => done,
        () = interrupt.pressed() => Err(undo(control, command)),
    };
    done.map_err(|error| refused(&error, command))
}

/// Whoever does not want to wait any longer does not want to have it either, as PgBouncer has it.
fn undo(control: &dyn Control, command: &Command) -> ControlError {
    let undone = match command {
        Command::Pause(scope) => control.resume(scope),
        Command::Suspend => control.resume(&Scope::All),
        _ => Ok(()),
    };
    // Somebody else may have been faster.
    undone.err().filter(|error| !matches!(error, ControlError::Halt(_))).unwrap_or(ControlError::Interrupted)
}

async fn carry_out(control: &dyn Control, command: &Command) -> Result<Option<&'static str>, ControlError> {
    Ok(Some(match command {
        Command::Pause(scope) => control.pause(scope).await.map(|()| "PAUSE")?,
        Command::Resume(scope) => control.resume(scope).map(|()| "RESUME")?,
        Command::Suspend => control.suspend().await.map(|_| "SUSPEND")?,
        Command::Kill(scope) => control.kill(scope).await.map(|_| "KILL")?,
        Command::KillClient(id) => control.kill_client(*id).map(|()| "KILL_CLIENT")?,
        Command::Reconnect(scope) => control.reconnect(scope).map(|_| "RECONNECT")?,
        Command::WaitClose(scope) => control.wait_close(scope).await.map(|()| "WAIT_CLOSE")?,
        Command::Disable(database) => control.disable(database).map(|()| "DISABLE")?,
        Command::Enable(database) => control.enable(database).map(|()| "ENABLE")?,
        Command::Reload => control.reload().await.map(|_| "RELOAD")?,
        Command::Set { key, value } => control.set(&key.text, value).await.map(|()| "SET")?,
        Command::Shutdown(ending) => control.shutdown(*ending).map(|()| "SHUTDOWN")?,
        Command::Help
        | Command::Show(_)
        | Command::Setting(_)
        | Command::SetIgnored
        | Command::Statements(_)
        | Command::ResetStatements
        | Command::Transaction(_)
        | Command::ResetBreakers(_) => return Ok(None),
    }))
}

fn refused(error: &ControlError, command: &Command) -> PgWireError {
    let mut info = info(error.code(), error.to_string());
    info.detail = error.detail();
    info.hint = error.hint();
    if let (ControlError::Set(SetError::Unknown { .. }), Command::Set { key, .. }) = (error, command) {
        info.position = Some(key.at.to_string());
    }
    PgWireError::UserError(Box::new(info))
}

/// The error of a command that is none.
pub fn misunderstood(error: &CommandError) -> PgWireError {
    let mut info = info(error.code(), error.to_string());
    info.hint = Some(error.hint());
    info.position = error.position().map(|at| at.to_string());
    PgWireError::UserError(Box::new(info))
}

fn info(code: &str, message: String) -> ErrorInfo {
    let mut info = ErrorInfo::new("ERROR".into(), code.into(), message);
    info.severity_nonlocalized = Some("ERROR".into());
    info
}
