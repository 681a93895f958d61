//! Policies against the rest of the folder: ids are unique, every named entity is declared, and messages can be shown.

use std::collections::HashMap;

use policy::Rule;
use policy_compiler::{Mention, PolicyText};

use super::names::{Known, Names};
use crate::document::Documents;
use crate::document::policy::PolicyDocument;
use crate::fault::{Faults, Place};

/// Reports duplicate ids and entities that aren't declared.
pub(super) fn check(documents: &Documents, names: &Names<'_>, faults: &mut Faults) {
    let mut ids: HashMap<&str, &Place> = HashMap::new();
    for policy in &documents.policies {
        if let Some(earlier) = ids.get(policy.id.as_str()) {
            let message = format!("the policy `{}` is already at {earlier}", policy.id);
            faults.error(&policy.place, message, "give one of the two another `@id`".to_owned());
        } else {
            ids.insert(&policy.id, &policy.place);
        }
        check_mentions(policy, names, faults);
        check_reach(policy, faults);
    }
}

/// Warns of a `permit` without a condition on the caller.
fn check_reach(policy: &PolicyDocument, faults: &mut Faults) {
    let text = PolicyText { id: policy.id.clone(), text: policy.text.clone() };
    if policy_compiler::permits_everybody(&text) {
        let message = format!("the policy `{}` permits every caller", policy.id);
        let help = "name a group in its scope, such as `principal in Group::\"…\"`, or let a role grant it".to_owned();
        faults.warning(&policy.place, message, help);
    }
}

fn check_mentions(policy: &PolicyDocument, names: &Names<'_>, faults: &mut Faults) {
    let text = PolicyText { id: policy.id.clone(), text: policy.text.clone() };
    // The compiler reports a policy that doesn't parse.
    let (Ok(mentions), Ok(rule)) = (policy_compiler::mentions(&text), policy_compiler::rule(&text)) else {
        return;
    };
    check_message(policy, &rule, faults);
    for mention in mentions {
        match &mention {
            Mention::Exposed(kind, name) => missing(policy, kind.entity_type(), name, names.exposed(*kind), faults),
            Mention::Origin(name) => missing(policy, "Origin", name, &names.origins, faults),
            Mention::VirtualServer(name) => missing(policy, "VirtualServer", name, &names.virtual_servers, faults),
            Mention::Agent(name) => missing(policy, "Agent", name, &names.clients, faults),
            Mention::Group(name) => unassigned(policy, "Group", name, &names.groups, faults),
            Mention::Team(name) => unassigned(policy, "Team", name, &names.teams, faults),
            Mention::Service(name) => missing(policy, "Service", name, &names.services, faults),
            Mention::User(name) => check_user(policy, name, names, faults),
            // `classes` checks them.
            Mention::DataClass(_) => {}
        }
    }
}

/// Maximum length of a `@message`, characters: a model reads it with every refusal.
const MESSAGE_CHARACTERS: usize = 500;

fn check_message(policy: &PolicyDocument, rule: &Rule, faults: &mut Faults) {
    let Some(message) = rule.message() else {
        return;
    };
    if !(1..=MESSAGE_CHARACTERS).contains(&message.chars().count()) || message.chars().any(char::is_control) {
        let must = format!("`@message` must be 1 to {MESSAGE_CHARACTERS} characters on one line");
        faults.error(&policy.place, must, None);
    }
    if !rule.forbids() {
        let help = "only a `forbid` refuses, so only its message is shown".to_owned();
        faults.warning(&policy.place, "the `@message` of a `permit` is never shown", help);
    }
}

/// True for a service in the form that the quarantine takes: the gateway's URL, and the client id.
fn is_service(name: &str, subject: &str, names: &Names<'_>) -> bool {
    let issuer = name.strip_suffix(subject).and_then(|issuer| issuer.strip_suffix('|'));
    names.services.names.contains(subject) && issuer == Some(names.gateway)
}

fn check_user(policy: &PolicyDocument, name: &str, names: &Names<'_>, faults: &mut Faults) {
    let wrong = match name.split_once('|') {
        Some((_, subject)) if is_service(name, subject, names) => {
            let message = format!("the service `{subject}` is no user: this never applies");
            Some((message, Some(format!("write `Service::\"{subject}\"`"))))
        }
        Some((issuer, _)) => names.issuers.missing(issuer),
        None => {
            let help = "write `User::\"ISSUER|SUBJECT\"`";
            Some((format!("the user `{name}` is without issuer"), Some(help.to_owned())))
        }
    };
    if let Some((message, help)) = wrong {
        faults.error(&policy.place_of_entity("User", name), message, help);
    }
}

/// Reports an undeclared name as an error: only the registry declares names of this kind, so the policy never applies.
fn missing(policy: &PolicyDocument, kind: &str, name: &str, known: &Known<'_>, faults: &mut Faults) {
    if let Some((message, help)) = known.missing(name) {
        faults.error(&policy.place_of_entity(kind, name), message, help);
    }
}

/// Reports an undeclared name: as an error if it is close to a declared one, because a `forbid` for a misspelt group
/// forbids nothing; else as a warning, because an identity provider may know it.
fn unassigned(policy: &PolicyDocument, kind: &str, name: &str, known: &Known<'_>, faults: &mut Faults) {
    let Some((message, help)) = known.missing(name) else {
        return;
    };
    let (place, message) = (policy.place_of_entity(kind, name), format!("{message} in `[[groups]]`"));
    match known.nearest(name) {
        Some(near) => {
            let declared = "if both exist, declare this one in `[[groups]]` too";
            faults.error(&place, message, format!("did you mean `{near}`? {declared}"));
        }
        None => faults.warning(&place, message, help),
    }
}
