//! Diff: the changes between two registry folders, in terms of their effects.
//!
//! Each folder is turned into facts, and the facts are compared. A tool that is added to a role appears once for each
//! group that may now use it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use policy::Kind;
use serde::Serialize;

use crate::compile::Snapshot;
use crate::document::Documents;
use crate::document::approval::Approval;
use crate::document::grant::{GroupDocument, RoleDocument};
use crate::document::origin::OriginDocument;
use crate::document::virtual_server::Listed;
use crate::folder::Checked;
use crate::snapshot::Credential;
use crate::source::Written;

/// One fact that differs between the folders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The subject, such as ``origin `documents`: url``.
    pub about: String,
    /// The value in the old folder; absent if the fact is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The value in the new folder; absent if the fact is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// `+ ABOUT: NEW`, `- ABOUT: OLD` or `~ ABOUT: OLD → NEW`.
impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = &self.about;
        match (&self.old, &self.new) {
            (None, Some(new)) => write!(formatter, "+ {about}: {new}"),
            (Some(old), None) => write!(formatter, "- {about}: {old}"),
            (Some(old), Some(new)) => write!(formatter, "~ {about}: {old} → {new}"),
            (None, None) => write!(formatter, "  {about}"),
        }
    }
}

/// Compares two folders; the changes are sorted by subject. `None` if either folder has an error.
#[must_use]
pub fn diff(old: &Checked, new: &Checked) -> Option<Vec<Change>> {
    let old = facts(&old.documents, old.snapshot()?);
    Some(changes(old, facts(&new.documents, new.snapshot()?)))
}

/// Compares two maps of facts by subject; the changes are sorted by subject.
#[must_use]
pub fn changes(mut old: BTreeMap<String, String>, new: BTreeMap<String, String>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (about, new) in new {
        let old = old.remove(&about);
        if old.as_ref() != Some(&new) {
            changes.push(Change { about, old, new: Some(new) });
        }
    }
    changes.extend(old.into_iter().map(|(about, old)| Change { about, old: Some(old), new: None }));
    changes.sort_by(|one, other| one.about.cmp(&other.about));
    changes
}

type Facts = BTreeMap<String, String>;

fn facts(documents: &Documents, snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::new();
    add_gateway(documents, &mut facts);
    for origin in documents.origins.values() {
        add_origin(origin, &mut facts);
    }
    for (name, virtual_server) in &documents.virtual_servers {
        if let Some(calls) = virtual_server.calls_per_minute {
            facts.insert(format!("virtual server `{name}`: calls per minute"), format!("{calls} for each user"));
        }
        if virtual_server.public().is_some() {
            let payer = [("team", &virtual_server.team), ("project", &virtual_server.project)];
            let payer = payer.into_iter().filter_map(|(what, written)| Some((what, written.as_ref()?)));
            let payer: String = payer.map(|(what, written)| format!(", {what} `{}` pays", written.value)).collect();
            facts.insert(format!("virtual server `{name}`: access"), format!("anybody, without a token{payer}"));
        }
        for listed in &virtual_server.listed {
            let about = format!("virtual server `{name}`: {} `{}`", listed.kind.as_str(), listed.exposed.value);
            let value = match listed.kind {
                Kind::Resource => format!("of origin `{}`", listed.origin.value),
                _ => format!("`{}` of origin `{}`", listed.origin_name.value, listed.origin.value),
            };
            facts.insert(about, value);
        }
    }
    for (order, group) in documents.gateway.groups.iter().enumerate() {
        add_group(order, group, documents, &mut facts);
    }
    add_policies(documents, snapshot, &mut facts);
    let quarantine = &documents.quarantine;
    let kinds = [
        ("user", &quarantine.principals),
        ("agent", &quarantine.agents),
        ("origin", &quarantine.origins),
        ("tool", &quarantine.tools),
        ("resource", &quarantine.resources),
        ("prompt", &quarantine.prompts),
    ];
    for (kind, names) in kinds {
        facts.extend(names.iter().map(|name| (format!("quarantine: {kind} `{}`", name.value), "frozen".to_owned())));
    }
    facts
}

fn add_gateway(documents: &Documents, facts: &mut Facts) {
    let gateway = &documents.gateway;
    let mut add = |about: String, value: String| facts.insert(about, value);
    add("gateway: url".to_owned(), gateway.url.clone());
    add("gateway: access tokens".to_owned(), format!("{} seconds", gateway.access_token_seconds));
    add("gateway: loopback origins".to_owned(), gateway.loopback_origins.to_string());
    for origin in &gateway.browser_origins {
        add(format!("gateway: browser origin `{origin}`"), "allowed".to_owned());
    }
    for issuer in &gateway.issuers {
        let algorithms: Vec<&str> = issuer.algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
        let value = format!(
            "{}{}, keys at {} ({}), groups in `{}`",
            issuer.issuer.value,
            issuer.tenant.as_ref().map(|tenant| format!(", tenant `{tenant}` only")).unwrap_or_default(),
            issuer.jwks_uri,
            algorithms.join(", "),
            issuer.groups_claim
        );
        add(format!("issuer `{}`", issuer.name.value), value);
    }
    for client in &gateway.clients {
        // `sha256:` and 8 hex digits tell two secrets apart.
        let hashes = client.secret_hashes.iter().map(|hash| hash.value.chars().take(15).collect::<String>());
        let value = format!("{}, secrets {}", client.title, hashes.collect::<Vec<_>>().join(", "));
        add(format!("client `{}`", client.id.value), value);
    }
}

fn add_origin(origin: &OriginDocument, facts: &mut Facts) {
    let name = &origin.name.value;
    let mut add = |about: &str, value: String| facts.insert(format!("origin `{name}`: {about}"), value);
    add("url", origin.url.clone());
    add("era", origin.era.as_str().to_owned());
    add("timeout", format!("{} ms", origin.timeout_ms));
    let credential = match &origin.credential {
        Credential::None => "none".to_owned(),
        Credential::Header { name, prefix } => format!("header `{name}: {prefix}…`"),
        Credential::SignedIdentity => "signed identity".to_owned(),
    };
    add("credential", credential);
    if let Some(user_agent) = &origin.user_agent {
        add("user agent", format!("`{user_agent}`"));
    }
    add("audit", origin.audit.as_str().to_owned());
    add("risk", origin.risk.as_str().to_owned());
    add("data classes", origin.data_classes.join(", "));
    add("owner", origin.owner.clone());
    for price in &origin.prices {
        let whose = price.tool.as_ref().map_or_else(|| "every tool".to_owned(), |tool| format!("`{tool}`"));
        add(&format!("price of {whose} from {} on", price.from), price.to_string());
    }
    for pattern in &origin.resources {
        add(&format!("resource `{}`", pattern.value), "approved".to_owned());
    }
    for (kind, approvals) in [("tool", &origin.tools), ("prompt", &origin.prompts)] {
        for (name, approved) in approvals {
            add(&format!("{kind} `{name}`"), approval(approved));
        }
    }
}

fn approval(tool: &Approval) -> String {
    let arguments = tool.arguments.iter().map(|(name, argument)| {
        let required = if argument.required { " (required)" } else { "" };
        format!("{name}: {:?}{required}", argument.r#type).to_lowercase()
    });
    let hints = [("read-only", tool.read_only), ("destructive", tool.destructive), ("idempotent", tool.idempotent)];
    let hints = hints.into_iter().filter_map(|(hint, value)| match value {
        Some(true) => Some(hint.to_owned()),
        Some(false) => Some(format!("not {hint}")),
        None => None,
    });
    let audit = (!tool.audit_arguments.is_empty()).then(|| format!("audits {}", tool.audit_arguments.join(", ")));
    let parts: Vec<String> = hints.chain(arguments).chain(audit).collect();
    if parts.is_empty() { "approved".to_owned() } else { parts.join("; ") }
}

fn add_group(order: usize, group: &GroupDocument, documents: &Documents, facts: &mut Facts) {
    let name = &group.name.value;
    let mut add = |about: &str, value: String| facts.insert(format!("group `{name}`: {about}"), value);
    let own = [("virtual server", &group.virtual_server), ("team", &group.team), ("project", &group.project)];
    for (about, written) in own {
        if let Some(Written { value, .. }) = written {
            add(about, format!("`{value}`"));
        }
    }
    add("order", (order + 1).to_string());
    let mut roles_by_name: BTreeMap<(&str, Kind, &str), BTreeSet<&str>> = BTreeMap::new();
    for role in documents.gateway.roles.iter().filter(|role| has(&group.roles, &role.name.value)) {
        for (server, virtual_server) in &documents.virtual_servers {
            for listed in virtual_server.listed.iter().filter(|listed| grants(role, server, listed)) {
                let about = (server.as_str(), listed.kind, listed.exposed.value.as_str());
                roles_by_name.entry(about).or_default().insert(&role.name.value);
            }
        }
    }
    for ((server, kind, name), roles) in roles_by_name {
        let roles: Vec<&str> = roles.into_iter().collect();
        add(
            &format!("may use {}`{name}` in `{server}`", kind_prefix(kind)),
            format!("by role `{}`", roles.join("`, `")),
        );
    }
}

/// The word before an exposed name: none for tools, which are the most frequent kind.
const fn kind_prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Tool => "",
        Kind::Resource => "resource ",
        Kind::Prompt => "prompt ",
    }
}

fn grants(role: &RoleDocument, virtual_server: &str, listed: &Listed) -> bool {
    has(role.granted(listed.kind), &listed.exposed.value)
        || has(&role.origins, &listed.origin.value)
        || has(&role.virtual_servers, virtual_server)
}

fn has(names: &[Written<String>], name: &str) -> bool {
    names.iter().any(|written| written.value == name)
}

/// Adds the policies of the policy files. Grants of roles are among the facts of groups.
fn add_policies(documents: &Documents, snapshot: &Snapshot, facts: &mut Facts) {
    let mut by_policy: BTreeMap<&str, BTreeSet<(Kind, &str)>> = BTreeMap::new();
    for virtual_server in snapshot.virtual_servers.values() {
        for exposed in virtual_server.exposed() {
            let indexes = exposed.policies.iter().filter_map(|index| usize::try_from(*index).ok());
            for policy in indexes.filter_map(|index| virtual_server.policies.get(index)) {
                let name = (exposed.declaration.kind, exposed.declaration.name.as_str());
                by_policy.entry(&policy.id).or_default().insert(name);
            }
        }
    }
    for policy in &documents.policies {
        let on = by_policy.get(policy.id.as_str()).into_iter().flatten();
        let on: Vec<String> = on.map(|(kind, name)| format!("{}`{name}`", kind_prefix(*kind))).collect();
        let on = if on.is_empty() { "nothing".to_owned() } else { on.join(", ") };
        let text = policy.text.split_whitespace().collect::<Vec<_>>().join(" ");
        facts.insert(format!("policy `{}` on {on}", policy.id), text);
    }
}
