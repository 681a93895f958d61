//! Roles: each grant of a role to a group becomes one `permit` policy to list and use the granted entity.
//!
//! The role `support-reader` with the tool `documents_search`, held by the group `support`, is the policy
//! `role/support-reader/support/tool/documents_search`:
//!
//! ```text
//! permit(principal in Group::"support", action in [Action::"list", Action::"call"], resource == Tool::"documents_search");
//! ```
//!
//! A role with an origin or a virtual server permits to call, read and get everything in it. A role has no conditions;
//! a `forbid`, which wins, restricts its grants (see the crate's documentation).

use std::borrow::Cow;

use policy::Kind;
use policy::entities::user_name;

use crate::PolicyText;
use crate::names::{TypeNames, type_names, uid};

/// The grants of a role, by names in the registry.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grants<'a> {
    /// Exposed names of tools.
    pub tools: &'a [String],
    /// URI patterns of resources, as virtual servers list them.
    pub resources: &'a [String],
    /// Exposed names of prompts.
    pub prompts: &'a [String],
    /// Names of origins; everything listed of them is granted.
    pub origins: &'a [String],
    /// Names of virtual servers; everything in them is granted.
    pub virtual_servers: &'a [String],
}

/// The policies that grant `role` to each of `groups`, in the order given: tools, resources, prompts, origins, virtual
/// servers for each group.
///
/// Ids are unique, because the registry allows no `/` in names of roles, origins and virtual servers, and in other
/// names than those of groups `/` is written `%2F` and `%` is written `%25`. Names of groups come from the issuer and
/// may contain any character.
#[must_use]
pub fn policies<Group: AsRef<str>>(role: &str, groups: &[Group], grants: &Grants<'_>) -> Vec<PolicyText> {
    // The type names are constants that parse; an error would grant nothing.
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

/// The policy that permits the use of a public virtual server without a token. Such a caller is the user [`ANONYMOUS`]
/// of the gateway as issuer.
#[must_use]
pub fn public(gateway_url: &str, virtual_server: &str) -> Option<PolicyText> {
    let names = type_names().ok()?;
    let anonymous = uid(&names.user, &user_name(gateway_url, ANONYMOUS)?);
    let id = format!("{PUBLIC}{virtual_server}");
    let scope = GrantKind::VirtualServer.scope(names, virtual_server);
    Some(PolicyText { id, text: format!("permit(principal == {anonymous}, {scope});") })
}

/// The virtual server of a policy of [`public`], by its `id`; `None` for another policy.
#[must_use]
pub fn made_public(id: &str) -> Option<&str> {
    // A policy of `policies/public.cedar` has an id such as `public/0`; names of virtual servers begin with a letter.
    id.strip_prefix(PUBLIC).filter(|name| name.starts_with(|first: char| first.is_ascii_lowercase()))
}

/// The subject and the client id of a caller without a token.
pub const ANONYMOUS: &str = "anonymous";

/// The prefix of the ids of policies of [`public`].
const PUBLIC: &str = "public/";

/// Escapes `/`, which separates the parts of an id.
fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

fn unescaped(name: &str) -> Cow<'_, str> {
    match name.contains('%') {
        true => Cow::Owned(name.replace("%2F", "/").replace("%25", "%")),
        false => Cow::Borrowed(name),
    }
}

/// The parts of an id of [`policies`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<'a> {
    /// Name of the role.
    pub role: &'a str,
    /// Name of the group that has it.
    pub group: &'a str,
    /// Kind of the granted entity.
    pub kind: GrantKind,
    /// Name of the granted entity in the registry.
    pub name: Cow<'a, str>,
}

/// The kind of entity that a role grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// One tool, resource pattern or prompt.
    Exposed(Kind),
    /// Everything listed of an origin.
    Origin,
    /// Everything in a virtual server.
    VirtualServer,
}

impl GrantKind {
    /// All kinds, in the order of policies.
    const ALL: [Self; 5] = [
        Self::Exposed(Kind::Tool),
        Self::Exposed(Kind::Resource),
        Self::Exposed(Kind::Prompt),
        Self::Origin,
        Self::VirtualServer,
    ];

    /// Its name in ids and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exposed(kind) => kind.as_str(),
            Self::Origin => "origin",
            Self::VirtualServer => "virtual-server",
        }
    }

    /// The granted names of this kind.
    const fn granted<'a>(self, grants: &Grants<'a>) -> &'a [String] {
        match self {
            Self::Exposed(Kind::Tool) => grants.tools,
            Self::Exposed(Kind::Resource) => grants.resources,
            Self::Exposed(Kind::Prompt) => grants.prompts,
            Self::Origin => grants.origins,
            Self::VirtualServer => grants.virtual_servers,
        }
    }

    /// The actions and resource in the scope of the policy.
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

/// Parses an id of [`policies`]; `None` for another policy.
///
/// Only the group's name may contain `/`, and it is between names that don't.
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
    use policy::{Action, Principal, decide};

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
    fn policies_of_each_kind_permit_tool() {
        let tool = example::search();
        let (tools, origins, servers) = ([tool.name.clone()], [tool.origin.clone()], ["support".to_owned()]);
        for grants in [
            Grants { tools: &tools, ..Grants::default() },
            Grants { origins: &origins, ..Grants::default() },
            Grants { virtual_servers: &servers, ..Grants::default() },
        ] {
            let policies = policies("reader", &["support"], &grants);
            let compiled = crate::compile("support", &tool, &policies.iter().collect::<Vec<_>>()).unwrap();
            let groups = ["support".to_owned()];
            let alice = Principal { groups: &groups, ..Principal::of(ISSUER, "alice", "claude-code") };
            let decision = decide(&compiled, Action::List, &alice, &example::noon(), None);
            assert!(decision.permits(), "{grants:?} should let the group list the tool: {decision:?}");
            let elsewhere = crate::compile(
                "sales",
                &policy::Declaration { name: "x".into(), origin: "y".into(), ..tool.clone() },
                &policies.iter().collect::<Vec<_>>(),
            )
            .unwrap();
            let decision = decide(&elsewhere, Action::List, &alice, &example::noon(), None);
            assert!(!decision.permits(), "{grants:?} should grant no other tool: {decision:?}");
        }
    }

    #[test]
    fn public_policy_permits_anonymous_caller_of_one_gateway() {
        let rule = public("https://mcp.example.com", "support").unwrap();
        assert_eq!((rule.id.as_str(), made_public(&rule.id)), ("public/support", Some("support")));
        assert_eq!(made_public("public/0"), None, "a file's first policy makes nothing public");
        let prompt = policy::Declaration { kind: Kind::Prompt, ..example::search() };
        for (server, gateway, subject, expected) in [
            ("support", "https://mcp.example.com", ANONYMOUS, true),
            ("support", "https://mcp.example.com", "alice", false),
            ("support", ISSUER, ANONYMOUS, false),
            ("sales", "https://mcp.example.com", ANONYMOUS, false),
        ] {
            for declaration in [&example::search(), &prompt] {
                let compiled = crate::compile(server, declaration, &[&rule]).unwrap();
                let principal = Principal::of(gateway, subject, ANONYMOUS);
                let decision = decide(&compiled, Action::List, &principal, &example::noon(), None);
                assert_eq!(decision.permits(), expected, "{subject} of {gateway} in {server}: {decision:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn grant_parses_ids_of_policies(group in any::<String>()) {
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
        fn policies_grant_group_of_any_name_and_no_other(group in any::<String>(), other in any::<String>()) {
            prop_assume!(group != other);
            let tool = example::search();
            let tools = [tool.name.clone()];
            let policies = policies("reader", &[&group], &Grants { tools: &tools, ..Grants::default() });
            prop_assert_eq!(policies.len(), 1);
            prop_assert!(parse(&policies[0]).is_ok(), "`{}` should parse", policies[0].text);
            let compiled = crate::compile("support", &tool, &[&policies[0]]).unwrap();
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
