//! Faults of policies: adds the place in the folder to each fault that the `policy` crate finds.

use std::collections::{HashMap, HashSet};

use policy::Kind;
use policy_compiler::{FaultReason, PolicyFault, Severity};

use crate::document::Documents;
use crate::document::policy::PolicyDocument;
use crate::document::virtual_server::VirtualServerDocument;
use crate::fault::{Faults, Place};
use crate::source::Located;

/// Turns faults of policies into faults of the folder.
pub(super) struct Report<'a> {
    documents: &'a Documents,
    by_id: HashMap<&'a str, &'a PolicyDocument>,
}

impl<'a> Report<'a> {
    pub(super) fn new(documents: &'a Documents) -> Self {
        // Of two policies with one id the first counts, as in `all_policies`.
        let policies = documents.policies.iter().rev();
        Self { documents, by_id: policies.map(|policy| (policy.id.as_str(), policy)).collect() }
    }

    /// Adds faults that don't depend on a virtual server.
    pub(super) fn add(&self, found: &[PolicyFault], faults: &mut Faults) {
        for fault in found {
            put(&self.place(fault, None), fault, faults);
        }
    }

    /// Adds faults that depend on the entries of a virtual server.
    pub(super) fn add_of_virtual_server(
        &self,
        found: &[PolicyFault],
        virtual_server: &VirtualServerDocument,
        faults: &mut Faults,
    ) {
        // A role or group that couldn't be read may grant the tool that seems never to be callable.
        let complete = self.documents.gateway.complete;
        let granted = complete.roles && complete.groups;
        let unknown = |fault: &PolicyFault| fault.reason == FaultReason::NeverCalled && !granted;
        for fault in found.iter().filter(|fault| !unknown(fault)) {
            put(&self.place(fault, Some(virtual_server)), fault, faults);
        }
    }

    /// Warns of policies that apply to nothing and have no error.
    pub(super) fn unapplied(&self, applied: &HashSet<String>, faults: &mut Faults) {
        for policy in &self.documents.policies {
            if !applied.contains(&policy.id) && !faults.any_error_in(&policy.place, policy.lines()) {
                let message = format!("policy `{}` applies to nothing of any virtual server", policy.id);
                faults.warning(&policy.place, message, None);
            }
        }
    }

    fn place(&self, fault: &PolicyFault, virtual_server: Option<&VirtualServerDocument>) -> Place {
        if let Some(policy) = self.by_id.get(fault.policy_id.as_str()) {
            return policy.place_of(fault.offset.unwrap_or(0));
        }
        let role = fault.policy_id.strip_prefix("role/").and_then(|rest| rest.split('/').next());
        if let Some(name) = role {
            let roles = self.documents.gateway.roles.iter();
            if let Some(place) = place_of(roles.map(|role| &role.name), name) {
                return place;
            }
        }
        let listed = virtual_server.map(|virtual_server| {
            let first = fault.declarations.first();
            let listed =
                first.and_then(|(kind, name)| place_of(virtual_server.of(*kind).map(|listed| &listed.exposed), name));
            listed.unwrap_or_else(|| virtual_server.name.place.clone())
        });
        listed.unwrap_or_else(|| crate::document::first_place(crate::document::GATEWAY_FILE))
    }
}

fn place_of<'a>(mut names: impl Iterator<Item = &'a Located<String>>, name: &str) -> Option<Place> {
    names.find(|written| written.value == name).map(|written| written.place.clone())
}

fn put(place: &Place, fault: &PolicyFault, faults: &mut Faults) {
    let help = match fault.reason {
        FaultReason::NeverCalled => {
            let kind = fault.declarations.first().map(|(kind, _)| *kind).unwrap_or_default();
            let uses = match kind {
                Kind::Tool => "calls",
                Kind::Resource => "reads",
                Kind::Prompt => "gets",
            };
            Some(format!("permit its {uses}, or take it out of the virtual server"))
        }
        _ => None,
    };
    match fault.severity {
        Severity::Error => faults.error(place, fault.to_string(), help),
        Severity::Warning => faults.warning(place, fault.to_string(), help),
    }
}
