//! One pass over a text: cuts it into statements and finds what any of them may hold.

use super::super::cursor::Cursor;
use super::super::hint::Hint;
use super::super::lexer::{Kind, Lexer, StandardStrings, Token};
use super::calls;
use super::effect::Effect;
use super::keywords::is_any;
use super::statement::{self, Head};

/// The most effects that are told of a text, so that a long one cannot fill the memory; the last is then
/// [`Effect::Unknown`].
const MOST: usize = 1000;

/// How far behind `CREATE TEMP` its `ON COMMIT DROP` is looked for, in tokens: a hostile text may begin many.
const FARTHEST_DROP: usize = 2000;

/// A pass and what it has found.
pub struct Scan<'a> {
    lexer: Lexer<'a>,
    /// Effects so far.
    pub effects: Vec<Effect>,
    /// Where the effects of each statement end.
    pub ends: Vec<usize>,
    /// Statements so far, empty ones not counted.
    pub statements: usize,
}

/// What is known of the statement under way.
struct Statement<'a> {
    head: Head,
    parentheses: usize,
    /// Open `BEGIN ATOMIC` and `CASE`, in whose midst a semicolon ends no statement.
    blocks: usize,
    /// The last words, nearest first; empty where another token stood.
    last: [&'a [u8]; 2],
}

impl<'a> Scan<'a> {
    /// Begins at the front of `sql`.
    pub fn new(sql: &'a [u8], strings: StandardStrings) -> Self {
        Self { lexer: Lexer::new(sql, strings), effects: Vec::new(), ends: Vec::new(), statements: 0 }
    }

    /// Goes over the whole text.
    pub fn run(&mut self) {
        while let Some(token) = self.lexer.next() {
            match token.kind {
                Kind::Semicolon => {}
                Kind::LineComment | Kind::BlockComment => self.comment(token),
                _ => self.statement(token),
            }
            if self.effects.len() > MOST {
                self.effects.truncate(MOST - 1);
                self.effects.push(Effect::Unknown);
            }
        }
        self.close();
    }

    /// The usual text has no effects, and no list of where they end.
    fn end_statement(&mut self) {
        if !self.effects.is_empty() {
            self.ends.resize(self.statements, 0);
            self.ends[self.statements - 1] = self.effects.len();
        }
    }

    /// What stands behind the last statement is taken for part of it.
    fn close(&mut self) {
        let all = self.effects.len();
        if all == 0 {
            return;
        }
        for end in &mut self.ends {
            *end = all.min(*end);
        }
        match self.ends.last_mut() {
            Some(last) => *last = all,
            None => self.ends.push(all),
        }
    }

    /// Adds an effect that one statement may have many times over, once.
    fn found(&mut self, effect: Effect) {
        if self.effects.last() != Some(&effect) {
            self.effects.push(effect);
        }
    }

    /// One statement, whose first token has been taken, to its semicolon.
    fn statement(&mut self, first: Token) {
        self.statements += 1;
        let before = self.effects.len();
        let end = self.rest_of_statement(first);
        for effect in &mut self.effects[before..] {
            if let Effect::Prepare { text, .. } = effect {
                *text = self.lexer.sql()[first.start..end].into();
            }
        }
        self.end_statement();
    }

    /// Returns where it ends.
    fn rest_of_statement(&mut self, first: Token) -> usize {
        let head = match first.kind {
            Kind::Word => statement::head(self.bytes(first), Cursor::new(&self.lexer), &mut self.effects),
            _ => Head::Other,
        };
        let mut statement = Statement { head, parentheses: 0, blocks: 0, last: [&[]; 2] };
        let mut next = Some(first);
        while let Some(token) = next {
            match token.kind {
                Kind::Semicolon if statement.parentheses == 0 && statement.blocks == 0 => return token.start,
                Kind::Open => statement.parentheses += 1,
                Kind::Close => statement.parentheses = statement.parentheses.saturating_sub(1),
                Kind::Word => self.word(token, &mut statement),
                Kind::QuotedName => {
                    let bytes = self.bytes(token);
                    self.name(&bytes[1..bytes.len() - 1], statement.head);
                }
                Kind::UnicodeName => self.unicode_name(token, statement.head),
                Kind::LineComment | Kind::BlockComment => self.comment(token),
                _ => {}
            }
            if !matches!(token.kind, Kind::LineComment | Kind::BlockComment) {
                let word: &[u8] = if token.kind == Kind::Word { self.bytes(token) } else { &[] };
                statement.last = [word, statement.last[0]];
            }
            next = self.lexer.next();
        }
        self.lexer.sql().len()
    }

    #[inline]
    fn word(&mut self, token: Token, statement: &mut Statement<'a>) {
        let word = self.bytes(token);
        let [previous, _] = statement.last;
        match (word.len(), word[0] | 0x20) {
            (4 | 9, b't') => self.temporary(word, statement.last),
            (7, b'e') if statement.head == Head::MayExecute => self.execute(word, previous),
            (3..=5, b'b' | b'c' | b'e') if statement.head == Head::Routine => self.block(word, statement),
            _ if calls::may_be_call(word) || may_be_temp(word) => {
                self.name(&word.to_ascii_lowercase(), statement.head);
            }
            _ => {}
        }
    }

    /// A folded name: of a function that is called, or of the temporary schema.
    fn name(&mut self, name: &[u8], head: Head) {
        let rest = Cursor::new(&self.lexer);
        let Some(next) = rest.peek() else { return };
        if next.kind == Kind::Dot && name.starts_with(b"pg_temp") {
            self.found(Effect::TempObject);
        }
        let runs = next.kind == Kind::Open && !matches!(head, Head::Told | Head::Routine);
        if let Some(effect) = runs.then(|| calls::call(name, &rest)).flatten() {
            self.found(effect);
        }
    }

    /// Names with escapes are rare, and not worth reading.
    fn unicode_name(&mut self, token: Token, head: Head) {
        let bytes = self.bytes(token);
        if bytes.contains(&b'\\') || Cursor::new(&self.lexer).keyword("uescape") {
            self.found(Effect::Unknown);
        } else {
            self.name(&bytes[3..bytes.len() - 1], head);
        }
    }

    /// `CREATE [LOCAL] TEMP ...`, `SELECT ... INTO TEMP t`; but `INSERT INTO temp` is about a table called so.
    fn temporary(&mut self, word: &[u8], [previous, before]: [&[u8]; 2]) {
        if !is_any(word, &["temp", "temporary"]) {
            return;
        }
        let into =
            is_any(previous, &["into"]) && !is_any(before, &["insert", "merge"]) && self.name_follows();
        let created = is_any(previous, &["create", "replace", "local", "global"]);
        if into || (created && !self.dropped_at_commit()) {
            self.found(Effect::TempObject);
        }
    }

    /// Whether `ON COMMIT DROP` follows: such a table never outlives its transaction.
    fn dropped_at_commit(&self) -> bool {
        let mut rest = Cursor::new(&self.lexer);
        let mut parentheses = 0_u32;
        for _ in 0..FARTHEST_DROP {
            if parentheses == 0 && rest.keywords(&["on", "commit", "drop"]) {
                return true;
            }
            match rest.next().map(|token| token.kind) {
                Some(Kind::Open) => parentheses += 1,
                Some(Kind::Close) => parentheses = parentheses.saturating_sub(1),
                Some(_) => {}
                None => return false,
            }
        }
        false
    }

    fn name_follows(&self) -> bool {
        let mut rest = Cursor::new(&self.lexer);
        !rest.keyword("from") && rest.name().is_some()
    }

    /// `CREATE TABLE ... AS EXECUTE name`.
    fn execute(&mut self, word: &[u8], previous: &[u8]) {
        if !is_any(word, &["execute"]) || !is_any(previous, &["as"]) {
            return;
        }
        let mut rest = Cursor::new(&self.lexer);
        if let Some(name) = rest.name()
            && (rest.at_end() || rest.take(Kind::Open).is_some() || rest.keyword("with"))
        {
            self.found(Effect::Execute { name });
        }
    }

    /// Bodies in SQL's standard form: `BEGIN ATOMIC ...; ... END`.
    fn block(&mut self, word: &[u8], statement: &mut Statement<'a>) {
        if statement.blocks > 0 && is_any(word, &["end"]) {
            statement.blocks -= 1;
        } else if (statement.blocks > 0 && is_any(word, &["begin", "case"]))
            || (is_any(word, &["begin"]) && Cursor::new(&self.lexer).keyword("atomic"))
        {
            statement.blocks += 1;
        }
    }

    fn comment(&mut self, token: Token) {
        if Hint::of(self.bytes(token)) == Some(Hint::Pin) {
            self.found(Effect::HintPin);
        }
    }

    fn bytes(&self, token: Token) -> &'a [u8] {
        &self.lexer.sql()[token.start..token.end]
    }
}

#[inline]
fn may_be_temp(word: &[u8]) -> bool {
    matches!(word, [b'p' | b'P', b'g' | b'G', b'_', b't' | b'T', ..])
}
