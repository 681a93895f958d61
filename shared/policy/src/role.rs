//! Roles are sugar: each grant of a role to a group becomes one `permit`, to list and to use what is granted.
//!
//! The role `support-reader` with the tool `documents_search`, held by the group `support`, is the policy
//! `role/support-reader/support/tool/documents_search`:
//!
//! ```text
//! permit(principal in Group::"support", action in [Action::"list", Action::"call"], resource == Tool::"documents_search");
//! ```
//!
//! A role with an origin or a virtual server permits to call, read and get whatever is in it. A role has no conditions. What it grants is narrowed by a `forbid` (see the crate's documentation), which wins.

use std::borrow::Cow;

use crate::entities::{TypeNames, type_names, uid, user_name};
use crate::{Kind, PolicyText};

/// What a role grants, by the registry's names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grants<'a> {
    /// Exposed names of single tools.
    pub tools: &'a [String],
    /// Patterns of resources, as virtual servers list them.
    pub resources: &'a [String],
    /// Exposed names of single prompts.
    pub prompts: &'a [String],
    /// Origins, of which all that is listed is granted.
    pub origins: &'a [String],
    /// Virtual servers, of which everything is granted.
    pub virtual_servers: &'a [String],
}

/// The policies that grant `role` to each of `groups`, in the order given: tools, resources, prompts, origins, virtual
/// servers for each group.
///
/// Ids are unique as long as the names of roles, origins and virtual servers hold no `/`, which the registry's rules for names see to; in other
/// names than groups', which are the issuer's and may hold anything, `/` is written `%2F` (and `%` itself `%25`).
#[must_use]
pub fn policies<Group: AsRef<str>>(role: &str, groups: &[Group], grants: &Grants<'_>) -> Vec<PolicyText> {
    // The type names are constants that parse; without them nothing would be granted.
    let Ok(names) = type_names() else { return Vec::new() };
    let mut policies = Vec::new();
    for group in groups.iter().map(AsRef::as_ref) {
        let principal = uid(&names.group, group);
        for kind in GrantKind::ALL {
            let granted = kind.granted(grants).iter();
            policies.extend(granted.map(|name| PolicyText {
                id: format!("role/{role}/{group}/{}/{}", kind.as_str(), escaped(name)),
                text: format!("permit(principal in {principal}, {});", kind.scope(names, name)),
            }));
        }
    }
    policies
}

/// The policy that lets anybody use everything of a public virtual server. Without a token, the caller is the user
/// [`ANONYMOUS`] of the gateway itself.
#[must_use]
pub fn public(gateway_url: &str, virtual_server: &str) -> Option<PolicyText> {
    let names = type_names().ok()?;
    let anonymous = uid(&names.user, &user_name(gateway_url, ANONYMOUS)?);
    let id = format!("{PUBLIC}{virtual_server}");
    let scope = GrantKind::VirtualServer.scope(names, virtual_server);
    Some(PolicyText { id, text: format!("permit(principal == {anonymous}, {scope});") })
}

/// The virtual server that the policy called `id` makes public.
#[must_use]
pub fn made_public(id: &str) -> Option<&str> {
    // `policies/public.cedar` has `public/0`; names begin with a letter.
    id.strip_prefix(PUBLIC).filter(|name| name.starts_with(|first: char| first.is_ascii_lowercase()))
}

/// Subject and agent of a caller without a token.
pub const ANONYMOUS: &str = "anonymous";

/// What ids of the policies of [`public`] begin with.
const PUBLIC: &str = "public/";

/// `/` ends the parts of an id.
fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

fn unescaped(name: &str) -> Cow<'_, str> {
    match name.contains('%') {
        true => Cow::Owned(name.replace("%2F", "/").replace("%25", "%")),
        false => Cow::Borrowed(name),
    }
}

/// What one policy of [`policies`] grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<'a> {
    /// The role.
    pub role: &'a str,
    /// The group that holds it.
    pub group: &'a str,
    /// What is granted.
    pub kind: GrantKind,
    /// Its name in the registry.
    pub name: Cow<'a, str>,
}

/// The kinds of things that a role grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// One tool, one pattern of resources, or one prompt.
    Exposed(Kind),
    /// All of an origin that is listed.
    Origin,
    /// All of a virtual server.
    VirtualServer,
}

impl GrantKind {
    /// In the order in which grants are written.
    const ALL: [Self; 5] = [
        Self::Exposed(Kind::Tool),
        Self::Exposed(Kind::Resource),
        Self::Exposed(Kind::Prompt),
        Self::Origin,
        Self::VirtualServer,
    ];

    /// What ids and messages call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exposed(kind) => kind.as_str(),
            Self::Origin => "origin",
            Self::VirtualServer => "virtual-server",
        }
    }

    /// What of this kind is granted.
    const fn granted<'a>(self, grants: &Grants<'a>) -> &'a [String] {
        match self {
            Self::Exposed(Kind::Tool) => grants.tools,
            Self::Exposed(Kind::Resource) => grants.resources,
            Self::Exposed(Kind::Prompt) => grants.prompts,
            Self::Origin => grants.origins,
            Self::VirtualServer => grants.virtual_servers,
        }
    }

    /// Actions and resource in the scope of the policy that grants it.
    fn scope(self, names: &TypeNames, name: &str) -> String {
        let all = "call\", Action::\"read\", Action::\"get";
        let (using, relation, type_name) = match self {
            Self::Exposed(kind) => (kind.action(), "==", names.exposed(kind)),
            Self::Origin => (all, "in", &names.origin),
            Self::VirtualServer => (all, "in", &names.virtual_server),
        };
        format!("action in [Action::\"list\", Action::\"{using}\"], resource {relation} {}", uid(type_name, name))
    }
}

/// Reads the id of a policy back; `None` for one that no role made.
///
/// Only a group's name may hold a `/`, and it stands between names that don't.
#[must_use]
pub fn grant(id: &str) -> Option<Grant<'_>> {
    let (role, rest) = id.strip_prefix("role/")?.split_once('/')?;
    let (rest, name) = rest.rsplit_once('/')?;
    let (group, kind) = rest.rsplit_once('/')?;
    let kind = GrantKind::ALL.into_iter().find(|of| of.as_str() == kind)?;
    Some(Grant { role, group, kind, name: unescaped(name) })
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
        for id in ["small-searches", "night/0", "role/reader", "role/reader/x/agent/y", "role/reader/tool/y"] {
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

    #[test]
    fn public_lets_the_anonymous_of_one_gateway_in() {
        let rule = public("https://mcp.example.com", "support").unwrap();
        assert_eq!((rule.id.as_str(), made_public(&rule.id)), ("public/support", Some("support")));
        assert_eq!(made_public("public/0"), None, "a file's first policy makes nothing public");
        let prompt = crate::Declaration { kind: Kind::Prompt, ..example::search() };
        for (server, gateway, subject, expected) in [
            ("support", "https://mcp.example.com", ANONYMOUS, true),
            ("support", "https://mcp.example.com", "alice", false),
            ("support", ISSUER, ANONYMOUS, false),
            ("sales", "https://mcp.example.com", ANONYMOUS, false),
        ] {
            for declaration in [&example::search(), &prompt] {
                let compiled = ToolPolicies::compile(server, declaration, &[&rule]).unwrap();
                let principal = Principal::of(gateway, subject, ANONYMOUS);
                let decision = decide(&compiled, Action::List, &principal, &example::noon(), None);
                assert_eq!(decision.permits(), expected, "{subject} of {gateway} in {server}: {decision:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn grant_reads_back_what_policies_wrote(group in any::<String>()) {
            let names = ["t", "x://a/%2F%252F/%*", "p", "o", "v"].map(str::to_owned);
            let [tools, resources, prompts, origins, virtual_servers] = names.each_ref().map(std::slice::from_ref);
            let grants = Grants { tools, resources, prompts, origins, virtual_servers };
            let policies = policies("reader", &[&group], &grants);
            let read: Vec<_> = policies.iter().map(|policy| grant(&policy.id)).collect();
            let expected: Vec<_> = GrantKind::ALL.into_iter().zip(&names)
                .map(|(kind, name)| Some(Grant { role: "reader", group: &group, kind, name: name.into() })).collect();
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
