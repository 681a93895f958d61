//! Exposed names: each is approved for its origin and names one item; a public virtual server exposes nothing unsafe.

use std::collections::{BTreeMap, HashMap, HashSet};

use policy::Kind;
use policy_compiler::{Mention, PolicyText};

use crate::document::Documents;
use crate::document::virtual_server::{Listed, VirtualServerDocument};
use crate::fault::{Faults, did_you_mean};
use crate::resource;

/// Reports entries that no origin approves, ambiguous names, and unsafe entries of public virtual servers.
pub(super) fn check(documents: &Documents, faults: &mut Faults) {
    for virtual_server in documents.virtual_servers.values() {
        for listed in &virtual_server.listed {
            check_approval(listed, documents, faults);
        }
        check_patterns(virtual_server, faults);
        if virtual_server.public().is_some() {
            check_public(virtual_server, documents, faults);
        }
    }
    check_names(documents, faults);
}

fn check_approval(listed: &Listed, documents: &Documents, faults: &mut Faults) {
    let (kind, name) = (listed.kind.as_str(), listed.origin_name.value.as_str());
    let Some(origin) = documents.origins.get(&listed.origin.value) else {
        let known = documents.origins.keys().map(String::as_str);
        let message = format!("there is no origin `{}`", listed.origin.value);
        faults.error(&listed.origin.place, message, did_you_mean(&listed.origin.value, known));
        return;
    };
    let (origin_name, file) = (&listed.origin.value, &origin.name.place.file);
    match origin.approvals(listed.kind) {
        None if origin.approves_resources(name) => {}
        None => {
            let help = did_you_mean(name, origin.resources.iter().map(|approved| approved.value.as_str()));
            let message = format!("the origin `{origin_name}` approves no resource `{name}` (`resources` of {file})");
            faults.error(&listed.origin_name.place, message, help);
        }
        Some(approvals) if origin.complete && !approvals.contains_key(name) => {
            let help = did_you_mean(name, approvals.keys().map(String::as_str));
            let message =
                format!("the origin `{origin_name}` declares no {kind} `{name}` ({file} has no `[{kind}s.{name}]`)");
            faults.error(&listed.origin_name.place, message, help);
        }
        Some(_) => {}
    }
}

/// Reports patterns of two origins that overlap: a URI must belong to one origin.
fn check_patterns(virtual_server: &VirtualServerDocument, faults: &mut Faults) {
    let patterns: Vec<&Listed> = virtual_server.of(Kind::Resource).collect();
    for (index, listed) in patterns.iter().enumerate() {
        let earlier = patterns.iter().take(index).find(|earlier| {
            earlier.origin.value != listed.origin.value
                && resource::overlaps(&earlier.exposed.value, &listed.exposed.value)
        });
        if let Some(earlier) = earlier {
            let message = format!(
                "`{}` and `{}` of origin `{}` have URIs in common",
                listed.exposed.value, earlier.exposed.value, earlier.origin.value
            );
            let help =
                format!("write one of the two more narrowly, or in another virtual server; see {}", earlier.place);
            faults.error(&listed.exposed.place, message, help);
        }
    }
}

/// Reports tools that aren't read-only and origins that need an identity: callers of a public virtual server have no
/// token.
fn check_public(virtual_server: &VirtualServerDocument, documents: &Documents, faults: &mut Faults) {
    for listed in &virtual_server.listed {
        let origin = documents.origins.get(&listed.origin.value);
        if let Some(credential) = origin.map(|origin| &origin.credential).filter(|credential| credential.needs_user()) {
            let message = format!(
                "the origin `{}` wants a `{}`, and the callers of a public virtual server have none",
                listed.origin.value,
                credential.kind()
            );
            faults.error(&listed.origin.place, message, None);
        }
    }
    for tool in virtual_server.of(Kind::Tool) {
        let approval =
            documents.origins.get(&tool.origin.value).and_then(|origin| origin.tools.get(&tool.origin_name.value));
        if approval.is_some_and(|approval| approval.read_only != Some(true)) {
            let message = format!(
                "the tool `{}` isn't approved `read_only`, and the virtual server is public",
                tool.exposed.value
            );
            faults.error(&tool.place, message, None);
        }
    }
}

/// Reports a name that stands for two things of one kind: policies identify a tool, resource or prompt by its exposed
/// name. A URI pattern can't be renamed, so two virtual servers may have it of two origins, unless a role or a policy
/// names it and so means both.
fn check_names(documents: &Documents, faults: &mut Faults) {
    let granted = named_resources(documents);
    let mut by_name: HashMap<(Kind, &str), &Listed> = HashMap::new();
    let mut by_target: BTreeMap<(Kind, &str, &str), &Listed> = BTreeMap::new();
    for virtual_server in documents.virtual_servers.values() {
        let mut here: HashMap<(Kind, &str), &Listed> = HashMap::new();
        for listed in &virtual_server.listed {
            let (kind, name) = (listed.kind, listed.exposed.value.as_str());
            let target = (kind, listed.origin.value.as_str(), listed.origin_name.value.as_str());
            if let Some(earlier) = here.insert((kind, name), listed) {
                let message = format!("the exposed name `{name}` is already at {}", earlier.exposed.place);
                let help = (kind != Kind::Resource).then(|| "give one of the two another `name`".to_owned());
                faults.error(&listed.exposed.place, message, help);
                continue;
            }
            let first = *by_name.entry((kind, name)).or_insert(listed);
            if (kind, first.origin.value.as_str(), first.origin_name.value.as_str()) != target
                && (kind != Kind::Resource || granted.contains(name))
            {
                let message =
                    format!("the exposed name `{name}` means another {} at {}", kind.as_str(), first.exposed.place);
                let help = match kind {
                    Kind::Resource => {
                        "a role or a policy names it, and would mean both: let that name the origin or the \
                                       virtual server instead"
                            .to_owned()
                    }
                    _ => format!(
                        "policies know a {} by its exposed name, so it must mean the same everywhere",
                        kind.as_str()
                    ),
                };
                faults.error(&listed.exposed.place, message, help);
                continue;
            }
            let first = *by_target.entry(target).or_insert(listed);
            if first.exposed.value != name {
                let (_, origin, own) = target;
                let message =
                    format!("the {} `{own}` of `{origin}` is also exposed as `{}`", kind.as_str(), first.exposed.value);
                let help = format!("a policy for one name doesn't hold for the other; see {}", first.exposed.place);
                faults.warning(&listed.exposed.place, message, help);
            }
        }
    }
}

/// The URI patterns that roles and policies name. A policy that doesn't parse is reported elsewhere.
fn named_resources(documents: &Documents) -> HashSet<String> {
    let of_roles = documents.gateway.roles.iter().flat_map(|role| role.granted(Kind::Resource));
    let mut named: HashSet<String> = of_roles.map(|pattern| pattern.value.clone()).collect();
    for policy in &documents.policies {
        let text = PolicyText { id: policy.id.clone(), text: policy.text.clone() };
        named.extend(policy_compiler::mentions(&text).unwrap_or_default().into_iter().filter_map(
            |mention| match mention {
                Mention::Exposed(Kind::Resource, name) => Some(name),
                _ => None,
            },
        ));
    }
    named
}
