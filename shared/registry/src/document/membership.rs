//! The part of `[[issuers]]` about groups, team and project: the claims that hold them, and the registry's names.
//!
//! ```toml
//! [[issuers]]
//! groups_claim = "realm_access.roles"              # a claim, or a member of nested ones; default `groups`
//! groups_separator = " "                           # one text holds several; default: a text is one group
//! group_names = { "9a7c…" = "support" }            # the issuer's groups, and ours; only these count then
//! default_groups = ["visitors"]                    # of users who are in no group; default none
//! team_claim = "department"                        # default: the groups decide
//! project_claim = "cost_center"
//! ```

use std::collections::BTreeMap;

use super::names::LABEL;
use crate::document::provider_tokens::map;
use crate::fault::Faults;
use crate::name;
use crate::source::Located;
use crate::table::{Rule, Table};

/// Maximum number of mapped groups: the gateway record is read with each cold start.
const MAXIMUM_GROUP_NAMES: usize = 1_000;

/// Maximum number of default groups.
const MAXIMUM_DEFAULT_GROUPS: usize = 16;

/// A claim; white space at an end or an empty member is a slip of the hand, and finds nothing.
const CLAIM: Rule = Rule {
    holds: |text| name::is_label(text) && text.trim() == text && text.split('.').all(|member| !member.is_empty()),
    says: "be the name of a claim, or names of nested ones with a `.` between them",
};

const SEPARATOR: Rule = Rule { holds: |text| matches!(text, " " | "," | ";" | "|"), says: "be ` `, `,`, `;` or `|`" };

/// The settings of one issuer.
#[derive(Debug)]
pub struct MembershipDocument {
    /// The claim that lists the user's groups; default `groups`.
    pub groups_claim: String,
    /// The separator of groups within one text: ` `, `,`, `;` or `|`; without it a text is one group.
    pub groups_separator: Option<char>,
    /// The registry's groups by the issuer's, at most 1,000; if there are any, no other group counts.
    pub group_names: BTreeMap<String, Located<String>>,
    /// The groups of users who are in no other, at most 16.
    pub default_groups: Vec<Located<String>>,
    /// The claim that names the team that pays; without it the groups decide.
    pub team_claim: Option<String>,
    /// The claim that names the project.
    pub project_claim: Option<String>,
}

impl MembershipDocument {
    pub(super) fn read(table: &mut Table<'_>, faults: &mut Faults) -> Self {
        let value = |written: Option<Located<String>>| written.map(|written| written.value);
        let groups_claim = value(table.text("groups_claim", &CLAIM, faults));
        let separator = table.text("groups_separator", &SEPARATOR, faults);
        let rule = (LABEL.holds, "be the name of one of `[[groups]]`");
        let group_names = map(table, "group_names", rule, MAXIMUM_GROUP_NAMES, faults);
        if let Some(place) = table.place_of_empty("group_names") {
            let help = "map at least one group, or remove it: without it each group counts under its own name";
            faults.error(&place, "`group_names` is empty", help.to_owned());
        }
        let default_groups = table.texts("default_groups", &LABEL, faults);
        if let Some(more) = default_groups.get(MAXIMUM_DEFAULT_GROUPS) {
            faults.error(&more.place, format!("at most {MAXIMUM_DEFAULT_GROUPS} default groups are possible"), None);
        }
        let groups_claim = groups_claim.unwrap_or_else(|| "groups".to_owned());
        let mut text_claim = |key| {
            let written = table.text(key, &CLAIM, faults)?;
            if written.value == groups_claim {
                let help = "name a claim that holds one text".to_owned();
                faults.error(&written.place, format!("`{key}` is the claim of the groups"), help);
            }
            Some(written.value)
        };
        let (team_claim, project_claim) = (text_claim("team_claim"), text_claim("project_claim"));
        Self {
            groups_claim,
            groups_separator: separator.and_then(|written| written.value.chars().next()),
            group_names,
            default_groups,
            team_claim,
            project_claim,
        }
    }
}
