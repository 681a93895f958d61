//! One virtual server: its tools as policy knows them, then the record with everything that a call through it needs.

use std::collections::{BTreeSet, HashMap, HashSet};

use policy::{Declaration, Kind, PolicyText, Slices};

use crate::document::Documents;
use crate::document::origin::OriginDocument;
use crate::document::tool::ApprovedTool;
use crate::document::virtual_server::{ListedTool, VirtualServerDocument};
use crate::snapshot::{Access, Exposed, Origin, VirtualServer};

/// Every policy of the registry, to be picked from.
pub(super) struct Library<'a> {
    policies: &'a [PolicyText],
    positions: HashMap<&'a str, usize>,
}

impl<'a> Library<'a> {
    pub(super) fn new(policies: &'a [PolicyText]) -> Self {
        let positions = policies.iter().enumerate().map(|(position, policy)| (policy.id.as_str(), position));
        Self { policies, positions: positions.collect() }
    }

    /// The policies that any of the tools needs, in the registry's order, and each one's index among them.
    fn pick(&self, slices: &Slices) -> (Vec<PolicyText>, HashMap<&'a str, u32>) {
        let ids = slices.by_tool.values().flatten();
        let needed: BTreeSet<usize> = ids.filter_map(|id| self.positions.get(id.as_str()).copied()).collect();
        let picked: Vec<&PolicyText> = needed.into_iter().filter_map(|position| self.policies.get(position)).collect();
        let index = (0..).zip(&picked).map(|(index, policy)| (policy.id.as_str(), index));
        (picked.iter().copied().cloned().collect(), index.collect())
    }
}

/// A virtual server and those of its tools that have no fault of their own.
pub(super) struct View<'a> {
    written: &'a VirtualServerDocument,
    tools: Vec<(&'a ListedTool, &'a OriginDocument, &'a ApprovedTool)>,
    declarations: Vec<Declaration>,
}

impl<'a> View<'a> {
    pub(super) fn new(written: &'a VirtualServerDocument, documents: &'a Documents) -> Self {
        let mut names = HashSet::new();
        let unique = written.tools.iter().filter(|tool| names.insert(tool.exposed.value.as_str()));
        let approved = unique.filter_map(|listed| {
            let origin = documents.origins.get(&listed.origin.value)?;
            let tool = origin.tools.get(&listed.tool.value).filter(|tool| tool.complete)?;
            Some((listed, origin, tool))
        });
        let tools: Vec<_> = approved.collect();
        let declarations = tools.iter().map(|(listed, origin, tool)| declaration(listed, origin, tool)).collect();
        Self { written, tools, declarations }
    }

    /// Whether it has every tool that it should.
    pub(super) const fn is_whole(&self) -> bool {
        self.written.complete && self.tools.len() == self.written.tools.len()
    }

    pub(super) fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    pub(super) fn compile(self, slices: &Slices, library: &Library<'_>) -> VirtualServer {
        let (policies, index) = library.pick(slices);
        let origins = self.tools.iter().map(|(_, origin, _)| (origin.name.value.clone(), compile_origin(origin)));
        let origins = origins.collect();
        let tools = self.tools.into_iter().zip(self.declarations).map(|((listed, _, approved), declaration)| {
            let slice = slices.by_tool.get(&declaration.name).into_iter().flatten();
            Exposed {
                policies: slice.filter_map(|id| index.get(id.as_str()).copied()).collect(),
                declaration,
                title: listed.title.clone(),
                description: listed.description.clone(),
                audit_arguments: approved.audit_arguments.clone(),
            }
        });
        VirtualServer {
            name: self.written.name.value.clone(),
            title: self.written.title.clone(),
            description: self.written.description.clone(),
            instructions: self.written.instructions.clone(),
            calls_per_minute: self.written.calls_per_minute,
            access: Access::Restricted,
            origins,
            tools: tools.collect(),
            resources: Vec::new(),
            prompts: Vec::new(),
            policies,
        }
    }
}

fn declaration(listed: &ListedTool, origin: &OriginDocument, approved: &ApprovedTool) -> Declaration {
    Declaration {
        kind: Kind::Tool,
        name: listed.exposed.value.clone(),
        origin: listed.origin.value.clone(),
        origin_name: listed.tool.value.clone(),
        arguments: approved.arguments.clone(),
        data_classes: origin.data_classes.clone(),
        risk: origin.risk.as_str().to_owned(),
        read_only: approved.read_only,
        destructive: approved.destructive,
        idempotent: approved.idempotent,
    }
}

fn compile_origin(written: &OriginDocument) -> Origin {
    Origin {
        name: written.name.value.clone(),
        url: written.url.clone(),
        era: written.era,
        timeout_ms: written.timeout_ms,
        credential: written.credential.clone(),
        audit: written.audit,
        data_classes: written.data_classes.clone(),
        risk: written.risk,
        region: written.region.clone(),
        owner: written.owner.clone(),
        prices: written.prices.clone(),
    }
}
