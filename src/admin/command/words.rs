//! A command's words, and where they stand.

/// A word, without its quotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// What it says.
    pub text: String,
    /// Where it begins, in characters from 1.
    pub at: usize,
}

/// Why a text has no words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WordsError {
    /// A quote that nothing closes.
    Unterminated(Word),
    /// More than one command: where the second begins.
    Several(usize),
}

/// The words of one command, without what ends it. `=` separates words as a blank does.
pub fn split(text: &str) -> Result<Vec<Word>, WordsError> {
    let mut words = Vec::new();
    let mut rest = text.chars().enumerate().map(|(i, c)| (i + 1, c)).peekable();
    let mut ended = false;
    while let Some((at, c)) = rest.next() {
        if c.is_whitespace() || c == '=' {
            continue;
        }
        if c == ';' {
            ended = true;
            continue;
        }
        if ended {
            return Err(WordsError::Several(at));
        }
        let mut word = String::new();
        if c == '"' || c == '\'' {
            loop {
                match rest.next() {
                    // Doubled it stands for itself.
                    Some((_, next)) if next == c && rest.next_if(|(_, more)| *more == c).is_none() => break,
                    Some((_, next)) => word.push(next),
                    None => return Err(WordsError::Unterminated(Word { text: word, at })),
                }
            }
        } else {
            word.push(c);
            while let Some((_, next)) = rest.next_if(|(_, c)| !c.is_whitespace() && !matches!(c, '=' | ';')) {
                word.push(next);
            }
        }
        words.push(Word { text: word, at });
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(String, usize)> {
        split(text).unwrap().into_iter().map(|word| (word.text, word.at)).collect()
    }

    #[test]
    fn words_and_their_places() {
        assert_eq!(texts(" PAUSE  app ;; "), [("PAUSE".into(), 2), ("app".into(), 9)]);
        assert_eq!(texts("set a='x y'"), [("set".into(), 1), ("a".into(), 5), ("x y".into(), 7)]);
        assert_eq!(texts("kill \"my \"\"db\"\"\""), [("kill".into(), 1), ("my \"db\"".into(), 6)]);
        assert_eq!(texts("é x"), [("é".into(), 1), ("x".into(), 3)]);
        assert_eq!(texts("show ''"), [("show".into(), 1), (String::new(), 6)]);
    }

    #[test]
    fn what_is_no_command() {
        assert_eq!(split("show a; show b"), Err(WordsError::Several(9)));
        assert!(matches!(split("kill 'a"), Err(WordsError::Unterminated(word)) if word.at == 6));
    }
}
