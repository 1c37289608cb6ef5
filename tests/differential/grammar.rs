//! What sessions say, as a grammar: a word in braces stands for one of its alternatives, at random.
//!
//! `{c}` is the client's own schema and `{key}` one of its own keys for advisory locks. Left out is what
//! differs between two direct connections as well (process ids, times), what other suites are about
//! (LISTEN), and what no pooler can see (settings changed inside of functions).

mod objects;
mod settings;
mod statements;

use super::dice::Dice;

/// Words and what they stand for; an alternative that is there twice is twice as likely.
type Rule = (&'static str, &'static [&'static str]);

/// Writes one of the alternatives of `word` for this client.
pub fn write(dice: &mut Dice, client: usize, word: &str) -> String {
    match word {
        "c" => return format!("c{client}"),
        "key" => return (client * 1000 + dice.below(3)).to_string(),
        _ => {}
    }
    let rules = statements::STATEMENTS.iter().chain(objects::OBJECTS).chain(settings::SETTINGS);
    let (_, choices) =
        rules.into_iter().find(|(name, _)| *name == word).unwrap_or_else(|| panic!("no rule {word}"));
    let mut rest: &str = dice.pick(choices);
    let mut text = String::new();
    while let Some((before, behind)) = rest.split_once('{') {
        let (inner, after) = behind.split_once('}').unwrap();
        text.push_str(before);
        text.push_str(&write(dice, client, inner));
        rest = after;
    }
    text + rest
}
