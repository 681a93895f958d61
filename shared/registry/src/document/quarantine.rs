//! `quarantine.toml`: the frozen principals, agents, origins, tools, resources and prompts.
//!
//! ```toml
//! principals = ["https://idp.example.com|carol"]   # ISSUER|SUBJECT
//! agents = ["claude-code"]
//! origins = ["documents"]
//! tools = [                                        # exposed names
//!   "documents_delete",
//!   { name = "tickets_delete", reason = "incident 4711", until = 2026-12-01T18:00:00Z },   # in every list
//! ]
//! resources = ["handbook://secret/*"]              # every URI that begins so
//! prompts = ["documents_summarise"]                # exposed names
//!
//! [[not_before]]                                   # ends what was issued earlier: tokens and sign-ins
//! user = "https://idp.example.com|carol"           # `user`, `agent` or both
//! agent = "claude-code"
//! instant = 2026-11-30T12:00:00Z
//! reason = "lost laptop"
//! ```
//!
//! A reason is for the people who read the folder; it is in no record.

use std::collections::BTreeMap;

use crate::document::trust::AGENT;
use crate::document::{EXPOSED_NAME, NAME, RESOURCE_PATTERN};
use crate::fault::Faults;
use crate::snapshot::{NotBefore, Quarantine};
use crate::source::{Located, Source};
use crate::table::{self, Rule, Table};

/// `ISSUER|SUBJECT`.
const PRINCIPAL: Rule = Rule {
    holds: |text| {
        let parts = text.split_once('|');
        text.len() <= 2048
            && !text.contains(char::is_control)
            && parts.is_some_and(|(issuer, subject)| !issuer.is_empty() && !subject.is_empty())
    },
    says: "be `ISSUER|SUBJECT`",
};

/// `quarantine.toml`.
#[derive(Debug, Default)]
pub struct QuarantineDocument {
    /// Frozen users, each `ISSUER|SUBJECT`.
    pub principals: Vec<Located<String>>,
    /// OAuth client ids of frozen agents.
    pub agents: Vec<Located<String>>,
    /// Names of frozen origins.
    pub origins: Vec<Located<String>>,
    /// Exposed names of frozen tools.
    pub tools: Vec<Located<String>>,
    /// URI patterns of frozen resources.
    pub resources: Vec<Located<String>>,
    /// Exposed names of frozen prompts.
    pub prompts: Vec<Located<String>>,
    /// The ends of entries, Unix seconds, by [`Quarantine::entry`].
    pub until: BTreeMap<String, u64>,
    /// The instants before which tokens and sign-ins were issued that no longer count.
    pub not_before: Vec<WrittenNotBefore>,
}

/// One `[[not_before]]`.
#[derive(Debug)]
pub struct WrittenNotBefore {
    /// The user, `ISSUER|SUBJECT`.
    pub user: Option<Located<String>>,
    /// The OAuth client id.
    pub agent: Option<Located<String>>,
    /// Unix seconds.
    pub instant: u64,
}

impl WrittenNotBefore {
    /// Its member of the record.
    #[must_use]
    pub fn compiled(&self) -> NotBefore {
        let value = |written: &Option<Located<String>>| written.as_ref().map(|written| written.value.clone());
        NotBefore { user: value(&self.user), agent: value(&self.agent), instant: self.instant }
    }
}

/// The longest reason, bytes.
const REASON_BYTES: usize = 500;

const REASON: Rule = Rule {
    holds: |text| text.len() <= REASON_BYTES && !text.contains(char::is_control),
    says: "be one line of at most 500 bytes",
};

impl QuarantineDocument {
    /// Reads `quarantine.toml`.
    pub fn read(source: &Source<'_>, faults: &mut Faults) -> Self {
        let document = table::parse(source, faults, |table, faults| {
            let mut until = BTreeMap::new();
            let mut list = |key, rule| frozen(table, key, rule, &mut until, faults);
            Self {
                principals: list("principals", &PRINCIPAL),
                agents: list("agents", &AGENT),
                origins: list("origins", &NAME),
                tools: list("tools", &EXPOSED_NAME),
                resources: list("resources", &RESOURCE_PATTERN),
                prompts: list("prompts", &EXPOSED_NAME),
                not_before: table.tables("not_before", faults, not_before).into_iter().flatten().collect(),
                until,
            }
        });
        document.unwrap_or_default()
    }
}

/// Reads one list, and puts the ends of its entries into `until`.
fn frozen(
    table: &mut Table<'_>,
    key: &'static str,
    rule: &Rule,
    until: &mut BTreeMap<String, u64>,
    faults: &mut Faults,
) -> Vec<Located<String>> {
    let entries = table.names(key, rule, faults, |table, faults| {
        table.text("reason", &REASON, faults);
        table.instant("until", faults)
    });
    let mut names = Vec::new();
    for (name, end) in entries {
        if let Some(end) = end.flatten() {
            until.insert(Quarantine::entry(key, &name.value), end.value);
        }
        names.push(name);
    }
    names
}

fn not_before(table: &mut Table<'_>, faults: &mut Faults) -> Option<WrittenNotBefore> {
    table.text("reason", &REASON, faults);
    if table.is_absent("user") && table.is_absent("agent") {
        faults.error(table.place(), "`user`, `agent` or both must say whose tokens end".to_owned(), None);
    }
    if table.is_absent("instant") {
        faults.error(table.place(), "`instant` is missing".to_owned(), None);
    }
    let (user, agent) = (table.text("user", &PRINCIPAL, faults), table.text("agent", &AGENT, faults));
    let instant = table.instant("instant", faults)?.value;
    (user.is_some() || agent.is_some()).then_some(WrittenNotBefore { user, agent, instant })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (QuarantineDocument, Vec<String>) {
        let mut faults = Faults::default();
        let document = QuarantineDocument::read(&Source::new("quarantine.toml", text), &mut faults);
        let faults = faults.into_sorted().into_iter();
        (document, faults.map(|fault| format!("{}: {}", fault.place.line, fault.message)).collect())
    }

    #[test]
    fn entry_has_an_end_or_none() {
        let (document, faults) = read(
            r#"tools = ["a", { name = "b", until = 1970-01-01T01:00:00+00:30 }, { name = "c", reason = "why" }]
            [[not_before]]
            user = "https://idp|carol"
            instant = 1970-01-01T00:00:07Z"#,
        );
        assert_eq!(faults, [""; 0]);
        let tools: Vec<_> = document.tools.iter().map(|tool| tool.value.as_str()).collect();
        assert_eq!(tools, ["a", "b", "c"]);
        assert_eq!(document.until, BTreeMap::from([("tools/b".to_owned(), 1800)]));
        let user = Some("https://idp|carol".to_owned());
        assert_eq!(document.not_before[0].compiled(), NotBefore { user, agent: None, instant: 7 });
    }

    #[test]
    fn entry_that_says_nothing_is_a_fault() {
        for (text, expected) in [
            ("tools = [{ reason = \"x\" }]", "1: `name` is missing"),
            ("tools = [\"a\", { name = \"a\" }]", "1: `a` is twice in `tools`"),
            ("tools = [{ name = \"a\", untill = 1970-01-01T00:00:00Z }]", "1: unknown key `untill`"),
            (
                "tools = [{ name = \"a\", until = 2026-12-01 }]",
                "1: `until` must be a date and time with offset, such as 2026-12-01T18:00:00Z, not `2026-12-01`",
            ),
            (
                "tools = [{ name = \"a\", until = \"1h\" }]",
                "1: `until` must be a date and time with offset, such as 2026-12-01T18:00:00Z, not a string",
            ),
            ("[[not_before]]\ninstant = 2026-12-01T18:00:00Z", "1: `user`, `agent` or both must say whose tokens end"),
            ("[[not_before]]\nagent = \"a\"", "1: `instant` is missing"),
        ] {
            assert_eq!(read(text).1, [expected], "{text}");
        }
    }
}
