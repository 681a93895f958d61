//! One virtual server: its policy declarations, and the self-contained record that a gateway reads.

use std::collections::{BTreeMap, HashMap, HashSet};

use policy::record::RecordPolicy;
use policy::{ArgumentDeclaration, Declaration, Kind};
use policy_compiler::{Checker, Slices, compile};

use crate::document::Documents;
use crate::document::approval::Approval;
use crate::document::origin::OriginDocument;
use crate::document::virtual_server::{Listed, VirtualServerDocument};
use crate::snapshot::{Exposed, Origin, VirtualServer};
use crate::source::values;

/// The policies in `slices`, in registry order, and the index of each by id.
fn pick<'a>(slices: &Slices, checker: &'a Checker) -> (Vec<RecordPolicy>, HashMap<&'a str, u32>) {
    let ids = slices.by_name.values().flatten();
    let needed: BTreeMap<usize, &RecordPolicy> = ids.filter_map(|id| checker.record(id)).collect();
    let index = (0..).zip(needed.values()).map(|(index, policy)| (policy.id.as_str(), index)).collect();
    (needed.into_values().cloned().collect(), index)
}

/// A virtual server without its duplicate and unapproved entries.
pub(super) struct View<'a> {
    written: &'a VirtualServerDocument,
    listed: Vec<(&'a Listed, &'a OriginDocument)>,
    pub(super) declarations: Vec<Declaration>,
}

impl<'a> View<'a> {
    pub(super) fn new(written: &'a VirtualServerDocument, documents: &'a Documents) -> Self {
        let mut names = HashSet::new();
        let unique = written.listed.iter().filter(|listed| names.insert((listed.kind, listed.exposed.value.as_str())));
        let approved = unique.filter_map(|listed| {
            let origin = documents.origins.get(&listed.origin.value)?;
            Some(((listed, origin), declaration(listed, origin)?))
        });
        let (listed, declarations) = approved.unzip();
        Self { written, listed, declarations }
    }

    /// True if no entry was left out.
    pub(super) const fn is_whole(&self) -> bool {
        self.written.complete && self.listed.len() == self.written.listed.len()
    }

    pub(super) fn compile(self, slices: &Slices, checker: &Checker) -> VirtualServer {
        let (policies, index) = pick(slices, checker);
        let origins = self.listed.iter().map(|(_, origin)| (origin.name.value.clone(), compile_origin(origin)));
        let origins = origins.collect();
        let [mut tools, mut resources, mut prompts] = [Vec::new(), Vec::new(), Vec::new()];
        for ((listed, origin), declaration) in self.listed.into_iter().zip(self.declarations) {
            let slice = slices.of(declaration.kind, &declaration.name).iter();
            let exposed = match declaration.kind {
                Kind::Tool => &mut tools,
                Kind::Resource => &mut resources,
                Kind::Prompt => &mut prompts,
            };
            exposed.push(Exposed {
                policies: slice.filter_map(|id| index.get(id.as_str()).copied()).collect(),
                declaration,
                title: listed.title.clone(),
                description: listed.description.clone(),
                audit_arguments: approval(listed, origin)
                    .map(|approval| approval.audit_arguments.clone())
                    .unwrap_or_default(),
            });
        }
        VirtualServer {
            name: self.written.name.value.clone(),
            title: self.written.title.clone(),
            description: self.written.description.clone(),
            instructions: self.written.instructions.clone(),
            calls_per_minute: self.written.calls_per_minute,
            access: self.written.access.as_ref().map(|access| access.value).unwrap_or_default(),
            origins,
            tools,
            resources,
            prompts,
            policies: compile::records(policies),
        }
    }
}

/// The origin's approval of a tool or prompt; `None` if it is missing or couldn't be read completely.
fn approval<'a>(listed: &Listed, origin: &'a OriginDocument) -> Option<&'a Approval> {
    let approvals = origin.approvals(listed.kind)?;
    approvals.get(&listed.origin_name.value).filter(|approval| approval.complete)
}

/// The policy declaration of an entry; `None` if the origin doesn't approve it.
pub(crate) fn declaration(listed: &Listed, origin: &OriginDocument) -> Option<Declaration> {
    let approval = approval(listed, origin);
    let arguments = match approval {
        Some(approval) => approval.arguments.clone(),
        None if listed.kind == Kind::Resource && origin.approves_resources(&listed.origin_name.value) => {
            ArgumentDeclaration::of_resource()
        }
        None => return None,
    };
    Some(Declaration {
        kind: listed.kind,
        name: listed.exposed.value.clone(),
        origin: listed.origin.value.clone(),
        origin_name: listed.origin_name.value.clone(),
        arguments,
        data_classes: values(&origin.data_classes),
        risk: origin.risk.as_str().to_owned(),
        read_only: approval.and_then(|approval| approval.read_only),
        destructive: approval.and_then(|approval| approval.destructive),
        idempotent: approval.and_then(|approval| approval.idempotent),
    })
}

/// The origin as virtual servers have it.
pub(crate) fn compile_origin(written: &OriginDocument) -> Origin {
    Origin {
        name: written.name.value.clone(),
        url: written.url.clone(),
        era: written.era,
        timeout_ms: written.timeout_ms,
        credential: written.credential.clone(),
        user_agent: written.user_agent.clone(),
        audit: written.audit,
        may_ask: written.may_ask.clone(),
        data_classes: values(&written.data_classes),
        risk: written.risk,
        region: written.region.clone(),
        owner: written.owner.clone(),
        prices: written.prices.clone(),
    }
}
