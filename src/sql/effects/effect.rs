//! The kinds of effect.

/// One thing that a statement does to its session once it has succeeded.
///
/// Names of settings are in lower case; other names are as PostgreSQL folds them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Effect {
    /// `SET [SESSION] name = value` in all its forms. The value is what `set_config` takes, `None` the default.
    Set {
        /// The setting; `role`, `session_authorization` and `timezone` for their special forms.
        name: String,
        /// The value as PostgreSQL would keep it.
        value: Option<String>,
    },
    /// `RESET name`.
    Reset {
        /// The setting.
        name: String,
    },
    /// `RESET ALL`, which leaves `role` and `session_authorization` as they are.
    ResetAll,
    /// A setting changes for the session in a way that the text does not tell, or that `set_config` cannot repeat.
    UnknownSetting {
        /// The setting, if the text tells that much.
        name: Option<String>,
    },
    /// Something that ends with the transaction: `SET LOCAL`, `SET TRANSACTION`, `SET CONSTRAINTS`, or a
    /// setting that PostgreSQL keeps for a transaction only.
    SetLocal,
    /// A call of `set_config`; `None` is what the text does not tell. A value is told only where the call runs
    /// exactly once: `SELECT set_config(...), ...` with nothing else.
    SetConfig {
        /// The setting.
        name: Option<String>,
        /// The value; the function takes no other.
        value: Option<String>,
        /// How long it holds.
        local: Option<Locality>,
    },
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit(Chain),
    /// `ROLLBACK`, `ABORT`.
    Rollback(Chain),
    /// `SAVEPOINT name`.
    Savepoint {
        /// The savepoint.
        name: String,
    },
    /// `ROLLBACK TO name`.
    RollbackTo {
        /// The savepoint, which stays.
        name: String,
    },
    /// `RELEASE name`.
    Release {
        /// The savepoint, which goes, with those set after it.
        name: String,
    },
    /// `PREPARE TRANSACTION`: the transaction leaves the session, its settings stay as after a commit.
    PrepareTransaction,
    /// `COMMIT PREPARED`, `ROLLBACK PREPARED`: somebody's transaction ends.
    FinishPrepared,
    /// `DISCARD ALL`.
    DiscardAll,
    /// `DISCARD PLANS`.
    DiscardPlans,
    /// `DISCARD SEQUENCES`.
    DiscardSequences,
    /// `DISCARD TEMP`.
    DiscardTemp,
    /// `PREPARE name AS ...`.
    Prepare {
        /// The statement.
        name: String,
        /// The whole `PREPARE`, to be run again on another backend.
        text: Box<[u8]>,
    },
    /// `EXECUTE name`, also inside of `EXPLAIN` and `CREATE TABLE ... AS`.
    Execute {
        /// The statement.
        name: String,
    },
    /// `DEALLOCATE name`.
    Deallocate {
        /// The statement.
        name: String,
    },
    /// `DEALLOCATE ALL`.
    DeallocateAll,
    /// `LISTEN channel`.
    Listen {
        /// The channel.
        channel: String,
    },
    /// `UNLISTEN channel`.
    Unlisten {
        /// The channel.
        channel: String,
    },
    /// `UNLISTEN *`.
    UnlistenAll,
    /// `NOTIFY`, or a call of `pg_notify`.
    Notify,
    /// `DECLARE name CURSOR WITH HOLD`.
    DeclareHold {
        /// The cursor.
        name: String,
    },
    /// `CLOSE name`, whether or not that cursor was declared with hold.
    Close {
        /// The cursor.
        name: String,
    },
    /// `CLOSE ALL`.
    CloseAll,
    /// A temporary object is made or used, or the temporary schema enters `search_path`, where any later
    /// statement may make one.
    TempObject,
    /// A call that takes an advisory lock for the session.
    AdvisoryLock,
    /// A call that gives back advisory locks of the session.
    AdvisoryUnlock,
    /// `currval`, `lastval`: they answer from what this session drew before.
    SequenceState,
    /// A call of another function that keeps something in the session (`setseed`, `dblink_connect`...).
    SessionFunction,
    /// `DROP` of anything: perhaps of a temporary object.
    Drop,
    /// `LOAD`.
    Load,
    /// `CREATE`, `DROP`, `ALTER DATABASE`.
    Database {
        /// Databases to which other connections may be in its way: its object, a template that it names.
        names: Vec<String>,
    },
    /// The comment `/* pgweir: pin */`: the client asks to keep its backend.
    HintPin,
    /// Session state is touched in a way that the text does not tell.
    Unknown,
}

/// How long a `set_config` holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Locality {
    /// Until the session changes it again.
    Session,
    /// Until the transaction ends.
    Transaction,
}

/// What follows the end of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Chain {
    /// Nothing: the session is out of it.
    No,
    /// `AND CHAIN`: another one begins at once.
    Yes,
}
