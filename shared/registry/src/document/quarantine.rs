//! `quarantine.toml`: the frozen principals, agents, origins, tools, resources and prompts.
//!
//! ```toml
//! principals = ["https://idp.example.com|carol"]   # ISSUER|SUBJECT
//! agents = ["claude-code"]
//! origins = ["documents"]
//! tools = ["documents_delete"]                     # exposed names
//! resources = ["handbook://secret/*"]              # every URI that begins so
//! prompts = ["documents_summarise"]                # exposed names
//! ```

use crate::document::trust::AGENT;
use crate::document::{EXPOSED_NAME, NAME, RESOURCE_PATTERN};
use crate::fault::Faults;
use crate::source::{Source, Written};
use crate::table::{self, Rule};

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
    pub principals: Vec<Written<String>>,
    /// OAuth client ids of frozen agents.
    pub agents: Vec<Written<String>>,
    /// Names of frozen origins.
    pub origins: Vec<Written<String>>,
    /// Exposed names of frozen tools.
    pub tools: Vec<Written<String>>,
    /// URI patterns of frozen resources.
    pub resources: Vec<Written<String>>,
    /// Exposed names of frozen prompts.
    pub prompts: Vec<Written<String>>,
}

impl QuarantineDocument {
    /// Reads `quarantine.toml`.
    pub fn read(source: &Source<'_>, faults: &mut Faults) -> Self {
        let document = table::parse(source, faults, |table, faults| Self {
            principals: table.texts("principals", &PRINCIPAL, faults),
            agents: table.texts("agents", &AGENT, faults),
            origins: table.texts("origins", &NAME, faults),
            tools: table.texts("tools", &EXPOSED_NAME, faults),
            resources: table.texts("resources", &RESOURCE_PATTERN, faults),
            prompts: table.texts("prompts", &EXPOSED_NAME, faults),
        });
        document.unwrap_or_default()
    }
}
