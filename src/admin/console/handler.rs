//! Answers queries, simple and extended.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{Sink, SinkExt, stream};
use pgwire::api::portal::{Format, Portal};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use pgwire::api::results::{FieldInfo, QueryResponse, Response, Tag};
use pgwire::api::stmt::QueryParser;
use pgwire::api::store::PortalStore;
use pgwire::api::{ClientInfo, ClientPortalStore, Type};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;

use super::AdminUser;
use super::act::{act, misunderstood};
use super::encode::{data_row, fields};
use super::interrupt::Interrupt;
use crate::admin::command::{self, Command, Rights, Transaction};
use crate::admin::show::{Cell, Column, ColumnType, Row, statements};
use crate::admin::{Controls, Source};

/// What pgwire keeps of a prepared statement.
pub type Statement = Command;

/// One console client's answers.
pub struct Handler {
    source: Source,
    controls: Controls,
    interrupt: Arc<Interrupt>,
    parser: Arc<Parser>,
}

/// Parses what a client prepares.
pub struct Parser {
    rights: Rights,
}

impl Handler {
    /// Answers from `source`, for this user.
    pub fn new(source: Source, controls: Controls, user: &AdminUser) -> Self {
        let parser = Arc::new(Parser { rights: user.rights });
        Self { source, controls, interrupt: user.interrupt.clone(), parser }
    }

    async fn run<C>(
        &self,
        client: &mut C,
        command: Command,
        format: Option<&Format>,
    ) -> PgWireResult<Response>
    where
        C: Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        PgWireError: From<C::Error>,
    {
        if let Some(tag) = act(&self.controls, &command, &self.interrupt).await? {
            return Ok(Response::Execution(Tag::new(tag)));
        }
        match command {
            Command::Help => {
                let mut usage = notice("Console usage");
                usage.detail = Some(command::help());
                client.feed(PgWireBackendMessage::NoticeResponse(usage.into())).await?;
                Ok(Response::Execution(Tag::new("SHOW")))
            }
            Command::SetIgnored => {
                let ignored = notice("SET has no effect on the console");
                client.feed(PgWireBackendMessage::NoticeResponse(ignored.into())).await?;
                Ok(Response::Execution(Tag::new("SET")))
            }
            Command::Transaction(Transaction::Begin) => Ok(Response::TransactionStart(Tag::new("BEGIN"))),
            Command::Transaction(Transaction::Commit) => Ok(Response::TransactionEnd(Tag::new("COMMIT"))),
            Command::Transaction(Transaction::Rollback) => Ok(Response::TransactionEnd(Tag::new("ROLLBACK"))),
            Command::Setting(setting) => {
                let columns = [Column { name: setting.name, kind: ColumnType::Text }];
                table(&columns, &[vec![Cell::from(setting.value)]], format)
            }
            Command::Show(topic) => table(topic.columns, &(topic.rows)(&(self.source)()), format),
            Command::Statements(listing) => {
                let rows = statements::rows(&(self.source)(), listing);
                table(statements::STATEMENTS.columns, &rows, format)
            }
            Command::ResetStatements => {
                (self.source)().statements.reset();
                Ok(Response::Execution(Tag::new("RESET")))
            }
            // Done above.
            _ => Ok(Response::Execution(Tag::new(""))),
        }
    }
}

fn table(columns: &[Column], rows: &[Row], format: Option<&Format>) -> PgWireResult<Response> {
    let fields = fields(columns, format)?;
    let rows: Vec<_> = rows.iter().map(|row| Ok(data_row(row, columns, &fields))).collect();
    let mut response = QueryResponse::new(Arc::new(fields), stream::iter(rows));
    response.set_command_tag("SHOW");
    Ok(Response::Query(response))
}

fn notice(message: &str) -> ErrorInfo {
    ErrorInfo::new("NOTICE".into(), "00000".into(), message.into())
}

#[async_trait]
impl SimpleQueryHandler for Handler {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let command = command::parse(query, self.parser.rights).map_err(|error| misunderstood(&error))?;
        Ok(vec![self.run(client, command, None).await?])
    }
}

#[async_trait]
impl ExtendedQueryHandler for Handler {
    type Statement = Statement;
    type QueryParser = Parser;

    fn query_parser(&self) -> Arc<Parser> {
        self.parser.clone()
    }

    async fn do_query<C>(
        &self,
        client: &mut C,
        portal: &Portal<Statement>,
        _max_rows: usize,
    ) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Statement>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let format = &portal.result_column_format;
        self.run(client, portal.statement.statement.clone(), Some(format)).await
    }
}

#[async_trait]
impl QueryParser for Parser {
    type Statement = Statement;

    async fn parse_sql<C>(&self, _: &C, sql: &str, _: &[Option<Type>]) -> PgWireResult<Option<Statement>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        command::parse(sql, self.rights).map(Some).map_err(|error| misunderstood(&error))
    }

    fn get_parameter_types(&self, _: &Statement) -> PgWireResult<Vec<Type>> {
        Ok(vec![])
    }

    fn get_result_schema(
        &self,
        command: &Statement,
        format: Option<&Format>,
    ) -> PgWireResult<Vec<FieldInfo>> {
        match command {
            Command::Show(topic) => fields(topic.columns, format),
            Command::Statements(_) => fields(statements::STATEMENTS.columns, format),
            Command::Setting(setting) => {
                fields(&[Column { name: setting.name, kind: ColumnType::Text }], format)
            }
            _ => Ok(vec![]),
        }
    }
}
