//! The extended protocol in session mode: frames pass as they are, since names are the backend's own there.

use super::names::Name;
use crate::session::pending::{Awaited, Undo, Whose};
use crate::session::relay::Relay;
use crate::session::request::{LONGEST_READ, Step, Violation, whole};
use crate::session::serve::Session;
use crate::session::state::{Draws, Left, Trust};
use crate::sql::effects::Effects;
use crate::wire::client::{BindNames, Parse};
use crate::wire::frame::{HEADER, Header};

impl Session {
    /// Parse: statements keep their names; only what they leave behind is of interest.
    pub(in crate::session) fn parse_in_session(
        &mut self,
        relay: &mut Relay,
        header: &Header,
    ) -> Result<Step, Violation> {
        let before = self.left;
        self.left = before.max(Left::Something);
        if header.len <= LONGEST_READ {
            let Some(body) = whole(&mut relay.up, header) else {
                self.left = before;
                return Ok(Step::Incomplete);
            };
            let parse = Parse::view(body)?;
            let meaning = self.meaning(parse.sql(), None);
            relay.tally.name(parse.name, self.ticket(meaning.seen.as_ref(), || parse.sql()));
            if self.context.keeps_texts() {
                relay.tally.keep_text(parse.sql());
            }
            meaning.effects.as_slice().iter().for_each(|effect| self.leaves(effect));
            let says_all = meaning.trust < Trust::Calls && meaning.draws == Draws::No;
            if parse.name.is_empty() && meaning.effects.is_none() && says_all {
                self.left = before;
            }
            self.trusts(meaning.trust);
            self.defines(relay, &meaning);
            relay.kind = meaning.kind;
        }
        relay.unsynced = true;
        relay.pending.push(Awaited::Parse(None, Undo::Nothing, Whose::Client));
        relay.up.pass(header.len);
        Ok(Step::Next)
    }
}

/// Bind: the backend knows what names stand for; here they are only counted.
pub(in crate::session) fn bind(relay: &mut Relay, header: &Header) {
    let here = relay.up.unscanned();
    if let Some(names) = BindNames::view(&here[HEADER..here.len().min(header.len)]) {
        relay.tally.bind_name(names.portal, names.statement);
    }
    relay.pending.push(Awaited::Bind(Name::new()));
}

/// Execute.
pub(in crate::session) fn execute(relay: &mut Relay, header: &Header) {
    let here = relay.up.unscanned();
    let body = &here[HEADER..here.len().min(header.len)];
    let portal = body.split(|byte| *byte == 0).next().unwrap_or_default();
    let ticket = relay.tally.portal(portal);
    relay.tally.sends();
    relay.pending.push(Awaited::Execute(Effects::default(), ticket));
}
