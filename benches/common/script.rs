//! What a load sends for a transaction, and what the fake server says to it: bytes made once.

use crate::support::frames;

/// The query that the fake server answers with a row.
pub const ROW_SQL: &str = "SELECT abalance FROM pgbench_accounts WHERE aid = 4711";
/// The same with a parameter, as `pgbench -M extended` has it.
const PARAMETER_SQL: &str = "SELECT abalance FROM pgbench_accounts WHERE aid = $1";
/// `int4`.
const INT4: u32 = 23;

/// How a transaction is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Script {
    /// Query.
    Simple,
    /// Parse of the unnamed statement, Bind, Describe, Execute, Sync: as `pgbench -M extended`.
    Extended,
    /// Bind, Describe, Execute, Sync of a statement prepared before: as `pgbench -M prepared`.
    Prepared,
}

impl Script {
    /// What is sent once, ahead of the first transaction, if anything.
    pub fn preparation(self) -> Option<Vec<u8>> {
        (self == Self::Prepared)
            .then(|| [frames::parse("P0_1", PARAMETER_SQL, &[INT4]), frames::sync()].concat())
    }

    /// What is sent for each transaction.
    pub fn transaction(self) -> Vec<u8> {
        let execute = |name: &str| {
            let parts = [
                frames::bind("", name, &[Some(b"4711")]),
                frames::describe_portal(""),
                frames::execute("", 0),
                frames::sync(),
            ];
            parts.concat()
        };
        match self {
            Self::Simple => frames::query(ROW_SQL),
            Self::Extended => [frames::parse("", PARAMETER_SQL, &[INT4]), execute("")].concat(),
            Self::Prepared => execute("P0_1"),
        }
    }

    /// How long the fake server's answer to a transaction is, in bytes.
    pub fn answer_len(self) -> usize {
        let answers = Answers::new();
        match self {
            Self::Simple => answers.row_query.len(),
            Self::Extended => answers.parsed.len() + answers.bound.len() + answers.extended().len(),
            Self::Prepared => answers.bound.len() + answers.extended().len(),
        }
    }
}

/// The fake server's answers.
pub(super) struct Answers {
    /// To a Query for a row.
    pub(super) row_query: Vec<u8>,
    /// To any other Query.
    pub(super) query: Vec<u8>,
    /// To Parse.
    pub(super) parsed: Vec<u8>,
    /// To Bind.
    pub(super) bound: Vec<u8>,
    /// To Describe of a portal.
    pub(super) portal: Vec<u8>,
    /// To Describe of a statement.
    pub(super) statement: Vec<u8>,
    /// To Execute.
    pub(super) executed: Vec<u8>,
    /// To Close.
    pub(super) closed: Vec<u8>,
    /// To Sync.
    pub(super) ready: Vec<u8>,
}

impl Answers {
    pub(super) fn new() -> Self {
        let (head, row) = (frames::row_description(&["abalance"]), frames::data_row(&[Some(b"0")]));
        let (done, ready) = (frames::complete("SELECT 1"), frames::ready(b'I'));
        Self {
            row_query: [&head[..], &row, &done, &ready].concat(),
            query: [frames::complete("SET"), ready.clone()].concat(),
            parsed: frames::parse_complete(),
            bound: frames::bind_complete(),
            statement: [frames::parameter_description(&[INT4]), head.clone()].concat(),
            portal: head,
            executed: [row, done].concat(),
            closed: frames::close_complete(),
            ready,
        }
    }

    /// To Describe of a portal, Execute and Sync.
    fn extended(&self) -> Vec<u8> {
        [&self.portal[..], &self.executed, &self.ready].concat()
    }
}
