//! Roles are sugar: each grant of a role to a group becomes one `permit` for `list` and `call`.
//!
//! The role `support-reader` with the tool `documents_search`, held by the group `support`, is the policy
//! `role/support-reader/support/tool/documents_search`:
//!
//! ```text
//! permit(principal in Group::"support", action in [Action::"list", Action::"call"], resource == Tool::"documents_search");
//! ```
//!
//! A role has no conditions. What it grants is narrowed by a `forbid` (see the crate's documentation), which wins.

use cedar_policy::EntityTypeName;

use crate::PolicyText;
use crate::entities::{type_names, uid};

/// What a role grants, by the registry's names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grants<'a> {
    /// Exposed names of single tools.
    pub tools: &'a [String],
    /// Origins, all of whose listed tools are granted.
    pub origins: &'a [String],
    /// Virtual servers, all of whose tools are granted.
    pub virtual_servers: &'a [String],
}

/// The policies that grant `role` to each of `groups`, in the order given: tools, origins, virtual servers for each group.
///
/// Ids are unique as long as the names of roles, tools, origins and virtual servers hold no `/`, which the registry's rules for names see to;
/// the names of groups are the issuer's and may hold anything.
#[must_use]
pub fn policies<Group: AsRef<str>>(role: &str, groups: &[Group], grants: &Grants<'_>) -> Vec<PolicyText> {
    // The type names are constants that parse; without them nothing would be granted.
    let Ok(names) = type_names() else { return Vec::new() };
    let kinds: [(&str, &str, &EntityTypeName, &[String]); 3] = [
        ("tool", "==", &names.tool, grants.tools),
        ("origin", "in", &names.origin, grants.origins),
        ("virtual-server", "in", &names.virtual_server, grants.virtual_servers),
    ];
    let mut policies = Vec::new();
    for group in groups.iter().map(AsRef::as_ref) {
        let principal = uid(&names.group, group);
        for (kind, relation, type_name, granted) in kinds {
            policies.extend(granted.iter().map(|name| PolicyText {
                id: format!("role/{role}/{group}/{kind}/{name}"),
                text: format!(
                    "permit(principal in {principal}, action in [Action::\"list\", Action::\"call\"], resource {relation} {});",
                    uid(type_name, name)
                ),
            }));
        }
    }
    policies
}

/// What one policy of [`policies`] grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant<'a> {
    /// The role.
    pub role: &'a str,
    /// The group that holds it.
    pub group: &'a str,
    /// What is granted.
    pub kind: GrantKind,
    /// Its name in the registry.
    pub name: &'a str,
}

/// The kinds of things that a role grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// One tool.
    Tool,
    /// Every tool of an origin.
    Origin,
    /// Every tool of a virtual server.
    VirtualServer,
}

/// Reads the id of a policy back; `None` for one that no role made.
///
/// Only a group's name may hold a `/`, and it stands between names that don't.
#[must_use]
pub fn grant(id: &str) -> Option<Grant<'_>> {
    let (role, rest) = id.strip_prefix("role/")?.split_once('/')?;
    let (rest, name) = rest.rsplit_once('/')?;
    let (group, kind) = rest.rsplit_once('/')?;
    let kind = match kind {
        "tool" => GrantKind::Tool,
        "origin" => GrantKind::Origin,
        "virtual-server" => GrantKind::VirtualServer,
        _ => return None,
    };
    Some(Grant { role, group, kind, name })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::compile::parse;
    use crate::example::{self, ISSUER};
    use crate::{Action, Principal, ToolPolicies, decide};

    #[test]
    fn policies_are_one_permit_per_group_and_grant() {
        let (tools, origins) = (["documents_search".to_owned()], ["documents".to_owned()]);
        let grants = Grants { tools: &tools, origins: &origins, ..Grants::default() };
        let ids: Vec<String> =
            policies("reader", &["support", "sales"], &grants).into_iter().map(|policy| policy.id).collect();
        assert_eq!(
            ids,
            [
                "role/reader/support/tool/documents_search",
                "role/reader/support/origin/documents",
                "role/reader/sales/tool/documents_search",
                "role/reader/sales/origin/documents",
            ],
        );
    }

    #[test]
    fn grant_reads_only_ids_of_roles() {
        for id in ["small-searches", "night/0", "role/reader", "role/reader/x/prompt/y", "role/reader/tool/y"] {
            assert_eq!(grant(id), None, "`{id}` should be no grant of a role");
        }
    }

    #[test]
    fn policies_of_each_kind_permit_the_tool() {
        let tool = example::search();
        let (tools, origins, servers) = ([tool.name.clone()], [tool.origin.clone()], ["support".to_owned()]);
        for grants in [
            Grants { tools: &tools, ..Grants::default() },
            Grants { origins: &origins, ..Grants::default() },
            Grants { virtual_servers: &servers, ..Grants::default() },
        ] {
            let policies = policies("reader", &["support"], &grants);
            let compiled = ToolPolicies::compile("support", &tool, &policies.iter().collect::<Vec<_>>()).unwrap();
            let groups = ["support".to_owned()];
            let alice = Principal { groups: &groups, ..Principal::of(ISSUER, "alice", "claude-code") };
            let decision = decide(&compiled, Action::List, &alice, &example::noon(), None);
            assert!(decision.permits(), "{grants:?} should let the group list the tool: {decision:?}");
            let elsewhere = ToolPolicies::compile(
                "sales",
                &crate::Declaration { name: "x".into(), origin: "y".into(), ..tool.clone() },
                &policies.iter().collect::<Vec<_>>(),
            )
            .unwrap();
            let decision = decide(&elsewhere, Action::List, &alice, &example::noon(), None);
            assert!(!decision.permits(), "{grants:?} should grant no other tool: {decision:?}");
        }
    }

    proptest! {
        #[test]
        fn grant_reads_back_what_policies_wrote(group in any::<String>()) {
            let (tools, origins, servers) = (["t".to_owned()], ["o".to_owned()], ["v".to_owned()]);
            let grants = Grants { tools: &tools, origins: &origins, virtual_servers: &servers };
            let policies = policies("reader", &[&group], &grants);
            let read: Vec<_> = policies.iter().map(|policy| grant(&policy.id)).collect();
            let kinds = [(GrantKind::Tool, "t"), (GrantKind::Origin, "o"), (GrantKind::VirtualServer, "v")];
            let expected = kinds.map(|(kind, name)| Some(Grant { role: "reader", group: &group, kind, name }));
            prop_assert_eq!(read, expected, "the ids of `{}` should read back", group);
        }

        #[test]
        fn policies_grant_a_group_of_any_name_and_no_other(group in any::<String>(), other in any::<String>()) {
            prop_assume!(group != other);
            let tool = example::search();
            let tools = [tool.name.clone()];
            let policies = policies("reader", &[&group], &Grants { tools: &tools, ..Grants::default() });
            prop_assert_eq!(policies.len(), 1);
            prop_assert!(parse(&policies[0]).is_ok(), "`{}` should parse", policies[0].text);
            let compiled = ToolPolicies::compile("support", &tool, &[&policies[0]]).unwrap();
            for (held, expected) in [(&group, true), (&other, false)] {
                let groups = [held.clone()];
                let principal = Principal { groups: &groups, ..Principal::of(ISSUER, "alice", "claude-code") };
                let decision = decide(&compiled, Action::List, &principal, &example::noon(), None);
                prop_assert_eq!(decision.permits(), expected, "{:?} for `{}`", decision, held);
            }
        }

        #[test]
        fn policies_for_hostile_group_names_stay_one_policy(tail in ".*") {
            let group = format!("a\", action, resource); permit(principal, action, resource); //{tail}");
            let tools = ["t".to_owned()];
            let policies = policies("reader", std::slice::from_ref(&group), &Grants { tools: &tools, ..Grants::default() });
            let policy = parse(&policies[0]).unwrap();
            let expected = uid(&type_names().unwrap().group, &group);
            prop_assert_eq!(policy.principal_constraint(), cedar_policy::PrincipalConstraint::In(expected));
        }
    }
}
