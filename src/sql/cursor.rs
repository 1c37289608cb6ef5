//! The tokens of one statement without its comments, for readers that look ahead.

use super::lexer::{Kind, Lexer, Token};
use super::text;

/// A place in a statement. Cheap to clone, so a reader that may give up works on a clone.
#[derive(Clone)]
pub struct Cursor<'a> {
    lexer: Lexer<'a>,
}

impl<'a> Cursor<'a> {
    /// Goes on where `lexer` is.
    pub fn new(lexer: &Lexer<'a>) -> Self {
        Self { lexer: lexer.clone() }
    }

    /// The next token; `None` at the statement's end, for ever.
    pub fn next(&mut self) -> Option<Token> {
        let before = self.lexer.clone();
        let token = self.lexer.find(|t| !matches!(t.kind, Kind::LineComment | Kind::BlockComment))?;
        if token.kind == Kind::Semicolon {
            self.lexer = before;
            return None;
        }
        Some(token)
    }

    /// The token that [`Self::next`] will return.
    pub fn peek(&self) -> Option<Token> {
        self.clone().next()
    }

    /// Whether the statement ends here.
    pub fn at_end(&self) -> bool {
        self.peek().is_none()
    }

    /// Takes the next token if it is of this kind.
    pub fn take(&mut self, kind: Kind) -> Option<Token> {
        let mut ahead = self.clone();
        let token = ahead.next().filter(|t| t.kind == kind)?;
        *self = ahead;
        Some(token)
    }

    /// Takes the next token if it is this keyword (given in lower case).
    pub fn keyword(&mut self, keyword: &str) -> bool {
        let mut ahead = self.clone();
        let found = ahead.next().is_some_and(|t| self.is_keyword(t, keyword));
        if found {
            *self = ahead;
        }
        found
    }

    /// Takes these keywords if all of them come next.
    pub fn keywords(&mut self, keywords: &[&str]) -> bool {
        let mut ahead = self.clone();
        let found = keywords.iter().all(|k| ahead.keyword(k));
        if found {
            *self = ahead;
        }
        found
    }

    /// Takes the next token if it is this operator.
    pub fn operator(&mut self, operator: &str) -> bool {
        let mut ahead = self.clone();
        let found =
            ahead.next().is_some_and(|t| t.kind == Kind::Operator && self.bytes(t) == operator.as_bytes());
        if found {
            *self = ahead;
        }
        found
    }

    /// Takes an identifier, folded as PostgreSQL folds it. A keyword passes for one: where it may not stand,
    /// the backend objects.
    pub fn name(&mut self) -> Option<String> {
        let mut ahead = self.clone();
        let name = ahead.next().and_then(|t| text::name(self.bytes(t), t.kind))?;
        *self = ahead;
        Some(name)
    }

    /// Takes a string constant and returns what it says.
    pub fn string(&mut self) -> Option<String> {
        let mut ahead = self.clone();
        let string = ahead.next().and_then(|t| text::string(self.bytes(t), t.kind, self.lexer.strings()))?;
        // U&'...' UESCAPE '!' says something else.
        if ahead.keyword("uescape") {
            return None;
        }
        *self = ahead;
        Some(string)
    }

    /// The text of a token.
    pub fn bytes(&self, token: Token) -> &'a [u8] {
        &self.lexer.sql()[token.start..token.end]
    }

    /// Whether the token is this keyword.
    pub fn is_keyword(&self, token: Token, keyword: &str) -> bool {
        token.kind == Kind::Word && self.bytes(token).eq_ignore_ascii_case(keyword.as_bytes())
    }
}
