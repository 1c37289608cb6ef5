//! What can be done with POST: the console's commands, by the same methods.

use std::future::Future;
use std::time::Duration;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, json, problem, problem_with};
use super::query::Query;
use crate::admin::control::{Control, ControlError};
use crate::config::DatabaseName;
use crate::observe::SocketId;
use crate::pool::Scope;

/// What takes longer goes on without whoever asked; it is told so.
const PATIENCE: Duration = Duration::from_secs(5);

/// A command: the last part of its path, and the parameters that it takes.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    pub name: &'static str,
    pub parameters: &'static [&'static str],
    does: Does,
}

#[derive(Clone, Copy, Debug)]
enum Does {
    Pause,
    Resume,
    Reconnect,
    Kill,
    KillClient,
    Disable,
    Enable,
    Reload,
    ResetBreakers,
}

const fn action(name: &'static str, parameters: &'static [&'static str], does: Does) -> Action {
    Action { name, parameters, does }
}

/// Every action.
pub const ACTIONS: &[Action] = &[
    action("pause", &["database"], Does::Pause),
    action("resume", &["database"], Does::Resume),
    action("reconnect", &["database"], Does::Reconnect),
    action("kill", &["database"], Does::Kill),
    action("kill_client", &["id"], Does::KillClient),
    action("disable", &["database"], Does::Disable),
    action("enable", &["database"], Does::Enable),
    action("reload", &[], Does::Reload),
    action("reset_breakers", &["backend"], Does::ResetBreakers),
];

/// Carries it out.
pub async fn act(control: &dyn Control, action: &Action, query: &Query) -> Answer {
    match carry_out(control, action.does, query).await {
        Ok(Done::Is(value)) => json(StatusCode::OK, &value),
        Ok(Done::GoesOn) => {
            let value =
                json!({ "status": "accepted", "detail": "it goes on until it is done, or undone by resume" });
            json(StatusCode::ACCEPTED, &value)
        }
        Err(Refused::Parameter(what)) => problem(StatusCode::BAD_REQUEST, &what),
        Err(Refused::Control(error)) => refused(&error),
    }
}

enum Done {
    Is(Value),
    GoesOn,
}

enum Refused {
    Parameter(String),
    Control(ControlError),
}

impl From<ControlError> for Refused {
    fn from(error: ControlError) -> Self {
        Self::Control(error)
    }
}

async fn carry_out(control: &dyn Control, does: Does, query: &Query) -> Result<Done, Refused> {
    let scope = query.get("database").map_or(Scope::All, |name| Scope::One(DatabaseName::from(name)));
    let database = || query.need("database").map(DatabaseName::from).map_err(Refused::Parameter);
    let ok = json!({ "status": "done" });
    Ok(Done::Is(match does {
        Does::Pause => return within(control.pause(&scope), |()| ok).await,
        Does::Resume => control.resume(&scope).map(|()| ok)?,
        Does::Reconnect => json!({ "status": "done", "connections": control.reconnect(&scope)? }),
        Does::Kill => {
            let killed = control.kill(&scope).await?;
            json!({ "status": "done", "clients": killed.clients, "connections": killed.connections })
        }
        Does::KillClient => {
            let id = query.need("id").map_err(Refused::Parameter)?;
            let wrong = || Refused::Parameter(format!("{id:?} is no number of a client"));
            control.kill_client(SocketId(id.parse().map_err(|_| wrong())?)).map(|()| ok)?
        }
        Does::Disable => control.disable(&database()?).map(|()| ok)?,
        Does::Enable => control.enable(&database()?).map(|()| ok)?,
        Does::Reload => {
            let changes = control.reload().await?;
            let change = |c: &crate::config::Change| {
                let effect = match c.effect {
                    crate::config::Effect::Now => "now",
                    crate::config::Effect::Restart => "restart",
                };
                json!({ "key": c.key, "old": c.old, "new": c.new, "effect": effect })
            };
            json!({ "status": "done", "changes": changes.iter().map(change).collect::<Vec<_>>() })
        }
        Does::ResetBreakers => {
            let backend = query.get("backend");
            match (control.reset_breakers(backend), backend) {
                (0, Some(backend)) => {
                    return Err(Refused::Parameter(format!("there is no backend {backend:?}")));
                }
                (reset, _) => json!({ "status": "done", "breakers": reset }),
            }
        }
    }))
}

async fn within<T>(
    waits: impl Future<Output = Result<T, ControlError>>,
    done: impl FnOnce(T) -> Value,
) -> Result<Done, Refused> {
    match tokio::time::timeout(PATIENCE, waits).await {
        Ok(result) => Ok(Done::Is(done(result?))),
        Err(_) => Ok(Done::GoesOn),
    }
}

fn refused(error: &ControlError) -> Answer {
    let code = match error.code() {
        "3D000" | "42704" => StatusCode::NOT_FOUND,
        "55000" | "57014" => StatusCode::CONFLICT,
        "F0000" => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let text = error.detail().map_or(error.to_string(), |detail| format!("{error}: {detail}"));
    problem_with(code, &text, error.hint().as_deref())
}
