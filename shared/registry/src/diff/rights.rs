//! Rights: the effect of roles and policies on groups, tools, resources and prompts.

use std::collections::{BTreeMap, BTreeSet};

use policy::Kind;
use policy::record::RecordPolicy;
use policy_compiler::role;

use super::facts::{Facts, LISTED};
use crate::compile::Snapshot;
use crate::document::Documents;
use crate::legible::quoted;
use crate::snapshot::{Exposed, VirtualServer};

/// Adds what each group may use by its roles, and anybody by public access, before the conditions of policies.
pub(super) fn add(snapshot: &Snapshot, facts: &mut Facts) {
    for server in snapshot.virtual_servers.values() {
        for exposed in server.exposed() {
            let mut roles: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for grant in policies(server, exposed).filter_map(role::grant) {
                roles.entry(grant.group).or_default().insert(grant.role);
            }
            if policies(server, exposed).any(|id| role::made_public(id).is_some()) {
                let (name, server) = (prefixed(exposed), quoted(&server.name));
                facts.add(format!("anybody: may use {name} in {server}"), "without a token");
            }
            for (group, roles) in roles {
                let roles: Vec<String> = roles.into_iter().map(quoted).collect();
                let (name, server) = (prefixed(exposed), quoted(&server.name));
                let about = format!("group {}: may use {name} in {server}", quoted(group));
                facts.add(about, format!("by role {}", roles.join(", ")));
            }
        }
    }
}

/// Adds the grants of each role and the roles of each group: two grants may have the same effect today, and another
/// when more is listed.
pub(super) fn add_grants(documents: &Documents, facts: &mut Facts) {
    for role in &documents.gateway.roles {
        let kinds = [
            ("tools", &role.tools),
            ("resources", &role.resources),
            ("prompts", &role.prompts),
            ("origins", &role.origins),
            ("virtual_servers", &role.virtual_servers),
        ];
        for (kind, names) in kinds {
            for name in names {
                facts.add(format!("role {}: {kind} {}", quoted(&role.name.value), quoted(&name.value)), LISTED);
            }
        }
    }
    for group in &documents.gateway.groups {
        for role in &group.roles {
            facts.add(format!("group {}: roles {}", quoted(&group.name.value), quoted(&role.value)), LISTED);
        }
    }
}

/// Adds the policies of the policy files with the names that they apply to: `NAME`, or `NAME in SERVER` if the policy
/// doesn't apply to it in each virtual server that lists it.
pub(super) fn add_policies(documents: &Documents, snapshot: &Snapshot, facts: &mut Facts) {
    let mut listed: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut applied: BTreeMap<&str, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
    let mut texts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for server in snapshot.virtual_servers.values() {
        for exposed in server.exposed() {
            listed.entry(prefixed(exposed)).or_default().insert(&server.name);
            for id in policies(server, exposed).filter(|id| is_written(id)) {
                applied.entry(id).or_default().entry(prefixed(exposed)).or_default().insert(&server.name);
            }
        }
    }
    add_other_forms(snapshot, facts);
    for policy in snapshot.policies.iter().filter(|policy| is_written(&policy.id)) {
        texts.entry(&policy.id).or_default().insert(&policy.text);
    }
    for policy in &documents.policies {
        texts.entry(&policy.id).or_default().insert(&policy.text);
    }
    for (id, texts) in texts {
        let mut names = Vec::new();
        for (name, servers) in applied.get(id).into_iter().flatten() {
            if listed.get(name) == Some(servers) {
                names.push(name.clone());
            } else {
                names.extend(servers.iter().map(|server| format!("{name} in {}", quoted(server))));
            }
        }
        let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        for text in texts {
            facts.add(format!("policy {} on {names}", quoted(id)), quoted(text));
        }
    }
}

/// Adds what a record's policies have beside their texts, and a form that is not that of its text.
fn add_other_forms(snapshot: &Snapshot, facts: &mut Facts) {
    let written = snapshot.policies.iter().filter(|policy| is_written(&policy.id));
    let forms: BTreeMap<&str, Option<RecordPolicy>> =
        written.map(|text| (text.id.as_str(), policy_compiler::compile::record_of(text).ok())).collect();
    for server in snapshot.virtual_servers.values() {
        let about = format!("virtual server {}", quoted(&server.name));
        facts.add(format!("{about}: policies of Cedar"), quoted(&server.policies.cedar));
        for policy in server.policies.rules.iter().filter(|policy| is_written(&policy.id)) {
            if forms.get(policy.id.as_str()).and_then(Option::as_ref) != Some(policy) {
                facts.add(format!("{about}: policy {}", quoted(&policy.id)), "another form than that of its text");
            }
        }
    }
}

/// The ids of the policies that can apply to an entry.
fn policies<'a>(server: &'a VirtualServer, exposed: &'a Exposed) -> impl Iterator<Item = &'a str> {
    let indexes = exposed.policies.iter().filter_map(|index| usize::try_from(*index).ok());
    indexes.filter_map(|index| server.policies.rules.get(index)).map(|policy| policy.id.as_str())
}

/// True for a policy of a policy file. The others are made of roles and of public access, which are facts.
fn is_written(id: &str) -> bool {
    role::grant(id).is_none() && role::made_public(id).is_none()
}

/// The exposed name after its kind, which tools, the most frequent kind, go without.
fn prefixed(exposed: &Exposed) -> String {
    let name = quoted(&exposed.declaration.name);
    match exposed.declaration.kind {
        Kind::Tool => name,
        Kind::Resource => format!("resource {name}"),
        Kind::Prompt => format!("prompt {name}"),
    }
}
