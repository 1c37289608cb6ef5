//! Requests that concern only where a session's statements go: answered here, by no backend.
//!
//! They take effect at once and are not undone by a ROLLBACK.

use std::sync::Arc;

use bytes::{BufMut, BytesMut};

use super::command::{Command, LSN_QUERY};
use crate::route::freshness::show_token;
use crate::session::relay::Relay;
use crate::session::serve::Session;
use crate::session::statements::Statement;
use crate::wire::client::{self, BindNames, Parse, Target};
use crate::wire::frame::{self, HEADER, Header};
use crate::wire::server::{self, TransactionStatus};
use crate::wire::{encode, error::Report};

/// What became of the request at the front.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::session) enum Own {
    /// It is a backend's.
    No,
    /// It has been answered, and is gone.
    Answered,
    /// It is another one now, for a backend.
    Changed,
    /// It is to be answered once everything before it has been.
    Waits,
}

/// The type `text`.
const TEXT: i32 = 25;

impl Session {
    /// Deals with the request at the front if it is one of ours, and if everything before it has been answered.
    pub(in crate::session) fn own_request(&mut self, relay: &mut Relay, header: &Header) -> Own {
        let first = match header.tag {
            client::QUERY | client::PARSE | client::BIND | client::DESCRIBE => true,
            // Names are ours; without a connection there is nobody else to ask.
            client::CLOSE => self.lease.is_none(),
            _ => false,
        };
        if !first || relay.unsynced || relay.pending.skipping {
            return Own::No;
        }
        if matches!(header.tag, client::QUERY | client::PARSE) && asks_lsn(relay, header) {
            return Own::Changed;
        }
        if self.txn == TransactionStatus::Failed {
            return Own::No;
        }
        let Some(talk) = self.talk_of_ours(relay) else { return Own::No };
        if !relay.pending.is_empty() {
            return Own::Waits;
        }
        let len = talk.len;
        let out = self.act(talk.steps);
        relay.up.drop_frame(len);
        relay.down.insert(&out);
        self.mark(relay);
        Own::Answered
    }

    /// A whole request, if every frame of it is ours.
    fn talk_of_ours(&self, relay: &Relay) -> Option<Talk> {
        let mut rest = relay.up.unscanned();
        let mut talk = Talk::default();
        loop {
            let header = frame::header(rest).ok()??;
            let body = frame::body(rest, &header)?;
            talk.len += header.len;
            rest = &rest[header.len..];
            match header.tag {
                client::QUERY => {
                    let sql = client::query(body).ok()?;
                    let command = Command::of(sql)?;
                    talk.steps.push(Step::Describe(command.clone(), Quiet::Yes));
                    talk.steps.push(Step::Run(command.clone(), command.tag(sql)));
                    break;
                }
                client::SYNC => break,
                tag => talk.frame(self, tag, body)?,
            }
        }
        Some(talk)
    }

    /// Does what was asked for.
    fn act(&mut self, steps: Vec<Step>) -> BytesMut {
        let mut out = BytesMut::new();
        for step in steps {
            if let Err(report) = self.act_on(step, &mut out) {
                report.encode(&mut out);
                break;
            }
        }
        encode::ready_for_query(&mut out, self.txn);
        out
    }

    fn act_on(&mut self, step: Step, out: &mut BytesMut) -> Result<(), Box<Report>> {
        match step {
            Step::Say(tag) => encode::empty(out, tag),
            Step::Parse(name, statement) => {
                if name.is_empty() {
                    self.names.unnamed = Some(statement);
                } else {
                    self.names.insert(name, statement);
                }
                self.entry.set_prepared(self.names.len());
                encode::empty(out, server::PARSE_COMPLETE);
            }
            Step::Close(name) => {
                if name.is_empty() {
                    self.names.unnamed = None;
                }
                self.names.remove(&name);
                self.entry.set_prepared(self.names.len());
                encode::empty(out, server::CLOSE_COMPLETE);
            }
            Step::Parameters => encode::frame(out, server::PARAMETER_DESCRIPTION, |out| out.put_i16(0)),
            Step::Describe(command, quiet) => describe(&command, quiet, out),
            Step::Run(command, tag) => {
                if let Some(value) = self.obey_command(command)? {
                    encode::frame(out, server::DATA_ROW, |out| {
                        out.put_i16(1);
                        out.put_i32(value.len() as i32);
                        out.put_slice(value.as_bytes());
                    });
                }
                encode::frame(out, server::COMMAND_COMPLETE, |out| encode::put_cstr(out, tag));
            }
        }
        Ok(())
    }

    /// Carries out a command; the value that it shows, if it shows one.
    fn obey_command(&mut self, command: Command) -> Result<Option<String>, Box<Report>> {
        let Some(routing) = &mut self.routing else { return Ok(None) };
        match command {
            Command::Route(wish) => routing.wish = wish,
            Command::MinLsn(token) => routing.freshness.ask(token),
            Command::ShowRoute => return Ok(Some(routing.wish.name().to_owned())),
            Command::ShowMinLsn => return Ok(Some(show_token(routing.freshness.token()))),
            Command::ShowLsn => {}
            Command::Wrong(report) => return Err(report),
        }
        Ok(None)
    }
}

/// A request of ours, as far as it has been read.
#[derive(Default)]
struct Talk {
    len: usize,
    steps: Vec<Step>,
    /// What the portal of this request runs.
    bound: Option<(Command, &'static [u8])>,
}

enum Step {
    Parse(Box<[u8]>, Arc<Statement>),
    Say(u8),
    Parameters,
    Describe(Command, Quiet),
    Run(Command, &'static [u8]),
    Close(Box<[u8]>),
}

/// Whether it is said that there are no columns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quiet {
    Yes,
    No,
}

impl Talk {
    /// Takes in one frame; [`None`] if it is none of ours.
    fn frame(&mut self, session: &Session, tag: u8, body: &[u8]) -> Option<()> {
        match tag {
            client::PARSE => {
                let parse = Parse::view(body).ok()?;
                Command::of(parse.sql())?;
                // The backend has its own words for a name that is taken.
                if !parse.name.is_empty() && session.names.has(parse.name) {
                    return None;
                }
                let (library, strings) = (&session.context.library, session.dialect.strings);
                let meaning = || library.meaning(parse.sql(), strings);
                let statement = library.intern(parse.content, session.dialect, meaning);
                self.steps.push(Step::Parse(parse.name.into(), statement));
            }
            client::BIND => {
                let names = BindNames::view(body)?;
                self.bound = Some(self.command(session, names.statement)?);
                self.steps.push(Step::Say(server::BIND_COMPLETE));
            }
            client::DESCRIBE => {
                let command = match Target::view(tag, body).ok()?? {
                    Target::Statement(name) => {
                        self.steps.push(Step::Parameters);
                        self.command(session, name)?.0
                    }
                    Target::Portal(_) => self.bound.clone()?.0,
                };
                self.steps.push(Step::Describe(command, Quiet::No));
            }
            client::EXECUTE => {
                let (command, tag) = self.bound.clone()?;
                self.steps.push(Step::Run(command, tag));
            }
            client::CLOSE => {
                let Target::Statement(name) = Target::view(tag, body).ok()?? else { return None };
                // What PREPARE made is on the backend.
                if session.names.sql(name).is_some() {
                    return None;
                }
                self.steps.push(Step::Close(name.into()));
            }
            client::FLUSH => {}
            _ => return None,
        }
        Some(())
    }

    fn command(&self, session: &Session, name: &[u8]) -> Option<(Command, &'static [u8])> {
        let parsed = self.steps.iter().rev().find_map(|step| match step {
            Step::Parse(parsed, statement) if **parsed == *name => Some(statement),
            _ => None,
        });
        let sql = parsed.or(session.names.get(name))?.sql();
        let command = Command::of(sql)?;
        let tag = command.tag(sql);
        Some((command, tag))
    }
}

fn describe(command: &Command, quiet: Quiet, out: &mut BytesMut) {
    match command.column() {
        Some(column) => encode::frame(out, server::ROW_DESCRIPTION, |out| {
            out.put_i16(1);
            encode::put_cstr(out, column);
            out.put_i32(0);
            out.put_i16(0);
            out.put_i32(TEXT);
            out.put_i16(-1);
            out.put_i32(-1);
            out.put_i16(0);
        }),
        None if quiet == Quiet::No => encode::empty(out, server::NO_DATA),
        None => {}
    }
}

/// Puts what a backend understands in the place of `SHOW pgweir.lsn`.
fn asks_lsn(relay: &mut Relay, header: &Header) -> bool {
    let Some(body) = relay.up.next_body(header) else { return false };
    let (at, sql) = match header.tag {
        client::QUERY => (0, client::query(body).unwrap_or_default()),
        _ => match Parse::view(body) {
            Ok(parse) => (parse.name.len() + 1, parse.sql()),
            Err(_) => return false,
        },
    };
    if Command::of(sql) != Some(Command::ShowLsn) {
        return false;
    }
    let len = sql.len();
    relay.up.replace(HEADER + at, len, LSN_QUERY);
    true
}
