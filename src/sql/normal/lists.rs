//! Lists of values: elements that say the same but for their values are kept once.

use super::super::lexer::Kind;
use super::Last;
use super::buffer::Buffer;

/// How many lists within each other are looked at.
const DEEPEST: usize = 8;

/// How many elements of a list later ones are compared with.
const KEPT: usize = 4;

/// The lists that are open, and their elements with every value written as `?`.
#[derive(Default)]
pub struct Lists {
    depth: usize,
    open: Vec<List>,
    loose: Vec<u8>,
}

/// A list whose elements are being read.
struct List {
    form: Form,
    /// The depth of its commas.
    depth: usize,
    /// Where the texts are cut when the element turns out to say nothing new: before its comma.
    cut: Place,
    /// Where the element begins in the loose text.
    element: usize,
    kept: [(usize, usize); KEPT],
    count: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `IN (...)`, `ARRAY[...]`.
    Bracketed,
    /// The rows of `VALUES`, which nothing closes.
    Rows,
}

#[derive(Clone, Copy)]
struct Place {
    text: usize,
    loose: usize,
}

impl Lists {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.depth = 0;
        self.open.clear();
        self.loose.clear();
    }

    /// Whether any list is being read.
    #[inline]
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// What comes before a token: lists and elements that it ends, and the rows that it begins.
    #[inline]
    pub fn before(&mut self, kind: Kind, last: Last, text: &mut Buffer) {
        if self.is_open() {
            self.before_in_list(kind, last, text);
        }
        match kind {
            Kind::Open if last == Last::Values => self.open(Form::Rows, text),
            Kind::Close | Kind::CloseBracket => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    fn before_in_list(&mut self, kind: Kind, last: Last, text: &mut Buffer) {
        self.end_rows(kind, last, text);
        match kind {
            Kind::Comma if self.at_list() => {
                self.end_element(text);
                let cut = Place { text: text.len(), loose: self.loose.len() };
                if let Some(list) = self.open.last_mut() {
                    list.cut = cut;
                }
            }
            Kind::Close | Kind::CloseBracket if self.at_list() => self.end_list(text),
            _ => {}
        }
    }

    /// A comma has been written.
    #[inline]
    pub fn behind_comma(&mut self) {
        if self.at_list() {
            let element = self.loose.len();
            if let Some(list) = self.open.last_mut() {
                list.element = element;
            }
        }
    }

    /// A bracket has been opened.
    #[inline]
    pub fn deeper(&mut self) {
        self.depth += 1;
    }

    /// A list begins behind the bracket that has just been written.
    pub fn open_inside(&mut self, text: &Buffer) {
        self.open(Form::Bracketed, text);
    }

    /// Takes a token that is no value.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        if self.is_open() {
            self.loose.extend_from_slice(bytes);
            self.loose.push(b' ');
        }
    }

    /// Takes a value.
    #[inline]
    pub fn value(&mut self) {
        self.push(b"?");
    }

    /// The text is at its end.
    pub fn end(&mut self, text: &mut Buffer) {
        while self.is_open() {
            self.end_list(text);
        }
    }

    fn at_list(&self) -> bool {
        self.open.last().is_some_and(|list| list.depth == self.depth)
    }

    fn open(&mut self, form: Form, text: &Buffer) {
        if self.open.len() < DEEPEST {
            let cut = Place { text: text.len(), loose: self.loose.len() };
            let element = self.loose.len();
            self.open.push(List { form, depth: self.depth, cut, element, kept: [(0, 0); KEPT], count: 0 });
        }
    }

    /// Rows go on with a comma and a parenthesis; anything else ends them.
    fn end_rows(&mut self, kind: Kind, last: Last, text: &mut Buffer) {
        while self.at_list() && self.open.last().is_some_and(|list| list.form == Form::Rows) {
            if kind == Kind::Comma || (kind == Kind::Open && last == Last::Comma) {
                return;
            }
            self.end_list(text);
        }
    }

    fn end_list(&mut self, text: &mut Buffer) {
        self.end_element(text);
        self.open.pop();
        if self.open.is_empty() {
            self.loose.clear();
        }
    }

    fn end_element(&mut self, text: &mut Buffer) {
        let Some(list) = self.open.last_mut() else { return };
        let end = self.loose.len();
        let element = &self.loose[list.element..end];
        if list.kept[..list.count].iter().any(|(from, to)| &self.loose[*from..*to] == element) {
            text.truncate(list.cut.text);
            self.loose.truncate(list.cut.loose);
        } else if list.count < KEPT {
            list.kept[list.count] = (list.element, end);
            list.count += 1;
        }
    }
}
